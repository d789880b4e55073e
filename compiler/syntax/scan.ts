// Scanning what a RegExp should not: strings and names beyond ASCII.
//
// Strings, because V8's RegExps keep a stack of their own that a long literal would exhaust. Names,
// because Chevrotain rebuilds each RegExp without its `u` flag, and `\p{…}` is then a letter p.
//
// Each matcher has the form that Chevrotain calls: text and offset in, the matched text in an array
// or null out. None keeps state.

const BACKSLASH = 92;
const LF = 10;
const CR = 13;
const DOUBLE_QUOTE = 34;
const SINGLE_QUOTE = 39;

type Match = [string] | null;

/** A whole string literal, prefix and quotes included. */
export function matchString(text: string, offset: number): Match {
  const open = openingQuote(text, offset);
  if (open < 0) return null;
  const end = isTriple(text, open) ? endOfTriple(text, open) : endOfSingle(text, open);
  return end < 0 ? null : [text.slice(offset, end)];
}

/** A string literal that does not end: to the end of its line, or of the text if triple-quoted. */
export function matchUnterminatedString(text: string, offset: number): Match {
  const open = openingQuote(text, offset);
  if (open < 0) return null;
  if (isTriple(text, open)) return [text.slice(offset)];
  let end = open + 1;
  while (end < text.length && !isLineEnd(text.charCodeAt(end))) {
    // A backslash takes the line break with it, as it would in a string that ends.
    if (text.charCodeAt(end) === BACKSLASH && end + 1 < text.length) end = afterEscape(text, end);
    else end += 1;
  }
  return [text.slice(offset, end)];
}

/** The offset of the quote that a string prefix at `offset` leads to, or -1. */
function openingQuote(text: string, offset: number): number {
  let i = offset;
  let seen = 0;
  for (;;) {
    const code = text.charCodeAt(i);
    if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) return i;
    const letter = prefixLetter(code);
    // Each letter once, at most two, and two only with an r: rb, br, fr, rf.
    if (letter === 0 || (seen & letter) !== 0) return -1;
    seen |= letter;
    if ((seen & (seen - 1)) !== 0 && seen !== (R | B) && seen !== (R | F)) return -1;
    i += 1;
  }
}

const R = 1;
const B = 2;
const F = 4;
const U = 8;

function prefixLetter(code: number): number {
  switch (code | 0x20) {
    case 0x72:
      return R;
    case 0x62:
      return B;
    case 0x66:
      return F;
    case 0x75:
      return U;
    default:
      return 0;
  }
}

function isTriple(text: string, open: number): boolean {
  const quote = text.charCodeAt(open);
  return text.charCodeAt(open + 1) === quote && text.charCodeAt(open + 2) === quote;
}

function isLineEnd(code: number): boolean {
  return code === LF || code === CR;
}

/** The offset after a backslash and what it escapes; CR LF counts as one. */
function afterEscape(text: string, backslash: number): number {
  const crlf = text.charCodeAt(backslash + 1) === CR && text.charCodeAt(backslash + 2) === LF;
  return backslash + (crlf ? 3 : 2);
}

function endOfSingle(text: string, open: number): number {
  const quote = text.charCodeAt(open);
  let i = open + 1;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === quote) return i + 1;
    if (isLineEnd(code)) return -1;
    if (code === BACKSLASH) i = afterEscape(text, i);
    else i += 1;
  }
  return -1;
}

function endOfTriple(text: string, open: number): number {
  const quote = text.charCodeAt(open);
  let i = open + 3;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i = afterEscape(text, i);
    else if (code === quote && isTriple(text, i)) return i + 3;
    else i += 1;
  }
  return -1;
}

const ID_START = /^\p{XID_Start}$/u;
const ID_CONTINUE = /^\p{XID_Continue}$/u;

/** A run of characters of names that begins beyond ASCII. Whether it is a name, isName tells. */
export function matchUnicodeName(text: string, offset: number): Match {
  let end = offset;
  while (end < text.length) {
    const character = String.fromCodePoint(text.codePointAt(end)!);
    if (!continues(character)) break;
    end += character.length;
  }
  return end === offset ? null : [text.slice(offset, end)];
}

const continues = (character: string): boolean => ID_CONTINUE.test(character);

/** Whether a text is a name. Names stay names in normal form KC, so either form can be asked. */
export function isName(text: string): boolean {
  const [first, ...rest] = text;
  if (first === undefined) return false;
  return (first === '_' || ID_START.test(first)) && rest.every(continues);
}
