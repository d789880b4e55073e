// When to send a request again. Pure: what happened in, what to do out.
//
//     what happened                 sending it twice does no harm     it may do harm
//     429, 503 with Retry-After     again, when it says               again: it was turned away
//     429, 500, 502, 503, 504       again                             the answer
//     any other response            the answer                        the answer
//     it never left                 again                             again
//     it left, and broke off        again                             UncertainOutcome
//     the driver died meanwhile     again                             UncertainOutcome
//
// "Again" while there are tries left; then the last response, or what went wrong, is the answer.
// Pauses grow by two from half a second to a minute. They have no jitter: the same history gives
// the same schedule, and a driver's requests are spread by their runs already.

import { shownUrl, type FailureKind, type HttpAnswer, type HttpRequest } from './http-messages.ts';

/** RFC 9110, 9.2.2: methods that do no more when done twice. */
const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PUT',
  'DELETE',
]);

/** Tries after the first, where the program does not say: about a minute in all. */
export const RETRIES_DEFAULT = 7;

const PAUSE_MS_FIRST = 500;
const PAUSE_MS_MAX = 60_000;

/** What a server says that is in trouble, and may be well again in a moment. */
const TROUBLES: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/** Longest Retry-After that is waited for here; beyond it the program gets the response. */
const RETRY_AFTER_MS_MAX = 86_400_000;

/** The one form of a date that is read: others leave it to the host what they mean. */
const HTTP_DATE = /^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$/;

/** How one try ended. */
export type Try =
  | Extract<HttpAnswer, { kind: 'response' }>
  /** `sent`: some of it may have reached the other side. */
  | {
      readonly kind: 'failed';
      readonly failure: FailureKind;
      readonly sent: boolean;
      readonly message: string;
    };

export type Verdict =
  | { readonly kind: 'answer'; readonly answer: HttpAnswer }
  | { readonly kind: 'again'; readonly afterMs: number; readonly because: string };

export function isIdempotent({ method, idempotent }: HttpRequest): boolean {
  return idempotent ?? IDEMPOTENT_METHODS.has(method);
}

export function triesMax({ retries }: HttpRequest): number {
  return 1 + (retries ?? RETRIES_DEFAULT);
}

/** How long to wait after so many failed tries. */
export function pauseMs(tries: number): number {
  return Math.min(PAUSE_MS_MAX, PAUSE_MS_FIRST * 2 ** Math.min(tries - 1, 20));
}

/**
 * What a try means for the request.
 *
 * @param tries how many ended, this one included. Those cut off by a dying driver do not count: it
 *              is not the other side's fault, and a driver that restarts often must not wait long.
 */
export function judge(request: HttpRequest, outcome: Try, tries: number, nowMs: number): Verdict {
  const hasTries = tries < triesMax(request);
  if (outcome.kind === 'response') {
    const isTrouble = TROUBLES.has(outcome.status) && isIdempotent(request);
    const afterMs = retryAfterMs(outcome, nowMs) ?? (isTrouble ? pauseMs(tries) : Infinity);
    if (afterMs > RETRY_AFTER_MS_MAX || !hasTries) return { kind: 'answer', answer: outcome };
    return { kind: 'again', afterMs, because: `status ${outcome.status}` };
  }
  const { failure, sent, message } = outcome;
  // That the answer is too large does not change; and the request has arrived.
  if (failure === 'too-large' || failure === 'invalid') return failed(failure, message);
  if (sent && !isIdempotent(request)) return uncertain(request, message);
  if (hasTries) return { kind: 'again', afterMs: pauseMs(tries), because: message };
  const after = tries === 1 ? '' : `, after ${tries} tries`;
  return failed(failure, `${describe(request)}: ${message}${after}`);
}

/** A request whose last try has no known end, because the driver died; null: send it again. */
export function judgeLost(request: HttpRequest): Verdict | null {
  if (isIdempotent(request)) return null;
  return uncertain(request, 'the driver stopped while it was being sent');
}

/** A request that another store asked for too; null: send it. */
export function judgeForeign(request: HttpRequest): Verdict | null {
  if (isIdempotent(request)) return null;
  return uncertain(request, 'it was asked for before this copy was made, and may have been sent');
}

function failed(failure: FailureKind, message: string): Verdict {
  return { kind: 'answer', answer: { kind: 'failed', failure, message } };
}

function uncertain(request: HttpRequest, message: string): Verdict {
  return failed('uncertain', `${describe(request)}: ${message}; it may have arrived`);
}

function describe({ method, url }: HttpRequest): string {
  return `${method} ${shownUrl(url)}`;
}

/** When a response asks to be asked again; null if it does not. */
function retryAfterMs(
  { status, headers }: Extract<HttpAnswer, { kind: 'response' }>,
  nowMs: number,
): number | null {
  if (status !== 429 && status !== 503) return null;
  const value = headers.find(([name]) => name.toLowerCase() === 'retry-after')?.[1].trim();
  if (value === undefined || value === '') return null;
  const isSeconds = /^[0-9]{1,9}$/.test(value);
  if (!isSeconds && !HTTP_DATE.test(value)) return null;
  const afterMs = isSeconds ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(afterMs) ? null : Math.max(0, afterMs);
}
