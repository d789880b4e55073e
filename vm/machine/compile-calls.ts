// The text of words that let other frames run, or end this one: calls, `with`, exceptions,
// generators. Templates of compile.ts, as those of compile-words.ts are.
//
//     v5(v6)     if it can be entered here: write the frame back, run the callee's compiled code,
//                and go on with its value
//     yield v5   write the frame back, take it off, and return to who resumed it
//
// How a frame above has come to its end is said by a number, `z`, which compiled.ts explains:
// -2 by a value or a yield, -3 by an exception that has come to a handler of the top frame, -5 the
// end of a generator; at anything else the loop goes on. So does a frame that is not on top then.

import type { Site } from './compile-words.ts';

/** Go on at a handler of this frame, if it is there that an exception has come to; else return. */
const ESCAPE = 'if(z!==-3||task.frames[task.depth-1]!==frame)return z;at=A[frame.wpc];continue L';

/** Go on if it was by a value. */
export const BACK = `if(z!==-2){${ESCAPE}}`;

/** The most arguments a native is called with here, self included. */
const NATIVE_ARGUMENTS_MAX = 4;

/** `z = native(args…)`, missing ones by its defaults. `f` names the variable that holds it. */
function runNative(args: readonly string[]): string {
  const all = Array.from(
    { length: NATIVE_ARGUMENTS_MAX },
    (_, i) => args[i] ?? `f.fallbacks[${i}]`,
  );
  const [first] = all;
  if (args.length > 0) {
    all[0] = `(f.unwraps&&${first} instanceof Instance&&${first}.base!==undefined?${first}.base:${first})`;
  }
  const calls = all.map(
    (_, most) => `f.most===${most}?f.row.run(${['machine', ...all.slice(0, most)].join()}):`,
  );
  return (
    `z=f.others!==null?callWithRest(machine,f,f.others,[${args.join(',')}]):` +
    `${calls.join('')}f.row.run(${['machine', ...all].join()});`
  );
}

function fits(count: number): string {
  return `f.accepts(${count})&&f.most<=${NATIVE_ARGUMENTS_MAX}`;
}

const declined = 'z===LEAVE||z===DECLINED||z instanceof TailCall';

export function call(g: Site): string {
  const [a = 0, n = 0] = g.o;
  const entering = `f=${g.v(a)};if(f instanceof FunctionObject){${g.enter(a + 1, n, a)}}`;
  const callee = g.v(a);
  const args = Array.from({ length: n }, (_, i) => g.v(a + 1 + i));
  // A class in flow: its __init__ finds the new instance where the class stood.
  const constructing =
    `else if(f instanceof TypeObject&&(z=initializer(f,${n}))!==undefined){` +
    `if(z===null)${callee}=new Instance(f);` +
    `else{x=f;f=z;${g.enter(a, n + 1, a, `${callee}=new Instance(x);`, true)}}}`;
  const making =
    n < NATIVE_ARGUMENTS_MAX
      ? `else if(${callee} instanceof TypeObject&&(f=maker(${callee},${n}))!==undefined` +
        `&&f.most<=${NATIVE_ARGUMENTS_MAX}){${g.mark}${runNative([callee, ...args])}}`
      : '';
  const binding =
    `else if(f instanceof BoundMethod&&f.callable instanceof FunctionObject)` +
    `{x=f;f=f.callable;${g.enter(a, n + 1, a, `${callee}=x.self;`)}}`;
  return `${entering}${constructing}${binding}else{${direct(g, '', args)}${making}${others(g, 'callOther')}}`;
}

/** `z` is what the native `f` gives, if it can be called with the arguments at once. */
function direct(g: Site, condition: string, args: readonly string[]): string {
  if (args.length > NATIVE_ARGUMENTS_MAX) return 'if(false);';
  return `if(f instanceof Native&&${condition}${fits(args.length)}){${g.mark}${runNative(args)}}`;
}

/** Any other call, and that of a native which has declined: it may push a frame. */
function others(g: Site, how: string): string {
  const [a = 0] = g.o;
  const result = g.into(
    a,
    `settle(machine,task,frame,S,base+${a},${how}(machine,frame,S,base,${g.pc},z))`,
  );
  return `else z=LEAVE;if(${declined}){${result}}else ${g.v(a)}=z;`;
}

export function callMethod(g: Site): string {
  const [a = 0, n = 0] = g.o;
  const entering =
    `f=${g.v(a + 1)};if(f instanceof FunctionObject&&${g.v(a)}!==undefined)` +
    // Self takes the place of the method, so that the arguments stand in a row.
    `{${g.enter(a + 1, n + 1, a, `${g.v(a + 1)}=${g.v(a)};`)}}` +
    // Of a module: without self. At the end of the budget the loop makes the call, and stops there.
    `else if(f instanceof FunctionObject){${g.enter(a + 2, n, a)}}` +
    `else if(${g.v(a)}===undefined&&machine.ticks<=1&&!(f instanceof Native))${g.leave()}else `;
  const args = [g.v(a), ...Array.from({ length: n }, (_, i) => g.v(a + 2 + i))];
  return `${entering}{${direct(g, `${g.v(a)}!==undefined&&`, args)}${others(g, 'callOtherMethod')}}`;
}

/** A call with keywords, of whatever is called. */
export function callNamed(g: Site, isMethod: boolean): string {
  const [a = 0, n = 0] = g.o;
  const entered = g.over(`enterNamed(machine,task,frame,S,base+${a},${n},${isMethod})`);
  return `${entered}if(z===LEAVE)${g.leave()}${BACK}${g.load(a)}`;
}

export function forIter(g: Site): string {
  const [a = 0, d = 0, t = 0] = g.o;
  const it = g.v(a);
  return (
    `if(${it} instanceof NativeIterator){` +
    // The kinds are those of ITERATOR_KINDS: a list's, a range's.
    `f=${it}.source;z=${it}.index;` +
    `if(${it}.kind===1&&f!==null&&z<f.items.length){${it}.index=z+1;` +
    `if(${it}.owner!==null)${it}.touch();${g.v(d)}=f.items[z]}` +
    `else if(${it}.kind===6&&f!==null&&f.isSmall&&z<f.length){${it}.index=z+1;` +
    `if(${it}.owner!==null)${it}.touch();${g.v(d)}=f.start+z*f.step}` +
    `else{${g.mark}z=advance(${it});if(z===undefined)${g.jump(t)}${g.v(d)}=z}}` +
    `else if(canAdvance(machine,task,${it})){${g.over(`advanceGenerator(machine,task,S,${it})`, true)}` +
    `if(z===-5)${g.jump(t)}${BACK}${g.load(d)}}else ${g.leave()}`
  );
}

export function withEnter(g: Site): string {
  const [a = 0] = g.o;
  const manager = g.v(a);
  const bind = `S[base+${a + 1}]=${manager};${manager}=new BoundMethod(${manager},x);`;
  g.v(a + 1);
  return (
    `x=special(${manager},'__exit__');f=special(${manager},'__enter__');` +
    `if(x===undefined||f===undefined)${g.leave()}${g.enter(a + 1, 1, a + 1, bind)}`
  );
}

export function withFail(g: Site): string {
  const [a = 0] = g.o;
  const into = a + 3;
  g.v(into);
  const args = ['x.self', 'm.cls', 'm', 'tracebackOf(m)'];
  const stores = args.map((each, i) => `S[base+${into + i}]=${each};`).join('');
  return (
    `${g.mark}x=${g.v(a)};m=caught(${g.v(a + 2)});` +
    `if(!(x instanceof BoundMethod&&(f=x.callable) instanceof FunctionObject))${g.leave()}` +
    g.enter(into, args.length, into, `reserve(task,base+${into + args.length});${stores}`)
  );
}

/** raise x and raise x from cause. */
export function raising(g: Site): string {
  const [a = 0, cause] = g.o;
  const from = cause === undefined ? 'undefined' : g.v(cause);
  return (
    `${g.mark}z=raising(${g.v(a)},${from});if(z===LEAVE)${g.leave()}` +
    `${g.raise('z', false)}continue L;`
  );
}

export function returning(g: Site): string {
  const value = g.v(g.o[0] ?? 0);
  return (
    `if(returnValue(task,frame,${value}))return -2;` +
    `if(frame.generator===null)${g.leave()}${g.mark}return finishGenerator(machine,task,frame,${value});`
  );
}

export function yielding(g: Site): string {
  return `${g.over(`yieldOut(machine,task,${g.v(g.o[0] ?? 0)})`)}return z;`;
}

/** yield from: what the inner generator yields has passed this frame by the time it comes back. */
export function yieldFrom(g: Site): string {
  const [a = 0] = g.o;
  const it = g.v(a);
  const resumed = g.over(`delegateTo(machine,task,S,${it},${g.v(a + 1)})`, true);
  return (
    `if(canDelegate(machine,task,${it})){${resumed}if(z!==-5){${ESCAPE}}${g.load(a)}}` +
    `else if(isOver(${it}))${it}=null;` +
    `else ${g.leave()}`
  );
}

/** A call of a generator's function: its frame becomes the generator that the caller gets. */
export function generator(g: Site): string {
  return `if(frame.hook!==0)${g.leave()}${g.over('makeGenerator(machine,task,frame)')}return -2;`;
}
