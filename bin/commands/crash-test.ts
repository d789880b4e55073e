// flowvm crash-test FILE: does to a program what the project's own tests do to itself.
//
//     1  it is run once for real, and what the outside says is recorded
//     2  it is played again against the recording, without a crash: is it the same?
//     3  for each commit: the machine dies just after it, and another one goes on from its disk
//
// What is between two commits nobody outside can see, so that to die before a commit is to die
// after the one before it.

import { basename } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { compile } from '../../compiler/compile.ts';
import { renderReport } from '../../compiler/diagnostics/render.ts';
import { Report } from '../../compiler/diagnostics/report.ts';
import { encode } from '../../vm/bytecode/codec.ts';
import { packProgram, type PackedProgram } from '../../vm/bytecode/encode.ts';
import type { Outgoing } from '../../vm/engine/connector.ts';
import type { Ending } from '../../vm/engine/endings.ts';
import {
  answerPlain,
  HTTP_REQUEST,
  readHttpRequest,
} from '../../stdlib/connectors/http-messages.ts';
import { judgeLost } from '../../stdlib/connectors/http-policy.ts';
import { effectKinds } from '../../stdlib/connectors/kinds.ts';
import { makeRegistry, openLibrary } from '../../stdlib/library.ts';
import { valueTexts } from '../../stdlib/natives/json.ts';
import { argumentText } from '../arguments.ts';
import { playFrom, playWhole, type Point, type Stage } from '../rehearsal/play.ts';
import { record } from '../rehearsal/record.ts';
import { difference, endingText, type Outcome, type Recording } from '../rehearsal/recording.ts';
import { aboutUserModules, environment, readSource } from '../sources.ts';
import { STDERR } from '../streams.ts';
import { EXIT, hasColours, print, printJson, say, styled, type ExitStatus } from '../terminal.ts';
import { makeConnectors } from '../world.ts';
import type { DriveOptions } from '../drive.ts';
import { does, newCommand, type Call, type StoreOptions } from './frame.ts';

interface Options extends StoreOptions, DriveOptions {
  readonly entry?: string;
  readonly points?: number;
}

/** Points that are tried unless it is said otherwise. */
const POINTS_MAX = 1000;

export function crashTestCommand(): Command {
  const command = newCommand(
    'crash-test',
    'run a program once, then kill it after each commit and see whether it ends alike',
    { json: 'results as JSON, one a line' },
  )
    .argument('<file>', 'a script, FILE.flow')
    .argument('[args...]', 'sys.argv, or with --entry what the function is given, as JSON or text')
    .option('--entry <function>', 'call this function of the program, and give it the arguments')
    .option('--points <count>', 'try so many commits at most, evenly spread', readCount, POINTS_MAX)
    .option('--listen <place>', 'take callbacks here: PORT, HOST:PORT; port 0 is one that is free')
    .option('--public-url <url>', 'how others reach that place, if through a proxy');
  return does<Options>(command, crashTest);
}

function readCount(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('it is a whole number from 1 up.');
}

/** What came of one point. */
interface Tried {
  readonly commit: number;
  readonly difference: string | null;
}

async function crashTest({ options, args }: Call<Options>): Promise<ExitStatus> {
  const [file = '', ...rest] = args;
  const program = read(file);
  if (program === null) return EXIT.failed;
  const recording = await recorded(program, file, rest, options);
  const stage: Stage = {
    recording,
    options: { registry: makeRegistry(), kinds: effectKinds, texts: valueTexts },
    lost: lostAnswer,
  };
  const { outcome, points } = await playWhole(stage);
  const report = new Reported(file, options.json === true);
  const replayed = difference(recording.outcome, outcome);
  await report.begun(recording.outcome, points.length, replayed);
  const tried: Tried[] = [];
  const chosen = spread(points, options.points ?? POINTS_MAX);
  for (const [i, point] of chosen.entries()) {
    report.progress(i, chosen.length);
    const found = await playFrom(stage, point);
    const result = { commit: point.sequence, difference: difference(outcome, found) };
    tried.push(result);
    if (result.difference !== null) await report.differs(result);
  }
  return await report.ended(tried, replayed);
}

function read(file: string): PackedProgram | null {
  const report = new Report();
  const program = compile(readSource(file), environment(file, openLibrary()), report);
  STDERR.write(renderReport(aboutUserModules(report), { colour: hasColours(STDERR) }));
  return program === null ? null : packProgram(program);
}

async function recorded(
  program: PackedProgram,
  file: string,
  words: readonly string[],
  { entry, ...options }: Options,
): Promise<Recording> {
  const connectors = await makeConnectors(options);
  say(`${file}: running it once for real`);
  return await record({
    program,
    entry: entry ?? '',
    argv: entry === undefined ? [file, ...words] : [file],
    args: entry === undefined ? [] : words.map(argumentText),
    connectors,
    output: (text) => STDERR.write(text),
  });
}

/** What a request is answered with that may have left when the machine died. */
function lostAnswer({ kind, request }: Outgoing): Uint8Array | null {
  if (kind !== HTTP_REQUEST) return null;
  const verdict = judgeLost(readHttpRequest(request));
  return verdict?.kind === 'answer' ? encode(answerPlain(verdict.answer)) : null;
}

/** So many of the points at most, the first and the last among them. */
function spread(points: readonly Point[], count: number): readonly Point[] {
  if (points.length <= count) return points;
  if (count === 1) return points.slice(-1);
  const step = (points.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, i) => points[Math.round(i * step)]).filter(
    (point) => point !== undefined,
  );
}

/** How it is told. */
class Reported {
  private readonly file: string;
  private readonly json: boolean;

  constructor(file: string, json: boolean) {
    this.file = basename(file);
    this.json = json;
  }

  async begun({ ending }: Outcome, points: number, replayed: string | null): Promise<void> {
    if (this.json) {
      await printJson({ event: 'recorded', file: this.file, points, ...endingOf(ending) });
      if (replayed !== null) await printJson({ event: 'replayed', difference: replayed });
      return;
    }
    await print(`${this.file}: it ${endingText(ending)}; ${count(points, 'point')} to die at\n`);
    if (replayed === null) return;
    await print(`played again without a crash, it is another: ${replayed}\n`);
    await print('  (the clock, or what it is told, may be another when it is played again)\n');
  }

  progress(done: number, all: number): void {
    if (this.json || !STDERR.isTerminal) return;
    STDERR.write(`\r${done + 1} of ${all}${done + 1 === all ? '\r\u001b[K' : ''}`);
  }

  async differs(tried: Tried): Promise<void> {
    if (this.json) return await printJson({ event: 'differs', ...tried });
    const when = tried.commit === 0 ? 'it was made' : `commit ${tried.commit}`;
    await print(`dead just after ${when}: ${tried.difference}\n`);
  }

  async ended(tried: readonly Tried[], replayed: string | null): Promise<ExitStatus> {
    const differs = tried.filter((each) => each.difference !== null).length;
    const isWell = differs === 0 && replayed === null;
    if (this.json) await printJson({ event: 'ended', points: tried.length, differs });
    else {
      if (tried.some((each) => each.difference?.includes('UncertainOutcome') === true)) {
        await print(
          '  (a request that must not be sent twice may have left when the machine died: nobody can\n' +
            '   know, so the program is asked. `idempotent=True` says that it may be sent again)\n',
        );
      }
      const points = count(tried.length, 'point');
      const text = isWell ? `the same at all ${points}` : `another at ${differs} of ${points}`;
      await print(`${styled(STDERR, isWell ? 'green' : 'red', text)}\n`);
    }
    return isWell ? EXIT.done : EXIT.failed;
  }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function endingOf(ending: Ending | null): Record<string, unknown> {
  return { ending: ending?.kind ?? null, text: endingText(ending) };
}
