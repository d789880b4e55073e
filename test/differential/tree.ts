// A generated program as a tree, so that it can be shrunk by cutting branches.
//
//     block ── statement ── "for x in " ints ":" block
//                                        │        └── statement …
//                                        └── "[" int ", 2]"
//
// Invariants:
//
//   T1. A tree is never changed: shrinking makes new ones that share what stays.
//   T2. An expression can stand wherever another one stands: its text is an atom, or in brackets.

/** What a tree is: one of the forms of statements, or the sort of an expression. */
export type Form = 'block' | 'clauses' | 'statement' | 'clause' | 'line';

export interface Tree {
  readonly sort: string;
  readonly parts: readonly Part[];
}

export type Part = string | Tree;

/** Simplest expressions, which anything may be shrunk to. */
const SIMPLEST: readonly string[] = ['0', "''", '[]', 'None'];

const FORMS: ReadonlySet<string> = new Set<Form>([
  'block',
  'clauses',
  'statement',
  'clause',
  'line',
]);

export function tree(sort: string, ...parts: readonly Part[]): Tree {
  return { sort, parts };
}

/** A tree written as a template: statement`del ${target}`. */
function written(sort: Form) {
  return (texts: TemplateStringsArray, ...holes: readonly Part[]): Tree => ({
    sort,
    parts: texts.flatMap((text, i) => {
      const hole = holes[i];
      return hole === undefined ? [text] : [text, hole];
    }),
  });
}

export const statement = written('statement');
export const clause = written('clause');

export function block(...statements: readonly Tree[]): Tree {
  return { sort: 'block', parts: statements };
}

export function clauses(...all: readonly Tree[]): Tree {
  return { sort: 'clauses', parts: all };
}

/** Parts with a separator between them. */
export function joined(parts: readonly Part[], separator: string): Part[] {
  return parts.flatMap((part, i) => (i === 0 ? [part] : [separator, part]));
}

// ------------------------------------------------------------- text

class Printer {
  private readonly lines: string[] = [];
  private line = '';

  print(part: Part, indent: number): void {
    if (typeof part === 'string') {
      const [first = '', ...rest] = part.split('\n');
      this.write(first, indent);
      for (const line of rest) {
        this.flush();
        this.write(line, indent);
      }
      return;
    }
    const inner = part.sort === 'block' ? indent + 1 : indent;
    const isList = part.sort === 'block' || part.sort === 'clauses';
    if (isList) this.flush();
    if (part.sort === 'block' && part.parts.length === 0) this.write('pass', inner);
    for (const each of part.parts) {
      this.print(each, inner);
      if (isList) this.flush();
    }
    if (isList) this.flush();
  }

  private write(text: string, indent: number): void {
    if (text === '') return;
    this.line = this.line === '' ? '    '.repeat(indent) + text : this.line + text;
  }

  flush(): void {
    if (this.line !== '') this.lines.push(this.line);
    this.line = '';
  }

  text(): string {
    this.flush();
    return `${this.lines.join('\n')}\n`;
  }
}

/** The text of a tree; the statements of a block stand at the margin. */
export function render(root: Tree): string {
  const printer = new Printer();
  printer.print(root, root.sort === 'block' ? -1 : 0);
  return printer.text();
}

// ------------------------------------------------------------- shrinking

type Step = readonly number[];

interface Place {
  readonly path: Step;
  readonly tree: Tree;
}

function places(root: Tree, path: Step = []): Place[] {
  return [
    { path, tree: root },
    ...root.parts.flatMap((part, i) =>
      typeof part === 'string' ? [] : places(part, [...path, i]),
    ),
  ];
}

/** The same program with the part at a path replaced by others. */
function replaceAt(root: Tree, path: Step, by: readonly Part[]): Tree {
  const [first, ...rest] = path;
  if (first === undefined) throw new Error('the root is not replaced');
  const parts = root.parts.flatMap((part, i): readonly Part[] => {
    if (i !== first) return [part];
    if (rest.length === 0) return by;
    return typeof part === 'string' ? [part] : [replaceAt(part, rest, by)];
  });
  return { sort: root.sort, parts };
}

/** Cut runs of children out of lists, long ones first. */
function* cuts(root: Tree, { path, tree: list }: Place): Generator<Tree> {
  const count = list.parts.length;
  for (let size = count; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < count; from += size) {
      const parts = [...list.parts.slice(0, from), ...list.parts.slice(from + size)];
      const cut = { sort: list.sort, parts };
      yield path.length === 0 ? cut : replaceAt(root, path, [cut]);
    }
  }
}

/** Programs that are a little smaller, the boldest cuts first. */
export function* smaller(root: Tree): Generator<Tree> {
  const all = places(root);
  for (const place of all) {
    if (place.tree.sort === 'block' || place.tree.sort === 'clauses') yield* cuts(root, place);
  }
  for (const { path, tree: each } of all) {
    if (each.sort !== 'statement') continue;
    for (const { tree: inner } of places(each)) {
      if (inner.sort === 'block') yield replaceAt(root, path, inner.parts);
    }
  }
  for (const { path, tree: each } of all) {
    if (FORMS.has(each.sort)) continue;
    for (const { path: below, tree: inner } of places(each)) {
      if (below.length > 0 && !FORMS.has(inner.sort)) yield replaceAt(root, path, [inner]);
    }
    for (const simple of SIMPLEST) {
      const [only] = each.parts;
      if (each.parts.length === 1 && typeof only === 'string' && only.length <= simple.length)
        break;
      yield replaceAt(root, path, [tree(each.sort, simple)]);
    }
  }
}

/**
 * The smallest program found that still fails, by trying each smaller one until none does or the
 * trials are used up.
 */
export async function shrink(
  program: Tree,
  fails: (candidate: Tree) => Promise<boolean>,
  trials: number,
): Promise<Tree> {
  let best = program;
  let left = trials;
  // What comes before `at` in the list of smaller programs was tried, on this program or on one
  // that it comes from: it is tried again only when the rest gives nothing more.
  for (let at = 0, found = true; found;) {
    found = false;
    let index = 0;
    for (const candidate of smaller(best)) {
      if (index++ < at || render(candidate).length >= render(best).length) continue;
      if (left-- <= 0) return best;
      if (!(await fails(candidate))) continue;
      best = candidate;
      found = true;
      break;
    }
    if (found) at = index - 1;
    else if (at > 0) [at, found] = [0, true];
  }
  return best;
}
