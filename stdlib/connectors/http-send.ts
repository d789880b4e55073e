// One try of one request, over real connections. The only file that names undici.
//
// It is told apart whether a request has begun to leave: before that, nothing has happened and it
// can be sent again whatever it is; after that, nobody can know.
//
// Requests that must not be sent twice get a connection of their own. On one kept open, the other
// side may be closing it at the very moment: then the request dies unseen, and cannot be told from
// one that died half done (nodejs/undici issue 3492). Others share pooled connections.

import { Buffer } from 'node:buffer';
import { Agent, type Dispatcher } from 'undici';
import type { Clock } from '../../vm/engine/clock.ts';
import type { Pairs } from './http-messages.ts';
import type { Try } from './http-policy.ts';
import type { Share } from './http-room.ts';

export interface SendOptions {
  readonly timeoutMs: number;
  /** Bytes of a response's body; beyond it the try fails. */
  readonly bodyBytesMax: number;
  /** Whether the connection may be shared with other requests. */
  readonly pooled: boolean;
  readonly signal: AbortSignal;
  /** Where the response's body is held; the caller gives it back. */
  readonly share: Share;
}

/** One hop: a redirect is a response like others. */
export interface Hop {
  readonly method: string;
  readonly url: URL;
  readonly headers: Pairs;
  readonly body: Uint8Array | null;
}

/** What carries hops to other hosts: real connections, or a network that a test holds. */
export interface Sender {
  send(hop: Hop, options: SendOptions): Promise<Try>;
  close(): Promise<void>;
}

/** How long to wait for a connection: not sent is soon known, and tried again. */
const CONNECT_MS = 10_000;
/** Connections to one origin. */
const CONNECTIONS_MAX = 64;

export class HttpSender implements Sender {
  private readonly clock: Clock;
  private readonly pooled = new Agent({
    connections: CONNECTIONS_MAX,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: CONNECT_MS },
  });
  private readonly single = new Agent({
    connections: CONNECTIONS_MAX,
    // No connection is kept open for the next request.
    pipelining: 0,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: CONNECT_MS },
  });

  constructor(clock: Clock) {
    this.clock = clock;
  }

  send(hop: Hop, options: SendOptions): Promise<Try> {
    return new Promise((resolve) => new Exchange(this.clock, hop, options, resolve).begin(this));
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Exchange, pooled: boolean): void {
    (pooled ? this.pooled : this.single).dispatch(options, handler);
  }

  async close(): Promise<void> {
    await Promise.all([this.pooled.destroy(), this.single.destroy()]);
  }
}

/** One request and its response, as undici tells of them. */
class Exchange implements Dispatcher.DispatchHandler {
  private readonly clock: Clock;
  private readonly hop: Hop;
  private readonly options: SendOptions;
  private readonly resolve: (outcome: Try) => void;
  private controller: Dispatcher.DispatchController | null = null;
  private ended = false;
  private readonly stops: (() => void)[] = [];
  private status = 0;
  private headers: [string, string][] = [];
  private readonly chunks: Buffer[] = [];
  private bytes = 0;

  constructor(clock: Clock, hop: Hop, options: SendOptions, resolve: (outcome: Try) => void) {
    this.clock = clock;
    this.hop = hop;
    this.options = options;
    this.resolve = resolve;
  }

  begin(sender: HttpSender): void {
    const { timeoutMs, signal, pooled } = this.options;
    const { method, url, headers, body } = this.hop;
    if (signal.aborted) {
      this.fail('connection', 'called off');
      return;
    }
    const abort = (): void => this.fail('connection', 'called off');
    signal.addEventListener('abort', abort, { once: true });
    this.stops.push(() => signal.removeEventListener('abort', abort));
    this.stops.push(
      this.clock.at(this.clock.nowMs() + timeoutMs, () =>
        this.fail('timeout', `no answer within ${timeoutMs / 1000} seconds`),
      ),
    );
    try {
      sender.dispatch(
        {
          origin: url.origin,
          path: url.pathname + url.search,
          method,
          headers: headers.flat(),
          body: body === null ? null : Buffer.from(body),
        },
        this,
        pooled,
      );
    } catch (error) {
      this.onResponseError(null, asError(error));
    }
  }

  /** It begins to leave: from here on it may have arrived. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.ended) controller.abort(new Error('too late'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    this.status = status;
    for (const [name, value] of Object.entries(headers)) {
      for (const each of Array.isArray(value) ? value : [value ?? '']) {
        this.headers.push([name, each]);
      }
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.ended) return;
    this.bytes += chunk.length;
    const { bodyBytesMax, share } = this.options;
    if (this.bytes > bodyBytesMax) {
      this.fail('too-large', `the answer has more than ${bodyBytesMax} bytes`);
      return;
    }
    this.chunks.push(chunk);
    if (!share.take(chunk.length, () => controller.resume())) controller.pause();
  }

  onResponseEnd(): void {
    const { url } = this.hop;
    this.end({
      kind: 'response',
      status: this.status,
      url: url.href,
      headers: this.headers,
      body: new Uint8Array(Buffer.concat(this.chunks)),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const [failure, message] = failureOf(error);
    this.fail(failure, message);
  }

  private fail(failure: Extract<Try, { kind: 'failed' }>['failure'], message: string): void {
    const sent = this.controller !== null;
    this.end({ kind: 'failed', failure, sent, message });
    this.controller?.abort(new Error(message));
  }

  private end(outcome: Try): void {
    if (this.ended) return;
    this.ended = true;
    for (const stop of this.stops) stop();
    this.resolve(outcome);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

type Failure = readonly [kind: Extract<Try, { kind: 'failed' }>['failure'], message: string];

/** What undici and the system say, in our words. */
const FAILURES: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: ['refused', 'connection refused'],
  ECONNRESET: ['reset', 'the connection was reset'],
  EPIPE: ['reset', 'the connection was reset'],
  UND_ERR_SOCKET: ['reset', 'the other side closed the connection'],
  UND_ERR_CONNECT_TIMEOUT: ['connection', 'no connection in time'],
  ENOTFOUND: ['connection', 'there is no host of that name'],
  EAI_AGAIN: ['connection', 'the name of the host cannot be looked up now'],
  EHOSTUNREACH: ['connection', 'the host cannot be reached'],
  ENETUNREACH: ['connection', 'the network cannot be reached'],
  UND_ERR_INVALID_ARG: ['invalid', 'it is no HTTP request'],
};

function failureOf(error: Error): Failure {
  const code = codeOf(error);
  const known = FAILURES[code];
  if (known !== undefined) return known[0] === 'invalid' ? [known[0], error.message] : known;
  // What OpenSSL says of itself names its source files; its reason is what happened.
  if ('reason' in error && typeof error.reason === 'string') {
    return ['connection', `no TLS: ${error.reason}`];
  }
  const words = error.message === '' ? code : error.message;
  return ['connection', words === '' ? 'the connection failed' : words];
}

/** The first code in an error, its causes, or the errors it stands for. */
function codeOf(error: unknown): string {
  const todo: unknown[] = [error];
  for (let i = 0; i < todo.length && i < 16; i++) {
    const at = todo[i];
    if (!(at instanceof Error)) continue;
    if ('code' in at && typeof at.code === 'string' && at.code in FAILURES) return at.code;
    if (at instanceof AggregateError) todo.push(...at.errors);
    todo.push(at.cause);
  }
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
