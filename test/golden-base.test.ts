// Goldens that import from the library, beginning from base images: straight, moved and crashed.
//
// Not all of them: a base is the same for all programs with the same imports, and what a program
// does then is what the other modes test. Here are areas that change what they import, that wait,
// and that look at it closely.

import { expect, test } from 'vitest';
import { connect } from './harness/adapter.ts';
import { testGoldens } from './harness/suite.ts';
import { makeBase } from '../vm/snapshot/base.ts';
import { linkText, optionsFor } from './snapshot/programs.ts';

/** What is run straight and moved. */
const AREAS = /^(?:base|random|resume|durable\/(?!asyncio))/u;

/** And crashed, which takes long: each write is a death. */
const CRASHED = /^(?:base|durable\/(?:checkpoint|remote-job))/u;

testGoldens(connect(true), ({ kind }, { files, entry }, { name }) => {
  const isImporting = /^(?:import|from) /mu.test(files.get(entry) ?? '');
  return isImporting && (kind === 'crashed' ? CRASHED : AREAS).test(name);
});

test('there are base images: where none is made, the others show nothing', () => {
  for (const name of ['asyncio', 'flow.http', 'logging', 'random', 're']) {
    const program = linkText(`import ${name}\n`);
    expect(makeBase(program, optionsFor(program).registry)).not.toBe(null);
  }
});
