// Finishing: from the drafts of a module's functions to what the format holds.
//
//     draft ──layout──▶ bytes ──the verifier's own analyses──▶ FunctionCode
//
// What the tables of a function say of its code (where locals are bound, what the stack looks like
// at a safepoint, which locals are live) is asked of the same code that will check it, so that both
// cannot disagree.

import { FlowError } from '../../vm/bytecode/errors.ts';
import {
  CODE_BYTES_MAX,
  FUNCTIONS_MAX,
  LOCALS_MAX,
  STACK_VALUES_MAX,
} from '../../vm/bytecode/limits.ts';
import { OP } from '../../vm/bytecode/opcodes.ts';
import { readCode } from '../../vm/bytecode/operands.ts';
import { FLAG } from '../../vm/bytecode/program.ts';
import type { FunctionCode } from '../../vm/bytecode/program.ts';
import { Budget, graphOf } from '../../vm/bytecode/verify-graph.ts';
import { eachLoad } from '../../vm/bytecode/verify-locals.ts';
import { safepointsOf } from '../../vm/bytecode/verify-safepoints.ts';
import { shapesOf } from '../../vm/bytecode/verify-shapes.ts';
import type { Scope } from '../names/scope.ts';
import { layOut } from './layout.ts';
import { EmitError } from './writer.ts';
import type { FunctionDraft, ModuleWriter } from './writer.ts';

/** The functions of a module, by number. */
export function finishFunctions(
  module: ModuleWriter,
  drafts: readonly FunctionDraft[],
): FunctionCode[] {
  const heads = drafts.map(({ scope, flags }) => ({ ...parameters(scope), flags }));
  if (drafts.length > FUNCTIONS_MAX) tooLarge(drafts[0]!, 'this module has too many functions');
  const budget = new Budget();
  return drafts.map((draft, number) => finish(module, draft, heads, heads[number]!, budget));
}

type Head = Pick<
  FunctionCode,
  'flags' | 'freeCount' | 'keywordOnly' | 'positional' | 'positionalOnly'
>;

function parameters(scope: Scope): Omit<Head, 'flags'> {
  const { node } = scope;
  const freeCount = scope.frees.size;
  if (scope.kind === 'comprehension') {
    return { positionalOnly: 1, positional: 1, keywordOnly: 0, freeCount };
  }
  if (!('args' in node)) return { positionalOnly: 0, positional: 0, keywordOnly: 0, freeCount };
  const { posonlyargs, args, kwonlyargs } = node.args;
  return {
    positionalOnly: posonlyargs.length,
    positional: posonlyargs.length + args.length,
    keywordOnly: kwonlyargs.length,
    freeCount,
  };
}

function tooLarge(draft: FunctionDraft, title: string): never {
  const { start } = draft.scope.node.span;
  throw new EmitError({ start, end: start + 1 }, 'too-large', title);
}

function finish(
  module: ModuleWriter,
  draft: FunctionDraft,
  functions: readonly Head[],
  head: Head,
  budget: Budget,
): FunctionCode {
  try {
    return finishOrThrow(module, draft, functions, head, budget);
  } catch (error) {
    // The analyses refuse what is beyond their limits; any other fault of the code is our own.
    if (error instanceof FlowError && error.details['limit'] === true) {
      tooLarge(draft, `this function is too large: ${String(error.details['what'])}`);
    }
    throw error;
  }
}

function finishOrThrow(
  module: ModuleWriter,
  draft: FunctionDraft,
  functions: readonly Head[],
  head: Head,
  budget: Budget,
): FunctionCode {
  const { scope, flags } = draft;
  const locals = scope.locals;
  if (locals.length > LOCALS_MAX) tooLarge(draft, `a function with ${locals.length} locals`);
  const { bytes, handlers, positions, statements, statementAt } = layOut(draft.code, module.places);
  if (bytes.length > CODE_BYTES_MAX) tooLarge(draft, 'this function is too large: split it');

  budget.grant(bytes.length);
  const table = readCode(bytes);
  const graph = graphOf(table, handlers);
  const entry = scope.parameters.length + (scope.kind === 'class' ? 1 : 0);
  eachLoad(graph, locals.length, entry, budget, (index, bound) => {
    if (!bound) return;
    // Both are as long as each other, so nothing moves.
    bytes[table.pcs[index]!] = OP.LOAD_LOCAL;
    table.ops[index] = OP.LOAD_LOCAL;
  });
  const context = { constants: module.tables.constants.items, functions };
  const shapes = shapesOf(graph, { flags, locals }, context, budget);
  if (shapes.max > STACK_VALUES_MAX) tooLarge(draft, `a stack of ${shapes.max} values`);
  const isClass = (flags & FLAG.classBody) !== 0;
  const safepoints = safepointsOf(graph, shapes, locals.length, isClass, budget, (index) => {
    return statementAt.get(table.pcs[index]!) ?? 0;
  });
  return {
    name: scope.name,
    qualname: scope.qualname,
    ...head,
    locals,
    stackMax: shapes.max,
    code: bytes,
    handlers,
    safepoints,
    statements,
    positions,
    hash: module.hashOf(scope.node),
    doc: draft.doc,
    line: firstLine(module, scope),
  };
}

/** Of a decorated definition, the line of its first decorator. */
function firstLine(module: ModuleWriter, { node, kind }: Scope): number {
  if (kind === 'module') return 1;
  const first = 'decorator_list' in node ? node.decorator_list[0] : undefined;
  return module.places.lineOf((first ?? node).span.start);
}
