// The loop: runs the words of a task until it ends, waits, or the budget is spent.
//
// The one long function of the house. Each case is a word instruction
// (words.ts); its number is written out because V8 makes a jump table of
// literal cases only, and test/machine/words.test.ts holds number and name
// together. Fast paths stand here; what is rare, long or may call flow code is
// a function elsewhere that returns a value, or CALLED when frames were pushed.
//
// Invariants:
//
//   R1. `frame.wpc` is the running instruction whenever something is called
//       that may raise, rest or look at the frame.
//   R2. The host's stack is as deep at each instruction as at the first (L3): what compiled code
//       puts on it (compiled.ts) is off again when the loop goes on.

import { Cell, List, Slice, Tuple, type Range } from '../values/collections.ts';
import { Dict } from '../values/dict.ts';
import {
  ExceptionObject,
  Raised,
  makeException,
  tracebackOf,
  typeError,
} from '../values/exception.ts';
import { advance, drain, iteratorOf } from '../values/iterate.ts';
import { NativeIterator } from '../values/iterator.ts';
import type { SetObject } from '../values/set.ts';
import { Instance, typeEpoch, TypeObject } from '../values/type.ts';
import { types } from '../values/types.ts';
import { Float, type Slot, type Value } from '../values/value.ts';
import { deleteAttribute, storeAttribute } from './attribute-stores.ts';
import { loadAttribute, loadMethod } from './attributes.ts';
import { CALLED, enterFunction, invokeFrom, recursionError, restAt, takes } from './calls.ts';
import { GeneratorObject, HOOKS, type Frame, type Task } from './frame.ts';
import { BoundMethod, FunctionObject } from './function.ts';
import { compileHot } from './compile.ts';
import { STOPPED } from './compiled.ts';
import * as awaiting from './awaiting.ts';
import * as control from './control.ts';
import * as items from './items.ts';
import { callKeywords, enterKeywords } from './keywords.ts';
import * as names from './names.ts';
import type { Machine } from './machine.ts';
import { DECLINED, Native, TailCall } from './native.ts';
import { binarySlow, compareSlow, truthSlow, unarySlow } from './operators.ts';
import { finishFrame, popFrame, raiseIn, resume, yieldValue } from './unwind.ts';

const MAX = Number.MAX_SAFE_INTEGER;
const MIN = Number.MIN_SAFE_INTEGER;

/** Run a ready task. 'spent': the budget; 'stopped': it ended or waits. */
export function runTask(machine: Machine, task: Task): 'spent' | 'stopped' {
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

function run(machine: Machine, task: Task): 'spent' | 'stopped' {
  const S = task.stack;
  const isPlain = machine.mode === 'plain';
  const { hot } = machine;
  machine.nesting = 0;
  reload: for (;;) {
    let frame = task.frames[task.depth - 1] as Frame;
    let { code, base, fn } = frame;
    let tr = (isPlain ? code.plain : code.fused) ?? code.translation(machine.mode);
    let W = tr.words;
    let K = code.unit.constants;
    let G = fn.module.slots;
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
    step: for (;;) {
      switch (W[pc]) {
        case 0 /* MOVE */:
          S[base + W[pc + 1]!] = S[base + W[pc + 2]!];
          pc += 3;
          continue step;
        case 1 /* LOADK */:
          S[base + W[pc + 1]!] = K[W[pc + 2]!];
          pc += 3;
          continue step;
        case 2 /* LOADI */:
          S[base + W[pc + 1]!] = W[pc + 2];
          pc += 3;
          continue step;
        case 3 /* LOADNONE */:
          S[base + W[pc + 1]!] = null;
          pc += 2;
          continue step;
        case 4 /* SWAP */: {
          const a = base + W[pc + 1]!;
          const b = base + W[pc + 2]!;
          const x = S[a];
          S[a] = S[b];
          S[b] = x;
          pc += 3;
          continue step;
        }
        case 5 /* CHECK */:
          if (S[base + W[pc + 1]!] === undefined) {
            frame.wpc = pc;
            throw names.unboundLocal(frame, W[pc + 1]!);
          }
          pc += 2;
          continue step;
        case 6 /* UNBIND */:
          if (S[base + W[pc + 1]!] === undefined) {
            frame.wpc = pc;
            throw names.unboundLocal(frame, W[pc + 1]!);
          }
          S[base + W[pc + 1]!] = undefined;
          pc += 2;
          continue step;
        case 7 /* GLOBAL */: {
          let value = G[W[pc + 2]!];
          if (value === undefined) {
            value = fn.module.builtins[W[pc + 2]!];
            if (value === undefined) {
              frame.wpc = pc;
              value = names.loadGlobal(machine, frame, W[pc + 2]!);
            }
          }
          S[base + W[pc + 1]!] = value;
          pc += 3;
          continue step;
        }
        case 8 /* SETGLOBAL */:
          G[W[pc + 1]!] = S[base + W[pc + 2]!];
          fn.module.touch();
          pc += 3;
          continue step;
        case 9 /* DELGLOBAL */:
          frame.wpc = pc;
          names.deleteGlobal(frame, W[pc + 1]!);
          pc += 2;
          continue step;
        case 10 /* MAKECELL */: {
          const at = base + W[pc + 1]!;
          S[at] = new Cell(S[at]);
          pc += 2;
          continue step;
        }
        case 11 /* LOADCELL */: {
          const value = (S[base + W[pc + 2]!] as Cell).value;
          if (value === undefined) {
            frame.wpc = pc;
            throw names.unboundCell(frame, W[pc + 2]!);
          }
          S[base + W[pc + 1]!] = value;
          pc += 3;
          continue step;
        }
        case 12 /* SETCELL */: {
          const cell = S[base + W[pc + 1]!] as Cell;
          cell.value = S[base + W[pc + 2]!];
          cell.touch();
          pc += 3;
          continue step;
        }
        case 13 /* DELCELL */: {
          const cell = S[base + W[pc + 1]!] as Cell;
          if (cell.value === undefined) {
            frame.wpc = pc;
            throw names.unboundCell(frame, W[pc + 1]!);
          }
          cell.value = undefined;
          cell.touch();
          pc += 2;
          continue step;
        }
        case 14 /* NAME */: {
          frame.wpc = pc;
          const value = names.loadName(machine, frame, S[base] as Value, W[pc + 2]!);
          if (value === CALLED) continue reload;
          S[base + W[pc + 1]!] = value;
          pc += 3;
          continue step;
        }
        case 15 /* SETNAME */: {
          frame.wpc = pc;
          const name = code.unit.module.names[W[pc + 1]!]!;
          const r = items.setItem(
            machine,
            frame,
            S[base] as Value,
            name,
            S[base + W[pc + 2]!] as Value,
          );
          if (r === CALLED) continue reload;
          pc += 3;
          continue step;
        }
        case 16 /* DELNAME */: {
          frame.wpc = pc;
          const r = names.deleteName(machine, frame, S[base] as Value, W[pc + 1]!);
          if (r === CALLED) continue reload;
          pc += 2;
          continue step;
        }
        case 17 /* CLASSCELL */: {
          frame.wpc = pc;
          const value = names.loadClassCell(
            frame,
            S[base] as Value,
            W[pc + 3]!,
            S[base + W[pc + 3]!] as Cell,
            S[base + W[pc + 2]!] as Value,
          );
          S[base + W[pc + 1]!] = value;
          pc += 4;
          continue step;
        }
        case 18 /* BUILTIN */:
          frame.wpc = pc;
          S[base + W[pc + 1]!] = names.loadBuiltin(machine, frame, W[pc + 2]!);
          pc += 3;
          continue step;
        case 19 /* GETATTR */: {
          const x = S[base + W[pc + 2]!] as Value;
          if (x instanceof Instance) {
            const cache = tr.caches[W[pc + 4]!]!;
            if (cache.shape === x.shape && cache.epoch === typeEpoch.now && x.dict === null) {
              if (cache.slot >= 0) {
                S[base + W[pc + 1]!] = x.slots[cache.slot];
                pc += 5;
                continue step;
              }
              if (cache.plain === typeEpoch.plain) {
                S[base + W[pc + 1]!] = cache.value;
                pc += 5;
                continue step;
              }
            }
          }
          frame.wpc = pc;
          const value = loadAttribute(
            machine,
            frame,
            x,
            code.unit.module.names[W[pc + 3]!]!,
            tr.caches[W[pc + 4]!]!,
          );
          if (value === CALLED) continue reload;
          S[base + W[pc + 1]!] = value;
          pc += 5;
          continue step;
        }
        case 20 /* SETATTR */: {
          const x = S[base + W[pc + 1]!] as Value;
          const value = S[base + W[pc + 2]!] as Value;
          if (x instanceof Instance) {
            const cache = tr.caches[W[pc + 4]!]!;
            if (cache.shape === x.shape && cache.epoch === typeEpoch.now && x.dict === null) {
              if (cache.next === null) x.slots[cache.slot] = value;
              else {
                x.slots.push(value);
                x.shape = cache.next;
              }
              x.touch();
              pc += 5;
              continue step;
            }
          }
          frame.wpc = pc;
          if (
            storeAttribute(
              machine,
              frame,
              x,
              code.unit.module.names[W[pc + 3]!]!,
              value,
              tr.caches[W[pc + 4]!]!,
            ) === CALLED
          )
            continue reload;
          pc += 5;
          continue step;
        }
        case 21 /* DELATTR */:
          frame.wpc = pc;
          if (
            deleteAttribute(
              machine,
              frame,
              S[base + W[pc + 1]!] as Value,
              code.unit.module.names[W[pc + 2]!]!,
            ) === CALLED
          )
            continue reload;
          pc += 3;
          continue step;
        case 22 /* GETMETHOD */: {
          const x = S[base + W[pc + 2]!] as Value;
          const into = base + W[pc + 1]!;
          const cache = tr.caches[W[pc + 4]!]!;
          if (
            x instanceof Instance &&
            cache.shape === x.shape &&
            cache.epoch === typeEpoch.now &&
            x.dict === null
          ) {
            S[into] = x;
            S[into + 1] = cache.value;
            pc += 5;
            continue step;
          }
          frame.wpc = pc;
          if (
            loadMethod(machine, frame, x, code.unit.module.names[W[pc + 3]!]!, cache, into) ===
            CALLED
          )
            continue reload;
          pc += 5;
          continue step;
        }
        case 23 /* GETITEM */: {
          const x = S[base + W[pc + 2]!] as Value;
          const key = S[base + W[pc + 3]!] as Value;
          if (typeof key === 'number') {
            if (x instanceof List || x instanceof Tuple) {
              const { items } = x;
              const value = items[key < 0 ? key + items.length : key];
              if (value !== undefined) {
                S[base + W[pc + 1]!] = value;
                pc += 4;
                continue step;
              }
            }
          }
          if (x instanceof Dict) {
            const value = x.get(key);
            if (value !== undefined && typeof value !== 'symbol') {
              S[base + W[pc + 1]!] = value;
              pc += 4;
              continue step;
            }
          } else if (typeof x === 'string' && typeof key === 'number') {
            const value = items.characterAt(x, key);
            if (value !== '') {
              S[base + W[pc + 1]!] = value;
              pc += 4;
              continue step;
            }
          }
          frame.wpc = pc;
          const value = items.getItem(machine, frame, x, key);
          if (value === CALLED) continue reload;
          S[base + W[pc + 1]!] = value;
          pc += 4;
          continue step;
        }
        case 24 /* SETITEM */: {
          const x = S[base + W[pc + 1]!] as Value;
          const key = S[base + W[pc + 2]!] as Value;
          const value = S[base + W[pc + 3]!] as Value;
          if (x instanceof List && typeof key === 'number') {
            const { items } = x;
            const at = key < 0 ? key + items.length : key;
            if (at >= 0 && at < items.length) {
              items[at] = value;
              if (x.owner !== null) x.touchAt(at);
              pc += 4;
              continue step;
            }
          } else if (x instanceof Dict && x.set(key, value) === false) {
            pc += 4;
            continue step;
          }
          frame.wpc = pc;
          if (items.setItem(machine, frame, x, key, value) === CALLED) continue reload;
          pc += 4;
          continue step;
        }
        case 25 /* DELITEM */:
          frame.wpc = pc;
          if (
            items.deleteItem(
              machine,
              frame,
              S[base + W[pc + 1]!] as Value,
              S[base + W[pc + 2]!] as Value,
            ) === CALLED
          )
            continue reload;
          pc += 3;
          continue step;
        case 26 /* ADD */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = S[base + W[pc + 3]!] as Value;
          if (typeof x === 'number') {
            if (typeof y === 'number') {
              const z = x + y;
              if (z <= MAX && z >= MIN) {
                S[base + W[pc + 1]!] = z;
                pc += 4;
                continue step;
              }
            }
          } else if (x instanceof Float) {
            if (y instanceof Float) {
              S[base + W[pc + 1]!] = new Float(x.value + y.value);
              pc += 4;
              continue step;
            }
          } else if (typeof x === 'string' && typeof y === 'string') {
            if (x.length + y.length <= items.TEXT_QUICK_MAX) {
              S[base + W[pc + 1]!] = x + y;
              pc += 4;
              continue step;
            }
          }
          frame.wpc = pc;
          const z = binarySlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 27 /* SUB */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = S[base + W[pc + 3]!] as Value;
          if (typeof x === 'number') {
            if (typeof y === 'number') {
              const z = x - y;
              if (z <= MAX && z >= MIN) {
                S[base + W[pc + 1]!] = z;
                pc += 4;
                continue step;
              }
            }
          } else if (x instanceof Float && y instanceof Float) {
            S[base + W[pc + 1]!] = new Float(x.value - y.value);
            pc += 4;
            continue step;
          }
          frame.wpc = pc;
          const z = binarySlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 28 /* MUL */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = S[base + W[pc + 3]!] as Value;
          if (typeof x === 'number') {
            if (typeof y === 'number') {
              // Adding 0 makes an int 0 of -0 (V1).
              const z = x * y + 0;
              if (z <= MAX && z >= MIN) {
                S[base + W[pc + 1]!] = z;
                pc += 4;
                continue step;
              }
            } else if (y instanceof Float) {
              S[base + W[pc + 1]!] = new Float(x * y.value);
              pc += 4;
              continue step;
            }
          } else if (x instanceof Float) {
            if (y instanceof Float) {
              S[base + W[pc + 1]!] = new Float(x.value * y.value);
              pc += 4;
              continue step;
            }
            if (typeof y === 'number') {
              S[base + W[pc + 1]!] = new Float(x.value * y);
              pc += 4;
              continue step;
            }
          }
          frame.wpc = pc;
          const z = binarySlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 29 /* DIV */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = S[base + W[pc + 3]!] as Value;
          const a = typeof x === 'number' ? x : x instanceof Float ? x.value : undefined;
          const b = typeof y === 'number' ? y : y instanceof Float ? y.value : undefined;
          if (a !== undefined && b !== undefined && b !== 0) {
            S[base + W[pc + 1]!] = new Float(a / b);
            pc += 4;
            continue step;
          }
          frame.wpc = pc;
          const z = binarySlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 30 /* FLOORDIV */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = S[base + W[pc + 3]!] as Value;
          if (typeof x === 'number' && typeof y === 'number' && y > 0) {
            const m = x % y;
            // x - m is a multiple of y, so the quotient is exact.
            S[base + W[pc + 1]!] = (m < 0 ? (x - m) / y - 1 : (x - m) / y) + 0;
            pc += 4;
            continue step;
          }
          frame.wpc = pc;
          const z = binarySlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 31 /* MOD */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = S[base + W[pc + 3]!] as Value;
          if (typeof x === 'number' && typeof y === 'number' && y > 0) {
            const m = x % y;
            S[base + W[pc + 1]!] = m < 0 ? m + y : m + 0;
            pc += 4;
            continue step;
          }
          frame.wpc = pc;
          const z = binarySlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 32 /* AND */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = S[base + W[pc + 3]!] as Value;
          if (typeof x === 'number' && typeof y === 'number' && (x | 0) === x && (y | 0) === y) {
            S[base + W[pc + 1]!] = x & y;
            pc += 4;
            continue step;
          }
          frame.wpc = pc;
          const z = binarySlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 33 /* OR */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = S[base + W[pc + 3]!] as Value;
          if (typeof x === 'number' && typeof y === 'number' && (x | 0) === x && (y | 0) === y) {
            S[base + W[pc + 1]!] = x | y;
            pc += 4;
            continue step;
          }
          frame.wpc = pc;
          const z = binarySlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 34 /* XOR */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = S[base + W[pc + 3]!] as Value;
          if (typeof x === 'number' && typeof y === 'number' && (x | 0) === x && (y | 0) === y) {
            S[base + W[pc + 1]!] = x ^ y;
            pc += 4;
            continue step;
          }
          frame.wpc = pc;
          const z = binarySlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 35 /* LSHIFT */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = S[base + W[pc + 3]!] as Value;
          if (typeof x === 'number' && typeof y === 'number' && y >= 0 && y < 32) {
            const z = x * (y < 31 ? 1 << y : 2147483648);
            if (z <= MAX && z >= MIN) {
              S[base + W[pc + 1]!] = z;
              pc += 4;
              continue step;
            }
          }
          frame.wpc = pc;
          const z = binarySlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 36 /* RSHIFT */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = S[base + W[pc + 3]!] as Value;
          if (typeof x === 'number' && typeof y === 'number' && (x | 0) === x && y >= 0 && y < 32) {
            S[base + W[pc + 1]!] = x >> y;
            pc += 4;
            continue step;
          }
          frame.wpc = pc;
          const z = binarySlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 37 /* BINARY */: {
          frame.wpc = pc;
          const z = binarySlow(
            machine,
            frame,
            S[base + W[pc + 2]!] as Value,
            S[base + W[pc + 3]!] as Value,
          );
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 38 /* ADDI */: {
          const x = S[base + W[pc + 2]!] as Value;
          if (typeof x === 'number') {
            const z = x + W[pc + 3]!;
            if (z <= MAX && z >= MIN) {
              S[base + W[pc + 1]!] = z;
              pc += 4;
              continue step;
            }
          }
          frame.wpc = pc;
          const z = binarySlow(machine, frame, x, W[pc + 3]!);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 39 /* SUBI */: {
          const x = S[base + W[pc + 2]!] as Value;
          if (typeof x === 'number') {
            const z = x - W[pc + 3]!;
            if (z <= MAX && z >= MIN) {
              S[base + W[pc + 1]!] = z;
              pc += 4;
              continue step;
            }
          }
          frame.wpc = pc;
          const z = binarySlow(machine, frame, x, W[pc + 3]!);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 40 /* MULI */: {
          const x = S[base + W[pc + 2]!] as Value;
          if (typeof x === 'number') {
            const z = x * W[pc + 3]! + 0;
            if (z <= MAX && z >= MIN) {
              S[base + W[pc + 1]!] = z;
              pc += 4;
              continue step;
            }
          }
          frame.wpc = pc;
          const z = binarySlow(machine, frame, x, W[pc + 3]!);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 41 /* MODI */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = W[pc + 3]!;
          if (typeof x === 'number') {
            const m = x % y;
            S[base + W[pc + 1]!] = m < 0 ? m + y : m + 0;
            pc += 4;
            continue step;
          }
          frame.wpc = pc;
          const z = binarySlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 42 /* FLOORDIVI */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = W[pc + 3]!;
          if (typeof x === 'number') {
            const m = x % y;
            S[base + W[pc + 1]!] = (m < 0 ? (x - m) / y - 1 : (x - m) / y) + 0;
            pc += 4;
            continue step;
          }
          frame.wpc = pc;
          const z = binarySlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 43 /* ANDI */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = W[pc + 3]!;
          if (typeof x === 'number' && (x | 0) === x) {
            S[base + W[pc + 1]!] = x & y;
            pc += 4;
            continue step;
          }
          frame.wpc = pc;
          const z = binarySlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 44 /* NEG */: {
          const x = S[base + W[pc + 2]!] as Value;
          if (typeof x === 'number') S[base + W[pc + 1]!] = 0 - x;
          else if (x instanceof Float) S[base + W[pc + 1]!] = new Float(-x.value);
          else {
            frame.wpc = pc;
            const z = unarySlow(machine, frame, x);
            if (z === CALLED) continue reload;
            S[base + W[pc + 1]!] = z;
          }
          pc += 3;
          continue step;
        }
        case 45 /* UNARY */: {
          frame.wpc = pc;
          const z = unarySlow(machine, frame, S[base + W[pc + 2]!] as Value);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 3;
          continue step;
        }
        case 46 /* NOT */: {
          const x = S[base + W[pc + 2]!] as Value;
          if (typeof x === 'boolean') S[base + W[pc + 1]!] = !x;
          else {
            frame.wpc = pc;
            const z = items.notSlow(machine, frame, x);
            if (z === CALLED) continue reload;
            S[base + W[pc + 1]!] = z;
          }
          pc += 3;
          continue step;
        }
        case 47 /* LT */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = S[base + W[pc + 3]!] as Value;
          if (typeof x === 'number' && typeof y === 'number') {
            S[base + W[pc + 1]!] = x < y;
            pc += 4;
            continue step;
          }
          if (x instanceof Float && y instanceof Float) {
            S[base + W[pc + 1]!] = x.value < y.value;
            pc += 4;
            continue step;
          }
          frame.wpc = pc;
          const z = compareSlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 48 /* LE */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = S[base + W[pc + 3]!] as Value;
          if (typeof x === 'number' && typeof y === 'number') {
            S[base + W[pc + 1]!] = x <= y;
            pc += 4;
            continue step;
          }
          if (x instanceof Float && y instanceof Float) {
            S[base + W[pc + 1]!] = x.value <= y.value;
            pc += 4;
            continue step;
          }
          frame.wpc = pc;
          const z = compareSlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 49 /* EQ */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = S[base + W[pc + 3]!] as Value;
          if (typeof x === 'number' && typeof y === 'number') {
            S[base + W[pc + 1]!] = x === y;
            pc += 4;
            continue step;
          }
          if (typeof x === 'string' && typeof y === 'string') {
            S[base + W[pc + 1]!] = x === y;
            pc += 4;
            continue step;
          }
          frame.wpc = pc;
          const z = compareSlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 50 /* NE */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = S[base + W[pc + 3]!] as Value;
          if (typeof x === 'number' && typeof y === 'number') {
            S[base + W[pc + 1]!] = x !== y;
            pc += 4;
            continue step;
          }
          if (typeof x === 'string' && typeof y === 'string') {
            S[base + W[pc + 1]!] = x !== y;
            pc += 4;
            continue step;
          }
          frame.wpc = pc;
          const z = compareSlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 51 /* GT */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = S[base + W[pc + 3]!] as Value;
          if (typeof x === 'number' && typeof y === 'number') {
            S[base + W[pc + 1]!] = x > y;
            pc += 4;
            continue step;
          }
          if (x instanceof Float && y instanceof Float) {
            S[base + W[pc + 1]!] = x.value > y.value;
            pc += 4;
            continue step;
          }
          frame.wpc = pc;
          const z = compareSlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 52 /* GE */: {
          const x = S[base + W[pc + 2]!] as Value;
          const y = S[base + W[pc + 3]!] as Value;
          if (typeof x === 'number' && typeof y === 'number') {
            S[base + W[pc + 1]!] = x >= y;
            pc += 4;
            continue step;
          }
          if (x instanceof Float && y instanceof Float) {
            S[base + W[pc + 1]!] = x.value >= y.value;
            pc += 4;
            continue step;
          }
          frame.wpc = pc;
          const z = compareSlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 53 /* LT_JF */: {
          const x = S[base + W[pc + 1]!] as Value;
          const y = S[base + W[pc + 2]!] as Value;
          if (typeof x === 'number' && typeof y === 'number') {
            pc = x < y ? pc + 4 : W[pc + 3]!;
            continue step;
          }
          if (x instanceof Float && y instanceof Float) {
            pc = x.value < y.value ? pc + 4 : W[pc + 3]!;
            continue step;
          }
          frame.wpc = pc;
          const z = compareSlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          if (z === true) pc += 4;
          else if (z === false) pc = W[pc + 3]!;
          else {
            // The comparison gave something else than a bool: its truth decides.
            items.restWith(machine, task, frame, z);
            continue reload;
          }
          continue step;
        }
        case 59 /* LTI_JF */: {
          const x = S[base + W[pc + 1]!] as Value;
          const y = W[pc + 2]!;
          if (typeof x === 'number') {
            pc = x < y ? pc + 4 : W[pc + 3]!;
            continue step;
          }
          frame.wpc = pc;
          const z = compareSlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          if (z === true) pc += 4;
          else if (z === false) pc = W[pc + 3]!;
          else {
            // The comparison gave something else than a bool: its truth decides.
            items.restWith(machine, task, frame, z);
            continue reload;
          }
          continue step;
        }
        case 54 /* LE_JF */: {
          const x = S[base + W[pc + 1]!] as Value;
          const y = S[base + W[pc + 2]!] as Value;
          if (typeof x === 'number' && typeof y === 'number') {
            pc = x <= y ? pc + 4 : W[pc + 3]!;
            continue step;
          }
          if (x instanceof Float && y instanceof Float) {
            pc = x.value <= y.value ? pc + 4 : W[pc + 3]!;
            continue step;
          }
          frame.wpc = pc;
          const z = compareSlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          if (z === true) pc += 4;
          else if (z === false) pc = W[pc + 3]!;
          else {
            // The comparison gave something else than a bool: its truth decides.
            items.restWith(machine, task, frame, z);
            continue reload;
          }
          continue step;
        }
        case 60 /* LEI_JF */: {
          const x = S[base + W[pc + 1]!] as Value;
          const y = W[pc + 2]!;
          if (typeof x === 'number') {
            pc = x <= y ? pc + 4 : W[pc + 3]!;
            continue step;
          }
          frame.wpc = pc;
          const z = compareSlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          if (z === true) pc += 4;
          else if (z === false) pc = W[pc + 3]!;
          else {
            // The comparison gave something else than a bool: its truth decides.
            items.restWith(machine, task, frame, z);
            continue reload;
          }
          continue step;
        }
        case 55 /* EQ_JF */: {
          const x = S[base + W[pc + 1]!] as Value;
          const y = S[base + W[pc + 2]!] as Value;
          if (typeof x === 'number' && typeof y === 'number') {
            pc = x === y ? pc + 4 : W[pc + 3]!;
            continue step;
          }
          if (typeof x === 'string' && typeof y === 'string') {
            pc = x === y ? pc + 4 : W[pc + 3]!;
            continue step;
          }
          frame.wpc = pc;
          const z = compareSlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          if (z === true) pc += 4;
          else if (z === false) pc = W[pc + 3]!;
          else {
            // The comparison gave something else than a bool: its truth decides.
            items.restWith(machine, task, frame, z);
            continue reload;
          }
          continue step;
        }
        case 61 /* EQI_JF */: {
          const x = S[base + W[pc + 1]!] as Value;
          const y = W[pc + 2]!;
          if (typeof x === 'number') {
            pc = x === y ? pc + 4 : W[pc + 3]!;
            continue step;
          }
          frame.wpc = pc;
          const z = compareSlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          if (z === true) pc += 4;
          else if (z === false) pc = W[pc + 3]!;
          else {
            // The comparison gave something else than a bool: its truth decides.
            items.restWith(machine, task, frame, z);
            continue reload;
          }
          continue step;
        }
        case 56 /* NE_JF */: {
          const x = S[base + W[pc + 1]!] as Value;
          const y = S[base + W[pc + 2]!] as Value;
          if (typeof x === 'number' && typeof y === 'number') {
            pc = x !== y ? pc + 4 : W[pc + 3]!;
            continue step;
          }
          if (typeof x === 'string' && typeof y === 'string') {
            pc = x !== y ? pc + 4 : W[pc + 3]!;
            continue step;
          }
          frame.wpc = pc;
          const z = compareSlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          if (z === true) pc += 4;
          else if (z === false) pc = W[pc + 3]!;
          else {
            // The comparison gave something else than a bool: its truth decides.
            items.restWith(machine, task, frame, z);
            continue reload;
          }
          continue step;
        }
        case 62 /* NEI_JF */: {
          const x = S[base + W[pc + 1]!] as Value;
          const y = W[pc + 2]!;
          if (typeof x === 'number') {
            pc = x !== y ? pc + 4 : W[pc + 3]!;
            continue step;
          }
          frame.wpc = pc;
          const z = compareSlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          if (z === true) pc += 4;
          else if (z === false) pc = W[pc + 3]!;
          else {
            // The comparison gave something else than a bool: its truth decides.
            items.restWith(machine, task, frame, z);
            continue reload;
          }
          continue step;
        }
        case 57 /* GT_JF */: {
          const x = S[base + W[pc + 1]!] as Value;
          const y = S[base + W[pc + 2]!] as Value;
          if (typeof x === 'number' && typeof y === 'number') {
            pc = x > y ? pc + 4 : W[pc + 3]!;
            continue step;
          }
          if (x instanceof Float && y instanceof Float) {
            pc = x.value > y.value ? pc + 4 : W[pc + 3]!;
            continue step;
          }
          frame.wpc = pc;
          const z = compareSlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          if (z === true) pc += 4;
          else if (z === false) pc = W[pc + 3]!;
          else {
            // The comparison gave something else than a bool: its truth decides.
            items.restWith(machine, task, frame, z);
            continue reload;
          }
          continue step;
        }
        case 63 /* GTI_JF */: {
          const x = S[base + W[pc + 1]!] as Value;
          const y = W[pc + 2]!;
          if (typeof x === 'number') {
            pc = x > y ? pc + 4 : W[pc + 3]!;
            continue step;
          }
          frame.wpc = pc;
          const z = compareSlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          if (z === true) pc += 4;
          else if (z === false) pc = W[pc + 3]!;
          else {
            // The comparison gave something else than a bool: its truth decides.
            items.restWith(machine, task, frame, z);
            continue reload;
          }
          continue step;
        }
        case 58 /* GE_JF */: {
          const x = S[base + W[pc + 1]!] as Value;
          const y = S[base + W[pc + 2]!] as Value;
          if (typeof x === 'number' && typeof y === 'number') {
            pc = x >= y ? pc + 4 : W[pc + 3]!;
            continue step;
          }
          if (x instanceof Float && y instanceof Float) {
            pc = x.value >= y.value ? pc + 4 : W[pc + 3]!;
            continue step;
          }
          frame.wpc = pc;
          const z = compareSlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          if (z === true) pc += 4;
          else if (z === false) pc = W[pc + 3]!;
          else {
            // The comparison gave something else than a bool: its truth decides.
            items.restWith(machine, task, frame, z);
            continue reload;
          }
          continue step;
        }
        case 64 /* GEI_JF */: {
          const x = S[base + W[pc + 1]!] as Value;
          const y = W[pc + 2]!;
          if (typeof x === 'number') {
            pc = x >= y ? pc + 4 : W[pc + 3]!;
            continue step;
          }
          frame.wpc = pc;
          const z = compareSlow(machine, frame, x, y);
          if (z === CALLED) continue reload;
          if (z === true) pc += 4;
          else if (z === false) pc = W[pc + 3]!;
          else {
            // The comparison gave something else than a bool: its truth decides.
            items.restWith(machine, task, frame, z);
            continue reload;
          }
          continue step;
        }
        case 65 /* IS */:
          S[base + W[pc + 1]!] = items.isSame(
            S[base + W[pc + 2]!] as Value,
            S[base + W[pc + 3]!] as Value,
          );
          pc += 4;
          continue step;
        case 66 /* ISNOT */:
          S[base + W[pc + 1]!] = !items.isSame(
            S[base + W[pc + 2]!] as Value,
            S[base + W[pc + 3]!] as Value,
          );
          pc += 4;
          continue step;
        case 67 /* IN */: {
          frame.wpc = pc;
          const z = items.contains(
            machine,
            frame,
            S[base + W[pc + 3]!] as Value,
            S[base + W[pc + 2]!] as Value,
            false,
          );
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 68 /* NOTIN */: {
          frame.wpc = pc;
          const z = items.contains(
            machine,
            frame,
            S[base + W[pc + 3]!] as Value,
            S[base + W[pc + 2]!] as Value,
            true,
          );
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 69 /* TUPLE */: {
          const from = base + W[pc + 2]!;
          S[base + W[pc + 1]!] = new Tuple(S.slice(from, from + W[pc + 3]!) as Value[]);
          pc += 4;
          continue step;
        }
        case 70 /* LIST */: {
          const from = base + W[pc + 2]!;
          S[base + W[pc + 1]!] = new List(S.slice(from, from + W[pc + 3]!) as Value[]);
          pc += 4;
          continue step;
        }
        case 71 /* SET */: {
          frame.wpc = pc;
          const from = base + W[pc + 2]!;
          const z = items.makeSet(machine, frame, S.slice(from, from + W[pc + 3]!) as Value[]);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 72 /* DICT */: {
          frame.wpc = pc;
          const from = base + W[pc + 2]!;
          const z = items.makeDict(machine, frame, S.slice(from, from + W[pc + 3]!) as Value[]);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 73 /* STRING */: {
          frame.wpc = pc;
          const from = base + W[pc + 2]!;
          S[base + W[pc + 1]!] = items.joinText(S, from, W[pc + 3]!);
          pc += 4;
          continue step;
        }
        case 74 /* SLICE */: {
          const from = base + W[pc + 2]!;
          const step = W[pc + 3] === 3 ? (S[from + 2] as Value) : null;
          S[base + W[pc + 1]!] = new Slice(S[from] as Value, S[from + 1] as Value, step);
          pc += 4;
          continue step;
        }
        case 75 /* LISTAPPEND */: {
          const list = S[base + W[pc + 1]!] as List;
          list.items.push(S[base + W[pc + 2]!] as Value);
          if (list.owner !== null) list.touchAt(list.items.length - 1);
          pc += 3;
          continue step;
        }
        case 76 /* SETADD */: {
          const x = S[base + W[pc + 2]!] as Value;
          if ((S[base + W[pc + 1]!] as SetObject).add(x) !== false) {
            frame.wpc = pc;
            if (items.addToSet(machine, frame, S[base + W[pc + 1]!] as Value, x) === CALLED)
              continue reload;
          }
          pc += 3;
          continue step;
        }
        case 77 /* MAPADD */:
          frame.wpc = pc;
          if (
            items.setItem(
              machine,
              frame,
              S[base + W[pc + 1]!] as Value,
              S[base + W[pc + 2]!] as Value,
              S[base + W[pc + 3]!] as Value,
            ) === CALLED
          )
            continue reload;
          pc += 4;
          continue step;
        case 78 /* LISTEXTEND */: {
          frame.wpc = pc;
          const list = S[base + W[pc + 1]!] as List;
          const x = S[base + W[pc + 2]!] as Value;
          const drained = drain(x);
          if (drained === undefined) {
            if (
              invokeFrom(
                machine,
                frame,
                machine.prelude('_list_extend'),
                [list, x],
                HOOKS.DROP.code,
              ) === CALLED
            )
              continue reload;
          } else items.appendAll(list, drained);
          pc += 3;
          continue step;
        }
        case 79 /* SETUPDATE */:
          frame.wpc = pc;
          if (
            invokeFrom(
              machine,
              frame,
              machine.prelude('_set_update'),
              [S[base + W[pc + 1]!] as Value, S[base + W[pc + 2]!] as Value],
              HOOKS.DROP.code,
            ) === CALLED
          )
            continue reload;
          pc += 3;
          continue step;
        case 80 /* DICTUPDATE */:
          frame.wpc = pc;
          if (
            invokeFrom(
              machine,
              frame,
              machine.prelude('_dict_update'),
              [S[base + W[pc + 1]!] as Value, S[base + W[pc + 2]!] as Value],
              HOOKS.DROP.code,
            ) === CALLED
          )
            continue reload;
          pc += 3;
          continue step;
        case 81 /* DICTMERGE */:
          frame.wpc = pc;
          if (
            invokeFrom(
              machine,
              frame,
              machine.prelude('_dict_merge'),
              [
                S[base + W[pc + 1]!] as Value,
                S[base + W[pc + 2]!] as Value,
                control.calleeName(S[base + W[pc + 1]! - 2]),
              ],
              HOOKS.DROP.code,
            ) === CALLED
          )
            continue reload;
          pc += 3;
          continue step;
        case 82 /* LISTTUPLE */:
          S[base + W[pc + 1]!] = new Tuple([...(S[base + W[pc + 2]!] as List).items]);
          pc += 3;
          continue step;
        case 83 /* FORMAT */: {
          const x = S[base + W[pc + 2]!] as Value;
          if (typeof x === 'string' && W[pc + 3]! < 2) S[base + W[pc + 1]!] = x;
          else if (typeof x === 'number') S[base + W[pc + 1]!] = String(x);
          else {
            frame.wpc = pc;
            control.formatValue(machine, frame, x, W[pc + 3]!, '');
            continue reload;
          }
          pc += 4;
          continue step;
        }
        case 84 /* FORMATSPEC */: {
          frame.wpc = pc;
          const x = S[base + W[pc + 2]!] as Value;
          control.formatValue(machine, frame, x, W[pc + 4]!, S[base + W[pc + 3]!] as Value);
          continue reload;
        }
        case 85 /* UNPACK */: {
          const x = S[base + W[pc + 2]!] as Value;
          const into = base + W[pc + 1]!;
          const n = W[pc + 3]!;
          if ((x instanceof Tuple || x instanceof List) && x.items.length === n) {
            const { items } = x;
            for (let i = 0; i < n; i++) S[into + i] = items[n - 1 - i];
          } else {
            frame.wpc = pc;
            if (items.unpack(machine, frame, x, n, into) === CALLED) continue reload;
          }
          pc += 4;
          continue step;
        }
        case 86 /* UNPACKSTAR */:
          frame.wpc = pc;
          if (
            items.unpackStar(
              machine,
              frame,
              S[base + W[pc + 2]!] as Value,
              W[pc + 3]!,
              base + W[pc + 1]!,
            ) === CALLED
          )
            continue reload;
          pc += 4;
          continue step;
        case 87 /* FUNCTION */:
          S[base + W[pc + 1]!] = new FunctionObject(code.unit.codes[W[pc + 2]!]!, fn.module, null);
          pc += 3;
          continue step;
        case 88 /* CLOSURE */: {
          const at = base + W[pc + 2]!;
          S[base + W[pc + 1]!] = names.makeClosure(code, fn, W[pc + 3]!, S, at);
          pc += 4;
          continue step;
        }
        case 92 /* CALLMETHOD */:
        case 89 /* CALL */: {
          let at = base + W[pc + 1]!;
          let n = W[pc + 2]!;
          const ret = at;
          let callee: Slot;
          if (W[pc] === 89 /* CALL */) callee = S[at];
          else {
            callee = S[at + 1];
            if (S[at] === undefined) at++;
            else {
              S[at + 1] = S[at];
              n++;
            }
          }
          // What runs, where its locals begin, and what its result is to us.
          let run: FunctionObject | null = null;
          let from = at + 1;
          let instance: Instance | null = null;
          if (callee instanceof FunctionObject) run = callee;
          else if (callee instanceof Native) {
            if (callee.accepts(n)) {
              frame.wpc = pc;
              const result = control.callNative(machine, callee, S, at + 1, n);
              if (result !== DECLINED && !(result instanceof TailCall)) {
                S[ret] = result;
                pc += 4;
                continue step;
              }
              const args = S.slice(at + 1, at + 1 + n) as Value[];
              const z = control.afterNative(machine, frame, pc, W[pc + 3]!, callee, args, result);
              if (z === CALLED) continue reload;
              S[ret] = z;
              pc += 4;
              continue step;
            }
          } else if (callee instanceof TypeObject) {
            if (callee.isBuiltin) {
              const make = callee.lookup('__new__');
              if (make instanceof Native && make.accepts(n + 1) && callee !== types.type) {
                frame.wpc = pc;
                S[at] = callee;
                const result = control.callNative(machine, make, S, at, n + 1);
                if (result !== DECLINED && !(result instanceof TailCall)) {
                  S[ret] = result;
                  pc += 4;
                  continue step;
                }
                const args = S.slice(at, at + 1 + n) as Value[];
                const z = control.afterNative(machine, frame, pc, W[pc + 3]!, make, args, result);
                if (z === CALLED) continue reload;
                S[ret] = z;
                pc += 4;
                continue step;
              }
            } else if (callee.meta === null && control.isPlainClass(callee)) {
              const init = callee.lookup('__init__');
              if (init instanceof FunctionObject && init.code.plainArguments === n + 1) {
                instance = new Instance(callee);
                run = init;
                from = at;
                n++;
              }
            }
          } else if (callee instanceof BoundMethod) {
            const { callable } = callee;
            if (callable instanceof FunctionObject && callable.code.plainArguments === n + 1) {
              run = callable;
              from = at;
              n++;
            }
          }
          if (run !== null && takes(run, n)) {
            if (task.depth > machine.state.recursionLimit) {
              frame.wpc = pc;
              throw recursionError(machine);
            }
            frame.rest = W[pc + 3]!;
            frame.wpc = pc + 4;
            if (instance !== null) S[at] = instance;
            else if (from === at) S[at] = (callee as BoundMethod).self;
            const entered = enterFunction(task, frame, run, from, n, ret);
            if (instance !== null) {
              entered.hook = 2;
              entered.data = instance;
            }
            if (--machine.ticks <= 0) return 'spent';
            frame = entered;
            code = run.code;
            base = from;
            fn = run;
            tr = (isPlain ? code.plain : code.fused) ?? code.translation(machine.mode);
            if (++tr.heat >= hot) continue reload;
            W = tr.words;
            K = code.unit.constants;
            G = fn.module.slots;
            pc = 0;
            continue step;
          }
          frame.wpc = pc;
          const args = S.slice(at + 1, at + 1 + n) as Value[];
          if (callee === undefined) throw typeError('the method is missing');
          const z = control.callFrom(machine, frame, pc, W[pc + 3]!, callee, args);
          if (z === CALLED) continue reload;
          S[ret] = z;
          pc += 4;
          continue step;
        }
        case 93 /* CALLMETHODKW */:
        case 90 /* CALLKW */: {
          const at = base + W[pc + 1]!;
          const n = W[pc + 2]!;
          const isMethod = W[pc] === 93; /* CALLMETHODKW */
          frame.rest = W[pc + 3]!;
          frame.wpc = pc + 4;
          const entered = enterKeywords(machine, task, frame, at, n, isMethod);
          if (entered !== undefined) {
            entered.code.translation(machine.mode).heat++;
            if (--machine.ticks <= 0) return 'spent';
            continue reload;
          }
          frame.wpc = pc;
          const z = callKeywords(machine, frame, pc, W[pc + 3]!, at, n, isMethod);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 91 /* CALLSPREAD */: {
          frame.wpc = pc;
          const z = control.callSpread(machine, frame, pc, W[pc + 2]!, base + W[pc + 1]!);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 3;
          continue step;
        }
        case 94 /* RETURN */: {
          const value = S[base + W[pc + 1]!] as Value;
          // VALUE, or an __init__ that returned None: its instance is the value.
          if (
            frame.generator === null &&
            (frame.hook === 0 || (frame.hook === 2 && value === null))
          ) {
            S[frame.ret] = frame.hook === 0 ? value : frame.data;
            popFrame(task);
            frame = task.frames[task.depth - 1] as Frame;
            ({ code, base, fn } = frame);
            tr = (isPlain ? code.plain : code.fused) ?? code.translation(machine.mode);
            if (tr.heat >= hot) continue reload;
            W = tr.words;
            K = code.unit.constants;
            G = fn.module.slots;
            pc = frame.wpc;
            continue step;
          }
          frame.wpc = pc;
          if (!finishFrame(machine, task, value)) return 'stopped';
          continue reload;
        }
        case 95 /* CLASS */: {
          frame.wpc = pc;
          const z = control.makeClass(
            machine,
            frame,
            pc,
            W[pc + 3]!,
            base + W[pc + 1]!,
            W[pc + 2]!,
          );
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 96 /* JUMP */:
          pc = W[pc + 1]!;
          continue step;
        case 97 /* LOOP */:
          if (--machine.ticks <= 0) {
            frame.wpc = pc;
            control.restAtTarget(machine, frame);
            return 'spent';
          }
          pc = W[pc + 1]!;
          if (++tr.heat >= hot) {
            frame.wpc = pc;
            continue reload;
          }
          continue step;
        case 98 /* JF */: {
          const x = S[base + W[pc + 1]!] as Value;
          if (x === true) pc += 3;
          else if (x === false || x === null) pc = W[pc + 2]!;
          else {
            frame.wpc = pc;
            const truth = truthSlow(machine, frame, x);
            if (truth === CALLED) continue reload;
            pc = truth ? pc + 3 : W[pc + 2]!;
          }
          continue step;
        }
        case 99 /* JT */: {
          const x = S[base + W[pc + 1]!] as Value;
          if (x === true) pc = W[pc + 2]!;
          else if (x === false || x === null) pc += 3;
          else {
            frame.wpc = pc;
            const truth = truthSlow(machine, frame, x);
            if (truth === CALLED) continue reload;
            pc = truth ? W[pc + 2]! : pc + 3;
          }
          continue step;
        }
        case 100 /* JNONE */:
          pc = S[base + W[pc + 1]!] === null ? W[pc + 2]! : pc + 3;
          continue step;
        case 101 /* JNOTNONE */:
          pc = S[base + W[pc + 1]!] === null ? pc + 3 : W[pc + 2]!;
          continue step;
        case 102 /* ITER */: {
          const x = S[base + W[pc + 2]!] as Value;
          const isGenerator = x instanceof GeneratorObject && x.kind === 'generator';
          const it = isGenerator ? x : iteratorOf(x);
          if (it === undefined) {
            frame.wpc = pc;
            const z = invokeFrom(machine, frame, machine.prelude('_iter'), [x]);
            if (z === CALLED) continue reload;
            S[base + W[pc + 1]!] = z;
          } else S[base + W[pc + 1]!] = it;
          pc += 3;
          continue step;
        }
        case 103 /* FORITER */: {
          const it = S[base + W[pc + 1]!] as Value;
          let value: Slot;
          if (it instanceof NativeIterator) {
            if (it.kind === 1) {
              const { source } = it;
              const i = it.index as number;
              if (source instanceof List && i < source.items.length) {
                value = source.items[i];
                it.index = i + 1;
                if (it.owner !== null) it.touch();
                S[base + W[pc + 2]!] = value;
                pc += 4;
                continue step;
              }
            }
            if (it.kind === 6 && typeof it.index === 'number') {
              const range = it.source as Range | null;
              const i = it.index;
              if (range !== null && range.isSmall && i < (range.length as number)) {
                S[base + W[pc + 2]!] = (range.start as number) + i * (range.step as number);
                it.index = i + 1;
                if (it.owner !== null) it.touch();
                pc += 4;
                continue step;
              }
            }
            frame.wpc = pc;
            value = advance(it);
            if (value === undefined) pc = W[pc + 3]!;
            else {
              S[base + W[pc + 2]!] = value;
              pc += 4;
            }
            continue step;
          }
          frame.wpc = pc;
          if (it instanceof GeneratorObject && it.kind === 'generator') {
            if (it.state === 'done') {
              pc = W[pc + 3]!;
              continue step;
            }
            if (it.state !== 'running') {
              frame.rest = tr.instruction[pc]!;
              resume(machine, task, it, null, HOOKS.ITERATE.code);
              if (--machine.ticks <= 0) return 'spent';
              continue reload;
            }
          }
          value = items.nextItem(machine, frame, it) as Slot;
          if ((value as unknown) === CALLED) continue reload;
          if (value === undefined) pc = W[pc + 3]!;
          else {
            S[base + W[pc + 2]!] = value;
            pc += 4;
          }
          continue step;
        }
        case 104 /* RAISE */:
        case 105 /* RAISEFROM */: {
          frame.wpc = pc;
          const cause = W[pc] === 104 /* RAISE */ ? undefined : S[base + W[pc + 2]!];
          const error = control.raising(machine, frame, S[base + W[pc + 1]!] as Value, cause);
          if (error === CALLED) continue reload;
          if (raiseIn(machine, task, error, false) === 'ended') return 'stopped';
          continue reload;
        }
        case 106 /* RAISEAGAIN */: {
          frame.wpc = pc;
          const error = frame.handled ?? frame.outer;
          if (error === null)
            throw new Raised(makeException(types.RuntimeError, 'No active exception to reraise'));
          if (raiseIn(machine, task, error, true) === 'ended') return 'stopped';
          continue reload;
        }
        case 107 /* RERAISE */:
          frame.wpc = pc;
          if (raiseIn(machine, task, control.caught(S[base + W[pc + 1]!]), true) === 'ended')
            return 'stopped';
          continue reload;
        case 108 /* HANDLE */: {
          frame.wpc = pc;
          const at = base + W[pc + 1]!;
          const error = control.caught(S[at]);
          S[at] = frame.handled;
          S[at + 1] = error;
          frame.handled = error;
          pc += 2;
          continue step;
        }
        case 109 /* ENDHANDLE */: {
          const before = S[base + W[pc + 1]!];
          frame.handled = before instanceof ExceptionObject ? before : null;
          pc += 2;
          continue step;
        }
        case 110 /* MATCHEXC */:
          frame.wpc = pc;
          S[base + W[pc + 1]!] = control.matchException(
            S[base + W[pc + 2]!] as Value,
            S[base + W[pc + 3]!] as Value,
          );
          pc += 4;
          continue step;
        case 111 /* WITHENTER */: {
          frame.wpc = pc;
          const at = base + W[pc + 1]!;
          const z = control.enterWith(machine, frame, S, at);
          if (z === CALLED) continue reload;
          S[at + 1] = z;
          pc += 2;
          continue step;
        }
        case 112 /* WITHFAIL */: {
          frame.wpc = pc;
          const at = base + W[pc + 1]!;
          const error = control.caught(S[at + 2]);
          const z = invokeFrom(machine, frame, S[at] as Value, [
            error.cls,
            error,
            tracebackOf(error),
          ]);
          if (z === CALLED) continue reload;
          S[at + 3] = z;
          pc += 2;
          continue step;
        }
        case 113 /* YIELD */: {
          const value = S[base + W[pc + 1]!] as Value;
          restAt(machine, frame, tr.instruction[pc]! + 1);
          if (!yieldValue(machine, task, value)) return 'stopped';
          continue reload;
        }
        case 114 /* YIELDFROM */: {
          frame.wpc = pc;
          const at = base + W[pc + 1]!;
          const it = S[at] as Value;
          const sent = S[at + 1] as Value;
          const z = control.delegate(machine, frame, it, sent);
          if (z === CALLED) {
            if (task.state.kind !== 'ready' || task.wake !== null) return 'stopped';
            continue reload;
          }
          if (z instanceof control.Yielded) {
            frame.rest = tr.instruction[pc]!;
            if (!yieldValue(machine, task, z.value)) return 'stopped';
            continue reload;
          }
          S[at] = z;
          pc += 2;
          continue step;
        }
        case 115 /* YIELDITER */: {
          const x = S[base + W[pc + 2]!] as Value;
          const it = awaiting.yieldIterator(code, x);
          if (it === undefined) {
            frame.wpc = pc;
            const z = invokeFrom(machine, frame, machine.prelude('_iter'), [x]);
            if (z === CALLED) continue reload;
            S[base + W[pc + 1]!] = z;
          } else S[base + W[pc + 1]!] = it;
          pc += 3;
          continue step;
        }
        case 116 /* AWAIT */: {
          frame.wpc = pc;
          const at = base + W[pc + 1]!;
          const z = awaiting.awaitValue(machine, frame, task, S[at] as Value);
          if (z === CALLED) {
            if (task.state.kind !== 'ready' || task.wake !== null) return 'stopped';
            continue reload;
          }
          S[at] = z;
          pc += 2;
          continue step;
        }
        case 117 /* GENERATOR */:
          restAt(machine, frame, tr.instruction[pc]! + 1);
          control.makeGenerator(machine, task, frame);
          continue reload;
        case 118 /* ASYNCENTER */: {
          frame.wpc = pc;
          const at = base + W[pc + 1]!;
          const z = awaiting.enterAsyncWith(machine, frame, S, at);
          if (z === CALLED) continue reload;
          S[at + 1] = z;
          pc += 2;
          continue step;
        }
        case 119 /* ASYNCITER */: {
          frame.wpc = pc;
          const z = awaiting.asyncIterator(machine, frame, S[base + W[pc + 2]!] as Value);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 3;
          continue step;
        }
        case 120 /* ASYNCNEXT */: {
          frame.wpc = pc;
          const z = awaiting.asyncNext(machine, frame, S[base + W[pc + 2]!] as Value);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 3;
          continue step;
        }
        case 121 /* IMPORT */: {
          frame.wpc = pc;
          const z = names.importModule(machine, frame, code.unit.module.imports[W[pc + 2]!]!);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 3;
          continue step;
        }
        case 122 /* IMPORTFROM */: {
          frame.wpc = pc;
          const z = names.importFrom(
            machine,
            frame,
            S[base + W[pc + 2]!] as Value,
            code.unit.module.names[W[pc + 3]!]!,
          );
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 123 /* IMPORTSTAR */:
          frame.wpc = pc;
          names.importStar(frame, S[base + W[pc + 1]!] as Value);
          pc += 2;
          continue step;
        case 124 /* MATCHSEQ */:
          S[base + W[pc + 1]!] = items.isSequence(S[base + W[pc + 2]!] as Value);
          pc += 3;
          continue step;
        case 125 /* MATCHMAP */:
          S[base + W[pc + 1]!] = items.isMapping(S[base + W[pc + 2]!] as Value);
          pc += 3;
          continue step;
        case 126 /* MATCHKEYS */: {
          frame.wpc = pc;
          const z = invokeFrom(machine, frame, machine.prelude('_match_keys'), [
            S[base + W[pc + 2]!] as Value,
            S[base + W[pc + 3]!] as Value,
          ]);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 127 /* MATCHCLASS */: {
          frame.wpc = pc;
          const at = base + W[pc + 2]!;
          const z = invokeFrom(machine, frame, machine.prelude('_match_class'), [
            S[at] as Value,
            S[at + 1] as Value,
            S[at + 2] as Value,
            W[pc + 3]!,
          ]);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        case 128 /* LENGTH */: {
          frame.wpc = pc;
          const z = invokeFrom(machine, frame, machine.prelude('_length'), [
            S[base + W[pc + 2]!] as Value,
          ]);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 3;
          continue step;
        }
        case 129 /* TICK */:
          if (machine.singleStep && machine.steps-- <= 0) {
            frame.wpc = pc;
            frame.rest = tr.instruction[pc]!;
            return 'spent';
          }
          pc += 1;
          continue step;
        case 130 /* ARGLIST */: {
          frame.wpc = pc;
          const at = base + W[pc + 1]!;
          const z = control.argumentList(machine, frame, S[at] as Value, S[at + 1] as Value);
          if (z === CALLED) continue reload;
          S[at + 1] = z;
          pc += 2;
          continue step;
        }
        case 131 /* GETITEMI */: {
          const x = S[base + W[pc + 2]!] as Value;
          if (x instanceof List || x instanceof Tuple) {
            const { items } = x;
            const at = W[pc + 3]!;
            const value = items[at < 0 ? at + items.length : at];
            if (value !== undefined) {
              S[base + W[pc + 1]!] = value;
              pc += 4;
              continue step;
            }
          }
          frame.wpc = pc;
          const value = items.getItem(machine, frame, x, W[pc + 3]!);
          if (value === CALLED) continue reload;
          S[base + W[pc + 1]!] = value;
          pc += 4;
          continue step;
        }
        case 132 /* UNPACK2 */: {
          const x = S[base + W[pc + 1]!] as Value;
          if ((x instanceof Tuple || x instanceof List) && x.items.length === 2) {
            S[base + W[pc + 2]!] = x.items[0];
            S[base + W[pc + 3]!] = x.items[1];
            pc += 4;
            continue step;
          }
          frame.wpc = pc;
          if (items.unpackPair(machine, frame, x, base + W[pc + 2]!, base + W[pc + 3]!) === CALLED)
            continue reload;
          pc += 4;
          continue step;
        }
        case 133 /* CLASSSPREAD */: {
          frame.wpc = pc;
          const z = control.makeClassSpread(machine, frame, pc, W[pc + 2]!, base + W[pc + 1]!);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 3;
          continue step;
        }
        case 134 /* AWAITABLE */: {
          frame.wpc = pc;
          const x = S[base + W[pc + 2]!] as Value;
          const z = awaiting.awaitable(machine, frame, x, W[pc + 3]!);
          if (z === CALLED) continue reload;
          S[base + W[pc + 1]!] = z;
          pc += 4;
          continue step;
        }
        default:
          throw new Error(`no such word: ${W[pc]} at ${pc}`);
      }
    }
  }
}
