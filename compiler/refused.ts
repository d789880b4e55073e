// What the grammar takes and the machine cannot run yet.
//
// The whole of Python 3.11's syntax is parsed, so that a program is refused with a sentence that
// names what it uses, and never runs with another meaning. A row that goes from here goes because
// the machine has learned it; nothing else has to change.

/** What can be refused, each a thing a person would call by this name. */
export type Refusable = 'complex number';

/** What is refused now, and what to do instead; null where there is nothing to say. */
export const REFUSED: { readonly [What in Refusable]?: string | null } = {
  'complex number': null,
};
