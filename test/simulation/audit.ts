// The audit: reads every batch that reaches the disk, hears all that is told and sent, and says
// what does not fit. It knows the store's records, and believes nothing else of what it says.
//
// What must hold, in every story (a violation begins with its number):
//
//   SM0   The disk is given one write at a time.
//   SM1   No request is sent but for an effect that is on disk, by an attempt that is (L1, T8).
//   SM2   An effect is answered at most once, an arrival consumed at most once (T6, T7).
//   SM3   A run's sequences have no gaps and no doubles (T2).
//   SM4   A commit is of the epoch that is on disk; an epoch grows by one (T3, L8).
//   SM5   What is told is on disk, in order, once; and when all is over nothing is untold (L1).
//   SM6   The services' books: a key has one body; what is unsafe leaves once; each payment is made
//         exactly once; a callback is accepted once, and what was accepted is what the run got.
//   SM7   A run ends as its rehearsal in a calm world does, and prints what that printed.
//   SM8   What is loaded is what was committed: the same state, byte by byte.
//   SM9   At the end every run has ended, or says why not.
//   SM10  The store is sound in every record (verify).
//   SM11  Every failure has a type: no error but a FlowError, whatever the disk does; and a disk
//         that has lied gives a typed error or a state that there was, never another one.
//   SM12  `accepted` is said of what is on disk (T6). A commit is acknowledged when it is (T4).
//   SM13  Done again with what its commit says came in, a batch makes the same bytes (L4).

import { decode } from '../../vm/bytecode/codec.ts';
import { ordinalOf } from '../../vm/engine/effects.ts';
import type { OutputEvent } from '../../vm/engine/events.ts';
import { decodeNotes } from '../../vm/engine/notes.ts';
import { idempotencyKey } from '../../vm/engine/random.ts';
import { splitLink } from '../../vm/store/chain.ts';
import { openRecord } from '../../vm/store/core.ts';
import type { Op } from '../../vm/store/disk.ts';
import {
  BIRTH,
  EFFECT,
  FATE,
  HEAD,
  STATUSES,
  UNREAD,
  type Fate,
  type Log,
} from '../../vm/store/records.ts';
import { Seal } from '../../vm/store/seal.ts';
import type { RunId, RunStatus } from '../../vm/store/store.ts';
import { HTTP_REQUEST, readHttpRequest } from '../../stdlib/connectors/http-messages.ts';
import { isIdempotent } from '../../stdlib/connectors/http-policy.ts';
import type { World } from './world.ts';

const SEAL = new Seal(null);

/** Tables that are read as they are written; `verify` looks at all at the end. */
const READ: ReadonlySet<string> = new Set(['run', 'log', 'head', 'effect', 'fate', 'unread']);

/** A number as keys have it. */
const numberOf = (digits: string): number => Number.parseInt(digits, 16);

export interface Committed {
  readonly epoch: number;
  readonly log: Log;
  readonly stderr: string;
}

export interface EffectAudit {
  readonly run: RunId;
  readonly effect: string;
  readonly isSafe: boolean;
  attempts: number;
  /** Sent, and perhaps there. */
  left: number;
  sends: number;
  body: string | null;
  arrival: number | null;
}

export class RunAudit {
  readonly run: RunId;
  readonly seed: Uint8Array;
  readonly program: string;
  epoch = 0;
  /** Who claimed it last. */
  driver: string | null = null;
  status: RunStatus = { kind: 'ready' };
  readonly commits: Committed[] = [];
  readonly unread = new Map<number, string | null>();
  readonly effects = new Map<string, EffectAudit>();
  /** How far what it printed has been told. */
  toldUpTo = 0;
  /** Sequences told as new. */
  readonly toldOnce = new Set<number>();

  constructor(run: RunId, seed: Uint8Array, program: string) {
    this.run = run;
    this.seed = seed;
    this.program = program;
  }

  get sequence(): number {
    return this.commits.length;
  }

  get output(): string {
    return this.commits.map(({ log }) => log.output).join('');
  }

  get isOver(): boolean {
    return !STATUSES[this.status.kind].open;
  }

  hasOutput(sequence: number): boolean {
    const commit = this.commits[sequence - 1];
    return commit !== undefined && (commit.log.output !== '' || commit.stderr !== '');
  }

  /** Whether all it printed has been told. */
  get isTold(): boolean {
    for (let sequence = this.toldUpTo + 1; sequence <= this.sequence; sequence++) {
      if (this.hasOutput(sequence)) return false;
    }
    return true;
  }
}

export class Audit {
  readonly runs = new Map<RunId, RunAudit>();
  private readonly byKey = new Map<string, EffectAudit>();
  private readonly world: World;
  /**
   * Digests of states by run and sequence, as they were in memory when a driver committed them:
   * perhaps before the run itself was on disk.
   */
  private readonly states = new Map<
    string,
    { readonly epoch: number; readonly digest: string }[]
  >();
  /** The last sequence each driver has told of each run, and in which epoch. */
  private readonly toldBy = new Map<string, { sequence: number; epoch: number }>();
  commits = 0;

  constructor(world: World) {
    this.world = world;
  }

  // ------------------------------------------------------------ what reaches the disk

  /** A batch has reached the disk. */
  readonly wrote = (ops: readonly Op[]): void => {
    for (const { key, value } of ops) {
      const [table = '', run = '', part = ''] = key.split('!');
      if (!READ.has(table)) continue;
      if (table === 'run' && value !== null) {
        const birth = openRecord(SEAL, BIRTH, key, value);
        this.runs.set(run, new RunAudit(run, birth.seed, birth.program));
      }
      const audit = this.runs.get(run);
      if (audit === undefined) continue;
      if (table === 'unread') this.unread(audit, numberOf(part), key, value);
      else if (value === null) continue;
      else if (table === 'log') this.committed(audit, numberOf(part), key, value);
      else if (table === 'head') this.head(audit, key, value);
      else if (table === 'effect') this.asked(audit, part, key, value);
      else if (table === 'fate') this.fate(audit, part, openRecord(SEAL, FATE, key, value));
    }
  };

  private committed(audit: RunAudit, sequence: number, key: string, value: Uint8Array): void {
    const { world } = this;
    const { log } = splitLink(key, SEAL.open(key, value));
    this.commits++;
    if (sequence !== audit.sequence + 1) {
      world.wrong('SM3', `${audit.run}: commit ${sequence} follows ${audit.sequence}`);
    }
    if (log.epoch !== audit.epoch) {
      const what = `commit ${sequence} of epoch ${log.epoch} is on disk in epoch ${audit.epoch}`;
      world.wrong('SM4', `${audit.run}: ${what}`);
    }
    if (audit.isOver) world.wrong('SM3', `${audit.run}: commit ${sequence} comes after the end`);
    for (const { arrival, effect } of log.consumed) {
      if (audit.unread.get(arrival) !== effect) {
        world.wrong('SM2', `${audit.run}: arrival ${arrival} is consumed, and does not wait`);
      }
      audit.unread.delete(arrival);
    }
    audit.commits.push({ epoch: log.epoch, log, stderr: decodeNotes(log.events).stderr });
    world.timeline.note('commit', audit.run, sequence, log.epoch, log.output, log.status.kind);
  }

  private head(audit: RunAudit, key: string, value: Uint8Array): void {
    const head = openRecord(SEAL, HEAD, key, value);
    const grows = head.epoch === audit.epoch || head.epoch === audit.epoch + 1;
    if (!grows) {
      this.world.wrong('SM4', `${audit.run}: epoch ${head.epoch} follows ${audit.epoch}`);
    }
    if (head.sequence !== audit.sequence) {
      const what = `the head says ${head.sequence}, and the last commit is ${audit.sequence}`;
      this.world.wrong('SM3', `${audit.run}: ${what}`);
    }
    if (head.epoch !== audit.epoch) {
      this.world.timeline.note('claim', audit.run, head.epoch, head.driver ?? '');
    }
    audit.epoch = head.epoch;
    audit.driver = head.driver;
    audit.status = head.status;
  }

  private unread(audit: RunAudit, arrival: number, key: string, value: Uint8Array | null): void {
    if (value === null) return void audit.unread.delete(arrival);
    const { effect } = openRecord(SEAL, UNREAD, key, value);
    audit.unread.set(arrival, effect);
    this.world.timeline.note('arrival', audit.run, arrival, effect ?? 'message');
    if (effect === null) return;
    const asked = audit.effects.get(effect);
    if (asked === undefined || asked.arrival !== null) {
      this.world.wrong('SM2', `${audit.run}: ${effect} is answered again, by arrival ${arrival}`);
    } else asked.arrival = arrival;
  }

  private asked(audit: RunAudit, effect: string, key: string, value: Uint8Array): void {
    const { run, seed } = audit;
    const ask = openRecord(SEAL, EFFECT, key, value);
    if (audit.effects.has(effect)) this.world.wrong('SM2', `${run}: ${effect} is asked again`);
    const isSafe = ask.kind !== HTTP_REQUEST || isIdempotent(readHttpRequest(decode(ask.request)));
    const asked: EffectAudit = {
      run,
      effect,
      isSafe,
      attempts: 0,
      left: 0,
      sends: 0,
      body: null,
      arrival: null,
    };
    audit.effects.set(effect, asked);
    this.byKey.set(idempotencyKey(seed, ask.origin, run, ordinalOf(effect) ?? 0), asked);
  }

  private fate(audit: RunAudit, effect: string, { state }: Fate): void {
    const asked = audit.effects.get(effect);
    if (asked === undefined) {
      this.world.wrong('SM1', `${audit.run}: ${effect} has a fate, and was not asked for`);
    } else if (state.kind === 'attempted') asked.attempts = state.attempt;
  }

  // -------------------------------------------------------------- what leaves

  /** A driver sends a request. */
  sent(key: string, body: string): void {
    const asked = this.byKey.get(key);
    if (this.world.hasLied) return;
    if (asked === undefined) return this.world.wrong('SM1', `${body} is sent, and not on disk`);
    const where = `${asked.run} ${asked.effect}`;
    this.world.timeline.note('send', where, body);
    asked.sends++;
    if (asked.sends > asked.attempts) {
      this.world.wrong('SM1', `${where}: sent ${asked.sends} times in ${asked.attempts} attempts`);
    }
    if (asked.body !== null && asked.body !== body) {
      this.world.wrong('SM6', `${where}: one key, and ${asked.body}, then ${body}`);
    }
    asked.body = body;
  }

  /** It has begun to leave, and may be there. */
  left(key: string): void {
    const asked = this.byKey.get(key);
    if (asked === undefined || this.world.hasLied) return;
    if (++asked.left > 1 && !asked.isSafe) {
      this.world.wrong('SM6', `${asked.run} ${asked.effect}: unsafe, and sent again`);
    }
  }

  /** A driver tells what a run has printed. */
  told(driver: string, { run, sequence, stdout, stderr, again }: OutputEvent): void {
    const { world } = this;
    if (world.hasLied) return;
    world.timeline.note(again ? 'told again' : 'told', driver, run, sequence, stdout);
    const audit = this.runs.get(run);
    const commit = audit?.commits[sequence - 1];
    if (audit === undefined || commit === undefined) {
      return world.wrong('SM5', `${run}: what commit ${sequence} printed is told too early`);
    }
    if (commit.log.output !== stdout || commit.stderr !== stderr) {
      world.wrong('SM5', `${run}: commit ${sequence} printed something else than is told`);
    }
    const by = `${driver} ${run}`;
    const last = this.toldBy.get(by);
    // A driver that lost the run and took it back has read it anew.
    const isAnew = again && last?.epoch !== audit.epoch;
    if (last !== undefined && last.sequence >= sequence && !isAnew) {
      world.wrong('SM5', `${run}: ${driver} tells commit ${sequence} out of order`);
    }
    this.toldBy.set(by, { sequence, epoch: audit.epoch });
    if (!again && audit.toldOnce.has(sequence)) {
      world.wrong('SM5', `${run}: commit ${sequence} is told as new twice`);
    }
    if (!again) audit.toldOnce.add(sequence);
    for (let before = audit.toldUpTo + 1; before < sequence; before++) {
      if (audit.hasOutput(before)) {
        world.wrong('SM5', `${run}: commit ${sequence} is told, and ${before} was not`);
      }
    }
    audit.toldUpTo = Math.max(audit.toldUpTo, sequence);
  }

  /** A driver says that a commit is on disk. */
  acknowledged(run: RunId, sequence: number): void {
    if (this.world.hasLied) return;
    if ((this.runs.get(run)?.sequence ?? 0) < sequence) {
      this.world.wrong('SM12', `${run}: commit ${sequence} is acknowledged, and not on disk`);
    }
  }

  /** Somebody has been told that an answer was taken. */
  accepted(run: RunId, effect: string): void {
    if (this.world.hasLied) return;
    if ((this.runs.get(run)?.effects.get(effect)?.arrival ?? null) === null) {
      this.world.wrong('SM12', `${run}: an answer to ${effect} was accepted, and is not on disk`);
    }
  }

  // ------------------------------------------------------------------- states

  /** The state in memory as a commit leaves with it. */
  committing(run: RunId, epoch: number, sequence: number, digest: string): void {
    const key = `${run} ${sequence}`;
    const known = this.states.get(key);
    if (known === undefined) this.states.set(key, [{ epoch, digest }]);
    else known.push({ epoch, digest });
  }

  /** A state was read from the store. After a lie it may be an older one that there was. */
  loaded(run: RunId, sequence: number, digest: string): void {
    const audit = this.runs.get(run);
    if (audit === undefined && this.world.hasLied) return;
    const epoch = audit?.commits[sequence - 1]?.epoch;
    const known = (this.states.get(`${run} ${sequence}`) ?? []).filter(
      (each) => this.world.hasLied || each.epoch === epoch,
    );
    if (sequence === 0 || known.some((each) => each.digest === digest)) return;
    const check = this.world.hasLied ? 'SM11' : 'SM8';
    this.world.wrong(check, `${run}: state ${sequence} is not one that was committed`);
  }
}
