// The codec: one value, one byte string, and nothing but a typed error for other bytes.

import * as fc from 'fast-check';
import { Unpackr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import {
  decode,
  DEPTH_MAX,
  encode,
  encodeView,
  isList,
  type Plain,
} from '../../vm/bytecode/codec.ts';
import { FlowError } from '../../vm/bytecode/errors.ts';
import { tries } from '../harness/fuzz.ts';

const integers = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  ...[0, 32, 64, 128, 256, 2 ** 15, 2 ** 16, 2 ** 31, 2 ** 32, 2 ** 53].flatMap((edge) =>
    [-edge - 1, -edge, -edge + 1, edge - 1, edge, edge + 1].map((n) => fc.constant(n)),
  ),
);
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary-ascii', maxLength: 70 }),
  fc.array(fc.integer({ min: 0xd7f0, max: 0xe00f })).map((u) => String.fromCharCode(...u)),
  fc.string({ unit: 'binary', minLength: 65, maxLength: 90 }).map((text) => '\ufeff' + text),
);
const plain: fc.Arbitrary<Plain> = fc.letrec<{ value: Plain; array: Plain[] }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    integers,
    fc.double(),
    texts,
    fc.uint8Array({ maxLength: 300 }),
    tie('array'),
  ),
  array: fc.array(tie('value'), { maxLength: 40 }),
})).value;

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

function nulls(length: number): Plain {
  return Array.from({ length }, () => null);
}

/** 1 inside `depth` arrays. */
function nest(depth: number): Plain {
  let value: Plain = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

/** What decode makes of the bytes: a value, or the typed error. Anything else fails the test. */
function attempt(input: Uint8Array): { value: Plain } | FlowError {
  try {
    return { value: decode(input) };
  } catch (error) {
    if (!(error instanceof FlowError)) throw error;
    expect(error.code).toBe('FLOW_BYTES_CORRUPT');
    expect(error.details['offset']).toBeLessThanOrEqual(input.length);
    return error;
  }
}

describe('B1: what was encoded is decoded', () => {
  test('any plain value', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(decode(encode(value))).toStrictEqual(value);
      }),
    );
  });

  test('zeros, NaN and infinities', () => {
    const given = [0, -0, NaN, Infinity, -Infinity, 5e-324, 1e300, 2 ** 53 - 1];
    expect(decode(encode(given))).toStrictEqual(given);
  });

  test('lengths at the edges of each header', () => {
    for (const length of [0, 1, 15, 16, 31, 32, 63, 64, 255, 256, 65_535, 65_536]) {
      const given = ['a'.repeat(length), 'é'.repeat(length), '\ud800'.repeat(length)];
      expect(decode(encode(given))).toStrictEqual(given);
      expect(decode(encode(new Uint8Array(length)))).toStrictEqual(new Uint8Array(length));
      expect(decode(encode(nulls(length)))).toHaveLength(length);
    }
  });

  test('a Buffer is bytes, and bytes come back as a plain Uint8Array', () => {
    expect(decode(Buffer.from(encode(Buffer.from('ab'))))).toStrictEqual(Uint8Array.of(97, 98));
  });

  test('arrays as deep as the limit; one more is refused on both sides', () => {
    expect(decode(encode(nest(DEPTH_MAX)))).toStrictEqual(nest(DEPTH_MAX));
    expect(() => encode(nest(DEPTH_MAX + 1))).toThrow(
      expect.objectContaining({ code: 'FLOW_VALUE_UNENCODABLE' }),
    );
    const deep = Uint8Array.from({ length: DEPTH_MAX + 2 }, () => 0x91);
    expect(() => decode(deep)).toThrow(/offset 129: arrays nest deeper than 128/);
    expect(() => decode(encode([[1]]), { depth: 1 })).toThrow(/deeper than 1/);
  });
});

describe('B2: one value, one byte string', () => {
  test('NaN has one encoding, whatever sign the processor gave it', () => {
    const signed = new DataView(new ArrayBuffer(8));
    signed.setUint32(0, 0xfff80001);
    expect(hex(encode(signed.getFloat64(0)))).toBe('d40101');
    expect(hex(encode([NaN, -0]))).toBe('92d40101d40100');
  });

  test('a lone surrogate has one encoding, in short and long text', () => {
    expect(hex(encode('\ud800'))).toBe('d502d800');
    const long = 'x'.repeat(100) + '\udc00';
    expect(hex(encode(long)).slice(0, 6)).toBe('c7ca02');
    expect(decode(encode(long))).toBe(long);
  });

  test.each([
    ['cc 05', 'longer form'],
    ['cd 00ff', 'longer form'],
    ['ce 0000ffff', 'longer form'],
    ['d0 05', 'longer form'],
    ['d0 e0', 'longer form'],
    ['d1 ff80', 'longer form'],
    ['d2 ffff8000', 'longer form'],
    ['cb 3ff0000000000000', 'float64'],
    ['cb 8000000000000000', 'float64'],
    ['cb 7ff8000000000000', 'float64'],
    ['ca 3f800000', 'begins no value'],
    ['cf 0000000000000001', 'begins no value'],
    ['d9 01 61', 'longer form'],
    ['da 0001 61', 'longer form'],
    ['c5 0001 61', 'longer form'],
    ['dc 0001 c0', 'longer form'],
    ['80', 'begins no value'],
    ['c1', 'begins no value'],
    ['a2 c328', 'not UTF-8'],
    ['a3 eda080', 'not UTF-8'],
    ['a2 c080', 'not UTF-8'],
    ['d5 02 0061', 'stands for no value'],
    ['c7 04 02 d800d800', 'longer form'],
    ['d4 01 02', 'stands for no value'],
    ['d4 ff 00', 'stands for no value'],
    ['c0 c0', 'after the end'],
    ['', 'end inside'],
  ])('%s is refused', (input, what) => {
    expect(() => decode(bytes(input))).toThrow(what);
  });

  test('whatever decode takes, encode would have written', () => {
    const mutated = fc
      .tuple(plain, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }), fc.nat(40))
      .map(([value, flips, cut]) => {
        const made = encode(value);
        for (const [place, byte] of flips) if (made.length > 0) made[place % made.length] = byte;
        return cut < 4 ? made.subarray(0, Math.max(0, made.length - cut)) : made;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 60 })), (input) => {
        const result = attempt(input);
        if (!(result instanceof FlowError)) expect(hex(encode(result.value))).toBe(hex(input));
      }),
      tries(2_000),
    );
  });

  test('every input of one and two bytes', () => {
    for (let first = 0; first < 256; first++) {
      for (let second = -1; second < 256; second++) {
        const input = second < 0 ? Uint8Array.of(first) : Uint8Array.of(first, second);
        const result = attempt(input);
        if (!(result instanceof FlowError)) expect(hex(encode(result.value))).toBe(hex(input));
      }
    }
  });
});

describe('B3: hostile bytes', () => {
  test('a length is believed only as far as there are bytes', () => {
    for (const header of ['dd ffffffff', 'dc ffff', 'c6 ffffffff', 'db ffffffff', 'c9 ffffffff']) {
      expect(() => decode(bytes(header + ' 02'))).toThrow(/where \d+ (bytes )?are left|deeper/);
    }
  });

  test('nested arrays cannot each claim the same bytes', () => {
    const claims = Buffer.concat([
      ...Array.from({ length: 100 }, () => bytes('dc ff00')),
      new Uint8Array(0x10000),
    ]);
    expect(() => decode(claims)).toThrow(/offset 6: an array of 65280/);
  });

  test('a bound on the bytes is kept', () => {
    expect(() => decode(new Uint8Array(11), { bytes: 10 })).toThrow(/at most 10 are allowed/);
  });

  test('a failed call leaves nothing behind for the next', () => {
    expect(() => decode(bytes('9f 01'))).toThrow(FlowError);
    expect(decode(bytes('92 01 02'))).toStrictEqual([1, 2]);
  });
});

test('what is not plain is refused before anything is written', () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  const sparse: unknown[] = [];
  sparse[2] = 1;
  for (const value of [undefined, 1n, {}, new Map(), new Date(0), cycle, sparse, () => 1]) {
    // @ts-expect-error: the types forbid it; the check is for callers whose types lie.
    expect(() => encode([value])).toThrow(
      expect.objectContaining({ code: 'FLOW_VALUE_UNENCODABLE' }),
    );
  }
  expect(decode(encode([1]))).toStrictEqual([1]);
});

test('our reader and msgpackr agree on everything without extensions', () => {
  const unpackr = new Unpackr({ useRecords: false });
  const strip = (value: Plain): Plain => {
    if (typeof value === 'string') return value.toWellFormed();
    if (typeof value === 'number') return Number.isNaN(value) ? 1.5 : value + 0;
    return isList(value) ? value.map(strip) : value;
  };
  fc.assert(
    fc.property(plain, (value) => {
      const made = encode(strip(value));
      const theirs: Plain = unpackr.unpack(Buffer.from(made));
      const same = (v: Plain): Plain =>
        v instanceof Uint8Array ? Uint8Array.from(v) : isList(v) ? v.map(same) : v;
      expect(decode(made)).toStrictEqual(same(theirs));
    }),
  );
});

test('encodeView gives the same bytes, until the next call', () => {
  const first = encodeView(['first', 1]);
  expect(hex(first)).toBe(hex(encode(['first', 1])));
  const kept = encode('kept');
  encodeView('x'.repeat(5_000_000));
  expect(hex(kept)).toBe('a4' + Buffer.from('kept').toString('hex'));
  expect(decode(encode('x'.repeat(5_000_000)))).toHaveLength(5_000_000);
});
