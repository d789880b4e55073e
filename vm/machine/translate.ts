// Translation: stack code to words.
//
//     x = a + b * 2          LOAD_LOCAL a
//                            LOAD_LOCAL b
//                            LOAD_INT 2
//                            MULTIPLY           MULI  s1 b 2
//                            ADD                ADD   x  a s1
//                            STORE_LOCAL x
//
// A block is walked once with a picture of the stack in which an entry may
// still be `local b` or `constant 2` instead of a value in its home slot.
// Operands are taken from there; a result goes straight to the local that the
// next instruction would store it in.
//
// Words come twice: first the fused words of every block, then the same blocks
// instruction by instruction with every entry in its home. A frame can come to
// rest between any two instructions, and not all of those places exist in the
// fused words; so a frame that goes on from such a place runs plain words to
// the end of its block and is in fused words from there.
//
// Invariants:
//
//   W1. At the first word of a block, and wherever `entry` names a fused word,
//       every stack entry is in its home slot.
//   W2. Before a call (CALL*, AWAIT, YIELD …) every entry is in its home slot.
//   W3. An instruction that may run flow code on a slow path has its pending
//       entries listed in `pending`; they are put into their homes when that
//       happens, and the frame goes on at `entry` of the next instruction.
//   W4. Both translations leave the same values in the same slots whenever a
//       frame rests: a snapshot cannot tell which one ran.

import { OP } from '../bytecode/opcodes.ts';
import { flowOf, isJump } from '../bytecode/operands.ts';
import type { Code, TranslationMode } from './code.ts';
import type { Compiled } from './compile.ts';
import type { InlineCache } from './inline-cache.ts';
import { homes, type PendingMove } from './translate-emission.ts';
import { Instructions } from './translate-instructions.ts';

export interface Translation {
  readonly words: Int32Array;
  /** Where the fused words end and the plain ones begin. */
  readonly fusedEnd: number;
  readonly caches: readonly InlineCache[];
  /** By instruction: the word at which a frame that rests before it goes on. */
  readonly entry: Int32Array;
  /** By word offset: the instruction a word belongs to; -1 inside one. */
  readonly instruction: Int32Array;
  /** By word offset: pairs (home slot, source), W3. */
  readonly pending: ReadonlyMap<number, readonly PendingMove[]>;
  /** Calls and turns of loops until now: what is hot gets compiled (compile.ts). */
  heat: number;
  compiled: Compiled | null;
}
export function translate(code: Code, mode: TranslationMode): Translation {
  return new Translator(code, mode).run();
}

class Translator extends Instructions {
  /** Word offset of each block's first fused word, by instruction. */
  private readonly blockWord: Int32Array;
  private readonly stepping: boolean;

  constructor(code: Code, mode: TranslationMode) {
    super(code);
    this.stepping = mode === 'plain';
    this.blockWord = new Int32Array(this.table.count + 1).fill(-1);
  }

  run(): Translation {
    this.findLeaders();
    if (!this.stepping) this.pass(false);
    const fusedEnd = this.words.length;
    this.pass(true);
    for (const place of this.jumps) {
      const target = this.words[place] ?? 0;
      this.words[place] = this.blockWord[target] ?? -1;
    }
    const instruction = new Int32Array(this.words.length + 1).fill(-1);
    for (const [word, owner] of this.owners) instruction[word] = owner;
    return {
      // The loop reads three operands of every word, be they there or not.
      words: Int32Array.from([...this.words, 0, 0, 0]),
      fusedEnd,
      caches: this.caches,
      entry: this.entry,
      instruction,
      pending: this.pending,
      heat: 0,
      compiled: null,
    };
  }

  private findLeaders(): void {
    const { table, leader } = this;
    leader[0] = 1;
    for (let i = 0; i < table.count; i++) {
      const op = table.ops[i] ?? 0;
      if (isJump(op)) {
        leader[table.indexAt[table.operands[i] ?? 0] ?? 0] = 1;
      }
      // Where a frame rests as long as it delegates.
      if (op === OP.YIELD_FROM) leader[i] = 1;
    }
    for (const { target, start, end } of this.code.info.handlers) {
      leader[table.indexAt[target] ?? 0] = 1;
      leader[table.indexAt[start] ?? 0] = 1;
      const after = table.indexAt[end];
      if (after !== undefined && after >= 0) leader[after] = 1;
    }
  }

  /** All blocks once, fused or plain. */
  private pass(plain: boolean): void {
    this.plain = plain;
    const { table, code } = this;
    for (this.at = 0; this.at < table.count;) {
      const i = this.at;
      const depth = code.depths[table.pcs[i] ?? 0] ?? -1;
      if (depth < 0) {
        // Code that control never reaches.
        this.at++;
        continue;
      }
      if (this.leader[i] === 1 || this.stack.length !== depth) this.stack = homes(depth);
      const here = this.words.length;
      if (this.leader[i] === 1 && this.blockWord[i] === -1) this.blockWord[i] = here;
      if (this.entry[i] === -1 && this.stack.every(({ kind }) => kind === 'home')) {
        this.entry[i] = here;
      }
      this.current = i;
      if (this.stepping) this.emit('TICK');
      this.at++;
      this.instruction(i, table.ops[i] ?? 0, table.operands[i] ?? 0);
      if (plain) this.flush();
      const next = this.at;
      if (next < table.count && this.leader[next] === 1 && flowOf(this.lastOp()) !== 'end') {
        this.flush();
        // Plain words fall back into fused ones at the end of their block.
        if (plain && !this.stepping && flowOf(this.lastOp()) !== 'jump') this.jump('JUMP', next);
      }
    }
  }

  private lastOp(): number {
    return this.table.ops[this.at - 1] ?? 0;
  }
}
