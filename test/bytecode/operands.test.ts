import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OP_NAMES, OPCODES, stackEffect, type OpName } from '../../vm/bytecode/opcodes.ts';
import {
  OPERAND_MAX,
  popCount,
  pushCount,
  reachOf,
  readCode,
  VarintReader,
  varintSize,
  VarintWriter,
} from '../../vm/bytecode/operands.ts';

const NAMES = Object.keys(OPCODES) as OpName[];

describe('varints', () => {
  test('what is written is read, in the size that was said', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(OPERAND_MAX)), (numbers) => {
        const writer = new VarintWriter();
        for (const number of numbers) writer.push(number);
        const bytes = writer.take();
        expect(bytes.length).toBe(numbers.reduce((sum, number) => sum + varintSize(number), 0));
        const reader = new VarintReader(bytes, 'numbers');
        expect(numbers.map(() => reader.next())).toEqual(numbers);
        expect(reader.atEnd).toBe(true);
      }),
    );
  });

  test('signed numbers too', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 30), max: 2 ** 30 - 1 }), (number) => {
        const writer = new VarintWriter();
        writer.pushSigned(number);
        expect(new VarintReader(writer.take(), 'a number').nextSigned()).toBe(number);
      }),
    );
  });

  test.each([
    ['cut', [0x80]],
    ['longer than it needs', [0x81, 0x00]],
    ['above 31 bits', [0xff, 0xff, 0xff, 0xff, 0x08]],
    ['endless', [0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
  ])('a number that is %s is refused', (_, bytes) => {
    const reader = new VarintReader(Uint8Array.from(bytes), 'a number');
    expect(() => reader.next()).toThrow(expect.objectContaining({ code: 'FLOW_PROGRAM_CORRUPT' }));
  });
});

describe('code', () => {
  test('a byte that is no opcode is refused with its place', () => {
    const hole = OP_NAMES.findIndex((name, code) => code > 0 && name === undefined);
    expect(() => readCode(Uint8Array.of(0x00, hole))).toThrow(/is no instruction/);
  });

  test('a missing operand is refused', () => {
    expect(() => readCode(Uint8Array.of(OPCODES.LOAD_CONST.code))).toThrow(/ends inside/);
  });
});

describe('effects', () => {
  test('are those of the pictures, for every opcode, operand and side', () => {
    for (const name of NAMES) {
      for (const operand of [0, 1, 2, 7, (3 << 12) | 2]) {
        for (const jumps of [false, true]) {
          const { code } = OPCODES[name];
          expect(
            { pops: popCount(code, operand, jumps), pushes: pushCount(code, operand, jumps) },
            `${name} ${operand} ${jumps}`,
          ).toEqual(stackEffect(name, operand, jumps));
        }
      }
    }
  });

  test('what a picture leaves in place is not reached', () => {
    const reach = (name: OpName): number => reachOf(OPCODES[name].code, 2);
    expect(reach('ADD')).toBe(2);
    expect(reach('FOR_ITER')).toBe(0);
    expect(reach('MATCH_EXCEPTION')).toBe(1);
    expect(reach('WITH_FAIL')).toBe(0);
    expect(reach('SWAP')).toBe(2);
  });
});
