// Verifying: reading every row of a store, and comparing each with what it must agree with.
//
// Damage that a load would meet is reported here as well, and what no load would meet: a list
// that has lost a run, a timer nobody would wake, an answer without its effect. Every finding
// names table and key; `error` says that something is wrong, `note` that something is left over.
//
// Rows are looked at one by one, under the lock of their run, so a store may be verified while it
// is at work. A row that changed since the list was read is looked at as it is now.

import { birthMac, readLinks, splitLink } from './chain.ts';
import { checkpointDigest } from './commits.ts';
import { isFinished, type Core } from './core.ts';
import { isFlowError, type FlowError } from '../bytecode/errors.ts';
import { sha256, sha256Hex } from '../bytecode/hash.ts';
import { placeOf } from './fields.ts';
import {
  isAfter,
  makeKey,
  numberPart,
  parseKey,
  prefixRange,
  runOf,
  type ParsedKey,
  type TableName,
} from './keys.ts';
import {
  ARRIVAL,
  BIRTH,
  BORN,
  CHECKPOINT,
  CHUNK,
  CODE,
  COUNTER,
  CREATED,
  DELTA,
  DUE,
  EFFECT,
  FATE,
  HEAD,
  PENDING,
  SECRET,
  SENT,
  STATUS,
  STATUSES,
  TIMER,
  TOKEN,
  UNREAD,
  type RecordKind,
} from './records.ts';
import { sameBytes } from './seal.ts';
import { checkDelta } from './states.ts';
import type { Finding } from './store.ts';

export async function* verify(core: Core): AsyncGenerator<Finding> {
  for await (const [key] of core.disk.range({ from: '', to: '\uffff' })) {
    core.needOpen();
    yield* await verifyRow(core, key);
  }
}

/** One row being looked at: what it is, and what was found about it. */
class Look {
  readonly core: Core;
  readonly key: string;
  readonly value: Uint8Array;
  readonly found: Finding[] = [];
  readonly #parsed: ParsedKey;

  constructor(core: Core, key: string, parsed: ParsedKey, value: Uint8Array) {
    this.core = core;
    this.key = key;
    this.#parsed = parsed;
    this.value = value;
  }

  get table(): TableName {
    return this.#parsed.table;
  }

  text(index: number): string {
    return String(this.#parsed.parts[index]);
  }

  number(index: number): number {
    return Number(this.#parsed.parts[index]);
  }

  open<Value>(kind: RecordKind<Value>): Value {
    return this.core.open(kind, this.key, this.value);
  }

  /** Says that something is wrong unless it holds. */
  need(holds: boolean, what: string): void {
    if (!holds) this.found.push(finding('error', this.key, what));
  }

  note(what: string): void {
    this.found.push(finding('note', this.key, what));
  }
}

function finding(severity: Finding['severity'], key: string, what: string): Finding {
  const { table, run, sequence } = placeOf(key);
  return {
    severity,
    table: typeof table === 'string' ? table : '?',
    key,
    run: typeof run === 'string' ? run : null,
    sequence: typeof sequence === 'number' ? sequence : null,
    what,
  };
}

async function verifyRow(core: Core, key: string): Promise<readonly Finding[]> {
  const parsed = parseKey(key);
  if (parsed === null) return [finding('error', key, 'no row of ours has such a key')];
  // Rows of no run are never changed together with others.
  const lock = runOf(parsed) ?? parsed.table;
  return core.locks.hold(lock, async () => {
    await core.writer.settled();
    const value = await core.disk.get(key);
    if (value === undefined) return [];
    const found = await look(new Look(core, key, parsed, value));
    // A row of no run may have been taken away while it was looked at.
    const gone = found.length > 0 && (await core.disk.get(key)) === undefined;
    return gone ? [] : found;
  });
}

async function look(at: Look): Promise<readonly Finding[]> {
  try {
    await CHECKS[at.table](at);
    return at.found;
  } catch (error) {
    if (!isFlowError(error)) throw error;
    if (error.code !== 'FLOW_STORE_CORRUPT' && error.code !== 'FLOW_STORE_VERSION') throw error;
    return [...at.found, damage(error, at.key)];
  }
}

/** Where the damage is, which may be another row than the one looked at. */
function damage(error: FlowError, key: string): Finding {
  const place = error.details['key'];
  return finding('error', typeof place === 'string' ? place : key, error.message);
}

/** Nothing that came may be lost: it waits, or a commit took it in, or gave it up. */
async function checkArrivals(
  look: Look,
  run: string,
  consumed: ReadonlySet<number>,
): Promise<void> {
  const { core } = look;
  for await (const [key, { effect }] of core.range(ARRIVAL, prefixRange('arrival', run))) {
    const arrival = numberPart('arrival', key, 1);
    if (consumed.has(arrival) || (await core.read(UNREAD, run, arrival)) !== null) continue;
    const fate = effect === null ? null : await core.read(FATE, run, effect);
    const given = fate?.state.kind === 'abandoned';
    look.need(given, `arrival ${arrival} does not wait, and no commit has consumed it`);
  }
}

const CHECKS: Readonly<Record<TableName, (look: Look) => Promise<void> | void>> = {
  // Read when the store was opened.
  store: () => {},
  counter: (look) => void look.open(COUNTER),
  secret: (look) => void look.open(SECRET),

  code: (look) => {
    look.need(sha256Hex(look.open(CODE)) === look.text(0), 'the bytes do not have their hash');
  },

  run: async (look) => {
    const { core } = look;
    const run = look.text(0);
    const birth = look.open(BIRTH);
    look.need((await core.read(HEAD, run)) !== null, 'the run has no head');
    look.need((await core.read(BORN, birth.createdMs, run)) !== null, 'is in no list of runs');
    if (birth.keyHash !== null) {
      look.need((await core.read(CREATED, birth.keyHash)) !== null, 'its key is not known');
    }
    for (const hash of [birth.program, ...birth.modules]) {
      look.need((await core.read(CODE, hash)) !== null, `its code ${hash} is missing`);
    }
  },

  head: async (look) => {
    const { core } = look;
    const run = look.text(0);
    const head = look.open(HEAD);
    const birth = await core.readNeeded(BIRTH, run);
    const { letter } = STATUSES[head.status.kind];
    look.need(head.createdMs === birth.createdMs, 'createdMs is not that of the run');
    const listed = await core.read(STATUS, letter, head.createdMs, run);
    look.need(listed !== null, `is not listed as ${head.status.kind}`);
    if (head.historyFrom === 1) {
      look.need(sameBytes(head.anchor, birthMac(core.seal, run, birth)), 'anchor is not the birth');
    }
    if (head.sequence === 0) {
      look.need(sameBytes(head.mac, head.anchor), 'mac is not that of the birth');
    }
    if (head.checkpoint > 0) await core.readNeeded(CHECKPOINT, run, head.checkpoint);
    if (head.timers !== null) {
      let timers = 0;
      for await (const _ of core.range(TIMER, prefixRange('timer', run))) timers++;
      look.need(timers === head.timers, `${timers} timers are set, not ${head.timers}`);
    }
    let last = null;
    const consumed = new Set<number>();
    for await (const link of readLinks(core, run, head, head.historyFrom, head.sequence)) {
      for (const { arrival } of link.log.consumed) consumed.add(arrival);
      if (link.sequence >= head.deltasFrom) await core.readNeeded(DELTA, run, link.sequence);
      last = link;
    }
    if (last !== null) {
      look.need(last.log.status.kind === head.status.kind, 'status is not of the last commit');
    }
    await checkArrivals(look, run, consumed);
  },

  log: async (look) => {
    const { log } = splitLink(look.key, look.core.seal.open(look.key, look.value));
    const head = await look.core.readNeeded(HEAD, look.text(0));
    const sequence = look.number(1);
    look.need(sequence <= head.sequence, 'is beyond the head');
    look.need(sequence >= head.historyFrom, 'is before the history');
    if (log.checkpoint === null) return;
    const of = log.checkpoint.sequence;
    look.need(of <= sequence, 'completes a checkpoint of a later state');
    const record = await look.core.read(CHECKPOINT, look.text(0), of);
    if (record === null) return look.need(of + 1 < head.deltasFrom, 'its checkpoint is missing');
    const same = sameBytes(checkpointDigest(record), log.checkpoint.digest);
    look.need(same, 'its checkpoint is another one');
  },

  delta: async (look) => {
    const { core } = look;
    const [run, sequence] = [look.text(0), look.number(1)];
    const head = await core.readNeeded(HEAD, run);
    look.need(sequence >= head.deltasFrom && sequence <= head.sequence, 'is out of range');
    const bytes = look.open(DELTA);
    if (sequence < head.historyFrom) return;
    const key = makeKey('log', run, sequence);
    const value = await core.disk.get(key);
    const log = value === undefined ? undefined : splitLink(key, core.seal.open(key, value)).log;
    checkDelta(look.key, bytes, log);
  },

  checkpoint: async (look) => {
    const { core } = look;
    const [run, sequence] = [look.text(0), look.number(1)];
    const head = await core.readNeeded(HEAD, run);
    const record = look.open(CHECKPOINT);
    look.need(sequence <= head.checkpoint, 'is later than the last one completed');
    // An older one may be half pruned.
    if (sequence + 1 < head.deltasFrom) return;
    let bytes = 0;
    for (const [index, expected] of record.digests.entries()) {
      const chunk = await core.readNeeded(CHUNK, run, sequence, index);
      look.need(sameBytes(sha256(chunk), expected), `chunk ${index} is another one`);
      bytes += chunk.length;
    }
    look.need(bytes === record.bytes, 'bytes is not the sum of its chunks');
  },

  chunk: async (look) => {
    look.open(CHUNK);
    const record = await look.core.read(CHECKPOINT, look.text(0), look.number(1));
    if (record === null || look.number(2) >= record.digests.length) {
      look.note('is of a checkpoint that was not completed, or is half pruned');
    }
  },

  effect: async (look) => {
    const { core } = look;
    const [run, effect] = [look.text(0), look.text(1)];
    const ask = look.open(EFFECT);
    const fate = await core.readNeeded(FATE, run, effect);
    look.need(fate.kind === ask.kind && fate.dispatch === ask.dispatch, 'differs from its fate');
    const head = await core.readNeeded(HEAD, run);
    const isLate = head.lastEffect !== null && isAfter(effect, head.lastEffect);
    look.need(!isLate, `comes after the last one, ${head.lastEffect}`);
    if (ask.tokenHash !== null) {
      look.need((await core.read(TOKEN, ask.tokenHash)) !== null, 'its token is not known');
    }
    if (ask.sequence < head.historyFrom) return;
    const key = makeKey('log', run, ask.sequence);
    const value = await core.disk.get(key);
    if (value === undefined) return look.need(false, 'was asked by no commit');
    const { log } = splitLink(key, core.seal.open(key, value));
    const said = log.effects.find((row) => row.effect === effect);
    const same = said !== undefined && sameBytes(said.digest, sha256(ask.request));
    look.need(same, 'request is not what its commit asked');
  },

  fate: async (look) => {
    const { core } = look;
    const [run, effect] = [look.text(0), look.text(1)];
    const { kind, dispatch, state } = look.open(FATE);
    look.need((await core.read(EFFECT, run, effect)) !== null, 'has no effect');
    if (state.kind === 'answered') {
      look.need((await core.read(ARRIVAL, run, state.arrival)) !== null, 'has no answer');
    } else if (state.kind !== 'abandoned' && dispatch) {
      const listed = await core.read(PENDING, kind, state.notBeforeMs, run, effect);
      look.need(listed !== null, 'is not listed as pending');
    }
  },

  arrival: async (look) => {
    const { core } = look;
    const [run, arrival] = [look.text(0), look.number(1)];
    const record = look.open(ARRIVAL);
    look.need((await core.read(HEAD, run)) !== null, 'has no run');
    if (record.effect !== null) {
      const state = (await core.read(FATE, run, record.effect))?.state;
      const told =
        (state?.kind === 'answered' || state?.kind === 'abandoned') && state.arrival === arrival;
      look.need(told, 'its effect does not know of it');
    }
    if (record.keyHash !== null) {
      look.need((await core.read(SENT, run, record.keyHash)) === arrival, 'its key is not known');
    }
  },

  unread: async (look) => {
    const unread = look.open(UNREAD);
    const record = await look.core.readNeeded(ARRIVAL, look.text(0), look.number(1));
    look.need(record.effect === unread.effect, 'answers another effect than its arrival');
    look.need(sameBytes(sha256(record.body), unread.digest), 'digest is not of its arrival');
  },

  timer: async (look) => {
    const [run, timer] = [look.text(0), look.text(1)];
    const dueMs = look.open(TIMER);
    look.need((await look.core.read(DUE, dueMs, run, timer)) !== null, 'is not listed as due');
    const head = await look.core.readNeeded(HEAD, run);
    look.need(!isFinished(head), 'its run has ended');
  },

  born: async (look) => {
    look.open(BORN);
    const birth = await look.core.readNeeded(BIRTH, look.text(1));
    look.need(birth.createdMs === look.number(0), 'its run was created at another time');
  },

  status: async (look) => {
    look.open(STATUS);
    const head = await look.core.readNeeded(HEAD, look.text(2));
    const { letter } = STATUSES[head.status.kind];
    look.need(letter === look.text(0), `its run is ${head.status.kind}`);
    look.need(head.createdMs === look.number(1), 'its run was created at another time');
  },

  created: async (look) => {
    const birth = await look.core.readNeeded(BIRTH, look.open(CREATED));
    look.need(birth.keyHash === look.text(0), 'its run has another key');
  },

  due: async (look) => {
    look.open(DUE);
    const dueMs = await look.core.readNeeded(TIMER, look.text(1), look.text(2));
    look.need(dueMs === look.number(0), 'its timer is due at another time');
  },

  pending: async (look) => {
    look.open(PENDING);
    const { kind, dispatch, state } = await look.core.readNeeded(FATE, look.text(2), look.text(3));
    const waits = state.kind === 'pending' || state.kind === 'attempted';
    look.need(waits && dispatch, 'its effect is not to be carried out');
    if (waits) look.need(state.notBeforeMs === look.number(1), 'its effect is for another time');
    look.need(kind === look.text(0), 'its effect is of another kind');
  },

  token: async (look) => {
    const { run, effect, origin } = look.open(TOKEN);
    const ask = await look.core.readNeeded(EFFECT, run, effect);
    look.need(ask.tokenHash === look.text(0), 'its effect has another token');
    look.need(ask.origin === origin, 'its effect has another origin');
  },

  sent: async (look) => {
    const record = await look.core.readNeeded(ARRIVAL, look.text(0), look.open(SENT));
    look.need(record.keyHash === look.text(1), 'its message has another key');
  },
};
