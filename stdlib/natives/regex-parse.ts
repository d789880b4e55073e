// A pattern's text to its tree.
//
//     alternation   sequence ('|' sequence)*
//     sequence      (item quantifier?)*
//
// What is accepted, what it means, and which error stands where are CPython's, its simplifications
// included: branches that begin alike share what they begin with, and branches of one character
// each become a set, which is seen in how a set is matched without regard to case.
//
// Invariants:
//
//   RP1. Groups within groups are bounded by GROUP_DEPTH_MAX, as CPython's are by its stack: the
//        parser, and whoever walks its tree, may call itself.
//   RP2. Work is linear in the text.

import { isAlpha, isIdentifier } from '../../vm/values/plain-unicode.ts';
import { textLength } from '../../vm/values/text.ts';
import { GROUPS_MAX, isDecimal, isOctal, PatternSource, pointOf } from './regex-source.ts';
import {
  FLAG,
  isSame,
  PatternError,
  REPEAT_MAX,
  TYPE_FLAGS,
  UNBOUNDED,
  uniqueItems,
  widthOf,
  type Node,
  type RepeatHow,
  type Sequence,
  type SetItem,
  type Tree,
  type Where,
  type Width,
} from './regex-tree.ts';

/** Groups within groups: about what CPython's default recursion limit leaves room for. */
const GROUP_DEPTH_MAX = 450;

const FLAG_LETTERS: ReadonlyMap<string, number> = new Map([
  ['i', FLAG.IGNORECASE],
  ['L', FLAG.LOCALE],
  ['m', FLAG.MULTILINE],
  ['s', FLAG.DOTALL],
  ['x', FLAG.VERBOSE],
  ['a', FLAG.ASCII],
  ['t', FLAG.TEMPLATE],
  ['u', FLAG.UNICODE],
]);

/** Flags that no part of a pattern can have alone. */
const GLOBAL_FLAGS = FLAG.DEBUG | FLAG.TEMPLATE;

const PLACES: ReadonlyMap<string, Where> = new Map([
  ['\\A', 'start-string'],
  ['\\b', 'boundary'],
  ['\\B', 'non-boundary'],
  ['\\Z', 'end-string'],
  ['^', 'start'],
  ['$', 'end'],
]);

function category(kind: 'digit' | 'space' | 'word', negated: boolean): SetItem {
  return { kind: 'category', category: kind, negated };
}

const CATEGORIES: ReadonlyMap<string, SetItem> = new Map([
  ['\\d', category('digit', false)],
  ['\\D', category('digit', true)],
  ['\\s', category('space', false)],
  ['\\S', category('space', true)],
  ['\\w', category('word', false)],
  ['\\W', category('word', true)],
]);

const BLANK = /^[ \t\n\r\v\f]$/;

/** The flags of a pattern, as its type wants them. */
function fixFlags(isText: boolean, flags: number): number {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const wrong = (message: string): PatternError => new PatternError(message, null, 'ValueError');
  if (isText) {
    if (has(FLAG.LOCALE)) throw wrong('cannot use LOCALE flag with a str pattern');
    if (!has(FLAG.ASCII)) return flags | FLAG.UNICODE;
    if (has(FLAG.UNICODE)) throw wrong('ASCII and UNICODE flags are incompatible');
    return flags;
  }
  if (has(FLAG.UNICODE)) throw wrong('cannot use UNICODE flag with a bytes pattern');
  if (has(FLAG.LOCALE) && has(FLAG.ASCII)) {
    throw wrong('ASCII and LOCALE flags are incompatible');
  }
  return flags;
}

/** The tree of a pattern; of bytes, as a text of the code points 0 to 255. */
export function parsePattern(text: string, isText: boolean, flags: number): Tree {
  return new Parser(new PatternSource(text, isText), flags).parse();
}

class Parser {
  private readonly source: PatternSource;
  private flags: number;
  private readonly names = new Map<string, number>();
  /** By group: its width once it is closed. The first is the whole pattern's. */
  private readonly widths: (Width | null)[] = [null];
  /** How many groups there were when the outermost look-behind began. */
  private groupsBehind: number | null = null;
  /** Where conditions first name groups by number. */
  private readonly conditions = new Map<number, number>();

  constructor(source: PatternSource, flags: number) {
    this.source = source;
    this.flags = flags;
  }

  parse(): Tree {
    const { source } = this;
    const body = this.alternation((this.flags & FLAG.VERBOSE) !== 0, 0);
    this.flags = fixFlags(source.isText, this.flags);
    if (source.next !== null) throw source.error('unbalanced parenthesis');
    const groups = this.widths.length;
    for (const [group, at] of this.conditions) {
      if (group >= groups) throw new PatternError(`invalid group reference ${group}`, at);
    }
    return { body, flags: this.flags, groups, names: this.names };
  }

  private alternation(isVerbose: boolean, depth: number): Sequence {
    if (depth > GROUP_DEPTH_MAX) {
      throw new PatternError('maximum recursion depth exceeded', null, 'RecursionError');
    }
    const branches: Sequence[] = [];
    let verbose = isVerbose;
    do {
      if (branches.length > 0 && depth === 0) verbose = (this.flags & FLAG.VERBOSE) !== 0;
      branches.push(this.sequence(verbose, depth, depth === 0 && branches.length === 0));
    } while (this.source.match('|'));
    return branches.length === 1 ? (branches[0] as Sequence) : joinBranches(branches);
  }

  private sequence(isVerbose: boolean, depth: number, isFirst: boolean): Sequence {
    const { source } = this;
    const nodes: Sequence = [];
    let verbose = isVerbose;
    for (;;) {
      const token = source.next;
      if (token === null || token === '|' || token === ')') break;
      source.get();
      if (verbose && BLANK.test(token)) continue;
      if (verbose && token === '#') this.comment();
      else if (token.startsWith('\\')) nodes.push(this.escape(token));
      else if (token === '[') nodes.push(this.set());
      else if (token === '*' || token === '+' || token === '?' || token === '{') {
        this.quantifier(token, nodes);
      } else if (token === '.') nodes.push({ kind: 'any' });
      else if (token === '^' || token === '$') nodes.push(place(token));
      else if (token === '(') {
        const group = this.parenthesis(verbose, depth, isFirst && nodes.length === 0);
        // Flags for all of the pattern may say that it is verbose from here on.
        if (group === 'flags') verbose = (this.flags & FLAG.VERBOSE) !== 0;
        else if (group !== null) nodes.push(group);
      } else nodes.push(literal(pointOf(token)));
    }
    return nodes.flatMap((node) => (isPlainGroup(node) ? node.body : [node]));
  }

  /** The rest of a line. */
  private comment(): void {
    for (;;) {
      const token = this.source.get();
      if (token === null || token === '\n') return;
    }
  }

  // --------------------------------------------------------------- escapes

  private escape(token: string): Node {
    const { source } = this;
    if (PLACES.has(token)) return place(token);
    const item = CATEGORIES.get(token);
    if (item !== undefined) return { kind: 'in', items: [item], negated: false };
    const digit = token.slice(1);
    if (digit === '0') return literal(source.octalEscape(token));
    if (!isDecimal(digit)) return literal(source.escapedPoint(token));
    let escape = token;
    if (isDecimal(source.next)) {
      escape += source.get();
      if (isOctal(digit) && isOctal(escape.charAt(2)) && isOctal(source.next)) {
        return literal(source.octalValue(escape + source.get()));
      }
    }
    const group = Number(escape.slice(1));
    if (group >= this.widths.length) {
      throw source.error(`invalid group reference ${group}`, escape.length - 1);
    }
    return this.backreference(group, escape.length);
  }

  private backreference(group: number, back: number): Node {
    const width = this.widths[group] ?? null;
    if (width === null) throw this.source.error('cannot refer to an open group', back);
    this.checkBehind(group);
    return { kind: 'backreference', group, width };
  }

  /** In a look-behind, only groups before it have a value. */
  private checkBehind(group: number): void {
    if (this.groupsBehind === null) return;
    if ((this.widths[group] ?? null) === null) {
      throw this.source.error('cannot refer to an open group');
    }
    if (group >= this.groupsBehind) {
      throw this.source.error('cannot refer to group defined in the same lookbehind subpattern');
    }
  }

  // ------------------------------------------------------------------ sets

  private set(): Node {
    const { source } = this;
    const begin = source.tell() - 1;
    const negated = source.match('^');
    const items: SetItem[] = [];
    for (;;) {
      const token = this.setToken(begin);
      if (token === ']' && items.length > 0) break;
      const item = this.setItem(token);
      if (!source.match('-')) {
        items.push(item);
        continue;
      }
      const last = this.setToken(begin);
      if (last === ']') {
        items.push(item, { kind: 'literal', point: 45 });
        break;
      }
      const high = this.setItem(last);
      const isRange = item.kind === 'literal' && high.kind === 'literal';
      if (!isRange || high.point < item.point) {
        const length = textLength(token) + 1 + textLength(last);
        throw source.error(`bad character range ${token}-${last}`, length);
      }
      items.push({ kind: 'range', low: item.point, high: high.point });
    }
    const unique = uniqueItems(items);
    const [only] = unique;
    if (unique.length === 1 && only?.kind === 'literal') return literal(only.point, negated);
    return { kind: 'in', items: unique, negated };
  }

  private setToken(begin: number): string {
    const token = this.source.get();
    if (token !== null) return token;
    throw this.source.error('unterminated character set', this.source.tell() - begin);
  }

  private setItem(token: string): SetItem {
    if (!token.startsWith('\\')) return { kind: 'literal', point: pointOf(token) };
    const { source } = this;
    const item = CATEGORIES.get(token);
    if (item !== undefined) return item;
    const isNumber = isOctal(token.slice(1));
    const point = isNumber ? source.octalEscape(token) : source.escapedPoint(token);
    return { kind: 'literal', point };
  }

  // ----------------------------------------------------------- quantifiers

  private quantifier(token: string, nodes: Sequence): void {
    const { source } = this;
    const begin = source.tell();
    let [min, max] = [token === '+' ? 1 : 0, token === '?' ? 1 : UNBOUNDED];
    if (token === '{') {
      const counts = this.counts(begin);
      if (counts === null) {
        nodes.push(literal(123));
        return;
      }
      [min, max] = counts;
    }
    const item = nodes.at(-1);
    const back = source.tell() - begin + token.length;
    if (item === undefined || item.kind === 'at') throw source.error('nothing to repeat', back);
    if (item.kind === 'repeat') throw source.error('multiple repeat', back);
    let how: RepeatHow = 'max';
    if (source.match('?')) how = 'min';
    else if (source.match('+')) how = 'possessive';
    nodes[nodes.length - 1] = {
      kind: 'repeat',
      how,
      min,
      max,
      body: isPlainGroup(item) ? item.body : [item],
    };
  }

  /** What is between braces; null if they are none of a quantifier. */
  private counts(begin: number): Width | null {
    const { source } = this;
    if (source.next === '}') return null;
    const low = source.getDigits();
    const high = source.match(',') ? source.getDigits() : low;
    if (!source.match('}')) {
      source.seek(begin);
      return null;
    }
    const min = low === '' ? 0 : repeatCount(low);
    const max = high === '' ? UNBOUNDED : repeatCount(high);
    if (max < min) {
      throw source.error('min repeat greater than max repeat', source.tell() - begin);
    }
    return [min, max];
  }

  // ----------------------------------------------------------- parentheses

  /** What a parenthesis opens; null for a comment, 'flags' if it set flags of the pattern. */
  private parenthesis(verbose: boolean, depth: number, isFirst: boolean): Node | 'flags' | null {
    const { source } = this;
    const begin = source.tell() - 1;
    if (!source.match('?')) return this.capture(null, verbose, depth, begin);
    const char = this.extension();
    switch (char) {
      case 'P':
        return this.named(verbose, depth, begin);
      case ':':
        return this.group(null, [0, 0], verbose, depth, begin);
      case '#':
        this.groupComment(begin);
        return null;
      case '=':
      case '!':
        return this.assertion(char, false, verbose, depth, begin);
      case '<':
        return this.lookBehind(verbose, depth, begin);
      case '(':
        return this.conditional(verbose, depth, begin);
      case '>': {
        const body = this.alternation(verbose, depth + 1);
        this.closing(begin);
        return { kind: 'atomic', body };
      }
    }
    if (!FLAG_LETTERS.has(char) && char !== '-') {
      throw source.error(`unknown extension ?${char}`, textLength(char) + 1);
    }
    const flags = this.flagLetters(char);
    if (flags !== null) return this.group(null, flags, verbose, depth, begin);
    if (!isFirst) {
      const back = source.tell() - begin;
      throw source.error('global flags not at the start of the expression', back);
    }
    return 'flags';
  }

  private extension(): string {
    const char = this.source.get();
    if (char === null) throw this.source.error('unexpected end of pattern');
    return char;
  }

  private closing(begin: number): void {
    const { source } = this;
    if (source.match(')')) return;
    throw source.error('missing ), unterminated subpattern', source.tell() - begin);
  }

  private group(
    group: number | null,
    [addFlags, delFlags]: readonly [add: number, del: number],
    isVerbose: boolean,
    depth: number,
    begin: number,
  ): Node {
    const verbose = (isVerbose || (addFlags & FLAG.VERBOSE) !== 0) && !(delFlags & FLAG.VERBOSE);
    const body = this.alternation(verbose, depth + 1);
    this.closing(begin);
    return { kind: 'group', group, addFlags, delFlags, body };
  }

  private capture(name: string | null, verbose: boolean, depth: number, begin: number): Node {
    const group = this.widths.length;
    this.widths.push(null);
    if (group >= GROUPS_MAX) throw this.source.error('too many groups');
    if (name !== null) {
      const other = this.names.get(name);
      if (other !== undefined) {
        const message = `redefinition of group name '${name}' as group ${group}; was group ${other}`;
        throw this.source.error(message, textLength(name) + 1);
      }
      this.names.set(name, group);
    }
    const node = this.group(group, [0, 0], verbose, depth, begin);
    if (node.kind === 'group') this.widths[group] = widthOf(node.body);
    return node;
  }

  /** After `(?P`. */
  private named(verbose: boolean, depth: number, begin: number): Node {
    const { source } = this;
    if (source.match('<')) {
      const name = source.getUntil('>', 'group name');
      source.checkGroupName(name, 1);
      return this.capture(name, verbose, depth, begin);
    }
    if (source.match('=')) {
      const name = source.getUntil(')', 'group name');
      source.checkGroupName(name, 1);
      return this.backreference(this.groupNamed(name), textLength(name) + 1);
    }
    const char = this.extension();
    throw source.error(`unknown extension ?P${char}`, textLength(char) + 2);
  }

  private groupNamed(name: string): number {
    const group = this.names.get(name);
    if (group !== undefined) return group;
    throw this.source.error(`unknown group name '${name}'`, textLength(name) + 1);
  }

  private groupComment(begin: number): void {
    const { source } = this;
    for (;;) {
      if (source.next === null) {
        throw source.error('missing ), unterminated comment', source.tell() - begin);
      }
      if (source.get() === ')') return;
    }
  }

  /** After `(?<`. */
  private lookBehind(verbose: boolean, depth: number, begin: number): Node {
    const char = this.extension();
    if (char !== '=' && char !== '!') {
      throw this.source.error(`unknown extension ?<${char}`, textLength(char) + 2);
    }
    const before = this.groupsBehind;
    this.groupsBehind ??= this.widths.length;
    return this.assertion(char, true, verbose, depth, begin, before);
  }

  private assertion(
    char: string,
    behind: boolean,
    verbose: boolean,
    depth: number,
    begin: number,
    groupsBehind = this.groupsBehind,
  ): Node {
    const body = this.alternation(verbose, depth + 1);
    this.groupsBehind = groupsBehind;
    this.closing(begin);
    return { kind: 'assert', negated: char === '!', behind, body };
  }

  /** After `(?(`. */
  private conditional(verbose: boolean, depth: number, begin: number): Node {
    const { source } = this;
    const name = source.getUntil(')', 'group name');
    let group: number;
    if (isIdentifier(name)) group = this.groupNamed(name);
    else {
      group = source.groupNumber(name);
      const back = textLength(name) + 1;
      if (group === 0) throw source.error('bad group number', back);
      if (!this.conditions.has(group)) this.conditions.set(group, source.tell() - back);
    }
    this.checkBehind(group);
    this.checkDepth(depth);
    const yes = this.sequence(verbose, depth + 1, false);
    let no: Sequence | null = null;
    if (source.match('|')) {
      no = this.sequence(verbose, depth + 1, false);
      if (source.next === '|') {
        throw source.error('conditional backref with more than two branches');
      }
    }
    this.closing(begin);
    return { kind: 'conditional', group, yes, no };
  }

  private checkDepth(depth: number): void {
    if (depth < GROUP_DEPTH_MAX) return;
    throw new PatternError('maximum recursion depth exceeded', null, 'RecursionError');
  }

  // ----------------------------------------------------------------- flags

  /** Flags up to `:`, which are a group's; null if they end with `)` and are the pattern's. */
  private flagLetters(first: string): readonly [add: number, del: number] | null {
    const { source } = this;
    let [add, del] = [0, 0];
    let char = first;
    while (char !== '-' && char !== ':' && char !== ')') {
      add |= this.addedFlag(char, add);
      char = this.flagLetter('missing -, : or )', '-:)');
    }
    if (char === ')') {
      this.flags |= add;
      return null;
    }
    if ((add & GLOBAL_FLAGS) !== 0) {
      throw source.error('bad inline flags: cannot turn on global flag', 1);
    }
    if (char === '-') {
      char = this.flagLetter('missing flag', '');
      while (char !== ':') {
        const flag = FLAG_LETTERS.get(char) as number;
        if ((flag & TYPE_FLAGS) !== 0) {
          throw source.error("bad inline flags: cannot turn off flags 'a', 'u' and 'L'");
        }
        del |= flag;
        char = this.flagLetter('missing :', ':');
      }
    }
    if ((del & GLOBAL_FLAGS) !== 0) {
      throw source.error('bad inline flags: cannot turn off global flag', 1);
    }
    if ((add & del) !== 0) throw source.error('bad inline flags: flag turned on and off', 1);
    return [add, del];
  }

  private addedFlag(letter: string, before: number): number {
    const { source } = this;
    const flag = FLAG_LETTERS.get(letter) as number;
    if (source.isText && letter === 'L') {
      throw source.error("bad inline flags: cannot use 'L' flag with a str pattern");
    }
    if (!source.isText && letter === 'u') {
      throw source.error("bad inline flags: cannot use 'u' flag with a bytes pattern");
    }
    if ((flag & TYPE_FLAGS) !== 0 && ((before | flag) & TYPE_FLAGS) !== flag) {
      throw source.error("bad inline flags: flags 'a', 'u' and 'L' are incompatible");
    }
    return flag;
  }

  /** The next letter of flags, or one of the characters that may end them. */
  private flagLetter(missing: string, ends: string): string {
    const { source } = this;
    const char = source.get();
    if (char === null) throw source.error(missing);
    if (FLAG_LETTERS.has(char) || ends.includes(char)) return char;
    const isLetters = Array.from(char).every((each) => isAlpha(pointOf(each)));
    throw source.error(isLetters ? 'unknown flag' : missing, textLength(char));
  }
}

function literal(point: number, negated = false): Node {
  return { kind: 'literal', point, negated };
}

function place(token: string): Node {
  return { kind: 'at', where: PLACES.get(token) as Where };
}

/** A group that only keeps together what is in it. */
function isPlainGroup(node: Node): node is Node & { kind: 'group' } {
  return node.kind === 'group' && node.group === null && !node.addFlags && !node.delFlags;
}

function repeatCount(digits: string): number {
  const count = Number(digits);
  if (count < REPEAT_MAX) return count;
  throw new PatternError('the repetition number is too large', null, 'OverflowError');
}

/** Two or more branches as one sequence: what they all begin with, and then what differs. */
function joinBranches(branches: readonly Sequence[]): Sequence {
  let shared = 0;
  for (; ; shared++) {
    const first = branches[0]?.[shared];
    if (first === undefined) break;
    const isShared = branches.every((branch) => {
      const node = branch[shared];
      return node !== undefined && isSame(first, node);
    });
    if (!isShared) break;
  }
  const prefix = branches[0]?.slice(0, shared) ?? [];
  const rests = branches.map((branch) => branch.slice(shared));
  const items = rests.map(oneCharacter);
  const isSet = items.every((each) => each !== null);
  if (isSet) return [...prefix, { kind: 'in', items: uniqueItems(items.flat()), negated: false }];
  return [...prefix, { kind: 'branch', branches: rests }];
}

/** A branch as items of a set, if it can be one. */
function oneCharacter(branch: Sequence): readonly SetItem[] | null {
  const [node] = branch;
  if (node === undefined || branch.length !== 1) return null;
  if (node.kind === 'literal' && !node.negated) return [{ kind: 'literal', point: node.point }];
  return node.kind === 'in' && !node.negated ? node.items : null;
}
