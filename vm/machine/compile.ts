// Compiled code: hot functions as JavaScript.
//
//     words                          a compiled function
//     FORITER  s0 i 99               case 2: if(!(v5 instanceof NativeIterator)){pc=40;break L}
//     ADD      x x i                   …v5's next element into v2, or {at=4;continue L}
//     LOOP     34                      if(typeof v1==='number'&&typeof v2==='number'&&…)v1=z; …
//                                      if(machine.ticks<=1){pc=51;break L}machine.ticks--;at=2;…
//
// Slots of the frame are variables of the host while the function runs; constants, caches and
// word offsets are written into the text. Where a word needs more than the host can do on the
// spot, the function writes its variables back to the stack and leaves: the loop does that word,
// and the next one to come by a place where the function can be entered (a loop's head, the word
// after a call) enters it again. So there is nothing to undo, and a frame at rest looks the same
// whatever ran it.
//
// An exception that is raised here, or comes out of a call, goes on at its handler here if it has
// one: a case of its own reads it from the stack. Else the function returns: its frame is gone.
//
// Measured over the programs of test/bench/cpu: see spec/decisions.
//
// Invariants:
//
//   J1. Fused words only: where a frame rests elsewhere, the loop takes it to the next block.
//   J2. When the function leaves, every slot that the loop may read is written back: all locals
//       it assigns to, and the homes below the stack's depth at the word.
//   J3. Ticks are counted as the loop counts them (machine.ts M3): the last one is the loop's.
//   J4. A state is the same, and its bytes, whether compiled code ran or the loop (L4).

import { OP } from '../bytecode/opcodes.ts';
import type { Slot, Value } from '../values/value.ts';
import type { Code } from './code.ts';
import { BACK } from './compile-calls.ts';
import { SLICE_USERS, TEMPLATES, type Site } from './compile-words.ts';
import { RUNTIME } from './compiled.ts';
import type { Frame, Task } from './frame.ts';
import type { Machine } from './machine.ts';
import { symbolOf } from './operators.ts';
import type { Translation } from './translate.ts';
import { WORD_ROWS, WORD_SIZES, wordName, type WordName } from './words.ts';

/**
 * Runs a frame from one of its entries.
 *
 * @returns the word at which the loop goes on, or RELOAD
 */
export type CompiledRun = (
  machine: Machine,
  task: Task,
  frame: Frame,
  stack: Slot[],
  base: number,
  entry: number,
) => number;

export interface Compiled {
  readonly run: CompiledRun;
  /** By word offset: the number of the entry there; -1 where there is none. */
  readonly entries: Int32Array;
}

/** Words of a function that is compiled; larger ones take the host too long to optimize. */
const WORDS_MAX = 6_000;
/** Slots of a frame that is compiled: entering and leaving cost something for each. */
const SLOTS_MAX = 120;

/** Compile a hot function, unless it is too large or the host makes no code from text. */
export function compileHot(code: Code, translation: Translation): void {
  const fits = translation.fusedEnd <= WORDS_MAX && code.frameSize <= SLOTS_MAX;
  translation.compiled = fits ? new Generator(code, translation).run() : null;
  // Not to be tried again at each tick.
  if (translation.compiled === null) translation.heat = -Infinity;
}

type Factory = (
  runtime: typeof RUNTIME,
  constants: readonly Value[],
  caches: Translation['caches'],
  codes: readonly Code[],
  names: readonly string[],
  landings: Int32Array,
) => CompiledRun;

interface Word {
  readonly pc: number;
  readonly name: WordName;
  readonly operands: readonly number[];
  /** Offset of the next word. */
  readonly after: number;
}

/** Words that go on elsewhere, so that nothing falls through to the word after them. */
const ENDS: ReadonlySet<WordName> = new Set([
  'JUMP',
  'LOOP',
  'RETURN',
  'RAISE',
  'RAISEFROM',
  'RAISEAGAIN',
  'RERAISE',
  'YIELD',
  'GENERATOR',
]);

/** Words after which a frame goes on when another one has run. */
const RESUMES: ReadonlySet<WordName> = new Set([
  'CALL',
  'CALLMETHOD',
  'CALLKW',
  'CALLMETHODKW',
  'FORITER',
  'YIELD',
  'YIELDFROM',
  'GENERATOR',
  'WITHENTER',
  'WITHFAIL',
]);

class Generator {
  private readonly code: Code;
  private readonly translation: Translation;
  /** The entry at a word that begins a block. */
  private readonly entries: Int32Array;
  private entryCount = 0;
  /** The case at which a handler is entered with an exception; the slot that it is in. */
  private readonly landings: Int32Array;
  private readonly caughtIn = new Map<number, number>();
  /** Locals that some word binds anew; and all slots that some word names. */
  private readonly bound = new Set<number>();
  private readonly used = new Set<number>();
  private readonly constants = new Set<number>();
  private readonly caches = new Set<number>();
  private readonly codes = new Set<number>();

  constructor(code: Code, translation: Translation) {
    this.code = code;
    this.translation = translation;
    this.entries = new Int32Array(translation.fusedEnd + 1).fill(-1);
    this.landings = new Int32Array(translation.fusedEnd + 1).fill(-1);
  }

  run(): Compiled | null {
    this.findEntries();
    this.findSlots();
    const body = this.body();
    const load = [...this.used].map((slot) => `v${slot}=S[base+${slot}]`);
    const saveLocals = save(this.bound);
    // Where an exception is caught is not known here: every home may be below it.
    const saveAll =
      saveLocals + save([...this.used].filter((slot) => slot >= this.code.localCount));
    const names = Object.keys(RUNTIME).join(',');
    const hoisted = [
      ...[...this.constants].map((i) => `k${i}=K[${i}]`),
      ...[...this.caches].map((i) => `c${i}=C[${i}]`),
      ...[...this.codes].map((i) => `f${i}=F[${i}]`),
    ];
    const text =
      `'use strict';const {${names}}=R;` +
      (hoisted.length === 0 ? '' : `const ${hoisted.join(',')};`) +
      `return function compiled(machine,task,frame,S,base,at){` +
      `const M=frame.fn.module,G=M.slots,B=M.builtins;` +
      `let z,f,x,m=0,pc=0,out=false${load.length === 0 ? '' : `,${load.join(',')}`};` +
      `O:for(;;)try{L:for(;;)switch(at){${body}}break O}catch(problem){` +
      `if(!(problem instanceof Raised)){if(!out){${saveAll}}throw problem}out=false;` +
      `${raise('problem.exception', false)}}${saveLocals}return pc}`;
    const factory = makeFactory(text);
    if (factory === null) return null;
    const { constants, codes, module } = this.code.unit;
    const { caches } = this.translation;
    const run = factory(RUNTIME, constants, caches, codes, module.names, this.landings);
    return { run, entries: this.entries };
  }

  private *words(): Iterable<Word> {
    const { words, fusedEnd } = this.translation;
    for (let pc = 0; pc < fusedEnd;) {
      const number = words[pc] ?? 0;
      const size = WORD_SIZES[number] ?? 1;
      const name = wordName(number) as WordName;
      yield { pc, name, operands: [...words.subarray(pc + 1, pc + size)], after: pc + size };
      pc += size;
    }
  }

  /** Targets of jumps, words after those that leave or may call, handlers. */
  private findEntries(): void {
    const begins = new Set<number>([0]);
    for (const { pc, name, operands, after } of this.words()) {
      const kinds = WORD_ROWS[name].split(' ');
      const target = kinds.indexOf('t');
      if (target >= 0) begins.add(operands[target] ?? 0);
      if (!(name in TEMPLATES) || RESUMES.has(name)) begins.add(after);
      if (name === 'YIELDFROM') begins.add(pc);
    }
    for (const { target, depth } of this.code.info.handlers) {
      const pc = this.translation.entry[this.code.table.indexAt[target] ?? 0] ?? 0;
      begins.add(pc);
      this.caughtIn.set(pc, this.code.localCount + depth);
      this.used.add(this.code.localCount + depth);
    }
    const { fusedEnd } = this.translation;
    for (const pc of [...begins].toSorted((a, b) => a - b)) {
      if (pc >= 0 && pc < fusedEnd) this.entries[pc] = this.entryCount++;
    }
    for (const pc of this.caughtIn.keys()) {
      if ((this.entries[pc] ?? -1) >= 0) this.landings[pc] = this.entryCount++;
    }
  }

  /** Which slots the words read or write. */
  private findSlots(): void {
    for (const { name, operands } of this.words()) {
      for (const [i, kind] of WORD_ROWS[name].split(' ').entries()) {
        const slot = operands[i] ?? 0;
        if (!'dabsl'.includes(kind) || kind === '') continue;
        this.used.add(slot);
        const binds = kind === 'd' || name === 'MAKECELL' || name === 'UNBIND';
        if (binds && slot < this.code.localCount) this.bound.add(slot);
      }
    }
  }

  private body(): string {
    let text = '';
    let isOpen = true;
    /** A SLICE whose text waits for the next word, which may do without the slice. */
    let slice: { readonly operands: readonly number[]; readonly text: string } | null = null;
    for (const { pc, name, operands } of this.words()) {
      const entry = this.entries[pc] ?? -1;
      const template = TEMPLATES[name];
      const site = this.site(pc, operands);
      const word = (): string => (template === undefined ? site.leave() : template(site));
      if (slice !== null) {
        const before = slice;
        slice = null;
        const user = SLICE_USERS[name];
        const [made] = before.operands;
        if (user !== undefined && entry < 0 && operands[user.operand] === made) {
          text += user.text(site, before.operands, before.text + word());
          continue;
        }
        text += before.text;
      }
      const slot = this.caughtIn.get(pc);
      if (slot !== undefined && isOpen && entry >= 0) text += `at=${entry};continue L;`;
      // The exception is on the stack; all else is in the variables still.
      if (slot !== undefined) text += `case ${this.landings[pc]}:v${slot}=S[base+${slot}];`;
      if (entry >= 0) text += `case ${entry}:`;
      // Nothing comes to a word after one that always leaves, but where it can be entered.
      if (entry < 0 && !isOpen) continue;
      if (name === 'SLICE') slice = { operands, text: word() };
      else text += word();
      isOpen = template !== undefined && !ENDS.has(name);
    }
    return text;
  }

  private site(pc: number, operands: readonly number[]): Site {
    const instruction = this.translation.instruction[pc] ?? 0;
    const op = this.code.table.ops[instruction] ?? OP.NOP;
    const homes = (): string => this.saveHomes(instruction, operands);
    // Where it rests while others run; a call may have a store in it.
    const { entry, words } = this.translation;
    const kinds = WORD_ROWS[wordName(words[pc] ?? 0) as WordName].split(' ');
    const rest = operands[kinds.indexOf('r')] ?? instruction + 1;
    const over = (expression: string, again = false): string => {
      const at = again ? instruction : rest;
      return (
        `${save(this.bound)}${homes()}frame.rest=${at};frame.wpc=${entry[at] ?? 0};` +
        `out=true;z=${expression};out=false;`
      );
    };
    const load = (slot: number): string => `v${slot}=S[base+${slot}];`;
    return {
      o: operands,
      pc,
      mark: `frame.wpc=${pc};`,
      symbol: `'${symbolOf(op)}'`,
      v: (slot) => {
        this.used.add(slot);
        return `v${slot}`;
      },
      leave: () => `{${homes()}pc=${pc};break L}`,
      over,
      into: (slot, expression, again = false) => `${over(expression, again)}${BACK}${load(slot)}`,
      load,
      enter: (from, count, ret, first = '', isInit = false) =>
        `if(!enterable(machine,task,f,${count})){${homes()}pc=${pc};break L}${first}` +
        over(`enter(machine,task,frame,S,f,base+${from},${count},base+${ret},${isInit})`) +
        `${BACK}${load(ret)}`,
      ask: (x, y) =>
        `{${save(this.bound)}${homes()}out=true;` +
        `z=ask(machine,task,frame,S,'${symbolOf(op)}',${x},${y});out=false;` +
        `if(z===LEAVE){pc=${pc};break L}${BACK}` +
        `z=S[base+${this.code.missing[instruction + 1] ?? 0}]}`,
      leaveAsked: () => `{pc=${this.translation.entry[instruction + 1] ?? 0};break L}`,
      raise,
      jump: (target) => `{at=${this.entries[target] ?? -1};continue L}`,
      constant: (index) => {
        this.constants.add(index);
        return `k${index}`;
      },
      cache: (index) => {
        this.caches.add(index);
        return `c${index}`;
      },
      code: (index) => {
        this.codes.add(index);
        return `f${index}`;
      },
    };
  }

  /** J2: the homes that the loop may read at a word. */
  private saveHomes(instruction: number, operands: readonly number[]): string {
    const { localCount, depths, table } = this.code;
    const top = localCount + Math.max(0, depths[table.pcs[instruction] ?? 0] ?? 0);
    const live = new Set<number>();
    for (let slot = localCount; slot < top; slot++) live.add(slot);
    for (const slot of operands)
      if (slot >= localCount && slot < this.code.frameSize) live.add(slot);
    return save([...live].filter((slot) => this.used.has(slot)));
  }
}

/** Raise, and go on at the handler if it is here. */
function raise(error: string, again: boolean): string {
  return `at=raise(machine,task,frame,A,${error},${again});if(at<0)return at;`;
}

function save(slots: Iterable<number>): string {
  return [...slots].map((slot) => `S[base+${slot}]=v${slot};`).join('');
}

/** The text as a function; null where the host forbids to make code from text. */
function makeFactory(text: string): Factory | null {
  try {
    // oxlint-disable-next-line no-new-func, typescript/no-implied-eval
    return new Function('R', 'K', 'C', 'F', 'N', 'A', text) as Factory;
  } catch (problem) {
    if (problem instanceof EvalError) return null;
    throw problem;
  }
}
