// Faults: what can be made to go wrong, and how often.
//
// One row per fault; the command line, the admin endpoint and the README read this table, so a
// fault
// that can be switched on in one place can be in all.
//
//     a count    so many times, then no more: each use takes one
//     a time     in milliseconds, for as long as it is set
//     a choice   one of a few words
//
// Invariant: a value that is not of its row's kind is refused whole, with a sentence.

export interface Faults {
  slowMs: number;
  errors: number;
  resets: number;
  restarts: number;
  downMs: number;
  callback: CallbackFault;
}

export const CALLBACK_FAULTS = ['once', 'lost', 'twice'] as const;
export type CallbackFault = (typeof CALLBACK_FAULTS)[number];

interface Row {
  readonly flag: string;
  readonly kind: 'count' | 'ms' | 'callback';
  readonly says: string;
}

export const FAULTS: { readonly [Name in keyof Faults]: Row } = {
  slowMs: { flag: 'slow-ms', kind: 'ms', says: 'wait so long before answering a request' },
  errors: {
    flag: 'errors',
    kind: 'count',
    says: 'answer so many requests with 500, doing nothing',
  },
  resets: { flag: 'resets', kind: 'count', says: 'accept so many jobs, but cut the connection' },
  restarts: { flag: 'restarts', kind: 'count', says: 'die in the middle of so many jobs' },
  downMs: { flag: 'down-ms', kind: 'ms', says: 'how long a restart takes' },
  callback: { flag: 'callback', kind: 'callback', says: 'deliver callbacks once, twice, or never' },
};

export const NO_FAULTS: Readonly<Faults> = {
  slowMs: 0,
  errors: 0,
  resets: 0,
  restarts: 0,
  downMs: 200,
  callback: 'once',
};

/** Read a change of faults, or say in a sentence what is wrong with it. */
export function readFaults(change: unknown): Partial<Faults> | string {
  if (typeof change !== 'object' || change === null || Array.isArray(change)) {
    return 'faults are an object';
  }
  const faults: Partial<Faults> = {};
  for (const [name, value] of Object.entries(change)) {
    if (!isFault(name)) return `there is no fault '${name}'`;
    if (name === 'callback') {
      const choice = CALLBACK_FAULTS.find((one) => one === value);
      if (choice === undefined) return `'callback' is one of ${CALLBACK_FAULTS.join(', ')}`;
      faults.callback = choice;
    } else {
      if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
        return `'${name}' is a whole number from 0`;
      }
      faults[name] = value;
    }
  }
  return faults;
}

function isFault(name: string): name is keyof Faults {
  return Object.hasOwn(FAULTS, name);
}

/** Use one of a count, if there is one left. */
export function take(faults: Faults, name: 'errors' | 'resets' | 'restarts'): boolean {
  if (faults[name] === 0) return false;
  faults[name] -= 1;
  return true;
}
