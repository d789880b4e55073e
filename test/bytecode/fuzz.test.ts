// Hostile bytes (L7): whatever is changed in a valid file, it is refused with a typed error or is a
// module that verifies, soon and within bounds. Each test changes another thing: the bytes, the
// values the codec finds in them, the code behind the tables.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode, isList, type Plain } from '../../vm/bytecode/codec.ts';
import { decodeModule, decodeProgram } from '../../vm/bytecode/decode.ts';
import { encodeModule, encodeProgram, MODULE_MAGIC } from '../../vm/bytecode/encode.ts';
import { isFlowError } from '../../vm/bytecode/errors.ts';
import { OP_NAMES } from '../../vm/bytecode/opcodes.ts';
import type { FunctionCode, Module } from '../../vm/bytecode/program.ts';
import { verifyModule, verifyProgram } from '../../vm/bytecode/verify.ts';
import { plainFunction, plainModule, sample } from './sample.ts';
import { walkAtRandom } from './walk.ts';
import { tries } from '../harness/fuzz.ts';

const PROGRAM = sample();
const MODULE = PROGRAM.modules[0]!;
const MODULE_BYTES = encodeModule(MODULE);
const HEADER = MODULE_MAGIC.length + 1;

/** Runs something that may only fail with a typed error; says whether it did not. */
function typedOnly(run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (isFlowError(error, 'FLOW_PROGRAM_CORRUPT')) return false;
    if (isFlowError(error, 'FLOW_PROGRAM_VERSION')) return false;
    throw error;
  }
}

/** A module that decode or a mutation gave: if it verifies, it is what the verifier says. */
function judge(module: Module, seed: number): void {
  typedOnly(() => {
    const verified = verifyModule(module);
    const next = numbers(seed);
    for (const [i, fn] of module.functions.entries()) {
      for (let walk = 0; walk < 3; walk++) walkAtRandom(fn, verified[i]!, next, 200);
    }
    expect(plainModule(decodeModule(encodeModule(module)))).toEqual(plainModule(module));
  });
}

/** A small generator of numbers, so that a failing seed is the whole of a failure. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

interface Edit {
  readonly at: number; // as a share of 2^30
  readonly kind: 'flip' | 'set' | 'insert' | 'delete' | 'copy';
  readonly value: number;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(2 ** 30 - 1),
  kind: fc.constantFrom('flip', 'set', 'insert', 'delete', 'copy'),
  value: fc.nat(255),
});

function applyEdits(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  const out = [...bytes];
  for (const { at, kind, value } of edits) {
    const index = Math.floor((at / 2 ** 30) * out.length);
    if (kind === 'flip') out[index] = (out[index] ?? 0) ^ (1 << (value & 7));
    if (kind === 'set') out[index] = value;
    if (kind === 'insert') out.splice(index, 0, value);
    if (kind === 'delete') out.splice(index, 1 + (value & 15));
    if (kind === 'copy') out.splice(index, 0, ...out.slice(index, index + value));
  }
  return Uint8Array.from(out);
}

describe('the witness itself', () => {
  test('finds nothing wrong with what the compiler made', () => {
    const next = numbers(7);
    for (const [name, verified] of verifyProgram(PROGRAM)) {
      const module = PROGRAM.modules.find((one) => one.name === name)!;
      for (const [i, fn] of module.functions.entries()) {
        for (let walk = 0; walk < 50; walk++) walkAtRandom(fn, verified[i]!, next, 400);
      }
    }
  });

  test('sees a depth that is wrong', () => {
    const [verified] = verifyModule(MODULE);
    const depths = verified!.depths.map((depth) => (depth < 0 ? depth : depth + 1));
    const wrong = { ...verified!, depths };
    expect(() => walkAtRandom(MODULE.functions[0]!, wrong, numbers(1), 10)).toThrow(/not 1/);
  });
});

describe('changed bytes', () => {
  test('of a module', () => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), fc.integer(), (edits, seed) => {
        typedOnly(() => {
          const bytes = applyEdits(MODULE_BYTES, edits);
          const module = decodeModule(bytes);
          expect(encodeModule(module)).toEqual(bytes); // D3
          judge(module, seed);
        });
      }),
      tries(400),
    );
  });

  test('of a program', () => {
    const bytes = encodeProgram(PROGRAM);
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        typedOnly(() => verifyProgram(decodeProgram(applyEdits(bytes, edits))));
      }),
      tries(200),
    );
  });

  test('any bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        typedOnly(() => decodeModule(bytes));
        const body = Uint8Array.from([...MODULE_BYTES.subarray(0, HEADER), ...bytes]);
        typedOnly(() => decodeModule(body));
      }),
      tries(400),
    );
  });
});

describe('changed values', () => {
  /** Every place in a value, as a path of indices. */
  function paths(value: Plain, path: readonly number[], found: (readonly number[])[]): void {
    found.push(path);
    if (isList(value)) for (const [i, item] of value.entries()) paths(item, [...path, i], found);
  }

  function replaceAt(value: Plain, path: readonly number[], by: (old: Plain) => Plain): Plain {
    const [index, ...rest] = path;
    if (index === undefined || !isList(value)) return by(value);
    return value.map((item, i) => (i === index ? replaceAt(item, rest, by) : item));
  }

  const payload = decode(MODULE_BYTES.subarray(HEADER));
  const places: (readonly number[])[] = [];
  paths(payload, [], places);

  const odd: fc.Arbitrary<Plain> = fc.oneof(
    fc.constantFrom<Plain>(null, true, -1, 0, 1, 255, 2 ** 31, 2 ** 40, 0.5, NaN, '', 'x', []),
    fc.uint8Array({ maxLength: 12 }),
  );

  test('of a module', () => {
    fc.assert(
      fc.property(fc.nat(places.length - 1), odd, edit, fc.integer(), (place, value, one, seed) => {
        const changed = replaceAt(payload, places[place]!, (old) =>
          old instanceof Uint8Array && old.length > 0 ? applyEdits(old, [one]) : value,
        );
        typedOnly(() => {
          const body = encode(changed);
          const bytes = Uint8Array.from([...MODULE_BYTES.subarray(0, HEADER), ...body]);
          const module = decodeModule(bytes);
          expect(encodeModule(module)).toEqual(bytes);
          judge(module, seed);
        });
      }),
      tries(600),
    );
  });
});

describe('changed code', () => {
  const opcodes = OP_NAMES.flatMap((name, code) => (name === undefined ? [] : [code]));

  /** Another byte where an opcode or operand stands: likely to be code still. */
  function mutate(fn: FunctionCode, at: number, value: number, asOpcode: boolean): FunctionCode {
    const code = fn.code.slice();
    const index = at % code.length;
    code[index] = asOpcode ? opcodes[value % opcodes.length]! : value & 0x7f;
    return { ...plainFunction(fn), code };
  }

  test('of a function', () => {
    const change = fc.record({ at: fc.nat(), value: fc.nat(255), asOpcode: fc.boolean() });
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.nat(MODULE.functions.length - 1),
        fc.array(change, { minLength: 1, maxLength: 2 }),
        fc.integer(),
        (number, changes, seed) => {
          let fn = MODULE.functions[number]!;
          for (const { at, value, asOpcode } of changes) fn = mutate(fn, at, value, asOpcode);
          const functions = MODULE.functions.map((old, i) => (i === number ? fn : old));
          const module = { ...MODULE, functions };
          if (typedOnly(() => verifyModule(module))) accepted += 1;
          judge(module, seed);
        },
      ),
      tries(600),
    );
    // Some changes (a name for another, + for -) must pass, or this test would test nothing.
    expect(accepted).toBeGreaterThan(5);
  });
});

/** Alone on a core none of these takes two seconds; what hangs takes for ever. */
const SOON_MS = 20_000;

describe('what is made to be slow or large', () => {
  /** The refusal of a module, and how long it took. */
  function refusal(module: Module): { readonly what: string; readonly ms: number } {
    const before = process.hrtime.bigint();
    try {
      verifyModule(module);
    } catch (error) {
      if (!isFlowError(error, 'FLOW_PROGRAM_CORRUPT')) throw error;
      const ms = Number(process.hrtime.bigint() - before) / 1e6;
      return { what: String(error.details['what']), ms };
    }
    throw new Error('this must not verify');
  }

  function bodyWith(code: readonly number[], locals: readonly string[] = []): Module {
    const fn = MODULE.functions[0]!;
    const one: FunctionCode = {
      ...plainFunction(fn),
      code: Uint8Array.from(code),
      locals,
      handlers: [],
      stackMax: 1,
    };
    return { ...MODULE, functions: [one, ...MODULE.functions.slice(1)] };
  }

  /** Three bytes of varint; the number must need them. */
  const varint3 = (n: number): number[] => [(n & 0x7f) | 0x80, ((n >> 7) & 0x7f) | 0x80, n >> 14];

  test('a stack of any depth', () => {
    const { what, ms } = refusal(bodyWith([0x12, 0x78, 0xff, 0xff, 0xff, 0xff, 0x07, 0x87]));
    expect(what).toBe('the stack is too deep');
    expect(ms).toBeLessThan(SOON_MS);
  });

  test('deep copies, again and again', () => {
    const deep = [0x12, 0x78, ...varint3(20_000)]; // LOAD_NONE UNPACK 20000
    const swaps = Array.from({ length: 100_000 }, () => [0x03, ...varint3(20_000)]).flat();
    const { what, ms } = refusal(bodyWith([...deep, ...swaps, 0x87]));
    expect(what).toBe('the code is too tangled to be verified');
    expect(ms).toBeLessThan(SOON_MS);
  });

  test('many locals over many blocks', () => {
    const lead = 20_000; // NOPs, so that each target takes three bytes
    const branches = Array.from({ length: 50_000 }, (_, i) => [
      ...[0x12, 0x92], // LOAD_NONE JUMP_IF_FALSE, to what follows
      ...varint3(lead + 5 * (i + 1)),
    ]).flat();
    const locals = Array.from({ length: 20_000 }, (_, i) => `v${i}`);
    const code = [...Array.from({ length: lead }, () => 0), ...branches, 0x12, 0x87];
    const { what, ms } = refusal(bodyWith(code, locals));
    expect(what).toBe('20000 locals over 50001 blocks are too many to be verified');
    expect(ms).toBeLessThan(SOON_MS);
  });

  test('a change that each pass over the code carries back by one loop only', () => {
    // LOAD_NONE STORE_LOCAL v, then 20,000 times LOAD_NONE JUMP_IF_NONE next, LOOP to the last one,
    // and at last: DELETE_LOCAL v  LOAD_NONE JUMP_IF_NONE out, LOOP to the last of them.
    const lead = [...Array.from({ length: 20_000 }, () => 0), 0x12, 0x15, 0];
    const top = (i: number): number => lead.length + 9 * i;
    const step = (at: number, back: number): number[] => [
      ...[0x12, 0x96, ...varint3(at + 9)],
      ...[0x91, ...varint3(back)],
    ];
    const count = 20_000;
    const steps = Array.from({ length: count }, (_, i) => step(top(i), top(Math.max(0, i - 1))));
    const last = [0x16, 0, ...step(top(count) + 2, top(count - 1))];
    const { what, ms } = refusal(bodyWith([...lead, ...steps.flat(), ...last, 0x12, 0x87], ['v']));
    expect(what).toBe('the code is too tangled to be verified');
    expect(ms).toBeLessThan(SOON_MS);
  });
});
