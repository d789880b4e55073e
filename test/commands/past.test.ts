// Looking at the past of a run, by the commands: show --at.

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
