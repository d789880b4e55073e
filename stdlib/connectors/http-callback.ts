// The connector for HTTP callbacks: gives strangers a place to deliver what a run waits for.
//
//     POST /callback/<token>   200  it is the answer, and on disk
//                              400  it says it is JSON and is not; nothing has happened
//                              404  nobody knows this token
//                              409  another delivery was first
//                              410  nobody waits any more: given up, or the run has ended
//                              413  too large          415  encoded, which is not understood
//                              503  not now: the driver is stopping
//
// POST and PUT only: links in mails and chats are fetched by machines that nobody asked, so a GET
// must not answer for a person.
//
// Owns:      the port. Which token is whose, and who was first, the store knows: so callbacks made
//            before a restart are answered after it, on whatever process holds the port then.
//
// Invariants:
//
//   CB1. 200 is said after the delivery is on disk (CN2), and to one delivery of a token only (L6).
//   CB2. No more than bodyBytesMax of a body is kept, whatever its headers say.

import { Buffer } from 'node:buffer';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isFlowError } from '../../vm/bytecode/errors.ts';
import type { Connector, ConnectorHost, Outgoing } from '../../vm/engine/connector.ts';
import type { Delivered, EffectRef } from '../../vm/store/store.ts';
import { readJson } from '../natives/json-read.ts';
import { waitForQuiet } from './grace.ts';
import { deliveryPlain, HTTP_CALLBACK, isToken, type Pairs } from './http-messages.ts';

export interface HttpCallbackOptions {
  /** Where to listen. Port 0 takes one that is free. */
  readonly listen: { readonly host: string; readonly port: number };
  /** What strangers see instead, if they come through a proxy: `https://flows.example/hooks`. */
  readonly publicUrl?: string;
  readonly bodyBytesMax?: number;
  /** How long deliveries under way may take to end when the driver stops. */
  readonly graceMs?: number;
}

const BODY_BYTES_MAX = 1024 * 1024;
/**
 * Of a body that is not wanted so much is read and dropped before it is refused. Many clients write
 * all before they read a word, and would see no status but a broken connection, and try again.
 */
const DROPPED_BYTES_MAX = 64 * 1024 * 1024;
const GRACE_MS = 2_000;
/** A whole request must be here within this time. */
const REQUEST_MS_MAX = 60_000;
const HEADERS_MS_MAX = 10_000;
const CONNECTIONS_MAX = 10_000;
/** Containers in one another in a JSON body: what flow's own json reads. */
const JSON_DEPTH_MAX = 1000;

interface Reply {
  readonly status: number;
  readonly says: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const REPLIES: Readonly<Record<Delivered, Reply>> = {
  accepted: { status: 200, says: 'accepted' },
  already: { status: 409, says: 'answered already' },
  abandoned: { status: 410, says: 'nobody waits for this any more' },
  unknown: { status: 404, says: 'no such callback' },
};

export class HttpCallbackConnector implements Connector {
  readonly kind = HTTP_CALLBACK;
  private readonly options: HttpCallbackOptions;
  private readonly server: Server;
  private host: ConnectorHost | null = null;
  private isStopping = false;
  private underWay = 0;

  constructor(options: HttpCallbackOptions) {
    this.options = options;
    this.server = createServer((request, response) => void this.serve(request, response));
    this.server.requestTimeout = REQUEST_MS_MAX;
    this.server.headersTimeout = HEADERS_MS_MAX;
    this.server.maxConnections = CONNECTIONS_MAX;
  }

  /** The base of callback URLs, once it listens. */
  get address(): string | null {
    if (this.options.publicUrl !== undefined) return this.options.publicUrl.replace(/\/+$/, '');
    const bound = this.server.address();
    if (bound === null || typeof bound === 'string') return null;
    return `http://${hostText(bound)}:${bound.port}`;
  }

  async start(host: ConnectorHost): Promise<void> {
    this.host = host;
    const { listen } = this.options;
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(listen.port, listen.host, () => {
        this.server.removeListener('error', reject);
        resolve();
      });
    });
  }

  /** Nobody carries a callback out. */
  deliver(_out: Outgoing): Promise<void> {
    return Promise.resolve();
  }

  cancel(_out: EffectRef): void {}

  async stop(): Promise<void> {
    this.isStopping = true;
    const { host } = this;
    const closed = new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
    this.server.closeIdleConnections();
    if (host !== null) {
      const graceMs = this.options.graceMs ?? GRACE_MS;
      await waitForQuiet(host.clock, () => this.underWay > 0, graceMs);
    }
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.underWay++;
    try {
      const said = await this.handle(request);
      if (!this.isStopping) await dropBody(request);
      reply(response, said);
    } catch (error) {
      // The delivery is not on disk: whoever made it should try again.
      const isGone =
        isFlowError(error, 'FLOW_STORE_CLOSED') || isFlowError(error, 'FLOW_STORE_UNAVAILABLE');
      if (!isGone && !(error instanceof Cut)) response.destroy();
      else reply(response, UNAVAILABLE);
    } finally {
      this.underWay--;
    }
  }

  private async handle(request: IncomingMessage): Promise<Reply> {
    const { host } = this;
    if (host === null || this.isStopping) return UNAVAILABLE;
    const token = tokenOf(request.url ?? '');
    if (token === null) return REPLIES.unknown;
    if (request.method !== 'POST' && request.method !== 'PUT') {
      return { status: 405, says: 'POST or PUT it', headers: { allow: 'POST, PUT' } };
    }
    // Before the body is read: a stranger without a token has no claim to our memory.
    const owner = await host.findToken(token);
    if (owner === null) return REPLIES.unknown;
    if (owner.abandoned) return REPLIES.abandoned;
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      return { status: 415, says: `content-encoding ${encoding} is not understood` };
    }
    const bytesMax = this.options.bodyBytesMax ?? BODY_BYTES_MAX;
    const body = await readBody(request, bytesMax);
    if (body === null) return { status: 413, says: `more than ${bytesMax} bytes` };
    const problem = jsonProblem(request.headers['content-type'], body);
    if (problem !== null) return { status: 400, says: problem };
    const delivery = { method: request.method, headers: pairsOf(request.rawHeaders), body };
    const { run, effect } = owner;
    return REPLIES[await host.answer({ run, effect }, deliveryPlain(delivery))];
  }
}

const UNAVAILABLE: Reply = { status: 503, says: 'not now', headers: { 'retry-after': '1' } };

/** The host of an address that others can use: a wildcard is here. */
function hostText({ address, family }: AddressInfo): string {
  if (address === '0.0.0.0' || address === '::') return 'localhost';
  return family === 'IPv6' ? `[${address}]` : address;
}

/** The token in a path, whatever prefix a proxy has left before it. */
function tokenOf(target: string): string | null {
  const path = target.split(/[?#]/, 1)[0] ?? '';
  const token = /\/callback\/([^/]+)$/.exec(path)?.[1];
  return token !== undefined && isToken(token) ? token : null;
}

/** The sender went away before its request was whole. */
class Cut extends Error {}

/** A body of at most so many bytes; null if it is larger. */
async function readBody(request: IncomingMessage, bytesMax: number): Promise<Uint8Array | null> {
  const droppedMax = bytesMax + DROPPED_BYTES_MAX;
  if (Number(request.headers['content-length'] ?? 0) > droppedMax) return null;
  let chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes <= bytesMax) chunks.push(chunk);
      else chunks = [];
      if (bytes > droppedMax) return null;
    }
  } catch (cause) {
    throw new Cut('the request was cut off', { cause });
  }
  return bytes > bytesMax ? null : new Uint8Array(Buffer.concat(chunks));
}

/** What is left of a request whose answer is known already. */
async function dropBody(request: IncomingMessage): Promise<void> {
  if (request.complete) return;
  await readBody(request, 0).catch(() => {
    // Whoever has gone needs no answer.
  });
}

/** What is wrong with a body that says it is JSON. */
function jsonProblem(type: string | undefined, body: Uint8Array): string | null {
  const name = (type ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (body.length === 0 || !(name === 'application/json' || name.endsWith('+json'))) return null;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return 'the body is not UTF-8';
  }
  try {
    const read = readJson(text, { depthMax: JSON_DEPTH_MAX });
    return read.kind === 'value' ? null : `the body is no JSON: ${read.message} at ${read.at}`;
  } catch {
    // Too deep, or an int of too many digits: the program could not read it either.
    return 'the body is no JSON that can be read here';
  }
}

function pairsOf(raw: readonly string[]): Pairs {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    pairs.push([(raw[i] ?? '').toLowerCase(), raw[i + 1] ?? '']);
  }
  return pairs;
}

function reply(response: ServerResponse, { status, says, headers }: Reply): void {
  if (response.headersSent || response.destroyed) return;
  const body = `${JSON.stringify({ status: says })}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    // What is left of a request that was not read to its end goes with the connection.
    ...(response.req.complete ? {} : { connection: 'close' }),
    ...headers,
  });
  response.end(body);
  response.req.resume();
}
