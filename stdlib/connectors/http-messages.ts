// HTTP as plain data: what flow.http asks for and what connectors answer with. Formats of the
// outbox
// and inbox, so they are on disk (L9), and nothing in them is trusted (L7).
//
//     http.request    request  [1, method, url, [[name, value], …], body | null, timeoutMs,
//                               retries | null, idempotent | null, redirects]
//                     answer   ['response', status, url, [[name, value], …], body]
//                              ['failed', kind, message]
//     http.callback   request  [1, token]
//                     answer   [method, [[name, value], …], body]
//
// Owns: these shapes and their checking. A shape that is wrong is a MessageError.

import type { EffectKind } from '../../vm/engine/connector.ts';
import { isList, type Plain } from '../../vm/bytecode/codec.ts';

export const HTTP_REQUEST = 'http.request';
export const HTTP_CALLBACK = 'http.callback';

const VERSION = 1;

/** What is noted with a try: why the one before it failed, and how many have. */
export const NOTHING_FAILED: Plain = ['', 0];

export type Pairs = readonly (readonly [name: string, value: string])[];

/** A request as the connector sends it. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Pairs;
  readonly body: Uint8Array | null;
  /** For one try. */
  readonly timeoutMs: number;
  /** Tries after the first; null: as the connector likes. */
  readonly retries: number | null;
  /** Whether sending it twice does no harm; null: as the method says. */
  readonly idempotent: boolean | null;
  readonly redirects: boolean;
}

/** Why there is no response. flow.http makes each an exception of its own. */
export type FailureKind =
  | 'timeout' // no answer within the time of a try, to any try
  | 'uncertain' // it may have arrived, and must not be sent again
  | 'refused' // nobody listens there
  | 'reset' // the connection broke
  | 'connection' // no such host, no way to it, or no trust in it
  | 'too-large' // the answer is larger than the driver takes
  | 'invalid'; // no HTTP request at all

export type HttpAnswer =
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly url: string;
      readonly headers: Pairs;
      readonly body: Uint8Array;
    }
  | { readonly kind: 'failed'; readonly failure: FailureKind; readonly message: string };

export interface Delivery {
  readonly method: string;
  readonly headers: Pairs;
  readonly body: Uint8Array;
}

/** A message that is not what its place in the store says it is. */
export class MessageError extends Error {}

const FAILURES: readonly FailureKind[] = [
  'timeout',
  'uncertain',
  'refused',
  'reset',
  'connection',
  'too-large',
  'invalid',
];

const METHOD = /^[A-Z][A-Z0-9!#$%&'*+\-.^_`|~]{0,31}$/;
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9a-zA-Z]{1,256}$/;
// oxlint-disable-next-line no-control-regex -- the characters a header's value may not hold
const HEADER_VALUE = /^[^\u0000-\u0008\u000a-\u001f\u007f\u0100-\uffff]*$/;

/** Tries of one request at most. */
export const RETRIES_MAX = 99;

/** A day: a try that takes longer is better done with a callback. */
export const TIMEOUT_MS_MAX = 86_400_000;

/** Headers of one message. */
const HEADERS_MAX = 1000;

function wrong(what: string): MessageError {
  return new MessageError(what);
}

function needPairs(value: Plain | undefined): Pairs {
  if (!isList(value) || value.length > HEADERS_MAX) throw wrong('its headers are no list');
  return value.map((pair): readonly [string, string] => {
    const [name, text] = isList(pair) && pair.length === 2 ? pair : [];
    if (typeof name !== 'string' || !HEADER_NAME.test(name)) throw wrong('a header has no name');
    if (typeof text !== 'string' || !HEADER_VALUE.test(text)) {
      throw wrong(`header ${name} has a value that no header can have`);
    }
    return [name, text];
  });
}

function needBody(value: Plain | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw wrong('its body is not bytes');
}

/** @throws MessageError */
export function readHttpRequest(request: Plain): HttpRequest {
  const [version, method, url, headers, body, timeoutMs, retries, idempotent, redirects] = isList(
    request,
  )
    ? request
    : [];
  if (version !== VERSION) throw wrong('it is no request of a kind known here');
  if (typeof method !== 'string' || !METHOD.test(method)) throw wrong('its method is no method');
  if (typeof url !== 'string' || !isHttpUrl(url)) throw wrong('its URL is no http or https URL');
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0) || timeoutMs > TIMEOUT_MS_MAX) {
    throw wrong(`its timeout is not between 0 and ${TIMEOUT_MS_MAX / 1000} seconds`);
  }
  if (retries !== null && !isRetries(retries)) {
    throw wrong(`its retries are not from 0 to ${RETRIES_MAX}`);
  }
  if (idempotent !== null && typeof idempotent !== 'boolean') {
    throw wrong('whether it is idempotent is neither yes nor no');
  }
  if (typeof redirects !== 'boolean') throw wrong('whether it follows redirects is not said');
  return {
    method,
    url,
    headers: needPairs(headers),
    body: body === null ? null : needBody(body),
    timeoutMs,
    retries,
    idempotent,
    redirects,
  };
}

function isRetries(value: Plain | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= RETRIES_MAX;
}

export function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && hostname !== '';
}

/** A URL as people may see it: without the password that may stand in it. */
export function shownUrl(text: string): string {
  return text.replace(/^(https?:\/\/)[^/?#]*@/i, '$1…@');
}

export function answerPlain(answer: HttpAnswer): Plain {
  if (answer.kind === 'failed') return ['failed', answer.failure, answer.message];
  const { status, url, headers, body } = answer;
  return ['response', status, url, headers, body];
}

/** @throws MessageError */
export function readHttpAnswer(answer: Plain): HttpAnswer {
  const [kind, first, second, third, fourth] = isList(answer) ? answer : [];
  if (kind === 'failed') {
    const failure = FAILURES.find((each) => each === first);
    if (failure === undefined || typeof second !== 'string') throw wrong('it is no failure');
    return { kind, failure, message: second };
  }
  if (kind !== 'response') throw wrong('it is no answer to a request');
  if (typeof first !== 'number' || !Number.isInteger(first) || first < 100 || first > 999) {
    throw wrong('its status is no status');
  }
  if (typeof second !== 'string') throw wrong('its URL is not text');
  return { kind, status: first, url: second, headers: needPairs(third), body: needBody(fourth) };
}

export function deliveryPlain({ method, headers, body }: Delivery): Plain {
  return [method, headers, body];
}

/** @throws MessageError */
export function readDelivery(answer: Plain): Delivery {
  const [method, headers, body] = isList(answer) ? answer : [];
  if (typeof method !== 'string' || !METHOD.test(method)) throw wrong('its method is no method');
  return { method, headers: needPairs(headers), body: needBody(body) };
}

const TOKEN = /^[A-Za-z0-9_-]{16,128}$/;

/** Whether a text can be a callback's token. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** @throws MessageError */
export function readCallbackToken(request: Plain): string {
  const [version, token] = isList(request) ? request : [];
  if (version !== VERSION || typeof token !== 'string' || !isToken(token)) {
    throw wrong('it is no callback of a kind known here');
  }
  return token;
}

export const REQUEST_KIND: EffectKind = {
  kind: HTTP_REQUEST,
  dispatch: true,
  readAnswer: (answer) => answerPlain(readHttpAnswer(answer)),
  firstInfo: NOTHING_FAILED,
  describe: (request) => {
    const { method, url } = readHttpRequest(request);
    return `${method} ${shownUrl(url)}`;
  },
  byHand: (request, given) => {
    if (given.kind === 'value') {
      const { url } = readHttpRequest(request);
      return answerPlain({ kind: 'response', status: 200, url, ...bodyOf(given.text) });
    }
    const failure = FAILURES.find((each) => each === given.type);
    if (failure === undefined) throw wrong(`a request fails with one of ${FAILURES.join(', ')}`);
    return answerPlain({ kind: 'failed', failure, message: given.message });
  },
};

/** A text as somebody would send it. */
function bodyOf(text: string): { readonly headers: Pairs; readonly body: Uint8Array } {
  const type = /^\s*[[{"]/u.test(text) ? 'application/json' : 'text/plain; charset=utf-8';
  return { headers: [['content-type', type]], body: Buffer.from(text) };
}

export const CALLBACK_KIND: EffectKind = {
  kind: HTTP_CALLBACK,
  dispatch: false,
  token: readCallbackToken,
  readAnswer: (answer) => deliveryPlain(readDelivery(answer)),
  describe: (request) => `a callback to /callback/${readCallbackToken(request)}`,
  byHand: (_request, given) => {
    if (given.kind === 'value') return deliveryPlain({ method: 'POST', ...bodyOf(given.text) });
    throw wrong('a callback brings no errors: whoever calls it sends a text');
  },
};
