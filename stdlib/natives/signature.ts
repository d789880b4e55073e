// What modules that make functions and classes at run time need of the machine: functions with a
// signature of their own, and fields of an instance read and written all at once.
//
//     _signed(f, names, n)          a copy of `def f(self, /, *values)` that is called as
//                                   `def f(names[0], …, names[n - 1], *, names[n], …)`
//     _parameters(f)                what a function's calls are bound to
//     _set_fields, _get_fields      attributes of an instance, if no flow code has a say in them

import { FLAG } from '../../vm/bytecode/program.ts';
import { Tuple } from '../../vm/values/collections.ts';
import { Dict } from '../../vm/values/dict.ts';
import { typeError, valueError } from '../../vm/values/exception.ts';
import { intOf } from '../../vm/values/plain.ts';
import { Instance, MEMBER, type TypeObject } from '../../vm/values/type.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { isData, ownHook } from '../../vm/machine/attributes.ts';
import { canBeSigned, parametersOf } from '../../vm/machine/bind.ts';
import { FunctionObject } from '../../vm/machine/function.ts';
import { MemberObject } from '../../vm/machine/member.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';

function textsOf(value: Slot): string[] {
  const texts: string[] = [];
  for (const each of value instanceof Tuple ? value.items : []) {
    if (typeof each !== 'string') throw typeError('names must be strs');
    texts.push(each);
  }
  return texts;
}

function functionOf(value: Slot): FunctionObject {
  if (value instanceof FunctionObject) return value;
  throw typeError('a function is needed');
}

function signed(value: Slot, names: Slot, positional: Slot): FunctionObject {
  const { code, module, closure } = functionOf(value);
  const made = new FunctionObject(code, module, closure);
  made.signature = { names: textsOf(names), positional: Number(intOf(positional) ?? -1) };
  if (!canBeSigned(made, made.signature)) throw valueError('no signature for this function');
  return made;
}

/** Names, how many are positional, positional-only and keyword-only, and those of the stars. */
function parameters(value: Slot): Tuple {
  const { names, positional, positionalOnly, keywordOnly, hasArgs, hasKeywords } = parametersOf(
    functionOf(value),
  );
  const stars = names.slice(positional + keywordOnly);
  return new Tuple([
    new Tuple(names.slice(0, positional + keywordOnly)),
    positionalOnly,
    positional,
    hasArgs ? (stars[0] ?? null) : null,
    hasKeywords ? (stars[hasArgs ? 1 : 0] ?? null) : null,
  ]);
}

/** What a call of it makes, instead of running it at once. */
function kindOf(value: Slot): string {
  const { flags } = functionOf(value).code.info;
  if ((flags & FLAG.generator) !== 0) return 'generator';
  if ((flags & FLAG.coroutine) !== 0) return 'coroutine';
  return (flags & FLAG.asyncGenerator) === 0 ? 'function' : 'async_generator';
}

/** Under which name an instance keeps a field; null if a descriptor has a say in it. */
function fieldKey(cls: TypeObject, name: string): string | null {
  const attribute = cls.lookup(name);
  if (attribute instanceof MemberObject) return cls.isSubtype(attribute.cls) ? attribute.key : null;
  const isPlain = attribute === undefined || attribute === null || !isData(attribute);
  return isPlain && cls.hasDict && name !== '__class__' && name !== '__dict__' ? name : null;
}

/** Under which names an instance keeps its fields; null if flow code has a say in one of them. */
function keysOf(self: Slot, names: Slot, hook: string): [Instance, string[]] | null {
  if (!(self instanceof Instance)) return null;
  if (hook !== '' && ownHook(self.cls, hook) !== undefined) return null;
  const keys: string[] = [];
  for (const name of textsOf(names)) {
    const key = fieldKey(self.cls, name);
    if (key === null) return null;
    keys.push(key);
  }
  return [self, keys];
}

/** Whether it was done. */
function setFields(self: Slot, names: Slot, values: Slot, isRaw: Slot): boolean {
  const found = keysOf(self, names, isRaw === true ? '' : '__setattr__');
  if (found === null || !(values instanceof Tuple)) return false;
  const [instance, keys] = found;
  if (keys.length !== values.items.length) throw valueError('a value for each name is needed');
  for (const [i, key] of keys.entries()) instance.setOwn(key, values.items[i] as Value);
  return true;
}

/** A tuple of the values, or None. */
function getFields(self: Slot, names: Slot): Tuple | null {
  const found = keysOf(self, names, '__getattribute__');
  if (found === null) return null;
  const [instance, keys] = found;
  const values: Value[] = [];
  for (const key of keys) {
    const value = instance.getOwn(key);
    if (value === undefined) return null;
    values.push(value);
  }
  return new Tuple(values);
}

/** Copies of an instance's attributes, and of those it has in slots. */
function ownAttributes(self: Slot): Tuple {
  const [own, members] = [new Dict(), new Dict()];
  if (self instanceof Instance) {
    for (const [name, value] of self.dict?.entries() ?? []) own.set(name, value);
    for (const [i, name] of self.shape.names.entries()) {
      const value = self.slots[i];
      if (value === undefined || name.startsWith(' ')) continue;
      if (name.startsWith(MEMBER)) members.set(name.replaceAll(MEMBER, ''), value);
      else own.set(name, value);
    }
  }
  return new Tuple([own, members]);
}

export const rows: readonly NativeRow[] = [
  native('_signed', 'function, names, positional, /', (_context, fn, names, positional) =>
    signed(fn, names, positional),
  ),
  native('_parameters', 'function, /', (_context, fn) => parameters(fn)),
  native('_function_kind', 'function, /', (_context, fn) => kindOf(fn)),
  native('_set_fields', 'self, names, values, raw, /', (_context, self, names, values, isRaw) =>
    setFields(self, names, values, isRaw),
  ),
  native('_own_attributes', 'self, /', (_context, self) => ownAttributes(self)),
  native('_get_fields', 'self, names, /', (_context, self, names) => getFields(self, names)),
];
