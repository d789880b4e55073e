// The room for responses: bounded, and nobody waits for ever.

import { array, assert, infiniteStream, integer, nat, property } from 'fast-check';
import { expect, test } from 'vitest';
import { Room } from '../../stdlib/connectors/http-room.ts';

test('within the open part all go on; beyond it one does, and the next when it has ended', () => {
  const room = new Room(100, 40);
  const went: string[] = [];
  const [a, b, c] = [room.share(), room.share(), room.share()];
  expect(a.take(60, () => went.push('a'))).toBe(true);
  expect(b.take(10, () => went.push('b'))).toBe(true);
  expect(c.take(1, () => went.push('c'))).toBe(false);
  expect(b.take(30, () => went.push('b'))).toBe(true);
  expect(a.take(1, () => went.push('a'))).toBe(false);
  expect(a.take(1, () => went.push('again'))).toBe(false);
  expect(room.bytes).toBe(103);
  b.give();
  expect(went).toEqual(['c']);
  a.give();
  a.give();
  expect(went).toEqual(['c']);
  expect(room.bytes).toBe(1);
  c.give();
  expect(room.bytes).toBe(0);
});

test('RM1, RM2: any responses in any order come to their ends', () => {
  const sizes = array(integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 12 });
  assert(
    property(sizes, infiniteStream(nat()), (chunks, picks) => {
      const reserve = 8;
      const room = new Room(16, reserve);
      // Chunks of one byte each; a response ends when it has had all of its own.
      const open = chunks.map((left) => ({ share: room.share(), left, reads: true }));
      while (open.length > 0) {
        const ready = open.filter(({ reads }) => reads);
        expect(ready.length).toBeGreaterThan(0);
        const one = ready[(picks.next().value ?? 0) % ready.length]!;
        if (one.left === 0) {
          one.share.give();
          open.splice(open.indexOf(one), 1);
          continue;
        }
        one.left -= 1;
        one.reads = one.share.take(1, () => (one.reads = true));
        expect(room.bytes).toBeLessThanOrEqual(16 + chunks.length);
      }
      expect(room.bytes).toBe(0);
    }),
  );
});
