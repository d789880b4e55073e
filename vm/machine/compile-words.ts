// The text that each word becomes in a compiled function: templates of compile.ts.
//
// A template says in JavaScript what the loop (loop.ts) does for the word, on variables instead
// of slots. Where the loop would call flow code, let the frame rest or do something rare, it
// leaves (`g.leave()`): the loop then does the word itself. A word without a template always
// leaves. Words that let other frames run, or end this one, are in compile-calls.ts.
//
// Invariants:
//
//   C1. Before it leaves, a template has changed nothing that the loop would change again.
//   C2. The text holds numbers that the translator made and words of this file, nothing that
//       came from a program: names and constants are reached by index (L7).

import {
  call,
  callMethod,
  callNamed,
  forIter,
  generator,
  raising,
  returning,
  withEnter,
  withFail,
  yieldFrom,
  yielding,
} from './compile-calls.ts';
import type { WordName } from './words.ts';

/** What a template may ask of the generator, at the word it is for. */
export interface Site {
  /** Operands of the word. */
  readonly o: readonly number[];
  /** `frame.wpc = …;`, before anything that may raise or look at the frame (R1). */
  readonly mark: string;
  /** The word's offset. */
  readonly pc: number;
  /** The operator of a word that stands for several, as the program wrote it, quoted. */
  readonly symbol: string;
  /** The variable of a slot. */
  readonly v: (slot: number) => string;
  /** Leave for the loop, at this word. */
  readonly leave: () => string;
  /**
   * Write the frame back, at rest after this word or before it (`again`), and let frames above it
   * run: `z` is what the expression says of how that ended (compiled.ts).
   */
  readonly over: (expression: string, again?: boolean) => string;
  /** The same for what gives a value, which goes to a slot. */
  readonly into: (slot: number, expression: string, again?: boolean) => string;
  /** Read a slot that a frame above has written. */
  readonly load: (slot: number) => string;
  /**
   * Call the flow function `f` with a number of arguments at home from a slot on; its result
   * goes to `ret`. `first` is done once it is sure that the call is made here; `f` may be the
   * __init__ of the instance that then stands at `ret`.
   */
  readonly enter: (
    from: number,
    count: number,
    ret: number,
    first?: string,
    isInit?: boolean,
  ) => string;
  /** Ask the method in flow that decides a comparison, and put the answer into `z`. */
  readonly ask: (x: string, y: string) => string;
  /** Leave for the loop behind this word, with what was asked and is no bool. */
  readonly leaveAsked: () => string;
  /** Raise an exception, which may be on its way already, and go on at its handler. */
  readonly raise: (error: string, again: boolean) => string;
  /** Go on at another word. */
  readonly jump: (target: number) => string;
  /** The constant, cache or function with an index. */
  readonly constant: (index: number) => string;
  readonly cache: (index: number) => string;
  readonly code: (index: number) => string;
}

type Template = (g: Site) => string;

const SAFE = 'z<=9007199254740991&&z>=-9007199254740991';

/** A pattern with its operands, written $x and $y, put in. */
function put(pattern: string, x: string, y: string): string {
  return pattern.replaceAll('$x', x).replaceAll('$y', y);
}

/**
 * d = x OP y by the host's operator: of ints while the result is safe, of floats, of one of each.
 *
 * @param text when the operator joins two strs
 */
function arithmetic(int: string, float: string, text = ''): Template {
  return (g) => {
    const [d, x, y] = [g.v(g.o[0] ?? 0), g.v(g.o[1] ?? 0), g.v(g.o[2] ?? 0)];
    const [p, q] = [`${x}.value`, `${y}.value`];
    const floats = (a: string, b: string): string => `${d}=new Float(${put(float, a, b)});`;
    return (
      `if(typeof ${x}==='number'&&typeof ${y}==='number'&&(z=${put(int, x, y)},${SAFE}))${d}=z;` +
      `else if(${x} instanceof Float&&${y} instanceof Float)${floats(p, q)}` +
      `else if(typeof ${x}==='number'&&${y} instanceof Float)${floats(x, q)}` +
      `else if(${x} instanceof Float&&typeof ${y}==='number')${floats(p, y)}` +
      (text === '' ? '' : `else if(${put(text, x, y)})${d}=${x}+${y};`) +
      `else{${g.mark}z=operate(${g.symbol},${x},${y});if(z===LEAVE)${g.leave()}${d}=z}`
    );
  };
}

/** The same with a small int for the right operand. */
function immediate(int: string): Template {
  return (g) => {
    const [d = 0, a = 0, i = 0] = g.o;
    const x = g.v(a);
    const z = put(int, x, `(${i})`);
    return (
      `if(typeof ${x}==='number'&&(z=${z},${SAFE}))${g.v(d)}=z;` +
      `else{${g.mark}z=operate(${g.symbol},${x},${i});if(z===LEAVE)${g.leave()}${g.v(d)}=z}`
    );
  };
}

/** d = x OP y of ints that satisfy a condition; the helper does the others. */
function guarded(condition: string, int: string): Template {
  return (g) => {
    const [d = 0, a = 0, b = 0] = g.o;
    const [x, y] = [g.v(a), g.v(b)];
    return (
      `if(typeof ${x}==='number'&&typeof ${y}==='number'&&${put(condition, x, y)})${g.v(d)}=${put(int, x, y)};` +
      `else{${g.mark}z=operate(${g.symbol},${x},${y});if(z===LEAVE)${g.leave()}${g.v(d)}=z}`
    );
  };
}

const FLOOR_MOD = '((m=$x%$y)<0?m+$y:m+0)';
const FLOOR_DIV = '((m=$x%$y)<0?($x-m)/$y-1:($x-m)/$y)+0';

/** A comparison as an expression in `z`: mostly true or false, but a method may give anything. */
function comparing(g: Site, x: string, y: string, host: string, isInt: boolean): string {
  const equality = host === '===' || host === '!==';
  const numbers = isInt
    ? `typeof ${x}==='number'`
    : `typeof ${x}==='number'&&typeof ${y}==='number'`;
  const others = isInt
    ? ''
    : equality
      ? `else if(typeof ${x}==='string'&&typeof ${y}==='string')z=${x}${host}${y};`
      : `else if(${x} instanceof Float&&${y} instanceof Float)z=${x}.value${host}${y}.value;`;
  return (
    `if(${numbers})z=${x}${host}${y};${others}` +
    `else{${g.mark}z=compare(${g.symbol},${x},${y});if(z===LEAVE)${g.ask(x, y)}}`
  );
}

function comparison(host: string): Template {
  return (g) => {
    const [d = 0, a = 0, b = 0] = g.o;
    return `${comparing(g, g.v(a), g.v(b), host, false)}${g.v(d)}=z;`;
  };
}

function comparisonJump(host: string, isInt: boolean): Template {
  return (g) => {
    const [a = 0, b = 0, t = 0] = g.o;
    const y = isInt ? `(${b})` : g.v(b);
    const test = `if(z===false)${g.jump(t)}if(z!==true)${g.leaveAsked()}`;
    return `${comparing(g, g.v(a), y, host, isInt)}${test}`;
  };
}

/** A jump on the truth of a value. */
function truthJump(when: boolean): Template {
  return (g) => {
    const [a = 0, t = 0] = g.o;
    const x = g.v(a);
    return (
      `z=${x};if(typeof z!=='boolean'){if(z===null)z=false;else{${g.mark}z=truth(z);` +
      `if(z===LEAVE)${g.leave()}}}if(${when ? '' : '!'}z)${g.jump(t)}`
    );
  };
}

/** Elements of a tuple or list display. */
function display(kind: 'Tuple' | 'List'): Template {
  return (g) => {
    const [d = 0, a = 0, n = 0] = g.o;
    return `${g.v(d)}=new ${kind}([${slots(g, a, n)}]);`;
  };
}

function slots(g: Site, from: number, count: number): string {
  return Array.from({ length: count }, (_, i) => g.v(from + i)).join(',');
}

function membership(negated: boolean): Template {
  return (g) => {
    const [d = 0, a = 0, b = 0] = g.o;
    const found = `${g.mark}z=contains(${g.v(b)},${g.v(a)});if(z===LEAVE)${g.leave()}`;
    return `${found}${g.v(d)}=${negated ? '!' : ''}z;`;
  };
}

/** x is y: mostly of one object, or with None on one side. */
function identity(not: '' | '!'): Template {
  return ({ o: [d = 0, a = 0, b = 0], v }) => {
    const [x, y] = [v(a), v(b)];
    const same = `${x}===${y}||${x}!==null&&${y}!==null&&typeof ${x}==='object'&&isSame(${x},${y})`;
    return `${v(d)}=${not}(${same});`;
  };
}

function getItem(g: Site): string {
  const [d = 0, a = 0, b = 0] = g.o;
  return item(g, g.v(d), g.v(a), g.v(b));
}

function item(g: Site, d: string, x: string, key: string): string {
  const element =
    `typeof ${key}==='number'&&` +
    `(z=${x}.items[${key}<0?${key}+${x}.items.length:${key}])!==undefined`;
  return (
    `if(${x} instanceof List&&${element})${d}=z;` +
    `else if(${x} instanceof Dict&&(z=${x}.get(${key}))!==undefined&&typeof z!=='symbol')${d}=z;` +
    `else if(${x} instanceof Tuple&&${element})${d}=z;` +
    `else{${g.mark}z=getItem(machine,${x},${key});if(z===LEAVE)${g.leave()}${d}=z}`
  );
}

function setItem(g: Site): string {
  const [a = 0, b = 0, s = 0] = g.o;
  const [x, key, value] = [g.v(a), g.v(b), g.v(s)];
  return (
    `if(${x} instanceof List&&typeof ${key}==='number'&&` +
    `(z=${key}<0?${key}+${x}.items.length:${key})>=0&&z<${x}.items.length)` +
    `{${x}.items[z]=${value};if(${x}.owner!==null)${x}.touchAt(z)}` +
    `else{${g.mark}if(!setItem(machine,${x},${key},${value}))${g.leave()}}`
  );
}

/** The bounds that a SLICE word finds in its slots. */
function bounds([, a = 0, n = 0]: readonly number[], v: Site['v']): string {
  return `${v(a)},${v(a + 1)},${n === 3 ? v(a + 2) : 'null'}`;
}

interface SliceUser {
  /** Which of its operands the slice is. */
  readonly operand: number;
  /** `both` is the text of the two words one after the other. */
  readonly text: (g: Site, slice: readonly number[], both: string) => string;
}

/**
 * Words that use up a slice which the word before has made: `x[a:b]`, `x[a:b] = y`. No object is
 * made of it where the host can do with its bounds.
 */
export const SLICE_USERS: Readonly<Partial<Record<WordName, SliceUser>>> = {
  GETITEM: {
    operand: 2,
    text: ({ o: [d = 0, a = 0], v }, slice, both) =>
      `z=sliced(${v(a)},${bounds(slice, v)});if(z!==undefined)${v(d)}=z;else{${both}}`,
  },
  SETITEM: {
    operand: 1,
    text: ({ o: [a = 0, , s = 0], v, mark }, slice, both) =>
      `${mark}if(!setSliced(${v(a)},${v(s)},${bounds(slice, v)})){${both}}`,
  },
};

function getAttribute(g: Site): string {
  const [d = 0, a = 0, n = 0, c = 0] = g.o;
  const [x, cache] = [g.v(a), g.cache(c)];
  return (
    `if(${x} instanceof Instance&&${cache}.shape===${x}.shape&&${cache}.epoch===typeEpoch.now` +
    `&&${x}.dict===null&&(${cache}.slot>=0||${cache}.plain===typeEpoch.plain))` +
    `z=${cache}.slot>=0?${x}.slots[${cache}.slot]:${cache}.value;` +
    `else{z=attribute(${x},${cache},N[${n}]);if(z===LEAVE)${g.leave()}}${g.v(d)}=z;`
  );
}

function setAttribute(g: Site): string {
  const [a = 0, s = 0, n = 0, c = 0] = g.o;
  const [x, cache] = [g.v(a), g.cache(c)];
  return (
    `if(${x} instanceof Instance&&${cache}.shape===${x}.shape&&${cache}.epoch===typeEpoch.now` +
    `&&${x}.dict===null&&${cache}.next===null)` +
    `{${x}.slots[${cache}.slot]=${g.v(s)};if(${x}.owner!==null)${x}.touch()}` +
    `else if(!storeAttribute(${x},${g.v(s)},${cache},N[${n}]))${g.leave()}`
  );
}

function getMethod(g: Site): string {
  const [d = 0, a = 0, , c = 0] = g.o;
  return (
    `z=method(${g.v(a)},${g.cache(c)});if(z===undefined)${g.leave()}` +
    `${g.v(d)}=${g.v(a)};${g.v(d + 1)}=z;`
  );
}

function unpack(g: Site): string {
  const [d = 0, a = 0, n = 0] = g.o;
  const x = g.v(a);
  const stores = Array.from({ length: n }, (_, i) => `${g.v(d + i)}=z[${n - 1 - i}];`).join('');
  return (
    `if((${x} instanceof Tuple||${x} instanceof List)&&${x}.items.length===${n})z=${x}.items;` +
    `else ${g.leave()}${stores}`
  );
}

function unpackPair(g: Site): string {
  const [a = 0, first = 0, second = 0] = g.o;
  const x = g.v(a);
  return (
    `if((${x} instanceof Tuple||${x} instanceof List)&&${x}.items.length===2)z=${x}.items;` +
    `else ${g.leave()}${g.v(first)}=z[0];${g.v(second)}=z[1];`
  );
}

function iterate(g: Site): string {
  const [d = 0, a = 0] = g.o;
  return `${g.mark}z=iterate(${g.v(a)});if(z===LEAVE)${g.leave()}${g.v(d)}=z;`;
}

const TEXTS = "typeof $x==='string'&&typeof $y==='string'&&$x.length+$y.length<=1048576";

export const TEMPLATES: Readonly<Partial<Record<WordName, Template>>> = {
  MOVE: ({ o: [d = 0, s = 0], v }) => `${v(d)}=${v(s)};`,
  LOADK: (g) => `${g.v(g.o[0] ?? 0)}=${g.constant(g.o[1] ?? 0)};`,
  LOADI: ({ o: [d = 0, i = 0], v }) => `${v(d)}=${i};`,
  LOADNONE: ({ o: [d = 0], v }) => `${v(d)}=null;`,
  SWAP: ({ o: [a = 0, b = 0], v }) => `z=${v(a)};${v(a)}=${v(b)};${v(b)}=z;`,
  CHECK: (g) => `if(${g.v(g.o[0] ?? 0)}===undefined)${g.leave()}`,
  UNBIND: (g) => {
    const x = g.v(g.o[0] ?? 0);
    return `if(${x}===undefined)${g.leave()}${x}=undefined;`;
  },
  GLOBAL: (g) => {
    const [d = 0, index = 0] = g.o;
    return (
      `z=G[${index}];if(z===undefined){z=B[${index}];if(z===undefined)${g.leave()}}` +
      `${g.v(d)}=z;`
    );
  },
  SETGLOBAL: ({ o: [index = 0, s = 0], v }) => `G[${index}]=${v(s)};M.stored(${index});`,
  MAKECELL: ({ o: [l = 0], v }) => `${v(l)}=new Cell(${v(l)});`,
  LOADCELL: (g) => {
    const [d = 0, l = 0] = g.o;
    return `z=${g.v(l)}.value;if(z===undefined)${g.leave()}${g.v(d)}=z;`;
  },
  SETCELL: ({ o: [l = 0, s = 0], v }) => `${v(l)}.value=${v(s)};${v(l)}.touch();`,
  GETATTR: getAttribute,
  SETATTR: setAttribute,
  GETMETHOD: getMethod,
  GETITEM: getItem,
  GETITEMI: (g) => {
    const [d = 0, a = 0, i = 0] = g.o;
    return item(g, g.v(d), g.v(a), `(${i})`);
  },
  SETITEM: setItem,
  ADD: arithmetic('$x+$y', '$x+$y', TEXTS),
  SUB: arithmetic('$x-$y', '$x-$y'),
  MUL: arithmetic('$x*$y+0', '$x*$y'),
  DIV: (g) => {
    const [d = 0, a = 0, b = 0] = g.o;
    const [x, y] = [g.v(a), g.v(b)];
    const [p, q] = [x, y].map((each) => `(typeof ${each}==='number'?${each}:${each}.value)`);
    const isNumber = (each: string): string =>
      `(typeof ${each}==='number'||${each} instanceof Float)`;
    return (
      `if(${isNumber(x)}&&${isNumber(y)}&&(z=${q})!==0)${g.v(d)}=new Float(${p}/z);` +
      `else{${g.mark}z=operate(${g.symbol},${x},${y});if(z===LEAVE)${g.leave()}${g.v(d)}=z}`
    );
  },
  FLOORDIV: guarded('$y>0', FLOOR_DIV),
  MOD: guarded('$y>0', FLOOR_MOD),
  AND: guarded('($x|0)===$x&&($y|0)===$y', '$x&$y'),
  OR: guarded('($x|0)===$x&&($y|0)===$y', '$x|$y'),
  XOR: guarded('($x|0)===$x&&($y|0)===$y', '$x^$y'),
  LSHIFT: guarded(`$y>=0&&$y<31&&(z=$x*(1<<$y),${SAFE})`, 'z'),
  RSHIFT: guarded('($x|0)===$x&&$y>=0&&$y<32', '$x>>$y'),
  BINARY: (g) => {
    const [d = 0, a = 0, b = 0] = g.o;
    return `${g.mark}z=operate(${g.symbol},${g.v(a)},${g.v(b)});if(z===LEAVE)${g.leave()}${g.v(d)}=z;`;
  },
  ADDI: immediate('$x+$y'),
  SUBI: immediate('$x-$y'),
  MULI: immediate('$x*$y+0'),
  MODI: immediate(FLOOR_MOD),
  FLOORDIVI: immediate(FLOOR_DIV),
  ANDI: (g) => {
    const [d = 0, a = 0, i = 0] = g.o;
    const x = g.v(a);
    return (
      `if(typeof ${x}==='number'&&(${x}|0)===${x})${g.v(d)}=${x}&${i};` +
      `else{${g.mark}z=operate(${g.symbol},${x},${i});if(z===LEAVE)${g.leave()}${g.v(d)}=z}`
    );
  },
  NEG: (g) => {
    const [d = 0, a = 0] = g.o;
    const x = g.v(a);
    return (
      `if(typeof ${x}==='number')${g.v(d)}=0-${x};` +
      `else if(${x} instanceof Float)${g.v(d)}=new Float(-${x}.value);else ${g.leave()}`
    );
  },
  NOT: (g) => {
    const [d = 0, a = 0] = g.o;
    return `${g.mark}z=truth(${g.v(a)});if(z===LEAVE)${g.leave()}${g.v(d)}=!z;`;
  },
  LT: comparison('<'),
  LE: comparison('<='),
  EQ: comparison('==='),
  NE: comparison('!=='),
  GT: comparison('>'),
  GE: comparison('>='),
  LT_JF: comparisonJump('<', false),
  LE_JF: comparisonJump('<=', false),
  EQ_JF: comparisonJump('===', false),
  NE_JF: comparisonJump('!==', false),
  GT_JF: comparisonJump('>', false),
  GE_JF: comparisonJump('>=', false),
  LTI_JF: comparisonJump('<', true),
  LEI_JF: comparisonJump('<=', true),
  EQI_JF: comparisonJump('===', true),
  NEI_JF: comparisonJump('!==', true),
  GTI_JF: comparisonJump('>', true),
  GEI_JF: comparisonJump('>=', true),
  IS: identity(''),
  ISNOT: identity('!'),
  IN: membership(false),
  NOTIN: membership(true),
  TUPLE: display('Tuple'),
  LIST: display('List'),
  DICT: (g) => {
    const [d = 0, a = 0, n = 0] = g.o;
    return `${g.mark}z=dictOf([${slots(g, a, n)}]);if(z===LEAVE)${g.leave()}${g.v(d)}=z;`;
  },
  STRING: (g) => {
    const [d = 0, a = 0, n = 0] = g.o;
    const parts = Array.from({ length: n }, (_, i) => g.v(a + i));
    return `${g.v(d)}=${["''", ...parts].join('+')};`;
  },
  SLICE: ({ o, v }) => `${v(o[0] ?? 0)}=new Slice(${bounds(o, v)});`,
  LISTAPPEND: ({ o: [a = 0, s = 0], v }) =>
    `${v(a)}.items.push(${v(s)});if(${v(a)}.owner!==null)${v(a)}.touchAt(${v(a)}.items.length-1);`,
  SETADD: (g) => {
    const [a = 0, s = 0] = g.o;
    return `if(${g.v(a)}.add(${g.v(s)})!==false)${g.leave()}`;
  },
  MAPADD: (g) => {
    const [a = 0, b = 0, s = 0] = g.o;
    const x = g.v(a);
    return `if(!(${x} instanceof Dict)||${x}.set(${g.v(b)},${g.v(s)})!==false)${g.leave()}`;
  },
  LISTTUPLE: ({ o: [d = 0, a = 0], v }) => `${v(d)}=new Tuple([...${v(a)}.items]);`,
  FORMAT: (g) => {
    const [d = 0, a = 0, how = 0] = g.o;
    const x = g.v(a);
    const text = how < 2 ? `if(typeof ${x}==='string')${g.v(d)}=${x};else ` : '';
    return `${text}if(typeof ${x}==='number')${g.v(d)}=String(${x});else ${g.leave()}`;
  },
  UNPACK: unpack,
  UNPACK2: unpackPair,
  FUNCTION: (g) => {
    const [d = 0, index = 0] = g.o;
    return `${g.v(d)}=new FunctionObject(${g.code(index)},M,null);`;
  },
  CALL: call,
  CALLMETHOD: callMethod,
  CALLKW: (g) => callNamed(g, false),
  CALLMETHODKW: (g) => callNamed(g, true),
  RETURN: returning,
  JUMP: (g) => g.jump(g.o[0] ?? 0),
  LOOP: (g) => `if(machine.ticks<=1)${g.leave()}machine.ticks--;${g.jump(g.o[0] ?? 0)}`,
  JF: truthJump(false),
  JT: truthJump(true),
  JNONE: (g) => `if(${g.v(g.o[0] ?? 0)}===null)${g.jump(g.o[1] ?? 0)}`,
  JNOTNONE: (g) => `if(${g.v(g.o[0] ?? 0)}!==null)${g.jump(g.o[1] ?? 0)}`,
  ITER: iterate,
  HANDLE: (g) => {
    const at = g.o[0] ?? 0;
    return `${g.mark}z=caught(${g.v(at)});${g.v(at)}=frame.handled;${g.v(at + 1)}=z;frame.handled=z;`;
  },
  ENDHANDLE: (g) => {
    const x = g.v(g.o[0] ?? 0);
    return `frame.handled=${x} instanceof ExceptionObject?${x}:null;`;
  },
  MATCHEXC: (g) => {
    const [d = 0, a = 0, b = 0] = g.o;
    return `${g.mark}${g.v(d)}=matchException(${g.v(a)},${g.v(b)});`;
  },
  WITHENTER: withEnter,
  WITHFAIL: withFail,
  RAISE: raising,
  RAISEFROM: raising,
  RAISEAGAIN: (g) =>
    `${g.mark}z=frame.handled??frame.outer;if(z===null)${g.leave()}` +
    `${g.raise('z', true)}continue L;`,
  RERAISE: (g) => `${g.mark}${g.raise(`caught(${g.v(g.o[0] ?? 0)})`, true)}continue L;`,
  FORITER: forIter,
  YIELD: yielding,
  YIELDFROM: yieldFrom,
  YIELDITER: iterate,
  GENERATOR: generator,
};
