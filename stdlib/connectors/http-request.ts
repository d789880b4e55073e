// The connector for HTTP requests: sends what runs ask for, and brings the responses in.
//
//     outbox ──deliver──▶ begin (on disk) ──▶ send ──▶ judge ──┬─▶ answer
//                 ▲                                            └─▶ retry, on disk ──┐
//                 └──────────────── when it is due ─────────────────────────────────┘
//
// Owns:      tries, redirects, what is safe to send again (http-policy.ts), connections.
// Does not:  know a run. The outbox says what to send, and under which key.
//
// Invariants:
//
//   HR1. Each try begins on disk (CN1), so a crash in the middle of one is known as such.
//   HR2. Every try of one request carries the same Idempotency-Key and the same body (L6).
//   HR3. What must not be sent twice is never sent again after it has begun to leave.

import { Buffer } from 'node:buffer';
import { isList, type Plain } from '../../vm/bytecode/codec.ts';
import type { Connector, ConnectorHost, Outgoing } from '../../vm/engine/connector.ts';
import type { EffectRef } from '../../vm/store/store.ts';
import { waitForQuiet } from './grace.ts';
import {
  answerPlain,
  HTTP_REQUEST,
  isHttpUrl,
  readHttpRequest,
  type HttpAnswer,
  type HttpRequest,
} from './http-messages.ts';
import { isIdempotent, judge, judgeForeign, judgeLost, type Try } from './http-policy.ts';
import { Room, type Share } from './http-room.ts';
import type { Hop, Sender } from './http-send.ts';

export interface HttpRequestOptions {
  /** Requests under way at one time. */
  readonly capacity?: number;
  /** Bytes of a response's body. */
  readonly bodyBytesMax?: number;
  /** Bytes of responses that are held at one time, by all requests together. */
  readonly heldBytesMax?: number;
  /** How long requests under way may take to end when the driver stops. */
  readonly graceMs?: number;
  /** What it calls itself. */
  readonly userAgent?: string;
  /** What carries its requests; by default, real connections. */
  readonly sender?: Sender;
}

/** Enough for documents and lists; what is larger is better left where it is. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;
/**
 * As many requests as may be under way could bring 4 GB at once; beyond this, responses are read
 * more slowly than they come (http-room.ts).
 */
const HELD_BYTES_MAX = 256 * 1024 * 1024;
const CAPACITY = 256;
const GRACE_MS = 5_000;
const REDIRECTS_MAX = 10;

/** Headers that say how a message travels: the connector's own business. */
const HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers that are for one origin only. */
const ORIGIN_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'idempotency-key',
  'proxy-authorization',
]);

const keyOf = ({ run, effect }: EffectRef): string => `${run}/${effect}`;

export class HttpRequestConnector implements Connector {
  readonly kind = HTTP_REQUEST;
  readonly capacity: number;
  private readonly options: HttpRequestOptions;
  private host: ConnectorHost | null = null;
  private sender: Promise<Sender> | null = null;
  private readonly underWay = new Map<string, AbortController>();
  private readonly bodyBytesMax: number;
  private readonly room: Room;
  private isStopping = false;

  constructor(options: HttpRequestOptions = {}) {
    this.options = options;
    this.capacity = options.capacity ?? CAPACITY;
    this.bodyBytesMax = options.bodyBytesMax ?? BODY_BYTES_MAX;
    this.room = new Room(options.heldBytesMax ?? HELD_BYTES_MAX, this.bodyBytesMax);
    if (options.sender !== undefined) this.sender = Promise.resolve(options.sender);
  }

  start(host: ConnectorHost): Promise<void> {
    this.host = host;
    return Promise.resolve();
  }

  async deliver(out: Outgoing): Promise<void> {
    const { host } = this;
    if (host === null || this.isStopping) return;
    let request: HttpRequest;
    try {
      request = readHttpRequest(out.request);
    } catch (problem) {
      const why = problem instanceof Error ? problem.message : String(problem);
      const message = `the request cannot be sent: ${why}`;
      await answer(host, out, { kind: 'failed', failure: 'invalid', message });
      return;
    }
    const early =
      (out.isForeign ? judgeForeign(request) : null) ??
      (out.isUncertain ? judgeLost(request) : null);
    if (early?.kind === 'answer') {
      await answer(host, out, early.answer);
      return;
    }
    await this.attempt(host, out, request);
  }

  private async attempt(host: ConnectorHost, out: Outgoing, request: HttpRequest): Promise<void> {
    const abort = new AbortController();
    const share = this.room.share();
    this.underWay.set(keyOf(out), abort);
    try {
      const sender = await this.senderFor(host);
      if (abort.signal.aborted) return;
      const failures = failuresOf(out.noted);
      const attempt = await host.begin(out, ['', failures]);
      if (attempt === null || abort.signal.aborted) return;
      // Another driver has begun one since this was read from the store, and may have sent it.
      const lost = attempt === out.attempts + 1 ? null : judgeLost(request);
      if (lost?.kind === 'answer') {
        await answer(host, out, lost.answer);
        return;
      }
      const outcome = await this.send(sender, out, request, { signal: abort.signal, share });
      // Called off: nobody wants the answer, or the driver stops and leaves the try without an end.
      if (abort.signal.aborted) return;
      const verdict = judge(request, outcome, failures + 1, host.clock.nowMs());
      if (verdict.kind === 'answer') await answer(host, out, verdict.answer);
      else {
        const atMs = Math.ceil(host.clock.nowMs() + verdict.afterMs);
        await host.retry(out, attempt, [verdict.because, failures + 1], atMs);
      }
    } finally {
      share.give();
      this.underWay.delete(keyOf(out));
    }
  }

  cancel(out: EffectRef): void {
    this.underWay.get(keyOf(out))?.abort();
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    const { host } = this;
    if (host !== null) {
      const graceMs = this.options.graceMs ?? GRACE_MS;
      await waitForQuiet(host.clock, () => this.underWay.size > 0, graceMs);
    }
    for (const abort of this.underWay.values()) abort.abort();
    await (await this.sender)?.close();
  }

  /** Loaded with the first request: a client takes longer to load than a small script to run. */
  private senderFor({ clock }: ConnectorHost): Promise<Sender> {
    this.sender ??= import('./http-send.ts').then(({ HttpSender }) => new HttpSender(clock));
    return this.sender;
  }

  /** One try, redirects and all. */
  private async send(
    sender: Sender,
    out: Outgoing,
    request: HttpRequest,
    how: { readonly signal: AbortSignal; readonly share: Share },
  ): Promise<Try> {
    const { clock } = this.host as ConnectorHost;
    const endMs = clock.nowMs() + request.timeoutMs;
    let hop = this.firstHop(out, request);
    for (let hops = 0; ; hops++) {
      const outcome = await sender.send(hop, {
        timeoutMs: Math.max(1, endMs - clock.nowMs()),
        bodyBytesMax: this.bodyBytesMax,
        pooled: isIdempotent(request),
        ...how,
      });
      const next = outcome.kind === 'response' ? redirect(request, hop, outcome) : null;
      if (next === null) return outcome;
      if (hops >= REDIRECTS_MAX) {
        const message = `more than ${REDIRECTS_MAX} redirects`;
        return { kind: 'failed', failure: 'invalid', sent: true, message };
      }
      hop = next;
    }
  }

  private firstHop(out: Outgoing, request: HttpRequest): Hop {
    const headers: [string, string][] = [];
    for (const [name, value] of request.headers) {
      if (!HOP_HEADERS.has(name.toLowerCase())) headers.push([name, value]);
    }
    const has = (name: string): boolean =>
      headers.some(([each]) => each.toLowerCase() === name.toLowerCase());
    if (!has('idempotency-key')) headers.push(['idempotency-key', out.key]);
    if (!has('user-agent')) headers.push(['user-agent', this.options.userAgent ?? 'flowmetal']);
    if (!has('accept')) headers.push(['accept', '*/*']);
    const { url, basic } = partsOf(request.url);
    if (basic !== null && !has('authorization')) headers.push(['authorization', basic]);
    return { method: request.method, url, headers, body: request.body };
  }
}

/** `http://user:word@host/`: the place, and who asks there as HTTP says it. */
function partsOf(text: string): { readonly url: URL; readonly basic: string | null } {
  const url = new URL(text);
  const { username, password } = url;
  if (username === '' && password === '') return { url, basic: null };
  [url.username, url.password] = ['', ''];
  return {
    url,
    basic: `Basic ${Buffer.from(unquoted(`${username}:${password}`)).toString('base64')}`,
  };
}

/** Percent-encoding undone; what is none stays as it is. */
function unquoted(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Tries that have failed, as noted with each: `[why, how many]`. */
function failuresOf(noted: Plain): number {
  const [, failures] = isList(noted) ? noted : [];
  return typeof failures === 'number' && Number.isSafeInteger(failures) ? failures : 0;
}

async function answer(host: ConnectorHost, out: EffectRef, what: HttpAnswer): Promise<void> {
  await host.answer(out, answerPlain(what));
}

/** Methods that may be sent on to another place without asking the program. */
const FOLLOWING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Where a response sends us on to; null if it is the answer. */
function redirect(
  request: HttpRequest,
  hop: Hop,
  { status, headers }: Extract<Try, { kind: 'response' }>,
): Hop | null {
  if (!request.redirects || !FOLLOWING.has(request.method) || !REDIRECTS.has(status)) return null;
  const location = headers.find(([name]) => name === 'location')?.[1];
  if (location === undefined || !URL.canParse(location, hop.url)) return null;
  const url = new URL(location, hop.url);
  if (!isHttpUrl(url.href)) return null;
  // What was said to one origin in confidence is not told to another.
  const kept =
    url.origin === hop.url.origin
      ? hop.headers
      : hop.headers.filter(([name]) => !ORIGIN_HEADERS.has(name.toLowerCase()));
  return { ...hop, url, headers: kept };
}
