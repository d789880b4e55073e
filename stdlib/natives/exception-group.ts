// Groups of exceptions: construction and the attributes. What divides them asks the program, so
// that is flow (prelude/groups.flow).
//
// The message and the tuple of members are fields that no program can write (exception.ts), so
// that whoever walks a group walks what `__new__` has checked.

import { List, Tuple } from '../../vm/values/collections.ts';
import { ExceptionObject, setField, typeError, valueError } from '../../vm/values/exception.ts';
import { plain } from '../../vm/values/plain.ts';
import { types } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { DECLINED, native, type NativeRow } from '../../vm/machine/native.ts';
import type { AttributeRow } from '../../vm/machine/registry.ts';
import { wrongArgument } from './int-arguments.ts';
import { classOf, given, readOnlyMember, wrongSelf } from './object-receiver.ts';
import { hiddenOf } from './repr.ts';

const GROUP = 'BaseExceptionGroup';

function groupOf(method: string, self: Slot): ExceptionObject {
  if (self instanceof ExceptionObject && self.cls.isSubtype(types[GROUP])) return self;
  throw wrongSelf(GROUP, method, self);
}

/** The members as a tuple, if the host can read them. */
function membersFrom(value: Value): Tuple | undefined {
  const base = plain(value);
  return base instanceof List || base instanceof Tuple ? new Tuple([...base.items]) : undefined;
}

function checkMembers({ items }: Tuple): void {
  if (items.length === 0) {
    throw valueError('second argument (exceptions) must be a non-empty sequence');
  }
  const wrong = items.findIndex((each) => !(each instanceof ExceptionObject));
  if (wrong < 0) return;
  throw valueError(`Item ${wrong} of second argument (exceptions) is not an exception`);
}

/** BaseExceptionGroup(message, exceptions), `members` being what the second one holds. */
function make(cls: Slot, args: Tuple, members: Tuple): ExceptionObject {
  let type = classOf(cls, types[GROUP]);
  checkMembers(members);
  const isPlain = members.items.every(
    (each) => each instanceof ExceptionObject && each.cls.isSubtype(types.Exception),
  );
  if (type === types[GROUP]) type = isPlain ? types.ExceptionGroup : type;
  else if (!isPlain && type.isSubtype(types.Exception)) {
    const where = type === types.ExceptionGroup ? 'an ExceptionGroup' : `'${type.name}'`;
    throw typeError(`Cannot nest BaseExceptions in ${where}`);
  }
  const group = new ExceptionObject(type, args);
  setField(group, 'message', args.items[0] as Value);
  setField(group, 'exceptions', members);
  return group;
}

function checkArguments(args: Tuple): void {
  const { items } = args;
  if (items.length !== 2) {
    throw typeError(`${GROUP}.__new__() takes exactly 2 arguments (${items.length} given)`);
  }
  const [message] = items as [Value, Value];
  if (typeof plain(message) === 'string') return;
  wrongArgument(`${GROUP}.__new__() argument 1`, 'str', message);
}

const tupleOf = (value: Slot): Tuple => (value instanceof Tuple ? value : new Tuple([]));

/** Whether two were raised by the same statement: what `except*` has not raised anew. */
function isSameRaise(a: Slot, b: Slot): boolean {
  if (!(a instanceof ExceptionObject && b instanceof ExceptionObject)) return false;
  return (
    a.cause === b.cause &&
    a.context === b.context &&
    a.trace.length === b.trace.length &&
    a.trace.every((entry, i) => {
      const other = b.trace[i];
      return (
        entry.module === other?.module && entry.function === other.function && entry.pc === other.pc
      );
    })
  );
}

export const rows: readonly NativeRow[] = [
  native(
    `${GROUP}.__new__`,
    'cls, /, *args, **kwargs',
    (_context, cls, all) => {
      const args = tupleOf(all);
      checkArguments(args);
      const members = membersFrom(args.items[1] as Value);
      return members === undefined ? DECLINED : make(cls, args, members);
    },
    { twin: '_group_new' },
  ),
  native('_make_group', 'cls, args, members, /', (_context, cls, all, members) => {
    const args = tupleOf(all);
    checkArguments(args);
    return make(cls, args, tupleOf(members));
  }),
  native(
    `${GROUP}.split`,
    'self, /, *args',
    (_context, self) => {
      groupOf('split', self);
      return DECLINED;
    },
    { twin: '_group_split' },
  ),
  native(
    `${GROUP}.subgroup`,
    'self, /, *args',
    (_context, self) => {
      groupOf('subgroup', self);
      return DECLINED;
    },
    { twin: '_group_subgroup' },
  ),
  native(
    `${GROUP}.derive`,
    'self, /, *args',
    (_context, self) => {
      groupOf('derive', self);
      return DECLINED;
    },
    { twin: '_group_derive' },
  ),
  native('_is_same_raise', 'a, b, /', (_context, a, b) => isSameRaise(a, b)),
];

function readOnly(name: string): AttributeRow {
  return {
    type: GROUP,
    name,
    get: (_context, self) => given(hiddenOf(groupOf(name, self), name)),
    set: readOnlyMember,
    remove: readOnlyMember,
  };
}

export const attributes: readonly AttributeRow[] = [readOnly('message'), readOnly('exceptions')];
