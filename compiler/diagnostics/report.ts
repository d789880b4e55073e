// Reports: the mistakes of a program, as values.
//
// A mistake in somebody's program is no exception of ours: every phase adds all it finds to one
// Report and goes on, and the next phase runs only if there were no errors. A diagnostic carries
// its own source, since one compilation reads several modules.
//
//   R1. Nothing is said twice: the same code at the same place is kept once.
//   R2. `diagnostics` is in the order a person reads: sources as first mentioned, then by place.
//   R3. At most DIAGNOSTICS_MAX are kept, so that a binary file does not fill the memory; what was
//       left out is counted, and an error that was left out is still an error.

import type { Source, Span } from './source.ts';

export type Severity = 'error' | 'warning';

/** Another place that explains a mistake, such as where a bracket opened. */
export interface Related {
  readonly source: Source;
  readonly span: Span;
  readonly label: string;
}

/** One mistake, in the order a person needs it: what, where, why here, what to do. */
export interface Diagnostic {
  readonly severity: Severity;
  /** A word that names the kind of mistake for ever; messages may change, codes do not. */
  readonly code: string;
  readonly title: string;
  readonly source: Source;
  readonly span: Span;
  /** Why this very place; null when the title says it all. */
  readonly label: string | null;
  /** What to do; null when we do not know. */
  readonly help: string | null;
  readonly related: readonly Related[];
}

/** The parts of a diagnostic that not every mistake has. */
export interface Details {
  readonly label?: string | null;
  readonly help?: string | null;
  readonly related?: readonly Related[];
}

/** Diagnostics kept of one compilation: more than anyone reads, and few enough to hold. */
export const DIAGNOSTICS_MAX = 200;

export class Report {
  private readonly kept: Diagnostic[] = [];
  private readonly seen = new Set<string>();
  private readonly sources = new Map<Source, number>();
  private errorsFound = 0;
  private omittedCount = 0;

  error(source: Source, span: Span, code: string, title: string, details: Details = {}): void {
    this.add(diagnostic('error', source, span, code, title, details));
  }

  warning(source: Source, span: Span, code: string, title: string, details: Details = {}): void {
    this.add(diagnostic('warning', source, span, code, title, details));
  }

  add(found: Diagnostic): void {
    const known = this.sources.get(found.source) ?? this.sources.size;
    this.sources.set(found.source, known);
    const key = `${known}:${found.span.start}:${found.code}`;
    if (this.seen.has(key)) return; // R1
    if (found.severity === 'error') this.errorsFound += 1;
    if (this.kept.length >= DIAGNOSTICS_MAX) {
      this.omittedCount += 1; // R3
      return;
    }
    this.seen.add(key);
    this.kept.push(found);
  }

  get hasErrors(): boolean {
    return this.errorsFound > 0;
  }

  /** Errors found, those left out included. */
  get errorCount(): number {
    return this.errorsFound;
  }

  /** How many were found beyond the ones kept. R3 */
  get omitted(): number {
    return this.omittedCount;
  }

  /** Everything kept. R2 */
  get diagnostics(): readonly Diagnostic[] {
    const order = (found: Diagnostic): number => this.sources.get(found.source) ?? 0;
    return this.kept.toSorted(
      (a, b) => order(a) - order(b) || a.span.start - b.span.start || a.span.end - b.span.end,
    );
  }

  get errors(): readonly Diagnostic[] {
    return this.diagnostics.filter((found) => found.severity === 'error');
  }

  get warnings(): readonly Diagnostic[] {
    return this.diagnostics.filter((found) => found.severity === 'warning');
  }
}

function diagnostic(
  severity: Severity,
  source: Source,
  span: Span,
  code: string,
  title: string,
  { label = null, help = null, related = [] }: Details,
): Diagnostic {
  return { severity, code, title, source, span, label, help, related };
}
