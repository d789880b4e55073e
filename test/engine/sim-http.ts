// The outside, in simulated time: a service that answers requests, and strangers that deliver to
// callbacks.
//
// It keeps its promises by key, as a good service does: the same Idempotency-Key with the same body
// gets the same answer again; with another body it is a complaint. It outlives drivers, and can be
// copied with a disk, so that a crashed history goes on in a world of its own.

import { encode, type Plain } from '../../vm/bytecode/codec.ts';
import type { Connector, ConnectorHost, Outgoing } from '../../vm/engine/connector.ts';
import type { Delivered, EffectRef } from '../../vm/store/store.ts';
import {
  answerPlain,
  deliveryPlain,
  HTTP_CALLBACK,
  HTTP_REQUEST,
  readHttpRequest,
  type HttpAnswer,
  type HttpRequest,
} from '../../stdlib/connectors/http-messages.ts';
import { isIdempotent, judgeForeign, judgeLost } from '../../stdlib/connectors/http-policy.ts';
import type { World } from './sim.ts';

export interface Seen {
  readonly key: string;
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly atMs: number;
}

/** What the service does with a request; null never answers, 'lost' loses the answer. */
export type Service = (
  request: HttpRequest & { readonly text: string },
  seen: readonly Seen[],
) => { readonly afterMs?: number; readonly answer: HttpAnswer | null | 'lost' };

export function response(status: number, body: unknown = null): HttpAnswer {
  const text = body === null ? '' : JSON.stringify(body);
  const headers = [['content-type', 'application/json']] as const;
  return { kind: 'response', status, url: '', headers, body: new TextEncoder().encode(text) };
}

/** The other side: what it has seen and what it has promised. */
export class Outside {
  seen: Seen[] = [];
  complaints: string[] = [];
  private answers = new Map<string, { body: string; answer: HttpAnswer | null | 'lost' }>();
  readonly service: Service;

  constructor(service: Service) {
    this.service = service;
  }

  copy(): Outside {
    const copy = new Outside(this.service);
    copy.seen = [...this.seen];
    copy.complaints = [...this.complaints];
    copy.answers = new Map(this.answers);
    return copy;
  }

  ask(out: Outgoing, atMs: number): { afterMs: number; answer: HttpAnswer | null | 'lost' } {
    const request = readHttpRequest(out.request);
    const text = new TextDecoder().decode(request.body ?? new Uint8Array(0));
    const { method, url } = request;
    const known = this.answers.get(out.key);
    if (known !== undefined) {
      if (known.body !== `${method} ${url} ${text}`) this.complaints.push(`key ${out.key} twice`);
      return { afterMs: 0, answer: known.answer };
    }
    this.seen.push({ key: out.key, method, url, body: text, atMs });
    const { afterMs = 0, answer } = this.service({ ...request, text }, this.seen);
    this.answers.set(out.key, { body: `${method} ${url} ${text}`, answer });
    return { afterMs, answer };
  }
}

export class SimHttp implements Connector {
  readonly kind = HTTP_REQUEST;
  readonly outside: Outside;
  readonly cancelled: EffectRef[] = [];
  delivered = 0;
  private host: ConnectorHost | null = null;
  private readonly stops = new Map<string, () => void>();
  private isStopped = false;

  constructor(outside: Outside) {
    this.outside = outside;
  }

  start(host: ConnectorHost): Promise<void> {
    this.host = host;
    return Promise.resolve();
  }

  async deliver(out: Outgoing): Promise<void> {
    const host = this.host as ConnectorHost;
    this.delivered++;
    const request = readHttpRequest(out.request);
    const early =
      (out.isForeign ? judgeForeign(request) : null) ??
      (out.isUncertain ? judgeLost(request) : null);
    if (early?.kind === 'answer') {
      await host.answer(out, answerPlain(early.answer));
      return;
    }
    if ((await host.begin(out, 'sent')) === null) return;
    const { afterMs, answer } = this.outside.ask(out, host.clock.nowMs());
    const key = `${out.run}/${out.effect}`;
    await new Promise<void>((resolve) => {
      this.stops.set(key, resolve);
      if (answer !== null) host.clock.at(host.clock.nowMs() + afterMs, resolve);
    });
    this.stops.delete(key);
    if (answer === null || this.isStopped) return;
    const lost: HttpAnswer = {
      kind: 'failed',
      failure: isIdempotent(request) ? 'reset' : 'uncertain',
      message: 'lost',
    };
    await host.answer(out, answerPlain(answer === 'lost' ? lost : answer));
  }

  cancel(out: EffectRef): void {
    this.cancelled.push(out);
    this.stops.get(`${out.run}/${out.effect}`)?.();
  }

  stop(): Promise<void> {
    this.isStopped = true;
    for (const stop of this.stops.values()) stop();
    return Promise.resolve();
  }
}

/** Callbacks by hand: what a stranger posts to a URL. */
export class SimCallbacks implements Connector {
  readonly kind = HTTP_CALLBACK;
  readonly address = 'http://callback.test';
  private host: ConnectorHost | null = null;

  start(host: ConnectorHost): Promise<void> {
    this.host = host;
    return Promise.resolve();
  }

  deliver(_out: Outgoing): Promise<void> {
    return Promise.resolve();
  }

  cancel(_out: EffectRef): void {}

  stop(): Promise<void> {
    return Promise.resolve();
  }

  async post(url: string, body: unknown): Promise<Delivered> {
    const host = this.host as ConnectorHost;
    const owner = await host.findToken(url.split('/').at(-1) ?? '');
    if (owner === null) return 'unknown';
    if (owner.abandoned) return 'abandoned';
    const bytes = new TextEncoder().encode(JSON.stringify(body));
    const headers = [['content-type', 'application/json']] as const;
    return host.answer(owner, deliveryPlain({ method: 'POST', headers, body: bytes }));
  }
}

/** A raw answer, as a broken or hostile connector would hand it in. */
export async function answerRaw(
  world: World,
  ref: EffectRef,
  answer: Plain | Uint8Array,
): Promise<Delivered> {
  const bytes = answer instanceof Uint8Array ? answer : encode(answer);
  return world.store.deliver({ ...ref, answer: bytes, atMs: world.clock.nowMs() });
}
