// The emitter: from a module's tree and names to its bytecode.
//
//     tree, names, plans ──▶ functions, one after another ──▶ tables, code ──▶ Module
//
// Owns:      the code a statement becomes; each file here says it of some of them, in pictures.
// Does not:  decide what a name means (names/), which modules there are (compile.ts), or whether
//            the code is good (vm/bytecode/verify.ts).
//
// Invariants:
//
//   M1. Equal trees give equal modules, byte for byte: tables are filled in the order of the text.
//   M2. Every instruction has a position: that on which CPython 3.11 would blame it.
//   M3. Nothing here recurses on more than brackets and blocks, which the parser bounds.

import type { Module } from '../../vm/bytecode/program.ts';
import type { Report } from '../diagnostics/report.ts';
import type { Module as ModuleTree } from '../syntax/tree.ts';
import { finishFunctions } from './finish.ts';
import { writeFunction } from './functions.ts';
import { EmitError, ModuleWriter } from './writer.ts';
import type { FunctionDraft, ModuleFacts } from './writer.ts';

/** What a module is called, and what it is. */
export type ModuleHead = Pick<Module, 'name' | 'isPackage' | 'isLibrary'>;

/** The bytecode of a module, or null if it exceeds a limit, which is reported. */
export function emitModule(
  tree: ModuleTree,
  head: ModuleHead,
  facts: ModuleFacts,
  report: Report,
): Module | null {
  try {
    const module = new ModuleWriter(facts);
    module.addFunction(tree);
    const drafts: FunctionDraft[] = [];
    for (let node = module.functionAt(0); node !== undefined;) {
      drafts.push(writeFunction(module, node));
      node = module.functionAt(drafts.length);
    }
    const functions = finishFunctions(module, drafts);
    const { name, text } = facts.source;
    return { ...head, file: name, source: text, ...module.tables.take(), functions };
  } catch (error) {
    if (!(error instanceof EmitError)) throw error;
    report.error(facts.source, error.span, error.code, error.message);
    return null;
  }
}
