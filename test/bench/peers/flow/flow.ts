// Flow as a peer: one process with store, driver and the functions it serves.
//
//     harness ──IPC──▶ app.ts            starts, results
//             ──HTTP─▶ its callbacks     signals

import { join } from 'node:path';
import { hear, Line } from '../messages.ts';
import type { Job, Peer, PeerKind, Place } from '../peer.ts';
import { Child } from '../processes.ts';
import { Waits } from '../waits.ts';
import { VERSION } from '../../../../bin/version.ts';

const ENTRIES = { calls: 'calling', checkpoints: 'checking' } as const;

class Flow implements Peer {
  readonly #place: Place;
  readonly #entry: string;
  /** Where a waiting run takes its signal. */
  readonly #waits = new Waits<string>();
  #port = 0;
  #app: Child | null = null;
  #line: Line | null = null;

  constructor(place: Place) {
    this.#place = place;
    this.#entry = ENTRIES[place.mode as keyof typeof ENTRIES];
  }

  async start(): Promise<void> {
    this.#port = await this.#place.port();
    await this.restart();
  }

  async restart(): Promise<void> {
    const { directory } = this.#place;
    const args = [join(import.meta.dirname, 'app.ts'), join(directory, 'store'), `${this.#port}`];
    const app = new Child(process.execPath, args, {
      name: 'the application',
      log: join(directory, 'app.log'),
      speaks: true,
    });
    this.#app = app;
    this.#line = new Line(app);
    hear(app, (told) => {
      const { waits, url } = told as { readonly waits: string; readonly url: string };
      this.#waits.add(waits, url);
    });
    await this.#call('launch');
  }

  async kill(): Promise<void> {
    await this.#app?.end();
  }

  async stop(): Promise<void> {
    await this.kill();
  }

  async submit(id: string, job: Job): Promise<void> {
    await this.#call('submit', id, job, this.#entry);
  }

  async result(id: string): Promise<number> {
    return (await this.#call('result', id)) as number;
  }

  async run(id: string, job: Job): Promise<number> {
    return (await this.#call('run', id, job, this.#entry)) as number;
  }

  async waiting(ids: readonly string[]): Promise<void> {
    await this.#waits.all(ids);
  }

  async signal(id: string, value: number): Promise<void> {
    const response = await fetch(this.#waits.get(id) ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value),
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    await response.arrayBuffer();
  }

  processes(): readonly number[] {
    return this.#app === null ? [] : [this.#app.pid];
  }

  facts(): Promise<Readonly<Record<string, string>>> {
    return Promise.resolve({ version: VERSION, store: 'LevelDB, each write synced' });
  }

  #call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    if (this.#line === null) throw new Error('not started');
    return this.#line.call(method, ...args);
  }
}

export const FLOW: PeerKind = {
  about: 'this project, in a process of its own, its store on LevelDB',
  modes: {
    calls: 'a step is a call of a function in the same process, by the outbox',
    checkpoints: 'a step is checkpoint()',
  },
  open: (place) => new Flow(place),
};
