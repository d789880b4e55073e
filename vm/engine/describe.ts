// Values in a few words, for people who look at a sleeping run.
//
// Not repr(): that may run flow code, and the run is asleep. What has a repr of its own is shown as
// `<Order id=17>`; everything is cut to DESCRIPTION_LENGTH_MAX characters and a few levels.

import { ByteArray, Bytes, Cell, List, Range, Tuple } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import { ExceptionObject } from '../values/exception.ts';
import { floatText } from '../values/float-text.ts';
import { reprBytes, reprText } from '../values/plain-text.ts';
import { SetObject } from '../values/set.ts';
import { Instance, MEMBER, TypeObject } from '../values/type.ts';
import { typeOf } from '../values/typeof.ts';
import { Float, type Slot } from '../values/value.ts';
import { EventObject } from '../machine/event.ts';
import { Task } from '../machine/frame.ts';
import { BoundMethod, FunctionObject, ModuleObject } from '../machine/function.ts';
import { Native } from '../machine/native.ts';
import { DESCRIPTION_LENGTH_MAX } from './limits.ts';

const DEPTH_MAX = 4;
const ITEMS_MAX = 20;
/** Bits of an int that is written out: the text of a longer one takes long to make. */
const INT_MAX = 1n << 512n;

/** A value in at most DESCRIPTION_LENGTH_MAX characters. */
export function describeValue(value: Slot): string {
  return cut(describe(value, 0));
}

function cut(text: string): string {
  if (text.length <= DESCRIPTION_LENGTH_MAX) return text;
  return `${text.slice(0, DESCRIPTION_LENGTH_MAX - 1).toWellFormed()}…`;
}

function describe(value: Slot, depth: number): string {
  if (value === undefined) return '<unbound>';
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'bigint') {
    return value < INT_MAX && value > -INT_MAX ? String(value) : '<a long int>';
  }
  if (typeof value === 'string') return reprText(value.slice(0, DESCRIPTION_LENGTH_MAX));
  if (value instanceof Float) return floatText(value.value);
  if (value instanceof Cell) return describe(value.value, depth);
  if (value instanceof Bytes || value instanceof ByteArray) {
    const text = reprBytes(value.bytes.subarray(0, DESCRIPTION_LENGTH_MAX));
    return value instanceof Bytes ? text : `bytearray(${text})`;
  }
  if (value instanceof Range) return `range(${value.start}, ${value.stop}, ${value.step})`;
  if (depth >= DEPTH_MAX) return '…';
  if (value instanceof List) return `[${items(value.items, depth)}]`;
  if (value instanceof Tuple) {
    return value.items.length === 1
      ? `(${describe(value.items[0], depth + 1)},)`
      : `(${items(value.items, depth)})`;
  }
  if (value instanceof Dict) return `{${pairs(value, depth)}}`;
  if (value instanceof SetObject) return describeSet(value, depth);
  return describeObject(value, depth);
}

function items(values: readonly Slot[], depth: number): string {
  const shown = values.slice(0, ITEMS_MAX).map((each) => describe(each, depth + 1));
  const more = values.length - shown.length;
  return [...shown, ...(more > 0 ? [`… ${more} more`] : [])].join(', ');
}

function pairs(dict: Dict, depth: number): string {
  const shown: string[] = [];
  for (const [key, value] of dict.entries()) {
    if (shown.length >= ITEMS_MAX) break;
    shown.push(`${describe(key, depth + 1)}: ${describe(value, depth + 1)}`);
  }
  const more = dict.size - shown.length;
  return [...shown, ...(more > 0 ? [`… ${more} more`] : [])].join(', ');
}

function describeSet(set: SetObject, depth: number): string {
  const keys = set.keys.filter((each) => each !== undefined);
  if (keys.length === 0) return set.isFrozen ? 'frozenset()' : 'set()';
  const text = `{${items(keys, depth)}}`;
  return set.isFrozen ? `frozenset(${text})` : text;
}

function describeObject(value: object, depth: number): string {
  if (value instanceof ExceptionObject) {
    return `${value.cls.name}(${items(value.args.items, depth)})`;
  }
  if (value instanceof TypeObject) return `<class '${value.qualname}'>`;
  if (value instanceof FunctionObject) return `<function ${value.qualname}>`;
  if (value instanceof Native) return `<built-in function ${value.row.name}>`;
  if (value instanceof BoundMethod) return `<bound method ${describeCallable(value.callable)}>`;
  if (value instanceof ModuleObject) return `<module '${value.unit.module.name}'>`;
  if (value instanceof Task) return `<Task ${value.number} ${value.name}: ${value.state.kind}>`;
  if (value instanceof EventObject) return `<Event ${value.kind}: ${value.state.kind}>`;
  if (value instanceof Instance) return describeInstance(value, depth);
  return `<${typeOf(value as Parameters<typeof typeOf>[0]).name}>`;
}

function describeCallable(value: Slot): string {
  if (value instanceof FunctionObject) return value.qualname;
  return value instanceof Native ? value.row.name : '…';
}

function describeInstance(instance: Instance, depth: number): string {
  const base = instance.base === undefined ? [] : [describe(instance.base, depth + 1)];
  const attributes: string[] = [];
  for (const name of [...instance.ownNames(), ...instance.memberNames()]) {
    // Names that programs cannot spell are ours.
    if (name.startsWith(' ') || attributes.length >= ITEMS_MAX) continue;
    const shown = name.replaceAll(MEMBER, '');
    attributes.push(`${shown}=${describe(instance.getOwn(name), depth + 1)}`);
  }
  return `<${[instance.cls.name, ...base, ...attributes].join(' ')}>`;
}
