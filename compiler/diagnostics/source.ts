// A source: one file's text, and where in it an offset lies.
//
// Every phase speaks of places as offsets into `text` (UTF-16 code units, as JavaScript counts);
// only here do they become lines and columns, and only for a person to read. Lines end where
// Python's do: at LF, CR LF or a lone CR.
//
//   C1. Lines and columns count from 1; columns count code points, so that one emoji is one.
//   C2. A byte order mark at the beginning is not part of the text.
//   C3. Any offset from 0 to text.length has a position; others are clamped.

/** A stretch of source text: `end` is the offset after its last character. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A place for a person to read; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const LF = 10;
const CR = 13;

export class Source {
  /** What the file is called in messages. */
  readonly name: string;
  readonly text: string;
  private starts: readonly number[] | null = null;

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text.startsWith('\uFEFF') ? text.slice(1) : text; // C2
  }

  /** The offset at which each line begins. Made when first asked for: few files have mistakes. */
  get lineStarts(): readonly number[] {
    this.starts ??= findLineStarts(this.text);
    return this.starts;
  }

  /** Line of an offset, from 1. */
  line(offset: number): number {
    const starts = this.lineStarts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** Line and column of an offset. C1, C3 */
  position(offset: number): Position {
    const place = Math.max(0, Math.min(offset, this.text.length));
    const line = this.line(place);
    const start = this.lineStarts[line - 1]!;
    return { line, column: countCodePoints(this.text, start, place) + 1 };
  }

  /** The offsets of a line, without its ending; an empty span past the last line. */
  lineSpan(line: number): Span {
    const start = this.lineStarts[line - 1];
    if (start === undefined) return { start: this.text.length, end: this.text.length };
    let end = this.lineStarts[line] ?? this.text.length;
    if (end > start && this.text.charCodeAt(end - 1) === LF) end -= 1;
    if (end > start && this.text.charCodeAt(end - 1) === CR) end -= 1;
    return { start, end };
  }

  /** The text of a line, without its ending. */
  lineText(line: number): string {
    return this.slice(this.lineSpan(line));
  }

  /** The text of a span. */
  slice(span: Span): string {
    return this.text.slice(span.start, span.end);
  }
}

function findLineStarts(text: string): number[] {
  const starts = [0];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === LF || (code === CR && text.charCodeAt(i + 1) !== LF)) starts.push(i + 1);
  }
  return starts;
}

/** Code points from one offset to another; an offset inside a surrogate pair counts before it. */
export function countCodePoints(text: string, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    const next = code >= 0xd800 && code < 0xdc00 ? text.charCodeAt(i + 1) : 0;
    if (next >= 0xdc00 && next < 0xe000) {
      if (i + 2 > end) break;
      i += 1;
    }
    count += 1;
  }
  return count;
}
