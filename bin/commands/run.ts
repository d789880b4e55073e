// flowvm run FILE.fbc [-- args]: starts a run of a compiled program, and drives it until it ends.

import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { decodeProgram } from '../../vm/bytecode/decode.ts';
import { isFlowError } from '../../vm/bytecode/errors.ts';
import type { Program } from '../../vm/bytecode/program.ts';
import type { StartOptions } from '../start.ts';
import type { ExitStatus } from '../terminal.ts';
import { UsageError } from '../told.ts';
import { does, newCommand, withStartOptions, type Call, type StoreOptions } from './frame.ts';

type Options = StoreOptions & StartOptions;

export function runCommand(): Command {
  const command = newCommand('run', 'start a run of a compiled program, and drive it to its end')
    .argument('<file>', 'what flowc has written, FILE.fbc')
    .argument('[args...]', 'sys.argv, or with --entry what the function is given, as JSON or text');
  return does<Options>(withStartOptions(command), run);
}

async function run({ place, options, args, command }: Call<Options>): Promise<ExitStatus> {
  const [file = '', ...rest] = args;
  const { start } = await import('../start.ts');
  return await start({ place, command, program: readProgram(file), file, args: rest, options });
}

function readProgram(file: string): Program {
  const bytes = readFileSync(file);
  try {
    return decodeProgram(bytes);
  } catch (error) {
    const isSource = /\.(flow|py)$/.test(file);
    if (!isSource || !isFlowError(error, 'FLOW_PROGRAM_CORRUPT')) throw error;
    throw new UsageError(`${file} is source, not a compiled program`, {
      help: [`compile it: flowc ${file}`, `or do both in one step: flowmetal ${file}`],
    });
  }
}
