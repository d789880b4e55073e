// The builtins of Python 3.11 that flow does not have, and what to do instead.
//
// A program that names one is refused when it is compiled, by name: at run time it would be a
// NameError, which Python does not raise there. A row counts only while nothing else has the name;
// so one that goes from here goes because flow has learned it.

const OUTSIDE = 'there are no files here: the outside is reached through flow.http';
const NO_CODE = 'all code of a program is compiled before it runs';

/** null where there is nothing to say. */
export const MISSING_BUILTINS: ReadonlyMap<string, string | null> = new Map([
  ['breakpoint', 'to look into a run: flowvm show RUN'],
  ['compile', NO_CODE],
  ['eval', NO_CODE],
  ['exec', NO_CODE],
  ['help', null],
  ['open', OUTSIDE],
]);
