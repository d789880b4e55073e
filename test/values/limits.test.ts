// Hostile sizes: an error at once, never a hang or the host's own exception.

import { describe, expect, test } from 'vitest';
import { binary, power } from '../../vm/values/arithmetic.ts';
import { INT_BITS_MAX, TEXT_UNITS_MAX } from '../../vm/values/limits.ts';
import type { Value } from '../../vm/values/value.ts';
import { answer, mismatches, parseCall } from './harness.ts';

/** What a call says, and that it says it within half a second. */
function quick(call: string): string {
  const start = performance.now();
  const said = answer(parseCall(call));
  expect(performance.now() - start).toBeLessThan(500);
  return said;
}

const MEMORY = ' !! MemoryError: ';
const BIG = '1000000000000';

describe('what would be too large is a MemoryError', () => {
  test.each([
    `operator.lshift(1, ${BIG})`,
    `operator.pow(10, ${BIG})`,
    `operator.pow(-3, 100000000)`,
    'operator.pow(2, 1180591620717411303424)',
    `operator.mul('x', ${BIG})`,
    `operator.mul([1], ${BIG})`,
    `operator.mul((1, 2), ${BIG})`,
    `operator.mul(b'ab', ${BIG})`,
    `operator.mul(bytearray(b'ab'), ${BIG})`,
    `str.center('a', ${BIG})`,
    `str.zfill('a', ${BIG})`,
    `str.ljust('a', ${BIG}, 'y')`,
    `str.expandtabs('${'\\t'.repeat(200)}', 2147483647)`,
    `bytes.center(b'a', ${BIG})`,
    `bytes(${BIG})`,
    `bytearray(${BIG})`,
    `int.to_bytes(5, ${BIG}, 'big')`,
    `format(1, '${BIG}')`,
    `format('a', '${BIG}')`,
    `format(1.5, '0${BIG}')`,
    `format(1.5, '.2000000000f')`,
    `format(1.5, '.2000000000e')`,
    `format(1.5, '#.2000000000g')`,
    `format(5, '0${BIG},')`,
    `str.__mod__('%1000000000d', 1)`,
    `str.__mod__('%1000000000s', 1)`,
    `str.__mod__('%.1000000000d', 1)`,
    `str.__mod__('%.1000000000f', 1.5)`,
    `str.__mod__('%01000000000d', 1)`,
    `str.__mod__('%*d', (1000000000, 1))`,
    `str.format('{:1000000000}', 1)`,
    `math.factorial(${BIG})`,
    `math.perm(${BIG}, 900000000000)`,
    `math.comb(${BIG}, 500000000000)`,
    `bytes.__mul__(b'a', 2147483648)`,
  ])('%s', (call) => {
    expect(quick(call)).toBe(MEMORY);
  });
});

describe('what C could not count is an OverflowError or a ValueError', () => {
  const HUGE = '1180591620717411303424';
  test.each([
    [`operator.mul('x', ${HUGE})`, "OverflowError: cannot fit 'int' into an index-sized integer"],
    [`str.center('a', ${HUGE})`, 'OverflowError: Python int too large to convert to C ssize_t'],
    [`bytes(${HUGE})`, "OverflowError: cannot fit 'int' into an index-sized integer"],
    [`format(1, '${HUGE}')`, 'ValueError: Too many decimal digits in format string'],
    [`str.__mod__('%${HUGE}d', 1)`, 'ValueError: width too big'],
    [`str.__mod__('%.${HUGE}d', 1)`, 'ValueError: precision too big'],
    [`str.format('{${HUGE}}')`, 'ValueError: Too many decimal digits in format string'],
    [
      `math.factorial(${HUGE})`,
      'OverflowError: factorial() argument should not exceed 9223372036854775807',
    ],
    [`operator.lshift(1, ${HUGE})`, 'OverflowError: too many digits in integer'],
    [`math.ldexp(1.0, ${HUGE})`, 'OverflowError: math range error'],
  ])('%s', (call, error) => {
    expect(quick(call)).toBe(` !! ${error}`);
  });

  test('int.__round__ to a place far beyond the value', () => {
    expect(quick(`int.__round__(5, -${BIG})`)).toBe(' -> 0');
  });
});

const bits = (count: number): Value => (1n << BigInt(count)) - 1n;

test('an int of INT_BITS_MAX bits is made, and none of one more', () => {
  expect(binary('<<', 1, INT_BITS_MAX - 1)).toBe(1n << BigInt(INT_BITS_MAX - 1));
  expect(() => binary('<<', 1, INT_BITS_MAX)).toThrow('MemoryError');
  expect(() => binary('*', bits(INT_BITS_MAX / 2 + 2), bits(INT_BITS_MAX / 2))).toThrow(
    'MemoryError',
  );
  expect(() => binary('**', 3, INT_BITS_MAX)).toThrow('MemoryError');
});

test('a str of TEXT_UNITS_MAX units is made, and none of one more', () => {
  const row = (count: number): string => answer(parseCall(`operator.mul('', ${count})`));
  expect(row(TEXT_UNITS_MAX + 1)).toBe(" -> ''");
  expect(quick(`operator.mul('a', ${TEXT_UNITS_MAX + 1})`)).toBe(MEMORY);
});

test('work that grows with the square of the size is bounded', () => {
  const start = performance.now();
  expect(() => power(3, bits(70_000), bits(70_000))).toThrow('OverflowError');
  expect(performance.now() - start).toBeLessThan(500);
});

test('texts of digits are bounded both ways', () => {
  const digits = '9'.repeat(4300);
  expect(answer(parseCall(`int('${digits}')`))).toBe(` -> ${digits}`);
  expect(answer(parseCall(`int('${digits}9')`))).toBe(
    ' !! ValueError: Exceeds the limit (4300 digits) for integer string conversion: ' +
      'value has 4301 digits; use sys.set_int_max_str_digits() to increase the limit',
  );
  for (const call of ["format(1, 'd')", "str.__mod__('%d', 1)", 'repr(1)']) {
    const large = parseCall(call);
    const args = large.args.map((each) => (each === 1 ? 10n ** 4300n : each));
    expect(answer({ ...large, args })).toBe(
      ' !! ValueError: Exceeds the limit (4300 digits) for integer string conversion; ' +
        'use sys.set_int_max_str_digits() to increase the limit',
    );
  }
  expect(mismatches(`int('${'f'.repeat(5000)}', 16) -> x`)).toHaveLength(1);
});

describe('no pattern takes more than linear time', () => {
  const long = 50_000;
  test.each([
    ['float', `${'1'.repeat(long)}x`],
    ['float', `${'1_'.repeat(long)}x`],
    ['float', `1${' '.repeat(long)}1`],
    ['int', `1${' '.repeat(long)}1`],
    ['int', `${'1_'.repeat(2000)}x`],
    ['float.fromhex', `0x${'f'.repeat(long)}.${'f'.repeat(long)}g`],
    ['bytes.fromhex', `${' '.repeat(long)}g`],
    ['str.format', '{'.repeat(long)],
    ['str.format', `{0${'[0]'.repeat(long)}x}`],
    ['str.title', 'aB'.repeat(long)],
    ['str.splitlines', '\\r\\n'.repeat(long)],
    ['str.split', ' a'.repeat(long)],
    ['str.strip', `${' '.repeat(long)}a${' '.repeat(long)}`],
    ['str.expandtabs', '\\t'.repeat(1000)],
  ])('%s', (name, text) => {
    quick(`${name}('${text}')`);
  });
});
