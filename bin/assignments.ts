// `name=value` on a command line: another value for a name of a program, as JSON.

import type { ValueTexts } from '../vm/engine/input.ts';
import type { Value } from '../vm/values/value.ts';
import { UsageError } from './told.ts';

export interface Assignment {
  readonly name: string;
  readonly json: string;
  readonly value: Value;
}

/** `limit=5`, `name="b"` */
export function readAssignment(text: string, texts: ValueTexts): Assignment {
  const found = /^([\p{L}_][\p{L}\p{N}_]*)=(.*)$/su.exec(text);
  if (found === null) {
    throw new UsageError(`'${text}' sets no name`, { help: 'say NAME=VALUE, VALUE as JSON' });
  }
  const [, name = '', json = ''] = found;
  const value = texts.read(json);
  if (value === undefined) {
    throw new UsageError(`the value of ${name} is no JSON: ${json}`, {
      help: `a text stands in double quotes: '${name}="${json.replaceAll('"', '')}"'`,
    });
  }
  return { name, json, value };
}
