// The thread that makes checkpoints (checkpoint-thread.ts): a state comes in pieces, and its
// checkpoint goes out in chunks.

import { parentPort } from 'node:worker_threads';
import { makeCheckpoint } from '../vm/engine/checkpoint-maker.ts';
import { Programs } from '../vm/engine/programs.ts';
import { FlowError } from '../vm/bytecode/errors.ts';
import type { CodeHash } from '../vm/store/store.ts';
import { makeRegistry } from '../stdlib/library.ts';
import type { FromThread, ToThread } from './checkpoint-thread.ts';

const code = new Map<CodeHash, Uint8Array>();
const registry = makeRegistry();
const programs = new Programs({ getCode: (hash) => Promise.resolve(codeOf(hash)) }, registry);

let checkpoint: Uint8Array[] = [];
let deltas: Uint8Array[] = [];

parentPort?.on('message', (told: ToThread) => {
  if (told.kind === 'make') void make(told.run);
  else if (told.kind === 'code') code.set(told.hash, told.bytes);
  else (told.kind === 'delta' ? deltas : checkpoint).push(told.bytes);
});

async function make(run: Extract<ToThread, { kind: 'make' }>['run']): Promise<void> {
  const job = { run, checkpoint, deltas };
  checkpoint = [];
  deltas = [];
  try {
    const { chunks, texts } = await makeCheckpoint(job, programs, registry);
    for (const bytes of chunks) say({ kind: 'chunk', bytes });
    say({ kind: 'made', texts });
  } catch (error) {
    say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}

function say(said: FromThread): void {
  parentPort?.postMessage(said);
}

function codeOf(hash: CodeHash): Uint8Array {
  const bytes = code.get(hash);
  if (bytes !== undefined) return bytes;
  throw new FlowError('FLOW_CODE_UNKNOWN', 'a blob of code did not come along', { hash });
}
