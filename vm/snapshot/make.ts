// Making shells: an object for each id, before any of them is filled.
//
// A shell is of the right class and has what its constructor must have and what
// refers to nothing: a name, a number, a place in the program. Classes come first,
// because an instance begins with its class; all the rest is fill.ts.

import { EventObject } from '../machine/event.ts';
import { GeneratorObject, ROLES, Task, type Role } from '../machine/frame.ts';
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
import { ByteArray, Bytes, Cell, List, Range, Slice, Tuple } from '../values/collections.ts';
import { Complex } from '../values/complex.ts';
import { Dict } from '../values/dict.ts';
import { ExceptionObject, TracebackObject } from '../values/exception.ts';
import type { HeapObject } from '../values/heap.ts';
import { DictView, ITERATOR_KINDS, NativeIterator, type IteratorKind } from '../values/iterator.ts';
import { SetObject } from '../values/set.ts';
import { Instance, TypeObject, type Layout } from '../values/type.ts';
import { types } from '../values/types.ts';
import type { Raw } from './gather.ts';
import {
  GENERATOR_KINDS,
  KIND,
  LAYOUT_NUMBERS,
  VIEW_KINDS,
  WRAPPER_KINDS,
  type Kind,
} from './kinds.ts';
import type { Reader } from './reader.ts';

type Make = (reader: Reader, raw: Raw) => HeapObject;

/** Globals of all modules of a state together, those of failed imports too: 128 MB. */
const GLOBAL_SLOTS_MAX = 1 << 24;

/** Classes of one order with a slot of the same name: their names grow by it. */
const MEMBER_DEPTH_MAX = 1000;

const NO_ITEMS = new Tuple([]);
const NO_EVENT = new EventObject(0, '');
const NO_DICT = new Dict();
const LAYOUTS = Object.keys(LAYOUT_NUMBERS) as Layout[];
const ITERATORS: ReadonlySet<unknown> = new Set(
  Object.values(ITERATOR_KINDS).map(([kind]) => kind),
);

/** By kind of row. */
const MAKERS: ReadonlyMap<number, Make> = new Map<Kind, Make>([
  [KIND.LIST, () => new List([])],
  [KIND.LONG_LIST, () => new List([])],
  [KIND.TUPLE, () => new Tuple([])],
  [KIND.LONG_TUPLE, () => new Tuple([])],
  [KIND.DICT, () => new Dict()],
  [KIND.LONG_DICT, () => new Dict()],
  [KIND.NAMESPACE, () => new Namespace()],
  [KIND.LONG_NAMESPACE, () => new Namespace()],
  [KIND.SET, () => new SetObject(false)],
  [KIND.LONG_SET, () => new SetObject(false)],
  [KIND.FROZENSET, () => new SetObject(true)],
  [KIND.LONG_FROZENSET, () => new SetObject(true)],
  [KIND.BYTES, () => new Bytes(new Uint8Array())],
  [KIND.LONG_BYTES, () => new Bytes(new Uint8Array())],
  [KIND.BYTEARRAY, () => new ByteArray(new Uint8Array())],
  [KIND.LONG_BYTEARRAY, () => new ByteArray(new Uint8Array())],
  [KIND.COMPLEX, makeComplex],
  [KIND.RANGE, makeRange],
  [KIND.SLICE, () => new Slice(null, null, null)],
  [KIND.CELL, () => new Cell(undefined)],
  [KIND.INSTANCE, (reader, { row, scope }) => new Instance(reader.layout(row[2], scope).cls)],
  [KIND.INSTANCE_MORE, (reader, { row, scope }) => new Instance(reader.layout(row[2], scope).cls)],
  [
    KIND.EXCEPTION,
    (reader, { row, scope }) => new ExceptionObject(reader.layout(row[2], scope).cls, NO_ITEMS),
  ],
  [
    KIND.EXCEPTION_SEEN,
    (reader, { row, scope }) => new ExceptionObject(reader.layout(row[2], scope).cls, NO_ITEMS),
  ],
  [
    KIND.TRACEBACK,
    (reader, { row }) => {
      const depth = reader.index(row[6], Infinity, 'its depth');
      return new TracebackObject(reader.place(row, 2), null, depth);
    },
  ],
  [KIND.ITERATOR, makeIterator],
  [KIND.DICT_ITERATOR, makeIterator],
  [
    KIND.DICT_VIEW,
    (reader, { row }) => new DictView(reader.word(row[2], VIEW_KINDS, 'its kind'), NO_DICT),
  ],
  [KIND.FUNCTION, makeFunction],
  [KIND.FUNCTION_SIGNED, makeFunction],
  [KIND.METHOD, () => new BoundMethod(null, null)],
  [KIND.MODULE, makeModule],
  [KIND.PROPERTY, () => new PropertyObject(null, null, null, null)],
  [
    KIND.METHOD_WRAPPER,
    (reader, { row }) => new MethodWrapper(reader.word(row[2], WRAPPER_KINDS, 'its kind'), null),
  ],
  [
    KIND.MEMBER,
    (reader, { row }) => {
      const depth = reader.index(row[4], MEMBER_DEPTH_MAX, 'its depth');
      return new MemberObject(types.object, reader.text(row[3], 'its name'), depth);
    },
  ],
  [KIND.SUPER, () => new SuperObject(types.object, null, types.object)],
  [KIND.GENERATOR, makeGenerator],
  [
    KIND.EVENT,
    (reader, { row }) => {
      const effect = reader.index(row[2], Number.MAX_SAFE_INTEGER, 'its ordinal');
      return new EventObject(effect, reader.text(row[3], 'its kind'));
    },
  ],
  [
    KIND.TASK,
    (reader, { row }) => {
      const number = reader.index(row[2], Number.MAX_SAFE_INTEGER, 'its number');
      return new Task(number, reader.text(row[3], 'its name'), NO_EVENT);
    },
  ],
]);

/** Make a shell for each object gathered. */
export function makeShells(reader: Reader): void {
  const { gathered, generators, tasks } = reader;
  for (const raw of gathered.objects.values()) {
    if (raw.row[0] !== KIND.CLASS && raw.row[0] !== KIND.CLASS_SLOTTED) continue;
    reader.at = raw;
    raw.object = makeClass(reader, raw);
  }
  for (const raw of gathered.objects.values()) {
    const kind = raw.row[0] as number;
    const make = MAKERS.get(kind);
    if (make === undefined) continue;
    reader.at = raw;
    raw.object = make(reader, raw);
    if (kind === KIND.TASK) tasks.push(raw);
    else if (kind === KIND.GENERATOR) generators.push(raw);
  }
  reader.at = null;
}

function makeClass(reader: Reader, { row }: Raw): TypeObject {
  const name = reader.text(row[2], 'its name');
  const layout = LAYOUTS[reader.index(row[4], LAYOUTS.length, 'its layout')] as Layout;
  const cls = new TypeObject(name, [], layout, false);
  cls.hasDict = row[0] === KIND.CLASS;
  if (row[3] !== null) cls.qualname = reader.text(row[3], 'its qualified name');
  return cls;
}

function makeComplex(reader: Reader, { row, scope }: Raw): Complex {
  reader.end(row, 4);
  return new Complex(reader.float(row[2], scope), reader.float(row[3], scope));
}

function makeRange(reader: Reader, { row, scope }: Raw): Range {
  reader.end(row, 5);
  const step = reader.int(row[4], scope);
  if (step === 0) throw reader.fault('its step is 0');
  return new Range(reader.int(row[2], scope), reader.int(row[3], scope), step);
}

function makeIterator(reader: Reader, { row }: Raw): NativeIterator {
  if (!ITERATORS.has(row[2])) throw reader.fault('it is of no kind');
  return new NativeIterator(row[2] as IteratorKind, null, 0, null);
}

function makeFunction(reader: Reader, { row }: Raw): FunctionObject {
  const unit = reader.index(row[2], reader.units.units.length, 'its unit');
  const code = reader.units.codeAt(unit, reader.index(row[3], Infinity, 'its number'));
  if (code === undefined) throw reader.fault('its unit has no such function');
  return new FunctionObject(code, reader.program.preludeModule, null);
}

function makeModule(reader: Reader, { row }: Raw): ModuleObject {
  const unit = reader.units.units[reader.index(row[2], reader.units.units.length, 'its unit')];
  if (unit === undefined) throw reader.fault('the program has no such unit');
  // A module takes memory for all its globals, bound or not: the one row that is not paid for (G1).
  reader.globalSlots += unit.module.globals.length;
  if (reader.globalSlots > GLOBAL_SLOTS_MAX) throw reader.fault('too many modules');
  return new ModuleObject(unit);
}

function isRole(kind: (typeof GENERATOR_KINDS)[number]): kind is Role {
  return Object.hasOwn(ROLES, kind);
}

function makeGenerator(reader: Reader, { row }: Raw): GeneratorObject {
  const kind = reader.word(row[2], GENERATOR_KINDS, 'its kind');
  if (!isRole(kind)) return new GeneratorObject(kind, null);
  return new GeneratorObject(ROLES[kind], null, '', '', kind);
}
