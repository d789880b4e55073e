// Attributes of tracebacks, and of the frames that they and generators lead to.
//
//     e.__traceback__.tb_next.tb_frame.f_code.co_name
//        traceback    traceback  frame  code
//
// An exception collects where it has been, not the frames themselves, which are gone or have gone
// on. So a frame here is where it stood when the exception left it: an instance of the builtin
// type that has nothing but its entry of the traceback, or the generator whose frame it is, and is
// made anew at each look.

import { List, Tuple } from '../../vm/values/collections.ts';
import type { Dict } from '../../vm/values/dict.ts';
import { raised, TracebackObject } from '../../vm/values/exception.ts';
import { Instance } from '../../vm/values/type.ts';
import { types } from '../../vm/values/types.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { GeneratorObject } from '../../vm/machine/frame.ts';
import { variablesOf } from '../../vm/machine/locals.ts';
import { DECLINED, native, type NativeContext, type NativeRow } from '../../vm/machine/native.ts';
import type { AttributeRow } from '../../vm/machine/registry.ts';
import { carets, placeOf, type Place } from '../../vm/machine/traceback.ts';
import { wrongSelf } from './object-receiver.ts';

/** Hidden attribute of frames: the traceback or generator that they were reached from. */
const OWNER = ' owner';

/** The frame of an entry of a traceback, or of a generator. */
export function frameOf(owner: TracebackObject | GeneratorObject): Instance {
  const made = new Instance(types.frame);
  made.setOwn(OWNER, owner);
  return made;
}

function ownerOf(name: string, self: Value): TracebackObject | GeneratorObject {
  const found = self instanceof Instance ? self.getOwn(OWNER) : self;
  if (found instanceof TracebackObject || found instanceof GeneratorObject) return found;
  throw wrongSelf('traceback', name, self);
}

/** Where the frame stood, or stands; null once a generator is done. */
function placeIn(context: NativeContext, owner: TracebackObject | GeneratorObject): Place | null {
  if (owner instanceof TracebackObject) return context.placeOf(owner.entry);
  const { frame, state } = owner;
  if (frame === null) return null;
  const { table } = frame.code;
  if (state === 'new') return { ...placeOf(frame.code, 0), line: frame.code.info.line };
  return placeOf(frame.code, table.pcs[frame.rest - 1] ?? 0);
}

/** An attribute that says something of the place where the frame stood. */
function place(
  type: 'frame' | 'traceback',
  name: string,
  get: (place: Place) => Value,
): AttributeRow {
  return {
    type,
    name,
    get: (context, self) => {
      const found = placeIn(context, ownerOf(name, self));
      return found === null ? null : get(found);
    },
  };
}

/** An attribute that leads on to another object. */
function part(name: string, get: (traceback: TracebackObject) => Value): AttributeRow {
  return {
    type: 'traceback',
    name,
    get: (_context, self) => {
      if (!(self instanceof TracebackObject)) throw wrongSelf('traceback', name, self);
      return get(self);
    },
  };
}

/** The variables of a generator that rests. Those that an exception has left are gone. */
function variablesIn(self: Value): Dict {
  const owner = ownerOf('f_locals', self);
  if (owner instanceof GeneratorObject && owner.frame !== null && owner.state !== 'running') {
    return variablesOf(owner.frame.code, owner.slots, 0);
  }
  throw raised(types.AttributeError, 'the variables of this frame cannot be read in flow');
}

/** A generator that rests has no caller. Whose frame's caller was which, nobody remembers. */
function backOf(self: Value): null {
  const owner = ownerOf('f_back', self);
  if (owner instanceof GeneratorObject && owner.state !== 'running') return null;
  throw raised(types.AttributeError, "'frame' object has no attribute 'f_back'");
}

/** Of each frame of a traceback: file, line, function, text of the line, and the carets below. */
function placesOf(context: NativeContext, from: Slot): List {
  const found: Value[] = [];
  for (let at = from; at instanceof TracebackObject; at = at.next) {
    const where = context.placeOf(at.entry);
    if (where === null) continue;
    const { file, line, name, text } = where;
    found.push(new Tuple([file, line, name, text, carets(where)]));
  }
  return new List(found);
}

export const rows: readonly NativeRow[] = [
  native('_traceback_places', 'traceback, /', (context, traceback) => placesOf(context, traceback)),
  // ". Did you mean: 'length'?", or nothing.
  native('_suggestion', 'error, /', () => DECLINED, { twin: '_did_you_mean' }),
];

export const attributes: readonly AttributeRow[] = [
  place('traceback', 'tb_lineno', ({ line }) => line),
  part('tb_next', ({ next }) => next),
  part('tb_frame', frameOf),
  place('frame', 'f_lineno', ({ line }) => line),
  place('frame', 'f_code', ({ code }) => code.object),
  place('frame', '_text', ({ text }) => text),
  { type: 'frame', name: 'f_back', get: (_context, self) => backOf(self) },
  { type: 'frame', name: 'f_locals', get: (_context, self) => variablesIn(self) },
];
