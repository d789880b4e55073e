// The commands as an image: a heap of the host in which all modules have run, the library is linked
// and the grammar is ready. A process that starts from it goes straight to the command's work.
//
//     bin/*, vm/*, …  ──rolldown──▶ image.cjs ──node --build-snapshot──▶ commands.blob
//
// What runs here runs once, while the image is built (build-image.ts). It must not take anything
// from the process it runs in that another process has differently: streams, the environment,
// random numbers.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setFlagsFromString, startupSnapshot } from 'node:v8';
import { openLibrary } from '../stdlib/library.ts';
import { shrinkScratch } from '../vm/bytecode/codec.ts';
import { main as flowc } from './flowc.ts';
import { main as flowmetal } from './flowmetal.ts';
import { main as flowvm } from './flowvm.ts';
import { launch, type Main } from './launch.ts';
import { withRehearsalAddon } from './rehearsal-addon.ts';
import { EXIT } from './terminal.ts';

const COMMANDS: Readonly<Record<string, Main>> = { flowc, flowmetal, flowvm };

/** A process that lives longer is worth the host's quick compiler (launch.sh starts without it). */
const LONG_MS = 200;

const FILE = 'rehearsal.flow';

/**
 * Something of each kind, so that what is made at its first use is in the image; and so is each
 * function of ours that was called, compiled by the host.
 */
const REHEARSAL = `
class Greeting(list):
    def __str__(self):
        return f"{len(self):3} {', '.join(self)}"

def words(text):
    for word in text.split():
        yield word.title()

try:
    print(Greeting([word for word in words("hello world")]), {1: 2.5})
except ValueError as error:
    print(error)
`;

/** What a person does first, as if it were typed: all of it but the addon of LevelDB. */
async function rehearse(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'flowmetal-'));
  const file = join(folder, FILE);
  const store = join(folder, 'store');
  writeFileSync(file, REHEARSAL);
  // The name of this machine would be remembered.
  process.env['FLOWMETAL_HOST'] = 'rehearsal';
  try {
    await withRehearsalAddon(async () => {
      await play(flowmetal, ['flowmetal', '--store', store, file]);
      await play(flowvm, ['flowvm', 'ps', '--store', store]);
    });
  } finally {
    delete process.env['FLOWMETAL_HOST'];
    rmSync(folder, { recursive: true });
  }
  // Each megabyte of an image takes three milliseconds to read.
  openLibrary().environment.release?.();
  shrinkScratch();
}

async function play(main: Main, words: readonly string[]): Promise<void> {
  const status = await main([process.execPath, ...words]);
  if (status !== EXIT.done) throw new Error(`rehearsal: ${words.join(' ')}: status ${status}`);
}

void rehearse();
startupSnapshot.setDeserializeMainFunction(() => {
  const self = resolve(process.argv[1] ?? '');
  const main = COMMANDS[basename(self)];
  if (main === undefined) throw new Error(`the image has no command ${self}`);
  // Absolute as the host makes it for a script, and before anybody changes the directory.
  process.argv[1] = self;
  setTimeout(() => setFlagsFromString('--sparkplug'), LONG_MS).unref();
  launch(main, process.argv);
});
