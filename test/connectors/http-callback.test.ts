// The HTTP callback connector: real requests to a real port, runs in a store in memory.

import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { HttpCallbackConnector } from '../../stdlib/connectors/http-callback.ts';
import type { Driver } from '../../vm/engine/driver.ts';
import { MemoryDisk } from '../../vm/store/memory-disk.ts';
import { openMemoryStore } from '../../vm/store/memory.ts';
import type { Store } from '../../vm/store/store.ts';
import { openReal } from '../engine/real.ts';
import { compileText } from '../engine/sim.ts';

const PROGRAM = compileText(`
from flow.http import callback
cb = callback.new()
print(cb.url)
value = await cb.event
print(repr(value), cb.request.method, cb.request.headers.get("x-mine"))
`);

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Waiting {
  readonly driver: Driver;
  readonly store: Store;
  readonly url: string;
  readonly run: string;
  readonly lines: string[];
}

interface Options {
  readonly disk?: MemoryDisk;
  readonly port?: number;
  readonly publicUrl?: string;
  readonly bodyBytesMax?: number;
}

async function open(
  options: Options = {},
): Promise<{ driver: Driver; store: Store; lines: string[]; connector: HttpCallbackConnector }> {
  const { disk = new MemoryDisk(), port = 0, ...more } = options;
  const connector = new HttpCallbackConnector({
    listen: { host: '127.0.0.1', port },
    graceMs: 200,
    ...more,
  });
  const lines: string[] = [];
  const create = { id: 'store-1', atMs: Date.now() };
  const { driver, store } = await openReal([connector], {
    store: await openMemoryStore({ home: 'here', create }, disk),
    events: { output: ({ stdout }) => void lines.push(...stdout.trimEnd().split('\n')) },
  });
  closers.push(() => driver.close());
  return { driver, store, lines, connector };
}

/** A run that waits for its callback. */
async function waiting(options: Options = {}): Promise<Waiting> {
  const { driver, store, lines } = await open(options);
  const { run } = await driver.start({ program: PROGRAM });
  await driver.settled();
  return { driver, store, run, lines, url: lines[0] ?? '' };
}

async function post(
  url: string,
  body: string | Uint8Array,
  headers: Record<string, string> = { 'content-type': 'application/json' },
  method = 'POST',
): Promise<number> {
  const response = await fetch(url, { method, headers, body });
  await response.text();
  return response.status;
}

describe('a delivery', () => {
  test('is taken once: 200, then 409', async () => {
    const { url, run, driver, lines } = await waiting();
    const ended = driver.ended(run);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback\/[A-Za-z0-9_-]{32}$/);
    expect(await post(url, '{"a": [1, 2.5, "é"]}')).toBe(200);
    expect(await post(url, '2')).toBe(409);
    await ended;
    expect(lines[1]).toBe("{'a': [1, 2.5, 'é']} POST None");
    expect(await post(url, '3')).toBe(409);
  });

  test('of many at once exactly one is taken', async () => {
    const { url } = await waiting();
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => post(url, String(i))));
    expect(all.filter((status) => status === 200).length).toBe(1);
    expect(all.filter((status) => status === 409).length).toBe(19);
  });

  test.each([
    ['application/json', '{"a": null}', "{'a': None}"],
    ['application/problem+json; charset=utf-8', '[]', '[]'],
    ['text/plain; charset=latin-1', Uint8Array.of(0xe9), "'é'"],
    ['application/octet-stream', Uint8Array.of(0, 255), "b'\\x00\\xff'"],
    ['application/x-www-form-urlencoded', 'a=1', "'a=1'"],
    ['application/json', '', 'None'],
  ])('of %s %j is %s', async (type, body, shown) => {
    const { url, run, driver, lines } = await waiting();
    const ended = driver.ended(run);
    expect(await post(url, body, { 'content-type': type, 'x-mine': 'yes' }, 'PUT')).toBe(200);
    await ended;
    expect(lines[1]).toBe(`${shown} PUT yes`);
  });

  test('without a type is JSON, text or bytes, as it can be read', async () => {
    for (const [body, shown] of [
      ['[1]', '[1]'],
      ['hello there', "'hello there'"],
      [Uint8Array.of(255, 254), "b'\\xff\\xfe'"],
    ] as const) {
      const { url, run, driver, lines } = await waiting();
      const ended = driver.ended(run);
      const status = await new Promise<number>((resolve, reject) => {
        const sent = httpRequest(url, { method: 'POST' }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        sent.on('error', reject);
        sent.end(body);
      });
      expect(status).toBe(200);
      await ended;
      expect(lines[1]).toBe(`${shown} POST None`);
    }
  });
});

describe('what is turned away', () => {
  test('an unknown token, or no token', async () => {
    const { url } = await waiting();
    const base = new URL(url).origin;
    for (const path of [
      '/',
      '/callback/',
      `/callback/${'x'.repeat(32)}`,
      '/callback/short',
      `/callback/${'x'.repeat(500)}`,
      '/callback/..%2f..%2fetc',
      `${new URL(url).pathname}/more`,
    ]) {
      expect(await post(base + path, '1')).toBe(404);
    }
  });

  test('a callback of a run that has ended or was cancelled', async () => {
    const { url, run, driver } = await waiting();
    const ended = driver.ended(run);
    await driver.cancel(run);
    await ended;
    expect(await post(url, '1')).toBe(410);
  });

  test('a body that says it is JSON and is not, and the next one is taken', async () => {
    const { url } = await waiting();
    for (const bad of ['{', '{"a": 1} x', Uint8Array.of(0x22, 0xff, 0x22), '['.repeat(5000)]) {
      expect(await post(url, bad)).toBe(400);
    }
    expect(await post(url, '"good"')).toBe(200);
  });

  test('a body beyond the limit, said or not said; one at the limit is taken', async () => {
    const { url } = await waiting({ bodyBytesMax: 100 });
    const plain = { 'content-type': 'text/plain' };
    expect(await post(url, 'x'.repeat(101), plain)).toBe(413);
    const chunked = await new Promise<number>((resolve) => {
      const sent = httpRequest(url, { method: 'POST', headers: plain }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on('error', () => resolve(-1));
      for (let i = 0; i < 50; i++) sent.write('x'.repeat(10));
      sent.end();
    });
    expect(chunked).toBe(413);
    expect(await post(url, 'x'.repeat(100), plain)).toBe(200);
  });

  test('is refused so that a client sees it that writes all before it reads', async () => {
    const { url } = await waiting();
    const { pathname, port, hostname } = new URL(url);
    const bytes = 8 * 1024 * 1024;
    const said = async (path: string): Promise<string> =>
      await new Promise((resolve) => {
        const socket = connect(Number(port), hostname);
        let text = '';
        socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${bytes}\r\n\r\n`);
        socket.write(new Uint8Array(bytes), (error) => {
          if (error != null) text = error.message;
          socket.on('data', (chunk: Buffer) => {
            text += chunk.toString('latin1');
            socket.end();
          });
        });
        socket.on('error', (error) => resolve(error.message));
        socket.on('close', () => resolve(text));
      });
    expect(await said(pathname)).toMatch(/^HTTP\/1\.1 413 /);
    expect(await said(pathname.slice(0, -1))).toMatch(/^HTTP\/1\.1 404 /);
  });

  test('GET and others, which machines send without being asked', async () => {
    const { url } = await waiting();
    for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS']) {
      const response = await fetch(url, { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, PUT']);
    }
    expect(await post(url, '1')).toBe(200);
  });

  test('an encoded body', async () => {
    const { url } = await waiting();
    expect(await post(url, 'x', { 'content-encoding': 'gzip' })).toBe(415);
  });

  test('a request that breaks off in the middle changes nothing', async () => {
    const { url } = await waiting();
    const { port, pathname, hostname } = new URL(url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(
          `POST ${pathname} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nbegun`,
          () => setTimeout(() => socket.destroy(), 30),
        );
      });
      socket.on('close', () => resolve());
      socket.on('error', () => {});
    });
    expect(await post(url, '1')).toBe(200);
  });
});

describe('restarts', () => {
  test('a callback made before one is answered after it', async () => {
    const disk = new MemoryDisk();
    const first = await waiting({ disk });
    const port = Number(new URL(first.url).port);
    await first.driver.close();
    await first.store.close();
    const second = await open({ disk, port });
    await second.driver.resume();
    const ended = second.driver.ended(first.run);
    expect(await post(first.url, '"late"')).toBe(200);
    await ended;
    expect(second.lines).toEqual(["'late' POST None"]);
  });

  test('a delivery is kept for a run that nobody drives', async () => {
    const disk = new MemoryDisk();
    const first = await waiting({ disk });
    const port = Number(new URL(first.url).port);
    await first.driver.close();
    await first.store.close();
    const second = await open({ disk, port });
    expect(await post(first.url, '"kept"')).toBe(200);
    expect((await second.store.getRun(first.run))?.status.kind).toBe('waiting');
    const ended = (async (): Promise<unknown> => {
      await second.driver.resume([first.run]);
      return second.driver.ended(first.run);
    })();
    await ended;
    expect(second.lines).toEqual(["'kept' POST None"]);
  });

  test('while stopping it says so, and takes nothing', async () => {
    const { url, driver, connectorStop } = await (async () => {
      const opened = await open();
      const { run } = await opened.driver.start({ program: PROGRAM });
      await opened.driver.settled();
      return {
        url: opened.lines[0] ?? '',
        driver: opened.driver,
        run,
        connectorStop: () => opened.connector.stop(),
      };
    })();
    const stopped = connectorStop();
    const status = await post(url, '1').catch(() => 'refused');
    expect([503, 'refused']).toContain(status);
    await stopped;
    await driver.close();
  });
});

test('a public URL is what programs see', async () => {
  const { url } = await waiting({ publicUrl: 'https://flows.example/hooks/' });
  expect(url).toMatch(/^https:\/\/flows\.example\/hooks\/callback\/\S+$/);
});

test('without a listener, a program is told how to get one', async () => {
  const { driver } = await openReal([]);
  closers.push(() => driver.close());
  const { run } = await driver.start({ program: PROGRAM });
  expect(await driver.ended(run)).toMatchObject({
    kind: 'failed',
    lastLine: expect.stringMatching(/^RuntimeError: nobody listens for callbacks: .*--listen/),
  });
});
