// One program run by both sides, and what came of it.

import { runFlow, type FlowAnswer, type Way } from './flow.ts';
import { programText } from './prelude.ts';
import type { Python, PythonAnswer } from './python.ts';
import { shrink, type Tree } from './tree.ts';

export type Verdict = 'same' | 'different' | 'refused' | 'invalid' | 'late' | 'unsettled';

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
  return (
    text
      .replaceAll(/\b0x[0-9a-f]{6,}/giu, '0x')
      .replaceAll(/\b(?:dict_(?:reverse)?(?:key|item|value)|odict_)iterator\b/gu, 'dict_iterator')
      // Real tracebacks have them; those that the peer writes with `traceback` do not.
      .replaceAll(/\. Did you mean: '\w+'\?/gu, '')
      // Which operation of CPython meets the limit depends on how often the code has run.
      .replaceAll(
        /(?<=recursion depth exceeded) (?:in comparison|while calling a Python object)/gu,
        '',
      )
      .replaceAll(/line repeated \d+ more times/gu, 'line repeated')
      .replaceAll(/<method-wrapper '(\w+)' of/gu, '<built-in method $1 of')
      .replaceAll(/\b(?:method-wrapper|method_descriptor|builtin_function_or_method)\b/gu, 'method')
      .replaceAll(/\b(?:collections|functools|_io|types|random|_struct)\.(\w+)/gu, '$1')
      .replaceAll(
        /<built-in method (\w+) of (?:deque|OrderedDict|defaultdict) object at 0x>/gu,
        '$1',
      )
      .replaceAll(/<bound method (?:deque|OrderedDict|defaultdict)\.(\w+) of [^<>]*>/gu, '$1')
      .replaceAll(
        /\b(deque|OrderedDict|defaultdict)\.(\w+)\(\) takes .*given\)?/gu,
        '$1.$2() takes',
      )
      // A function of the library may stand in another file than CPython's.
      .replaceAll(/\b(?:\w+\.)+(?=\w+\(\) argument after)/gu, '')
  );
}

/** The first lines that differ, without what makes each program special. */
export function signatureOf({ python, flow }: Comparison): string {
  const [left, right] = [python, flow].map(({ stdout, failure }) =>
    comparable(`${stdout}\n${failure}`).split('\n'),
  );
  const at = left?.findIndex((line, i) => line !== right?.[i]) ?? 0;
  return `${left?.[at]} / ${right?.[at]}`
    .replaceAll(/\d+/gu, '0')
    .replaceAll(/[~^]+/gu, '^')
    .slice(0, 160);
}

/** The last is of shlex.split(None), which would read stdin. */
const LIMITS = /MemoryError|cannot pickle|s argument must not be None/u;

function judge(python: PythonAnswer, flow: FlowAnswer): Verdict {
  if (python.syntax !== null) return flow.refused === null ? 'different' : 'invalid';
  if (flow.refused !== null) return 'refused';
  if (python.late) return 'late';
  // Sizes have limits, and whatever comes after is different.
  if (LIMITS.test(`${flow.stdout}${flow.failure}`)) return 'refused';
  const same =
    !flow.late &&
    comparable(python.stdout) === comparable(flow.stdout) &&
    comparable(python.failure ?? '') === comparable(flow.failure ?? '');
  return same ? 'same' : 'different';
}

function flowOrCrash(text: string, way: Way): readonly FlowAnswer[] {
  try {
    return runFlow(text, way);
  } catch (problem) {
    const said = problem instanceof Error ? (problem.stack ?? problem.message) : String(problem);
    return [{ stdout: '', failure: `CRASH ${said}`, refused: null, late: false }];
  }
}

/** Whether CPython's answer is the same wherever it runs: addresses are not, nor hashes. */
async function isSettled(text: string, answer: PythonAnswer, python: Python): Promise<boolean> {
  const flow = { ...answer, refused: answer.syntax };
  for (const other of python.others) {
    if (['different', 'late'].includes(judge(await other.run(text), flow))) return false;
  }
  return true;
}

/** CPython begins with the program; flow runs it when CPython's answer is waited for. */
export function compareText(text: string, way: Way, python: Python): () => Promise<Comparison> {
  const asked = python.run(text);
  return async () => {
    const answers = flowOrCrash(text, way);
    const answer = await asked;
    const judged = answers.map((flow) => ({ flow, verdict: judge(answer, flow) }));
    const told = judged.find(({ verdict }) => verdict === 'different') ?? judged[0];
    if (told === undefined) throw new Error('a program is run at least once');
    const isUnsure = told.verdict === 'different' && !(await isSettled(text, answer, python));
    return { ...told, verdict: isUnsure ? 'unsettled' : told.verdict, text, python: answer };
  };
}

export function compareTree(program: Tree, way: Way, python: Python): Promise<Comparison> {
  return compareText(programText(program), way, python)();
}

/** Trials, and how long they may take: of some programs each takes seconds. */
const SHRINK_TRIALS = 250;
const SHRINK_MS = 40_000;

/** A smallest program on which both sides still differ. */
export async function shrinkDifference(
  program: Tree,
  way: Way,
  python: Python,
): Promise<Comparison> {
  const until = Date.now() + SHRINK_MS;
  const differs = async (candidate: Tree): Promise<boolean> => {
    if (Date.now() > until) return false;
    const { verdict, python: answer } = await compareTree(candidate, way, python);
    return verdict === 'different' && answer.syntax === null;
  };
  return compareTree(await shrink(program, differs, SHRINK_TRIALS), way, python);
}
