// Specials: natives that only the machine can perform, because they push
// frames, change tasks or make classes. They are called like any native; the
// table says for each what it does with the arguments.

import { Dict } from '../values/dict.ts';
import { Bytes, List, Tuple } from '../values/collections.ts';
import {
  ExceptionObject,
  makeException,
  Raised,
  setField,
  typeError,
  valueError,
} from '../values/exception.ts';
import { HeapObject } from '../values/heap.ts';
import { Instance, TypeObject } from '../values/type.ts';
import { typeOf } from '../values/typeof.ts';
import { types } from '../values/types.ts';
import { Float, type Slot, type Value } from '../values/value.ts';
import { assignAttribute, removeAttribute } from './attribute-stores.ts';
import { attributeNames } from './attribute-names.ts';
import { findAttribute, noAttribute } from './attributes.ts';
import { moduleGlobal, moduleHook } from './module-attributes.ts';
import { bindNative, type Keywords } from './bind-native.ts';
import { invoke, type Stepped, refuseAbstract } from './calls.ts';
import { classItems, makeClass, metaclassOf, setMro } from './classes.ts';
import { EventObject } from './event.ts';
import { GeneratorObject, ROLES, Task, type Hook, type Role } from './frame.ts';
import { FunctionObject, ModuleObject, SuperObject } from './function.ts';
import {
  asAsyncGenerator,
  asException,
  asGenerator,
  checkIdle,
  close,
  needsMaking,
  send,
  throwInto,
  withTraceback,
  type Call,
} from './generators.ts';
import { localsOf } from './locals.ts';
import { namespaceOf } from './namespace.ts';
import type { Machine } from './machine.ts';
import { Native, native, TailCall, type NativeRow } from './native.ts';
import { holdTasks } from './quotas.ts';
import { stackPlaces } from './stack.ts';
import { boundSuper, makeSuper } from './super.ts';
import { namesInReach, nearest } from './suggestions.ts';
import { cancelTask, tellFailure, untoldFailure, wakeWithError } from './tasks.ts';
import { endGenerator } from './unwind.ts';

type Special = (call: Call, args: readonly Slot[]) => Stepped;

interface SpecialRow {
  readonly row: NativeRow;
  readonly run: Special;
}

function special(name: string, signature: string, run: Special): SpecialRow {
  const refuse = (): never => {
    throw typeError(`${name} can only be called by the machine`);
  };
  return { row: { ...native(name, signature, refuse), isSpecial: true }, run };
}

const asText = (value: Slot, what: string): string => {
  if (typeof value === 'string') return value;
  throw typeError(`${what} must be string`);
};

/** An attribute, or the call that it turns out to be; a module may have a __getattr__. */
function found(call: Call, object: Slot, name: Slot): Stepped {
  const value = object ?? null;
  const text = asText(name, 'attribute name');
  let attribute = findAttribute(call.machine, value, text);
  if (attribute === undefined) {
    const hook = moduleHook(value);
    if (hook === undefined) throw noAttribute(value, text);
    attribute = new TailCall(hook, [text]);
  }
  if (!(attribute instanceof TailCall)) return attribute;
  const { callable, args } = attribute;
  return invoke(call.machine, call.task, callable, args, null, call.hook, call.data);
}

function ownLocals({ machine, task }: Call): Value {
  return task.top === undefined ? null : localsOf(machine, task, task.top);
}

/** The rest is the prelude's. */
function inFlow(call: Call, name: string, argument: Value): Stepped {
  const { machine, task, hook, data } = call;
  return invoke(machine, task, machine.prelude(name), [argument], null, hook, data);
}

function dropped(call: Call, tail: TailCall | null): Stepped {
  if (tail === null) return null;
  // The setter's own result is not ours; the prelude calls these for nothing but None.
  return invoke(call.machine, call.task, tail.callable, tail.args, null, call.hook, call.data);
}

function made(call: Call, name: string, args: readonly Slot[]): Stepped {
  const { machine, task, hook, data } = call;
  const all = args.map((each) => each ?? null);
  return invoke(machine, task, machine.prelude(name), all, null, hook, data);
}

/** throw(type, value, traceback): making an exception of a class may take flow code. */
function throwArguments(call: Call, args: readonly Slot[]): Stepped {
  const [self, type, value, traceback] = args;
  const generator = asGenerator(self);
  if (needsMaking(type, value)) {
    return made(call, '_throw_made', [generator, type, value, traceback]);
  }
  return throwInto(call, generator, withTraceback(type, value, traceback));
}

/**
 * Give a step of an asynchronous generator that has not begun another start (prelude/async.flow):
 * what is sent to it, or thrown into it, is for the generator.
 */
function begins(self: Slot, value: Value, error: Value): boolean {
  const step = asGenerator(self);
  if (step.role !== 'async_generator_asend' || step.state !== 'new') return false;
  if (value === null && error === null) return false;
  step.slots[1] = new Tuple([value, error]);
  step.touch();
  return true;
}

/** What a task is called after: its function, or what it was made of to await it. */
function taskName(machine: Machine, callable: Value, call: Slot): string {
  if (callable === machine.prelude('_await_coroutine') && call instanceof Tuple) {
    const [args] = call.items;
    const coroutine = args instanceof Tuple ? args.items[0] : undefined;
    if (coroutine instanceof GeneratorObject) return coroutine.name;
    if (coroutine !== undefined) return typeOf(coroutine).name;
  }
  return callable instanceof FunctionObject ? callable.name : typeOf(callable).name;
}

function typeArity(meta: Slot, count: number, keywords: Slot): Raised {
  if (meta === types.type && count === 1 && keywords instanceof Dict && keywords.size > 0) {
    return typeError('type() takes no keyword arguments');
  }
  if (meta === types.type) return typeError('type() takes 1 or 3 arguments');
  return typeError(`type.__new__() takes exactly 3 arguments (${count} given)`);
}

/** The name of the module whose code makes a class by calling its metaclass. */
function callersModule({ task }: Call): Value {
  for (let depth = task.depth - 1; depth >= 0; depth--) {
    const frame = task.frames[depth];
    if (frame === undefined || frame.code.isHidden) continue;
    const { module } = frame.fn;
    return moduleGlobal(module, '__name__') ?? module.unit.module.name;
  }
  return null;
}

/** A task begins without bounds: those of the block that spawns it are for what waits there. */
function spawn({ machine }: Call, callable: Slot, args: Slot, name: string | null): Value {
  holdTasks(machine);
  const child = machine.newTask(name ?? taskName(machine, callable ?? null, args));
  child.start = { callable: callable ?? null, args: args instanceof Tuple ? args : new Tuple([]) };
  machine.state.tasks.push(child);
  return child;
}

/** The events behind a list of awaitables. */
function awaitableEvents(list: Slot): EventObject[] {
  if (!(list instanceof List || list instanceof Tuple)) throw typeError('a list is needed');
  return list.items.map((each) => {
    const event = awaitableEvent(each);
    if (event === null) throw typeError(`'${typeOf(each).name}' object can't be awaited here`);
    return event;
  });
}

/** Let the first of several settle an event of the run's own, with its place among them. */
function watch({ machine }: Call, first: Slot, list: Slot): null {
  if (!(first instanceof EventObject) || first.effect !== 0) throw typeError('an event is needed');
  const events = awaitableEvents(list);
  const index = events.findIndex(({ state }) => state.kind !== 'pending');
  if (index >= 0) {
    machine.settleEvent(first, { kind: 'resolved', value: index });
    return null;
  }
  for (const [place, event] of events.entries()) {
    (event.watchers ??= []).push({ event: first, index: place });
    event.touch();
  }
  return null;
}

/** As programs compiled with the first library have it: nobody tells those that lost. */
function firstOf(call: Call, list: Slot): Value {
  const first = new EventObject(0, 'first');
  watch(call, first, list);
  return first;
}

/** Those that lost go on unwatched: what is never settled would keep its watchers for ever. */
function unwatch(first: Slot, list: Slot): null {
  for (const event of awaitableEvents(list)) {
    if (event.watchers === null) continue;
    const others = event.watchers.filter((watcher) => watcher.event !== first);
    if (others.length === event.watchers.length) continue;
    event.watchers = others.length === 0 ? null : others;
    event.touch();
  }
  return null;
}

/** The event behind an event or task. */
export function awaitableEvent(value: Slot): EventObject | null {
  if (value instanceof EventObject) return value;
  return value instanceof Task ? value.done : null;
}

function milliseconds(value: Slot): number {
  if (typeof value === 'number') return value;
  if (value instanceof Float && Number.isFinite(value.value)) return value.value;
  throw typeError('milliseconds must be a number');
}

const ROWS: readonly SpecialRow[] = [
  special('generator.__next__', 'self, /', (call, [self]) => send(call, asGenerator(self), null)),
  special('generator.send', 'self, value, /', (call, [self, value]) =>
    send(call, asGenerator(self), value ?? null),
  ),
  special('generator.throw', 'self, type, value=None, traceback=None, /', throwArguments),
  special('generator.close', 'self, /', (call, [self]) => close(call, asGenerator(self))),
  special('generator.__iter__', 'self, /', (_call, [self]) => self ?? null),
  special('coroutine.send', 'self, value, /', (call, [self, value]) =>
    send(call, asGenerator(self), value ?? null),
  ),
  special('coroutine.throw', 'self, type, value=None, traceback=None, /', throwArguments),
  special('coroutine.close', 'self, /', (call, [self]) => close(call, asGenerator(self))),

  // What asynchronous generators and coroutines give to be awaited.
  ...(Object.keys(ROLES) as Role[]).flatMap((type) => [
    special(`${type}.__next__`, 'self, /', (call, [self]) => send(call, asGenerator(self), null)),
    special(`${type}.__iter__`, 'self, /', (_call, [self]) => self ?? null),
    special(`${type}.send`, 'self, value, /', (call, [self, value]) =>
      begins(self, value ?? null, null)
        ? send(call, asGenerator(self), null)
        : send(call, asGenerator(self), value ?? null),
    ),
    special(`${type}.throw`, 'self, type, value=None, traceback=None, /', (call, args) => {
      const [self, kind, value, traceback] = args;
      if (needsMaking(kind, value)) return throwArguments(call, args);
      return begins(self, null, withTraceback(kind, value, traceback))
        ? send(call, asGenerator(self), null)
        : throwArguments(call, args);
    }),
    special(`${type}.close`, 'self, /', (call, [self]) => close(call, asGenerator(self))),
  ]),
  ...(['async_generator_asend', 'async_generator_athrow', 'anext_awaitable'] as const).map((type) =>
    special(`${type}.__await__`, 'self, /', (_call, [self]) => self ?? null),
  ),

  // The halves of asynchronous generators that prelude/async.flow puts together.
  special('_agen_resume', 'agen, value, method=None, /', (call, [agen, value, method]) => {
    const generator = asAsyncGenerator(agen);
    checkIdle(generator, method);
    return send(call, generator, value ?? null);
  }),
  special('_agen_throw', 'agen, error, method=None, /', (call, [agen, error, method]) => {
    const generator = asAsyncGenerator(agen);
    checkIdle(generator, method);
    return throwInto(call, generator, asException(error, null));
  }),
  special('_agen_state', 'agen, /', (_call, [agen]) => asAsyncGenerator(agen).state),
  special('_agen_end', 'agen, /', (_call, [agen]) => {
    const generator = asAsyncGenerator(agen);
    if (generator.state === 'new') endGenerator(generator);
    return null;
  }),
  special('_as_exception', 'type, value, traceback, /', (call, [type, value, traceback]) => {
    if (!needsMaking(type, value)) return withTraceback(type, value, traceback);
    return made(call, '_make_exception', [type, value, traceback]);
  }),

  // attributes
  special('_getattr', 'object, name, /', (call, [object, name]) => found(call, object, name)),
  special('object.__getattribute__', 'self, name, /', (call, [object, name]) =>
    found(call, object, name),
  ),
  special('object.__setattr__', 'self, name, value, /', (call, [object, name, value]) =>
    dropped(
      call,
      assignAttribute(call.machine, object ?? null, asText(name, 'attribute name'), value ?? null),
    ),
  ),
  special('object.__delattr__', 'self, name, /', (call, [object, name]) =>
    dropped(call, removeAttribute(object ?? null, asText(name, 'attribute name'))),
  ),
  special('_attribute_names', 'object, /', ({ machine }, [object]) =>
    attributeNames(machine, object ?? null),
  ),
  // Of the frame that calls them, which rests below.
  special('locals', '', (call) => ownLocals(call)),
  special('globals', '', ({ machine, task }) =>
    task.top === undefined ? null : namespaceOf(machine, task.top.fn.module),
  ),
  // A copy of what a module of the program has bound; None if there is no such module.
  special('_module_globals', 'name, /', ({ machine }, [name]) => {
    const module = machine.state.modules.get(asText(name, 'module name'));
    return module === undefined ? null : namespaceOf(machine, module);
  }),
  // Where callers stand, the innermost first: file, module, line, function, text of the line, code.
  special('_stack', 'skip, count, /', ({ task }, [skip, count]) => {
    const found = stackPlaces(task, Number(skip), Number(count));
    const rows = found.map(({ file, module, line, name, text, code }) => [
      file,
      module,
      line,
      name,
      text,
      code.object,
    ]);
    return new List(rows.map((row) => new Tuple(row)));
  }),
  special('vars', 'object=?, /', (call, [object]) =>
    object === undefined ? ownLocals(call) : inFlow(call, '_vars', object),
  ),
  special('dir', 'object=?, /', (call, [object]) =>
    object === undefined
      ? inFlow(call, '_dir_of_names', ownLocals(call))
      : inFlow(call, '_dir', object),
  ),
  special('super.__new__', 'cls, type=?, object=?, /', (call, [, type, object]) => {
    if (type instanceof TypeObject && (object ?? null) === null) {
      return new SuperObject(type, null, type);
    }
    const isProxy = object instanceof Instance && type instanceof TypeObject;
    if (!isProxy || object.cls.isSubtype(type))
      return makeSuper(type, object, typeOf(object ?? null));
    return made(call, '_super_of', [type, object]);
  }),
  special('super.__get__', 'self, instance, owner=None, /', (_call, [self, instance]) => {
    if (!(self instanceof SuperObject)) throw typeError('a super object is needed');
    return boundSuper(self, instance ?? null);
  }),
  // The same for an object that says of which class it is.
  special('_make_super', 'type, object, found, /', (_call, [type, object, found]) =>
    makeSuper(type, object, found instanceof TypeObject ? found : typeOf(object ?? null)),
  ),

  // classes
  special('_make_class', 'name, bases, namespace, cell, meta, slots=None, /', (_call, args) => {
    const [name, bases, namespace, cell, meta, slots] = args;
    // What a program gives to type() has been looked at: _type_new() says what is wrong with it.
    if (!(bases instanceof Tuple) || !(namespace instanceof Dict)) {
      throw typeError('a tuple and a dict are needed');
    }
    const title = asText(name, 'class name');
    if (title.includes('\0')) throw valueError('type name must not contain null characters');
    return makeClass(title, bases.items, namespace, cell ?? null, meta ?? null, slots ?? null);
  }),
  special('_metaclass', 'asked, bases, /', (_call, [asked, bases]) =>
    metaclassOf(asked ?? null, bases instanceof Tuple ? bases.items : []),
  ),
  special('_class_items', 'cls, /', (_call, [cls]) => {
    if (!(cls instanceof TypeObject)) throw typeError('a class is needed');
    return classItems(cls);
  }),
  special('object.__new__', 'cls, /, *args, **kwargs', (_call, [cls, args]) => {
    if (!(cls instanceof TypeObject)) {
      const found = typeOf(cls ?? null).name;
      throw typeError(`object.__new__(X): X is not a type object (${found})`);
    }
    return bareInstance(cls, args);
  }),
  special('type.mro', 'self, /', (_call, [self]) =>
    self instanceof TypeObject ? new List([...self.mro]) : null,
  ),

  special('type.__new__', 'cls, /, *args, **kwargs', (call, [meta, args, keywords]) => {
    const items = args instanceof Tuple ? args.items : [];
    if (items.length !== 3) throw typeArity(meta, items.length, keywords);
    const make = call.machine.prelude('_type_new');
    const all = [meta ?? null, ...items, keywords ?? null, callersModule(call)];
    return invoke(call.machine, call.task, make, all, null, call.hook, call.data);
  }),
  special('type.__init__', 'cls, /, *args, **kwargs', () => null),
  // What a metaclass's own mro() has given.
  special('_set_mro', 'cls, classes, /', (_call, [cls, classes]) => {
    if (!(cls instanceof TypeObject) || cls.isBuiltin || !(classes instanceof Tuple)) {
      throw typeError('a class and a tuple are needed');
    }
    setMro(cls, classes.items);
    return null;
  }),
  // Containers that are being written by repr() in this task, so that one that holds itself ends.
  special('_repr_enter', 'object, /', (call, [object]) => {
    const { task } = call;
    if (!(object instanceof HeapObject)) return true;
    if (task.reprs.includes(object)) return false;
    task.reprs = [...task.reprs, object];
    task.touch();
    return true;
  }),
  special('_repr_leave', 'object, /', (call, [object]) => {
    const { task } = call;
    task.reprs = task.reprs.filter((each) => each !== object);
    task.touch();
    return null;
  }),
  special('_argv', '', (call) => new List([...call.machine.state.argv])),

  // tasks, events, time
  special('_spawn', 'callable, args, name=None, /', (call, [callable, args, name]) =>
    spawn(call, callable, args, typeof name === 'string' ? name : null),
  ),
  special('Task.cancel', 'self, msg=None, /', (call, [self, reason]) => {
    if (!(self instanceof Task)) throw typeError('a task is needed');
    return cancelTask(call.machine, self, typeof reason === 'string' ? reason : null);
  }),
  // Raise something of the program's own where a task waits; whether it does.
  special('_interrupt', 'task, error, /', (_call, [task, error]) => {
    if (!(task instanceof Task) || !(error instanceof ExceptionObject)) {
      throw typeError('a task and an exception are needed');
    }
    if (task.state.kind !== 'waiting') return false;
    wakeWithError(task, error);
    return true;
  }),
  special('Task.done', 'self, /', (_call, [self]) => {
    if (!(self instanceof Task)) throw typeError('a task is needed');
    return self.done.state.kind !== 'pending';
  }),
  special('_untold_failure', 'kept, /', (call, [kept]) =>
    untoldFailure(call.machine, typeof kept === 'number' ? kept : 0),
  ),
  special('_tell_failure', 'error, /', (call, [error]) => {
    if (!(error instanceof ExceptionObject)) throw typeError('an exception is needed');
    tellFailure(call.machine, error);
    return null;
  }),
  special('_first_of', 'events, /', (call, [events]) => firstOf(call, events)),
  special('_watch', 'first, events, /', (call, [first, events]) => watch(call, first, events)),
  special('_unwatch', 'first, events, /', (_call, [first, events]) => unwatch(first, events)),
  special('_is_settled', 'awaitable, /', (_call, [value]) => {
    const event = awaitableEvent(value);
    return event !== null && event.state.kind !== 'pending';
  }),
  special('_is_awaitable', 'value, /', (_call, [value]) => awaitableEvent(value) !== null),
  special('_event', 'kind, /', (_call, [kind]) => new EventObject(0, asText(kind, 'kind'))),
  special('_settle', 'event, value, /', (call, [event, value]) => {
    if (!(event instanceof EventObject)) throw typeError('an event is needed');
    if (event.effect !== 0) throw valueError('this event is for the outside to settle');
    call.machine.settleEvent(event, { kind: 'resolved', value: value ?? null });
    return null;
  }),
  special('_effect', 'kind, payload, /', (call, [kind, payload]) => {
    if (!(payload instanceof List || payload instanceof Tuple)) throw typeError('a list is needed');
    return call.machine.effect(
      asText(kind, 'kind'),
      payload.items.map((each) => plainPart(each, 1)),
    );
  }),
  special('_timer', 'due_ms, /', (call, [due]) => {
    const event = new EventObject(0, 'timer');
    call.machine.state.timers.push({ event, dueMs: Math.ceil(milliseconds(due)) });
    return event;
  }),
  special('_now_ms', '', (call) => call.machine.nowMs),
  special('_deadline_push', 'due_ms, /', (call, [due]) => {
    const id = ++call.machine.state.deadlineCount;
    const { task } = call;
    task.deadlines = [...task.deadlines, { id, dueMs: Math.ceil(milliseconds(due)) }];
    task.touch();
    return id;
  }),
  special('_deadline_pop', 'id, /', (call, [id]) => {
    const { task } = call;
    const had = task.deadlines.find((each) => each.id === id);
    task.deadlines = task.deadlines.filter((each) => each.id !== id);
    task.touch();
    return had !== undefined && had.dueMs <= call.machine.nowMs;
  }),

  // None unless a module of that name was imported, or is being.
  special('_loaded_module', 'name, /', (call, [name]) => {
    const module = call.machine.state.modules.get(asText(name, 'a module'));
    return module === undefined || module.state === 'new' ? null : module;
  }),

  // Those by name, in the order in which they were imported; a new dict.
  special('_loaded_modules', '', (call) => {
    const loaded = new Dict();
    for (const [name, module] of call.machine.state.modules) {
      if (module.state !== 'new') loaded.set(name, module);
    }
    return loaded;
  }),

  // the program's beginning
  special('_module_entry', 'module, name, /', (_call, [module, name]) => {
    const text = asText(name, 'the entry');
    const value = module instanceof ModuleObject ? moduleGlobal(module, text) : undefined;
    if (value === undefined) {
      throw new Raised(
        makeException(types.NameError, `the program has no function '${text}' to start with`),
      );
    }
    return value;
  }),
  special('_note_shown', 'error, text, /', (_call, [error, text]) => {
    if (!(error instanceof ExceptionObject)) throw typeError('an exception is needed');
    // A field of the object, so that it is in the state between this and the end.
    setField(error, 'shown', asText(text, 'text'));
    return null;
  }),
  // The names a program could have meant by one that is not there.
  special('_names_in_reach', 'error, /', ({ machine }, [error]) => {
    if (!(error instanceof ExceptionObject)) throw typeError('an exception is needed');
    return namesInReach(machine, error);
  }),
  special('_nearest', 'name, names, /', (_call, [name, names]) => {
    const candidates = names instanceof List ? names.items : [];
    return nearest(
      asText(name, 'name'),
      candidates.filter((each) => typeof each === 'string'),
    );
  }),
  special('_run_module', 'module, /', (call, [module]) => {
    if (!(module instanceof ModuleObject)) throw typeError('a module is needed');
    return call.machine.runModule(module);
  }),
];

/** Nesting of an effect's payload: what is deeper travels as text. */
const PAYLOAD_DEPTH_MAX = 16;

/** Plain data for an effect's payload, from values. */
function plainPart(
  value: Value,
  depth: number,
): null | boolean | number | string | Uint8Array | PlainList {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return value;
  if (value instanceof Float) return value.value;
  if ((value instanceof List || value instanceof Tuple) && depth < PAYLOAD_DEPTH_MAX) {
    return value.items.map((each) => plainPart(each, depth + 1));
  }
  if (value instanceof Bytes) return value.bytes;
  throw typeError(`a '${typeOf(value).name}' cannot leave the machine`);
}

type PlainList = (null | boolean | number | string | Uint8Array | PlainList)[];

/** cls.__new__(cls) of object: an instance without __init__. */
function bareInstance(cls: TypeObject, args: Slot): Value {
  if (args instanceof Tuple && args.items.length > 0) {
    const { attrs } = types.object;
    if (cls.lookup('__new__') !== attrs.get('__new__')) {
      throw typeError('object.__new__() takes exactly one argument (the type to instantiate)');
    }
    if (cls.lookup('__init__') === attrs.get('__init__')) {
      throw typeError(`${cls.name}() takes no arguments`);
    }
  }
  refuseAbstract(cls);
  if (cls.layout === 'object') return new Instance(cls);
  const maker = cls.mro.find((each) => each.lookup('__new__') instanceof Native) ?? types.object;
  throw typeError(`object.__new__(${cls.name}) is not safe, use ${maker.name}.__new__()`);
}

/** By name: what to do instead of running the native's host half. */
export const SPECIALS: ReadonlyMap<
  string,
  (
    machine: Machine,
    task: Task,
    args: readonly Value[],
    keywords: Keywords,
    hook: Hook,
    data: Value,
  ) => Stepped
> = new Map(
  ROWS.map(({ row, run }) => [
    row.name,
    (machine, task, args, keywords, hook, data) => {
      const owner = machine.registry.newestNative(row.name);
      const bound = owner === undefined ? args : bindNative(owner, args, keywords);
      return run({ machine, task, hook, data }, bound);
    },
  ]),
);

/** For the registry: the specials as natives. */
export const specialNatives: readonly NativeRow[] = ROWS.map(({ row }) => row);
