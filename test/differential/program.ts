// A random program: definitions and statements, each told by what it prints and raises.

import { defineClass, defineFunction, type Definition } from './definitions.ts';
import { Expressions } from './expressions.ts';
import { guarded } from './prelude.ts';
import { Random } from './random.ts';
import { playScene } from './scenes.ts';
import { Body } from './statements.ts';
import { block, statement, tree, type Tree } from './tree.ts';

const STATEMENTS_MAX = 10;
const SHOWN = 10;

/** How often a statement is a scene, and how often programs tell whole tracebacks. */
const SCENES = 0.4;
const TRACED = 0.15;

/** The program with this number; its text is prelude.ts's. */
export function generate(seed: number, number: number): Tree {
  const random = new Random(seed, number);
  const body = new Body('module', { random, expressions: new Expressions(random) }, [], []);
  const parts: Tree[] = [];
  const tells = random.chance(TRACED) ? 'traced' : 'caught';
  const define = (definition: Definition): void => {
    parts.push(guarded(block(definition.tree), tells));
    body.signatures.push(definition.signature);
  };
  for (let left = random.between(4, STATEMENTS_MAX); left > 0; left--) {
    const kind = random.below(10);
    if (random.chance(SCENES)) parts.push(guarded(playScene(body), tells));
    else if (kind === 0) define(defineClass(body));
    else if (kind === 1) define(defineFunction(body, 'function'));
    else if (kind === 2 && random.chance(0.5)) {
      const definition = defineFunction(body, 'generator');
      define(definition);
      parts.push(driven(body, definition));
    } else parts.push(guarded(block(body.statement()), tells));
  }
  for (const { name } of body.names.slice(-SHOWN)) {
    parts.push(guarded(block(statement`print('${name}', ${name})`)));
  }
  return tree('block', ...parts);
}

/** A generator driven by hand: sent to, thrown into, closed. */
function driven(body: Body, { signature }: Definition): Tree {
  const { random, expressions } = body.making;
  const name = body.fresh('iterator');
  const steps = Array.from({ length: random.between(1, 5) }, (): Tree => {
    const step = random.pick([
      () => statement`print(next(${name}))`,
      () => statement`print(${name}.send(${body.expression('any', 1)}))`,
      () => statement`print(${name}.throw(ValueError(${body.expression('any', 1)})))`,
      () => statement`print(${name}.close())`,
      () => statement`print(list(${name}))`,
    ])();
    return tree('statement', 'try:', block(step), 'except Exception as error:', TELL);
  });
  const made = statement`${name} = ${expressions.call(signature, body.place())}`;
  return guarded(block(made, ...steps));
}

const TELL = block(statement`caught(error)`, statement`print(repr(error))`);
