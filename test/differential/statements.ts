// Random statements.
//
// A Body is where statements are made: a module, a function or a class. It knows what is bound
// there, and what may stand there.

import type { Bound, Expressions, Place, Signature } from './expressions.ts';
import { matchStatement } from './patterns.ts';
import type { Random } from './random.ts';
import { SORTS } from './templates.ts';
import { block, clause, clauses, joined, statement, tree, type Part, type Tree } from './tree.ts';

export type BodyKind = 'module' | 'function' | 'generator';

export interface Making {
  readonly random: Random;
  readonly expressions: Expressions;
}

const DEPTH = 3;
const NEST_MAX = 3;
const ERRORS = ['ValueError', 'KeyError', 'TypeError', 'ZeroDivisionError', 'RuntimeError'];
const CATCHES = [
  ...['Exception', 'Exception', 'ValueError', 'TypeError', 'LookupError', 'ArithmeticError'],
  ...['(TypeError, ValueError)', '(KeyError, IndexError, AttributeError)', 'BaseException'],
];

/** Statements that change what a name holds, by the sort of the name. */
const CHANGES: Readonly<Record<string, readonly string[]>> = {
  list: [
    '~.append({any})',
    '~.extend(small({iterable}))',
    '~.insert({index}, {any})',
    '~.remove({any})',
    '~.reverse()',
    '~.sort()',
    '~.sort(key=str)',
    '~.sort(key=lambda @any: {int}, reverse={bool})',
    '~.clear()',
    '~ += {iterable}',
    '~ *= {small}',
    '~[{index}] = {any}',
    '~[{index}] += {any}',
    '~[{index}:{index}] = {iterable}',
    '~[{index}:{index}:{index}] = {iterable}',
    '~[::{index}] = {list}',
    'del ~[{index}]',
    'del ~[{index}:{index}]',
    'del ~[::{index}]',
    'del ~[{slice}]',
    '~[{index}], ~[{index}] = ~[{index}], {any}',
    'print(~.pop({index}), ~)',
  ],
  ints: [
    '~.append({int})',
    '~.extend({range})',
    '~.insert({index}, {int})',
    '~.remove({int})',
    '~.sort()',
    '~.sort(key=lambda @int: {int})',
    '~ += {ints}',
    '~[{index}] = {int}',
    '~[{index}] -= {int}',
    '~[{index}:{index}] = {ints}',
    'del ~[{index}]',
    '~ *= {small}',
  ],
  strs: ['~.append({str})', '~.sort(key=len)', '~.sort(reverse=True)', '~[{index}] += {str}'],
  dict: [
    '~[{key}] = {any}',
    '~[{any}] = {any}',
    '~[{key}] += {int}',
    '~.update({dict})',
    '~.update({pairs})',
    '~.update({pairs}, a={any})',
    '~.setdefault({key}, []).append({any})',
    'del ~[{key}]',
    '~.clear()',
    '~ |= {dict}',
    '~ |= {pairs}',
    'print(~.pop({key}, {any}), ~)',
    'print(~.popitem(), ~)',
  ],
  set: [
    '~.add({number})',
    '~.discard({any})',
    '~.remove({number})',
    '~.update({!range})',
    '~ |= {set}',
    '~ &= {set}',
    '~ -= {set}',
    '~ ^= {set}',
    '~.clear()',
    '~.intersection_update({iterable})',
    '~.difference_update({iterable})',
  ],
  bytearray: [
    '~.append({int})',
    '~.extend({bytes})',
    '~.extend({ints})',
    '~[{index}] = {int}',
    '~[{index}:{index}] = {bytes}',
    '~[::{index}] = {bytes}',
    'del ~[{index}:{index}]',
    '~ += {bytes}',
    '~.insert({index}, {int})',
    '~.remove({int})',
    '~.reverse()',
  ],
  int: [
    '~ += {int}',
    '~ -= {int}',
    '~ *= {int}',
    '~ //= {int}',
    '~ %= {int}',
    '~ **= {small}',
    '~ <<= {small}',
    '~ >>= {small}',
    '~ &= {int}',
    '~ |= {int}',
    '~ ^= {int}',
    '~ /= {int}',
    '~ += {any}',
  ],
  float: ['~ += {float}', '~ *= {int}', '~ /= {float}', '~ -= {any}', '~ //= {float}'],
  str: ['~ += {str}', '~ *= {small}', '~ %= {tuple}', '~ += {any}'],
  bytes: ['~ += {bytes}', '~ *= {small}'],
  tuple: ['~ += {tuple}', '~ *= {small}', '~[{index}] = {any}', '~[0] += {any}'],
  object: [
    '~.{attribute} = {any}',
    '~.{attribute} += {any}',
    'del ~.{attribute}',
    '~[{key}] = {any}',
    'del ~[{key}]',
    '~ += {any}',
    '~.x = ~.y = {any}',
  ],
  iterator: ['print(next(~))', 'print(next(~, {any}))', 'print(list(~))', '@any, *@any = ~'],
};

const UNPACKINGS: readonly (readonly [target: string, value: string])[] = [
  ['@any, @any', '{pairs}'],
  ['@any, @any', '{tuple}'],
  ['@any, @any', '{iterable}'],
  ['@any, *@list', '{iterable}'],
  ['*@list, @any', '{iterable}'],
  ['@any, *@list, @any', '{list}'],
  ['(@any, @any), @any', '{pairs}'],
  ['[@any, [*@list]]', '{pairs}'],
  ['@any, @any, @any', '{str}'],
  ['@any, @any', '{any}, {any}'],
  ['@any = @any', '{any}'],
  ['(@any,)', '{any}'],
  ['@any, (@any, *@list)', '{any}, {iterable}'],
];

export class Body {
  readonly kind: BodyKind;
  readonly making: Making;
  readonly names: Bound[];
  readonly signatures: Signature[];
  /** Names of the module that a function may declare global. */
  readonly globals: readonly Bound[];
  private nest = 0;
  private loops = 0;
  private finals = 0;

  constructor(
    kind: BodyKind,
    making: Making,
    names: readonly Bound[],
    signatures: readonly Signature[],
    globals: readonly Bound[] = [],
  ) {
    this.kind = kind;
    this.making = making;
    this.names = [...names];
    this.signatures = [...signatures];
    this.globals = globals;
  }

  place(depth = DEPTH): Place {
    return {
      names: this.names,
      signatures: this.signatures,
      bind: (bound) => this.names.push(bound),
      strict: false,
      depth,
    };
  }

  expression(sort: string, depth = DEPTH): Tree {
    return this.making.expressions.make(sort, this.place(depth));
  }

  template(text: string, depth = 2): Tree {
    return this.making.expressions.fill('statement', text, this.place(depth));
  }

  fresh(sort: string): string {
    const name = this.making.expressions.fresh(sort);
    this.names.push({ name, sort });
    return name;
  }

  statements(count: number): Tree {
    return block(...Array.from({ length: count }, () => this.statement()));
  }

  /** A block one level deeper. */
  private inner(most = 3): Tree {
    this.nest++;
    const made = this.statements(this.making.random.between(1, most));
    this.nest--;
    return made;
  }

  statement(): Tree {
    const { random } = this.making;
    const simple: (() => Tree)[] = [
      () => this.assignment(),
      () => this.assignment(),
      () => this.assignment(),
      () => this.printing(),
      () => this.printing(),
      () => this.change(),
      () => this.change(),
      () => this.change(),
      () => this.change(),
      () => this.unpacking(),
      () => this.rare(),
    ];
    const compound: (() => Tree)[] = [
      () => this.branch(),
      () => this.loop(),
      () => this.loop(),
      () => this.whileLoop(),
      () => this.attempt(),
      () => this.attempt(),
      () => this.scope(),
      () => matchStatement(this, () => this.inner(2)),
    ];
    const isDeep = this.nest >= NEST_MAX;
    return random.pick(isDeep || random.chance(0.6) ? simple : compound)();
  }

  private assignment(): Tree {
    const { random } = this.making;
    const sort = random.chance(0.15) && this.hasClass() ? 'object' : random.pick(SORTS);
    const value = this.expression(sort);
    const old = this.names.filter((bound) => bound.sort === sort && bound.name.startsWith(sort));
    const name =
      old.length > 0 && random.chance(0.4) && this.kind === 'module'
        ? random.pick(old).name
        : this.fresh(sort);
    return statement`${name} = small(${value})`;
  }

  private hasClass(): boolean {
    return this.signatures.some(({ kind }) => kind === 'class');
  }

  private printing(): Tree {
    const { random, expressions } = this.making;
    const count = random.between(1, 3);
    const args = expressions.several(random.pick(['any', ...SORTS]), count, this.place());
    return tree('statement', 'print(', ...args, ')');
  }

  private change(): Tree {
    const { random } = this.making;
    const changing = this.names.filter(({ sort }) => CHANGES[sort] !== undefined);
    if (changing.length === 0) return this.assignment();
    const { name, sort } = random.pick(changing.slice(-8));
    const text = random.pick(CHANGES[sort] ?? []).replaceAll('~', name);
    const made = this.template(text);
    if (!/extend|\+=|\*=|insert|append|\] =|update|\|=/u.test(text)) return made;
    return tree('statement', made, `\n${name.replace(/\W.*/u, '')} = small(${name})`);
  }

  private unpacking(): Tree {
    const [target, value] = this.making.random.pick(UNPACKINGS);
    const values = this.template(value);
    return tree('statement', this.targets(target), ' = ', values);
  }

  /** A target, whose names are bound from here on. */
  targets(text: string): string {
    return text.replace(/@([a-z]+)/gu, (_, sort: string) => this.fresh(sort));
  }

  private rare(): Tree {
    const { random } = this.making;
    const name = this.names.length === 0 ? 'missing' : random.pick(this.names).name;
    const makers: (() => Tree)[] = [
      () => statement`del ${name}`,
      () => statement`assert ${this.expression('bool')}, ${this.expression('any')}`,
      () => statement`raise ${random.pick(ERRORS)}(${this.expression('any')})`,
      () => statement`raise ${this.expression('any')}`,
      () => statement`print(${name})`,
      () => {
        const value = this.expression('any');
        return statement`${this.fresh('any')}: int = ${value}`;
      },
      () => statement`${this.expression('any')}`,
    ];
    if (this.loops > 0 && this.finals === 0) {
      makers.push(
        () => statement`break`,
        () => statement`if ${this.expression('bool')}:${block(statement`continue`)}`,
      );
    }
    if (this.kind !== 'module') {
      makers.push(
        () => statement`return ${this.expression('any')}`,
        () => statement`if ${this.expression('any')}:${block(statement`return`)}`,
      );
    }
    if (this.kind === 'generator') {
      const yields = (): Tree => {
        const value = this.expression('any');
        return statement`${this.fresh('any')} = yield ${value}`;
      };
      makers.push(yields, yields, () => statement`yield from ${this.expression('iterable')}`);
    }
    return random.pick(makers)();
  }

  private branch(): Tree {
    const { random } = this.making;
    const rest: Tree[] = [];
    while (random.chance(0.3)) {
      rest.push(clause`elif ${this.expression('any', 2)}:${this.inner(2)}`);
    }
    if (random.chance(0.5)) rest.push(clause`else:${this.inner(2)}`);
    return statement`if ${this.expression('bool')}:${this.inner()}${clauses(...rest)}`;
  }

  private turns(): Tree {
    this.loops++;
    const finals = this.finals;
    this.finals = 0;
    const made = this.inner();
    this.finals = finals;
    this.loops--;
    const stop = tree('statement', 'if spent():', block(statement`break`));
    return tree('block', stop, ...made.parts);
  }

  private loop(): Tree {
    const { random } = this.making;
    const kind = random.pick(['any', 'int', 'str', 'pairs', 'self', 'enumerate']);
    const changing = this.names.filter(({ sort }) => ['list', 'dict', 'set'].includes(sort));
    let over: Tree;
    let target: string;
    if (kind === 'self' && changing.length > 0) {
      over = tree('iterable', random.pick(changing).name);
      target = this.fresh('any');
    } else if (kind === 'int') {
      over = this.expression(random.pick(['ints', 'range', 'set']));
      target = this.fresh('int');
    } else if (kind === 'str') {
      over = this.expression(random.pick(['strs', 'str']));
      target = this.fresh('str');
    } else if (kind === 'pairs') {
      over = this.expression('pairs');
      target = this.targets('@any, @any');
    } else if (kind === 'enumerate') {
      over = tree('list', 'enumerate(', this.expression('iterable'), ')');
      target = this.targets(random.pick(['@int, @any', '@int, (@any, *@list)']));
    } else {
      over = this.expression('iterable');
      target = this.fresh('any');
    }
    const rest = random.chance(0.2) ? [clause`else:${this.inner(1)}`] : [];
    return statement`for ${target} in ${over}:${this.turns()}${clauses(...rest)}`;
  }

  private whileLoop(): Tree {
    const rest = this.making.random.chance(0.3) ? [clause`else:${this.inner(1)}`] : [];
    return statement`while ${this.expression('any')}:${this.turns()}${clauses(...rest)}`;
  }

  private attempt(): Tree {
    const { random } = this.making;
    const body = this.inner();
    const rest: Tree[] = [];
    const known = random.between(0, 2);
    for (let i = 0; i < known; i++) {
      const kind = this.kind === 'generator' ? 'Exception' : random.pick(CATCHES);
      const tells = block(statement`caught(error)`, ...this.handler().parts.filter(isTree));
      rest.push(clause`except ${kind} as error:${tells}`);
    }
    if (known > 0 && random.chance(0.3)) rest.push(clause`else:${this.inner(2)}`);
    // What a generator does when it is dropped is CPython's own.
    if (this.kind === 'generator') {
      if (known === 0)
        rest.push(clause`except Exception as error:${block(statement`caught(error)`)}`);
    } else if (known === 0 || random.chance(0.35)) {
      this.finals++;
      const last = this.inner(2);
      this.finals--;
      rest.push(clause`finally:${last}`);
    }
    return statement`try:${body}${clauses(...rest)}`;
  }

  private handler(): Tree {
    const { random } = this.making;
    const made = random.chance(0.5) ? this.inner(2) : block();
    if (!random.chance(0.3)) return made;
    const error = `${random.pick(ERRORS)}('again')`;
    const last = random.pick([
      statement`raise`,
      statement`raise ${error}`,
      statement`raise ${error} from error`,
      statement`raise ${error} from None`,
      statement`raise error`,
    ]);
    return tree('block', ...made.parts, last);
  }

  private scope(): Tree {
    const { random } = this.making;
    if (this.kind === 'generator') return this.branch();
    const managers = Array.from({ length: random.between(1, 2) }, (): Part => {
      const made = random.chance(0.05)
        ? this.expression('any')
        : tree('any', `Scope(${random.below(9)}, `, this.expression('bool', 1), ')');
      if (random.chance(0.5)) return made;
      return tree('any', made, ` as ${this.fresh('any')}`);
    });
    return tree('statement', 'with ', ...joined(managers, ', '), ':', this.inner());
  }
}

function isTree(part: Part): part is Tree {
  return typeof part !== 'string';
}
