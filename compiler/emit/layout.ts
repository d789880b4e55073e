// From a list of instructions to bytes: the assembler.
//
//     JUMP_IF_FALSE a          JUMP_IF_FALSE b        0  93 06
//     …                        …                      …
//  a: JUMP b            ──▶                     ──▶
//     …                                            (a is gone: nothing reaches it)
//  b: …                     b: …                      6  …
//
// Three things are made better on the way, and only these: a jump to a jump goes where that goes,
// what nothing reaches is left out (K1 of the verifier wants no such code), and a jump to the next
// instruction is left out too. The machine translates code anew when it loads it, so there is no
// point in more.
//
// Offsets are varints, so the size of a jump depends on where it goes, and where it goes on the
// size of jumps. Sizes start at the smallest and only grow, until all fit.

import { OP } from '../../vm/bytecode/opcodes.ts';
import {
  flowOf,
  hasOperand,
  isJump,
  mayRaise,
  varintSize,
  writeVarint,
} from '../../vm/bytecode/operands.ts';
import type { Handler, Position, StatementInfo } from '../../vm/bytecode/program.ts';
import { NO_GUARD, UNPLACED, type Code } from './code.ts';
import type { Places } from './places.ts';

/** A function's code as bytes, with the tables that speak of offsets. */
export interface Layout {
  readonly bytes: Uint8Array;
  readonly handlers: readonly Handler[];
  readonly positions: readonly Position[];
  readonly statements: readonly StatementInfo[];
  /** By offset of an instruction: the statement it belongs to. */
  readonly statementAt: ReadonlyMap<number, number>;
}

/** Lay out a function's code. */
export function layOut(code: Code, places: Places): Layout {
  return new Assembler(code, places).run();
}

class Assembler {
  private readonly code: Code;
  private readonly places: Places;
  private readonly count: number;
  private readonly ops: Uint8Array;
  /** By instruction: the instruction a jump goes to. */
  private readonly targets: Int32Array;
  private readonly kept: Uint8Array;
  /** By instruction: the first kept one from there on, or count. */
  private readonly firstKept: Int32Array;
  private readonly pcs: Int32Array;
  /** Guards of instructions that may raise; the handlers of others are never entered. */
  private readonly guarded = new Set<number>([NO_GUARD]);

  constructor(code: Code, places: Places) {
    this.code = code;
    this.places = places;
    this.count = code.ops.length;
    this.ops = Uint8Array.from(code.ops);
    this.targets = new Int32Array(this.count).fill(UNPLACED);
    this.kept = new Uint8Array(this.count);
    this.firstKept = new Int32Array(this.count + 1);
    this.pcs = new Int32Array(this.count + 1);
  }

  run(): Layout {
    this.findTargets();
    this.thread();
    this.reach();
    this.dropIdleJumps();
    this.size();
    const bytes = this.write();
    const statementAt = new Map<number, number>();
    for (let i = 0; i < this.count; i++) {
      if (this.kept[i] === 1) statementAt.set(this.pcs[i]!, this.code.statementOf[i]!);
    }
    return {
      bytes,
      handlers: this.handlers(),
      positions: this.positions(),
      statements: this.statements(),
      statementAt,
    };
  }

  private indexOf(label: number): number {
    const index = this.code.labels[label];
    if (index === undefined || index === UNPLACED) throw new Error('a label was never placed');
    return index;
  }

  private findTargets(): void {
    for (let i = 0; i < this.count; i++) {
      if (isJump(this.ops[i]!)) this.targets[i] = this.indexOf(this.code.operands[i]!);
    }
  }

  /** Jumps to jumps. Backwards, so that what a jump goes to is threaded already. */
  private thread(): void {
    for (let i = this.count - 1; i >= 0; i--) {
      const target = this.targets[i]!;
      if (target < 0 || this.ops[i] === OP.LOOP) continue;
      if (this.ops[target] === OP.JUMP) {
        this.targets[i] = this.targets[target]!;
      } else if (this.ops[i] === OP.JUMP && this.ops[target] === OP.LOOP) {
        if (this.targets[target]! > i) continue;
        this.ops[i] = OP.LOOP;
        this.targets[i] = this.targets[target]!;
      }
    }
  }

  /** Mark what control can come to, by jumps and by exceptions. */
  private reach(): void {
    const waiting = [0];
    for (let i = waiting.pop(); i !== undefined; i = waiting.pop()) {
      for (; i < this.count && this.kept[i] === 0; i++) {
        this.kept[i] = 1;
        if (this.targets[i]! >= 0) waiting.push(this.targets[i]!);
        const guard = this.code.guards[i]!;
        if (!this.guarded.has(guard) && mayRaise(this.ops[i]!)) {
          this.guarded.add(guard);
          waiting.push(this.indexOf(this.code.guardRows[guard]!.label));
        }
        const flow = flowOf(this.ops[i]!);
        if (flow === 'jump' || flow === 'end') break;
      }
    }
  }

  private dropIdleJumps(): void {
    this.firstKept[this.count] = this.count;
    for (let i = this.count - 1; i >= 0; i--) {
      const next = this.firstKept[i + 1]!;
      const idle =
        this.ops[i] === OP.JUMP &&
        this.kept[i] === 1 &&
        this.targets[i]! > i &&
        this.firstKept[this.targets[i]!] === next;
      if (idle) this.kept[i] = 0;
      this.firstKept[i] = this.kept[i] === 1 ? i : next;
    }
  }

  /** Give each instruction its offset. */
  private size(): void {
    const sizes = new Uint8Array(this.count);
    for (let i = 0; i < this.count; i++) {
      if (this.kept[i] === 0) continue;
      const op = this.ops[i]!;
      if (!hasOperand(op)) sizes[i] = 1;
      else sizes[i] = isJump(op) ? 2 : 1 + varintSize(this.code.operands[i]!);
    }
    for (let grown = true; grown;) {
      grown = false;
      let pc = 0;
      for (let i = 0; i < this.count; i++) {
        this.pcs[i] = pc;
        pc += sizes[i]!;
      }
      this.pcs[this.count] = pc;
      for (let i = 0; i < this.count; i++) {
        if (this.kept[i] === 0 || this.targets[i]! < 0) continue;
        const size = 1 + varintSize(this.pcAt(this.targets[i]!));
        if (size <= sizes[i]!) continue;
        sizes[i] = size;
        grown = true;
      }
    }
    // Offsets only grow, so no jump was sized for a larger one than it has in the end.
  }

  private pcAt(index: number): number {
    return this.pcs[this.firstKept[index]!]!;
  }

  private write(): Uint8Array {
    const bytes = new Uint8Array(this.pcs[this.count]!);
    for (let i = 0; i < this.count; i++) {
      if (this.kept[i] === 0) continue;
      const pc = this.pcs[i]!;
      const op = this.ops[i]!;
      bytes[pc] = op;
      if (!hasOperand(op)) continue;
      const target = this.targets[i]!;
      writeVarint(bytes, pc + 1, target < 0 ? this.code.operands[i]! : this.pcAt(target));
    }
    return bytes;
  }

  /** One row for each stretch of instructions under one guard. */
  private handlers(): Handler[] {
    const rows: Handler[] = [];
    let guard = NO_GUARD;
    let start = 0;
    const close = (end: number): void => {
      if (guard === NO_GUARD) return;
      const { label, depth } = this.code.guardRows[guard]!;
      rows.push({ start, end, target: this.pcAt(this.indexOf(label)), depth });
    };
    for (let i = 0; i < this.count; i++) {
      if (this.kept[i] === 0) continue;
      const here = this.guarded.has(this.code.guards[i]!) ? this.code.guards[i]! : NO_GUARD;
      if (here === guard) continue;
      close(this.pcs[i]!);
      guard = here;
      start = this.pcs[i]!;
    }
    close(this.pcs[this.count]!);
    return rows;
  }

  private positions(): Position[] {
    const rows: Position[] = [];
    let [start, end] = [-1, -1];
    for (let i = 0; i < this.count; i++) {
      if (this.kept[i] === 0) continue;
      if (this.code.starts[i] === start && this.code.ends[i] === end) continue;
      start = this.code.starts[i]!;
      end = this.code.ends[i]!;
      const from = this.places.at(start);
      const to = this.places.at(end);
      rows.push({
        pc: this.pcs[i]!,
        line: from.line,
        column: from.column,
        endLine: to.line,
        endColumn: to.column,
      });
    }
    return rows;
  }

  private statements(): StatementInfo[] {
    const first = new Int32Array(this.code.statements.length).fill(UNPLACED);
    for (let i = this.count - 1; i >= 0; i--) {
      if (this.kept[i] === 1) first[this.code.statementOf[i]!] = i;
    }
    return this.code.statements.map(({ index, hash }, number) => {
      let at = first[number]!;
      // A statement without code stands where the next one does, or at the end.
      if (at === UNPLACED) at = this.firstKept[index]!;
      if (at === this.count) at = this.kept.lastIndexOf(1);
      return { pc: this.pcs[at]!, hash };
    });
  }
}
