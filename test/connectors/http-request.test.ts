// The HTTP request connector against real servers on this host.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcp } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Plain } from '../../vm/bytecode/codec.ts';
import type { ConnectorHost, Outgoing } from '../../vm/engine/connector.ts';
import { readHttpAnswer, type HttpAnswer } from '../../stdlib/connectors/http-messages.ts';
import { HttpRequestConnector } from '../../stdlib/connectors/http-request.ts';
import { realClock } from '../engine/real.ts';

/** What the connector has told its host, in order. */
interface Told {
  answers: HttpAnswer[];
  begun: number;
  retries: { attempt: number; because: Plain; inMs: number }[];
}

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(
  handler: Handler,
): Promise<{ url: string; server: Server; count: () => number }> {
  let count = 0;
  const server = createServer((request, response) => handler(request, response, ++count));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, server, count: () => count };
}

async function connector(
  options: ConstructorParameters<typeof HttpRequestConnector>[0] = {},
): Promise<{ http: HttpRequestConnector; told: Told }> {
  const told: Told = { answers: [], begun: 0, retries: [] };
  const host: ConnectorHost = {
    clock: realClock,
    begin: () => Promise.resolve(++told.begun),
    retry: (_out, attempt, because, atMs) => {
      told.retries.push({ attempt, because, inMs: atMs - Date.now() });
      return Promise.resolve();
    },
    answer: (_out, answer) => {
      told.answers.push(readHttpAnswer(answer));
      return Promise.resolve('accepted');
    },
    findToken: () => Promise.resolve(null),
  };
  const http = new HttpRequestConnector({ graceMs: 0, ...options });
  await http.start(host);
  closers.push(() => http.stop());
  return { http, told };
}

interface Asked {
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
  readonly timeoutMs?: number;
  readonly retries?: number;
  readonly idempotent?: boolean;
  readonly redirects?: boolean;
  readonly out?: Partial<Outgoing>;
}

function outgoing(method: string, url: string, asked: Asked = {}): Outgoing {
  const { headers = [], body, timeoutMs = 5000, retries = 0, idempotent = null } = asked;
  const bytes = body === undefined ? null : new TextEncoder().encode(body);
  const { redirects = true } = asked;
  return {
    run: 'r',
    effect: 'e1',
    kind: 'http.request',
    request: [1, method, url, headers, bytes, timeoutMs, retries, idempotent, redirects],
    key: 'key-1',
    attempts: 0,
    noted: null,
    isUncertain: false,
    isForeign: false,
    ...asked.out,
  };
}

async function ask(method: string, url: string, asked: Asked = {}): Promise<Told> {
  const { http, told } = await connector();
  await http.deliver(outgoing(method, url, asked));
  return told;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

describe('a request', () => {
  test('arrives as asked, with its key', async () => {
    const { url } = await serve((request, response) => {
      void textOf(request).then((body) => {
        response.writeHead(201, { 'X-Two': ['a', 'b'], 'content-type': 'text/plain' });
        const { headers, method } = request;
        response.end(JSON.stringify({ method, url: request.url, headers, body }));
      });
    });
    const told = await ask('POST', `${url}/a/b?c=1&d=%20`, {
      headers: [
        ['content-type', 'application/json'],
        ['x-mine', 'yes'],
        ['connection', 'close'],
        ['content-length', '999'],
      ],
      body: '{"é": 1}',
    });
    const [answer] = told.answers;
    if (answer?.kind !== 'response') throw new Error(JSON.stringify(told));
    expect(answer.status).toBe(201);
    expect(answer.url).toBe(`${url}/a/b?c=1&d=%20`);
    expect(answer.headers).toContainEqual(['content-type', 'text/plain']);
    expect(answer.headers.filter(([name]) => name === 'x-two').length).toBeGreaterThan(0);
    const seen = JSON.parse(new TextDecoder().decode(answer.body)) as {
      method: string;
      url: string;
      headers: Record<string, string>;
      body: string;
    };
    expect(seen).toMatchObject({
      method: 'POST',
      url: '/a/b?c=1&d=%20',
      body: '{"é": 1}',
      headers: {
        'idempotency-key': 'key-1',
        'content-type': 'application/json',
        'content-length': '9',
        'x-mine': 'yes',
        'user-agent': 'flowmetal',
      },
    });
    expect(told.begun).toBe(1);
  });

  test('says who asks, if its URL does', async () => {
    const { url } = await serve((request, response) => {
      response.end(request.headers.authorization ?? 'nobody');
    });
    const asked = url.replace('//', '//us%20er:p%40ss@');
    const told = await ask('GET', asked);
    const basic = `Basic ${Buffer.from('us er:p@ss').toString('base64')}`;
    expect(told.answers).toMatchObject([{ url: `${url}/`, body: new TextEncoder().encode(basic) }]);
    const own = await ask('GET', asked, { headers: [['Authorization', 'mine']] });
    expect(own.answers).toMatchObject([{ body: new TextEncoder().encode('mine') }]);
  });

  test("keeps the program's own Idempotency-Key", async () => {
    const { url } = await serve((request, response) =>
      response.end(String(request.headers['idempotency-key'])),
    );
    const told = await ask('POST', url, { headers: [['Idempotency-Key', 'mine']] });
    expect(new TextDecoder().decode((told.answers[0] as { body: Uint8Array }).body)).toBe('mine');
  });

  test('that nobody wants any more is not sent', async () => {
    const { url, count } = await serve((_request, response) => response.end());
    const { http } = await connector();
    await http.start({
      clock: realClock,
      begin: () => Promise.resolve(null),
      retry: () => Promise.reject(new Error('no')),
      answer: () => Promise.reject(new Error('no')),
      findToken: () => Promise.resolve(null),
    });
    await http.deliver(outgoing('GET', url));
    expect(count()).toBe(0);
  });

  test('that is no request is answered as invalid, and nothing is sent', async () => {
    for (const request of [null, [], [1, 'GET'], [2, 'GET', 'http://a.test/'], 'x'] as Plain[]) {
      const { http, told } = await connector();
      await http.deliver({ ...outgoing('GET', 'http://a.test/'), request });
      expect(told).toMatchObject({ begun: 0, answers: [{ kind: 'failed', failure: 'invalid' }] });
    }
    for (const url of ['ftp://a.test/', 'file:///etc/passwd', 'http://', '/x', 'javascript:1']) {
      expect(await ask('GET', url)).toMatchObject({ begun: 0, answers: [{ failure: 'invalid' }] });
    }
  });
});

describe('connections', () => {
  test('are shared by requests that may be sent twice, and not by others', async () => {
    const ports: (number | undefined)[] = [];
    const { url } = await serve((request, response) => {
      ports.push(request.socket.remotePort);
      response.end();
    });
    const { http, told } = await connector();
    for (let i = 0; i < 8; i++) await http.deliver(outgoing(i % 2 === 0 ? 'GET' : 'PUT', url));
    const shared = new Set(ports).size;
    expect(shared).toBeLessThanOrEqual(2);
    for (let i = 0; i < 4; i++) {
      await http.deliver(outgoing('POST', url, { out: { attempts: told.begun } }));
    }
    expect(new Set(ports).size).toBe(shared + 4);
  });

  test('closed by the other side while idle cost a safe request one more try at most', async () => {
    const { url, server } = await serve((_request, response) => response.end('x'));
    const { http, told } = await connector();
    await http.deliver(outgoing('GET', url, { retries: 3 }));
    server.closeAllConnections();
    await http.deliver(outgoing('GET', url, { retries: 3 }));
    expect(told.answers.length + told.retries.length).toBe(2);
  });
});

describe('failures', () => {
  test('nobody listens: nothing was sent, and it is put off', async () => {
    const { url, server } = await serve(() => {});
    await new Promise((resolve) => server.close(resolve));
    for (const method of ['GET', 'POST']) {
      const told = await ask(method, url, { retries: 2 });
      expect(told.answers).toEqual([]);
      expect(told.retries).toMatchObject([{ attempt: 1, because: ['connection refused', 1] }]);
      expect(told.retries[0]?.inMs).toBeGreaterThan(300);
    }
    expect(await ask('POST', url)).toMatchObject({ answers: [{ failure: 'refused' }] });
  });

  test('no such host', async () => {
    const told = await ask('GET', 'http://no-such-host.invalid/');
    expect(told.answers).toMatchObject([{ kind: 'failed', failure: 'connection' }]);
  });

  test('cut off after it was sent: again if that is safe, else uncertain', async () => {
    const { url } = await serve((request) => request.socket.destroy());
    expect(await ask('GET', url, { retries: 1 })).toMatchObject({ retries: [{ attempt: 1 }] });
    expect(await ask('POST', url, { retries: 1 })).toMatchObject({
      retries: [],
      answers: [{ failure: 'uncertain' }],
    });
    expect(await ask('POST', url, { retries: 1, idempotent: true })).toMatchObject({
      retries: [{ attempt: 1 }],
    });
  });

  test('no answer within the time of a try', async () => {
    const { url } = await serve(() => {});
    expect(await ask('GET', url, { timeoutMs: 50 })).toMatchObject({
      answers: [{ failure: 'timeout' }],
    });
    expect(await ask('POST', url, { timeoutMs: 50 })).toMatchObject({
      answers: [{ failure: 'uncertain' }],
    });
  });

  test('the time of a try covers the body, too', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200);
      response.write('begun');
    });
    expect(await ask('GET', url, { timeoutMs: 80 })).toMatchObject({
      answers: [{ failure: 'timeout' }],
    });
  });

  test('what does not speak HTTP', async () => {
    const tcp = createTcp((socket) => socket.end('what do you want?\n'));
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    closers.push(() => void tcp.close());
    const { port } = tcp.address() as AddressInfo;
    const told = await ask('GET', `http://127.0.0.1:${port}/`);
    expect(told.answers).toMatchObject([{ kind: 'failed', failure: 'connection' }]);
  });

  test('a server without TLS where TLS is asked for', async () => {
    const { url } = await serve((_request, response) => response.end());
    const told = await ask('GET', url.replace('http:', 'https:'));
    expect(told.answers).toMatchObject([
      { failure: 'connection', message: expect.stringMatching(/no TLS: wrong version number$/) },
    ]);
  });

  test('answers that are large together are read one after the other', async () => {
    const size = 400_000;
    const { url } = await serve((_request, response) => response.end(Buffer.alloc(size, 'x')));
    const { http, told } = await connector({ bodyBytesMax: size, heldBytesMax: size + 100_000 });
    const all = Array.from({ length: 12 }, (_, i) =>
      http.deliver(outgoing('GET', url, { out: { effect: `e${i}` } })),
    );
    await Promise.all(all);
    expect(told.answers.map((answer) => ('body' in answer ? answer.body.length : null))).toEqual(
      Array.from({ length: 12 }, () => size),
    );
  });

  test('an answer that is too large', async () => {
    const { url } = await serve((_request, response) => response.end('x'.repeat(2000)));
    const { http, told } = await connector({ bodyBytesMax: 1000 });
    await http.deliver(outgoing('POST', url, { retries: 5 }));
    expect(told).toMatchObject({ retries: [], answers: [{ failure: 'too-large' }] });
    const exact = await connector({ bodyBytesMax: 2000 });
    await exact.http.deliver(outgoing('POST', url));
    expect(exact.told.answers).toMatchObject([{ kind: 'response', status: 200 }]);
  });

  test('turned away with Retry-After: again, whatever it is', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(503, { 'retry-after': '2' });
      response.end();
    });
    const told = await ask('POST', url, { retries: 1 });
    expect(told.retries).toMatchObject([{ attempt: 1, because: ['status 503', 1] }]);
    expect(told.retries[0]?.inMs).toBeGreaterThan(1500);
  });
});

describe('after a crash', () => {
  const lost = { isUncertain: true, attempts: 1 };

  test('a safe request whose try has no known end is sent again', async () => {
    const { url, count } = await serve((_request, response) => response.end());
    const told = await ask('GET', url, { retries: 3, out: lost });
    expect(told.answers).toMatchObject([{ kind: 'response' }]);
    expect(count()).toBe(1);
  });

  test('tries that failed before are counted, those cut off are not', async () => {
    const { url } = await serve((request) => request.socket.destroy());
    const out = { isUncertain: true, attempts: 9, noted: ['', 2] };
    const told = await ask('GET', url, { retries: 3, out });
    expect(told.retries).toMatchObject([{ because: [expect.any(String), 3] }]);
    expect(told.retries[0]?.inMs).toBeGreaterThan(1500);
    const last = await ask('GET', url, { retries: 3, out: { ...out, noted: ['', 3] } });
    expect(last.answers).toMatchObject([{ kind: 'failed', failure: 'reset' }]);
  });

  test('another is not, and uncertain', async () => {
    const { url, count } = await serve((_request, response) => response.end());
    const told = await ask('POST', url, { retries: 3, out: lost });
    expect(told.answers).toMatchObject([{ failure: 'uncertain' }]);
    expect([count(), told.begun]).toEqual([0, 0]);
  });

  test('another that a second driver has begun meanwhile is not sent, and uncertain', async () => {
    const { url, count } = await serve((_request, response) => response.end());
    const { http, told } = await connector();
    told.begun = 1;
    await http.deliver(outgoing('POST', url));
    expect(told.answers).toMatchObject([{ failure: 'uncertain' }]);
    await http.deliver(outgoing('GET', url));
    expect([count(), told.begun]).toEqual([1, 3]);
  });
});

describe('redirects', () => {
  test('are followed by GET, and secrets do not go with them to another place', async () => {
    const second = await serve((request, response) =>
      response.end(JSON.stringify(request.headers)),
    );
    const first = await serve((request, response) => {
      const here = request.url === '/one' ? '/two' : `${second.url}/three`;
      response.writeHead(302, { location: here });
      response.end();
    });
    const told = await ask('GET', `${first.url}/one`, {
      headers: [
        ['authorization', 'secret'],
        ['x-mine', 'kept'],
      ],
    });
    const [answer] = told.answers;
    if (answer?.kind !== 'response') throw new Error(JSON.stringify(told));
    expect(answer.url).toBe(`${second.url}/three`);
    const headers = JSON.parse(new TextDecoder().decode(answer.body)) as Record<string, string>;
    expect(headers).toMatchObject({ 'x-mine': 'kept' });
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('idempotency-key');
  });

  test('are answers to POST, and where the program says so', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(303, { location: '/elsewhere' });
      response.end();
    });
    expect(await ask('POST', url)).toMatchObject({ answers: [{ status: 303 }] });
    expect(await ask('GET', url, { redirects: false })).toMatchObject({
      answers: [{ status: 303 }],
    });
  });

  test('in circles come to an end', async () => {
    const { url, count } = await serve((_request, response) => {
      response.writeHead(302, { location: '/again' });
      response.end();
    });
    const told = await ask('GET', url);
    expect(told.answers).toMatchObject([{ kind: 'failed', failure: 'invalid' }]);
    expect(count()).toBe(11);
  });

  test('to what is not HTTP are answers', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(302, { location: 'file:///etc/passwd' });
      response.end();
    });
    expect(await ask('GET', url)).toMatchObject({ answers: [{ status: 302 }] });
  });
});

describe('calling off', () => {
  test('ends a request at once, with no answer', async () => {
    const { url } = await serve(() => {});
    const { http, told } = await connector();
    const delivery = http.deliver(outgoing('GET', url, { timeoutMs: 60_000, retries: 9 }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    http.cancel({ run: 'r', effect: 'e1' });
    await delivery;
    expect(told).toMatchObject({ begun: 1, answers: [], retries: [] });
  });

  test('stopping waits a moment for what is under way', async () => {
    const { url } = await serve((_request, response) => {
      setTimeout(() => response.end('done'), 100);
    });
    const { http, told } = await connector({ graceMs: 3000 });
    const delivery = http.deliver(outgoing('POST', url));
    await new Promise((resolve) => setTimeout(resolve, 30));
    await http.stop();
    await delivery;
    expect(told.answers).toMatchObject([{ kind: 'response', status: 200 }]);
  });

  test('stopping cuts off what takes longer, and leaves its end unknown', async () => {
    const { url } = await serve(() => {});
    const { http, told } = await connector({ graceMs: 50 });
    const delivery = http.deliver(outgoing('POST', url, { timeoutMs: 60_000 }));
    await new Promise((resolve) => setTimeout(resolve, 30));
    await http.stop();
    await delivery;
    expect(told).toMatchObject({ begun: 1, answers: [], retries: [] });
  });
});
