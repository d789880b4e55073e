// Literals: what number and string tokens mean.
//
//     0x1F → int 31      1e3 → float 1000      2j → imaginary 2
//     'a\n' → str        rb'\n' → bytes 5C 6E  '\N{BULLET}' → str •
//
// Mistakes are given to the caller with their place within the token; it knows the source.
//
//   V1. A number has the value CPython gives it: floats are correctly rounded, ints exact.
//   V2. Line breaks within a string are LF in its value, whatever they are in the file.
//   V3. A str that our strings cannot hold is no str: an escape for a high surrogate before one
//       for a low surrogate would silently become one character. The file is not refused for it,
//       since the rest of it may be all that is run: the literal raises when it is evaluated.

import { DECIMAL_DIGITS_MAX } from './limits.ts';
import type { SyntaxCode } from './mistakes.ts';
import type { ConstantValue, StrValue } from './tree.ts';
import { characterNamed } from './unicode-names.ts';

/** Told of a mistake between two offsets of the token. */
export type OnMistake = (
  start: number,
  end: number,
  code: SyntaxCode,
  title: string,
  help: string | null,
) => void;

// --------------------------------------------------------------- numbers

/** The value of a number token; where it is refused, zero. */
export function numberValue(image: string, mistake: OnMistake): ConstantValue {
  const code = image.charCodeAt(image.length - 1);
  // Most numbers are short decimal ints.
  if (image.length <= 15 && /^(?:[1-9][0-9]*|0)$/.test(image)) {
    return { type: 'int', value: Number(image) };
  }
  const digits = image.replaceAll('_', '');
  if (/^0[xob]/i.test(digits)) return { type: 'int', value: intValue(digits) };
  if (code === 0x6a || code === 0x4a) {
    return { type: 'imaginary', value: Number(digits.slice(0, -1)) };
  }
  if (/[.eE]/.test(digits)) return { type: 'float', value: Number(digits) };
  if (/^0+[1-9]/.test(digits)) {
    const title =
      'leading zeros in decimal integer literals are not permitted; ' +
      'use an 0o prefix for octal integers';
    const plain = digits.replace(/^0+/, '');
    const octal = /^[0-7]+$/.test(plain) ? ` or '0o${plain}'` : '';
    mistake(0, image.length, 'bad-number', title, `write '${plain}'${octal}`);
    return { type: 'int', value: 0 };
  }
  if (digits.length > DECIMAL_DIGITS_MAX) {
    const title =
      `Exceeds the limit (${DECIMAL_DIGITS_MAX} digits) for integer string conversion: ` +
      `value has ${digits.length} digits`;
    mistake(0, image.length, 'bad-number', title, 'write a number this long in hexadecimal');
    return { type: 'int', value: 0 };
  }
  return { type: 'int', value: intValue(digits) };
}

/** An int as the machine holds it: a number while it is safe, else a bigint. */
function intValue(digits: string): number | bigint {
  const near = Number(digits);
  return Number.isSafeInteger(near) ? near : BigInt(digits);
}

// --------------------------------------------------------------- strings

/** The parts of a string token's text. */
export interface StringParts {
  readonly raw: boolean;
  readonly bytes: boolean;
  /** Offset in the token of the first character after the quotes, and of the closing quotes. */
  readonly start: number;
  readonly end: number;
}

export function stringParts(image: string): StringParts {
  let quote = 0;
  let raw = false;
  let bytes = false;
  for (; ; quote++) {
    const code = image.charCodeAt(quote) | 0x20;
    if (code === 0x72) raw = true;
    else if (code === 0x62) bytes = true;
    else if (code !== 0x66 && code !== 0x75) break;
  }
  const mark = image[quote]!;
  const triple =
    image.length >= quote + 6 && image[quote + 1] === mark && image[quote + 2] === mark;
  const width = triple ? 3 : 1;
  return { raw, bytes, start: quote + width, end: image.length - width };
}

/** The value of a string token that is no f-string. */
export function stringValue(image: string, mistake: OnMistake): ConstantValue {
  const { raw, bytes, start, end } = stringParts(image);
  const text = image.slice(start, end);
  const shifted: OnMistake = (from, to, ...rest) => mistake(from + start, to + start, ...rest);
  if (bytes) return { type: 'bytes', value: bytesValue(text, raw, shifted) };
  return textConstant(text, raw, shifted);
}

/** A str literal's text, or a piece of an f-string: a str, or what our strings cannot hold. */
export function textConstant(text: string, raw: boolean, mistake: OnMistake): StrValue {
  let type: StrValue['type'] = 'str';
  const value = textValue(text, raw, (start, end, code, ...rest) => {
    if (code === 'surrogate-pair') type = 'surrogates';
    mistake(start, end, code, ...rest);
  });
  return { type, value };
}

/** The value of text within a str literal, or of a piece of an f-string. */
export function textValue(text: string, raw: boolean, mistake: OnMistake): string {
  const unify = text.includes('\r'); // V2
  // Escapes are found in the file's own text, or their places would be off.
  if (!raw && text.includes('\\')) return decodeText(text, mistake, unify);
  return unify ? unifyLineBreaks(text) : text;
}

function unifyLineBreaks(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n');
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\n': '',
};

/** Hexadecimal digits after the letter of an escape. */
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** What is said of them by the compiler, and by the error at run time. */
export const SURROGATE_PAIR = 'a surrogate pair cannot be written as two escapes';
export const SURROGATES_RAISE =
  'evaluating it raises NotImplementedError, and as a docstring it is None';

function decodeText(text: string, mistake: OnMistake, unify: boolean): string {
  const pieces: string[] = [];
  let from = 0;
  let before = ''; // what the escape that ends here stands for
  for (let i = text.indexOf('\\'); i >= 0; i = text.indexOf('\\', from)) {
    if (i > from) pieces.push(unify ? unifyLineBreaks(text.slice(from, i)) : text.slice(from, i));
    const { end, character } = readEscape(text, i, mistake);
    if (i === from && isHigh(before) && isLow(character)) {
      const point = (before + character).codePointAt(0)!;
      const plain = `'\\U${point.toString(16).padStart(8, '0')}'`;
      const help = `${SURROGATES_RAISE}: write ${plain} if you mean the character`;
      mistake(i, end, 'surrogate-pair', SURROGATE_PAIR, help); // V3
    }
    pieces.push(character);
    before = character;
    from = end;
  }
  pieces.push(unify ? unifyLineBreaks(text.slice(from)) : text.slice(from));
  return pieces.join('');
}

/** Whether two texts side by side would make one character of the end and beginning of them. */
export function joinsSurrogates(before: string, after: string): boolean {
  return isHigh(before.slice(-1)) && isLow(after.slice(0, 1));
}

const isHigh = (text: string): boolean => /^[\uD800-\uDBFF]$/.test(text);
const isLow = (text: string): boolean => /^[\uDC00-\uDFFF]$/.test(text);

/** One escape of a str: what it stands for, and the offset after it. */
function readEscape(
  text: string,
  backslash: number,
  mistake: OnMistake,
): { end: number; character: string } {
  const letter = text[backslash + 1] ?? '';
  if (letter === '\r') {
    return { end: backslash + (text[backslash + 2] === '\n' ? 3 : 2), character: '' };
  }
  const simple = SIMPLE_ESCAPES[letter];
  if (simple !== undefined) return { end: backslash + 2, character: simple };
  if (letter >= '0' && letter <= '7') return readOctal(text, backslash);
  if (letter === 'N') return readNamed(text, backslash, mistake);
  const count = HEX_DIGITS[letter];
  if (count === undefined) return { ...unknownEscape(text, backslash, mistake) };

  const digits = /^[0-9a-fA-F]*/.exec(text.slice(backslash + 2, backslash + 2 + count))?.[0] ?? '';
  const end = backslash + 2 + digits.length;
  if (digits.length < count) {
    const form = letter + 'X'.repeat(count);
    mistake(backslash, end, 'bad-string', `truncated \\${form} escape`, null);
    return { end, character: '' };
  }
  const code = Number.parseInt(digits, 16);
  if (code > 0x10ffff) {
    mistake(backslash, end, 'bad-string', 'illegal Unicode character', 'the last is U+10FFFF');
    return { end, character: '' };
  }
  return { end, character: String.fromCodePoint(code) };
}

function readOctal(text: string, backslash: number): { end: number; character: string } {
  const digits = /^[0-7]{1,3}/.exec(text.slice(backslash + 1, backslash + 4))![0];
  const end = backslash + 1 + digits.length;
  return { end, character: String.fromCodePoint(Number.parseInt(digits, 8)) };
}

function readNamed(
  text: string,
  backslash: number,
  mistake: OnMistake,
): { end: number; character: string } {
  const close = text.indexOf('}', backslash);
  if (text[backslash + 2] !== '{' || close < 0 || close === backslash + 3) {
    const title = 'malformed \\N character escape';
    mistake(backslash, backslash + 2, 'bad-string', title, "write '\\N{NAME}'");
    return { end: backslash + 2, character: '' };
  }
  const end = close + 1;
  const character = characterNamed(text.slice(backslash + 3, close));
  if (character === null) {
    mistake(backslash, end, 'bad-string', 'unknown Unicode character name', null);
    return { end, character: '' };
  }
  return { end, character };
}

/** A backslash before anything else means itself; in new programs that is a slip. */
function unknownEscape(
  text: string,
  backslash: number,
  mistake: OnMistake,
): { end: number; character: string } {
  const letter = text.slice(backslash + 1, backslash + 2);
  if (letter !== '') {
    const shown = String.fromCodePoint(text.codePointAt(backslash + 1)!);
    mistake(
      backslash,
      backslash + 1 + shown.length,
      'unknown-escape',
      `invalid escape sequence '\\${shown}'`,
      'it means a backslash: double it, or put an r before the string',
    );
  }
  return { end: backslash + 1, character: '\\' };
}

// ----------------------------------------------------------------- bytes

function bytesValue(text: string, raw: boolean, mistake: OnMistake): Uint8Array {
  const bytes: number[] = [];
  let i = 0;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) {
      const end = i + String.fromCodePoint(text.codePointAt(i)!).length;
      const title = 'bytes can only contain ASCII literal characters';
      mistake(i, end, 'bad-string', title, 'write the bytes as escapes, or encode a str');
      i = end;
    } else if (code === 0x0d) {
      bytes.push(0x0a); // V2
      i += text.charCodeAt(i + 1) === 0x0a ? 2 : 1;
    } else if (code === 0x5c && !raw) {
      i = bytesEscape(text, i, bytes, mistake);
    } else {
      bytes.push(code);
      i += 1;
    }
  }
  return Uint8Array.from(bytes);
}

function bytesEscape(text: string, backslash: number, bytes: number[], mistake: OnMistake): number {
  const letter = text[backslash + 1] ?? '';
  if (letter === '\r') return backslash + (text[backslash + 2] === '\n' ? 3 : 2);
  const simple = SIMPLE_ESCAPES[letter];
  if (simple !== undefined) {
    if (simple !== '') bytes.push(simple.charCodeAt(0));
    return backslash + 2;
  }
  if (letter >= '0' && letter <= '7') {
    const { end, character } = readOctal(text, backslash);
    bytes.push(character.charCodeAt(0) & 0xff);
    return end;
  }
  if (letter === 'x') {
    const digits = /^[0-9a-fA-F]{2}/.exec(text.slice(backslash + 2, backslash + 4))?.[0];
    if (digits !== undefined) {
      bytes.push(Number.parseInt(digits, 16));
      return backslash + 4;
    }
    mistake(
      backslash,
      backslash + 2,
      'bad-string',
      'invalid \\x escape',
      "write '\\x' and 2 digits",
    );
    return backslash + 2;
  }
  bytes.push(0x5c);
  return unknownEscape(text, backslash, mistake).end;
}
