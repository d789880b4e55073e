// Base images: where prefixes end, what runs that begin from one write, what a damaged one does.

import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile, PRELUDE } from '../../compiler/compile.ts';
import { Report } from '../../compiler/diagnostics/report.ts';
import { Source } from '../../compiler/diagnostics/source.ts';
import { libraryModules } from '../../stdlib/library.ts';
import { decode, encode, type Plain } from '../../vm/bytecode/codec.ts';
import { FlowError } from '../../vm/bytecode/errors.ts';
import { packProgram } from '../../vm/bytecode/encode.ts';
import { Linker, type LinkedProgram } from '../../vm/machine/link.ts';
import type { Machine } from '../../vm/machine/machine.ts';
import { give, machineAtCut, type Given } from '../../vm/machine/prefix.ts';
import { placeOf } from '../../vm/machine/traceback.ts';
import {
  BASE_VERSION,
  beginFrom,
  decodeBase,
  encodeBase,
  makeBase,
  type Base,
} from '../../vm/snapshot/base.ts';
import { findUnsaved } from '../../vm/snapshot/check.ts';
import { KIND } from '../../vm/snapshot/kinds.ts';
import { ledgerOf } from '../../vm/snapshot/ledger.ts';
import { decodeDeltaSegment, SNAPSHOT_VERSION } from '../../vm/snapshot/segment.ts';
import { environmentWith } from '../harness/library.ts';
import { atCut } from '../harness/moved.ts';
import {
  advance,
  begin,
  chunksOf,
  encodeDelta,
  linkText,
  NOW_MS,
  optionsFor,
  outputOf,
  restoreMachine,
} from './programs.ts';
import { tries } from '../harness/fuzz.ts';

const NOTHING: Given = { argv: [], entry: null, args: [] };

function baseOf(text: string): Base {
  const program = linkText(text);
  const base = makeBase(program, optionsFor(program).registry);
  if (base === null) throw new Error('it has no prefix');
  return base;
}

// ------------------------------------------------------------------ prefixes

/** A program that imports modules of a library of its own. */
function linkWith(text: string, library: Readonly<Record<string, string>>): LinkedProgram {
  const files = new Map(Object.entries(library).map(([name, body]) => [`${name}.flow`, body]));
  const environment = environmentWith(files);
  const report = new Report();
  const program = compile(
    new Source('main.flow', text),
    {
      ...environment,
      findModule(dotted) {
        const found = environment.findModule(dotted);
        return found === null ? null : { ...found, isLibrary: true };
      },
    },
    report,
  );
  if (program === null) throw new Error(JSON.stringify(report.diagnostics));
  const { hash, modules } = packProgram(program);
  return Linker.of(optionsFor(linkText('pass\n')).registry).link(
    program,
    hash,
    modules.map((each) => each.hash),
  );
}

/** The line of a program at which its prefix ends; null if it has none. */
function endOf(program: LinkedProgram): number | null {
  const { registry } = optionsFor(linkText('pass\n'));
  const machine = machineAtCut({ program, registry, random: () => 0 });
  const top = machine?.current.top;
  if (top === undefined) return null;
  return placeOf(top.code, top.code.table.pcs[top.rest] ?? 0).line;
}

describe('a prefix', () => {
  test.each<[what: string, text: string, line: number | null]>([
    [
      'ends at the first other statement',
      'import json\nimport re as r\nprint(1)\nimport math\n',
      3,
    ],
    [
      'has a docstring and a future',
      '"""x"""\nfrom __future__ import annotations\nimport re\nf()',
      4,
    ],
    ['binds names of modules', 'from json import dumps as d, loads\nfrom re import *\nd()\n', 3],
    ['may have constants in it', '__version__ = "1"\nimport re\nlimit = 5\nimport json\nf()\n', 5],
    ['is none without an import', '"""x"""\nlimit = 5\nprint(limit)\n', null],
    ['is none behind another statement', 'print(1)\nimport re\n', null],
    [
      'goes to no import that may be caught',
      'import re\ntry:\n    import json\nexcept E: pass\n',
      2,
    ],
    ['goes to none in a branch', 'import re\nif x:\n    import json\nelse:\n    import math\n', 2],
    ['goes to no computed value', 'import re\nx = 1 + y\nimport json\n', 2],
    ['has functions in it', 'import re\ndef f(x: int, *, y=(1, 2)) -> re.Match: pass\nf(1)\n', 3],
    [
      'has new collections in it',
      'import re\nfound = {"x": [re, 1], "y": ()}\nfound["z"] = 1\n',
      3,
    ],
    ['looks into no list', 'import sys\nargv = sys.argv\nname = argv[0]\n', 3],
    ['has no decorated function', 'import functools\n@functools.cache\ndef f(): pass\n', 2],
    ['has no class', 'import enum\nclass C: pass\n', 2],
    ['ends before a name that is bound to nothing', 'import re\ndef f(x: nowhere): pass\n', 2],
    ['ends before a name that is not there', 'import re\nfrom json import nothing\n', 2],
    ['may be all there is', 'import re\nimport json', 2],
  ])('%s', (_what, text, line) => {
    expect(endOf(linkText(text))).toBe(line);
  });

  test.each<[what: string, body: string]>([
    ['asks for the moment', 'start = _now_ms()'],
    ['asks for random numbers', 'token = _random_bits(8)'],
    ['prints', 'print("hello")'],
    ['asks the outside', '_effect("http.request", [])'],
    ['spawns a task', 'def f(): pass\ntask = spawn(f)'],
    ['waits', 'from flow.time import sleep\nsleep(1)'],
    ['raises', 'raise ValueError'],
    ['never ends', 'while True: pass'],
  ])('ends before an import of what %s', (_what, body) => {
    const library = { good: 'x = [1]', bad: body };
    expect(endOf(linkWith('import good\nimport good as g, bad\nimport json\n', library))).toBe(2);
    expect(endOf(linkWith('from bad import *\nimport json\n', library))).toBe(null);
  });

  test('has no module of the program', () => {
    const report = new Report();
    const files = new Map([['own.flow', 'x = 1\n']]);
    const source = new Source('main.flow', 'import re\nimport own\n');
    const program = compile(source, environmentWith(files), report);
    if (program === null) throw new Error('it does not compile');
    const { hash, modules } = packProgram(program);
    const { registry } = optionsFor(linkText('pass\n'));
    const hashes = modules.map((each) => each.hash);
    expect(endOf(Linker.of(registry).link(program, hash, hashes))).toBe(2);
  });
});

// ------------------------------------------------------------------ the library

/** Modules of one program: most of them import the same others. */
const TOGETHER = 16;

// With doctest, the program gets a module of its own, which holds its examples.
const names = libraryModules()
  .map(({ name }) => name)
  .filter((name) => name !== PRELUDE && name !== 'doctest');

const together = names.flatMap((_, at) =>
  at % TOGETHER === 0 ? [names.slice(at, at + TOGETHER)] : [],
);

/** The whole state, as if there were no base. */
function wholeOf(machine: Machine): Buffer {
  encodeDelta(machine);
  ledgerOf(machine).base = null;
  return Buffer.concat(chunksOf(machine));
}

test.each(together)('%s and others are imported alike, whatever a run is given', (...modules) => {
  const text = `import ${modules.join(', ')}\nx = 1\n`;
  const options = optionsFor(linkText(text), 'plain');
  // An import that is none of a prefix would be one that all programs pay for.
  expect(endOf(options.program)).toBe(2);
  const given: Given = { argv: ['a', 'b'], entry: 'f', args: [] };
  const twin = machineAtCut(options, given);
  if (twin === null) throw new Error('it has no prefix');
  const machine = beginFrom(baseOf(text), options, given);
  expect(wholeOf(machine).equals(wholeOf(twin))).toBe(true);
});

// ------------------------------------------------------------------ runs

/** Changes what it has imported, lets go of some of it, and goes on for ever. */
const CHANGING = `
import json, re
import sys, collections
from flow.time import sleep
def main(*args):
    print(args, sys.argv)
    json.dumps = None
    json.encoder.extra = "long text " * 1000
    words = re.compile("a+|b")
    collections.OrderedDict = json.encoder.JSONEncoder = None
    turn = 0
    while True:
        turn += 1
        json.encoder.turn = [turn, words, id(json), id(re.Pattern)]
        if turn % 3 == 0:
            sleep(1)
        if turn == 8:
            json.encoder.extra = json.decoder = None
`;

const GIVEN: Given = { argv: ['x'], entry: 'main', args: [1] };

describe('a run that begins from a base', () => {
  const base = baseOf(CHANGING);
  const options = optionsFor(linkText(CHANGING), 'plain');

  test('writes what one writes that executed its imports, restored or not', () => {
    const twin = atCut(base, options);
    give(twin, GIVEN);
    const stayed = beginFrom(base, options, GIVEN);
    let moved = beginFrom(base, options, GIVEN);
    let checkpoint: Uint8Array[] = [];
    let deltas: Uint8Array[] = [];
    let nowMs = NOW_MS;
    const printed = ['', '', ''];
    for (let turn = 0; turn < 60; turn++) {
      nowMs += 400;
      const machines = [twin, stayed, moved];
      const [delta, ...others] = machines.map((machine, i) => {
        advance(machine, 23, nowMs);
        printed[i] += outputOf(machine);
        return encodeDelta(machine);
      });
      for (const each of others) expect(Buffer.from(each).equals(delta ?? each)).toBe(true);
      deltas.push(delta as Uint8Array);
      expect(findUnsaved(moved, { base, checkpoint, deltas })).toBe(null);
      moved = restoreMachine(options, { base, checkpoint, deltas });
      if (turn % 7 !== 6) continue;
      const [first, ...more] = [twin, stayed, moved].map((machine) => chunksOf(machine));
      checkpoint = first ?? [];
      for (const each of more) {
        expect(Buffer.concat(each).equals(Buffer.concat(checkpoint))).toBe(true);
      }
      deltas = [];
    }
    expect(new Set(printed)).toEqual(new Set(["(1,) ['x']\n"]));
    // S1
    const again = restoreMachine(options, { base, checkpoint, deltas: [] });
    expect(Buffer.concat(chunksOf(again)).equals(Buffer.concat(checkpoint))).toBe(true);
    const kinds = checkpoint.flatMap((chunk) => (decode(chunk) as Plain[][])[3]).map(kindOf);
    expect(kinds).toContain(KIND.GONE);
    expect(kinds).not.toContain(KIND.PROGRAM);
    // What has not changed is not in it.
    const size = checkpoint.reduce((sum, chunk) => sum + chunk.length, 0);
    expect(size).toBeLessThan(base.bytes.length / 4);
    // And the states are one that has no base, but for the rows of the base itself.
    expect(wholeOf(moved).equals(wholeOf(twin))).toBe(true);
  });

  test('goes on in fused words as in plain ones', () => {
    const [plain, fused] = (['plain', 'fused'] as const).map((mode) =>
      beginFrom(base, optionsFor(options.program, mode), GIVEN),
    ) as [Machine, Machine];
    for (let turn = 0; turn < 20; turn++) {
      const at = { nowMs: NOW_MS + turn * 400, ticks: 5 };
      expect(plain.step(at).kind).toBe(fused.step(at).kind);
      expect(Buffer.from(encodeDelta(fused)).equals(encodeDelta(plain))).toBe(true);
    }
  });

  test('writes its first delta about what differs', () => {
    const text = 'import asyncio\nfrom flow.time import sleep\nsleep("1d")\n';
    const large = baseOf(text);
    const machine = beginFrom(large, optionsFor(linkText(text)), NOTHING);
    advance(machine, 1000);
    const delta = encodeDelta(machine);
    expect(decodeDeltaSegment(delta)[0]).toEqual([KIND.BASE, large.forLedger.hash]);
    expect(large.bytes.length).toBeGreaterThan(50_000);
    expect(delta.length).toBeLessThan(200);
  });

  test('cannot begin twice', () => {
    const machine = beginFrom(base, options, GIVEN);
    advance(machine, 400);
    expect(() => give(machine, GIVEN)).toThrow(/begun already/);
  });
});

function kindOf(row: Plain | undefined): Plain {
  return (row as Plain[])[0] ?? null;
}

// ------------------------------------------------------------------ bytes

describe('a base image', () => {
  const text = 'from flow.time import sleep\nimport heapq\nsleep(1)\n';
  const base = baseOf(text);
  const { program, registry, ...others } = optionsFor(linkText(text), 'plain');
  const options = { program, registry, ...others };

  /** Its parts, changed. */
  function forged(change: (image: Plain[], rows: Plain[][]) => void): Uint8Array {
    const image = decode(base.bytes) as Plain[];
    const [chunk] = (image[3] as Uint8Array[]).map((each) => decode(each) as Plain[]);
    if (chunk === undefined) throw new Error('it has no chunk');
    change(image, chunk[3] as Plain[][]);
    if ((image[3] as Plain[]).length > 0) image[3] = [encode(chunk)];
    return encode(image);
  }

  function refusal(bytes: Uint8Array): string {
    try {
      decodeBase(program, registry, bytes);
    } catch (error) {
      if (error instanceof FlowError) return `${error.code} ${error.message}`;
      throw error;
    }
    return 'it was accepted';
  }

  test('is the same whenever it is made', () => {
    expect(baseOf(text).hash).toBe(base.hash);
    const machine = machineAtCut({ program, registry, random: () => 7 });
    if (machine === null) throw new Error('it has no prefix');
    expect(Buffer.from(encodeBase(machine)).equals(base.bytes)).toBe(true);
    expect(decodeBase(program, registry, base.bytes).hash).toBe(base.hash);
  });

  test.each<[what: string, bytes: Uint8Array, says: RegExp]>([
    ['nothing', new Uint8Array(), /CORRUPT/],
    ['a delta', encodeDelta(begin(program)), /CORRUPT .*array|no base image/],
    ['a later version', forged((image) => (image[1] = BASE_VERSION + 1)), /VERSION .*base image/],
    ['no version', forged((image) => (image[1] = 'x')), /CORRUPT .*version/],
    ['another program', forged((image) => (image[2] = new Uint8Array(32))), /another program/],
    ['a part too many', forged((image) => image.push(1)), /four parts/],
    ['no chunks', forged((image) => (image[3] = [])), /no snapshot/],
    ['chunks that are none', forged((image) => (image[2] = 5)), /four parts/],
    ['an id that is missing', forged((_, rows) => (stateOf(rows)[1] = 5000)), /gap/],
    ['an effect', forged((_, rows) => (stateOf(rows)[3] = 1)), /no beginning/],
    ['a base of its own', forged((_, rows) => (rows[0] = [KIND.BASE, hashOf()])), /another base/],
    ['what is gone', forged((_, rows) => rows.splice(2, 0, [KIND.GONE, 1, 1])), /never was/],
  ])('of %s is refused', (_what, bytes, says) => {
    expect(refusal(bytes)).toMatch(says);
  });

  function stateOf(rows: Plain[][]): Plain[] {
    return rows.find(([kind]) => kind === KIND.STATE) ?? [];
  }

  function hashOf(): Uint8Array {
    return new Uint8Array(32);
  }

  const machine = beginFrom(base, options, NOTHING);
  advance(machine, 20);
  const delta = encodeDelta(machine);
  const chunk = chunksOf(machine)[0] ?? new Uint8Array();

  function changed(bytes: Uint8Array, change: (rows: Plain[][]) => void): Uint8Array {
    const segment = decode(bytes) as Plain[];
    change(segment[3] as Plain[][]);
    return encode(segment);
  }

  test('must be the one that a chain names, and come first', () => {
    const wrong = (saved: Partial<Parameters<typeof restoreMachine>[1]>, says: RegExp): void => {
      expect(() => restoreMachine(options, { checkpoint: [], deltas: [], ...saved })).toThrow(says);
    };
    wrong({ deltas: [delta] }, /another base image/);
    wrong({ base: baseOf('import heapq\nx = 1\n'), deltas: [delta] }, /another base image/);
    expect(() =>
      restoreMachine(optionsFor(linkText(CHANGING)), { base, checkpoint: [], deltas: [] }),
    ).toThrow(/another program/);
    wrong({ base, deltas: [delta, delta] }, /two beginnings/);
    wrong({ base, checkpoint: [chunk], deltas: [delta] }, /two beginnings/);
    const first = changed(delta, (rows) => rows.reverse());
    wrong({ base, deltas: [first] }, /come first|no object/);
    const few = changed(delta, (rows) => (stateOf(rows)[1] = 3));
    wrong({ base, deltas: [few] }, /fewer objects/);
    for (const gone of [
      [1, 0],
      [0, 1],
      [3, 1, 2, 1],
      [1, 100_000],
      [base.end, 1],
      [1.5, 1],
    ]) {
      const bytes = changed(chunk, (rows) => rows.splice(2, 0, [KIND.GONE, ...gone]));
      wrong({ base, checkpoint: [bytes] }, /not in the base/);
    }
    const late = changed(delta, (rows) => rows.splice(2, 0, [KIND.GONE, 1, 1]));
    wrong({ base, deltas: [late] }, /never was/);
    const missing = changed(chunk, (rows) => rows.splice(2, 0, [KIND.GONE, 2, 1]));
    wrong({ base, checkpoint: [missing] }, /not there/);
  });

  test('is named by segments that older versions refuse by their number', () => {
    for (const bytes of [delta, chunk]) {
      expect((decode(bytes) as Plain[])[1]).toBe(SNAPSHOT_VERSION);
    }
    expect((decode(encodeDelta(begin(program))) as Plain[])[1]).toBe(1);
  });

  test('and what names it: damaged bytes are refused with a typed error, or run', () => {
    const accepted = { count: 0 };
    const flip = fc.record({ which: fc.nat(2), at: fc.nat(100_000), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(flip, { minLength: 1, maxLength: 2 }), (flips) => {
        // Inside the chunk of the base, whose own hash nobody has written down.
        const image = decode(base.bytes) as Plain[];
        const inner = Uint8Array.from((image[3] as Uint8Array[])[0] ?? []);
        const [first, whole] = [Uint8Array.from(delta), Uint8Array.from(chunk)];
        for (const { which, at, to } of flips) {
          const bytes = [inner, first, whole][which] ?? inner;
          bytes[at % bytes.length] = to;
        }
        image[3] = [inner];
        try {
          const damaged = decodeBase(program, registry, encode(image));
          for (const saved of [
            { base: damaged, checkpoint: [], deltas: [] },
            { base, checkpoint: [], deltas: [first] },
            { base, checkpoint: [whole], deltas: [] },
          ]) {
            const restored = restoreMachine(options, saved);
            advance(restored, 30, NOW_MS + 5000);
            encodeDelta(restored);
            chunksOf(restored);
          }
          accepted.count++;
        } catch (error) {
          if (!(error instanceof FlowError)) throw error;
        }
      }),
      tries(1500),
    );
    expect(accepted.count).toBeGreaterThan(5);
  });
});
