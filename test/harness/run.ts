// Running one golden chunk, and saying what was not as its marks say.
//
//     chunk ──▶ compile ──▶ refused: compare the diagnostics with `#!compile`
//                  │
//                  └──────▶ run in a mode ──▶ compare stdout, failure, effects
//
// Owns:      the comparison. Talks to the machine only through GoldenRunner (adapter.ts).
//
// Invariants:
//
//   R1. judge() is pure: complaints are values, an empty list is the only success.
//   R2. Every mode is judged by the same marks: a run that was moved or crashed may not show it.
//   R3. A runner that cannot do what a mode asks throws; it never returns a straight run instead.

import type { Quotas } from '../../vm/values/quotas.ts';
import { expectedStdout, type Chunk } from './golden.ts';
import { World } from './world.ts';

/**
 * How a program is run.
 *
 *     straight   one process, one machine
 *     moved      after every N instructions and at every wait, the state is encoded, decoded into a
 *                fresh machine, encoded again (the bytes must be equal), and goes on there
 *     crashed    once for each of up to a dozen commits the program makes, the driver dies just
 *                before it and, in another run, just after the last; the World lives on
 */
export type Mode =
  | { readonly kind: 'straight' }
  | { readonly kind: 'moved'; readonly every: number }
  | { readonly kind: 'crashed' };

/** Whether programs are moved after every instruction to their end, and die at every write. */
export const GOLDEN_ALL = process.env['FLOWMETAL_GOLDEN'] === 'all';

/** One thing the compiler says about a line. */
export interface GoldenDiagnostic {
  readonly level: 'error' | 'warning';
  readonly code: string;
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** A program that compiled; what it is, only the runner knows. */
export interface Compiled<Program> {
  readonly kind: 'compiled';
  readonly warnings: readonly GoldenDiagnostic[];
  readonly program: Program;
}

export interface Diagnostics {
  readonly kind: 'refused';
  readonly diagnostics: readonly GoldenDiagnostic[];
}

export interface GoldenFailure {
  readonly lastLine: string; // of the traceback: `TypeError: ...`
  readonly trace: readonly { readonly file: string; readonly line: number }[]; // outermost first
}

export interface GoldenOutcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly failure?: GoldenFailure;
}

/** In which mode, and with which quotas. */
export interface RunHow {
  readonly mode: Mode;
  readonly quotas: Quotas;
}

export interface GoldenRunner<Program = unknown> {
  compile(files: ReadonlyMap<string, string>, entry: string): Compiled<Program> | Diagnostics;

  /**
   * Run to the end. The world is handed the requests and callbacks, and says what comes back when;
   * time is simulated: it starts at WORLD_START_MS and, when every task waits, jumps to the next
   * moment at which something is due. In `crashed` mode, `run` is called once per World and the
   * runner asks `renew` for a fresh one for each point at which it lets the driver die.
   */
  run(program: Program, how: RunHow, renew: () => World): Promise<GoldenOutcome>;
}

/** The modes a chunk is run in. */
export function modesOf(chunk: Chunk): Mode[] {
  if (chunk.marks.some((mark) => mark.kind === 'refused')) return [{ kind: 'straight' }];
  const modes: Mode[] = [{ kind: 'straight' }, { kind: 'moved', every: chunk.movedEvery }];
  if (chunk.durable) modes.push({ kind: 'crashed' });
  return modes;
}

/** Compile and run one chunk in one mode. Resolves to what was wrong; empty when all is well. */
export async function runChunk<Program>(
  runner: GoldenRunner<Program>,
  chunk: Chunk,
  mode: Mode,
): Promise<string[]> {
  const compiled = runner.compile(chunk.files, chunk.entry);
  const said = compiled.kind === 'compiled' ? compiled.warnings : compiled.diagnostics;
  const wrong = judgeDiagnostics(chunk, said);
  if (compiled.kind === 'refused' || chunk.marks.some((mark) => mark.kind === 'refused')) {
    return wrong;
  }
  const worlds: World[] = [];
  const renew = (): World => {
    const world = new World(chunk);
    worlds.push(world);
    return world;
  };
  const outcome = await runner.run(compiled.program, { mode, quotas: chunk.quotas }, renew);
  wrong.push(...judgeOutcome(chunk, outcome));
  if (chunk.durable && worlds.length === 0) wrong.push('the runner never asked for a world');
  for (const world of worlds) wrong.push(...world.complaints());
  return wrong;
}

/**
 * Compare what the compiler said with `#!compile` and `#!warning`. Warnings are judged only in a
 * chunk that expects one: elsewhere they are advice, and not what the chunk is about.
 */
export function judgeDiagnostics(chunk: Chunk, said: readonly GoldenDiagnostic[]): string[] {
  const wrong: string[] = [];
  const aboutWarnings = chunk.marks.some((mark) => mark.kind === 'warned');
  const open = said.filter((one) => one.level === 'error' || aboutWarnings);
  for (const mark of chunk.marks) {
    if (mark.kind !== 'refused' && mark.kind !== 'warned') continue;
    const level = mark.kind === 'refused' ? 'error' : 'warning';
    const found = open.findIndex(
      (one) =>
        one.level === level &&
        one.line === mark.line &&
        (mark.code === null || one.code === mark.code),
    );
    if (found < 0) wrong.push(`line ${mark.line}: expected ${level} ${mark.code ?? ''}`.trimEnd());
    else open.splice(found, 1);
  }
  for (const one of open) {
    wrong.push(`line ${one.line}: unexpected ${one.level}[${one.code}]: ${one.message}`);
  }
  return wrong;
}

/** Compare what a run did with `#>` and `#!`. */
export function judgeOutcome(chunk: Chunk, outcome: GoldenOutcome): string[] {
  const wrong: string[] = [];
  const expected = expectedStdout(chunk);
  if (outcome.stdout !== expected) wrong.push(firstDifference(chunk, expected, outcome.stdout));
  const mark = chunk.marks.find((one) => one.kind === 'fails');
  const { failure } = outcome;
  if (mark === undefined) {
    if (failure !== undefined) wrong.push(`failed: ${failure.lastLine} (${places(failure)})`);
    return wrong;
  }
  if (failure === undefined) return [...wrong, `line ${mark.line}: did not fail`];
  if (!new RegExp(`^(?:${mark.pattern})$`, 'su').test(failure.lastLine)) {
    wrong.push(`line ${mark.line}: failed with '${failure.lastLine}', not /${mark.pattern}/`);
  }
  if (!failure.trace.some((frame) => frame.line === mark.line)) {
    wrong.push(`line ${mark.line}: the traceback names ${places(failure)}, not this line`);
  }
  if (!outcome.stderr.includes(failure.lastLine)) {
    wrong.push(`stderr does not say '${failure.lastLine}'`);
  }
  return wrong;
}

function places(failure: GoldenFailure): string {
  return failure.trace.map((frame) => `${frame.file}:${frame.line}`).join(', ') || 'no line';
}

/** The first line that differs, with the mark that says so. */
function firstDifference(chunk: Chunk, expected: string, actual: string): string {
  const want = expected.split('\n');
  const have = actual.split('\n');
  let at = 0;
  while (at < want.length && at < have.length && want[at] === have[at]) at++;
  return `line ${lineOfOutput(chunk, at)}: printed ${show(have[at])}, expected ${show(want[at])}`;
}

function show(line: string | undefined): string {
  return line === undefined ? 'the end' : `'${line}'`;
}

function lineOfOutput(chunk: Chunk, index: number): number {
  let printed = 0;
  let line = chunk.line;
  for (const mark of chunk.marks) {
    if (mark.kind !== 'prints') continue;
    line = mark.line;
    printed += mark.text.split('\n').length - 1;
    if (printed > index) return line;
  }
  return line;
}
