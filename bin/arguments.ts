// Words of a command line as what a run is given: values, labels, quotas and policies.

import { suggest } from '../compiler/diagnostics/suggest.ts';
import { valueTexts } from '../stdlib/natives/json.ts';
import { KEEP_LABEL, readPolicy, type Policy } from '../vm/engine/keep.ts';
import {
  isQuotaLimit,
  isQuotaName,
  QUOTA_NAMES,
  QUOTAS,
  type QuotaName,
  type Quotas,
} from '../vm/values/quotas.ts';
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

/** A policy of what is kept. */
export function readKeep(text: string): Policy {
  const policy = readPolicy(text);
  if (policy !== null) return policy;
  throw new UsageError(`'${text}' does not say what to keep`, {
    help: [
      'full      nothing is forgotten',
      "'last 100'  the last 100 commits, with their states",
      '30d       what is younger: 90s, 5m, 1h30m, 2w',
      'events    the history, and of the states only the last',
    ],
  });
}

/** How names of labels begin that no person gives. */
const OWN_LABELS = 'flow.';

/** `name=value`, collected. */
export function readLabels(pairs: readonly string[]): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(0, equals));
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name)) {
      throw new UsageError(`'${pair}' is no label`, { help: 'a label is name=value' });
    }
    if (name.startsWith(OWN_LABELS)) {
      const help =
        name === KEEP_LABEL ? 'say it with --keep' : `'${OWN_LABELS}' is flowmetal's own`;
      throw new UsageError(`'${name}' is no name for a label`, { help });
    }
    labels[name] = pair.slice(equals + 1);
  }
  return labels;
}

/** `name=limit`, collected. What is said last of a quota counts. */
export function readQuotas(pairs: readonly string[]): Quotas {
  const quotas: Partial<Record<QuotaName, number>> = {};
  for (const pair of pairs) {
    const [name = '', limit = ''] = pair.split(/=(.*)/su);
    if (!isQuotaName(name)) {
      const near = suggest(name, QUOTA_NAMES);
      throw new UsageError(`there is no quota '${name}'`, {
        help: [
          ...(near === null ? [] : [`did you mean '${near}'?`]),
          `a quota is name=limit, of ${QUOTA_NAMES.join(', ')}`,
        ],
      });
    }
    const number = /^[0-9]+$/u.test(limit) ? Number(limit) : NaN;
    if (!isQuotaLimit(name, number)) {
      const { least, counts } = QUOTAS[name];
      throw new UsageError(`'${limit}' is no limit of ${name}`, {
        help: [`a limit is a whole number, here at least ${least}`, `${name}: ${counts}`],
      });
    }
    quotas[name] = number;
  }
  return quotas;
}
