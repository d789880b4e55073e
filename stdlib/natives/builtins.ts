// The builtin functions, but for those of numbers (builtins-numbers.ts) and
// attributes (builtins-attributes.ts).
//
// Each does at once what needs no flow code, and else declines: its twin in
// stdlib/prelude asks the special methods of the classes involved.

import { Tuple } from '../../vm/values/collections.ts';
import { order } from '../../vm/values/compare.ts';
import { Dict } from '../../vm/values/dict.ts';
import {
  makeException,
  overflowError,
  Raised,
  raised,
  typeError,
  valueError,
} from '../../vm/values/exception.ts';
import { advance, iteratorOf } from '../../vm/values/iterate.ts';
import { NativeIterator } from '../../vm/values/iterator.ts';
import { NEEDS_FLOW } from '../../vm/values/keys.ts';
import { nativeLength } from '../../vm/values/length.ts';
import { hasMethod, isIndexSized, keepsMethod, plain, typeName } from '../../vm/values/plain.ts';
import { Instance, TypeObject } from '../../vm/values/type.ts';
import { typeOf } from '../../vm/values/typeof.ts';
import { types } from '../../vm/values/types.ts';
import { Float, type Slot, type Value } from '../../vm/values/value.ts';
import { GeneratorObject } from '../../vm/machine/frame.ts';
import { BoundMethod, FunctionObject, MethodWrapper } from '../../vm/machine/function.ts';
import {
  DECLINED,
  Native,
  native,
  type NativeContext,
  type NativeResult,
  type NativeRow,
} from '../../vm/machine/native.ts';
import { truthOf } from '../../vm/machine/operators.ts';
import { isPrintable, printed } from './bytes-encode.ts';
import { callOf, isNativeMethod } from './builtins-call.ts';
import { checkIterable, isContainer, iterated, peek, withElements } from './iterator-elements.ts';
import { isLazy } from './iterator.ts';
import { hashed } from './object-hash.ts';
import { given } from './object-receiver.ts';
import { nativeAscii, nativeRepr, nativeStr } from './repr.ts';

const orDecline = (text: string | typeof NEEDS_FLOW): NativeResult =>
  text === NEEDS_FLOW ? DECLINED : text;

const itemsOf = (args: Slot): readonly Value[] => (args instanceof Tuple ? args.items : []);

function print(
  context: NativeContext,
  args: readonly Value[],
  sep: Slot,
  end: Slot,
  file: Slot,
): null | typeof DECLINED {
  const [between, last] = [sep ?? ' ', end ?? '\n'];
  if (typeof between !== 'string' || typeof last !== 'string' || file !== null) return DECLINED;
  if (context.redirected('stdout') !== undefined) return DECLINED;
  const texts: string[] = [];
  for (const arg of args) {
    const text = nativeStr(context, arg);
    if (text === NEEDS_FLOW) return DECLINED;
    texts.push(text);
  }
  const whole = texts.join(between) + last;
  // The flow half prints what comes before the piece that cannot be printed.
  if (!isPrintable(whole)) return DECLINED;
  context.write(whole, 'stdout');
  return null;
}

function length(value: Value): number | bigint | typeof DECLINED {
  const source =
    value instanceof Instance && value.base !== undefined && keepsMethod(value, '__len__')
      ? value.base
      : value;
  const size = nativeLength(source);
  if (size === undefined) return DECLINED;
  if (!isIndexSized(size)) throw overflowError('Python int too large to convert to C ssize_t');
  return size;
}

/** any() or all(); an iterator must not be used up further than Python would. */
function search(iterable: Value, wanted: boolean): boolean | typeof DECLINED {
  checkIterable(iterable);
  if (!isContainer(iterable)) return DECLINED;
  for (const item of peek(iterable) ?? []) {
    const truth = truthOf(item);
    if (truth === undefined) return DECLINED;
    if (truth === wanted) return wanted;
  }
  return !wanted;
}

/** max() or min() of values that the host can order. */
function extreme(
  name: 'max' | 'min',
  args: readonly Value[],
  key: Slot,
  rest: Slot,
): Value | typeof DECLINED {
  if (args.length === 0) throw typeError(`${name} expected at least 1 argument, got 0`);
  const others = rest instanceof Dict ? rest : new Dict();
  for (const [word] of others.entries()) {
    if (word === 'default' || typeof word !== 'string') continue;
    throw typeError(`'${word}' is an invalid keyword argument for ${name}()`);
  }
  const [only] = args as [Value];
  if (args.length === 1) checkIterable(only);
  if (key !== null || others.size > 0) return DECLINED;
  const symbol = name === 'max' ? '>' : '<';
  const best =
    args.length > 1 ? bestOf(args, symbol) : withElements(only, (items) => bestOf(items, symbol));
  return best === undefined ? DECLINED : best;
}

/** The first item that no other one is above (or below); undefined for the twin. */
function bestOf(items: readonly Value[], symbol: '<' | '>'): Value | undefined {
  let [best] = items;
  for (const item of items.slice(1)) {
    if (best === undefined) continue;
    const better = order(symbol, item, best);
    if (typeof better !== 'boolean') return undefined;
    if (better) best = item;
  }
  return best;
}

function isCallable(value: Value): boolean {
  if (value instanceof MethodWrapper) return value.kind === 'static';
  if (
    value instanceof FunctionObject ||
    value instanceof Native ||
    value instanceof BoundMethod ||
    value instanceof TypeObject
  ) {
    return true;
  }
  return value instanceof Instance && value.cls.lookup('__call__') !== undefined;
}

/** Types whose format without a spec is str(). */
const STR_FORMATTED: readonly TypeObject[] = [types.object, types.int, types.float, types.str];

function format(context: NativeContext, value: Value, spec: Slot): NativeResult {
  const text = plain(given(spec));
  if (typeof text !== 'string') return DECLINED;
  if (value instanceof Instance) {
    // format(x) is str(x), where the class does not say otherwise.
    const method = value.cls.lookup('__format__');
    const keeps = STR_FORMATTED.some((cls) => cls.lookup('__format__') === method);
    return keeps && text === '' ? orDecline(nativeStr(context, value)) : DECLINED;
  }
  const isPlain = value instanceof Float || value === null || typeof value !== 'object';
  if (text === '' && isPlain) return orDecline(nativeStr(context, value));
  if (!isNativeMethod(typeOf(value), '__format__')) return DECLINED;
  return callOf('__format__', value, text) ?? DECLINED;
}

/** iter(x), where no flow code makes the iterator. */
function iterate(value: Value): NativeResult {
  if ((value instanceof GeneratorObject && value.kind === 'generator') || isLazy(value))
    return value;
  const source = iterated(value);
  const it = source === undefined ? undefined : iteratorOf(source);
  // An iterator of a subclass is its own iterator, not what is in it.
  if (it !== undefined) return it === source ? value : it;
  return DECLINED;
}

function next(iterator: Value, fallback: readonly Value[]): NativeResult {
  if (iterator instanceof NativeIterator) {
    const item = advance(iterator);
    if (item !== undefined) return item;
    if (fallback[0] === undefined) throw raised(types.StopIteration);
    return fallback[0];
  }
  if (!hasMethod(iterator, '__next__')) {
    throw typeError(`'${typeName(iterator)}' object is not an iterator`);
  }
  if (fallback.length > 0) return DECLINED;
  return callOf('__next__', iterator) ?? DECLINED;
}

function character(value: Value): string {
  const point = typeof value === 'number' ? value : Number(value);
  if (!Number.isSafeInteger(point) || Math.abs(point) >= 2 ** 31) {
    throw overflowError('Python int too large to convert to C int');
  }
  if (point < 0 || point >= 0x110000) throw valueError('chr() arg not in range(0x110000)');
  return String.fromCodePoint(point);
}

export const rows: readonly NativeRow[] = [
  native(
    'print',
    '*args, sep=None, end=None, file=None, flush=False',
    (context, args, sep, end, file) => print(context, itemsOf(args), sep, end, file),
    { twin: '_print' },
  ),
  native('len', 'object, /', (_context, value) => length(given(value)), { twin: '_length' }),
  native('repr', 'object, /', (context, value) => orDecline(nativeRepr(context, given(value))), {
    twin: '_repr',
  }),
  native('ascii', 'object, /', (context, value) => orDecline(nativeAscii(context, given(value))), {
    twin: '_ascii',
  }),
  native(
    'format',
    "value, format_spec='', /",
    (context, value, spec) => format(context, given(value), spec),
    { twin: '_format' },
  ),
  native('hash', 'object, /', (context, value) => hashed(context, given(value)), {
    twin: '_hash',
  }),
  ...['exit', 'quit'].map((name) =>
    native(name, 'code=None', (_context, code) => {
      throw new Raised(makeException(types.SystemExit, given(code)));
    }),
  ),
  native('id', 'object, /', (context, value) => context.idOf(given(value))),
  native('callable', 'object, /', (_context, value) => isCallable(given(value))),
  native('any', 'iterable, /', (_context, iterable) => search(given(iterable), true), {
    twin: '_any',
  }),
  native('all', 'iterable, /', (_context, iterable) => search(given(iterable), false), {
    twin: '_all',
  }),
  ...(['max', 'min'] as const).map((name) =>
    native(
      name,
      '*args, key=None, **others',
      (_context, args, key, others) => extreme(name, itemsOf(args), key, others),
      { twin: `_${name}` },
    ),
  ),
  native(
    'iter',
    'object, /, *sentinel',
    (_context, value, sentinel) => {
      const { length: count } = itemsOf(sentinel);
      if (count > 1) throw typeError(`iter expected at most 2 arguments, got ${count + 1}`);
      return count === 1 ? DECLINED : iterate(given(value));
    },
    { twin: '_iter_builtin' },
  ),
  native(
    'next',
    'iterator, /, *default',
    (_context, iterator, fallback) => {
      const { length: count } = itemsOf(fallback);
      if (count > 1) throw typeError(`next expected at most 2 arguments, got ${count + 1}`);
      return next(given(iterator), itemsOf(fallback));
    },
    { twin: '_next_or' },
  ),
  native(
    'chr',
    'i, /',
    (_context, value) => {
      const base = plain(given(value));
      if (typeof base === 'number' || typeof base === 'bigint' || typeof base === 'boolean') {
        return character(typeof base === 'boolean' ? Number(base) : base);
      }
      return DECLINED;
    },
    { twin: '_chr' },
  ),
  native(
    'input',
    "prompt='', /",
    (context, prompt) => {
      if (context.redirected('stdin') !== undefined) return DECLINED;
      const text = nativeStr(context, given(prompt));
      if (typeof text === 'string') context.write(printed(text, 'stdout'), 'stdout');
      // A run has no terminal to read from: it gets its input as events.
      throw raised(types.EOFError, 'EOF when reading a line');
    },
    { twin: '_input' },
  ),
];
