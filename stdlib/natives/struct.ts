// Natives of struct: values as the bytes of C's structures, and back.
//
//     "<2hx4s"  ──▶  little-endian; h, h, a byte to skip, 4 bytes
//
// A mistake comes back as its message, for the library to raise as struct.error; None says that
// an argument is an object whose __index__ must be asked first.
//
// Integers are checked in the words of the function that CPython's table names for them, which
// is one for the byte order of the machine (little here), and another for the other one.

import { intToDouble } from '../../vm/values/arithmetic-int.ts';
import { ByteArray, Bytes, Tuple } from '../../vm/values/collections.ts';
import { overflowError, raised, typeError } from '../../vm/values/exception.ts';
import { BYTES_MAX, ITEMS_MAX, memoryError } from '../../vm/values/limits.ts';
import { hasMethod, intOf, plainSlot } from '../../vm/values/plain.ts';
import { Instance } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import { Float, integer, type Slot, type Value } from '../../vm/values/value.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';
import { bytesNeeded, bytesOf } from './bytes.ts';
import { given } from './object-receiver.ts';

/** What goes wrong with the program's data: a message. */
class Mistake {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** An argument has an __index__ that only flow code can ask. */
const ASK_FLOW = Symbol('ask flow');

interface Code {
  readonly kind:
    | 'pad'
    | 'char'
    | 'bytes'
    | 'pascal'
    | 'bool'
    | 'int'
    | 'uint'
    | 'float'
    | 'pointer';
  /** Bytes, and what they are with C's own sizes, where alignment is the same. */
  readonly size: number;
  readonly nativeSize: number;
}

const code = (kind: Code['kind'], size: number, nativeSize = size): Code => ({
  kind,
  size,
  nativeSize,
});

/** Codes; a size of 0 is one that only C's own layout has. */
const CODES: Readonly<Record<string, Code>> = {
  x: code('pad', 1),
  c: code('char', 1),
  s: code('bytes', 1),
  p: code('pascal', 1),
  '?': code('bool', 1),
  b: code('int', 1),
  B: code('uint', 1),
  h: code('int', 2),
  H: code('uint', 2),
  i: code('int', 4),
  I: code('uint', 4),
  l: code('int', 4, 8),
  L: code('uint', 4, 8),
  q: code('int', 8),
  Q: code('uint', 8),
  n: code('int', 0, 8),
  N: code('uint', 0, 8),
  P: code('pointer', 0, 8),
  e: code('float', 2),
  f: code('float', 4),
  d: code('float', 8),
};

interface Item {
  readonly letter: string;
  readonly kind: Code['kind'];
  /** Bytes of one value. */
  readonly size: number;
  readonly offset: number;
  /** Values one after the other. */
  readonly count: number;
}

interface Layout {
  readonly items: readonly Item[];
  readonly size: number;
  /** Values in all. */
  readonly values: number;
  readonly isLittle: boolean;
  readonly isNative: boolean;
}

const PART = /\s+|([0-9]*)(.?)/gsu;

/** @throws Mistake */
function parse(format: string): Layout {
  const order = '@=<>!'.includes(format.charAt(0)) ? format.charAt(0) : '';
  const isNative = order === '' || order === '@';
  const items: Item[] = [];
  let size = 0;
  let values = 0;
  for (const [part, digits = '', letter = ''] of format.slice(order.length).matchAll(PART)) {
    if (part.trim() === '') continue;
    if (letter === '') throw new Mistake('repeat count given without format specifier');
    const found = Object.hasOwn(CODES, letter) ? CODES[letter] : undefined;
    const width = isNative ? found?.nativeSize : found?.size;
    if (found === undefined || width === undefined || width === 0) {
      throw new Mistake('bad char in struct format');
    }
    const { kind } = found;
    const number = digits === '' ? 1 : Number(digits);
    const isOne = kind === 'bytes' || kind === 'pascal';
    if (isNative) size = Math.ceil(size / width) * width;
    const count = isOne ? 1 : number;
    items.push({ letter, kind, size: isOne ? number : width, offset: size, count });
    size += number * width;
    if (!Number.isSafeInteger(size)) throw new Mistake('total struct size too long');
    if (kind !== 'pad') values += count;
  }
  return { items, size, values, isLittle: order !== '>' && order !== '!', isNative };
}

/** Layouts of formats that were used of late. The machine cannot tell. */
const layouts = new Map<string, Layout>();
const LAYOUTS_MAX = 100;

function layoutOf(format: Slot): Layout {
  const text = plainSlot(format);
  if (typeof text !== 'string') throw typeError('a format is a str');
  let layout = layouts.get(text);
  if (layout === undefined) {
    layout = parse(text);
    if (layouts.size >= LAYOUTS_MAX) layouts.clear();
    layouts.set(text, layout);
  }
  return layout;
}

// ------------------------------------------------------------------ packing

const NAMES: Readonly<Record<string, string>> = {
  b: 'byte format requires -128 <= number <= 127',
  B: 'ubyte format requires 0 <= number <= 255',
  h: 'short format requires -32768 <= number <= 32767',
  H: 'ushort format requires 0 <= number <= 65535',
};

function outOfRange(item: Item, layout: Layout, value: bigint): string {
  const { letter, kind, size } = item;
  const isWide = size === 8;
  if (isWide && !layout.isLittle) return 'int too large to convert';
  const isShort = letter.toLowerCase() === 'h' && layout.isLittle;
  const isNamed = letter.toLowerCase() === 'b' || isShort;
  const isUnsigned = kind === 'uint' && !isNamed;
  const beyond = isUnsigned
    ? value < 0n || value >= 1n << 64n
    : value < -(1n << 63n) || value >= 1n << 63n;
  if (isWide || beyond) return 'argument out of range';
  if (isNamed) return NAMES[letter] ?? '';
  const bits = BigInt(size * 8);
  const [least, most] =
    kind === 'uint' ? [0n, (1n << bits) - 1n] : [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n];
  return `'${letter}' format requires ${least} <= number <= ${most}`;
}

function packInt(view: DataView, at: number, item: Item, layout: Layout, value: Slot): void {
  const int = intOf(value);
  if (int === undefined) {
    if (value instanceof Instance && hasMethod(value, '__index__')) throw ASK_FLOW;
    throw new Mistake('required argument is not an integer');
  }
  const { size, kind } = item;
  const big = BigInt(int);
  const bits = size * 8;
  if (kind === 'pointer') {
    if (big < -(1n << 63n) || big >= 1n << 64n) throw new Mistake('int too large to convert');
  } else if ((kind === 'int' ? BigInt.asIntN(bits, big) : BigInt.asUintN(bits, big)) !== big) {
    throw new Mistake(outOfRange(item, layout, big));
  }
  if (size === 8) view.setBigUint64(at, BigInt.asUintN(64, big), layout.isLittle);
  else if (size === 4) view.setUint32(at, Number(int), layout.isLittle);
  else if (size === 2) view.setUint16(at, Number(int), layout.isLittle);
  else view.setUint8(at, Number(int));
}

function doubleOf(value: Slot): number {
  const base = plainSlot(value);
  if (base instanceof Float) return base.value;
  const int = intOf(base);
  if (int === undefined) {
    const own = value instanceof Instance;
    if (own && (hasMethod(value, '__float__') || hasMethod(value, '__index__'))) throw ASK_FLOW;
    throw new Mistake('required argument is not a float');
  }
  if (!Number.isFinite(Number(int))) throw new Mistake('required argument is not a float');
  return intToDouble(int);
}

/** The bits of a half, rounded half to even; undefined if it is too large. */
function halfBits(x: number): number | undefined {
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const size = Math.abs(x);
  if (size === Infinity) return sign | 0x7c00;
  if (size >= 65_520) return undefined;
  // The unit of the last place, down to that of the smallest numbers.
  const exponent = Math.max(-14, Math.floor(Math.log2(size || 1e-300)));
  const low = size < 2 ** exponent && exponent > -14 ? exponent - 1 : exponent;
  const units = size / 2 ** (low - 10);
  let whole = Math.floor(units);
  const rest = units - whole;
  if (rest > 0.5 || (rest === 0.5 && whole % 2 === 1)) whole++;
  return sign | (whole < 1024 && low === -14 ? whole : (low + 15) * 1024 + whole - 1024);
}

/** One NaN for all: the bits of the host's own differ between processors (L4). */
function packNan(view: DataView, at: number, size: number, isLittle: boolean): void {
  if (size === 8) view.setBigUint64(at, 0x7ff8000000000000n, isLittle);
  else if (size === 4) view.setUint32(at, 0x7fc00000, isLittle);
  else view.setUint16(at, 0x7e00, isLittle);
}

function packFloat(view: DataView, at: number, item: Item, layout: Layout, value: Slot): void {
  const x = doubleOf(value);
  const tooLarge = (): unknown =>
    intOf(value) === undefined
      ? overflowError(`float too large to pack with ${item.letter} format`)
      : new Mistake('int too large to convert');
  if (Number.isNaN(x)) packNan(view, at, item.size, layout.isLittle);
  else if (item.size === 8) view.setFloat64(at, x, layout.isLittle);
  else if (item.size === 4) {
    // C's own float takes infinity for what it cannot hold.
    if (Number.isFinite(x) && !Number.isFinite(Math.fround(x)) && !layout.isNative) {
      throw tooLarge();
    }
    view.setFloat32(at, x, layout.isLittle);
  } else {
    const bits = halfBits(x);
    if (bits === undefined) throw tooLarge();
    view.setUint16(at, bits, layout.isLittle);
  }
}

function packBytes(target: Uint8Array, at: number, item: Item, value: Slot): void {
  const { kind, size, letter } = item;
  if (kind === 'char') {
    const base = plainSlot(value);
    if (!(base instanceof Bytes) || base.bytes.length !== 1) {
      throw new Mistake('char format requires a bytes object of length 1');
    }
    target[at] = base.bytes[0] ?? 0;
    return;
  }
  const bytes = bytesOf(value);
  if (bytes === undefined) throw new Mistake(`argument for '${letter}' must be a bytes object`);
  if (kind === 'bytes') target.set(bytes.subarray(0, size), at);
  else if (size > 0) {
    const count = Math.min(bytes.length, size - 1);
    target[at] = Math.min(count, 255);
    target.set(bytes.subarray(0, count), at + 1);
  }
}

function pack(layout: Layout, values: readonly Value[]): Uint8Array {
  if (layout.size > BYTES_MAX) throw memoryError();
  const bytes = new Uint8Array(layout.size);
  const view = new DataView(bytes.buffer);
  let next = 0;
  for (const item of layout.items) {
    if (item.kind === 'pad') continue;
    for (let i = 0; i < item.count; i++) {
      const at = item.offset + i * item.size;
      const value = values[next++];
      if (item.kind === 'int' || item.kind === 'uint' || item.kind === 'pointer') {
        packInt(view, at, item, layout, value);
      } else if (item.kind === 'float') packFloat(view, at, item, layout, value);
      else if (item.kind === 'bool') bytes[at] = value === true ? 1 : 0;
      else packBytes(bytes, at, item, value);
    }
  }
  return bytes;
}

// ---------------------------------------------------------------- unpacking

function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function unpackValue(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  item: Item,
  little: boolean,
): Value {
  const { kind, size } = item;
  switch (kind) {
    case 'char':
    case 'bytes':
      return new Bytes(bytes.slice(at, at + size));
    case 'pascal': {
      const count = Math.min(bytes[at] ?? 0, size - 1);
      return new Bytes(size === 0 ? new Uint8Array() : bytes.slice(at + 1, at + 1 + count));
    }
    case 'bool':
      return bytes[at] !== 0;
    case 'float':
      if (size === 8) return new Float(view.getFloat64(at, little));
      if (size === 4) return new Float(view.getFloat32(at, little));
      return new Float(halfValue(view.getUint16(at, little)));
    case 'int':
      if (size === 8) return integer(view.getBigInt64(at, little));
      if (size === 4) return view.getInt32(at, little);
      return size === 2 ? view.getInt16(at, little) : view.getInt8(at);
    default:
      if (size === 8) return integer(view.getBigUint64(at, little));
      if (size === 4) return view.getUint32(at, little);
      return size === 2 ? view.getUint16(at, little) : view.getUint8(at);
  }
}

function unpack(layout: Layout, bytes: Uint8Array, offset: number): Tuple {
  if (layout.values > ITEMS_MAX) throw memoryError();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: Value[] = [];
  for (const item of layout.items) {
    if (item.kind === 'pad') continue;
    for (let i = 0; i < item.count; i++) {
      const at = offset + item.offset + i * item.size;
      values.push(unpackValue(bytes, view, at, item, layout.isLittle));
    }
  }
  return new Tuple(values);
}

/** One item of a format with C's own sizes, for memoryview. */
export function unpackItem(letter: string, bytes: Uint8Array, at: number): Value {
  return given(unpack(layoutOf(letter), bytes, at).items[0]);
}

/** Its bytes; else what is wrong with the value, or that flow code must be asked. */
export function packItem(letter: string, value: Value): Uint8Array | 'type' | 'value' | 'ask' {
  const layout = layoutOf(letter);
  const isNumber = intOf(value) !== undefined;
  try {
    return pack(layout, [value]);
  } catch (problem) {
    if (problem === ASK_FLOW) return 'ask';
    if (!(problem instanceof Mistake)) throw problem;
    const isBytes = layout.items[0]?.kind === 'char' && plainSlot(value) instanceof Bytes;
    return isNumber || isBytes ? 'value' : 'type';
  }
}

/** What the library raises as struct.error comes back as a str. */
function answered(run: () => Value): Value {
  try {
    return run();
  } catch (problem) {
    if (problem instanceof Mistake) return problem.message;
    if (problem === ASK_FLOW) return null;
    throw problem;
  }
}

export const rows: readonly NativeRow[] = [
  // Bytes, values, and which of the values are only true or false.
  native('_struct_sizes', 'format, /', (_context, format) =>
    answered(() => {
      const { size, values, items } = layoutOf(format);
      if (values > ITEMS_MAX) return new Tuple([size, values, new Tuple([])]);
      const bools: number[] = [];
      let at = 0;
      for (const { kind, count } of items) {
        if (kind === 'bool') for (let i = 0; i < count; i++) bools.push(at + i);
        if (kind !== 'pad') at += count;
      }
      return new Tuple([size, values, new Tuple(bools)]);
    }),
  ),
  native('_struct_pack', 'format, values, /', (_context, format, values) =>
    answered(() => {
      const layout = layoutOf(format);
      if (!(values instanceof Tuple) || values.items.length !== layout.values) {
        throw raised(types.TypeError, 'values are a tuple');
      }
      return new Bytes(pack(layout, values.items));
    }),
  ),
  native('_struct_unpack', 'format, buffer, offset, /', (_context, format, buffer, offset) =>
    answered(() => {
      const layout = layoutOf(format);
      const bytes = bytesNeeded(buffer);
      if (typeof offset !== 'number' || offset < 0 || offset + layout.size > bytes.length) {
        throw new Mistake('no room');
      }
      return unpack(layout, bytes, offset);
    }),
  ),
  native('_struct_put', 'buffer, offset, data, /', (_context, buffer, offset, data) => {
    const target = plainSlot(buffer);
    const bytes = bytesNeeded(data);
    if (!(target instanceof ByteArray)) throw typeError('a bytearray is needed');
    if (typeof offset !== 'number' || offset < 0 || offset + bytes.length > target.bytes.length) {
      throw typeError('no room');
    }
    target.bytes.set(bytes, offset);
    target.touchFrom(offset);
    return null;
  }),
];
