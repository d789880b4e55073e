import { describe, expect, test } from 'vitest';
import { OP, type OpName } from '../../vm/bytecode/opcodes.ts';
import { readCode, writeVarint } from '../../vm/bytecode/operands.ts';
import { FLAG } from '../../vm/bytecode/program.ts';
import type { FunctionCode, Module } from '../../vm/bytecode/program.ts';
import { verifyModule } from '../../vm/bytecode/verify.ts';
import { functionNamed, moduleOf, sample } from './sample.ts';

/** Code of hand-written instructions. */
function code(...rows: readonly (readonly [OpName, number?])[]): Uint8Array {
  const bytes = new Uint8Array(rows.length * 6);
  let at = 0;
  for (const [name, operand] of rows) {
    bytes[at++] = OP[name];
    if (operand !== undefined) at = writeVarint(bytes, at, operand);
  }
  return bytes.slice(0, at);
}

const BASE = moduleOf('def f(a, b):\n    return a + b\nprint(f(1, "x"), {}.get(k=1))\n');

/** BASE with its function f replaced by hand-written code, and the tables that such code needs. */
function withCode(bytes: Uint8Array, change: Partial<FunctionCode> = {}): Module {
  const f = functionNamed(BASE, 'f');
  const fn: FunctionCode = {
    ...f,
    code: bytes,
    stackMax: 1,
    statements: [{ ...f.statements[0]!, pc: 0 }],
    positions: [{ ...f.positions[0]!, pc: 0 }],
    safepoints: [{ pc: 0, statement: 0, stack: [], live: [] }],
    ...change,
  };
  return replaced(BASE, fn);
}

function replaced(module: Module, fn: FunctionCode): Module {
  const functions = module.functions.map((old) => (old.qualname === fn.qualname ? fn : old));
  return { ...module, functions };
}

const RETURN_NONE = [['LOAD_NONE'], ['RETURN']] as const;

describe('what compiles verifies', () => {
  test('and gives the depth of the stack at each instruction', () => {
    for (const module of sample().modules) {
      const verified = verifyModule(module);
      expect(verified.length).toBe(module.functions.length);
      for (const [i, { depths, table }] of verified.entries()) {
        const fn = module.functions[i]!;
        expect(depths.length).toBe(fn.code.length);
        expect(Math.max(...depths)).toBeLessThanOrEqual(fn.stackMax);
        const starts = [...depths.keys()].filter((pc) => depths[pc]! >= 0);
        expect(starts).toEqual([...table.pcs.subarray(0, table.count)]);
      }
    }
  });

  test('hand-written code of the simplest kind', () => {
    const module = withCode(code(...RETURN_NONE));
    expect([...verifyModule(module)[1]!.depths]).toEqual([0, 1]);
  });
});

describe('code that breaks an invariant is refused', () => {
  const jump = OP.JUMP;
  test.each<[what: string, bytes: Uint8Array, message: RegExp, change?: Partial<FunctionCode>]>([
    // P1
    ['no code', code(), /without code/],
    ['a constant that is not there', code(['LOAD_CONST', 99], ['RETURN']), /LOAD_CONST 99/],
    ['a name that is not there', code(['LOAD_BUILTIN', 99], ['RETURN']), /LOAD_BUILTIN 99/],
    ['a local that is not there', code(['LOAD_LOCAL', 2], ['RETURN']), /LOAD_LOCAL 2/],
    ['a global that is not there', code(['LOAD_GLOBAL', 99], ['RETURN']), /LOAD_GLOBAL 99/],
    ['a function that is not there', code(['MAKE_FUNCTION', 9], ['RETURN']), /MAKE_FUNCTION 9/],
    ['a module that is not there', code(['IMPORT', 0], ['RETURN']), /IMPORT 0/],
    ['a byte that is no instruction', Uint8Array.of(0xff), /no instruction/],
    ['an operand cut off', Uint8Array.of(OP.LOAD_INT, 0x80), /ends inside/],
    ['an operand in a longer form', Uint8Array.of(OP.LOAD_INT, 0x81, 0, OP.RETURN), /longer form/],
    ['a jump into an operand', code(['JUMP', 3], ['LOAD_INT', 9], ['RETURN']), /inside/],
    ['a jump past the end', code(['JUMP', 9]), /outside/],
    ['a jump back', code(['NOP'], ['JUMP', 0]), /wrong way/],
    ['a jump to itself', Uint8Array.of(jump, 0), /wrong way/],
    ['a loop forwards', code(['LOOP', 2], ...RETURN_NONE), /wrong way/],
    ['an end that is none', code(['NOP']), /runs off its end/],
    ['a branch at the end', code(['LOAD_NONE'], ['JUMP_IF_FALSE', 0]), /wrong way|end/],
    // P2
    ['a value from nowhere', code(['POP'], ...RETURN_NONE), /more than there is/],
    ['a copy from below', code(['COPY', 1], ['RETURN']), /below the stack/],
    ['a swap with itself', code(['LOAD_NONE'], ['SWAP', 1], ['RETURN']), /depth of 2/],
    ['a value left behind', code(['LOAD_NONE'], ...RETURN_NONE), /leaves values/],
    [
      'two depths at one place',
      code(['LOAD_NONE'], ['JUMP_IF_FALSE', 4], ['LOAD_NONE'], ['LOAD_NONE'], ['RETURN']),
      /meets a stack of 0 with 1|meets a stack of 1 with 0/,
    ],
    ['a loop that grows', code(['LOAD_NONE'], ['LOOP', 0]), /meets a stack/],
    ['code never reached', code(...RETURN_NONE, ['NOP'], ...RETURN_NONE), /never be reached/],
    ['another deepest stack', code(...RETURN_NONE), /grows to 1, not 5/, { stackMax: 5 }],
    // the machine's own slots
    ['END_HANDLE of a value', code(['LOAD_NONE'], ['END_HANDLE'], ...RETURN_NONE), /HANDLE pushed/],
    ['a handled slot left', code(['LOAD_NONE'], ['HANDLE'], ['RETURN']), /leaves values/],
    ['FOR_ITER of a value', code(['LOAD_NONE'], ['FOR_ITER', 3], ['RETURN']), /iterator/],
    [
      'a method called by CALL',
      code(['LOAD_LOCAL', 0], ['GET_METHOD', 0], ['CALL', 1], ['RETURN']),
      /value/,
    ],
    [
      'CALL_METHOD of values',
      code(['LOAD_NONE'], ['COPY', 1], ['CALL_METHOD', 0], ['RETURN']),
      /GET_METHOD/,
    ],
    [
      'LIST_APPEND to no list',
      code(['LOAD_NONE'], ['COPY', 1], ['LIST_APPEND', 1], ['RETURN']),
      /a list/,
    ],
    ['MAKE_STRING of no strs', code(['LOAD_NONE'], ['MAKE_STRING', 1], ['RETURN']), /strs/],
    [
      'MAKE_CLASS of no body',
      code(['LOAD_NONE'], ['COPY', 1], ['COPY', 1], ['MAKE_CLASS', 0], ['RETURN']),
      /nam/,
    ],
    [
      'keywords of no constant',
      code(['LOAD_NONE'], ['COPY', 1], ['CALL_KEYWORDS', 0], ['RETURN']),
      /constant/,
    ],
    ['a slice of four', code(['LOAD_NONE'], ['MAKE_SLICE', 4], ['RETURN']), /parts/],
    ['WITH_FAIL alone', code(['LOAD_NONE'], ['WITH_FAIL'], ['RETURN']), /exception/],
    ['a body made a function', code(['MAKE_FUNCTION', 0], ['RETURN']), /module body/],
    // P3 and cells
    [
      'a local not bound',
      code(['LOAD_LOCAL', 2], ['RETURN']),
      /may be unbound/,
      { locals: ['a', 'b', 'c'] },
    ],
    ['a deleted local', code(['DELETE_LOCAL', 0], ['LOAD_LOCAL', 0], ['RETURN']), /may be unbound/],
    ['a cell that is none', code(['LOAD_CELL', 0], ['RETURN']), /no cell/],
    ['a cell read as a local', code(['MAKE_CELL', 0], ['LOAD_LOCAL', 0], ['RETURN']), /is a cell/],
    ['a cell made twice', code(['MAKE_CELL', 0], ['MAKE_CELL', 0], ...RETURN_NONE), /no new cell/],
    ['a cell made late', code(['NOP'], ['MAKE_CELL', 0], ...RETURN_NONE), /not at the beginning/],
    // places
    ['YIELD in a function', code(['LOAD_NONE'], ['YIELD'], ['RETURN']), /wrong kind of function/],
    ['LOAD_NAME in a function', code(['LOAD_NAME', 0], ['RETURN']), /wrong kind of function/],
    [
      'IMPORT_STAR in a function',
      code(['LOAD_NONE'], ['IMPORT_STAR'], ...RETURN_NONE),
      /wrong kind/,
    ],
    ['RETURN_GENERATOR in a function', code(['RETURN_GENERATOR'], ...RETURN_NONE), /misplaced/],
    ['a generator without it', code(...RETURN_NONE), /missing/, { flags: FLAG.generator }],
    // flags and parameters
    ['two kinds of generator', code(...RETURN_NONE), /one kind/, { flags: 4 | 8 }],
    ['a flag that is none', code(...RETURN_NONE), /flags/, { flags: 1 << 20 }],
    [
      'a class body with parameters',
      code(...RETURN_NONE),
      /no function/,
      { flags: FLAG.classBody },
    ],
    ['a second module body', code(...RETURN_NONE), /two bodies/, { flags: FLAG.moduleBody }],
    ['too few locals', code(...RETURN_NONE), /fewer locals/, { locals: ['a'] }],
    ['parameters of one name', code(...RETURN_NONE), /one name/, { locals: ['a', 'a'] }],
    ['a docstring that is none', code(...RETURN_NONE), /docstring/, { doc: 999 }],
    ['a short hash', code(...RETURN_NONE), /hash of 3/, { hash: Uint8Array.of(1, 2, 3) }],
    ['no statement', code(...RETURN_NONE), /without a statement/, { statements: [] }],
    ['no position', code(...RETURN_NONE), /no position/, { positions: [] }],
  ])('%s', (_, bytes, message, change = {}) => {
    const module = withCode(bytes, change);
    expect(() => verifyModule(module)).toThrow(message);
    expect(() => verifyModule(module)).toThrow(
      expect.objectContaining({ code: 'FLOW_PROGRAM_CORRUPT' }),
    );
  });
});

describe('tables that break an invariant are refused', () => {
  const TRY = moduleOf(
    'def f(a):\n  try:\n    a()\n  except ValueError as e:\n    print(e)\n  return a\n',
  );
  const f = functionNamed(TRY, 'f');
  const [first] = f.handlers;
  const table = readCode(f.code);

  test.each<[what: string, change: Partial<FunctionCode>, message: RegExp]>([
    ['a handler inside an instruction', { handlers: [{ ...first!, start: 1 }] }, /inside/],
    ['a handler of nothing', { handlers: [{ ...first!, end: first!.start }] }, /overlap|inside/],
    ['handlers in disorder', { handlers: f.handlers.toReversed() }, /overlap/],
    ['a handler before its range', { handlers: [{ ...first!, target: 0 }] }, /before/],
    ['a handler too deep', { handlers: [{ ...first!, depth: 1 }] }, /keeps/],
    ['a handler of a negative depth', { handlers: [{ ...first!, depth: -1 }] }, /depth/],
    ['no handlers', { handlers: [] }, /never be reached/],
    ['a safepoint missing', { safepoints: f.safepoints.slice(1) }, /safepoints where/],
    [
      'a safepoint elsewhere',
      { safepoints: f.safepoints.map((row, i) => (i === 1 ? { ...row, pc: row.pc + 1 } : row)) },
      /a safepoint at/,
    ],
    [
      'a safepoint in no statement',
      { safepoints: f.safepoints.map((row) => ({ ...row, statement: 99 })) },
      /no statement/,
    ],
    [
      'a safepoint with another stack',
      { safepoints: f.safepoints.map((row) => ({ ...row, stack: ['exit'] })) },
      /another stack/,
    ],
    [
      'a safepoint with other live locals',
      { safepoints: f.safepoints.map((row) => ({ ...row, live: [] })) },
      /other live locals/,
    ],
    [
      'a statement inside an instruction',
      { statements: [{ ...f.statements[0]!, pc: 1 }] },
      /no instruction/,
    ],
    ['positions in disorder', { positions: f.positions.toReversed() }, /out of order/],
    ['a line 0', { positions: [{ ...f.positions[0]!, line: 0 }] }, /position 0/],
  ])('%s', (_, change, message) => {
    expect(table.count).toBeGreaterThan(5);
    expect(() => verifyModule(replaced(TRY, { ...f, ...change }))).toThrow(message);
  });

  test.each<[what: string, change: Partial<Module>, message: RegExp]>([
    ['no functions', { functions: [] }, /not the body/],
    ['a body that is none', { functions: BASE.functions.slice(1) }, /not the body/],
    ['a name twice', { names: ['x', 'x'] }, /repeat/],
    ['a native without a version', { natives: ['print'] }, /native/],
    ['no name', { name: '' }, /without a name/],
  ])('of a module: %s', (_, change, message) => {
    expect(() => verifyModule({ ...BASE, ...change })).toThrow(message);
  });

  test('an exception that would lose what is handled', () => {
    // The call of print(e) stands under `handled`; sending its exceptions to depth 0 loses that.
    const handlers = f.handlers.map((row, i) => (i === 0 ? row : { ...row, depth: 0 }));
    expect(() => verifyModule(replaced(TRY, { ...f, handlers }))).toThrow(/lose what is handled/);
  });

  test('a closure with too few cells', () => {
    const module = moduleOf('def f(a, b):\n    return lambda: a + b\n');
    const inner = functionNamed(module, 'f.<locals>.<lambda>');
    const fewer = { ...inner, locals: ['a', 'b', 'c'], freeCount: 3 };
    expect(() => verifyModule(replaced(module, fewer))).toThrow(/gives 2 cells where 3/);
  });

  test('the error says where', () => {
    const wrong = withCode(code(['POP'], ...RETURN_NONE));
    expect(() => verifyModule(wrong)).toThrow(
      expect.objectContaining({
        details: expect.objectContaining({ module: '__main__', function: 'f', pc: 0 }),
      }),
    );
  });
});
