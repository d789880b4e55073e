// flowvm history: what a run has done, for people and as JSON.

import { Level } from 'level';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readMoment } from '../../bin/when.ts';
import { Bench, type Result } from './command.ts';

const bench = new Bench();
afterAll(() => bench.close());

const WORK = `import sys
from flow import checkpoint
from flow.http import callback
from flow.time import sleep, timeout

print("one", "two")
print("no good", file=sys.stderr)
checkpoint()
answer = callback.new()
try:
    with timeout("20ms"):
        await answer.event
except Timeout:
    print("\\x1b[31m" + "late " * 40)
sleep("5h")
`;

/** A run of WORK that sleeps, and nobody drives. */
async function worked(on: Bench): Promise<string> {
  on.file('work.flow', WORK);
  const running = on.start('flowmetal', ['--listen', '0', '--json', 'work.flow']);
  await running.says(/late[^]*"event":"waiting"/u);
  running.signal('SIGINT');
  const { stdout } = await running.end();
  const started = stdout.split('\n').find((line) => line.includes('"started"'));
  return (JSON.parse(started ?? '') as { run: string }).run;
}

type Row = Record<string, unknown> & { sequence: number };

function rows({ stdout }: Result): Row[] {
  return stdout
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

describe('what a run has done', () => {
  let run = '';
  beforeAll(async () => {
    run = await worked(bench);
  });
  const history = (...args: readonly string[]): Promise<Result> =>
    bench.call('flowvm', ['history', run, ...args], { COLUMNS: '80' });

  test('is told commit by commit, and fits the terminal', async () => {
    const { stdout } = await history();
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('COMMIT  TIME                 DELTA');
    expect(lines[1]).toMatch(
      /^ {5}1 {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}\S+ \S+ +woke {8}the run began$/u,
    );
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(80);
    for (const said of [
      /^ +printed {5}one two$/mu,
      /^ +stderr {6}no good$/mu,
      / {2}asked {7}a callback to \/callback\/\S+…$/mu,
      / {2}waits {7}work\.flow:12 for a .*…$/mu,
      / {2}woke {8}its time had come$/mu,
      / {2}printed {5}�\[31mlate late late .*…$/mu,
      / {2}waits {7}work\.flow:15 for a .*…$/mu,
    ]) {
      expect(stdout).toMatch(said);
    }
    expect(stdout).not.toMatch(/timer|epoch/u);
    const wide = await bench.call('flowvm', ['history', run], { COLUMNS: '200' });
    expect(wide.stdout).toMatch(/work\.flow:15 for a sleep that ends in (5 h|4 h 59 min)$/mu);
  });

  test('is told in full by --verbose', async () => {
    const { stdout } = await history('--verbose');
    expect(stdout.match(/late/gu)?.length).toBeGreaterThanOrEqual(40);
    expect(stdout).toMatch(/ {2}timer {7}wake set for \d{4}-/u);
    expect(stdout).toMatch(/ {2}driven {6}epoch 1, generation 1$/mu);
    expect(stdout).toContain('    await answer.event\n');
    for (const line of stdout.split('\n')) expect([...line].length).toBeLessThanOrEqual(80);
  });

  test('is all in the JSON', async () => {
    const commits = rows(await history('--json'));
    expect(commits.map(({ sequence }) => sequence)).toEqual(commits.map((_, i) => i + 1));
    expect(commits[0]).toMatchObject({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u),
      wakes: ['start'],
      stdout: 'one two\n',
      stderr: 'no good\n',
      checkpoint: null,
      answers: [],
      messages: [],
    });
    const asking = commits.find((each) => (each['effects'] as unknown[]).length > 0);
    expect(asking).toMatchObject({
      effects: [
        {
          effect: expect.stringMatching(/^e\d+$/u),
          kind: 'http.callback',
          description: expect.stringContaining('a callback to'),
        },
      ],
      status: 'waiting',
      reasons: [{ place: { line: 12 }, on: { kind: 'effect' }, deadline: expect.any(String) }],
    });
    const late = commits.find((each) => (each['wakes'] as unknown[]).includes('time'));
    expect(late).toMatchObject({
      wakes: ['time'],
      timersSet: [{ timer: 'wake', due: expect.any(String) }],
      wakeAt: expect.any(String),
    });
  });

  test('is narrowed down to what happened', async () => {
    const prints = await history('--kind', 'print');
    expect(prints.stdout).toMatch(/printed/u);
    expect(prints.stdout).not.toMatch(/asked|waits|woke/u);
    const asked = rows(await history('--kind', 'effect', '--json'));
    const all = rows(await history('--json'));
    const isAsked = (each: Row): boolean =>
      [each['effects'], each['abandoned']].some((list) => (list as unknown[]).length > 0);
    expect(asked).toEqual(all.filter(isAsked));
    const either = rows(await history('--kind', 'effect', '--kind', 'print', '--json'));
    expect(either.length).toBeGreaterThan(asked.length);
    expect(rows(await history('--kind', 'message', '--json'))).toEqual([]);
  });

  test('is narrowed down to when', async () => {
    const numbers = async (...args: readonly string[]): Promise<number[]> =>
      rows(await history('--json', ...args)).map(({ sequence }) => sequence);
    const all = await numbers();
    const count = all.length;
    expect(await numbers('--from', '2', '--to', '3')).toEqual([2, 3]);
    expect(await numbers('--last', '2')).toEqual([count - 1, count]);
    expect(await numbers('--since', '1d')).toEqual(all);
    expect(await numbers('--since', '2999-01-01')).toEqual([]);
    const { at } = rows(await history('--json', '--from', '2'))[0] as unknown as { at: string };
    expect((await numbers('--since', at))[0]).toBeLessThanOrEqual(2);
  });

  test.each([
    [['--kind', 'efect'], 2, /'efect' is no kind\n {2}did you mean 'effect'\?/u],
    [['--since', 'noon'], 2, /'noon' is no moment\n {2}a moment is 2h/u],
    [['--last', '0'], 2, /'0' is no number for --last/u],
    [['--from', '99'], 1, /has \d commits, none 99/u],
  ])('is asked for by %j in vain', async (args, status, said) => {
    const result = await history(...args);
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr).toMatch(said);
  });
});

test('a damaged commit is told, and what came before it', async () => {
  const own = new Bench();
  const run = await worked(own);
  const db = new Level<string, Uint8Array>(own.store, { valueEncoding: 'view' });
  const logs = await db.iterator({ gte: `log!${run}!`, lt: `log!${run}"` }).all();
  // Commits are read a page at a time: the damage is behind what one can see of the first.
  const [key, value] = logs[2] ?? ['', new Uint8Array()];
  value[20]! ^= 1;
  await db.put(key, value, { sync: true });
  await db.close();
  const { status, stderr } = await own.call('flowvm', ['history', run]);
  expect(status).toBe(1);
  expect(stderr).toMatch(/FLOW_STORE_CORRUPT\]\n {2}to see all that is wrong: flowvm verify/u);
  const before = await own.call('flowvm', ['history', run, '--to', '2', '--json']);
  expect(before.status).toBe(0);
  await own.close();
});

describe('a moment', () => {
  const nowMs = new Date(2026, 10, 28, 12, 30).getTime();
  test.each([
    ['90s', nowMs - 90_000],
    ['1h30m', nowMs - 5_400_000],
    ['2026-11-23', new Date(2026, 10, 23).getTime()],
    ['2026-11-23 14:05', new Date(2026, 10, 23, 14, 5).getTime()],
    ['2026-11-23T14:05:07.5', new Date(2026, 10, 23, 14, 5, 7, 500).getTime()],
    ['2026-11-23T14:05:07Z', Date.UTC(2026, 10, 23, 14, 5, 7)],
    ['2026-11-23 14:05:07+02:30', Date.UTC(2026, 10, 23, 11, 35, 7)],
    ['08:15', new Date(2026, 10, 28, 8, 15).getTime()],
    ['2026-02-30', null],
    ['2026-11-23 25:00', null],
    ['2026-11-23 ', null],
    ['08', null],
    ['', null],
    ['yesterday', null],
  ])('is read from %j', (text, ms) => {
    expect(readMoment(text, nowMs)).toBe(ms);
  });
});

test('how large a run is on disk is said by show and ps', async () => {
  const own = new Bench();
  const run = await worked(own);
  const shown = await own.call('flowvm', ['show', run]);
  expect(shown.stdout).toMatch(
    /^commits {2}\d, state \d+ KB\nwritten {2}deltas \d+ KB, output \d+ bytes\n/mu,
  );
  const listed = await own.call('flowvm', ['ps', '--verbose']);
  expect(listed.stdout).toMatch(/^RUN .* COMMITS {2}STATE +DELTAS +OUTPUT +PROGRAM$/mu);
  expect(listed.stdout).toMatch(/ {2}\d+ {8}\d+ KB +\d+ KB +\d+ bytes {2}work\.flow {2}line 15/u);
  const [{ bytes }] = rows(await own.call('flowvm', ['ps', '--json'])) as unknown as [
    { bytes: Record<string, number> },
  ];
  const deltas = rows(await own.call('flowvm', ['history', run, '--json'])).map(
    ({ deltaBytes }) => deltaBytes as number,
  );
  expect(bytes['deltas']).toBe(deltas.reduce((sum, each) => sum + each, 0));
  expect(bytes).toMatchObject({ checkpoint: 0, sinceCheckpoint: bytes['deltas'] });
  await own.close();
});
