// The outside, as one golden program meets it: answers requests and delivers callbacks by script.
//
//     marks ──▶ World ◀── ask(request) ── connector of the harness ◀── engine
//                 └────── delivery: when, in simulated time, and what
//
// Owns:      which marks have been used, and what was wrong with what the program asked.
// Does not:  know a clock; each call says what time it is, each delivery says when it is due.
//
// Invariants:
//
//   W1. A request is matched with the first unused `#?` in the file that says the same, so tasks
//     may
//       ask in any order, and a loop that asks the same thing is answered in the order of the file.
//   W2. A request is known by its id. Asked again under the same id (after a crash), it gets the
//       same delivery and uses no second mark; a different request under a known id is a complaint.
//   W3. A World outlives the machine that is killed in `crashed` mode: it is the other side.
//   W4. JSON is compared as values in order: spaces do not matter, the order of keys does.

import type { Chunk, Mark } from './golden.ts';
import type { EffectMark, Reply } from './effects.ts';

/** A request as it leaves the engine. */
export interface AskedRequest {
  readonly id: string; // the effect's stable id: its idempotency key
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What comes back: the reply and when, or null for one that never comes. */
export type Delivery = { readonly atMs: number; readonly reply: Reply } | null;

export interface CallbackDelivery {
  readonly atMs: number;
  readonly body: string;
}

interface Asking {
  readonly line: number;
  readonly effect: EffectMark;
  readonly answer: { readonly afterMs: number; readonly reply: Reply } | null;
  used: boolean;
}

interface Asked {
  readonly text: string;
  readonly delivery: Delivery;
}

interface Posting {
  readonly line: number;
  readonly number: number;
  readonly afterMs: number;
  readonly body: string;
}

/** Simulated time begins here: 2030-01-01T00:00:00Z. */
export const WORLD_START_MS = 1_893_456_000_000;

export class World {
  private readonly askings: readonly Asking[];
  private readonly postings: readonly Posting[];
  private readonly asked = new Map<string, Asked>();
  private readonly callbacks = new Map<string, readonly CallbackDelivery[]>();
  private readonly wrong: string[] = [];

  constructor(chunk: Chunk) {
    this.askings = readAskings(chunk.marks);
    this.postings = chunk.marks.flatMap((mark) =>
      mark.kind === 'answers' && mark.answer.kind === 'callback'
        ? [{ ...mark.answer, line: mark.line }]
        : [],
    );
  }

  /** The program asks; `nowMs` is simulated time. */
  ask(request: AskedRequest, nowMs: number): Delivery {
    const text = `${request.method} ${request.url} ${canonical(request.body)}`.trimEnd();
    const known = this.asked.get(request.id);
    if (known !== undefined) {
      if (known.text !== text) {
        this.wrong.push(`effect ${request.id} was '${known.text}' and is now '${text}'`);
      }
      return known.delivery;
    }
    const match = this.askings.find((asking) => !asking.used && this.says(asking.effect) === text);
    let delivery: Delivery = null;
    if (match === undefined) {
      this.wrong.push(`asked for '${text}', which no mark expects`);
      delivery = { atMs: nowMs, reply: { kind: 'response', status: 599, headers: [], body: '' } };
    } else {
      match.used = true;
      if (match.answer !== null) {
        delivery = { atMs: nowMs + match.answer.afterMs, reply: match.answer.reply };
      }
    }
    this.asked.set(request.id, { text, delivery });
    return delivery;
  }

  /** The program made a callback; what will be posted to its URL, in order. */
  callback(url: string, nowMs: number): readonly CallbackDelivery[] {
    const known = this.callbacks.get(url);
    if (known !== undefined) return known;
    const number = this.callbacks.size + 1;
    const deliveries = this.postings
      .filter((posting) => posting.number === number)
      .map((posting) => ({ atMs: nowMs + posting.afterMs, body: posting.body }));
    this.callbacks.set(url, deliveries);
    return deliveries;
  }

  /** What went wrong, to be read when the run has ended; empty when all was as the marks say. */
  complaints(): string[] {
    const missing = this.askings
      .filter((asking) => !asking.used)
      .map((asking) => `line ${asking.line}: never asked for '${this.says(asking.effect)}'`);
    const unmade = this.postings
      .filter((posting) => posting.number > this.callbacks.size)
      .map((posting) => `line ${posting.line}: callback ${posting.number} was never made`);
    return [...this.wrong, ...missing, ...unmade];
  }

  private says(effect: EffectMark): string {
    const urls = [...this.callbacks.keys()];
    const filled = `${effect.method} ${effect.url}${effect.json === null ? '' : ` ${canonical(effect.json)}`}`;
    return filled.replace(/\$callback([1-9][0-9]*)/g, (whole, number: string) => {
      return urls[Number(number) - 1] ?? whole;
    });
  }
}

/** JSON without spaces; what is not JSON is compared as the JSON string of its characters. */
function canonical(body: string): string {
  if (body === '') return '';
  try {
    return JSON.stringify(JSON.parse(body));
  } catch {
    return JSON.stringify(body);
  }
}

function readAskings(marks: readonly Mark[]): Asking[] {
  const askings: Asking[] = [];
  for (const mark of marks) {
    if (mark.kind === 'asks') {
      askings.push({ line: mark.line, effect: mark.effect, answer: null, used: false });
    } else if (mark.kind === 'answers' && mark.answer.kind === 'reply') {
      const last = askings.pop();
      if (last === undefined || last.answer !== null) {
        throw new Error(`line ${mark.line}: an answer without an effect above it`);
      }
      const { afterMs, reply } = mark.answer;
      askings.push({ ...last, answer: { afterMs, reply } });
    }
  }
  return askings;
}
