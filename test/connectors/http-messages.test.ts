// The messages between flow.http and its connectors: what is taken, and that nothing else is.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Plain } from '../../vm/bytecode/codec.ts';
import {
  answerPlain,
  deliveryPlain,
  HTTP_CALLBACK,
  HTTP_REQUEST,
  MessageError,
  readCallbackToken,
  readDelivery,
  readHttpAnswer,
  readHttpRequest,
  shownUrl,
} from '../../stdlib/connectors/http-messages.ts';
import { effectKinds } from '../../stdlib/connectors/kinds.ts';
import { decodeReasons } from '../../vm/engine/reasons.ts';
import { readAnswer } from '../../vm/engine/answers.ts';
import { readEnding } from '../../vm/engine/endings.ts';
import { tries } from '../harness/fuzz.ts';

const { plain } = fc.letrec<{ plain: Plain }>((tie) => ({
  plain: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Plain>(null, true, false, 'response', 'failed', 'GET', 'http://a.test/', 1, -0),
    fc.double(),
    fc.string({ maxLength: 12 }),
    fc.uint8Array({ maxLength: 8 }),
    fc.array(tie('plain'), { maxLength: 10 }),
  ),
}));

const REQUEST: readonly Plain[] = [
  1,
  'POST',
  'http://a.test/',
  [['a', 'b']],
  Uint8Array.of(1),
  1000,
  3,
  null,
  true,
];

const READERS = { readHttpRequest, readHttpAnswer, readDelivery, readCallbackToken } as const;

describe('any plain data', () => {
  test.each(Object.entries(READERS))('%s gives a message or says what is wrong', (_name, read) => {
    fc.assert(
      fc.property(plain, (value) => {
        try {
          read(value);
        } catch (problem) {
          if (!(problem instanceof MessageError) || problem.message === '') throw problem;
        }
      }),
      tries(2000),
    );
  });

  test('one field of a good request put wrong is found, or is as good', () => {
    fc.assert(
      fc.property(fc.nat(REQUEST.length - 1), plain, (at, value) => {
        const changed = REQUEST.with(at, value);
        try {
          const read = readHttpRequest(changed);
          expect(typeof read.url).toBe('string');
          expect(read.timeoutMs).toBeGreaterThan(0);
        } catch (problem) {
          expect(problem).toBeInstanceOf(MessageError);
        }
      }),
      tries(2000),
    );
  });

  test('as bytes: every answer settles its event, whatever it is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        for (const kind of [HTTP_REQUEST, HTTP_CALLBACK, 'unknown']) {
          expect(['resolved', 'rejected']).toContain(readAnswer(kind, bytes, effectKinds).kind);
        }
        expect(decodeReasons(bytes).rows).toBeInstanceOf(Array);
        expect(readEnding({ kind: 'failed', failure: bytes })?.kind).toBe('failed');
        expect(readEnding({ kind: 'done', result: bytes })?.kind).toBe('done');
      }),
      tries(2000),
    );
  });
});

test('a good request is read as it was written', () => {
  expect(readHttpRequest(REQUEST)).toEqual({
    method: 'POST',
    url: 'http://a.test/',
    headers: [['a', 'b']],
    body: Uint8Array.of(1),
    timeoutMs: 1000,
    retries: 3,
    idempotent: null,
    redirects: true,
  });
});

test('the password in a URL is not shown', () => {
  expect(shownUrl('https://me:word@a.test/x?y@z')).toBe('https://…@a.test/x?y@z');
  expect(shownUrl('http://me@word@a.test')).toBe('http://…@a.test');
  expect(shownUrl('http://a.test/me@x')).toBe('http://a.test/me@x');
});

test('answers and deliveries come back as they went', () => {
  const body = Uint8Array.of(0, 255);
  const headers = [['x', 'y']] as const;
  const response = { kind: 'response', status: 204, url: 'http://a.test/', headers, body } as const;
  expect(readHttpAnswer(answerPlain(response))).toEqual(response);
  const failed = { kind: 'failed', failure: 'reset', message: 'why' } as const;
  expect(readHttpAnswer(answerPlain(failed))).toEqual(failed);
  const delivery = { method: 'PUT', headers, body };
  expect(readDelivery(deliveryPlain(delivery))).toEqual(delivery);
});
