import { describe, expect, test } from 'vitest';
import {
  decodeManifest,
  decodeModule,
  decodeProgram,
  unpackProgram,
} from '../../vm/bytecode/decode.ts';
import { encode } from '../../vm/bytecode/codec.ts';
import {
  encodeModule,
  encodeProgram,
  FORMAT_VERSION,
  MODULE_MAGIC,
  packProgram,
  PROGRAM_MAGIC,
} from '../../vm/bytecode/encode.ts';
import { hex, sha256 } from '../../vm/bytecode/hash.ts';
import type { Constant, Module } from '../../vm/bytecode/program.ts';
import { verifyProgram } from '../../vm/bytecode/verify.ts';
import { plainModule, plainProgram, program, sample } from './sample.ts';

const CORRUPT = expect.objectContaining({ code: 'FLOW_PROGRAM_CORRUPT' });

describe('modules', () => {
  test('decode gives what was encoded (E1)', () => {
    for (const module of sample().modules) {
      expect(plainModule(decodeModule(encodeModule(module)))).toEqual(plainModule(module));
    }
  });

  test('equal modules give equal bytes (E2)', () => {
    const [a, b] = [sample(), sample()];
    expect(encodeProgram(a)).toEqual(encodeProgram(b));
    expect(packProgram(a).hash).toBe(packProgram(b).hash);
  });

  test('every kind of constant comes back as it was', () => {
    const constants: Constant[] = [
      { type: 'none' },
      { type: 'ellipsis' },
      { type: 'bool', value: false },
      { type: 'float', value: -0 },
      { type: 'float', value: 1 },
      { type: 'float', value: Infinity },
      { type: 'str', value: 'é\ud800' },
      { type: 'bytes', value: Uint8Array.of(0, 255) },
      { type: 'frozenset', items: [{ type: 'int', value: 1n }] },
      { type: 'tuple', items: [{ type: 'tuple', items: [] }] },
      ...[0n, -1n, 2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n), 2n ** 64n, -(2n ** 200n)].map(
        (value): Constant => ({ type: 'int', value }),
      ),
    ];
    const module: Module = { ...sample().modules[0]!, constants };
    const decoded = decodeModule(encodeModule(module)).constants;
    expect(decoded).toEqual(constants);
    expect(Object.is((decoded[3] as { value: number }).value, -0)).toBe(true);
  });
});

describe('programs', () => {
  test('decode gives what was encoded, and it verifies', () => {
    const whole = sample();
    const back = decodeProgram(encodeProgram(whole));
    expect(plainProgram(back)).toEqual(plainProgram(whole));
    expect([...verifyProgram(back).keys()]).toEqual(['__main__', 'helper']);
  });

  test('a manifest lists the modules by the hash of their bytes', () => {
    const packed = packProgram(sample());
    expect(packed.hash).toBe(hex(sha256(packed.manifest)));
    expect(decodeManifest(packed.manifest)).toEqual({
      entry: '__main__',
      modules: packed.modules.map(({ name, hash }) => ({ name, hash })),
    });
    const blobs = new Map(packed.modules.map(({ hash, bytes }) => [hash, bytes]));
    const read = unpackProgram(packed.manifest, (_, hash) => blobs.get(hash)!);
    expect(plainProgram(read)).toEqual(plainProgram(sample()));
  });

  test('two programs share the blob of a module that is the same', () => {
    const lib = { libx: 'def f(): return 1\n' };
    const [a, b] = ['import libx', 'import libx\nprint(libx.f())'].map((text) =>
      packProgram(program(text, lib)),
    );
    const hashOf = (packed: typeof a): string | undefined =>
      packed?.modules.find(({ name }) => name === 'libx')?.hash;
    expect(hashOf(a)).toBe(hashOf(b));
    expect(a?.hash).not.toBe(b?.hash);
  });
});

describe('what is refused', () => {
  const bytes = encodeModule(sample().modules[1]!);

  test.each([
    ['nothing', new Uint8Array()],
    ['a program where a module should be', encodeProgram(sample())],
    ['a cut module', bytes.subarray(0, bytes.length - 1)],
    ['a module with more after it', Uint8Array.from([...bytes, 0])],
    ['line breaks converted', Uint8Array.from([...bytes.subarray(0, 5), ...bytes.subarray(6)])],
  ])('%s', (_, wrong) => {
    expect(() => decodeModule(wrong)).toThrow(CORRUPT);
  });

  test('a later version, by its own code', () => {
    const later = bytes.slice();
    later[MODULE_MAGIC.length] = FORMAT_VERSION + 1;
    const error = { code: 'FLOW_PROGRAM_VERSION', details: { version: 2, newest: 1 } };
    expect(() => decodeModule(later)).toThrow(expect.objectContaining(error));
  });

  test('a module whose bytes are not those of the manifest', () => {
    const { manifest, modules } = packProgram(sample());
    const other = encodeModule({ ...sample().modules[1]!, file: 'elsewhere.flow' });
    const blobs = modules.map((module) => (module.name === 'helper' ? other : module.bytes));
    const payload = encode([manifest, blobs]);
    const header = [...PROGRAM_MAGIC].map((letter) => letter.charCodeAt(0));
    const file = Uint8Array.from([...header, FORMAT_VERSION, ...payload]);
    expect(() => decodeProgram(file)).toThrow(/module helper has hash/);
  });

  test('a program without a module that another imports', () => {
    const whole = sample();
    const lacking = { ...whole, modules: whole.modules.slice(0, 1) };
    expect(() => verifyProgram(lacking)).toThrow(/imports helper, which is not there/);
  });
});
