// Ways to break the system on purpose, and which check must find each. A checker that has never
// failed has shown nothing.

import type { Driver } from '../../vm/engine/driver.ts';
import type { LiveRun } from '../../vm/engine/live.ts';
import type { Variation } from './campaign.ts';
import type { Handle } from './disk.ts';

interface Breakage {
  readonly what: string;
  /** The checks that may be the first to see it. */
  readonly found: readonly string[];
  readonly how: Variation;
}

const PAYS = ['pays', 'tasks'];

export const BREAKAGES: readonly Breakage[] = [
  {
    what: 'a disk that says yes before it has written',
    found: ['SM1', 'SM5', 'SM12'],
    how: {
      programs: PAYS,
      sabotage: {
        handle: (handle) => {
          const write = handle.write.bind(handle);
          handle.write = (ops) => {
            // Others wait for it: the disk still takes one at a time.
            const written = (busy.get(handle) ?? Promise.resolve()).then(() => write(ops));
            busy.set(handle, written);
            return ops.some(({ key }) => key.startsWith('log!')) ? Promise.resolve() : written;
          };
        },
      },
    },
  },
  {
    what: 'a store that does not look at epochs',
    found: ['SM3', 'SM4'],
    how: {
      programs: PAYS,
      plan: { drivers: 0.05 },
      sabotage: {
        core: (core) => {
          core.drivenHead = async (run) => {
            const head = await core.head(run);
            if (head === null) throw new Error('no head');
            return head;
          };
        },
      },
    },
  },
  {
    what: 'a disk that loses what it has acknowledged, at a crash',
    found: ['SM2', 'SM3', 'SM4', 'SM5', 'SM11'],
    how: {
      programs: PAYS,
      plan: { lies: true, lifetime: 25 },
      sabotage: {
        // The lie is not known for one: nothing is forgiven.
        handle: (_handle, disk) => Object.defineProperty(disk.world, 'hasLied', HONEST),
      },
    },
  },
  {
    what: 'a disk that keeps answers that were consumed',
    found: ['SM2'],
    how: { programs: PAYS, sabotage: { handle: (handle) => keepDeleted(handle, /^unread!/) } },
  },
  {
    what: 'a disk that keeps runs in lists where they are no more',
    found: ['SM10'],
    how: { programs: PAYS, sabotage: { handle: (handle) => keepDeleted(handle, /^status!/) } },
  },
  {
    what: 'a store that writes while it writes',
    found: ['SM0'],
    how: {
      programs: PAYS,
      sabotage: {
        handle: (handle) => {
          const write = handle.write.bind(handle);
          handle.write = (ops) => Promise.all([write(ops), write([])]).then(() => {});
        },
      },
    },
  },
  {
    what: 'a store that says of attempts that they have begun',
    found: ['SM1'],
    how: {
      programs: PAYS,
      plan: { network: 0.5 },
      sabotage: {
        store: (store) => {
          store.startAttempt = () => Promise.resolve(9);
        },
      },
    },
  },
  {
    what: 'a store that accepts an answer twice',
    found: ['SM6'],
    how: {
      programs: ['hooks', 'hooks'],
      plan: { network: 0.5, lifetime: 80 },
      sabotage: {
        store: (store) => {
          const deliver = store.deliver.bind(store);
          store.deliver = async (delivery) => {
            const said = await deliver(delivery);
            return said === 'already' ? 'accepted' : said;
          };
        },
      },
    },
  },
  {
    what: 'a store that forgets attempts',
    found: ['SM6'],
    how: {
      programs: ['pays'],
      plan: { lifetime: 25, network: 0.05 },
      sabotage: {
        store: (store) => {
          const getEffect = store.getEffect.bind(store);
          store.getEffect = async (ref) => {
            const record = await getEffect(ref);
            if (record?.state.kind !== 'attempted') return record;
            return { ...record, state: { ...record.state, ended: { atMs: 0, info: EMPTY } } };
          };
        },
      },
    },
  },
  {
    what: 'a store that says that all was told',
    found: ['SM5'],
    how: {
      programs: ['talks'],
      plan: { lifetime: 15, terminal: 0.5 },
      sabotage: {
        store: (store) => {
          const claimRun = store.claimRun.bind(store);
          store.claimRun = async (claim) => {
            const record = await claimRun(claim);
            return { ...record, released: record.sequence };
          };
        },
      },
    },
  },
  {
    what: 'a program whose output depends on the clock',
    found: ['SM7'],
    how: {
      text: 'from flow.time import now\ndef main(name):\n    print(now())\n',
      plan: { clocks: 0.02 },
    },
  },
  {
    what: 'a driver that changes a state behind the back of its commit',
    found: ['SM8'],
    how: {
      programs: PAYS,
      plan: { isDeep: true },
      sabotage: {
        driver: (driver) =>
          eachRun(driver, (live) => {
            const commit = live.commit.bind(live);
            live.commit = (nowMs, begins) => {
              const made = commit(nowMs, begins);
              live.machine.state.deadlineCount++;
              return made;
            };
          }),
      },
    },
  },
  {
    what: 'a run that sees what is in no record',
    found: ['SM13'],
    how: {
      programs: PAYS,
      plan: { isDeep: true },
      sabotage: {
        driver: (driver) =>
          eachRun(driver, (live) => {
            const take = live.take.bind(live);
            live.take = (arrivals) => {
              take(arrivals);
              if (arrivals.length > 0) live.machine.state.randomCount++;
            };
          }),
      },
    },
  },
  {
    what: 'a store that knows no timers',
    found: ['SM9'],
    how: {
      programs: ['timers'],
      sabotage: {
        store: (store) => {
          store.dueTimers = () => Promise.resolve([]);
        },
      },
    },
  },
  {
    what: 'a disk that fails without a type',
    found: ['SM11'],
    how: {
      programs: PAYS,
      sabotage: {
        handle: (handle) => {
          handle.getMany = () => Promise.reject(new TypeError('x is not a function'));
        },
      },
    },
  },
];

const EMPTY = new Uint8Array(0);
const HONEST = { get: () => false, set: () => {}, configurable: true };
const busy = new WeakMap<object, Promise<void>>();

/** Do something to each run that a driver loads. */
function eachRun(driver: Driver, change: (live: LiveRun) => void): void {
  const seats = driver['engine']['seats'];
  const take = seats.take.bind(seats);
  seats.take = (live) => {
    change(live);
    return take(live);
  };
}

/** Rows of some tables stay, whatever is said. */
function keepDeleted(handle: Handle, tables: RegExp): void {
  const write = handle.write.bind(handle);
  handle.write = (ops) =>
    write(ops.filter(({ key, value }) => value !== null || !tables.test(key)));
}
