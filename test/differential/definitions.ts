// Random functions, generators and classes.

import type { Bound, Signature } from './expressions.ts';
import { Body, type BodyKind } from './statements.ts';
import { block, clauses, statement, tree, type Part, type Tree } from './tree.ts';

export interface Definition {
  readonly tree: Tree;
  readonly signature: Signature;
}

interface Parameters {
  readonly text: Part[];
  readonly bound: readonly Bound[];
  readonly positional: readonly string[];
  readonly places: number;
  readonly named: readonly string[];
  readonly required: number;
}

const PARAMETERS = ['a', 'b', 'c', 'x', 'y', 'key', 'value', 'sep', 'n'];
const STOP = 'if spent():';

function parameters(body: Body, most: number, first: readonly string[] = []): Parameters {
  const { random } = body.making;
  const pool = [...PARAMETERS];
  const take = (): string => pool.splice(random.below(pool.length), 1)[0] ?? 'q';
  const positional = Array.from({ length: random.below(most + 1) }, take);
  const required = random.between(0, positional.length);
  const places = random.chance(0.15) ? random.between(0, positional.length) : 0;
  const text: Part[] = [...first];
  for (const [i, name] of positional.entries()) {
    text.push(i < required ? name : tree('any', `${name}=`, body.expression('any', 1)));
    if (i + 1 === places) text.push('/');
  }
  const bound: Bound[] = positional.map((name) => ({ name, sort: 'any' }));
  const named: string[] = [];
  const isStarred = random.chance(0.2);
  if (isStarred) bound.push({ name: 'args', sort: 'tuple' });
  if (random.chance(0.25)) {
    text.push(isStarred ? '*args' : '*');
    for (let left = random.between(1, 2); left > 0; left--) {
      const name = take();
      named.push(name);
      bound.push({ name, sort: 'any' });
      text.push(random.chance(0.5) ? name : tree('any', `${name}=`, body.expression('any', 1)));
    }
  } else if (isStarred) text.push('*args');
  if (random.chance(0.15)) {
    text.push('**kwargs');
    bound.push({ name: 'kwargs', sort: 'dict' });
  }
  const commas = text.flatMap((part, i): Part[] => (i === 0 ? [part] : [', ', part]));
  return { text: commas, bound, positional, places, named, required };
}

function insideOf(kind: BodyKind, body: Body, bound: readonly Bound[]): Body {
  const outer = body.names.slice(-10);
  return new Body(kind, body.making, [...outer, ...bound], body.signatures, outer);
}

/** A function or a generator, at the place of a statement; its own name is bound after it. */
export function defineFunction(body: Body, kind: 'function' | 'generator'): Definition {
  const { random, expressions } = body.making;
  const name = expressions.fresh(kind === 'generator' ? 'gen' : 'func');
  const params = parameters(body, 4);
  const inside = insideOf(kind, body, params.bound);
  const signature: Signature = {
    name,
    positional: params.positional,
    places: params.places,
    named: params.named,
    required: params.required,
    kind,
    members: [],
  };
  if (kind === 'function' && random.chance(0.3)) inside.signatures.push(signature);
  const head: Tree[] = [];
  const global = body.kind === 'module' && random.chance(0.2) ? body.names.at(-1) : undefined;
  const outer = body.names.slice(body.globals.length).at(-1);
  if (global !== undefined) head.push(statement`global ${global.name}`);
  else if (body.kind === 'function' && outer !== undefined && random.chance(0.4)) {
    head.push(statement`nonlocal ${outer.name}`);
  }
  // A name is declared before it is used: not in the way of parameters of the same name.
  if (params.bound.some(({ name: each }) => each === (global ?? outer)?.name)) head.pop();
  head.push(tree('statement', STOP, block(statement`return`)));
  if (kind === 'generator') head.push(statement`yield ${inside.expression('any', 1)}`);
  const nested = body.kind === 'module' && random.chance(0.3) ? [nestedFunction(inside)] : [];
  const main = inside.statements(random.between(1, 4));
  const last =
    kind === 'generator'
      ? statement`yield ${inside.expression('any')}`
      : statement`return ${inside.expression('any')}`;
  const decorator = random.chance(0.15) && kind === 'function' ? ['@', decorated(body), '\n'] : [];
  const made = tree(
    'statement',
    ...decorator,
    `def ${name}(`,
    ...params.text,
    '):',
    tree('block', ...head, ...nested, ...main.parts, last),
  );
  return { tree: made, signature };
}

function decorated(body: Body): string {
  return body.making.random.pick([
    'functools.lru_cache(maxsize=None)',
    'functools.wraps(len)',
    '(lambda f: lambda *args, **kwargs: (print(f.__name__, args), f(*args, **kwargs))[1])',
  ]);
}

function nestedFunction(inside: Body): Tree {
  const { tree: made, signature } = defineFunction(inside, 'function');
  inside.signatures.push(signature);
  return made;
}

// ------------------------------------------------------------- classes

const DUNDERS: readonly (readonly [head: string, sort: string])[] = [
  ['__repr__(self)', 'str'],
  ['__str__(self)', 'str'],
  ['__len__(self)', 'int'],
  ['__bool__(self)', 'bool'],
  ['__eq__(self, other)', 'any'],
  ['__lt__(self, other)', 'bool'],
  ['__le__(self, other)', 'any'],
  ['__hash__(self)', 'int'],
  ['__add__(self, other)', 'any'],
  ['__radd__(self, other)', 'any'],
  ['__iadd__(self, other)', 'any'],
  ['__sub__(self, other)', 'any'],
  ['__mul__(self, other)', 'any'],
  ['__rmul__(self, other)', 'any'],
  ['__truediv__(self, other)', 'any'],
  ['__mod__(self, other)', 'any'],
  ['__or__(self, other)', 'any'],
  ['__ror__(self, other)', 'any'],
  ['__and__(self, other)', 'any'],
  ['__neg__(self)', 'any'],
  ['__invert__(self)', 'any'],
  ['__abs__(self)', 'any'],
  ['__int__(self)', 'int'],
  ['__float__(self)', 'float'],
  ['__index__(self)', 'int'],
  ['__round__(self, n=None)', 'any'],
  ['__contains__(self, item)', 'any'],
  ['__iter__(self)', 'iterator'],
  ['__iter__(self)', 'any'],
  ['__reversed__(self)', 'any'],
  ['__getitem__(self, key)', 'any'],
  ['__setitem__(self, key, value)', 'any'],
  ['__delitem__(self, key)', 'any'],
  ['__missing__(self, key)', 'any'],
  ['__call__(self, *args, **kwargs)', 'any'],
  ['__getattr__(self, name)', 'any'],
  ['__format__(self, spec)', 'str'],
  ['__bytes__(self)', 'bytes'],
  ['__enter__(self)', 'any'],
  ['__exit__(self, *args)', 'any'],
  ['__next__(self)', 'any'],
  ['__divmod__(self, other)', 'any'],
  ['__pow__(self, other)', 'any'],
  ['__lshift__(self, other)', 'any'],
  ['__rfloordiv__(self, other)', 'any'],
  ['__length_hint__(self)', 'int'],
  ['__get__(self, instance, owner)', 'any'],
  ['__set__(self, instance, value)', 'any'],
  ['__class_getitem__(cls, item)', 'any'],
  ['__init_subclass__(cls, **kwargs)', 'any'],
  ['__dir__(self)', 'list'],
];

const BASES = ['list', 'dict', 'int', 'str', 'float', 'tuple', 'Exception', 'ValueError', 'set'];
const MEMBERS = ['area', 'total', 'value', 'name', 'shared', 'x', 'y'];
const WRAPPERS = ['', '', '@property\n', '@staticmethod\n', '@classmethod\n'];

function dunder(body: Body, head: string, sort: string): Tree {
  const { random } = body.making;
  const words = head.slice(head.indexOf('(') + 1, -1).split(', ');
  const bound = words.map((word): Bound => {
    const name = word.replace(/^\*+|=.*$/gu, '');
    return { name, sort: word.startsWith('**') ? 'dict' : word.startsWith('*') ? 'tuple' : 'any' };
  });
  const inside = insideOf('function', body, bound);
  const value = random.chance(0.1) ? inside.expression('any') : inside.expression(sort);
  const simple = random.pick(["'it'", '1', 'NotImplemented', 'None', '[]', 'True']);
  const told = random.chance(0.3) ? [statement`print(${`'${head.split('(')[0] ?? ''}'`})`] : [];
  const stop = tree('statement', STOP, block(statement`return ${simple}`));
  return statement`def ${head}:${block(stop, ...told, statement`return ${value}`)}`;
}

function initializer(body: Body, params: Parameters): Tree {
  const { random } = body.making;
  const inside = insideOf('function', body, [...params.bound, { name: 'self', sort: 'object' }]);
  const sets = params.bound.map(({ name }) => statement`self.${name} = ${name}`);
  const more = statement`self.${random.pick(MEMBERS)} = ${inside.expression('any', 2)}`;
  const above = random.chance(0.3) ? [statement`super().__init__()`] : [];
  const text = params.text.length === 0 ? [] : [', ', ...params.text];
  const all = block(...above, ...sets, more);
  return tree('statement', 'def __init__(self', ...text, '):', all);
}

function member(body: Body, name: string): Tree {
  const { random } = body.making;
  const wrapper = random.pick(WRAPPERS);
  const first = wrapper.includes('static') ? 'first' : wrapper.includes('class') ? 'cls' : 'self';
  const params =
    wrapper === '@property\n' || random.chance(0.5)
      ? parameters(body, 0, [first])
      : parameters(body, 2, [first]);
  const plain = wrapper === '@property\n' ? { ...params, text: [first], bound: [] } : params;
  const self: Bound = { name: first, sort: first === 'self' ? 'object' : 'any' };
  const inside = insideOf('function', body, [self, ...plain.bound]);
  const stop = tree('statement', STOP, block(statement`return`));
  const above = random.chance(0.2) ? [statement`print(super().${name}())`] : [];
  const last = statement`return ${inside.expression('any')}`;
  const main = inside.statements(random.below(2));
  const made = tree('block', stop, ...above, ...main.parts, last);
  const setter =
    wrapper === '@property\n' && random.chance(0.5)
      ? [`\n@${name}.setter\ndef ${name}(self, value):`, block(statement`self._${name} = value`)]
      : [];
  return tree('statement', `${wrapper}def ${name}(`, ...plain.text, '):', made, ...setter);
}

export function defineClass(body: Body): Definition {
  const { random, expressions } = body.making;
  const name = expressions.fresh('Class');
  const classes = body.signatures.filter(({ kind }) => kind === 'class');
  const bases: string[] = [];
  if (classes.length > 0 && random.chance(0.5)) bases.push(random.pick(classes).name);
  if (classes.length > 1 && random.chance(0.3)) bases.push(random.pick(classes).name);
  if (random.chance(0.2)) bases.push(random.pick(BASES));
  const params = parameters(body, 3);
  const isPlain = random.chance(0.4);
  const inside = new Body('module', body.making, body.names.slice(-6), body.signatures);
  const parts: Tree[] = [];
  if (random.chance(0.1)) parts.push(statement`__slots__ = ('x', 'y', 'value')`);
  if (random.chance(0.1)) parts.push(statement`__match_args__ = ('x', 'y')`);
  if (random.chance(0.5)) parts.push(statement`shared = ${inside.expression('any', 2)}`);
  if (!isPlain) parts.push(initializer(inside, params));
  const members = new Set<string>();
  for (let left = random.below(4); left > 0; left--) {
    const one = random.pick(MEMBERS);
    members.add(one);
    parts.push(member(inside, one));
  }
  for (let left = random.below(5); left > 0; left--) {
    const [head, sort] = random.pick(DUNDERS);
    parts.push(dunder(inside, head, sort));
  }
  if (random.chance(0.1)) parts.push(statement`__radd__ = __add__`);
  const list = bases.length === 0 ? '' : `(${bases.join(', ')})`;
  const made = tree('statement', `class ${name}${list}:`, block(...parts), clauses());
  const empty = { positional: [], places: 0, named: [], required: 0 };
  const signature: Signature = {
    ...(isPlain ? empty : params),
    name,
    kind: 'class',
    members: [...members, ...(isPlain ? [] : params.positional), 'shared'],
  };
  return { tree: made, signature };
}
