// Verifying: reading every row of a store, and comparing each with what it must agree with.
//
// Damage that a load would meet is reported here as well, and what no load would meet: a list
// that has lost a run, a timer nobody would wake, an answer without its effect. Every finding
// names table and key, that of the row that is wrong: also of one that is not there, wherever that
// was seen. `error` says that something is wrong, `note` that something is left over.
//
// The commit records are what the rest is measured by, for a chain holds them: what they asked,
// consumed, gave up and set is looked for in the other tables.
//
// Rows are looked at one by one, under the lock of their run, so a store may be verified while it
// is at work. A row that changed since the list was read is looked at as it is now.

import { birthMac, readLinks, splitLink } from './chain.ts';
import { checkpointDigest } from './commits.ts';
import { ARRIVALS, isFinished, type Core } from './core.ts';
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
  textPart,
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
  type Head,
  type Log,
  type RecordKind,
} from './records.ts';
import { sameBytes } from './seal.ts';
import { checkDelta } from './states.ts';
import type { Finding } from './store.ts';

/** Findings remembered, so that what is seen from several rows is told once. */
const TOLD_MAX = 10_000;

export async function* verify(core: Core): AsyncGenerator<Finding> {
  const told = new Set<string>();
  for await (const [key] of core.disk.range({ from: '', to: '\uffff' })) {
    core.needOpen();
    for (const found of await verifyRow(core, key)) {
      const name = `${found.key} ${found.run} ${found.what}`;
      if (told.has(name)) continue;
      if (told.size < TOLD_MAX) told.add(name);
      yield found;
    }
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

  /** Says that something is wrong with another row unless it holds. */
  needAt(holds: boolean, key: string, what: string): void {
    if (!holds) this.found.push(finding('error', key, what, runOf(this.#parsed)));
  }

  /** Says that a row is missing, or not the one that was written, unless it is well. */
  async needRow(table: TableName, ...parts: readonly (string | number)[]): Promise<void> {
    const key = makeKey(table, ...parts);
    const value = await this.core.disk.get(key);
    if (value === undefined) return this.needAt(false, key, 'is missing');
    try {
      this.core.seal.open(key, value);
    } catch (error) {
      if (!isFlowError(error)) throw error;
      this.found.push(damage(error, key, runOf(this.#parsed)));
    }
  }
}

/** @param needs  the run that needs a row which is of no run */
function finding(
  severity: Finding['severity'],
  key: string,
  what: string,
  needs: string | null = null,
): Finding {
  const { table, run, sequence } = placeOf(key);
  return {
    severity,
    table: typeof table === 'string' ? table : '?',
    key,
    run: typeof run === 'string' ? run : needs,
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
function damage(error: FlowError, key: string, needs: string | null = null): Finding {
  const place = error.details['key'];
  return finding('error', typeof place === 'string' ? place : key, error.message, needs);
}

/** Nothing that came may be lost: it waits, or a commit took it in, once, or gave it up. */
async function checkArrivals(
  look: Look,
  run: string,
  consumed: ReadonlySet<number>,
): Promise<void> {
  const { core } = look;
  for await (const [key, { effect }] of core.range(ARRIVAL, prefixRange('arrival', run))) {
    const arrival = numberPart('arrival', key, 1);
    const unread = makeKey('unread', run, arrival);
    const waits = await core.disk.has(unread);
    if (waits) look.needAt(!consumed.has(arrival), unread, 'was consumed by a commit');
    if (waits || consumed.has(arrival)) continue;
    const fate = effect === null ? null : await core.read(FATE, run, effect);
    const given = fate?.state.kind === 'abandoned';
    look.needAt(given, unread, 'is missing, and no commit has consumed the arrival');
  }
}

/** Timers are as the commits have set and cleared them, as far as there is a history of that. */
async function checkTimers(
  look: Look,
  head: Head,
  set: ReadonlyMap<string, number | null>,
): Promise<void> {
  const { core } = look;
  const run = look.text(0);
  for (const [timer, dueMs] of set) {
    const key = makeKey('timer', run, timer);
    const is = await core.read(TIMER, run, timer);
    if (dueMs === null || isFinished(head)) look.needAt(is === null, key, 'was cleared');
    else look.needAt(is === dueMs, key, is === null ? 'is missing' : 'was set to another time');
  }
  if (head.timers === null) return;
  let timers = 0;
  for await (const [key] of core.disk.range(prefixRange('timer', run))) {
    timers++;
    const isKnown = head.historyFrom > 1 || set.has(textPart('timer', key, 1));
    look.needAt(isKnown, key, 'was set by no commit');
  }
  look.need(timers === head.timers, `${timers} timers are set, not ${head.timers}`);
}

/** What a commit says of effects and arrivals is what the other tables say. */
async function checkSettled(look: Look, run: string, log: Log): Promise<void> {
  const { core } = look;
  for (const { effect } of log.effects) await look.needRow('effect', run, effect);
  for (const { arrival, effect, digest } of log.consumed) {
    const key = makeKey('arrival', run, arrival);
    const record = await core.readNeeded(ARRIVAL, run, arrival);
    const same = record.effect === effect && sameBytes(sha256(record.body), digest);
    look.needAt(same, key, 'is not what its commit has consumed');
    await needCounted(look, arrival);
    if (effect === null) continue;
    const { state } = await core.readNeeded(FATE, run, effect);
    const told = state.kind === 'answered' && state.arrival === arrival;
    look.needAt(told, makeKey('fate', run, effect), 'does not say what a commit has consumed');
  }
  for (const effect of log.abandoned) {
    const { state } = await core.readNeeded(FATE, run, effect);
    const given = state.kind === 'abandoned';
    look.needAt(given, makeKey('fate', run, effect), 'does not say that a commit gave it up');
  }
}

/** No number is given to a second arrival. */
async function needCounted(look: Look, arrival: number): Promise<void> {
  const next = await look.core.readNeeded(COUNTER, ARRIVALS);
  const key = makeKey('counter', ARRIVALS);
  if (arrival < next) return;
  look.found.push(finding('error', key, 'is not beyond the arrivals that there are'));
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
    const run = look.text(0);
    const birth = look.open(BIRTH);
    await look.needRow('head', run);
    await look.needRow('born', birth.createdMs, run);
    if (birth.keyHash !== null) await look.needRow('created', birth.keyHash);
    // Read once, and not for each run of a program.
    for (const hash of [birth.program, ...birth.modules]) {
      const key = makeKey('code', hash);
      look.needAt(await look.core.disk.has(key), key, 'is missing');
    }
  },

  head: async (look) => {
    const { core } = look;
    const run = look.text(0);
    const head = look.open(HEAD);
    const birth = await core.readNeeded(BIRTH, run);
    const { letter } = STATUSES[head.status.kind];
    look.need(head.createdMs === birth.createdMs, 'createdMs is not that of the run');
    await look.needRow('status', letter, head.createdMs, run);
    if (head.historyFrom === 1) {
      look.need(sameBytes(head.anchor, birthMac(core.seal, run, birth)), 'anchor is not the birth');
    }
    if (head.sequence === 0) {
      look.need(sameBytes(head.mac, head.anchor), 'mac is not that of the birth');
    }
    if (head.checkpoint > 0) await core.readNeeded(CHECKPOINT, run, head.checkpoint);
    let last = null;
    const consumed = new Set<number>();
    const timers = new Map<string, number | null>();
    for await (const link of readLinks(core, run, head, head.historyFrom, head.sequence)) {
      const { log, sequence } = link;
      for (const { arrival } of log.consumed) consumed.add(arrival);
      for (const timer of log.timersCleared) timers.set(timer, null);
      for (const { timer, dueMs } of log.timersSet) timers.set(timer, dueMs);
      if (sequence >= head.deltasFrom) await look.needRow('delta', run, sequence);
      last = link;
    }
    if (last !== null) {
      look.need(last.log.status.kind === head.status.kind, 'status is not of the last commit');
      look.need(last.log.epoch <= head.epoch, 'epoch is before that of the last commit');
    }
    await checkTimers(look, head, timers);
    await checkArrivals(look, run, consumed);
  },

  log: async (look) => {
    const { log } = splitLink(look.key, look.core.seal.open(look.key, look.value));
    const run = look.text(0);
    const head = await look.core.readNeeded(HEAD, run);
    const sequence = look.number(1);
    if (sequence > head.sequence) {
      look.needAt(false, makeKey('head', run), 'is behind the commits that there are');
      return look.need(false, 'is beyond the head');
    }
    if (sequence < head.historyFrom) return look.need(false, 'is before the history');
    // From the one before it: a chain may be broken in several places.
    for await (const _ of readLinks(look.core, run, head, sequence, sequence));
    await checkSettled(look, run, log);
    if (log.checkpoint === null) return;
    const of = log.checkpoint.sequence;
    look.need(of <= sequence, 'completes a checkpoint of a later state');
    const key = makeKey('checkpoint', run, of);
    const record = await look.core.read(CHECKPOINT, run, of);
    if (record === null) return look.needAt(of + 1 < head.deltasFrom, key, 'is missing');
    const same = sameBytes(checkpointDigest(record), log.checkpoint.digest);
    look.needAt(same, key, 'is not the one that its commit completed');
  },

  delta: async (look) => {
    const { core } = look;
    const [run, sequence] = [look.text(0), look.number(1)];
    const bytes = look.open(DELTA);
    const head = await core.readNeeded(HEAD, run);
    look.need(sequence >= head.deltasFrom && sequence <= head.sequence, 'is out of range');
    if (sequence < head.historyFrom) return;
    const key = makeKey('log', run, sequence);
    const value = await core.disk.get(key);
    const log = value === undefined ? undefined : splitLink(key, core.seal.open(key, value)).log;
    checkDelta(look.key, bytes, log);
  },

  checkpoint: async (look) => {
    const { core } = look;
    const [run, sequence] = [look.text(0), look.number(1)];
    const record = look.open(CHECKPOINT);
    const head = await core.readNeeded(HEAD, run);
    look.need(sequence <= head.checkpoint, 'is later than the last one completed');
    // An older one may be half pruned.
    if (sequence + 1 < head.deltasFrom) return;
    let bytes = 0;
    for (const [index, expected] of record.digests.entries()) {
      const chunk = await core.readNeeded(CHUNK, run, sequence, index);
      const same = sameBytes(sha256(chunk), expected);
      look.needAt(same, makeKey('chunk', run, sequence, index), 'is not of its checkpoint');
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
    if (ask.tokenHash !== null) await look.needRow('token', ask.tokenHash);
    if (ask.sequence < head.historyFrom) return;
    const key = makeKey('log', run, ask.sequence);
    const value = await core.disk.get(key);
    if (value === undefined) return look.need(false, 'was asked by no commit');
    const { log } = splitLink(key, core.seal.open(key, value));
    const said = log.effects.find((row) => row.effect === effect);
    const same =
      said !== undefined && said.kind === ask.kind && sameBytes(said.digest, sha256(ask.request));
    look.need(same, 'is not what its commit asked');
  },

  fate: async (look) => {
    const [run, effect] = [look.text(0), look.text(1)];
    const { kind, dispatch, state } = look.open(FATE);
    await look.needRow('effect', run, effect);
    if (state.kind === 'answered') {
      await look.needRow('arrival', run, state.arrival);
    } else if (state.kind !== 'abandoned' && dispatch) {
      await look.needRow('pending', kind, state.notBeforeMs, run, effect);
    }
  },

  arrival: async (look) => {
    const { core } = look;
    const [run, arrival] = [look.text(0), look.number(1)];
    const record = look.open(ARRIVAL);
    await look.needRow('head', run);
    await needCounted(look, arrival);
    if (record.effect !== null) {
      const { state } = await core.readNeeded(FATE, run, record.effect);
      const told =
        (state.kind === 'answered' || state.kind === 'abandoned') && state.arrival === arrival;
      look.needAt(told, makeKey('fate', run, record.effect), `does not know of arrival ${arrival}`);
    }
    if (record.keyHash !== null) {
      const sent = await core.read(SENT, run, record.keyHash);
      const key = makeKey('sent', run, record.keyHash);
      look.needAt(sent === arrival, key, sent === null ? 'is missing' : 'is of another arrival');
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
    await look.needRow('due', dueMs, run, timer);
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
    const dueMs = await look.core.read(TIMER, look.text(1), look.text(2));
    look.need(dueMs !== null, 'its timer is not there');
    look.need(dueMs === null || dueMs === look.number(0), 'its timer is due at another time');
  },

  pending: async (look) => {
    look.open(PENDING);
    const fate = await look.core.read(FATE, look.text(2), look.text(3));
    if (fate === null) return look.need(false, 'its effect is not there');
    const { kind, dispatch, state } = fate;
    const waits = state.kind === 'pending' || state.kind === 'attempted';
    look.need(waits && dispatch, 'its effect is not to be carried out');
    if (waits) look.need(state.notBeforeMs === look.number(1), 'its effect is for another time');
    look.need(kind === look.text(0), 'its effect is of another kind');
  },

  token: async (look) => {
    const { run, effect, origin } = look.open(TOKEN);
    const ask = await look.core.read(EFFECT, run, effect);
    if (ask === null) return look.need(false, 'its effect is not there');
    look.need(ask.tokenHash === look.text(0), 'its effect has another token');
    look.need(ask.origin === origin, 'its effect has another origin');
  },

  sent: async (look) => {
    const record = await look.core.read(ARRIVAL, look.text(0), look.open(SENT));
    if (record === null) return look.need(false, 'its message is not there');
    look.need(record.keyHash === look.text(1), 'its message has another key');
  },
};
