// What is sent again, and what is not: the table of http-policy.ts, row by row.

import { describe, expect, test } from 'vitest';
import type { FailureKind, HttpRequest } from '../../stdlib/connectors/http-messages.ts';
import {
  isIdempotent,
  judge,
  judgeForeign,
  judgeLost,
  pauseMs,
  triesMax,
  type Try,
} from '../../stdlib/connectors/http-policy.ts';

const NOW = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');

function request(method: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method,
    url: 'http://a.test/',
    headers: [],
    body: null,
    timeoutMs: 1000,
    retries: null,
    idempotent: null,
    redirects: true,
    ...more,
  };
}

function response(status: number, retryAfter?: string): Try {
  return {
    kind: 'response',
    status,
    url: '',
    headers: retryAfter === undefined ? [] : [['retry-after', retryAfter]],
    body: new Uint8Array(0),
  };
}

const broken = (failure: FailureKind, sent: boolean): Try => ({
  kind: 'failed',
  failure,
  sent,
  message: 'broke',
});

/** `answer`, `again` or the kind of failure that is the answer. */
function verdict(asked: HttpRequest, outcome: Try, tries = 1): string {
  const said = judge(asked, outcome, tries, NOW);
  if (said.kind === 'again') return `again in ${said.afterMs}`;
  return said.answer.kind === 'failed' ? said.answer.failure : 'answer';
}

test('methods that do no more when done twice', () => {
  const yes = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'];
  for (const method of yes) expect(isIdempotent(request(method))).toBe(true);
  for (const method of ['POST', 'PATCH', 'BREW']) expect(isIdempotent(request(method))).toBe(false);
  expect(isIdempotent(request('POST', { idempotent: true }))).toBe(true);
  expect(isIdempotent(request('GET', { idempotent: false }))).toBe(false);
});

describe('a response is the answer', () => {
  test.each([200, 204, 301, 400, 404, 409, 501, 505])('%i', (status) => {
    expect(verdict(request('POST'), response(status))).toBe('answer');
    expect(verdict(request('GET'), response(status))).toBe('answer');
  });

  test.each([429, 500, 502, 503, 504])('%i too, unless asking again does no harm', (status) => {
    expect(verdict(request('POST'), response(status))).toBe('answer');
    expect(verdict(request('GET', { idempotent: false }), response(status))).toBe('answer');
    expect(verdict(request('GET'), response(status), 3)).toBe('again in 2000');
    expect(verdict(request('POST', { idempotent: true }), response(status))).toBe('again in 500');
    expect(verdict(request('GET', { retries: 2 }), response(status), 3)).toBe('answer');
  });

  test.each([
    [429, '7', 'again in 7000'],
    [503, '0', 'again in 0'],
    [503, 'Wed, 21 Oct 2026 07:29:30 GMT', 'again in 90000'],
    [503, 'Wed, 21 Oct 2020 07:29:30 GMT', 'again in 0'],
    [503, 'soon', 'answer'],
    [503, '2026-10-21', 'answer'],
    [503, '', 'answer'],
    [503, '9999999', 'answer'],
    [500, '7', 'answer'],
  ])('%i with Retry-After %j: %s', (status, after, said) => {
    expect(verdict(request('POST'), response(status, after))).toBe(said);
    if (said !== 'answer') expect(verdict(request('GET'), response(status, after))).toBe(said);
  });

  test('what asks for too long a wait is the answer to all', () => {
    expect(verdict(request('GET'), response(503, '9999999'))).toBe('answer');
    expect(verdict(request('GET'), response(503, 'soon'))).toBe('again in 500');
  });

  test('also when there are no tries left', () => {
    expect(verdict(request('GET', { retries: 2 }), response(503, '1'), 2)).toBe('again in 1000');
    expect(verdict(request('GET', { retries: 2 }), response(503, '1'), 3)).toBe('answer');
  });
});

describe('what broke', () => {
  test.each([
    ['GET', null, 'reset', true, 'again in 500'],
    ['POST', null, 'reset', true, 'uncertain'],
    ['POST', null, 'timeout', true, 'uncertain'],
    ['POST', true, 'reset', true, 'again in 500'],
    ['GET', false, 'reset', true, 'uncertain'],
    ['POST', null, 'refused', false, 'again in 500'],
    ['POST', null, 'timeout', false, 'again in 500'],
    ['POST', null, 'too-large', true, 'too-large'],
    ['POST', null, 'invalid', false, 'invalid'],
  ] as const)('%s, idempotent %j, %s, sent %j: %s', (method, idempotent, failure, sent, said) => {
    expect(verdict(request(method, { idempotent }), broken(failure, sent))).toBe(said);
  });

  test('is told once there are no tries left', () => {
    const asked = request('GET', { retries: 1 });
    expect(verdict(asked, broken('refused', false), 1)).toBe('again in 500');
    expect(judge(asked, broken('refused', false), 2, NOW)).toEqual({
      kind: 'answer',
      answer: {
        kind: 'failed',
        failure: 'refused',
        message: 'GET http://a.test/: broke, after 2 tries',
      },
    });
    expect(verdict(request('GET', { retries: 0 }), broken('reset', true))).toBe('reset');
  });
});

test('a driver that died while it sent', () => {
  expect(judgeLost(request('GET'))).toBe(null);
  expect(judgeLost(request('GET', { retries: 0 }))).toBe(null);
  expect(judgeLost(request('POST'))).toMatchObject({ answer: { failure: 'uncertain' } });
  expect(judgeLost(request('POST', { idempotent: true }))).toBe(null);
});

test('a request that another store asked for too', () => {
  expect(judgeForeign(request('PUT'))).toBe(null);
  expect(judgeForeign(request('POST'))).toMatchObject({ answer: { failure: 'uncertain' } });
});

test('pauses double, to a minute; the default tries take about one', () => {
  expect([1, 2, 3, 4, 8, 9, 100].map(pauseMs)).toEqual([
    500, 1000, 2000, 4000, 60_000, 60_000, 60_000,
  ]);
  let total = 0;
  for (let tries = 1; tries < triesMax(request('GET')); tries++) total += pauseMs(tries);
  expect(total).toBe(63_500);
});
