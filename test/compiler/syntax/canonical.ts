// Our trees in the form in which reference.py writes CPython's, so that the two can be compared.
//
//     Name@1:0-1:1("x")      kind, place (lines from 1, columns from 0), fields in order

import type { Source } from '../../../compiler/diagnostics/source.ts';
import type { ConstantValue, Kind, Node, Span } from '../../../compiler/syntax/tree.ts';
import { fieldsOf, isNode } from '../../../compiler/syntax/walk.ts';

/** Kinds to which CPython gives no place. */
const PLACELESS: ReadonlySet<Kind> = new Set([
  'Module',
  'arguments',
  'comprehension',
  'withitem',
  'match_case',
]);

/** The text of a tree. */
export function canonical(root: Node, source: Source): string {
  const out: string[] = [];
  const place = (offset: number): string => {
    const { line, column } = source.position(offset);
    return `${line}:${column - 1}`;
  };
  const where = ({ start, end }: Span): string => `@${place(start)}-${place(end)}`;
  // What is still to be written, last first: text, or a value with whether places are shown in it.
  const waiting: (string | { readonly value: unknown; readonly places: boolean })[] = [
    { value: root, places: true },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === 'string') {
      out.push(next);
      continue;
    }
    const { value, places } = next;
    if (isNode(value)) {
      out.push(value.kind + (places && !PLACELESS.has(value.kind) ? where(value.span) : '') + '(');
      const inner = places && value.kind !== 'JoinedStr' && value.kind !== 'FormattedValue';
      const fields = fieldsOf(value).map(([, field]) => ({ value: field, places: inner }));
      push(waiting, fields, ')');
    } else if (Array.isArray(value)) {
      out.push('[');
      push(
        waiting,
        value.map((item: unknown) => ({ value: item, places })),
        ']',
      );
    } else {
      out.push(scalar(value));
    }
  }
  return out.join('');
}

function push<T>(waiting: (string | T)[], values: readonly T[], end: string): void {
  waiting.push(end);
  for (const [i, value] of values.toReversed().entries()) {
    if (i > 0) waiting.push(',');
    waiting.push(value);
  }
}

function scalar(value: unknown): string {
  if (value === null) return '~';
  if (typeof value === 'string') return ascii(value);
  if (typeof value === 'number') return String(value);
  if (isConstant(value)) return constant(value);
  throw new Error(`no scalar: ${typeof value}`);
}

function isConstant(value: unknown): value is ConstantValue {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function constant(value: ConstantValue): string {
  switch (value.type) {
    case 'None':
    case 'Ellipsis':
      return value.type;
    case 'bool':
      return value.value ? 'True' : 'False';
    case 'int':
      return `i0x${BigInt(value.value).toString(16)}`;
    case 'float':
      return `f${hexOf(value.value)}`;
    case 'imaginary':
      return `j${hexOf(value.value)}`;
    case 'bytes':
      return `b${Buffer.from(value.value).toString('hex')}`;
    case 'str':
    case 'surrogates':
      return ascii(value.value);
  }
}

function hexOf(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}

/** Text as Python's json.dumps writes it. */
function ascii(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
