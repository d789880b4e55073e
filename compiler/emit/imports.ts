// Imports. Which module a name means was decided before (names/imports.ts); here is only the order.
//
//     import a.b            IMPORT a   IMPORT a.b POP   STORE a
//     import a.b as c       IMPORT a POP   IMPORT a.b   STORE c
//     from a import x, y    IMPORT a   IMPORT_FROM x STORE x   IMPORT_FROM y STORE y   POP
//     from a import *       IMPORT a   IMPORT_STAR
//
// A module that is not there, in a `try` that expects it:
//
//     import nowhere        ModuleNotFoundError ⟨message⟩ ⟨name⟩ CALL_KEYWORDS RAISE

import { OP } from '../../vm/bytecode/opcodes.ts';
import type { ImportPlan } from '../names/imports.ts';
import type { Import, ImportFrom } from '../syntax/tree.ts';
import type { FunctionWriter } from './writer.ts';

export function importStatement(w: FunctionWriter, node: Import | ImportFrom): void {
  if (node.kind === 'Import') {
    for (const alias of node.names) {
      const plan = w.module.facts.plans.get(alias);
      if (plan === undefined) throw new Error('every import has a plan');
      // `import a.b` binds a, `import a.b as c` binds a.b.
      if (!importSteps(w, plan, alias.asname === null ? 0 : plan.steps.length - 1)) continue;
      w.store(alias.asname ?? alias.name.split('.')[0]!);
    }
    return;
  }
  const plan = w.module.facts.plans.get(node);
  if (plan !== undefined) importFrom(w, node, plan); // __future__ has none
}

/** `→ module`: import some modules in order and keep one; false if the last is not there. */
function importSteps(w: FunctionWriter, plan: ImportPlan, kept: number): boolean {
  const { imports } = w.module.tables;
  for (const [i, step] of plan.steps.entries()) {
    w.op(OP.IMPORT, imports.add(step));
    if (i !== kept || plan.missing !== null) w.op(OP.POP);
  }
  if (plan.missing === null) return true;
  w.builtin('ModuleNotFoundError');
  w.string(plan.missing.message);
  w.string(plan.missing.name);
  w.constant({ type: 'tuple', items: [{ type: 'str', value: 'name' }] });
  w.op(OP.CALL_KEYWORDS, 2);
  w.op(OP.RAISE);
  return false;
}

function importFrom(w: FunctionWriter, node: ImportFrom, plan: ImportPlan): void {
  if (!importSteps(w, plan, plan.steps.length - 1)) return;
  for (const submodule of plan.submodules) {
    w.op(OP.IMPORT, w.module.tables.imports.add(submodule));
    w.op(OP.POP);
  }
  if (node.names[0]?.name === '*') return w.op(OP.IMPORT_STAR);
  for (const { name, asname } of node.names) {
    w.op(OP.IMPORT_FROM, w.nameIndex(name));
    w.store(asname ?? name);
  }
  w.op(OP.POP);
}
