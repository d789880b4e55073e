// The opcode of each operator of the tree.

import { OP } from '../../vm/bytecode/opcodes.ts';
import type { BinaryOperator, CompareOperator, UnaryOperator } from '../syntax/tree.ts';

export const BINARY: Readonly<Record<BinaryOperator, number>> = {
  Add: OP.ADD,
  Sub: OP.SUBTRACT,
  Mult: OP.MULTIPLY,
  MatMult: OP.MATMUL,
  Div: OP.DIVIDE,
  Mod: OP.MODULO,
  Pow: OP.POWER,
  LShift: OP.LSHIFT,
  RShift: OP.RSHIFT,
  BitOr: OP.BIT_OR,
  BitXor: OP.BIT_XOR,
  BitAnd: OP.BIT_AND,
  FloorDiv: OP.FLOOR_DIVIDE,
};

/** `x op= y` */
export const IN_PLACE: Readonly<Record<BinaryOperator, number>> = {
  Add: OP.ADD_TO,
  Sub: OP.SUBTRACT_TO,
  Mult: OP.MULTIPLY_TO,
  MatMult: OP.MATMUL_TO,
  Div: OP.DIVIDE_TO,
  Mod: OP.MODULO_TO,
  Pow: OP.POWER_TO,
  LShift: OP.LSHIFT_TO,
  RShift: OP.RSHIFT_TO,
  BitOr: OP.BIT_OR_TO,
  BitXor: OP.BIT_XOR_TO,
  BitAnd: OP.BIT_AND_TO,
  FloorDiv: OP.FLOOR_DIVIDE_TO,
};

export const UNARY: Readonly<Record<UnaryOperator, number>> = {
  Invert: OP.INVERT,
  Not: OP.NOT,
  UAdd: OP.PLUS,
  USub: OP.NEGATE,
};

export const COMPARE: Readonly<Record<CompareOperator, number>> = {
  Eq: OP.EQUAL,
  NotEq: OP.NOT_EQUAL,
  Lt: OP.LESS,
  LtE: OP.LESS_EQUAL,
  Gt: OP.GREATER,
  GtE: OP.GREATER_EQUAL,
  Is: OP.IS,
  IsNot: OP.IS_NOT,
  In: OP.IN,
  NotIn: OP.NOT_IN,
};

/** The conversion of a formatted value, as FORMAT's operand. */
export const CONVERSION = { s: 1, r: 2, a: 3 } as const;
