// The builtin types, in one table.
//
// A row is a type's name, its base and what its instances are made of in the
// host. Methods are put in by the registry (vm/machine/registry.ts) when it is
// built, before any program runs. A snapshot knows a builtin type by its name,
// so a name, once released, stays (L9).

import { linearize, setTypeType, TypeObject, type Layout } from './type.ts';

/** name: [base, layout, another base]. A base stands before the types that name it. */
const ROWS = {
  object: [null, 'object'],
  type: ['object', 'type'],
  NoneType: ['object', 'closed'],
  int: ['object', 'int'],
  bool: ['int', 'closed'],
  float: ['object', 'float'],
  complex: ['object', 'complex'],
  str: ['object', 'str'],
  bytes: ['object', 'bytes'],
  bytearray: ['object', 'bytearray'],
  list: ['object', 'list'],
  tuple: ['object', 'tuple'],
  dict: ['object', 'dict'],
  set: ['object', 'set'],
  frozenset: ['object', 'frozenset'],
  range: ['object', 'closed'],
  slice: ['object', 'closed'],
  cell: ['object', 'closed'],
  function: ['object', 'closed'],
  builtin_function_or_method: ['object', 'closed'],
  method: ['object', 'closed'],
  generator: ['object', 'closed'],
  coroutine: ['object', 'closed'],
  async_generator: ['object', 'closed'],
  async_generator_asend: ['object', 'closed'],
  async_generator_athrow: ['object', 'closed'],
  anext_awaitable: ['object', 'closed'],
  coroutine_wrapper: ['object', 'closed'],
  module: ['object', 'module'],
  property: ['object', 'property'],
  staticmethod: ['object', 'staticmethod'],
  classmethod: ['object', 'classmethod'],
  super: ['object', 'closed'],
  traceback: ['object', 'closed'],
  member_descriptor: ['object', 'closed'],
  frame: ['object', 'closed'],
  code: ['object', 'closed'],
  ellipsis: ['object', 'closed'],
  NotImplementedType: ['object', 'closed'],
  dict_keys: ['object', 'closed'],
  dict_values: ['object', 'closed'],
  dict_items: ['object', 'closed'],
  mappingproxy: ['object', 'closed'],
  memoryview: ['object', 'closed'],
  list_iterator: ['object', 'closed'],
  list_reverseiterator: ['object', 'closed'],
  tuple_iterator: ['object', 'closed'],
  str_iterator: ['object', 'closed'],
  str_ascii_iterator: ['object', 'closed'],
  bytes_iterator: ['object', 'closed'],
  bytearray_iterator: ['object', 'closed'],
  range_iterator: ['object', 'closed'],
  longrange_iterator: ['object', 'closed'],
  dict_keyiterator: ['object', 'closed'],
  dict_valueiterator: ['object', 'closed'],
  dict_itemiterator: ['object', 'closed'],
  dict_reversekeyiterator: ['object', 'closed'],
  dict_reversevalueiterator: ['object', 'closed'],
  dict_reverseitemiterator: ['object', 'closed'],
  set_iterator: ['object', 'closed'],
  enumerate: ['object', 'iterator'],
  zip: ['object', 'iterator'],
  reversed: ['object', 'iterator'],
  map: ['object', 'iterator'],
  filter: ['object', 'iterator'],
  callable_iterator: ['object', 'closed'],
  iterator: ['object', 'closed'],
  GenericAlias: ['object', 'closed'],
  UnionType: ['object', 'closed'],
  Event: ['object', 'closed'],
  Task: ['object', 'closed'],
  Secret: ['object', 'closed'],
  BaseException: ['object', 'exception'],
  Exception: ['BaseException', 'exception'],
  SystemExit: ['BaseException', 'exception'],
  KeyboardInterrupt: ['BaseException', 'exception'],
  GeneratorExit: ['BaseException', 'exception'],
  Cancelled: ['BaseException', 'exception'],
  BaseExceptionGroup: ['BaseException', 'exception'],
  ExceptionGroup: ['BaseExceptionGroup', 'exception', 'Exception'],
  StopIteration: ['Exception', 'exception'],
  StopAsyncIteration: ['Exception', 'exception'],
  ArithmeticError: ['Exception', 'exception'],
  FloatingPointError: ['ArithmeticError', 'exception'],
  OverflowError: ['ArithmeticError', 'exception'],
  ZeroDivisionError: ['ArithmeticError', 'exception'],
  AssertionError: ['Exception', 'exception'],
  AttributeError: ['Exception', 'exception'],
  BufferError: ['Exception', 'exception'],
  EOFError: ['Exception', 'exception'],
  ImportError: ['Exception', 'exception'],
  ModuleNotFoundError: ['ImportError', 'exception'],
  LookupError: ['Exception', 'exception'],
  IndexError: ['LookupError', 'exception'],
  KeyError: ['LookupError', 'exception'],
  MemoryError: ['Exception', 'exception'],
  NameError: ['Exception', 'exception'],
  UnboundLocalError: ['NameError', 'exception'],
  OSError: ['Exception', 'exception'],
  BlockingIOError: ['OSError', 'exception'],
  ChildProcessError: ['OSError', 'exception'],
  ConnectionError: ['OSError', 'exception'],
  BrokenPipeError: ['ConnectionError', 'exception'],
  ConnectionAbortedError: ['ConnectionError', 'exception'],
  ConnectionRefusedError: ['ConnectionError', 'exception'],
  ConnectionResetError: ['ConnectionError', 'exception'],
  FileExistsError: ['OSError', 'exception'],
  FileNotFoundError: ['OSError', 'exception'],
  InterruptedError: ['OSError', 'exception'],
  IsADirectoryError: ['OSError', 'exception'],
  NotADirectoryError: ['OSError', 'exception'],
  PermissionError: ['OSError', 'exception'],
  ProcessLookupError: ['OSError', 'exception'],
  TimeoutError: ['OSError', 'exception'],
  Timeout: ['TimeoutError', 'exception'],
  UncertainOutcome: ['Exception', 'exception'],
  ReferenceError: ['Exception', 'exception'],
  RuntimeError: ['Exception', 'exception'],
  NotImplementedError: ['RuntimeError', 'exception'],
  RecursionError: ['RuntimeError', 'exception'],
  QuotaExceeded: ['RuntimeError', 'exception'],
  SyntaxError: ['Exception', 'exception'],
  IndentationError: ['SyntaxError', 'exception'],
  TabError: ['IndentationError', 'exception'],
  SystemError: ['Exception', 'exception'],
  TypeError: ['Exception', 'exception'],
  ValueError: ['Exception', 'exception'],
  UnicodeError: ['ValueError', 'exception'],
  UnicodeDecodeError: ['UnicodeError', 'exception'],
  UnicodeEncodeError: ['UnicodeError', 'exception'],
  UnicodeTranslateError: ['UnicodeError', 'exception'],
  Warning: ['Exception', 'exception'],
  BytesWarning: ['Warning', 'exception'],
  DeprecationWarning: ['Warning', 'exception'],
  FutureWarning: ['Warning', 'exception'],
  ImportWarning: ['Warning', 'exception'],
  PendingDeprecationWarning: ['Warning', 'exception'],
  ResourceWarning: ['Warning', 'exception'],
  RuntimeWarning: ['Warning', 'exception'],
  SyntaxWarning: ['Warning', 'exception'],
  UnicodeWarning: ['Warning', 'exception'],
  UserWarning: ['Warning', 'exception'],
} as const satisfies Readonly<Record<string, readonly [string | null, Layout, string?]>>;

export type TypeName = keyof typeof ROWS;

/** Every builtin type by name. */
export const types = build();

function build(): { readonly [N in TypeName]: TypeObject } {
  const made: Partial<Record<TypeName | '', TypeObject>> = {};
  for (const [name, [base, layout, other]] of Object.entries(ROWS) as [
    TypeName,
    readonly [TypeName | null, Layout, TypeName?],
  ][]) {
    const parents = [base, other].flatMap((each) => made[each ?? ''] ?? []);
    const type = new TypeObject(name, parents, layout, true);
    // Of the builtin types only these have instances that take any attribute.
    type.hasDict = layout === 'exception' || layout === 'module';
    type.mro = linearize(type, parents) ?? [type];
    made[name] = type;
  }
  const all = made as { readonly [N in TypeName]: TypeObject };
  setTypeType(all.type);
  return all;
}

/** Names under which programs see the builtin types and exceptions. */
export const PUBLIC_TYPES: readonly TypeName[] = (Object.keys(ROWS) as TypeName[]).filter(
  (name) =>
    ROWS[name][1] === 'exception' ||
    [
      'object type int bool float complex str bytes bytearray list tuple dict set frozenset range slice',
      'property staticmethod classmethod super enumerate zip reversed map filter memoryview',
    ]
      .join(' ')
      .split(' ')
      .includes(name),
);
