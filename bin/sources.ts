// Where source text comes from: the script, the user's modules beside it, and
// the standard library.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Report } from '../compiler/diagnostics/report.ts';
import { Source } from '../compiler/diagnostics/source.ts';
import type { Environment, FoundModule } from '../compiler/compile.ts';
import type { Library } from '../stdlib/library.ts';
import { UsageError } from './told.ts';

/** Endings of a module's file, in the order in which they are looked for. */
const ENDINGS = ['.flow', '.py'] as const;

/** A script as the compiler sees it; its name is as the user gave it. */
export function readSource(path: string): Source {
  // Reading a directory fails without saying which.
  if (existsSync(path) && statSync(path).isDirectory()) {
    throw new UsageError(`${path} is a directory`);
  }
  return new Source(path, decode(readFileSync(path), path));
}

/** Text of a source file: UTF-8, as Python wants it. */
function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UsageError(`${path} is not UTF-8 text`);
  }
}

/** Modules beside the script come first, as in Python; then the library's. */
export function environment(script: string, library: Library): Environment {
  const root = dirname(script);
  return {
    ...library.environment,
    findModule: (dotted) => findBeside(root, dotted) ?? library.environment.findModule(dotted),
  };
}

function findBeside(root: string, dotted: string): FoundModule | null {
  const path = join(root, ...dotted.split('.'));
  for (const ending of ENDINGS) {
    const inPackage = join(path, `__init__${ending}`);
    if (isFile(inPackage)) return found(inPackage, true);
    if (isFile(path + ending)) return found(path + ending, false);
  }
  return null;
}

function found(path: string, isPackage: boolean): FoundModule {
  return { source: readSource(path), isPackage, isLibrary: false };
}

/**
 * What a report says of the user's own modules. Warnings about the library's are for those who
 * build it (build-stdlib.ts says them); errors are always told.
 */
export function aboutUserModules(report: Report): Report {
  const own = new Report();
  for (const found of report.diagnostics) {
    if (found.severity === 'error' || !found.source.name.startsWith('<')) own.add(found);
  }
  return own;
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

/** Where a program goes when nobody says: beside the script's name, in the present folder. */
export function outputName(script: string): string {
  const name = basename(script);
  const dot = name.lastIndexOf('.');
  return `${dot > 0 ? name.slice(0, dot) : name}.fbc`;
}
