// The machine: instructions a second.
//
//     node test/bench/machine.bench.ts [--rounds 3] [--json] [NAME...]
//
// What is counted are instructions of the stack bytecode, as `flowc --list` shows them: the form on
// disk, in which programs of all versions can be compared. The machine runs fewer and larger words
// for them. A program is stepped through once to count them, stopping being possible before each;
// then it runs as the engine runs it, twice: in the loop over words alone, and with hot functions
// compiled to JavaScript. Not measured: commits.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { linkCpu, run } from './programs.ts';
import { median, openBench } from './bench.ts';

/** One for each kind of work: calls, floats, objects, dicts. */
const PROGRAMS = ['fib', 'nbody', 'richards', 'dicts'];

const bench = openBench('machine', 'Stack instructions run a second, by program.', 3);

const millions = (rate: number): string => (rate / 1e6).toFixed(0).padStart(5);

for (const name of PROGRAMS) {
  if (!bench.wants(name)) continue;
  const { linked, stdout } = linkCpu(
    name,
    readFileSync(join(import.meta.dirname, 'cpu', `${name}.flow`), 'utf8'),
  );
  const { instructions } = run(linked, { mode: 'plain' });
  /** Instructions a second: the middle of the rounds, after one that is not counted. */
  const rate = (hot?: number): number => {
    const options = hot === undefined ? {} : { hot };
    if (run(linked, options).stdout !== stdout) throw new Error(`${name}: a wrong answer`);
    const times = Array.from({ length: bench.rounds }, () => run(linked, options).ms);
    return (instructions / median(times)) * 1000;
  };
  const loop = rate(Infinity);
  const compiled = rate();
  bench.row(
    name,
    { instructions, loopPerSecond: loop, compiledPerSecond: compiled },
    `${millions(loop)} million instructions/s in the loop, ${millions(compiled)} compiled ` +
      `(${(instructions / 1e6).toFixed(1)} million)`,
  );
}
