// Words of a command line as what a run is given: values and labels.

import { valueTexts } from '../stdlib/natives/json.ts';
import { UsageError } from './told.ts';

/**
 * A word as JSON text: as it is if it is JSON that a run can read, else as a str. Ints keep all
 * their digits, but one of too many is text, as is what is nested too deep.
 */
export function argumentText(word: string): string {
  try {
    JSON.parse(word);
  } catch {
    return JSON.stringify(word);
  }
  return valueTexts.read(word) === undefined ? JSON.stringify(word) : word;
}

/** `name=value`, collected. */
export function readLabels(pairs: readonly string[]): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, equals));
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name)) {
      throw new UsageError(`'${pair}' is no label`, { help: 'a label is name=value' });
    }
    labels[name] = pair.slice(equals + 1);
  }
  return labels;
}
