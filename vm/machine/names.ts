// Names, functions and modules: the loop's steps that are not in the loop.

import type { Cell } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import { raised, setField, typeError, type Raised } from '../values/exception.ts';
import { Tuple } from '../values/collections.ts';
import { Instance } from '../values/type.ts';
import { types } from '../values/types.ts';
import type { Slot, Value } from '../values/value.ts';
import { findAttribute } from './attributes.ts';
import { moduleGlobal, setModuleGlobal } from './module-attributes.ts';
import { CALLED, invokeFrom, pushFrame, rest, type Stepped } from './calls.ts';
import type { Code } from './code.ts';
import { HOOKS, type Frame } from './frame.ts';
import { FunctionObject, ModuleObject } from './function.ts';
import type { Machine } from './machine.ts';
import { Native, TailCall } from './native.ts';

export function unboundLocal(frame: Frame, slot: number): Raised {
  const name = frame.code.info.locals[slot] ?? '?';
  return raised(
    types.UnboundLocalError,
    `cannot access local variable '${name}' where it is not associated with a value`,
  );
}

/** An empty cell: of this function's own variable, or of one of an enclosing function. */
export function unboundCell(frame: Frame, slot: number): Raised {
  const name = frame.code.info.locals[slot] ?? '?';
  if (slot < frame.code.freeStart) return unboundLocal(frame, slot);
  return raised(
    types.NameError,
    `cannot access free variable '${name}' where it is not associated with a value in enclosing scope`,
  );
}

function undefinedName(name: string): Raised {
  const error = raised(types.NameError, `name '${name}' is not defined`);
  setField(error.exception, 'name', name);
  return error;
}

/** SET_CELL, and DELETE_CELL with nothing. */
export function setCell(cell: Cell, value: Slot): void {
  cell.value = value;
  cell.touch();
}

/** A global that the module does not bind: a builtin, or nothing. */
export function loadGlobal(machine: Machine, frame: Frame, index: number): Value {
  const { module } = frame.code.unit;
  const name = module.globals[index] ?? '?';
  const builtin = machine.builtin(name, module.isLibrary);
  if (builtin !== undefined) {
    // What a builtin name means never changes in a run: the loop finds it here from now on.
    frame.fn.module.builtins[index] = builtin;
    return builtin;
  }
  const value = moduleDunder(frame.fn.module, name);
  if (value !== undefined) return value;
  throw undefinedName(name);
}

/** __name__ and its kin, which every module has without binding them. */
function moduleDunder(module: ModuleObject, name: string): Slot {
  if (!name.startsWith('__')) return undefined;
  switch (name) {
    case '__name__':
    case '__file__':
    case '__doc__': {
      const found = findModuleDunder(module, name);
      return found;
    }
    case '__package__':
    case '__spec__':
    case '__loader__':
      return null;
    case '__builtins__':
    default:
      return undefined;
  }
}

function findModuleDunder(module: ModuleObject, name: string): Slot {
  const { module: info, functions } = { module: module.unit.module, functions: module.unit.codes };
  if (name === '__name__') return info.name;
  if (name === '__file__') return info.file;
  const doc = functions[0]?.info.doc ?? -1;
  return doc < 0 ? null : module.unit.constants[doc];
}

export function deleteGlobal(frame: Frame, index: number): void {
  const { module } = frame.fn;
  if (module.slots[index] === undefined) {
    throw undefinedName(frame.code.unit.module.globals[index] ?? '?');
  }
  module.slots[index] = undefined;
  module.stored(index);
}

/** A builtin, whatever the program has made of its name. */
export function loadBuiltin(machine: Machine, frame: Frame, index: number): Value {
  const name = frame.code.unit.module.names[index] ?? '?';
  const value = machine.builtin(name, true);
  if (value === undefined) throw undefinedName(name);
  return value;
}

/** A namespace that is read as a dict is: one, or of a subclass that reads no other way. */
function readableNamespace(namespace: Value): Dict | undefined {
  if (namespace instanceof Dict) return namespace;
  if (!(namespace instanceof Instance) || !(namespace.base instanceof Dict)) return undefined;
  const { cls } = namespace;
  const isOwn = cls.lookup('__missing__') !== undefined;
  return isOwn || !(cls.lookup('__getitem__') instanceof Native) ? undefined : namespace.base;
}

/** What a name means around a class body: a global or a builtin. None is a value, as anywhere. */
function outerName(machine: Machine, frame: Frame, name: string): Slot {
  const { module } = frame.fn;
  const global = moduleGlobal(module, name);
  if (global !== undefined) return global;
  const builtin = machine.builtin(name, frame.code.unit.module.isLibrary);
  return builtin === undefined ? moduleDunder(module, name) : builtin;
}

/** A name in a class body: its namespace, else global, else builtin. */
export function loadName(machine: Machine, frame: Frame, namespace: Value, index: number): Stepped {
  const name = frame.code.unit.module.names[index] ?? '?';
  const own = readableNamespace(namespace);
  if (own === undefined) {
    const outer = outerName(machine, frame, name);
    return invokeFrom(machine, frame, machine.prelude('_load_name'), [
      namespace,
      name,
      new Tuple(outer === undefined ? [] : [outer]),
    ]);
  }
  const found = own.getText(name);
  const value = found === undefined ? outerName(machine, frame, name) : found;
  if (value === undefined) throw undefinedName(name);
  return value;
}

export function deleteName(
  machine: Machine,
  frame: Frame,
  namespace: Value,
  index: number,
): Stepped {
  const name = frame.code.unit.module.names[index] ?? '?';
  if (!(namespace instanceof Dict)) {
    const remove = machine.prelude('_delitem');
    return invokeFrom(machine, frame, remove, [namespace, name], HOOKS.DROP.code);
  }
  const at = namespace.find(name);
  if (typeof at !== 'number' || at < 0) throw undefinedName(name);
  namespace.removeAt(at);
  return null;
}

/** A free variable in a class body: the namespace comes first. */
export function loadClassCell(
  frame: Frame,
  namespace: Value,
  slot: number,
  cell: Cell,
  name: Value,
): Value {
  const own = typeof name === 'string' ? readableNamespace(namespace)?.getText(name) : undefined;
  const value = own === undefined ? cell.value : own;
  if (value === undefined) throw unboundCell(frame, slot);
  return value;
}

/** MAKE_CLOSURE: defaults, kwdefaults, annotations and cells stand at `at`. */
export function makeClosure(
  code: Code,
  maker: FunctionObject,
  index: number,
  stack: readonly Slot[],
  at: number,
): FunctionObject {
  const [defaults, kwdefaults, annotations, cells] = stack.slice(at, at + 4);
  const target = code.unit.codes[index];
  if (target === undefined) throw typeError('no such function');
  const fn = new FunctionObject(target, maker.module, cells instanceof Tuple ? cells : null);
  fn.defaults = defaults instanceof Tuple ? defaults : null;
  fn.kwdefaults = kwdefaults instanceof Dict ? kwdefaults : null;
  fn.annotations = annotations instanceof Dict ? annotations : null;
  return fn;
}

// ----------------------------------------------------------------- modules

/** The module object, its body run to the end the first time. */
export function importModule(machine: Machine, frame: Frame, name: string): Stepped {
  const known = machine.state.modules.get(name);
  if (known !== undefined && known.state !== 'new') return known;
  const module = machine.moduleNamed(name);
  rest(machine, machine.current, frame, HOOKS.IMPORT.code);
  runBody(machine, module, HOOKS.IMPORT.code);
  linkToParent(machine, name, module);
  return CALLED;
}

/** Push the frame of a module's body. The caller rests. */
export function runBody(machine: Machine, module: ModuleObject, hook: Frame['hook']): void {
  const body = module.unit.codes[0];
  if (body === undefined) throw typeError('a module without a body');
  module.state = 'running';
  module.touch();
  const fn = new FunctionObject(body, module, null);
  pushFrame(machine, machine.current, fn, [], hook, module);
}

/** A submodule is an attribute of its package. */
function linkToParent(machine: Machine, name: string, module: ModuleObject): void {
  const dot = name.lastIndexOf('.');
  if (dot < 0) return;
  const parent = machine.state.modules.get(name.slice(0, dot));
  if (parent !== undefined) setModuleGlobal(parent, name.slice(dot + 1), module);
}

/** from module import name */
export function importFrom(machine: Machine, frame: Frame, module: Value, name: string): Stepped {
  const found = findAttribute(machine, module, name);
  if (found instanceof TailCall) return invokeFrom(machine, frame, found.callable, found.args);
  if (found !== undefined) return found;
  if (!(module instanceof ModuleObject)) {
    throw raised(types.ImportError, `cannot import name '${name}'`);
  }
  const { module: info } = module.unit;
  const sub = machine.state.modules.get(`${info.name}.${name}`);
  if (sub !== undefined) return sub;
  const how =
    module.state === 'running'
      ? `cannot import name '${name}' from partially initialized module '${info.name}' ` +
        `(most likely due to a circular import) (${info.file})`
      : `cannot import name '${name}' from '${info.name}' (${info.file})`;
  const getter = moduleGlobal(module, '__getattr__');
  if (getter !== undefined) {
    // It has the last word; where it says AttributeError, the name cannot be imported.
    const asked = machine.prelude('_import_attribute');
    return invokeFrom(machine, frame, asked, [getter, name, how, info.name]);
  }
  const error = raised(types.ImportError, how);
  setField(error.exception, 'name', info.name);
  throw error;
}

/** from module import * */
export function importStar(frame: Frame, module: Value): void {
  if (!(module instanceof ModuleObject)) throw typeError('a module is needed');
  const all = moduleGlobal(module, '__all__');
  const items =
    typeof all === 'object' && all !== null && 'items' in all && Array.isArray(all.items)
      ? (all.items as Value[])
      : null;
  const names = items === null ? publicNames(module) : items.map(String);
  for (const name of names) {
    const value = moduleGlobal(module, name);
    if (value === undefined) {
      throw raised(
        types.AttributeError,
        `module '${module.unit.module.name}' has no attribute '${name}'`,
      );
    }
    setModuleGlobal(frame.fn.module, name, value);
  }
}

function publicNames(module: ModuleObject): string[] {
  const { globals } = module.unit.module;
  const names = new Set(globals.filter((_, i) => module.slots[i] !== undefined));
  for (const [key] of module.extra?.entries() ?? []) {
    if (typeof key === 'string') names.add(key);
  }
  return [...names].filter((name) => !name.startsWith('_'));
}
