// Scenes: small programs about one part of the language, with holes. They are what no table of
// expressions can say: a class with its metaclass, a generator and who drives it.
//
//     scenes/*.scenes    scenes, with a line of `---` between them
//     $name              a name of the scene's own, another one each time the scene is played
//     {any}              an expression, as in templates.ts
//     «a¦b¦c»            one of these
//     ~                  a line of its own: some statement
//
// A name bound at the margin is known to what comes after the scene.
//
// Invariants:
//
//   S1. A scene ends by itself, or asks spent(): its loops are over what is small.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isHole, type Expressions } from './expressions.ts';
import type { Random } from './random.ts';
import { Body } from './statements.ts';
import { block, clauses, tree, type Part, type Tree } from './tree.ts';

const FOLDER = join(import.meta.dirname, 'scenes');

function scenesIn(file: string): string[] {
  return readFileSync(join(FOLDER, file), 'utf8').split(/^---\n/mu);
}

/** Those of the library are played less often: to import half of it takes longer than the rest. */
const LIBRARY = 'library.scenes';
const LIBRARY_SCENES = scenesIn(LIBRARY);
const LIBRARY_CHANCE = 0.12;

const SCENES = readdirSync(FOLDER)
  .filter((file) => file !== LIBRARY)
  .toSorted()
  .flatMap(scenesIn);

const INDENT = 4;
const CLAUSE = /^(?:else|elif|except|finally|case)\b/u;
const SCOPE = /^(?:async )?(?:def|class)\b/u;

/** Some scene, with its holes filled. */
export function playScene(body: Body): Tree {
  const { random, expressions } = body.making;
  const scenes = random.chance(LIBRARY_CHANCE) ? LIBRARY_SCENES : SCENES;
  const text = named(chosen(random.pick(scenes), random), expressions);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const made = new Reader(lines, body).block(0);
  for (const [, name = ''] of text.matchAll(/^([a-z]+\d+) = /gmu)) {
    if (!body.names.some((bound) => bound.name === name)) body.names.push({ name, sort: 'any' });
  }
  return made;
}

/** The text with its choices made, the innermost first. */
function chosen(text: string, random: Random): string {
  let made = text;
  for (let before = ''; before !== made;) {
    before = made;
    made = made.replaceAll(/«([^«»]*)»/gu, (_, all: string) => random.pick(all.split('¦')));
  }
  // A choice of several lines has them in one.
  return made.replaceAll(/\\n(?= {4})/gu, '\n');
}

function named(text: string, expressions: Expressions): string {
  const names = new Map<string, string>();
  const own = text.replaceAll(/(?<!\\)\$([A-Za-z]+)/gu, (_, word: string) => {
    const name = names.get(word) ?? expressions.fresh(word);
    names.set(word, name);
    return name;
  });
  return own.replaceAll('\\$', '$');
}

/** From lines to a tree, by how far they are indented. */
class Reader {
  private readonly lines: readonly string[];
  private readonly body: Body;
  private at = 0;

  constructor(lines: readonly string[], body: Body) {
    this.lines = lines;
    this.body = body;
  }

  block(depth: number, body: Body = this.body): Tree {
    const made: Tree[] = [];
    while (this.depthHere() >= depth) {
      if (CLAUSE.test(this.textHere())) made.push(this.clauses(depth, body));
      else made.push(this.statement(depth, body));
    }
    return block(...made);
  }

  private statement(depth: number, body: Body): Tree {
    if (this.textHere() === '~') {
      this.at++;
      return body.statement();
    }
    const parts: Part[] = [];
    while (this.textHere().startsWith('@')) parts.push('@', this.filled(body, 1), '\n');
    const isScope = SCOPE.test(this.textHere());
    parts.push(this.filled(body));
    if (this.isBlockBehind()) {
      const inside = isScope ? innerBody(body) : body;
      parts.push(this.block(depth + 1, inside), this.clauses(depth, body));
    } else this.continued(depth, body, parts);
    return tree('statement', ...parts);
  }

  /** The lines of a bracket that was opened at the end of a line. */
  private continued(depth: number, body: Body, parts: Part[]): void {
    if (!/[([{]$/u.test(this.lines[this.at - 1] ?? '')) return;
    while (this.depthHere() > depth || /^[)\]}]/u.test(this.textHere())) {
      const isLast = this.depthHere() === depth;
      parts.push(`\n${' '.repeat(INDENT * (this.depthHere() - depth))}`, this.filled(body));
      if (isLast) return;
    }
  }

  private clauses(depth: number, body: Body): Tree {
    const made: Tree[] = [];
    while (this.depthHere() === depth && CLAUSE.test(this.textHere())) {
      const head = this.filled(body);
      const inner = this.isBlockBehind() ? [this.block(depth + 1, body)] : [];
      made.push(tree('clause', head, ...inner));
    }
    return clauses(...made);
  }

  /** This line, from a column on, with its holes filled. */
  private filled(body: Body, from = 0): Tree {
    const text = this.textHere().slice(from);
    this.at++;
    const holes = text.replaceAll(/\{([A-Za-z]+)\}/gu, (hole, sort: string) =>
      isHole(sort) ? `{-${sort}}` : hole,
    );
    const place = { ...body.place(2), bind: () => {} };
    return body.making.expressions.fill('line', holes, place);
  }

  private isBlockBehind(): boolean {
    return (this.lines[this.at - 1] ?? '').endsWith(':');
  }

  private textHere(): string {
    return this.lines[this.at]?.trim() ?? '';
  }

  private depthHere(): number {
    const line = this.lines[this.at];
    return line === undefined ? -1 : Math.floor(line.search(/\S/u) / INDENT);
  }
}

function innerBody(body: Body): Body {
  return new Body('function', body.making, body.names.slice(-10), body.signatures);
}
