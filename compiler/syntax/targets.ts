// Targets: which expressions can be assigned to, deleted or looped over, and what the others are
// called. The grammar reads a target as any expression and asks here, so that `f() = 1` gets a
// better answer than "unexpected =".

import type { SyntaxCode } from './mistakes.ts';
import type { Expression, Span } from './tree.ts';

/** What is done to a target. */
export type TargetUse = 'assign' | 'delete' | 'loop';

export type OnBadTarget = (span: Span, code: SyntaxCode, title: string) => void;

/** What kind of expression it is, in the words of CPython's messages. */
export function describe(expression: Expression): string {
  switch (expression.kind) {
    case 'Constant':
      switch (expression.value.type) {
        case 'None':
          return 'None';
        case 'bool':
          return expression.value.value ? 'True' : 'False';
        case 'Ellipsis':
          return 'ellipsis';
        default:
          return 'literal';
      }
    default:
      return DESCRIPTIONS[expression.kind];
  }
}

const DESCRIPTIONS: Readonly<Record<Exclude<Expression['kind'], 'Constant'>, string>> = {
  Attribute: 'attribute',
  Subscript: 'subscript',
  Starred: 'starred',
  Name: 'name',
  List: 'list',
  Tuple: 'tuple',
  Lambda: 'lambda',
  Call: 'function call',
  BoolOp: 'expression',
  BinOp: 'expression',
  UnaryOp: 'expression',
  GeneratorExp: 'generator expression',
  Yield: 'yield expression',
  YieldFrom: 'yield expression',
  Await: 'await expression',
  ListComp: 'list comprehension',
  SetComp: 'set comprehension',
  DictComp: 'dict comprehension',
  Dict: 'dict literal',
  Set: 'set display',
  JoinedStr: 'f-string expression',
  FormattedValue: 'f-string expression',
  Compare: 'comparison',
  IfExp: 'conditional expression',
  NamedExpr: 'named expression',
  Slice: 'slice',
};

/** What binds more loosely than a comparison, or is one: `a < b = c` is no slip for `==`. */
const LOOSE: ReadonlySet<Expression['kind']> = new Set([
  'Compare',
  'BoolOp',
  'IfExp',
  'Lambda',
  'NamedExpr',
  'GeneratorExp',
]);

/**
 * Report everything in a target that cannot be bound.
 *
 * @param maybeEqual whether `=` stands after it, so that `==` may have been meant
 */
export function checkTarget(
  target: Expression,
  use: TargetUse,
  report: OnBadTarget,
  maybeEqual = false,
): void {
  const waiting: Expression[] = [target];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    switch (part.kind) {
      case 'Name':
      case 'Attribute':
      case 'Subscript':
        break;
      case 'Tuple':
      case 'List':
        if (use !== 'delete') checkStars(part.elts, report);
        waiting.push(...part.elts.toReversed());
        break;
      case 'Starred':
        if (use === 'delete') {
          report(part.span, 'bad-target', 'cannot delete starred');
        } else {
          if (part === target) {
            const title = 'starred assignment target must be in a list or tuple';
            report(part.span, 'bad-star', title);
          }
          waiting.push(part.value);
        }
        break;
      default:
        report(part.span, 'bad-target', titleFor(part, use, maybeEqual && part === target));
    }
  }
}

function titleFor(part: Expression, use: TargetUse, maybeEqual: boolean): string {
  if (use === 'delete') return `cannot delete ${describe(part)}`;
  if (part.kind === 'Yield' || part.kind === 'YieldFrom') {
    return 'assignment to yield expression not possible';
  }
  const isWord =
    part.kind === 'Constant' && (part.value.type === 'None' || part.value.type === 'bool');
  const title = `cannot assign to ${describe(part)}`;
  if (!maybeEqual || isWord || LOOSE.has(part.kind)) return title;
  return `${title} here. Maybe you meant '==' instead of '='?`;
}

function checkStars(elements: readonly Expression[], report: OnBadTarget): void {
  const stars = elements.filter((element) => element.kind === 'Starred');
  for (const star of stars.slice(1)) {
    report(star.span, 'bad-star', 'multiple starred expressions in assignment');
  }
}
