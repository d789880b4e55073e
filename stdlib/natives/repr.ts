// repr() and str() of every builtin kind, without host recursion.
//
//     [1, [2, x], {3: y}] ── a stack of open containers ──▶ text
//
// As soon as a part's class writes its own text in flow, the whole is given
// back (NEEDS_FLOW), and the twins in stdlib/prelude/text.flow write it, one
// container a frame.

import { ByteArray, List, Slice, Tuple } from '../../vm/values/collections.ts';
import { Dict } from '../../vm/values/dict.ts';
import { ExceptionObject, membersOf, raised, type Raised } from '../../vm/values/exception.ts';
import { DictView } from '../../vm/values/iterator.ts';
import { NEEDS_FLOW } from '../../vm/values/keys.ts';
import { memoryError, TEXT_UNITS_MAX } from '../../vm/values/limits.ts';
import { escapeNonAscii, reprByteArray } from '../../vm/values/plain-text.ts';
import { keepsMethod, typeName } from '../../vm/values/plain.ts';
import { NativeIterator } from '../../vm/values/iterator.ts';
import { SetObject } from '../../vm/values/set.ts';
import { Instance, TypeObject } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { BoundMethod, FunctionObject, MethodWrapper } from '../../vm/machine/function.ts';
import {
  DECLINED,
  Native,
  native,
  type NativeContext,
  type NativeRow,
} from '../../vm/machine/native.ts';
import { given, plainAs, wrongSelf } from './object-receiver.ts';
import { isLazy } from './iterator.ts';
import { leafRepr, objectRepr, qualifiedName } from './repr-simple.ts';

/** A container that is being written. */
interface Open {
  /** What is met again inside is written as `again`. */
  readonly source: Value;
  readonly items: readonly Value[];
  next: number;
  /** Items alternate between keys and values. */
  readonly pairs: boolean;
  readonly close: string;
}

interface Shape {
  readonly open: string;
  readonly items: readonly Value[];
  readonly close: string;
  /** What it is written as within itself; a container within it may say that before it does. */
  readonly again?: string;
  readonly pairs?: boolean;
  /** Whether a tuple of one item gets its comma. */
  readonly comma?: boolean;
}

const live = (set: SetObject): Value[] => set.keys.filter((key): key is Value => key !== undefined);

function setShape(set: SetObject, name: string): Shape | string {
  if (set.size === 0) return `${name}()`;
  const again = `${name}(...)`;
  if (name === 'set') return { open: '{', items: live(set), close: '}', again };
  return { open: `${name}({`, items: live(set), close: '})', again };
}

function viewItems({ kind, dict }: DictView): Value[] {
  const entries = [...dict.entries()];
  if (kind === 'items') return entries.map((entry) => new Tuple(entry));
  return entries.map(([key, value]) => (kind === 'keys' ? key : value));
}

function methodShape(context: NativeContext, { self, callable }: BoundMethod): Shape | string {
  if (callable instanceof Native) {
    const name = callable.row.name.slice(callable.row.name.indexOf('.') + 1);
    const id = context.idOf(self).toString(16);
    return `<built-in method ${name} of ${typeName(self)} object at 0x${id}>`;
  }
  const isNamed = callable instanceof FunctionObject || callable instanceof TypeObject;
  const name = isNamed ? callable.qualname : '?';
  return { open: `<bound method ${name} of `, items: [self], close: '>' };
}

/** How a container is written; its text if it has no parts; undefined if it is none. */
function shapeOf(context: NativeContext, value: Value, name: string): Shape | string | undefined {
  if (value instanceof List) {
    return { open: '[', items: value.items, close: ']', again: '[...]' };
  }
  if (value instanceof Tuple) {
    return { open: '(', items: value.items, close: ')', again: '(...)', comma: true };
  }
  if (value instanceof Dict) {
    const items = [...value.entries()].flat();
    return { open: '{', items, close: '}', again: '{...}', pairs: true };
  }
  if (value instanceof SetObject) return setShape(value, name);
  if (value instanceof ByteArray) return reprByteArray(value.bytes, name);
  if (value instanceof DictView) {
    return { open: `${name}([`, items: viewItems(value), close: '])', again: '...' };
  }
  // Like those of sets, its name is that of the class.
  if (value instanceof ByteArray) return reprByteArray(value.bytes, name);
  if (value instanceof Slice) {
    const { start, stop, step } = value;
    return { open: 'slice(', items: [start, stop, step], close: ')' };
  }
  if (value instanceof BoundMethod) return methodShape(context, value);
  if (value instanceof MethodWrapper) {
    const kind = value.kind === 'static' ? 'staticmethod' : 'classmethod';
    return { open: `<${kind}(`, items: [value.callable], close: ')>' };
  }
  if (value instanceof ExceptionObject) {
    return { open: `${name}(`, items: value.args.items, close: ')', again: '(...)' };
  }
  return undefined;
}

/** The value whose repr() an instance has, or NEEDS_FLOW if its class writes its own. */
function reprBase(value: Value): Value | typeof NEEDS_FLOW {
  if (!(value instanceof Instance)) return value;
  if (value instanceof ExceptionObject) {
    const own = value.cls.lookup('__repr__');
    return own === types.BaseException.lookup('__repr__') ? value : NEEDS_FLOW;
  }
  if (value.base === undefined || !keepsMethod(value, '__repr__')) return value;
  if (iteratesItself(value)) return NEEDS_FLOW;
  return value.base instanceof NativeIterator || isLazy(value.base) ? value : value.base;
}

/** Whether it is a set of a class with an __iter__ of its own, which says what is written. */
function iteratesItself(value: Slot): boolean {
  if (!(value instanceof Instance && value.base instanceof SetObject)) return false;
  return value.base.size > 0 && !keepsMethod(value, '__iter__');
}

const tooDeep = (): Raised =>
  raised(
    types.RecursionError,
    'maximum recursion depth exceeded while getting the repr of an object',
  );

/** repr(value); NEEDS_FLOW if the class of some part has a __repr__ in flow. */
export function nativeRepr(context: NativeContext, root: Value): string | typeof NEEDS_FLOW {
  let text = '';
  const stack: Open[] = [];
  const active = new Set<Value>();
  let value = root;
  for (;;) {
    const base = reprBase(value);
    if (base === NEEDS_FLOW) return NEEDS_FLOW;
    const shape = shapeOf(context, base, typeName(value));
    if (shape === undefined) {
      const leaf = leafRepr(context, base);
      if (leaf === NEEDS_FLOW) return NEEDS_FLOW;
      text += leaf;
    } else if (typeof shape === 'string') text += shape;
    else if (shape.again !== undefined && active.has(value)) text += shape.again;
    else {
      // A list in a list in a list …: CPython gives up where its stack would end.
      if (stack.length >= context.recursionLimit) throw tooDeep();
      text += shape.open;
      active.add(value);
      const { items, pairs = false, comma = false } = shape;
      const close = comma && items.length === 1 ? `,${shape.close}` : shape.close;
      stack.push({ source: value, items, next: 0, pairs, close });
    }
    if (text.length > TEXT_UNITS_MAX) throw memoryError();
    for (;;) {
      const top = stack.at(-1);
      if (top === undefined) return text;
      if (top.next < top.items.length) {
        if (top.next > 0) text += top.pairs && top.next % 2 === 1 ? ': ' : ', ';
        value = top.items[top.next++] as Value;
        break;
      }
      text += top.close;
      active.delete(top.source);
      stack.pop();
    }
  }
}

/** str(value), on the same condition. */
export function nativeStr(context: NativeContext, value: Value): string | typeof NEEDS_FLOW {
  if (typeof value === 'string') return value;
  if (!(value instanceof Instance)) return nativeRepr(context, value);
  const method = value.cls.lookup('__str__');
  if (!(method instanceof Native)) return NEEDS_FLOW;
  if (method.ofType === types.object) return nativeRepr(context, value);
  if (typeof value.base === 'string') return value.base;
  if (value instanceof ExceptionObject) return exceptionStr(context, value, method);
  return NEEDS_FLOW;
}

/** An attribute of an exception that is not in its args: under a name no program can write. */
export function hiddenOf(error: ExceptionObject, name: string): Slot {
  return error.getOwn(` ${name}`);
}

/** str() of an exception by the `__str__` of one of the builtin types. */
export function exceptionStr(
  context: NativeContext,
  error: ExceptionObject,
  method: Native,
): string | typeof NEEDS_FLOW {
  const { items } = error.args;
  switch (method.ofType) {
    case types.KeyError:
      if (items.length === 1) return nativeRepr(context, items[0] as Value);
      break;
    case types.OSError: {
      const text = osErrorStr(context, error);
      if (text !== undefined) return text;
      break;
    }
    case types.BaseExceptionGroup:
      return groupStr(error);
    case types.ImportError: {
      const message = items.length === 1 ? items[0] : undefined;
      if (typeof message === 'string') return message;
      break;
    }
    case types.SyntaxError:
    case types.UnicodeDecodeError:
    case types.UnicodeEncodeError:
    case types.UnicodeTranslateError:
      return NEEDS_FLOW;
    default:
      break;
  }
  if (items.length === 0) return '';
  return items.length === 1
    ? nativeStr(context, items[0] as Value)
    : nativeRepr(context, error.args);
}

/** `text (2 sub-exceptions)`; its members are shown by repr() and by tracebacks. */
export function groupStr(error: ExceptionObject): string {
  const message = hiddenOf(error, 'message');
  const count = membersOf(error).length;
  const text = typeof message === 'string' ? message : '';
  return `${text} (${count} sub-exception${count === 1 ? '' : 's'})`;
}

function osErrorStr(
  context: NativeContext,
  error: ExceptionObject,
): string | typeof NEEDS_FLOW | undefined {
  // One that a native raised has its args alone.
  const [first, second] = error.args.items.length === 2 ? error.args.items : [];
  const own = (name: string, other: Slot): Slot => {
    const hidden = hiddenOf(error, name);
    return hidden === undefined ? other : hidden;
  };
  const [errno, strerror] = [own('errno', first), own('strerror', second)];
  if (errno === undefined || strerror === undefined) return undefined;
  const number = nativeStr(context, errno);
  const words = nativeStr(context, strerror);
  if (number === NEEDS_FLOW || words === NEEDS_FLOW) return NEEDS_FLOW;
  let text = `[Errno ${number}] ${words}`;
  for (const [name, mark] of [
    ['filename', ': '],
    ['filename2', ' -> '],
  ] as const) {
    const file = hiddenOf(error, name);
    if (file === undefined || file === null) return text;
    const shown = nativeRepr(context, file);
    if (shown === NEEDS_FLOW) return NEEDS_FLOW;
    text += mark + shown;
  }
  return text;
}

/** ascii(value). */
export function nativeAscii(context: NativeContext, value: Value): string | typeof NEEDS_FLOW {
  const text = nativeRepr(context, value);
  return text === NEEDS_FLOW ? NEEDS_FLOW : escapeNonAscii(text);
}

/** A type's __repr__: of self as a plain value of the type, whatever its class says. */
function reprRow(type: string, twin: string): NativeRow {
  return native(
    `${type}.__repr__`,
    'self, /',
    (context, self) => {
      const text = nativeRepr(context, given(self));
      return text === NEEDS_FLOW ? DECLINED : text;
    },
    { twin },
  );
}

/** The name of an instance's class is written: so the instance itself is wanted. */
function setRepr(type: 'set' | 'frozenset'): NativeRow {
  return native(
    `${type}.__repr__`,
    'this, /',
    (context, self) => {
      const set = plainAs(SetObject, self);
      if (set === undefined) throw wrongSelf(type, '__repr__', self);
      if (iteratesItself(self)) return DECLINED;
      const name = typeName(given(self));
      const text = name === 'set' ? nativeRepr(context, set) : named(context, set, name);
      return text === NEEDS_FLOW ? DECLINED : text;
    },
    { twin: '_set_repr' },
  );
}

/** A set under the name of a subclass, or a frozenset. */
function named(context: NativeContext, set: SetObject, name: string): string | typeof NEEDS_FLOW {
  if (set.size === 0) return `${name}()`;
  const list = nativeRepr(context, new List(live(set)));
  return list === NEEDS_FLOW ? NEEDS_FLOW : `${name}({${list.slice(1, -1)}})`;
}

/** Types whose values have no parts, and no __repr__ by that name elsewhere. */
const LEAVES = [
  'range',
  'function',
  'builtin_function_or_method',
  'generator',
  'coroutine',
  'async_generator',
  'NoneType',
  'ellipsis',
  'NotImplementedType',
] as const;

export const rows: readonly NativeRow[] = [
  native('object.__repr__', 'self, /', (context, self) => {
    const value = given(self);
    if (value instanceof Instance && value.base === undefined) return objectRepr(context, value);
    const text = nativeRepr(context, value);
    return text === NEEDS_FLOW ? objectRepr(context, value) : text;
  }),
  native(
    'object.__str__',
    'this, /',
    (context, self) => {
      const value = given(self);
      if (value instanceof Instance && !(value.cls.lookup('__repr__') instanceof Native)) {
        return DECLINED;
      }
      const text = nativeRepr(context, value);
      return text === NEEDS_FLOW ? DECLINED : text;
    },
    { twin: '_object_str' },
  ),
  reprRow('list', '_list_repr'),
  reprRow('tuple', '_tuple_repr'),
  reprRow('dict', '_dict_repr'),
  setRepr('set'),
  setRepr('frozenset'),
  reprRow('dict_keys', '_view_repr'),
  reprRow('dict_values', '_view_repr'),
  reprRow('dict_items', '_view_repr'),
  reprRow('slice', '_slice_repr'),
  reprRow('method', '_method_repr'),
  reprRow('staticmethod', '_wrapper_repr'),
  reprRow('classmethod', '_wrapper_repr'),
  ...LEAVES.map((type) =>
    native(`${type}.__repr__`, 'self, /', (context, self) => {
      const text = nativeRepr(context, given(self));
      return text === NEEDS_FLOW ? objectRepr(context, given(self)) : text;
    }),
  ),
  native('type.__repr__', 'self, /', (_context, self) => {
    if (!(self instanceof TypeObject)) throw wrongSelf('type', '__repr__', self);
    return `<class '${qualifiedName(self)}'>`;
  }),
];
