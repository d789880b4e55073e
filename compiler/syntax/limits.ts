// What a source may not exceed. Each limit keeps a host recursion bounded: the grammar calls itself
// once for each bracket and block that is open, and nowhere else without bound.
//
// Measured with a fresh stack of V8's default size (984 KB, nothing compiled yet) on Node 20: it is
// exhausted by 340 nested comprehensions, 380 to 490 brackets of other kinds, 460 blocks.

/** Brackets and blocks open at one place, those of f-string fields included. CPython's MAXLEVEL. */
export const NESTED_MAX = 200;

/** Blocks open at one place. CPython's MAXINDENT, which refuses the hundredth. */
export const BLOCKS_MAX = 99;

/** Lambdas open in the defaults of each other's parameters: the one nesting without brackets. */
export const LAMBDAS_MAX = 50;

/**
 * Digits of a decimal int literal. Reading decimals takes quadratic time; hexadecimal has no limit.
 * CPython's `sys.int_info.default_max_str_digits`.
 */
export const DECIMAL_DIGITS_MAX = 4300;
