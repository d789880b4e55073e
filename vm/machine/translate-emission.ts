// The picture of the stack while a function is translated (translate.ts), and the words it has come
// to.
//
//     stack    home | local b | constant 2        before MULTIPLY
//     words    … MULI s1 b 2                      after it: home | home
//
// Owns: words, the places in them that jumps go to, caches, and what each entry of the stack stands
// for. Does not: know what an instruction means (translate-instructions.ts), nor blocks
// (translate.ts, whose invariants W1 to W4 this keeps).

import { OP } from '../bytecode/opcodes.ts';
import type { CodeTable } from '../bytecode/operands.ts';
import type { Code } from './code.ts';
import { InlineCache } from './inline-cache.ts';
import { WORD, WORD_SIZES, type WordName } from './words.ts';

/** source: a local's slot, or ~index of a constant. */
export interface PendingMove {
  readonly home: number;
  readonly local: number;
  readonly constant: number;
  readonly int: number;
  readonly kind: Entry['kind'];
}

export type Entry =
  | { readonly kind: 'home' }
  | { readonly kind: 'local'; readonly local: number }
  | { readonly kind: 'constant'; readonly constant: number }
  | { readonly kind: 'int'; readonly int: number }
  | { readonly kind: 'none' };

export const HOME: Entry = { kind: 'home' };

export class Emission {
  protected readonly code: Code;
  protected readonly table: CodeTable;
  protected readonly words: number[] = [];
  protected readonly caches: InlineCache[] = [];
  protected readonly entry: Int32Array;
  protected readonly owners: [word: number, instruction: number][] = [];
  protected readonly pending = new Map<number, PendingMove[]>();
  /** By instruction: whether a block begins with it. */
  protected readonly leader: Uint8Array;
  /** Places in `words` that hold an instruction still to be made a word offset. */
  protected readonly jumps: number[] = [];
  protected stack: Entry[] = [];
  /** The instruction being translated, and the one after what is done. */
  protected current = 0;
  protected at = 0;
  /** Whether entries are kept at home at once. */
  protected plain = false;

  constructor(code: Code) {
    this.code = code;
    this.table = code.table;
    this.entry = new Int32Array(this.table.count).fill(-1);
    this.leader = new Uint8Array(this.table.count + 1);
  }

  protected emit(name: WordName, ...operands: number[]): number {
    const word = this.words.length;
    this.owners.push([word, this.current]);
    this.words.push(WORD[name], ...operands);
    if (WORD_SIZES[WORD[name]] !== operands.length + 1) {
      throw new Error(`${name} takes ${(WORD_SIZES[WORD[name]] ?? 1) - 1} operands`);
    }
    return word;
  }

  protected jump(name: WordName, target: number, ...operands: number[]): number {
    const word = this.emit(name, ...operands, target);
    this.jumps.push(this.words.length - 1);
    return word;
  }

  protected home(position: number): number {
    return this.code.localCount + position;
  }

  /** The slot in which an entry can be read; constants are put home for it. */
  protected use(position: number): number {
    const entry = this.stack[position] ?? HOME;
    if (entry.kind === 'local') return entry.local;
    this.settle(position);
    return this.home(position);
  }

  /** Put one entry into its home slot. */
  protected settle(position: number): void {
    const entry = this.stack[position] ?? HOME;
    const home = this.home(position);
    switch (entry.kind) {
      case 'home':
        return;
      case 'local':
        this.emit('MOVE', home, entry.local);
        break;
      case 'constant':
        this.emit('LOADK', home, entry.constant);
        break;
      case 'int':
        this.emit('LOADI', home, entry.int);
        break;
      case 'none':
        this.emit('LOADNONE', home);
        break;
    }
    this.stack[position] = HOME;
  }

  protected flush(): void {
    for (let i = 0; i < this.stack.length; i++) this.settle(i);
  }

  /** Before a local changes: entries that stand for it get their own copy. */
  protected release(local: number): void {
    for (const [i, entry] of this.stack.entries()) {
      if (entry.kind === 'local' && entry.local === local) this.settle(i);
    }
  }

  /** Bind a local to what an entry stands for. */
  protected storeEntry(entry: Entry, home: number, local: number): void {
    this.release(local);
    if (entry.kind === 'home') this.emit('MOVE', local, home);
    else if (entry.kind === 'constant') this.emit('LOADK', local, entry.constant);
    else if (entry.kind === 'int') this.emit('LOADI', local, entry.int);
    else if (entry.kind === 'none') this.emit('LOADNONE', local);
    else if (entry.local !== local) this.emit('MOVE', local, entry.local);
  }

  protected pop(count: number): void {
    this.stack.length -= count;
  }

  /**
   * Where the result of the instruction goes: its home on the stack, or the
   * local that the next instruction stores it in, which is then done too.
   */
  protected result(): number {
    const next = this.at;
    const canFuse =
      !this.plain &&
      next < this.table.count &&
      this.leader[next] === 0 &&
      this.table.ops[next] === OP.STORE_LOCAL;
    if (canFuse) {
      const local = this.table.operands[next] ?? 0;
      if (!this.stack.some((entry) => entry.kind === 'local' && entry.local === local)) {
        this.fusedStore = true;
        return local;
      }
    }
    this.fusedStore = false;
    return this.home(this.stack.length);
  }

  protected fusedStore = false;

  /** After emitting an instruction whose operands were popped and that has a result. */
  protected done(word: number): void {
    this.notePending(word);
    if (this.fusedStore) this.at++;
    else this.stack.push(HOME);
    this.fusedStore = false;
  }

  /** W3: entries not at home when the instruction runs. */
  protected notePending(word: number): void {
    const moves: PendingMove[] = [];
    for (const [i, entry] of this.stack.entries()) {
      if (entry.kind === 'home') continue;
      moves.push({
        home: this.home(i),
        kind: entry.kind,
        local: entry.kind === 'local' ? entry.local : -1,
        constant: entry.kind === 'constant' ? entry.constant : -1,
        int: entry.kind === 'int' ? entry.int : 0,
      });
    }
    if (moves.length > 0) this.pending.set(word, moves);
  }

  protected cache(): number {
    this.caches.push(new InlineCache());
    return this.caches.length - 1;
  }

  protected target(operand: number): number {
    return this.table.indexAt[operand] ?? 0;
  }
}

/** A stack with all entries at home. */
export function homes(depth: number): Entry[] {
  return Array.from<Entry>({ length: depth }).fill(HOME);
}
