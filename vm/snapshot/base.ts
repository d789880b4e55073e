// Base images: the state of a program behind its prefix (vm/machine/prefix.ts), its imports above
// all, written once for all runs of it.
//
//     program ──machineAtCut──▶ machine ──encode──▶ base image ──decode──▶ Base
//                                                       │                    │ begin(given)
//                                                    SHA-256                 ▼
//                                                       └──── BASE ────▶ machine of a run
//
//     [ 'flowb', version, SHA-256 of the program, [chunk, …] ]
//
// A run that begins from a base executes no imports and writes none of what they made: its first
// delta names the base and holds what differs, and its checkpoints hold what was made or changed
// since. The base is a blob of the store like the code, named by its hash, and kept with the run.
//
// Its chunks are those of a checkpoint, read and checked like any (L7). What need not be done for
// each run is done once a base: decoding, and finding statics. Objects are built for each run.
//
// Invariants:
//
//   BI1. A program and a version of flowmetal make one base image, byte for byte: encodeBase of
//        machineAtCut. A program without a prefix has none.
//   BI2. A base is of one program: of another it is FLOW_SNAPSHOT_CORRUPT.
//   BI3. Its objects have the ids from 1 up to `end`, that one excluded, without a gap.
//   BI4. A run that begins from a base is one that executed the prefix itself and was written at
//        the cut: same ticks, ids, identities and counters, so same output and same states.

import { encode, isList } from '../bytecode/codec.ts';
import { hex, sha256 } from '../bytecode/hash.ts';
import type { LinkedProgram } from '../machine/link.ts';
import type { Machine, MachineOptions } from '../machine/machine.ts';
import { give, isBeginning, machineAtCut, type Given } from '../machine/prefix.ts';
import type { HeapObject } from '../values/heap.ts';
import type { Registry } from '../machine/registry.ts';
import { encodeCheckpoint } from './checkpoint.ts';
import { encodeDelta, hashBytes } from './delta.ts';
import { isDefinition, Scope, type Gathered } from './gather.ts';
import { KIND } from './kinds.ts';
import type { LedgerBase } from './ledger.ts';
import { Reader } from './reader.ts';
import { readState, restoreMachine } from './restore.ts';
import { checkVersion, corrupt, decodeChunk, readPlain, type Row } from './segment.ts';
import type { TextReader } from './texts.ts';

const MAGIC = 'flowb';
export const BASE_VERSION = 1;

/** Arrays in arrays: the image, its chunks. */
const BASE_DEPTH = 2;

/** A base image that was read and checked, ready to be begun from. */
export class Base {
  /** SHA-256 of its bytes, in hexadecimal: its name. */
  readonly hash: string;
  readonly bytes: Uint8Array;
  /** Roots, objects and their parts. */
  readonly rows: readonly Row[];
  readonly texts: TextReader;
  /** The id after those of its objects. */
  readonly end: number;
  readonly forLedger: LedgerBase;
  private readonly statics: readonly HeapObject[];
  private readonly layouts: readonly Row[];

  constructor(bytes: Uint8Array, rows: readonly Row[], { scope, texts }: Gathered, end: number) {
    const digest = sha256(bytes);
    this.hash = hex(digest);
    this.bytes = bytes;
    this.rows = rows.filter(([kind]) => !isDefinition(kind as number));
    this.texts = texts;
    this.end = end;
    this.forLedger = { hash: digest, bytes: bytes.length, end, texts: new Set(texts.names) };
    this.statics = scope.statics;
    this.layouts = rows.filter(([kind]) => kind === KIND.LAYOUT);
  }

  /** What its rows refer to, for one reader: layouts become classes of one run. */
  newScope(): Scope {
    const scope = new Scope();
    scope.statics.push(...this.statics);
    for (const row of this.layouts) scope.layouts.push({ row, scope, made: null });
    return scope;
  }
}

/** The base image of a machine at the cut of its program. */
export function encodeBase(machine: Machine): Uint8Array {
  encodeDelta(machine);
  const { chunks } = encodeCheckpoint(machine);
  return encode([MAGIC, BASE_VERSION, hashBytes(machine.program.hash), chunks]);
}

/** The base of a program; null if it has none. BI1 */
export function makeBase(program: LinkedProgram, registry: Registry): Base | null {
  const machine = machineAtCut({ program, registry, random: () => 0 });
  return machine === null ? null : decodeBase(program, registry, encodeBase(machine));
}

/**
 * Read and check a base image.
 *
 * @throws FLOW_SNAPSHOT_CORRUPT  the bytes are no beginning of this program
 * @throws FLOW_SNAPSHOT_VERSION  they were written by a newer flowmetal
 * @throws FLOW_NATIVE_MISSING    they name a native that this version does not have
 */
export function decodeBase(program: LinkedProgram, registry: Registry, bytes: Uint8Array): Base {
  const plain = readPlain(bytes, BASE_DEPTH);
  if (!isList(plain) || plain[0] !== MAGIC) throw corrupt('these bytes are no base image');
  const [, version, hash, chunks] = plain;
  checkVersion('base image', version, BASE_VERSION);
  if (plain.length !== 4 || !(hash instanceof Uint8Array) || !isList(chunks)) {
    throw corrupt('a base image has four parts');
  }
  if (hex(hash) !== program.hash) throw corrupt('it is a base image of another program');
  const checkpoint = chunks.map((chunk) => {
    if (chunk instanceof Uint8Array) return chunk;
    throw corrupt('a chunk of a base image is no bytes');
  });
  const rows = checkpoint.flatMap((chunk, at) => decodeChunk(chunk, at, checkpoint.length));
  const reader = new Reader(program, registry);
  const { state } = readState(reader, { checkpoint, deltas: [] });
  const { objects } = reader.gathered;
  const { nextId } = state.heap;
  // Ids are different and below nextId: so many of them leave no gap (BI3).
  if (objects.size !== nextId - 1) throw corrupt('a base image with a gap');
  if (!isBeginning(program, state)) throw corrupt('it is no beginning of its program');
  return new Base(bytes, rows, reader.gathered, nextId);
}

/** The machine of a run that begins from a base. */
export function beginFrom(
  base: Base,
  options: Omit<MachineOptions, 'state'>,
  given: Given,
): Machine {
  const machine = restoreMachine(options, { base, checkpoint: [], deltas: [] });
  give(machine, given);
  return machine;
}
