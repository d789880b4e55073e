// From a program to bytes. The way back is decode.ts; spec/formats/program.md tells both.
//
//     Module  ──▶  "flowm\r\n" version  codec([name, file, flags, source, constants, …])
//     Program ──▶  "flowp\r\n" version  codec([manifest, [module bytes, …]])
//     manifest     codec([entry, [[name, SHA-256 of the module's bytes], …]])
//
// A module's bytes are its identity: their hash names it in manifests and in the store, where a
// module that a thousand programs share is one blob. A program's hash is that of its manifest.
//
// The line break in the magic is there to be spoiled: a file that went through a conversion of
// text fails at its first bytes instead of somewhere inside.
//
// Tables with many rows (code, positions, safepoints) are byte strings of varints, each row told as
// the difference to the one before: measured on Python's own library, 5 bytes a position and 7 a
// safepoint, where plain arrays take 10 and 9.
//
// Invariants (test/bytecode/encode.test.ts):
//
//   E1. decodeModule(encodeModule(m)) equals m, decodeProgram(encodeProgram(p)) equals p.
//   E2. Equal modules give equal bytes, and decode takes no other bytes for them.

import { encode, type Plain } from './codec.ts';
import { hex, sha256, sha256Hex } from './hash.ts';
import { knownAs } from './known.ts';
import { VarintWriter } from './operands.ts';
import { SLOT_KINDS } from './program.ts';
import type { Constant, FunctionCode, Module, Program } from './program.ts';

export const MODULE_MAGIC = 'flowm\r\n';
export const PROGRAM_MAGIC = 'flowp\r\n';

/** Of the layout of both. A machine reads its own and every earlier one. */
export const FORMAT_VERSION = 1;

/** Bits of a module's flags. */
export const MODULE_FLAG = { package: 1, library: 2 } as const;

/** What tells constants apart that are no plain value of their own. */
export const CONSTANT_TAG = {
  float: 0,
  int: 1,
  tuple: 2,
  frozenset: 3,
  ellipsis: 4,
  imaginary: 5,
} as const;

/** One module as a blob, under its name. */
export interface PackedModule {
  readonly name: string;
  /** Of `bytes`, in hexadecimal. */
  readonly hash: string;
  readonly bytes: Uint8Array;
}

/** A program taken apart, as a store keeps it. */
export interface PackedProgram {
  /** Of `manifest`, in hexadecimal: the program's name. */
  readonly hash: string;
  readonly manifest: Uint8Array;
  readonly modules: readonly PackedModule[];
}

/** The bytes of one module. */
export function encodeModule(module: Module): Uint8Array {
  const flags =
    (module.isPackage ? MODULE_FLAG.package : 0) | (module.isLibrary ? MODULE_FLAG.library : 0);
  return withMagic(MODULE_MAGIC, [
    module.name,
    module.file,
    flags,
    module.source,
    module.constants.map(constantPlain),
    module.names,
    module.globals,
    module.imports,
    module.natives,
    module.functions.map(functionPlain),
  ]);
}

/** A program as manifest and blobs. */
export function packProgram(program: Program): PackedProgram {
  const packed = program.modules.map((module) => {
    const known = knownAs(module);
    const bytes = known?.bytes ?? encodeModule(module);
    return { name: module.name, bytes, digest: known?.digest ?? sha256(bytes) };
  });
  const rows = packed.map(({ name, digest }): Plain => [name, digest]);
  const modules = packed.map(({ name, bytes, digest }) => ({ name, hash: hex(digest), bytes }));
  const manifest = encode([program.entry, rows]);
  return { hash: sha256Hex(manifest), manifest, modules };
}

/** A program as one file (`.fbc`). */
export function encodeProgram(program: Program): Uint8Array {
  const { manifest, modules } = packProgram(program);
  return withMagic(PROGRAM_MAGIC, [manifest, modules.map(({ bytes }) => bytes)]);
}

function withMagic(magic: string, value: Plain): Uint8Array {
  const payload = encode(value);
  const bytes = new Uint8Array(magic.length + 1 + payload.length);
  for (let i = 0; i < magic.length; i++) bytes[i] = magic.charCodeAt(i);
  bytes[magic.length] = FORMAT_VERSION;
  bytes.set(payload, magic.length + 1);
  return bytes;
}

function constantPlain(constant: Constant): Plain {
  switch (constant.type) {
    case 'none':
      return null;
    case 'bool':
    case 'str':
    case 'bytes':
      return constant.value;
    case 'ellipsis':
      return [CONSTANT_TAG.ellipsis];
    case 'float':
    case 'imaginary':
      return [CONSTANT_TAG[constant.type], constant.value];
    case 'int':
      return intPlain(constant.value);
    case 'tuple':
      return [CONSTANT_TAG.tuple, ...constant.items.map(constantPlain)];
    case 'frozenset':
      return [CONSTANT_TAG.frozenset, ...constant.items.map(constantPlain)];
  }
}

/** A safe integer is itself; a larger one its sign and magnitude, most significant byte first. */
function intPlain(value: bigint): Plain {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  const digits = (value < 0n ? -value : value).toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  const magnitude = new Uint8Array(even.length / 2);
  for (let i = 0; i < magnitude.length; i++) {
    magnitude[i] = Number.parseInt(even.slice(2 * i, 2 * i + 2), 16);
  }
  return [CONSTANT_TAG.int, value < 0n, magnitude];
}

function functionPlain(fn: FunctionCode): Plain {
  return [
    fn.name,
    fn.qualname,
    fn.flags,
    fn.positionalOnly,
    fn.positional,
    fn.keywordOnly,
    fn.locals,
    fn.freeCount,
    fn.stackMax,
    fn.code,
    packHandlers(fn),
    packSafepoints(fn),
    packStatements(fn),
    packHashes(fn),
    packPositions(fn),
    fn.hash,
    fn.doc,
    fn.line,
  ];
}

/** start, from the row before; length; distance from end to target; depth */
function packHandlers({ handlers }: FunctionCode): Uint8Array {
  const out = new VarintWriter();
  let last = 0;
  for (const { start, end, target, depth } of handlers) {
    out.push(start - last);
    out.push(end - start);
    out.push(target - end);
    out.push(depth);
    last = end;
  }
  return out.take();
}

/**
 * pc, from the row before; statement, likewise and signed; slots kept from the row before, slots
 * added, the kinds of those; locals that begin or cease to be live: how many, each from the last
 */
function packSafepoints({ safepoints }: FunctionCode): Uint8Array {
  const out = new VarintWriter();
  let [lastPc, lastStatement] = [0, 0];
  let lastStack: readonly string[] = [];
  let lastLive: readonly number[] = [];
  for (const { pc, statement, stack, live } of safepoints) {
    out.push(pc - lastPc);
    out.pushSigned(statement - lastStatement);
    let kept = 0;
    while (kept < stack.length && stack[kept] === lastStack[kept]) kept += 1;
    out.push(kept);
    out.push(stack.length - kept);
    for (let i = kept; i < stack.length; i++) out.push(SLOT_KINDS.indexOf(stack[i]!));
    packChanges(out, lastLive, live);
    [lastPc, lastStatement, lastStack, lastLive] = [pc, statement, stack, live];
  }
  return out.take();
}

/** The members that only one of two ascending lists has. */
function packChanges(out: VarintWriter, a: readonly number[], b: readonly number[]): void {
  const changes: number[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const x = a[i] ?? Infinity;
    const y = b[j] ?? Infinity;
    if (x !== y) changes.push(Math.min(x, y));
    if (x <= y) i += 1;
    if (y <= x) j += 1;
  }
  out.push(changes.length);
  let last = -1;
  for (const change of changes) {
    out.push(change - last - 1);
    last = change;
  }
}

/** pc of each statement, from the one before and signed */
function packStatements({ statements }: FunctionCode): Uint8Array {
  const out = new VarintWriter();
  let last = 0;
  for (const { pc } of statements) {
    out.pushSigned(pc - last);
    last = pc;
  }
  return out.take();
}

function packHashes({ statements }: FunctionCode): Uint8Array {
  const size = statements[0]?.hash.length ?? 0;
  const bytes = new Uint8Array(size * statements.length);
  for (const [i, { hash }] of statements.entries()) bytes.set(hash, i * size);
  return bytes;
}

/** pc and line from the row before; column; lines covered; end column, from column on one line */
function packPositions({ positions }: FunctionCode): Uint8Array {
  const out = new VarintWriter();
  let [lastPc, lastLine] = [0, 0];
  for (const { pc, line, column, endLine, endColumn } of positions) {
    out.push(pc - lastPc);
    out.pushSigned(line - lastLine);
    out.push(column);
    out.push(endLine - line);
    out.push(endLine === line ? endColumn - column : endColumn);
    [lastPc, lastLine] = [pc, line];
  }
  return out.take();
}
