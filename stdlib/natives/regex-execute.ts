// The loop: a program against a subject from one place on, by backtracking as CPython's re does.
//
//     words[pc] matches ──▶ the next one
//               fails   ──▶ the record on top of the stack says where to go on, and with what
//
// Invariants:
//
//   RX1. Work is counted in steps: one at each record that is come back to and each turn of a
//        repeat, a sixteenth for each character that a repeat passes. When they are used up the
//        loop leaves, with all that it is in the matcher's registers and on the stack.
//   RX2. Which groups keep what when a branch fails is CPython's, oddities included: `lastMark`
//        says how many marks count, and marks are put back where a repeat was open.
//   RX3. What is on the stack is trusted: regex-state.ts checks what comes from bytes (L7).

import {
  accepts,
  codeAt,
  countOne,
  countPoints,
  countUnits,
  isAt,
  NEWLINE,
  nextMin,
  repeats,
} from './regex-characters.ts';
import type { Answer, Matcher } from './regex-match.ts';
import { COUNT_MAX, HOW } from './regex-program.ts';
import { grow, stack } from './regex-stack.ts';

/** The one loop over the program's words: until it matches, fails, or the steps are used up. */
export function execute(matcher: Matcher): Answer {
  const { program, subject, end, marks } = matcher;
  const { words, sets, seesMarks } = program;
  const { text, points } = subject;
  let records = stack;
  let { pc, pos, depth, lastMark, lastIndex, repeat, base, steps, isFailing } = matcher;
  let answer: Answer = 'spent';

  run: for (;;) {
    while (!isFailing) {
      switch (words[pc]!) {
        case 2 /* LITERAL */:
          if (pos < end && codeAt(text, points, pos) === words[pc + 1]) {
            pos++;
            pc += 2;
            continue;
          }
          break;
        case 6 /* IN */:
          if (pos < end && sets[words[pc + 1]!]!.has(codeAt(text, points, pos))) {
            pos++;
            pc += 2;
            continue;
          }
          break;
        case 3 /* NOT_LITERAL */:
          if (pos < end && codeAt(text, points, pos) !== words[pc + 1]) {
            pos++;
            pc += 2;
            continue;
          }
          break;
        case 4 /* ANY */:
          if (pos < end && codeAt(text, points, pos) !== NEWLINE) {
            pos++;
            pc += 2;
            continue;
          }
          break;
        case 5 /* ANY_ALL */:
          if (pos < end) {
            pos++;
            pc += 2;
            continue;
          }
          break;
        case 7 /* AT */:
          if (isAt(matcher, words[pc + 1]!, pos)) {
            pc += 2;
            continue;
          }
          break;
        case 8 /* MARK */: {
          const mark = words[pc + 1]!;
          if (mark & 1) lastIndex = (mark >> 1) + 1;
          if (mark > lastMark) {
            for (let i = lastMark + 1; i < mark; i++) marks[i] = -1;
            lastMark = mark;
          }
          marks[mark] = pos;
          pc += 2;
          continue;
        }
        case 9 /* JUMP */:
          pc = words[pc + 1]!;
          continue;
        case 10 /* BRANCH */: {
          const next = words[pc + 1]!;
          pc += 2;
          // The last branch leaves nothing to come back to.
          if (next === 0) continue;
          const op = words[pc]!;
          if (op === 2 || op === 6) {
            if (pos >= end || !accepts(sets, op, words[pc + 1]!, codeAt(text, points, pos))) {
              pc = next;
              continue;
            }
          }
          if (depth + lastMark + 8 > records.length) records = grow(depth + lastMark + 8);
          if (repeat >= 0) for (let i = 0; i <= lastMark; i++) records[depth++] = marks[i]!;
          records[depth++] = lastMark;
          records[depth++] = lastIndex;
          records[depth++] = repeat;
          records[depth++] = pos;
          records[depth++] = next;
          records[depth++] = 1;
          continue;
        }
        case 11 /* MAX_ONE */: {
          const min = words[pc + 1]!;
          const max = words[pc + 2]!;
          if (min > end - pos) break;
          const op = words[pc + 3]!;
          const operand = words[pc + 4]!;
          const limit = max > end - pos ? end : pos + max;
          const least = pos + min;
          let at = pos;
          if (points !== null) at = countPoints(points, sets, pos, limit, op, operand);
          else if (op === 6) {
            const set = sets[operand]!;
            while (at < limit && set.has(text.charCodeAt(at))) at++;
          } else at = countUnits(text, pos, limit, op, operand);
          if (at < least) break;
          steps -= (at - pos) >> 4;
          const peek = words[pc + 5]!;
          if (peek < 0) {
            // What follows is none of what was repeated: no fewer of it can do.
            if (at >= end || codeAt(text, points, at) !== words[1 - peek]) break;
            pos = at;
            pc += 6;
            continue;
          }
          const first = words[peek]!;
          if (first === 2 || first === 6) {
            const wanted = words[peek + 1]!;
            if (at >= end) at--;
            while (at >= least && !accepts(sets, first, wanted, codeAt(text, points, at))) at--;
            if (at < least) break;
          }
          if (at > least || seesMarks) {
            if (depth + lastMark + 8 > records.length) records = grow(depth + lastMark + 8);
            if (repeat >= 0) for (let i = 0; i <= lastMark; i++) records[depth++] = marks[i]!;
            records[depth++] = lastMark;
            records[depth++] = lastIndex;
            records[depth++] = repeat;
            records[depth++] = at;
            records[depth++] = pc;
            records[depth++] = least;
            records[depth++] = 2;
          }
          pos = at;
          pc += 6;
          continue;
        }
        case 12 /* MIN_ONE */: {
          const min = words[pc + 1]!;
          if (min > end - pos) break;
          const least = countOne(program, subject, pc + 3, pos, pos + min);
          if (least - pos < min) break;
          pos = least;
          if (depth + lastMark + 8 > records.length) records = grow(depth + lastMark + 8);
          if (repeat >= 0) for (let i = 0; i <= lastMark; i++) records[depth++] = marks[i]!;
          records[depth++] = lastMark;
          records[depth++] = lastIndex;
          records[depth++] = repeat;
          records[depth++] = pos;
          records[depth++] = pc;
          records[depth++] = min;
          records[depth++] = 3;
          pc += 6;
          continue;
        }
        case 13 /* POSSESSIVE_ONE */: {
          const min = words[pc + 1]!;
          const max = words[pc + 2]!;
          if (min > end - pos) break;
          const at = countOne(program, subject, pc + 3, pos, max > end - pos ? end : pos + max);
          if (at - pos < min) break;
          steps -= (at - pos) >> 4;
          pos = at;
          pc += 5;
          continue;
        }
        case 14 /* REPEAT */:
          if (depth + 5 > records.length) records = grow(depth + 5);
          records[depth] = repeat;
          records[depth + 1] = -1;
          records[depth + 2] = -1;
          records[depth + 3] = pc;
          records[depth + 4] = 4;
          repeat = depth;
          depth += 5;
          pc = words[pc + 1]!;
          continue;
        case 15 /* MAX_UNTIL */: {
          if (steps-- <= 0) break run;
          const opened = records[repeat + 3]!;
          const count = records[repeat + 1]! + 1;
          if (count < words[opened + 2]!) {
            if (depth + 2 > records.length) records = grow(depth + 2);
            records[repeat + 1] = count;
            records[depth++] = repeat;
            records[depth++] = 7;
            pc = opened + 4;
          } else if (count < words[opened + 3]! && pos !== records[repeat + 2]) {
            if (depth + lastMark + 8 > records.length) records = grow(depth + lastMark + 8);
            records[repeat + 1] = count;
            for (let i = 0; i <= lastMark; i++) records[depth++] = marks[i]!;
            records[depth++] = lastMark;
            records[depth++] = lastIndex;
            records[depth++] = repeat;
            records[depth++] = pos;
            records[depth++] = records[repeat + 2]!;
            records[depth++] = 5;
            records[repeat + 2] = pos;
            pc = opened + 4;
          } else {
            repeat = records[repeat]!;
            pc++;
          }
          continue;
        }
        case 16 /* MIN_UNTIL */: {
          if (steps-- <= 0) break run;
          const opened = records[repeat + 3]!;
          const count = records[repeat + 1]! + 1;
          if (depth + lastMark + 8 > records.length) records = grow(depth + lastMark + 8);
          if (count < words[opened + 2]!) {
            records[repeat + 1] = count;
            records[depth++] = repeat;
            records[depth++] = 7;
            pc = opened + 4;
            continue;
          }
          const outer = records[repeat]!;
          if (outer >= 0) for (let i = 0; i <= lastMark; i++) records[depth++] = marks[i]!;
          records[depth++] = lastMark;
          records[depth++] = lastIndex;
          records[depth++] = repeat;
          records[depth++] = pos;
          records[depth++] = 6;
          repeat = outer;
          pc++;
          continue;
        }
        case 17 /* ASSERT */:
        case 18 /* ASSERT_NOT */:
        case 19 /* ATOMIC */: {
          const op = words[pc]!;
          const back = op === 19 ? 0 : words[pc + 2]!;
          if (pos < back) {
            if (op === 17) break;
            pc = words[pc + 1]!;
            continue;
          }
          if (depth + lastMark + 8 > records.length) records = grow(depth + lastMark + 8);
          if (repeat >= 0) for (let i = 0; i <= lastMark; i++) records[depth++] = marks[i]!;
          records[depth++] = lastMark;
          records[depth++] = lastIndex;
          records[depth++] = repeat;
          records[depth++] = pos;
          records[depth++] = pc;
          records[depth++] = base;
          records[depth++] = 9;
          base = depth;
          pos -= back;
          pc += op === 19 ? 2 : 3;
          continue;
        }
        case 20 /* POSSESSIVE */: {
          if (words[pc + 3] === 0) {
            pc = words[pc + 1]!;
            continue;
          }
          if (depth + lastMark + 9 > records.length) records = grow(depth + lastMark + 9);
          for (let i = 0; i <= lastMark; i++) records[depth++] = marks[i]!;
          records[depth++] = lastMark;
          records[depth++] = lastIndex;
          records[depth++] = repeat;
          records[depth++] = pos;
          records[depth++] = pc;
          records[depth++] = base;
          records[depth++] = 0;
          records[depth++] = 10;
          base = depth;
          pc += 4;
          continue;
        }
        case 21 /* BACKREFERENCE */: {
          const mark = words[pc + 1]!;
          const from = lastMark > mark ? marks[mark]! : -1;
          const to = lastMark > mark ? marks[mark + 1]! : -1;
          if (from < 0 || to < from || to - from > end - pos) break;
          if (!repeats(subject, from, to, pos, words[pc + 2]!)) break;
          steps -= (to - from) >> 4;
          pos += to - from;
          pc += 3;
          continue;
        }
        case 22 /* IF_GROUP */: {
          const mark = words[pc + 1]!;
          const isSet = lastMark > mark && marks[mark]! >= 0 && marks[mark + 1]! >= marks[mark]!;
          pc = isSet ? pc + 3 : words[pc + 2]!;
          continue;
        }
        case 1 /* SUCCESS */: {
          if (base === 0) {
            if (matcher.how === HOW.full && pos !== end) break;
            if (matcher.mustAdvance && pos === matcher.start) break;
            answer = 'found';
            break run;
          }
          // The record under what was matched on its own; what that left to come back to is gone.
          if (records[base - 1] === 9) {
            const outer = records[base - 4 - 1]!;
            const opened = records[base - 3]!;
            const mark = records[base - 7]!;
            depth = base - 7 - (outer >= 0 ? mark + 1 : 0);
            const op = words[opened]!;
            if (op === 17) pos = records[base - 4]!;
            repeat = outer;
            base = records[base - 2]!;
            if (op === 18) break;
            pc = words[opened + 1]!;
            continue;
          }
          if (steps-- <= 0) break run;
          const top = base - 8;
          const opened = records[base - 4]!;
          const count = records[base - 2]! + 1;
          const begun = records[base - 5]!;
          repeat = records[base - 6]!;
          depth = top - (records[top]! + 1);
          const outer = records[base - 3]!;
          const min = words[opened + 2]!;
          // An empty match is the last one, but for those that there must be.
          if (count < words[opened + 3]! && (count <= min || pos !== begun)) {
            if (depth + lastMark + 9 > records.length) records = grow(depth + lastMark + 9);
            for (let i = 0; i <= lastMark; i++) records[depth++] = marks[i]!;
            records[depth++] = lastMark;
            records[depth++] = lastIndex;
            records[depth++] = repeat;
            records[depth++] = pos;
            records[depth++] = opened;
            records[depth++] = outer;
            records[depth++] = count;
            records[depth++] = 10;
            base = depth;
            pc = opened + 4;
            continue;
          }
          base = outer;
          pc = words[opened + 1]!;
          continue;
        }
      }
      isFailing = true;
    }

    if (depth === 0) {
      answer = 'none';
      break;
    }
    if (steps-- <= 0) break;
    switch (records[depth - 1]!) {
      case 1 /* BRANCH_LEFT */: {
        depth -= 6;
        lastMark = records[depth]!;
        lastIndex = records[depth + 1]!;
        repeat = records[depth + 2]!;
        pos = records[depth + 3]!;
        pc = records[depth + 4]!;
        if (repeat >= 0) {
          depth -= lastMark + 1;
          for (let i = 0; i <= lastMark; i++) marks[i] = records[depth + i]!;
        }
        isFailing = false;
        continue;
      }
      case 2 /* MAX_ONE_LEFT */: {
        const top = depth - 7;
        const least = records[top + 5]!;
        pc = records[top + 4]!;
        let at = records[top + 3]! - 1;
        const peek = words[pc + 5]!;
        const first = words[peek]!;
        if (first === 2 || first === 6) {
          const wanted = words[peek + 1]!;
          const from = at;
          while (at >= least && !accepts(sets, first, wanted, codeAt(text, points, at))) at--;
          steps -= (from - at) >> 4;
        }
        lastMark = records[top]!;
        lastIndex = records[top + 1]!;
        repeat = records[top + 2]!;
        const saved = repeat >= 0 ? top - lastMark - 1 : top;
        for (let i = saved; i < top; i++) marks[i - saved] = records[i]!;
        if (at < least) {
          depth = saved;
          continue;
        }
        if (at === least && !seesMarks) depth = saved;
        else records[top + 3] = at;
        pos = at;
        pc += 6;
        isFailing = false;
        continue;
      }
      case 3 /* MIN_ONE_LEFT */: {
        const top = depth - 7;
        pc = records[top + 4]!;
        const count = records[top + 5]!;
        const max = words[pc + 2]!;
        const left = max === COUNT_MAX ? COUNT_MAX : max - count;
        lastMark = records[top]!;
        lastIndex = records[top + 1]!;
        repeat = records[top + 2]!;
        const saved = repeat >= 0 ? top - lastMark - 1 : top;
        const from = records[top + 3]!;
        const at = nextMin(matcher, pc, from, left > end - from ? end : from + left);
        for (let i = saved; i < top; i++) marks[i - saved] = records[i]!;
        if (at < 0) {
          depth = saved;
          continue;
        }
        steps -= (at - from) >> 4;
        records[top + 3] = at;
        records[top + 5] = count + at - from;
        pos = at;
        pc += 6;
        isFailing = false;
        continue;
      }
      case 4 /* REPEAT_OPEN */:
        depth -= 5;
        repeat = records[depth]!;
        continue;
      case 5 /* MAX_BODY */: {
        depth -= 6;
        lastMark = records[depth]!;
        lastIndex = records[depth + 1]!;
        repeat = records[depth + 2]!;
        pos = records[depth + 3]!;
        const last = records[depth + 4]!;
        depth -= lastMark + 1;
        for (let i = 0; i <= lastMark; i++) marks[i] = records[depth + i]!;
        records[repeat + 2] = last;
        records[repeat + 1] = records[repeat + 1]! - 1;
        pc = words[records[repeat + 3]! + 1]! + 1;
        repeat = records[repeat]!;
        isFailing = false;
        continue;
      }
      case 6 /* MIN_TAIL */: {
        depth -= 5;
        lastMark = records[depth]!;
        lastIndex = records[depth + 1]!;
        repeat = records[depth + 2]!;
        pos = records[depth + 3]!;
        if (records[repeat]! >= 0) {
          depth -= lastMark + 1;
          for (let i = 0; i <= lastMark; i++) marks[i] = records[depth + i]!;
        }
        const opened = records[repeat + 3]!;
        const count = records[repeat + 1]! + 1;
        const last = records[repeat + 2]!;
        const max = words[opened + 3]!;
        if ((count >= max && max !== COUNT_MAX) || pos === last) continue;
        records[repeat + 1] = count;
        records[repeat + 2] = pos;
        records[depth++] = repeat;
        records[depth++] = last;
        records[depth++] = 8;
        pc = opened + 4;
        isFailing = false;
        continue;
      }
      case 7 /* TOO_FEW */:
        depth -= 2;
        repeat = records[depth]!;
        records[repeat + 1] = records[repeat + 1]! - 1;
        continue;
      case 8 /* MIN_BODY */:
        depth -= 3;
        repeat = records[depth]!;
        records[repeat + 2] = records[depth + 1]!;
        records[repeat + 1] = records[repeat + 1]! - 1;
        continue;
      case 9 /* INNER */: {
        depth -= 7;
        const mark = records[depth]!;
        repeat = records[depth + 2]!;
        const opened = records[depth + 4]!;
        base = records[depth + 5]!;
        const isNot = words[opened] === 18;
        if (isNot) {
          lastMark = mark;
          lastIndex = records[depth + 1]!;
          pos = records[depth + 3]!;
          pc = words[opened + 1]!;
          isFailing = false;
        }
        if (repeat >= 0) {
          depth -= mark + 1;
          if (isNot) for (let i = 0; i <= mark; i++) marks[i] = records[depth + i]!;
        }
        continue;
      }
      case 10 /* POSSESSIVE_BODY */: {
        depth -= 8;
        const mark = records[depth]!;
        repeat = records[depth + 2]!;
        const opened = records[depth + 4]!;
        base = records[depth + 5]!;
        const top = depth;
        depth -= mark + 1;
        if (records[top + 6]! < words[opened + 2]!) continue;
        lastMark = mark;
        lastIndex = records[top + 1]!;
        pos = records[top + 3]!;
        for (let i = 0; i <= mark; i++) marks[i] = records[depth + i]!;
        pc = words[opened + 1]!;
        isFailing = false;
        continue;
      }
    }
  }

  matcher.pc = pc;
  matcher.pos = pos;
  matcher.depth = depth;
  matcher.lastMark = lastMark;
  matcher.lastIndex = lastIndex;
  matcher.repeat = repeat;
  matcher.base = base;
  matcher.steps = steps;
  matcher.isFailing = isFailing;
  return answer;
}
