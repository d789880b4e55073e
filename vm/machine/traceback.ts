// Tracebacks: an exception as CPython 3.11 would print it.
//
//     Traceback (most recent call last):
//       File "charge.flow", line 3, in <module>
//         total = price / count
//                 ~~~~~~^~~~~~~
//     ZeroDivisionError: division by zero
//
// Pure text from data: the entries the exception collected, and the source
// text that each module carries with it.

import { OP } from '../bytecode/opcodes.ts';
import type { Position } from '../bytecode/program.ts';
import { ExceptionObject, membersOf, type TraceEntry } from '../values/exception.ts';
import type { Value } from '../values/value.ts';
import type { Code, Unit } from './code.ts';
import type { LinkedProgram } from './link.ts';

/** Where one frame of a traceback stood. */
export interface Place {
  readonly file: string;
  readonly module: string;
  /** From 1. */
  readonly line: number;
  /** Of the function, `<module>` for a body. */
  readonly name: string;
  /** The line of source, as it is; empty if unknown. */
  readonly text: string;
  readonly position: Position | null;
  readonly code: Code;
  readonly pc: number;
}

/** The text of a source line, from 1. */
export function sourceLine(unit: Unit, line: number): string {
  return sourceLines(unit)[line - 1] ?? '';
}

const lines = new WeakMap<Unit, readonly string[]>();

function sourceLines(unit: Unit): readonly string[] {
  let split = lines.get(unit);
  if (split === undefined) lines.set(unit, (split = unit.module.source.split(/\r\n|\r|\n/)));
  return split;
}

/** The position of the instruction at an offset. */
export function positionAt(code: Code, pc: number): Position | null {
  const { positions } = code.info;
  let low = 0;
  let high = positions.length - 1;
  if (high < 0) return null;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((positions[middle]?.pc ?? 0) <= pc) low = middle;
    else high = middle - 1;
  }
  return positions[low] ?? null;
}

export function placeOf(code: Code, pc: number): Place {
  const position = positionAt(code, pc);
  const line = position?.line ?? code.info.line;
  const { module } = code.unit;
  return {
    file: module.file,
    module: module.name,
    line,
    name: code.info.name,
    text: sourceLine(code.unit, line),
    position,
    code,
    pc,
  };
}

/** The places an exception went through, outermost first. */
export function places(program: LinkedProgram, trace: readonly TraceEntry[]): Place[] {
  const found: Place[] = [];
  for (const entry of trace.toReversed()) {
    const code = program.unitsByHash.get(entry.module)?.codes[entry.function];
    if (code !== undefined) found.push(placeOf(code, entry.pc));
  }
  return found;
}

/** Identical lines after this many are counted instead of shown. */
const REPEATS_SHOWN = 3;

/** Causes and contexts shown at most: a chain may be as long as the program made it. */
const CHAIN_MAX = 100;

/** Of a group: members shown, and groups in groups (CPython's numbers). */
const MEMBERS_SHOWN = 15;
const GROUPS_DEEP = 10;

/** The whole traceback with its causes, each line ended. */
export function formatTraceback(program: LinkedProgram, error: ExceptionObject): string {
  return new Traceback(program).whole(error);
}

// A group's members stand to the right of it, each with its own traceback:
//
//       + Exception Group Traceback (most recent call last):     depth 1
//       |   File "main.flow", line 1, in <module>
//       | ExceptionGroup: text (1 sub-exception)
//       +-+---------------- 1 ----------------
//         | ValueError: 1                                        depth 2
//         +------------------------------------
class Traceback {
  private readonly program: LinkedProgram;
  private readonly shown: string[] = [];
  private readonly seen = new Set<ExceptionObject>();
  /** How many groups are around what is being written; it is the host's recursion, too. */
  private depth = 0;
  /** Whether the line under the last member is still to be drawn. */
  private isOpen = false;

  constructor(program: LinkedProgram) {
    this.program = program;
  }

  whole(error: ExceptionObject): string {
    this.chain(error);
    return this.shown.join('');
  }

  /** An exception after what it came from. */
  private chain(error: ExceptionObject): void {
    const links: { readonly error: ExceptionObject; readonly link: string }[] = [];
    // A member is shown even where it was a cause before; a cause is shown once.
    let at: ExceptionObject | null = error;
    while (at !== null && links.length < CHAIN_MAX) {
      this.seen.add(at);
      let next: ExceptionObject | null = null;
      let link = '';
      if (at.cause !== null && !this.seen.has(at.cause)) {
        next = at.cause;
        link = '\nThe above exception was the direct cause of the following exception:\n\n';
      } else if (at.context !== null && !at.suppressContext && !this.seen.has(at.context)) {
        next = at.context;
        link = '\nDuring handling of the above exception, another exception occurred:\n\n';
      }
      links.push({ error: at, link });
      at = next;
    }
    for (const each of links.toReversed()) {
      this.emit(each.link);
      const members = membersOf(each.error);
      if (members.length === 0) this.one(each.error, '|');
      else if (this.depth > GROUPS_DEEP) this.emit(`... (max_group_depth is ${GROUPS_DEEP})\n`);
      else this.group(each.error, members);
    }
  }

  private group(error: ExceptionObject, members: readonly Value[]): void {
    const isOutermost = this.depth === 0;
    if (isOutermost) this.depth = 1;
    this.one(error, isOutermost ? '+' : '|');
    const count = Math.min(members.length, MEMBERS_SHOWN + 1);
    for (const [i, member] of members.slice(0, count).entries()) {
      const isLast = i === count - 1;
      if (isLast) this.isOpen = true;
      const title = i < MEMBERS_SHOWN ? `${i + 1}` : '...';
      this.draw(`${i === 0 ? '+-' : '  '}+---------------- ${title} ----------------`);
      this.depth++;
      const more = members.length - MEMBERS_SHOWN;
      if (i >= MEMBERS_SHOWN) this.emit(`and ${more} more exception${more === 1 ? '' : 's'}\n`);
      else if (member instanceof ExceptionObject) this.chain(member);
      if (isLast && this.isOpen) {
        this.draw('+------------------------------------');
        this.isOpen = false;
      }
      this.depth--;
    }
    if (isOutermost) this.depth = 0;
  }

  private one(error: ExceptionObject, margin: string): void {
    const steps = places(this.program, error.trace);
    const what = membersOf(error).length === 0 ? 'Traceback' : 'Exception Group Traceback';
    if (steps.length > 0) this.emit(`${what} (most recent call last):\n`, margin);
    this.emit(formatSteps(steps));
    // As CPython does: further lines of the text stand without a margin, those of notes with one.
    this.shown.push(
      `${this.depth === 0 ? '' : `${'  '.repeat(this.depth)}| `}${lastLine(error)}\n`,
    );
    for (const note of notesOf(error)) this.emit(`${note}\n`);
  }

  /** Write lines, each behind the margin of the groups around. */
  private emit(text: string, margin = '|'): void {
    if (text === '') return;
    if (this.depth === 0) {
      this.shown.push(text);
      return;
    }
    const lines = text.slice(0, -1).split('\n');
    for (const line of lines) this.draw(`${margin} ${line}`);
  }

  private draw(line: string): void {
    this.shown.push(`${'  '.repeat(this.depth)}${line}\n`);
  }
}

function formatSteps(steps: readonly Place[]): string {
  const shown: string[] = [];
  let last = '';
  let repeats = 0;
  const flush = (): void => {
    const more = repeats - REPEATS_SHOWN;
    if (more > 0) {
      shown.push(`  [Previous line repeated ${more} more time${more === 1 ? '' : 's'}]\n`);
    }
  };
  for (const place of steps) {
    const key = `${place.file}\n${place.line}\n${place.name}`;
    if (key !== last) {
      flush();
      last = key;
      repeats = 0;
    }
    repeats++;
    if (repeats <= REPEATS_SHOWN) shown.push(formatPlace(place));
  }
  flush();
  return shown.join('');
}

function notesOf(error: ExceptionObject): string[] {
  const notes = error.getOwn('__notes__');
  if (typeof notes !== 'object' || notes === null || !('items' in notes)) return [];
  return Array.isArray(notes.items) ? notes.items.map(String) : [];
}

/** `ValueError: text`, with the module's name where it is not the program's or a builtin. */
export function lastLine(error: ExceptionObject): string {
  const { cls } = error;
  const module = cls.isBuiltin ? 'builtins' : cls.attrs.get('__module__');
  const isPlain = module === 'builtins' || module === '__main__' || typeof module !== 'string';
  const name = isPlain ? cls.qualname : `${module}.${cls.qualname}`;
  const shown = error.getOwn(' shown');
  const text = typeof shown === 'string' ? shown : firstText(error);
  return text === '' ? name : `${name}: ${text}`;
}

/** Before anything could compute str(): the one argument, if it is a str. */
function firstText(error: ExceptionObject): string {
  const first = error.args.items[0];
  return typeof first === 'string' ? first : '';
}

function formatPlace(place: Place): string {
  const head = `  File "${place.file}", line ${place.line}, in ${place.name}\n`;
  const text = place.text.trim();
  if (text === '') return head;
  return `${head}    ${text}\n${carets(place)}`;
}

/** The line of carets under the source, empty where they would say nothing. */
export function carets({ position, text, code, pc }: Place): string {
  if (position === null) return '';
  const points = [...text];
  const indent = points.length - [...text.trimStart()].length;
  const end = position.endLine === position.line ? position.endColumn : [...text.trimEnd()].length;
  const from = Math.max(position.column, indent);
  if (end <= from) return '';
  const isWhole = from === indent && end >= [...text.trimEnd()].length;
  const segment = points.slice(from, end);
  const anchor = position.endLine === position.line ? anchors(segment, code, pc) : null;
  if (isWhole && anchor === null) return '';
  const marks = segment.map((_, i) =>
    anchor === null || (i >= anchor[0] && i < anchor[1]) ? '^' : '~',
  );
  return `    ${' '.repeat(from - indent)}${marks.join('')}\n`;
}

/** Operators by opcode, to find the one an error is about. */
const SYMBOLS: ReadonlyMap<number, string> = new Map<number, string>([
  [OP.ADD, '+'],
  [OP.SUBTRACT, '-'],
  [OP.MULTIPLY, '*'],
  [OP.DIVIDE, '/'],
  [OP.FLOOR_DIVIDE, '//'],
  [OP.MODULO, '%'],
  [OP.POWER, '**'],
  [OP.MATMUL, '@'],
  [OP.LSHIFT, '<<'],
  [OP.RSHIFT, '>>'],
  [OP.BIT_AND, '&'],
  [OP.BIT_OR, '|'],
  [OP.BIT_XOR, '^'],
]);

/** The part of an expression that carets point at: an operator, or a subscript. */
function anchors(
  segment: readonly string[],
  code: Code,
  pc: number,
): readonly [number, number] | null {
  const op = code.info.code[pc] ?? 0;
  if (op === OP.GET_ITEM || op === OP.SET_ITEM || op === OP.DELETE_ITEM) {
    const open = lastOpen(segment);
    return open > 0 ? [open, segment.length] : null;
  }
  const symbol = SYMBOLS.get(op);
  if (symbol === undefined) return null;
  const found = topLevel(segment, symbol);
  // ** groups to the right, everything else to the left.
  const at = op === OP.POWER ? found[0] : found.at(-1);
  return at === undefined || at === 0 ? null : operatorMarks(segment, at, symbol.length);
}

/**
 * What CPython takes for the operator: two characters from behind the left operand on, the second
 * if it is no blank and stands before the right operand; then all of it is moved on over brackets
 * that were put around the left one.
 */
function operatorMarks(
  segment: readonly string[],
  at: number,
  length: number,
): readonly [number, number] {
  const isBlank = (i: number): boolean => /\s/u.test(segment[i] ?? ' ');
  let behind = at;
  while (behind > 0 && isBlank(behind - 1)) behind--;
  let from = behind;
  for (let depth = 0; isGrouped(segment, depth, from); depth++) {
    from--;
    while (from > 0 && isBlank(from - 1)) from--;
  }
  while (isBlank(from)) from++;
  let right = at + length;
  while (right < segment.length && isBlank(right)) right++;
  while (right < segment.length && opensGroup(segment, right)) {
    right++;
    while (right < segment.length && isBlank(right)) right++;
  }
  const isWide = from + 1 < right && !isBlank(from + 1);
  const moved = Math.max(0, at - from);
  return [from + moved, from + moved + (isWide ? 2 : 1)];
}

/** Whether what ends here is only put in brackets, inside others: no call, tuple or generator. */
function isGrouped(segment: readonly string[], depth: number, end: number): boolean {
  if (segment[end - 1] !== ')') return false;
  let nested = 0;
  let open = end - 1;
  for (; open >= 0; open--) {
    if (')]}'.includes(segment[open] ?? '')) nested++;
    else if ('([{'.includes(segment[open] ?? '') && --nested === 0) break;
  }
  const before = segment.slice(0, Math.max(0, open)).join('').replaceAll(/\s/gu, '');
  return before === '('.repeat(depth) && isOne(segment.slice(open + 1, end - 1));
}

/** The same of what begins here and goes on to the end. */
function opensGroup(segment: readonly string[], open: number): boolean {
  if (segment[open] !== '(') return false;
  let nested = 0;
  let end = open;
  for (; end < segment.length; end++) {
    if ('([{'.includes(segment[end] ?? '')) nested++;
    else if (')]}'.includes(segment[end] ?? '') && --nested === 0) break;
  }
  const after = segment.slice(end + 1).join('');
  return /^[\s)]*$/u.test(after) && isOne(segment.slice(open + 1, end));
}

/** Whether what stands in brackets is an expression that they only group. */
function isOne(inside: readonly string[]): boolean {
  const isMany = topLevel(inside, ',').length > 0 || topLevel(inside, ' for ').length > 0;
  return inside.join('').trim() !== '' && !isMany;
}

/** Where the last bracket pair that ends the segment opens; -1 if none does. */
function lastOpen(segment: readonly string[]): number {
  if (segment.at(-1) !== ']') return -1;
  const opens: number[] = [];
  let open = -1;
  scan(segment, (char, i) => {
    if ('([{'.includes(char)) opens.push(i);
    else if (')]}'.includes(char)) open = opens.pop() ?? -1;
  });
  return open;
}

/** Indices of an operator outside brackets and strs. */
function topLevel(segment: readonly string[], symbol: string): number[] {
  const found: number[] = [];
  let depth = 0;
  let skip = -1;
  scan(segment, (char, i) => {
    if ('([{'.includes(char)) depth++;
    else if (')]}'.includes(char)) depth--;
    if (depth > 0 || i <= skip) return;
    const here = segment.slice(i, i + symbol.length).join('');
    if (here !== symbol || (isSign(symbol) && !joins(segment, i))) return;
    const doubled = symbol.length === 1 && segment[i + 1] === char && '*/<>'.includes(char);
    if (doubled) skip = i + 1;
    else {
      found.push(i);
      skip = i + symbol.length - 1;
    }
  });
  return found;
}

const isSign = (symbol: string): boolean => symbol === '-' || symbol === '+';

/** Whether a sign stands between operands: it is neither one operand's own, nor an exponent's. */
function joins(segment: readonly string[], at: number): boolean {
  const before = segment.slice(0, at).join('').trimEnd();
  const isExponent = /(?:^|[^\w.])(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)[eE]$/u.test(before);
  return !isExponent && !/(?:^|[-+*/%@&|^~])$/u.test(before);
}

/** Visit the characters outside string literals. */
function scan(segment: readonly string[], visit: (char: string, i: number) => void): void {
  let quote = '';
  for (let i = 0; i < segment.length; i++) {
    const char = segment[i] ?? '';
    if (quote !== '') {
      if (char === '\\') i++;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else visit(char, i);
  }
}
