#!/usr/bin/env node
// flowvm: runs programs, and looks after runs.
//
//     flowvm run FILE.fbc [options] [-- args]     start a run, and go on until it ends
//     flowvm resume [RUN...]                      go on with what is unfinished
//     flowvm ps | show | why | history            look
//     flowvm log | blame | what-if                look into the past of a run
//     flowvm answer | set | cancel                change one run
//     flowvm export | import                      carry one run elsewhere
//     flowvm adopt | verify                       the store as a whole
//     flowvm crash-test FILE.flow                 what crashes do to a program
//
// One command a file, in commands/.

import { Command } from 'commander';
import { adoptCommand } from './commands/adopt.ts';
import { answerCommand } from './commands/answer.ts';
import { blameCommand } from './commands/blame.ts';
import { cancelCommand } from './commands/cancel.ts';
import { crashTestCommand } from './commands/crash-test.ts';
import { exportCommand } from './commands/export.ts';
import { historyCommand } from './commands/history.ts';
import { importCommand } from './commands/import.ts';
import { logCommand } from './commands/log.ts';
import { psCommand } from './commands/ps.ts';
import { resumeCommand } from './commands/resume.ts';
import { runCommand } from './commands/run.ts';
import { setCommand } from './commands/set.ts';
import { showCommand } from './commands/show.ts';
import { verifyCommand } from './commands/verify.ts';
import { whatIfCommand } from './commands/what-if.ts';
import { whyCommand } from './commands/why.ts';
import { launchIfStarted } from './launch.ts';
import { EXIT, usageStatus, type ExitStatus } from './terminal.ts';
import { VERSION } from './version.ts';

const program = new Command('flowvm')
  .description('Run flow programs, and look after runs.')
  .version(VERSION)
  .showHelpAfterError('to see how: flowvm --help, flowvm COMMAND --help')
  .exitOverride();

for (const make of [
  runCommand,
  resumeCommand,
  psCommand,
  showCommand,
  whyCommand,
  historyCommand,
  whatIfCommand,
  answerCommand,
  setCommand,
  logCommand,
  blameCommand,
  cancelCommand,
  exportCommand,
  importCommand,
  adoptCommand,
  verifyCommand,
  crashTestCommand,
]) {
  program.addCommand(make().copyInheritedSettings(program));
}

export async function main(argv: readonly string[]): Promise<ExitStatus> {
  try {
    await program.parseAsync([...argv]);
    return (process.exitCode ?? EXIT.done) as ExitStatus;
  } catch (error) {
    return usageStatus(error);
  }
}

launchIfStarted(import.meta.url, main);
