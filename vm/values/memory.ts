// What a memoryview shows: items of one format in the bytes of an object.
//
//     memoryview ── ' view' ──▶ (obj, start, count, step, format, readonly)
//
// The parts stand in one tuple under a name that no program can write; None is a view that was
// released. Start and step count bytes. Bytecode and snapshots are hostile (L7), and a bytearray
// may become shorter under its views: so every look checks the parts against the bytes there are.

import { ByteArray, Bytes, Tuple } from './collections.ts';
import { raised, typeError, valueError } from './exception.ts';
import { plain, typeName } from './plain.ts';
import { Instance, MEMBER } from './type.ts';
import { types } from './types.ts';
import type { Slot, Value } from './value.ts';

const VIEW = ' view';

/** Bytes of an item of each format, as C has them; `w` is a character of an array. */
const SIZES: Readonly<Record<string, number>> = {
  ...{ c: 1, b: 1, B: 1, '?': 1, h: 2, H: 2, i: 4, I: 4, l: 8, L: 8, q: 8, Q: 8, n: 8, N: 8, P: 8 },
  ...{ f: 4, d: 8, e: 2, w: 4 },
};

/** A format without the @ that may stand before it. */
export const letterOf = (format: string): string => format.replace(/^@/u, '');

export function itemSize(format: string): number | undefined {
  const letter = letterOf(format);
  return Object.hasOwn(SIZES, letter) ? SIZES[letter] : undefined;
}

/** Under this name, which no class can give to a slot, an array keeps the bytes that it shares. */
const SHARED = `${MEMBER} shared`;

/** From now on an object of the library consists of these bytes, as items of a format. */
export function shareBytes(object: Instance, bytes: ByteArray, format: string): void {
  object.setOwn(SHARED, new Tuple([bytes, format]));
}

/** What shareBytes() was told. */
export function sharedBytes(object: Value): { bytes: ByteArray; format: string } | undefined {
  const parts = object instanceof Instance ? object.getOwn(SHARED) : undefined;
  if (!(parts instanceof Tuple)) return undefined;
  const [bytes, format] = parts.items;
  if (!(bytes instanceof ByteArray) || typeof format !== 'string') return undefined;
  return { bytes, format };
}

export interface View {
  readonly obj: Value;
  readonly start: number;
  readonly count: number;
  readonly step: number;
  readonly format: string;
  readonly size: number;
  readonly isReadonly: boolean;
}

/** The bytes behind a view: those of its object. */
export function bytesBehind({ obj }: Pick<View, 'obj'>): Uint8Array {
  const base = plain(obj);
  if (base instanceof Bytes || base instanceof ByteArray) return base.bytes;
  const shared = sharedBytes(obj);
  if (shared !== undefined) return shared.bytes.bytes;
  throw typeError(`memoryview: a bytes-like object is required, not '${typeName(obj)}'`);
}

export function makeView(view: View): Instance {
  const { obj, start, count, step, format, isReadonly } = view;
  const made = new Instance(types.memoryview);
  made.setOwn(VIEW, new Tuple([obj, start, count, step, format, isReadonly]));
  return made;
}

export function release(view: Instance): void {
  view.setOwn(VIEW, null);
}

const isView = (value: Slot): value is Instance =>
  value instanceof Instance && value.cls === types.memoryview;

/** What a memoryview shows; null if it was released, undefined of anything else. */
export function viewOf(value: Slot): View | null | undefined {
  if (!isView(value)) return undefined;
  const parts = value.getOwn(VIEW);
  if (!(parts instanceof Tuple)) return null;
  const [obj, start, count, step, format, isReadonly] = parts.items;
  const letters = typeof format === 'string' ? format : '';
  const view = {
    obj: obj ?? null,
    start: Number(start),
    count: Number(count),
    step: Number(step),
    format: letters,
    size: itemSize(letters) ?? NaN,
    isReadonly: isReadonly !== false,
  };
  const { length } = bytesBehind(view);
  const last = view.start + (view.count - 1) * view.step;
  const isInside = (at: number): boolean => at >= 0 && at + view.size <= length;
  if (view.count === 0 || (view.count > 0 && isInside(view.start) && isInside(last))) return view;
  throw raised(types.BufferError, 'the object of this memoryview has become shorter');
}

/** A view that can be looked at. @throws ValueError if it was released */
export function openView(value: Slot): View | undefined {
  const view = viewOf(value);
  if (view !== null) return view;
  throw valueError('operation forbidden on released memoryview object');
}

/** The bytes of bytes, of a bytearray, of an instance of a subclass, or those a view shows. */
export function anyBytes(value: Value): Uint8Array | undefined {
  const base = plain(value);
  if (base instanceof Bytes || base instanceof ByteArray) return base.bytes;
  const view = openView(base);
  return view === undefined ? sharedBytes(base)?.bytes.bytes : viewBytes(view);
}

/** The bytes of the items, one after the other. */
export function viewBytes(view: View): Uint8Array {
  const { start, count, step, size } = view;
  const from = bytesBehind(view);
  if (step === size) return from.subarray(start, start + count * size);
  const made = new Uint8Array(count * size);
  for (let i = 0; i < count; i++) {
    const at = start + i * step;
    for (let j = 0; j < size; j++) made[i * size + j] = from[at + j] as number;
  }
  return made;
}
