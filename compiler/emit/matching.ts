// match: one case after another, until a pattern fits and its guard is true.
//
//     match v:                ⟨v⟩                          subject
//         case P if g:        COPY 1                       subject subject
//             body            ⟨P⟩     no → fail            subject captures…
//         case _:             ⟨store captures⟩             subject
//             last            ⟨if not g → fail⟩
//                             POP
//                             ⟨body⟩
//                             JUMP end
//                       fail: ⟨drop what is left⟩          subject
//                             POP
//                             ⟨last⟩
//                        end:
//
// The last case needs no copy: it takes the subject itself. How patterns look into the subject is
// patterns.ts.

import { OP } from '../../vm/bytecode/opcodes.ts';
import type { Match, MatchCase, Pattern } from '../syntax/tree.ts';
import type { Label } from './code.ts';
import { jumpIf } from './conditions.ts';
import { expression } from './expressions.ts';
import { PatternWriter } from './patterns.ts';
import { statements } from './statements.ts';
import type { FunctionWriter } from './writer.ts';

/** Whether a pattern is `_`. */
export function isWildcard(pattern: Pattern): boolean {
  return pattern.kind === 'MatchAs' && pattern.pattern === null && pattern.name === null;
}

export function matchStatement(w: FunctionWriter, node: Match): void {
  expression(w, node.subject);
  const end = w.code.label();
  const last = node.cases.at(-1);
  if (last === undefined) throw new Error('a match has cases');
  // A last `case _` looks at nothing, so the one before it may take the subject.
  const hasDefault = node.cases.length > 1 && isWildcard(last.pattern);
  const tried = hasDefault ? node.cases.slice(0, -1) : node.cases;
  for (const [i, one] of tried.entries()) caseClause(w, one, i === tried.length - 1, end);
  if (hasDefault) {
    w.at(last.pattern);
    if (last.guard !== null) jumpIf(w, last.guard, false, end);
    statements(w, last.body);
  }
  w.code.place(end);
}

function caseClause(w: FunctionWriter, node: MatchCase, isLast: boolean, end: Label): void {
  w.at(node.pattern);
  if (!isLast) w.op(OP.COPY, 1);
  const writer = new PatternWriter(w);
  const captures = writer.pattern(node.pattern);
  for (const name of captures) w.store(name);
  if (node.guard !== null) {
    w.at(node.guard);
    jumpIf(w, node.guard, false, writer.fail(0));
  }
  w.at(node.pattern);
  if (!isLast) w.op(OP.POP);
  statements(w, node.body);
  w.jump(OP.JUMP, end);
  w.at(node.pattern);
  writer.placeFails();
}
