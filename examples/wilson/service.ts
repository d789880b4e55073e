// Wilson's doors: an HTTP service that manages bare metal, or says it does.
//
//     POST /api/v3/host/{host}         {"stages": [...], "callbacks": [...]} → 201 {"job_id"}
//     GET  /api/v3/job/{id}            → {"job_id", "host", "stages", "done", "status"}
//     GET  /api/v3/job/{id}/status     → {"status": "PENDING" | "SUCCESS" | "FAILURE"}
//
//     GET  /admin/journal              every request and delivery so far
//     GET  /admin/faults   POST        what goes wrong; POST changes some of it
//     POST /admin/restart              forget everything but the files, be away for a moment
//
// Owns:      requests and answers. Talks to: store.ts (what is), work.ts (what happens).
//
// Invariants:
//
//   R1. One Idempotency-Key, one job: the same key with the same body gets the same answer again;
//       with another body it gets 422, and nothing happens.
//   R2. Every request to /api is in the journal once, with what became of it, also when the
//       connection was cut.
//   R3. After a restart the port is the same, and every job goes on.

import { createHash } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

import { NO_FAULTS, readFaults, take, type Faults } from './faults.ts';
import { WilsonStore, type Job } from './store.ts';
import { Work } from './work.ts';

export interface WilsonOptions {
  readonly directory: string;
  readonly host?: string; // default: 127.0.0.1
  readonly port?: number; // default: one that is free
  readonly stageMs?: number; // how long each stage of a job takes; default: 200
  readonly faults?: Partial<Faults>;
  readonly now?: () => number;
}

const BODY_BYTES_MAX = 1_048_576;

/** What is sent back; null cuts the connection. */
type Answer = { readonly status: number; readonly body: unknown } | null;

export class Wilson {
  readonly faults: Faults;
  private readonly options: Required<Omit<WilsonOptions, 'faults'>>;
  private store: WilsonStore;
  private work: Work;
  private server: Server;
  private port = 0;
  private closed = false;
  private restarting: Promise<void> = Promise.resolve();

  private constructor(options: WilsonOptions) {
    this.options = {
      host: '127.0.0.1',
      port: 0,
      stageMs: 200,
      now: () => Date.now(),
      ...options,
    };
    this.faults = { ...NO_FAULTS, ...options.faults };
    this.store = new WilsonStore(this.options.directory);
    this.work = this.newWork();
    this.server = this.newServer();
  }

  /** Open the port and take up the jobs on disk. */
  static async start(options: WilsonOptions): Promise<Wilson> {
    const wilson = new Wilson(options);
    await wilson.listen(wilson.options.port);
    wilson.work.start();
    return wilson;
  }

  get url(): string {
    return `http://${this.options.host}:${this.port}`;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.restarting;
    await this.shut();
  }

  /** Lose all memory and connections, be away for `downMs`, and come back from the files (R3). */
  restart(): Promise<void> {
    this.restarting = this.restarting.then(async () => {
      if (this.closed) return;
      await this.shut();
      await pause(this.faults.downMs);
      this.store = new WilsonStore(this.options.directory);
      this.work = this.newWork();
      this.server = this.newServer();
      await this.listen(this.port);
      this.work.start();
    });
    return this.restarting;
  }

  private newWork(): Work {
    return new Work({
      store: this.store,
      faults: this.faults,
      stageMs: this.options.stageMs,
      now: this.options.now,
      restart: () => void this.restart(),
    });
  }

  private newServer(): Server {
    return createServer((request, response) => {
      this.handle(request, response).catch((error: unknown) => {
        // A client that goes away is no mistake of ours; anything else must be seen.
        if (request.socket.destroyed) return;
        response.writeHead(500).end(`${error instanceof Error ? error.stack : String(error)}\n`);
      });
    });
  }

  private async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, this.options.host, resolve);
    });
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('no TCP port');
    this.port = address.port;
  }

  private async shut(): Promise<void> {
    this.work.stop();
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    this.server.closeAllConnections();
    await closed;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://wilson').pathname;
    const body = await readBody(request);
    if (body === null) {
      send(response, { status: 413, body: { error: `at most ${BODY_BYTES_MAX} bytes` } });
      return;
    }
    if (path.startsWith('/admin/')) {
      send(response, this.admin(request.method ?? '', path, body));
      return;
    }
    const { store } = this;
    if (this.faults.slowMs > 0) await pause(this.faults.slowMs);
    if (store !== this.store) return; // wilson died meanwhile, and this request with it
    const key = header(request, 'idempotency-key');
    const answer = this.api(request.method ?? '', path, body, key);
    this.store.note({
      kind: 'request',
      atMs: this.options.now(),
      method: request.method ?? '',
      path,
      key,
      bodyHash: hash(body),
      outcome: answer?.status ?? 'reset',
    });
    send(response, answer);
  }

  private api(method: string, path: string, body: string, key: string | null): Answer {
    if (take(this.faults, 'errors')) return { status: 500, body: { error: 'out of order' } };
    const [, host] = /^\/api\/v3\/host\/([^/]+)$/.exec(path) ?? [];
    if (host !== undefined) {
      if (method !== 'POST') return { status: 405, body: { error: 'POST' } };
      return this.createJob(decode(host), body, key);
    }
    const [, id, status] = /^\/api\/v3\/job\/([^/]+)(\/status)?$/.exec(path) ?? [];
    if (id === undefined) return { status: 404, body: { error: `nothing at ${path}` } };
    if (method !== 'GET') return { status: 405, body: { error: 'GET' } };
    const job = this.store.get(decode(id));
    if (job === undefined) return { status: 404, body: { error: `no job '${decode(id)}'` } };
    return { status: 200, body: status === undefined ? shown(job) : { status: job.status } };
  }

  private createJob(host: string, body: string, key: string | null): Answer {
    const asked = readJob(body);
    if (typeof asked === 'string') return { status: 400, body: { error: asked } };
    const bodyHash = hash(`${host}\n${body}`);
    const known = key === null ? undefined : this.store.madeUnder(key);
    if (known !== undefined && known.bodyHash !== bodyHash) {
      return { status: 422, body: { error: 'this key was used for another request' } };
    }
    const job = known ?? this.make({ host, ...asked, key, bodyHash });
    if (take(this.faults, 'resets')) return null;
    return { status: 201, body: { job_id: job.id } };
  }

  private make(fields: Pick<Job, 'host' | 'stages' | 'callbacks' | 'key' | 'bodyHash'>): Job {
    const dueMs = this.options.now() + this.options.stageMs;
    const job = this.store.create({ ...fields, dueMs });
    this.work.begin(job);
    return job;
  }

  private admin(method: string, path: string, body: string): Answer {
    switch (`${method} ${path}`) {
      case 'GET /admin/journal':
        return { status: 200, body: this.store.journal() };
      case 'GET /admin/faults':
        return { status: 200, body: this.faults };
      case 'POST /admin/faults': {
        const change = readFaults(readJson(body));
        if (typeof change === 'string') return { status: 400, body: { error: change } };
        Object.assign(this.faults, change);
        return { status: 200, body: this.faults };
      }
      case 'POST /admin/restart':
        // Answered first: the connection is among those that will be cut.
        setImmediate(() => void this.restart());
        return { status: 202, body: {} };
      default:
        return { status: 404, body: { error: `nothing at ${path}` } };
    }
  }
}

/** A job as the API shows it. */
function shown(job: Job): object {
  const { id, host, stages, done, status } = job;
  return { job_id: id, host, stages, done, status };
}

function readJob(body: string): { stages: string[]; callbacks: string[] } | string {
  const asked = readJson(body);
  if (typeof asked !== 'object' || asked === null) return 'a job is a JSON object';
  const stages: unknown = 'stages' in asked ? asked.stages : undefined;
  const callbacks: unknown = 'callbacks' in asked ? asked.callbacks : [];
  if (!isTexts(stages) || stages.length === 0) return "'stages' is a list of at least one name";
  if (!isTexts(callbacks) || !callbacks.every((url) => /^https?:\/\//.test(url))) {
    return "'callbacks' is a list of http URLs";
  }
  return { stages, callbacks };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** JSON, or undefined for what is none. */
function readJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) throw new Error('a request without an encoding gives buffers');
    bytes += part.length;
    if (bytes > BODY_BYTES_MAX) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function send(response: ServerResponse, answer: Answer): void {
  if (answer === null) {
    response.socket?.resetAndDestroy();
    return;
  }
  const text = JSON.stringify(answer.body);
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
}

function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
