// Attributes of tracebacks, and of the frames and code objects that they lead to.
//
//     e.__traceback__.tb_next.tb_frame.f_code.co_name
//        traceback    traceback  frame  code
//
// An exception collects where it has been, not the frames themselves, which are gone or have gone
// on. So a frame here is where it stood when the exception left it: an instance of the builtin
// type that has nothing but its entry of the traceback, and is made anew at each look.

import { TracebackObject } from '../../vm/values/exception.ts';
import { Instance } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { native, type NativeContext, type NativeRow } from '../../vm/machine/native.ts';
import type { AttributeRow } from '../../vm/machine/registry.ts';
import { formatPlaces, type Place } from '../../vm/machine/traceback.ts';
import { wrongSelf } from './object-receiver.ts';

type Viewed = 'frame' | 'code';

/** Hidden attribute of frames and code objects: the traceback that they were reached from. */
const ENTRY = ' traceback';

function view(type: Viewed, traceback: TracebackObject): Instance {
  const made = new Instance(types[type]);
  made.setOwn(ENTRY, traceback);
  return made;
}

function tracebackSelf(name: string, self: Value): TracebackObject {
  const found = self instanceof Instance ? self.getOwn(ENTRY) : self;
  if (found instanceof TracebackObject) return found;
  throw wrongSelf('traceback', name, self);
}

/** An attribute that says something of the place where the frame stood. */
function place(
  type: Viewed | 'traceback',
  name: string,
  get: (place: Place) => Value,
): AttributeRow {
  return {
    type,
    name,
    get: (context: NativeContext, self) => {
      const found = context.placeOf(tracebackSelf(name, self).entry);
      return found === null ? null : get(found);
    },
  };
}

/** An attribute that leads on to another object. */
function part(
  type: Viewed | 'traceback',
  name: string,
  get: (traceback: TracebackObject) => Value,
): AttributeRow {
  return { type, name, get: (_context, self) => get(tracebackSelf(name, self)) };
}

export const attributes: readonly AttributeRow[] = [
  place('traceback', 'tb_lineno', ({ line }) => line),
  part('traceback', 'tb_next', ({ next }) => next),
  part('traceback', 'tb_frame', (traceback) => view('frame', traceback)),
  place('frame', 'f_lineno', ({ line }) => line),
  part('frame', 'f_code', (traceback) => view('code', traceback)),
  place('code', 'co_name', ({ name }) => name),
  place('code', 'co_qualname', ({ code }) => code.info.qualname),
  place('code', 'co_filename', ({ file }) => file),
  place('code', 'co_firstlineno', ({ code }) => code.info.line),
];

/** The frames of a traceback as text, from its head on; of None, none. */
function framesText(context: NativeContext, from: Slot): string {
  const found: Place[] = [];
  for (let at = from ?? null; at instanceof TracebackObject; at = at.next) {
    const there = context.placeOf(at.entry);
    if (there !== null) found.push(there);
  }
  return formatPlaces(found);
}

export const rows: readonly NativeRow[] = [native('_traceback_text', 'traceback, /', framesText)];
