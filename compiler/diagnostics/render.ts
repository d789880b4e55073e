// Diagnostics as a person reads them, and as a program does.
//
//     error[unknown-name]: unknown name 'reciept'
//      --> charge.flow:3:12
//       |
//     3 |     return reciept
//       |            ^^^^^^^ not bound in this function or module
//       = help: did you mean 'receipt'?
//
// The text is the language's user interface: plain by default, the same on every machine, and held
// whole by goldens. A span over several lines is marked to the end of its first one.

import { countCodePoints } from './source.ts';
import type { Position, Source, Span } from './source.ts';
import type { Diagnostic, Report } from './report.ts';

export interface RenderOptions {
  /** Whether to colour for a terminal; off unless asked for. */
  readonly colour?: boolean;
}

/** Columns of source shown in an excerpt; a longer line is cut around its mark. */
const EXCERPT_COLUMNS_MAX = 120;

/** Columns kept before the mark when a long line is cut. */
const EXCERPT_COLUMNS_BEFORE = 40;

const PAINT = { error: '\u001B[1;31m', warning: '\u001B[1;33m', frame: '\u001B[1;34m' } as const;
const PAINT_OFF = '\u001B[0m';

type Ink = keyof typeof PAINT;
type Painter = (ink: Ink, text: string) => string;

/** Everything in a report, a blank line between two, with a last line for what was left out. */
export function renderReport(report: Report, options: RenderOptions = {}): string {
  const parts = report.diagnostics.map((found) => render(found, options));
  if (report.omitted > 0) parts.push(`and ${report.omitted} more not shown\n`);
  return parts.join('\n');
}

/** One diagnostic, ending in a line break. */
export function render(found: Diagnostic, { colour = false }: RenderOptions = {}): string {
  const paint: Painter = (ink, text) => (colour ? PAINT[ink] + text + PAINT_OFF : text);
  const places = [found, ...found.related];
  const widest = Math.max(...places.map(({ source, span }) => source.line(span.start)));
  const margin = ' '.repeat(String(widest).length);

  const lines = [`${paint(found.severity, `${found.severity}[${found.code}]`)}: ${found.title}`];
  lines.push(
    ...excerpt(found.source, found.span, found.label, '-->', margin, found.severity, paint),
  );
  for (const { source, span, label } of found.related) {
    lines.push(...excerpt(source, span, label, ':::', margin, 'frame', paint));
  }
  if (found.help !== null) lines.push(`${margin} ${paint('frame', '=')} help: ${found.help}`);
  return lines.join('\n') + '\n';
}

function excerpt(
  source: Source,
  span: Span,
  label: string | null,
  arrow: string,
  margin: string,
  ink: Ink,
  paint: Painter,
): string[] {
  const { line, column } = source.position(span.start);
  const bar = paint('frame', '|');
  const number = String(line).padStart(margin.length);
  const { shown, before, marks } = cut(source, span, line);
  const carets = paint(ink, '^'.repeat(marks) + (label === null ? '' : ` ${label}`));
  return [
    `${margin}${paint('frame', arrow)} ${source.name}:${line}:${column}`,
    `${margin} ${bar}`,
    `${paint('frame', number)} ${bar} ${shown}`.trimEnd(),
    `${margin} ${bar} ${before}${carets}`,
  ];
}

/** A line of source as shown, what stands before the mark below it, and the width of the mark. */
function cut(
  source: Source,
  span: Span,
  line: number,
): { shown: string; before: string; marks: number } {
  const whole = source.lineSpan(line);
  const markStart = Math.min(span.start, whole.end);
  const markEnd = Math.max(markStart, Math.min(span.end, whole.end));
  let from = whole.start;
  let to = whole.end;
  if (to - from > EXCERPT_COLUMNS_MAX) {
    from = onCodePoint(source.text, Math.max(from, markStart - EXCERPT_COLUMNS_BEFORE));
    to = onCodePoint(source.text, Math.min(to, from + EXCERPT_COLUMNS_MAX));
  }
  const lead = from > whole.start ? '…' : '';
  const trail = to < whole.end ? '…' : '';
  const shown = lead + printable(source.text.slice(from, to)) + trail;
  const before = lead + printable(source.text.slice(from, markStart));
  const marked = printable(source.text.slice(markStart, Math.min(markEnd, to)));
  return { shown, before: blank(before), marks: Math.max(1, displayWidth(marked)) };
}

/** An offset that does not fall between the halves of a surrogate pair. */
function onCodePoint(text: string, offset: number): number {
  const code = text.charCodeAt(offset);
  return code >= 0xdc00 && code < 0xe000 ? offset - 1 : offset;
}

/** Text without characters that would move the terminal's cursor. Tabs stay as they are. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replaceAll(/[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u2028\u2029]/g, '\uFFFD');
}

/** As many blanks as the text is wide; tabs stay, so that both lines are as wide anywhere. */
function blank(text: string): string {
  let blanks = '';
  for (const character of text) {
    blanks += character === '\t' ? '\t' : ' '.repeat(displayWidth(character));
  }
  return blanks;
}

/** Columns of a terminal that a text takes: East Asian wide characters two, marks none. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/^\p{M}$/u.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

// The blocks that terminals draw two columns wide (Unicode's East Asian Width W and F, by block).
const WIDE = new RegExp(
  '^[' +
    '\\u1100-\\u115F\\u2E80-\\uA4CF\\uA960-\\uA97F\\uAC00-\\uD7A3\\uF900-\\uFAFF\\uFE30-\\uFE6F' +
    '\\uFF00-\\uFF60\\uFFE0-\\uFFE6\\u{1F300}-\\u{1F64F}\\u{1F680}-\\u{1F6FF}' +
    '\\u{1F900}-\\u{1F9FF}\\u{20000}-\\u{3FFFD}' +
    ']$',
  'u',
);

/** A diagnostic for programs: the same parts, places as lines and columns beside offsets. */
export interface DiagnosticJson {
  readonly severity: string;
  readonly code: string;
  readonly title: string;
  readonly place: PlaceJson;
  readonly label: string | null;
  readonly help: string | null;
  readonly related: readonly { readonly place: PlaceJson; readonly label: string }[];
}

export interface PlaceJson {
  readonly file: string;
  readonly start: Position & { readonly offset: number };
  readonly end: Position & { readonly offset: number };
}

export function toJSON(found: Diagnostic): DiagnosticJson {
  const { severity, code, title, label, help } = found;
  const related = found.related.map((other) => ({
    place: placeJson(other.source, other.span),
    label: other.label,
  }));
  return {
    severity,
    code,
    title,
    place: placeJson(found.source, found.span),
    label,
    help,
    related,
  };
}

/** A whole report for programs. Offsets count code points of the file, as its columns do. */
export function reportToJSON(report: Report): {
  readonly diagnostics: readonly DiagnosticJson[];
  readonly omitted: number;
} {
  return { diagnostics: report.diagnostics.map(toJSON), omitted: report.omitted };
}

function placeJson(source: Source, span: Span): PlaceJson {
  const place = (offset: number): Position & { readonly offset: number } => ({
    ...source.position(offset),
    offset: countCodePoints(source.text, 0, Math.min(offset, source.text.length)),
  });
  return { file: source.name, start: place(span.start), end: place(span.end) };
}
