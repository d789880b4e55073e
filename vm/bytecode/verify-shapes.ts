// The operand stack at each instruction: how deep it is, and what kind of thing each slot holds.
//
//     for x in xs:          LOAD_LOCAL xs        ·
//         f(x)              GET_ITER             value
//                     again: FOR_ITER leave      iterator
//                           STORE_LOCAL x        iterator value
//                           …
//
// One pass in the order of the code (G1). Where two ways meet, the stacks must be equally deep
// (P2); slots of different plain kinds become plain values. Stacks are nodes of a tree that share
// all that is below them, so that a stack costs one node and equal stacks are the same node.
//
// Plain kinds are what flow code can see; the others are the machine's own and may only be used as
// their rows say, so that the machine need not ask again while it runs:
//
//   handled   what HANDLE pushed; only END_HANDLE takes it
//   self      what GET_METHOD left below the method, perhaps nothing; only CALL_METHOD* takes it
//   cell      of LOAD_CLOSURE; only MAKE_TUPLE takes it, and RETURN in a class body
//   cells     that tuple; only MAKE_CLOSURE takes it, for a function with as many free variables
//   body      a class body; only MAKE_CLASS* takes it
//
// Invariants:
//
//   K1. Each instruction is reached by some way, and its stack does not depend on which.
//   K2. No exception, jump or return loses a `handled` slot: a frame knows what it handles.
//   K3. An instruction under a handler leaves the slots below the handler's depth alone.

import { ARGUMENTS_MAX, STACK_VALUES_MAX, TABLE_ENTRIES_MAX } from './limits.ts';
import { OP } from './opcodes.ts';
import {
  corruptProgram,
  flowOf,
  isJump,
  limitExceeded,
  mayRaise,
  opName,
  popCount,
  pushCount,
  reachOf,
} from './operands.ts';
import type { Constant, FunctionCode, SlotKind } from './program.ts';
import { FLAG } from './program.ts';
import type { Budget, Graph } from './verify-graph.ts';

/** What a slot holds. Beyond KIND_BITS stands a count, for tuples and cells. */
export const KIND = {
  value: 0,
  none: 1,
  iterator: 2,
  exit: 3,
  list: 4,
  tuple: 5,
  set: 6,
  dict: 7,
  str: 8,
  // from here on the machine's own
  handled: 9,
  self: 10,
  cell: 11,
  cells: 12,
  body: 13,
} as const;

export const KIND_BITS = 4;
export const KIND_MASK = (1 << KIND_BITS) - 1;
const FIRST_OWN = KIND.handled;

/** What looking at one slot costs of the budget, in steps: about 20 ns, a step being 5. */
const SLOT_STEPS = 4;

/** What a new stack costs of the budget, in steps: it is what takes memory, about 100 bytes. */
const SHAPE_STEPS = 256;

/** A stack: its top slot, and the stack below. The root is empty. */
export class Shape {
  readonly below: Shape | null;
  readonly kind: number;
  readonly depth: number;
  /** Depth of the topmost `handled` slot, 0 if there is none. */
  readonly handled: number;
  // Nearly every stack goes on in one way only, so the first needs no map.
  private next: Shape | null = null;
  private others: Map<number, Shape> | null = null;

  constructor(below: Shape | null, kind: number) {
    this.below = below;
    this.kind = kind;
    this.depth = below === null ? 0 : below.depth + 1;
    this.handled = kind === KIND.handled ? this.depth : (below?.handled ?? 0);
  }

  /** The stack with one more value, if it was asked for before. */
  known(kind: number): Shape | undefined {
    return this.next?.kind === kind ? this.next : this.others?.get(kind);
  }

  /** The stack with one more value. */
  push(kind: number): Shape {
    const known = this.known(kind);
    if (known !== undefined) return known;
    const shape = new Shape(this, kind);
    if (this.next === null) this.next = shape;
    else (this.others ??= new Map()).set(kind, shape);
    return shape;
  }

  /** The kinds of the slots, bottom first, as a safepoint writes them. */
  slots(): SlotKind[] {
    return kindsOf(this).map(slotKind);
  }
}

/** The kinds of the slots of a stack, bottom first. */
function kindsOf(shape: Shape): number[] {
  const kinds: number[] = [];
  for (let at = shape; at.below !== null; at = at.below) kinds.push(at.kind);
  return kinds.reverse();
}

function slotKind(kind: number): SlotKind {
  if (kind === KIND.iterator) return 'iterator';
  if (kind === KIND.handled) return 'handled';
  return kind === KIND.exit ? 'exit' : 'value';
}

/** What must be known of other functions of the module, and of its constants. */
export interface ShapeContext {
  readonly constants: readonly Constant[];
  readonly functions: readonly Pick<
    FunctionCode,
    'flags' | 'freeCount' | 'positional' | 'keywordOnly'
  >[];
}

/** The stack before each instruction, and the deepest anywhere. */
export interface Shapes {
  readonly before: readonly Shape[];
  readonly max: number;
}

/** Run a function's code over kinds instead of values. */
export function shapesOf(
  graph: Graph,
  fn: Pick<FunctionCode, 'flags' | 'locals'>,
  context: ShapeContext,
  budget: Budget,
): Shapes {
  return new ShapePass(graph, fn, context, budget).run();
}

class ShapePass {
  private readonly graph: Graph;
  private readonly fn: Pick<FunctionCode, 'flags' | 'locals'>;
  private readonly context: ShapeContext;
  private readonly budget: Budget;
  private readonly before: (Shape | undefined)[];
  /** By row of handlers: the stack below what the handler cuts off. */
  private readonly bases: (Shape | undefined)[];
  private max = 0;
  private index = 0;
  private shape = new Shape(null, KIND.value);

  constructor(
    graph: Graph,
    fn: Pick<FunctionCode, 'flags' | 'locals'>,
    context: ShapeContext,
    budget: Budget,
  ) {
    this.graph = graph;
    this.fn = fn;
    this.context = context;
    this.budget = budget;
    this.before = Array.from({ length: graph.table.count });
    this.bases = Array.from({ length: graph.handlers.length });
  }

  run(): Shapes {
    const { table, covers, starts, falls, jumps } = this.graph;
    this.before[0] = this.shape;
    for (let block = 0; block < falls.length; block++) {
      const end = starts[block + 1]!;
      for (let i = starts[block]!; i < end; i++) {
        this.index = i;
        const shape = this.before[i];
        if (shape === undefined) throw this.fault('can never be reached'); // K1
        this.shape = shape;
        const op = table.ops[i]!;
        const operand = table.operands[i]!;
        if (covers[block]! >= 0 && mayRaise(op)) {
          this.guard(covers[block]!, shape, reachOf(op, operand));
        }
        if (isJump(op)) this.jump(jumps[block]!, op, operand);
        if (flowOf(op) === 'jump') continue;
        this.step(op, operand);
        this.max = Math.max(this.max, this.shape.depth);
        if (flowOf(op) !== 'end') this.arrive(i + 1, this.shape);
      }
    }
    return { before: this.before as Shape[], max: this.max };
  }

  private fault(what: string): Error {
    const { table } = this.graph;
    const pc = table.pcs[this.index]!;
    return corruptProgram(`${opName(table, this.index)} at ${pc} ${what}`, { pc });
  }

  /** Control comes to an instruction with a stack. P2 */
  private arrive(index: number, shape: Shape): void {
    const known = this.before[index];
    if (known === shape) return;
    if (known === undefined) {
      this.before[index] = shape;
    } else if (index > this.index) {
      this.before[index] = this.merge(known, shape);
    } else if (this.merge(known, shape) !== known) {
      throw this.fault('goes back with another stack');
    }
  }

  /** One stack for two ways. */
  private merge(a: Shape, b: Shape): Shape {
    if (a.depth !== b.depth) throw this.fault(`meets a stack of ${a.depth} with ${b.depth}`);
    const kinds: number[] = [];
    let [x, y]: [Shape, Shape] = [a, b];
    while (x !== y) {
      if (x.kind === y.kind) kinds.push(x.kind);
      else if (isPlain(x.kind) && isPlain(y.kind)) kinds.push(KIND.value);
      else throw this.fault('meets a stack of other kinds');
      x = x.below!;
      y = y.below!;
    }
    this.budget.spend(SLOT_STEPS * kinds.length);
    let shape = x;
    for (let i = kinds.length - 1; i >= 0; i--) shape = this.above(shape, kinds[i]!);
    return shape;
  }

  /** An exception may come here: what the handler will find. K2, K3 */
  private guard(row: number, shape: Shape, reach: number): void {
    const { depth } = this.graph.handlers[row]!;
    if (shape.depth - reach < depth) throw this.fault('takes what its handler keeps');
    if (shape.handled > depth) throw this.fault('may lose what is handled');
    this.budget.spend(SLOT_STEPS * (shape.depth - depth));
    let base = shape;
    while (base.depth > depth) base = base.below!;
    const known = this.bases[row];
    if (known === base) return;
    this.bases[row] = known === undefined ? base : this.merge(known, base);
    const target = this.graph.starts[this.graph.targets[row]!]!;
    this.max = Math.max(this.max, depth + 1);
    this.arrive(target, this.above(this.bases[row], KIND.value));
  }

  private jump(block: number, op: number, operand: number): void {
    let shape = this.shape;
    const popped = popCount(op, operand, true);
    const kept = pushCount(op, operand, true);
    // AND_JUMP and OR_JUMP keep the very value; whatever it is, it stays.
    if (op === OP.FOR_ITER && kindOf(shape) !== KIND.iterator)
      throw this.fault('needs an iterator');
    if (popped > 0) {
      this.need(1, shape);
      shape = shape.below!;
      if (kept > 0) shape = this.above(shape, KIND.value);
    }
    this.arrive(this.graph.starts[block]!, shape);
  }

  /** The stack without its top values, which must be plain. */
  private need(count: number, from: Shape): Shape {
    this.budget.spend(SLOT_STEPS * (count + 1));
    let shape = from;
    for (let i = 0; i < count; i++) {
      if (shape.below === null) throw this.fault('takes more than there is');
      if (!isPlain(shape.kind)) throw this.fault('takes what is not a value');
      shape = shape.below;
    }
    return shape;
  }

  private pop(kind: number, what: string): void {
    if (this.shape.below === null || kindOf(this.shape) !== kind) {
      throw this.fault(`needs ${what}`);
    }
    this.shape = this.shape.below;
  }

  private popEither(a: number, b: number, what: string): void {
    const kind = kindOf(this.shape);
    if (this.shape.below === null || (kind !== a && kind !== b)) throw this.fault(`needs ${what}`);
    this.shape = this.shape.below;
  }

  private take(count: number): void {
    this.shape = this.need(count, this.shape);
  }

  private push(kind: number): void {
    this.shape = this.above(this.shape, kind);
  }

  private above(shape: Shape, kind: number): Shape {
    const known = shape.known(kind);
    if (known !== undefined) return known;
    this.budget.spend(SHAPE_STEPS);
    if (shape.depth >= STACK_VALUES_MAX) throw limitExceeded('the stack is too deep');
    return shape.push(kind);
  }

  /** The slot at a depth, 1 being the top. */
  private at(depth: number): Shape {
    if (depth < 1 || depth > this.shape.depth) throw this.fault('reaches below the stack');
    this.budget.spend(SLOT_STEPS * depth);
    let shape = this.shape;
    for (let i = 1; i < depth; i++) shape = shape.below!;
    return shape;
  }

  /** One instruction, going on. */
  private step(op: number, operand: number): void {
    switch (op) {
      case OP.COPY:
        if (!isPlain(this.at(operand).kind)) throw this.fault('copies what is not a value');
        return this.push(this.at(operand).kind);
      case OP.SWAP:
        return this.swap(operand);
      case OP.LOAD_NONE:
        return this.push(KIND.none);
      case OP.LOAD_CONST:
        return this.push(constantKind(this.context.constants[operand]!));
      case OP.LOAD_LOCAL:
      case OP.LOAD_LOCAL_CHECKED:
        return this.push(this.fn.locals[operand] === '.0' ? KIND.iterator : KIND.value);
      case OP.LOAD_CLOSURE:
        return this.push(KIND.cell);
      case OP.LOAD_CLASS_CELL:
        this.pop(KIND.str, 'a name');
        return this.push(KIND.value);
      case OP.MAKE_TUPLE:
        return this.makeTuple(operand);
      case OP.MAKE_LIST:
        this.take(operand);
        return this.push(KIND.list);
      case OP.MAKE_SET:
        this.take(operand);
        return this.push(KIND.set);
      case OP.MAKE_DICT:
        this.take(2 * operand);
        return this.push(KIND.dict);
      case OP.MAKE_STRING:
        for (let i = 0; i < operand; i++) this.pop(KIND.str, 'strs');
        return this.push(KIND.str);
      case OP.MAKE_SLICE:
        if (operand !== 2 && operand !== 3) throw this.fault('has 2 parts or 3');
        this.take(operand);
        return this.push(KIND.value);
      case OP.LIST_APPEND:
      case OP.LIST_EXTEND:
        return this.collect(1, operand, KIND.list, 'a list');
      case OP.SET_ADD:
      case OP.SET_UPDATE:
        return this.collect(1, operand, KIND.set, 'a set');
      case OP.MAP_ADD:
        return this.collect(2, operand, KIND.dict, 'a dict');
      case OP.DICT_UPDATE:
      case OP.DICT_MERGE:
        return this.collect(1, operand, KIND.dict, 'a dict');
      case OP.LIST_TO_TUPLE:
        this.pop(KIND.list, 'a list');
        return this.push(KIND.tuple);
      case OP.ARGUMENT_LIST:
        this.need(2, this.shape);
        this.take(1);
        return this.push(KIND.list);
      case OP.FORMAT:
        if (operand > 3) throw this.fault('knows no such conversion');
        this.take(1);
        return this.push(KIND.str);
      case OP.FORMAT_SPEC:
        if (operand > 3) throw this.fault('knows no such conversion');
        this.pop(KIND.str, 'a format');
        this.take(1);
        return this.push(KIND.str);
      default:
        return this.stepFurther(op, operand);
    }
  }

  /** Calls, functions, classes and control. */
  private stepFurther(op: number, operand: number): void {
    switch (op) {
      case OP.MAKE_FUNCTION:
        return this.makeFunction(operand, 0);
      case OP.MAKE_CLOSURE:
        return this.makeClosure(operand);
      case OP.GET_METHOD:
        this.take(1);
        this.push(KIND.self);
        return this.push(KIND.value);
      case OP.CALL_METHOD:
      case OP.CALL_METHOD_KEYWORDS:
        if (op === OP.CALL_METHOD_KEYWORDS) this.popNames(operand);
        this.checkCount(operand);
        this.take(operand + 1);
        this.pop(KIND.self, 'what GET_METHOD left');
        return this.push(KIND.value);
      case OP.CALL_KEYWORDS:
        this.popNames(operand);
        this.checkCount(operand);
        this.take(operand + 1);
        return this.push(KIND.value);
      case OP.CALL:
        this.checkCount(operand);
        this.take(operand + 1);
        return this.push(KIND.value);
      case OP.CALL_SPREAD:
        this.popEither(KIND.dict, KIND.none, 'a dict of keywords or None');
        this.popEither(KIND.list, KIND.tuple, 'a list or tuple of arguments');
        this.take(1);
        return this.push(KIND.value);
      case OP.MAKE_CLASS:
      case OP.MAKE_CLASS_SPREAD:
        this.popEither(KIND.dict, KIND.none, 'a dict of keywords or None');
        if (op === OP.MAKE_CLASS) this.take(operand);
        else this.pop(KIND.list, 'a list of bases');
        this.pop(KIND.str, 'a name');
        this.pop(KIND.body, 'a class body');
        return this.push(KIND.value);
      case OP.RETURN:
        if (this.shape.depth !== 1) throw this.fault('leaves values behind'); // K2
        if (kindOf(this.shape) === KIND.cell && this.isClassBody) return;
        return this.take(1);
      case OP.GET_ITER:
      case OP.GET_YIELD_ITER:
      case OP.GET_ASYNC_ITER:
      case OP.GET_AWAITABLE:
        this.take(1);
        return this.push(KIND.iterator);
      case OP.FOR_ITER:
        return this.push(KIND.value); // that it has an iterator was seen by `jump`
      case OP.HANDLE:
        this.take(1);
        this.push(KIND.handled);
        return this.push(KIND.value);
      case OP.END_HANDLE:
        return this.pop(KIND.handled, 'what HANDLE pushed');
      case OP.WITH_ENTER:
      case OP.ASYNC_WITH_ENTER:
        this.take(1);
        this.push(KIND.exit);
        return this.push(KIND.value);
      case OP.WITH_FAIL:
        return this.withFail();
      case OP.MATCH_CLASS:
        this.popNames(TABLE_ENTRIES_MAX);
        this.take(2);
        return this.push(KIND.value);
      default: {
        // What the picture leaves where it was keeps its kind.
        const taken = reachOf(op, operand);
        const count = pushCount(op, operand) - (popCount(op, operand) - taken);
        this.need(popCount(op, operand), this.shape);
        this.take(taken);
        for (let i = 0; i < count; i++) this.push(KIND.value);
      }
    }
  }

  private get isClassBody(): boolean {
    return (this.fn.flags & FLAG.classBody) !== 0;
  }

  private checkCount(count: number): void {
    if (count > ARGUMENTS_MAX) throw limitExceeded(`more than ${ARGUMENTS_MAX} arguments`);
  }

  private swap(depth: number): void {
    if (depth < 2) throw this.fault('needs a depth of 2 or more');
    const kinds: number[] = [];
    const other = this.at(depth);
    for (let at = this.shape; at !== other; at = at.below!) kinds.push(at.kind);
    kinds.push(other.kind);
    for (const kind of [kinds[0]!, other.kind]) {
      if (!isPlain(kind) && kind !== KIND.handled) throw this.fault('moves what may not move');
    }
    this.shape = other.below!;
    this.push(kinds[0]!);
    for (let i = kinds.length - 2; i >= 1; i--) this.push(kinds[i]!);
    this.push(other.kind);
  }

  private makeTuple(count: number): void {
    if (count === 0 || kindOf(this.shape) !== KIND.cell) {
      this.take(count);
      return this.push(KIND.tuple | ((count + 1) << KIND_BITS));
    }
    this.budget.spend(count);
    for (let i = 0; i < count; i++) this.pop(KIND.cell, 'cells only, or values only');
    this.push(KIND.cells | (count << KIND_BITS));
  }

  private makeFunction(number: number, cells: number): void {
    const { flags, freeCount } = this.context.functions[number]!;
    if ((flags & FLAG.moduleBody) !== 0) throw this.fault('makes a module body');
    if (freeCount !== cells) throw this.fault(`gives ${cells} cells where ${freeCount} are wanted`);
    this.push((flags & FLAG.classBody) === 0 ? KIND.value : KIND.body);
  }

  private makeClosure(number: number): void {
    const cells = kindOf(this.shape) === KIND.cells ? this.shape.kind >> KIND_BITS : 0;
    this.popEither(KIND.cells, KIND.none, 'a tuple of cells or None');
    this.popEither(KIND.dict, KIND.none, 'a dict of annotations or None');
    this.popEither(KIND.dict, KIND.none, 'a dict of defaults or None');
    const defaults = this.shape.kind >> KIND_BITS;
    this.popEither(KIND.tuple, KIND.none, 'a tuple of defaults or None');
    if (defaults > this.context.functions[number]!.positional + 1) {
      throw this.fault('has more defaults than parameters');
    }
    this.makeFunction(number, cells);
  }

  /** The names of keyword arguments or attributes: a constant with at most so many of them. */
  private popNames(count: number): void {
    const { table } = this.graph;
    const constant = this.context.constants[table.operands[this.index - 1] ?? -1];
    if (table.ops[this.index - 1] !== OP.LOAD_CONST || this.leads(this.index)) {
      throw this.fault('needs its names from a constant just before');
    }
    if (constant?.type !== 'tuple' || constant.items.length > count) {
      throw this.fault('has more names than arguments');
    }
    const names = constant.items.map((item) => (item.type === 'str' ? item.value : null));
    if (names.includes(null) || new Set(names).size !== names.length) {
      throw this.fault('needs names that are different strs');
    }
    this.take(1);
  }

  /** Whether control can come to an instruction other than from the one before. */
  private leads(index: number): boolean {
    const { starts } = this.graph;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle]! < index) low = middle + 1;
      else high = middle;
    }
    return starts[low] === index;
  }

  /** Add to a collection that lies at a depth, counted without what is added. */
  private collect(values: number, depth: number, kind: number, what: string): void {
    this.take(values);
    if (kindOf(this.at(depth)) !== kind) throw this.fault(`needs ${what} at depth ${depth}`);
  }

  private withFail(): void {
    const exc = this.shape;
    const before = exc.below;
    if (exc.depth < 3 || !isPlain(exc.kind)) throw this.fault('needs an exception');
    if (before === null || kindOf(before) !== KIND.handled) throw this.fault('handles nothing');
    if (kindOf(before.below!) !== KIND.exit) throw this.fault('needs what WITH_ENTER pushed');
    this.push(KIND.value);
  }
}

function kindOf(shape: Shape): number {
  return shape.below === null ? -1 : shape.kind & KIND_MASK;
}

function isPlain(kind: number): boolean {
  return (kind & KIND_MASK) < FIRST_OWN;
}

function constantKind(constant: Constant): number {
  if (constant.type === 'none') return KIND.none;
  if (constant.type === 'str') return KIND.str;
  if (constant.type === 'tuple') return KIND.tuple | ((constant.items.length + 1) << KIND_BITS);
  return KIND.value;
}
