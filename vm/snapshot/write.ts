// Writing objects: what each class of object puts into its row.
//
// One function a class. Fields that hold values become slots, so an object met here
// for the first time gets its id here (flatten.ts); the order of fields is part of
// the format. Reading is make.ts and fill.ts, kind by kind in the same order.

import type { Plain } from '../bytecode/codec.ts';
import { EventObject } from '../machine/event.ts';
import { GeneratorObject, Task } from '../machine/frame.ts';
import {
  BoundMethod,
  FunctionObject,
  MethodWrapper,
  ModuleObject,
  PropertyObject,
  SuperObject,
} from '../machine/function.ts';
import { MemberObject } from '../machine/member.ts';
import { Namespace } from '../machine/namespace.ts';
import {
  ByteArray,
  Bytes,
  Cell,
  List,
  PAGE_BYTES,
  Range,
  Slice,
  Tuple,
} from '../values/collections.ts';
import { Complex } from '../values/complex.ts';
import { Dict } from '../values/dict.ts';
import { ExceptionObject, TracebackObject } from '../values/exception.ts';
import { PAGE_ITEMS, PagedObject, type HeapObject } from '../values/heap.ts';
import { DICT_KINDS, DictView, NativeIterator } from '../values/iterator.ts';
import type { KeyTable } from '../values/keys.ts';
import { SetObject } from '../values/set.ts';
import { Instance, TypeObject } from '../values/type.ts';
import { Float, type Value } from '../values/value.ts';
import type { Flattener } from './flatten.ts';
import { KIND, LAYOUT_NUMBERS, TAG, VIEW_KINDS, WRAPPER_KINDS, type Kind } from './kinds.ts';
import { writeGenerator, writeModule, writeTask } from './write-machine.ts';

type Write<T extends HeapObject> = (out: Flattener, object: T) => void;

type AnyWrite = Write<HeapObject>;

/** The writer of each class; subclasses have their own rows. */
const WRITERS: ReadonlyMap<unknown, AnyWrite> = new Map<unknown, AnyWrite>([
  [
    List,
    ((out, list: List) => writeItems(out, list, KIND.LIST, KIND.LONG_LIST, list.items)) as AnyWrite,
  ],
  [
    Tuple,
    ((out, tuple: Tuple) =>
      writeItems(out, tuple, KIND.TUPLE, KIND.LONG_TUPLE, tuple.items)) as AnyWrite,
  ],
  [Dict, writeDict as AnyWrite],
  [Namespace, writeDict as AnyWrite],
  [SetObject, writeSet as AnyWrite],
  [Bytes, ((out, bytes: Bytes) => writeBytes(out, bytes, KIND.BYTES, KIND.LONG_BYTES)) as AnyWrite],
  [
    ByteArray,
    ((out, bytes: ByteArray) =>
      writeBytes(out, bytes, KIND.BYTEARRAY, KIND.LONG_BYTEARRAY)) as AnyWrite,
  ],
  [Complex, writeComplex as AnyWrite],
  [Range, writeRange as AnyWrite],
  [Slice, writeSlice as AnyWrite],
  [Cell, ((out, cell: Cell) => out.put([KIND.CELL, cell.id, out.slot(cell.value)])) as AnyWrite],
  [TypeObject, writeClass as AnyWrite],
  [Instance, writeInstance as AnyWrite],
  [ExceptionObject, writeException as AnyWrite],
  [TracebackObject, writeTraceback as AnyWrite],
  [NativeIterator, writeIterator as AnyWrite],
  [DictView, writeView as AnyWrite],
  [FunctionObject, writeFunction as AnyWrite],
  [BoundMethod, writeMethod as AnyWrite],
  [ModuleObject, writeModule as AnyWrite],
  [PropertyObject, writeProperty as AnyWrite],
  [MethodWrapper, writeWrapper as AnyWrite],
  [SuperObject, writeSuper as AnyWrite],
  [MemberObject, writeMember as AnyWrite],
  [GeneratorObject, writeGenerator as AnyWrite],
  [EventObject, writeEvent as AnyWrite],
  [Task, writeTask as AnyWrite],
]);

/** Put an object's rows. */
export function writeObject(out: Flattener, object: HeapObject): void {
  const write = WRITERS.get(object.constructor);
  if (write === undefined) {
    throw new Error(`objects of class ${object.constructor.name} cannot be written`);
  }
  write(out, object);
}

// ------------------------------------------------------------- collections

/** How many elements one page of an object has, and how many it has in all. */
export function pagedLength(object: PagedObject): { length: number; page: number } {
  if (object instanceof List) return { length: object.items.length, page: PAGE_ITEMS };
  if (object instanceof ByteArray) return { length: object.bytes.length, page: PAGE_BYTES };
  return { length: (object as KeyTable).keys.length, page: PAGE_ITEMS };
}

/** The row of a collection: with all its elements if they fit one page, else only their number. */
function writePaged(
  out: Flattener,
  object: HeapObject,
  small: Kind,
  long: Kind,
  first: readonly Plain[],
  length: number,
  push: (row: Plain[], from: number, to: number) => void,
): void {
  const row: Plain[] = [length <= PAGE_ITEMS ? small : long, object.id, ...first];
  if (length <= PAGE_ITEMS) {
    push(row, 0, length);
    out.put(row);
    return;
  }
  row.push(out.count(length));
  out.put(row);
  for (let page = 0; page * PAGE_ITEMS < length; page++) {
    if (object instanceof PagedObject && !out.wantsPage(object, page)) continue;
    const part: Plain[] = [KIND.PAGE, object.id, page];
    push(part, page * PAGE_ITEMS, Math.min(length, (page + 1) * PAGE_ITEMS));
    out.put(part);
  }
}

function writeItems(
  out: Flattener,
  object: List | Tuple,
  small: Kind,
  long: Kind,
  items: readonly Value[],
): void {
  writePaged(out, object, small, long, [], items.length, (row, from, to) => {
    for (let i = from; i < to; i++) row.push(out.slot(items[i]));
  });
}

function writeDict(out: Flattener, dict: Dict): void {
  const isNamespace = dict instanceof Namespace;
  const small = isNamespace ? KIND.NAMESPACE : KIND.DICT;
  const long = isNamespace ? KIND.LONG_NAMESPACE : KIND.LONG_DICT;
  writePaged(out, dict, small, long, [], dict.keys.length, (row, from, to) => {
    writeKeys(out, dict, row, from, to, (at) => out.slot(dict.values[at]));
  });
}

function writeSet(out: Flattener, set: SetObject): void {
  const small = set.isFrozen ? KIND.FROZENSET : KIND.SET;
  const long = set.isFrozen ? KIND.LONG_FROZENSET : KIND.LONG_SET;
  const layout = set.layout();
  for (const each of layout) out.count(each);
  writePaged(out, set, small, long, [layout], set.keys.length, (row, from, to) => {
    writeKeys(out, set, row, from, to, null);
  });
}

/** Keys of a table, values beside them if it has any, and its holes. */
function writeKeys(
  out: Flattener,
  { keys, flow }: KeyTable,
  row: Plain[],
  from: number,
  to: number,
  valueAt: ((at: number) => Plain) | null,
): void {
  let holes = 0;
  for (let i = from; i < to; i++) {
    const key = keys[i];
    if (key === undefined) {
      holes++;
      continue;
    }
    if (holes > 0) row.push(writeHoles(out, holes));
    holes = 0;
    const hash = flow?.get(i);
    const slot = out.slot(key);
    row.push(hash === undefined ? slot : [TAG.HASHED, out.slot(hash), slot]);
    if (valueAt !== null) row.push(valueAt(i));
  }
  if (holes > 0) row.push(writeHoles(out, holes));
}

function writeHoles(out: Flattener, count: number): Plain {
  if (count === 1) return out.slot(undefined);
  return [TAG.HOLES, out.count(count)];
}

function writeBytes(out: Flattener, object: Bytes | ByteArray, small: Kind, long: Kind): void {
  const { bytes, id } = object;
  if (bytes.length <= PAGE_BYTES) {
    out.put([small, id, out.bytesOf(bytes, 0, bytes.length)]);
    return;
  }
  out.put([long, id, out.count(bytes.length)]);
  for (let page = 0; page * PAGE_BYTES < bytes.length; page++) {
    if (object instanceof ByteArray && !out.wantsPage(object, page)) continue;
    const to = Math.min(bytes.length, (page + 1) * PAGE_BYTES);
    out.put([KIND.PAGE, id, page, out.bytesOf(bytes, page * PAGE_BYTES, to)]);
  }
}

// ------------------------------------------------------------ small objects

function writeComplex(out: Flattener, { id, real, imag }: Complex): void {
  out.put([KIND.COMPLEX, id, out.slot(new Float(real)), out.slot(new Float(imag))]);
}

function writeRange(out: Flattener, { id, start, stop, step }: Range): void {
  out.put([KIND.RANGE, id, out.slot(start), out.slot(stop), out.slot(step)]);
}

function writeSlice(out: Flattener, { id, start, stop, step }: Slice): void {
  out.put([KIND.SLICE, id, out.slot(start), out.slot(stop), out.slot(step)]);
}

function writeIterator(out: Flattener, iterator: NativeIterator): void {
  const { id, kind, source, index, extra, left } = iterator;
  const fields = [id, kind, out.slot(source), out.slot(index), out.slot(extra)];
  if (DICT_KINDS.has(kind)) out.put([KIND.DICT_ITERATOR, ...fields, out.count(left)]);
  else out.put([KIND.ITERATOR, ...fields]);
}

function writeView(out: Flattener, { id, kind, dict }: DictView): void {
  out.put([KIND.DICT_VIEW, id, VIEW_KINDS.indexOf(kind), out.ref(dict)]);
}

// ----------------------------------------------------- classes and instances

function writeClass(out: Flattener, cls: TypeObject): void {
  const { id, name, qualname, layout, meta, bases, mro, attrs } = cls;
  const row: Plain[] = [
    cls.hasDict ? KIND.CLASS : KIND.CLASS_SLOTTED,
    id,
    out.text(name),
    qualname === name ? null : out.text(qualname),
    LAYOUT_NUMBERS[layout],
    out.refOrNull(meta),
    bases.map((base) => out.ref(base)),
    // The class itself comes first in it, always.
    mro.slice(1).map((each) => out.ref(each)),
  ];
  for (const [key, value] of attrs) row.push(out.text(key), out.slot(value));
  out.put(row);
}

function writeInstance(out: Flattener, instance: Instance): void {
  const { id, base, dict, slots } = instance;
  const row: Plain[] =
    base === undefined && dict === null
      ? [KIND.INSTANCE, id, out.layout(instance)]
      : [KIND.INSTANCE_MORE, id, out.layout(instance), out.slot(base), out.refOrNull(dict)];
  for (const slot of slots) row.push(out.slot(slot));
  out.put(row);
}

function writeException(out: Flattener, error: ExceptionObject): void {
  const { id, args, cause, context, suppressContext, trace, traceback, dict, slots } = error;
  const places: Plain[] = [];
  for (const entry of trace) {
    const unit = out.units.numberOf(entry.module);
    places.push(out.count(unit), out.count(entry.function), out.count(entry.pc));
  }
  const row: Plain[] = [
    traceback === null ? KIND.EXCEPTION : KIND.EXCEPTION_SEEN,
    id,
    out.layout(error),
    out.ref(args),
    out.refOrNull(cause),
    out.refOrNull(context),
    suppressContext,
    places,
    out.refOrNull(dict),
  ];
  if (traceback !== null) row.push(out.ref(traceback));
  for (const slot of slots) row.push(out.slot(slot));
  out.put(row);
}

function writeTraceback(out: Flattener, { id, entry, next, depth }: TracebackObject): void {
  const unit = out.units.numberOf(entry.module);
  const place = [out.count(unit), out.count(entry.function), out.count(entry.pc)];
  out.put([KIND.TRACEBACK, id, ...place, out.refOrNull(next), out.count(depth)]);
}

// ---------------------------------------------------- functions and their kin

function writeFunction(out: Flattener, fn: FunctionObject): void {
  const { id, code, module, closure, defaults, kwdefaults, annotations, attrs, signature } = fn;
  const { info } = code;
  out.put([
    signature === null ? KIND.FUNCTION : KIND.FUNCTION_SIGNED,
    id,
    out.units.numberOf(code.unit.hash),
    code.index,
    out.ref(module),
    out.refOrNull(closure),
    out.refOrNull(defaults),
    out.refOrNull(kwdefaults),
    out.refOrNull(annotations),
    out.refOrNull(attrs),
    fn.name === info.name ? null : out.text(fn.name),
    fn.qualname === info.qualname ? null : out.text(fn.qualname),
    ...(signature === null ? [] : [out.count(signature.positional)]),
    ...(signature?.names.map((name) => out.text(name)) ?? []),
  ]);
}

function writeMethod(out: Flattener, { id, self, callable }: BoundMethod): void {
  out.put([KIND.METHOD, id, out.slot(self), out.slot(callable)]);
}

function writeProperty(out: Flattener, property: PropertyObject): void {
  const { id, getter, setter, deleter, doc } = property;
  out.put([
    KIND.PROPERTY,
    id,
    out.slot(getter),
    out.slot(setter),
    out.slot(deleter),
    out.slot(doc),
  ]);
}

function writeWrapper(out: Flattener, { id, kind, callable }: MethodWrapper): void {
  out.put([KIND.METHOD_WRAPPER, id, WRAPPER_KINDS.indexOf(kind), out.slot(callable)]);
}

function writeSuper(out: Flattener, { id, cls, self, selfType }: SuperObject): void {
  out.put([KIND.SUPER, id, out.ref(cls), out.slot(self), out.ref(selfType)]);
}

function writeMember(out: Flattener, { id, cls, name, depth }: MemberObject): void {
  out.put([KIND.MEMBER, id, out.ref(cls), out.text(name), out.count(depth)]);
}

function writeEvent(out: Flattener, { id, effect, kind, state, watchers }: EventObject): void {
  const how: Plain =
    state.kind === 'pending'
      ? null
      : state.kind === 'resolved'
        ? [0, out.slot(state.value)]
        : [1, out.ref(state.error)];
  const others: Plain[] = [];
  for (const watcher of watchers ?? []) {
    others.push(out.ref(watcher.event), out.count(watcher.index));
  }
  out.put([KIND.EVENT, id, out.count(effect), out.text(kind), how, others]);
}
