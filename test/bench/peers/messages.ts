// What the harness and a peer's own process say to each other, by node:child_process.
//
//     harness  { call, method, args } ──▶ process
//     harness  ◀── { call, value } or { call, error }, or { told }: something of its own accord

import type { Child } from './processes.ts';

interface Call {
  readonly call: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

type Said = { readonly call: number; readonly value?: unknown; readonly error?: string } | Told;
interface Told {
  readonly told: unknown;
}

// ------------------------------------------------------------ in the harness

interface Waiter {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Hear what a child tells of its own accord. */
export function hear(child: Child, listener: (told: unknown) => void): void {
  child.process.on('message', (said: Said) => {
    if ('told' in said) listener(said.told);
  });
}

/** Calls to a child. */
export class Line {
  readonly #child: Child;
  readonly #open = new Map<number, Waiter>();
  #count = 0;

  constructor(child: Child) {
    this.#child = child;
    child.process.on('message', (said: Said) => {
      if ('told' in said) return;
      const waiter = this.#open.get(said.call);
      this.#open.delete(said.call);
      if (said.error === undefined) waiter?.resolve(said.value);
      else waiter?.reject(new Error(said.error));
    });
    void child.exit.then((how) => {
      for (const waiter of this.#open.values()) waiter.reject(child.failure(how));
      this.#open.clear();
    });
  }

  call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = ++this.#count;
      this.#open.set(call, { resolve, reject });
      this.#child.process.send({ call, method, args } satisfies Call, (error) => {
        if (error !== null) reject(error);
      });
    });
  }
}

// ------------------------------------------------------ in a peer's process

export function tell(told: unknown): void {
  process.send?.({ told } satisfies Told);
}

/** Answer the harness's calls; exit when it is gone. */
export function answer(methods: Readonly<Record<string, (...args: never[]) => unknown>>): void {
  process.on('disconnect', () => process.exit(1));
  process.on('message', ({ call, method, args }: Call) => {
    const reply = async (): Promise<void> => {
      try {
        const value = await methods[method]?.(...(args as never[]));
        process.send?.({ call, value } satisfies Said);
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        process.send?.({ call, error: text } satisfies Said);
      }
    };
    void reply();
  });
}
