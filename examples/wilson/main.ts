// Wilson from the command line.
//
//     node examples/wilson/main.ts [--port N] [--host H] [--data DIR] [--stage-ms N] [faults]
//
// Its first line of stdout is its URL. What is on disk in DIR is taken up again; faults.ts has the
// faults, each of which is also a flag.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { FAULTS, readFaults } from './faults.ts';
import { Wilson } from './service.ts';

function usage(problem: string): never {
  const faults = Object.values(FAULTS).map(({ flag, says }) => `  --${flag.padEnd(10)} ${says}`);
  console.error(
    `wilson: ${problem}\n\n  --port --host --data --stage-ms, and\n${faults.join('\n')}`,
  );
  process.exit(2);
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(value)) usage(`--${name} is a whole number`);
  return value;
}

function readFlags(): Record<string, string | undefined> {
  const names = ['port', 'host', 'data', 'stage-ms', ...Object.values(FAULTS).map((f) => f.flag)];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' } as const]));
  try {
    const { values } = parseArgs({ options });
    return Object.fromEntries(Object.entries(values).map(([k, v]) => [k, v?.toString()]));
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
}

const flags = readFlags();
const change: Record<string, unknown> = {};
for (const [name, { flag, kind }] of Object.entries(FAULTS)) {
  const text = flags[flag];
  if (text !== undefined) change[name] = kind === 'callback' ? text : whole(flag, text);
}
const faults = readFaults(change);
if (typeof faults === 'string') usage(faults);

const wilson = await Wilson.start({
  directory: flags['data'] ?? mkdtempSync(join(tmpdir(), 'wilson-')),
  host: flags['host'] ?? '127.0.0.1',
  port: whole('port', flags['port'] ?? '8311'),
  stageMs: whole('stage-ms', flags['stage-ms'] ?? '200'),
  faults,
});
console.log(wilson.url);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void wilson.close().then(() => process.exit(0)));
}
