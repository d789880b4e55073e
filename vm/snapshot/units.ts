// Units by number: how a snapshot names the modules of its program.
//
// A program lists its modules in an order that its hash covers, so a place in
// that list says as much as the module's own hash and takes one byte.

import type { Code, Unit } from '../machine/code.ts';
import type { FunctionObject } from '../machine/function.ts';
import type { LinkedProgram } from '../machine/link.ts';

/** A linked program's units, both ways. */
export class UnitNumbers {
  readonly units: readonly Unit[];
  private readonly numbers: ReadonlyMap<string, number>;
  /** The prelude's functions by number: they are all of one unit. */
  private readonly prelude: ReadonlyMap<number, FunctionObject>;

  constructor(program: LinkedProgram) {
    this.units = [...program.units.values()];
    this.numbers = new Map(this.units.map(({ hash }, number) => [hash, number]));
    this.prelude = new Map([...program.prelude.values()].map((fn) => [fn.code.index, fn]));
  }

  /** The number of a unit, by its hash. */
  numberOf(hash: string): number {
    const number = this.numbers.get(hash);
    if (number === undefined) throw new Error(`unit ${hash} is not in the program`);
    return number;
  }

  /** A function by the number of its unit and its own; undefined if there is none. */
  codeAt(unit: number, index: number): Code | undefined {
    return this.units[unit]?.codes[index];
  }

  preludeFunctionAt(index: number): FunctionObject | undefined {
    return this.prelude.get(index);
  }
}

const known = new WeakMap<LinkedProgram, UnitNumbers>();

export function unitNumbers(program: LinkedProgram): UnitNumbers {
  let numbers = known.get(program);
  if (numbers === undefined) known.set(program, (numbers = new UnitNumbers(program)));
  return numbers;
}
