// The code of one function while it is written: instructions, labels, and who guards them.
//
//     const done = code.label();
//     code.jump(OP.JUMP_IF_FALSE, done);      forward, to a place not known yet
//     …
//     code.place(done);                       here
//
// Only a list. What becomes of it, and of jumps to jumps and code that nothing reaches, is
// layout.ts; so the emitter may write `return` after `return` and think of no offsets.
//
// A guard is a handler-to-be: the instructions written while it is on are those whose exceptions
// go to its label. One guard is on at a time, the innermost; it is not the code's business to know
// which is around which.

import type { Span } from '../diagnostics/source.ts';
import { isJump } from '../../vm/bytecode/operands.ts';

/** A place in the code, by number; known when it is placed. */
export type Label = number;

/** Where exceptions go, and how much of the stack the handler keeps. */
export interface Guard {
  readonly label: Label;
  readonly depth: number;
}

/** One statement: where its code begins, and its hash. */
export interface StatementMark {
  readonly index: number;
  readonly hash: Uint8Array;
}

export class Code {
  // One entry for each instruction. For a jump the operand is a label.
  readonly ops: number[] = [];
  readonly operands: number[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly guards: number[] = [];
  readonly statementOf: number[] = [];

  /** By label: the instruction it stands before. */
  readonly labels: number[] = [];
  /** By number: every guard that was ever on. */
  readonly guardRows: Guard[] = [];
  readonly statements: StatementMark[] = [];

  private span: Span = { start: 0, end: 0 };
  private guard = NO_GUARD;
  private statement = 0;

  /** The instructions from here on come from this text. */
  at(span: Span): void {
    this.span = span;
  }

  /** The text that the next instruction comes from. */
  get here(): Span {
    return this.span;
  }

  op(op: number, operand = 0): void {
    this.ops.push(op);
    this.operands.push(operand);
    this.starts.push(this.span.start);
    this.ends.push(this.span.end);
    this.guards.push(this.guard);
    this.statementOf.push(this.statement);
  }

  jump(op: number, label: Label): void {
    if (!isJump(op)) throw new Error('only a jump goes to a label');
    this.op(op, label);
  }

  label(): Label {
    this.labels.push(UNPLACED);
    return this.labels.length - 1;
  }

  place(label: Label): void {
    this.labels[label] = this.ops.length;
  }

  /** A label that stands here. */
  labelHere(): Label {
    const label = this.label();
    this.place(label);
    return label;
  }

  /** Add a guard and turn it on; returns the one that was on, to be turned on again. */
  enterGuard(guard: Guard): number {
    const before = this.guard;
    this.guard = this.guardRows.length;
    this.guardRows.push(guard);
    return before;
  }

  /** Turn a guard on again; returns the one that was on. */
  setGuard(guard: number): number {
    const before = this.guard;
    this.guard = guard;
    return before;
  }

  get currentGuard(): number {
    return this.guard;
  }

  /** A statement begins. A statement whose code is written twice keeps its first number. */
  beginStatement(number: number | undefined, hash: Uint8Array): number {
    this.statement = number ?? this.statements.length;
    if (number === undefined) this.statements.push({ index: this.ops.length, hash });
    return this.statement;
  }

  /** Go on in a statement that was begun before. */
  resumeStatement(number: number): void {
    this.statement = number;
  }

  get currentStatement(): number {
    return this.statement;
  }
}

/** The guard of what is not guarded. */
export const NO_GUARD = -1;

/** Where a label stands that was not placed. */
export const UNPLACED = -1;
