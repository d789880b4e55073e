// Words: the form in which the machine runs bytecode.
//
// When a module is loaded, translate.ts turns each function's stack code into
// three-address code over the slots of its frame: locals first, then one home
// slot for each depth of the operand stack. `x + y` on two locals is then one
// instruction instead of three. Words live in memory only; what is on disk is
// the stack code, and a frame at rest is always described in its terms, so the
// set below may change with any release.
//
// Measured on V8 over twelve programs (geometric mean of speed against CPython
// 3.11): a switch over the stack bytes 0.60; over these words 1.13.
//
// Operands: d, a, b, s: slots; k: constant; n: name; g: global; l: local;
// t: word offset to jump to; i: an int itself; c: inline cache; #: a count;
// r: the instruction (of the stack code) before which the frame rests meanwhile.

// prettier-ignore
export const WORD_ROWS = {
  MOVE:        'd s',
  LOADK:       'd k',
  LOADI:       'd i',
  LOADNONE:    'd',
  SWAP:        'a b',
  CHECK:       'l',
  UNBIND:      'l',
  GLOBAL:      'd g',
  SETGLOBAL:   'g s',
  DELGLOBAL:   'g',
  MAKECELL:    'l',
  LOADCELL:    'd l',
  SETCELL:     'l s',
  DELCELL:     'l',
  NAME:        'd n',
  SETNAME:     'n s',
  DELNAME:     'n',
  CLASSCELL:   'd s l',
  BUILTIN:     'd n',
  GETATTR:     'd a n c',
  SETATTR:     'a s n c',
  DELATTR:     'a n',
  GETMETHOD:   'd a n c',
  GETITEM:     'd a b',
  SETITEM:     'a b s',
  DELITEM:     'a b',
  ADD:         'd a b',
  SUB:         'd a b',
  MUL:         'd a b',
  DIV:         'd a b',
  FLOORDIV:    'd a b',
  MOD:         'd a b',
  AND:         'd a b',
  OR:          'd a b',
  XOR:         'd a b',
  LSHIFT:      'd a b',
  RSHIFT:      'd a b',
  BINARY:      'd a b',     // the rest: POWER, MATMUL
  ADDI:        'd a i',
  SUBI:        'd a i',
  MULI:        'd a i',
  MODI:        'd a i',
  FLOORDIVI:   'd a i',
  ANDI:        'd a i',
  NEG:         'd a',
  UNARY:       'd a',       // PLUS, INVERT
  NOT:         'd a',
  LT:          'd a b',
  LE:          'd a b',
  EQ:          'd a b',
  NE:          'd a b',
  GT:          'd a b',
  GE:          'd a b',
  LT_JF:       'a b t',
  LE_JF:       'a b t',
  EQ_JF:       'a b t',
  NE_JF:       'a b t',
  GT_JF:       'a b t',
  GE_JF:       'a b t',
  LTI_JF:      'a i t',
  LEI_JF:      'a i t',
  EQI_JF:      'a i t',
  NEI_JF:      'a i t',
  GTI_JF:      'a i t',
  GEI_JF:      'a i t',
  IS:          'd a b',
  ISNOT:       'd a b',
  IN:          'd a b',
  NOTIN:       'd a b',
  TUPLE:       'd a #',
  LIST:        'd a #',
  SET:         'd a #',
  DICT:        'd a #',
  STRING:      'd a #',
  SLICE:       'd a #',
  LISTAPPEND:  'a s',
  SETADD:      'a s',
  MAPADD:      'a b s',
  LISTEXTEND:  'a s',
  SETUPDATE:   'a s',
  DICTUPDATE:  'a s',
  DICTMERGE:   'a s',
  LISTTUPLE:   'd a',
  FORMAT:      'd a i',
  FORMATSPEC:  'd a b i',
  UNPACK:      'd a #',
  UNPACKSTAR:  'd a i',
  FUNCTION:    'd i',
  CLOSURE:     'd a i',
  CALL:        'a # r',
  CALLKW:      'a # r',
  CALLSPREAD:  'a r',
  CALLMETHOD:  'a # r',
  CALLMETHODKW:'a # r',
  RETURN:      's',
  CLASS:       'a # r',
  JUMP:        't',
  LOOP:        't',
  JF:          'a t',
  JT:          'a t',
  JNONE:       'a t',
  JNOTNONE:    'a t',
  ITER:        'd a',
  FORITER:     'a d t',
  RAISE:       'a',
  RAISEFROM:   'a b',
  RAISEAGAIN:  '',
  RERAISE:     'a',
  HANDLE:      'a',
  ENDHANDLE:   'a',
  MATCHEXC:    'd a b',
  WITHENTER:   'a',
  WITHFAIL:    'a',
  YIELD:       'a',
  YIELDFROM:   'a',
  YIELDITER:   'd a',
  AWAIT:       'a',
  GENERATOR:   '',
  ASYNCENTER:  'a',
  ASYNCITER:   'd a',
  ASYNCNEXT:   'd a',
  IMPORT:      'd i',
  IMPORTFROM:  'd a n',
  IMPORTSTAR:  'a',
  MATCHSEQ:    'd a',
  MATCHMAP:    'd a',
  MATCHKEYS:   'd a b',
  MATCHCLASS:  'd a #',
  LENGTH:      'd a',
  TICK:        '',          // stop here if asked: before each instruction, when stepping
  ARGLIST:     'a',         // fn x → fn list
  GETITEMI:    'd a i',
  UNPACK2:     'a d d',     // a pair into two slots, the first element first
  CLASSSPREAD: 'a r',
  AWAITABLE:   'd a i',
} as const;

export type WordName = keyof typeof WORD_ROWS;
const WORD_NAMES = Object.keys(WORD_ROWS) as WordName[];

/** Numbers of the word instructions, dense from 0, for the machine's switch. */
export const WORD = Object.fromEntries(WORD_NAMES.map((name, i) => [name, i])) as {
  readonly [N in WordName]: number;
};

/** Words an instruction takes, its own number included. */
export const WORD_SIZES: readonly number[] = WORD_NAMES.map(
  (name) => 1 + WORD_ROWS[name].split(' ').filter(Boolean).length,
);

export function wordName(number: number): WordName | undefined {
  return WORD_NAMES[number];
}
