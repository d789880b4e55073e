// Batches done again (vm/engine/past.ts): whatever came into a run is in its store, and gives the
// same bytes (L4).

import { Past } from '../../vm/engine/past.ts';
import { Programs } from '../../vm/engine/programs.ts';
import type { TranslationMode } from '../../vm/machine/code.ts';
import { encodeDelta } from '../../vm/snapshot/delta.ts';
import { sameBytes } from '../../vm/store/seal.ts';
import type { RunId, Store } from '../../vm/store/store.ts';
import { effectKinds } from '../../stdlib/connectors/kinds.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { valueTexts } from '../../stdlib/natives/json.ts';

/** Looks into the past of the runs of a store. */
export function pastOf(store: Store): Past {
  const { registry } = openLibrary();
  const programs = new Programs(store, registry);
  return new Past({ store, programs, registry, kinds: effectKinds, texts: valueTexts });
}

/**
 * Do every batch of a run again, as it ran and one instruction at a time.
 *
 * @param modes  which of the two
 * @returns what is not as it was, or null
 */
export async function batchesAgain(
  store: Store,
  run: RunId,
  modes: readonly TranslationMode[] = ['fused', 'plain'],
): Promise<string | null> {
  const past = pastOf(store);
  for await (const { sequence, output } of store.history({ run })) {
    for (const mode of modes) {
      const { machine, stdout } = await past.again(run, sequence, mode);
      const { deltas } = await store.loadRun(run, sequence);
      const was = deltas.at(-1)?.bytes;
      const problem =
        stdout !== output
          ? `prints ${JSON.stringify(stdout)}, not ${JSON.stringify(output)}`
          : null;
      const isSame = was === undefined || sameBytes(encodeDelta(machine), was);
      if (isSame && problem === null) continue;
      return `batch ${sequence}, done again (${mode}), ${problem ?? 'changes something else'}`;
    }
  }
  return null;
}
