// Operators on two numbers or two strs, where the host's own operators give what is right.
//
// Each is told by its word (words.ts). Undefined where more must be known: a large result, a
// divisor that is not above 0, other types; then operators.ts decides.

import { Float, type Value } from '../values/value.ts';

const MAX = Number.MAX_SAFE_INTEGER;
const MIN = Number.MIN_SAFE_INTEGER;
/** Strs up to this length are joined at once; limits are looked at beyond. */
const TEXT_QUICK_MAX = 1 << 20;

/** x OP y of an arithmetic word. */
export function calculate(word: number, x: Value, y: Value): Value | undefined {
  if (typeof x === 'number' && typeof y === 'number') return ofInts(word, x, y);
  if (typeof x === 'string') {
    if (typeof y !== 'string' || word !== 26 /* ADD */) return undefined;
    return x.length + y.length <= TEXT_QUICK_MAX ? x + y : undefined;
  }
  const a = x instanceof Float ? x.value : x;
  const b = y instanceof Float ? y.value : y;
  return typeof a === 'number' && typeof b === 'number' ? ofFloats(word, a, b) : undefined;
}

function ofInts(word: number, x: number, y: number): Value | undefined {
  switch (word) {
    case 26 /* ADD */:
    case 38 /* ADDI */:
      return safe(x + y);
    case 27 /* SUB */:
    case 39 /* SUBI */:
      return safe(x - y);
    case 28 /* MUL */:
    case 40 /* MULI */:
      // Adding 0 makes an int 0 of -0 (V1).
      return safe(x * y + 0);
    case 29 /* DIV */:
      return y === 0 ? undefined : new Float(x / y);
    case 30 /* FLOORDIV */:
    case 42 /* FLOORDIVI */: {
      if (y <= 0) return undefined;
      const m = x % y;
      // x - m is a multiple of y, so the quotient is exact.
      return (m < 0 ? (x - m) / y - 1 : (x - m) / y) + 0;
    }
    case 31 /* MOD */:
    case 41 /* MODI */: {
      if (y <= 0) return undefined;
      const m = x % y;
      return m < 0 ? m + y : m + 0;
    }
    case 35 /* LSHIFT */:
      return y >= 0 && y < 32 ? safe(x * 2 ** y + 0) : undefined;
    default:
      return (x | 0) === x && (y | 0) === y ? ofBits(word, x, y) : undefined;
  }
}

/** Of ints of 32 bits. */
function ofBits(word: number, x: number, y: number): number | undefined {
  switch (word) {
    case 32 /* AND */:
    case 43 /* ANDI */:
      return x & y;
    case 33 /* OR */:
      return x | y;
    case 34 /* XOR */:
      return x ^ y;
    case 36 /* RSHIFT */:
      return y >= 0 && y < 32 ? x >> y : undefined;
    default:
      return undefined;
  }
}

function safe(z: number): number | undefined {
  return z <= MAX && z >= MIN ? z : undefined;
}

function ofFloats(word: number, x: number, y: number): Float | undefined {
  switch (word) {
    case 26 /* ADD */:
    case 38 /* ADDI */:
      return new Float(x + y);
    case 27 /* SUB */:
    case 39 /* SUBI */:
      return new Float(x - y);
    case 28 /* MUL */:
    case 40 /* MULI */:
      return new Float(x * y);
    case 29 /* DIV */:
      return y === 0 ? undefined : new Float(x / y);
    default:
      return undefined;
  }
}

/** x OP y of a word that compares. */
export function compareNumbers(word: number, x: Value, y: Value): boolean | undefined {
  if (typeof x === 'number' && typeof y === 'number') return compared(word, x, y);
  if (x instanceof Float && y instanceof Float) return compared(word, x.value, y.value);
  return undefined;
}

function compared(word: number, x: number, y: number): boolean | undefined {
  switch (word) {
    case 47 /* LT */:
    case 53 /* LT_JF */:
    case 59 /* LTI_JF */:
      return x < y;
    case 48 /* LE */:
    case 54 /* LE_JF */:
    case 60 /* LEI_JF */:
      return x <= y;
    case 49 /* EQ */:
    case 55 /* EQ_JF */:
    case 61 /* EQI_JF */:
      return x === y;
    case 50 /* NE */:
    case 56 /* NE_JF */:
    case 62 /* NEI_JF */:
      return x !== y;
    case 51 /* GT */:
    case 57 /* GT_JF */:
    case 63 /* GTI_JF */:
      return x > y;
    case 52 /* GE */:
    case 58 /* GE_JF */:
    case 64 /* GEI_JF */:
      return x >= y;
    default:
      return undefined;
  }
}
