// Modules that are known with their bytes pack and unpack as others do.

import { expect, test } from 'vitest';
import { decodeManifest, decodeModule, unpackProgram } from '../../vm/bytecode/decode.ts';
import { encodeModule, packProgram } from '../../vm/bytecode/encode.ts';
import { know } from '../../vm/bytecode/known.ts';
import { plainProgram, program } from './sample.ts';

test('K1: what is known is packed, and read back, as if it were not', () => {
  const { entry, modules } = program('import lib\nprint(lib.x)\n', { lib: 'x = 1' });
  const plain = packProgram({ entry, modules });
  const known = modules.map((module) => {
    const bytes = encodeModule(module);
    const again = decodeModule(bytes);
    if (module.name === 'lib') know(again, bytes);
    return again;
  });
  const packed = packProgram({ entry, modules: known });
  expect(packed).toEqual(plain);
  const read = unpackProgram(packed.manifest, (name) => {
    const { bytes } = packed.modules.find((each) => each.name === name)!;
    return bytes;
  });
  const lib = modules.findIndex(({ name }) => name === 'lib');
  expect(read.modules[lib]).toBe(known[lib]);
  expect(plainProgram(read)).toEqual(plainProgram({ entry, modules }));
});

test('other bytes under a known hash are refused before they are looked up', () => {
  const { entry, modules } = program('import lib\n', { lib: 'x = 2' });
  const packed = packProgram({ entry, modules });
  for (const [i, { bytes }] of packed.modules.entries()) know(modules[i]!, bytes);
  const damaged = new Uint8Array(packed.modules[0]!.bytes);
  damaged[damaged.length - 1]! ^= 1;
  expect(() => unpackProgram(packed.manifest, () => damaged)).toThrow(/has hash/);
  expect(decodeManifest(packed.manifest).modules).toHaveLength(modules.length);
});
