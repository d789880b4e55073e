// Random expressions: the table of templates made into trees, with the names that are in scope.
//
// Invariants:
//
//   E3. A hole of an f-string has no quote of the f-string and no backslash in it: the grammar of
//       Python 3.11 has no such f-strings.

import type { Random } from './random.ts';
import { SORTS, TEMPLATES } from './templates.ts';
import { render, tree, type Part, type Tree } from './tree.ts';
import { hasLiteral, literal, PIECES } from './words.ts';

/** A name the program has bound, with the sort it had at first. */
export interface Bound {
  readonly name: string;
  readonly sort: string;
}

/** How a function can be called. */
export interface Signature {
  readonly name: string;
  readonly positional: readonly string[]; // by place only, or by place and by name
  readonly places: number; // how many of them are by place only
  readonly named: readonly string[]; // by name only
  readonly required: number; // of positional
  readonly kind: 'function' | 'generator' | 'class';
  /** Of a class: names of methods and attributes its instances may have. */
  readonly members: readonly string[];
}

/** Where an expression stands. */
export interface Place {
  readonly names: readonly Bound[];
  readonly signatures: readonly Signature[];
  /** A walrus may stand here, and binds through this. */
  readonly bind: ((bound: Bound) => void) | null;
  /** Nothing here is of another sort than asked for. */
  readonly strict: boolean;
  readonly depth: number;
}

const HOLE = /\{([!-]?)([A-Za-z]+)\}|@([a-z]+)/gu;
const WRONG = 0.015;
const LEAF = 0.35;

export class Expressions {
  private readonly random: Random;
  private count = 0;

  constructor(random: Random) {
    this.random = random;
  }

  /** A name that is new to the program. */
  fresh(sort: string): string {
    return `${sort}${++this.count}`;
  }

  make(sort: string, place: Place): Tree {
    const { random } = this;
    const wrong = !place.strict && sort !== 'number' && random.chance(WRONG);
    const wanted = wrong ? random.pick(SORTS) : sort;
    const built = this.special(wanted, place);
    if (built !== null) return built;
    const templates = TEMPLATES[wanted];
    if (wanted === 'any') return this.makeAny(place);
    const canLeaf = literal(random, wanted) !== null;
    if (templates === undefined || (canLeaf && (place.depth <= 0 || random.chance(LEAF)))) {
      return this.leaf(wanted, place);
    }
    return this.fill(wanted, random.pick(templates), { ...place, depth: place.depth - 1 });
  }

  private makeAny(place: Place): Tree {
    const { random } = this;
    if (place.depth > 0 && random.chance(0.3)) {
      const template = random.pick(TEMPLATES['any'] ?? []);
      return this.fill('any', template, { ...place, depth: place.depth - 1 });
    }
    if (place.names.length > 0 && random.chance(0.4)) {
      return tree('any', random.pick(place.names.slice(-12)).name);
    }
    return this.make(random.pick(SORTS), place);
  }

  private leaf(sort: string, place: Place): Tree {
    const { random } = this;
    const names = place.names.filter((bound) => bound.sort === sort);
    if (names.length > 0 && random.chance(0.65)) return tree(sort, random.pick(names).name);
    return tree(sort, literal(random, sort) ?? 'None');
  }

  /** Sorts that no table describes: they need what the program has defined. */
  private special(sort: string, place: Place): Tree | null {
    const { random } = this;
    const of = (kind: Signature['kind']): readonly Signature[] =>
      place.signatures.filter((one) => one.kind === kind);
    switch (sort) {
      case 'call':
        if (of('function').length === 0) return null;
        return this.call(random.pick(of('function')), place);
      case 'generated':
        if (of('generator').length === 0) return null;
        return this.call(random.pick(of('generator')), place);
      case 'object':
        return this.object(of('class'), place);
      case 'method': {
        const classes = of('class');
        if (classes.length === 0) return null;
        const one = random.pick(classes);
        const object = this.object([one], place);
        if (one.members.length === 0) return object;
        const member = random.pick(one.members);
        if (random.chance(0.4)) return tree('any', object, `.${member}`);
        const args = this.several('any', random.below(3), { ...place, depth: place.depth - 1 });
        return tree('any', object, `.${member}(`, ...args, ')');
      }
      case 'type':
        if (of('class').length > 0 && random.chance(0.5)) {
          return tree('type', random.pick(of('class')).name);
        }
        return null;
      case 'function':
        if (of('function').length > 0 && random.chance(0.6)) {
          return tree('function', random.pick(of('function')).name);
        }
        return null;
      default:
        return null;
    }
  }

  private object(classes: readonly Signature[], place: Place): Tree {
    const { random } = this;
    if (classes.length === 0) return tree('object', 'object');
    const made = place.names.filter(({ sort }) => sort === 'object');
    if (made.length > 0 && random.chance(0.6)) return tree('object', random.pick(made).name);
    return this.call(random.pick(classes), place);
  }

  /** A call that mostly fits the signature. */
  call(signature: Signature, place: Place): Tree {
    const { random } = this;
    const inner = { ...place, depth: place.depth - 1 };
    const { positional, required, named, places } = signature;
    const args: Part[] = [];
    let count = random.between(required, positional.length);
    if (random.chance(0.08)) count += random.pick([-1, 1]);
    const byName = random.chance(0.3) ? random.between(places, Math.max(places, count)) : count;
    for (let i = 0; i < Math.min(byName, count); i++) args.push(this.make('any', inner));
    for (const name of positional.slice(byName, count)) {
      args.push(tree('any', `${name}=`, this.make('any', inner)));
    }
    for (const name of named) {
      if (random.chance(0.85)) args.push(tree('any', `${name}=`, this.make('any', inner)));
    }
    if (random.chance(0.06)) args.push(tree('any', 'extra=', this.make('any', inner)));
    if (random.chance(0.06)) args.push(tree('any', '**', this.make('names', inner)));
    if (random.chance(0.06)) args.unshift(tree('any', '*', this.make('iterable', inner)));
    const parts = args.flatMap((arg, i): Part[] => (i === 0 ? [arg] : [', ', arg]));
    return tree('any', `${signature.name}(`, ...parts, ')');
  }

  several(sort: string, count: number, place: Place): Part[] {
    return Array.from({ length: count }, () => this.make(sort, place)).flatMap((each, i) =>
      i === 0 ? [each] : [', ', each],
    );
  }

  /** A template with its holes filled. */
  fill(sort: string, template: string, place: Place): Tree {
    const bound: Bound[] = [];
    const isFString = template.startsWith('f"');
    const binds = template.includes(':=');
    if (binds && place.bind === null) return this.leaf(sort, place);
    // Names first: the holes before them know them too.
    const fresh: string[] = [];
    for (const [, , , name] of template.matchAll(HOLE)) {
      if (name === undefined) continue;
      const one = { name: this.fresh(name), sort: name };
      fresh.push(one.name);
      bound.push(one);
    }
    const inner: Place = binds ? place : { ...place, names: [...place.names, ...bound] };
    const outer: Place = { ...place, bind: null };
    const parts: Part[] = [];
    let from = 0;
    for (const match of template.matchAll(HOLE)) {
      const [text, mark, hole = '', name] = match;
      parts.push(template.slice(from, match.index));
      from = match.index + text.length;
      if (name !== undefined) {
        parts.push(fresh.shift() ?? '');
        continue;
      }
      const where = { ...(mark === '-' ? outer : inner), strict: place.strict || mark === '!' };
      const made = this.hole(hole, text, where, isFString);
      const isNumber = typeof made !== 'string' && template[from] === '.' && isBareNumber(made);
      parts.push(...(isNumber ? ['(', made, ')'] : [made]));
    }
    parts.push(template.slice(from));
    if (binds) for (const one of bound) place.bind?.(one);
    return tree(sort, ...parts.filter((part) => part !== ''));
  }

  private hole(hole: string, text: string, place: Place, isFString: boolean): Part {
    const piece = PIECES[hole];
    if (piece !== undefined) return piece(this.random);
    if (hole === 'name') return this.nameOf(place);
    if (!isHole(hole)) return text;
    if (!isFString) return this.make(hole, place);
    for (let tries = 0; tries < 4; tries++) {
      const made = this.make(hole, place);
      if (!/["\\#\n]|^\{/u.test(render(made).trimEnd())) return made;
    }
    return tree(hole, this.nameOf(place));
  }

  private nameOf(place: Place): string {
    return place.names.length === 0 ? '0' : this.random.pick(place.names).name;
  }
}

/** Whether a word in braces stands for something. */
export function isHole(word: string): boolean {
  return (
    PIECES[word] !== undefined ||
    TEMPLATES[word] !== undefined ||
    hasLiteral(word) ||
    word === 'name' ||
    isSpecial(word)
  );
}

function isSpecial(hole: string): boolean {
  return ['any', 'call', 'generated', 'object', 'method', 'type', 'function'].includes(hole);
}

function isBareNumber({ parts: [only] }: Tree): boolean {
  return typeof only === 'string' && /^[\d.]/u.test(only);
}
