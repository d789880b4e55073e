// The house rules as a test: floors, owners of dependencies, banned words,
// sizes, headers. The rules are data; the checker is tested on bad files too.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

/** The house, lowest floor first: what each floor may import besides itself. */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  'vm/bytecode': [],
  compiler: ['vm/bytecode'],
  'vm/values': ['vm/bytecode'],
  'vm/machine': ['vm/bytecode', 'vm/values'],
  'vm/snapshot': ['vm/bytecode', 'vm/values', 'vm/machine'],
  'vm/store': ['vm/bytecode', 'vm/values'],
  'vm/engine': ['vm/bytecode', 'vm/values', 'vm/machine', 'vm/snapshot', 'vm/store'],
  stdlib: ['vm/bytecode', 'compiler', 'vm/values', 'vm/machine', 'vm/store', 'vm/engine'],
  bin: [
    'vm/bytecode',
    'compiler',
    'vm/values',
    'vm/machine',
    'vm/snapshot',
    'vm/store',
    'vm/engine',
    'stdlib',
  ],
};

/** The one place each third-party package may be named. */
const OWNERS: Readonly<Record<string, string>> = {
  chevrotain: 'compiler/syntax/',
  msgpackr: 'vm/bytecode/codec.ts',
  level: 'vm/store/level.ts',
  undici: 'stdlib/connectors/',
  commander: 'bin/',
  rolldown: 'bin/build-image.ts',
};

/** What would make two machines disagree. Only bin/ meets the real world. */
const BANNED: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/, 'use the clock you are given'],
  [/\bMath\.random\(|\brandomBytes\(|\brandomUUID\(/, 'use the random source you are given'],
  [/\bprocess\.(env|argv|exit|cwd)\b/, 'only bin/ names the process'],
  [/\btoLocale\w+\(|\bIntl\./, 'nothing may depend on the host locale'],
  [/\bas any\b|: any\b|<any>/, 'say what it is'],
  [/@ts-(ignore|expect-error|nocheck)/, 'mend the types'],
];

/** Files that may be longer, and why. */
const LONG: Readonly<Record<string, string>> = {
  'stdlib/natives/unicode-tables.ts': 'a table that a script makes',
};

const LINES_MAX = 600;
const COLUMNS_MAX = 100;
const ROOTS = ['compiler', 'vm', 'stdlib', 'bin', 'examples', 'test'];

interface Source {
  readonly path: string;
  readonly text: string;
}

function* walk(folder: string): Generator<Source> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.name === 'node_modules') continue;
    if (entry.isDirectory()) yield* walk(path);
    else if (/\.(ts|flow)$/.test(entry.name)) yield { path, text: readFileSync(path, 'utf8') };
  }
}

function floorOf(path: string): string | undefined {
  return Object.keys(FLOORS).find((floor) => path.startsWith(`${floor}/`));
}

function imports(text: string): string[] {
  const named = text.matchAll(/^(?:import|export)\b[^;'"`]*?\bfrom\s+'([^']+)'/gm);
  const bare = text.matchAll(/^import\s+'([^']+)'/gm);
  const dynamic = text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g);
  return [...named, ...bare, ...dynamic].map(([, name]) => name ?? '');
}

/** Every rule a file breaks, as sentences. */
function problems({ path, text }: Source): string[] {
  const found: string[] = [];
  const isFlow = path.endsWith('.flow');
  const floor = isFlow ? undefined : floorOf(path);
  const lines = text.split('\n');
  for (const name of isFlow ? [] : imports(text)) {
    if (name.startsWith('.')) {
      const target = join(path, '..', name);
      const to = floorOf(target);
      if (floor === undefined || to === undefined || to === floor) continue;
      if (!FLOORS[floor]?.includes(to)) found.push(`${floor} may not import ${to}`);
    } else if (!name.startsWith('node:') && floor !== undefined) {
      const owner = OWNERS[name];
      if (owner === undefined) found.push(`${name} has no owner`);
      else if (!path.startsWith(owner)) found.push(`${name} belongs to ${owner}`);
    }
  }
  if (floor !== undefined) {
    if (!text.startsWith('//') && !text.startsWith('#!')) found.push('has no header');
    for (const [i, line] of lines.entries()) {
      for (const [pattern, instead] of BANNED) {
        if (floor === 'bin' && !/any|@ts/.test(pattern.source)) continue;
        if (pattern.test(line.replace(/\/\/.*$|^\s*\/?\*.*$/, '')))
          found.push(`line ${i + 1}: ${instead}`);
      }
    }
  }
  if (lines.length > LINES_MAX + 1 && !(path in LONG)) {
    found.push(`has ${lines.length - 1} lines, more than ${LINES_MAX}`);
  }
  for (const [i, line] of lines.entries()) {
    // Code is the formatter's; it leaves only literals long, and comments to us.
    if ([...line].length > COLUMNS_MAX && /^\s*(\/\/|\/?\*)/.test(line)) {
      found.push(`line ${i + 1} is wider than ${COLUMNS_MAX}`);
    }
  }
  return found;
}

describe('the house', () => {
  for (const root of ROOTS) {
    test(`${root}/ keeps the rules`, () => {
      const found = [...walk(root)].flatMap((source) =>
        problems(source).map((problem) => `${source.path}: ${problem}`),
      );
      expect(found).toEqual([]);
    });
  }

  test('the checker finds what it should', () => {
    const bad = (path: string, text: string): string[] => problems({ path, text });
    expect(bad('vm/store/a.ts', "// x\nimport { Machine } from '../machine/machine.ts';")).toEqual([
      'vm/store may not import vm/machine',
    ]);
    expect(bad('vm/machine/a.ts', "// x\nimport { Packr } from 'msgpackr';")).toEqual([
      'msgpackr belongs to vm/bytecode/codec.ts',
    ]);
    expect(bad('vm/machine/a.ts', 'const now = Date.now();')).toEqual([
      'has no header',
      'line 1: use the clock you are given',
    ]);
    expect(bad('stdlib/a.flow', '\n'.repeat(LINES_MAX + 1))[0]).toMatch(/lines/);
    expect(bad('compiler/a.ts', `// x\n${'\n'.repeat(LINES_MAX + 1)}`)[0]).toMatch(/lines/);
  });
});
