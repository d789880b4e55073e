// The built commands on the Node that runs npm, which may be older than that of the tests.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { builtFile } from './command.ts';

const node = process.env['npm_node_execpath'] ?? '';
const version = node === '' ? '' : execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
const isOther = version !== '' && version !== process.version && builtFile('flowvm') !== null;

describe.skipIf(!isOther)(`on Node ${version}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'flow-node-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function call(name: 'flowc' | 'flowvm' | 'flowmetal', ...args: readonly string[]): object {
    const env = { ...process.env, FLOWMETAL_STORE: join(folder, 'store'), NO_COLOR: '1' };
    const { status, stdout, stderr } = spawnSync(node, [builtFile(name) ?? '', ...args], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }

  test('a script compiles, runs, sleeps, and is looked at', () => {
    writeFileSync(
      join(folder, 'script.flow'),
      `from flow.time import sleep
import json
data = {"ints": [1, 2**80], "text": "ü€😀", "float": 1e100}
sleep(0.2)
print(json.dumps(data))
`,
    );
    const stdout =
      '{"ints": [1, 1208925819614629174706176], ' +
      '"text": "\\u00fc\\u20ac\\ud83d\\ude00", "float": 1e+100}\n';
    expect(call('flowmetal', 'script.flow')).toEqual({ status: 0, stdout, stderr: '' });
    expect(call('flowc', 'script.flow')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(call('flowvm', 'run', 'script.fbc')).toEqual({ status: 0, stdout, stderr: '' });
    expect(call('flowvm', 'ps', '--all')).toMatchObject({ status: 0 });
    expect(call('flowvm', 'verify')).toMatchObject({ status: 0 });
  });
});
