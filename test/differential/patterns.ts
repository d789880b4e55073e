// Random match statements.

import type { Body } from './statements.ts';
import { block, clause, clauses, statement, tree, type Tree } from './tree.ts';
import { literal } from './words.ts';

const VALUES = [
  ...['0', '1', '-1', '2.5', "'a'", "b'a'", 'None', 'True', 'False', "'abc'", '1 + 0', '-0.0'],
];
const PLAIN = VALUES.filter((text) => !text.includes(' + '));
const CLASSES = ['int', 'str', 'float', 'list', 'dict', 'tuple', 'bool', 'bytes', 'set'];

/** `names` collects what the pattern binds; in an alternative nothing may be bound. */
function pattern(body: Body, names: string[], depth: number, mayBind: boolean): string {
  const { random } = body.making;
  const again = (): string => pattern(body, names, depth - 1, mayBind);
  const capture = (): string => {
    if (!mayBind || random.chance(0.2)) return '_';
    const name = body.fresh('any');
    names.push(name);
    return name;
  };
  if (depth <= 0 || random.chance(0.25)) {
    return random.chance(0.5) ? random.pick(PLAIN) : capture();
  }
  switch (random.below(8)) {
    case 0:
      return `[${again()}, ${again()}]`;
    case 1:
      return random.chance(0.5) ? `(${again()}, *${capture()})` : `[*${capture()}, ${again()}]`;
    case 2:
      return `{${literal(random, 'key')?.startsWith("'") === true ? "'a'" : '1'}: ${again()}}`;
    case 3: {
      const rest = mayBind ? `, **${body.fresh('dict')}` : '';
      return `{'a': ${again()}${rest}}`;
    }
    case 4:
      return `${random.pick(CLASSES)}()`;
    case 5:
      return `${random.pick(CLASSES)}(${again()})`;
    case 6: {
      const one = (): string => pattern(body, [], depth - 1, false).replace(/^_$/u, '0');
      return `(${one()} | ${one()})`;
    }
    default:
      if (!mayBind) return random.pick(VALUES.slice(0, 3));
      return `(${again().replace(/^(_|any\d+)$/u, '0')} as ${body.fresh('any')})`;
  }
}

export function matchStatement(body: Body, inner: () => Tree): Tree {
  const { random } = body.making;
  const subject = body.expression(random.pick(['any', 'list', 'tuple', 'dict', 'int', 'str']));
  const cases: Tree[] = [];
  for (let left = random.between(1, 4); left > 0; left--) {
    const names: string[] = [];
    const text = pattern(body, names, 3, true);
    const isBare = /^(_|any\d+)$/u.test(text);
    const guard = random.chance(0.25) || isBare ? [' if ', body.expression('any', 2)] : [];
    const tells = tree('statement', `print('case', ${names.map((name) => `${name}, `).join('')}0)`);
    cases.push(tree('clause', `case ${text}`, ...guard, ':', block(tells, ...statements(inner()))));
  }
  if (random.chance(0.6)) cases.push(clause`case _:${inner()}`);
  const all = tree('block', clauses(...cases));
  return statement`match ${subject}:${all}`;
}

function statements(of: Tree): Tree[] {
  return of.parts.filter((part) => typeof part !== 'string');
}
