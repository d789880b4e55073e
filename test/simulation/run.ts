// The simulation, as long as you like: many stories, each from its own seed.
//
//     npm run simulate -- --seeds 1000 [--seed 1] [--minutes 10] [--json]
//     npm run simulate -- --seed 18 --seeds 1 --trace          one of them, told event by event
//
// Progress goes to stderr. A story that goes wrong is told with the command that plays it again,
// and the status is 1. Now and then a story is played twice: both must be the same to the event.

import { campaign, whole } from '../harness/campaign.ts';
import { Stage, Tally } from './campaign.ts';
import type { Report } from './story.ts';

interface Options {
  readonly seeds: number;
  readonly seed: number;
  readonly minutes: number;
  readonly failures: number;
  readonly json?: boolean;
  readonly trace?: boolean;
}

interface Failure {
  readonly seed: number;
  readonly what: string;
  readonly command: string;
}

const TELL_MS = 2_000;
/** Of so many stories one is played twice. */
const TWICE_EVERY = 50;
/** Lines of the record that are shown of a failure; `--trace` shows all. */
const LINES_SHOWN = 40;

const options = campaign('simulate', 'Engine, store, clock and network from a seed, and faults.')
  .option('--seeds <n>', 'how many stories', whole(1), 1000)
  .option('--seed <n>', 'of the first one; the others follow', whole(0), 1)
  .option('--minutes <n>', 'the longest it may take', whole(1), 60)
  .option('--failures <n>', 'stop after so many', whole(1), 5)
  .option('--json', 'the result as JSON')
  .option('--trace', 'tell everything that happens')
  .parse()
  .opts<Options>();

const stage = new Stage();
const tally = new Tally();
const failures: Failure[] = [];
const began = Date.now();

const rate = (count: number): number => Math.round(count / ((Date.now() - began) / 1000));

function progress(): string {
  const { stories, events, crashPoints } = tally;
  const counts = `${stories} stories, ${crashPoints} crash points, ${events} events`;
  const speed = `${rate(crashPoints)} crash points/s, ${rate(events)} events/s`;
  return `${counts}; ${speed}; ${failures.length} failures`;
}

async function failed(seed: number, what: string): Promise<void> {
  const command = `npm run simulate -- --seed ${seed} --seeds 1 --trace`;
  failures.push({ seed, what, command });
  if (options.json === true || options.trace === true) return;
  const { trace } = await stage.play(seed, { isTraced: true });
  process.stderr.write('\n');
  console.log(
    `seed ${seed}: ${what}\n${trace.slice(-LINES_SHOWN).join('\n')}\nagain: ${command}\n`,
  );
}

async function play(seed: number): Promise<Report> {
  const report = await stage.play(seed, { isTraced: options.trace === true });
  if (options.trace === true) console.log(`${report.trace.join('\n')}\nhash ${report.hash}`);
  tally.add(report);
  if (report.violation !== null) await failed(seed, report.violation.message);
  else if (seed % TWICE_EVERY === 0) {
    const { hash } = await stage.play(seed);
    if (hash !== report.hash) await failed(seed, `played twice it gives ${hash}, ${report.hash}`);
  }
  return report;
}

const endMs = began + options.minutes * 60_000;
let toldMs = began;
for (let seed = options.seed; seed < options.seed + options.seeds; seed++) {
  await play(seed);
  const nowMs = Date.now();
  if (nowMs > endMs || failures.length >= options.failures) break;
  if (nowMs - toldMs < TELL_MS) continue;
  toldMs = nowMs;
  process.stderr.write(`\r${progress()}   `);
}
process.stderr.write(`\r${progress()}   \n`);

const faults = Object.fromEntries([...tally.faults].sort(([, a], [, b]) => b - a));
if (options.json === true) {
  const { stories, events, commits, crashPoints } = tally;
  const seconds = (Date.now() - began) / 1000;
  const first = options.seed;
  const counts = { first, stories, crashPoints, events, commits, seconds };
  console.log(JSON.stringify({ ...counts, faults, failures }, null, 2));
} else {
  for (const [fault, count] of Object.entries(faults)) console.log(`${count}`.padStart(9), fault);
  for (const { seed, what } of failures) console.log(`seed ${seed}: ${what}`);
}
if (failures.length > 0) process.exitCode = 1;
