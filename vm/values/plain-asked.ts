// Questions that only flow code can answer, in the middle of work the host does.
//
//     native ──▶ Asked('str', x) ──▶ its twin: answers.append(str(x)), calls again
//
// The work throws an Asked to its own top, which returns it. The twin finds the
// answer, and calls with all answers so far. What is formatted is short, so
// beginning anew costs less than keeping the state of half-done work would.
//
// Invariant: Q1. The same arguments and answers lead to the same question, so a
// second call goes on exactly where the first stopped.

import type { Value } from './value.ts';

/**
 * `str`, `repr`, `ascii`, `bytes`, `int`, `index`, `float`: that function of the value.
 * `item`: value[key]; `attribute`: getattr(value, key); `format`: format(value, key).
 */
export type Question =
  | 'str'
  | 'repr'
  | 'ascii'
  | 'bytes'
  | 'int'
  | 'index'
  | 'float'
  | 'item'
  | 'attribute'
  | 'format';

export class Asked {
  readonly question: Question;
  readonly value: Value;
  readonly key: Value;

  constructor(question: Question, value: Value, key: Value) {
    this.question = question;
    this.value = value;
    this.key = key;
  }
}

/** The answers to what has been asked so far, in order. */
export class Answers {
  private readonly known: readonly Value[];
  private used = 0;

  constructor(known: readonly Value[]) {
    this.known = known;
  }

  /** The next answer; or out of here to get it. */
  ask(question: Question, value: Value, key: Value = null): Value {
    const answer = this.known[this.used++];
    if (answer === undefined) throw new Asked(question, value, key);
    return answer;
  }
}

/** The result of some work, or what it asked. */
export function attempt<T>(work: () => T): T | Asked {
  try {
    return work();
  } catch (error) {
    if (error instanceof Asked) return error;
    throw error;
  }
}
