// repr() of what has no parts: functions, types, iterators, plain objects.

import { Cell, Range } from '../../vm/values/collections.ts';
import { simpleRepr } from '../../vm/values/plain-text.ts';
import { NEEDS_FLOW } from '../../vm/values/keys.ts';
import { homeOf, Instance, TypeObject } from '../../vm/values/type.ts';
import { typeOf } from '../../vm/values/typeof.ts';
import { types } from '../../vm/values/types.ts';
import type { Value } from '../../vm/values/value.ts';
import { CodeObject } from '../../vm/machine/code.ts';
import { GeneratorObject } from '../../vm/machine/frame.ts';
import { FunctionObject, ModuleObject, SuperObject } from '../../vm/machine/function.ts';
import { MemberObject } from '../../vm/machine/member.ts';
import { Native, type NativeContext } from '../../vm/machine/native.ts';

/** ` at 0x7f…` of an object. */
function at(context: NativeContext, value: Value): string {
  return `at 0x${context.idOf(value).toString(16)}`;
}

/** `__main__.Outer.Inner`, or `int` for a builtin type. */
export function qualifiedName(type: TypeObject): string {
  const module = type.isBuiltin ? homeOf(type) : type.lookup('__module__');
  return typeof module === 'string' && module !== 'builtins'
    ? `${module}.${type.qualname}`
    : type.qualname;
}

/** `<__main__.C object at 0x7f…>` */
export function objectRepr(context: NativeContext, value: Value): string {
  return `<${qualifiedName(typeOf(value))} object ${at(context, value)}>`;
}

/** Methods that CPython makes from C slots, and shows as such. */
const isSlot = (name: string): boolean => /^__\w+__$/.test(name) && !PLAIN_DUNDERS.has(name);

/** Dunder methods that CPython defines as ordinary ones. */
const PLAIN_DUNDERS: ReadonlySet<string> = new Set(
  [
    '__reversed__ __format__ __round__ __trunc__ __floor__ __ceil__ __class_getitem__ __dir__',
    '__init_subclass__ __length_hint__ __getnewargs__ __sizeof__ __reduce__ __reduce_ex__',
    '__subclasshook__ __instancecheck__ __subclasscheck__ __prepare__ __enter__ __exit__',
  ]
    .join(' ')
    .split(' '),
);

function nativeRepr(native: Native): string {
  const { name } = native.row;
  const short = name.slice(name.indexOf('.') + 1);
  if (native.ofType === null || short === '__new__') return `<built-in function ${short}>`;
  const owner = native.ofType.name;
  if (isSlot(short)) return `<slot wrapper '${short}' of '${owner}' objects>`;
  return `<method '${short}' of '${owner}' objects>`;
}

function functionRepr(context: NativeContext, fn: FunctionObject): string {
  // A part of the language that happens to be written in flow.
  if (fn.code.isHidden && fn.id < 0) return `<built-in function ${fn.name}>`;
  return `<function ${fn.qualname} ${at(context, fn)}>`;
}

export function moduleRepr({ unit }: ModuleObject): string {
  const { name, file, isLibrary } = unit.module;
  return isLibrary ? `<module '${name}' (built-in)>` : `<module '${name}' from '${file}'>`;
}

function rangeRepr({ start, stop, step }: Range): string {
  return step === 1 ? `range(${start}, ${stop})` : `range(${start}, ${stop}, ${step})`;
}

/**
 * The text of a value without parts; NEEDS_FLOW if its class writes it.
 * Containers, bound methods and instances with a base are repr.ts's.
 */
export function leafRepr(context: NativeContext, value: Value): string | typeof NEEDS_FLOW {
  const simple = simpleRepr(value);
  if (simple !== NEEDS_FLOW) return simple;
  if (value instanceof TypeObject) {
    if (value.meta !== null && value.meta.lookup('__repr__') !== types.type.lookup('__repr__')) {
      return NEEDS_FLOW;
    }
    return `<class '${qualifiedName(value)}'>`;
  }
  if (value instanceof Range) return rangeRepr(value);
  if (value instanceof FunctionObject) return functionRepr(context, value);
  if (value instanceof Native) return nativeRepr(value);
  if (value instanceof CodeObject) {
    const { info, unit } = value.code;
    const where = `file "${unit.module.file}", line ${info.line}`;
    return `<code object ${info.name} ${at(context, value)}, ${where}>`;
  }
  if (value instanceof ModuleObject) return moduleRepr(value);
  if (value instanceof Cell) {
    const { value: held } = value;
    if (held === undefined) return `<cell ${at(context, value)}: empty>`;
    return `<cell ${at(context, value)}: ${typeOf(held).name} object ${at(context, held)}>`;
  }
  if (value instanceof SuperObject) {
    const { cls, self, selfType } = value;
    const of = self === null ? 'NULL' : `<${selfType.name} object>`;
    return `<super: <class '${cls.name}'>, ${of}>`;
  }
  if (value instanceof MemberObject) {
    return `<member '${value.name}' of '${value.cls.name}' objects>`;
  }
  if (value instanceof GeneratorObject && value.role === null) {
    return `<${value.kind} object ${value.qualname} ${at(context, value)}>`;
  }
  if (value instanceof Instance) {
    const own = value.cls.lookup('__repr__');
    return own === types.object.lookup('__repr__') ? objectRepr(context, value) : NEEDS_FLOW;
  }
  return objectRepr(context, value);
}
