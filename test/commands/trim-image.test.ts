// What is cut off an image, and what is left alone.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { trimImage } from '../../bin/trim-image.ts';

const BUILT = fileURLToPath(new URL('../../dist/image/commands.blob', import.meta.url));

function count(n: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(n));
  return bytes;
}

const text = (id: string): Buffer => Buffer.concat([count(id.length), Buffer.from(id)]);
const blob = (size: number): Buffer => Buffer.concat([count(size), Buffer.alloc(size, 7)]);
const LIST = Buffer.concat([count(2), text('fs'), blob(300), text('internal/deps/a-b'), blob(5)]);

describe('trimming an image', () => {
  const heap = Buffer.concat([
    Buffer.from('heap'),
    count(1),
    text('x'),
    count(9),
    Buffer.alloc(40),
  ]);

  test('the list at the end goes, and an empty one stays', () => {
    const trimmed = trimImage(Buffer.concat([heap, LIST]));
    expect(trimmed).toEqual(Buffer.concat([heap, count(0)]));
  });

  test('what is no such list, or does not end with the image, stays', () => {
    for (const end of [Buffer.alloc(0), LIST.subarray(0, -1), Buffer.concat([LIST, count(0)])]) {
      const image = Buffer.concat([heap, end]);
      expect(trimImage(image)).toEqual(image);
    }
  });

  test.skipIf(!existsSync(BUILT))('the host still ends its images with one', () => {
    const built = readFileSync(BUILT);
    expect(built.subarray(-8)).toEqual(count(0));
  });
});
