// Starting runs and driving them: stdout to the byte, exit statuses, Ctrl-C and going on.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { Bench, commandWords } from './command.ts';

const bench = new Bench();
afterAll(() => bench.close());

const COUNTDOWN = `
from flow.time import sleep
import sys

def main(n, pause=0.2):
    for i in range(n, 0, -1):
        print(i)
        sleep(pause)
    return {"left": [], "sum": n * (n + 1) // 2}

if len(sys.argv) > 1:
    print(sys.argv[1:])
`;

describe('flowvm run', () => {
  test('prints what the program prints, and nothing else', async () => {
    const file = bench.compile(
      'print',
      `import sys
print("one", 1.0, end="")
print("\\n  zwei\\t", "ü€😀")
print("aside", file=sys.stderr)
`,
    );
    const { status, stdout, stderr } = await bench.call('flowvm', ['run', file]);
    expect(stdout).toBe('one 1.0\n  zwei\t ü€😀\n');
    expect(stderr).toBe('aside\n');
    expect(status).toBe(0);
  });

  test('gives the words after -- to the program, as text', async () => {
    const file = bench.compile('words', COUNTDOWN);
    const { stdout, status } = await bench.call('flowvm', ['run', file, '--', '--json', '7']);
    expect({ stdout, status }).toEqual({ stdout: "['--json', '7']\n", status: 0 });
  });

  test('gives them to a function as JSON, or text', async () => {
    const file = bench.compile(
      'values',
      'def show(*args):\n    print(*[repr(x) for x in args], sep="\\n")\n',
    );
    const words = ['12', '1.0', 'null', '{"a": [true]}', 'host-7', '123456789012345678901'];
    const { stdout } = await bench.call('flowvm', ['run', file, '--entry', 'show', '--', ...words]);
    expect(stdout).toBe("12\n1.0\nNone\n{'a': [True]}\n'host-7'\n123456789012345678901\n");
  });

  test('has results that are no JSON in words only', async () => {
    const text = 'def f():\n    return [float("nan"), 1e999]\n';
    const file = bench.compile('nan', text);
    const { stdout } = await bench.call('flowvm', ['run', file, '--entry', 'f', '--json']);
    const last = stdout.trimEnd().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({ result: null, description: '[nan, inf]' });
  });

  test('tells events as JSON', async () => {
    const file = bench.compile('json', COUNTDOWN);
    const args = ['run', file, '--entry', 'main', '--json', '--label', 'team=ops', '--', '2'];
    const { status, stdout, stderr } = await bench.call('flowvm', args);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const run = events[0]?.['run'];
    expect(run).toMatch(/^[a-z]{5}-[a-z]{5}$/);
    expect(new Set(events.map((event) => event['run']))).toEqual(new Set([run]));
    expect(events[0]).toMatchObject({ event: 'started', file: 'json.fbc', entry: 'main' });
    const printed = events.filter(({ event }) => event === 'output');
    expect(printed.map((event) => event['stdout']).join('')).toBe('2\n1\n');
    expect(events.find(({ event }) => event === 'waiting')).toMatchObject({
      tasks: 1,
      reasons: [
        { task: 1, place: { file: 'json.flow', line: 8, name: 'main', text: 'sleep(pause)' } },
      ],
    });
    expect(events.at(-1)).toMatchObject({
      event: 'ended',
      status: 'done',
      result: { left: [], sum: 3 },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

test('a run keeps its quotas, and is told so', async () => {
  const text = 'def f():\n    pass\nprint("one")\nspawn(f)\nprint("never")\n';
  const file = bench.compile('bounded', text);
  const quotas = ['--quota', 'tasks=1', '--quota', 'log=100'];
  const { status, stdout, stderr } = await bench.call('flowvm', ['run', file, ...quotas]);
  expect({ status, stdout }).toEqual({ status: 1, stdout: 'one\n' });
  expect(stderr).toContain('line 4, in <module>');
  expect(stderr).toContain('QuotaExceeded: more than 1 tasks\n');
  const listed = await bench.call('flowvm', ['ps', '--all', '--json']);
  const told = listed.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((run) => run['file'] === 'bounded.fbc');
  expect(told).toMatchObject([{ quotas: { tasks: 1, log: 100 } }]);
  const shown = await bench.call('flowvm', ['show', String(told[0]?.['run'])]);
  expect(shown.stdout).toContain('quotas   tasks 1, log 100\n');
});

describe('exit statuses', () => {
  test('1 with a traceback for a program that fails', async () => {
    const file = bench.compile(
      'fails',
      `def half(x):
    return x / 0

try:
    {}["key"]
except KeyError:
    print("so far")
    half(1)
`,
    );
    const { status, stdout, stderr } = await bench.call('flowvm', ['run', file]);
    expect(stdout).toBe('so far\n');
    const run = /run (\S+) failed/.exec(stderr)?.[1] ?? '';
    expect(stderr).toBe(`Traceback (most recent call last):
  File "fails.flow", line 5, in <module>
    {}["key"]
    ~~^^^^^^^
KeyError: 'key'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "fails.flow", line 8, in <module>
    half(1)
  File "fails.flow", line 2, in half
    return x / 0
           ~~^~~
ZeroDivisionError: division by zero

run ${run} failed; look: flowvm show ${run}
`);
    expect(status).toBe(1);
    const again = await bench.call('flowvm', ['resume', run]);
    expect(again.status).toBe(1);
  });

  test('a group stands with its members in the traceback, each with its own', async () => {
    const file = bench.compile(
      'group',
      `def fail():
    try:
        1 / 0
    except ZeroDivisionError as error:
        error.add_note("noted")
        raise ExceptionGroup("inner", [error])

try:
    fail()
except ExceptionGroup as inner:
    raise ExceptionGroup("outer", [KeyError("k"), inner])
`,
    );
    const { stderr } = await bench.call('flowvm', ['run', file]);
    expect(stderr.replace(/\nrun .*\n$/, '')).toBe(`Traceback (most recent call last):
  File "group.flow", line 3, in fail
    1 / 0
    ~~^~~
ZeroDivisionError: division by zero
noted

During handling of the above exception, another exception occurred:

  + Exception Group Traceback (most recent call last):
  |   File "group.flow", line 9, in <module>
  |     fail()
  |   File "group.flow", line 6, in fail
  |     raise ExceptionGroup("inner", [error])
  | ExceptionGroup: inner (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "group.flow", line 3, in fail
    |     1 / 0
    |     ~~^~~
    | ZeroDivisionError: division by zero
    | noted
    +------------------------------------

During handling of the above exception, another exception occurred:

  + Exception Group Traceback (most recent call last):
  |   File "group.flow", line 11, in <module>
  |     raise ExceptionGroup("outer", [KeyError("k"), inner])
  | ExceptionGroup: outer (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | KeyError: 'k'
    +---------------- 2 ----------------
    | Exception Group Traceback (most recent call last):
    |   File "group.flow", line 9, in <module>
    |     fail()
    |   File "group.flow", line 6, in fail
    |     raise ExceptionGroup("inner", [error])
    | ExceptionGroup: inner (1 sub-exception)
    +-+---------------- 1 ----------------
      | Traceback (most recent call last):
      |   File "group.flow", line 3, in fail
      |     1 / 0
      |     ~~^~~
      | ZeroDivisionError: division by zero
      | noted
      +------------------------------------
`);
  });

  test.each([
    ['sys.exit()', 0, ''],
    ['sys.exit(7)', 7, ''],
    ['sys.exit(256 + 3)', 3, ''],
    ['sys.exit("cannot")', 1, 'cannot\n'],
    ['raise SystemExit(4)', 4, ''],
  ])('of %s', async (statement, status, stderr) => {
    const file = bench.compile('exits', `import sys\n${statement}\nprint("never")\n`);
    const result = await bench.call('flowvm', ['run', file]);
    expect(result).toEqual({ status, stdout: '', stderr });
  });

  test.each([
    [['run'], /missing required argument 'file'/],
    [['run', 'a.fbc', '--bogus'], /unknown option '--bogus'/],
    [['rum'], /Did you mean run\?/],
    [['run', 'not-there.fbc'], /not-there\.fbc: no such file/],
    [['run', 'source.flow'], /is source, not a compiled program/],
    [['run', 'good.fbc', '--entry', 'mian'], /no function 'mian'\n {2}did you mean 'main'\?/],
    [['run', 'good.fbc', '--label', 'x'], /'x' is no label/],
    [['run', 'good.fbc', '--quota', 'task=3'], /no quota 'task'\n {2}did you mean 'tasks'\?/],
    [['run', 'good.fbc', '--quota', 'tasks=0'], /whole number, here at least 1\n {2}tasks: /],
    [['run', 'good.fbc', '--listen', 'here'], /'here' is no place to listen/],
    [['run', 'good.fbc', '--public-url', 'http://x'], /--listen, which is missing/],
    [['adopt'], /--move or --fork/],
  ])('2 for %j', async (args, pattern) => {
    bench.file('source.flow', 'print(1)\n');
    bench.compile('good', COUNTDOWN);
    const { status, stdout, stderr } = await bench.call('flowvm', args);
    expect(stderr).toMatch(pattern);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  test('1 for a program that is damaged', async () => {
    const file = bench.compile('damaged', COUNTDOWN);
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const { status, stderr } = await bench.call('flowvm', ['run', file]);
    expect(stderr).toMatch(/FLOW_PROGRAM_CORRUPT/);
    expect(status).toBe(1);
  });
});

interface RunView {
  readonly status: string;
  readonly sequence: number;
  readonly tasks: readonly { readonly frames: readonly { readonly line: number }[] }[];
}

describe('interrupting', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s suspends the run, and says how to go on', async (signal, expected) => {
    const file = bench.compile(
      'naps',
      `from flow.time import sleep
seen = []
for i in range(3):
    print("turn", i)
    seen.append(i)
    sleep(0.7)
print(seen)
`,
    );
    const running = bench.start('flowvm', ['run', file]);
    await running.says(/turn 1\n/);
    running.signal(signal);
    const first = await running.end();
    expect(first.status).toBe(expected);
    const resume = /to go on: flowvm (resume (\S+))\n/.exec(first.stderr);
    expect(resume).not.toBeNull();
    const listed = await bench.call('flowvm', ['ps']);
    expect(listed.stdout).toContain(resume?.[2] ?? '?');
    const second = await bench.call('flowvm', (resume?.[1] ?? '').split(' '));
    expect(first.stdout + second.stdout).toBe('turn 0\nturn 1\nturn 2\n[0, 1, 2]\n');
    expect(second.status).toBe(0);
  });

  test('a run that only computes is left between two batches, and goes on from there', async () => {
    // It never ends, so that however fast or slow the machine is, there is a run to interrupt.
    const own = new Bench();
    const file = own.compile('busy', 'print("begun")\nn = 0\nwhile True:\n    n += 1\n');
    const running = own.start('flowvm', ['run', file]);
    await running.says(/begun/);
    await new Promise((resolve) => setTimeout(resolve, 300));
    running.signal('SIGINT');
    const { status, stderr } = await running.end();
    expect(status).toBe(130);
    const run = /resume (\S+)/.exec(stderr)?.[1] ?? '';
    const left = async (): Promise<number> => {
      const { stdout } = await own.call('flowvm', ['show', run, '--json']);
      const view = JSON.parse(stdout) as RunView;
      expect(view.status).toBe('ready');
      expect(view.tasks[0]?.frames[0]?.line).toBe(4);
      return view.sequence;
    };
    const first = await left();
    expect(first).toBeGreaterThan(1);
    const again = own.start('flowvm', ['resume', run, '--json']);
    await again.says(/"event":"loaded"/);
    await new Promise((resolve) => setTimeout(resolve, 300));
    again.signal('SIGINT');
    expect((await again.end()).status).toBe(130);
    expect(await left()).toBeGreaterThan(first);
    await own.close();
  });

  test('a driver that is killed leaves its runs as well', async () => {
    const file = bench.compile(
      'killed',
      'from flow.time import sleep\nprint("before")\nsleep(1)\nprint("after")\n',
    );
    const running = bench.start('flowvm', ['run', file, '--json']);
    await running.says(/"event":"waiting"/);
    await new Promise((resolve) => setTimeout(resolve, 200));
    running.signal('SIGKILL');
    expect((await running.end()).status).toBe('SIGKILL');
    const { status, stdout } = await bench.call('flowvm', ['resume']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'after\n' });
  });

  test('a reader that goes away suspends the run', async () => {
    const file = bench.compile(
      'pipe',
      'from flow.time import sleep\nfor i in range(100):\n    print(i)\n    sleep(0.05)\n',
    );
    const running = bench.start('flowvm', ['run', file]);
    await running.says(/1\n/);
    running.child.stdout?.destroy();
    const { status, stderr } = await running.end();
    expect(status).toBe(141);
    expect(stderr).toMatch(/is suspended; to go on: flowvm resume/);
    const run = /resume (\S+)/.exec(stderr)?.[1] ?? '';
    expect((await bench.call('flowvm', ['cancel', run])).status).toBe(0);
  });

  test('a reader of events that goes away, too', async () => {
    const file = bench.compile(
      'events',
      'from flow.time import sleep\nfor i in range(200):\n    print(i)\n    sleep(0.05)\n',
    );
    const running = bench.start('flowvm', ['run', file, '--json']);
    await running.says(/"output"/);
    running.child.stdout?.destroy();
    const { status, stderr } = await running.end();
    expect(status).toBe(141);
    const run = /resume (\S+)/.exec(stderr)?.[1] ?? '';
    expect((await bench.call('flowvm', ['cancel', run])).status).toBe(0);
  });

  test('a second Ctrl-C waits for nothing, and says how to go on all the same', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const file = bench.compile(
      'asks',
      `from flow.http import request\nprint("asks")\nrequest.get("http://127.0.0.1:${port}/")\n`,
    );
    const running = bench.start('flowvm', ['run', file]);
    await Promise.all([running.says(/asks\n/), once(silent, 'request')]);
    running.signal('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const beganMs = performance.now();
    running.signal('SIGINT');
    const { status, stderr } = await running.end();
    expect(performance.now() - beganMs).toBeLessThan(2_000);
    expect(status).toBe(130);
    expect(stderr).toMatch(/is suspended; to go on: flowvm resume/);
    silent.closeAllConnections();
    silent.close();
    const run = /resume (\S+)/.exec(stderr)?.[1] ?? '';
    expect((await bench.call('flowvm', ['cancel', run])).status).toBe(0);
  });
});

describe('flowmetal', () => {
  test('compiles and runs, and gives all words after the file to the script', async () => {
    const script = bench.file(
      'script.flow',
      '#!/usr/bin/env flowmetal\nimport sys, helper\nprint(helper.double(len(sys.argv)), sys.argv[1:])\n',
    );
    bench.file('helper.flow', 'def double(x):\n    return 2 * x\n');
    const result = await bench.call('flowmetal', [script, '--entry', '-q', '--', 'x']);
    expect(result).toEqual({
      status: 0,
      stdout: "10 ['--entry', '-q', '--', 'x']\n",
      stderr: '',
    });
  });

  test('is what a script can name in its first line', async () => {
    const script = bench.file(
      'direct',
      `#!${commandWords('flowmetal').join(' ')}\nprint("direct")\n`,
    );
    chmodSync(script, statSync(script).mode | 0o111);
    const env = { ...process.env, FLOWMETAL_STORE: bench.store, FLOWMETAL_HOST: 'test' };
    // The kernel hands over one argument at most, which is what `env -S` is for.
    const shebang = readFileSync(script, 'utf8').replace('#!', '#!/usr/bin/env -S ');
    bench.file('direct', shebang);
    expect(execFileSync(script, { env, encoding: 'utf8' })).toBe('direct\n');
  });

  test('tells mistakes of the script, and runs nothing', async () => {
    const script = bench.file('mistake.flow', 'print("never")\nx = (1 +\n');
    const { status, stdout, stderr } = await bench.call('flowmetal', [script]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^error\[[a-z-]+\]: /);
  });

  test('goes on with a run that was interrupted', async () => {
    const script = bench.file(
      'again.flow',
      'from flow.time import sleep\nprint("a")\nsleep(0.5)\nprint("b")\n',
    );
    const running = bench.start('flowmetal', [script]);
    await running.says(/a\n/);
    running.signal('SIGINT');
    const { stderr } = await running.end();
    const run = /resume (\S+)/.exec(stderr)?.[1] ?? '';
    const second = await bench.call('flowmetal', ['--resume', run]);
    expect(second).toEqual({ status: 0, stdout: 'b\n', stderr: '' });
    // The script again is a new run.
    const third = await bench.call('flowmetal', [script]);
    expect(third.stdout).toBe('a\nb\n');
  });
});

describe('callbacks', () => {
  const WAITS = `from flow.http import callback
cb = callback.new()
print(cb.url)
print(await cb.event)
`;

  test('are taken where --listen says', async () => {
    const file = bench.compile('calls', WAITS);
    const running = bench.start('flowvm', ['run', file, '--listen', '127.0.0.1:0']);
    await running.says(/callback.*\n/);
    const url = running.stdout.trim();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback\/[\w-]{32}$/);
    const headers = { 'content-type': 'application/json' };
    const post = { method: 'POST', headers, body: '{"ok": true}' };
    expect((await fetch(url, post)).status).toBe(200);
    const { status, stdout } = await running.end();
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${url}\n{'ok': True}\n` });
  });

  test('have the URL that others see, and outlive the driver', async () => {
    const file = bench.compile('proxied', WAITS);
    const first = bench.start('flowvm', [
      ...['run', file, '--listen', '0', '--public-url', 'https://flows.example/hooks'],
    ]);
    await first.says(/callback.*\n/);
    const url = first.stdout.trim();
    expect(url).toMatch(/^https:\/\/flows\.example\/hooks\/callback\/[\w-]{32}$/);
    first.signal('SIGTERM');
    const { stderr } = await first.end();
    expect(stderr).toMatch(/resume \S+ --listen 0 --public-url https:\/\/flows\.example\/hooks\n$/);
    const run = /resume (\S+)/.exec(stderr)?.[1] ?? '';
    const why = await bench.call('flowvm', ['why', run]);
    expect(why.stdout).toMatch(/for {7}a callback to .*woken by {2}whoever sends a request/s);
    const deaf = bench.start('flowvm', ['resume', run]);
    await deaf.says(/waits for a callback, and none is taken without --listen PORT\n/);
    deaf.signal('SIGTERM');
    await deaf.end();
    const second = bench.start('flowvm', ['resume', run, '--listen', '127.0.0.1:0', '--json']);
    await second.says(/"event":"listening"/);
    const listening = second.stdout.split('\n').find((line) => line.includes('listening')) ?? '';
    const { address } = JSON.parse(listening) as { address: string };
    const local = url.replace('https://flows.example/hooks', address);
    expect((await fetch(local, { method: 'POST', body: 'late' })).status).toBe(200);
    const { status, stdout } = await second.end();
    expect(status).toBe(0);
    expect(stdout).toContain('"stdout":"late\\n"');
  });

  test('need a place to listen, and one that is free', async () => {
    const file = bench.compile('nowhere', WAITS);
    const without = await bench.call('flowvm', ['run', file]);
    expect(without.status).toBe(1);
    expect(without.stderr).toMatch(/nobody listens for callbacks.*--listen/);
    const running = bench.start('flowvm', [
      ...['run', file, '--json', '--listen', '127.0.0.1:0', '--store', 'one'],
    ]);
    await running.says(/"event":"listening"/);
    const port = /127\.0\.0\.1:(\d+)/.exec(running.stdout)?.[1] ?? '';
    const taken = await bench.call('flowvm', ['run', file, '--listen', port, '--store', 'two']);
    expect(taken.status).toBe(1);
    expect(taken.stderr).toMatch(/127\.0\.0\.1:\d+ is taken/);
    running.signal('SIGKILL');
    await running.end();
  });
});
