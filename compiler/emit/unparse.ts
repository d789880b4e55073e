// Annotations as text, for `from __future__ import annotations`: an expression written out again.
//
//     def f(x: Dict[str,int]|None): …        f.__annotations__['x'] == 'Dict[str, int] | None'
//
// The text is CPython's (its ast_unparse.c), to the blank: programs compare and parse it. The
// levels below are that file's, and bind tighter downwards; an expression in a place that wants a
// tighter one gets parentheses.

import type { Arguments, Comprehension, Constant, Expression, JoinedStr } from '../syntax/tree.ts';
import { SURROGATE_PAIR } from '../syntax/literals.ts';
import { pythonRepr } from './repr.ts';
import { EmitError } from './writer.ts';

const LEVEL = {
  tuple: 0,
  test: 1,
  or: 2,
  and: 3,
  not: 4,
  compare: 5,
  bitOr: 6,
  bitXor: 7,
  bitAnd: 8,
  shift: 9,
  sum: 10,
  term: 11,
  factor: 12,
  power: 13,
  await: 14,
  atom: 15,
} as const;

const BINARY = {
  Add: ['+', LEVEL.sum],
  Sub: ['-', LEVEL.sum],
  Mult: ['*', LEVEL.term],
  MatMult: ['@', LEVEL.term],
  Div: ['/', LEVEL.term],
  Mod: ['%', LEVEL.term],
  FloorDiv: ['//', LEVEL.term],
  LShift: ['<<', LEVEL.shift],
  RShift: ['>>', LEVEL.shift],
  BitOr: ['|', LEVEL.bitOr],
  BitXor: ['^', LEVEL.bitXor],
  BitAnd: ['&', LEVEL.bitAnd],
  Pow: ['**', LEVEL.power],
} as const;

const UNARY = {
  Invert: ['~', LEVEL.factor],
  Not: ['not ', LEVEL.not],
  UAdd: ['+', LEVEL.factor],
  USub: ['-', LEVEL.factor],
} as const;

const COMPARE = {
  Eq: '==',
  NotEq: '!=',
  Lt: '<',
  LtE: '<=',
  Gt: '>',
  GtE: '>=',
  Is: 'is',
  IsNot: 'is not',
  In: 'in',
  NotIn: 'not in',
} as const;

/** What is still to be written: text, or an expression and the level of its place. */
type Piece = string | { readonly node: Expression; readonly level: number };

/** An expression as text. Pieces wait on a stack, since chains may be long. */
export function unparse(root: Expression): string {
  let out = '';
  const waiting: Piece[] = [{ node: root, level: LEVEL.test }];
  for (let piece = waiting.pop(); piece !== undefined; piece = waiting.pop()) {
    if (typeof piece === 'string') {
      out += piece;
      continue;
    }
    const pieces = piecesOf(piece.node, piece.level);
    for (let i = pieces.length - 1; i >= 0; i--) waiting.push(pieces[i]!);
  }
  return out;
}

function at(node: Expression, level: number): Piece {
  return { node, level };
}

/** In parentheses if the place binds tighter than what stands there. */
function wrap(pieces: readonly Piece[], own: number, level: number): readonly Piece[] {
  return level > own ? ['(', ...pieces, ')'] : pieces;
}

function list(nodes: readonly Expression[], level: number, separator = ', '): Piece[] {
  return nodes.flatMap((node, i) => (i === 0 ? [at(node, level)] : [separator, at(node, level)]));
}

function piecesOf(node: Expression, level: number): readonly Piece[] {
  switch (node.kind) {
    case 'Name':
      return [node.id];
    case 'Constant':
      return [constantText(node)];
    case 'Attribute': {
      // `1 .real`: a dot right after an int would make it a float.
      const isInt = node.value.kind === 'Constant' && node.value.value.type === 'int';
      return [at(node.value, LEVEL.atom), isInt ? ' .' : '.', node.attr];
    }
    case 'Subscript':
      return [at(node.value, LEVEL.atom), '[', at(node.slice, LEVEL.tuple), ']'];
    case 'Tuple':
      if (node.elts.length === 0) return ['()'];
      return wrap(
        [...list(node.elts, LEVEL.test), ...(node.elts.length === 1 ? [','] : [])],
        LEVEL.tuple,
        level,
      );
    case 'List':
      return ['[', ...list(node.elts, LEVEL.test), ']'];
    case 'BinOp': {
      const [sign, own] = BINARY[node.op];
      const isPower = node.op === 'Pow';
      const left = at(node.left, isPower ? own + 1 : own);
      const right = at(node.right, isPower ? own : own + 1);
      return wrap([left, ` ${sign} `, right], own, level);
    }
    case 'UnaryOp': {
      const [sign, own] = UNARY[node.op];
      return wrap([sign, at(node.operand, own)], own, level);
    }
    case 'Call':
      return callPieces(node);
    case 'Starred':
      return ['*', at(node.value, LEVEL.bitOr)];
    case 'Slice':
      return [
        ...(node.lower === null ? [] : [at(node.lower, LEVEL.test)]),
        ':',
        ...(node.upper === null ? [] : [at(node.upper, LEVEL.test)]),
        ...(node.step === null ? [] : [':', at(node.step, LEVEL.test)]),
      ];
    default:
      return rarePieces(node, level);
  }
}

function callPieces(node: Expression & { readonly kind: 'Call' }): readonly Piece[] {
  const [only] = node.args;
  if (node.args.length === 1 && node.keywords.length === 0 && only?.kind === 'GeneratorExp') {
    return [at(node.func, LEVEL.atom), at(only, LEVEL.test)];
  }
  const named = node.keywords.map(({ arg, value }): Piece[] => [
    arg === null ? '**' : `${arg}=`,
    at(value, LEVEL.test),
  ]);
  const args = [...node.args.map((arg): Piece[] => [at(arg, LEVEL.test)]), ...named];
  return [at(node.func, LEVEL.atom), '(', ...joinPieces(args), ')'];
}

function joinPieces(parts: readonly (readonly Piece[])[]): Piece[] {
  return parts.flatMap((part, i) => (i === 0 ? [...part] : [', ', ...part]));
}

function rarePieces(node: Expression, level: number): readonly Piece[] {
  switch (node.kind) {
    case 'BoolOp': {
      const own = node.op === 'And' ? LEVEL.and : LEVEL.or;
      const word = node.op === 'And' ? ' and ' : ' or ';
      return wrap(list(node.values, own + 1, word), own, level);
    }
    case 'Compare':
      return wrap(
        [
          at(node.left, LEVEL.compare + 1),
          ...node.ops.flatMap((op, i): Piece[] => [
            ` ${COMPARE[op]} `,
            at(node.comparators[i]!, LEVEL.compare + 1),
          ]),
        ],
        LEVEL.compare,
        level,
      );
    case 'IfExp':
      return wrap(
        [
          at(node.body, LEVEL.test + 1),
          ' if ',
          at(node.test, LEVEL.test + 1),
          ' else ',
          at(node.orelse, LEVEL.test),
        ],
        LEVEL.test,
        level,
      );
    case 'Lambda': {
      const parameters = parameterPieces(node.args);
      const head = parameters.length === 0 ? 'lambda' : 'lambda ';
      return wrap([head, ...parameters, ': ', at(node.body, LEVEL.test)], LEVEL.test, level);
    }
    case 'NamedExpr':
      return ['(', node.target.id, ' := ', at(node.value, LEVEL.atom), ')'];
    case 'Await':
      return wrap(['await ', at(node.value, LEVEL.atom)], LEVEL.await, level);
    case 'Yield':
      return node.value === null ? ['(yield)'] : ['(yield ', at(node.value, LEVEL.test), ')'];
    case 'YieldFrom':
      return [`(yield from `, at(node.value, LEVEL.test), ')'];
    case 'Set':
      return ['{', ...list(node.elts, LEVEL.test), '}'];
    case 'Dict':
      return [
        '{',
        ...joinPieces(
          node.values.map((value, i): Piece[] => {
            const key = node.keys[i];
            if (key === null || key === undefined) return ['**', at(value, LEVEL.bitOr)];
            return [at(key, LEVEL.test), ': ', at(value, LEVEL.test)];
          }),
        ),
        '}',
      ];
    case 'ListComp':
      return ['[', at(node.elt, LEVEL.test), ...forPieces(node.generators), ']'];
    case 'SetComp':
      return ['{', at(node.elt, LEVEL.test), ...forPieces(node.generators), '}'];
    case 'GeneratorExp':
      return ['(', at(node.elt, LEVEL.test), ...forPieces(node.generators), ')'];
    case 'DictComp':
      return [
        '{',
        at(node.key, LEVEL.test),
        ': ',
        at(node.value, LEVEL.test),
        ...forPieces(node.generators),
        '}',
      ];
    case 'JoinedStr':
      return [`f${pythonRepr(joinedText(node))}`];
    default:
      throw new Error(`${node.kind} does not stand alone in an annotation`);
  }
}

function forPieces(generators: readonly Comprehension[]): Piece[] {
  return generators.flatMap(({ target, iter, ifs, is_async }): Piece[] => [
    is_async === 1 ? ' async for ' : ' for ',
    at(target, LEVEL.tuple),
    ' in ',
    at(iter, LEVEL.test + 1),
    ...ifs.flatMap((test): Piece[] => [' if ', at(test, LEVEL.test + 1)]),
  ]);
}

function parameterPieces(args: Arguments): Piece[] {
  const parts: Piece[][] = [];
  const positional = [...args.posonlyargs, ...args.args];
  for (const [i, { arg }] of positional.entries()) {
    const value = args.defaults[i - positional.length + args.defaults.length];
    parts.push(value === undefined ? [arg] : [`${arg}=`, at(value, LEVEL.test)]);
    if (i + 1 === args.posonlyargs.length) parts.push(['/']);
  }
  if (args.vararg !== null) parts.push([`*${args.vararg.arg}`]);
  else if (args.kwonlyargs.length > 0) parts.push(['*']);
  for (const [i, { arg }] of args.kwonlyargs.entries()) {
    const value = args.kw_defaults[i];
    parts.push(value === null || value === undefined ? [arg] : [`${arg}=`, at(value, LEVEL.test)]);
  }
  if (args.kwarg !== null) parts.push([`**${args.kwarg.arg}`]);
  return joinPieces(parts);
}

/** The text between an f-string's quotes. */
function joinedText(node: JoinedStr): string {
  let text = '';
  for (const value of node.values) {
    if (value.kind === 'Constant') {
      text += strOf(value).replaceAll(/[{}]/g, '$&$&');
      continue;
    }
    const inner = unparseField(value.value);
    const conversion = value.conversion === null ? '' : `!${value.conversion}`;
    const spec = value.format_spec === null ? '' : `:${joinedText(value.format_spec)}`;
    text += `${inner.startsWith('{') ? '{ ' : '{'}${inner}${conversion}${spec}}`;
  }
  return text;
}

function unparseField(node: Expression): string {
  const text = unparse(node);
  return node.kind === 'IfExp' || node.kind === 'Lambda' ? `(${text})` : text;
}

/** The str that a literal is. One that is none (V3 of literals) would have another text. */
function strOf({ value, span }: Constant): string {
  if (value.type === 'str') return value.value;
  throw new EmitError(span, 'bad-annotation', SURROGATE_PAIR);
}

function constantText(node: Constant): string {
  const { value } = node;
  switch (value.type) {
    case 'None':
      return 'None';
    case 'Ellipsis':
      return '...';
    case 'bool':
      return value.value ? 'True' : 'False';
    case 'int':
      return String(value.value);
    case 'float':
      return floatText(value.value);
    case 'imaginary':
      return `${floatText(value.value).replace(/\.0$/, '')}j`;
    case 'str':
    case 'surrogates':
      return pythonRepr(strOf(node));
    case 'bytes': {
      const text = String.fromCharCode(...value.value);
      return `b${pythonRepr(text).replaceAll(/[\u0080-\u00FF]/g, hexEscape)}`;
    }
  }
}

function hexEscape(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** A float literal as CPython's repr has it; one too large to be read is 1e309, as there. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return '1e309';
  const plain = value === 0 || (value >= 1e-4 && value < 1e16);
  if (plain) return Number.isInteger(value) ? `${value}.0` : String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}
