// Where a store is, and when its home is another one.

import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { birthOf, homeOf, homeText, parseHome, prepareDirectory } from '../../bin/home.ts';
import { placeOf, quoted, type Surroundings } from '../../bin/place.ts';
import { UsageError } from '../../bin/told.ts';

const root = mkdtempSync(join(tmpdir(), 'flow-place-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function on(platform: NodeJS.Platform, env: Record<string, string> = {}): Surroundings {
  return { env, platform, userHome: platform === 'win32' ? 'C:\\Users\\ada' : '/home/ada' };
}

function directoryOn(platform: NodeJS.Platform, env?: Record<string, string>): string {
  return placeOf(undefined, on(platform, env)).directory;
}

describe('the place of a store', () => {
  test('is what the command says, else the environment, else the data directory', () => {
    const env = { FLOWMETAL_STORE: '/srv/flow', XDG_DATA_HOME: '/data' };
    expect(placeOf('/here', on('linux', env))).toEqual({
      directory: '/here',
      option: ' --store /here',
      key: null,
    });
    expect(placeOf(undefined, on('linux', env))).toMatchObject({
      directory: '/srv/flow',
      option: '',
    });
    expect(directoryOn('linux', { XDG_DATA_HOME: '/data' })).toBe('/data/flowmetal/store');
    expect(directoryOn('linux', { FLOWMETAL_STORE: '' })).toBe(
      '/home/ada/.local/share/flowmetal/store',
    );
  });

  test('is where each system keeps such things', () => {
    expect(directoryOn('linux', { XDG_DATA_HOME: 'not/absolute' })).toBe(
      '/home/ada/.local/share/flowmetal/store',
    );
    expect(directoryOn('darwin')).toBe('/home/ada/Library/Application Support/flowmetal/store');
    const windows = { LOCALAPPDATA: 'D:\\Local' };
    expect(directoryOn('win32', windows)).toContain('D:\\Local\\flowmetal\\store');
    expect(directoryOn('win32')).toContain('C:\\Users\\ada\\AppData\\Local\\flowmetal\\store');
  });

  test('is named in a command as a shell wants it', () => {
    expect(quoted('plain/path-1.0')).toBe('plain/path-1.0');
    expect(quoted("it's here")).toBe(`'it'\\''s here'`);
  });
});

describe('the key of a store', () => {
  test('comes from the environment or a file, without the line end of an editor', () => {
    const file = join(root, 'key');
    writeFileSync(file, 'sixteen bytes or more\r\n');
    const key = Buffer.from('sixteen bytes or more');
    expect(placeOf('x', on('linux', { FLOWMETAL_STORE_KEY_FILE: file })).key).toEqual(key);
    expect(placeOf('x', on('linux', { FLOWMETAL_STORE_KEY: 'sixteen bytes or more' })).key).toEqual(
      key,
    );
  });

  test.each([
    { FLOWMETAL_STORE_KEY: 'short' },
    { FLOWMETAL_STORE_KEY: 'sixteen bytes or more', FLOWMETAL_STORE_KEY_FILE: '/some/file' },
    { FLOWMETAL_STORE_KEY_FILE: join(root, 'not-there') },
  ])('is refused when it is none: %o', (env) => {
    expect(() => placeOf('x', on('linux', env))).toThrow(UsageError);
  });
});

describe('the home of a store', () => {
  const before = process.env['FLOWMETAL_HOST'];
  afterEach(() => {
    if (before === undefined) delete process.env['FLOWMETAL_HOST'];
    else process.env['FLOWMETAL_HOST'] = before;
  });

  async function directory(name: string): Promise<string> {
    const path = join(root, name);
    await prepareDirectory(path);
    return path;
  }

  test('stays the same while files come and go in it, also through a link', async () => {
    const path = await directory('stays');
    const home = homeOf(path);
    writeFileSync(join(path, 'one'), '1');
    mkdirSync(join(path, 'two'));
    rmSync(join(path, 'one'));
    expect(homeOf(path)).toEqual(home);
    const link = join(root, 'link');
    symlinkSync(path, link);
    expect(homeOf(link)).toEqual(home);
  });

  test('is another for a copy, also one that is put in the place of the first', async () => {
    const path = await directory('first');
    writeFileSync(join(path, 'one'), '1');
    const home = homeOf(path);
    const copy = join(root, 'copy');
    cpSync(path, copy, { recursive: true, preserveTimestamps: true });
    expect(homeText(homeOf(copy))).not.toBe(homeText(home));
    renameSync(path, join(root, 'away'));
    renameSync(copy, path);
    expect(homeOf(path).path).toBe(home.path);
    expect(homeOf(path).birth).not.toBe(home.birth);
  });

  test('is another on another machine, which the environment may name', async () => {
    const path = await directory('machine');
    const { machine } = homeOf(path);
    expect(machine).toMatch(/^machine=([0-9a-f]{16}|none)$/);
    process.env['FLOWMETAL_HOST'] = 'blue green';
    expect(homeOf(path).machine).toBe('host=blue-green');
  });

  test('is text that can be read back, whatever the path', () => {
    const home = { machine: 'machine=none', birth: 'inode=7', path: '/a path=b\n/c' };
    expect(parseHome(homeText(home))).toEqual(home);
    expect(parseHome('another kind of home')).toBeNull();
  });

  test('goes by the birth of the directory only where that is told', () => {
    expect(birthOf({ birthtimeNs: 1_000_000_001n, ctimeNs: 5n, ino: 7n })).toBe('born=1.000000001');
    expect(birthOf({ birthtimeNs: 0n, ctimeNs: 5n, ino: 7n })).toBe('inode=7');
    expect(birthOf({ birthtimeNs: 5n, ctimeNs: 5n, ino: 7n })).toBe('inode=7');
  });
});
