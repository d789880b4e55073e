// From bytes to a program, trusting nothing.
//
// What comes out has the shape that program.ts says, every number a number and every table within
// its limits; whether its code makes sense is verify.ts, which callers run next. The layout is told
// in encode.ts and spec/formats/program.md.
//
// Invariants:
//
//   D1. Any bytes give a value, FLOW_PROGRAM_CORRUPT or FLOW_PROGRAM_VERSION; nothing else. What is
//       wrong in a packed table shows when it is asked for: verify.ts asks for all of them.
//   D2. Memory is bounded by the input's size and limits.ts: lengths are checked before they are
//       believed, and what packing repeats for little (safepoints) has limits of its own.
//   D3. Only what encode.ts would have written is taken (E2).

import { decode, isList, type Plain } from './codec.ts';
import {
  CONSTANT_TAG,
  FORMAT_VERSION,
  MODULE_FLAG,
  MODULE_MAGIC,
  PROGRAM_MAGIC,
} from './encode.ts';
import { FlowError, isFlowError } from './errors.ts';
import { hex, sha256Hex, STATEMENT_HASH_BYTES } from './hash.ts';
import { knownByHash } from './known.ts';
import {
  CODE_BYTES_MAX,
  CONSTANT_DEPTH_MAX,
  FUNCTIONS_MAX,
  LOCALS_MAX,
  MODULE_BYTES_MAX,
  MODULES_MAX,
  SAFEPOINT_LOCALS_MAX,
  SAFEPOINT_SLOTS_MAX,
  TABLE_ENTRIES_MAX,
} from './limits.ts';
import { corruptProgram, VarintReader } from './operands.ts';
import { SLOT_KINDS } from './program.ts';
import type {
  Constant,
  FunctionCode,
  Handler,
  Module,
  Position,
  Program,
  Safepoint,
  SlotKind,
  StatementInfo,
} from './program.ts';

/** Arrays within arrays: the module, its functions or constants, and what those nest. */
const DEPTH = CONSTANT_DEPTH_MAX + 4;

/** The module of these bytes. @throws FLOW_PROGRAM_CORRUPT, FLOW_PROGRAM_VERSION */
export function decodeModule(bytes: Uint8Array): Module {
  if (bytes.length > MODULE_BYTES_MAX) {
    throw corruptProgram(`a module of ${bytes.length} bytes, above ${MODULE_BYTES_MAX}`);
  }
  const fields = new Fields(openEnvelope(bytes, MODULE_MAGIC, 'module'), 10, 'the module');
  const name = fields.text('name');
  const file = fields.text('file');
  const flags = fields.count('flags');
  if (flags > (MODULE_FLAG.package | MODULE_FLAG.library)) throw fields.fault('flags', 'unknown');
  return {
    name,
    file,
    isPackage: (flags & MODULE_FLAG.package) !== 0,
    isLibrary: (flags & MODULE_FLAG.library) !== 0,
    source: fields.text('source'),
    constants: fields.list('constants', TABLE_ENTRIES_MAX).map((item) => constantOf(item, 0)),
    names: fields.texts('names', TABLE_ENTRIES_MAX),
    globals: fields.texts('globals', TABLE_ENTRIES_MAX),
    imports: fields.texts('imports', TABLE_ENTRIES_MAX),
    natives: fields.texts('natives', TABLE_ENTRIES_MAX),
    functions: fields
      .list('functions', FUNCTIONS_MAX)
      .map((item, index) => functionOf(item, `function ${index}`)),
  };
}

/** A program from one file (`.fbc`). @throws FLOW_PROGRAM_CORRUPT, FLOW_PROGRAM_VERSION */
export function decodeProgram(bytes: Uint8Array): Program {
  const fields = new Fields(openEnvelope(bytes, PROGRAM_MAGIC, 'program'), 2, 'the program');
  const manifest = fields.bytes('manifest');
  const blobs = fields.list('modules', MODULES_MAX);
  let next = 0;
  const program = unpackProgram(manifest, (name) => {
    const blob = blobs[next++];
    if (blob instanceof Uint8Array) return blob;
    throw corruptProgram(`the program has no bytes of module ${name}`);
  });
  if (next !== blobs.length) throw corruptProgram('the program has modules without a name');
  return program;
}

/** What a manifest lists. */
export interface Manifest {
  readonly entry: string;
  readonly modules: readonly { readonly name: string; readonly hash: string }[];
}

/** Read a manifest, the part of a program that says which modules it is made of. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const fields = new Fields(openPlain(bytes, 3, 'the manifest'), 2, 'the manifest');
  const entry = fields.text('entry');
  const modules = fields.list('modules', MODULES_MAX).map((item) => {
    const row = new Fields(item, 2, 'a row of the manifest');
    const name = row.text('name');
    return { name, hash: hex(row.bytes('hash')) };
  });
  return { entry, modules };
}

/**
 * A program from its manifest and its modules.
 *
 * @param partOf gives a module, or the bytes of one; they must have the hash that the manifest says
 */
export function unpackProgram(
  manifest: Uint8Array,
  partOf: (name: string, hash: string) => Module | Uint8Array,
): Program {
  const { entry, modules } = decodeManifest(manifest);
  return {
    entry,
    modules: modules.map(({ name, hash }) => {
      const part = partOf(name, hash);
      const module = part instanceof Uint8Array ? unpackModule(part, name, hash) : part;
      if (module.name === name) return module;
      throw corruptProgram(`module ${module.name} is listed as ${name}`, { module: name });
    }),
  };
}

function unpackModule(bytes: Uint8Array, name: string, hash: string): Module {
  const found = sha256Hex(bytes);
  if (found === hash) return knownByHash(found) ?? decodeModule(bytes);
  throw corruptProgram(`module ${name} has hash ${found}, not ${hash}`, { module: name });
}

function openEnvelope(bytes: Uint8Array, magic: string, what: string): Plain {
  for (let i = 0; i < magic.length; i++) {
    if (bytes[i] !== magic.charCodeAt(i)) throw corruptProgram(`not a flow ${what}: wrong magic`);
  }
  const version = bytes[magic.length];
  if (version === undefined || version === 0) throw corruptProgram(`a flow ${what} of version 0`);
  if (version > FORMAT_VERSION) {
    throw new FlowError(
      'FLOW_PROGRAM_VERSION',
      `the ${what} has format ${version}; this flowmetal reads up to ${FORMAT_VERSION}`,
      { version, newest: FORMAT_VERSION },
    );
  }
  return openPlain(bytes.subarray(magic.length + 1), DEPTH, `the ${what}`);
}

function openPlain(bytes: Uint8Array, depth: number, what: string): Plain {
  try {
    return decode(bytes, { depth });
  } catch (error) {
    if (!isFlowError(error, 'FLOW_BYTES_CORRUPT')) throw error;
    const { details } = error;
    throw new FlowError(
      'FLOW_PROGRAM_CORRUPT',
      `corrupt program: ${what}: ${error.message}`,
      details,
      {
        cause: error,
      },
    );
  }
}

/** The fields of one array, taken in order, each with its type. */
class Fields {
  private readonly items: readonly Plain[];
  private readonly what: string;
  private next = 0;

  constructor(value: Plain | undefined, count: number, what: string) {
    if (!isList(value) || value.length !== count)
      throw corruptProgram(`${what} has not ${count} fields`);
    this.items = value;
    this.what = what;
  }

  fault(name: string, what: string): FlowError {
    return corruptProgram(`${this.what}: ${name} is ${what}`);
  }

  text(name: string): string {
    const value = this.items[this.next++];
    if (typeof value !== 'string') throw this.fault(name, 'no text');
    return value;
  }

  bytes(name: string): Uint8Array {
    const value = this.items[this.next++];
    if (!(value instanceof Uint8Array)) throw this.fault(name, 'no bytes');
    return value;
  }

  /** A whole number from `least` to 2^31 - 1. */
  count(name: string, least = 0): number {
    const value = this.items[this.next++];
    if (typeof value === 'number' && (value | 0) === value && value >= least) return value;
    throw this.fault(name, 'no number, or out of range');
  }

  list(name: string, max: number): readonly Plain[] {
    const value = this.items[this.next++];
    if (!isList(value)) throw this.fault(name, 'no list');
    if (value.length > max) throw this.fault(name, `longer than ${max}`);
    return value;
  }

  texts(name: string, max: number): string[] {
    return this.list(name, max).map((item) => {
      if (typeof item === 'string') return item;
      throw this.fault(name, 'no list of texts');
    });
  }
}

function constantOf(value: Plain, depth: number): Constant {
  if (depth > CONSTANT_DEPTH_MAX) throw corruptProgram('constants nest too deeply');
  if (value === null) return { type: 'none' };
  if (typeof value === 'boolean') return { type: 'bool', value };
  if (typeof value === 'string') return { type: 'str', value };
  if (value instanceof Uint8Array) return { type: 'bytes', value: value.slice() };
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      return { type: 'int', value: BigInt(value) };
    }
    throw corruptProgram(`${value} is no int constant`);
  }
  const [tag, first, second] = value;
  switch (tag) {
    case CONSTANT_TAG.ellipsis:
      if (value.length === 1) return { type: 'ellipsis' };
      break;
    case CONSTANT_TAG.float:
      if (value.length === 2 && typeof first === 'number') return { type: 'float', value: first };
      break;
    case CONSTANT_TAG.imaginary:
      if (value.length === 2 && typeof first === 'number') {
        return { type: 'imaginary', value: first };
      }
      break;
    case CONSTANT_TAG.int:
      if (value.length === 3 && typeof first === 'boolean' && second instanceof Uint8Array) {
        return { type: 'int', value: largeInt(first, second) };
      }
      break;
    case CONSTANT_TAG.tuple:
    case CONSTANT_TAG.frozenset: {
      const type = tag === CONSTANT_TAG.tuple ? 'tuple' : 'frozenset';
      return { type, items: value.slice(1).map((item) => constantOf(item, depth + 1)) };
    }
    default:
  }
  throw corruptProgram('a constant of no known kind');
}

function largeInt(negative: boolean, magnitude: Uint8Array): bigint {
  if (magnitude.length < 7 || magnitude[0] === 0) throw corruptProgram('an int in a longer form');
  const size = BigInt(`0x${hex(magnitude)}`);
  if (size <= BigInt(Number.MAX_SAFE_INTEGER)) throw corruptProgram('an int in a longer form');
  return negative ? -size : size;
}

/**
 * A function. Its large tables stay packed, and are unpacked by each who asks: the verifier once,
 * then tracebacks and tools. Kept unpacked, they would be half of what a program takes.
 */
function functionOf(value: Plain, what: string): FunctionCode {
  const fields = new Fields(value, 18, what);
  const name = fields.text('name');
  const qualname = fields.text('qualname');
  const flags = fields.count('flags');
  const positionalOnly = fields.count('positionalOnly');
  const positional = fields.count('positional');
  const keywordOnly = fields.count('keywordOnly');
  const locals = fields.texts('locals', LOCALS_MAX);
  const freeCount = fields.count('freeCount');
  const stackMax = fields.count('stackMax');
  const code = fields.bytes('code');
  if (code.length > CODE_BYTES_MAX) throw fields.fault('code', `longer than ${CODE_BYTES_MAX}`);
  const handlers = unpackHandlers(fields.bytes('handlers'), `${what}: handlers`);
  const safepoints = fields.bytes('safepoints');
  const pcs = fields.bytes('statements');
  const hashes = fields.bytes('hashes');
  const positions = fields.bytes('positions');
  const hash = fields.bytes('hash');
  const doc = fields.count('doc', -1);
  const line = fields.count('line');
  return {
    name,
    qualname,
    flags,
    positionalOnly,
    positional,
    keywordOnly,
    locals,
    freeCount,
    stackMax,
    code,
    handlers,
    get safepoints() {
      return unpackSafepoints(safepoints, `${what}: safepoints`);
    },
    get statements() {
      return unpackStatements(pcs, hashes, `${what}: statements`);
    },
    get positions() {
      return unpackPositions(positions, `${what}: positions`);
    },
    hash,
    doc,
    line,
  };
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
