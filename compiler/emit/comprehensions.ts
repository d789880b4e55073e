// Comprehensions and generator expressions: each is a function of one parameter, the iterator of
// its first `for`, which is evaluated outside.
//
//     [e for x in a          here                  the function
//        if c                MAKE_FUNCTION         MAKE_LIST 0
//        for y in b]         ⟨a⟩ GET_ITER          LOAD_LOCAL .0
//                            CALL 1         next:  FOR_ITER done          list it
//                                                  ⟨store x⟩
//                                                  ⟨if not c → next'⟩
//                                                  ⟨b⟩ GET_ITER
//                                          next2:  FOR_ITER next'         list it it2
//                                                  ⟨store y⟩
//                                                  ⟨e⟩ LIST_APPEND 3
//                                                  LOOP next2
//                                          next':  LOOP next
//                                           done:  RETURN
//
// A generator expression has no list; it yields, and returns None.
//
// With `await` or `async for` in it, and in an asynchronous function, a list, set or dict
// comprehension is a coroutine that is awaited where it stands. Elsewhere it waits in place, as any
// function can. A generator expression becomes an asynchronous generator, as in CPython, but not
// for `await` alone where the function around is plain.

import { OP } from '../../vm/bytecode/opcodes.ts';
import type { ComprehensionNode } from '../names/scope.ts';
import type { Comprehension, Span } from '../syntax/tree.ts';
import { frozen, isDisplay } from './constants.ts';
import { jumpIf } from './conditions.ts';
import type { Label } from './code.ts';
import { expression } from './expressions.ts';
import { makeFunction } from './functions.ts';
import { stopAsync } from './loops.ts';
import { store } from './targets.ts';
import { AWAITED, type FunctionWriter } from './writer.ts';

type Placed = { readonly span: Span };

/** `→ value`: make the function and call it. */
export function writeComprehension(w: FunctionWriter, node: ComprehensionNode): void {
  makeFunction(w, node);
  const [first] = node.generators;
  if (first === undefined) throw new Error('a comprehension runs over something');
  writeIterable(w, node, first);
  w.at(node);
  w.op(OP.CALL, 1);
  const scope = w.module.facts.names.scopeOf(node);
  if (scope.isAsync && node.kind !== 'GeneratorExp') w.await();
}

function writeIterable(w: FunctionWriter, at: Placed, part: Comprehension): void {
  const constant = isDisplay(part.iter) ? frozen(part.iter) : null;
  if (constant === null) expression(w, part.iter);
  else w.constant(constant);
  w.at(at);
  w.op(part.is_async === 1 ? OP.GET_ASYNC_ITER : OP.GET_ITER);
}

const MAKE: Readonly<Record<ComprehensionNode['kind'], number | null>> = {
  ListComp: OP.MAKE_LIST,
  SetComp: OP.MAKE_SET,
  DictComp: OP.MAKE_DICT,
  GeneratorExp: null,
};

/** The code of the function. */
export function comprehensionBody(w: FunctionWriter, node: ComprehensionNode): void {
  const make = MAKE[node.kind];
  w.at(node);
  if (make !== null) w.op(make, 0);
  let depth = make === null ? 0 : 1;
  // What follows an `if` is blamed on its comparison, as a jump is (conditions.ts).
  let at: Placed = node;
  const opened: {
    readonly part: Comprehension;
    readonly next: Label;
    readonly again: Label;
    readonly done: Label;
  }[] = [];

  for (const [i, part] of node.generators.entries()) {
    if (i === 0) w.op(OP.LOAD_LOCAL, 0);
    else writeIterable(w, at, part);
    depth += 1;
    const next = w.code.labelHere();
    const again = w.code.label();
    const done = w.code.label();
    w.at(at);
    if (part.is_async === 1) {
      w.guarded(done, depth, () => {
        w.op(OP.GET_ASYNC_NEXT);
        w.await(AWAITED.next);
      });
    } else {
      w.jump(OP.FOR_ITER, done);
    }
    store(w, part.target);
    for (const test of part.ifs) {
      w.at(at);
      jumpIf(w, test, false, again);
      at = { span: w.code.here };
    }
    opened.push({ part, next, again, done });
  }

  addElement(w, node, at, opened.length + 1);
  for (const { part, next, again, done } of opened.reverse()) {
    w.at(node);
    w.code.place(again);
    w.jump(OP.LOOP, next);
    w.code.place(done);
    if (part.is_async === 1) stopAsync(w);
  }
  if (make === null) w.none();
  w.op(OP.RETURN);
}

/** @param depth of the collection, the values to be added not counted */
function addElement(w: FunctionWriter, node: ComprehensionNode, at: Placed, depth: number): void {
  if (node.kind === 'DictComp') {
    expression(w, node.key);
    expression(w, node.value);
    w.at(at);
    return w.op(OP.MAP_ADD, depth);
  }
  expression(w, node.elt);
  w.at(at);
  switch (node.kind) {
    case 'ListComp':
      return w.op(OP.LIST_APPEND, depth);
    case 'SetComp':
      return w.op(OP.SET_ADD, depth);
    case 'GeneratorExp':
      w.op(OP.YIELD);
      return w.op(OP.POP);
  }
}
