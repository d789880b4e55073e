// What a run is given at its beginning: its arguments, as bytes in its birth record.
//
//     [1, argv, args]     argv: what sys.argv shows; args: for the entry function, each as JSON

import { decode, encode, isList, type Plain } from '../bytecode/codec.ts';
import { FlowError } from '../bytecode/errors.ts';
import type { Value } from '../values/value.ts';

const VERSION = 1;

export interface RunInput {
  readonly argv: readonly string[];
  /** JSON texts, one for each argument of the entry function. */
  readonly args: readonly string[];
}

/** Values as text and back, which the standard library does and the engine is given. */
export interface ValueTexts {
  /** The value of a JSON text; undefined if it is none. */
  read(json: string): Value | undefined;
  /** JSON of a value made of JSON's own types; null for any other. */
  write(value: Value): string | null;
}

export function encodeInput({ argv, args }: RunInput): Uint8Array {
  return encode([VERSION, argv, args]);
}

/** @throws FLOW_STORE_CORRUPT */
export function decodeInput(run: string, bytes: Uint8Array): RunInput {
  const value = decode(bytes);
  const [version, argv, args] = isList(value) ? value : [];
  if (version !== VERSION || !isTexts(argv) || !isTexts(args)) {
    throw new FlowError('FLOW_STORE_CORRUPT', `the input of run ${run} is not an input`, {
      run,
      field: 'input',
    });
  }
  return { argv, args };
}

function isTexts(value: Plain | undefined): value is readonly string[] {
  return isList(value) && value.every((each) => typeof each === 'string');
}

/** The entry's arguments as values. */
export function argumentValues(run: string, input: RunInput, texts: ValueTexts): Value[] {
  return input.args.map((json) => {
    const value = texts.read(json);
    if (value !== undefined) return value;
    throw new FlowError('FLOW_STORE_CORRUPT', `an argument of run ${run} is not JSON`, {
      run,
      field: 'input',
    });
  });
}
