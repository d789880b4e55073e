// Methods of memoryview: bytes seen as items of a format, in one dimension (memory.ts).

import { ByteArray, Bytes, List, Slice, Tuple } from '../../vm/values/collections.ts';
import { equals } from '../../vm/values/compare.ts';
import { NOT_IMPLEMENTED } from '../../vm/values/constants.ts';
import { indexError, raised, typeError, valueError } from '../../vm/values/exception.ts';
import { hashBytes } from '../../vm/values/hash-text.ts';
import { hasMethod, intOf, isIndexSized, plain, typeName, unsized } from '../../vm/values/plain.ts';
import { pick } from '../../vm/values/slice.ts';
import { types } from '../../vm/values/types.ts';
import { Instance } from '../../vm/values/type.ts';
import { integer, type Slot, type Value } from '../../vm/values/value.ts';
import { DECLINED, native, type NativeFunction, type NativeRow } from '../../vm/machine/native.ts';
import type { AttributeRow } from '../../vm/machine/registry.ts';
import { hexText } from './bytes-hex.ts';
import { cInt, decline, known, method, text } from './int-arguments.ts';
import {
  bytesBehind,
  itemSize,
  letterOf,
  makeView,
  openView,
  release,
  sharedBytes,
  shareBytes,
  viewBytes,
  viewOf,
  type View,
} from '../../vm/values/memory.ts';
import { given, wrongSelf } from './object-receiver.ts';
import { packItem, unpackItem } from './struct.ts';

const isByte = (format: string): boolean => 'bBc'.includes(letterOf(format));

function viewSelf(name: string, self: Slot): View {
  const view = openView(self);
  if (view === undefined) throw wrongSelf('memoryview', name, self);
  return view;
}

/**
 * All there is in an object, as bytes; a view of a view shows what that shows. An array of the
 * library makes its bytes when they are asked for: its twin does that.
 */
function whole(value: Value): View | undefined {
  const view = openView(value);
  if (view !== undefined) return view;
  const shared = sharedBytes(value);
  if (shared !== undefined) {
    const { bytes, format } = shared;
    const size = itemSize(format) ?? 1;
    const count = Math.floor(bytes.bytes.length / size);
    return { obj: value, start: 0, count, step: size, format, size, isReadonly: false };
  }
  if (value instanceof Instance && value.cls.lookup('_share_bytes') !== undefined) return decline();
  const base = plain(value);
  if (!(base instanceof Bytes) && !(base instanceof ByteArray)) return undefined;
  const isReadonly = base instanceof Bytes;
  const { length } = base.bytes;
  return { obj: value, start: 0, count: length, step: 1, format: 'B', size: 1, isReadonly };
}

function wholeNeeded(value: Value, who: string): View {
  const view = whole(value);
  if (view !== undefined) return view;
  throw typeError(`${who}a bytes-like object is required, not '${typeName(value)}'`);
}

function item(view: View, i: number): Value {
  const { format, start, step } = view;
  if (format === 'w') {
    throw raised(types.NotImplementedError, `memoryview: format ${format} not supported`);
  }
  return unpackItem(letterOf(format), bytesBehind(view), start + i * step);
}

const items = (view: View): Value[] => Array.from({ length: view.count }, (_, i) => item(view, i));

/** Number of an item, for a key that is no slice. */
function positionOf(view: View, key: Value): number {
  if (key instanceof Tuple) {
    if (key.items.every((each) => intOf(each) !== undefined) && key.items.length > 1) {
      throw typeError(`cannot index 1-dimension view with ${key.items.length}-element tuple`);
    }
    if (key.items.length === 1) return positionOf(view, key.items[0] as Value);
  }
  const int = intOf(key);
  if (int === undefined) {
    if (hasMethod(key, '__index__')) return decline();
    throw typeError('memoryview: invalid slice key');
  }
  if (!isIndexSized(int)) throw unsized(types.IndexError, key);
  const at = Number(int) + (int < 0 ? view.count : 0);
  if (at < 0 || at >= view.count) throw indexError('index out of bounds on dimension 1');
  return at;
}

function part(view: View, key: Slice): View {
  const { start, step, count } = known(pick(key, view.count));
  return { ...view, start: view.start + start * view.step, step: step * view.step, count };
}

function setItem(view: View, key: Value, value: Value): null {
  if (view.isReadonly) throw typeError('cannot modify read-only memory');
  const array = sharedBytes(view.obj)?.bytes ?? plain(view.obj);
  if (!(array instanceof ByteArray)) throw typeError('cannot modify read-only memory');
  if (!(key instanceof Slice)) {
    const at = view.start + positionOf(view, key) * view.step;
    array.bytes.set(packedItem(view, value), at);
    array.touchFrom(at);
    return null;
  }
  const target = part(view, key);
  const source = wholeNeeded(value, '');
  if (letterOf(source.format) !== letterOf(view.format) || source.count !== target.count) {
    throw valueError('memoryview assignment: lvalue and rvalue have different structures');
  }
  const from = viewBytes(source).slice();
  for (let i = 0; i < target.count; i++) {
    const one = from.subarray(i * target.size, (i + 1) * target.size);
    array.bytes.set(one, target.start + i * target.step);
  }
  array.touch();
  return null;
}

function packedItem(view: View, value: Value): Uint8Array {
  if (view.format === 'w') {
    throw raised(types.NotImplementedError, `memoryview: format w not supported`);
  }
  const made = packItem(letterOf(view.format), value);
  if (made instanceof Uint8Array) return made;
  if (made === 'ask') return decline();
  throw made === 'type'
    ? typeError(`memoryview: invalid type for format '${view.format}'`)
    : valueError(`memoryview: invalid value for format '${view.format}'`);
}

function cast(view: View, format: string, shape: Slot): Value {
  const size = format === 'w' ? undefined : itemSize(format);
  if (view.step !== view.size && view.count > 0) {
    throw typeError('memoryview: casts are restricted to C-contiguous views');
  }
  if (size === undefined) {
    throw valueError(
      'memoryview: destination format must be a native single character format prefixed with ' +
        "an optional '@'",
    );
  }
  if (!isByte(format) && !isByte(view.format)) {
    throw typeError('memoryview: cannot cast between two non-byte formats');
  }
  const bytes = view.count * view.size;
  if (bytes % size !== 0) throw typeError('memoryview: length is not a multiple of itemsize');
  const count = bytes / size;
  if (given(shape) !== null) checkShape(given(shape), count);
  return makeView({ ...view, format, size, step: size, count });
}

function checkShape(shape: Value, count: number): void {
  if (!(shape instanceof List) && !(shape instanceof Tuple)) {
    throw typeError('shape must be a list or a tuple');
  }
  if (shape.items.length !== 1) {
    throw raised(types.NotImplementedError, 'a memoryview has one dimension in flow');
  }
  if (shape.items[0] !== count) {
    throw typeError('memoryview: product(shape) * itemsize != buffer size');
  }
}

function isEqual(self: Slot, other: Value): Value {
  const left = viewOf(self);
  if (left === undefined) throw wrongSelf('memoryview', '__eq__', self);
  if (left === null || viewOf(other) === null) return self === other;
  const right = whole(other);
  if (right === undefined) return NOT_IMPLEMENTED;
  if (left.count !== right.count) return false;
  for (let i = 0; i < left.count; i++) {
    if (equals(item(left, i), item(right, i)) !== true) return false;
  }
  return true;
}

/** Under this name a view keeps its hash, which outlives its release. */
const HASH = ' hash';

function hashOf(self: Slot): Value {
  const kept = (self instanceof Instance ? self.getOwn(HASH) : undefined) ?? null;
  if (kept !== null) return kept;
  const view = viewSelf('__hash__', self);
  if (!view.isReadonly) throw valueError('cannot hash writable memoryview object');
  if (!isByte(view.format)) {
    throw valueError("memoryview: hashing is restricted to formats 'B', 'b' or 'c'");
  }
  const hash = integer(hashBytes(viewBytes(view)));
  (self as Instance).setOwn(HASH, hash);
  return hash;
}

const row = (name: string, parameters: string, run: NativeFunction): NativeRow =>
  method(`memoryview.${name}`, parameters, run, `_memory_${name.replaceAll('_', '')}`);

export const rows: readonly NativeRow[] = [
  row('__new__', 'cls, object', (_context, _cls, object) =>
    makeView(wholeNeeded(given(object), 'memoryview: ')),
  ),
  native('_share_bytes', 'object, bytes, format, /', (_context, object, bytes, format) => {
    if (object instanceof Instance && bytes instanceof ByteArray && typeof format === 'string') {
      shareBytes(object, bytes, format);
    }
    return null;
  }),
  native('memoryview.__len__', 'self, /', (_context, self) => viewSelf('__len__', self).count),
  row('__getitem__', 'self, key, /', (_context, self, key) => {
    const view = viewSelf('__getitem__', self);
    if (key instanceof Slice) return makeView(part(view, key));
    return item(view, positionOf(view, given(key)));
  }),
  row('__setitem__', 'self, key, value, /', (_context, self, key, value) =>
    setItem(viewSelf('__setitem__', self), given(key), given(value)),
  ),
  native('memoryview.__delitem__', 'self, key, /', (_context, self) => {
    const { isReadonly } = viewSelf('__delitem__', self);
    throw typeError(isReadonly ? 'cannot modify read-only memory' : 'cannot delete memory');
  }),
  native('memoryview.__iter__', 'self, /', () => DECLINED, { twin: '_memory_iter' }),
  native('memoryview.__hash__', 'self, /', (_context, self) => hashOf(self)),
  row('__eq__', 'self, value, /', (_context, self, other) => isEqual(self, given(other))),
  row('__ne__', 'self, value, /', (_context, self, other) => {
    const answer = isEqual(self, given(other));
    return typeof answer === 'boolean' ? !answer : answer;
  }),
  native('memoryview.__repr__', 'self, /', (context, self) => {
    const state = viewOf(self) === null ? 'released memory' : 'memory';
    return `<${state} at 0x${context.idOf(given(self)).toString(16)}>`;
  }),
  native(
    'memoryview.tobytes',
    "self, order='C'",
    (_context, self) => new Bytes(viewBytes(viewSelf('tobytes', self)).slice()),
  ),
  native('memoryview.tolist', 'self, /', (_context, self) => {
    return new List(items(viewSelf('tolist', self)));
  }),
  row('hex', 'self, sep=?, bytes_per_sep=1', (_context, self, sep, every) =>
    hexText(viewBytes(viewSelf('hex', self)), sep, cInt(every)),
  ),
  native('memoryview.cast', 'self, format, shape=None', (_context, self, format, shape) =>
    cast(viewSelf('cast', self), text(format, "cast() argument 'format'"), shape),
  ),
  native('memoryview.toreadonly', 'self, /', (_context, self) =>
    makeView({ ...viewSelf('toreadonly', self), isReadonly: true }),
  ),
  ...(['release', '__exit__'] as const).map((name) =>
    native(`memoryview.${name}`, name === 'release' ? 'self, /' : 'self, /, *args', (_c, self) => {
      if (viewOf(self) === undefined) throw wrongSelf('memoryview', name, self);
      release(self as Instance);
      return null;
    }),
  ),
  native('memoryview.__enter__', 'self, /', (_context, self) => {
    viewSelf('__enter__', self);
    return given(self);
  }),
];

const isContiguous = ({ step, size, count }: View): boolean => step === size || count < 2;

const ATTRIBUTES: Readonly<Record<string, (view: View) => Value>> = {
  obj: ({ obj }) => obj,
  nbytes: ({ count, size }) => count * size,
  itemsize: ({ size }) => size,
  format: ({ format }) => format,
  ndim: () => 1,
  shape: ({ count }) => new Tuple([count]),
  strides: ({ step }) => new Tuple([step]),
  suboffsets: () => new Tuple([]),
  readonly: ({ isReadonly }) => isReadonly,
  contiguous: isContiguous,
  c_contiguous: isContiguous,
  f_contiguous: isContiguous,
};

export const attributes: readonly AttributeRow[] = Object.entries(ATTRIBUTES).map(
  ([name, get]) => ({
    type: 'memoryview',
    name,
    get: (_context, self) => get(viewSelf(name, self)),
  }),
);
