// flowc: what it writes where, and with what exit status.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { decodeProgram } from '../../vm/bytecode/decode.ts';
import { Bench } from './command.ts';

const bench = new Bench();
afterAll(() => bench.close());

const GOOD = 'import beside\n\ndef twice(x):\n    return 2 * x\n\nprint(twice(beside.VALUE))\n';
bench.file('good.flow', GOOD);
bench.file('beside.flow', 'VALUE = 21\n');
bench.file('warned.flow', 'x = 1\nprint(y)\n');
bench.file('wrong.flow', 'def f(:\n    pass\nx = (1 +\n');

describe('flowc', () => {
  test('writes FILE.fbc here, with all the script imports', async () => {
    const result = await bench.call('flowc', ['good.flow']);
    expect(result).toEqual({ status: 0, stdout: '', stderr: '' });
    const program = decodeProgram(readFileSync(bench.path('good.fbc')));
    expect(program.entry).toBe('__main__');
    const names = program.modules.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['__main__', 'beside', 'builtins']));
    const ran = await bench.call('flowvm', ['run', 'good.fbc']);
    expect(ran).toEqual({ status: 0, stdout: '42\n', stderr: '' });
  });

  test('writes the same bytes again', async () => {
    await bench.call('flowc', ['good.flow', '-o', 'one.fbc']);
    await bench.call('flowc', ['good.flow', '-o', 'two.fbc']);
    expect(readFileSync(bench.path('one.fbc'))).toEqual(readFileSync(bench.path('two.fbc')));
  });

  test('tells mistakes with their places, and writes nothing', async () => {
    const { status, stdout, stderr } = await bench.call('flowc', ['wrong.flow']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^error\[[a-z-]+\]: .*\n --> wrong\.flow:1:\d+/);
    expect(existsSync(bench.path('wrong.fbc'))).toBe(false);
  });

  test('warns, and may be told not to', async () => {
    const warned = await bench.call('flowc', ['warned.flow', '--check']);
    expect(warned.status).toBe(0);
    expect(warned.stderr).toMatch(
      /^warning\[unknown-name\]: unknown name 'y'\n --> warned\.flow:2/,
    );
    expect(existsSync(bench.path('warned.fbc'))).toBe(false);
    const quiet = await bench.call('flowc', ['warned.flow', '--check', '-q']);
    expect(quiet).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('gives diagnostics as JSON', async () => {
    const { status, stdout, stderr } = await bench.call('flowc', ['warned.flow', '--json']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const told = JSON.parse(stdout) as { program: string; output: string; diagnostics: unknown[] };
    expect(told).toMatchObject({ output: 'warned.fbc' });
    expect(told.program).toMatch(/^[0-9a-f]{64}$/);
    expect(told.diagnostics).toHaveLength(1);
  });

  test('lists bytecode', async () => {
    const { status, stdout } = await bench.call('flowc', ['good.flow', '--list']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^twice\(x\)$/m);
    expect(stdout).toMatch(/LOAD_LOCAL +0 +x$/m);
    const all = await bench.call('flowc', ['good.flow', '--list', '--all']);
    expect(all.stdout).toContain('VALUE');
    expect(all.stdout.length).toBeGreaterThan(10 * stdout.length);
  });

  test.each(['tokens', 'tree', 'names'])('dumps %s', async (phase) => {
    const { status, stdout, stderr } = await bench.call('flowc', ['good.flow', '--dump', phase]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('twice');
  });

  test.each([
    [[], /missing required argument 'file'/],
    [['none.flow'], /none\.flow: no such file/],
    [['good.flow', '--dump', 'bytes'], /Allowed choices are tokens, tree, names/],
    [['good.flow', '--dump', 'tree', '--check'], /cannot be used with option/],
    [['good.flow', '--list', '--json'], /cannot be used with option/],
    [['good.flow', '-o', 'no/such/folder.fbc'], /folder\.fbc: no such file or directory/],
  ])('2 for %j', async (args, pattern) => {
    const { status, stdout, stderr } = await bench.call('flowc', args);
    expect(stderr).toMatch(pattern);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  test('does not write over its source', async () => {
    bench.file('kept.flow', GOOD);
    bench.file('odd.fbc', GOOD);
    for (const args of [
      ['kept.flow', '-o', './kept.flow'],
      ['kept.flow', '-o', 'beside.flow'],
    ]) {
      const { status, stderr } = await bench.call('flowc', args);
      expect(stderr).toMatch(/flowc: \S+ is the source of \S+: it would be overwritten\n/);
      expect(status).toBe(2);
    }
    expect((await bench.call('flowc', ['odd.fbc'])).status).toBe(2);
    expect(readFileSync(bench.path('kept.flow'), 'utf8')).toBe(GOOD);
    expect(readFileSync(bench.path('odd.fbc'), 'utf8')).toBe(GOOD);
    expect(readFileSync(bench.path('beside.flow'), 'utf8')).toBe('VALUE = 21\n');
  });

  test('names a directory that is no script', async () => {
    const { status, stderr } = await bench.call('flowc', ['.']);
    expect({ status, stderr }).toEqual({ status: 2, stderr: 'flowc: . is a directory\n' });
  });

  test('refuses what is not text', async () => {
    writeFileSync(bench.path('latin.flow'), Uint8Array.of(0x78, 0x3d, 0xe9, 0x0a));
    const { status, stderr } = await bench.call('flowc', ['latin.flow']);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'flowc: latin.flow is not UTF-8 text\n',
    });
  });
});
