// What a person, or a program, is told while runs are driven.
//
//     text    what programs print → stdout; failures, and on a terminal what runs wait for → stderr
//     JSON    one event a line → stdout: started, resuming, loaded, output, waiting, ended, stuck
//
// Everything told here is on disk when it is told (the engine says so).

import type { Ending } from '../vm/engine/endings.ts';
import type { EngineEvents } from '../vm/engine/engine.ts';
import { decodeReasons, type Reason } from '../vm/engine/reasons.ts';
import type { RunId } from '../vm/store/store.ts';
import { bytes as bytesText } from './moments.ts';
import type { Place } from './place.ts';
import { STDERR } from './streams.ts';
import { jsonLine, say, styled, writeOut } from './terminal.ts';
import { awaitedText, endingJson, isoOrNull, reasonJson } from './told-runs.ts';
import { adviceOn, describeError } from './told.ts';

export interface ReporterOptions {
  readonly json: boolean;
  readonly place: Place;
  /** Called when nobody reads stdout any more. */
  readonly unread: () => void;
}

type Output = Parameters<NonNullable<EngineEvents['output']>>[0];
type Loaded = Parameters<NonNullable<EngineEvents['loaded']>>[0];
type Progress = Parameters<NonNullable<EngineEvents['progress']>>[0];

/**
 * How long a run waits before a terminal is told what for: short waits are none of its business.
 */
const QUIET_MS = 1500;

export class Reporter {
  private readonly options: ReporterOptions;
  private readonly watches: boolean;
  /** Runs whose waiting will be told in a moment, by run. */
  private readonly soon = new Map<RunId, NodeJS.Timeout>();
  /** What was last told of a run. */
  private readonly told = new Map<RunId, string>();

  constructor(options: ReporterOptions) {
    this.options = options;
    this.watches = !options.json && STDERR.isTerminal;
  }

  /** A line for JSON readers only. */
  event(event: string, facts: Record<string, unknown>): void {
    if (this.options.json) writeOut(jsonLine({ event, ...facts }), this.options.unread);
  }

  /** A line for a person at a terminal only. */
  hint(text: string): void {
    if (this.watches) say(styled(STDERR, 'dim', text));
  }

  output({ run, sequence, stdout, stderr, again }: Output): void {
    if (this.options.json) {
      this.event('output', { run, sequence, stdout, stderr, again });
      return;
    }
    if (stderr !== '') STDERR.write(stderr);
    if (stdout !== '') writeOut(stdout, this.options.unread);
  }

  /** @param ms how long it took, from asking for it */
  loaded({ run, sequence, ticks, bytes }: Loaded, ms: number): void {
    this.event('loaded', { run, sequence, ticks, bytes, ms });
    this.hint(
      `run ${run} goes on at commit ${sequence}: ${bytesText(bytes)} in ${ms.toFixed(1)} ms`,
    );
  }

  progress({ run, sequence, status, ticks }: Progress): void {
    clearTimeout(this.soon.get(run));
    this.soon.delete(run);
    if (status.kind !== 'waiting') return;
    const { tasks, rows } = decodeReasons(status.reasons);
    if (this.options.json) {
      const wakeAt = isoOrNull(status.wakeAtMs);
      const reasons = rows.map(reasonJson);
      this.event('waiting', { run, sequence, ticks, tasks, wakeAt, reasons });
    }
    const [first] = rows;
    if (!this.watches || first === undefined) return;
    this.soon.set(
      run,
      setTimeout(() => this.tellWaiting(run, first, tasks), QUIET_MS),
    );
  }

  private tellWaiting(run: RunId, { place, on }: Reason, tasks: number): void {
    const where = place === null ? '' : ` at ${place.file}:${place.line}`;
    const more = tasks > 1 ? ` (and ${tasks - 1} more)` : '';
    const text = `run ${run} waits${where} for ${awaitedText(on, Date.now())}${more}`;
    if (this.told.get(run) === text) return;
    this.told.set(run, text);
    this.hint(text);
  }

  ended(run: RunId, ending: Ending): void {
    this.forget(run);
    this.event('ended', { run, status: ending.kind, ...endingJson(ending) });
    const { option } = this.options.place;
    switch (ending.kind) {
      case 'done':
        this.hint(
          ending.description === 'None'
            ? `run ${run} is done`
            : `run ${run} is done: ${ending.description}`,
        );
        return;
      case 'cancelled':
        say(`run ${run} was cancelled${ending.reason === null ? '' : `: ${ending.reason}`}`);
        return;
      case 'failed':
        // sys.exit(n) is no failure to explain: the program has said what it wanted to.
        STDERR.write(ending.traceback);
        if (ending.places.length > 0) say(`\nrun ${run} failed; look: flowvm show ${run}${option}`);
        return;
    }
  }

  stuck(run: RunId, error: unknown): void {
    this.forget(run);
    this.event('stuck', { run, ...errorJson(error) });
    say(`run ${run} cannot go on here: ${describeError(error)}`);
  }

  failed(error: unknown): void {
    this.event('failed', errorJson(error));
    say(`the store has failed, and nothing goes on: ${describeError(error)}`);
    for (const line of adviceOn(error, this.options.place)) say(`  ${line}`);
  }

  close(): void {
    for (const timer of this.soon.values()) clearTimeout(timer);
    this.soon.clear();
  }

  private forget(run: RunId): void {
    clearTimeout(this.soon.get(run));
    this.soon.delete(run);
    this.told.delete(run);
  }
}

function errorJson(error: unknown): Record<string, unknown> {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return { code, message: error instanceof Error ? error.message : String(error) };
}
