// What a pattern is matched against: characters by index, whatever they are made of.
//
//     str without surrogates     the str itself, a unit a character
//     str with surrogates        its code points in an array
//     bytes                      a str of the code points 0 to 255
//
// The arrays and strs made of the last few subjects are kept: a program that looks for one match
// after the other asks for the same subject each time.

import type { Bytes } from '../../vm/values/collections.ts';
import { latin1Text } from '../../vm/values/plain-text.ts';
import { isFlat, textLength } from '../../vm/values/text.ts';

export interface Subject {
  readonly text: string;
  /** The code points, where units of the text are not characters. */
  readonly points: Int32Array | null;
  /** In characters. */
  readonly length: number;
}

const KEPT = 4;

const kept: { readonly of: string | Bytes; readonly subject: Subject }[] = [];
let next = 0;

export function subjectOf(value: string | Bytes): Subject {
  if (typeof value === 'string' && isFlat(value)) {
    return { text: value, points: null, length: value.length };
  }
  for (const { of, subject } of kept) if (of === value) return subject;
  const subject = typeof value === 'string' ? pointsSubject(value) : bytesSubject(value);
  kept[next] = { of: value, subject };
  next = (next + 1) % KEPT;
  return subject;
}

function bytesSubject({ bytes }: Bytes): Subject {
  return { text: latin1Text(bytes), points: null, length: bytes.length };
}

function pointsSubject(text: string): Subject {
  const points = new Int32Array(textLength(text));
  let unit = 0;
  for (let i = 0; i < points.length; i++) {
    const point = text.codePointAt(unit) as number;
    points[i] = point;
    unit += point > 0xffff ? 2 : 1;
  }
  return { text, points, length: points.length };
}
