// The test of writes: at each write that a run makes to LevelDB, a process dies by SIGKILL just
// before it, while it is under way, or just after; or the disk takes it no more. Then another
// process goes on, by the command that anybody would use, and may be killed as well before a third
// comes to the end.
//
//     npm run crash -- --writes [--seconds N] [--seed N]
//
//     flowvm run, with shim.ts before it ──✗      flowvm resume ──▶ the end
//
// Real commands, a store on disk from its making on, real HTTP both ways. What it holds them to:
//
//   CW1. The run ends with the result it has without a fault, and its history prints the same.
//   CW2. What a process told of its output is in the history, under the same sequence; all in all,
//        everything is told.
//   CW3. The ledger of the service is the same: each act is done once, under one key. What must not
//        be sent twice came once under each of its keys.
//   CW4. The store is sound in every record (verify).
//   CW5. A disk that fails is told with its code, and there is no step between it and `resume`.

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withStore } from '../../bin/open.ts';
import type { Place } from '../../bin/place.ts';
import { Bench, builtFile, commandWords, Running, type Result } from '../commands/command.ts';
import { freePort, numbers } from './parts.ts';
import { Service } from './service.ts';
import { FAULTS } from './shim.ts';

export interface WritesOptions {
  /** Which faults are tried at which writes; by default each of them at every write. */
  readonly points?: readonly Point[];
  readonly seed: number;
  /** The longest it may take; the points are tried in an order of the seed. */
  readonly seconds: number;
  readonly tell?: (line: string) => void;
}

export interface Point {
  readonly fault: string;
  /** The first write is the one that makes the store. */
  readonly write: number;
  /** The process that goes on is killed, too: after so many writes of its own. */
  readonly again?: number;
}

export interface WritesReport {
  /** Writes of a run without a fault. It is some more or fewer each time: they go in groups. */
  readonly writes: number;
  readonly tried: number;
  /** Points that were never reached: the run had ended. */
  readonly beyond: number;
  /** Of all points there are, those that time was too short for. */
  readonly left: number;
  readonly wrong: readonly string[];
}

/** One process: what it said. */
interface Life extends Result {
  readonly events: readonly Event[];
}

/** An event of `--json`. */
interface Event {
  readonly event: string;
  readonly run?: string;
  readonly runs?: readonly string[];
  readonly sequence?: number;
  readonly stdout?: string;
}

/** What came of a run, in words that do not depend on its id. */
interface Outcome {
  readonly ending: string;
  readonly output: string;
  readonly ledger: readonly string[];
}

/** A process that has not ended by then never will. */
const PATIENCE_MS = 60_000;

/** Paths of what must not be sent twice; how often it is asked for depends on the fault. */
const ONCE = '/once/';

class WritesTest {
  private readonly options: WritesOptions;
  private readonly bench = new Bench();
  private readonly program: string;
  private readonly place: Place = { directory: this.bench.store, option: '', key: null };
  private readonly wrong: string[] = [];
  private service!: Service;
  private port = 0;

  constructor(options: WritesOptions) {
    this.options = options;
    const text = readFileSync(new URL('writes.flow', import.meta.url), 'utf8');
    this.program = this.bench.compile('writes', text);
  }

  async run(): Promise<WritesReport> {
    this.port = await freePort();
    this.service = await Service.start();
    const endMs = Date.now() + this.options.seconds * 1000;
    try {
      const { outcome: expected, writes } = await this.whole();
      const points = this.options.points ?? this.shuffled(allPoints(writes));
      let tried = 0;
      let beyond = 0;
      for (const point of points) {
        if (Date.now() > endMs || this.wrong.length > 20) break;
        tried++;
        if (!(await this.at(point, expected))) beyond++;
        this.options.tell?.(`${tried} of ${points.length} points, ${writes} writes`);
      }
      const wrong = [...this.wrong, ...this.service.wrong];
      return { writes, tried, beyond, left: points.length - tried, wrong };
    } finally {
      this.service.close();
      await this.bench.close();
    }
  }

  private shuffled(points: readonly Point[]): Point[] {
    const random = numbers(this.options.seed);
    return points
      .map((point) => [random(), point] as const)
      .toSorted(([a], [b]) => a - b)
      .map(([, point]) => point);
  }

  /** A run without a fault: what is to come out, and how many writes that takes. */
  private async whole(): Promise<{ outcome: Outcome; writes: number }> {
    const life = await this.begin({ fault: 'count', write: 0 });
    if (life.status !== 0) throw new Error(`without a fault it ends with ${life.status}`);
    const counted = /^([0-9]+) writes$/m.exec(life.stderr);
    return { outcome: await this.look([life]), writes: Number(counted?.[1] ?? NaN) };
  }

  /** One fault, and what comes after it; false if the run had ended before. */
  private async at(point: Point, expected: Outcome): Promise<boolean> {
    const { fault, write } = point;
    const before = this.wrong.length;
    const lives = [await this.begin(point)];
    const [first] = lives;
    const isHit = first?.status !== 0;
    if (isHit) {
      this.judgeDeath(fault, first);
      if (point.again !== undefined) {
        lives.push(await this.faulty(['resume', ...this.driving()], 'after', point.again));
      }
      let next = await this.life(commandWords('flowvm'), ['resume', ...this.driving()]);
      // Nothing was promised yet: nobody was told of a run. The command is given again.
      if (![...lives, next].some(knowsRun)) {
        next = await this.life(commandWords('flowvm'), this.start());
      }
      if (next.status !== 0) this.wrong.push(`it ends with ${next.status}: ${next.stderr}`);
      lives.push(next);
    }
    const outcome = await this.look(lives);
    for (const what of ['ending', 'output', 'ledger'] as const) {
      const [is, was] = [JSON.stringify(outcome[what]), JSON.stringify(expected[what])];
      if (is !== was) this.wrong.push(`${what} is ${is}, not ${was}`);
    }
    for (let i = before; i < this.wrong.length; i++) {
      this.wrong[i] = `${fault} write ${write}: ${this.wrong[i]}`;
    }
    return isHit;
  }

  /** CW5, and that it died of what it was to die of. */
  private judgeDeath(fault: string, life: Life | undefined): void {
    const isKilled = fault === 'before' || fault === 'during' || fault === 'after';
    if (isKilled) {
      if (life?.status !== 'SIGKILL') this.wrong.push(`ended with ${life?.status}`);
      return;
    }
    const told = life?.stderr ?? '';
    if (life?.status !== 1) this.wrong.push(`ended with ${life?.status}`);
    for (const what of [/\[FLOW_STORE_UNAVAILABLE\]/, /No space left on device/, /flowvm resume/]) {
      if (!what.test(told)) this.wrong.push(`does not say ${what}: ${told}`);
    }
  }

  // ------------------------------------------------------------------------ processes

  private start(): string[] {
    return ['run', ...this.driving(), '--entry', 'main', this.program, '--', this.service.url];
  }

  private driving(): string[] {
    return ['--json', '--listen', `${this.port}`];
  }

  /** A new store and a new ledger, and a run with a fault. */
  private async begin({ fault, write }: Point): Promise<Life> {
    rmSync(this.place.directory, { recursive: true, force: true });
    mkdirSync(this.place.directory);
    this.service.begin();
    return await this.faulty(this.start(), fault, write);
  }

  private async faulty(args: readonly string[], fault: string, write: number): Promise<Life> {
    const shim = fileURLToPath(new URL('shim.ts', import.meta.url));
    const source = fileURLToPath(new URL('../../bin/flowvm.ts', import.meta.url));
    const words = [process.execPath, '--import', shim, builtFile('flowvm') ?? source];
    return await this.life(words, args, { FLOW_WRITE_FAULT: `${fault}:${write}` });
  }

  private async life(
    [program = '', ...before]: readonly string[],
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Life> {
    const child = spawn(program, [...before, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        FLOWMETAL_STORE: this.place.directory,
        NODE_COMPILE_CACHE: this.bench.path('compiled'),
        NODE_NO_WARNINGS: '1',
        NO_COLOR: '1',
        ...env,
      },
    });
    const patience = setTimeout(() => child.kill('SIGABRT'), PATIENCE_MS);
    const { status, stdout, stderr } = await new Running(child).end();
    clearTimeout(patience);
    // The last line may have been cut off; what it says counts only when it is whole.
    const lines = stdout.split('\n').slice(0, -1);
    return { status, stdout, stderr, events: lines.map((line) => JSON.parse(line) as Event) };
  }

  // ---------------------------------------------------------------- judging

  private async look(lives: readonly Life[]): Promise<Outcome> {
    return await withStore(this.place, { command: 'test' }, async (store) => {
      for await (const finding of store.verify()) {
        if (finding.severity === 'error') this.wrong.push(`store: ${JSON.stringify(finding)}`);
      }
      const { rows } = await store.listRuns({ status: 'all' });
      const [record] = rows;
      if (record === undefined || rows.length > 1) this.wrong.push(`${rows.length} runs are left`);
      const bySequence = new Map<number, string>();
      const run = record?.run ?? '';
      if (record !== undefined) {
        for await (const { sequence, output } of store.history({ run })) {
          if (output !== '') bySequence.set(sequence, output);
        }
      }
      this.judgeTold(bySequence, lives);
      const status = record?.status;
      const ending = status?.kind === 'done' ? Buffer.from(status.result).toString('latin1') : '';
      return {
        ending: `${status?.kind} ${ending}`,
        output: [...bySequence.values()].join(''),
        ledger: this.ledger(),
      };
    });
  }

  /** CW2 */
  private judgeTold(bySequence: ReadonlyMap<number, string>, lives: readonly Life[]): void {
    const told = new Map<number, string>();
    for (const { event, sequence = 0, stdout = '' } of lives.flatMap(({ events }) => events)) {
      if (event !== 'output') continue;
      const before = told.get(sequence) ?? stdout;
      if (before !== stdout) this.wrong.push(`commit ${sequence} was told in two ways`);
      told.set(sequence, stdout);
    }
    const all = JSON.stringify([...told].toSorted(([a], [b]) => a - b));
    const kept = JSON.stringify([...bySequence]);
    if (all !== kept) this.wrong.push(`told was ${all}, and in the store is ${kept}`);
  }

  /** CW3 */
  private ledger(): string[] {
    const acts: string[] = [];
    for (const [key, { path, body, times }] of this.service.ledger) {
      if (!path.startsWith(ONCE)) acts.push(`${path} ${body.replace(/"http:[^"]*"/, 'a URL')}`);
      else if (times > 1) this.wrong.push(`${path} came ${times} times under ${key}`);
    }
    if (this.service.taken > 1) this.wrong.push(`a callback was taken ${this.service.taken} times`);
    return acts.toSorted();
  }
}

/** Whether a process was told of a run that it made, or found one to go on with. */
function knowsRun({ events }: Life): boolean {
  return events.some(({ event, runs = [] }) => event === 'started' || runs.length > 0);
}

/** Every fault at every write, a few more writes than were counted; and then a second one. */
function allPoints(writes: number): Point[] {
  const numbered = Array.from({ length: writes + 3 }, (_, i) => i + 1);
  const points = numbered.flatMap((write) =>
    Object.keys(FAULTS).map((fault): Point => ({ fault, write })),
  );
  return points.map((point, i) => (i % 3 === 2 ? { ...point, again: 1 + (i % 4) } : point));
}

export function writesTest(options: WritesOptions): Promise<WritesReport> {
  return new WritesTest(options).run();
}
