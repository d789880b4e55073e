// The victim of the crash test: a driver on LevelDB with both HTTP connectors. It takes up every
// run in the store, and says on stdout what it was told is on disk. Its parent kills it.
//
//     node child.ts DIRECTORY PORT

import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { HttpCallbackConnector } from '../../stdlib/connectors/http-callback.ts';
import { HttpRequestConnector } from '../../stdlib/connectors/http-request.ts';
import { openLevelStore } from '../../vm/store/level.ts';
import { openReal } from '../engine/real.ts';
import { HOME } from './parts.ts';

function say(...words: (string | number)[]): void {
  // Synchronous: what is said is in the pipe before anything else happens.
  writeSync(1, `${words.join(' ')}\n`);
}

// It is killed: what the host compiled would be lost with it, and compiled again by the next one.
flushCompileCache();

const [directory = '', port = '0'] = process.argv.slice(2);
const store = await openLevelStore(directory, { home: HOME });
const open = new Set<string>();
for (const { run } of (await store.listRuns({ status: 'open' })).rows) open.add(run);

const connectors = [
  new HttpRequestConnector(),
  new HttpCallbackConnector({ listen: { host: '127.0.0.1', port: Number(port) } }),
];
const { driver } = await openReal(connectors, {
  store,
  events: {
    output: ({ run, sequence, stdout, again }) => {
      if (!again) say('output', run, sequence, JSON.stringify(stdout));
    },
    progress: ({ run, sequence }) => say('commit', run, sequence),
    ended: ({ run, ending }) => {
      say('ended', run, ending.kind);
      open.delete(run);
      if (open.size === 0) say('all');
    },
    stuck: ({ run, error }) => say('stuck', run, String(error)),
    failed: (error) => say('failed', String(error)),
  },
});
say('ready');
await driver.resume();
