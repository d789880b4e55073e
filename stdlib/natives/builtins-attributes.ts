// The builtin functions that ask for attributes and classes.
//
// How attributes are found is the machine's (vm/machine/attributes.ts); here is
// what can be answered without it, and which call it amounts to.

import { Tuple } from '../../vm/values/collections.ts';
import { typeError } from '../../vm/values/exception.ts';
import { plain, typeName } from '../../vm/values/plain.ts';
import { Instance, TypeObject } from '../../vm/values/type.ts';
import { typeOf } from '../../vm/values/typeof.ts';
import { types } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import {
  DECLINED,
  native,
  TailCall,
  type NativeResult,
  type NativeRow,
} from '../../vm/machine/native.ts';
import { ownHook } from '../../vm/machine/attributes.ts';
import { given } from './object-receiver.ts';
import { saysItsClass, unionMembers } from './type.ts';

function attributeName(name: Slot): string {
  const text = plain(given(name));
  if (typeof text === 'string') return text;
  throw typeError(`attribute name must be string, not '${typeName(given(name))}'`);
}

/** Whether a class leaves the finding of attributes to the machine alone. */
function findsPlainly(cls: TypeObject): boolean {
  return ownHook(cls, '__getattribute__') === undefined && cls.lookup('__getattr__') === undefined;
}

/** An attribute that is not there; None and False are values. */
const LACKS = Symbol('lacks');

/**
 * An attribute that an instance certainly has, or certainly lacks: its class
 * binds nothing to the name. Undefined where the machine must look.
 */
function ownAttribute(object: Value, name: string): Slot | typeof LACKS {
  if (!(object instanceof Instance) || name.startsWith('__')) return undefined;
  // The machine knows what an alias of a type or a lazy iterator has.
  if (object.cls.isBuiltin) return undefined;
  if (!findsPlainly(object.cls) || object.cls.lookup(name) !== undefined) return undefined;
  const own = object.getOwn(name);
  return own === undefined ? LACKS : own;
}

function getAttribute(object: Value, name: string, fallback: readonly Value[]): NativeResult {
  const own = ownAttribute(object, name);
  if (own !== undefined && own !== LACKS) return own;
  if (fallback.length > 0) return own === LACKS ? (fallback[0] as Value) : DECLINED;
  const find = types.object.lookup('__getattribute__');
  if (!findsPlainly(typeOf(object)) || find === undefined) return DECLINED;
  return new TailCall(find, [object, name]);
}

/** What isinstance() and issubclass() ask of one class, if its metaclass has no say in it. */
function isOpen(cls: Value, hook: string): cls is TypeObject {
  if (!(cls instanceof TypeObject)) return false;
  return cls.meta === null || cls.meta.lookup(hook) === types.type.lookup(hook);
}

/** Whether a type is below one of those asked for; undefined for the twin. */
function isBelow(type: TypeObject, asked: Value, hook: string): boolean | undefined {
  const todo: Value[] = [asked];
  for (let cls = todo.pop(); cls !== undefined; cls = todo.pop()) {
    if (isOpen(cls, hook)) {
      if (type.isSubtype(cls)) return true;
      continue;
    }
    const members = cls instanceof Tuple ? cls.items : unionMembers(cls);
    if (members === undefined) return undefined;
    todo.push(...members.toReversed());
  }
  return false;
}

export const rows: readonly NativeRow[] = [
  native(
    'getattr',
    'object, name, /, *default',
    (_context, object, name, fallback) => {
      const rest = fallback instanceof Tuple ? fallback.items : [];
      if (rest.length > 1) {
        throw typeError(`getattr expected at most 3 arguments, got ${rest.length + 2}`);
      }
      return getAttribute(given(object), attributeName(name), rest);
    },
    { twin: '_getattr_builtin' },
  ),
  native(
    'hasattr',
    'object, name, /',
    (_context, object, name) => {
      const own = ownAttribute(given(object), attributeName(name));
      return own === undefined ? DECLINED : own !== LACKS;
    },
    { twin: '_hasattr' },
  ),
  native(
    'setattr',
    'object, name, value, /',
    (_context, _object, name) => {
      attributeName(name);
      return DECLINED;
    },
    { twin: '_setattr' },
  ),
  native(
    'delattr',
    'object, name, /',
    (_context, _object, name) => {
      attributeName(name);
      return DECLINED;
    },
    { twin: '_delattr' },
  ),
  native(
    'isinstance',
    'object, class_or_tuple, /',
    (_context, object, asked) => {
      const is = isBelow(typeOf(given(object)), given(asked), '__instancecheck__');
      return is === undefined || (!is && saysItsClass(given(object))) ? DECLINED : is;
    },
    { twin: '_isinstance' },
  ),
  native(
    'issubclass',
    'cls, class_or_tuple, /',
    (_context, cls, asked) => {
      if (!(cls instanceof TypeObject)) return DECLINED;
      return isBelow(cls, given(asked), '__subclasscheck__') ?? DECLINED;
    },
    { twin: '_issubclass' },
  ),
];
