// A recording: one run as it went, and what the outside said to it and when.
//
//     program ──run for real──▶ store ──▶ Recording { answers by request, messages, outcome }
//
// Answers are known by what was asked and how often that was asked before, not by the ids of
// effects: tasks may ask in another order when the run is played again.

import type { PackedProgram } from '../../vm/bytecode/encode.ts';
import { readEnding, type Ending } from '../../vm/engine/endings.ts';
import { decodeNotes } from '../../vm/engine/notes.ts';
import type { EffectKinds } from '../../vm/engine/connector.ts';
import type { EffectRecord, HistoryEntry, RunId, RunRecord, Store } from '../../vm/store/store.ts';

export interface RecordedAnswer {
  /** Milliseconds from the commit that asked to the answer. */
  readonly afterMs: number;
  readonly body: Uint8Array;
}

export interface RecordedMessage {
  /** Milliseconds since the run was made. */
  readonly afterMs: number;
  readonly name: string;
  readonly body: Uint8Array;
}

/** What a run did, as far as anybody outside can tell. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly ending: Ending | null;
}

export interface Recording {
  readonly program: PackedProgram;
  readonly record: RunRecord;
  readonly answers: ReadonlyMap<string, RecordedAnswer>;
  readonly messages: readonly RecordedMessage[];
  /** What programs were told of their host, by kind of effect: where callbacks are taken. */
  readonly addresses: ReadonlyMap<string, string>;
  readonly outcome: Outcome;
}

/** Gives requests the names under which their answers are recorded. */
export class Requests {
  private readonly counts = new Map<string, number>();
  private readonly names = new Map<string, string>();
  private readonly kinds: EffectKinds;

  constructor(kinds: EffectKinds) {
    this.kinds = kinds;
  }

  /** The name of an effect; the same each time it is asked for. Effects are named in order. */
  nameOf({ effect, kind, request }: Pick<EffectRecord, 'effect' | 'kind' | 'request'>): string {
    let name = this.names.get(effect);
    if (name === undefined) {
      // What strangers answer to has a text that nobody could guess, also not from the recording.
      const isNamed = this.kinds.get(kind)?.token === undefined;
      const what = isNamed ? `${kind} ${Buffer.from(request).toString('base64')}` : kind;
      const count = (this.counts.get(what) ?? 0) + 1;
      this.counts.set(what, count);
      this.names.set(effect, (name = `${what} ${count}`));
    }
    return name;
  }
}

/** All that was said to a run, and what it did. */
export async function recordingOf(
  store: Store,
  run: RunId,
  program: PackedProgram,
  kinds: EffectKinds,
  addresses: ReadonlyMap<string, string>,
): Promise<Recording> {
  const record = await store.getRun(run);
  if (record === null) throw new Error(`there is no run ${run}`);
  const requests = new Requests(kinds);
  const answers = new Map<string, RecordedAnswer>();
  const messages: RecordedMessage[] = [];
  const asked = new Map<string, { readonly name: string; readonly atMs: number }>();
  for await (const entry of store.history({ run })) {
    for (const { effect } of entry.effects) {
      const found = await store.getEffect({ run, effect });
      if (found !== null) asked.set(effect, { name: requests.nameOf(found), atMs: entry.atMs });
    }
    for (const { arrival, effect } of entry.consumed) {
      const came = await store.getArrival(run, arrival);
      if (came === null) continue;
      if (came.source.kind === 'message') {
        const afterMs = came.atMs - record.createdMs;
        messages.push({ afterMs, name: came.source.name, body: came.body });
      } else {
        const before = asked.get(effect ?? '');
        if (before === undefined) continue;
        const afterMs = Math.max(0, came.atMs - before.atMs);
        answers.set(before.name, { afterMs, body: came.body });
      }
    }
  }
  return { program, record, answers, messages, addresses, outcome: await outcomeOf(store, run) };
}

export async function outcomeOf(store: Store, run: RunId): Promise<Outcome> {
  const entries: HistoryEntry[] = [];
  for await (const entry of store.history({ run })) entries.push(entry);
  const record = await store.getRun(run);
  return {
    stdout: entries.map(({ output }) => output).join(''),
    stderr: entries.map(({ events }) => decodeNotes(events).stderr).join(''),
    ending: record === null ? null : readEnding(record.status),
  };
}

/** What differs between two outcomes, in words; null if nothing does. */
export function difference(expected: Outcome, found: Outcome): string | null {
  if (endingText(found.ending) !== endingText(expected.ending)) {
    return `it ${endingText(found.ending)}, and without the crash it ${endingText(expected.ending)}`;
  }
  if (found.stdout !== expected.stdout)
    return `stdout: ${textDifference(expected, found, 'stdout')}`;
  if (found.stderr !== expected.stderr)
    return `stderr: ${textDifference(expected, found, 'stderr')}`;
  return null;
}

function textDifference(expected: Outcome, found: Outcome, stream: 'stdout' | 'stderr'): string {
  const [before, after] = [expected[stream].split('\n'), found[stream].split('\n')];
  const at = before.findIndex((line, i) => line !== after[i]);
  const line = at < 0 ? before.length : at;
  const say = (text: string | undefined): string =>
    text === undefined ? 'nothing' : JSON.stringify(text);
  return `line ${line + 1} is ${say(after[line])}, and without the crash ${say(before[line])}`;
}

/** How it ended, as a verb. */
export function endingText(ending: Ending | null): string {
  if (ending === null) return 'does not end';
  if (ending.kind === 'done') return `ends with ${ending.description}`;
  if (ending.kind === 'failed') return `fails with ${ending.lastLine}`;
  return 'is cancelled';
}
