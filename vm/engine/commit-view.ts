// Commits as people are told of them: why each batch began, what came in, what it asked for and
// printed, and where the run then waited.
//
//     commits in the store ──────────────┐
//     effects in the store ──in words────┴──▶ CommitView ──▶ flowvm history
//
// Reads the store only, as it is asked for more: what is held is one page of commits and the words
// of the effects that have no answer yet.

import type {
  EffectId,
  HistoryEntry,
  NewTimer,
  RunId,
  RunRecord,
  RunStatus,
  Store,
} from '../store/store.ts';
import { decodeBatch } from './batch.ts';
import type { EffectKinds } from './connector.ts';
import { describeRequest } from './effects.ts';
import { decodeNotes } from './notes.ts';
import { decodeReasons, type Reasons } from './reasons.ts';

/** An effect in words. */
export interface EffectTold {
  readonly effect: EffectId;
  /** Null where the effect itself is not there any more. */
  readonly kind: string | null;
  /** `POST https://bank.example/refunds` */
  readonly description: string | null;
}

/** Why a batch began, or went on within it. */
export type Wake =
  /** It is the run's first. */
  | 'start'
  | 'answer'
  | 'message'
  /** A sleep or a deadline was over. */
  | 'time'
  /** What only its driver could say: that all is on disk, or was told. */
  | 'driver'
  /** It had more to do. */
  | 'more'
  /** Nothing: only that its output had been told was noted. */
  | 'note';

export interface CommitView {
  readonly sequence: number;
  readonly atMs: number;
  readonly epoch: number;
  readonly generation: number;
  readonly deltaBytes: number;
  /** The checkpoint that this commit completed: of which state. */
  readonly checkpoint: number | null;
  /** None where the commit before it was pruned and nothing else says. */
  readonly wakes: readonly Wake[];
  readonly answers: readonly (EffectTold & { readonly arrival: number })[];
  readonly messages: readonly { readonly arrival: number; readonly name: string | null }[];
  readonly asked: readonly EffectTold[];
  readonly givenUp: readonly EffectTold[];
  readonly stdout: string;
  readonly stderr: string;
  readonly timersSet: readonly NewTimer[];
  readonly timersCleared: readonly string[];
  readonly status: RunStatus;
  /** What it then waited for; null if it did not. */
  readonly waits: Reasons | null;
}

/** Effects whose words are held, beyond which they are looked up again. */
const WORDS_MAX = 4096;

/**
 * The commits of a run, in order.
 *
 * @throws FLOW_RUN_UNKNOWN, FLOW_STORE_CORRUPT, FLOW_BYTES_CORRUPT
 */
export async function* viewCommits(
  store: Store,
  kinds: EffectKinds,
  { run, from = 1, to }: { readonly run: RunId; readonly from?: number; readonly to?: number },
): AsyncGenerator<CommitView> {
  const words = new Words(store, kinds, run);
  let before: RunStatus | null = null;
  // One commit more: why a run woke is told by what it waited for.
  const query = { run, from: Math.max(1, from - 1), ...(to === undefined ? {} : { to }) };
  for await (const entry of store.history(query)) {
    if (entry.sequence >= from) yield await view(words, entry, before);
    before = entry.status;
  }
}

async function view(
  words: Words,
  entry: HistoryEntry,
  before: RunStatus | null,
): Promise<CommitView> {
  const { consumed, effects, abandoned, status, output, events } = entry;
  const notes = decodeNotes(events);
  const asked = [];
  for (const { effect, kind } of effects) asked.push(await words.of(effect, kind));
  const answers = [];
  const messages = [];
  for (const { arrival, effect } of consumed) {
    if (effect !== null) answers.push({ arrival, ...(await words.settled(effect)) });
    else messages.push({ arrival, name: notes.messages[messages.length] ?? null });
  }
  const givenUp = [];
  for (const effect of abandoned) givenUp.push(await words.settled(effect));
  const { sequence, atMs, epoch, generation, deltaBytes, checkpoint } = entry;
  const { timersSet, timersCleared } = entry;
  return {
    ...{ sequence, atMs, epoch, generation, deltaBytes, checkpoint, timersSet, timersCleared },
    wakes: wakesOf(words.run, entry, before),
    ...{ answers, messages, asked, givenUp, status },
    stdout: output,
    stderr: notes.stderr,
    waits: status.kind === 'waiting' ? decodeReasons(status.reasons) : null,
  };
}

function wakesOf(
  run: RunId,
  { sequence, atMs, consumed, inputs }: HistoryEntry,
  before: RunStatus | null,
): Wake[] {
  const wakes = new Set<Wake>();
  if (sequence === 1) wakes.add('start');
  for (const { effect } of consumed) wakes.add(effect === null ? 'message' : 'answer');
  const batch = inputs === null ? null : decodeBatch(run, sequence, inputs);
  // Moments do not go back: the last turn was at the latest of them.
  const last = batch?.findLast(({ kind }) => kind === 'turns');
  const lastMs = last?.kind === 'turns' ? atMs - last.agoMs : atMs;
  const dueMs = before?.kind === 'waiting' ? before.wakeAtMs : null;
  if (dueMs !== null && dueMs <= lastMs) wakes.add('time');
  if (batch?.some(({ kind }) => kind === 'settled') === true) wakes.add('driver');
  if (wakes.size === 0 && before?.kind === 'ready') wakes.add('more');
  if (wakes.size === 0 && batch !== null && last === undefined) wakes.add('note');
  return [...wakes];
}

/** Effects of a run in words, each looked up when it is asked for and held until it is settled. */
class Words {
  readonly run: RunId;
  private readonly store: Store;
  private readonly kinds: EffectKinds;
  private readonly held = new Map<EffectId, EffectTold>();

  constructor(store: Store, kinds: EffectKinds, run: RunId) {
    this.run = run;
    this.store = store;
    this.kinds = kinds;
  }

  async of(effect: EffectId, kind: string | null = null): Promise<EffectTold> {
    const known = this.held.get(effect);
    if (known !== undefined) return known;
    const record = await this.store.getEffect({ run: this.run, effect });
    const told =
      record === null
        ? { effect, kind, description: null }
        : {
            effect,
            kind: record.kind,
            description: describeRequest(record.kind, record.request, this.kinds),
          };
    if (this.held.size >= WORDS_MAX) this.held.clear();
    this.held.set(effect, told);
    return told;
  }

  async settled(effect: EffectId): Promise<EffectTold> {
    const told = await this.of(effect);
    this.held.delete(effect);
    return told;
  }
}

/**
 * The first commit at or after a moment that is still in the history; one more than the last if
 * there is none. Commits are in the order of their moments, so few are read.
 */
export async function commitSince(
  store: Store,
  { run, historyFrom, sequence }: RunRecord,
  ms: number,
): Promise<number> {
  let [low, high] = [historyFrom, sequence + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    let isBefore = false;
    for await (const { atMs } of store.history({ run, from: middle, to: middle })) {
      isBefore = atMs < ms;
    }
    if (isBefore) low = middle + 1;
    else high = middle;
  }
  return low;
}
