// Statements: each leaves the stack as it found it.

import { OP } from '../../vm/bytecode/opcodes.ts';
import type { AnnAssign, Assert, Expr, If, Return, Statement } from '../syntax/tree.ts';
import { classDef } from './classes.ts';
import { jumpIf } from './conditions.ts';
import { constantOf } from './constants.ts';
import { raiseStatement, tryStatement, withStatement } from './exceptions.ts';
import { leaveBlocks } from './exits.ts';
import { expression } from './expressions.ts';
import { functionDef, writeAnnotation } from './functions.ts';
import { statementHash } from './hash.ts';
import { importStatement } from './imports.ts';
import {
  asyncForStatement,
  breakStatement,
  continueStatement,
  forStatement,
  whileStatement,
} from './loops.ts';
import { matchStatement } from './matching.ts';
import { augAssign, remove, store } from './targets.ts';
import { EmitError, type FunctionWriter } from './writer.ts';
import { CODE_BYTES_MAX } from '../../vm/bytecode/limits.ts';

/** Write some statements, one after another. */
export function statements(w: FunctionWriter, body: readonly Statement[]): void {
  for (const node of body) {
    const around = w.code.currentStatement;
    begin(w, node);
    statement(w, node);
    w.code.resumeStatement(around);
  }
}

/** Enter a statement in the table; one that is written twice has one row. */
function begin(w: FunctionWriter, node: Statement): void {
  // Copies of `finally` grow fast where they nest: stop before they fill the memory.
  if (w.code.ops.length > CODE_BYTES_MAX) throw new EmitError(node.span, 'too-large', TOO_LARGE);
  const known = w.statementNumbers.get(node);
  const hash = known === undefined ? statementHash(w.module.hashOf(node)) : NO_HASH;
  w.statementNumbers.set(node, w.code.beginStatement(known, hash));
  w.at(node);
}

const TOO_LARGE = 'this function is too large: split it';
const NO_HASH = new Uint8Array();

function statement(w: FunctionWriter, node: Statement): void {
  switch (node.kind) {
    case 'Expr':
      return expressionStatement(w, node);
    case 'Assign':
      expression(w, node.value);
      for (const [i, target] of node.targets.entries()) {
        w.at(node);
        if (i < node.targets.length - 1) w.op(OP.COPY, 1);
        store(w, target);
      }
      return;
    case 'AugAssign':
      return augAssign(w, node);
    case 'AnnAssign':
      return annAssign(w, node);
    case 'Return':
      return returnStatement(w, node);
    case 'If':
      return ifStatement(w, node);
    case 'While':
      return whileStatement(w, node);
    case 'For':
      return forStatement(w, node);
    case 'AsyncFor':
      return asyncForStatement(w, node);
    case 'Break':
      return breakStatement(w, node);
    case 'Continue':
      return continueStatement(w, node);
    case 'FunctionDef':
    case 'AsyncFunctionDef':
      return functionDef(w, node);
    case 'ClassDef':
      return classDef(w, node);
    default:
      return statementFurther(w, node);
  }
}

function statementFurther(w: FunctionWriter, node: Statement): void {
  switch (node.kind) {
    case 'With':
    case 'AsyncWith':
      return withStatement(w, node);
    case 'Try':
    case 'TryStar':
      return tryStatement(w, node);
    case 'Raise':
      return raiseStatement(w, node);
    case 'Match':
      return matchStatement(w, node);
    case 'Assert':
      return assertStatement(w, node);
    case 'Delete':
      for (const target of node.targets) remove(w, target);
      return;
    case 'Import':
    case 'ImportFrom':
      return importStatement(w, node);
    case 'Pass':
    case 'Global':
    case 'Nonlocal':
      return;
    default:
      throw new Error(`${node.kind} is refused before code is written`);
  }
}

function expressionStatement(w: FunctionWriter, node: Expr): void {
  if (constantOf(node.value) !== null || node.value.kind === 'Constant') return; // a docstring, `...`
  expression(w, node.value);
  w.at(node);
  w.op(OP.POP);
}

/** A constant is pushed after all was left, so that it need not be carried out. */
function returnStatement(w: FunctionWriter, node: Return): void {
  const constant = node.value === null ? null : constantOf(node.value);
  if (node.value === null || constant !== null) {
    return leaveBlocks(w, 0, false, () => {
      w.at(node);
      if (constant === null) w.none();
      else w.constant(constant);
      w.op(OP.RETURN);
    });
  }
  expression(w, node.value);
  w.at(node);
  leaveBlocks(w, 0, true, () => w.op(OP.RETURN));
}

// if a:            ⟨if not a → other⟩
//     body         ⟨body⟩
// elif b:          JUMP                end
//     body2 other: ⟨if not b → other2⟩
// else:            ⟨body2⟩
//     last         JUMP                end
//          other2: ⟨last⟩
//             end:
//
// An elif is an If alone in the `orelse` of the one before; chains of them may be long, so they are
// followed by a loop.
function ifStatement(w: FunctionWriter, node: If): void {
  const end = w.code.label();
  const around = w.code.currentStatement;
  for (let clause = node; ;) {
    const other = clause.orelse.length === 0 ? end : w.code.label();
    jumpIf(w, clause.test, false, other);
    statements(w, clause.body);
    if (clause.orelse.length === 0) break;
    w.jump(OP.JUMP, end);
    w.code.place(other);
    const [only] = clause.orelse;
    if (clause.orelse.length > 1 || only?.kind !== 'If') {
      statements(w, clause.orelse);
      break;
    }
    begin(w, only);
    clause = only;
  }
  w.code.place(end);
  w.code.resumeStatement(around);
}

// assert test, message:     ⟨if test → end⟩
//                           AssertionError ⟨message⟩ CALL 1 RAISE
//                      end:
function assertStatement(w: FunctionWriter, node: Assert): void {
  const end = w.code.label();
  jumpIf(w, node.test, true, end);
  const { here } = w.code;
  w.builtin('AssertionError');
  if (node.msg !== null) {
    expression(w, node.msg);
    w.code.at(here);
    w.op(OP.CALL, 1);
  }
  w.op(OP.RAISE);
  w.code.place(end);
}

/** `x: T = v`. Only modules and classes keep annotations; a function's are never evaluated. */
function annAssign(w: FunctionWriter, node: AnnAssign): void {
  const { target, value } = node;
  if (value !== null) {
    expression(w, value);
    w.at(node);
    store(w, target);
  } else if (target.kind !== 'Name') {
    // `o.a: T` evaluates o, and nothing else.
    expression(w, target.value);
    w.op(OP.POP);
    if (target.kind === 'Subscript') {
      expression(w, target.slice);
      w.op(OP.POP);
    }
  }
  if (w.scope.isFunction) return;
  if (target.kind === 'Name' && node.simple === 1) {
    writeAnnotation(w, node.annotation);
    w.at(node);
    w.load('__annotations__');
    w.string(w.scope.mangle(target.id));
    w.op(OP.SET_ITEM);
  } else if (!w.module.facts.names.future.annotations) {
    writeAnnotation(w, node.annotation);
    w.op(OP.POP);
  }
}
