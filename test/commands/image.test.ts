// The image of the commands, and the launchers that start from it or do without.
//
// On copies of what the build made, at another place: an image is not tied to the folder it was
// built in, and nothing here harms the build.

import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { builtFile, Running } from './command.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe.skipIf(builtFile('flowvm') === null || process.platform === 'win32')('image', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flow-image-'));
  const bin = join(folder, 'node_modules', '.bin');
  const image = join(folder, 'dist', 'image');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeEach(() => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(bin, { recursive: true });
    for (const name of ['flowc', 'flowmetal', 'flowvm']) {
      cpSync(join(ROOT, 'bin', 'launch.sh'), join(bin, name));
    }
    cpSync(join(ROOT, 'dist', 'image'), image, { recursive: true });
    for (const name of ['classic-level', 'undici']) {
      symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
    }
    writeFileSync(join(folder, 'hello.flow'), 'import json, sys\nprint(json.dumps([sys.argv]))\n');
  });

  const env = (): NodeJS.ProcessEnv => ({
    ...process.env,
    FLOWMETAL_STORE: join(folder, 'store'),
    NO_COLOR: '1',
  });

  function call(command: string, ...args: readonly string[]): object {
    const options = { cwd: folder, env: env(), encoding: 'utf8' } as const;
    const { status, stdout, stderr } = spawnSync('sh', [command, ...args], options);
    return { status, stdout, stderr };
  }

  const hello = { status: 0, stdout: '[["hello.flow", "a b", "1"]]\n', stderr: '' };

  test('starts each command, with nothing of dist/ but the image', () => {
    expect(call(join(bin, 'flowmetal'), 'hello.flow', 'a b', '1')).toEqual(hello);
    expect(call('node_modules/.bin/flowmetal', 'hello.flow', 'a b', '1')).toEqual(hello);
    expect(call(join(bin, 'flowc'), 'hello.flow')).toEqual({ status: 0, stdout: '', stderr: '' });
    const run = call(join(bin, 'flowvm'), 'run', 'hello.fbc', '--', 'a b', '1');
    expect(run).toMatchObject({ status: 0, stdout: '[["hello.fbc", "a b", "1"]]\n' });
    expect(call(join(bin, 'flowvm'), 'verify')).toMatchObject({ status: 0 });
    expect(call(join(bin, 'flowvm'), 'nonsense')).toMatchObject({ status: 2, stdout: '' });
    expect(call(join(bin, 'flowmetal'), 'missing.flow')).toMatchObject({ status: 2, stdout: '' });
  });

  test('brings no random numbers along', () => {
    const program = 'import random, uuid\nprint(random.random(), uuid.uuid4())\n';
    writeFileSync(join(folder, 'dice.flow'), program);
    const seen = ['one', 'two'].map((store) =>
      spawnSync('sh', [join(bin, 'flowmetal'), '--store', join(folder, store), 'dice.flow'], {
        cwd: folder,
        env: env(),
        encoding: 'utf8',
      }),
    );
    const [first, second] = seen.map(({ stdout }) => stdout.split(' '));
    expect(seen.map(({ status }) => status)).toEqual([0, 0]);
    expect(first?.[0]).not.toBe(second?.[0]);
    expect(first?.[1]).not.toBe(second?.[1]);
  });

  test('through a link from elsewhere', () => {
    mkdirSync(join(folder, 'elsewhere'));
    symlinkSync('../node_modules/.bin/flowmetal', join(folder, 'elsewhere', 'fm'));
    expect(call('elsewhere/fm', 'hello.flow', 'a b', '1')).toEqual(hello);
  });

  test('speaks HTTP', async () => {
    const server = createServer((_request, response) => response.end('from the server'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    writeFileSync(
      join(folder, 'ask.flow'),
      `from flow.http import request\nprint(request.get("http://127.0.0.1:${port}/").text)\n`,
    );
    try {
      const child = spawn('sh', [join(bin, 'flowmetal'), 'ask.flow'], { cwd: folder, env: env() });
      const result = await new Running(child).end();
      expect(result).toEqual({ status: 0, stdout: 'from the server\n', stderr: '' });
    } finally {
      server.close();
    }
  });

  /** What is started from its modules says so here. */
  const fallback = { status: 0, stdout: 'from the modules\n', stderr: '' };

  function writeFallback(): void {
    mkdirSync(join(folder, 'dist', 'bin'), { recursive: true });
    writeFileSync(join(folder, 'dist', 'bin', 'flowmetal.js'), 'console.log("from the modules")');
  }

  test('is left alone where its node is gone, or another one', () => {
    writeFallback();
    const made = readFileSync(join(image, 'node'), 'utf8');
    writeFileSync(join(image, 'node'), `${made.trim()}-gone\n`);
    expect(call(join(bin, 'flowmetal'), 'hello.flow')).toEqual(fallback);

    cpSync(made.trim(), join(folder, 'newer'));
    utimesSync(join(folder, 'newer'), new Date(), new Date());
    utimesSync(join(image, 'commands.blob'), new Date(0), new Date(0));
    writeFileSync(join(image, 'node'), `${join(folder, 'newer')}\n`);
    expect(call(join(bin, 'flowmetal'), 'hello.flow')).toEqual(fallback);
  });

  test('is not needed', () => {
    writeFallback();
    unlinkSync(join(image, 'commands.blob'));
    expect(call(join(bin, 'flowmetal'), 'hello.flow')).toEqual(fallback);
  });
});
