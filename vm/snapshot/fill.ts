// Filling shells: what each kind of row says of its object.
//
// The counterpart of write.ts, field by field. What a field must be is checked here
// where one field says it; what several objects must be together (frames and what
// they wait for, circles of tuples) is checked after all are filled: frames.ts, sound.ts.

import { isList, type Plain } from '../bytecode/codec.ts';
import { EventObject, PENDING, type EventState, type Watcher } from '../machine/event.ts';
import type {
  BoundMethod,
  FunctionObject,
  MethodWrapper,
  PropertyObject,
  SuperObject,
} from '../machine/function.ts';
import { canBeSigned } from '../machine/bind.ts';
import { ModuleObject } from '../machine/function.ts';
import type { MemberObject } from '../machine/member.ts';
import { Namespace } from '../machine/namespace.ts';
import type { Bytes, ByteArray, List, Slice } from '../values/collections.ts';
import { Cell, PAGE_BYTES, Tuple } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import { ExceptionObject, TracebackObject, type TraceEntry } from '../values/exception.ts';
import { PAGE_ITEMS, type HeapObject } from '../values/heap.ts';
import { DICT_KINDS, type DictView, type NativeIterator } from '../values/iterator.ts';
import { KeyTable, type Hash } from '../values/keys.ts';
import { isSetLayout, SetObject } from '../values/set.ts';
import { Instance, TypeObject } from '../values/type.ts';
import { types } from '../values/types.ts';
import type { Slot, Value } from '../values/value.ts';
import { checkIterator } from './iterators.ts';
import { longLength, type Raw, type Scope } from './gather.ts';
import { KIND, MODULE_STATES, TAG, type Kind } from './kinds.ts';
import type { Reader } from './reader.ts';

/** Fields that nobody changes once an object is made; only the decoder fills them late. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

type Fill = (reader: Reader, object: HeapObject, raw: Raw) => void;

/** A key table's keys, to be put into its index once all objects are filled. */
export interface OpenTable {
  readonly raw: Raw;
  readonly table: KeyTable;
  readonly flow: Map<number, Hash> | null;
}

/** By kind of row. Tasks and generators are frames.ts. */
const FILLERS: ReadonlyMap<number, Fill> = new Map<Kind, Fill>([
  [KIND.LIST, fillItems],
  [KIND.LONG_LIST, fillItems],
  [KIND.TUPLE, fillItems],
  [KIND.LONG_TUPLE, fillItems],
  [KIND.BYTES, fillBytes],
  [KIND.LONG_BYTES, fillBytes],
  [KIND.BYTEARRAY, fillBytes],
  [KIND.LONG_BYTEARRAY, fillBytes],
  [KIND.SLICE, fillSlice],
  [KIND.CELL, fillCell],
  [KIND.CLASS, fillClass],
  [KIND.CLASS_SLOTTED, fillClass],
  [KIND.MEMBER, fillMember],
  [KIND.INSTANCE, fillInstance],
  [KIND.INSTANCE_MORE, fillInstance],
  [KIND.EXCEPTION, fillException],
  [KIND.EXCEPTION_SEEN, fillException],
  [KIND.TRACEBACK, fillTraceback],
  [KIND.ITERATOR, fillIterator],
  [KIND.DICT_ITERATOR, fillIterator],
  [KIND.DICT_VIEW, fillView],
  [KIND.FUNCTION, fillFunction],
  [KIND.FUNCTION_SIGNED, fillFunction],
  [KIND.METHOD, fillMethod],
  [KIND.MODULE, fillModule],
  [KIND.PROPERTY, fillProperty],
  [KIND.METHOD_WRAPPER, fillWrapper],
  [KIND.SUPER, fillSuper],
  [KIND.EVENT, fillEvent],
]);

/** Fill every shell but tasks, generators and the indices of tables, which are given back. */
export function fillShells(reader: Reader): OpenTable[] {
  const tables: OpenTable[] = [];
  for (const raw of reader.gathered.objects.values()) {
    reader.at = raw;
    const { object } = raw;
    const fill = FILLERS.get(raw.row[0] as number);
    if (fill !== undefined && object !== null) fill(reader, object, raw);
    else if (object instanceof KeyTable) tables.push(fillTable(reader, object, raw));
  }
  // Only now: an exception may be written before its class.
  for (const raw of reader.gathered.objects.values()) {
    const { object } = raw;
    if (!(object instanceof ExceptionObject)) continue;
    reader.at = raw;
    if (!object.cls.mro.includes(types.BaseException)) {
      throw reader.fault('its class is no exception');
    }
  }
  reader.at = null;
  return tables;
}

// ------------------------------------------------------------- collections

/**
 * Every page of a collection in turn, and how many elements belong in it.
 *
 * @param from where elements begin in a row that has them all
 */
function eachPage(
  reader: Reader,
  raw: Raw,
  from: number,
  read: (row: readonly Plain[], from: number, scope: Scope, count: number | null) => void,
): void {
  if (raw.pages === null) {
    read(raw.row, from, raw.scope, null);
    return;
  }
  reader.end(raw.row, from + 1);
  const { length, page } = longLength(raw.row);
  const count = Math.ceil(length / page);
  for (const [i, { row, scope }] of reader.parts(raw.pages, count).entries()) {
    read(row, 3, scope, Math.min(page, length - i * page));
  }
}

function fillItems(reader: Reader, object: HeapObject, raw: Raw): void {
  const items: Value[] = [];
  eachPage(reader, raw, 2, (row, from, scope, count) => {
    if (count === null ? row.length - from > PAGE_ITEMS : row.length - from !== count) {
      throw reader.fault('a page of it has the wrong length');
    }
    for (let i = from; i < row.length; i++) items.push(reader.value(row[i], scope));
  });
  (object as Mutable<List | Tuple>).items = items;
}

function fillBytes(reader: Reader, object: HeapObject, raw: Raw): void {
  const pages: Uint8Array[] = [];
  eachPage(reader, raw, 2, (row, from, _scope, count) => {
    const bytes = row[from];
    if (!(bytes instanceof Uint8Array)) throw reader.fault('it has no bytes');
    reader.end(row, from + 1);
    if (count === null ? bytes.length > PAGE_BYTES : bytes.length !== count) {
      throw reader.fault('a page of it has the wrong length');
    }
    pages.push(bytes);
  });
  const all = new Uint8Array(pages.reduce((sum, page) => sum + page.length, 0));
  let at = 0;
  for (const page of pages) {
    all.set(page, at);
    at += page.length;
  }
  (object as Mutable<Bytes | ByteArray>).bytes = all;
}

/** Keys with their holes and hashes, values beside them. */
function fillTable(reader: Reader, table: KeyTable, raw: Raw): OpenTable {
  const keys: Slot[] = [];
  const values: Slot[] | null = table instanceof Dict ? [] : null;
  let flow: Map<number, Hash> | null = null;
  eachPage(reader, raw, table instanceof SetObject ? 3 : 2, (row, from, scope, count) => {
    const before = keys.length;
    const most = count ?? PAGE_ITEMS;
    for (let i = from; i < row.length; i++) {
      const plain = row[i];
      const [tag, payload] = isList(plain) ? plain : [];
      if (isList(plain) && (plain.length === 0 || (plain.length === 2 && tag === TAG.HOLES))) {
        const holes = plain.length === 0 ? 1 : reader.index(payload, most + 1, 'a number of holes');
        if (plain.length === 2 && holes < 2) throw reader.fault('a row of holes of no length');
        // Two rows of holes would be one.
        if (keys.length > before && keys.at(-1) === undefined)
          throw reader.fault('holes beside holes');
        for (let hole = 0; hole < holes; hole++) {
          keys.push(undefined);
          values?.push(undefined);
        }
      } else {
        if (isList(plain) && plain.length === 3 && tag === TAG.HASHED) {
          (flow ??= new Map()).set(keys.length, reader.hash(payload, scope));
          keys.push(reader.value(plain[2], scope));
        } else keys.push(reader.value(plain, scope));
        if (values !== null) values.push(reader.value(row[++i], scope));
      }
      if (keys.length - before > most) throw reader.fault('a page of it is too long');
    }
    if (count !== null && keys.length - before !== count) {
      throw reader.fault('a page of it has the wrong length');
    }
  });
  table.keys = keys;
  if (table instanceof Dict && values !== null) table.values = values;
  return { raw, table, flow };
}

/** Put the keys of a table into its index; all objects are filled. */
export function closeTable(reader: Reader, { raw, table, flow }: OpenTable): void {
  reader.at = raw;
  if (!restoreTable(reader, raw, table, flow)) {
    throw reader.fault('two of its keys are equal, or one can be no key');
  }
  reader.at = null;
}

function restoreTable(
  reader: Reader,
  { row }: Raw,
  table: KeyTable,
  flow: Map<number, Hash> | null,
): boolean {
  if (!(table instanceof SetObject)) return table.restoreKeys(table.keys, flow);
  const layout: number[] = [];
  for (const each of reader.list(row[2], 'its layout')) {
    layout.push(reader.index(each, 2 ** 32, 'its layout'));
  }
  if (!isSetLayout(layout, table.keys)) throw reader.fault('its layout does not fit its keys');
  return table.restoreKeys(table.keys, flow, layout);
}

// ------------------------------------------------------------ small objects

function fillSlice(reader: Reader, object: HeapObject, { row, scope }: Raw): void {
  reader.end(row, 5);
  const slice = object as Mutable<Slice>;
  slice.start = reader.value(row[2], scope);
  slice.stop = reader.value(row[3], scope);
  slice.step = reader.value(row[4], scope);
}

function fillCell(reader: Reader, object: HeapObject, { row, scope }: Raw): void {
  reader.end(row, 3);
  (object as Cell).value = reader.slot(row[2], scope);
}

function fillIterator(reader: Reader, object: HeapObject, { row, scope }: Raw): void {
  const counts = row[0] === KIND.DICT_ITERATOR;
  reader.end(row, counts ? 7 : 6);
  const iterator = object as NativeIterator;
  if (counts && !DICT_KINDS.has(iterator.kind)) throw reader.fault('it goes over no dict');
  const source = reader.value(row[3], scope);
  const index = reader.int(row[4], scope);
  iterator.extra = reader.value(row[5], scope);
  const problem = checkIterator(iterator.kind, source, index, iterator.extra);
  if (problem !== null) throw reader.fault(problem);
  iterator.source = source as NativeIterator['source'];
  iterator.index = index;
  const { extra } = iterator;
  // One that was written before they counted has at most all of them to come.
  if (counts) iterator.left = reader.index(row[6], Infinity, 'how many are left');
  else if (typeof extra === 'number') iterator.left = Math.max(0, extra);
}

function fillView(reader: Reader, object: HeapObject, { row, scope }: Raw): void {
  reader.end(row, 4);
  (object as Mutable<DictView>).dict = reader.of(row[3], scope, Dict, 'a dict');
}

// ----------------------------------------------------- classes and instances

function fillClass(reader: Reader, object: HeapObject, { row, scope }: Raw): void {
  const cls = object as TypeObject;
  const classes = (plain: Plain | undefined, what: string): TypeObject[] =>
    reader.list(plain, what).map((each) => reader.of(each, scope, TypeObject, 'a class'));
  cls.meta = reader.maybe(row[5], scope, TypeObject, 'a class');
  cls.bases = classes(row[6], 'its bases');
  cls.mro = [cls, ...classes(row[7], 'its order')];
  checkOrder(reader, cls);
  if (row.length % 2 !== 0) throw reader.fault('an attribute of it has no value');
  for (let i = 8; i < row.length; i += 2) {
    const name = reader.text(row[i], 'an attribute');
    if (cls.attrs.has(name)) throw reader.fault('two attributes of one name');
    cls.attrs.set(name, reader.value(row[i + 1], scope));
  }
}

/** A class comes first in its order, object last, each base in between, none twice. */
function checkOrder(reader: Reader, { bases, hasDict, mro, layout }: TypeObject): void {
  const all = new Set(mro);
  if (all.size !== mro.length || mro.at(-1) !== types.object) {
    throw reader.fault('its order of classes is no order');
  }
  if (bases.length === 0) throw reader.fault('it has no base');
  for (const base of bases) {
    const isFit = base.layout === 'object' || base.layout === layout;
    if (!all.has(base) || !isFit || base.layout === 'closed') {
      throw reader.fault(`it cannot be based on ${base.name}`);
    }
  }
  if (!hasDict && bases.some((base) => base.hasDict)) {
    throw reader.fault('its instances have no dict, where those of a base have one');
  }
  const isPlain = layout === 'object';
  if (!isPlain && !mro.some((each) => each.isBuiltin && each.layout === layout)) {
    throw reader.fault('its instances are made of what no base is');
  }
}

function fillMember(reader: Reader, object: HeapObject, { row, scope }: Raw): void {
  reader.end(row, 5);
  (object as Mutable<MemberObject>).cls = reader.of(row[2], scope, TypeObject, 'a class');
}

function fillInstance(reader: Reader, object: HeapObject, { row, scope }: Raw): void {
  const instance = object as Instance;
  instance.shape = reader.layout(row[2], scope).shape;
  let from = 3;
  if (row[0] === KIND.INSTANCE_MORE) {
    from = 5;
    instance.base = reader.slot(row[3], scope);
    instance.dict = reader.maybe(row[4], scope, Dict, 'a dict');
    if (instance.base === undefined && instance.dict === null) {
      throw reader.fault('it has neither base nor dict');
    }
    const { base } = instance;
    if (base instanceof Instance && (!base.cls.isBuiltin || base === instance)) {
      throw reader.fault('its base is an instance');
    }
  }
  fillSlots(reader, instance, row, from, scope);
}

/** Y3, Y4; and where attributes are in a dict, there are none but members in slots. */
function fillSlots(
  reader: Reader,
  instance: Instance,
  row: readonly Plain[],
  from: number,
  scope: Scope,
): void {
  reader.end(row, from + instance.shape.names.length);
  const { cls, dict, shape } = instance;
  if (dict !== null && instance.memberNames().length < shape.names.length) {
    throw reader.fault('a dict and slots');
  }
  if (!cls.hasDict && !cls.isBuiltin && (dict !== null || instance.ownNames().length > 0)) {
    throw reader.fault('its class allows it no attributes');
  }
  for (let i = from; i < row.length; i++) instance.slots.push(reader.slot(row[i], scope));
}

function fillException(reader: Reader, object: HeapObject, { row, scope }: Raw): void {
  const error = object as ExceptionObject;
  error.shape = reader.layout(row[2], scope).shape;
  error.args = reader.of(row[3], scope, Tuple, 'a tuple');
  error.cause = reader.maybe(row[4], scope, ExceptionObject, 'an exception');
  error.context = reader.maybe(row[5], scope, ExceptionObject, 'an exception');
  if (typeof row[6] !== 'boolean') throw reader.fault('its context is neither shown nor not');
  error.suppressContext = row[6];
  error.trace = readTrace(reader, reader.list(row[7], 'its trace'));
  error.dict = reader.maybe(row[8], scope, Dict, 'a dict');
  const isSeen = row[0] === KIND.EXCEPTION_SEEN;
  if (isSeen) {
    error.traceback = reader.of(row[9], scope, TracebackObject, 'a traceback');
    if (error.traceback.depth > error.trace.length) {
      throw reader.fault('its traceback is longer than its trace');
    }
  }
  fillSlots(reader, error, row, isSeen ? 10 : 9, scope);
}

function fillTraceback(reader: Reader, object: HeapObject, { row, scope }: Raw): void {
  reader.end(row, 7);
  const traceback = object as Mutable<TracebackObject>;
  traceback.next = reader.maybe(row[5], scope, TracebackObject, 'a traceback');
  // So it ends, and is no circle.
  if (traceback.depth !== (traceback.next?.depth ?? 0) + 1) throw reader.fault('its depth is not');
}

function readTrace(reader: Reader, plain: readonly Plain[]): TraceEntry[] {
  if (plain.length % 3 !== 0) throw reader.fault('its trace ends too early');
  const trace: TraceEntry[] = [];
  for (let i = 0; i < plain.length; i += 3) trace.push(reader.place(plain, i));
  return trace;
}

// ---------------------------------------------------- functions and their kin

function fillFunction(reader: Reader, object: HeapObject, { row, scope }: Raw): void {
  if (row[0] === KIND.FUNCTION) reader.end(row, 12);
  const fn = object as Mutable<FunctionObject>;
  const { info, unit } = fn.code;
  fn.module = reader.of(row[4], scope, ModuleObject, 'a module');
  if (fn.module.unit !== unit) throw reader.fault('its module is another');
  fn.closure = reader.maybe(row[5], scope, Tuple, 'a tuple');
  fn.defaults = reader.maybe(row[6], scope, Tuple, 'a tuple');
  fn.kwdefaults = reader.maybe(row[7], scope, Dict, 'a dict');
  fn.annotations = reader.maybe(row[8], scope, Dict, 'a dict');
  fn.attrs = reader.maybe(row[9], scope, Dict, 'a dict');
  fn.name = row[10] === null ? info.name : reader.text(row[10], 'its name');
  fn.qualname = row[11] === null ? info.qualname : reader.text(row[11], 'its qualified name');
  if (row[0] === KIND.FUNCTION) return;
  const names = row.slice(13).map((name) => reader.text(name, 'a parameter'));
  fn.signature = { names, positional: reader.index(row[12], Infinity, 'a number of parameters') };
  if (!canBeSigned(fn, fn.signature)) throw reader.fault('its signature does not fit its function');
}

/** The cells of a closure: as many as its function has free variables. All tuples are filled. */
export function checkClosure(reader: Reader, fn: FunctionObject): void {
  const { freeCount } = fn.code.info;
  const cells = fn.closure?.items ?? [];
  const isNull = fn.closure === null;
  if (cells.length === freeCount && isNull === (freeCount === 0)) {
    if (cells.every((cell) => cell instanceof Cell)) return;
  }
  throw reader.fault('its closure does not fit its function');
}

function fillMethod(reader: Reader, object: HeapObject, { row, scope }: Raw): void {
  reader.end(row, 4);
  const method = object as Mutable<BoundMethod>;
  method.self = reader.value(row[2], scope);
  method.callable = reader.value(row[3], scope);
}

function fillModule(reader: Reader, object: HeapObject, { row, scope, globals }: Raw): void {
  const module = object as ModuleObject;
  if (reader.units.units[row[2] as number] !== module.unit) throw reader.fault('its unit changes');
  module.state = reader.word(row[3], MODULE_STATES, 'its state');
  module.extra = reader.maybe(row[4], scope, Dict, 'a dict');
  if (module.extra instanceof Namespace) {
    if (module.extra.isAttached) throw reader.fault('its dict is of another module');
    module.extra.attach(module);
  }
  for (const [index, each] of globals ?? []) {
    const at = reader.index(index, module.slots.length, 'a global');
    module.slots[at] = reader.value(each.slot, each.scope);
  }
}

function fillProperty(reader: Reader, object: HeapObject, { row, scope }: Raw): void {
  reader.end(row, 6);
  const property = object as Mutable<PropertyObject>;
  property.getter = reader.value(row[2], scope);
  property.setter = reader.value(row[3], scope);
  property.deleter = reader.value(row[4], scope);
  property.doc = reader.value(row[5], scope);
}

function fillWrapper(reader: Reader, object: HeapObject, { row, scope }: Raw): void {
  reader.end(row, 4);
  (object as Mutable<MethodWrapper>).callable = reader.value(row[3], scope);
}

function fillSuper(reader: Reader, object: HeapObject, { row, scope }: Raw): void {
  reader.end(row, 5);
  const found = object as Mutable<SuperObject>;
  found.cls = reader.of(row[2], scope, TypeObject, 'a class');
  found.self = reader.value(row[3], scope);
  found.selfType = reader.of(row[4], scope, TypeObject, 'a class');
}

function fillEvent(reader: Reader, object: HeapObject, { row, scope }: Raw): void {
  reader.end(row, 6);
  const event = object as EventObject;
  event.state = readSettled(reader, row[4], scope);
  const others = reader.list(row[5], 'its watchers');
  if (others.length % 2 !== 0) throw reader.fault('a watcher of it has no place');
  if (others.length === 0) return;
  if (event.state !== PENDING) throw reader.fault('it is settled and still watched');
  const watchers: Watcher[] = [];
  for (let i = 0; i < others.length; i += 2) {
    const watcher = reader.of(others[i], scope, EventObject, 'an event');
    watchers.push({
      event: watcher,
      index: reader.index(others[i + 1], Number.MAX_SAFE_INTEGER, 'the place of a watcher'),
    });
  }
  event.watchers = watchers;
}

function readSettled(reader: Reader, plain: Plain | undefined, scope: Scope): EventState {
  if (plain === null) return PENDING;
  const [how, what] = reader.list(plain, 'its state');
  if (how === 0) return { kind: 'resolved', value: reader.value(what, scope) };
  if (how !== 1) throw reader.fault('it is settled in no way');
  return { kind: 'rejected', error: reader.of(what, scope, ExceptionObject, 'an exception') };
}
