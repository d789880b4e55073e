// The scripted World behind the connectors' interface: what a driver of the harness talks to.

import { encode, type Plain } from '../../vm/bytecode/codec.ts';
import type { Connector, ConnectorHost, Outgoing } from '../../vm/engine/connector.ts';
import type { EffectRef } from '../../vm/store/store.ts';
import {
  answerPlain,
  deliveryPlain,
  HTTP_CALLBACK,
  HTTP_REQUEST,
  readHttpRequest,
  type HttpAnswer,
} from '../../stdlib/connectors/http-messages.ts';
import { isIdempotent } from '../../stdlib/connectors/http-policy.ts';
import type { Reply } from './effects.ts';
import type { World } from './world.ts';

export const CALLBACK_BASE = 'http://callbacks.test';

const utf8 = new TextEncoder();

/** What a reply of the script is to the program. */
export function answerOf(request: Plain, reply: Reply): HttpAnswer {
  if (reply.kind === 'lost') {
    const failure = isIdempotent(readHttpRequest(request)) ? 'reset' : 'uncertain';
    return { kind: 'failed', failure, message: 'the connection was lost' };
  }
  const { status, headers, body } = reply;
  return { kind: 'response', status, url: '', headers, body: utf8.encode(body) };
}

/** Ask the script; null if no answer ever comes. */
export function askWorld(
  world: World,
  id: string,
  request: Plain,
  nowMs: number,
): { readonly atMs: number; readonly answer: Plain } | null {
  const { method, url, headers, body } = readHttpRequest(request);
  const text = new TextDecoder().decode(body ?? new Uint8Array(0));
  const asked = { id, method, url, headers: Object.fromEntries(headers), body: text };
  const delivery = world.ask(asked, nowMs);
  if (delivery === null) return null;
  return { atMs: delivery.atMs, answer: answerPlain(answerOf(request, delivery.reply)) };
}

/** What a stranger posts to a callback. */
export function postOf(body: string): Plain {
  const headers = [['content-type', 'application/json']] as const;
  return deliveryPlain({ method: 'POST', headers, body: utf8.encode(body) });
}

/** Requests go to the World, under their idempotency key: the same key, the same answer. */
export class ScriptedHttp implements Connector {
  readonly kind = HTTP_REQUEST;
  private readonly world: World;
  private readonly before: () => Promise<void>;
  private host: ConnectorHost | null = null;

  /** @param before called ahead of each request: a request may name a callback made with it */
  constructor(world: World, before: () => Promise<void>) {
    this.world = world;
    this.before = before;
  }

  start(host: ConnectorHost): Promise<void> {
    this.host = host;
    return Promise.resolve();
  }

  async deliver(out: Outgoing): Promise<void> {
    const { host } = this;
    if (host === null || (await host.begin(out, null)) === null) return;
    await this.before();
    const said = askWorld(this.world, out.key, out.request, host.clock.nowMs());
    if (said === null) return;
    await new Promise<void>((resolve) => {
      host.clock.at(said.atMs, resolve);
    });
    await host.answer(out, said.answer);
  }

  cancel(_out: EffectRef): void {}

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

/** Callbacks: an address, and posts by token. */
export class ScriptedCallbacks implements Connector {
  readonly kind = HTTP_CALLBACK;
  readonly address = CALLBACK_BASE;
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

  async post(token: string, body: string): Promise<void> {
    const owner = (await this.host?.findToken(token)) ?? null;
    if (owner === null || owner.abandoned) return;
    await this.host?.answer(owner, postOf(body));
  }
}

/** An answer as the store keeps it. */
export function answerBytes(answer: Plain): Uint8Array {
  return encode(answer);
}
