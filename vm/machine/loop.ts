// The loop: runs the words of a task until it ends, waits, or the budget is spent.
//
//     word      W[pc]   d a b          its operands; most are slots of the frame
//     value     ──▶ S[d], and the word after it
//     CALLED    ──▶ frames were pushed or popped: go on with the top one
//     nothing   ──▶ the word after it, or where the word says
//
// Each case is a word instruction (words.ts); its number is written out because V8 makes a jump
// table of literal cases only, and test/machine/words.test.ts holds number and name together.
// What a word does stands in functions elsewhere. There is no haste here: what runs often is
// compiled (compile.ts), and has its short ways there.
//
// Invariants:
//
//   R1. `frame.wpc` is the running word.
//   R2. The host's stack is as deep at each instruction as at the first (L3): what compiled code
//       puts on it (compiled.ts) is off again when the loop goes on.

import { Cell, List, Slice, Tuple } from '../values/collections.ts';
import { ExceptionObject } from '../values/exception.ts';
import type { Slot, Value } from '../values/value.ts';
import { deleteAttribute, storeAttribute } from './attribute-stores.ts';
import { loadAttribute, loadMethod } from './attributes.ts';
import * as awaiting from './awaiting.ts';
import { call, callMethod, callNamed, ENTERED, returnValue, type Called } from './call-words.ts';
import { CALLED, invokeFrom, restAt, type Stepped } from './calls.ts';
import { compileHot } from './compile.ts';
import { STOPPED } from './compiled.ts';
import * as control from './control.ts';
import { GeneratorObject, HOOKS, type Frame, type Task } from './frame.ts';
import { FunctionObject } from './function.ts';
import * as items from './items.ts';
import type { Machine } from './machine.ts';
import * as names from './names.ts';
import { binarySlow, compareSlow, truthSlow, unarySlow } from './operators.ts';
import { calculate, compareNumbers } from './quick.ts';
import { finishFrame, raiseIn, resume, yieldValue } from './unwind.ts';
import { WORD_SIZES } from './words.ts';

const SIZES = Uint8Array.from(WORD_SIZES);

/** 'spent': the budget; 'stepped': what a machine that steps singly may do; 'stopped': it waits. */
export function runTask(machine: Machine, task: Task): 'spent' | 'stepped' | 'stopped' {
  for (;;) {
    try {
      return run(machine, task);
    } catch (problem) {
      // What natives and helpers raise arrives here; compiled code catches it itself.
      const error = machine.asException(problem);
      if (task.top === undefined) throw problem;
      if (raiseIn(machine, task, error, false) === 'ended') return 'stopped';
    }
  }
}

function run(machine: Machine, task: Task): 'spent' | 'stepped' | 'stopped' {
  const S = task.stack;
  const isPlain = machine.mode === 'plain';
  const { hot } = machine;
  machine.nesting = 0;
  reload: for (;;) {
    const frame = task.frames[task.depth - 1] as Frame;
    const { code, base, fn } = frame;
    const tr = (isPlain ? code.plain : code.fused) ?? code.translation(machine.mode);
    const W = tr.words;
    const K = code.unit.constants;
    const G = fn.module.slots;
    let pc = frame.wpc;
    if (tr.heat >= hot) {
      if (tr.compiled === null) compileHot(code, tr);
      const entry = tr.compiled?.entries[pc] ?? -1;
      // Where compiled code has just left, the word is the loop's.
      if (machine.hasLeft) machine.hasLeft = false;
      else if (entry >= 0) {
        pc = tr.compiled!.run(machine, task, frame, S, base, entry);
        if (pc === STOPPED) return 'stopped';
        if (pc < 0) continue reload;
      }
    }
    const words = code.unit.module.names;
    for (;;) {
      frame.wpc = pc;
      const a = base + W[pc + 1]!;
      const b = base + W[pc + 2]!;
      const c = base + W[pc + 3]!;
      let z: Slot | Called;
      done: {
        switch (W[pc]) {
          // ------------------------------------------------------- names and variables
          case 0 /* MOVE */:
            S[a] = S[b];
            pc += 3;
            continue;
          case 1 /* LOADK */:
            S[a] = K[W[pc + 2]!];
            pc += 3;
            continue;
          case 2 /* LOADI */:
            S[a] = W[pc + 2];
            pc += 3;
            continue;
          case 3 /* LOADNONE */:
            S[a] = null;
            pc += 2;
            continue;
          case 4 /* SWAP */:
            z = S[a];
            S[a] = S[b];
            S[b] = z;
            break done;
          case 5 /* CHECK */:
            if (S[a] === undefined) throw names.unboundLocal(frame, W[pc + 1]!);
            pc += 2;
            continue;
          case 6 /* UNBIND */:
            if (S[a] === undefined) throw names.unboundLocal(frame, W[pc + 1]!);
            S[a] = undefined;
            pc += 2;
            continue;
          case 7 /* GLOBAL */:
            z = G[W[pc + 2]!];
            if (z === undefined) z = fn.module.builtins[W[pc + 2]!];
            if (z === undefined) z = names.loadGlobal(machine, frame, W[pc + 2]!);
            break;
          case 8 /* SETGLOBAL */:
            G[W[pc + 1]!] = S[b];
            fn.module.stored(W[pc + 1]!);
            pc += 3;
            continue;
          case 9 /* DELGLOBAL */:
            names.deleteGlobal(frame, W[pc + 1]!);
            pc += 2;
            continue;
          case 10 /* MAKECELL */:
            S[a] = new Cell(S[a]);
            pc += 2;
            continue;
          case 11 /* LOADCELL */:
            z = (S[b] as Cell).value;
            if (z === undefined) throw names.unboundCell(frame, W[pc + 2]!);
            break;
          case 12 /* SETCELL */:
            names.setCell(S[a] as Cell, S[b]);
            pc += 3;
            continue;
          case 13 /* DELCELL */:
            if ((S[a] as Cell).value === undefined) throw names.unboundCell(frame, W[pc + 1]!);
            names.setCell(S[a] as Cell, undefined);
            pc += 2;
            continue;
          case 14 /* NAME */:
            z = names.loadName(machine, frame, S[base] as Value, W[pc + 2]!);
            break;
          case 15 /* SETNAME */:
            z = items.setItem(machine, frame, S[base] as Value, words[W[pc + 1]!]!, S[b] as Value);
            break done;
          case 16 /* DELNAME */:
            z = names.deleteName(machine, frame, S[base] as Value, W[pc + 1]!);
            break done;
          case 17 /* CLASSCELL */:
            z = names.loadClassCell(
              frame,
              S[base] as Value,
              W[pc + 3]!,
              S[c] as Cell,
              S[b] as Value,
            );
            break;
          case 18 /* BUILTIN */:
            z = names.loadBuiltin(machine, frame, W[pc + 2]!);
            break;
          case 121 /* IMPORT */:
            z = names.importModule(machine, frame, code.unit.module.imports[W[pc + 2]!]!);
            break;
          case 122 /* IMPORTFROM */:
            z = names.importFrom(machine, frame, S[b] as Value, words[W[pc + 3]!]!);
            break;
          case 123 /* IMPORTSTAR */:
            names.importStar(frame, S[a] as Value);
            pc += 2;
            continue;

          // ------------------------------------------------------- attributes and elements
          case 19 /* GETATTR */: {
            const cache = tr.caches[W[pc + 4]!]!;
            z = loadAttribute(machine, frame, S[b] as Value, words[W[pc + 3]!]!, cache);
            break;
          }
          case 20 /* SETATTR */: {
            const cache = tr.caches[W[pc + 4]!]!;
            const name = words[W[pc + 3]!]!;
            z = storeAttribute(machine, frame, S[a] as Value, name, S[b] as Value, cache);
            break done;
          }
          case 21 /* DELATTR */:
            z = deleteAttribute(machine, frame, S[a] as Value, words[W[pc + 2]!]!);
            break done;
          case 22 /* GETMETHOD */: {
            const cache = tr.caches[W[pc + 4]!]!;
            z = loadMethod(machine, frame, S[b] as Value, words[W[pc + 3]!]!, cache, a);
            break done;
          }
          case 23 /* GETITEM */:
            z = items.getItem(machine, frame, S[b] as Value, S[c] as Value);
            break;
          case 131 /* GETITEMI */:
            z = items.getItem(machine, frame, S[b] as Value, W[pc + 3]!);
            break;
          case 24 /* SETITEM */:
          case 77 /* MAPADD */:
            z = items.setItem(machine, frame, S[a] as Value, S[b] as Value, S[c] as Value);
            break done;
          case 25 /* DELITEM */:
            z = items.deleteItem(machine, frame, S[a] as Value, S[b] as Value);
            break done;

          // ------------------------------------------------------- operators
          case 26 /* ADD */:
          case 27 /* SUB */:
          case 28 /* MUL */:
          case 29 /* DIV */:
          case 30 /* FLOORDIV */:
          case 31 /* MOD */:
          case 32 /* AND */:
          case 33 /* OR */:
          case 34 /* XOR */:
          case 35 /* LSHIFT */:
          case 36 /* RSHIFT */:
          case 37 /* BINARY */: {
            const x = S[b] as Value;
            const y = S[c] as Value;
            z = calculate(W[pc]!, x, y);
            if (z === undefined) z = binarySlow(machine, frame, x, y);
            break;
          }
          case 38 /* ADDI */:
          case 39 /* SUBI */:
          case 40 /* MULI */:
          case 41 /* MODI */:
          case 42 /* FLOORDIVI */:
          case 43 /* ANDI */: {
            const x = S[b] as Value;
            const y = W[pc + 3]!;
            z = calculate(W[pc]!, x, y);
            if (z === undefined) z = binarySlow(machine, frame, x, y);
            break;
          }
          case 44 /* NEG */:
          case 45 /* UNARY */:
            z = unarySlow(machine, frame, S[b] as Value);
            break;
          case 46 /* NOT */:
            z = items.notSlow(machine, frame, S[b] as Value);
            break;
          case 47 /* LT */:
          case 48 /* LE */:
          case 49 /* EQ */:
          case 50 /* NE */:
          case 51 /* GT */:
          case 52 /* GE */: {
            const x = S[b] as Value;
            const y = S[c] as Value;
            z = compareNumbers(W[pc]!, x, y);
            if (z === undefined) z = compareSlow(machine, frame, x, y);
            break;
          }
          case 53 /* LT_JF */:
          case 54 /* LE_JF */:
          case 55 /* EQ_JF */:
          case 56 /* NE_JF */:
          case 57 /* GT_JF */:
          case 58 /* GE_JF */:
          case 59 /* LTI_JF */:
          case 60 /* LEI_JF */:
          case 61 /* EQI_JF */:
          case 62 /* NEI_JF */:
          case 63 /* GTI_JF */:
          case 64 /* GEI_JF */: {
            const x = S[a] as Value;
            const y = W[pc]! >= 59 /* LTI_JF */ ? W[pc + 2]! : (S[b] as Value);
            z = compareNumbers(W[pc]!, x, y);
            if (z === undefined) z = compareSlow(machine, frame, x, y);
            if (z === CALLED) continue reload;
            if (typeof z !== 'boolean') {
              // The comparison gave something else than a bool: its truth decides.
              items.restWith(machine, task, frame, z);
              continue reload;
            }
            pc = z ? pc + 4 : W[pc + 3]!;
            continue;
          }
          case 65 /* IS */:
            z = items.isSame(S[b] as Value, S[c] as Value);
            break;
          case 66 /* ISNOT */:
            z = !items.isSame(S[b] as Value, S[c] as Value);
            break;
          case 67 /* IN */:
            z = items.contains(machine, frame, S[c] as Value, S[b] as Value, false);
            break;
          case 68 /* NOTIN */:
            z = items.contains(machine, frame, S[c] as Value, S[b] as Value, true);
            break;

          // ------------------------------------------------------- collections and texts
          case 69 /* TUPLE */:
            z = new Tuple(S.slice(b, b + W[pc + 3]!) as Value[]);
            break;
          case 70 /* LIST */:
            z = new List(S.slice(b, b + W[pc + 3]!) as Value[]);
            break;
          case 71 /* SET */:
            z = items.makeSet(machine, frame, S.slice(b, b + W[pc + 3]!) as Value[]);
            break;
          case 72 /* DICT */:
            z = items.makeDict(machine, frame, S.slice(b, b + W[pc + 3]!) as Value[]);
            break;
          case 73 /* STRING */:
            z = items.joinText(S, b, W[pc + 3]!);
            break;
          case 74 /* SLICE */: {
            const step = W[pc + 3] === 3 ? (S[b + 2] as Value) : null;
            z = new Slice(S[b] as Value, S[b + 1] as Value, step);
            break;
          }
          case 75 /* LISTAPPEND */:
            items.append(S[a] as List, S[b] as Value);
            pc += 3;
            continue;
          case 76 /* SETADD */:
            z = items.addToSet(machine, frame, S[a] as Value, S[b] as Value);
            break done;
          case 78 /* LISTEXTEND */:
            z = items.extendList(machine, frame, S[a] as List, S[b] as Value);
            break done;
          case 79 /* SETUPDATE */:
            z = tell(machine, frame, '_set_update', [S[a] as Value, S[b] as Value]);
            break done;
          case 80 /* DICTUPDATE */:
            z = tell(machine, frame, '_dict_update', [S[a] as Value, S[b] as Value]);
            break done;
          case 81 /* DICTMERGE */: {
            const callee = control.calleeName(S[a - 2]);
            z = tell(machine, frame, '_dict_merge', [S[a] as Value, S[b] as Value, callee]);
            break done;
          }
          case 82 /* LISTTUPLE */:
            z = new Tuple([...(S[b] as List).items]);
            break;
          case 83 /* FORMAT */:
            z = control.formatValue(machine, frame, S[b] as Value, W[pc + 3]!, '');
            break;
          case 84 /* FORMATSPEC */:
            z = control.formatValue(machine, frame, S[b] as Value, W[pc + 4]!, S[c] as Value);
            break;
          case 85 /* UNPACK */:
            z = items.unpack(machine, frame, S[b] as Value, W[pc + 3]!, a);
            break done;
          case 86 /* UNPACKSTAR */:
            z = items.unpackStar(machine, frame, S[b] as Value, W[pc + 3]!, a);
            break done;
          case 132 /* UNPACK2 */:
            z = items.unpackPair(machine, frame, S[a] as Value, b, c);
            break done;

          // ------------------------------------------------------- functions, calls and classes
          case 87 /* FUNCTION */:
            z = new FunctionObject(code.unit.codes[W[pc + 2]!]!, fn.module, null);
            break;
          case 88 /* CLOSURE */:
            z = names.makeClosure(code, fn, W[pc + 3]!, S, b);
            break;
          case 89 /* CALL */:
            z = call(machine, task, frame, a, W[pc + 2]!, W[pc + 3]!);
            break;
          case 90 /* CALLKW */:
            z = callNamed(machine, task, frame, a, W[pc + 2]!, W[pc + 3]!, false);
            break;
          case 92 /* CALLMETHOD */:
            z = callMethod(machine, task, frame, a, W[pc + 2]!, W[pc + 3]!);
            break;
          case 93 /* CALLMETHODKW */:
            z = callNamed(machine, task, frame, a, W[pc + 2]!, W[pc + 3]!, true);
            break;
          case 91 /* CALLSPREAD */:
            z = control.callSpread(machine, frame, pc, W[pc + 2]!, a);
            break;
          case 130 /* ARGLIST */:
            z = control.argumentList(machine, frame, S[a] as Value, S[a + 1] as Value);
            if (z === CALLED) continue reload;
            S[a + 1] = z;
            break done;
          case 94 /* RETURN */: {
            const value = S[a] as Value;
            if (!returnValue(task, frame, value) && !finishFrame(machine, task, value)) {
              return 'stopped';
            }
            continue reload;
          }
          case 95 /* CLASS */:
            z = control.makeClass(machine, frame, pc, W[pc + 3]!, a, W[pc + 2]!);
            break;
          case 133 /* CLASSSPREAD */:
            z = control.makeClassSpread(machine, frame, pc, W[pc + 2]!, a);
            break;

          // ------------------------------------------------------- jumps and loops
          case 96 /* JUMP */:
            pc = W[pc + 1]!;
            continue;
          case 97 /* LOOP */:
            if (--machine.ticks <= 0) {
              control.restAtTarget(machine, frame);
              return 'spent';
            }
            pc = W[pc + 1]!;
            if (++tr.heat >= hot) {
              frame.wpc = pc;
              continue reload;
            }
            continue;
          case 98 /* JF */:
            z = truthSlow(machine, frame, S[a] as Value);
            if (z === CALLED) continue reload;
            pc = z ? pc + 3 : W[pc + 2]!;
            continue;
          case 99 /* JT */:
            z = truthSlow(machine, frame, S[a] as Value);
            if (z === CALLED) continue reload;
            pc = z ? W[pc + 2]! : pc + 3;
            continue;
          case 100 /* JNONE */:
            pc = S[a] === null ? W[pc + 2]! : pc + 3;
            continue;
          case 101 /* JNOTNONE */:
            pc = S[a] === null ? pc + 3 : W[pc + 2]!;
            continue;
          case 102 /* ITER */:
            z = items.iterate(machine, frame, S[b] as Value);
            break;
          case 103 /* FORITER */: {
            const it = S[a] as Value;
            if (it instanceof GeneratorObject && it.kind === 'generator' && it.isAtRest) {
              frame.rest = tr.instruction[pc]!;
              resume(machine, task, it, null, HOOKS.ITERATE.code);
              if (--machine.ticks <= 0) return 'spent';
              continue reload;
            }
            z = items.nextItem(machine, frame, it);
            if (z === CALLED) continue reload;
            if (z === undefined) pc = W[pc + 3]!;
            else {
              S[b] = z;
              pc += 4;
            }
            continue;
          }

          // ------------------------------------------------------- exceptions and managers
          case 104 /* RAISE */:
          case 105 /* RAISEFROM */: {
            const cause = W[pc] === 104 /* RAISE */ ? undefined : S[b];
            const error = control.raising(machine, frame, S[a] as Value, cause);
            if (error === CALLED) continue reload;
            if (raiseIn(machine, task, error, false) === 'ended') return 'stopped';
            continue reload;
          }
          case 106 /* RAISEAGAIN */: {
            const error = control.handledIn(frame);
            if (raiseIn(machine, task, error, true) === 'ended') return 'stopped';
            continue reload;
          }
          case 107 /* RERAISE */:
            if (raiseIn(machine, task, control.caught(S[a]), true) === 'ended') return 'stopped';
            continue reload;
          case 108 /* HANDLE */:
            S[a + 1] = control.caught(S[a]);
            S[a] = frame.handled;
            frame.handled = S[a + 1] as ExceptionObject;
            pc += 2;
            continue;
          case 109 /* ENDHANDLE */:
            z = S[a];
            frame.handled = z instanceof ExceptionObject ? z : null;
            pc += 2;
            continue;
          case 110 /* MATCHEXC */:
            z = control.matchException(S[b] as Value, S[c] as Value);
            break;
          case 111 /* WITHENTER */:
            z = control.enterWith(machine, frame, S, a);
            if (z === CALLED) continue reload;
            S[a + 1] = z;
            break done;
          case 112 /* WITHFAIL */:
            z = control.failWith(machine, frame, S[a] as Value, S[a + 2]);
            if (z === CALLED) continue reload;
            S[a + 3] = z;
            break done;

          // ------------------------------------------------------- generators and awaiting
          case 113 /* YIELD */: {
            const value = S[a] as Value;
            restAt(machine, frame, tr.instruction[pc]! + 1);
            if (!yieldValue(machine, task, value)) return 'stopped';
            continue reload;
          }
          case 114 /* YIELDFROM */: {
            const given = control.delegate(machine, frame, S[a] as Value, S[a + 1] as Value);
            if (given instanceof control.Yielded) {
              frame.rest = tr.instruction[pc]!;
              if (!yieldValue(machine, task, given.value)) return 'stopped';
              continue reload;
            }
            if (given === CALLED && awaiting.isWaiting(task)) return 'stopped';
            z = given;
            break;
          }
          case 115 /* YIELDITER */:
            z = awaiting.yieldIterator(code, S[b] as Value);
            if (z === undefined) z = ask(machine, frame, '_iter', [S[b] as Value]);
            break;
          case 116 /* AWAIT */:
            z = awaiting.awaitValue(machine, frame, task, S[a] as Value);
            if (z === CALLED && awaiting.isWaiting(task)) return 'stopped';
            break;
          case 117 /* GENERATOR */:
            restAt(machine, frame, tr.instruction[pc]! + 1);
            control.makeGenerator(machine, task, frame);
            continue reload;
          case 118 /* ASYNCENTER */:
            z = awaiting.enterAsyncWith(machine, frame, S, a);
            if (z === CALLED) continue reload;
            S[a + 1] = z;
            break done;
          case 119 /* ASYNCITER */:
            z = awaiting.asyncIterator(machine, frame, S[b] as Value);
            break;
          case 120 /* ASYNCNEXT */:
            z = awaiting.asyncNext(machine, frame, S[b] as Value);
            break;
          case 134 /* AWAITABLE */:
            z = awaiting.awaitable(machine, frame, S[b] as Value, W[pc + 3]!);
            break;

          // ------------------------------------------------------- patterns
          case 124 /* MATCHSEQ */:
            z = items.isSequence(S[b] as Value);
            break;
          case 125 /* MATCHMAP */:
            z = items.isMapping(S[b] as Value);
            break;
          case 126 /* MATCHKEYS */:
            z = ask(machine, frame, '_match_keys', [S[b] as Value, S[c] as Value]);
            break;
          case 127 /* MATCHCLASS */: {
            const matched = S.slice(b, b + 3) as Value[];
            z = ask(machine, frame, '_match_class', [...matched, W[pc + 3]!]);
            break;
          }
          case 128 /* LENGTH */:
            z = ask(machine, frame, '_length', [S[b] as Value]);
            break;

          case 129 /* TICK */:
            if (machine.singleStep && machine.endsAt(task)) {
              frame.rest = tr.instruction[pc]!;
              return 'stepped';
            }
            pc += 1;
            continue;
          default:
            throw new Error(`no such word: ${W[pc]} at ${pc}`);
        }
        // A value for the slot that the word names first.
        if (z === CALLED) continue reload;
        if (z === ENTERED) {
          if (--machine.ticks <= 0) return 'spent';
          continue reload;
        }
        S[a] = z;
        pc += SIZES[W[pc]!]!;
        continue;
      }
      // What the word had to do is done.
      if (z === CALLED) continue reload;
      pc += SIZES[W[pc]!]!;
    }
  }
}

/** What a function of the prelude gives. */
function ask(machine: Machine, frame: Frame, name: string, args: readonly Value[]): Stepped {
  return invokeFrom(machine, frame, machine.prelude(name), args);
}

/** The same of one that gives nothing. */
function tell(machine: Machine, frame: Frame, name: string, args: readonly Value[]): Stepped {
  return invokeFrom(machine, frame, machine.prelude(name), args, HOOKS.DROP.code);
}
