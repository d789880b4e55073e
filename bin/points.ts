// Points in a run as people name them on a command line.
//
//     12          after commit 12; 0 is before the first
//     12+300      and 300 instructions of the batch that came after it
//     -1          one commit before the last; -2 is two before it

import type { At, Point } from '../vm/engine/past.ts';
import type { RunRecord } from '../vm/store/store.ts';
import { CommandError, UsageError } from './told.ts';

/** The help of an option that takes one. */
export const AT_HELP = 'a point: commit 12; 12+300, so many instructions on; -1, one commit back';

/** @throws UsageError, CommandError  it is none, or none of this run */
export function readAt(text: string, { run, sequence }: RunRecord): At {
  const found = /^(-?[0-9]{1,15})(?:\+([0-9]{1,15}))?$/u.exec(text);
  if (found === null) {
    throw new UsageError(`'${text}' is no point in a run`, {
      help: 'say 12 for commit 12, 12+300 for 300 instructions later, -1 for one commit back',
    });
  }
  const [, commit = '', instruction = '0'] = found;
  const named = Number(commit);
  const asked = commit.startsWith('-') ? sequence + named : named;
  if (asked < 0 || asked > sequence) {
    throw new CommandError(`run ${run} has commits 1 to ${sequence}, none ${text}`, {
      help: `to see them: flowvm history ${run}`,
    });
  }
  return { sequence: asked, instruction: Number(instruction) };
}

/** A point as it is named: what readAt() reads. */
export function pointText({ sequence, instruction }: Point): string {
  return instruction === 0 ? `${sequence}` : `${sequence}+${instruction}`;
}
