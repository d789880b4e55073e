// Looking at the past of a run, by the commands: show --at, what-if.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bench } from './command.ts';

const bench = new Bench();
afterAll(() => bench.close());

const COUNTER = `from flow import checkpoint
from flow.time import sleep

job = {"name": "a"}


def count(start):
    total = start
    for name in ["b", "c", "d"]:
        job["name"] = name
        total += 1
        checkpoint()
    return total


print("counted", count(40))
`;

interface Shown {
  readonly at: {
    readonly sequence: number;
    readonly instruction: number;
    readonly printed: string;
  };
  readonly modules: readonly { readonly globals: readonly { readonly value: string }[] }[];
}

describe('the past of a run', () => {
  let run = '';
  let commits = 0;
  beforeAll(async () => {
    const file = bench.file('counter.flow', COUNTER);
    const { stdout } = await bench.call('flowmetal', ['--json', file]);
    ({ run } = JSON.parse(stdout.split('\n')[0] ?? '') as { run: string });
    const { stdout: history } = await bench.call('flowvm', ['history', run, '--json']);
    commits = history.trim().split('\n').length;
  });

  const show = async (at: string): Promise<Shown> => {
    const { stdout, status } = await bench.call('flowvm', ['show', run, `--at=${at}`, '--json']);
    expect(status).toBe(0);
    return JSON.parse(stdout) as Shown;
  };

  test('shows what a name had been after each commit', async () => {
    const seen: string[] = [];
    for (let at = 1; at <= 4; at++)
      seen.push((await show(`${at}`)).modules[0]?.globals[0]?.value ?? '');
    expect(seen).toEqual(["{'name': 'b'}", "{'name': 'c'}", "{'name': 'd'}", "{'name': 'd'}"]);
  });

  test('is shown with the stack, the locals, and when it was', async () => {
    const { stdout } = await bench.call('flowvm', ['show', run, '--at', '2']);
    expect(stdout).toMatch(/^at {7}commit 2, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d/mu);
    expect(stdout.replaceAll(`${bench.folder}/`, '')).toContain(`
  File "counter.flow", line 16, in <module>
    print("counted", count(40))
  File "counter.flow", line 12, in count
    checkpoint()
      start = 40
      total = 42
      name = 'c'

globals of counter.flow
  job = {'name': 'c'}
`);
    expect(stdout).not.toContain('result');
  });

  test('is reached to the instruction, with what was printed by then', async () => {
    expect((await show('0+1')).at).toMatchObject({ sequence: 0, instruction: 1, printed: '' });
    const { stderr } = await bench.call('flowvm', ['show', run, '--at=3+100000000']);
    const most = /batch 4 of run \S+ has (\d+) instructions/u.exec(stderr)?.[1] ?? '';
    expect((await show('3+1')).at.printed).toBe('');
    expect((await show(`3+${most}`)).at.printed).toBe('counted 43\n');
  });

  test('counts back from the last commit', async () => {
    expect((await show('-1')).at.sequence).toBe(commits - 1);
  });

  test.each([
    ['x', 2, /'x' is no point in a run\n {2}say 12 for commit 12/u],
    ['99', 1, /has commits 1 to \d+, none 99\n {2}to see them: flowvm history/u],
    ['-99', 1, /none -99/u],
    ['0+100000000', 1, /batch 1 of run \S+ has \d+ instructions, no 100000000/u],
  ])('says that %s is none of its points', async (at, status, said) => {
    const result = await bench.call('flowvm', ['show', run, `--at=${at}`]);
    expect(result.status).toBe(status);
    expect(result.stderr).toMatch(said);
  });
});

describe('what if', () => {
  let run = '';
  beforeAll(async () => {
    const file = bench.file('counter.flow', COUNTER);
    const { stdout } = await bench.call('flowmetal', ['--json', file]);
    ({ run } = JSON.parse(stdout.split('\n')[0] ?? '') as { run: string });
  });

  test('nothing is changed, it prints what the run printed', async () => {
    const { stdout, stderr, status } = await bench.call('flowvm', ['what-if', run]);
    expect({ stdout, stderr, status }).toEqual({
      stdout: 'counted 43\n',
      stderr: 'what if: it ends with None\n',
      status: 0,
    });
  });

  test('a local has another value, it goes on with that, and the run stays as it is', async () => {
    const words = ['what-if', run, '--at', '2', '--set', 'total=7', '--json'];
    const { stdout } = await bench.call('flowvm', words);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(events).toEqual([
      { event: 'output', stream: 'stdout', text: 'counted 8\n' },
      { event: 'ended', status: 'done', result: null, description: 'None' },
    ]);
    const after = await bench.call('flowvm', ['what-if', run, '--at', '2']);
    expect(after.stdout).toBe('counted 43\n');
  });

  test.each([
    ['total', 2, /'total' sets no name\n {2}say NAME=VALUE/u],
    ['total=x', 2, /the value of total is no JSON: x\n {2}a text stands in double quotes/u],
    ['totals=1', 1, /no frame of run \S+ has a local totals there/u],
  ])('--set %s is refused', async (set, status, said) => {
    const words = ['what-if', run, '--at', '2', '--set', set];
    const result = await bench.call('flowvm', words);
    expect(result.status).toBe(status);
    expect(result.stderr).toMatch(said);
  });

  test('it asks for something else, it says what', async () => {
    const file = bench.file(
      'asks.flow',
      `from flow.http import request
from flow.time import timeout

host = "127.0.0.1:9"
for path in ["a", "b"]:
    try:
        with timeout("1s"):
            request.get(f"http://{host}/{path}")
    except Exception as error:
        print(path, type(error).__name__)
`,
    );
    const { stdout } = await bench.call('flowmetal', ['--json', file]);
    const [first = ''] = stdout.split('\n');
    const { run: asks } = JSON.parse(first) as { run: string };
    const words = ['what-if', asks, '--at', '1', '--set', 'host="localhost:9"'];
    const { stderr, status } = await bench.call('flowvm', words);
    expect(status).toBe(0);
    expect(stderr.replaceAll(`${bench.folder}/`, '')).toBe(`\
what if: it asks for GET http://localhost:9/b, and the run asked for GET http://127.0.0.1:9/b there
  asks.flow:8 in <module>
      request.get(f"http://{host}/{path}")
what would be answered is not known
`);
  });
});
