// What all benchmarks share: their options, their lines, and the middle of several times.
//
//     node test/bench/NAME.bench.ts [--rounds N] [--json] [--help] [NAME...]
//
// With --json each row is one document a line: the benchmark, the row's name and its numbers, which
// end in their units (Ms, Bytes, PerSecond).

import { parseArgs } from 'node:util';

export interface Bench {
  /** How often everything is measured. */
  readonly rounds: number;
  /** What to measure, by name; all if none is named. */
  wants(name: string): boolean;
  /** One line: as text, or with --json as data. */
  row(name: string, numbers: Readonly<Record<string, number | string | null>>, text: string): void;
}

/** Read the options of a benchmark; `about` is what --help says of it. */
export function openBench(bench: string, about: string, defaultRounds: number): Bench {
  const { values, positionals } = parseArgs({
    options: {
      rounds: { type: 'string', default: String(defaultRounds) },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
    allowPositionals: true,
  });
  if (values.help) {
    console.log(`node test/bench/${bench}.bench.ts [--rounds N] [--json] [NAME...]\n\n${about}\n`);
    console.log(`  --rounds N   how often each is measured (${defaultRounds})`);
    console.log('  --json       one document a line');
    console.log('  NAME         only rows whose names begin so');
    process.exit(0);
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds is a whole number from 1');
  return {
    rounds,
    wants: (name) => positionals.length === 0 || positionals.some((each) => name.startsWith(each)),
    row(name, numbers, text) {
      if (values.json) console.log(JSON.stringify({ bench, name, ...numbers }));
      else console.log(`${name.padEnd(44)}${text}`);
    },
  };
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}

/** A call's result, and its time in milliseconds. */
export function timed<T>(call: () => T): [T, number] {
  const start = performance.now();
  const result = call();
  return [result, performance.now() - start];
}
