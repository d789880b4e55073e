// The tree of a pattern to the words of its program (regex-program.ts).
//
// Words are linear in the tree: a count of repetitions is an operand, never a copy.

import { caseRules, casedLiteral, setOf, type CharSet } from './regex-set.ts';
import { AT, COUNT_MAX, instructionStarts, OP, type Program } from './regex-program.ts';
import { parsePattern } from './regex-parse.ts';
import {
  combineFlags,
  FLAG,
  PatternError,
  widthOf,
  type Node,
  type RepeatHow,
  type Sequence,
  type Tree,
  type Where,
} from './regex-tree.ts';

/** The widest look-behind: what CPython keeps in a word. */
const BEHIND_MAX = 4_294_967_295;

/** Words of one program: one more is a pattern that nobody wrote. */
const WORDS_MAX = 1 << 24;

/** A pattern to its program. Throws PatternError. */
export function compilePattern(text: string, isText: boolean, flags: number): Program {
  const tree = parsePattern(text, isText, flags);
  return new Compiler(tree, isText).program();
}

/** One-character instructions of repeats: their two words. */
type One = readonly [op: number, operand: number];

const UNTIL: Readonly<Record<RepeatHow, number>> = {
  max: OP.MAX_UNTIL,
  min: OP.MIN_UNTIL,
  possessive: OP.SUCCESS,
};

const ONE: Readonly<Record<RepeatHow, number>> = {
  max: OP.MAX_ONE,
  min: OP.MIN_ONE,
  possessive: OP.POSSESSIVE_ONE,
};

const REPEAT_NAMES: Readonly<Record<RepeatHow, string>> = {
  max: 'MAX_REPEAT',
  min: 'MIN_REPEAT',
  possessive: 'POSSESSIVE_REPEAT',
};

class Compiler {
  private readonly tree: Tree;
  private readonly isText: boolean;
  private readonly words: number[] = [];
  private readonly sets: CharSet[] = [];
  /** Where the operands are that tell what follows a repeat. */
  private readonly peeks: number[] = [];
  /** And those of last branches. */
  private readonly lastBranches: number[] = [];
  /** See Program. */
  private seesMarks = false;

  constructor(tree: Tree, isText: boolean) {
    this.tree = tree;
    this.isText = isText;
  }

  program(): Program {
    const { tree, isText, words, sets } = this;
    const { body, flags, groups, names } = tree;
    this.sequence(body, flags);
    this.emit(OP.SUCCESS, OP.FAIL);
    if (this.seesMarks) for (const at of this.lastBranches) words[at] = words.length - 1;
    for (const at of this.peeks) words[at] = this.peekAfter(at);
    const [least] = widthOf(body);
    const prefix: number[] = [];
    if (least > 0) literalPrefix(body, flags, prefix);
    const first = least > 0 && prefix.length === 0 ? firstSet(body, flags) : null;
    const isAnchored = words[0] === OP.AT && words[1] === AT.START;
    return {
      words: Int32Array.from(words),
      starts: instructionStarts(words),
      sets,
      isText,
      seesMarks: this.seesMarks,
      flags,
      groups: groups - 1,
      names,
      least,
      prefix,
      prefixText: String.fromCodePoint(...prefix),
      first,
      isAnchored,
    };
  }

  private emit(...words: readonly number[]): void {
    if (this.words.length + words.length > WORDS_MAX) {
      throw new PatternError('regular expression code size limit exceeded', null, 'OverflowError');
    }
    this.words.push(...words);
  }

  /** An operand that is known later; where it is. */
  private hole(): number {
    this.emit(0);
    return this.words.length - 1;
  }

  private fill(hole: number): void {
    this.words[hole] = this.words.length;
  }

  private addSet(set: CharSet): number {
    this.sets.push(set);
    return this.sets.length - 1;
  }

  /** The first instruction from a place on that is neither a jump nor a mark that nobody sees. */
  private peekFrom(from: number): number {
    let at = from;
    for (;;) {
      if (this.words[at] === OP.MARK && !this.seesMarks) at += 2;
      else if (this.words[at] === OP.JUMP) at = this.words[at + 1] as number;
      else return at;
    }
  }

  /** The last operand of a repeat of one character. */
  private peekAfter(at: number): number {
    const { words, sets } = this;
    const peek = this.peekFrom(at + 1);
    if (this.seesMarks || words[at - 5] !== OP.MAX_ONE || words[peek] !== OP.LITERAL) return peek;
    const [op, operand] = [words[at - 2], words[at - 1] as number];
    const literal = words[peek + 1] as number;
    // Negative: what follows is never what is repeated, so that only all of it can do.
    if (op === OP.LITERAL) return literal === operand ? peek : -peek;
    if (op === OP.NOT_LITERAL) return literal === operand ? -peek : peek;
    if (op === OP.ANY) return literal === 10 ? -peek : peek;
    if (op === OP.IN) return sets[operand]?.has(literal) === true ? peek : -peek;
    return peek;
  }

  private sequence(nodes: Sequence, flags: number): void {
    for (const node of nodes) this.node(node, flags);
  }

  private node(node: Node, flags: number): void {
    switch (node.kind) {
      case 'literal':
      case 'any':
      case 'in':
        this.emit(...this.one(node, flags));
        return;
      case 'at':
        this.emit(OP.AT, placeNumber(node.where, flags));
        return;
      case 'branch':
        this.branches(node.branches, flags);
        return;
      case 'repeat':
        this.repeat(node, flags);
        return;
      case 'group': {
        const mark = node.group === null ? null : 2 * (node.group - 1);
        if (mark !== null) this.emit(OP.MARK, mark);
        this.sequence(node.body, combineFlags(flags, node.addFlags, node.delFlags));
        if (mark !== null) this.emit(OP.MARK, mark + 1);
        return;
      }
      case 'atomic': {
        this.emit(OP.ATOMIC);
        const after = this.hole();
        this.inner(node.body, flags, after);
        return;
      }
      case 'assert':
        this.assertion(node, flags);
        return;
      case 'backreference': {
        let how = 0;
        if ((flags & FLAG.IGNORECASE) !== 0) how = (flags & FLAG.UNICODE) !== 0 ? 2 : 1;
        this.emit(OP.BACKREFERENCE, 2 * (node.group - 1), how);
        return;
      }
      case 'conditional':
        this.conditional(node, flags);
        return;
    }
  }

  /** The two words for a node that matches one character. */
  private one(node: Node, flags: number): One {
    switch (node.kind) {
      case 'any':
        return [(flags & FLAG.DOTALL) !== 0 ? OP.ANY_ALL : OP.ANY, 0];
      case 'in':
        return [OP.IN, this.addSet(setOf(node.items, node.negated, flags))];
      case 'literal': {
        const rules = caseRules(flags);
        if (rules === null || !rules.isCased(node.point)) {
          return [node.negated ? OP.NOT_LITERAL : OP.LITERAL, node.point];
        }
        return [OP.IN, this.addSet(casedLiteral(node.point, node.negated, rules))];
      }
      default:
        throw new Error(`${node.kind} is not one character`);
    }
  }

  private branches(branches: readonly Sequence[], flags: number): void {
    const ends: number[] = [];
    for (const [i, branch] of branches.entries()) {
      const isLast = i === branches.length - 1;
      this.emit(OP.BRANCH);
      const next = this.hole();
      this.sequence(branch, flags);
      if (isLast) {
        this.lastBranches.push(next);
        break;
      }
      this.emit(OP.JUMP);
      ends.push(this.hole());
      this.fill(next);
    }
    for (const end of ends) this.fill(end);
  }

  /** What is matched on its own, up to its success. */
  private inner(body: Sequence, flags: number, after: number): void {
    this.sequence(body, flags);
    this.emit(OP.SUCCESS);
    this.fill(after);
  }

  private repeat(node: Node & { kind: 'repeat' }, flags: number): void {
    const { how, body } = node;
    if ((flags & FLAG.TEMPLATE) !== 0) {
      const name = REPEAT_NAMES[how];
      throw new PatternError(`internal: unsupported template operator ${name}`, null);
    }
    const min = Math.min(node.min, COUNT_MAX);
    const max = Math.min(node.max, COUNT_MAX);
    const single = singleOf(body);
    if (single !== null) {
      this.emit(ONE[how], min, max, ...this.one(single, flags));
      if (how !== 'possessive') this.peeks.push(this.hole());
      return;
    }
    if (how === 'possessive') {
      this.seesMarks = true;
      this.emit(OP.POSSESSIVE);
      const after = this.hole();
      this.emit(min, max);
      this.inner(body, flags, after);
      return;
    }
    this.emit(OP.REPEAT);
    const until = this.hole();
    this.emit(min, max);
    this.sequence(body, flags);
    this.fill(until);
    this.emit(UNTIL[how]);
  }

  private assertion(node: Node & { kind: 'assert' }, flags: number): void {
    let back = 0;
    if (node.behind) {
      const [least, most] = widthOf(node.body);
      if (least > BEHIND_MAX) throw new PatternError('looks too much behind', null);
      if (least !== most) {
        throw new PatternError('look-behind requires fixed-width pattern', null);
      }
      back = Math.min(least, COUNT_MAX);
    }
    this.emit(node.negated ? OP.ASSERT_NOT : OP.ASSERT);
    const after = this.hole();
    this.emit(back);
    this.inner(node.body, flags, after);
  }

  private conditional(node: Node & { kind: 'conditional' }, flags: number): void {
    this.seesMarks = true;
    this.emit(OP.IF_GROUP, 2 * (node.group - 1));
    const otherwise = this.hole();
    this.sequence(node.yes, flags);
    if (node.no === null || node.no.length === 0) {
      this.fill(otherwise);
      return;
    }
    this.emit(OP.JUMP);
    const end = this.hole();
    this.fill(otherwise);
    this.sequence(node.no, flags);
    this.fill(end);
  }
}

/** The node of a body that is one character; null for any other. */
function singleOf(body: Sequence): Node | null {
  const [node] = body;
  if (node === undefined || body.length !== 1) return null;
  if (node.kind === 'literal' || node.kind === 'any' || node.kind === 'in') return node;
  return null;
}

const PLACE_NUMBERS: Readonly<Record<Where, number>> = {
  start: AT.START,
  'start-string': AT.START,
  end: AT.END,
  'end-string': AT.STRING_END,
  boundary: AT.BOUNDARY,
  'non-boundary': AT.NON_BOUNDARY,
};

function placeNumber(where: Where, flags: number): number {
  const isMultiline = (flags & FLAG.MULTILINE) !== 0;
  if (isMultiline && where === 'start') return AT.LINE_START;
  if (isMultiline && where === 'end') return AT.LINE_END;
  if ((flags & FLAG.UNICODE) === 0) {
    if (where === 'boundary') return AT.ASCII_BOUNDARY;
    if (where === 'non-boundary') return AT.ASCII_NON_BOUNDARY;
  }
  return PLACE_NUMBERS[where];
}

// ------------------------------------------------------------------ searching

/** Append what a match begins with; whether that is all of it. */
function literalPrefix(body: Sequence, flags: number, prefix: number[]): boolean {
  const rules = caseRules(flags);
  for (const node of body) {
    if (node.kind === 'literal' && !node.negated) {
      if (rules?.isCased(node.point) === true || prefix.length >= PREFIX_MAX) return false;
      prefix.push(node.point);
    } else if (node.kind === 'group') {
      const inner = combineFlags(flags, node.addFlags, node.delFlags);
      if (!literalPrefix(node.body, inner, prefix)) return false;
    } else return false;
  }
  return true;
}

/** More of a prefix does not make a search faster. */
const PREFIX_MAX = 64;

/**
 * The set of the first character. Its categories are read under the flags of the whole pattern, as
 * CPython reads them, even where a group around them has others.
 */
function firstSet(body: Sequence, flags: number): CharSet | null {
  let [node] = body;
  let inner = flags;
  while (node?.kind === 'group') {
    inner = combineFlags(inner, node.addFlags, node.delFlags);
    [node] = node.body;
  }
  const rules = caseRules(inner);
  const exact = flags & ~FLAG.IGNORECASE;
  if (node?.kind === 'branch') {
    const items = node.branches.map(([first]) => {
      if (first?.kind !== 'literal' || first.negated) return null;
      return rules?.isCased(first.point) === true ? null : { ...first, kind: 'literal' as const };
    });
    return items.every((item) => item !== null) ? setOf(items, false, exact) : null;
  }
  if (node?.kind !== 'in') return null;
  if (rules !== null) {
    for (const item of node.items) {
      if (item.kind === 'literal' && rules.isCased(item.point)) return null;
      if (item.kind === 'range') {
        if (item.high > 0xffff || rules.hasCased(item.low, item.high)) return null;
      }
    }
  }
  return setOf(node.items, node.negated, exact);
}
