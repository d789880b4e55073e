// What run.ts --json prints, and the table of it in spec/performance.md.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figures, Settings } from './probes.ts';

/** One probe of one peer: one line of JSON. */
export interface Result {
  readonly bench: 'peers';
  readonly peer: string;
  readonly mode: string;
  readonly probe: string;
  readonly settings: Settings;
  /** The median of each figure. */
  readonly figures: Figures;
  /** The figures of each round. */
  readonly rounds: readonly Figures[];
  /** Small flushed appends a second, the median of those before each round. */
  readonly syncsPerSecond: number;
  readonly facts: Readonly<Record<string, string>>;
  readonly machine: string;
}

/** Where results are kept that the page shows. */
export const RESULTS = join(import.meta.dirname, 'results');
const PAGE = /(<!-- peers: [^\n]*-->\n\n)([\s\S]*?)(\n<!-- end -->)/;
const UNITS: readonly (readonly [name: RegExp, unit: string])[] = [
  [/PerSecond$/, '/s'],
  [/Ms$/, ' ms'],
  [/Kb$/, ' KB'],
];

export function readResults(files: readonly string[]): Result[] {
  return files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line) as Result),
  );
}

/** The files of results that are kept, of which there may be none yet. */
export function keptFiles(): string[] {
  try {
    const names = readdirSync(RESULTS).filter((name) => name.endsWith('.jsonl'));
    return names.toSorted().map((name) => join(RESULTS, name));
  } catch {
    return [];
  }
}

/** The page with the table of these results in its place. */
export function pageWith(page: string, results: readonly Result[]): string {
  if (!PAGE.test(page)) throw new Error('the page has no place for the table');
  return page.replace(PAGE, (_, before: string, _table, after: string) => {
    return `${before}${table(results)}\n${after}`;
  });
}

function table(results: readonly Result[]): string {
  if (results.length === 0) return 'Nothing has been measured yet.';
  const columns = [...new Set(results.map(columnOf))];
  const rows = new Map<string, Map<string, string>>();
  for (const result of results) {
    for (const [name, value] of Object.entries(result.figures)) {
      const key = `\`${result.probe}\`${settingsOf(result.settings)} | ${wordsOf(name)}`;
      const row = rows.get(key) ?? new Map<string, string>();
      row.set(columnOf(result), `${withUnit(name, value)} (${round(result.syncsPerSecond)}/s)`);
      rows.set(key, row);
    }
  }
  const lines = [...rows].map(
    ([key, cells]) => `| ${key} | ${columns.map((each) => cells.get(each) ?? '').join(' | ')} |`,
  );
  const head = `| probe | figure | ${columns.join(' | ')} |`;
  const rule = `| --- | --- | ${columns.map(() => '---').join(' | ')} |`;
  const machines = [...new Set(results.map((result) => result.machine))];
  const facts = new Map(results.map((result) => [columnOf(result), factsOf(result)]));
  const notes = [...facts].map(([column, text]) => `- ${column}: ${text}.`);
  return [
    head,
    rule,
    ...lines,
    '',
    ...machines.map((each) => `- Machine: ${each}.`),
    ...notes,
  ].join('\n');
}

function columnOf({ peer, mode }: Result): string {
  return mode === 'delivered' ? peer : `${peer}, ${mode}`;
}

function factsOf({ facts }: Result): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function settingsOf(settings: Settings): string {
  const all = Object.entries(settings).map(([name, value]) => `${name} ${round(value)}`);
  return all.length === 0 ? '' : `, ${all.join(', ')}`;
}

/** `resumeMs` → resume. */
function wordsOf(name: string): string {
  const bare = UNITS.reduce((text, [unit]) => text.replace(unit, ''), name);
  return bare.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** A figure with its unit, as a person reads it. */
export function withUnit(name: string, value: number): string {
  const [, unit = ''] = UNITS.find(([pattern]) => pattern.test(name)) ?? [];
  return round(value) + unit;
}

/** Three digits that count, and thousands set off. */
function round(value: number): string {
  const rounded = Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
  const [whole = '', part] = String(rounded).split('.');
  const grouped = whole.replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, ',');
  return part === undefined ? grouped : `${grouped}.${part}`;
}
