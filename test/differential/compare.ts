// One program run by both sides, and what came of it.

import { runFlow, type FlowAnswer, type Way } from './flow.ts';
import { programText } from './prelude.ts';
import type { Python, PythonAnswer } from './python.ts';
import { shrink, type Tree } from './tree.ts';

export type Verdict = 'same' | 'different' | 'refused' | 'invalid' | 'late';

export interface Comparison {
  readonly verdict: Verdict;
  readonly text: string;
  readonly python: PythonAnswer;
  readonly flow: FlowAnswer;
}

/**
 * What differs as it may: addresses are counted in flow (spec/language/differences.md), and types
 * that CPython has written in C tell their module in its messages, and have methods of their own.
 */
function comparable(text: string): string {
  return text
    .replaceAll(/\b0x[0-9a-f]{6,}/gu, '0x')
    .replaceAll(/\b(?:method-wrapper|method_descriptor|builtin_function_or_method)\b/gu, 'method')
    .replaceAll(/\b(?:itertools|collections|functools|operator)\.(\w+)/gu, '$1');
}

/** The first lines that differ, without what makes each program special. */
export function signatureOf({ python, flow }: Comparison): string {
  const [left, right] = [python, flow].map(({ stdout, failure }) =>
    comparable(`${stdout}\n${failure}`).split('\n'),
  );
  const at = left?.findIndex((line, i) => line !== right?.[i]) ?? 0;
  return `${left?.[at]} / ${right?.[at]}`.replaceAll(/\d+/gu, '0').slice(0, 160);
}

const LIMITS = /complex number|MemoryError/u;

function judge(python: PythonAnswer, flow: FlowAnswer): Verdict {
  if (python.syntax !== null) return flow.refused === null ? 'different' : 'invalid';
  if (flow.refused !== null) return 'refused';
  if (python.late) return 'late';
  // Complex numbers are not there, sizes have limits, and whatever comes after is different.
  if (python.stdout.includes('complex') || LIMITS.test(`${flow.stdout}${flow.failure}`)) {
    return 'refused';
  }
  const same =
    !flow.late &&
    comparable(python.stdout) === comparable(flow.stdout) &&
    comparable(python.failure ?? '') === comparable(flow.failure ?? '');
  return same ? 'same' : 'different';
}

async function flowOrCrash(text: string, way: Way): Promise<FlowAnswer> {
  try {
    return await runFlow(text, way);
  } catch (problem) {
    const said = problem instanceof Error ? (problem.stack ?? problem.message) : String(problem);
    return { stdout: '', failure: `CRASH ${said}`, refused: null, late: false };
  }
}

export async function compareTree(program: Tree, way: Way, python: Python): Promise<Comparison> {
  return compareText(programText(program), way, python);
}

export async function compareText(text: string, way: Way, python: Python): Promise<Comparison> {
  const asked = python.run(text);
  const flow = await flowOrCrash(text, way);
  const answer = await asked;
  return { verdict: judge(answer, flow), text, python: answer, flow };
}

const SHRINK_TRIALS = 400;

/** A smallest program on which both sides still differ. */
export async function shrinkDifference(
  program: Tree,
  way: Way,
  python: Python,
): Promise<Comparison> {
  const differs = async (candidate: Tree): Promise<boolean> => {
    const { verdict, python: answer } = await compareTree(candidate, way, python);
    return verdict === 'different' && answer.syntax === null;
  };
  return compareTree(await shrink(program, differs, SHRINK_TRIALS), way, python);
}
