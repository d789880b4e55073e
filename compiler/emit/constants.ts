// Constants of the tree, and what is known of an expression without running it.
//
//     -1             one constant               not NEGATE of one
//     (1, (2, 3))    one constant               and so are all its parts
//     x in {1, 2}    a frozenset constant       made once, not at each test
//
// Only literals are folded: what they mean cannot depend on anything.

import type { Constant } from '../../vm/bytecode/program.ts';
import { CONSTANT_DEPTH_MAX } from '../../vm/bytecode/limits.ts';
import type { ConstantValue, Expression } from '../syntax/tree.ts';
import { constantKey } from './tables.ts';

/** What literals mean that are constants of the machine. */
type Holdable = Exclude<ConstantValue, { readonly type: 'surrogates' }>;

/** The constant that a literal is. */
export function literal(value: Holdable): Constant {
  switch (value.type) {
    case 'None':
      return { type: 'none' };
    case 'Ellipsis':
      return { type: 'ellipsis' };
    case 'int':
      return { type: 'int', value: BigInt(value.value) };
    case 'imaginary':
    case 'float':
    case 'str':
    case 'bytes':
    case 'bool':
      return value;
  }
}

/** The constant that an expression always is, or null. */
export function constantOf(node: Expression, depth = 0): Constant | null {
  switch (node.kind) {
    case 'Constant':
      return node.value.type === 'surrogates' ? null : literal(node.value);
    case 'UnaryOp':
      return node.operand.kind === 'Constant' ? folded(node.op, constantOf(node.operand)) : null;
    case 'Tuple': {
      const items = depth < CONSTANT_DEPTH_MAX ? constantsOf(node.elts, depth + 1) : null;
      return items === null ? null : { type: 'tuple', items };
    }
    case 'Name':
      return node.id === '__debug__' ? { type: 'bool', value: true } : null;
    default:
      return null;
  }
}

/** The constants that some expressions are, or null if one is none. */
export function constantsOf(nodes: readonly Expression[], depth = 0): Constant[] | null {
  const items: Constant[] = [];
  for (const node of nodes) {
    const item = constantOf(node, depth);
    if (item === null) return null;
    items.push(item);
  }
  return items;
}

function folded(op: string, operand: Constant | null): Constant | null {
  if (operand?.type === 'float') {
    if (op === 'USub') return { type: 'float', value: -operand.value };
    return op === 'UAdd' ? operand : null;
  }
  if (operand?.type !== 'int') return null;
  if (op === 'USub') return { type: 'int', value: -operand.value };
  if (op === 'Invert') return { type: 'int', value: ~operand.value };
  return op === 'UAdd' ? operand : null;
}

/** A list or a set written out: `for` makes a constant of it, if it can. */
export function isDisplay({ kind }: Expression): boolean {
  return kind === 'List' || kind === 'Set';
}

/** What a list or set may be made into where nobody can see it: for `in`, and for `for`. */
export function frozen(node: Expression): Constant | null {
  if (node.kind !== 'List' && node.kind !== 'Set') return constantOf(node);
  const items = constantsOf(node.elts);
  if (items === null) return null;
  if (node.kind === 'List') return { type: 'tuple', items };
  // Equal members of other types (1 and True) stay, for the machine to decide as it does for a set.
  const seen = new Map(items.map((item) => [constantKey(item), item]));
  return { type: 'frozenset', items: [...seen.values()] };
}

/** Whether a constant is true. */
export function truth(constant: Constant): boolean {
  switch (constant.type) {
    case 'none':
      return false;
    case 'ellipsis':
      return true;
    case 'bool':
      return constant.value;
    case 'int':
      return constant.value !== 0n;
    case 'float':
    case 'imaginary':
      return constant.value !== 0;
    case 'str':
    case 'bytes':
      return constant.value.length > 0;
    case 'tuple':
    case 'frozenset':
      return constant.items.length > 0;
  }
}
