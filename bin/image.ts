// The commands as an image: a heap of the host in which all modules have run, the library is linked
// and the grammar is ready. A process that starts from it goes straight to the command's work.
//
//     bin/*, vm/*, …  ──rolldown──▶ image.cjs ──node --build-snapshot──▶ commands.blob
//
// What runs here runs once, while the image is built (build-image.ts). It must not take anything
// from the process it runs in that another process has differently: streams, the environment,
// random numbers.

import { basename, resolve } from 'node:path';
import { setFlagsFromString, startupSnapshot } from 'node:v8';
import { compile } from '../compiler/compile.ts';
import { Source } from '../compiler/diagnostics/source.ts';
import { Report } from '../compiler/diagnostics/report.ts';
import { makeRegistry, openLibrary } from '../stdlib/library.ts';
import { shrinkScratch } from '../vm/bytecode/codec.ts';
import { packProgram } from '../vm/bytecode/encode.ts';
import { openDriver, type DriverOptions } from '../vm/engine/driver.ts';
import { openMemoryStore } from '../vm/store/memory.ts';
import type { Store } from '../vm/store/store.ts';
import { effectKinds } from '../stdlib/connectors/http-messages.ts';
import { valueTexts } from '../stdlib/natives/json.ts';
import { main as flowc } from './flowc.ts';
import { command, main as flowmetal } from './flowmetal.ts';
import { main as flowvm } from './flowvm.ts';
import { speakable } from './ids.ts';
import { launch, type Main } from './launch.ts';
import { environment } from './sources.ts';
import { makeConnectors } from './world.ts';

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

/** A world that is the same each time: nothing of the real one may be found in the image. */
function worldOf(store: Store, ended: () => void, fail: (error: unknown) => void): DriverOptions {
  return {
    store,
    registry: makeRegistry(),
    clock: { nowMs: () => 0, at: () => () => {}, soon: (call) => void setImmediate(call) },
    random: (count) => new Uint8Array(count),
    name: 'rehearsal',
    kinds: effectKinds,
    texts: valueTexts,
    events: { output: () => {}, ended, failed: fail, stuck: ({ error }) => fail(error) },
  };
}

/** Compile a program, and drive a run of it to its end in a store in memory. */
async function rehearse(): Promise<void> {
  command.parse(['node', 'flowmetal', FILE]);
  const report = new Report();
  const program = compile(new Source(FILE, REHEARSAL), environment(FILE, openLibrary()), report);
  if (program === null) throw new Error('the rehearsal does not compile');
  const store = await openMemoryStore({
    home: 'rehearsal',
    create: { id: speakable(new Uint8Array(4)), atMs: 0 },
  });
  const packed = packProgram(program);
  await makeConnectors({});
  await new Promise<void>((ended, failed) => {
    void openDriver(worldOf(store, ended, failed)).then(async (driver) => {
      await driver.start({ program: packed, id: 'rehearsal', argv: [FILE], labels: {} });
    }, failed);
  });
  await store.close();
  // Each megabyte of an image takes three milliseconds to read.
  openLibrary().environment.release?.();
  shrinkScratch();
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
