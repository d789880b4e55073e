// Names of runs: short, speakable, and hard to mistake for one another.
//
//     lusab-babad      two words of five letters, consonants and vowels in turn: 32 random bits
//
// (After proquints, arXiv:0901.4016.) Whoever makes a run tries another id when one is taken; and
// wherever a command wants a run, the beginning of its id is enough if no other begins so.

import type { RunRecord, Store, UnreadableRun } from '../vm/store/store.ts';
import { suggest } from '../compiler/diagnostics/suggest.ts';
import { CommandError } from './told.ts';

const CONSONANTS = 'bdfghjklmnprstvz';
const VOWELS = 'aiou';

/** Random bytes as words, two bytes a word. */
export function speakable(bytes: Uint8Array): string {
  const words: string[] = [];
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    const bits = ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
    const letter = (letters: string, shift: number): string =>
      letters[(bits >> shift) & (letters.length - 1)] ?? '';
    words.push(
      letter(CONSONANTS, 12) +
        letter(VOWELS, 10) +
        letter(CONSONANTS, 6) +
        letter(VOWELS, 4) +
        letter(CONSONANTS, 0),
    );
  }
  return words.join('-');
}

/** How a run's id may begin; anything else was not meant as one. */
const ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** Runs named when a beginning fits several. */
const CANDIDATES_SHOWN = 5;

/** The run a person means. */
export async function findRun(store: Store, text: string): Promise<RunRecord> {
  const exact = ID.test(text) ? await store.getRun(text) : null;
  if (exact !== null) return exact;
  const fits: RunRecord[] = [];
  const others: string[] = [];
  for await (const record of allRuns(store)) {
    if (text !== '' && record.run.startsWith(text)) fits.push(record);
    else others.push(record.run);
  }
  const [only, second] = fits;
  if (only !== undefined && second === undefined) return only;
  if (only !== undefined) {
    const shown = fits.slice(0, CANDIDATES_SHOWN).map(({ run }) => run);
    if (fits.length > shown.length) shown.push(`${fits.length - shown.length} more`);
    throw new CommandError(`'${text}' is the beginning of ${fits.length} runs`, {
      help: shown.join(', '),
    });
  }
  const near = suggest(text, others);
  throw new CommandError(`there is no run '${text}'`, {
    help: near === null ? 'to see all runs: flowvm ps' : `did you mean ${near}?`,
  });
}

/** Whether a run is not at its end. */
export function isOpen({ status }: RunRecord): boolean {
  return status.kind === 'ready' || status.kind === 'waiting';
}

/**
 * Every run in the store, in order of creation.
 *
 * @param tell  called with those that cannot be read, which are left out
 */
export async function* allRuns(
  store: Store,
  status: 'open' | 'all' = 'all',
  tell: (damaged: UnreadableRun) => void = () => {},
): AsyncGenerator<RunRecord> {
  let after: string | null = null;
  do {
    const page = await store.listRuns({ status, after });
    yield* page.rows;
    for (const damaged of page.unreadable) tell(damaged);
    after = page.next;
  } while (after !== null);
}
