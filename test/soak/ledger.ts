// The service of the soak test: it writes each line once, by its key, and is no good to talk to.
//
//     POST /lines/RUN/LINE   201 and written, if its Idempotency-Key is new
//     POST /calls            { url, n }: posts { n } to the URL a little later, or forgets it
//     GET  /more             { more }: whether runs shall go on
//
// Owns: what was written, and under which keys. Answers get lost, come late or are errors, before
// or after the line was written.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

const ANSWER_MS_MAX = 20;
const CALL_MS_MAX = 100;
/** Tries of a call, and the pause between two: whom it calls may just have been killed. */
const CALLS_MAX = 40;
const CALL_PAUSE_MS = 250;

type Fate = 'done' | 'lost before' | 'lost after' | 'error before' | 'error after';

export class Ledger {
  more = true;
  /** Lines as they were written, by run: with how many keys each. */
  readonly written = new Map<string, Map<string, number>>();
  private readonly keys = new Set<string>();
  private readonly random: () => number;
  private server: Server | null = null;
  private address = '';
  private isClosed = false;
  requests = 0;

  constructor(random: () => number) {
    this.random = random;
  }

  async start(): Promise<string> {
    const server = createServer((asked, answer) => void this.serve(asked, answer));
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return (this.address = `http://127.0.0.1:${address.port}`);
  }

  get url(): string {
    return this.address;
  }

  close(): void {
    this.isClosed = true;
    this.server?.closeAllConnections();
    this.server?.close();
  }

  private fate(): Fate {
    const drawn = this.random();
    if (drawn < 0.02) return 'lost before';
    if (drawn < 0.05) return 'lost after';
    if (drawn < 0.06) return 'error before';
    return drawn < 0.08 ? 'error after' : 'done';
  }

  private async serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    this.requests++;
    const body = await textOf(asked);
    await pause(this.random() * ANSWER_MS_MAX);
    const fate = this.fate();
    const does = !fate.endsWith('before');
    const [, what, run = '', line = ''] = (asked.url ?? '').split('/');
    if (does && what === 'lines') this.write(run, line, String(asked.headers['idempotency-key']));
    if (does && what === 'calls') void this.call(JSON.parse(body) as Call);
    if (fate.startsWith('lost')) asked.socket.destroy();
    else if (fate.startsWith('error')) answer.writeHead(500).end();
    else answer.writeHead(201).end(JSON.stringify({ more: this.more }));
  }

  private write(run: string, line: string, key: string): void {
    if (this.keys.has(key)) return;
    this.keys.add(key);
    const lines = this.written.get(run) ?? new Map<string, number>();
    this.written.set(run, lines);
    lines.set(line, (lines.get(line) ?? 0) + 1);
  }

  private async call({ url, n }: Call): Promise<void> {
    await pause(this.random() * CALL_MS_MAX);
    if (this.random() < 0.05) return;
    for (let i = 0; i < CALLS_MAX && !this.isClosed; i++) {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ n });
      const status = await fetch(url, { method: 'POST', headers, body }).then(
        (response) => response.status,
        () => 0,
      );
      // 409 and 410: it has been called, or does not wait any more.
      if (status > 0 && status < 500) return;
      await pause(CALL_PAUSE_MS);
    }
  }
}

interface Call {
  readonly url: string;
  readonly n: number;
}

async function textOf(message: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of message) text += String(chunk);
  return text;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
