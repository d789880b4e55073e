// Filling strs up to a width: ljust, rjust, center, zfill, expandtabs. Bytes
// come as strs of code points 0..255.

import { textLength } from '../../vm/values/text.ts';
import { checkLength } from './str-search.ts';

/** On which side the filling goes. */
export type Side = 'left' | 'right' | 'both';

/** text with a character on one side or both, up to a width in code points. */
export function padTo(text: string, width: number, fill: string, side: Side): string {
  const missing = width - textLength(text);
  if (missing <= 0) return text;
  checkLength(text.length + missing * fill.length);
  if (side === 'left') return fill.repeat(missing) + text;
  if (side === 'right') return text + fill.repeat(missing);
  // The odd one goes left where the width is odd: CPython's way.
  const left = (missing >> 1) + (missing & width & 1);
  return fill.repeat(left) + text + fill.repeat(missing - left);
}

/** Zeros between a sign and the digits. */
export function zeroFill(text: string, width: number): string {
  const missing = width - textLength(text);
  if (missing <= 0) return text;
  checkLength(text.length + missing);
  const signed = text.startsWith('+') || text.startsWith('-') ? 1 : 0;
  return text.slice(0, signed) + '0'.repeat(missing) + text.slice(signed);
}

/** Tabs as spaces up to the next multiple of `tab` in the line. */
export function expandTabs(text: string, tab: number): string {
  const lines = text.split(/([\n\r])/);
  let length = 0;
  const shown = lines.map((line) => {
    const expanded = line.includes('\t') ? expandLine(line, tab, length) : line;
    length += expanded.length;
    checkLength(length);
    return expanded;
  });
  return shown.join('');
}

function expandLine(line: string, tab: number, before: number): string {
  if (tab <= 0) return line.replaceAll('\t', '');
  let [out, column] = ['', 0];
  const cells = line.split('\t');
  for (const [i, cell] of cells.entries()) {
    out += cell;
    column += textLength(cell);
    if (i === cells.length - 1) break;
    const spaces = tab - (column % tab);
    checkLength(before + out.length + spaces);
    out += ' '.repeat(spaces);
    column += spaces;
  }
  return out;
}
