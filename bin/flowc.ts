#!/usr/bin/env node
// flowc: compiles a flow program.
//
//     flowc FILE.flow [-o FILE.fbc]      compile
//     flowc FILE.flow --check            only say what is wrong
//     flowc FILE.flow --list             the bytecode as text
//     flowc FILE.flow --dump tree        what one phase made of it

import { existsSync, statSync, writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { compile, namesOf } from '../compiler/compile.ts';
import { Report } from '../compiler/diagnostics/report.ts';
import { renderReport, reportToJSON } from '../compiler/diagnostics/render.ts';
import type { Source } from '../compiler/diagnostics/source.ts';
import { printNames } from '../compiler/names/print.ts';
import { dumpTokens, dumpTree } from '../compiler/syntax/dump.ts';
import { parse, tokenize } from '../compiler/syntax/parse.ts';
import { encodeProgram, packProgram } from '../vm/bytecode/encode.ts';
import { listModule, listProgram } from '../vm/bytecode/list.ts';
import type { Program } from '../vm/bytecode/program.ts';
import { openLibrary } from '../stdlib/library.ts';
import { launchIfStarted } from './launch.ts';
import { aboutUserModules, environment, outputName, readSource } from './sources.ts';
import { STDERR } from './streams.ts';
import { EXIT, hasColours, print, printJson, usageStatus, type ExitStatus } from './terminal.ts';
import { tell, UsageError } from './told.ts';
import { VERSION } from './version.ts';

interface Options {
  readonly output?: string;
  readonly check?: boolean;
  readonly list?: boolean;
  readonly all?: boolean;
  readonly dump?: 'tokens' | 'tree' | 'names';
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const command = new Command('flowc')
  .description('Compile a flow program.')
  .version(VERSION)
  .argument('<file>', 'the program, FILE.flow')
  .option('-o, --output <file>', 'where the compiled program goes; by default FILE.fbc here')
  .option('--check', 'only say what is wrong; write nothing')
  .option('--list', 'print the bytecode of the script')
  .option('--all', 'with --list: of every module, the standard library too')
  .addOption(
    new Option('--dump <phase>', 'print what one phase makes of the script')
      .choices(['tokens', 'tree', 'names'])
      .conflicts(['list', 'check', 'output', 'json']),
  )
  .addOption(
    new Option('--json', 'diagnostics, and what was written, as JSON on stdout').conflicts('list'),
  )
  .option('-q, --quiet', 'no warnings')
  .showHelpAfterError('to see how: flowc --help')
  .exitOverride();

export async function main(argv: readonly string[]): Promise<ExitStatus> {
  try {
    command.parse([...argv]);
  } catch (error) {
    return usageStatus(error);
  }
  const [file = ''] = command.args;
  const options = command.opts<Options>();
  const report = new Report();
  try {
    const source = readSource(file);
    if (options.dump !== undefined) return await dump(source, options.dump, report, options);
    return await compileFile(file, source, report, options);
  } catch (error) {
    return tell('flowc', error, null);
  }
}

async function compileFile(
  file: string,
  source: Source,
  report: Report,
  options: Options,
): Promise<ExitStatus> {
  const program = compile(source, environment(file, openLibrary()), report);
  let output: string | null = null;
  if (program !== null && options.check !== true) {
    if (options.list === true) {
      const script = program.modules.find(({ name }) => name === program.entry);
      await print(
        options.all === true || script === undefined ? listProgram(program) : listModule(script),
      );
    } else {
      output = options.output ?? outputName(file);
      refuseSource(output, program);
      writeFileSync(output, encodeProgram(program));
    }
  }
  if (options.json === true) {
    const hash = program === null ? null : packProgram(program).hash;
    await printJson({ ...reportToJSON(aboutUserModules(report)), output, program: hash });
  } else show(report, options);
  return report.hasErrors ? EXIT.failed : EXIT.done;
}

/** A program must not take the place of what it was made of. */
function refuseSource(output: string, { modules }: Program): void {
  if (!existsSync(output)) return;
  const { dev, ino } = statSync(output);
  for (const { file, isLibrary } of modules) {
    if (isLibrary || !existsSync(file)) continue;
    const source = statSync(file);
    if (source.dev !== dev || source.ino !== ino) continue;
    throw new UsageError(`${output} is the source of ${file}: it would be overwritten`, {
      help: 'say where the program goes: -o FILE.fbc',
    });
  }
}

async function dump(
  source: Source,
  phase: 'tokens' | 'tree' | 'names',
  report: Report,
  options: Options,
): Promise<ExitStatus> {
  if (phase === 'tokens') {
    const tokens = tokenize(source, report);
    if (tokens !== null) await print(dumpTokens(tokens));
  } else if (phase === 'tree') {
    const tree = parse(source, report);
    if (tree !== null) await print(dumpTree(tree));
  } else {
    const names = namesOf(source, report);
    if (names !== null) await print(printNames(names, source));
  }
  show(report, options);
  return report.hasErrors ? EXIT.failed : EXIT.done;
}

function show(report: Report, options: Options): void {
  if (options.quiet === true && !report.hasErrors) return;
  const text = renderReport(aboutUserModules(report), { colour: hasColours(STDERR) });
  if (text !== '') STDERR.write(text);
}

launchIfStarted(import.meta.url, main);
