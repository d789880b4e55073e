// Code: a program's modules, ready to be run by this process.
//
//     Program ── link ──▶ Unit (a module) ──▶ Code (a function) ── first call ──▶ Translation
//
// Shared by every run of the process that uses the module, and known in
// snapshots by the module's hash and the function's number. Constants are made
// once per unit, so a tuple constant is one object however often it is loaded;
// a snapshot knows it by unit and number (statics.ts).
//
// Owns: constants as values, translations, inline caches. Nothing a run could
// notice: caches only remember where things were found.

import { FLAG, type Constant, type FunctionCode, type Module } from '../bytecode/program.ts';
import type { CodeTable } from '../bytecode/operands.ts';
import type { Shape as StackShape } from '../bytecode/verify-shapes.ts';
import { verifyFunction, type VerifiedFunction } from '../bytecode/verify.ts';
import { Bytes, Tuple } from '../values/collections.ts';
import { Complex } from '../values/complex.ts';
import { ELLIPSIS } from '../values/constants.ts';
import { HeapObject } from '../values/heap.ts';
import { SetObject } from '../values/set.ts';
import type { TypeObject } from '../values/type.ts';
import { types } from '../values/types.ts';
import { Float, integer, type Value } from '../values/value.ts';
import type { Arrangement } from './keywords.ts';
import { translate, type Translation } from './translate.ts';
import { makeStatic } from './statics.ts';

/** How a module is run: `plain` only when stopping between any two instructions. */
export type TranslationMode = 'fused' | 'plain';

export class Unit {
  readonly module: Module;
  /** SHA-256 of the encoded module, in hex. */
  readonly hash: string;
  readonly constants: readonly Value[];
  readonly codes: readonly Code[];

  /** @param proofs what the verifier found out, by function; none where it is still to be asked */
  constructor(module: Module, hash: string, proofs: readonly VerifiedFunction[]) {
    this.module = module;
    this.hash = hash;
    this.constants = module.constants.map((constant, index) => {
      const value = constantValue(constant);
      markStatic(value, hash, [index]);
      return value;
    });
    this.codes = module.functions.map(
      (info, index) => new Code(this, info, index, proofs[index] ?? null),
    );
  }
}

/** Constants and the constants inside them get static names: unit and path. */
function markStatic(value: Value, unit: string, path: readonly number[]): void {
  if (value instanceof Tuple) {
    makeStatic(value, ['constant', unit, ...path]);
    for (const [i, item] of value.items.entries()) markStatic(item, unit, [...path, i]);
  } else if (value instanceof Bytes || value instanceof Complex || value instanceof SetObject) {
    makeStatic(value, ['constant', unit, ...path]);
    if (value instanceof SetObject) {
      for (const [i, item] of value.keys.entries()) {
        if (item !== undefined) markStatic(item, unit, [...path, i]);
      }
    }
  }
}

/** A constant as the value it stands for. Depth is bounded by the verifier. */
export function constantValue(constant: Constant): Value {
  switch (constant.type) {
    case 'none':
      return null;
    case 'ellipsis':
      return ELLIPSIS;
    case 'bool':
    case 'str':
      return constant.value;
    case 'int':
      return integer(constant.value);
    case 'float':
      return new Float(constant.value);
    case 'imaginary':
      return new Complex(0, constant.value);
    case 'bytes':
      return new Bytes(constant.value);
    case 'tuple':
      return new Tuple(constant.items.map(constantValue));
    case 'frozenset': {
      // Twice, as CPython does when it keeps one of equal constants: the order tells.
      const first = new SetObject(true);
      for (const item of constant.items) first.add(constantValue(item));
      const set = new SetObject(true);
      for (const item of first.items()) set.add(item);
      return set;
    }
  }
}

/**
 * Functions of the library that CPython has in C, by module. `add = operator.add` in a class is no
 * method there: they are not bound to instances.
 */
const IN_C = new Map<string, 'all' | readonly string[]>([
  ['asyncio.events', ['get_event_loop', 'get_running_loop']],
  ['binascii', 'all'],
  ['bisect', 'all'],
  ['cmath', 'all'],
  ['contextvars', 'all'],
  ['functools', ['reduce']],
  ['functools._ordering', ['cmp_to_key']],
  ['gc', 'all'],
  ['heapq', 'all'],
  ['itertools', ['tee']],
  ['operator', 'all'],
  ['pickle', ['dump', 'dumps', 'load', 'loads']],
  ['struct', 'all'],
  ['sys', 'all'],
  ['time', 'all'],
  ['unicodedata', 'all'],
  ['warnings', ['warn', 'warn_explicit']],
  ['zlib', 'all'],
]);

/** What a program sees of a function's code: `f.__code__`, one, however often it is asked for. */
export class CodeObject extends HeapObject {
  readonly code: Code;

  constructor(code: Code) {
    super();
    this.code = code;
    makeStatic(this, ['code', code.unit.hash, code.index]);
  }

  override get type(): TypeObject {
    return types.code;
  }
}

export class Code {
  readonly unit: Unit;
  readonly info: FunctionCode;
  readonly index: number;
  readonly localCount: number;
  /** Slots of a frame: locals and the deepest stack. */
  readonly frameSize: number;
  /** Slot of the first free variable. */
  readonly freeStart: number;
  /** Called with exactly this many positional arguments, a call needs no binding; else -1. */
  readonly plainArguments: number;
  readonly isGenerator: boolean;
  readonly isHidden: boolean;
  /** Whether a function of this code becomes a method when a class has it. */
  readonly binds: boolean;
  private proofMade: VerifiedFunction | null;
  private objectMade: CodeObject | null = null;
  private missingMade: Int32Array | null = null;
  /** The loop reads these itself: a call to translation() at each call costs 5 %. */
  fused: Translation | null = null;
  /** How calls with keywords have been arranged, the newest first (keywords.ts). */
  arranged: Arrangement | null = null;
  plain: Translation | null = null;

  constructor(unit: Unit, info: FunctionCode, index: number, proof: VerifiedFunction | null) {
    this.unit = unit;
    this.info = info;
    this.index = index;
    this.proofMade = proof;
    this.localCount = info.locals.length;
    this.frameSize = this.localCount + info.stackMax + 1;
    this.freeStart = this.localCount - info.freeCount;
    const hasStars = (info.flags & (FLAG.varargs | FLAG.varkeywords)) !== 0;
    // A class body has no parameters, but is handed its namespace as local 0.
    const isBody = (info.flags & FLAG.classBody) !== 0;
    this.plainArguments = isBody ? 1 : hasStars || info.keywordOnly > 0 ? -1 : info.positional;
    this.isGenerator = (info.flags & (FLAG.generator | FLAG.coroutine | FLAG.asyncGenerator)) !== 0;
    this.isHidden = (info.flags & FLAG.hidden) !== 0;
    const inC = unit.module.isLibrary ? IN_C.get(unit.module.name) : undefined;
    const isInC = inC === 'all' ? info.qualname === info.name : inC?.includes(info.qualname);
    this.binds = isInC !== true;
  }

  get object(): CodeObject {
    return (this.objectMade ??= new CodeObject(this));
  }

  /** What the verifier found out. Nothing of the code can be used before it is asked. */
  private get proof(): VerifiedFunction {
    return (this.proofMade ??= verifyFunction(this.unit.module, this.info));
  }

  /** The instructions, decoded. */
  get table(): CodeTable {
    return this.proof.table;
  }

  /** The stack's depth before the instruction at each offset; -1 inside one. */
  get depths(): Int32Array {
    return this.proof.depths;
  }

  /** The stack before each instruction, by index: what a snapshot's slots are held against. */
  get shapes(): readonly StackShape[] {
    return this.proof.shapes;
  }

  /** By instruction: the slot of the value on top of the stack before it. */
  get missing(): Int32Array {
    if (this.missingMade === null) {
      const { pcs } = this.table;
      this.missingMade = Int32Array.from(pcs, (pc) => this.localCount + (this.depths[pc] ?? 1) - 1);
    }
    return this.missingMade;
  }

  /** The words for a mode, made at the first call. */
  translation(mode: TranslationMode): Translation {
    if (mode === 'plain') return (this.plain ??= translate(this, mode));
    return (this.fused ??= translate(this, mode));
  }
}
