// Look-ahead when it is used: what decides an OR, MANY or OPTION is worked out at its first use.
//
// Chevrotain works out all of it when a parser is made, which took half of that time (20 of 40 ms
// on a slow machine), and most of it is for productions that a script of a page never reaches or
// that grammar-base.ts decides by tables. What is worked out is Chevrotain's own.

import { LLkLookaheadStrategy } from 'chevrotain';
import type { ILookaheadStrategy } from 'chevrotain';

type Alternation = ReturnType<ILookaheadStrategy['buildLookaheadForAlternation']>;
type Optional = ReturnType<ILookaheadStrategy['buildLookaheadForOptional']>;

export class LookaheadWhenUsed extends LLkLookaheadStrategy {
  override buildLookaheadForAlternation(
    options: Parameters<ILookaheadStrategy['buildLookaheadForAlternation']>[0],
  ): Alternation {
    const build = (): Alternation => super.buildLookaheadForAlternation(options);
    let decide: Alternation | undefined;
    return function (this: unknown, alternatives) {
      return (decide ??= build()).call(this, alternatives);
    };
  }

  override buildLookaheadForOptional(
    options: Parameters<ILookaheadStrategy['buildLookaheadForOptional']>[0],
  ): Optional {
    const build = (): Optional => super.buildLookaheadForOptional(options);
    let decide: Optional | undefined;
    return function (this: unknown) {
      return (decide ??= build()).call(this);
    };
  }
}
