// The service that the program of writes.flow calls: it acts once for each Idempotency-Key, as real
// ones do, answers a key it knows as it did before, and keeps a ledger of what it did.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** What one key was seen with. */
export interface Acted {
  readonly path: string;
  readonly body: string;
  /** How often the request came. */
  times: number;
}

/** How long to wait before a callback that nobody took is made again. */
const AGAIN_MS = 15;

export class Service {
  /** By Idempotency-Key. */
  ledger = new Map<string, Acted>();
  /** Callbacks that were taken. */
  taken = 0;
  readonly wrong: string[] = [];
  private readonly server: Server;
  private closed = false;

  private constructor() {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  static async start(): Promise<Service> {
    const service = new Service();
    service.server.listen(0, '127.0.0.1');
    await once(service.server, 'listening');
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Forget all that was. */
  begin(): void {
    this.ledger = new Map();
    this.taken = 0;
  }

  close(): void {
    this.closed = true;
    this.server.close();
    this.server.closeAllConnections();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { ledger } = this;
    const pieces: Buffer[] = [];
    try {
      for await (const piece of request) pieces.push(piece as Buffer);
    } catch {
      // Who sent it has died on the way.
      return;
    }
    const path = request.url ?? '';
    const body = Buffer.concat(pieces).toString();
    const key = String(request.headers['idempotency-key']);
    const before = ledger.get(key);
    if (before === undefined) {
      ledger.set(key, { path, body, times: 1 });
      const { notify } = JSON.parse(body) as { readonly notify?: string };
      if (notify !== undefined) void this.notify(notify, ledger);
    } else {
      before.times++;
      if (before.path !== path || before.body !== body) {
        this.wrong.push(`key ${key} came with ${before.path} and with ${path}, or another body`);
      }
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ acted: path }));
  }

  /** Make a callback until somebody answers: the receiver may be dead just now. */
  private async notify(url: string, ledger: ReadonlyMap<string, Acted>): Promise<void> {
    while (!this.closed && this.ledger === ledger) {
      try {
        const headers = { 'content-type': 'application/json' };
        const { status } = await fetch(url, { method: 'POST', headers, body: '"yes"' });
        if (status === 200) this.taken++;
        if (status === 200 || status === 409) return;
      } catch {
        // Nobody listens.
      }
      await pause(AGAIN_MS);
    }
  }
}
