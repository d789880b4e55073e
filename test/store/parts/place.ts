// A place to keep a store in, and short ways to say what the tests say often.

import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { FlowError, type ErrorCode } from '../../../vm/bytecode/errors.ts';
import type {
  Commit,
  Finding,
  NewRun,
  OpenOptions,
  RunId,
  Store,
} from '../../../vm/store/store.ts';

/** Where a store is kept: it can be opened again, copied, and damaged while nobody has it open. */
export interface Place {
  open(options: OpenOptions): Promise<Store>;
  copy(): Promise<Place>;
  edit(change: (rows: Map<string, Uint8Array>) => void): Promise<void>;
}

export type MakePlace = () => Promise<Place>;

export const HOME = 'here';

export function openHere(place: Place, options: Partial<OpenOptions> = {}): Promise<Store> {
  return place.open({ home: HOME, create: { id: 'store-1', atMs: 1 }, ...options });
}

export function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

export function textOf(value: Uint8Array): string {
  return Buffer.from(value).toString();
}

export const PROGRAM = bytes('a program');
export const PROGRAM_HASH = createHash('sha256').update(PROGRAM).digest('hex');

export function newRun(run: RunId, more: Partial<NewRun> = {}): NewRun {
  return {
    run,
    program: PROGRAM_HASH,
    entry: 'main',
    input: bytes('[]'),
    createdMs: 1000,
    seed: bytes('seed of ' + run),
    ...more,
  };
}

/** Makes a run and claims it: its commits go under epoch 1. */
export async function startRun(
  store: Store,
  run: RunId,
  more: Partial<NewRun> = {},
): Promise<void> {
  await store.putCode(PROGRAM_HASH, PROGRAM);
  await store.createRun(newRun(run, more));
  await store.claimRun({ run, driver: 'tests', epoch: 0, atMs: 1000 });
}

export function commitOf(run: RunId, sequence: number, more: Partial<Commit> = {}): Commit {
  return {
    run,
    epoch: 1,
    sequence,
    atMs: 1000 + sequence,
    delta: bytes(`delta ${sequence}`),
    status: { kind: 'ready' },
    ...more,
  };
}

/** Commits from one sequence to another. */
export async function commitMany(
  store: Store,
  run: RunId,
  from: number,
  to: number,
  more: (sequence: number) => Partial<Commit> = () => ({}),
): Promise<void> {
  for (let n = from; n <= to; n++) await store.commit(commitOf(run, n, more(n)));
}

/** Expects the typed error, and gives it back for a closer look. */
export async function refused(call: Promise<unknown>, code: ErrorCode): Promise<FlowError> {
  let error: unknown = null;
  try {
    await call;
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(FlowError);
  if (!(error instanceof FlowError)) throw new Error('not refused');
  expect(error.code, error.message).toBe(code);
  return error;
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** What `verify` finds; the tests end with none. */
export async function findings(store: Store): Promise<Finding[]> {
  return collect(store.verify());
}

export function words(items: readonly Finding[]): string[] {
  return items.map(({ severity, key, what }) => `${severity} ${key}: ${what}`);
}
