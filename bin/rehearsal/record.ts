// Recording: a program is run once for real, in a store that nobody will see.
//
// Waits in which nothing outside can happen are left out: a program that sleeps for a week between
// two requests is recorded in a moment.

import type { PackedProgram } from '../../vm/bytecode/encode.ts';
import type { Connector } from '../../vm/engine/connector.ts';
import { openDriver, type Driver } from '../../vm/engine/driver.ts';
import { openMemoryStore } from '../../vm/store/memory.ts';
import type { RunId, Store } from '../../vm/store/store.ts';
import { CommandError } from '../told.ts';
import { driverOptions, newRunId } from '../world.ts';
import { HastyClock } from './clock.ts';
import { recordingOf, type Recording } from './recording.ts';

export interface ToRecord {
  readonly program: PackedProgram;
  readonly entry: string;
  readonly argv: readonly string[];
  /** JSON texts. */
  readonly args: readonly string[];
  readonly connectors: readonly Connector[];
  /** Called with what the program prints. */
  readonly output: (text: string) => void;
}

/** How often it is looked whether the outside has said something. */
const LOOK_MS = 2;

export async function record(asked: ToRecord): Promise<Recording> {
  const { program, entry, argv, args, connectors, output } = asked;
  const clock = new HastyClock();
  const store = await openMemoryStore({
    home: 'recording',
    create: { id: 'rehearsal', atMs: clock.nowMs() },
  });
  const options = driverOptions(store, connectors);
  let problem: unknown = null;
  const driver = await openDriver({
    ...options,
    clock,
    events: {
      output: ({ stdout, stderr }) => output(stdout + stderr),
      stuck: ({ error }) => {
        problem = error;
      },
      failed: (error) => {
        problem = error;
      },
    },
  });
  try {
    const id = await newRunId(store);
    const { run } = await driver.start({ program, id, entry, argv, args });
    while (!(await isOver(store, run))) {
      if (problem !== null) throw problem;
      await driver.settled();
      if (await isOver(store, run)) break;
      if (await hearsOutside(driver, store, run)) await pause(LOOK_MS);
      else if (!clock.skip()) throw new CommandError('the program waits for what can never happen');
    }
    const addresses = new Map(
      connectors.flatMap(({ kind, address }) =>
        address == null ? [] : [[kind, address] as const],
      ),
    );
    return await recordingOf(store, run, program, options.kinds, addresses);
  } finally {
    await driver.close();
    await store.close();
  }
}

async function isOver(store: Store, run: RunId): Promise<boolean> {
  const kind = (await store.getRun(run))?.status.kind;
  return kind !== 'ready' && kind !== 'waiting';
}

/** Whether something outside may happen next: a task waits for it, or it is being asked. */
async function hearsOutside(driver: Driver, store: Store, run: RunId): Promise<boolean> {
  const { state } = await driver.why(run);
  if (state.kind !== 'waiting') return true;
  if (state.arrived > 0 || state.reasons.some(({ on }) => on.kind === 'effect')) return true;
  for await (const { effects } of store.history({ run })) {
    for (const { effect } of effects) {
      const found = await store.getEffect({ run, effect });
      const isOpen = found?.state.kind === 'pending' || found?.state.kind === 'attempted';
      if (isOpen && found.dispatch) return true;
    }
  }
  return false;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
