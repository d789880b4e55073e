// The commands as an image: a heap of the host in which all modules have run, the library is linked
// and the grammar is ready. A process that starts from it goes straight to the command's work.
//
//     bin/*, vm/*, …  ──rolldown──▶ image.cjs ──node --build-snapshot──▶ commands.blob
//
// What runs here runs once, while the image is built (build-image.ts). It must not take anything
// from the process it runs in that another process has differently: streams, the environment,
// random numbers.

import { basename, resolve } from 'node:path';
import { startupSnapshot } from 'node:v8';
import { compile } from '../compiler/compile.ts';
import { Source } from '../compiler/diagnostics/source.ts';
import { Report } from '../compiler/diagnostics/report.ts';
import { openLibrary } from '../stdlib/library.ts';
import { packProgram } from '../vm/bytecode/encode.ts';
import { Linker } from '../vm/machine/link.ts';
import { Machine } from '../vm/machine/machine.ts';
import { main as flowc } from './flowc.ts';
import { main as flowmetal } from './flowmetal.ts';
import { main as flowvm } from './flowvm.ts';
import { launch, type Main } from './launch.ts';
import { environment } from './sources.ts';

const COMMANDS: Readonly<Record<string, Main>> = { flowc, flowmetal, flowvm };

/** Something of each kind, so that what is made at its first use is in the image. */
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

/** Compile, link and run a program in memory. */
function rehearse(): void {
  const { registry } = openLibrary();
  const file = 'rehearsal.flow';
  const program = compile(
    new Source(file, REHEARSAL),
    environment(file, openLibrary()),
    new Report(),
  );
  if (program === null) throw new Error('the rehearsal does not compile');
  const packed = packProgram(program);
  const hashes = packed.modules.map(({ hash }) => hash);
  const linked = Linker.of(registry).link(program, packed.hash, hashes);
  const machine = new Machine({ program: linked, registry, random: () => 0 });
  machine.start(null, []);
  machine.step({ nowMs: 0, ticks: 100_000 });
}

rehearse();
// Each megabyte of an image takes two milliseconds to read.
openLibrary().environment.release?.();
startupSnapshot.setDeserializeMainFunction(() => {
  const self = resolve(process.argv[1] ?? '');
  const main = COMMANDS[basename(self)];
  if (main === undefined) throw new Error(`the image has no command ${self}`);
  // Absolute as the host makes it for a script, and before anybody changes the directory.
  process.argv[1] = self;
  launch(main, process.argv);
});
