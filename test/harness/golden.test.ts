// The harness tested: that it reads marks as golden.ts says, and that it cannot be satisfied by a
// program that does something else.

import { describe, expect, test } from 'vitest';

import { parseAnswer, parseEffect } from './effects.ts';
import { expectedStdout, GoldenError, parseGolden, type Chunk } from './golden.ts';
import {
  judgeDiagnostics,
  judgeOutcome,
  modesOf,
  runChunk,
  type GoldenDiagnostic,
  type GoldenOutcome,
  type GoldenRunner,
} from './run.ts';
import { World, type AskedRequest } from './world.ts';

function chunk(...lines: string[]): Chunk {
  const [only] = parseGolden(`${lines.join('\n')}\n`);
  if (only === undefined) throw new Error('no chunk');
  return only;
}

function problem(...lines: string[]): string {
  try {
    parseGolden(`${lines.join('\n')}\n`);
  } catch (error) {
    if (error instanceof GoldenError) return error.message;
    throw error;
  }
  return 'none';
}

describe('marks', () => {
  test('of output: beside, below, empty, quoted, exact to the end of the line', () => {
    const c = chunk('f()  #> a', '#>', '#>  two blanks before', '#>"end \\n"', '#>"no newline"');
    expect(expectedStdout(c)).toBe('a\n\n two blanks before\nend \nno newline');
    expect(expectedStdout(chunk('f() #> trailing  '))).toBe('trailing  \n');
    expect(expectedStdout(chunk('f() #> # not a second mark #> x'))).toBe(
      '# not a second mark #> x\n',
    );
  });

  test('belong to the nearest line of code', () => {
    const c = chunk('', 'f()', '    #! E', '', '#> out');
    expect(c.marks.map((mark) => [mark.kind, mark.line])).toEqual([
      ['fails', 2],
      ['prints', 2],
    ]);
  });

  test('are found in comments only', () => {
    expect(() => chunk('print("#> no")')).toThrow(GoldenError);
    expect(expectedStdout(chunk("print('#> no', \"'#> \")  #> yes"))).toBe('yes\n');
    expect(expectedStdout(chunk('x = """', '#> no', '"""  #> yes'))).toBe('yes\n');
    expect(expectedStdout(chunk("x = 'a\\", "#> no'", 'y = 1  #> yes'))).toBe('yes\n');
    // A raw string, too, goes on after a backslash and a quote.
    expect(expectedStdout(chunk("x = r'\\'  # '#> yes"))).toBe('yes\n');
  });

  test('of a shebang there are none', () => {
    expect(problem('#!/usr/bin/env flowmetal')).toContain('says nothing');
  });

  test('that are malformed are refused with their line', () => {
    expect(problem('x', 'f()  #>"unclosed')).toMatch(/^line 2: /);
    expect(problem('f()  #>5 is no text', 'x')).toContain('says nothing');
    expect(problem('f()  #! (')).toMatch(/^line 1: /);
    expect(problem('f()  #? get it')).toContain('METHOD');
    expect(problem('f()  #? GET x {')).toMatch(/^line 1: /);
    expect(problem('f()  #!compile a b')).toContain('one code');
    expect(problem('#moved every none', 'f()  #> a')).toContain('#moved');
    expect(problem('f()  #> a', '#file: ../x.flow')).toContain('no path');
    expect(problem('f()  #> a', '#file: x.flow', '#file: x.flow')).toContain('second file');
  });
});

describe('chunks', () => {
  test('keep the line numbers of their file', () => {
    const [first, second] = parseGolden(
      'a()  #> 1\n---\n# title\nb()  #> 2\n#file: m/n.flow\nc = 1\n',
    );
    expect(first?.files.get('main.flow')).toBe('a()  #> 1\n');
    expect(second).toMatchObject({ line: 3, title: 'title', entry: 'main.flow', movedEvery: 1 });
    expect(second?.files.get('main.flow')?.split('\n').slice(2, 4)).toEqual([
      '# title',
      'b()  #> 2',
    ]);
    expect(second?.files.get('m/n.flow')?.split('\n')[5]).toBe('c = 1');
  });

  test('are durable when they import flow, or mark what they ask', () => {
    expect(chunk('print(1)  #> 1').durable).toBe(false);
    expect(chunk('flow = 1  #> 1').durable).toBe(false);
    expect(chunk('from flow.time import sleep', 'f()  #> 1').durable).toBe(true);
    expect(chunk('import flow.http', 'f()  #> 1').durable).toBe(true);
    expect(chunk('# from flow import x', 'f()  #> 1').durable).toBe(false);
    expect(chunk('f()  #? GET http://x').durable).toBe(true);
    expect(chunk('#durable', 'f()  #> 1').durable).toBe(true);
    expect(chunk('#differs', 'f()  #> 1')).toMatchObject({ durable: false, differs: true });
  });

  test('are run in the modes they can be run in', () => {
    const kinds = (c: Chunk): string[] => modesOf(c).map((mode) => mode.kind);
    expect(kinds(chunk('f()  #> 1'))).toEqual(['straight', 'moved']);
    expect(kinds(chunk('#durable', 'f()  #> 1'))).toEqual(['straight', 'moved', 'crashed']);
    expect(kinds(chunk('f(  #!compile'))).toEqual(['straight']);
    expect(modesOf(chunk('#moved every 7', 'f()  #> 1'))[1]).toEqual({ kind: 'moved', every: 7 });
  });
});

describe('effects', () => {
  test('are read with and without a body', () => {
    expect(parseEffect('GET http://x/y')).toEqual({ method: 'GET', url: 'http://x/y', json: null });
    expect(parseEffect('POST http://x {"a": 1}').json).toBe('{"a": 1}');
  });

  test('have answers: statuses, headers, bodies, delays, and losses', () => {
    expect(parseAnswer('204')).toMatchObject({ reply: { status: 204, headers: [], body: '' } });
    expect(parseAnswer('after 5m 200 x-a=1 [2]')).toEqual({
      kind: 'reply',
      afterMs: 300_000,
      reply: {
        kind: 'response',
        status: 200,
        headers: [
          ['x-a', '1'],
          ['content-type', 'application/json'],
        ],
        body: '[2]',
      },
    });
    expect(parseAnswer('200 text/plain a  b')).toMatchObject({ reply: { body: 'a  b' } });
    expect(parseAnswer('after 10s lost')).toMatchObject({
      afterMs: 10_000,
      reply: { kind: 'lost' },
    });
    expect(parseAnswer('callback 2 after 1d null')).toEqual({
      kind: 'callback',
      number: 2,
      afterMs: 86_400_000,
      body: 'null',
    });
    for (const bad of [
      '',
      'maybe',
      '999',
      '200 {',
      'callback 1 {',
      'callback 0 1',
      'after 5 200',
    ]) {
      expect(() => parseAnswer(bad), bad).toThrow();
    }
  });
});

function get(id: string, url: string, body = ''): AskedRequest {
  return { id, method: body === '' ? 'GET' : 'POST', url, headers: {}, body };
}

describe('a world', () => {
  const polling = ['f()', '#? GET u:a', '#< after 1s 200 1', '#? GET u:b', '#? GET u:a', '#< 500'];

  test('answers in the order of the file, whoever asks first', () => {
    const world = new World(chunk(...polling));
    expect(world.ask(get('1', 'u:b'), 0)).toBeNull();
    expect(world.ask(get('2', 'u:a'), 500)).toMatchObject({ atMs: 1500, reply: { status: 200 } });
    expect(world.complaints()).toHaveLength(1);
    expect(world.ask(get('3', 'u:a'), 500)).toMatchObject({ atMs: 500, reply: { status: 500 } });
    expect(world.complaints()).toEqual([]);
  });

  test('knows a request again by its id, and complains of one that changed', () => {
    const world = new World(chunk(...polling));
    const first = world.ask(get('1', 'u:a'), 0);
    expect(world.ask(get('1', 'u:a'), 900)).toEqual(first);
    expect(world.complaints()).toHaveLength(2);
    world.ask(get('1', 'u:b'), 900);
    expect(world.complaints()).toHaveLength(3);
  });

  test('complains of what no mark expects, and still lets the program end', () => {
    const world = new World(chunk('f()  #? GET u:a'));
    expect(world.ask(get('1', 'u:a', '5'), 0)).toMatchObject({ reply: { status: 599 } });
    expect(world.complaints()).toHaveLength(2);
  });

  test('compares JSON as values in order', () => {
    const marks = ['f()', '#? POST u:a {"a": [1, 2], "b": null}'];
    const asked = (body: string): number => {
      const world = new World(chunk(...marks));
      world.ask(get('1', 'u:a', body), 0);
      return world.complaints().length;
    };
    expect(asked('{"a":[1,2],"b":null}')).toBe(0);
    expect(asked('{"b":null,"a":[1,2]}')).toBe(2);
    expect(asked('{"a":[1,2]}')).toBe(2);
  });

  test('delivers callbacks, and puts their URLs where marks name them', () => {
    const lines = ['f()', '#? POST u:a {"to": "$callback2"}', '#< callback 2 after 1m 5'];
    const world = new World(chunk(...lines, '#< callback 3 1'));
    expect(world.callback('http://cb/x', 0)).toEqual([]);
    expect(world.callback('http://cb/y', 100)).toEqual([{ atMs: 60_100, body: '5' }]);
    expect(world.callback('http://cb/y', 900)).toEqual([{ atMs: 60_100, body: '5' }]);
    world.ask(get('1', 'u:a', '{"to":"http://cb/y"}'), 0);
    expect(world.complaints()).toEqual(['line 1: callback 3 was never made']);
  });

  test('refuses an answer without an effect', () => {
    expect(() => new World(chunk('f()  #< 200'))).toThrow('without an effect');
  });
});

describe('judging', () => {
  const failing = chunk('def f():', '    g()', 'f()  #! E: a\\(b\\) .*', '#> out');
  const failure = { lastLine: 'E: a(b) c', trace: [{ file: 'main.flow', line: 3 }] };
  const good: GoldenOutcome = { stdout: 'out\n', stderr: 'E: a(b) c\n', failure };

  test('is content with what the marks say', () => {
    expect(judgeOutcome(failing, good)).toEqual([]);
  });

  test('sees other output, less, more, and says where', () => {
    expect(judgeOutcome(failing, { ...good, stdout: 'other\n' })).toEqual([
      "line 3: printed 'other', expected 'out'",
    ]);
    expect(judgeOutcome(failing, { ...good, stdout: '' })).toHaveLength(1);
    expect(judgeOutcome(failing, { ...good, stdout: 'out\nmore\n' })).toHaveLength(1);
    expect(judgeOutcome(failing, { ...good, stdout: 'out' })).toHaveLength(1);
  });

  test('sees a failure that is none, another, elsewhere, or not told', () => {
    const { failure: _none, ...fine } = good;
    expect(judgeOutcome(failing, fine)).toHaveLength(1);
    const other = { ...failure, lastLine: 'xE: a(b) c' };
    expect(judgeOutcome(failing, { ...good, stderr: 'xE: a(b) c', failure: other })).toHaveLength(
      1,
    );
    const elsewhere = { ...failure, trace: [{ file: 'main.flow', line: 2 }] };
    expect(judgeOutcome(failing, { ...good, failure: elsewhere })).toHaveLength(1);
    expect(judgeOutcome(failing, { ...good, stderr: '' })).toHaveLength(1);
    expect(judgeOutcome(chunk('f()  #> out'), good)).toHaveLength(1);
  });

  test('compares diagnostics by level, line and code', () => {
    const c = chunk('f(  #!compile unclosed-bracket', 'g  #!compile');
    const said = (line: number, code: string): GoldenDiagnostic => {
      return { level: 'error', code, line, file: 'main.flow', message: 'm' };
    };
    const both = [said(1, 'unclosed-bracket'), said(2, 'any')];
    expect(judgeDiagnostics(c, both)).toEqual([]);
    expect(judgeDiagnostics(c, both.slice(0, 1))).toHaveLength(1);
    expect(judgeDiagnostics(c, [said(1, 'other'), said(2, 'any')])).toHaveLength(2);
    expect(judgeDiagnostics(c, [...both, said(2, 'any')])).toHaveLength(1);
    const warning: GoldenDiagnostic = { ...said(2, 'w'), level: 'warning' };
    expect(judgeDiagnostics(c, [...both, warning])).toEqual([]);
    expect(judgeDiagnostics(chunk('x  #!warning w'), [warning])).toHaveLength(2);
  });
});

describe('running', () => {
  const runner = (outcome: GoldenOutcome): GoldenRunner<null> => ({
    compile: () => ({ kind: 'compiled', warnings: [], program: null }),
    run: (_program, _mode, renew) => {
      renew();
      return Promise.resolve(outcome);
    },
  });

  test('a program that should be refused is not run', async () => {
    const wrong = await runChunk(runner({ stdout: '', stderr: '' }), chunk('f(  #!compile'), {
      kind: 'straight',
    });
    expect(wrong).toEqual(['line 1: expected error']);
  });

  test('a program that is refused fails its golden', async () => {
    const refusing: GoldenRunner<null> = {
      ...runner({ stdout: '1\n', stderr: '' }),
      compile: () => ({
        kind: 'refused',
        diagnostics: [{ level: 'error', code: 'c', file: 'f', line: 1, message: 'm' }],
      }),
    };
    expect(await runChunk(refusing, chunk('f()  #> 1'), { kind: 'straight' })).toHaveLength(1);
  });

  test('a durable program that never asks what it should fails', async () => {
    const asks = chunk('f()  #? GET u:a', '#> 1');
    const wrong = await runChunk(runner({ stdout: '1\n', stderr: '' }), asks, { kind: 'crashed' });
    expect(wrong).toEqual(["line 1: never asked for 'GET u:a'"]);
  });

  test('a runner that never asks for a world has not run a durable program', async () => {
    const lazy: GoldenRunner<null> = {
      ...runner({ stdout: '1\n', stderr: '' }),
      run: () => Promise.resolve({ stdout: '1\n', stderr: '' }),
    };
    const durable = chunk('#durable', 'f()  #> 1');
    expect(await runChunk(lazy, durable, { kind: 'crashed' })).toHaveLength(1);
  });
});
