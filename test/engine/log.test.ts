// The log of a line, against what a print statement there prints; and expressions about the past.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readExpression } from '../../bin/expressions.ts';
import { isFlowError } from '../../vm/bytecode/errors.ts';
import type { Expression } from '../../vm/engine/evaluate.ts';
import { logLine, type LogQuery, type Pass } from '../../vm/engine/log.ts';
import { Past, type Onlooker, type Point, type Walk } from '../../vm/engine/past.ts';
import { encodeCheckpoint } from '../../vm/snapshot/checkpoint.ts';
import { encodeDelta } from '../../vm/snapshot/delta.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { testEnvironment } from '../harness/library.ts';
import { pastOf } from '../harness/again.ts';
import { HEAD_LINES, programs } from './looking.ts';
import { START_MS, World } from './sim.ts';

const library = { ...openLibrary(), environment: testEnvironment() };

function expressionOf(text: string): Expression {
  const expression = readExpression(text, library);
  if (expression === null) throw new Error(`${text} has mistakes`);
  return expression;
}

interface Story {
  readonly world: World;
  readonly run: string;
}

async function started(text: string): Promise<Story> {
  const world = await World.open();
  const run = await world.start(text);
  await world.play();
  return { world, run };
}

interface Logged {
  readonly passes: readonly Pass[];
  readonly isCut: boolean;
}

async function logged(
  { world, run }: Story,
  line: number,
  text: string,
  more: Partial<LogQuery> & { readonly past?: Past } = {},
): Promise<Logged> {
  const { sequence } = (await world.store.getRun(run))!;
  const asked = { run, file: 'main.flow', line, expression: expressionOf(text) };
  const passing = logLine(more.past ?? pastOf(world.store), {
    ...asked,
    from: { sequence: 0 },
    to: { sequence },
    limit: 5000,
    ...more,
  });
  const passes: Pass[] = [];
  for (;;) {
    const next = await passing.next();
    if (next.done === true) return { passes, isCut: next.value.isCut };
    passes.push(next.value);
  }
}

const texts = ({ passes }: Logged): string[] => passes.map(({ evaluated }) => evaluated.text);

/** The program with a print statement before a line. */
function withPrint(program: string, line: number, expression: string): string {
  const lines = program.split('\n');
  const indent = /^ */u.exec(lines[line - 1] ?? '')?.[0] ?? '';
  const print = [
    'try:',
    `    print("@", repr(${expression}))`,
    'except Exception as problem:',
    '    print("@", f"{type(problem).__name__}: {problem}")',
  ];
  lines.splice(line - 1, 0, ...print.map((each) => indent + each));
  return lines.join('\n');
}

const EXPRESSIONS = [
  'g',
  'xs[0]',
  'd["a"]["b"]',
  'o.size',
  'o.inner.size + len(xs)',
  '[z * g for z in range(2)]',
  'd["none"]',
  'missing',
  '(lambda: g)()',
  'xs.append(1)',
];

describe('the log of a line', () => {
  test('is what a print statement there prints', async () => {
    await fc.assert(
      fc.asyncProperty(
        programs,
        fc.constantFrom(...EXPRESSIONS.slice(0, -1)),
        fc.nat(),
        async (program, expression, pick) => {
          const lines = program.split('\n');
          const here = lines.flatMap((text, i) => {
            const isPlain = /[^:]$/u.test(text) && !/^\s*(pass|from|nonlocal|global)\b/u.test(text);
            const isHead = /^(for|if) /u.test(text);
            return i >= HEAD_LINES && (isPlain || isHead) ? [i + 1] : [];
          });
          const line = here[pick % here.length]!;
          const printing = await started(withPrint(program, line, expression));
          const printed = printing.world.stdout
            .split('\n')
            .filter((each) => each.startsWith('@ '))
            .map((each) => each.slice(2));
          expect(texts(await logged(await started(program), line, expression))).toEqual(printed);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('leaves the walk as it was, whatever the expression does', async () => {
    const { world, run } = await started(`
from flow import checkpoint
xs = []
for i in range(4):
    xs.append(i)
    print(len(xs))
    checkpoint()
`);
    let compared = 0;
    const past = pastOf(world.store);
    class Watched extends Past {
      override async *walk(of: string, from: number, to: Point, look: Onlooker) {
        for await (const walk of super.walk(of, from, to, look)) {
          yield walk;
          if (walk.sequence === from || walk.instruction > 0) continue;
          const { machine } = await past.stateAt(of, { sequence: walk.sequence });
          expect(stateOf(walk.machine).equals(stateOf(machine))).toBe(true);
          compared++;
        }
      }
    }
    const watched = new Watched((past as unknown as { options: never }).options);
    const spoiling = 'xs.append("more") or xs.clear() or xs';
    const found = await logged({ world, run }, 6, spoiling, { past: watched });
    expect(texts(found)).toEqual(['[]', '[]', '[]', '[]']);
    expect(texts(await logged({ world, run }, 6, 'len(xs)'))).toEqual(['1', '2', '3', '4']);
    expect(compared).toBeGreaterThan(4);
  });

  test('tells point, time, task and place; and the point is where it says', async () => {
    const story = await started(`
from flow.time import sleep
def work(n):
    sleep(n)
    print(n)
work(10)
work(20)
`);
    const { passes } = await logged(story, 5, 'n * 2');
    expect(passes).toMatchObject([
      { task: 1, atMs: START_MS + 10_000, evaluated: { kind: 'value', text: '20' } },
      { task: 1, atMs: START_MS + 30_000, evaluated: { kind: 'value', text: '40' } },
    ]);
    expect(passes[0]?.place).toEqual({
      file: 'main.flow',
      line: 5,
      name: 'work',
      text: 'print(n)',
    });
    for (const { at } of passes) {
      const view = await story.world.driver.inspect(story.run, at);
      expect(view.tasks[0]?.frames.at(-1)).toMatchObject({ line: 5, name: 'work' });
    }
  });

  test('sees closures, class bodies, generators and the moment', async () => {
    const story = await started(`
import time
def outer(a):
    b = a + 1
    def inner():
        c = b + 1
        return c
    return inner()
class Shape:
    sides = 4
    corners = sides
def rows():
    for row in range(2):
        yield row
outer(1)
list(rows())
x = time.time()
`);
    expect(texts(await logged(story, 7, 'b + c'))).toEqual(['5']);
    expect(texts(await logged(story, 7, 'a'))).toEqual(["NameError: name 'a' is not defined"]);
    expect(texts(await logged(story, 11, 'sides'))).toEqual(['4']);
    expect(texts(await logged(story, 14, 'row'))).toEqual(['0', '1']);
    expect(texts(await logged(story, 17, 'time.time()'))).toEqual([`${START_MS / 1000}.0`]);
    expect(texts(await logged(story, 17, '__name__'))).toEqual(["'__main__'"]);
  });

  test('begins, ends and is cut where it was asked to', async () => {
    const story = await started('for i in range(50):\n    x = i\n');
    const { passes } = await logged(story, 2, 'i');
    expect(passes).toHaveLength(50);
    const [from, to] = [passes[10]!.at, passes[20]!.at];
    const some = await logged(story, 2, 'i', { from, to });
    expect(texts(some)).toEqual(['10', '11', '12', '13', '14', '15', '16', '17', '18', '19', '20']);
    expect(some.isCut).toBe(false);
    const cut = await logged(story, 2, 'i', { from, limit: 3 });
    expect(texts(cut)).toEqual(['10', '11', '12']);
    expect(cut.isCut).toBe(true);
    expect((await logged(story, 2, 'i', { limit: 50 })).isCut).toBe(false);
  });

  test('counts a statement where it begins', async () => {
    const story = await started(`
x = [
    1,
    2,
]
try:
    y = 1
finally:
    z = 2
for i in range(3): y += i
while y < 6:
    y += 1
one = 1; two = 2
def f(): return 1
f()
`);
    const count = async (line: number): Promise<number> =>
      (await logged(story, line, '1')).passes.length;
    expect([await count(2), await count(7), await count(9), await count(13)]).toEqual([1, 1, 1, 1]);
    // A loop over elements is begun once; a condition is looked at each time.
    expect([await count(10), await count(11)]).toEqual([1, 3]);
    // Both the definition and what is inside of it.
    expect(await count(14)).toBe(2);
    await expect(logged(story, 3, '1')).rejects.toThrow(
      'no statement begins on line 3 of main.flow; the nearest are 2, 7',
    );
    await expect(logged(story, 3, '1', { file: 'other.flow' })).rejects.toThrow(
      'the program has no file other.flow: it is made of main.flow',
    );
  });
});

const FLOW = 'from flow.functions import function\nfrom flow.time import sleep\nx = 1\n';

test('a copy of the store, driven elsewhere, is walked under both lineages', async () => {
  const first = await World.open();
  const run = await first.start(`
import random
from flow.time import sleep
numbers = [random.getrandbits(32)]
sleep(10)
numbers.append(random.getrandbits(32))
print(numbers)
`);
  await first.driver.settled();
  const copy = await World.open({
    disk: first.disk.copy(),
    clock: first.clock,
    home: 'elsewhere',
    adopt: { mode: 'fork', id: 'store-2' },
  });
  await copy.driver.resume();
  await copy.play();
  const found = await logged({ world: copy, run }, 7, 'repr(numbers)[:]');
  expect(texts(found)).toEqual([`'${copy.stdout.trim()}'`]);
});

test('what is left of a past that was pruned can be walked', async () => {
  const story = await started(`
from flow import checkpoint
for i in range(6):
    kept = [str(i + n) for n in range(9_000)]
    checkpoint()
`);
  const { world, run } = story;
  const past = pastOf(world.store);
  expect(await past.earliest(run)).toBe(0);
  const { sequence } = (await world.store.getRun(run))!;
  await world.store.prune({ run, before: sequence, history: true, records: 1000 });
  const earliest = await past.earliest(run);
  expect(earliest).toBeGreaterThan(0);
  const texted = texts(await logged(story, 4, 'i', { from: { sequence: earliest } }));
  expect(texted).toEqual(['0', '1', '2', '3', '4', '5'].slice(-texted.length));
  const before = logged(story, 4, 'i', { from: { sequence: earliest - 1 } });
  await expect(before).rejects.toThrow('was pruned');
});

test('a block that the compiler writes several times is passed in each of them', async () => {
  const story = await started(`
def leave(n):
    try:
        if n > 1:
            return n
        return 1 / n
    finally:
        left = n
leave(2)
leave(1)
try:
    leave(0)
except ZeroDivisionError:
    pass
`);
  expect(texts(await logged(story, 8, 'n'))).toEqual(['2', '1', '0']);
});

describe('an expression about the past', () => {
  const refused = async (text: string): Promise<unknown> =>
    await logged(await started(FLOW), 3, text).catch((error: unknown) => error);

  test.each([
    ['sleep(5)', /would wait/u],
    ['gather(spawn(sleep, 1), spawn(sleep, 2))', /would wait/u],
    ['[spawn(int, "7")] and 7', /^7$/u],
    ['__import__', /NameError/u],
    ['sum(1 for each in iter(int, 1))', /computes for too long/u],
  ])('%s ends', async (text, said) => {
    const found = await refused(text);
    const told = isFlowError(found, 'FLOW_EXPRESSION_UNFINISHED')
      ? found.message
      : texts(found as Logged).join();
    expect(told).toMatch(said);
  });

  test('sends nothing, prints nothing and writes nothing', async () => {
    const story = await started(FLOW);
    const { world } = story;
    const printed = world.stdout;
    let writes = 0;
    world.disk.beforeWrite = () => void writes++;
    const asked = logged(story, 3, 'print(1) or await function("f")(1)');
    await expect(asked).rejects.toThrow('would wait');
    expect(texts(await logged(story, 3, 'print(1)'))).toEqual(['None']);
    expect([world.stdout, writes]).toEqual([printed, 0]);
  });

  test('of a run with quotas has ticks of its own', async () => {
    const world = await World.open();
    const run = await world.start('x = 1\n', { quotas: { heap: 10_000_000 } });
    await world.play();
    const found = await logged({ world, run }, 1, 'sum(z for z in range(20_000))');
    expect(texts(found)).toEqual(['199990000']);
  });
});

function stateOf(machine: Walk['machine']): Buffer {
  encodeDelta(machine);
  return Buffer.concat([...encodeCheckpoint(machine).chunks]);
}
