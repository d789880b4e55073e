// flowvm ps --where, --sort, --limit: runs found by what their records and their states say.

import { readFileSync } from 'node:fs';
import { Level } from 'level';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UsageError } from '../../bin/told.ts';
import { readWhere, StateNeeded } from '../../bin/where/where.ts';
import { NAMES, type Row } from '../../bin/where/names.ts';
import { encodeReasons, type Reason } from '../../vm/engine/reasons.ts';
import type { Variables } from '../../vm/engine/variables.ts';
import type { RunRecord } from '../../vm/store/store.ts';
import { Bench, type Result } from './command.ts';

const bench = new Bench();
afterAll(() => bench.close());

const WAITS = `import sys
from flow.http import callback
from flow.time import sleep, timeout


class Named:
    __slots__ = ("name",)


class Order(Named):
    def __init__(self, count):
        self.count = count
        self.name = "order"


class Names(dict):
    pass


def wait(total):
    order = Order(total + 1)
    items = [1, total, "x"]
    prices = Names(apple=total / 2)
    hold = lambda: total
    if total > 100:
        answer = callback.new()
        with timeout("2h"):
            await answer.event
    sleep("5h")


limit = 7
wait(int(sys.argv[1]))
`;

/** Runs of WAITS with 50, 150 and 250, in this order. */
const TOTALS = [50, 150, 250];
const runs = new Map<string, number>();

beforeAll(async () => {
  bench.file('waits.flow', WAITS);
  for (const total of TOTALS) {
    const args = ['--listen', '0', '--json', '--label', `customer=c-${total}`];
    const running = bench.start('flowmetal', [...args, 'waits.flow', `${total}`]);
    await running.says(/"event":"waiting"/u);
    running.signal('SIGINT');
    const { stdout } = await running.end();
    const { run } = JSON.parse(stdout.split('\n').find((line) => line.includes('started'))!) as {
      run: string;
    };
    runs.set(run, total);
  }
  bench.file('ended.flow', 'total = 150\n');
  await bench.call('flowmetal', ['ended.flow']);
}, 60_000);

/** The totals of the runs that are listed. */
function totals({ stdout, status, stderr }: Result): (number | undefined)[] {
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => runs.get((JSON.parse(line) as { run: string }).run));
}

const ps = (...args: readonly string[]): Promise<Result> =>
  bench.call('flowvm', ['ps', '--json', ...args]);

describe('runs are found', () => {
  test.each([
    ['status == "waiting"', [50, 150, 250]],
    ['var.total > 100', [150, 250]],
    ['var.order.count == 51 and var.order.name == "order"', [50]],
    ['var.prices["apple"] * 2 >= 150 and var.limit == 7', [150, 250]],
    ['250 in var.items or var.items[-2] == 50', [50, 250]],
    ['"apple" in var.prices and var.nothing is None', [50, 150, 250]],
    ['labels.customer == "c-150" or labels["customer"].endswith("-50")', [50, 150]],
    ['"other" in labels', []],
    ['waits == "http.callback" and line == 28 and function == "wait"', [150, 250]],
    ['waits == "timer" and file.endswith("waits.flow")', [50]],
    ['deadline < "3h" and deadline > "1h"', [150, 250]],
    ['wakes > "3h" and started > "2020-01-01" and since < "1h"', [50]],
    ['since > "1h" or updated < "2020-01-01 10:00"', []],
    ['program in ["waits.flow", "other"] and not program.startswith("x")', [50, 150, 250]],
    ['commits // 1 >= 1 and size > 1000 and -commits < 0', [50, 150, 250]],
    ['entry', []],
  ])('by %s', async (expression, found) => {
    expect(totals(await ps('--where', expression))).toEqual(found);
  });

  test('that have ended, too, and then have no variables', async () => {
    const ended = await ps('--all', '--where', 'status == "done" and var.total == None');
    expect(totals(ended)).toEqual([undefined]);
    expect(totals(await ps('--all', '--where', 'var.total == 150'))).toEqual([150]);
  });

  test('in an order, and so many', async () => {
    expect(totals(await ps('--sort', '-started'))).toEqual([250, 150, 50]);
    expect(totals(await ps('--sort=started'))).toEqual([50, 150, 250]);
    expect(totals(await ps('--sort', 'wakes', '--limit', '2'))).toEqual([150, 250]);
    expect(totals(await ps('--limit', '1', '--where', 'var.total > 100'))).toEqual([150]);
  });

  test('as a table', async () => {
    const { stdout } = await bench.call('flowvm', ['ps', '--where', 'var.total == 50']);
    expect(stdout).toMatch(/^RUN .*\n\S+ {2}waiting .* waits\.flow {2}line 29: a sleep .*\n$/u);
  });
});

function mistakeIn(text: string): UsageError | null {
  try {
    readWhere(text, 0);
    return null;
  } catch (error) {
    return error instanceof UsageError ? error : null;
  }
}

test('every name is in spec/looking.md, and no other', () => {
  const page = readFileSync(new URL('../../spec/looking.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const cells = rows.map((row) => row.split('|')[1] ?? '');
  const told = new Set(cells.flatMap((cell) => cell.split('`').filter((_, i) => i % 2 === 1)));
  expect(told).toEqual(new Set([...Object.keys(NAMES), 'var.NAME']));
});

describe('a mistake is shown with its place', () => {
  test.each([
    ['stats == "x"', "there is no name 'stats'", '^^^^^', "did you mean 'status'\\?"],
    ['1 < line == "x"', 'a number is compared with a text', '            ^^^'],
    ['since > "soon"', 'this is no time and no duration', '        ^^^^^^', 'a moment is'],
    ['since > 3', 'a time is compared with a number', '        ^', 'a time is compared with'],
    ['status ==', 'invalid syntax', '         ^'],
    ['status = "x"', '', ''],
    ['[x for x in y]', 'this is not understood here', '^^^^^^^^^^^^^^', 'understood: '],
    ['line; file', 'one expression is expected', '      ^^^^', 'understood: '],
    ['', 'one expression is expected', '^'],
    ['var == 1', 'which variable\\?', '^^^', 'say var.NAME'],
    ['status.beginswith("x")', 'this cannot be called here', '^^^^^^^^^^^^^^^^^'],
    ['status.startswith', "a text has no 'startswith'", '^^^^^^^^^^^^^^^^^', 'call it'],
    ['status.startswith(1)', 'this is a number, where a text is needed', '                  ^'],
    ['status in line', 'nothing is in a number', '          ^^^^'],
    ['labels == 1', 'a labels is compared with a number', '          ^'],
    ['line + "x" > 1', 'this is a number, where a text is needed', '^^^^'],
    ['line ** 2 > 1', 'this operator is not understood here', '^^^^^^^^^'],
  ])('%j: %s', (text, title, caret, help = '') => {
    const told = mistakeIn(text);
    expect(told?.message).toMatch(new RegExp(`^--where: ${title}`, 'u'));
    expect(told?.help[0]).toBe(text);
    if (caret !== '') expect(told?.help[1]).toBe(caret);
    expect(told?.help[2] ?? '').toMatch(new RegExp(`^${help}`, 'u'));
  });

  test('by the command, before the store is looked at', async () => {
    const result = await bench.call('flowvm', ['ps', '--where', 'line >', '--store', 'nowhere']);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toMatch(/^flowvm ps: --where: invalid syntax\n {2}line >\n {8}\^\n/u);
    const sorted = await ps('--sort', 'comits');
    expect(sorted.stderr).toMatch(/no order by 'comits'\n {2}did you mean 'commits'\?/u);
    expect((await ps('--limit', 'x')).status).toBe(2);
  });
});

describe('a run', () => {
  const reason = (task: number, line: number, kind: string): Reason => ({
    task,
    name: '',
    place: { file: 'a.flow', line, name: 'f', text: '' },
    on: { kind: 'effect', effect: 'e1', effectKind: kind },
    sinceMs: 0,
    deadlineMs: null,
  });
  const reasons = [reason(1, 3, 'http.request'), reason(2, 5, 'http.callback')];
  const status = {
    kind: 'waiting',
    reasons: encodeReasons({ tasks: 2, rows: reasons }),
    wakeAtMs: null,
  };
  const record = { run: 'a', status, labels: {}, sequence: 3 } as unknown as RunRecord;
  const row = (variables: Variables | null = null, of: Reason = reasons[0]!): Row => ({
    record,
    reason: of,
    variables,
  });

  test('is not asked for its state if its record decides', () => {
    const { holds } = readWhere('commits > 5 and var.total > 1', 0);
    expect(holds(row())).toBe(false);
    const other = readWhere('commits > 2 and var.total > 1', 0);
    expect(() => other.holds(row())).toThrow(StateNeeded);
    expect(other.holds(row((name) => (name === 'total' ? 2 : undefined)))).toBe(true);
  });

  test('is tested task by task: what is said of a wait is said of one', () => {
    const both = readWhere('waits == "http.callback" and line == 3', 0);
    expect(both.isAboutTasks).toBe(true);
    expect(reasons.some((each) => both.holds(row(null, each)))).toBe(false);
    const one = readWhere('waits == "http.callback" and line == 5', 0);
    expect(reasons.some((each) => one.holds(row(null, each)))).toBe(true);
    expect(readWhere('status == "waiting"', 0).isAboutTasks).toBe(false);
  });

  test.each([
    ['var.a > 1', null, false],
    ['var.a > 1', 'text', false],
    ['var.a == None', undefined, true],
    ['var.a != 3', 'text', true],
    ['var.a % 3 == 2', -1, true],
    ['var.a / 0 > 1', 5, false],
    ['var.a + 1 > 1', 'text', false],
    ['var.a.b.c == None', 3, true],
    ['var.a > 2 ** 3', 1, null],
    ['var.a == 9007199254740993', 9007199254740993n, true],
    ['not var.a', 0, true],
    ['var.a.contains("b")', 'abc', true],
    ['var.a.contains("b")', 7, false],
    ['"b" in var.a', 'abc', true],
    ['1 < var.a <= 2', 2, true],
  ])('has no wrong value: %s of %s', (text, value, expected) => {
    if (expected === null) return expect(() => readWhere(text, 0)).toThrow(/not understood/u);
    expect(readWhere(text, 0).holds(row(() => value))).toBe(expected);
  });
});

test('a run whose state is damaged is told, and the others are listed', async () => {
  const [damaged] = [...runs].find(([, total]) => total === 150) ?? [''];
  const db = new Level<string, Uint8Array>(bench.store, { valueEncoding: 'view' });
  const [[key, value] = ['', new Uint8Array()]] = await db
    .iterator({ gte: `delta!${damaged}!`, limit: 1 })
    .all();
  value[30]! ^= 1;
  await db.put(key, value, { sync: true });
  await db.close();
  const { status, stdout, stderr } = await ps('--where', 'var.total > 100');
  expect(status).toBe(1);
  expect(stdout.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain(`run ${damaged} cannot be read: `);
  expect((await ps('--where', 'commits > 0')).status).toBe(0);
});
