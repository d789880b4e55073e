// What a pattern binds, and whether a later case can be reached.
//
// Checked when a match statement has been read, as CPython's compiler does:
//
//   - no name is bound twice in one pattern, except in alternatives;
//   - all alternatives of `|` bind the same names;
//   - a pattern that matches anything is the last alternative, and its case the last one;
//   - a sequence has at most one star, a class no attribute and a mapping no literal key twice.
//
// Patterns nest only in brackets, of which NESTED_MAX can be open, so recursion is bounded here.

import type { SyntaxCode } from './mistakes.ts';
import type { ConstantValue, Expression, MatchCase, Pattern, Span } from './tree.ts';

export type OnBadPattern = (span: Span, code: SyntaxCode, title: string) => void;

/** Report what is wrong with the cases of one match statement. */
export function checkCases(cases: readonly MatchCase[], report: OnBadPattern): void {
  for (const [i, { pattern, guard }] of cases.entries()) {
    bind(pattern, new Set(), report);
    if (guard !== null || i === cases.length - 1) continue;
    const open = irrefutable(pattern);
    if (open !== null) unreachable(open, report);
  }
}

function unreachable(pattern: Pattern & { kind: 'MatchAs' }, report: OnBadPattern): void {
  const what = pattern.name === null ? 'wildcard' : `name capture '${pattern.name}'`;
  report(pattern.span, 'bad-pattern', `${what} makes remaining patterns unreachable`);
}

/** The capture or wildcard by which a pattern matches anything, or null. */
function irrefutable(pattern: Pattern): (Pattern & { kind: 'MatchAs' }) | null {
  if (pattern.kind === 'MatchOr') return irrefutable(pattern.patterns.at(-1)!);
  if (pattern.kind !== 'MatchAs') return null;
  return pattern.pattern === null ? pattern : irrefutable(pattern.pattern);
}

/** Add the names that a pattern binds. */
function bind(pattern: Pattern, names: Set<string>, report: OnBadPattern): void {
  const add = (name: string | null, span: Span | null): void => {
    if (name === null) return;
    if (names.has(name)) {
      const title = `multiple assignments to name '${name}' in pattern`;
      report(span ?? pattern.span, 'bad-pattern', title);
    }
    names.add(name);
  };
  switch (pattern.kind) {
    case 'MatchValue':
    case 'MatchSingleton':
      break;
    case 'MatchStar':
      add(pattern.name, pattern.nameSpan);
      break;
    case 'MatchAs':
      if (pattern.pattern !== null) bind(pattern.pattern, names, report);
      add(pattern.name, pattern.nameSpan);
      break;
    case 'MatchSequence': {
      const stars = pattern.patterns.filter(({ kind }) => kind === 'MatchStar');
      for (const star of stars.slice(1)) {
        const title = 'multiple starred names in sequence pattern';
        report(star.span, 'bad-pattern', title);
      }
      for (const part of pattern.patterns) bind(part, names, report);
      break;
    }
    case 'MatchMapping':
      checkKeys(pattern.keys, report);
      for (const part of pattern.patterns) bind(part, names, report);
      add(pattern.rest, pattern.restSpan);
      break;
    case 'MatchClass':
      for (const [i, name] of pattern.kwd_attrs.entries()) {
        if (pattern.kwd_attrs.indexOf(name) === i) continue;
        const title = `attribute name repeated in class pattern: ${name}`;
        report(pattern.kwdSpans[i]!, 'bad-pattern', title);
      }
      for (const part of pattern.patterns) bind(part, names, report);
      for (const part of pattern.kwd_patterns) bind(part, names, report);
      break;
    case 'MatchOr':
      bindAlternatives(pattern.patterns, pattern.span, names, report);
      break;
  }
}

function bindAlternatives(
  alternatives: readonly Pattern[],
  span: Span,
  names: Set<string>,
  report: OnBadPattern,
): void {
  let first: Set<string> | null = null;
  for (const [i, alternative] of alternatives.entries()) {
    const bound = new Set<string>();
    bind(alternative, bound, report);
    if (first !== null && !(first.size === bound.size && [...bound].every((n) => first!.has(n)))) {
      report(span, 'bad-pattern', 'alternative patterns bind different names');
    }
    first ??= bound;
    const open = i < alternatives.length - 1 ? irrefutable(alternative) : null;
    if (open !== null) unreachable(open, report);
  }
  for (const name of first ?? []) {
    if (names.has(name)) {
      report(span, 'bad-pattern', `multiple assignments to name '${name}' in pattern`);
    }
    names.add(name);
  }
}

/** Keys that are equal as Python compares them: 0, False, 0.0 and -0 are one. */
function checkKeys(keys: readonly Expression[], report: OnBadPattern): void {
  const seen = new Set<string>();
  for (const key of keys) {
    const value = keyValue(key);
    if (value === null) continue;
    if (seen.has(value)) {
      report(key.span, 'bad-pattern', `mapping pattern checks duplicate key (${shownKey(value)})`);
    }
    seen.add(value);
  }
}

/** A text that two literal keys have in common iff they are equal; null for what runs must tell. */
function keyValue(key: Expression): string | null {
  if (key.kind === 'Constant') {
    const parts = numberParts(key, 1);
    return parts === null ? otherValue(key.value) : parts.join();
  }
  if (key.kind === 'UnaryOp') return numberParts(key.operand, -1)?.join() ?? null;
  if (key.kind !== 'BinOp') return null;
  const minus = key.left.kind === 'UnaryOp';
  const left = numberParts(
    key.left.kind === 'UnaryOp' ? key.left.operand : key.left,
    minus ? -1 : 1,
  );
  const right = numberParts(key.right, key.op === 'Sub' ? -1 : 1);
  return left === null || right === null ? null : `${left[0]},${right[1]}`;
}

/** The real and imaginary part of a number, as texts that are equal when the numbers are. */
function numberParts(node: Expression, sign: 1 | -1): [real: string, imaginary: string] | null {
  if (node.kind !== 'Constant') return null;
  const { value } = node;
  switch (value.type) {
    case 'bool':
      return [value.value ? '1' : '0', '0'];
    case 'int':
      return [String(BigInt(value.value) * BigInt(sign)), '0'];
    case 'float':
      return [realText(value.value * sign), '0'];
    case 'imaginary':
      return ['0', realText(value.value * sign)];
    default:
      return null;
  }
}

const realText = (value: number): string =>
  Number.isInteger(value) ? String(BigInt(value)) : String(value);

function otherValue(value: ConstantValue): string {
  if (value.type === 'str') return `'${value.value}'`;
  if (value.type === 'surrogates') return `surrogates '${value.value}'`;
  return value.type === 'bytes' ? `b'${[...value.value].join()}'` : value.type;
}

function shownKey(value: string): string {
  return /^-?\d+(?:\.\d+)?,0$/.test(value) ? value.slice(0, -2) : value;
}
