// DBOS as a peer: a PostgreSQL, and the process that holds library and program.
//
//     harness ──IPC──▶ app.ts ──TCP──▶ postgres
//
// Invariant: D1. kill() ends the app only: the database is the machine that stays.

import { join } from 'node:path';
import { hear, Line } from '../messages.ts';
import type { Job, Peer, PeerKind, Place } from '../peer.ts';
import { Child, packageFolder, versionOf } from '../processes.ts';
import { Waits } from '../waits.ts';
import { Postgres, postgresPackage } from './postgres.ts';

const PACKAGE = '@dbos-inc/dbos-sdk';

class Dbos implements Peer {
  readonly #place: Place;
  readonly #waits = new Waits<true>();
  #postgres: Postgres | null = null;
  #app: Child | null = null;
  #line: Line | null = null;

  constructor(place: Place) {
    this.#place = place;
  }

  async start(): Promise<void> {
    const { directory, port } = this.#place;
    this.#postgres = await Postgres.start(join(directory, 'postgres'), await port());
    await this.restart();
  }

  async restart(): Promise<void> {
    const app = new Child(process.execPath, [join(import.meta.dirname, 'app.ts')], {
      name: 'the application',
      log: join(this.#place.directory, 'app.log'),
      speaks: true,
    });
    this.#app = app;
    this.#line = new Line(app);
    hear(app, (told) => this.#waits.add((told as { readonly waits: string }).waits, true));
    await this.#call('launch', this.#postgres?.url);
  }

  async kill(): Promise<void> {
    await this.#app?.end();
  }

  async stop(): Promise<void> {
    await this.kill();
    await this.#postgres?.stop();
  }

  async submit(id: string, job: Job): Promise<void> {
    await this.#call('submit', id, job);
  }

  async result(id: string): Promise<number> {
    return (await this.#call('result', id)) as number;
  }

  async run(id: string, job: Job): Promise<number> {
    return (await this.#call('run', id, job)) as number;
  }

  async waiting(ids: readonly string[]): Promise<void> {
    await this.#waits.all(ids);
  }

  async signal(id: string, value: number): Promise<void> {
    await this.#call('signal', id, value);
  }

  processes(): readonly number[] {
    return [this.#app, this.#postgres].flatMap((each) => (each === null ? [] : [each.pid]));
  }

  async facts(): Promise<Readonly<Record<string, string>>> {
    const settings = ['fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method'];
    return {
      sdk: versionOf(PACKAGE),
      postgres: versionOf(postgresPackage()),
      ...Object.fromEntries(settings.map((name) => [name, this.#postgres?.setting(name) ?? '?'])),
    };
  }

  #call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    if (this.#line === null) throw new Error('not started');
    return this.#line.call(method, ...args);
  }
}

export const DBOS: PeerKind = {
  about: 'DBOS Transact for TypeScript, with PostgreSQL on the same machine',
  modes: { delivered: 'as delivered' },
  open(place) {
    packageFolder(PACKAGE);
    packageFolder(postgresPackage());
    return new Dbos(place);
  },
};
