// Linking: a verified program becomes units and static functions that this
// process shares between all runs of it.

import { FlowError } from '../bytecode/errors.ts';
import { knownAs } from '../bytecode/known.ts';
import type { Module, Program } from '../bytecode/program.ts';
import { verifyModule, verifyModuleTables, type VerifiedFunction } from '../bytecode/verify.ts';
import type { Value } from '../values/value.ts';
import { Unit } from './code.ts';
import { FunctionObject, ModuleObject } from './function.ts';
import type { Registry } from './registry.ts';
import { makeStatic } from './statics.ts';

/** Name of the library module whose functions are the prelude. */
export const PRELUDE = 'builtins';

export interface LinkedProgram {
  /** SHA-256 of the program's manifest, in hex. */
  readonly hash: string;
  readonly entry: string;
  readonly units: ReadonlyMap<string, Unit>;
  readonly unitsByHash: ReadonlyMap<string, Unit>;
  /** Functions written in flow that are part of the language, by name. */
  readonly prelude: ReadonlyMap<string, FunctionObject>;
  readonly preludeModule: ModuleObject;
}

/** Units are kept by hash, so programs share the standard library in memory too. */
export class Linker {
  private readonly registry: Registry;
  private readonly units = new Map<string, Unit>();
  private static readonly shared = new WeakMap<Registry, Linker>();
  private readonly preludes = new Map<
    string,
    { functions: Map<string, FunctionObject>; module: ModuleObject }
  >();

  constructor(registry: Registry) {
    this.registry = registry;
  }

  /** The one linker of a registry: what is linked stays linked while the process lives. */
  static of(registry: Registry): Linker {
    let linker = Linker.shared.get(registry);
    if (linker === undefined) Linker.shared.set(registry, (linker = new Linker(registry)));
    return linker;
  }

  /**
   * @param hashes the modules' hashes in hex, in the program's order
   * @throws FLOW_PROGRAM_CORRUPT if the code does not verify
   * @throws FLOW_NATIVE_MISSING if it names a native this machine does not have
   */
  link(program: Program, hash: string, hashes: readonly string[]): LinkedProgram {
    const units = new Map<string, Unit>();
    const unitsByHash = new Map<string, Unit>();
    for (const [i, module] of program.modules.entries()) {
      const moduleHash = hashes[i] ?? '';
      let unit = this.units.get(moduleHash);
      if (unit === undefined) {
        for (const native of module.natives) {
          if (this.registry.native(native) !== undefined) continue;
          throw new FlowError(
            'FLOW_NATIVE_MISSING',
            `module ${module.name} needs ${native}, which this version does not have`,
          );
        }
        unit = new Unit(module, moduleHash, proofsOf(module));
        this.units.set(moduleHash, unit);
      }
      units.set(module.name, unit);
      unitsByHash.set(moduleHash, unit);
    }
    const preludeUnit = units.get(PRELUDE);
    if (preludeUnit === undefined) {
      throw new FlowError('FLOW_PROGRAM_CORRUPT', `the program has no module '${PRELUDE}'`);
    }
    const { functions, module } = this.prelude(preludeUnit);
    return {
      hash,
      entry: program.entry,
      units,
      unitsByHash,
      prelude: functions,
      preludeModule: module,
    };
  }

  /** The prelude's functions exist once a process; their module is never run. */
  private prelude(unit: Unit): { functions: Map<string, FunctionObject>; module: ModuleObject } {
    const made = this.preludes.get(unit.hash);
    if (made !== undefined) return made;
    const module = new ModuleObject(unit);
    module.state = 'done';
    makeStatic(module, ['module', unit.hash]);
    const functions = new Map<string, FunctionObject>();
    for (const code of unit.codes) {
      // Only top-level functions: `f`, not `f.<locals>.g`, and not the body.
      if (code.index === 0 || code.info.qualname.includes('.')) continue;
      if (code.info.freeCount > 0) continue;
      const fn = new FunctionObject(code, module, null);
      makeStatic(fn, ['function', unit.hash, code.index]);
      functions.set(code.info.name, fn);
    }
    for (const [i, name] of unit.module.globals.entries()) {
      // In the prelude a native comes before its twin of the same name.
      const value: Value | undefined = this.registry.builtins.get(name) ?? functions.get(name);
      module.slots[i] = value;
    }
    const result = { functions, module };
    this.preludes.set(unit.hash, result);
    return result;
  }
}

/**
 * What the verifier finds. A program is verified before any of it runs; of the library that was
 * shipped, each function before it runs (Code.proof): a program uses little of it.
 */
function proofsOf(module: Module): readonly VerifiedFunction[] {
  if (knownAs(module) === undefined) return verifyModule(module);
  verifyModuleTables(module);
  return [];
}
