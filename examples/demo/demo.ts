// The demo: a program is killed in the middle, its store is copied, and it finishes elsewhere.
//
//     npm run demo
//
//     wilson ◀──POST job── driver 1 ✗ SIGKILL        here
//        │                                            cp -r
//        └────callback───▶ driver 2 ──▶ result        there
//
// Everything is real: processes, HTTP, the signal, the disk. What is printed was measured or read
// just before; if something is not as told, the demo fails.

import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePort, Process, type Event } from './processes.ts';

/** How long each of wilson's three stages takes: time enough to be killed and moved in. */
const STAGE_MS = 2500;

const folder = mkdtempSync(join(tmpdir(), 'flowmetal-demo-'));
const here = join(folder, 'here');
const there = join(folder, 'there');
const PROGRAM = 'examples/reboot.flow';
const env = { ...process.env, FLOWMETAL_STORE: '', NO_COLOR: '1' };
const running = new Set<Process>();

function start(name: string, args: readonly string[], cwd = folder): Process {
  const started = new Process(name, args, cwd, env);
  running.add(started);
  void started.end().then(() => running.delete(started));
  return started;
}

/** A command that ends by itself; fails unless it ends as expected. */
async function call(
  name: string,
  args: readonly string[],
  how: { readonly status?: number; readonly cwd?: string } = {},
): Promise<Process> {
  const called = start(name, args, how.cwd);
  const status = await called.end();
  if (status === (how.status ?? 0)) return called;
  throw new Error(`${name} ${args.join(' ')} ended with ${status}:\n${called.stderr}`);
}

let steps = 0;

function step(text: string): void {
  steps += 1;
  console.log(`\n${bold(`${steps}. ${text}`)}`);
}

function tell(text: string): void {
  for (const line of text.trimEnd().split('\n')) console.log(`   ${line}`.trimEnd());
}

function bold(text: string): string {
  return process.stdout.isTTY ? `\u001b[1m${text}\u001b[22m` : text;
}

function command(text: string): void {
  tell(`$ ${text.replaceAll(folder, '.')}`);
}

/** A field of an event that must be a number. */
function numberIn(event: Event, name: string): number {
  const value = event[name];
  if (typeof value === 'number') return value;
  throw new Error(`the event ${event.event} has no ${name}`);
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not as it should be: ${what}`);
}

/** Bytes of the files in a folder. */
function sizeOf(directory: string): number {
  return readdirSync(directory).reduce(
    (sum, file) => sum + statSync(join(directory, file)).size,
    0,
  );
}

/** The run waits for its callback: where, and what it has done so far. */
function waitsForCallback(event: Event): { event: Event; line: number; text: string } | null {
  if (event.event !== 'waiting' || !Array.isArray(event['reasons'])) return null;
  const [reason] = event['reasons'] as { on: { effectKind?: string }; place: Place | null }[];
  if (reason?.on.effectKind !== 'http.callback' || reason.place === null) return null;
  return { event, line: reason.place.line, text: reason.place.text };
}

interface Place {
  readonly line: number;
  readonly text: string;
}

async function story(): Promise<void> {
  const beginMs = performance.now();
  step('wilson, a service that drains, reboots and undrains hosts, starts');
  const wilson = start('examples/wilson/main', [
    ...['--port', '0', '--stage-ms', String(STAGE_MS), '--data', join(folder, 'wilson')],
  ]);
  const url = (await wilson.line()) ?? '';
  must(url.startsWith('http://127.0.0.1:'), `wilson says where it is, not '${url}'`);
  tell(`it is at ${url}, and takes ${(3 * STAGE_MS) / 1000} s for a job`);

  step('the program is compiled');
  const compiled = join(folder, 'reboot.fbc');
  const root = packageFolder();
  command(`flowc ${PROGRAM} -o ${compiled}`);
  await call('bin/flowc', [PROGRAM, '-o', compiled], { cwd: root });
  const lines = readFileSync(join(root, PROGRAM), 'utf8').split('\n').length - 1;
  tell(`${lines} lines became ${statSync(compiled).size} bytes, the library it needs included`);

  step('a driver runs it');
  const listen = ['--listen', `127.0.0.1:${await freePort()}`];
  const args = ['--entry', 'reboot', ...listen, '--json', '--', 'node-17', url];
  command(`flowvm run reboot.fbc --store ${here} --entry reboot ${listen.join(' ')} -- node-17 …`);
  const first = start('bin/flowvm', ['run', compiled, '--store', here, ...args]);
  const { event: waiting, line, text } = await first.event(waitsForCallback);
  const run = String(waiting['run']);
  tell(`run ${run} has asked wilson for the job, and waits for the callback:`);
  tell(`reboot.flow:${line}  ${text}`);
  tell(`so far it made ${numberIn(waiting, 'ticks')} calls and loop turns`);

  step('the driver is killed, without a warning');
  command(`kill -KILL ${first.child.pid ?? ''}`);
  first.child.kill('SIGKILL');
  must((await first.end()) === 'SIGKILL', 'the driver died of SIGKILL');
  tell('nothing of the program is in any process now');

  step('its store is copied, as to another machine');
  command(`cp -r ${here} ${there}`);
  cpSync(here, there, { recursive: true });
  rmSync(here, { recursive: true });
  tell(`${sizeOf(there)} bytes of files, and the first folder is gone`);

  step('opened in its new place, the store asks what it is');
  command(`flowvm ps --store ${there}`);
  const refused = await call('bin/flowvm', ['ps', '--store', there], { status: 1 });
  must(refused.stderr.includes('FLOW_STORE_MOVED'), 'a copied store is refused');
  tell(refused.stderr.replaceAll(folder, '.'));
  command(`flowvm adopt --move --store ${there}`);
  const adopted = await call('bin/flowvm', ['adopt', '--move', '--store', there]);
  tell(adopted.stderr.replaceAll(folder, '.'));

  step('there, the run can be looked at while it sleeps');
  command(`flowvm why ${run} --store ${there}`);
  const why = await call('bin/flowvm', ['why', run, '--store', there]);
  for (let said = await why.line(); said !== null; said = await why.line()) {
    tell(said.replaceAll(folder, '.'));
  }

  step('another driver goes on with it');
  command(`flowvm resume ${run} --store ${there} ${listen.join(' ')}`);
  const second = start('bin/flowvm', ['resume', run, '--store', there, ...listen, '--json']);
  const loaded = await second.event((event) => (event.event === 'loaded' ? event : null));
  const again = numberIn(waiting, 'ticks') - numberIn(loaded, 'ticks');
  must(again === 0, `${again} ticks were lost`);
  tell(
    `resumed in ${numberIn(loaded, 'ms').toFixed(1)} ms, at commit ${numberIn(loaded, 'sequence')}`,
  );
  tell(`snapshot read: ${numberIn(loaded, 'bytes')} bytes`);
  tell(`instructions run again: ${again}`);
  tell(`it waits at the same line, ${line}, until wilson delivers`);

  step('wilson is done, and calls back');
  const ended = await second.event((event) => (event.event === 'ended' ? event : null));
  const status = await second.end();
  must(status === 0 && ended['status'] === 'done', `the run is done, not ${status}`);
  const result = ended['result'] as { host?: string; status?: string };
  must(result.host === 'node-17' && result.status === 'SUCCESS', 'the job succeeded');
  tell(`the run is done: ${JSON.stringify(result)}`);
  await checkJournal(url);

  const seconds = ((performance.now() - beginMs) / 1000).toFixed(0);
  console.log(`\nThat took ${seconds} s. Node ${process.version}.`);
}

/** One job was made, under one key, and its callback was taken once. */
async function checkJournal(url: string): Promise<void> {
  const response = await fetch(`${url}/admin/journal`);
  const journal = (await response.json()) as JournalRow[];
  const jobs = journal.filter(({ kind, method }) => kind === 'request' && method === 'POST');
  must(jobs.length === 1 && jobs[0]?.key != null, 'wilson was asked for one job');
  const taken = journal.filter(({ kind, outcome }) => kind === 'delivery' && outcome === 200);
  must(taken.length === 1, 'the callback was taken once');
  tell(`wilson's journal: 1 job asked for, and its callback taken once`);
}

interface JournalRow {
  readonly kind: string;
  readonly method?: string;
  readonly key?: string | null;
  readonly outcome?: number | string;
}

/** The package's folder, whether this runs from the sources or from dist/ in it. */
function packageFolder(): string {
  const near = fileURLToPath(new URL('../../', import.meta.url));
  return existsSync(join(near, PROGRAM)) ? near : join(near, '..');
}

try {
  await story();
} catch (error) {
  console.error(`\nthe demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  const ends = [...running].map((each) => {
    each.child.kill('SIGKILL');
    return each.end();
  });
  await Promise.all(ends);
  rmSync(folder, { recursive: true, force: true });
}
