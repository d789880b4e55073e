// Functions that the driver's own process serves, and their messages as plain data.
//
//     function         request  [1, name, JSON of [positional, {keyword: …}]]
//                      answer   ['returned', JSON]
//                               ['raised', type, message]
//
// A call leaves when the state that asks for it is on disk, and its answer is on disk with the
// state that goes on from it. It is made at least once: after a crash in between it is made again,
// under the same key.
//
// Owns:      these shapes and their checking (L7), and which functions are served here.
// Invariant: FN1. A call of a function that nobody serves here is left for who does.

import { isList, type Plain } from '../../vm/bytecode/codec.ts';
import type { Connector, ConnectorHost, EffectKind, Outgoing } from '../../vm/engine/connector.ts';
import type { EffectRef } from '../../vm/store/store.ts';

export const FUNCTION = 'function';

const VERSION = 1;

/** Characters of a function's name. */
const NAME_LENGTH_MAX = 256;

/** A message that is not what its place in the store says it is. */
class CallError extends Error {}

/** A value as JSON has them. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json };

/** What a function is told about its call. */
export interface Call {
  /** The same whenever this call is made, and of no other: what has its key was done before. */
  readonly key: string;
  readonly keywords: { readonly [name: string]: Json };
  /** Aborted when nobody wants the answer any more. */
  readonly signal: AbortSignal;
}

/** @throws whatever it likes: the program gets a FunctionError of that name and message */
export type HostFunction = (args: readonly Json[], call: Call) => Json | Promise<Json>;

interface FunctionCall {
  readonly name: string;
  readonly args: readonly Json[];
  readonly keywords: { readonly [name: string]: Json };
}

function readCall(request: Plain): FunctionCall {
  const [version, name, json] = isList(request) ? request : [];
  if (version !== VERSION || typeof json !== 'string' || typeof name !== 'string') {
    throw new CallError('it is no call of a kind known here');
  }
  if (name === '' || name.length > NAME_LENGTH_MAX) throw new CallError('it names no function');
  let pair: Json;
  try {
    pair = JSON.parse(json) as Json;
  } catch {
    throw new CallError('its arguments are no JSON');
  }
  const [args, keywords] = Array.isArray(pair) ? (pair as readonly Json[]) : [];
  if (!isArray(args) || !isRecord(keywords)) throw new CallError('its arguments are no arguments');
  return { name, args, keywords };
}

function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isRecord(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Checks an answer, which is plain data already. */
function readAnswer(answer: Plain): Plain {
  const [what, first, second] = isList(answer) ? answer : [];
  const isReturned = what === 'returned' && typeof first === 'string';
  const isRaised = what === 'raised' && typeof first === 'string' && typeof second === 'string';
  if (!isReturned && !isRaised) throw new CallError('it is no answer to a call');
  return answer;
}

export const FUNCTION_KIND: EffectKind = {
  kind: FUNCTION,
  dispatch: true,
  readAnswer,
  firstInfo: null,
  describe: (request) => `the function ${readCall(request).name}`,
  byHand: (_request, given) => {
    if (given.kind === 'error') return ['raised', given.type, given.message];
    if (!isJson(given.text)) throw new CallError('what a function returns is told as JSON');
    return ['returned', given.text];
  },
};

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const keyOf = ({ run, effect }: EffectRef): string => `${run}/${effect}`;

export interface FunctionsOptions {
  /** By the names that programs call them by. */
  readonly functions: ReadonlyMap<string, HostFunction>;
  /** Calls at one time. */
  readonly capacity?: number;
}

/** Calls at one time, unless the options say otherwise: they wait for one another's disk. */
const CAPACITY = 1024;

export class FunctionsConnector implements Connector {
  readonly kind = FUNCTION;
  readonly capacity: number;
  private readonly functions: ReadonlyMap<string, HostFunction>;
  private readonly underWay = new Map<string, UnderWay>();
  private host: ConnectorHost | null = null;

  constructor({ functions, capacity = CAPACITY }: FunctionsOptions) {
    this.functions = functions;
    this.capacity = capacity;
  }

  start(host: ConnectorHost): Promise<void> {
    this.host = host;
    return Promise.resolve();
  }

  async deliver(out: Outgoing): Promise<void> {
    const { host } = this;
    if (host === null) return;
    let asked: FunctionCall;
    try {
      asked = readCall(out.request);
    } catch (problem) {
      await host.answer(out, ['raised', 'ValueError', `the call cannot be made: ${said(problem)}`]);
      return;
    }
    const served = this.functions.get(asked.name);
    if (served === undefined || (await host.begin(out, null)) === null) return;
    const underWay = new UnderWay();
    this.underWay.set(keyOf(out), underWay);
    try {
      const { keywords } = asked;
      const call: Call = {
        get key(): string {
          return out.key;
        },
        keywords,
        get signal(): AbortSignal {
          return underWay.signal;
        },
      };
      const answer = await answerOf(served, asked.args, call, underWay);
      // Nobody wants it, or the driver stops: it is called again by who drives the run next.
      if (answer !== null) await host.answer(out, answer);
    } finally {
      this.underWay.delete(keyOf(out));
    }
  }

  cancel(out: EffectRef): void {
    this.underWay.get(keyOf(out))?.callOff();
  }

  stop(): Promise<void> {
    this.host = null;
    for (const each of this.underWay.values()) each.callOff();
    return Promise.resolve();
  }
}

/** A call that a function is at. Most never look at its signal: it is made when asked for. */
class UnderWay {
  private controller: AbortController | null = null;
  private isOff = false;
  private resolve: ((value: null) => void) | null = null;

  get calledOff(): Promise<null> {
    return new Promise((resolve) => {
      if (this.isOff) resolve(null);
      this.resolve = resolve;
    });
  }

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.isOff) this.controller.abort();
    return this.controller.signal;
  }

  callOff(): void {
    this.isOff = true;
    this.controller?.abort();
    this.resolve?.(null);
  }
}

/** What a function answers; null if the call is called off before. */
async function answerOf(
  served: HostFunction,
  args: readonly Json[],
  call: Call,
  underWay: UnderWay,
): Promise<Plain> {
  try {
    const result = served(args, call);
    if (!isPromise(result)) return returned(result);
    return await Promise.race([result.then(returned), underWay.calledOff]);
  } catch (error) {
    return ['raised', error instanceof Error ? error.name : 'Error', said(error)];
  }
}

function isPromise(result: Json | Promise<Json>): result is Promise<Json> {
  return (
    typeof result === 'object' &&
    result !== null &&
    'then' in result &&
    typeof result.then === 'function'
  );
}

function returned(result: Json): Plain {
  // What JSON cannot say is None, as in an array.
  return ['returned', JSON.stringify(result) ?? 'null'];
}

function said(problem: unknown): string {
  return problem instanceof Error ? problem.message : String(problem);
}
