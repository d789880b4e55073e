// The machine: steps the state of one run.
//
//     state + inputs (moment, answers) ──step──▶ state' + effects + output + outcome
//
// Deterministic (L4): whatever is not in the state comes in through `step` and
// `settle`, and the same inputs give the same state on every host.
//
// Owns:      the run's state while it is in memory, and what the batch produced.
// Does not:  know bytes (snapshot), disks (store), clocks or networks (engine).
//
// Invariants:
//
//   M1. Flow code runs in the loop (loop.ts) and in compiled code that the loop enters; no state
//       is on the host's stack alone, which holds at most NESTING_MAX calls (compiled.ts, L3).
//   M2. Between two calls of step() every frame is at rest (frame.ts F1, F2).
//   M3. A batch ends at a tick (a call or a loop turn) or where every task waits,
//       never elsewhere; so equal inputs cut a run into equal batches.

import { FlowError } from '../bytecode/errors.ts';
import type { OpName } from '../bytecode/opcodes.ts';
import { opName } from '../bytecode/operands.ts';
import { Tuple } from '../values/collections.ts';
import {
  Raised,
  makeException,
  type ExceptionObject,
  type TraceEntry,
} from '../values/exception.ts';
import { HeapObject } from '../values/heap.ts';
import { intTextLimit } from '../values/int-text.ts';
import { INT_TEXT_DIGITS_DEFAULT } from '../values/limits.ts';
import { Instance } from '../values/type.ts';
import { typeOf } from '../values/typeof.ts';
import { types } from '../values/types.ts';
import type { Slot, Value } from '../values/value.ts';
import { moduleGlobal } from './module-attributes.ts';
import { CALLED, pushFrame } from './calls.ts';
import type { TranslationMode } from './code.ts';
import { EventObject, type EventState } from './event.ts';
import { HOOKS, READY, Task, type Frame } from './frame.ts';
import { BoundMethod, FunctionObject, MethodWrapper, ModuleObject } from './function.ts';
import type { LinkedProgram } from './link.ts';
import { runTask } from './loop.ts';
import { Native, type NativeContext, type NativeResult, type PlainPart } from './native.ts';
import { runBody } from './names.ts';
import { finishBinary } from './operators.ts';
import { framesMax, holdEffects, holdLog, holdTicks, ticksLeft, type Held } from './quotas.ts';
import type { Registry } from './registry.ts';
import { RunState } from './state.ts';
import { STATIC_ID } from './statics.ts';
import { endTask, wakeByTime, wakeIdle, wakeTask } from './tasks.ts';
import { placeOf, type Place } from './traceback.ts';
import { raiseIn } from './unwind.ts';

/** An effect the batch asked for; it leaves once the batch is committed (L1). */
export interface EffectRequest {
  readonly ordinal: number;
  readonly kind: string;
  readonly payload: readonly PlainPart[];
}

export interface Output {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** Why a batch ended. */
export type Outcome =
  | { readonly kind: 'spent' } // the budget; there is more to do
  | { readonly kind: 'waiting'; readonly wakeAtMs: number | null } // every task waits
  | { readonly kind: 'done'; readonly result: Value }
  | { readonly kind: 'failed'; readonly error: ExceptionObject };

/** Random bits by counter: a keyed function of the run, given by the engine. */
export type RandomSource = (counter: number) => number;

/** Ticks after which a function is compiled: enough that its caches know what it meets. */
const HOT_TICKS = 500;

export interface MachineOptions {
  readonly program: LinkedProgram;
  readonly registry: Registry;
  readonly random: RandomSource;
  /** 'plain' to be able to stop before each instruction; by default 'fused'. */
  readonly mode?: TranslationMode;
  /** Ticks after which a function is compiled; Infinity for never. */
  readonly hot?: number;
  readonly state?: RunState;
  /** What the run is held to; by default nothing. */
  readonly held?: Held | null;
}

/** Whether a class's function or native takes the instance first; `len` in a class does not. */
function bindsSelf(method: Value): boolean {
  if (method instanceof FunctionObject) return method.code.binds;
  return method instanceof Native && method.ofType !== null;
}

export class Machine implements NativeContext {
  readonly program: LinkedProgram;
  readonly registry: Registry;
  readonly mode: TranslationMode;
  readonly hot: number;
  readonly state: RunState;
  /** What the run is held to; let go of where what is done is not the run's own. */
  held: Held | null;
  /** Frames that may stand above a task's lowest. */
  framesMax: number;
  private readonly random: RandomSource;
  /** The task that is running. Meaningful inside step() only. */
  current: Task;
  /** The moment of the batch, for the machine itself. */
  momentMs = 0;
  /** How often the program has asked for it: what it did since may depend on it (prefix.ts). */
  momentReads = 0;
  /** How many compiled functions stand on the host's stack (compiled.ts, enter()). */
  nesting = 0;
  /** Compiled code has left the top frame at a word that the loop must do. */
  hasLeft = false;
  /** Ticks left in this batch. */
  ticks = 0;
  /** In plain mode: stop before the next instruction. */
  singleStep = false;
  /** How many instructions to run before stopping, when stepping singly. */
  steps = 0;
  /** And to stop as soon as a task has no more frames than this. */
  stopDepth = 0;
  /**
   * Looks on, when stepping singly: called before each instruction of a task, whose top frame is at
   * its `wpc`. It changes nothing; true if it has seen enough.
   */
  watch: ((task: Task) => boolean) | null = null;
  /** How the program ended, once its first task has. */
  ended: EventState | null = null;
  private effects: EffectRequest[] = [];
  private output: Output[] = [];
  private readonly identities = new WeakMap<HeapObject, number>();

  constructor(options: MachineOptions) {
    this.program = options.program;
    this.registry = options.registry;
    this.random = options.random;
    this.mode = options.mode ?? 'fused';
    this.hot = this.mode === 'fused' ? (options.hot ?? HOT_TICKS) : Infinity;
    this.state = options.state ?? new RunState();
    this.held = options.held ?? null;
    this.framesMax = framesMax(this.state, this.held);
    // A state that comes with tasks, or whose first task has ended, needs no new one.
    this.current =
      this.state.tasks[0] ??
      (this.state.taskCount === 0
        ? this.newTask('main')
        : new Task(0, 'ended', new EventObject(0, 'task')));
  }

  /** The moment of the batch, for the program. */
  get nowMs(): number {
    this.momentReads++;
    return this.momentMs;
  }

  // ------------------------------------------------------------- running

  /** Begin the program: its module body, then, if given, one of its functions. */
  start(entry: string | null, args: readonly Value[]): void {
    const { state } = this;
    if (state.tasks.length > 0)
      throw new FlowError('FLOW_RUN_STARTED', 'the run has begun already');
    const task = this.current;
    task.state = READY;
    state.tasks.push(task);
    const main = this.moduleNamed(this.program.entry);
    const start = this.prelude('_start');
    pushFrame(this, task, start, [main, entry, new Tuple(args)], HOOKS.TASK.code, null);
  }

  /** Run until the budget is spent or nothing can go on. */
  step(input: { readonly nowMs: number; readonly ticks: number }): Outcome {
    intTextLimit.digits = this.state.intTextDigits;
    try {
      return this.stepWithin(input);
    } finally {
      intTextLimit.digits = INT_TEXT_DIGITS_DEFAULT;
    }
  }

  private stepWithin(input: { readonly nowMs: number; readonly ticks: number }): Outcome {
    this.momentMs = input.nowMs;
    this.ticks = this.held === null ? input.ticks : Math.min(input.ticks, ticksLeft(this));
    const before = this.ticks;
    let spent: Task | null = null;
    wakeByTime(this);
    for (;;) {
      const task = this.state.tasks.find((each) => each.state.kind === 'ready');
      if (this.ended !== null) break;
      if (task === undefined) {
        if (wakeIdle(this)) continue;
        break;
      }
      this.current = task;
      const reason = this.continueTask(task);
      if (reason === 'stopped') continue;
      if (reason === 'spent') {
        // Tasks take turns: the next batch begins with another one.
        this.rotate(task);
        spent = task;
      }
      break;
    }
    this.state.tickCount += before - this.ticks;
    if (spent !== null && this.held !== null) {
      holdTicks(this, spent);
      // It may have ended by that, and others wait until nothing else can go on.
      if (this.ended === null && !this.hasReady) wakeIdle(this);
    }
    return this.outcome();
  }

  /** Let the others have their turn before a task. */
  rotate(task: Task): void {
    const { tasks } = this.state;
    if (tasks.length < 2) return;
    const at = tasks.indexOf(task);
    tasks.splice(at, 1);
    tasks.push(task);
  }

  private continueTask(task: Task): 'spent' | 'stepped' | 'stopped' {
    // F3: from now on the top frame differs from what the last commit wrote.
    if (task.low >= task.depth) task.low = Math.max(0, task.depth - 1);
    task.touch();
    if (task.depth === 0) this.enterTask(task);
    if (task.wake !== null) wakeTask(this, task);
    if (task.state.kind !== 'ready') return 'stopped';
    return runTask(this, task);
  }

  /** First frame of a task made by spawn(). */
  private enterTask(task: Task): void {
    const { start } = task;
    if (start === null) return;
    task.start = null;
    const run = this.prelude('_run_task');
    pushFrame(this, task, run, [start.callable, start.args], HOOKS.TASK.code, null);
  }

  private get hasReady(): boolean {
    return this.state.tasks.some(({ state }) => state.kind === 'ready');
  }

  private outcome(): Outcome {
    if (this.ended !== null) {
      if (this.ended.kind === 'rejected') return { kind: 'failed', error: this.ended.error };
      return { kind: 'done', result: this.ended.kind === 'resolved' ? this.ended.value : null };
    }
    if (this.hasReady) return { kind: 'spent' };
    return { kind: 'waiting', wakeAtMs: this.wakeAtMs() };
  }

  /** When time alone will let some task go on; null if never. */
  wakeAtMs(): number | null {
    let wake = Infinity;
    for (const { dueMs } of this.state.timers) wake = Math.min(wake, dueMs);
    for (const task of this.state.tasks) {
      if (task.state.kind !== 'waiting') continue;
      for (const { dueMs } of task.deadlines) wake = Math.min(wake, dueMs);
    }
    return wake === Infinity ? null : wake;
  }

  /**
   * Settle the event of an effect. Returns false if the run no longer waits for
   * it or has had an answer already (L6).
   */
  settle(ordinal: number, state: Exclude<EventState, { kind: 'pending' }>): boolean {
    const event = this.state.pending.get(ordinal);
    if (event === undefined) return false;
    this.state.pending.delete(ordinal);
    this.settleEvent(event, state);
    return true;
  }

  /** Settle any event, and let whoever awaits it go on. */
  settleEvent(event: EventObject, state: Exclude<EventState, { kind: 'pending' }>): void {
    if (event.state.kind !== 'pending') return;
    event.state = state;
    event.touch();
    for (const watcher of event.watchers ?? []) {
      // A watcher is settled by the first of the events it watches, with its place.
      this.settleEvent(watcher.event, { kind: 'resolved', value: watcher.index });
    }
    event.watchers = null;
    for (const task of this.state.tasks) {
      if (task.state.kind !== 'waiting' || task.state.on !== event) continue;
      task.wake = state.kind === 'resolved' ? { value: state.value } : { error: state.error };
      task.state = READY;
      task.touch();
    }
  }

  /** What the batch asked of the outside, in order; and forget it. */
  takeEffects(): EffectRequest[] {
    const effects = this.effects;
    this.effects = [];
    return effects;
  }

  /** What the batch printed; and forget it. */
  takeOutput(): Output[] {
    const output = this.output;
    this.output = [];
    return output;
  }

  // ------------------------------------------------- for natives and loop

  /** Whether it has run the instructions that it was to run one by one. */
  get hasStopped(): boolean {
    return this.singleStep && this.steps < 0;
  }

  /** Whether a machine that steps singly stops before the next instruction of a task. */
  endsAt(task: Task): boolean {
    if (this.watch?.(task) === true) this.steps = 0;
    return this.steps-- <= 0 || task.depth <= this.stopDepth;
  }

  spend(ticks: number): void {
    // One is left: the batch ends where it ends for instructions, at a loop or a call. The others
    // are counted here, so that how many there were does not depend on where the batch began.
    const left = Math.max(1, this.ticks - ticks);
    this.state.tickCount += ticks - (this.ticks - left);
    this.ticks = left;
  }

  random32(): number {
    return this.random(this.state.randomCount++) >>> 0;
  }

  effect(kind: string, payload: readonly PlainPart[]): EventObject {
    if (this.held !== null) holdEffects(this, kind);
    const ordinal = ++this.state.effectCount;
    const event = new EventObject(ordinal, kind);
    this.state.pending.set(ordinal, event);
    this.effects.push({ ordinal, kind, payload });
    return event;
  }

  write(text: string, stream: 'stdout' | 'stderr'): void {
    if (this.held !== null) holdLog(this, text, false);
    this.say(text, stream);
  }

  /** What the language itself tells: it is not refused. */
  tell(text: string): void {
    if (this.held !== null) holdLog(this, text, true);
    this.say(text, 'stderr');
  }

  private say(text: string, stream: 'stdout' | 'stderr'): void {
    const last = this.output.at(-1);
    if (last?.stream === stream)
      this.output[this.output.length - 1] = { stream, text: last.text + text };
    else this.output.push({ stream, text });
  }

  idOf(value: Value): number {
    if (!(value instanceof HeapObject)) return 0x7f0000000000;
    let id = this.identities.get(value);
    if (id === undefined) {
      id = ++this.state.identityCount;
      this.identities.set(value, id);
      // The next commit writes it down: with the object, or, for one of the code's, in a list.
      if (value.id === STATIC_ID) this.state.staticIdentities.push([value, id]);
      else value.touch();
    }
    return 0x7f5500000000 + id * 16;
  }

  /** Ids given out so far, for a snapshot; and back. */
  identityOf(object: HeapObject): number {
    return this.identities.get(object) ?? 0;
  }

  restoreIdentity(object: HeapObject, id: number): void {
    this.identities.set(object, id);
  }

  get recursionLimit(): number {
    return this.state.recursionLimit;
  }

  set recursionLimit(limit: number) {
    this.state.recursionLimit = limit;
    this.framesMax = framesMax(this.state, this.held);
  }

  get depth(): number {
    return this.current.depth;
  }

  get intTextDigits(): number {
    return this.state.intTextDigits;
  }

  set intTextDigits(digits: number) {
    this.state.intTextDigits = digits;
    intTextLimit.digits = digits;
  }

  handled(): ExceptionObject | null {
    const top = this.current.top;
    return top === undefined ? null : (top.handled ?? top.outer);
  }

  redirected(stream: 'stdin' | 'stdout'): Slot {
    const sys = this.state.modules.get('sys');
    if (sys === undefined || !sys.unit.module.isLibrary) return undefined;
    const bound = moduleGlobal(sys, stream);
    return bound === moduleGlobal(sys, `__${stream}__`) ? undefined : bound;
  }

  newTask(name: string): Task {
    const number = ++this.state.taskCount;
    return new Task(number, name, new EventObject(0, 'task'));
  }

  /** Run the host's half of a native on bound arguments. */
  runNative(native: Native, bound: readonly Slot[]): NativeResult {
    const { run } = native.row;
    const first = bound[0];
    if (native.unwraps && first instanceof Instance && first.base !== undefined) {
      return run(this, first.base, ...bound.slice(1));
    }
    return run(this, ...bound);
  }

  /** The flow half of a native that declined; without one, it cannot take these arguments. */
  twinOf(native: Native): FunctionObject {
    const { twin, name } = native.row;
    const fn = twin === null ? undefined : this.program.prelude.get(twin);
    if (fn !== undefined) return fn;
    const text = `${name}() does not take objects of classes of your own here`;
    throw new Raised(makeException(types.TypeError, text));
  }

  /** A function of the prelude, which must be there: the machine is built on it. */
  prelude(name: string): FunctionObject {
    const fn = this.program.prelude.get(name);
    if (fn === undefined) {
      throw new FlowError('FLOW_PROGRAM_CORRUPT', `the prelude has no function '${name}'`);
    }
    return fn;
  }

  /** What a name means when neither function nor module binds it. */
  builtin(name: string, isLibrary: boolean): Slot {
    const value = this.registry.builtins.get(name);
    if (value !== undefined && (isLibrary || !name.startsWith('_') || name.startsWith('__'))) {
      // A prelude function of the same name is the native's twin, not its rival.
      return value;
    }
    const fn = this.program.prelude.get(name);
    return fn !== undefined && (isLibrary || !name.startsWith('_')) ? fn : undefined;
  }

  /** The names that every module has, for dir(builtins). */
  builtinNames(): string[] {
    const names = [...this.registry.builtins.keys(), ...this.program.prelude.keys()];
    return names.filter((name) => this.builtin(name, false) !== undefined);
  }

  moduleNamed(name: string): ModuleObject {
    let module = this.state.modules.get(name);
    if (module === undefined) {
      const unit = this.program.units.get(name);
      if (unit === undefined) {
        throw new FlowError('FLOW_PROGRAM_CORRUPT', `the program has no module '${name}'`);
      }
      module = new ModuleObject(unit);
      this.state.modules.set(name, module);
    }
    return module;
  }

  /** Raise in the running task where its top frame stands; false if it ends the task. */
  raise(error: ExceptionObject): boolean {
    return raiseIn(this, this.current, error, false) !== 'ended';
  }

  /** A task has come to its end. */
  endTask(task: Task, how: Exclude<EventState, { kind: 'pending' }>): void {
    endTask(this, task, how);
  }

  /** A dunder in flow has answered the operator; true, since the task goes on. */
  finishBinary(task: Task, data: Value, value: Value, ret: number): true {
    finishBinary(this, task, data, value, ret);
    return true;
  }

  /** Push the body of a module that is the program itself. */
  runModule(module: ModuleObject): typeof CALLED {
    runBody(this, module, HOOKS.IMPORT.code);
    return CALLED;
  }

  /** The instruction a resting frame goes on at, by name. */
  operationAt(frame: Frame): OpName {
    return opName(frame.code.table, frame.rest);
  }

  /** A class's method bound to a value, for functions and natives. */
  bind(self: Value, method: Value): Value {
    if (bindsSelf(method)) return new BoundMethod(self, method);
    if (method instanceof MethodWrapper) {
      return method.kind === 'static'
        ? method.callable
        : new BoundMethod(typeOf(self), method.callable);
    }
    return method;
  }

  /** The same without a bound method: what to call, and what to put before the arguments. */
  bindApart(self: Value, method: Value): { callable: Value; self: readonly Value[] } {
    if (bindsSelf(method)) return { callable: method, self: [self] };
    return { callable: this.bind(self, method), self: [] };
  }

  placeOf({ module, function: index, pc }: TraceEntry): Place | null {
    const code = this.program.unitsByHash.get(module)?.codes[index];
    return code === undefined ? null : placeOf(code, pc);
  }

  /** The flow exception behind a host one; what is our own mistake is thrown on. */
  asException(problem: unknown): ExceptionObject {
    if (problem instanceof Raised) return problem.exception;
    throw problem;
  }
}
