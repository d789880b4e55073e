// Measures engines of durable runs: the command.
//
//     node test/bench/peers/run.ts --peer restate --probe steps [--json] [--help]
//
// Invariants:
//
//   M1. Whatever happens, Ctrl-C too, all processes are ended and all files removed.
//   M2. What is measured goes to stdout, progress and failures to stderr.

import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { arch, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { median } from '../bench.ts';
import { isInMemory, syncsPerSecond } from './disk.ts';
import type { Peer, PeerKind } from './peer.ts';
import { type Figures, type Probe, PROBES, SETTINGS, type Settings, warmUp } from './probes.ts';
import { NotInstalled, portsFrom, Refused, sleep, unlessDeath } from './processes.ts';
import { PEERS } from './peers.ts';
import { type Result, withUnit } from './results.ts';

const ROUNDS = 5;
const TIMEOUT_SECONDS = 1800;
const EXIT_BAD_CALL = 2;
const EXIT_INTERRUPTED = 130;

// ---------------------------------------------------------------- the command

const OPTIONS = {
  peer: { type: 'string', multiple: true, default: [] },
  probe: { type: 'string', multiple: true, default: [] },
  mode: { type: 'string' },
  rounds: { type: 'string', default: String(ROUNDS) },
  timeout: { type: 'string', default: String(TIMEOUT_SECONDS) },
  port: { type: 'string' },
  dir: { type: 'string', default: tmpdir() },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} satisfies ParseArgsOptionsConfig;

interface Call {
  readonly peers: readonly string[];
  readonly probes: readonly string[];
  readonly mode: string | null;
  readonly rounds: number;
  readonly timeoutMs: number;
  readonly port: number | null;
  readonly dir: string;
  readonly json: boolean;
  readonly settings: Settings;
}

function help(): string {
  const rows = (of: Readonly<Record<string, string>>): string[] =>
    Object.entries(of).map(([name, about]) => `    ${name.padEnd(12)}${about}`);
  const probes = Object.entries(PROBES).map(([name, { about, settings }]) => {
    const all = Object.entries(settings).map(([setting, value]) => `--${setting} ${value}`);
    return `    ${name.padEnd(12)}${about}\n${' '.repeat(16)}${all.join(' ')}`;
  });
  const peers = Object.entries(PEERS).flatMap(([name, { about, modes }]) => [
    `    ${name.padEnd(12)}${about}`,
    ...Object.entries(modes).map(([mode, says]) => `${' '.repeat(16)}--mode ${mode}: ${says}`),
  ]);
  return [
    'node test/bench/peers/run.ts --peer NAME... [--probe NAME...] [options]',
    '',
    '  --peer, which may be given more than once:',
    ...peers,
    '',
    '  --probe, which may be given more than once; all if not given:',
    ...probes,
    '',
    '  settings of probes:',
    ...Object.entries(SETTINGS).map(([name, about]) => `    --${`${name} N`.padEnd(12)}${about}`),
    '',
    '  options:',
    ...rows({
      '--mode NAME': 'how the peer is set up; the first of its modes if not given',
      '--rounds N': `how often each is measured; medians are told (${ROUNDS})`,
      '--timeout N': `seconds after which a round has failed (${TIMEOUT_SECONDS})`,
      '--port N': 'the first of the ports used, not some that are free',
      '--dir PATH': `where data is kept while it is measured (${tmpdir()})`,
      '--json': 'one document a line',
    }),
  ].join('\n');
}

function readCall(): Call {
  const settings = Object.fromEntries(
    Object.keys(SETTINGS).map((name) => [name, { type: 'string' as const }]),
  );
  const { values } = parseArgs({ options: { ...OPTIONS, ...settings } });
  if (values.help) {
    console.log(help());
    process.exit(0);
  }
  if (values.peer.length === 0) throw new TypeError('--peer is missing; see --help');
  known('peer', values.peer, PEERS);
  known('probe', values.probe, PROBES);
  for (const name of values.peer) {
    known('mode', values.mode === undefined ? [] : [values.mode], PEERS[name]?.modes ?? {});
  }
  const given = Object.keys(SETTINGS).flatMap((name) => {
    const text = (values as Readonly<Record<string, unknown>>)[name];
    return typeof text === 'string' ? [[name, whole(`--${name}`, text, 0)] as const] : [];
  });
  return {
    peers: values.peer,
    probes: values.probe.length > 0 ? values.probe : Object.keys(PROBES),
    mode: values.mode ?? null,
    rounds: whole('--rounds', values.rounds, 1),
    timeoutMs: whole('--timeout', values.timeout, 1) * 1000,
    port: values.port === undefined ? null : whole('--port', values.port, 1),
    dir: values.dir,
    json: values.json,
    settings: Object.fromEntries(given),
  };
}

function known(
  what: string,
  names: readonly string[],
  of: Readonly<Record<string, unknown>>,
): void {
  for (const name of names) {
    if (Object.hasOwn(of, name)) continue;
    throw new TypeError(`no ${what} is called ${name}: there are ${Object.keys(of).join(', ')}`);
  }
}

function whole(what: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new TypeError(`${what} is a whole number from ${least}`);
}

// ----------------------------------------------------------------- measuring

/** The peer that is being measured; ended whatever happens. */
let current: Peer | null = null;

async function measure(call: Call, root: string, name: string, probeName: string): Promise<Result> {
  const kind = PEERS[name] as PeerKind;
  const probe = PROBES[probeName] as Probe;
  const mode = call.mode ?? Object.keys(kind.modes)[0] ?? '';
  const settings = Object.fromEntries(
    Object.entries(probe.settings).map(([each, value]) => [each, call.settings[each] ?? value]),
  );
  const rounds: Figures[] = [];
  const syncs: number[] = [];
  let facts: Result['facts'] = {};
  for (let i = 0; i < call.rounds; i++) {
    const progress = (text: string): void => {
      console.error(`${name} ${probeName} ${i + 1}/${call.rounds}: ${text}`);
    };
    const directory = join(root, `${name}-${probeName}-${i}`);
    mkdirSync(directory);
    syncs.push(syncsPerSecond(root));
    const peer = kind.open({ directory, port: portsFrom(call.port), mode });
    current = peer;
    const setting = (each: string): number => settings[each] ?? Number.NaN;
    const work = async (): Promise<Figures> => {
      progress('starting');
      await peer.start();
      facts = await peer.facts();
      await warmUp(peer);
      return probe.measure({ peer, directory, setting, progress, pause: sleep });
    };
    try {
      const figures = await within(call.timeoutMs, unlessDeath(work));
      rounds.push(figures);
      progress(told(figures));
    } finally {
      await peer.stop();
      current = null;
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    }
  }
  const names = Object.keys(rounds[0] ?? {});
  const middle = (each: string): number => median(rounds.map((one) => one[each] ?? Number.NaN));
  return {
    bench: 'peers',
    peer: name,
    mode,
    probe: probeName,
    settings,
    figures: Object.fromEntries(names.map((each) => [each, middle(each)])),
    rounds,
    syncsPerSecond: median(syncs),
    facts,
    machine: `${cpus()[0]?.model ?? arch()}, ${cpus().length} cores, Node ${process.versions.node}`,
  };
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Refused(`not done after ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function told(figures: Figures): string {
  const all = Object.entries(figures).map(([name, value]) => `${name} ${withUnit(name, value)}`);
  return all.join(', ');
}

function print(result: Result, json: boolean): void {
  if (json) return console.log(JSON.stringify(result));
  const { peer, mode, probe, figures } = result;
  const disk = `disk ${withUnit('PerSecond', result.syncsPerSecond)}`;
  console.log(`${`${peer} (${mode}) ${probe}`.padEnd(36)}${told(figures)}   [${disk}]`);
}

/** Say why, without a stack where a person can mend it. */
function fail(what: string, error: unknown): void {
  const isPlain = error instanceof Refused || error instanceof NotInstalled;
  const text = error instanceof Error ? (isPlain ? error.message : error.stack) : String(error);
  console.error(`${what}: ${text}`);
  process.exitCode = 1;
}

// --------------------------------------------------------------------- main

async function main(call: Call): Promise<void> {
  mkdirSync(call.dir, { recursive: true });
  const root = mkdtempSync(join(call.dir, 'flow-peers-'));
  // A database that may not run as root must be able to pass.
  chmodSync(root, 0o711);
  process.on('exit', () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
  const interrupted = (): void => {
    // The second time at once: on exit all that is left is killed.
    process.once('SIGINT', () => process.exit(EXIT_INTERRUPTED));
    console.error('ending');
    void Promise.resolve(current?.stop()).finally(() => process.exit(EXIT_INTERRUPTED));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupted);
  if (isInMemory(root)) console.error(`${root} is in memory: nothing is flushed to a disk`);
  for (const peer of call.peers) {
    for (const probe of call.probes) {
      try {
        print(await measure(call, root, peer, probe), call.json);
      } catch (error) {
        fail(`${peer} ${probe}`, error);
        if (error instanceof NotInstalled) break;
      }
    }
  }
}

/** The call, or why it cannot be followed. */
function callOrExit(): Call {
  try {
    return readCall();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(error.message);
    process.exit(EXIT_BAD_CALL);
  }
}

await main(callOrExit());
