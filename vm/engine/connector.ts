// Connectors: what carries effects out and brings answers in.
//
//     run ──_effect(kind, payload)──▶ outbox (store) ──deliver──▶ Connector ──▶ the world
//     run ◀──settle── engine ◀── inbox (store) ◀──answer────────── Connector ◀── the world
//
// A connector knows no machine and no run's state: it and the engine are joined only through the
// store, so it may live in another process. This file is what the two sides agree on.
//
// Invariants:
//
//   CN1. An attempt is on disk before anything leaves (begin(), T8 of the store).
//   CN2. An answer is on disk before anybody is told that it was taken (answer(), T6).
//   CN3. Requests and answers are hostile until their kind has checked them (L7).

import type { Plain } from '../bytecode/codec.ts';
import type { Delivered, EffectRef } from '../store/store.ts';
import type { Clock } from './clock.ts';

/** What is the same for all effects of one kind, on every host. Pure. */
export interface EffectKind {
  /** As `_effect` names it: `http.request`. */
  readonly kind: string;
  /** False for what nobody carries out, only awaits: a callback. */
  readonly dispatch: boolean;
  /** The unguessable text by which a stranger may answer, if it has one. */
  token?(request: Plain): string;
  /**
   * The value of an answer, as plain data: what `await` gives. Numbers that are safe integers
   * become ints, other numbers floats, arrays lists.
   * @throws any Error, if the answer is not one; its message is told to the program
   */
  readAnswer(answer: Plain): Plain;
  /**
   * What its connector notes when the first attempt begins. Where the connector lives in the
   * driver's process, the attempt then begins with the commit that asks for the effect.
   */
  readonly firstInfo?: Plain;
  /** The request in a few words, for people: `POST https://bank.example/refunds`. */
  describe(request: Plain): string;
  /**
   * The answer that a person gives to it, as its connector would hand it over.
   * @throws any Error, if it can be no answer to that; its message is for the person
   */
  byHand(request: Plain, given: GivenAnswer): Plain;
}

/** What a person answers in place of the outside. */
export type GivenAnswer =
  | { readonly kind: 'value'; readonly text: string }
  | { readonly kind: 'error'; readonly type: string; readonly message: string };

/** An effect on its way out. */
export interface Outgoing extends EffectRef {
  readonly kind: string;
  /** Checked to be an encoding; what it says is for the connector to check. */
  readonly request: Plain;
  /** The same at every try, over crashes and moves; another one in a fork. */
  readonly key: string;
  /** Attempts begun before this delivery. */
  readonly attempts: number;
  /** What the connector noted last: at the end of the last attempt, or at its beginning. */
  readonly noted: Plain;
  /** Whether the last of them has no known end: it may have reached the world. */
  readonly isUncertain: boolean;
  /**
   * Whether it was committed in the store this one was forked from, or the run was imported: then
   * somebody else may carry it out too.
   */
  readonly isForeign: boolean;
}

/** What a connector may ask of the driver it runs in. */
export interface ConnectorHost {
  readonly clock: Clock;
  /**
   * Say that an attempt begins; on disk when it resolves (CN1).
   * @returns its number; null if nobody wants the effect any more: send nothing
   */
  begin(out: EffectRef, info: Plain): Promise<number | null>;
  /** Say that an attempt has failed, and when to deliver the effect again. */
  retry(out: EffectRef, attempt: number, info: Plain, atMs: number): Promise<void>;
  /** Hand over the answer. */
  answer(out: EffectRef, answer: Plain): Promise<Delivered>;
  /** Whose token this is; see Store.findToken. */
  findToken(token: string): Promise<(EffectRef & { readonly abandoned: boolean }) | null>;
}

export interface Connector {
  /** The kind of effects it carries out, or whose answers it brings. */
  readonly kind: string;
  /** Effects it takes at one time; by default DISPATCH_MAX. */
  readonly capacity?: number;
  /** Text that programs may ask for by the kind's name: the base of callback URLs. */
  readonly address?: string | null;
  start(host: ConnectorHost): Promise<void>;
  /**
   * Carry an effect out. Resolves when there is nothing more to do for now: it was answered, put
   * off by retry(), or nobody wanted it.
   */
  deliver(out: Outgoing): Promise<void>;
  /** Nobody wants this answer any more: stop trying. */
  cancel(out: EffectRef): void;
  /** Let what is under way end within a moment, and take nothing more. */
  stop(): Promise<void>;
}

/** A connector's kind and it, as the doors hand them to the driver. */
export type EffectKinds = ReadonlyMap<string, EffectKind>;
