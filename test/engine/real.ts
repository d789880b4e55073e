// A driver in the real world: the host's clock, real connectors, a store in memory or on LevelDB.

import { randomBytes } from 'node:crypto';
import { effectKinds } from '../../stdlib/connectors/kinds.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { valueTexts } from '../../stdlib/natives/json.ts';
import type { Clock } from '../../vm/engine/clock.ts';
import type { Connector } from '../../vm/engine/connector.ts';
import { openDriver, type Driver, type DriverOptions } from '../../vm/engine/driver.ts';
import { openMemoryStore } from '../../vm/store/memory.ts';
import type { Store } from '../../vm/store/store.ts';

export const realClock: Clock = {
  nowMs: () => Date.now(),
  at: (ms, call) => {
    const timer = setTimeout(call, Math.min(2 ** 31 - 1, Math.max(0, ms - Date.now())));
    return () => clearTimeout(timer);
  },
  soon: (call) => void setImmediate(call),
};

export async function openReal(
  connectors: readonly Connector[],
  more: Partial<DriverOptions> = {},
): Promise<{ store: Store; driver: Driver }> {
  const store =
    more.store ??
    (await openMemoryStore({ home: 'here', create: { id: 'store-1', atMs: Date.now() } }));
  const driver = await openDriver({
    registry: openLibrary().registry,
    clock: realClock,
    random: (bytes) => new Uint8Array(randomBytes(bytes)),
    name: `test-${randomBytes(6).toString('hex')}`,
    kinds: effectKinds,
    connectors,
    texts: valueTexts,
    ...more,
    store,
  });
  return { store, driver };
}
