// The tables of one module: each constant, name and import once, by number.
//
// Numbers are given in the order of first use, so that equal trees make equal modules.

import type { Constant, Module } from '../../vm/bytecode/program.ts';

/** Things by number, each once. */
export class Table<T> {
  readonly items: T[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly keyOf: (item: T) => string;

  constructor(keyOf: (item: T) => string) {
    this.keyOf = keyOf;
  }

  /** The number of an item, a new one if it is new. */
  add(item: T): number {
    const key = this.keyOf(item);
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.items.length;
      this.items.push(item);
      this.numbers.set(key, number);
    }
    return number;
  }
}

/** All tables of a module but that of its functions. */
export class Tables {
  readonly constants = new Table<Constant>(constantKey);
  readonly names = new Table<string>((name) => name);
  readonly globals = new Table<string>((name) => name);
  readonly imports = new Table<string>((name) => name);
  readonly natives = new Table<string>((name) => name);

  /** The tables as a module has them. */
  take(): Pick<Module, 'constants' | 'names' | 'globals' | 'imports' | 'natives'> {
    return {
      constants: this.constants.items,
      names: this.names.items,
      globals: this.globals.items,
      imports: this.imports.items,
      // Natives are a set: the order in which the code names them means nothing.
      natives: this.natives.items.toSorted(),
    };
  }
}

/** Equal for equal constants only: 1, 1.0 and True are three, 0.0 and -0.0 two. */
export function constantKey(constant: Constant): string {
  switch (constant.type) {
    case 'none':
    case 'ellipsis':
      return constant.type;
    case 'bool':
      return `bool ${constant.value}`;
    case 'int':
      return `int ${constant.value}`;
    case 'float':
    case 'imaginary':
      return `${constant.type} ${Object.is(constant.value, -0) ? '-0' : constant.value}`;
    case 'str':
      return `str ${constant.value}`;
    case 'bytes':
      return `bytes ${constant.value.join()}`;
    case 'tuple':
    case 'frozenset': {
      const keys = constant.items.map(constantKey);
      // Of equal sets the first is kept, and gives the order, as in CPython.
      if (constant.type === 'frozenset') keys.sort();
      return `${constant.type} ${keys.map((key) => `${key.length}:${key}`).join('')}`;
    }
  }
}
