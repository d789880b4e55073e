// flowvm answer RUN: answers what a run waits for, in place of whoever should have.

import type { Command } from 'commander';
import type { GivenAnswer } from '../../vm/engine/connector.ts';
import { decodeReasons, type Reason } from '../../vm/engine/reasons.ts';
import type { Delivered, RunRecord } from '../../vm/store/store.ts';
import { findRun } from '../ids.ts';
import { withStore } from '../open.ts';
import { EXIT, printJson, say, type ExitStatus } from '../terminal.ts';
import { CommandError, UsageError } from '../told.ts';
import { does, newCommand, type Call, type StoreOptions } from './frame.ts';

interface Options extends StoreOptions {
  readonly effect?: string;
  readonly error?: string;
}

export function answerCommand(): Command {
  const command = newCommand('answer', 'answer what a run waits for, by hand', {
    json: 'what came of it as JSON',
  })
    .argument('<run>', 'the run; the beginning of its id is enough')
    .argument('[value]', "what a function returns, as JSON; a response's or a callback's body")
    .option('--effect <id>', 'which one, if it waits for several: flowvm why RUN --json says')
    .option('--error <type:message>', 'fail it instead: ValueError:no such order');
  return does<Options>(command, answer);
}

async function answer({ place, options, args, command }: Call<Options>): Promise<ExitStatus> {
  const [name = '', value] = args;
  const given = readGiven(value, options.error);
  return await withStore(place, { command }, async (store) => {
    const record = await findRun(store, name);
    const { run } = record;
    const effect = options.effect ?? onlyEffect(record);
    const { pastOptions } = await import('../world.ts');
    const { answerByHand } = await import('../../vm/engine/by-hand.ts');
    const { kinds } = pastOptions(store);
    const told = await answerByHand({ store, kinds }, { run, effect }, given, Date.now());
    if (options.json === true) await printJson({ run, effect, told });
    else say(`run ${run}, effect ${effect}: ${TOLD[told]}`);
    if (told !== 'accepted') return EXIT.failed;
    if (options.json !== true) say(`to let it go on: flowvm resume ${run}${place.option}`);
    return EXIT.done;
  });
}

const TOLD: Readonly<Record<Delivered, string>> = {
  accepted: 'answered',
  already: 'was answered already',
  abandoned: 'is not wanted any more',
  unknown: 'was never asked for',
};

function readGiven(value: string | undefined, error: string | undefined): GivenAnswer {
  if ((value === undefined) === (error === undefined)) {
    throw new UsageError('an answer is a value or an error', {
      help: 'say flowvm answer RUN VALUE, or flowvm answer RUN --error TYPE:MESSAGE',
    });
  }
  if (value !== undefined) return { kind: 'value', text: value };
  const found = /^([^:]+):\s*(.*)$/su.exec(error ?? '');
  if (found === null) {
    throw new UsageError(`'${error}' is no error`, {
      help: 'it looks like ValueError:no such order',
    });
  }
  const [, type = '', message = ''] = found;
  return { kind: 'error', type: type.trim(), message };
}

/** The one effect that a run waits for. */
function onlyEffect({ run, status }: RunRecord): string {
  if (status.kind !== 'waiting') {
    throw new CommandError(`run ${run} waits for nothing: it is ${status.kind}`);
  }
  const { rows } = decodeReasons(status.reasons);
  const effects = rows.flatMap(({ on, place }: Reason) => {
    if (on.kind !== 'effect') return [];
    const where = place === null ? '' : ` at line ${place.line}`;
    return [{ effect: on.effect, text: `${on.effect}, ${on.effectKind}${where}` }];
  });
  const [only, second] = effects;
  if (only !== undefined && second === undefined) return only.effect;
  if (only === undefined) {
    throw new CommandError(`run ${run} waits for nobody's answer`, {
      help: `to see what it waits for: flowvm why ${run}`,
    });
  }
  throw new CommandError(`run ${run} waits for ${effects.length} answers`, {
    help: `say which with --effect: ${effects.map(({ text }) => text).join('; ')}`,
  });
}
