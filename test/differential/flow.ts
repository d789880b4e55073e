// A program run by flow, as the differential tests want it: straight, in each of the machine's ways
// of running, or moved.

import { connect } from '../harness/adapter.ts';
import { parseChunk } from '../harness/golden.ts';
import { World } from '../harness/world.ts';
import { sortEffects } from '../../vm/engine/instant.ts';
import { Linker } from '../../vm/machine/link.ts';
import { Machine } from '../../vm/machine/machine.ts';
import { lastLine } from '../../vm/machine/traceback.ts';
import { openLibrary } from '../../stdlib/library.ts';

/** How it is run: functions compiled after some ticks, or moved after every few instructions. */
export type Way = { readonly hot: number } | { readonly moved: number };

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

const { registry } = openLibrary();
const linker = Linker.of(registry);
const runner = connect();

/** peer.py names the type of an exception alone. */
function withoutModule(line: string | null): string | null {
  return line?.replace(/^(?:\w+\.)+(?=\w+(?::|$))/u, '') ?? null;
}

export async function runFlow(source: string, way: Way): Promise<FlowAnswer> {
  const answer = { stdout: '', failure: null, refused: null, late: false };
  const built = runner.compile(new Map([[MAIN, source]]), MAIN);
  if (built.kind === 'refused') {
    const [first] = built.diagnostics.filter(({ level }) => level === 'error');
    return { ...answer, refused: `line ${first?.line}: ${first?.code}: ${first?.message}` };
  }
  const { program, packed } = built.program;
  if ('moved' in way) {
    const renew = (): World => new World(parseChunk(['#>'], 1));
    const mode = { kind: 'moved', every: way.moved } as const;
    const outcome = await runner.run(built.program, mode, renew);
    return {
      ...answer,
      stdout: outcome.stdout,
      failure: withoutModule(outcome.failure?.lastLine ?? null),
    };
  }
  const hashes = packed.modules.map(({ hash }) => hash);
  const machine = new Machine({
    program: linker.link(program, packed.hash, hashes),
    registry,
    random: () => 0,
    hot: way.hot,
  });
  machine.start(null, []);
  for (let turns = 0; turns < TURNS; turns++) {
    const outcome = machine.step({ nowMs: 0, ticks: TICKS });
    const goesOn = sortEffects(machine, () => null).answered || outcome.kind === 'spent';
    if (goesOn) continue;
    const stdout = machine
      .takeOutput()
      .map(({ stream, text }) => (stream === 'stdout' ? text : ''))
      .join('');
    const failure = outcome.kind === 'failed' ? withoutModule(lastLine(outcome.error)) : null;
    return { ...answer, stdout, failure, late: outcome.kind === 'waiting' };
  }
  return { ...answer, late: true };
}
