// Looking into the past of a run, by the commands: log and blame.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bench, type Result } from './command.ts';

const bench = new Bench();
afterAll(() => bench.close());

const ORDERS = `from flow import checkpoint


class Order:
    def __init__(self, total):
        self.total = total


orders = {}


def take(names):
    number = 0
    for name in names:
        number += 1
        orders[name] = Order(number)
        orders[name].total += 10
        checkpoint()


take(["a", "b", "c"])
orders["b"].total = 7
`;

async function runOf(file: string): Promise<string> {
  const { stdout } = await bench.call('flowmetal', ['--json', file]);
  return (JSON.parse(stdout.split('\n')[0] ?? '') as { run: string }).run;
}

let run = '';
beforeAll(async () => {
  run = await runOf(bench.file('orders.flow', ORDERS));
});

/** What a command says, with what differs from call to call taken out. */
async function said(...args: readonly string[]): Promise<Result> {
  const result = await bench.call('flowvm', args);
  const stdout = result.stdout
    .replaceAll(`${bench.folder}/`, '')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d( \(.*\))?/gu, 'TIME')
    .replaceAll(/\d+\+\d+ */gu, 'POINT ')
    .replaceAll('POINT , ', 'POINT, ');
  return { ...result, stdout };
}

describe('flowvm log', () => {
  test('prints an expression at every past pass of a line', async () => {
    const { status, stdout, stderr } = await said(
      'log',
      run,
      'orders.flow:17',
      'name, orders[name].total',
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toBe(`POINT TIME  ('a', 1)\nPOINT TIME  ('b', 2)\nPOINT TIME  ('c', 3)\n`);
  });

  test('prints the exception that it raises there', async () => {
    const { stdout } = await said('log', run, 'orders.flow:17', 'orders["b"].total');
    expect(stdout).toBe("POINT TIME  KeyError: 'b'\nPOINT TIME  2\nPOINT TIME  12\n");
  });

  test('gives JSON, one pass a line', async () => {
    const { stdout } = await bench.call('flowvm', ['log', run, 'orders.flow:17', 'name', '--json']);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows).toHaveLength(3);
    expect(rows[1]).toMatchObject({
      at: { sequence: 1, instruction: expect.any(Number) },
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/u),
      task: 1,
      place: { line: 17, name: 'take', text: 'orders[name].total += 10' },
      value: "'b'",
    });
    const raised = await bench.call('flowvm', ['log', run, 'orders.flow:17', '1 / 0', '--json']);
    expect(raised.stdout).toContain('"exception":"ZeroDivisionError: division by zero"');
  });

  test('leads to points that show knows', async () => {
    const { stdout } = await bench.call('flowvm', ['log', run, 'orders.flow:17', 'number']);
    const point = /^1\+\d+/mu.exec(stdout)?.[0] ?? '';
    const shown = await bench.call('flowvm', ['show', run, '--at', point]);
    expect(shown.stdout).toContain('line 17, in take');
    expect(shown.stdout).toContain('number = 2');
  });

  test('begins and ends where it is asked to, and says what it leaves out', async () => {
    const from = await said('log', run, 'orders.flow:17', 'name', '--from', '1');
    expect(from.stdout).toBe("POINT TIME  'b'\nPOINT TIME  'c'\n");
    const to = await said('log', run, 'orders.flow:17', 'name', '--to=2');
    expect(to.stdout).toBe("POINT TIME  'a'\nPOINT TIME  'b'\n");
    const cut = await said('log', run, 'orders.flow:17', 'name', '--limit=1');
    expect(cut.stdout).toBe("POINT TIME  'a'\n");
    expect(cut.stderr).toBe('and more: to see them, --limit, or --from a later point\n');
    const none = await said('log', run, 'orders.flow:22', 'orders', '--to=1');
    expect([none.status, none.stdout]).toEqual([0, '']);
    expect(none.stderr).toMatch(/run \S+ has not passed orders\.flow:22 there/u);
  });

  test('ends at Ctrl-C, and the store can be looked at after that', async () => {
    const many = await runOf(bench.file('many.flow', 'for i in range(50_000):\n    x = i\n'));
    const args = ['log', many, 'many.flow:2', '[i] and i', '--limit', '50000'];
    const running = bench.start('flowvm', args);
    await running.says(/ 3\n/u);
    running.signal('SIGINT');
    expect((await running.end()).status).not.toBe(0);
    expect((await bench.call('flowvm', ['show', many])).status).toBe(0);
  });

  test.each([
    [['orders.flow', 'x'], 2, /'orders\.flow' is no line of a file\n {2}say FILE:LINE/u],
    [['orders.flow:17', 'x = 1'], 2, /'x = 1' is no expression\n/u],
    [['orders.flow:17', ''], 2, /there is no expression/u],
    [['orders.flow:17', 'total +'], 2, /error\[syntax\][^]*<expression>:1:8[^]*total \+/u],
    [['orders.flow:17', 'eval("1")'], 2, /error\[not-supported\]: eval\(\) is not supported/u],
    [['orders.flow:17', 'x', '--limit=0'], 2, /it is a whole number from 1 up/u],
    [['orders.flow:17', 'x', '--from=x'], 2, /'x' is no point in a run/u],
    [['orders.flow:3', 'x'], 1, /no statement begins on line 3 .* the nearest are 1, 4/u],
    [['order.flow:16', 'x'], 1, /the program has no file order\.flow: it is made of/u],
    [['orders.flow:17', 'checkpoint()'], 1, /'checkpoint\(\)' would wait/u],
  ])('says what is wrong with %j', async (args, status, message) => {
    const result = await bench.call('flowvm', ['log', run, ...args]);
    expect(result.stderr).toMatch(message);
    expect(result.status).toBe(status);
  });
});

describe('flowvm blame', () => {
  test('says where something was changed last', async () => {
    const { status, stdout, stderr } = await said('blame', run, 'orders["b"].total');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      `orders["b"].total was changed at POINT, TIME
  File "orders.flow", line 22, in <module>
    orders["b"].total = 7
      before  12
      after   7
`,
    );
  });

  test('goes on from the point it has told, to the first binding', async () => {
    const told: unknown[] = [];
    let at: readonly string[] = [];
    for (let i = 0; i < 3; i++) {
      const { stdout } = await bench.call('flowvm', [
        'blame',
        run,
        'orders["b"].total',
        '--json',
        ...at,
      ]);
      const change = JSON.parse(stdout) as {
        at: { sequence: number; instruction: number };
        place: { line: number };
        before: string | null;
        after: string | null;
      };
      told.push([change.place.line, change.before, change.after]);
      at = ['--at', `${change.at.sequence}+${change.at.instruction}`];
    }
    expect(told).toEqual([
      [22, '12', '7'],
      [17, '2', '12'],
      [16, null, '2'],
    ]);
    const end = await bench.call('flowvm', ['blame', run, 'orders["b"].total', ...at]);
    expect([end.status, end.stdout]).toEqual([1, '']);
    expect(end.stderr).toMatch(/'orders\["b"\]\.total' of run \S+ was never bound before that/u);
  });

  test('finds locals of the frame where the run stood', async () => {
    const { stdout } = await said('blame', run, 'number', '--at=2');
    expect(stdout).toContain(
      'line 15, in take\n    number += 1\n      before  1\n      after   2\n',
    );
  });

  test.each([
    [['number'], 1, /nothing is called 'number' where run \S+ stands: it has ended/u],
    [['ordrs'], 1, /did you mean 'orders'\?/u],
    [['orders + 1'], 2, /'orders \+ 1' is no path\n {2}a path is a name with attributes/u],
    [['orders[name]'], 2, /is no path/u],
    [['orders['], 2, /error\[/u],
    [['orders', '--at=77'], 1, /has commits 1 to \d+, none 77/u],
  ])('says what is wrong with %j', async (args, status, message) => {
    const result = await bench.call('flowvm', ['blame', run, ...args]);
    expect(result.stderr).toMatch(message);
    expect([result.status, result.stdout]).toEqual([status, '']);
  });

  test.each(['log', 'blame'])('%s explains itself', async (command) => {
    const { status, stdout } = await bench.call('flowvm', [command, '--help']);
    expect(status).toBe(0);
    expect(stdout).toMatch(command === 'log' ? /FILE:LINE/u : /the same object, is none/u);
  });
});
