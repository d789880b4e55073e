// Exceptions: construction, text, and the attributes that are no plain ones.
//
// args, __cause__, __context__ and __suppress_context__ are fields of the
// object. Others (errno, code, name …) CPython keeps in C structs; here they
// are attributes of the instance under names with a space before them, which
// no program can write.
//
// A builtin exception type is made by its `__new__` alone; for a class in flow
// the machine makes the object and calls `__init__`. So both set the fields.

import { ByteArray, Bytes, List, Tuple } from '../../vm/values/collections.ts';
import { Dict } from '../../vm/values/dict.ts';
import {
  ExceptionObject,
  setTraceback,
  TracebackObject,
  tracebackOf,
  typeError,
} from '../../vm/values/exception.ts';
import { NEEDS_FLOW } from '../../vm/values/keys.ts';
import { intOf, plain, typeName } from '../../vm/values/plain.ts';
import type { TypeObject } from '../../vm/values/type.ts';
import { types, type TypeName } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { DECLINED, Native, native, type NativeRow } from '../../vm/machine/native.ts';
import type { AttributeRow } from '../../vm/machine/registry.ts';
import { ERRNO_TYPES } from './exception-errno.ts';
import { elements, isIterable } from './iterator-elements.ts';
import { classOf, given, wrongSelf } from './object-receiver.ts';
import { exceptionStr, hiddenOf, nativeRepr } from './repr.ts';

function errorOf(method: string, self: Slot): ExceptionObject {
  if (self instanceof ExceptionObject) return self;
  throw wrongSelf('BaseException', method, self);
}

function hide(error: ExceptionObject, name: string, value: Value): void {
  error.setOwn(` ${name}`, value);
}

const tupleOf = (args: Slot): Tuple => (args instanceof Tuple ? args : new Tuple([]));

/** What **kwargs is without a keyword; nobody changes or keeps it. */
const NO_KEYWORDS = new Dict();

/** What a family of exceptions does with the arguments of its construction. */
type Fill = (error: ExceptionObject, args: readonly Value[], keywords: Dict) => void;

function refuseKeywords(error: ExceptionObject, keywords: Dict): void {
  if (keywords.size > 0) throw typeError(`${error.cls.name}() takes no keyword arguments`);
}

/** The named fields that come as keywords; any other keyword is an error. */
function takeKeywords(family: string, names: readonly string[]): Fill {
  return (error, _args, keywords) => {
    for (const [key] of keywords.entries()) {
      if (typeof key === 'string' && names.includes(key)) continue;
      const shown = typeof key === 'string' ? key : '?';
      throw typeError(`'${shown}' is an invalid keyword argument for ${family}()`);
    }
    for (const name of names) hide(error, name, keywords.getText(name) ?? null);
  };
}

const fillImport: Fill = (error, args, keywords) => {
  takeKeywords('ImportError', ['name', 'path'])(error, args, keywords);
  hide(error, 'msg', args.length === 1 ? (args[0] as Value) : null);
};

/** OSError(errno, strerror[, filename[, winerror[, filename2]]]): args keeps the first two. */
const fillOs: Fill = (error, args, keywords) => {
  refuseKeywords(error, keywords);
  if (args.length < 2 || args.length > 5) return;
  const [errno, strerror, filename, , filename2] = args as [Value, Value, Value?, Value?, Value?];
  hide(error, 'errno', errno);
  hide(error, 'strerror', strerror);
  if (filename === undefined || filename === null) return;
  hide(error, 'filename', filename);
  if (filename2 !== undefined) hide(error, 'filename2', filename2);
  error.args = new Tuple([errno, strerror]);
};

const fillStop: Fill = (error, args, keywords) => {
  refuseKeywords(error, keywords);
  hide(error, 'value', args[0] ?? null);
};

const SYNTAX_PLACE = ['filename', 'lineno', 'offset', 'text', 'end_lineno', 'end_offset'] as const;

/** SyntaxError(msg, (filename, lineno, offset, text[, end_lineno, end_offset])) */
const fillSyntax: Fill = (error, args, keywords) => {
  refuseKeywords(error, keywords);
  if (args.length > 0) hide(error, 'msg', args[0] as Value);
  if (args.length !== 2) return;
  const place = elements(args[1] as Value);
  if (place === undefined)
    throw typeError(`'${typeName(args[1] as Value)}' object is not iterable`);
  const { length } = place;
  if (length < 4 || length > 6) {
    const bound = length < 4 ? 'at least 4' : 'at most 6';
    throw typeError(`function takes ${bound} arguments (${length} given)`);
  }
  if (length === 5) {
    throw typeError('end_offset must be provided when end_lineno is provided');
  }
  for (const [i, name] of SYNTAX_PLACE.entries()) hide(error, name, place[i] ?? null);
};

const fillExit: Fill = (error, args, keywords) => {
  refuseKeywords(error, keywords);
  if (args.length === 0) return;
  hide(error, 'code', args.length === 1 ? (args[0] as Value) : new Tuple(args));
};

/** UnicodeDecodeError(encoding, object, start, end, reason) and its kin. */
function fillUnicode(kinds: readonly ('text' | 'bytes' | 'int')[], names: readonly string[]): Fill {
  return (error, args, keywords) => {
    refuseKeywords(error, keywords);
    if (args.length !== names.length) {
      throw typeError(`function takes exactly ${names.length} arguments (${args.length} given)`);
    }
    // Whether these are bytes is seen when all the others fit.
    const order = [...kinds.entries()].toSorted(
      ([, a], [, b]) => Number(a === 'bytes') - Number(b === 'bytes'),
    );
    for (const [i, kind] of order) {
      hide(error, names[i] ?? '', checkedField(args[i] as Value, kind, i + 1));
    }
  };
}

function checkedField(value: Value, kind: 'text' | 'bytes' | 'int', position: number): Value {
  const base = plain(value);
  if (kind === 'bytes') {
    if (base instanceof Bytes) return base;
    if (base instanceof ByteArray) return new Bytes(base.bytes.slice());
    throw typeError(`a bytes-like object is required, not '${typeName(value)}'`);
  }
  if (kind === 'int') {
    if (typeof base === 'number' || typeof base === 'bigint') return base;
    throw typeError(`'${typeName(value)}' object cannot be interpreted as an integer`);
  }
  if (typeof base === 'string') return base;
  throw typeError(`argument ${position} must be str, not ${typeName(value)}`);
}

const UNICODE_FIELDS = ['encoding', 'object', 'start', 'end', 'reason'] as const;

/** Families that keep more than args, each with what it does; all others take args alone. */
const FAMILIES: readonly (readonly [TypeName, Fill])[] = [
  ['ImportError', fillImport],
  ['OSError', fillOs],
  ['StopIteration', fillStop],
  ['SyntaxError', fillSyntax],
  ['SystemExit', fillExit],
  ['AttributeError', takeKeywords('AttributeError', ['name', 'obj'])],
  ['NameError', takeKeywords('NameError', ['name'])],
  ['UnicodeDecodeError', fillUnicode(['text', 'bytes', 'int', 'int', 'text'], UNICODE_FIELDS)],
  ['UnicodeEncodeError', fillUnicode(['text', 'text', 'int', 'int', 'text'], UNICODE_FIELDS)],
  [
    'UnicodeTranslateError',
    fillUnicode(['text', 'int', 'int', 'text'], ['object', 'start', 'end', 'reason']),
  ],
];

/** Set the fields of a new exception, as `__init__` of its builtin type does. */
function initialize(error: ExceptionObject, args: Tuple, keywords: Slot, fill: Fill): void {
  error.args = args;
  error.touch();
  fill(error, args.items, keywords instanceof Dict ? keywords : NO_KEYWORDS);
}

/**
 * Whether a class of OSErrors begins with no args, and __init__ takes them, or with those that
 * __new__ got, and OSError.__init__ changes nothing: as a class in flow has one of them.
 */
function begins(cls: TypeObject): 'empty' | 'filled' {
  const [make, init] = ['__new__', '__init__'].map((name) => cls.lookup(name));
  return make instanceof Native && !(init instanceof Native) ? 'empty' : 'filled';
}

/** OSError(2, …) is a FileNotFoundError. */
function osErrorType(type: TypeObject, args: readonly Value[]): TypeObject {
  const errno = intOf(args[0]);
  if (type !== types.OSError || args.length < 2 || typeof errno !== 'number') return type;
  const name = ERRNO_TYPES.get(errno);
  return name === undefined ? type : types[name];
}

function make(owner: TypeName, fill: Fill): NativeRow[] {
  return [
    native(`${owner}.__new__`, 'cls, /, *args, **kwargs', (_context, cls, args, keywords) => {
      const type = classOf(cls, types[owner]);
      const given = tupleOf(args);
      const isEmpty = owner === 'OSError' && begins(type) === 'empty';
      const error = new ExceptionObject(
        osErrorType(type, given.items),
        isEmpty ? new Tuple([]) : given,
      );
      // For a class in flow __init__ follows, and may take quite other arguments.
      if (type.isBuiltin || (owner === 'OSError' && !isEmpty))
        initialize(error, given, keywords, fill);
      return error;
    }),
    native(`${owner}.__init__`, 'self, /, *args, **kwargs', (_context, self, args, keywords) => {
      const error = errorOf('__init__', self);
      if (owner === 'OSError' && begins(error.cls) === 'filled') return null;
      initialize(error, tupleOf(args), keywords, fill);
      return null;
    }),
  ];
}

const fillPlain: Fill = (error, _args, keywords) => refuseKeywords(error, keywords);

/** str() of an exception, as one of the builtin types writes it. */
function strRow(owner: TypeName, twin: string): NativeRow {
  return native(
    `${owner}.__str__`,
    'self, /',
    (context, self) => {
      const error = errorOf('__str__', self);
      const method = types[owner].attrs.get('__str__');
      if (!(method instanceof Native)) return DECLINED;
      const text = exceptionStr(context, error, method);
      return text === NEEDS_FLOW ? DECLINED : text;
    },
    { twin },
  );
}

function addNote(error: ExceptionObject, note: Value): null {
  if (typeof plain(note) !== 'string') {
    throw typeError(`note must be a str, not '${typeName(note)}'`);
  }
  let notes = error.getOwn('__notes__');
  if (notes === undefined) {
    notes = new List([]);
    error.setOwn('__notes__', notes);
  }
  if (!(notes instanceof List)) throw typeError('Cannot add note: __notes__ is not a list');
  notes.touchAt(notes.items.push(note) - 1);
  return null;
}

export const rows: readonly NativeRow[] = [
  ...make('BaseException', fillPlain),
  ...FAMILIES.flatMap(([owner, fill]) => make(owner, fill)),
  native(
    'BaseException.__repr__',
    'self, /',
    (context, self) => {
      const error = errorOf('__repr__', self);
      const args = nativeRepr(context, error.args);
      if (args === NEEDS_FLOW) return DECLINED;
      // One argument stands without the comma of a tuple.
      const inside = error.args.items.length === 1 ? `${args.slice(0, -2)})` : args;
      return `${error.cls.name}${inside}`;
    },
    { twin: '_exception_repr' },
  ),
  strRow('BaseException', '_exception_str'),
  strRow('BaseExceptionGroup', '_exception_str'),
  strRow('KeyError', '_key_error_str'),
  strRow('OSError', '_os_error_str'),
  strRow('ImportError', '_import_error_str'),
  strRow('SyntaxError', '_syntax_error_str'),
  strRow('UnicodeDecodeError', '_unicode_decode_str'),
  strRow('UnicodeEncodeError', '_unicode_encode_str'),
  strRow('UnicodeTranslateError', '_unicode_translate_str'),
  native('BaseException.with_traceback', 'self, object, /', (_context, self, traceback) => {
    const error = errorOf('with_traceback', self);
    assignTraceback(error, given(traceback));
    return error;
  }),
  native('BaseException.add_note', 'self, object, /', (_context, self, note) =>
    addNote(errorOf('add_note', self), given(note)),
  ),
];

function assignTraceback(error: ExceptionObject, value: Value): void {
  if (value !== null && !(value instanceof TracebackObject)) {
    throw typeError('__traceback__ must be a traceback or None');
  }
  setTraceback(error, value);
}

function linked(value: Value, what: 'cause' | 'context'): ExceptionObject | null {
  if (value === null || value instanceof ExceptionObject) return value;
  throw typeError(`exception ${what} must be None or derive from BaseException`);
}

/** What an exception that the machine or a native made says by its args alone. */
const FROM_ARGS: Readonly<Record<string, (args: readonly Value[]) => Slot>> = {
  value: (args) => args[0],
  code: (args) => (args.length > 1 ? new Tuple(args) : args[0]),
  errno: (args) => (args.length > 1 ? args[0] : null),
  strerror: (args) => (args.length > 1 ? args[1] : null),
};

/** An attribute kept under its hidden name; None until it is set. */
function field(type: TypeName, name: string): AttributeRow {
  return {
    type,
    name,
    get: (_context, self) => {
      const error = errorOf(name, self);
      const hidden = hiddenOf(error, name);
      if (hidden !== undefined) return hidden;
      const own = error.getOwn(name);
      return own === undefined ? (FROM_ARGS[name]?.(error.args.items) ?? null) : own;
    },
    set: (_context, self, value) => hide(errorOf(name, self), name, value),
    remove: (self) => hide(errorOf(name, self), name, null),
  };
}

function setArgs(self: Value, value: Value): string | void {
  const items = elements(value);
  if (items === undefined && isIterable(value)) return '_set_args';
  if (items === undefined) throw typeError(`'${typeName(value)}' object is not iterable`);
  const error = errorOf('args', self);
  error.args = new Tuple(items);
  error.touch();
}

export const attributes: readonly AttributeRow[] = [
  {
    type: 'BaseException',
    name: 'args',
    get: (_context, self) => errorOf('args', self).args,
    set: (_context, self, value) => setArgs(self, value),
  },
  {
    type: 'BaseException',
    name: '__cause__',
    get: (_context, self) => errorOf('__cause__', self).cause,
    set(_context, self, value) {
      const error = errorOf('__cause__', self);
      error.cause = linked(value, 'cause');
      error.suppressContext = true;
      error.touch();
    },
  },
  {
    type: 'BaseException',
    name: '__context__',
    get: (_context, self) => errorOf('__context__', self).context,
    set(_context, self, value) {
      const error = errorOf('__context__', self);
      error.context = linked(value, 'context');
      error.touch();
    },
  },
  {
    type: 'BaseException',
    name: '__suppress_context__',
    get: (_context, self) => errorOf('__suppress_context__', self).suppressContext,
    set(_context, self, value) {
      if (typeof value !== 'boolean') throw typeError('attribute value type must be bool');
      const error = errorOf('__suppress_context__', self);
      error.suppressContext = value;
      error.touch();
    },
    remove() {
      throw typeError("can't delete numeric/char attribute");
    },
  },
  {
    type: 'BaseException',
    name: '__traceback__',
    get: (_context, self) => tracebackOf(errorOf('__traceback__', self)),
    set: (_context, self, value) => assignTraceback(errorOf('__traceback__', self), value),
  },
  ...['name', 'path', 'msg'].map((name) => field('ImportError', name)),
  ...['errno', 'strerror', 'filename', 'filename2'].map((name) => field('OSError', name)),
  ...['msg', ...SYNTAX_PLACE, 'print_file_and_line'].map((name) => field('SyntaxError', name)),
  field('StopIteration', 'value'),
  field('SystemExit', 'code'),
  ...['name', 'obj'].map((name) => field('AttributeError', name)),
  field('NameError', 'name'),
  ...['quota', 'limit'].map((name) => field('QuotaExceeded', name)),
  ...UNICODE_FIELDS.map((name) => field('UnicodeDecodeError', name)),
  ...UNICODE_FIELDS.map((name) => field('UnicodeEncodeError', name)),
  ...UNICODE_FIELDS.map((name) => field('UnicodeTranslateError', name)),
];
