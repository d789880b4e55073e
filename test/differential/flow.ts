// A program run by flow, as the differential tests want it: straight, in each of the machine's ways
// of running, or moved.
//
// Thousands of programs are run in one process: they share the library and the prelude, compiled
// and linked once. A program's own module is not encoded, and has a number where its hash would be.

import { MAIN as MAIN_MODULE, compile, type Environment } from '../../compiler/compile.ts';
import { Report } from '../../compiler/diagnostics/report.ts';
import { Source } from '../../compiler/diagnostics/source.ts';
import { parseChunk } from '../harness/golden.ts';
import { environmentWith } from '../harness/library.ts';
import { runMoved } from '../harness/moved.ts';
import { World } from '../harness/world.ts';
import { sortEffects } from '../../vm/engine/instant.ts';
import { encodeModule } from '../../vm/bytecode/encode.ts';
import { hex, sha256 } from '../../vm/bytecode/hash.ts';
import type { Module } from '../../vm/bytecode/program.ts';
import { Linker, type LinkedProgram } from '../../vm/machine/link.ts';
import { Machine } from '../../vm/machine/machine.ts';
import { lastLine } from '../../vm/machine/traceback.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { PRELUDE_NAME, PRELUDE_TEXT } from './prelude.ts';

/** How it is run: functions compiled after some ticks; then again, moved after so many. */
export interface Way {
  readonly hot: number;
  readonly moved: number | null;
}

export interface FlowAnswer {
  readonly stdout: string;
  readonly failure: string | null;
  /** Why it does not compile. */
  readonly refused: string | null;
  /** It did not end. */
  readonly late: boolean;
}

/** How long a program may go on: it ends by itself long before. */
const TICKS = 100_000;
const TURNS = 100;
const MAIN = 'main.flow';

/** A linker keeps what it has linked: it is given up after as many programs. */
const LINKED_MAX = 500;

const { registry } = openLibrary();
let linker = new Linker(registry);
let linked = 0;

/** The library and the prelude, as modules that are compiled. */
function makeEnvironment(): Environment {
  const base = environmentWith(new Map([[`${PRELUDE_NAME}.flow`, PRELUDE_TEXT]]));
  const script = new Source(MAIN, `import ${PRELUDE_NAME}\n`);
  const program = compile(script, base, new Report());
  const prelude = program?.modules.find(({ name }) => name === PRELUDE_NAME);
  if (prelude === undefined) throw new Error('the prelude does not compile');
  return {
    ...base,
    compiledModule: (name) =>
      name === PRELUDE_NAME ? prelude : (base.compiledModule?.(name) ?? null),
  };
}

let environment: Environment | null = null;
const hashes = new WeakMap<Module, string>();

function hashOf(module: Module): string {
  if (module.name === MAIN_MODULE) return linked.toString(16).padStart(64, '0');
  let hash = hashes.get(module);
  if (hash === undefined) hashes.set(module, (hash = hex(sha256(encodeModule(module)))));
  return hash;
}

/** Ready to be run, or why it does not compile. */
function build(text: string): LinkedProgram | string {
  environment ??= makeEnvironment();
  const report = new Report();
  const program = compile(new Source(MAIN, text), environment, report);
  if (program === null) {
    const [first] = report.errors;
    const line = first?.source.position(first.span.start).line;
    return `line ${line}: ${first?.code}: ${first?.title}`;
  }
  if (++linked % LINKED_MAX === 0) linker = new Linker(registry);
  const all = program.modules.map(hashOf);
  return linker.link(program, all[0] ?? '', all);
}

/** peer.py names the type of an exception alone. */
function withoutModule(line: string | null): string | null {
  return line?.replace(/^(?:\w+\.)+(?=\w+(?::|$))/u, '') ?? null;
}

const NOTHING: FlowAnswer = { stdout: '', failure: null, refused: null, late: false };

/** What came of a program, once for each way it was run in. */
export function runFlow(text: string, way: Way): readonly FlowAnswer[] {
  const program = build(text);
  if (typeof program === 'string') return [{ ...NOTHING, refused: program }];
  const straight = runStraight(program, way.hot);
  if (way.moved === null || straight.late) return [straight];
  const renew = (): World => new World(parseChunk(['#>'], 1));
  const { stdout, failure } = runMoved({ program, registry }, way.moved, renew);
  const moved = { ...NOTHING, stdout, failure: withoutModule(failure?.lastLine ?? null) };
  return [straight, moved];
}

function runStraight(program: LinkedProgram, hot: number): FlowAnswer {
  const machine = new Machine({ program, registry, random: () => 0, hot });
  machine.start(null, []);
  let stdout = '';
  let nowMs = 0;
  for (let turns = 0; turns < TURNS; turns++) {
    const outcome = machine.step({ nowMs, ticks: TICKS });
    const { answered } = sortEffects(machine, () => null);
    for (const { stream, text } of machine.takeOutput()) {
      if (stream === 'stdout') stdout += text;
    }
    if (answered || outcome.kind === 'spent') continue;
    if (outcome.kind === 'waiting' && outcome.wakeAtMs !== null) {
      nowMs = Math.max(nowMs, outcome.wakeAtMs);
      continue;
    }
    const failure = outcome.kind === 'failed' ? withoutModule(lastLine(outcome.error)) : null;
    return { ...NOTHING, stdout, failure, late: outcome.kind === 'waiting' };
  }
  return { ...NOTHING, late: true };
}
