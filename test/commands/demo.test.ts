// The demo, as `npm run demo` tells it: it fails by itself if anything is not as told.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { demoFile } from './command.ts';

test('a killed run finishes from a copy of its store', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [demoFile()]);
  expect(stdout).toMatch(/reboot\.flow:\d+ {2}await cb\.event/);
  expect(stdout).toMatch(/resumed in [\d.]+ ms/);
  expect(stdout).toMatch(/snapshot read: \d+ bytes\n {3}instructions run again: 0\n/);
  expect(stdout).toMatch(/the run is done: \{"job_id":"j-1","host":"node-17",.*"SUCCESS"\}/);
});
