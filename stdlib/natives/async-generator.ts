// Methods of asynchronous generators and coroutines. Each makes something to be awaited, which is
// flow (prelude/async.flow): here is only that they are there, and whose they are. And how far
// generators of every kind have come, for inspect.

import { GeneratorObject, type GeneratorState } from '../../vm/machine/frame.ts';
import { DECLINED, native, type NativeRow } from '../../vm/machine/native.ts';
import type { AttributeRow } from '../../vm/machine/registry.ts';
import type { Slot, Value } from '../../vm/values/value.ts';
import { given, wrongSelf } from './object-receiver.ts';

type Kind = 'async_generator' | 'coroutine' | 'generator';

function check(kind: Kind, method: string, self: Slot): GeneratorObject {
  if (self instanceof GeneratorObject && self.kind === kind) return self;
  throw wrongSelf(kind, method, self);
}

function inFlow(kind: Kind, method: string, signature: string, twin: string): NativeRow {
  const run = (_context: unknown, self: Slot): typeof DECLINED => {
    check(kind, method, self);
    return DECLINED;
  };
  return native(`${kind}.${method}`, signature, run, { twin });
}

export const rows: readonly NativeRow[] = [
  native('async_generator.__aiter__', 'self, /', (_context, self): Value => {
    return check('async_generator', '__aiter__', given(self));
  }),
  inFlow('async_generator', '__anext__', 'self, /', '_agen_next'),
  inFlow('async_generator', 'asend', 'self, value, /', '_agen_send'),
  inFlow('async_generator', 'athrow', 'self, type, value=None, traceback=None, /', '_agen_athrow'),
  inFlow('async_generator', 'aclose', 'self, /', '_agen_aclose'),
  inFlow('coroutine', '__await__', 'self, /', '_coroutine_iter'),
  // new, suspended, running or done; None of anything else.
  native('_generator_state', 'object, /', (_context, object) =>
    object instanceof GeneratorObject ? object.state : null,
  ),
];

function isIn(kind: Kind, name: string, state: GeneratorState): AttributeRow {
  return {
    type: kind,
    name,
    get: (_context, self) => check(kind, name, self).state === state,
  };
}

export const attributes: readonly AttributeRow[] = [
  isIn('async_generator', 'ag_running', 'running'),
  isIn('coroutine', 'cr_running', 'running'),
  isIn('generator', 'gi_running', 'running'),
];
