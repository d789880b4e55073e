// What a run is given at its beginning: its arguments and quotas, as bytes in its birth record.
//
//     [1, argv, args]            argv: what sys.argv shows; args: for the entry function, as JSON
//     [2, argv, args, quotas]    quotas: [name, limit, …]; of a run that has some, so that a
//                                flowmetal which knows of none does not run it without them

import { decode, encode, isList, type Plain } from '../bytecode/codec.ts';
import { FlowError } from '../bytecode/errors.ts';
import { isQuotaLimit, isQuotaName, QUOTA_NAMES, type Quotas } from '../values/quotas.ts';
import type { Value } from '../values/value.ts';

const VERSION = 1;
const VERSION_QUOTAS = 2;

export interface RunInput {
  readonly argv: readonly string[];
  /** JSON texts, one for each argument of the entry function. */
  readonly args: readonly string[];
  readonly quotas: Quotas;
}

/** Values as text and back, which the standard library does and the engine is given. */
export interface ValueTexts {
  /** The value of a JSON text; undefined if it is none. */
  read(json: string): Value | undefined;
  /** JSON of a value made of JSON's own types; null for any other. */
  write(value: Value): string | null;
}

export function encodeInput({ argv, args, quotas }: RunInput): Uint8Array {
  // In the order of the table, so that equal inputs are equal bytes.
  const limits = QUOTA_NAMES.flatMap((name) => {
    const limit = quotas[name];
    return limit === undefined ? [] : [name, limit];
  });
  if (limits.length === 0) return encode([VERSION, argv, args]);
  return encode([VERSION_QUOTAS, argv, args, limits]);
}

/**
 * @throws FLOW_STORE_CORRUPT
 * @throws FLOW_STORE_VERSION  a later flowmetal has written it: the run must not go on without what
 *   it says
 */
export function decodeInput(run: string, bytes: Uint8Array): RunInput {
  const value = decode(bytes);
  const [version, argv, args, limits] = isList(value) ? value : [];
  if (typeof version === 'number' && version > VERSION_QUOTAS) {
    throw later(run, `input of version ${version}`);
  }
  const quotas =
    version === VERSION ? {} : version === VERSION_QUOTAS ? readQuotas(run, limits) : null;
  if (quotas === null || !isTexts(argv) || !isTexts(args)) {
    throw new FlowError('FLOW_STORE_CORRUPT', `the input of run ${run} is not an input`, {
      run,
      field: 'input',
    });
  }
  return { argv, args, quotas };
}

function later(run: string, what: string): FlowError {
  const text = `run ${run} has an ${what}, which this flowmetal does not know`;
  return new FlowError('FLOW_STORE_VERSION', text, { run, field: 'input' });
}

/** Null if they are none. */
function readQuotas(run: string, limits: Plain | undefined): Quotas | null {
  if (!isList(limits)) return null;
  const quotas: { -readonly [Name in keyof Quotas]: Quotas[Name] } = {};
  for (let i = 0; i < limits.length; i += 2) {
    const [name, limit] = [limits[i], limits[i + 1]];
    if (typeof name !== 'string') return null;
    if (!isQuotaName(name)) throw later(run, `input with a quota of ${name}`);
    if (typeof limit !== 'number' || !isQuotaLimit(name, limit)) return null;
    quotas[name] = limit;
  }
  return quotas;
}

function isTexts(value: Plain | undefined): value is readonly string[] {
  return isList(value) && value.every((each) => typeof each === 'string');
}

/** The entry's arguments as values. */
export function argumentValues(
  run: string,
  { args }: Pick<RunInput, 'args'>,
  texts: ValueTexts,
): Value[] {
  return args.map((json) => {
    const value = texts.read(json);
    if (value !== undefined) return value;
    throw new FlowError('FLOW_STORE_CORRUPT', `an argument of run ${run} is not JSON`, {
      run,
      field: 'input',
    });
  });
}
