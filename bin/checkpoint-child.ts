// The process that makes checkpoints (checkpoint-process.ts): a state comes in pieces, and its
// checkpoint goes out in chunks. It ends with the process that started it.

import { closeSync, existsSync, readdirSync, readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { makeCheckpoint } from '../vm/engine/checkpoint-maker.ts';
import { Programs } from '../vm/engine/programs.ts';
import { FlowError } from '../vm/bytecode/errors.ts';
import type { CodeHash } from '../vm/store/store.ts';
import { makeRegistry } from '../stdlib/library.ts';
import type { FromChild, ToChild } from './checkpoint-process.ts';

/** Where Linux lists what a process has open. */
const OPEN_FILES = '/proc/self/fd';

/**
 * Close the files that were inherited: LevelDB does not keep its own from children, and a store
 * whose process is gone must not be held by anybody.
 */
function letGoOfFiles(): void {
  if (!existsSync(OPEN_FILES)) return;
  for (const fd of readdirSync(OPEN_FILES)) {
    try {
      const file = readlinkSync(`${OPEN_FILES}/${fd}`);
      if (file.startsWith('/') && !file.startsWith('/dev/')) closeSync(Number(fd));
    } catch {
      // That of the list itself, which is closed already.
    }
  }
}

letGoOfFiles();

const code = new Map<CodeHash, Uint8Array>();
const registry = makeRegistry();
const programs = new Programs({ getCode: (hash) => Promise.resolve(codeOf(hash)) }, registry);

let checkpoint: Uint8Array[] = [];
let deltas: Uint8Array[] = [];

// Whoever waits for it waits for nothing else: what computes is more urgent.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

process.on('disconnect', () => process.exit());
process.on('message', (told: ToChild) => {
  if (told.kind === 'make') void make(told.run);
  else if (told.kind === 'code') code.set(told.hash, told.bytes);
  else (told.kind === 'delta' ? deltas : checkpoint).push(told.bytes);
});

async function make(run: Extract<ToChild, { kind: 'make' }>['run']): Promise<void> {
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

function say(said: FromChild): void {
  process.send?.(said);
}

function codeOf(hash: CodeHash): Uint8Array {
  const bytes = code.get(hash);
  if (bytes !== undefined) return bytes;
  throw new FlowError('FLOW_CODE_UNKNOWN', 'a blob of code did not come along', { hash });
}
