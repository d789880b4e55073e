// The instruction set.
//
// One row per opcode, and the row is the whole truth about it: its number on
// disk, what its operand means, what it does to the stack, where control may
// go next, and one line of prose. The compiler, the verifier, the machine, the
// disassembler and spec/bytecode.md all read this table, so none of them can
// disagree with it.
//
// Reading a stack picture. Left of the arrow is what the instruction takes,
// right of it what it leaves, top of stack last:
//
//     x y → z          takes two values, leaves one
//     x1..xn → list    takes n values, n being the operand (or the part of it
//                      that `operands.ts` names)
//     it → it x | →    left of the bar: going on; right of it: jumping
//
// Invariants:
//
//   O1. A number, once released, keeps its meaning for ever. Programs sleep in
//       the store for months; a renumbered opcode would wake them as nonsense.
//       Retired opcodes stay in the table as comments.
//   O2. Every instruction is one opcode byte, then the operand as an unsigned
//       LEB128 varint unless `operand` is 'none'.
//   O3. Only LOOP jumps backwards. It is where the budget is counted, so no
//       program can run for ever without giving the machine a place to stop.
//   O4. An instruction that may run flow code (`calls`) leaves exactly one
//       value for it, the last one in its picture, or none if the picture
//       leaves none. While it waits, that value is what is missing: so a frame
//       at rest is fully described by its next pc and its stack (spec/bytecode.md).

/** What an operand refers to. It decides how it is printed, checked and bounded. */
export type OperandKind =
  | 'none' // no operand follows
  | 'const' // index into Module.constants
  | 'name' // index into Module.names
  | 'local' // index into the frame's locals; cells and free variables are locals too
  | 'global' // index into Module.globals
  | 'function' // index into Module.functions
  | 'module' // index into Module.imports
  | 'count' // a number of stack values
  | 'depth' // a position counted from the top of the stack, 1 being the top
  | 'flags' // bits or a small number explained in the row's prose
  | 'jump'; // absolute offset of an instruction in the same function

/**
 * Where control goes after the instruction.
 * next: falls through; branch: falls through or jumps; jump: always jumps;
 * end: leaves the frame, by value or by exception.
 */
export type FlowKind = 'next' | 'branch' | 'jump' | 'end';

export interface OpRow<Code extends number = number> {
  readonly code: Code;
  readonly operand: OperandKind;
  readonly stack: string;
  readonly flow: FlowKind;
  /** May run flow code (a dunder method, a call), so the frame may rest here. */
  readonly calls: boolean;
  readonly doc: string;
}

function row<const Code extends number>(
  code: Code,
  operand: OperandKind,
  stack: string,
  doc: string,
  how: { readonly flow?: FlowKind; readonly calls?: boolean } = {},
): OpRow<Code> {
  return { code, operand, stack, flow: how.flow ?? 'next', calls: how.calls ?? false, doc };
}

const CALLS = { calls: true } as const;
const BRANCH = { flow: 'branch' } as const;
const TEST = { flow: 'branch', calls: true } as const;
const END = { flow: 'end' } as const;

// prettier-ignore
export const OPCODES = {
  // the stack
  NOP:            row(0x00, 'none',  '→',                'nothing; a place for a line to rest'),
  POP:            row(0x01, 'none',  'x →',              'drop the top value'),
  COPY:           row(0x02, 'depth', '→ x',              'push the value at a depth again'),
  SWAP:           row(0x03, 'depth', '→',                'exchange the top with the value at a depth, 2 or more'),

  // names
  LOAD_CONST:     row(0x10, 'const',  '→ value',         'push a constant'),
  LOAD_INT:       row(0x11, 'flags',  '→ value',         'push a small int, the operand itself'),
  LOAD_NONE:      row(0x12, 'none',   '→ none',          'push None'),
  LOAD_LOCAL:     row(0x13, 'local',  '→ value',         'push a local that is certainly bound'),
  LOAD_LOCAL_CHECKED: row(0x14, 'local', '→ value',      'push a local; UnboundLocalError if it is not bound'),
  STORE_LOCAL:    row(0x15, 'local',  'value →',         'bind a local'),
  DELETE_LOCAL:   row(0x16, 'local',  '→',               'unbind a local; UnboundLocalError if it is not bound'),
  LOAD_GLOBAL:    row(0x17, 'global', '→ value',         'push a global of this module, else a builtin, else NameError'),
  STORE_GLOBAL:   row(0x18, 'global', 'value →',         'bind a global of this module'),
  DELETE_GLOBAL:  row(0x19, 'global', '→',               'unbind a global; NameError if it is not bound'),
  MAKE_CELL:      row(0x1a, 'local',  '→',               'put the local (bound or not) into a new cell, which takes its place'),
  LOAD_CELL:      row(0x1b, 'local',  '→ value',         'push what the cell in a local holds; NameError if nothing'),
  STORE_CELL:     row(0x1c, 'local',  'value →',         'put a value into the cell in a local'),
  DELETE_CELL:    row(0x1d, 'local',  '→',               'empty the cell in a local; NameError if it is empty'),
  LOAD_CLOSURE:   row(0x1e, 'local',  '→ cell',          'push the cell itself, for MAKE_TUPLE and MAKE_CLOSURE'),
  LOAD_NAME:      row(0x1f, 'name',   '→ value',         'class body: push from the namespace in local 0, else global, else builtin', CALLS),
  STORE_NAME:     row(0x20, 'name',   'value →',         'class body: bind in the namespace in local 0', CALLS),
  DELETE_NAME:    row(0x21, 'name',   '→',               'class body: unbind in the namespace in local 0', CALLS),
  LOAD_CLASS_CELL: row(0x22, 'local', 'name → value',    'class body: push names[name] from the namespace, else what the cell holds', CALLS),
  LOAD_BUILTIN:   row(0x23, 'name',   '→ value',         'push a builtin, whatever the program has bound to its name'),

  // attributes and elements
  GET_ATTR:       row(0x28, 'name',   'object → value',           'object.name', CALLS),
  SET_ATTR:       row(0x29, 'name',   'value object →',           'object.name = value', CALLS),
  DELETE_ATTR:    row(0x2a, 'name',   'object →',                 'del object.name', CALLS),
  GET_METHOD:     row(0x2b, 'name',   'object → self method',     'what to call for object.name(...); self is absent if method is bound already', CALLS),
  GET_ITEM:       row(0x2c, 'none',   'object key → value',       'object[key]', CALLS),
  SET_ITEM:       row(0x2d, 'none',   'value object key →',       'object[key] = value', CALLS),
  DELETE_ITEM:    row(0x2e, 'none',   'object key →',             'del object[key]', CALLS),

  // operators; x OP= y has rows of its own because __iadd__ and its kin come first
  ADD:            row(0x30, 'none', 'x y → z', 'x + y', CALLS),
  SUBTRACT:       row(0x31, 'none', 'x y → z', 'x - y', CALLS),
  MULTIPLY:       row(0x32, 'none', 'x y → z', 'x * y', CALLS),
  DIVIDE:         row(0x33, 'none', 'x y → z', 'x / y', CALLS),
  FLOOR_DIVIDE:   row(0x34, 'none', 'x y → z', 'x // y', CALLS),
  MODULO:         row(0x35, 'none', 'x y → z', 'x % y', CALLS),
  POWER:          row(0x36, 'none', 'x y → z', 'x ** y', CALLS),
  MATMUL:         row(0x37, 'none', 'x y → z', 'x @ y', CALLS),
  LSHIFT:         row(0x38, 'none', 'x y → z', 'x << y', CALLS),
  RSHIFT:         row(0x39, 'none', 'x y → z', 'x >> y', CALLS),
  BIT_AND:        row(0x3a, 'none', 'x y → z', 'x & y', CALLS),
  BIT_OR:         row(0x3b, 'none', 'x y → z', 'x | y', CALLS),
  BIT_XOR:        row(0x3c, 'none', 'x y → z', 'x ^ y', CALLS),
  ADD_TO:         row(0x40, 'none', 'x y → z', 'x += y', CALLS),
  SUBTRACT_TO:    row(0x41, 'none', 'x y → z', 'x -= y', CALLS),
  MULTIPLY_TO:    row(0x42, 'none', 'x y → z', 'x *= y', CALLS),
  DIVIDE_TO:      row(0x43, 'none', 'x y → z', 'x /= y', CALLS),
  FLOOR_DIVIDE_TO: row(0x44, 'none', 'x y → z', 'x //= y', CALLS),
  MODULO_TO:      row(0x45, 'none', 'x y → z', 'x %= y', CALLS),
  POWER_TO:       row(0x46, 'none', 'x y → z', 'x **= y', CALLS),
  MATMUL_TO:      row(0x47, 'none', 'x y → z', 'x @= y', CALLS),
  LSHIFT_TO:      row(0x48, 'none', 'x y → z', 'x <<= y', CALLS),
  RSHIFT_TO:      row(0x49, 'none', 'x y → z', 'x >>= y', CALLS),
  BIT_AND_TO:     row(0x4a, 'none', 'x y → z', 'x &= y', CALLS),
  BIT_OR_TO:      row(0x4b, 'none', 'x y → z', 'x |= y', CALLS),
  BIT_XOR_TO:     row(0x4c, 'none', 'x y → z', 'x ^= y', CALLS),
  NEGATE:         row(0x50, 'none', 'x → z',   '-x', CALLS),
  PLUS:           row(0x51, 'none', 'x → z',   '+x', CALLS),
  INVERT:         row(0x52, 'none', 'x → z',   '~x', CALLS),
  NOT:            row(0x53, 'none', 'x → bool', 'not x', CALLS),
  LESS:           row(0x58, 'none', 'x y → z', 'x < y', CALLS),
  LESS_EQUAL:     row(0x59, 'none', 'x y → z', 'x <= y', CALLS),
  EQUAL:          row(0x5a, 'none', 'x y → z', 'x == y', CALLS),
  NOT_EQUAL:      row(0x5b, 'none', 'x y → z', 'x != y', CALLS),
  GREATER:        row(0x5c, 'none', 'x y → z', 'x > y', CALLS),
  GREATER_EQUAL:  row(0x5d, 'none', 'x y → z', 'x >= y', CALLS),
  IS:             row(0x5e, 'none', 'x y → bool', 'x is y'),
  IS_NOT:         row(0x5f, 'none', 'x y → bool', 'x is not y'),
  IN:             row(0x60, 'none', 'x y → bool', 'x in y', CALLS),
  NOT_IN:         row(0x61, 'none', 'x y → bool', 'x not in y', CALLS),

  // making
  MAKE_TUPLE:     row(0x68, 'count', 'x1..xn → tuple',            'a tuple of n values'),
  MAKE_LIST:      row(0x69, 'count', 'x1..xn → list',             'a list of n values'),
  MAKE_SET:       row(0x6a, 'count', 'x1..xn → set',              'a set of n values', CALLS),
  MAKE_DICT:      row(0x6b, 'count', 'k1 v1..kn vn → dict',       'a dict of n pairs', CALLS),
  MAKE_STRING:    row(0x6c, 'count', 's1..sn → str',              'n strs joined: an f-string'),
  MAKE_SLICE:     row(0x6d, 'count', 'x1..xn → slice',            'a slice of n parts, 2 or 3'),
  LIST_APPEND:    row(0x6e, 'depth', 'x →',                       'append to the list at a depth (counted without x)'),
  SET_ADD:        row(0x6f, 'depth', 'x →',                       'add to the set at a depth (counted without x)', CALLS),
  MAP_ADD:        row(0x70, 'depth', 'k v →',                     'set in the dict at a depth (counted without k and v)', CALLS),
  LIST_EXTEND:    row(0x71, 'depth', 'x →',                       'extend the list at a depth by an iterable', CALLS),
  SET_UPDATE:     row(0x72, 'depth', 'x →',                       'add every element of an iterable to the set at a depth', CALLS),
  DICT_UPDATE:    row(0x73, 'depth', 'x →',                       'update the dict at a depth from a mapping', CALLS),
  DICT_MERGE:     row(0x74, 'depth', 'x →',                       'the same for **arguments: a repeated key is a TypeError', CALLS),
  LIST_TO_TUPLE:  row(0x75, 'none',  'list → tuple',              'a tuple of the elements of a list'),
  FORMAT:         row(0x76, 'flags', 'x → str',                   'format(x, ""); flags 0: as is, 1: str, 2: repr, 3: ascii first', CALLS),
  FORMAT_SPEC:    row(0x77, 'flags', 'x spec → str',              'format(x, spec), with the same flags', CALLS),
  UNPACK:         row(0x78, 'count', 'x → xn..x1',                'exactly n elements of an iterable, the first on top', CALLS),
  UNPACK_STAR:    row(0x79, 'flags', 'x → xn..x1',                'first*2^12+after elements around one list of the rest; n = first+1+after', CALLS),
  ARGUMENT_LIST:  row(0x7a, 'none',  'fn x → fn list',            'for fn(*x): the elements of x; if it has none to give, the TypeError names fn', CALLS),

  // functions and classes
  MAKE_FUNCTION:  row(0x80, 'function', '→ function',             'a function without defaults, annotations or free variables'),
  MAKE_CLOSURE:   row(0x81, 'function', 'defaults kwdefaults annotations cells → function', 'defaults: tuple or None; kwdefaults, annotations: dict or None; cells: tuple or None'),
  CALL:           row(0x82, 'count', 'fn x1..xn → result',        'call with n positional arguments', CALLS),
  CALL_KEYWORDS:  row(0x83, 'count', 'fn x1..xn names → result',  'the last len(names) of n arguments are keywords; names is a tuple', CALLS),
  CALL_SPREAD:    row(0x84, 'none',  'fn args kwargs → result',   'fn(*args, **kwargs); args a tuple or list, kwargs a dict or None', CALLS),
  CALL_METHOD:    row(0x85, 'count', 'self method x1..xn → result', 'after GET_METHOD: call method, with self first unless it is absent', CALLS),
  CALL_METHOD_KEYWORDS: row(0x86, 'count', 'self method x1..xn names → result', 'the same with keywords', CALLS),
  RETURN:         row(0x87, 'none',  'value →',                   'leave the frame with a value', END),
  MAKE_CLASS:     row(0x88, 'count', 'body name x1..xn keywords → class', 'class statement: body is a function, x are bases, keywords a dict or None', CALLS),
  MAKE_CLASS_SPREAD: row(0x89, 'none', 'body name bases keywords → class', 'the same with starred bases: bases is a list', CALLS),

  // control; JUMP_* go forwards, LOOP goes backwards
  JUMP:           row(0x90, 'jump', '→',                 'go there', { flow: 'jump' }),
  LOOP:           row(0x91, 'jump', '→',                 'go back there; counts one tick of the budget', { flow: 'jump' }),
  JUMP_IF_FALSE:  row(0x92, 'jump', 'x → | x →',         'go there if x is false', TEST),
  JUMP_IF_TRUE:   row(0x93, 'jump', 'x → | x →',         'go there if x is true', TEST),
  AND_JUMP:       row(0x94, 'jump', 'x → | x → x',       'x and ...: keep x and go there if it is false, else drop it', TEST),
  OR_JUMP:        row(0x95, 'jump', 'x → | x → x',       'x or ...: keep x and go there if it is true, else drop it', TEST),
  JUMP_IF_NONE:   row(0x96, 'jump', 'x → | x →',         'go there if x is None', BRANCH),
  JUMP_IF_NOT_NONE: row(0x97, 'jump', 'x → | x →',       'go there if x is not None', BRANCH),
  GET_ITER:       row(0x98, 'none', 'x → it',            'iter(x)', CALLS),
  FOR_ITER:       row(0x99, 'jump', 'it → it x | it →',  'the next element, or drop the iterator and go there', TEST),

  // exceptions; a handler starts with the exception on top of the stack
  RAISE:          row(0xa0, 'none', 'exc →',             'raise exc, an exception or a class of them', { flow: 'end', calls: true }),
  RAISE_FROM:     row(0xa1, 'none', 'exc cause →',       'raise exc from cause', { flow: 'end', calls: true }),
  RAISE_AGAIN:    row(0xa2, 'none', '→',                 'bare raise: the exception now handled, else RuntimeError', END),
  RERAISE:        row(0xa3, 'none', 'exc →',             'raise exc on, its traceback and context untouched', END),
  HANDLE:         row(0xa4, 'none', 'exc → before exc',  'exc becomes the one this frame handles; below it, the one before or None'),
  END_HANDLE:     row(0xa5, 'none', 'before →',          'the one before is handled again'),
  MATCH_EXCEPTION: row(0xa6, 'none', 'exc type → exc bool', 'whether exc is of a type, or of one in a tuple of types', CALLS),
  WITH_ENTER:     row(0xa7, 'none', 'manager → exit value', 'push the bound __exit__, then what __enter__() returns', CALLS),
  WITH_FAIL:      row(0xa8, 'none', 'exit before exc → exit before exc answer', 'exit(type, exc, traceback)', CALLS),

  // generators, tasks and the outside
  YIELD:          row(0xb0, 'none', 'value → sent',      'suspend the generator with a value; on resumption push what is sent'),
  YIELD_FROM:     row(0xb1, 'none', 'it sent → result',  'pass it what is sent; while it yields, yield that and stay; else its result; an event or task suspends the task', CALLS),
  GET_YIELD_ITER: row(0xb2, 'none', 'x → it',            'iter(x), or x itself if it is a generator', CALLS),
  AWAIT:          row(0xb3, 'none', 'awaitable → result', 'suspend the task until it is resolved', CALLS),
  RETURN_GENERATOR: row(0xb4, 'none', '→',               'first instruction of a generator or coroutine: leave with the object instead'),
  ASYNC_WITH_ENTER: row(0xb5, 'none', 'manager → exit awaitable', 'push the bound __aexit__, then __aenter__()', CALLS),
  GET_ASYNC_ITER: row(0xb6, 'none', 'x → it',            'type(x).__aiter__(x)', CALLS),
  GET_ASYNC_NEXT: row(0xb7, 'none', 'it → it awaitable', 'it.__anext__()', CALLS),
  GET_AWAITABLE:  row(0xb8, 'flags', 'x → it',           'what YIELD_FROM awaits x by: a coroutine, event or task itself, else x.__await__(); flags 1, 2, 3: x comes from __aenter__, __aexit__, __anext__', CALLS),

  // modules
  IMPORT:         row(0xc0, 'module', '→ module',        'the module, its body run to the end the first time', CALLS),
  IMPORT_FROM:    row(0xc1, 'name',  'module → module value', 'an attribute of a module; ImportError if it has none', CALLS),
  IMPORT_STAR:    row(0xc2, 'none',  'module →',         'bind every public name of a module as a global of this one'),

  // match statements
  MATCH_SEQUENCE: row(0xc8, 'none', 'x → x bool',        'whether a sequence pattern may match x'),
  MATCH_MAPPING:  row(0xc9, 'none', 'x → x bool',        'whether a mapping pattern may match x'),
  MATCH_KEYS:     row(0xca, 'none', 'x keys → x keys values', 'a tuple of the values at keys, or None if one is missing', CALLS),
  MATCH_CLASS:    row(0xcb, 'count', 'x type names → values', 'n positional and the named attributes as a tuple, or None', CALLS),
  GET_LENGTH:     row(0xcc, 'none', 'x → x n',           'len(x)', CALLS),
} as const;

export type OpName = keyof typeof OPCODES;
export type Op = (typeof OPCODES)[OpName]['code'];

/** Opcode numbers by name, for the compiler to emit and the machine to switch on. */
export const OP = Object.fromEntries(
  Object.entries(OPCODES).map(([name, { code }]) => [name, code]),
) as { readonly [N in OpName]: (typeof OPCODES)[N]['code'] };

/** Rows by number; a hole is a byte that is no instruction. */
export const OP_NAMES: readonly (OpName | undefined)[] = Array.from({ length: 256 }, (_, code) =>
  (Object.keys(OPCODES) as OpName[]).find((name) => OPCODES[name].code === code),
);

export interface StackEffect {
  readonly pops: number;
  readonly pushes: number;
}

/** Bits of UNPACK_STAR's operand that count the elements after the star. */
export const UNPACK_AFTER_BITS = 12;

/** The n of an instruction's picture, read from its operand. */
export function pictureCount(name: OpName, operand: number): number {
  if (name !== 'UNPACK_STAR') return operand;
  return (operand >> UNPACK_AFTER_BITS) + 1 + (operand & ((1 << UNPACK_AFTER_BITS) - 1));
}

/**
 * The effect of one instruction, read from its stack picture.
 *
 * @param operand the operand value; it gives the n of `x1..xn`
 * @param jumps   whether the jump is taken, for pictures with two sides
 */
export function stackEffect(name: OpName, operand: number, jumps: boolean): StackEffect {
  const sides = OPCODES[name].stack.split('|');
  const [taken = '', first = ''] = [sides.at(jumps ? -1 : 0), sides[0]];
  // The right side of a bar may repeat the left of the arrow or leave it out.
  const before = (taken.includes('→') ? taken : first).split('→')[0] ?? '';
  const after = taken.split('→')[1] ?? '';
  const count = pictureCount(name, operand);
  return { pops: countValues(before, count), pushes: countValues(after, count) };
}

function countValues(side: string, n: number): number {
  let values = 0;
  const words = side.trim().split(/\s+/).filter(Boolean);
  for (const [i, word] of words.entries()) {
    if (word.includes('..')) values += word.startsWith('v') ? 0 : n;
    // `k1 v1..kn vn` counts n pairs: three words make 2n values.
    else if (word === 'k1' && words[i + 1]?.startsWith('v1..')) values += 2 * n;
    else if (word === 'vn') values += 0;
    else values += 1;
  }
  return values;
}
