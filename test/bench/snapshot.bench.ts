// Snapshots: what a commit and a checkpoint of a large state cost, and what a run that sleeps.
//
// Measures bytes and time of encoding and restoring; of runs that sleep, with and without a base
// image, also the time from their beginning to their first commit. Not measured: running other
// programs, writing to a store.
//
//     node test/bench/snapshot.bench.ts [--json] [NAME...]

import { beginFrom, makeBase } from '../../vm/snapshot/base.ts';
import { mean, median, openBench, timed } from './bench.ts';
import {
  advance,
  begin,
  chunksOf,
  encodeCheckpoint,
  encodeDelta,
  linkText,
  optionsFor,
  restoreMachine,
} from '../snapshot/programs.ts';

const bench = openBench('snapshot', 'What deltas, checkpoints and restoring cost, by state.', 1);

/** With their names, 10 MB. */
const OBJECTS = 300_000;

/** Builds the state, then changes ten objects with every eleven turns of its loops. */
const CHANGES = `
class Item:
    def __init__(self, number):
        self.number = number
        self.name = f"item {number}"
        self.next = None

items = [Item(i) for i in range(${OBJECTS})]
print("built")
turn = 0
while True:
    for i in range(10):
        item = items[(turn * 7919 + i * 31) % ${OBJECTS}]
        item.number += 1
    turn += 1
`;

/** One str that grows by a line a turn. */
const GROWS = `
text = "x" * 2_600_000
while True:
    text += "one more line\\n"
`;

/** A list written to here and there: one page of it a turn. */
const SIEVE = `
flags = [True] * 1_000_000
print("built")
at = 0
while True:
    flags[at % 1_000_000] = False
    at += 7919
`;

const DEEP = `
import sys
sys.setrecursionlimit(20_000)
def down(n):
    if n > 0:
        return down(n - 1)
    total = 0
    while True:
        total += 1
print("built")
down(10_000)
`;

const bytes = (count: number): string =>
  count < 10_000 ? `${count.toFixed(0)} B` : `${(count / 1e6).toFixed(2)} MB`;
const micros = (ms: number): string => `${(ms * 1000).toFixed(1)} µs`;
const millis = (ms: number): string => `${ms.toFixed(1)} ms`;

/** Run a program until it has built its state and gone some turns, then measure deltas. */
function measure(what: string, text: string, build: number, ticks: number, turns: number): void {
  if (!bench.wants(what)) return;
  const program = linkText(text);
  const machine = begin(program);
  advance(machine, build);
  const [first, firstMs] = timed(() => encodeDelta(machine));
  const report = (
    part: string,
    numbers: Readonly<Record<string, number>>,
    ...texts: string[]
  ): void => bench.row(`${what}: ${part}`, numbers, `  ${texts.join('   ')}`);
  report('first delta', { bytes: first.length, ms: firstMs }, bytes(first.length), millis(firstMs));
  const sizes: number[] = [];
  const times: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    advance(machine, ticks);
    const [delta, ms] = timed(() => encodeDelta(machine));
    if (turn < turns / 4) continue;
    sizes.push(delta.length);
    times.push(ms);
  }
  report(
    'a delta',
    { bytes: mean(sizes), medianMs: median(times), meanMs: mean(times) },
    bytes(mean(sizes)),
    `median ${micros(median(times))}`,
    `mean ${micros(mean(times))}`,
  );

  const [checkpoint, walkMs] = timed(() => encodeCheckpoint(machine));
  const [chunks, chunksMs] = timed(() => [...checkpoint.chunks]);
  const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const longest = Math.max(...chunks.map((chunk) => chunk.length));
  report(
    'a checkpoint',
    { bytes: total, objects: checkpoint.objects, walkMs, chunks: chunks.length, chunksMs },
    bytes(total),
    `${checkpoint.objects} objects`,
    `walk ${millis(walkMs)}`,
    `${chunks.length} chunks ${millis(chunksMs)}, longest ${longest} B`,
  );
  const [again, warmMs] = timed(() => chunksOf(machine));
  report('the same, warm', { ms: warmMs }, millis(warmMs), `${again.length} chunks`);
  const [, restoreMs] = timed(() =>
    restoreMachine(optionsFor(program), { checkpoint: chunks, deltas: [] }),
  );
  report('restored', { ms: restoreMs }, millis(restoreMs));
}

/** Imports, and a wait: the first delta, and the time to it and back, with a base and without. */
function measureSleep(what: string, imports: string): void {
  if (!bench.wants(what)) return;
  const program = linkText(`${imports}\nfrom flow.time import sleep\nsleep("1d")\n`);
  const options = optionsFor(program);
  const [base, makeMs] = timed(() => makeBase(program, options.registry));
  if (base === null) return;
  const given = { argv: [], entry: null, args: [] };
  bench.row(
    `${what}: the base image`,
    { bytes: base.bytes.length, objects: base.end - 1, makeMs },
    `  ${bytes(base.bytes.length)}   ${base.end - 1} objects   made in ${millis(makeMs)}`,
  );
  for (const how of ['without', 'with'] as const) {
    const [times, restoreTimes]: [number[], number[]] = [[], []];
    let first = new Uint8Array();
    for (let turn = 0; turn < SLEEP_TURNS; turn++) {
      const [delta, ms] = timed(() => {
        const machine = how === 'with' ? beginFrom(base, options, given) : begin(program);
        advance(machine, 1_000_000);
        return encodeDelta(machine);
      });
      first = Uint8Array.from(delta);
      const saved = { base, checkpoint: [], deltas: [first] };
      const [, restoreMs] = timed(() => restoreMachine(options, saved));
      times.push(ms);
      restoreTimes.push(restoreMs);
    }
    bench.row(
      `${what}: asleep ${how} it`,
      { bytes: first.length, ms: median(times), restoreMs: median(restoreTimes) },
      `  ${bytes(first.length)}   begun ${micros(median(times))}   restored ${micros(median(restoreTimes))}`,
    );
  }
}

const SLEEP_TURNS = 60;

measure(`10 of ${OBJECTS} objects`, CHANGES, OBJECTS * 2 + 1000, 11, 4000);
measure('a str of 2.6 MB grows', GROWS, 100, 1, 100);
measure('a list of 1,000,000, one element', SIEVE, 1000, 1, 2000);
measure('a recursion 10,000 deep', DEEP, 20_000, 1, 2000);
measureSleep('flow.time', '');
measureSleep('flow.http', 'from flow.http import request, callback');
measureSleep('json, datetime, re', 'import json, datetime, re');
measureSleep('asyncio', 'import asyncio');
