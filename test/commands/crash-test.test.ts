// flowvm crash-test: a real service, the program run once against it, then killed after each
// commit.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bench } from './command.ts';

const bench = new Bench();
let server: Server;
let url = '';
let asked = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      asked++;
      if (request.url === '/job') {
        const { notify } = JSON.parse(text) as { readonly notify: string };
        const body = '"done"';
        const headers = { 'content-type': 'application/json' };
        setTimeout(() => void fetch(notify, { method: 'POST', headers, body }), 20);
      }
      response.end(JSON.stringify({ path: request.url, asked }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.close();
  await bench.close();
});

const script = (name: string, text: string): string => bench.file(`${name}.flow`, text);

test('a program that may be killed anywhere is the same at all points', async () => {
  const file = script(
    'safe',
    `
from flow.http import callback, request
from flow.time import sleep
import random
print(random.random())
total = 0
for i in range(2):
    total += request.get(f"${url}/{i}").json()["asked"]
    sleep("1d")
cb = callback.new()
request.post("${url}/job", json={"notify": cb.url}, idempotent=True)
print(await cb.event)
def ask(n):
    sleep(n)
    return request.get(f"${url}/w{n}").json()["path"]
print(gather(*[spawn(ask, n) for n in [3, 1, 2]]), total > 0)
`,
  );
  const before = asked;
  const { status, stdout, stderr } = await bench.call('flowvm', [
    'crash-test',
    file,
    '--listen',
    '0',
  ]);
  expect(stderr).toContain("['/w3', '/w1', '/w2'] True");
  expect(stdout).toMatch(
    /^safe\.flow: it ends with None; (\d+) points to die at\nthe same at all \1 points\n$/,
  );
  expect(status).toBe(0);
  // Two days pass in a moment, and the service is asked by the recording alone.
  expect(asked - before).toBe(6);
});

test('what a crash makes of a request that must not be sent twice is told', async () => {
  const file = script(
    'unsafe',
    `
from flow.http import request
print(request.post("${url}/pay", json=1).json()["path"])
`,
  );
  const { status, stdout } = await bench.call('flowvm', ['crash-test', file]);
  expect(status).toBe(1);
  expect(stdout).toContain('dead just after commit 1: it fails with UncertainOutcome: POST');
  expect(stdout).toContain('idempotent=True');
  expect(stdout).toMatch(/another at 1 of \d+ points\n$/);
});

test('as JSON, for some of the points, with arguments', async () => {
  const file = script(
    'counts',
    `
from flow import checkpoint
def main(n):
    for i in range(n):
        checkpoint()
        print(i)
    return n
`,
  );
  const words = ['crash-test', file, '--entry', 'main', '--points', '3', '--json', '5'];
  const { status, stdout } = await bench.call('flowvm', words);
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(events.map(({ event }) => event)).toEqual(['recorded', 'ended']);
  expect(events[0]).toMatchObject({ file: 'counts.flow', ending: 'done', text: 'ends with 5' });
  expect(events[1]).toEqual({ event: 'ended', points: 3, differs: 0 });
  expect(status).toBe(0);
});

test('a program that waits for what cannot happen is not recorded for ever', async () => {
  const file = script(
    'never',
    'import asyncio\nasync def main():\n    await asyncio.Event().wait()\nasyncio.run(main())\n',
  );
  const { status, stderr } = await bench.call('flowvm', ['crash-test', file]);
  expect(stderr).toContain('waits for what can never happen');
  expect(status).toBe(1);
});
