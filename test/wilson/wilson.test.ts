// Wilson does what its README says, and its faults are the faults they say they are.
//
// Callbacks are received by a small server of the test's own; time is real, stages are short.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { Wilson, type WilsonOptions } from '../../examples/wilson/service.ts';

const STAGES = ['drain', 'reboot', 'undrain'];

let directory: string;
let wilson: Wilson;
let receiver: Receiver;

/** Somebody who is called back: keeps what arrives, answers what it is told to. */
class Receiver {
  readonly got: { key: string | undefined; body: unknown }[] = [];
  readonly answers: number[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (part: string) => (text += part));
      request.on('end', () => {
        this.got.push({
          key: request.headers['idempotency-key']?.toString(),
          body: JSON.parse(text),
        });
        response.writeHead(this.answers.shift() ?? 200).end();
      });
    });
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('not open');
    return `http://127.0.0.1:${address.port}/cb`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function start(options: Partial<WilsonOptions> = {}): Promise<Wilson> {
  wilson = await Wilson.start({ directory, stageMs: 20, ...options });
  return wilson;
}

interface Got {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function ask(method: string, path: string, body?: unknown, key?: string): Promise<Got> {
  const response = await fetch(wilson.url + path, {
    method,
    headers: key === undefined ? {} : { 'idempotency-key': key },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const read: unknown = await response.json();
  if (typeof read !== 'object' || read === null) throw new Error('not an object');
  return { status: response.status, body: { ...read } };
}

async function makeJob(key?: string, stages = STAGES): Promise<Got> {
  return ask('POST', '/api/v3/host/rack-7', { stages, callbacks: [receiver.url] }, key);
}

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (await done()) return;
    await pause(10);
  }
  throw new Error('it did not happen');
}

async function ended(id: unknown): Promise<Record<string, unknown>> {
  let body: Record<string, unknown> = {};
  await until(async () => {
    ({ body } = await ask('GET', `/api/v3/job/${String(id)}`));
    return body['status'] !== 'PENDING';
  });
  return body;
}

async function journal(kind: string): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${wilson.url}/admin/journal`);
  const entries: unknown = await response.json();
  if (!Array.isArray(entries)) throw new Error('not a list');
  return entries.filter((entry: { kind: string }) => entry.kind === kind);
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'wilson-test-'));
  receiver = new Receiver();
  await receiver.open();
});

afterEach(async () => {
  await wilson.close();
  await receiver.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('jobs', () => {
  test('run through their stages and call back', async () => {
    await start();
    const made = await makeJob();
    expect(made.status).toBe(201);
    const id = made.body['job_id'];
    expect((await ask('GET', `/api/v3/job/${String(id)}/status`)).body).toEqual({
      status: 'PENDING',
    });
    expect(await ended(id)).toEqual({
      job_id: id,
      host: 'rack-7',
      stages: STAGES,
      done: 3,
      status: 'SUCCESS',
    });
    await until(() => receiver.got.length > 0);
    expect(receiver.got).toEqual([
      { key: id, body: { job_id: id, host: 'rack-7', status: 'SUCCESS' } },
    ]);
  });

  test('fail at a stage that fails', async () => {
    await start();
    const made = await makeJob(undefined, ['drain', 'fail', 'undrain']);
    expect(await ended(made.body['job_id'])).toMatchObject({ done: 1, status: 'FAILURE' });
    await until(() => receiver.got.length > 0);
    expect(receiver.got[0]?.body).toMatchObject({ status: 'FAILURE' });
  });

  test('are refused when they make no sense', async () => {
    await start();
    for (const body of [undefined, [], {}, { stages: [] }, { stages: ['a'], callbacks: ['x'] }]) {
      expect((await ask('POST', '/api/v3/host/h', body)).status).toBe(400);
    }
    expect((await ask('GET', '/api/v3/host/h')).status).toBe(405);
    expect((await ask('POST', '/api/v3/job/j-1')).status).toBe(405);
    expect((await ask('GET', '/api/v3/job/j-1')).status).toBe(404);
    expect((await ask('GET', '/elsewhere')).status).toBe(404);
    const large = await fetch(`${wilson.url}/api/v3/host/h`, {
      method: 'POST',
      body: 'x'.repeat(2_000_000),
    });
    expect(large.status).toBe(413);
    await large.text();
  });

  test('are made once for one key', async () => {
    await start();
    const first = await makeJob('key-1');
    const again = await makeJob('key-1');
    const other = await makeJob('key-2');
    expect(again).toEqual(first);
    expect(other.body['job_id']).not.toBe(first.body['job_id']);
    expect((await makeJob('key-1', ['other'])).status).toBe(422);
    await ended(first.body['job_id']);
    await ended(other.body['job_id']);
    await until(() => receiver.got.length === 2);
  });
});

describe('the journal', () => {
  test('has every request with its key, the hash of its body and its outcome', async () => {
    await start();
    await makeJob('k');
    await makeJob('k');
    await makeJob('k', ['other']);
    await ask('GET', '/api/v3/job/none');
    const entries = await journal('request');
    expect(entries.map((e) => [e['method'], e['key'], e['outcome']])).toEqual([
      ['POST', 'k', 201],
      ['POST', 'k', 201],
      ['POST', 'k', 422],
      ['GET', null, 404],
    ]);
    expect(entries[0]?.['bodyHash']).toBe(entries[1]?.['bodyHash']);
    expect(entries[0]?.['bodyHash']).not.toBe(entries[2]?.['bodyHash']);
  });

  test('survives a torn last line', async () => {
    await start();
    await ask('GET', '/api/v3/job/none');
    await wilson.close();
    const path = join(directory, 'journal.jsonl');
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"kind":"requ`);
    await start();
    await ask('GET', '/api/v3/job/none');
    expect(await journal('request')).toHaveLength(2);
  });
});

describe('faults', () => {
  test('errors: so many requests get 500 and do nothing', async () => {
    await start({ faults: { errors: 2 } });
    expect((await makeJob('k')).status).toBe(500);
    expect((await makeJob('k')).status).toBe(500);
    expect((await makeJob('k')).body).toEqual({ job_id: 'j-1' });
    await ended('j-1');
  });

  test('resets: the job is made, but nobody is told', async () => {
    await start({ faults: { resets: 1 } });
    await expect(makeJob('k')).rejects.toThrow();
    expect((await makeJob('k')).body).toEqual({ job_id: 'j-1' });
    expect((await ask('GET', '/api/v3/job/j-2')).status).toBe(404);
    expect((await journal('request')).map((e) => e['outcome'])).toEqual(['reset', 201, 404]);
    await ended('j-1');
  });

  test('slow: an answer takes its time', async () => {
    await start({ faults: { slowMs: 120 } });
    const before = performance.now();
    await ask('GET', '/api/v3/job/none');
    expect(performance.now() - before).toBeGreaterThan(100);
  });

  test('callback lost: the job ends, nobody is called', async () => {
    await start({ faults: { callback: 'lost' } });
    const made = await makeJob();
    await ended(made.body['job_id']);
    await until(async () => (await journal('delivery')).length > 0);
    expect((await journal('delivery')).map((e) => e['outcome'])).toEqual(['lost']);
    expect(receiver.got).toEqual([]);
  });

  test('callback twice: the same news, two times', async () => {
    await start({ faults: { callback: 'twice' } });
    receiver.answers.push(200, 409);
    await makeJob();
    await until(async () => (await journal('delivery')).length === 2);
    expect(receiver.got).toHaveLength(2);
    expect(receiver.got[0]).toEqual(receiver.got[1]);
  });

  test('a receiver in trouble is called again', async () => {
    await start();
    receiver.answers.push(503, 200);
    await makeJob();
    await until(async () => (await journal('delivery')).length === 2);
    expect((await journal('delivery')).map((e) => e['outcome'])).toEqual([503, 200]);
  });

  test('restart in the middle: the job goes on from the file', async () => {
    await start({ faults: { restarts: 1, downMs: 50 } });
    await makeJob('k');
    let refused = 0;
    let status: unknown;
    await until(async () => {
      try {
        ({ status } = (await ask('GET', '/api/v3/job/j-1')).body);
      } catch {
        refused += 1;
      }
      return status === 'SUCCESS';
    });
    expect(refused).toBeGreaterThan(0);
    await until(() => receiver.got.length > 0);
    expect((await makeJob('k')).body).toEqual({ job_id: 'j-1' });
  });

  test('are changed while it runs, and refused when unknown', async () => {
    await start();
    expect((await ask('POST', '/admin/faults', { errors: 1 })).body).toMatchObject({ errors: 1 });
    expect((await makeJob()).status).toBe(500);
    for (const change of [{ fire: 1 }, { errors: -1 }, { errors: 'x' }, { callback: 'maybe' }, 5]) {
      expect((await ask('POST', '/admin/faults', change)).status).toBe(400);
    }
    expect((await ask('GET', '/admin/faults')).body).toMatchObject({ errors: 0 });
    expect((await ask('GET', '/admin/nothing')).status).toBe(404);
  });
});

describe('a restart', () => {
  test('by the admin loses nothing', async () => {
    await start({ stageMs: 100 });
    await makeJob('k');
    expect((await ask('POST', '/admin/restart')).status).toBe(202);
    await pause(20);
    await until(async () => {
      try {
        return (await ask('GET', '/api/v3/job/j-1')).body['status'] === 'SUCCESS';
      } catch {
        return false;
      }
    });
    await until(() => receiver.got.length > 0);
  });

  test('of the process, after a kill, loses nothing', async () => {
    const main = join(import.meta.dirname, '../../examples/wilson/main.ts');
    const flags = ['--port', '0', '--data', directory, '--stage-ms', '60'];
    const child = spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => resolve(text.trim()));
      child.once('exit', () => reject(new Error('wilson did not start')));
    });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[0-9]+$/);
    const made = await fetch(`${url}/api/v3/host/h`, {
      method: 'POST',
      headers: { 'idempotency-key': 'k' },
      body: JSON.stringify({ stages: STAGES, callbacks: [receiver.url] }),
    });
    expect(made.status).toBe(201);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    await start();
    expect(await ended('j-1')).toMatchObject({ status: 'SUCCESS' });
    await until(() => receiver.got.length > 0);
    expect((await journal('request')).filter((e) => e['key'] === 'k')).toHaveLength(1);
  });

  test('of the process with a bad flag says what flags there are', async () => {
    await start();
    const main = join(import.meta.dirname, '../../examples/wilson/main.ts');
    for (const flags of [
      ['--fire'],
      ['--port', 'x'],
      ['--errors', '-1'],
      ['--callback', 'maybe'],
    ]) {
      const child = spawn(process.execPath, [main, ...flags], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
      expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(2);
      expect(said).toContain('--callback');
    }
  });
});
