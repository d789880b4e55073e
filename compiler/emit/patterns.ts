// Patterns: each takes the value on top of the stack, and leaves what it captured below everything
// that was above the captures before.
//
//     case [x, Point(y)]:      subject
//         MATCH_SEQUENCE       subject bool                no → fail
//         GET_LENGTH 2 EQUAL   subject bool                no → fail
//         UNPACK 2             b a
//         (capture x)          x b                         goes under what is still to be looked at
//         Point MATCH_CLASS    x values                    None → fail
//         …
//
// Captures are bound only when the whole pattern fits; until then they lie on the stack, the first
// one on top, below `above` values that are still to be looked at. So a pattern may fail with
// any number of values to drop, and there is a label for each number:
//
//     fail 2: POP
//     fail 1: POP
//     fail 0: …
//
// The way of CPython's compiler, which names the invariant `on_top`.

import { OP } from '../../vm/bytecode/opcodes.ts';
import type { Constant } from '../../vm/bytecode/program.ts';
import type {
  MatchAs,
  MatchClass,
  MatchMapping,
  MatchOr,
  MatchSequence,
  Pattern,
} from '../syntax/tree.ts';
import type { Label } from './code.ts';
import { literal } from './constants.ts';
import { expression } from './expressions.ts';
import { isWildcard } from './matching.ts';
import { unpack } from './targets.ts';
import type { FunctionWriter } from './writer.ts';

export class PatternWriter {
  private readonly w: FunctionWriter;
  /** Names captured so far; the value of the first lies on top of those of the others. */
  private captures: string[] = [];
  /** Values on top of the captures. */
  private above = 0;
  /** By number of values to drop. */
  private fails: Label[] = [];

  constructor(w: FunctionWriter) {
    this.w = w;
  }

  /** `subject → captures…`, the first on top; returns their names. */
  pattern(pattern: Pattern): readonly string[] {
    this.write(pattern);
    return this.captures;
  }

  /** Where to go on when the pattern does not fit and there are some values to drop. */
  fail(drops: number): Label {
    while (this.fails.length <= drops) this.fails.push(this.w.code.label());
    return this.fails[drops]!;
  }

  /** Here failures arrive, and drop what they left. */
  placeFails(): void {
    for (let drops = this.fails.length - 1; drops >= 0; drops--) {
      this.w.code.place(this.fails[drops]!);
      if (drops > 0) this.w.op(OP.POP);
    }
    this.fails = [];
  }

  /** Fail by a jump that takes the top of the stack, or by JUMP. */
  private failBy(op: number): void {
    this.w.jump(op, this.fail(this.above + this.captures.length));
  }

  private write(pattern: Pattern): void {
    const { w } = this;
    w.at(pattern);
    switch (pattern.kind) {
      case 'MatchValue':
        expression(w, pattern.value);
        w.at(pattern);
        w.op(OP.EQUAL);
        return this.failBy(OP.JUMP_IF_FALSE);
      case 'MatchSingleton':
        w.constant(literal(pattern.value));
        w.op(OP.IS);
        return this.failBy(OP.JUMP_IF_FALSE);
      case 'MatchSequence':
        return this.sequence(pattern);
      case 'MatchMapping':
        return this.mapping(pattern);
      case 'MatchClass':
        return this.class(pattern);
      case 'MatchStar':
        return this.capture(pattern.name);
      case 'MatchAs':
        return this.as(pattern);
      case 'MatchOr':
        return this.or(pattern);
    }
  }

  /** Bring the top of the stack below the values over it, `count` with itself. */
  private sink(count: number): void {
    for (let depth = count; depth > 1; depth--) this.w.op(OP.SWAP, depth);
  }

  private capture(name: string | null): void {
    if (name === null) return this.w.op(OP.POP);
    this.sink(this.above + this.captures.length + 1);
    this.captures.push(name);
  }

  private as(node: MatchAs): void {
    if (node.pattern === null) return this.capture(node.name);
    this.above += 1;
    this.w.op(OP.COPY, 1);
    this.write(node.pattern);
    this.above -= 1;
    this.w.at(node);
    this.capture(node.name);
  }

  // [a, *b, c]     MATCH_SEQUENCE             no → fail
  //                GET_LENGTH 2 GREATER_EQUAL no → fail
  //                UNPACK_STAR 1,1            c b a
  private sequence(node: MatchSequence): void {
    const { w } = this;
    const { patterns } = node;
    const star = patterns.findIndex(({ kind }) => kind === 'MatchStar');
    this.above += 1;
    w.op(OP.MATCH_SEQUENCE);
    this.failBy(OP.JUMP_IF_FALSE);
    if (star < 0) this.length(OP.EQUAL, patterns.length);
    else if (patterns.length > 1) this.length(OP.GREATER_EQUAL, patterns.length - 1);
    this.above -= 1;

    if (patterns.every((one) => isWildcard(one) || isStarWildcard(one))) {
      w.op(OP.POP);
    } else if (star >= 0 && isStarWildcard(patterns[star]!)) {
      this.sequenceByIndex(node, star);
    } else {
      unpack(
        w,
        patterns.map((_, i) => i === star),
      );
      this.above += patterns.length;
      for (const one of patterns) {
        this.above -= 1;
        this.write(one);
      }
    }
  }

  private length(compare: number, count: number): void {
    this.w.op(OP.GET_LENGTH);
    this.w.constant({ type: 'int', value: BigInt(count) });
    this.w.op(compare);
    this.failBy(OP.JUMP_IF_FALSE);
  }

  /** What `*_` covers is not even looked at. */
  private sequenceByIndex(node: MatchSequence, star: number): void {
    const { w } = this;
    const { patterns } = node;
    this.above += 1;
    for (const [i, one] of patterns.entries()) {
      if (i === star || isWildcard(one)) continue;
      w.at(one);
      w.op(OP.COPY, 1);
      if (i < star) {
        w.constant({ type: 'int', value: BigInt(i) });
      } else {
        w.op(OP.GET_LENGTH);
        w.constant({ type: 'int', value: BigInt(patterns.length - i) });
        w.op(OP.SUBTRACT);
      }
      w.op(OP.GET_ITEM);
      this.write(one);
    }
    this.above -= 1;
    w.at(node);
    w.op(OP.POP);
  }

  // {k: p, **rest}     MATCH_MAPPING              no → fail
  //                    GET_LENGTH 1 GREATER_EQUAL no → fail
  //                    ⟨k⟩ MAKE_TUPLE 1           subject keys
  //                    MATCH_KEYS                 subject keys values       None → fail
  //                    UNPACK 1 ⟨p⟩               subject keys
  //                    ⟨rest: a copy without the keys⟩
  private mapping(node: MatchMapping): void {
    const { w } = this;
    const count = node.keys.length;
    this.above += 1;
    w.op(OP.MATCH_MAPPING);
    this.failBy(OP.JUMP_IF_FALSE);
    if (count === 0 && node.rest === null) {
      this.above -= 1;
      return w.op(OP.POP);
    }
    if (count > 0) this.length(OP.GREATER_EQUAL, count);
    for (const key of node.keys) expression(w, key);
    w.at(node);
    w.op(OP.MAKE_TUPLE, count);
    w.op(OP.MATCH_KEYS);
    this.above += 2;
    w.op(OP.COPY, 1);
    this.failBy(OP.JUMP_IF_NONE);
    w.op(OP.UNPACK, count);
    this.above += count - 1;
    for (const one of node.patterns) {
      this.above -= 1;
      this.write(one);
    }
    this.above -= 2;
    w.at(node);
    if (node.rest !== null) return this.rest(node.rest, count);
    w.op(OP.POP);
    w.op(OP.POP);
  }

  /** `subject keys →`: capture a dict of all but the keys. */
  private rest(name: string, count: number): void {
    const { w } = this;
    w.op(OP.MAKE_DICT, 0); // subject keys copy
    w.op(OP.SWAP, 3); // copy keys subject
    w.op(OP.DICT_UPDATE, 2); // copy keys
    w.op(OP.UNPACK, count); // copy kn..k1
    for (let left = count; left > 0; left--) {
      w.op(OP.COPY, left + 1);
      w.op(OP.SWAP, 2); // … copy k
      w.op(OP.DELETE_ITEM);
    }
    this.capture(name);
  }

  // C(p, a=q)     ⟨C⟩ ('a',) MATCH_CLASS 1     values       None → fail
  //               UNPACK 2                     a first
  private class(node: MatchClass): void {
    const { w } = this;
    const patterns = [...node.patterns, ...node.kwd_patterns];
    expression(w, node.cls);
    w.at(node);
    const items = node.kwd_attrs.map((value): Constant => ({ type: 'str', value }));
    w.constant({ type: 'tuple', items });
    w.op(OP.MATCH_CLASS, node.patterns.length);
    w.op(OP.COPY, 1);
    this.above += 1;
    this.failBy(OP.JUMP_IF_NONE);
    w.op(OP.UNPACK, patterns.length);
    this.above += patterns.length - 1;
    for (const one of patterns) {
      this.above -= 1;
      this.write(one);
    }
  }

  // p | q:         COPY 1 ⟨p⟩        no → next
  //                JUMP end
  //          next: COPY 1 ⟨q⟩        no → none
  //                JUMP end
  //          none: POP JUMP fail
  //           end: ⟨captures sink⟩ POP
  //
  // All alternatives capture the same names; the first says in which order they lie.
  private or(node: MatchOr): void {
    const { w } = this;
    const [captures, above, fails] = [this.captures, this.above, this.fails];
    const end = w.code.label();
    let order: readonly string[] = [];
    for (const [i, one] of node.patterns.entries()) {
      this.captures = [];
      this.above = 0;
      this.fails = [];
      w.at(one);
      w.op(OP.COPY, 1);
      this.write(one);
      if (i === 0) order = this.captures;
      else this.reorder(order);
      w.at(one);
      w.jump(OP.JUMP, end);
      this.placeFails();
    }
    [this.captures, this.above, this.fails] = [captures, above, fails];
    w.at(node);
    w.op(OP.POP);
    this.failBy(OP.JUMP);
    w.code.place(end);
    // The captures go below what was there before, and below the subject's copy.
    const count = order.length + 1 + this.above + this.captures.length;
    for (const name of order) {
      this.sink(count);
      this.captures.push(name);
    }
    w.op(OP.POP);
  }

  /** Bring this alternative's captures into the order of the first one's. */
  private reorder(order: readonly string[]): void {
    const mine = this.captures;
    for (let wanted = order.length - 1; wanted >= 0; wanted--) {
      const found = mine.indexOf(order[wanted]!);
      if (found < 0 || found > wanted) throw new Error('alternatives capture the same names');
      if (found === wanted) continue;
      // The first found + 1 of them move behind those up to the wanted place, one at a time.
      mine.splice(wanted - found, 0, ...mine.splice(0, found + 1));
      for (let moves = found + 1; moves > 0; moves--) this.sink(wanted + 1);
    }
  }
}

/** Whether a pattern is `*_`. */
function isStarWildcard(pattern: Pattern): boolean {
  return pattern.kind === 'MatchStar' && pattern.name === null;
}
