// Random programs, by CPython and by flow; the ones on which they differ are shrunk and shown.
//
//     npm run differential -- --seed 7 --count 1000 [--from 0] [--moved EVERY] [--seconds 60]
//                             [--differences 10] [--show]
//
// Program N of seed S is always the same: `--seed S --from N --count 1` runs it alone, and `--show`
// prints it. Functions are compiled after 500, 1 and 20 ticks in turn; with --moved each program is
// run a second time, and moved after so many instructions.

import { campaign, whole } from '../harness/campaign.ts';
import {
  compareText,
  shrinkDifference,
  signatureOf,
  type Comparison,
  type Verdict,
} from './compare.ts';
import type { Way } from './flow.ts';
import { ownText, programText } from './prelude.ts';
import { generate } from './program.ts';
import { hasPython, Python } from './python.ts';

const HOT = [500, 1, 20];
const TELL_EVERY = 500;

interface Options {
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  readonly moved?: number;
  readonly seconds: number;
  readonly differences: number;
  readonly show?: boolean;
}

const values = campaign('differential', 'Random programs by CPython and by flow: both must agree.')
  .option('--seed <n>', 'whose programs', whole(0), 1)
  .option('--from <n>', 'number of the first program', whole(0), 0)
  .option('--count <n>', 'how many', whole(1), 1000)
  .option('--moved <n>', 'run each a second time, moved after so many instructions', whole(1))
  .option('--seconds <n>', 'the longest it may take', whole(1), 3600)
  .option('--differences <n>', 'stop after so many', whole(1), 10)
  .option('--show', 'print each program')
  .parse()
  .opts<Options>();

const MOVED = values.moved ?? null;

function wayOf(number: number): Way {
  return { hot: HOT[number % HOT.length] ?? 1, moved: MOVED };
}

function show(title: string, { text, python, flow }: Comparison): void {
  console.log(`\n--- ${title}\n${ownText(text)}`);
  console.log(`--- CPython\n${python.stdout}${python.syntax ?? python.failure ?? ''}`);
  const late = flow.late ? 'did not end' : '';
  console.log(`--- flow\n${flow.stdout}${flow.refused ?? flow.failure ?? late}`);
}

async function main(): Promise<void> {
  const { seed, from } = values;
  const end = from + values.count;
  const until = Date.now() + values.seconds * 1000;
  const counts = new Map<Verdict, number>();
  const refusals = new Map<string, number>();
  const known = new Set<string>();
  const python = new Python();
  const began = Date.now();
  const tell = (number: number): void => {
    const all = [...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ');
    const rate = ((number - from) / ((Date.now() - began) / 1000)).toFixed(1);
    console.log(`seed ${seed}, programs ${from} to ${number}: ${all}; ${rate}/s`);
  };
  const start = (at: number) => {
    const program = generate(seed, at);
    const text = programText(program);
    return { program, text, compare: compareText(text, wayOf(at), python) };
  };
  let number = from;
  let next = start(from);
  for (; number < end && Date.now() < until; number++) {
    const { program, text, compare } = next;
    // CPython is one program ahead.
    next = start(number + 1);
    if (values.show) console.log(text);
    const way = wayOf(number);
    const found = await compare();
    counts.set(found.verdict, (counts.get(found.verdict) ?? 0) + 1);
    const signature = signatureOf(found);
    if (found.verdict === 'different' && !known.has(signature)) {
      known.add(signature);
      const least = found.python.syntax === null;
      show(
        `different: --seed ${seed} --from ${number} (${JSON.stringify(way)})`,
        least ? await shrinkDifference(program, way, python) : found,
      );
      if (known.size >= values.differences) break;
    }
    const why = found.verdict === 'invalid' ? found.python.syntax : found.flow.refused;
    if (why !== null) refusals.set(why.replace(/^line \d+: /u, ''), 1 + (refusals.get(why) ?? 0));
    if ((number + 1 - from) % TELL_EVERY === 0) tell(number + 1);
  }
  tell(number);
  for (const [why, count] of refusals) console.log(`  refused or invalid: ${count} ${why}`);
  python.close();
  process.exitCode = (counts.get('different') ?? 0) > 0 ? 1 : 0;
}

if (!hasPython()) throw new Error('python3 (3.11) is not here');
await main();
