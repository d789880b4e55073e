// Instructions as bytes: an opcode, then its operand as an unsigned LEB128 varint (O2).
//
//     13 05        LOAD_LOCAL 5
//     90 ac 02     JUMP 300          ac = 0x2c + more follows, 02 = 2 × 128
//
// The one place that knows how code is laid out in bytes. Who wants to look at code asks `readCode`
// for a table of it, by instruction instead of by byte; the compiler writes with `writeVarint`.
//
// Invariants:
//
//   V1. A number has one varint: the shortest. So equal code is equal bytes.
//   V2. No operand is above OPERAND_MAX, so that an operand is a small integer on any host.

import { FlowError, type ErrorDetails } from './errors.ts';
import {
  OP,
  OP_NAMES,
  OPCODES,
  pictureCount,
  stackEffect,
  type FlowKind,
  type OpName,
} from './opcodes.ts';

/** The largest operand: 31 bits, five bytes of varint. */
export const OPERAND_MAX = 0x7fff_ffff;

/** Bytes of the longest varint. */
const VARINT_BYTES_MAX = 5;

/** The typed error of a program that is not as it should be. */
export function corruptProgram(what: string, details: ErrorDetails = {}): FlowError {
  return new FlowError('FLOW_PROGRAM_CORRUPT', `corrupt program: ${what}`, { what, ...details });
}

/** The same, of what is beyond a limit: the compiler tells it as the program's mistake. */
export function limitExceeded(what: string): FlowError {
  return corruptProgram(what, { limit: true });
}

/** How many bytes a number takes. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) size += 1;
  return size;
}

/** Write a number at an offset; returns the offset after it. */
export function writeVarint(bytes: Uint8Array, offset: number, value: number): number {
  let at = offset;
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
  bytes[at++] = rest;
  return at;
}

/** Reads numbers one after another. */
export class VarintReader {
  private readonly bytes: Uint8Array;
  private readonly what: string;
  offset: number;

  /** @param what names the bytes in errors */
  constructor(bytes: Uint8Array, what: string, offset = 0) {
    this.bytes = bytes;
    this.what = what;
    this.offset = offset;
  }

  get atEnd(): boolean {
    return this.offset >= this.bytes.length;
  }

  /** The next number. V1, V2 */
  next(): number {
    const start = this.offset;
    let value = 0;
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      const byte = this.bytes[this.offset++];
      if (byte === undefined) throw corruptProgram(`${this.what} ends inside a number`);
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte > 0x7f) continue;
      if (byte === 0 && i > 0) throw corruptProgram(`${this.what}: a number in a longer form`);
      if (value > OPERAND_MAX) break;
      return value;
    }
    throw corruptProgram(`${this.what}: a number above ${OPERAND_MAX} at offset ${start}`);
  }

  /** The next number, of either sign: 0, -1, 1, -2, 2 … are written 0, 1, 2, 3, 4 … */
  nextSigned(): number {
    const value = this.next();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

/** Collects numbers one after another. */
export class VarintWriter {
  private bytes = new Uint8Array(64);
  private length = 0;

  push(value: number): void {
    if (this.length + VARINT_BYTES_MAX > this.bytes.length) {
      const larger = new Uint8Array(this.bytes.length * 2);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.length = writeVarint(this.bytes, this.length, value);
  }

  pushSigned(value: number): void {
    this.push(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** What was written, in bytes of its own. */
  take(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}

/** Whether a byte is an opcode, and whether an operand follows it. */
const NO_OPCODE = 0;
const ALONE = 1;
const WITH_OPERAND = 2;
const FORM = Uint8Array.from({ length: 256 }, (_, code) => {
  const name = OP_NAMES[code];
  if (name === undefined) return NO_OPCODE;
  return OPCODES[name].operand === 'none' ? ALONE : WITH_OPERAND;
});

/** Whether an operand follows the opcode. */
export function hasOperand(op: number): boolean {
  return FORM[op] === WITH_OPERAND;
}

/** The row's `flow`, by opcode. */
const FLOWS: readonly FlowKind[] = OP_NAMES.map((name) =>
  name === undefined ? 'end' : OPCODES[name].flow,
);

/** Where control goes after an instruction. */
export function flowOf(op: number): FlowKind {
  return FLOWS[op] ?? 'end';
}

const JUMPS = Uint8Array.from(OP_NAMES, (name) =>
  name !== undefined && OPCODES[name].operand === 'jump' ? 1 : 0,
);

/** Whether the operand is a place to jump to. */
export function isJump(op: number): boolean {
  return JUMPS[op] === 1;
}

/**
 * Instructions that never raise, whatever is on the stack: a handler that covers nothing else is
 * never entered. Whoever ends a handler (END_HANDLE) relies on it. LOAD_LOCAL is not among them
 * only because a compiler chooses between it and LOAD_LOCAL_CHECKED when handlers are laid out.
 */
const QUIET: ReadonlySet<number> = new Set([
  OP.NOP,
  OP.POP,
  OP.COPY,
  OP.SWAP,
  OP.LOAD_CONST,
  OP.LOAD_INT,
  OP.LOAD_NONE,
  OP.STORE_LOCAL,
  OP.MAKE_CELL,
  OP.STORE_CELL,
  OP.LOAD_CLOSURE,
  OP.STORE_GLOBAL,
  OP.IS,
  OP.IS_NOT,
  OP.RETURN,
  OP.JUMP,
  OP.LOOP,
  OP.JUMP_IF_NONE,
  OP.JUMP_IF_NOT_NONE,
  OP.HANDLE,
  OP.END_HANDLE,
]);

const RAISES = Uint8Array.from({ length: 256 }, (_, op) => (QUIET.has(op) ? 0 : 1));

/** Whether an instruction may raise. */
export function mayRaise(op: number): boolean {
  return RAISES[op] === 1;
}

/** The code of one function, by instruction. */
export interface CodeTable {
  /** How many instructions there are. */
  readonly count: number;
  /** Offset of each instruction; one more for the end of the code. */
  readonly pcs: Int32Array;
  readonly ops: Uint8Array;
  /** 0 where there is none. */
  readonly operands: Int32Array;
  /** By offset: the number of the instruction that begins there, or -1. */
  readonly indexAt: Int32Array;
}

/** The name of an instruction in a table. */
export function opName(table: CodeTable, index: number): OpName {
  return OP_NAMES[table.ops[index] ?? -1] as OpName;
}

/** Take code apart. Operands are read, not judged: that is verify.ts. */
export function readCode(code: Uint8Array): CodeTable {
  const pcs = new Int32Array(code.length + 1);
  const ops = new Uint8Array(code.length);
  const operands = new Int32Array(code.length);
  const indexAt = new Int32Array(code.length + 1).fill(-1);
  const reader = new VarintReader(code, 'the code');
  let count = 0;
  while (!reader.atEnd) {
    const pc = reader.offset;
    const op = code[pc]!;
    if (FORM[op] === NO_OPCODE) {
      throw corruptProgram(`byte 0x${op.toString(16)} is no instruction`, { pc });
    }
    indexAt[pc] = count;
    pcs[count] = pc;
    ops[count] = op;
    reader.offset = pc + 1;
    if (FORM[op] === WITH_OPERAND) operands[count] = reader.next();
    count += 1;
  }
  pcs[count] = code.length;
  // Machines keep these for as long as a program is loaded.
  return {
    count,
    pcs: pcs.slice(0, count + 1),
    ops: ops.slice(0, count),
    operands: operands.slice(0, count),
    indexAt,
  };
}

// Effects, computed once from the pictures: each is base + each × n, n being the picture's count.

interface Linear {
  readonly base: Uint8Array;
  readonly each: Uint8Array;
}

function linear(part: 'pops' | 'pushes', jumps: boolean): Linear {
  const effect = (code: number, n: number): number => {
    const name = OP_NAMES[code];
    if (name === undefined) return 0;
    // UNPACK_STAR's count is 1 more than its operand says: see pictureCount.
    return stackEffect(name, name === 'UNPACK_STAR' ? n - 1 : n, jumps)[part];
  };
  const base = Uint8Array.from({ length: 256 }, (_, code) => 2 * effect(code, 1) - effect(code, 2));
  const each = Uint8Array.from({ length: 256 }, (_, code) => effect(code, 2) - effect(code, 1));
  return { base, each };
}

const POPS = [linear('pops', false), linear('pops', true)] as const;
const PUSHES = [linear('pushes', false), linear('pushes', true)] as const;

function countOf(op: number, operand: number): number {
  return op === OP.UNPACK_STAR ? pictureCount('UNPACK_STAR', operand) : operand;
}

/** How many values an instruction takes. */
export function popCount(op: number, operand: number, jumps = false): number {
  const { base, each } = POPS[jumps ? 1 : 0];
  return base[op]! + (each[op] === 0 ? 0 : each[op]! * countOf(op, operand));
}

/** How many values it leaves in their place. */
export function pushCount(op: number, operand: number, jumps = false): number {
  const { base, each } = PUSHES[jumps ? 1 : 0];
  return base[op]! + (each[op] === 0 ? 0 : each[op]! * countOf(op, operand));
}

/** How many of the values a picture takes it leaves where they were: `exc type → exc bool` 1. */
const KEPT = Uint8Array.from({ length: 256 }, (_, code) => {
  const name = OP_NAMES[code];
  const [before = '', after = ''] = name === undefined ? [] : OPCODES[name].stack.split('→');
  const [taken, left] = [before.trim().split(/\s+/), after.trim().split(/\s+/)];
  let kept = 0;
  while (kept < taken.length && taken[kept] !== '' && taken[kept] === left[kept]) kept += 1;
  return kept;
});

/** How many slots, counted from the top, an instruction takes away or changes. */
export function reachOf(op: number, operand: number): number {
  return op === OP.SWAP ? operand : popCount(op, operand) - KEPT[op]!;
}
