// Hashes of statements and functions: whether two texts say the same.
//
// What is hashed is the tree written out flat, kinds and fields in the order of the grammar,
// without places and without comments (the tree has none). A statement or function inside another
// one counts by its hash, so that each is written once, however deep it stands:
//
//     def f():          hash(f)  = H('FunctionDef' 'f' … [hash(if)])
//         if x:         hash(if) = H('If' 'Name' 'x' [hash(y)] [])
//             y()       hash(y)  = H('Expr' 'Call' …)
//
// An unchanged statement keeps its hash when lines move, a file is renamed, or a comment is
// written.
//
// One walk with a stack of its own, however long an elif chain is.

import { Buffer } from 'node:buffer';
import { sha256, STATEMENT_HASH_BYTES } from '../../vm/bytecode/hash.ts';
import type { ConstantValue, Module, Node, Statement } from '../syntax/tree.ts';
import { FIELDS, isNode } from '../syntax/walk.ts';

/** The nodes that have a hash: statements, and what becomes a function. */
export type Hashes = ReadonlyMap<Node, Uint8Array>;

/** The kinds that have a hash. A record, so that the tree cannot gain a statement unnoticed. */
const UNITS: Readonly<Record<Statement['kind'] | FunctionKind, true>> = {
  FunctionDef: true,
  AsyncFunctionDef: true,
  ClassDef: true,
  Return: true,
  Delete: true,
  Assign: true,
  AugAssign: true,
  AnnAssign: true,
  For: true,
  AsyncFor: true,
  While: true,
  If: true,
  With: true,
  AsyncWith: true,
  Match: true,
  Raise: true,
  Try: true,
  TryStar: true,
  Assert: true,
  Import: true,
  ImportFrom: true,
  Global: true,
  Nonlocal: true,
  Expr: true,
  Pass: true,
  Break: true,
  Continue: true,
  Lambda: true,
  ListComp: true,
  SetComp: true,
  DictComp: true,
  GeneratorExp: true,
};

type FunctionKind = 'Lambda' | 'ListComp' | 'SetComp' | 'DictComp' | 'GeneratorExp';

/** The hash of every statement and function of a module, and of the module itself. */
export function hashTree(tree: Module): Hashes {
  const hashes = new Map<Node, Uint8Array>();
  // The texts of the units that are open, outermost first. What is still to be written waits on a
  // stack of its own, last first; a closed unit is a line in the text of the one around it.
  const texts: string[] = [''];
  const waiting: unknown[] = [tree];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (value instanceof Close) {
      const hash = sha256(texts.pop()!);
      hashes.set(value.unit, hash);
      texts[texts.length - 1] += `#${latin1(hash)}`;
      continue;
    }
    if (isNode(value)) {
      if (value === tree || value.kind in UNITS) {
        texts.push('');
        waiting.push(new Close(value));
      }
      const fields = FIELDS[value.kind];
      waiting.push(END);
      const values = value as unknown as Readonly<Record<string, unknown>>;
      for (let i = fields.length - 1; i >= 0; i--) waiting.push(values[fields[i]!]);
    } else if (Array.isArray(value)) {
      waiting.push(END);
      for (let i = value.length - 1; i >= 0; i--) waiting.push(value[i]);
    }
    texts[texts.length - 1] += textOf(value);
  }
  return hashes;
}

/** What is kept of a hash to tell the statements of a function apart. */
export function statementHash(hash: Uint8Array): Uint8Array {
  return hash.subarray(0, STATEMENT_HASH_BYTES);
}

/** All of a unit has been written. */
class Close {
  readonly unit: Node;
  constructor(unit: Node) {
    this.unit = unit;
  }
}

/** A list or node has been written: without its end two trees could be one text. */
const END = Symbol('end');

function textOf(value: unknown): string {
  if (value === END) return ')';
  if (typeof value === 'string') return JSON.stringify(value); // also tells lone surrogates apart
  if (Array.isArray(value)) return '[';
  if (isNode(value)) return `(${value.kind}`;
  if (typeof value === 'object' && value !== null) return constantText(value as ConstantValue);
  return ` ${String(value)}`;
}

function constantText(constant: ConstantValue): string {
  if (!('value' in constant)) return constant.type;
  const { type, value } = constant;
  if (value instanceof Uint8Array) return `${type}"${latin1(value)}"`;
  if (typeof value === 'string') return type + JSON.stringify(value);
  return `${type} ${Object.is(value, -0) ? '-0' : String(value)}`;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
