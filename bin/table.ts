// Tables for a terminal: columns as wide as their widest cell, the last one as it comes.

/** Rows of equal length as lines; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, width(cell));
  }
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell + ' '.repeat(Math.max(0, (widths[i] ?? 0) - width(cell))))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

// oxlint-disable-next-line no-control-regex -- what may not reach a terminal
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g;

/** Characters, near enough: ids, times and file names are what tables hold. */
function width(cell: string): number {
  return [...cell].length;
}

/** One line, at most so many characters; what was cut off is marked, what steers a terminal too. */
export function clip(text: string, most: number): string {
  const points = [...text.replaceAll(/\s+/g, ' ').replaceAll(CONTROLS, '\uFFFD')];
  return points.length <= most ? points.join('') : `${points.slice(0, most - 1).join('')}…`;
}
