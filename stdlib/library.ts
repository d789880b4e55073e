// The standard library, as the doors hand it to the compiler and the machine.
//
//     natives/*.ts  ──────▶ registry      what the host computes
//     prelude/*.flow ─────▶ `builtins`    what is part of the language and written in flow
//     modules/**/*.flow ──▶ json, flow.http, …
//
// From the sources, modules are compiled by whoever imports them. In the built package they were
// compiled ahead (bin/build-stdlib.ts): one file, of which a module is decoded when it is asked
// for, so that a command starts without a parser's work.
//
// Owns: which files make up the library, and where they are.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Environment, FoundModule } from '../compiler/compile.ts';
import { Source } from '../compiler/diagnostics/source.ts';
import { decode, encode, isList, type Plain } from '../vm/bytecode/codec.ts';
import { decodeModule } from '../vm/bytecode/decode.ts';
import { encodeModule } from '../vm/bytecode/encode.ts';
import { FlowError } from '../vm/bytecode/errors.ts';
import { know } from '../vm/bytecode/known.ts';
import type { Module } from '../vm/bytecode/program.ts';
import { Registry } from '../vm/machine/registry.ts';
import { attributeTables, nativeTables } from './tables.ts';

/** Name of the module that the prelude's files make up together. */
const PRELUDE = 'builtins';

/** The compiled library, beside the compiled library.ts. */
export const COMPILED_NAME = 'library.fbl';

/** Of the layout of that file. */
const COMPILED_VERSION = 1;

/** One module of the library as text. */
export interface LibraryModule {
  /** Dotted: `flow.http`. */
  readonly name: string;
  /** As tracebacks call it. */
  readonly file: string;
  readonly isPackage: boolean;
  readonly text: string;
}

export interface Library {
  readonly registry: Registry;
  /** For compiling programs that import it. */
  readonly environment: LibraryEnvironment;
}

export interface LibraryEnvironment extends Environment {
  /** Let go of the compiled library's bytes: they are read again for the next module. */
  readonly release?: () => void;
}

let registry: Registry | null = null;

/** The registry of every native. Types are of the process, so there is one. */
export function makeRegistry(): Registry {
  registry ??= new Registry(nativeTables.flat(), attributeTables.flat());
  return registry;
}

let opened: Library | null = null;

/** The library of this process. */
export function openLibrary(): Library {
  opened ??= { registry: makeRegistry(), environment: makeEnvironment(makeRegistry()) };
  return opened;
}

/** The library's environment, to compile from its sources: what the build uses. */
export function sourceEnvironment(from: Registry = makeRegistry()): Environment {
  const modules = new Map(libraryModules().map((module) => [module.name, module]));
  return {
    ...namesOf(from),
    moduleNames: [...modules.keys()].filter((name) => name !== PRELUDE),
    findModule: (dotted) => asFound(modules.get(dotted)),
  };
}

function makeEnvironment(from: Registry): LibraryEnvironment {
  const path = fileURLToPath(new URL(COMPILED_NAME, import.meta.url));
  return existsSync(path) ? compiledEnvironment(path, from) : lazySources(from);
}

/** The library's environment from a file that encodeLibrary() made. */
export function compiledEnvironment(
  path: string,
  from: Registry = makeRegistry(),
): LibraryEnvironment {
  const { names, module, release } = readLibrary(path);
  return {
    ...namesOf(from),
    moduleNames: names.filter((name) => name !== PRELUDE),
    compiledModule: module,
    findModule: () => null,
    release,
  };
}

/** As sourceEnvironment, but nothing is read before somebody asks. */
function lazySources(from: Registry): Environment {
  let made: Environment | null = null;
  const sources = (): Environment => (made ??= sourceEnvironment(from));
  return {
    ...namesOf(from),
    get moduleNames() {
      return sources().moduleNames ?? [];
    },
    findModule: (dotted) => sources().findModule(dotted),
  };
}

function asFound(module: LibraryModule | undefined): FoundModule | null {
  if (module === undefined) return null;
  const { file, text, isPackage } = module;
  return { source: new Source(file, text), isPackage, isLibrary: true };
}

function namesOf(from: Registry): Pick<Environment, 'builtins' | 'intrinsics' | 'natives'> {
  const builtins = new Set<string>();
  const intrinsics = new Set<string>();
  for (const name of from.builtins.keys()) {
    if (name.startsWith('_') && !name.startsWith('__')) intrinsics.add(name);
    else builtins.add(name);
  }
  return { builtins, intrinsics, natives: from.versions() };
}

// ------------------------------------------------------------------ sources

/**
 * The folder of prelude/ and modules/: beside this file, or in the package that it was built into.
 */
function sourceFolder(): URL {
  const here = new URL('./', import.meta.url);
  const isBuilt = !existsSync(new URL('prelude', here));
  return isBuilt ? new URL('../../stdlib/', import.meta.url) : here;
}

/** Every module of the library, the prelude as one among them. */
export function libraryModules(): LibraryModule[] {
  const folder = sourceFolder();
  return [readPrelude(folder), ...readModules(new URL('modules/', folder), [])];
}

/** The prelude's files are one module, in the order of their names. */
function readPrelude(folder: URL): LibraryModule {
  const prelude = new URL('prelude/', folder);
  const texts = flowFiles(prelude).map((file) => readFileSync(new URL(file, prelude), 'utf8'));
  return { name: PRELUDE, file: '<prelude>', isPackage: false, text: texts.join('\n\n') };
}

function flowFiles(folder: URL): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.flow'))
    .toSorted();
}

function readModules(folder: URL, path: readonly string[]): LibraryModule[] {
  const modules: LibraryModule[] = [];
  for (const file of flowFiles(folder)) {
    const base = file.slice(0, -'.flow'.length);
    const isPackage = base === '__init__';
    const name = [...path, ...(isPackage ? [] : [base])].join('.');
    const text = readFileSync(new URL(file, folder), 'utf8');
    modules.push({ name, file: `<${[...path, file].join('/')}>`, isPackage, text });
  }
  const folders = readdirSync(folder, { withFileTypes: true }).filter((each) => each.isDirectory());
  for (const { name } of folders.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    modules.push(...readModules(new URL(`${name}/`, folder), [...path, name]));
  }
  return modules;
}

// ----------------------------------------------------------------- compiled

/** The compiled library as one file: name and bytes of each module. */
export function encodeLibrary(modules: readonly Module[]): Uint8Array {
  const rows = modules.map((module): Plain => [module.name, encodeModule(module)]);
  return encode([COMPILED_VERSION, rows]);
}

interface CompiledLibrary {
  readonly names: readonly string[];
  readonly module: (dotted: string) => Module | null;
  readonly release: () => void;
}

/** A module is decoded when it is asked for. */
function readLibrary(path: string): CompiledLibrary {
  const read = (): ReadonlyMap<string, Uint8Array> => decodeLibrary(readFileSync(path), path);
  let blobs: ReadonlyMap<string, Uint8Array> | null = read();
  const names = new Set(blobs.keys());
  const decoded = new Map<string, Module>();
  return {
    names: [...names],
    module: (dotted) => {
      let module = decoded.get(dotted);
      if (module === undefined && names.has(dotted)) {
        blobs ??= read();
        // Bytes of its own: those of the whole file can be let go.
        const bytes = blobs.get(dotted)?.slice();
        if (bytes === undefined) return null;
        module = decodeModule(bytes);
        know(module, bytes);
        decoded.set(dotted, module);
      }
      return module ?? null;
    },
    release: () => {
      blobs = null;
    },
  };
}

function decodeLibrary(bytes: Uint8Array, path: string): ReadonlyMap<string, Uint8Array> {
  const value = decode(bytes);
  const [version, rows] = isList(value) ? value : [];
  const blobs = new Map<string, Uint8Array>();
  for (const row of isList(rows) ? rows : []) {
    const [name, blob] = isList(row) ? row : [];
    if (typeof name === 'string' && blob instanceof Uint8Array) blobs.set(name, blob);
  }
  if (version !== COMPILED_VERSION || blobs.size === 0) {
    throw new FlowError('FLOW_PROGRAM_CORRUPT', `${path} is not this version's library`, { path });
  }
  return blobs;
}
