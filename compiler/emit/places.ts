// Lines and columns of offsets, as tracebacks count them: lines from 1, columns in code points from
// 0.
//
// The emitter asks for hundreds of thousands of them, near one another; so most sources, which are
// ASCII, need no counting of code points, and the line found last is looked at first.

import { countCodePoints, type Source } from '../diagnostics/source.ts';

export interface Place {
  readonly line: number;
  readonly column: number;
}

export class Places {
  private readonly source: Source;
  private readonly starts: readonly number[];
  private readonly isAscii: boolean;
  private lastLine = 1;

  constructor(source: Source) {
    this.source = source;
    this.starts = source.lineStarts;
    // oxlint-disable-next-line no-control-regex -- all of ASCII
    this.isAscii = /^[\u0000-\u007F]*$/.test(source.text);
  }

  at(offset: number): Place {
    const line = this.lineOf(offset);
    const start = this.starts[line - 1]!;
    const column = this.isAscii ? offset - start : countCodePoints(this.source.text, start, offset);
    return { line, column };
  }

  lineOf(offset: number): number {
    const { starts, lastLine } = this;
    const near = starts[lastLine - 1]! <= offset && offset < (starts[lastLine] ?? Infinity);
    if (!near) this.lastLine = this.source.line(offset);
    return this.lastLine;
  }
}
