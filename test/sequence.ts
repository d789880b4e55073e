// The order of the test files: those that take longest first.
//
// Files share the machine's cores one by one. A long one that comes last runs alone.

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** By what they take, longest first; all others come after them, as they were. */
const LONG = [
  'golden-moved.test.ts',
  'golden.test.ts',
  'machine/compiled.test.ts',
  'crash/crash.test.ts',
  'commands/run.test.ts',
  'spec/language.test.ts',
  'commands/look.test.ts',
  'snapshot/imports.test.ts',
  'differential/differential.test.ts',
].toReversed();

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number =>
      LONG.findIndex((name) => moduleId.endsWith(`/test/${name}`));
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(b) - rank(a));
  }
}
