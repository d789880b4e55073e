// Which word stands for which opcode, where the two are alike: tables of translate.ts.

import { OP } from '../bytecode/opcodes.ts';
import type { WordName } from './words.ts';

/** Stack operators that are one word of three slots. */
export const BINARY_WORDS: ReadonlyMap<number, WordName> = new Map<number, WordName>([
  [OP.ADD, 'ADD'],
  [OP.SUBTRACT, 'SUB'],
  [OP.MULTIPLY, 'MUL'],
  [OP.DIVIDE, 'DIV'],
  [OP.FLOOR_DIVIDE, 'FLOORDIV'],
  [OP.MODULO, 'MOD'],
  [OP.POWER, 'BINARY'],
  [OP.MATMUL, 'BINARY'],
  [OP.LSHIFT, 'LSHIFT'],
  [OP.RSHIFT, 'RSHIFT'],
  [OP.BIT_AND, 'AND'],
  [OP.BIT_OR, 'OR'],
  [OP.BIT_XOR, 'XOR'],
  [OP.ADD_TO, 'ADD'],
  [OP.SUBTRACT_TO, 'SUB'],
  [OP.MULTIPLY_TO, 'MUL'],
  [OP.DIVIDE_TO, 'DIV'],
  [OP.FLOOR_DIVIDE_TO, 'FLOORDIV'],
  [OP.MODULO_TO, 'MOD'],
  [OP.POWER_TO, 'BINARY'],
  [OP.MATMUL_TO, 'BINARY'],
  [OP.LSHIFT_TO, 'LSHIFT'],
  [OP.RSHIFT_TO, 'RSHIFT'],
  [OP.BIT_AND_TO, 'AND'],
  [OP.BIT_OR_TO, 'OR'],
  [OP.BIT_XOR_TO, 'XOR'],
  [OP.LESS, 'LT'],
  [OP.LESS_EQUAL, 'LE'],
  [OP.EQUAL, 'EQ'],
  [OP.NOT_EQUAL, 'NE'],
  [OP.GREATER, 'GT'],
  [OP.GREATER_EQUAL, 'GE'],
  [OP.IS, 'IS'],
  [OP.IS_NOT, 'ISNOT'],
  [OP.IN, 'IN'],
  [OP.NOT_IN, 'NOTIN'],
  [OP.GET_ITEM, 'GETITEM'],
  [OP.MATCH_EXCEPTION, 'MATCHEXC'],
]);

/** The word that takes a small int in place of the right operand. */
export const IMMEDIATE: Readonly<Partial<Record<WordName, WordName>>> = {
  ADD: 'ADDI',
  SUB: 'SUBI',
  MUL: 'MULI',
  MOD: 'MODI',
  FLOORDIV: 'FLOORDIVI',
  AND: 'ANDI',
  GETITEM: 'GETITEMI',
};

export const COMPARE_JUMP: Readonly<Partial<Record<WordName, readonly [WordName, WordName]>>> = {
  LT: ['LT_JF', 'LTI_JF'],
  LE: ['LE_JF', 'LEI_JF'],
  EQ: ['EQ_JF', 'EQI_JF'],
  NE: ['NE_JF', 'NEI_JF'],
  GT: ['GT_JF', 'GTI_JF'],
  GE: ['GE_JF', 'GEI_JF'],
};

export const UNARY_WORDS: ReadonlyMap<number, WordName> = new Map<number, WordName>([
  [OP.NEGATE, 'NEG'],
  [OP.PLUS, 'UNARY'],
  [OP.INVERT, 'UNARY'],
  [OP.NOT, 'NOT'],
  [OP.GET_ITER, 'ITER'],
  [OP.GET_YIELD_ITER, 'YIELDITER'],
  [OP.GET_ASYNC_ITER, 'ASYNCITER'],
  [OP.LIST_TO_TUPLE, 'LISTTUPLE'],
]);

export const MAKE_WORDS: ReadonlyMap<number, WordName> = new Map<number, WordName>([
  [OP.MAKE_TUPLE, 'TUPLE'],
  [OP.MAKE_LIST, 'LIST'],
  [OP.MAKE_SET, 'SET'],
  [OP.MAKE_DICT, 'DICT'],
  [OP.MAKE_STRING, 'STRING'],
  [OP.MAKE_SLICE, 'SLICE'],
]);

/** Words whose operands end at the top and that rest only with everything at home. */
export const CALL_WORDS: ReadonlyMap<number, readonly [WordName, below: number]> = new Map<
  number,
  readonly [WordName, number]
>([
  [OP.CALL, ['CALL', 1]],
  [OP.CALL_KEYWORDS, ['CALLKW', 2]],
  [OP.CALL_METHOD, ['CALLMETHOD', 2]],
  [OP.CALL_METHOD_KEYWORDS, ['CALLMETHODKW', 3]],
  [OP.MAKE_CLASS, ['CLASS', 3]],
]);

/** Words on a container at a depth and the value on top. */
export const ADD_WORDS: ReadonlyMap<number, WordName> = new Map<number, WordName>([
  [OP.LIST_APPEND, 'LISTAPPEND'],
  [OP.SET_ADD, 'SETADD'],
  [OP.LIST_EXTEND, 'LISTEXTEND'],
  [OP.SET_UPDATE, 'SETUPDATE'],
  [OP.DICT_UPDATE, 'DICTUPDATE'],
  [OP.DICT_MERGE, 'DICTMERGE'],
]);
