// Programs whose past is looked into, and what is told of it by the slow way: the whole run once
// more, instruction by instruction, with everything written down.

import * as fc from 'fast-check';
import { openLibrary } from '../../stdlib/library.ts';
import { sortEffects } from '../../vm/engine/instant.ts';
import { TURN_TICKS } from '../../vm/engine/limits.ts';
import type { Past, Point } from '../../vm/engine/past.ts';
import { Programs } from '../../vm/engine/programs.ts';
import { randomSource } from '../../vm/engine/random.ts';
import { Machine } from '../../vm/machine/machine.ts';
import { moduleGlobal } from '../../vm/machine/module-attributes.ts';
import type { RunId, Store } from '../../vm/store/store.ts';
import { Cell, List } from '../../vm/values/collections.ts';
import { Dict } from '../../vm/values/dict.ts';
import { Instance } from '../../vm/values/type.ts';
import type { Slot } from '../../vm/values/value.ts';
import { START_MS } from './sim.ts';

const HEAD = `from flow import checkpoint

class Box:
    def __init__(self, size):
        self.size = size

g = 0
xs = [0, 1]
d = {"a": {"b": 1}}
o = Box(1)
o.inner = Box(g)

def f(n):
    t = n
    for i in range(2):
        t += i
        g_of(t)
    return t

def g_of(v):
    global g
    g = v

def make(start):
    kept = start
    def step():
        nonlocal kept
        kept += 1
        return kept
    return step

step = make(5)

`;

/** What the body of a program is made of. Some change what is looked at, some only seem to. */
const STATEMENTS = [
  'g = 1',
  'g = g',
  'g = g + 1',
  'del xs[0:1]',
  'xs.append(g)',
  'xs = list(xs)',
  'xs.insert(0, 7)',
  'd["a"]["b"] = g',
  'd["a"] = d["a"]',
  'd["a"] = {"b": 1}',
  'd.update(a={"b": g})',
  'o.size = (1, g)',
  'o.size = (1, 0 + 1)',
  'o.inner = Box(g)',
  'o.inner.size += 1',
  'o = o',
  'f(g % 3)',
  'step()',
  'xs = [z + g for z in xs]',
  'g = sum(z for z in [1, g % 5])',
  'g = (lambda: g + 1)()',
  'checkpoint()',
];

const simple = fc.constantFrom(...STATEMENTS);

/** A few of them, some in a block. */
export const programs: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: simple.map((text) => [text]) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(
            fc.constantFrom('for z in range(2):', 'if g % 2:'),
            fc.array(simple, { minLength: 1, maxLength: 3 }),
          )
          .map(([head, body]) => [head, ...body.map((text) => `    ${text}`)]),
      },
      {
        weight: 1,
        arbitrary: simple.map((text) => ['try:', '    pass', 'finally:', `    ${text}`]),
      },
    ),
    { minLength: 4, maxLength: 10 },
  )
  .map((blocks) => `${HEAD}${blocks.flat().join('\n')}\n`);

/** How many lines stand before what was made by chance. */
export const HEAD_LINES = HEAD.split('\n').length - 1;

/** The value of something after each instruction of a run. */
export interface Trace {
  readonly points: readonly Point[];
  readonly values: readonly Slot[];
}

/** Do a whole run once more, on a machine that nobody but this has touched. */
export async function trace(
  store: Store,
  past: Past,
  run: RunId,
  read: (machine: Machine) => Slot,
): Promise<Trace> {
  const record = (await store.getRun(run))!;
  const { registry } = openLibrary();
  const program = await new Programs(store, registry).load(record.program);
  const random = randomSource(record.seed, run, record.lineage);
  const machine = new Machine({ program, registry, random, mode: 'plain' });
  machine.start(null, []);
  machine.singleStep = true;
  const points: Point[] = [];
  const values: Slot[] = [];
  for (let sequence = 0; sequence < record.sequence; sequence++) {
    const { at } = await past.again(run, sequence + 1, 'plain');
    for (let instruction = 0; instruction <= at.instruction; instruction++) {
      points.push({ sequence, instruction });
      values.push(read(machine));
      if (instruction === at.instruction) break;
      machine.steps = 1;
      for (let tries = 0; machine.steps > 0 && tries < 10; tries++) {
        machine.step({ nowMs: START_MS, ticks: TURN_TICKS });
        for (const effect of sortEffectsOf(machine)) {
          machine.settle(effect, { kind: 'resolved', value: null });
        }
      }
    }
  }
  return { points, values };
}

/** What waits for a driver goes on at once. */
function sortEffectsOf(machine: Machine): number[] {
  return sortEffects(machine, () => null).waits.map(({ ordinal }) => ordinal);
}

/** What is at the end of a path of names and keys, by the objects themselves. */
export function reader(path: readonly (string | number)[]): (machine: Machine) => Slot {
  return (machine) => {
    const [name, ...steps] = path;
    const main = machine.state.modules.get('__main__');
    let at: Slot = main === undefined ? undefined : moduleGlobal(main, String(name));
    for (const step of steps) {
      if (at instanceof Dict) at = at.getText(String(step));
      else if (at instanceof List) at = at.items.at(Number(step));
      else if (at instanceof Instance) at = at.getOwn(String(step));
      else return undefined;
    }
    return at;
  };
}

/** A local of the one frame of a function that is called so, or of what it shares. */
export function localReader(name: string, local: string): (machine: Machine) => Slot {
  return (machine) => {
    const [task] = machine.state.tasks;
    for (let i = (task?.depth ?? 0) - 1; i >= 0; i--) {
      const frame = task!.frames[i]!;
      const slot = frame.code.info.locals.indexOf(local);
      if (frame.code.info.name !== name || slot < 0) continue;
      const held = task!.stack[frame.base + slot];
      return held instanceof Cell ? held.value : held;
    }
    return undefined;
  };
}
