// Classes.
//
//     @deco                       ⟨deco⟩
//     class C(B, metaclass=M):    MAKE_FUNCTION C   'C'   ⟨B⟩   ⟨{'metaclass': M}⟩
//         n = 1                   MAKE_CLASS 1   CALL 1   STORE C
//
// The body is a function that binds its names in the namespace in local 0:
//
//     LOAD_NAME __name__   STORE_NAME __module__
//     'C'                  STORE_NAME __qualname__
//     ⟨body⟩
//     LOAD_CLOSURE 1 | LOAD_NONE   RETURN          the cell of __class__, for MAKE_CLASS to fill

import { OP } from '../../vm/bytecode/opcodes.ts';
import { CLASS_CELL } from '../names/scope.ts';
import type { ClassDef } from '../syntax/tree.ts';
import { writeKeywordDict } from './calls.ts';
import { fitsStack, writeItems } from './displays.ts';
import { expression, expressions } from './expressions.ts';
import { decorate, docstring, makeFunction } from './functions.ts';
import { statements } from './statements.ts';
import type { FunctionWriter } from './writer.ts';

export function classDef(w: FunctionWriter, node: ClassDef): void {
  for (const decorator of node.decorator_list) expression(w, decorator);
  makeFunction(w, node);
  w.at(node);
  w.string(node.name);
  const spread = !fitsStack(node.bases);
  if (spread) writeItems(w, node, node.bases);
  else expressions(w, node.bases);
  w.at(node);
  writeKeywordDict(w, node, node.keywords);
  w.at(node);
  if (spread) w.op(OP.MAKE_CLASS_SPREAD);
  else w.op(OP.MAKE_CLASS, node.bases.length);
  decorate(w, node.decorator_list);
  w.at(node);
  w.store(node.name);
}

/** The code of the body. */
export function classBody(w: FunctionWriter, node: ClassDef): void {
  const name = (text: string): number => w.nameIndex(text);
  w.op(OP.LOAD_NAME, name('__name__'));
  w.op(OP.STORE_NAME, name('__module__'));
  w.string(w.scope.qualname);
  w.op(OP.STORE_NAME, name('__qualname__'));
  if (w.scope.hasAnnotations) {
    w.op(OP.MAKE_DICT, 0);
    w.op(OP.STORE_NAME, name('__annotations__'));
  }
  const doc = docstring(node.body);
  if (doc !== null) {
    w.at(node.body[0]!);
    w.constant(doc);
    w.op(OP.STORE_NAME, name('__doc__'));
  }
  statements(w, node.body);
  if (w.scope.needsClassCell) w.op(OP.LOAD_CLOSURE, CLASS_CELL);
  else w.none();
  w.op(OP.RETURN);
}
