// What is legal and cannot be meant: CPython's SyntaxWarnings.
//
//     if x is "yes":                    "is" with a literal. Did you mean "=="?
//     assert (x > 0, "too small")       assertion is always true, perhaps remove parentheses?
//     print("a", "b" ("c"))             'str' object is not callable; perhaps you missed a comma?
//
// Only what needs no knowledge of values: a literal, or a display, where no such thing can stand.

import type { Report } from '../diagnostics/report.ts';
import type { Source } from '../diagnostics/source.ts';
import type { Assert, Call, Compare, Expression, Module, Subscript } from '../syntax/tree.ts';
import { walk } from '../syntax/walk.ts';

/** Types of constants whose words are not those of messages. */
const TYPE_NAMES: Readonly<Record<string, string>> = { imaginary: 'complex', surrogates: 'str' };

/** The type of what an expression certainly makes, as messages name it; null if unknown. */
function typeMade(node: Expression): string | null {
  switch (node.kind) {
    case 'Constant':
      return TYPE_NAMES[node.value.type] ?? node.value.type;
    case 'JoinedStr':
      return 'str';
    case 'Tuple':
    case 'List':
    case 'Dict':
    case 'Set':
      return node.kind.toLowerCase();
    case 'ListComp':
      return 'list';
    case 'DictComp':
      return 'dict';
    case 'SetComp':
      return 'set';
    case 'GeneratorExp':
      return 'generator';
    case 'Lambda':
      return 'function';
    default:
      return null;
  }
}

/** Warn of what cannot be meant, once for each place. */
export function warnOfDoubts(tree: Module, source: Source, report: Report): void {
  const warn = (node: Expression, title: string, help: string | null = null): void => {
    report.warning(source, node.span, 'doubtful', title, { help });
  };
  walk(tree, (node) => {
    if (node.kind === 'Compare') warnOfIdentity(node, warn);
    else if (node.kind === 'Assert') warnOfTuple(node, warn);
    else if (node.kind === 'Call') warnOfCall(node, warn);
    else if (node.kind === 'Subscript') warnOfIndex(node, warn);
  });
}

type Warn = (node: Expression, title: string, help?: string) => void;

/** Of these there is one each, so that `is` means something. */
const UNIQUE: ReadonlySet<string> = new Set(['bool', 'None', 'Ellipsis']);

function warnOfIdentity({ left, ops, comparators }: Compare, warn: Warn): void {
  const isLiteral = (node: Expression): boolean =>
    node.kind === 'Constant' && !UNIQUE.has(node.value.type);
  let before = left;
  for (const [i, op] of ops.entries()) {
    const after = comparators[i] as Expression;
    if ((op === 'Is' || op === 'IsNot') && (isLiteral(before) || isLiteral(after))) {
      const [wrong, right] = op === 'Is' ? ['is', '=='] : ['is not', '!='];
      warn(
        isLiteral(after) ? after : before,
        `"${wrong}" with a literal. Did you mean "${right}"?`,
      );
    }
    before = after;
  }
}

function warnOfTuple({ test }: Assert, warn: Warn): void {
  if (test.kind !== 'Tuple' || test.elts.length === 0) return;
  warn(
    test,
    'assertion is always true, perhaps remove parentheses?',
    'a tuple that is not empty is always true',
  );
}

const COMMA = 'perhaps you missed a comma?';

function warnOfCall({ func }: Call, warn: Warn): void {
  const type = func.kind === 'Lambda' ? null : typeMade(func);
  if (type !== null) warn(func, `'${nameOf(type)}' object is not callable; ${COMMA}`);
}

/** What has no elements that can be asked for by index. */
const NO_INDEX: ReadonlySet<string> = new Set([
  'None',
  'bool',
  'int',
  'float',
  'complex',
  'Ellipsis',
  'set',
  'generator',
  'function',
]);

/** What has elements at ints. */
const SEQUENCES: ReadonlySet<string> = new Set(['str', 'bytes', 'list', 'tuple']);

function warnOfIndex({ value, slice }: Subscript, warn: Warn): void {
  const type = typeMade(value);
  if (type === null) return;
  if (NO_INDEX.has(type)) {
    warn(value, `'${nameOf(type)}' object is not subscriptable; ${COMMA}`);
    return;
  }
  const index = typeMade(slice);
  if (!SEQUENCES.has(type) || index === null || index === 'int' || index === 'bool') return;
  warn(slice, `${type} indices must be integers or slices, not ${nameOf(index)}; ${COMMA}`);
}

const nameOf = (type: string): string => ({ None: 'NoneType', Ellipsis: 'ellipsis' })[type] ?? type;
