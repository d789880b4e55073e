// Looking at runs and stores, and moving them: ps, show, why, history, cancel, export, import,
// adopt, verify; and what is said when a store cannot be opened.

import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Level } from 'level';
import { homeOf, homeText } from '../../bin/home.ts';
import { openLevelStore } from '../../vm/store/level.ts';
import { Bench, type Result } from './command.ts';

const bench = new Bench();
afterAll(() => bench.close());

const SLEEPER = `from flow.time import sleep, timeout

def wait(order, hours):
    receipt = {"order": order, "lines": [1, 2.5]}
    try:
        with timeout("30d"):
            sleep(hours * 3600)
    finally:
        print("left", order)
    return receipt
`;

/** A run that sleeps for hours, and nobody drives. */
async function sleeper(on: Bench, ...args: readonly string[]): Promise<string> {
  const file = on.compile('sleeper', SLEEPER);
  const running = on.start('flowvm', ['run', file, '--entry', 'wait', '--json', '--', ...args]);
  await running.says(/"event":"waiting"/);
  running.signal('SIGINT');
  const { stdout, status } = await running.end();
  expect(status).toBe(130);
  return (JSON.parse(stdout.split('\n')[0] ?? '') as { run: string }).run;
}

function json(result: Result): Record<string, unknown> {
  expect(result.status).toBe(0);
  return JSON.parse(result.stdout) as Record<string, unknown>;
}

describe('a sleeping run', () => {
  let run = '';
  beforeAll(async () => {
    run = await sleeper(bench, '17', '5');
  });

  test('is listed', async () => {
    const { stdout } = await bench.call('flowvm', ['ps']);
    const [heading, row] = stdout.split('\n');
    expect(heading).toMatch(/^RUN {10}STATUS {3}SINCE/);
    expect(row).toMatch(
      new RegExp(
        `^${run}  waiting  .*  sleeper\\.fbc: wait\\(\\)  line 7: a sleep that ends in 4 h`,
      ),
    );
    expect(json(await bench.call('flowvm', ['ps', '--json']))).toMatchObject({
      run,
      status: 'waiting',
      file: 'sleeper.fbc',
      entry: 'wait',
      epoch: 1,
    });
  });

  test('shows its stack, with source lines and locals', async () => {
    const { stdout } = await bench.call('flowvm', ['show', run.slice(0, 4)]);
    expect(stdout).toMatch(/^run {6}\S+\nstatus {3}waiting since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);
    expect(stdout).toContain(`
task 1, main: waiting
  File "sleeper.flow", line 7, in wait
    sleep(hours * 3600)
      order = 17
      hours = 5
      receipt = {'order': 17, 'lines': [1, 2.5]}
`);
    const view = json(await bench.call('flowvm', ['show', run, '--json']));
    expect(view).toMatchObject({
      run,
      tasks: [
        {
          number: 1,
          state: 'waiting',
          frames: [{ file: 'sleeper.flow', line: 7, name: 'wait', isLibrary: false }],
        },
      ],
    });
  });

  test('says why it is not running', async () => {
    const { stdout } = await bench.call('flowvm', ['why', run]);
    expect(stdout).toMatch(
      new RegExp(`^run ${run} \\(sleeper\\.fbc: wait\\(\\)\\) waits since .*

  sleeper\\.flow:7 in wait
      sleep\\(hours \\* 3600\\)
  for       a sleep that ends in 4 h 59 min
  since     .*
  until     .* \\(in 29 d 23 h\\), then Timeout
  woken by  time

no process drives it at the moment; to let it go on when it can: flowvm resume ${run}
$`),
    );
    const why = json(await bench.call('flowvm', ['why', run, '--json']));
    expect(why).toMatchObject({
      run,
      status: 'waiting',
      tasks: 1,
      reasons: [{ place: { line: 7 }, on: { kind: 'timer' }, wakers: ['time'], effect: null }],
    });
  });

  test('has a history', async () => {
    const { stdout } = await bench.call('flowvm', ['history', run, '--json']);
    const commits = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(commits[0]).toMatchObject({ sequence: 1, epoch: 1, generation: 1, status: 'waiting' });
    expect(commits.map((commit) => commit['sequence'])).toEqual(commits.map((_, i) => i + 1));
    const { stdout: text } = await bench.call('flowvm', ['history', run]);
    expect(text).toMatch(/^ {5}1 {2}\d{4}-.* KB +woke {8}the run began$/mu);
  });

  test('is part of a store that is well', async () => {
    const { status, stderr } = await bench.call('flowvm', ['verify']);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toMatch(/ unfinished: all is well\n$/);
  });

  test.each([
    ['show', 'xxxxx-yyyyy', /there is no run 'xxxxx-yyyyy'.*\n {2}to see all runs: flowvm ps/],
    ['why', '', /there is no run ''/],
    ['cancel', 'nothing', /there is no run 'nothing'/],
    ['resume', 'nothing', /there is no run 'nothing'/],
  ])('is not meant by %s %j', async (command, name, pattern) => {
    const { status, stderr, stdout } = await bench.call('flowvm', [command, name]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(pattern);
  });
});

test('a run that cannot go on says so, whoever asks', async () => {
  const other = new Bench();
  await sleeper(other, '17', '5');
  vi.stubEnv('FLOWMETAL_HOST', 'test');
  const store = await openLevelStore(other.store, { home: homeText(homeOf(other.store)) });
  vi.unstubAllEnvs();
  const code = Uint8Array.of(1);
  const program = createHash('sha256').update(code).digest('hex');
  await store.putCode(program, code);
  const seed = new Uint8Array(16);
  const birth = { program, entry: '', input: new Uint8Array(), createdMs: 0, seed };
  await store.createRun({ run: 'stuck-run', ...birth });
  await store.close();
  const { stdout } = await other.call('flowvm', ['why', 'stuck-run']);
  expect(stdout).toMatch(/\nbut it cannot go on here: .* \[FLOW_PROGRAM_CORRUPT\]\n$/);
  const why = json(await other.call('flowvm', ['why', 'stuck-run', '--json']));
  expect(why).toMatchObject({ status: 'ready', stuck: { code: 'FLOW_PROGRAM_CORRUPT' } });
  const listed = await other.call('flowvm', ['ps', '--json', '--where', 'run == "stuck-run"']);
  expect(json(listed)).toMatchObject({ run: 'stuck-run', quotas: null });
  const verified = await other.call('flowvm', ['verify']);
  expect(verified).toMatchObject({ status: 1, stderr: '1 error, see above\n' });
  expect(verified.stdout).toMatch(/^error: run stuck-run, commit 0: cannot go on here: /);
  await other.close();
});

test('a cancelled run leaves by its finally blocks', async () => {
  const own = new Bench();
  const run = await sleeper(own, '"a-7"', '5');
  const cancelled = await own.call('flowvm', ['cancel', run, '--reason', 'changed my mind']);
  expect(cancelled).toEqual({
    status: 0,
    stdout: 'left a-7\n',
    stderr: `run ${run} was cancelled: changed my mind\n`,
  });
  const again = await own.call('flowvm', ['cancel', run]);
  expect(again.stderr).toBe(`run ${run} has ended already: cancelled\n`);
  expect((await own.call('flowvm', ['resume', run])).status).toBe(1);
  expect((await own.call('flowvm', ['ps'])).stdout).toBe('');
  expect((await own.call('flowvm', ['ps', '--all'])).stdout).toContain('cancelled');
  expect(json(await own.call('flowvm', ['show', run, '--json']))).toMatchObject({
    status: 'cancelled',
    reason: 'changed my mind',
    tasks: [],
  });
  await own.close();
});

test('a run is taken to another store in one file', async () => {
  const from = new Bench();
  const to = new Bench();
  const run = await sleeper(from, '1', '0.0003');
  const file = from.path('one.flowrun');
  expect((await from.call('flowvm', ['export', run, '-o', file])).status).toBe(0);
  const piped = await from.call('flowvm', ['export', run, '-o', '-']);
  expect(piped.stdout.slice(0, 8)).toBe('flowrun\n');
  const imported = await to.call('flowvm', ['import', file]);
  expect(imported).toMatchObject({ status: 0, stdout: `${run}\n` });
  expect(imported.stderr).toMatch(/cancel it there, or never resume it/);
  const twice = await to.call('flowvm', ['import', file]);
  expect(twice.status).toBe(1);
  expect(twice.stderr).toMatch(/FLOW_RUN_EXISTS/);
  const resumed = await to.call('flowvm', ['resume', run]);
  expect(resumed).toMatchObject({ status: 0, stdout: 'left 1\n' });
  const bytes = readFileSync(file);
  bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  const damaged = await to.call('flowvm', ['import', file]);
  expect(damaged.stderr).toMatch(/FLOW_EXPORT_CORRUPT/);
  const elsewhere = to.path('elsewhere');
  const nowhere = await to.call('flowvm', ['import', file, '--store', elsewhere]);
  expect(nowhere.stderr).toMatch(/FLOW_EXPORT_CORRUPT/);
  expect(existsSync(elsewhere)).toBe(false);
  await from.close();
  await to.close();
});

describe('a store', () => {
  test('that was copied asks to be adopted, and says why', async () => {
    const own = new Bench();
    const run = await sleeper(own, '1', '0.0003');
    const copy = own.path('copy');
    const fork = own.path('fork');
    cpSync(own.store, copy, { recursive: true });
    cpSync(own.store, fork, { recursive: true });
    const refused = await own.call('flowvm', ['resume', '--store', copy]);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(
      /copied or moved here: it was last opened in .*FLOW_STORE_MOVED/,
    );
    expect(refused.stderr).toContain(`flowvm adopt --move --store ${copy}`);
    expect(refused.stderr).toContain(`flowvm adopt --fork --store ${copy}`);
    const both = await own.call('flowvm', ['adopt', '--move', '--fork', '--store', copy]);
    expect(both.status).toBe(2);

    const moved = json(await own.call('flowvm', ['adopt', '--move', '--json', '--store', copy]));
    expect(moved).toMatchObject({ generation: 2, parent: null, unfinished: 1 });
    const forked = json(await own.call('flowvm', ['adopt', '--fork', '--json', '--store', fork]));
    expect(forked).toMatchObject({ generation: 2, parent: moved['id'] });
    expect(forked['id']).not.toBe(moved['id']);
    const again = await own.call('flowvm', ['adopt', '--move', '--store', copy]);
    expect(again.status).toBe(1);
    expect(again.stderr).toMatch(/nothing to adopt/);

    const resumed = await own.call('flowvm', ['resume', run, '--store', copy]);
    expect(resumed).toEqual({ status: 0, stdout: 'left 1\n', stderr: '' });
    await own.close();
  });

  test('that was renamed, or whose host is another, asks too', async () => {
    const own = new Bench();
    await sleeper(own, '1', '1');
    const other = await own.call('flowvm', ['ps'], { FLOWMETAL_HOST: 'other' });
    expect(other.stderr).toMatch(/it was last opened on another machine/);
    renameSync(own.store, own.path('renamed'));
    const renamed = await own.call('flowvm', ['ps', '--store', 'renamed']);
    expect(renamed.stderr).toMatch(/it was last opened in /);
    await own.close();
  });

  test('that is open elsewhere says where', async () => {
    const own = new Bench();
    const file = own.compile('sleeper', SLEEPER);
    const args = ['run', file, '--entry', 'wait', '--json', '--', '1', '1'];
    const running = own.start('flowvm', args);
    await running.says(/"event":"waiting"/);
    const { status, stderr } = await own.call('flowvm', ['ps']);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`is open in flowvm run \\(process ${running.child.pid}, since .*LOCKED`),
    );
    expect(stderr).toContain(`kill ${running.child.pid}`);
    running.signal('SIGTERM');
    expect((await running.end()).status).toBe(143);
    expect((await own.call('flowvm', ['ps'])).status).toBe(0);
    await own.close();
  });

  test('that others look at is waited for', async () => {
    const own = new Bench();
    await sleeper(own, '1', '1');
    const looks = Array.from({ length: 4 }, () => own.call('flowvm', ['ps', '--json']));
    for (const look of await Promise.all(looks)) expect(look.status).toBe(0);
    await own.close();
  });

  test.each(['ps', 'show', 'why', 'resume', 'verify', 'adopt'])(
    'is not made by looking for one: %s',
    async (command) => {
      const words = { show: ['run'], why: ['run'], adopt: ['--move'] }[command] ?? [];
      const { status, stderr } = await bench.call('flowvm', [command, ...words, '--store', 'none']);
      expect(status).toBe(1);
      expect(stderr).toMatch(/there is no store in .*none \[FLOW_STORE_MISSING\]/);
      expect(readdirSync(bench.folder)).not.toContain('none');
    },
  );

  test('is not made among other things', async () => {
    const file = bench.compile('foreign', 'print(1)\n');
    const { status, stderr } = await bench.call('flowvm', ['run', file, '--store', '.']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/FLOW_STORE_FOREIGN/);
  });

  test('with a key opens only with it', async () => {
    const own = new Bench();
    const key = { FLOWMETAL_STORE_KEY: 'a key of sixteen bytes or more' };
    const file = own.compile('keyed', 'print("kept")\n');
    expect(await own.call('flowvm', ['run', file], key)).toMatchObject({ status: 0 });
    const without = await own.call('flowvm', ['ps', '-a']);
    expect(without.stderr).toMatch(/was made with a key, and none was given.*FLOW_STORE_KEY/);
    expect((await own.call('flowvm', ['ps', '-a'], key)).stdout).toContain('keyed.fbc');
    await own.close();
  });

  test('needs a name, and a place where a directory can be made', async () => {
    const own = new Bench();
    const file = own.compile('placed', 'print(1)\n');
    const empty = await own.call('flowvm', ['run', file, '--store', '']);
    expect(empty).toMatchObject({ status: 2, stdout: '' });
    expect(empty.stderr).toMatch(/--store names no directory/);
    const within = await own.call('flowvm', ['run', file, '--store', `${file}/store`]);
    expect(within.status).toBe(2);
    expect(within.stderr).toMatch(/placed\.fbc\/store: is not in a directory\n$/);
    if (process.platform === 'linux') {
      const odd = await own.call('flowvm', ['run', file, '--store', '/proc/flow/store']);
      expect(odd).toEqual({
        status: 2,
        stdout: '',
        stderr: 'flowvm run: /proc/flow: no directory can be made there\n',
      });
    }
    await own.close();
  });

  test('whose seal is wrong is not sent to verify by verify', async () => {
    const own = new Bench();
    await sleeper(own, '1', '1');
    const db = new Level<string, Uint8Array>(own.store, { valueEncoding: 'view' });
    const [[key, value] = ['', new Uint8Array()]] = await db
      .iterator({ gte: 'store', limit: 1 })
      .all();
    value[value.length - 1]! ^= 1;
    await db.put(key, value, { sync: true });
    await db.close();
    const looked = await own.call('flowvm', ['ps']);
    expect(looked.stderr).toMatch(/FLOW_STORE_CORRUPT.*to see all that is wrong: flowvm verify/s);
    const verified = await own.call('flowvm', ['verify']);
    expect(verified.status).toBe(1);
    expect(verified.stderr).toMatch(/FLOW_STORE_CORRUPT/);
    expect(verified.stderr).not.toMatch(/flowvm verify\n|to see all/);
    await own.close();
  });

  test('that is damaged is told of', async () => {
    const own = new Bench();
    await sleeper(own, '1', '1');
    for (const name of readdirSync(own.store).filter((each) => each.endsWith('.log'))) {
      const path = join(own.store, name);
      const bytes = readFileSync(path);
      const at = bytes.indexOf('sleeper.flow');
      if (at < 0) continue;
      bytes[at] = 0x53;
      writeFileSync(path, bytes);
    }
    const { status, stderr, stdout } = await own.call('flowvm', ['verify']);
    expect(status).toBe(1);
    expect(stdout + stderr).toMatch(/FLOW_STORE_|error: /);
    await own.close();
  });
});
