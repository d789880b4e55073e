// Disks that are full or read-only, and stores that cannot be read: what a person is told, and that
// the runs go on when it is mended, without a step in between. Faults at every write are played in
// test/crash/writes.ts, on every machine; here are real file systems, where they can be mounted.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Level } from 'level';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { readMeta } from '../../vm/store/identity.ts';
import { STORE, STORE_FORMAT } from '../../vm/store/records.ts';
import { Seal } from '../../vm/store/seal.ts';
import { Bench, type Result } from './command.ts';

const bench = new Bench();
const disk = bench.path('disk');
mkdirSync(disk);
afterAll(() => bench.close());

function mount(...options: readonly string[]): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', disk], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

function unmount(): boolean {
  try {
    execFileSync('umount', [disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The process that a dead driver had for checkpoints has its files, for as long as it begins. */
async function patiently(does: () => boolean): Promise<void> {
  for (let i = 0; i < 100 && !does(); i++) await new Promise((next) => setTimeout(next, 50));
}

const canMount = mount('size=1m');
if (canMount) unmount();
else console.warn('no file system can be mounted here: real full and read-only disks are SKIPPED');

const GROWS = `
from flow.time import sleep
held = []
for n in range(30):
    held.append(str(n % 10) * 60_000)
    sleep(0.002)
    print(n)
print("sum", sum(len(text) for text in held))
`;
const grows = bench.compile('grows', GROWS);
const small = bench.compile('small', 'print("small")\n');
const OUTPUT = [...Array.from({ length: 30 }, (_, n) => `${n}`), 'sum 1800000', ''].join('\n');

const COMMANDS = [['ps'], ['verify'], ['resume'], ['run', small]] as const;

/** Each command says so, with its code, and changes nothing of what is committed. */
async function allSay(store: string, code: string, ...words: readonly RegExp[]): Promise<void> {
  for (const [name, ...args] of COMMANDS) {
    const said = await bench.call('flowvm', [name, ...args], { FLOWMETAL_STORE: store });
    expect(said, name).toMatchObject({ status: 1, stdout: '' });
    expect(said.stderr).toMatch(new RegExp(`^flowvm ${name}: .*\\[${code}\\]\n`));
    for (const word of words) expect(said.stderr, name).toMatch(word);
    expect(said.stderr.match(/\[FLOW_/g), 'once').toHaveLength(1);
  }
}

/** An event of `--json`. */
interface Event {
  readonly event: string;
  readonly sequence?: number;
  readonly stdout?: string;
}

/** What the lives of one run have told, each commit once. */
function printed(...lives: readonly Result[]): string {
  const told = new Map<number, string>();
  for (const { stdout: lines } of lives) {
    // The last line of one that was killed may have been cut off.
    for (const line of lines.split('\n').slice(0, -1)) {
      const { event, sequence = 0, stdout = '' } = JSON.parse(line) as Event;
      if (event === 'output') told.set(sequence, stdout);
    }
  }
  const inOrder = [...told].toSorted(([a], [b]) => a - b);
  return inOrder.map(([, text]) => text).join('');
}

/** The run goes on, from what it had committed; what was told then and now is all it prints. */
async function goesOn(store: string, before: Result): Promise<void> {
  const env = { FLOWMETAL_STORE: store };
  const after = await bench.call('flowvm', ['resume', '--json'], env);
  expect(after).toMatchObject({ status: 0, stderr: '' });
  expect(printed(before, after)).toBe(OUTPUT);
  const checked = await bench.call('flowvm', ['verify'], env);
  expect(checked).toMatchObject({ status: 0 });
  expect(checked.stderr).toMatch(/0 unfinished: all is well/);
}

const RUN = ['run', '--json', grows];

/** A run that is under way when its process is killed. */
async function killed(store: string): Promise<Result> {
  const going = bench.start('flowvm', RUN, { FLOWMETAL_STORE: store });
  await going.says(/"stdout":"5/);
  going.signal('SIGKILL');
  return await going.end();
}

describe.skipIf(!canMount)('a real file system', () => {
  const store = join(disk, 'store');
  afterEach(() => patiently(unmount));

  test('that is full is told, and its runs go on when there is room', async () => {
    mount('size=1m');
    const full = await bench.call('flowvm', RUN, { FLOWMETAL_STORE: store });
    expect(full.status).toBe(1);
    expect(full.stderr).toMatch(
      /^the store has failed.*No space left on device.*\[FLOW_STORE_UNAVAILABLE\]\n {2}make room/,
    );
    expect(full.stderr).toMatch(/is suspended; to go on: flowvm resume/);
    // Not so much as what LevelDB writes to open it.
    await allSay(
      store,
      'FLOW_STORE_UNAVAILABLE',
      /No space left/,
      /make room.*\n {4}flowvm resume/,
    );
    mount('remount', 'size=64m');
    await goesOn(store, full);
  });

  test('that is full from the beginning is told, and a store is made when there is room', async () => {
    mount('size=64k');
    writeFileSync(join(disk, 'filler'), Buffer.alloc(60 * 1024));
    const env = { FLOWMETAL_STORE: store };
    const full = await bench.call('flowvm', ['run', small], env);
    expect(full).toMatchObject({ status: 1, stdout: '' });
    expect(full.stderr).toMatch(/No space left.*\[FLOW_STORE_UNAVAILABLE\]\n {2}make room/);
    mount('remount', 'size=64m');
    const room = await bench.call('flowvm', ['run', small], env);
    expect(room).toEqual({ status: 0, stdout: 'small\n', stderr: '' });
  });

  test('that is read-only is told, and its runs go on when it is not', async () => {
    mount('size=64m');
    const before = await killed(store);
    await patiently(() => mount('remount', 'ro'));
    await allSay(store, 'FLOW_STORE_UNAVAILABLE', /Read-only/, /make its disk writable/);
    // A store cannot be made there either.
    const none = { FLOWMETAL_STORE: join(disk, 'another') };
    const made = await bench.call('flowvm', ['run', small], none);
    expect(made).toMatchObject({ status: 1, stdout: '' });
    expect(made.stderr).toMatch(
      /read-only.*\[FLOW_STORE_UNAVAILABLE\]\n {2}make its disk writable/,
    );
    mount('remount', 'rw');
    await goesOn(store, before);
  });
});

// What is forbidden is forbidden to everybody but root.
test.skipIf(process.getuid?.() === 0)('a directory that may not be written is told', async () => {
  const store = bench.path('forbidden');
  const before = await killed(store);
  chmodSync(store, 0o500);
  await allSay(store, 'FLOW_STORE_UNAVAILABLE', /[Pp]ermission denied/, /let this user/);
  chmodSync(store, 0o700);
  await goesOn(store, before);
});

test('a file that cannot be read is told, and the runs go on when it is back', async () => {
  const store = bench.path('unread');
  const before = await killed(store);
  for (const file of ['CURRENT', '000003.log']) {
    const [path, away] = [join(store, file), bench.path('away')];
    renameSync(path, away);
    mkdirSync(path);
    await allSay(store, 'FLOW_STORE_CORRUPT', new RegExp(file), /put back/);
    rmSync(path, { recursive: true });
    renameSync(away, path);
  }
  await goesOn(store, before);
});

test('a store of a newer format is told, and left as it is', async () => {
  const store = bench.path('newer');
  const before = await killed(store);
  const kept = await changed(store, 'store', (record) => {
    const body = STORE.write({ ...readMeta(record), format: STORE_FORMAT + 1 });
    return new Seal(null).closePlain('store', [STORE.version, ...body]);
  });
  await allSay(
    store,
    'FLOW_STORE_VERSION',
    new RegExp(`format ${STORE_FORMAT + 1}`),
    /install a newer flowmetal/,
  );
  await changed(store, 'store', () => kept);
  await goesOn(store, before);
});

test('a run that is damaged is told, and the others go on', async () => {
  const store = bench.path('damaged');
  const env = { FLOWMETAL_STORE: store };
  await killed(store);
  const [first = ''] = (await bench.call('flowvm', ['ps'], env)).stdout.match(/^\S+-\S+/m) ?? [];
  const before = await killed(store);
  const kept = await changed(store, `head!${first}`, (record) => {
    const flipped = new Uint8Array(record);
    flipped[9]! ^= 1;
    return flipped;
  });
  const why = new RegExp(`run ${first} cannot .*head!${first}: seal .*\\[FLOW_STORE_CORRUPT\\]`);
  const listed = await bench.call('flowvm', ['ps'], env);
  expect(listed).toMatchObject({ status: 1, stderr: expect.stringMatching(why) });
  expect(listed.stdout.match(/grows\.fbc/g)).toHaveLength(1);
  const checked = await bench.call('flowvm', ['verify'], env);
  expect(checked.status).toBe(1);
  const found = checked.stdout.split('\n').filter((line) => line.startsWith('error: '));
  expect(found).toEqual(found.filter((line) => line.startsWith(`error: run ${first}`)));
  expect(found.length).toBeGreaterThan(0);

  const resumed = await bench.call('flowvm', ['resume', '--json'], env);
  expect(resumed).toMatchObject({ status: 1, stderr: expect.stringMatching(why) });
  expect(printed(before, resumed)).toBe(OUTPUT);
  await changed(store, `head!${first}`, () => kept);
  expect(await bench.call('flowvm', ['resume'], env)).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/sum 1800000\n$/),
  });
});

/** Changes a record; gives what it was. */
async function changed(
  store: string,
  key: string,
  change: (record: Uint8Array) => Uint8Array,
): Promise<Uint8Array> {
  const db = new Level<string, Uint8Array>(store, { valueEncoding: 'view' });
  const record = (await db.get(key)) ?? new Uint8Array();
  await db.put(key, change(record));
  await db.close();
  return record;
}
