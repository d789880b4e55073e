// Calling the commands as a person would: real processes, with a store of their own.
//
// From the build if it is newer than all sources, for it starts faster; else from the sources.

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environment } from '../../bin/sources.ts';
import { compile } from '../../compiler/compile.ts';
import { renderReport } from '../../compiler/diagnostics/render.ts';
import { Report } from '../../compiler/diagnostics/report.ts';
import { Source } from '../../compiler/diagnostics/source.ts';
import { openLibrary } from '../../stdlib/library.ts';
import { encodeProgram } from '../../vm/bytecode/encode.ts';
import { testEnvironment } from '../harness/library.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = ['bin', 'compiler', 'examples', 'stdlib', 'vm'];

/** Whether nothing was changed since the build, whose last step is the image. */
function isBuilt(): boolean {
  const built = join(ROOT, 'dist', 'image', 'node');
  if (!existsSync(built)) return false;
  const builtMs = statSync(built).mtimeMs;
  return SOURCES.every((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).every(
      (file) => statSync(join(ROOT, folder, file)).mtimeMs < builtMs,
    ),
  );
}

const BUILT = isBuilt();

export type CommandName = 'flowc' | 'flowvm' | 'flowmetal';

/** How a command is called: by its launcher if it is built, as a person would; else its source. */
export function commandWords(name: CommandName): readonly [program: string, ...args: string[]] {
  const hasLauncher = BUILT && process.platform !== 'win32';
  if (hasLauncher) return [join(ROOT, 'node_modules', '.bin', name)];
  return [process.execPath, join(ROOT, 'bin', `${name}.ts`)];
}

/** A command's own module as it was built; null if the build is older than the sources. */
export function builtFile(name: CommandName): string | null {
  return BUILT ? join(ROOT, 'dist', 'bin', `${name}.js`) : null;
}

export function demoFile(): string {
  return join(ROOT, BUILT ? 'dist/examples/demo/demo.js' : 'examples/demo/demo.ts');
}

export interface Result {
  /** The exit status, or the signal that ended the process. */
  readonly status: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export class Running {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  private readonly ended: Promise<Result>;
  private watchers: (() => void)[] = [];

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.changed();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.changed();
    });
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        resolve({ status: signal ?? code, stdout: this.stdout, stderr: this.stderr });
        this.changed();
      });
    });
  }

  private changed(): void {
    const { watchers } = this;
    this.watchers = [];
    for (const watcher of watchers) watcher();
  }

  /**
   * Resolves when what was written to stdout or stderr matches; fails if the command ends first.
   */
  async says(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.stdout + this.stderr)) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        const { status, stdout, stderr } = await this.ended;
        if (pattern.test(stdout + stderr)) return;
        throw new Error(`ended with ${status} before saying ${pattern}:\n${stdout}${stderr}`);
      }
      await new Promise<void>((resolve) => this.watchers.push(resolve));
    }
  }

  signal(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGKILL'): void {
    this.child.kill(signal);
  }

  async end(): Promise<Result> {
    return await this.ended;
  }
}

/** A folder with a store and programs, and commands that know of it. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'flow-commands-'));
  readonly store = join(this.folder, 'store');
  private readonly running = new Set<Running>();

  /** Write a file; returns its path. */
  file(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  start(name: CommandName, args: readonly string[], env: Record<string, string> = {}): Running {
    const [program, ...before] = commandWords(name);
    const child = spawn(program, [...before, ...args], {
      cwd: this.folder,
      env: {
        ...process.env,
        FLOWMETAL_STORE: this.store,
        FLOWMETAL_HOST: 'test',
        NO_COLOR: '1',
        TZ: 'UTC',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const running = new Running(child);
    this.running.add(running);
    void running.end().then(() => this.running.delete(running));
    return running;
  }

  async call(
    name: CommandName,
    args: readonly string[],
    env: Record<string, string> = {},
  ): Promise<Result> {
    return await this.start(name, args, env).end();
  }

  /** Compile a program, in this process; returns the path of its `.fbc`. */
  compile(name: string, text: string): string {
    const report = new Report();
    const file = `${name}.flow`;
    const program = compile(
      new Source(file, text),
      environment(join(this.folder, file), { ...openLibrary(), environment: testEnvironment() }),
      report,
    );
    if (program === null) throw new Error(renderReport(report, { colour: false }));
    const output = this.path(`${name}.fbc`);
    writeFileSync(output, encodeProgram(program));
    return output;
  }

  async close(): Promise<void> {
    const ends = [...this.running].map((each) => {
      each.signal('SIGKILL');
      return each.end();
    });
    await Promise.all(ends);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
