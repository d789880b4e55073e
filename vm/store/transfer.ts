// One run as one file: for taking it elsewhere, attaching it to a report, keeping it.
//
//     file = 'flowrun\n'  ++  encode([version, keyed, store id, run, rows, code])  ++  MAC
//     row  = [table, [number or id, ...], body of the record]
//     code = [hash, bytes]
//
// The rows are those of RUN_TABLES, in order of their keys; the lists are made anew by the store
// that takes the run in. So are the trailers and the MACs of the chain, which may have been made
// under another key.
//
// Invariants:
//
//   I1. The store that takes a run in first builds it in memory and lets `verify` look at it: what
//       is not whole is FLOW_EXPORT_CORRUPT, and nothing was written.
//   I2. All of a run comes in with one write.
//   I3. Effects keep their origin, so the callbacks of a run taken in elsewhere stay with the
//       store that gave their URLs out; like a fork, it gets a lineage of its own when claimed.

import { Buffer } from 'node:buffer';
import { decode, encode, isList, type Plain } from '../bytecode/codec.ts';
import { sha256Hex } from '../bytecode/hash.ts';
import { FlowError, isFlowError } from '../bytecode/errors.ts';
import { addLink, birthMac, splitLink } from './chain.ts';
import { Core, readBody } from './core.ts';
import type { Op } from './disk.ts';
import { isHash, isId, isRunTable, makeKey, parseKey, prefixRange, RUN_TABLES } from './keys.ts';
import { MemoryDisk } from './memory-disk.ts';
import {
  ARRIVAL,
  BIRTH,
  CODE,
  CREATED,
  DUE,
  EFFECT,
  FATE,
  HEAD,
  PENDING,
  SENT,
  TIMER,
  TOKEN,
  type RecordKind,
} from './records.ts';
import { listBirth, runExists } from './runs.ts';
import { MAC_BYTES, sameBytes, Seal } from './seal.ts';
import { neededHead, stateLock } from './states.ts';
import type { RunId } from './store.ts';
import { verify } from './verify.ts';

const MAGIC = new TextEncoder().encode('flowrun\n');
const VERSION = 1;

export async function exportRun(core: Core, run: RunId): Promise<Uint8Array> {
  await neededHead(core, run);
  return core.locks.hold(stateLock(run), () =>
    core.locks.hold(run, async () => {
      await core.writer.settled();
      const rows: Plain[] = [];
      for (const table of RUN_TABLES) {
        for await (const [key, value] of core.disk.range(rowsOf(table, run))) {
          const parts = parseKey(key)?.parts.slice(1) ?? [];
          rows.push([table, parts, core.seal.open(key, value)]);
        }
      }
      const birth = await core.readNeeded(BIRTH, run);
      const code: Plain[] = [];
      for (const hash of [birth.program, ...birth.modules]) {
        code.push([hash, await core.readNeeded(CODE, hash)]);
      }
      const body = encode([VERSION, core.seal.keyed, core.identity.id, run, rows, code]);
      return new Uint8Array(Buffer.concat([MAGIC, body, fileMac(core.seal, body)]));
    }),
  );
}

function rowsOf(table: (typeof RUN_TABLES)[number], run: RunId): { from: string; to: string } {
  const key = makeKey(table, run);
  // `run` and `head` have one row, whose key is the prefix itself.
  if (table === 'run' || table === 'head') return { from: key, to: key + '\0' };
  return prefixRange(table, run);
}

function fileMac(seal: Seal, body: Uint8Array): Uint8Array {
  return seal.mac('export', '', body);
}

interface ExportFile {
  readonly run: RunId;
  readonly rows: readonly ExportRow[];
  readonly code: readonly (readonly [hash: string, bytes: Uint8Array])[];
  /** What its MACs were made with. */
  readonly seal: Seal;
}

interface ExportRow {
  readonly table: (typeof RUN_TABLES)[number];
  readonly key: string;
  readonly body: Uint8Array;
}

export async function importRun(core: Core, bytes: Uint8Array): Promise<RunId> {
  const file = parseFile(core, bytes);
  const { run } = file;
  const step = await core.locks.hold(run, async () => {
    if ((await core.head(run)) !== null) throw runExists(run);
    const built = await build(core, file);
    const ops = [...built.ops];
    for (const op of built.shared) {
      // Rows that are not of this run alone: what is here already stays.
      if ((await core.writer.get(op.key)) === undefined) ops.push(op);
    }
    ops.push(...core.passArrival(built.lastArrival));
    return { written: core.writer.enqueue(ops) };
  });
  await step.written;
  return run;
}

interface Built {
  readonly ops: readonly Op[];
  /** Code, tokens, creation keys. */
  readonly shared: readonly Op[];
  readonly lastArrival: number;
}

/** The changes that make the run, tried out in memory first (I1). */
async function build(core: Core, file: ExportFile): Promise<Built> {
  try {
    const ops = rebuildRows(core, file);
    const shared = file.code.map(([hash, bytes]) => core.put(CODE, [hash], bytes));
    const lists = rebuildLists(core, file);
    const built = {
      ops: [...ops, ...lists.own],
      shared: [...shared, ...lists.shared],
      lastArrival: lists.lastArrival,
    };
    const disk = new MemoryDisk();
    await disk.write([...Core.firstRows(core.seal), ...built.ops, ...built.shared]);
    const trial = await Core.start(disk, core.seal, core.identity);
    await disk.write(trial.passArrival(built.lastArrival));
    for await (const finding of verify(trial)) {
      if (finding.severity === 'error') throw corruptFile(`${finding.key}: ${finding.what}`);
    }
    return built;
  } catch (error) {
    if (isFlowError(error, 'FLOW_STORE_CORRUPT')) throw corruptFile(error.message, error);
    if (isFlowError(error, 'FLOW_STORE_VERSION')) {
      throw new FlowError('FLOW_EXPORT_VERSION', error.message, error.details, { cause: error });
    }
    throw error;
  }
}

/** The run's own rows, sealed and chained anew. */
function rebuildRows(core: Core, { run, rows, seal }: ExportFile): Op[] {
  const birth = only(rows, BIRTH);
  const head = only(rows, HEAD);
  const ops: Op[] = [];
  const first = birthMac(core.seal, run, birth);
  // Where the history was pruned, the chain goes on from a MAC nobody can make again.
  const anchor = head.historyFrom === 1 ? first : head.anchor;
  if (head.historyFrom === 1 && !sameBytes(head.anchor, birthMac(seal, run, birth))) {
    throw corruptFile('the chain does not begin with the birth of the run');
  }
  let theirs = head.anchor;
  let ours = anchor;
  let sequence = head.historyFrom;
  for (const { table, key, body } of rows) {
    if (table === 'head') continue;
    if (table !== 'log') {
      ops.push({ key, value: core.seal.close(key, body) });
      continue;
    }
    const link = splitLink(key, body);
    if (key !== makeKey('log', run, sequence)) throw corruptFile(`commit ${sequence} is missing`);
    theirs = seal.mac('log', key.slice('log!'.length), theirs, link.body);
    if (!sameBytes(theirs, link.mac)) throw corruptFile(`commit ${sequence} breaks the chain`);
    const added = addLink(core, run, sequence, ours, link.log);
    ours = added.mac;
    ops.push(added.op);
    sequence++;
  }
  if (!sameBytes(theirs, head.mac)) throw corruptFile('the chain does not end in the head');
  ops.push(core.put(HEAD, [run], { ...head, anchor, mac: ours }));
  return ops;
}

/** The one row of a table, decoded. */
function only<Value>(rows: readonly ExportRow[], kind: RecordKind<Value>): Value {
  const row = rows.find(({ table }) => table === kind.table);
  if (row === undefined) throw corruptFile(`it has no ${kind.table} record`);
  return readBody(kind, row.key, row.body);
}

/** The rows of the lists, from what they are derived from. */
function rebuildLists(
  core: Core,
  { run, rows }: ExportFile,
): { own: Op[]; shared: Op[]; lastArrival: number } {
  const birth = only(rows, BIRTH);
  const head = only(rows, HEAD);
  const created = birth.keyHash === null ? null : makeKey('created', birth.keyHash);
  const own = listBirth(core, run, birth, head).filter(({ key }) => key !== created);
  const shared: Op[] = [];
  let lastArrival = 0;
  if (birth.keyHash !== null) shared.push(core.put(CREATED, [birth.keyHash], run));
  for (const { table, key, body } of rows) {
    const last = parseKey(key)?.parts.at(-1) ?? '';
    if (table === 'timer') own.push(core.put(DUE, [readBody(TIMER, key, body), run, last], true));
    if (table === 'effect') {
      const { tokenHash, origin } = readBody(EFFECT, key, body);
      const owner = { run, effect: String(last), origin };
      if (tokenHash !== null) shared.push(core.put(TOKEN, [tokenHash], owner));
    }
    if (table === 'fate') {
      const { kind, dispatch, state } = readBody(FATE, key, body);
      if (dispatch && (state.kind === 'pending' || state.kind === 'attempted')) {
        own.push(core.put(PENDING, [kind, state.notBeforeMs, run, last], true));
      }
    }
    if (table === 'arrival') {
      const { keyHash } = readBody(ARRIVAL, key, body);
      lastArrival = Math.max(lastArrival, Number(last));
      if (keyHash !== null) own.push(core.put(SENT, [run, keyHash], Number(last)));
    }
  }
  return { own, shared, lastArrival };
}

function parseFile(core: Core, bytes: Uint8Array): ExportFile {
  const end = bytes.length - MAC_BYTES;
  if (end < MAGIC.length || !sameBytes(bytes.subarray(0, MAGIC.length), MAGIC)) {
    throw corruptFile('it does not begin like one');
  }
  const body = bytes.subarray(MAGIC.length, end);
  const content = decodeFile(body);
  if (!isList(content)) throw corruptFile('its content is not a list');
  const [version, keyed, origin, run, rows, code, ...rest] = content;
  if (typeof version === 'number' && version > VERSION) {
    const what = `the exported run has version ${version}; this flowmetal knows up to ${VERSION}`;
    throw new FlowError('FLOW_EXPORT_VERSION', what, { version, known: VERSION });
  }
  if (version !== VERSION || typeof keyed !== 'boolean' || !isId(origin) || rest.length > 0) {
    throw corruptFile('its header is not one');
  }
  if (!isId(run) || !isList(rows) || !isList(code)) throw corruptFile('its header is not one');
  if (keyed && !core.seal.keyed) {
    throw new FlowError('FLOW_STORE_KEY', 'the file is signed with a key, and this store has none');
  }
  const seal = keyed ? core.seal : new Seal(null);
  if (!sameBytes(fileMac(seal, body), bytes.subarray(end))) {
    const why = keyed ? ', or was signed with another key' : '';
    throw corruptFile(`its MAC does not fit: it is damaged${why}`);
  }
  return { run, rows: parseRows(run, rows), code: code.map(parseCode), seal };
}

function decodeFile(body: Uint8Array): Plain {
  try {
    return decode(body);
  } catch (error) {
    throw corruptFile(error instanceof Error ? error.message : String(error), error);
  }
}

function parseRows(run: RunId, rows: readonly Plain[]): ExportRow[] {
  const parsed = rows.map((row): ExportRow => {
    if (!isList(row) || row.length !== 3) throw corruptFile('a row is not one');
    const [table, parts, body] = row;
    if (!isList(parts) || !(body instanceof Uint8Array)) throw corruptFile('a row is not one');
    const key = keyOf(table, run, parts);
    const found = parseKey(key);
    if (found === null || !isRunTable(found.table)) throw corruptFile(`a row has the key ${key}`);
    return { table: found.table, key, body };
  });
  if (new Set(parsed.map(({ key }) => key)).size < parsed.length) {
    throw corruptFile('a row is there twice');
  }
  return parsed;
}

function keyOf(table: Plain | undefined, run: RunId, parts: readonly Plain[]): string {
  const texts: (string | number)[] = [run];
  for (const part of parts) {
    if (typeof part === 'number' && Number.isSafeInteger(part) && part >= 0) texts.push(part);
    else if (isId(part)) texts.push(part);
    else throw corruptFile('a key has a part that is neither number nor id');
  }
  const name = RUN_TABLES.find((candidate) => candidate === table);
  if (name === undefined) throw corruptFile('a row is of no table we know');
  return makeKey(name, ...texts);
}

function parseCode(code: Plain): readonly [string, Uint8Array] {
  if (!isList(code) || code.length !== 2) throw corruptFile('a piece of code is not one');
  const [hash, bytes] = code;
  if (!isHash(hash) || !(bytes instanceof Uint8Array) || sha256Hex(bytes) !== hash) {
    throw corruptFile('a piece of code does not have its hash');
  }
  return [hash, bytes];
}

function corruptFile(what: string, cause?: unknown): FlowError {
  const message = `this is not an exported run, or a damaged one: ${what}`;
  return new FlowError('FLOW_EXPORT_CORRUPT', message, { what }, { cause });
}
