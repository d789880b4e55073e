// The world, as the doors hand it to the machine: the clock, random bytes, the standard library,
// connectors. Nothing below bin/ reaches for any of these by itself (L4).

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { isFlowError, type FlowError } from '../vm/bytecode/errors.ts';
import type { Clock } from '../vm/engine/clock.ts';
import { viewCommits, type CommitView } from '../vm/engine/commit-view.ts';
import type { Connector } from '../vm/engine/connector.ts';
import type { DriverOptions } from '../vm/engine/driver.ts';
import { inspectRun, type RunView } from '../vm/engine/inspect.ts';
import { Past, type At, type PastOptions } from '../vm/engine/past.ts';
import { Programs } from '../vm/engine/programs.ts';
import { variablesOf, type Variables } from '../vm/engine/variables.ts';
import { explain, type Explanation } from '../vm/engine/why.ts';
import type { RunId, Store } from '../vm/store/store.ts';
import { effectKinds } from '../stdlib/connectors/kinds.ts';
import { makeRegistry } from '../stdlib/library.ts';
import { valueTexts } from '../stdlib/natives/json.ts';
import { CheckpointProcess } from './checkpoint-process.ts';
import { speakable } from './ids.ts';
import { CommandError, UsageError } from './told.ts';
import { VERSION } from './version.ts';

/** Where strangers deliver callbacks, if anywhere. */
export interface Listening {
  readonly listen?: string;
  readonly publicUrl?: string;
}

/** The longest a timer of Node's may be set; a longer one would ring at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const CLOCK: Clock = {
  nowMs: () => Date.now(),
  at: (ms, call) => {
    const timer = setTimeout(call, Math.min(Math.max(0, ms - Date.now()), TIMER_MS_MAX));
    return () => clearTimeout(timer);
  },
  soon: (call) => {
    setImmediate(call);
  },
};

/** All a driver needs of the world. */
export function driverOptions(store: Store, connectors: readonly Connector[]): DriverOptions {
  return {
    store,
    registry: makeRegistry(),
    clock: CLOCK,
    random: (count) => randomBytes(count),
    name: `${hostname()}, process ${process.pid}, ${speakable(randomBytes(4))}`,
    kinds: effectKinds,
    connectors,
    texts: valueTexts,
    checkpoints: new CheckpointProcess(),
  };
}

/** Connectors, made anew: they belong to one driver. */
export async function makeConnectors({ listen, publicUrl }: Listening): Promise<Connector[]> {
  if (publicUrl !== undefined && listen === undefined) {
    throw new UsageError('--public-url says how others reach --listen, which is missing');
  }
  const callbacks =
    listen === undefined
      ? null
      : {
          listen: readListen(listen),
          ...(publicUrl === undefined ? {} : { publicUrl: readPublicUrl(publicUrl) }),
        };
  // Loaded only now: an HTTP client takes longer to load than most looks at a store.
  const { HttpRequestConnector } = await import('../stdlib/connectors/http-request.ts');
  const all: Connector[] = [new HttpRequestConnector({ userAgent: `flowmetal/${VERSION}` })];
  if (callbacks === null) return all;
  const { HttpCallbackConnector } = await import('../stdlib/connectors/http-callback.ts');
  return [...all, new HttpCallbackConnector(callbacks)];
}

/** `8080`, `:8080`, `0.0.0.0:8080`, `[::1]:8080`. Without a host: this machine only. */
export function readListen(text: string): { readonly host: string; readonly port: number } {
  const found = /^(?:(\[[0-9a-fA-F:.]+\]|[^:[\]]*):)?([0-9]{1,5})$/.exec(text);
  const port = Number(found?.[2] ?? NaN);
  if (found === null || port > 65_535) {
    throw new UsageError(`'${text}' is no place to listen`, {
      help: 'say --listen PORT or --listen HOST:PORT; port 0 takes one that is free',
    });
  }
  const host = (found[1] ?? '').replace(/^\[(.*)\]$/, '$1');
  return { host: host === '' ? '127.0.0.1' : host, port };
}

function readPublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new UsageError(`'${text}' is no public URL`, {
      help: 'it looks like https://flows.example.com or https://example.com/hooks',
    });
  }
  return text;
}

/** What is needed to look into the past of runs, without a driver. */
export function pastOptions(store: Store): PastOptions {
  const registry = makeRegistry();
  const programs = new Programs(store, registry);
  return { store, programs, registry, kinds: effectKinds, texts: valueTexts };
}

/** The past of runs, without a driver. */
export function pastOf(store: Store): Past {
  return new Past(pastOptions(store));
}

/** A run's stack, locals and globals at a point, by default its last commit. */
export async function inspect(store: Store, run: RunId, at?: At): Promise<RunView> {
  return await inspectRun(pastOf(store), run, at);
}

/** Why an unfinished run could not go on in this process; null if it could. */
export async function obstacle(store: Store, run: RunId): Promise<FlowError | null> {
  try {
    await inspect(store, run);
    return null;
  } catch (error) {
    if (isFlowError(error)) return error;
    throw error;
  }
}

/** Why a run is not running, without a driver. */
export async function explainRun(store: Store, run: RunId): Promise<Explanation> {
  return await explain(store, effectKinds, run);
}

/** What the variables of runs hold, read from their states. */
export function variablesReader(
  store: Store,
): (run: RunId) => Promise<(task: number) => Variables> {
  const past = pastOf(store);
  return (run) => variablesOf(past, run);
}

/** What a run has done, commit by commit. */
export function commitsOf(
  store: Store,
  query: { readonly run: RunId; readonly from: number; readonly to: number },
): AsyncGenerator<CommitView> {
  return viewCommits(store, effectKinds, query);
}

/** Ids tried before a store is taken to be out of them, which it never is. */
const ID_TRIES = 16;
const RUN_ID_BYTES = 4;

/** A run's id that is free, as far as this store knows. */
export async function newRunId(store: Store): Promise<RunId> {
  for (let i = 0; i < ID_TRIES; i++) {
    const run = speakable(randomBytes(RUN_ID_BYTES));
    if ((await store.getRun(run)) === null) return run;
  }
  throw new CommandError('no free id for a run was found');
}
