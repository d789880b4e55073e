// The driver of the soak test, which its parent kills: LevelDB, both HTTP connectors, checkpoints
// made apart. It also starts a run that only waits, and cancels it.
//
//     node child.ts DIRECTORY PORT SERVICE VISITOR

import { readFileSync, writeSync } from 'node:fs';
import { CheckpointProcess } from '../../bin/checkpoint-process.ts';
import { HttpCallbackConnector } from '../../stdlib/connectors/http-callback.ts';
import { HttpRequestConnector } from '../../stdlib/connectors/http-request.ts';
import { openLevelStore } from '../../vm/store/level.ts';
import { openReal } from '../engine/real.ts';
import { compileText } from '../engine/sim.ts';
import { HOME, KEPT } from './parts.ts';

const MEMORY_MS = 500;

const [directory = '', port = '0', service = '', visitor = ''] = process.argv.slice(2);
const say = (...words: readonly (string | number)[]): void => {
  writeSync(1, `${words.join(' ')}\n`);
};

const store = await openLevelStore(directory, { home: HOME });
const connectors = [
  new HttpRequestConnector(),
  new HttpCallbackConnector({ listen: { host: '127.0.0.1', port: Number(port) } }),
];
const { driver } = await openReal(connectors, {
  store,
  kept: KEPT,
  checkpoints: new CheckpointProcess(),
  events: {
    progress: () => say('commit'),
    stuck: ({ run, error }) => say('stuck', run, String(error)),
    failed: (error) => say('failed', String(error)),
    output: ({ run, stdout }) => {
      if (run === visitor && stdout.includes('waits')) void driver.cancel(run, 'enough');
    },
  },
});
setInterval(() => say('memory', process.memoryUsage.rss()), MEMORY_MS).unref();
await driver.resume();
if (visitor !== '') {
  const text = readFileSync(new URL('program.flow', import.meta.url), 'utf8');
  const args = [service, visitor].map((each) => JSON.stringify(each));
  await driver.start({
    program: compileText(text, 'program.flow'),
    entry: 'visits',
    args,
    id: visitor,
  });
}
const open = async (): Promise<number> => (await store.listRuns({ status: 'open' })).rows.length;
while ((await open()) > 0) await new Promise((resolve) => setTimeout(resolve, 200));
say('all');
