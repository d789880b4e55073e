// What is loaded before a command to make its writes go wrong at a number that is given.
//
//     FLOW_WRITE_FAULT=after:7 node --import ./test/crash/shim.ts dist/bin/flowvm.js run …
//
// It counts the batches that are handed to LevelDB in this process, the one that makes the store
// among them. All it replaces is `write` of a batch: the rest is the command as everybody has it.

import { setTimeout as pause } from 'node:timers/promises';
import { Level } from 'level';

type Write = () => Promise<void>;

/** What LevelDB says when the system refuses to write a file. */
function noSpace(): Error {
  const error = new Error('IO error: 000003.log: No space left on device');
  return Object.assign(error, { code: 'LEVEL_IO_ERROR' });
}

/** Nothing more happens in this process, neither a line of code nor an exit handler. */
function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** So long after it was handed over, a batch of a few rows is somewhere in LevelDB. */
const UNDER_WAY_MS = 0.1;

/** What happens at the n-th write, and at the later ones if there are any. */
export const FAULTS: Readonly<Record<string, (write: Write) => Promise<void>>> = {
  /** LevelDB never hears of it. */
  before: die,
  /** A thread of LevelDB's is at it. */
  during: async (write) => {
    void write();
    const endMs = performance.now() + UNDER_WAY_MS;
    while (performance.now() < endMs);
    die();
  },
  /** It is on disk, and nobody was told. */
  after: async (write) => {
    await write();
    die();
  },
  /** The disk takes no more. */
  full: async () => {
    await pause(0);
    throw noSpace();
  },
  /** It is on disk, and the system said that it is not. */
  denied: async (write) => {
    await write();
    throw noSpace();
  },
};

const [fault = '', number = ''] = (process.env['FLOW_WRITE_FAULT'] ?? '').split(':');
const happens = FAULTS[fault];
if (fault !== '') {
  let writes = 0;
  // A run without a fault says how many writes it took.
  if (happens === undefined) process.once('exit', () => console.error(`${writes} writes`));
  const { prototype } = Level;
  const make = Reflect.get(prototype, 'batch') as () => { write: (how: unknown) => Promise<void> };
  Reflect.set(prototype, 'batch', function (this: unknown) {
    const batch = Reflect.apply(make, this, []);
    const { write } = batch;
    batch.write = (how) => {
      const go = (): Promise<void> => Reflect.apply(write, batch, [how]);
      writes++;
      return happens === undefined || writes < Number(number) ? go() : happens(go);
    };
    return batch;
  });
}
