// What each instruction of the stack code becomes, in words.
//
//     LOAD_LOCAL b, LOAD_INT 2, MULTIPLY          MULI s1 b 2
//
// One method for each kind of instruction. Called by translate.ts for one instruction after the
// other; what an instruction takes and leaves is the picture of translate-emission.ts.

import { OP } from '../bytecode/opcodes.ts';
import { Emission, HOME, type Entry } from './translate-emission.ts';
import {
  ADD_WORDS,
  BINARY_WORDS,
  CALL_WORDS,
  COMPARE_JUMP,
  IMMEDIATE,
  MAKE_WORDS,
  UNARY_WORDS,
} from './translate-tables.ts';
import type { WordName } from './words.ts';

export class Instructions extends Emission {
  protected instruction(i: number, op: number, operand: number): void {
    const top = this.stack.length - 1;
    const binary = BINARY_WORDS.get(op);
    if (binary !== undefined) return this.binary(binary, top);
    const unary = UNARY_WORDS.get(op);
    if (unary !== undefined) {
      const a = this.use(top);
      this.pop(1);
      return this.done(this.emit(unary, this.result(), a));
    }
    const make = MAKE_WORDS.get(op);
    if (op === OP.MAKE_TUPLE && this.unpacksTuple(operand)) return;
    if (make !== undefined) return this.make(make, op === OP.MAKE_DICT ? operand * 2 : operand);
    const call = CALL_WORDS.get(op);
    if (call !== undefined) {
      this.flush();
      this.pop(operand + call[1]);
      this.emit(call[0], this.home(this.stack.length), operand, this.at);
      this.stack.push(HOME);
      return;
    }
    // Whose keywords they are stands below: an error names it.
    if (op === OP.DICT_MERGE) this.flush();
    const add = ADD_WORDS.get(op);
    if (add !== undefined) {
      const s = this.use(top);
      this.pop(1);
      const a = this.use(this.stack.length - operand);
      this.notePending(this.emit(add, a, s));
      return;
    }
    if (this.load(op, operand) || this.store(op, operand, top)) return;
    if (this.control(i, op, operand, top)) return;
    this.other(op, operand, top);
  }

  private binary(name: WordName, top: number): void {
    const immediate = this.immediate(name, top);
    const a = this.use(top - 1);
    const b = immediate ?? this.use(top);
    // `x < y` and a jump on it are one instruction.
    const pair = COMPARE_JUMP[name];
    const next = this.at;
    if (
      pair !== undefined &&
      !this.plain &&
      next < this.table.count &&
      this.leader[next] === 0 &&
      this.table.ops[next] === OP.JUMP_IF_FALSE
    ) {
      this.pop(2);
      this.flush();
      const target = this.target(this.table.operands[next] ?? 0);
      this.jump(immediate === null ? pair[0] : pair[1], target, a, b);
      this.at++;
      return;
    }
    // MATCH_EXCEPTION keeps the exception.
    this.pop(name === 'MATCHEXC' ? 1 : 2);
    const word = immediate === null ? name : (IMMEDIATE[name] ?? name);
    this.done(this.emit(word, this.result(), a, b));
  }

  /** The int on top if the word has a form for it. */
  private immediate(name: WordName, top: number): number | null {
    const entry = this.stack[top] ?? HOME;
    if (this.plain || entry.kind !== 'int') return null;
    if (name === 'MOD' || name === 'FLOORDIV') return entry.int > 0 ? entry.int : null;
    if (IMMEDIATE[name] !== undefined) return entry.int;
    const next = this.at;
    const jumps =
      COMPARE_JUMP[name] !== undefined &&
      next < this.table.count &&
      this.leader[next] === 0 &&
      this.table.ops[next] === OP.JUMP_IF_FALSE;
    return jumps ? entry.int : null;
  }

  private make(name: WordName, count: number): void {
    const first = this.stack.length - count;
    for (let i = first; i < this.stack.length; i++) this.settle(i);
    this.pop(count);
    this.done(this.emit(name, this.result(), this.home(first), count));
  }

  private load(op: number, operand: number): boolean {
    switch (op) {
      case OP.LOAD_CONST: {
        const value = this.code.unit.constants[operand];
        const isSmall = typeof value === 'number' && (value | 0) === value;
        this.stack.push(
          isSmall ? { kind: 'int', int: value } : { kind: 'constant', constant: operand },
        );
        return true;
      }
      case OP.LOAD_INT:
        this.stack.push({ kind: 'int', int: operand });
        return true;
      case OP.LOAD_NONE:
        this.stack.push({ kind: 'none' });
        return true;
      case OP.LOAD_LOCAL_CHECKED:
        this.notePending(this.emit('CHECK', operand));
        this.stack.push({ kind: 'local', local: operand });
        return true;
      case OP.LOAD_LOCAL:
      case OP.LOAD_CLOSURE:
        this.stack.push({ kind: 'local', local: operand });
        return true;
      case OP.LOAD_GLOBAL:
        this.done(this.emit('GLOBAL', this.result(), operand));
        return true;
      case OP.LOAD_CELL:
        this.done(this.emit('LOADCELL', this.result(), operand));
        return true;
      case OP.LOAD_NAME:
        this.done(this.emit('NAME', this.result(), operand));
        return true;
      case OP.LOAD_BUILTIN:
        this.done(this.emit('BUILTIN', this.result(), operand));
        return true;
      case OP.IMPORT:
        this.flush();
        this.emit('IMPORT', this.home(this.stack.length), operand);
        this.stack.push(HOME);
        return true;
      case OP.MAKE_FUNCTION:
        this.done(this.emit('FUNCTION', this.result(), operand));
        return true;
      default:
        return false;
    }
  }

  private store(op: number, operand: number, top: number): boolean {
    switch (op) {
      case OP.STORE_LOCAL: {
        const entry = this.stack[top] ?? HOME;
        this.pop(1);
        this.storeEntry(entry, this.home(top), operand);
        return true;
      }
      case OP.DELETE_LOCAL:
        this.release(operand);
        this.emit('UNBIND', operand);
        return true;
      case OP.MAKE_CELL:
        this.release(operand);
        this.emit('MAKECELL', operand);
        return true;
      case OP.STORE_GLOBAL:
      case OP.STORE_CELL:
      case OP.STORE_NAME: {
        const s = this.use(top);
        this.pop(1);
        const name =
          op === OP.STORE_GLOBAL ? 'SETGLOBAL' : op === OP.STORE_CELL ? 'SETCELL' : 'SETNAME';
        this.notePending(this.emit(name, operand, s));
        return true;
      }
      case OP.DELETE_GLOBAL:
      case OP.DELETE_CELL:
      case OP.DELETE_NAME:
        this.notePending(
          this.emit(
            op === OP.DELETE_GLOBAL ? 'DELGLOBAL' : op === OP.DELETE_CELL ? 'DELCELL' : 'DELNAME',
            operand,
          ),
        );
        return true;
      case OP.POP:
        this.pop(1);
        return true;
      case OP.COPY: {
        const from = this.stack.length - operand;
        const entry = this.stack[from] ?? HOME;
        if (entry.kind === 'home') this.emit('MOVE', this.home(top + 1), this.home(from));
        this.stack.push(entry);
        return true;
      }
      case OP.SWAP: {
        if (this.storesInPlace(operand, top)) return true;
        const other = this.stack.length - operand;
        this.settle(other);
        this.settle(top);
        this.emit('SWAP', this.home(other), this.home(top));
        return true;
      }
      case OP.NOP:
        return true;
      default:
        return false;
    }
  }

  /**
   * The end of x[k] OP= y and x.a OP= y: the value is on top of what it is
   * stored into, and swaps bring it below. Here it is stored from where it is.
   */
  private storesInPlace(depth: number, top: number): boolean {
    if (this.plain) return false;
    const { table, leader, at } = this;
    const isNext = (offset: number, op: number, operand?: number): boolean =>
      at + offset < table.count &&
      leader[at + offset] === 0 &&
      table.ops[at + offset] === op &&
      (operand === undefined || table.operands[at + offset] === operand);
    if (depth === 3 && isNext(0, OP.SWAP, 2) && isNext(1, OP.SET_ITEM)) {
      const [a, b, s] = [this.use(top - 2), this.use(top - 1), this.use(top)];
      this.pop(3);
      this.current = at + 1;
      this.notePending(this.emit('SETITEM', a, b, s));
      this.at = at + 2;
      return true;
    }
    if (depth === 2 && isNext(0, OP.SET_ATTR)) {
      const [a, s] = [this.use(top - 1), this.use(top)];
      this.pop(2);
      this.current = at;
      this.notePending(this.emit('SETATTR', a, s, table.operands[at] ?? 0, this.cache()));
      this.at = at + 1;
      return true;
    }
    return false;
  }

  /**
   * `a, b = x, y`: a tuple that is made only to be unpacked is not made. Entries that stand for
   * something else trade places for nothing; what is at home is moved.
   */
  private unpacksTuple(count: number): boolean {
    const { table, leader, at } = this;
    const isUnpacked =
      at < table.count &&
      leader[at] === 0 &&
      table.ops[at] === OP.UNPACK &&
      table.operands[at] === count;
    if (this.plain || !isUnpacked) return false;
    this.at = at + 1;
    this.current = at;
    if (!this.storesEach(count)) this.reverse(count);
    return true;
  }

  /** The entries on top, each into the local that one of the next instructions stores it in. */
  private storesEach(count: number): boolean {
    const { table, leader, at } = this;
    for (let i = at; i < at + count; i++) {
      if (i >= table.count || leader[i] !== 0 || table.ops[i] !== OP.STORE_LOCAL) return false;
    }
    const first = this.stack.length - count;
    for (let i = 0; i < count; i++) {
      this.current = at + i;
      const entry = this.stack[first + i] ?? HOME;
      // Its own entry is done with; those above it may stand for the local that changes.
      this.stack[first + i] = HOME;
      this.storeEntry(entry, this.home(first + i), table.operands[at + i] ?? 0);
    }
    this.pop(count);
    this.at = at + count;
    return true;
  }

  private reverse(count: number): void {
    const first = this.stack.length - count;
    for (let low = first, high = this.stack.length - 1; low < high; low++, high--) {
      const [a, b] = [this.stack[low] ?? HOME, this.stack[high] ?? HOME];
      if (a.kind === 'home' || b.kind === 'home') {
        this.settle(low);
        this.settle(high);
        this.emit('SWAP', this.home(low), this.home(high));
      } else {
        this.stack[low] = b;
        this.stack[high] = a;
      }
    }
  }

  /** A pair unpacked straight into two locals. */
  private unpacksPair(top: number): boolean {
    const { table, leader, at } = this;
    if (this.plain || at + 1 >= table.count) return false;
    for (const each of [at, at + 1]) {
      if (leader[each] !== 0 || table.ops[each] !== OP.STORE_LOCAL) return false;
    }
    const [first, second] = [table.operands[at] ?? 0, table.operands[at + 1] ?? 0];
    const stands = (entry: Entry): boolean =>
      entry.kind === 'local' && (entry.local === first || entry.local === second);
    if (this.stack.slice(0, top).some(stands)) return false;
    const a = this.use(top);
    this.pop(1);
    this.notePending(this.emit('UNPACK2', a, first, second));
    this.at = at + 2;
    return true;
  }

  private control(_i: number, op: number, operand: number, top: number): boolean {
    switch (op) {
      case OP.JUMP:
        this.flush();
        this.jump('JUMP', this.target(operand));
        return true;
      case OP.LOOP:
        this.flush();
        this.jump('LOOP', this.target(operand));
        return true;
      case OP.JUMP_IF_FALSE:
      case OP.JUMP_IF_TRUE:
      case OP.JUMP_IF_NONE:
      case OP.JUMP_IF_NOT_NONE: {
        const a = this.use(top);
        this.pop(1);
        this.flush();
        const name =
          op === OP.JUMP_IF_FALSE
            ? 'JF'
            : op === OP.JUMP_IF_TRUE
              ? 'JT'
              : op === OP.JUMP_IF_NONE
                ? 'JNONE'
                : 'JNOTNONE';
        this.jump(name, this.target(operand), a);
        return true;
      }
      case OP.AND_JUMP:
      case OP.OR_JUMP:
        // The value stays in its home where the jump is taken.
        this.flush();
        this.pop(1);
        this.jump(op === OP.AND_JUMP ? 'JF' : 'JT', this.target(operand), this.home(top));
        return true;
      case OP.FOR_ITER: {
        this.flush();
        const it = this.home(top);
        const target = this.target(operand);
        const d = this.result();
        const word = this.jump('FORITER', target, it, d);
        this.done(word);
        return true;
      }
      case OP.RETURN: {
        const s = this.use(top);
        this.pop(1);
        this.emit('RETURN', s);
        return true;
      }
      case OP.RAISE:
      case OP.RERAISE:
        this.flush();
        this.pop(1);
        this.emit(op === OP.RAISE ? 'RAISE' : 'RERAISE', this.home(top));
        return true;
      case OP.RAISE_FROM:
        this.flush();
        this.pop(2);
        this.emit('RAISEFROM', this.home(top - 1), this.home(top));
        return true;
      case OP.RAISE_AGAIN:
        this.emit('RAISEAGAIN');
        return true;
      default:
        return false;
    }
  }

  private other(op: number, operand: number, top: number): void {
    switch (op) {
      case OP.GET_ATTR: {
        const a = this.use(top);
        this.pop(1);
        return this.done(this.emit('GETATTR', this.result(), a, operand, this.cache()));
      }
      case OP.SET_ATTR: {
        const [s, a] = [this.use(top - 1), this.use(top)];
        this.pop(2);
        this.notePending(this.emit('SETATTR', a, s, operand, this.cache()));
        return;
      }
      case OP.DELETE_ATTR: {
        const a = this.use(top);
        this.pop(1);
        this.notePending(this.emit('DELATTR', a, operand));
        return;
      }
      case OP.GET_METHOD: {
        const a = this.use(top);
        this.pop(1);
        const d = this.home(this.stack.length);
        const word = this.emit('GETMETHOD', d, a, operand, this.cache());
        this.notePending(word);
        this.stack.push(HOME, HOME);
        return;
      }
      case OP.SET_ITEM: {
        const [s, a, b] = [this.use(top - 2), this.use(top - 1), this.use(top)];
        this.pop(3);
        this.notePending(this.emit('SETITEM', a, b, s));
        return;
      }
      case OP.DELETE_ITEM: {
        const [a, b] = [this.use(top - 1), this.use(top)];
        this.pop(2);
        this.notePending(this.emit('DELITEM', a, b));
        return;
      }
      case OP.MAP_ADD: {
        const [b, s] = [this.use(top - 1), this.use(top)];
        this.pop(2);
        const a = this.use(this.stack.length - operand);
        this.notePending(this.emit('MAPADD', a, b, s));
        return;
      }
      case OP.FORMAT: {
        const a = this.use(top);
        this.pop(1);
        return this.done(this.emit('FORMAT', this.result(), a, operand));
      }
      case OP.FORMAT_SPEC: {
        const [a, b] = [this.use(top - 1), this.use(top)];
        this.pop(2);
        return this.done(this.emit('FORMATSPEC', this.result(), a, b, operand));
      }
      case OP.LOAD_CLASS_CELL: {
        const s = this.use(top);
        this.pop(1);
        return this.done(this.emit('CLASSCELL', this.result(), s, operand));
      }
      default:
        return this.atHome(op, operand, top);
    }
  }

  /** What works on the top of the stack, everything being at home. */
  private atHome(op: number, operand: number, top: number): void {
    if (op === OP.UNPACK && operand === 2 && this.unpacksPair(top)) return;
    this.flush();
    const home = (position: number): number => this.home(position);
    const push = (count: number): void => {
      for (let i = 0; i < count; i++) this.stack.push(HOME);
    };
    switch (op) {
      case OP.UNPACK:
        this.emit('UNPACK', home(top), home(top), operand);
        this.pop(1);
        return push(operand);
      case OP.UNPACK_STAR:
        this.emit('UNPACKSTAR', home(top), home(top), operand);
        this.pop(1);
        return push((operand >> 12) + 1 + (operand & 0xfff));
      case OP.MAKE_CLOSURE:
        this.emit('CLOSURE', home(top - 3), home(top - 3), operand);
        return this.pop(3);
      case OP.ARGUMENT_LIST:
        this.emit('ARGLIST', home(top - 1));
        return;
      case OP.MAKE_CLASS_SPREAD:
        this.emit('CLASSSPREAD', home(top - 3), this.at);
        return this.pop(3);
      case OP.CALL_SPREAD:
        this.emit('CALLSPREAD', home(top - 2), this.at);
        return this.pop(2);
      case OP.HANDLE:
        this.emit('HANDLE', home(top));
        return push(1);
      case OP.END_HANDLE:
        this.emit('ENDHANDLE', home(top));
        return this.pop(1);
      case OP.WITH_ENTER:
        this.emit('WITHENTER', home(top));
        return push(1);
      case OP.WITH_FAIL:
        this.emit('WITHFAIL', home(top - 2));
        return push(1);
      case OP.YIELD:
        this.emit('YIELD', home(top));
        return;
      case OP.YIELD_FROM:
        this.emit('YIELDFROM', home(top - 1));
        return this.pop(1);
      case OP.AWAIT:
        this.emit('AWAIT', home(top));
        return;
      case OP.GET_AWAITABLE:
        this.emit('AWAITABLE', home(top), home(top), operand);
        return;
      case OP.RETURN_GENERATOR:
        this.emit('GENERATOR');
        return;
      case OP.ASYNC_WITH_ENTER:
        this.emit('ASYNCENTER', home(top));
        return push(1);
      case OP.GET_ASYNC_NEXT:
        this.emit('ASYNCNEXT', home(top + 1), home(top));
        return push(1);
      case OP.IMPORT_FROM:
        this.emit('IMPORTFROM', home(top + 1), home(top), operand);
        return push(1);
      case OP.IMPORT_STAR:
        this.emit('IMPORTSTAR', home(top));
        return this.pop(1);
      case OP.MATCH_SEQUENCE:
        this.emit('MATCHSEQ', home(top + 1), home(top));
        return push(1);
      case OP.MATCH_MAPPING:
        this.emit('MATCHMAP', home(top + 1), home(top));
        return push(1);
      case OP.MATCH_KEYS:
        this.emit('MATCHKEYS', home(top + 1), home(top - 1), home(top));
        return push(1);
      case OP.MATCH_CLASS:
        this.emit('MATCHCLASS', home(top - 2), home(top - 2), operand);
        return this.pop(2);
      case OP.GET_LENGTH:
        this.emit('LENGTH', home(top + 1), home(top));
        return push(1);
      default:
        throw new Error(`no translation for opcode 0x${op.toString(16)}`);
    }
  }
}
