// The process of a user who embeds flow: a store, a driver, and functions served in the process.
//
//     node app.ts DIRECTORY PORT
//
// The runs there are go on when it is launched. Tells { waits, url } when a run begins to wait.

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../../../stdlib/connectors/functions.ts';
import type { Clock } from '../../../../vm/engine/clock.ts';
import type { Driver } from '../../../../vm/engine/driver.ts';
import type * as CompileModule from '../../../../compiler/compile.ts';
import type * as ReportModule from '../../../../compiler/diagnostics/report.ts';
import type * as SourceModule from '../../../../compiler/diagnostics/source.ts';
import type * as FunctionsModule from '../../../../stdlib/connectors/functions.ts';
import type * as CallbackModule from '../../../../stdlib/connectors/http-callback.ts';
import type * as KindsModule from '../../../../stdlib/connectors/kinds.ts';
import type * as LibraryModule from '../../../../stdlib/library.ts';
import type * as JsonModule from '../../../../stdlib/natives/json.ts';
import type * as EncodeModule from '../../../../vm/bytecode/encode.ts';
import type * as DriverModule from '../../../../vm/engine/driver.ts';
import type * as LevelModule from '../../../../vm/store/level.ts';
import { answer, tell } from '../messages.ts';
import type { Job } from '../peer.ts';

const BUILT = join(import.meta.dirname, '../../../../dist');

const { compile } = await built<typeof CompileModule>('compiler/compile.js');
const { Report } = await built<typeof ReportModule>('compiler/diagnostics/report.js');
const { Source } = await built<typeof SourceModule>('compiler/diagnostics/source.js');
const { FunctionsConnector } = await built<typeof FunctionsModule>(
  'stdlib/connectors/functions.js',
);
const { HttpCallbackConnector } = await built<typeof CallbackModule>(
  'stdlib/connectors/http-callback.js',
);
const { effectKinds } = await built<typeof KindsModule>('stdlib/connectors/kinds.js');
const { openLibrary } = await built<typeof LibraryModule>('stdlib/library.js');
const { valueTexts } = await built<typeof JsonModule>('stdlib/natives/json.js');
const { packProgram } = await built<typeof EncodeModule>('vm/bytecode/encode.js');
const { openDriver } = await built<typeof DriverModule>('vm/engine/driver.js');
const { openLevelStore } = await built<typeof LevelModule>('vm/store/level.js');

/** A module as users have it: built, with the library compiled. */
async function built<Module>(path: string): Promise<Module> {
  return (await import(join(BUILT, path))) as Module;
}

const CLOCK: Clock = {
  nowMs: () => Date.now(),
  at: (ms, call) => {
    const timer = setTimeout(call, Math.max(0, ms - Date.now()));
    return () => clearTimeout(timer);
  },
  soon: (call) => void setImmediate(call),
};

const [directory = '', port = ''] = process.argv.slice(2);
const path = join(import.meta.dirname, 'program.flow');
const report = new Report();
const library = openLibrary();
const compiled = compile(new Source(path, readFileSync(path, 'utf8')), library.environment, report);
if (compiled === null) throw new Error(`${path} does not compile`);
const program = packProgram(compiled);

let driver: Driver;

async function launch(): Promise<void> {
  const create = existsSync(directory) ? {} : { create: { id: 'bench', atMs: Date.now() } };
  const store = await openLevelStore(directory, { home: 'bench', ...create });
  const functions = new Map<string, (args: readonly Json[]) => Json>([
    ['one', () => 1],
    ['make', ([bytes]) => 'x'.repeat(Number(bytes))],
    [
      'waits',
      ([id, url]) => {
        tell({ waits: id, url });
        return null;
      },
    ],
  ]);
  driver = await openDriver({
    store,
    registry: library.registry,
    clock: CLOCK,
    random: (count) => randomBytes(count),
    name: `bench ${process.pid}`,
    kinds: effectKinds,
    connectors: [
      new FunctionsConnector({ functions }),
      new HttpCallbackConnector({ listen: { host: '127.0.0.1', port: Number(port) } }),
    ],
    texts: valueTexts,
  });
  await driver.resume();
}

/** Times round the loop of `compute` in program.flow for one millisecond, once it is warm. */
let loopsPerMs = 0;

async function calibrate(): Promise<void> {
  let loops = 100_000;
  for (let round = 0; round < 4; round++) {
    const start = performance.now();
    await ended((await begin('compute', [loops])).run);
    loopsPerMs = loops / (performance.now() - start);
    loops = Math.ceil(loopsPerMs * 100);
  }
}

function begin(entry: string, args: readonly Json[], id?: string): ReturnType<Driver['start']> {
  return driver.start({
    program,
    entry,
    args: args.map((each) => JSON.stringify(each)),
    ...(id === undefined ? {} : { id }),
  });
}

async function ended(run: string): Promise<number> {
  const ending = await driver.ended(run);
  if (ending.kind === 'done') return Number(ending.json);
  throw new Error(ending.kind === 'failed' ? ending.traceback : ending.kind);
}

async function submit(id: string, job: Job, entry: string): Promise<void> {
  if (job.workMs > 0 && loopsPerMs === 0) await calibrate();
  const loops = Math.round(job.workMs * loopsPerMs);
  await begin(entry, [id, job.steps, loops, job.holdBytes, job.waits], id);
}

answer({
  launch,
  submit,
  result: ended,
  async run(id: string, job: Job, entry: string): Promise<number> {
    await submit(id, job, entry);
    return ended(id);
  },
});
