// Natives of spawn, gather and race (stdlib/prelude/tasks.flow), and of waits that end early.
//
// A wait that Timeout or Cancelled ends leaves something behind: a timer that would wake the run
// for nothing, a request that would be tried again for nobody. The flow library drops them here.

import { typeError, type Raised } from '../../vm/values/exception.ts';
import type { Slot } from '../../vm/values/value.ts';
import { EventObject } from '../../vm/machine/event.ts';
import { FLAG } from '../../vm/bytecode/program.ts';
import { FunctionObject } from '../../vm/machine/function.ts';
import { GeneratorObject } from '../../vm/machine/frame.ts';
import { Machine } from '../../vm/machine/machine.ts';
import { native, type NativeContext, type NativeRow } from '../../vm/machine/native.ts';

/** The effect by which the driver learns that another one's answer is not wanted any more. */
export const ABANDON = 'driver.abandon';

function machineOf(context: NativeContext): Machine {
  if (context instanceof Machine) return context;
  throw notHere();
}

function notHere(): Raised {
  return typeError('only a running program has tasks');
}

function eventOf(value: Slot): EventObject {
  if (value instanceof EventObject) return value;
  throw typeError('an event is needed');
}

export const rows: readonly NativeRow[] = [
  native(
    '_is_coroutine',
    'value, /',
    (_context, value) => value instanceof GeneratorObject && value.kind === 'coroutine',
  ),
  native(
    '_is_coroutine_function',
    'value, /',
    (_context, value) =>
      value instanceof FunctionObject && (value.code.info.flags & FLAG.coroutine) !== 0,
  ),
  native('_current_task', '', (context) => machineOf(context).current),
  native('_timer_drop', 'timer, /', (context, timer) => {
    const { state } = machineOf(context);
    const event = eventOf(timer);
    state.timers = state.timers.filter((each) => each.event !== event);
    return null;
  }),
  native('_abandon', 'event, /', (context, value) => {
    const machine = machineOf(context);
    const { effect } = eventOf(value);
    if (!machine.state.pending.delete(effect)) return null;
    const notice = machine.effect(ABANDON, [effect]);
    // Nobody awaits the notice, so it does not wait for an answer.
    machine.state.pending.delete(notice.effect);
    return null;
  }),
];
