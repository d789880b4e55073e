// The network between drivers and services, both ways; and what a driver's connectors stand on.
//
//     HttpRequestConnector ──Sender──▶ Line ──▶ [ lost, doubled, late, cut ] ──▶ Service
//     run ◀── store ◀── Door ◀────────────────── [ lost, doubled, late ] ◀────── Service
//
// The connector for requests is the real one; only what would open a connection is replaced. The
// one for callbacks is an HTTP server around two calls of its host: the Door makes the same two.

import type { Connector, ConnectorHost, Outgoing } from '../../vm/engine/connector.ts';
import type { Delivered, EffectRef } from '../../vm/store/store.ts';
import { deliveryPlain, HTTP_CALLBACK } from '../../stdlib/connectors/http-messages.ts';
import type { Try } from '../../stdlib/connectors/http-policy.ts';
import type { Hop, Sender, SendOptions } from '../../stdlib/connectors/http-send.ts';
import type { Audit } from './audit.ts';
import type { Service } from './service.ts';
import type { Life } from './timeline.ts';
import type { World } from './world.ts';

type Failure = Extract<Try, { kind: 'failed' }>['failure'];

const failed = (failure: Failure, sent: boolean): Try => ({
  kind: 'failed',
  failure,
  sent,
  message: failure,
});

/** How long nobody knows that nobody listens. */
const CONNECT_MS = 10_000;

export class Network {
  readonly world: World;
  readonly audit: Audit;
  service!: Service;
  private cutUntil = 0;

  constructor(world: World, audit: Audit) {
    this.world = world;
    this.audit = audit;
  }

  /** Whether nothing gets through at the moment. */
  get isCut(): boolean {
    const { world } = this;
    if (world.isHealed) return false;
    if (world.strikes(world.plan.network / 10)) {
      world.count('partition');
      this.cutUntil = world.timeline.ms + world.delay(100, 120_000);
    }
    return this.cutUntil > world.timeline.ms;
  }
}

/** A driver's way out: one try after another. */
export class Line implements Sender {
  private readonly network: Network;
  private readonly life: Life;

  constructor(network: Network, life: Life) {
    this.network = network;
    this.life = life;
  }

  send(hop: Hop, options: SendOptions): Promise<Try> {
    return new Promise((resolve) => new Exchange(this.network, this.life, hop, options, resolve));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class Exchange {
  private readonly network: Network;
  private readonly life: Life;
  private readonly hop: Hop;
  private readonly key: string;
  private readonly resolve: (outcome: Try) => void;
  private isOver = false;
  private hasLeft = false;
  private readonly stopWaiting: () => void;

  constructor(
    network: Network,
    life: Life,
    hop: Hop,
    { timeoutMs, signal }: SendOptions,
    resolve: (outcome: Try) => void,
  ) {
    this.network = network;
    this.life = life;
    this.hop = hop;
    this.resolve = resolve;
    this.key = hop.headers.find(([name]) => name === 'idempotency-key')?.[1] ?? '';
    const { timeline } = network.world;
    this.stopWaiting = timeline.after(timeoutMs, life, () =>
      this.end(failed('timeout', this.hasLeft)),
    );
    signal.addEventListener('abort', () => this.end(failed('connection', this.hasLeft)));
    network.audit.sent(this.key, `${hop.method} ${hop.url.pathname} ${this.text}`);
    this.leave();
  }

  private get text(): string {
    return new TextDecoder().decode(this.hop.body ?? new Uint8Array(0));
  }

  private leave(): void {
    const { network } = this;
    const { world } = network;
    const { plan } = world;
    if (network.isCut) {
      this.later(CONNECT_MS, failed('connection', false));
      return;
    }
    if (world.strikes(plan.network / 4)) {
      world.count('refused');
      this.later(world.delay(0.1, 50), failed('refused', false));
      return;
    }
    this.hasLeft = true;
    network.audit.left(this.key);
    if (world.strikes(plan.network)) {
      world.count('request lost');
      this.break();
      return;
    }
    this.arrive();
    if (world.strikes(plan.network)) {
      world.count('request doubled');
      this.arrive();
    }
  }

  private arrive(): void {
    const { world, service } = this.network;
    world.timeline.after(world.delay(0.1, 400), world.life, () => {
      const { status, body, afterMs } = service.take(this.key, this.hop.url.pathname, this.text);
      if (status === null) return;
      if (this.network.isCut || world.strikes(world.plan.network)) {
        world.count('answer lost');
        this.break();
        return;
      }
      const bytes = new TextEncoder().encode(body);
      const { url } = this.hop;
      this.later(afterMs, {
        kind: 'response',
        status,
        url: url.href,
        headers: [],
        body: bytes,
      });
    });
  }

  /** It goes no further: the driver is told so, or waits in vain. */
  private break(): void {
    const { world } = this.network;
    if (world.random.chance(0.5)) this.later(world.delay(0.1, 1000), failed('reset', true));
  }

  private later(afterMs: number, outcome: Try): void {
    this.network.world.timeline.after(afterMs, this.life, () => this.end(outcome));
  }

  private end(outcome: Try): void {
    if (this.isOver) return;
    this.isOver = true;
    this.stopWaiting();
    const said = outcome.kind === 'response' ? `${outcome.status}` : outcome.failure;
    this.network.world.timeline.note('answer', this.hop.url.pathname, said);
    this.resolve(outcome);
  }
}

/** What programs put before the token of a callback. */
export const ADDRESS = 'http://sim.test';

/** Where a driver takes deliveries. */
export class Door implements Connector {
  readonly kind = HTTP_CALLBACK;
  readonly address = ADDRESS;
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

  /** One delivery; `taken` is called with whose it was before anybody else can know. */
  async post(
    url: string,
    body: string,
    taken: (run: string, effect: string) => void,
  ): Promise<Delivered> {
    const { host } = this;
    if (host === null) return 'unknown';
    const owner = await host.findToken(url.split('/').at(-1) ?? '');
    if (owner === null) return 'unknown';
    if (owner.abandoned) return 'abandoned';
    const bytes = new TextEncoder().encode(body);
    const answer = deliveryPlain({ method: 'POST', headers: [], body: bytes });
    const said = await host.answer(owner, answer);
    if (said === 'accepted') taken(owner.run, owner.effect);
    return said;
  }
}
