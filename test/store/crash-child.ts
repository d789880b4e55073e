// The victim of the crash test: commits to several runs at once as fast as it can, and says on
// stdout what it was told is on disk. Its parent kills it. Started again, it goes on.

import { writeSync } from 'node:fs';
import { openLevelStore } from '../../vm/store/level.ts';
import type { Store } from '../../vm/store/store.ts';
import { bytes, HOME, newRun, PROGRAM, PROGRAM_HASH } from './parts/place.ts';

function say(line: string): void {
  // Synchronous: what is said is in the pipe before anything else happens.
  writeSync(1, line + '\n');
}

async function drive(store: Store, run: string): Promise<void> {
  await store.createRun(newRun(run, { key: run }));
  const before = await store.getRun(run);
  const { epoch, sequence } = await store.claimRun({
    run,
    driver: 'child',
    epoch: before?.epoch ?? 0,
    atMs: 1,
  });
  for (let n = sequence + 1; ; n++) {
    const arrived = await store.answersFor({ run });
    await store.commit({
      run,
      epoch,
      sequence: n,
      atMs: n,
      delta: bytes(`${run} ${n}`),
      status:
        n % 2 === 0 ? { kind: 'ready' } : { kind: 'waiting', reasons: bytes(''), wakeAtMs: n },
      consumed: arrived.map(({ arrival }) => arrival),
      effects: [{ effect: `e${n}`, kind: 'k', request: bytes(`request ${n}`) }],
      timers: { set: [{ timer: 't', dueMs: n }] },
      ...(n % 7 === 0 ? { checkpoint: { sequence: n, chunks: [bytes('full '), bytes(run)] } } : {}),
    });
    say(`commit ${run} ${n}`);
    if (n % 3 === 0) {
      const told = await store.deliver({ run, effect: `e${n}`, answer: bytes('yes'), atMs: n });
      if (told === 'accepted') say(`accepted ${run} ${n}`);
    }
    if (n % 20 === 0) await store.prune({ run, before: n - 5, history: n % 40 === 0, records: 30 });
  }
}

const store = await openLevelStore(process.argv[2] ?? '', {
  home: HOME,
  create: { id: 'store-1', atMs: 1 },
});
await store.putCode(PROGRAM_HASH, PROGRAM);
await Promise.all(['a', 'b', 'c', 'd', 'e'].map((run) => drive(store, run)));
