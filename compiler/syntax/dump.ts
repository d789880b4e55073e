// Tokens and trees as text, for `--dump` and for goldens.
//
//     Name(x) = Number(1) Newline          Module
//                                            body[0] Assign
//                                              targets[0] Name id='x'
//                                              value Constant value=int 1
//
// Neither recurses: a chain of 50,000 operators is a tree of that depth (T4 in tree.ts). Past
// INDENT_MAX the depth is written as a number, or such a dump would be all blanks.

import * as t from './tokens.ts';
import type { Token } from './tokens.ts';
import type { ConstantValue, Node } from './tree.ts';
import { fieldsOf, isNode } from './walk.ts';

/** Levels of the tree shown by indentation. */
const INDENT_MAX = 40;

/** Tokens whose text says more than their kind. */
const WITH_TEXT: ReadonlySet<number> = new Set(
  [t.Name, t.NumberLiteral, t.StringLiteral, t.BrokenString, t.FStringStart].map(
    (type) => type.tokenTypeIdx!,
  ),
);

/** The tokens of each line of the program on a line. */
export function dumpTokens(tokens: readonly Token[]): string {
  let text = '';
  let separator = '';
  for (const token of tokens) {
    text += separator + describe(token);
    separator = token.tokenTypeIdx === t.Newline.tokenTypeIdx ? '\n' : ' ';
  }
  return text === '' ? '' : `${text}\n`;
}

function describe(token: Token): string {
  const { name } = token.tokenType;
  if (WITH_TEXT.has(token.tokenTypeIdx)) return `${name}(${escape(token.image)})`;
  return name === 'FStringText' || name === 'FieldDebug' ? `${name}(${escape(token.image)})` : name;
}

/** A tree with one node on each line. */
export function dumpTree(root: Node): string {
  const lines: string[] = [];
  const waiting: { readonly node: Node; readonly label: string; readonly depth: number }[] = [
    { node: root, label: '', depth: 0 },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, label, depth } = next;
    const scalars: string[] = [];
    const below: typeof waiting = [];
    for (const [name, value] of fieldsOf(node)) {
      if (isNode(value)) {
        below.push({ node: value, label: `${name} `, depth: depth + 1 });
      } else if (Array.isArray(value) && value.some(isNode)) {
        for (const [i, item] of value.entries()) {
          if (isNode(item)) below.push({ node: item, label: `${name}[${i}] `, depth: depth + 1 });
        }
      } else if (value !== null && !(Array.isArray(value) && value.length === 0)) {
        scalars.push(` ${name}=${showScalar(value)}`);
      }
    }
    const indent =
      depth <= INDENT_MAX ? '  '.repeat(depth) : `${'  '.repeat(INDENT_MAX)}(${depth}) `;
    lines.push(indent + label + node.kind + scalars.join(''));
    for (const one of below.toReversed()) waiting.push(one);
  }
  return `${lines.join('\n')}\n`;
}

function showScalar(value: unknown): string {
  if (typeof value === 'string') return `'${escape(value)}'`;
  if (Array.isArray(value)) return `[${value.map(showScalar).join(', ')}]`;
  if (isConstant(value)) return showConstant(value);
  return String(value);
}

function isConstant(value: unknown): value is ConstantValue {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function showConstant(constant: ConstantValue): string {
  switch (constant.type) {
    case 'None':
    case 'Ellipsis':
      return constant.type;
    case 'str':
    case 'surrogates':
      return `${constant.type} '${escape(constant.value)}'`;
    case 'bytes':
      return `bytes ${[...constant.value].map((b) => b.toString(16).padStart(2, '0')).join(' ')}`;
    case 'int':
    case 'float':
    case 'imaginary':
    case 'bool':
      return `${constant.type} ${String(constant.value)}`;
  }
}

/** Text on one line, with nothing in it that a terminal would act on. */
function escape(text: string): string {
  return text.replaceAll(/[\\'\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\\' || character === "'") return `\\${character}`;
    return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}
