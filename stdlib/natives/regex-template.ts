// Templates of replacements: 'a\1\g<name>' to its parts.
//
// A part is a text, or the number of a group whose match stands there.

import { isIdentifier } from '../../vm/values/plain-unicode.ts';
import { textLength } from '../../vm/values/text.ts';
import type { Program } from './regex-program.ts';
import { controlEscape, isDecimal, isOctal, PatternSource } from './regex-source.ts';
import { PatternError } from './regex-tree.ts';

const LETTER = /^[a-zA-Z]$/;

/** The parts of a template; bytes are texts of the code points 0 to 255. Throws PatternError. */
export function parseTemplate(
  text: string,
  isText: boolean,
  program: Program,
): (string | number)[] {
  const source = new PatternSource(text, isText);
  const parts: (string | number)[] = [];
  let literal = '';

  const group = (index: number, back: number): void => {
    if (index > program.groups) throw source.error(`invalid group reference ${index}`, back);
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push(index);
  };

  for (;;) {
    const token = source.get();
    if (token === null) break;
    const char = token.slice(1);
    if (!token.startsWith('\\')) literal += token;
    else if (char === 'g') group(...groupOf(source, program));
    else if (isDecimal(char)) {
      const escape = digits(source, token);
      if (char === '0' || escape.length === 4) {
        literal += String.fromCharCode(source.octalValue(escape));
      } else group(Number(escape.slice(1)), escape.length - 1);
    } else {
      const control = controlEscape(token);
      if (control === undefined && LETTER.test(char)) throw source.badEscape(token);
      literal += control === undefined ? token : String.fromCharCode(control);
    }
  }
  if (literal !== '') parts.push(literal);
  return parts;
}

/** After `\g`: the group and how far behind us its name begins. */
function groupOf(source: PatternSource, program: Program): readonly [index: number, back: number] {
  if (!source.match('<')) throw source.error('missing <');
  const name = source.getUntil('>', 'group name');
  const back = textLength(name) + 1;
  if (!isIdentifier(name)) return [source.groupNumber(name), back];
  const index = program.names.get(name);
  if (index !== undefined) return [index, back];
  throw new PatternError(`unknown group name '${name}'`, null, 'IndexError');
}

/**
 * A backslash and a digit with the digits that belong to it: after a zero up to two octal ones;
 * three octal ones are an octal escape, too; else one or two are the number of a group.
 */
function digits(source: PatternSource, token: string): string {
  const first = token.charAt(1);
  let escape = token;
  if (first === '0') {
    for (let i = 0; i < 2 && isOctal(source.next); i++) escape += source.get();
    return escape;
  }
  if (!isDecimal(source.next)) return escape;
  escape += source.get();
  const isOctalSoFar = isOctal(first) && isOctal(escape.charAt(2));
  if (isOctalSoFar && isOctal(source.next)) escape += source.get();
  return escape;
}
