// A function as its module's bytes have it: its tables stay packed.
//
// They are unpacked by each who asks: the verifier once, then tracebacks and tools. Kept unpacked,
// they would be half of what a program takes; and a view of each would be half of the objects that
// a process has of a library it has just read.
//
// Invariant: PF1. What is wrong in a packed table shows when it is asked for (D1), and nothing is
// longer than limits.ts says (D2).

import { STATEMENT_HASH_BYTES } from './hash.ts';
import { LOCALS_MAX, SAFEPOINT_LOCALS_MAX, SAFEPOINT_SLOTS_MAX } from './limits.ts';
import { corruptProgram, VarintReader } from './operands.ts';
import {
  SLOT_KINDS,
  type FunctionCode,
  type Handler,
  type Position,
  type Safepoint,
  type SlotKind,
  type StatementInfo,
} from './program.ts';

/** The packed parts, in the order of a module's bytes. */
export const PACKED = [
  'code',
  'handlers',
  'safepoints',
  'statements',
  'hashes',
  'positions',
  'hash',
] as const;

type Packed = (typeof PACKED)[number];

/** What of a function is not packed. */
type Unpacked = Omit<FunctionCode, Packed>;

export class PackedFunction implements FunctionCode {
  readonly name: string;
  readonly qualname: string;
  readonly flags: number;
  readonly positionalOnly: number;
  readonly positional: number;
  readonly keywordOnly: number;
  readonly locals: readonly string[];
  readonly freeCount: number;
  readonly stackMax: number;
  readonly doc: number;
  readonly line: number;
  /** The packed parts together, with what stands between them. */
  private readonly bytes: Uint8Array;
  /** Where each begins and ends in them. */
  private readonly places: readonly number[];
  private readonly what: string;

  /** @param parts the packed parts, in order, as views of one buffer */
  constructor(plain: Unpacked, parts: readonly Uint8Array[], what: string) {
    this.name = plain.name;
    this.qualname = plain.qualname;
    this.flags = plain.flags;
    this.positionalOnly = plain.positionalOnly;
    this.positional = plain.positional;
    this.keywordOnly = plain.keywordOnly;
    this.locals = plain.locals;
    this.freeCount = plain.freeCount;
    this.stackMax = plain.stackMax;
    this.doc = plain.doc;
    this.line = plain.line;
    this.what = what;
    const first = parts[0]!;
    const last = parts.at(-1)!;
    const start = first.byteOffset;
    this.bytes = new Uint8Array(first.buffer, start, last.byteOffset + last.length - start);
    this.places = parts.flatMap(({ byteOffset, length }) => {
      const from = byteOffset - start;
      return [from, from + length];
    });
  }

  get code(): Uint8Array {
    return this.part('code');
  }

  get handlers(): Handler[] {
    return unpackHandlers(this.part('handlers'), `${this.what}: handlers`);
  }

  get safepoints(): Safepoint[] {
    return unpackSafepoints(this.part('safepoints'), `${this.what}: safepoints`);
  }

  get statements(): StatementInfo[] {
    const what = `${this.what}: statements`;
    return unpackStatements(this.part('statements'), this.part('hashes'), what);
  }

  get positions(): Position[] {
    return unpackPositions(this.part('positions'), `${this.what}: positions`);
  }

  get hash(): Uint8Array {
    return this.part('hash');
  }

  private part(name: Packed): Uint8Array {
    const at = 2 * PACKED.indexOf(name);
    return this.bytes.subarray(this.places[at], this.places[at + 1]);
  }
}

function unpackHandlers(bytes: Uint8Array, what: string): Handler[] {
  const reader = new VarintReader(bytes, what);
  const rows: Handler[] = [];
  let last = 0;
  while (!reader.atEnd) {
    const start = last + reader.next();
    const end = start + reader.next();
    const target = end + reader.next();
    rows.push({ start, end, target, depth: reader.next() });
    last = end;
  }
  return rows;
}

function unpackSafepoints(bytes: Uint8Array, what: string): Safepoint[] {
  const reader = new VarintReader(bytes, what);
  const rows: Safepoint[] = [];
  // D2
  let [slots, inLocals] = [0, 0];
  let last: Safepoint = { pc: 0, statement: 0, stack: [], live: [] };
  while (!reader.atEnd) {
    last = {
      pc: last.pc + reader.next(),
      statement: last.statement + reader.nextSigned(),
      stack: unpackStack(reader, last.stack, what),
      live: unpackChanges(reader, last.live, what),
    };
    slots += last.stack.length;
    inLocals += last.live.length;
    if (slots > SAFEPOINT_SLOTS_MAX) throw corruptProgram(`${what} show too many slots`);
    if (inLocals > SAFEPOINT_LOCALS_MAX) throw corruptProgram(`${what} show too many locals`);
    rows.push(last);
  }
  return rows;
}

function unpackStack(reader: VarintReader, last: readonly SlotKind[], what: string): SlotKind[] {
  const kept = reader.next();
  const added = reader.next();
  if (kept > last.length) throw corruptProgram(`${what} keep more slots than there were`);
  const stack = last.slice(0, kept);
  for (let i = 0; i < added; i++) {
    const kind = SLOT_KINDS[reader.next()];
    if (kind === undefined) throw corruptProgram(`${what} have a slot of no known kind`);
    if (i === 0 && kind === last[kept]) throw corruptProgram(`${what} are in a longer form`);
    stack.push(kind);
  }
  return stack;
}

function unpackChanges(reader: VarintReader, last: readonly number[], what: string): number[] {
  const count = reader.next();
  const merged: number[] = [];
  let from = 0;
  let change = -1;
  for (let i = 0; i < count; i++) {
    change += reader.next() + 1;
    if (change >= LOCALS_MAX) throw corruptProgram(`${what} name local ${change}`);
    while (from < last.length && last[from]! < change) merged.push(last[from++]!);
    if (last[from] === change) from += 1;
    else merged.push(change);
  }
  while (from < last.length) merged.push(last[from++]!);
  return merged;
}

function unpackStatements(pcs: Uint8Array, hashes: Uint8Array, what: string): StatementInfo[] {
  const reader = new VarintReader(pcs, what);
  const rows: StatementInfo[] = [];
  let pc = 0;
  while (!reader.atEnd) {
    pc += reader.nextSigned();
    const from = rows.length * STATEMENT_HASH_BYTES;
    rows.push({ pc, hash: hashes.slice(from, from + STATEMENT_HASH_BYTES) });
  }
  if (hashes.length !== rows.length * STATEMENT_HASH_BYTES) {
    throw corruptProgram(`${what} have ${hashes.length} bytes of hashes for ${rows.length}`);
  }
  return rows;
}

function unpackPositions(bytes: Uint8Array, what: string): Position[] {
  const reader = new VarintReader(bytes, what);
  const rows: Position[] = [];
  let [pc, line] = [0, 0];
  while (!reader.atEnd) {
    pc += reader.next();
    line += reader.nextSigned();
    const column = reader.next();
    const lines = reader.next();
    const width = reader.next();
    const endColumn = lines === 0 ? column + width : width;
    rows.push({ pc, line, column, endLine: line + lines, endColumn });
  }
  return rows;
}
