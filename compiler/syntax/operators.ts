// Operators: from a flat row of operands and operators to a tree, by how tightly each binds.
//
//     a + b * c < d      operands  a b c d      operators  + * <
//
// The grammar has one rule for everything from `or` to `**` (a rule for each level would call
// fifteen others for every name in the program). It hands over operators and operands from left to
// right; an operator waits here until one comes that binds no tighter.
//
//   O1. Equal levels group to the left, but `**` to the right. A run of comparisons is one Compare,
//       and a run of one `and` or `or` is one BoolOp.
//   O2. An operator before an operand groups with all that binds tighter after it: `-a ** b` is
//       -(a ** b), `not a == b` is not (a == b).
//   O3. No recursion and no copying: a row of any length takes a pass and two stacks.
//   O4. A node's span is from its first token to its last, parentheses around operands included;
//       the caller gives these, since the operand's own span is without them.
//   O5. Rows nest (brackets within operands): each works above the mark that `begin` set, until its
//       `finish`.

import { LEVEL } from './tokens.ts';
import type { Infix, Level, Prefix } from './tokens.ts';
import type { Expression, Span } from './tree.ts';

type Waiting = Infix | (Prefix & { readonly kind: 'prefix'; readonly start: number });

export class Operators {
  private readonly waiting: Waiting[] = [];
  private readonly operands: Expression[] = [];
  /** Where the text of each operand begins and ends. O4 */
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];

  /** Where the operators of each open row begin, innermost row last. */
  private readonly marks: number[] = [];
  private mark = 0;

  /** Begin a row. */
  begin(): void {
    this.marks.push(this.mark);
    this.mark = this.waiting.length;
  }

  /** Whether no operator has come in this row: one operand alone needs no stacks. */
  get isEmpty(): boolean {
    return this.waiting.length === this.mark;
  }

  /** The end of a row of one operand, which was never handed over. */
  cancel(): void {
    this.mark = this.marks.pop()!;
  }

  /** Forget all rows: a statement was given up in the middle of one. */
  clear(): void {
    this.mark = 0;
    this.marks.length = 0;
    this.waiting.length = 0;
    this.operands.length = 0;
    this.starts.length = 0;
    this.ends.length = 0;
  }

  operand(operand: Expression, start: number, end: number): void {
    this.operands.push(operand);
    this.starts.push(start);
    this.ends.push(end);
  }

  /** Whether an operator before an operand may stand here: `a + not b` binds nothing. */
  allows({ level }: Prefix): boolean {
    return this.isEmpty || level === LEVEL.sign || this.waiting.at(-1)!.level <= LEVEL.not;
  }

  /** An operator before an operand. */
  prefix({ level, op }: Prefix, start: number): void {
    this.waiting.push({ kind: 'prefix', level, op, start });
  }

  /** An operator between two operands. */
  infix(infix: Infix): void {
    this.reduce(infix.level);
    this.waiting.push(infix);
  }

  /** The tree of the row. */
  finish(): Expression {
    this.reduce(LEVEL.lowest);
    this.mark = this.marks.pop()!;
    this.starts.pop();
    this.ends.pop();
    return this.operands.pop()!;
  }

  /** Build all in this row that waits and binds tighter than what comes. O1 */
  private reduce(level: Level): void {
    while (this.waiting.length > this.mark) {
      const last = this.waiting.at(-1)!;
      if (last.level < level) return;
      if (last.level === level && (last.kind !== 'binary' || level === LEVEL.power)) return;
      this.build(last);
    }
  }

  private build(last: Waiting): void {
    switch (last.kind) {
      case 'prefix': {
        this.waiting.pop();
        const end = this.ends.at(-1)!;
        const operand = this.operands.pop()!;
        this.starts[this.starts.length - 1] = last.start;
        const span = { start: last.start, end };
        this.operands.push({ kind: 'UnaryOp', span, op: last.op, operand });
        return;
      }
      case 'binary': {
        this.waiting.pop();
        const right = this.operands.pop()!;
        const left = this.operands.pop()!;
        const span = this.joined(2);
        this.operands.push({ kind: 'BinOp', span, left, op: last.op, right });
        return;
      }
      case 'compare': {
        const ops = this.run(last.level).flatMap((infix) =>
          infix.kind === 'compare' ? [infix.op] : [],
        );
        const [left, ...comparators] = this.operands.splice(-ops.length - 1);
        const span = this.joined(ops.length + 1);
        this.operands.push({ kind: 'Compare', span, left: left!, ops, comparators });
        return;
      }
      case 'bool': {
        const count = this.run(last.level).length + 1;
        const values = this.operands.splice(-count);
        const span = this.joined(count);
        this.operands.push({ kind: 'BoolOp', span, op: last.op, values });
        return;
      }
    }
  }

  /** Take the operators of one level that wait last. */
  private run(level: Level): Waiting[] {
    let from = this.waiting.length;
    while (from > this.mark && this.waiting[from - 1]!.level === level) from -= 1;
    return this.waiting.splice(from);
  }

  /** Make the places of the last operands one; gives it. */
  private joined(count: number): Span {
    const end = this.ends.at(-1)!;
    this.starts.length -= count - 1;
    this.ends.length -= count;
    this.ends.push(end);
    return { start: this.starts.at(-1)!, end };
  }
}
