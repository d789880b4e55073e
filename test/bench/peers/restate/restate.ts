// Restate as a peer: its server, and beside it the process that holds the program.
//
//     harness ──HTTP──▶ server (ingress, admin) ◀──HTTP/2──▶ service.ts
//        ▲                                                      │
//        └───────────────── awakeables' ids, by IPC ────────────┘
//
// A run is an invocation with its id as the idempotency key, so that its result can be asked for
// again after a crash. The harness sends signals to the ingress, as Restate's users do.
//
// Invariant: R1. The server's and the endpoint's ports stay the same across a kill.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Job, Peer, PeerKind, Place } from '../peer.ts';
import { hear } from '../messages.ts';
import { Child, packageFolder, Refused, sleep, until, versionOf } from '../processes.ts';
import { Waits } from '../waits.ts';
import { HttpClient } from './http.ts';

/** What the service is given: a job, and what the run is called. */
export interface ServiceJob extends Job {
  readonly id: string;
}

interface Mode {
  readonly about: string;
  readonly env: Readonly<Record<string, string>>;
  readonly protocol: 'streaming' | 'request-response';
  /** Whether a run that waits leaves the memory of its service soon. */
  readonly suspends: boolean;
}

const INACTIVITY = 'RESTATE_WORKER__INVOKER__INACTIVITY_TIMEOUT';
const CONCURRENT = 'RESTATE_WORKER__INVOKER__CONCURRENT_INVOCATIONS_LIMIT';

const MODES: Readonly<Record<string, Mode>> = {
  delivered: {
    about: 'as delivered: a waiting run is suspended after a minute, 1,000 are in memory at once',
    env: {},
    protocol: 'streaming',
    suspends: false,
  },
  suspending: {
    about: 'a waiting run is suspended after 0.2 s, and replayed from its journal to go on',
    env: { [INACTIVITY]: '200ms' },
    protocol: 'streaming',
    suspends: true,
  },
  resident: {
    about: 'waiting runs are never suspended, and 20,000 may be in memory',
    env: { [INACTIVITY]: '1day', [CONCURRENT]: '20000' },
    protocol: 'streaming',
    suspends: false,
  },
  replaying: {
    about: 'request and response instead of a stream, as for serverless: replayed at each step',
    env: {},
    protocol: 'request-response',
    suspends: true,
  },
};

class Restate implements Peer {
  readonly #place: Place;
  readonly #mode: Mode;
  readonly #http = new HttpClient();
  /** Runs that wait, and their awakeables. */
  readonly #waits = new Waits<string>();
  #ports: Ports | null = null;
  #server: Child | null = null;
  #service: Child | null = null;

  constructor(place: Place, mode: Mode) {
    this.#place = place;
    this.#mode = mode;
  }

  async start(): Promise<void> {
    const { port } = this.#place;
    const ports = {
      ingress: await port(),
      admin: await port(),
      node: await port(),
      service: await port(),
    };
    this.#ports = ports;
    await this.restart();
    await this.#admin('/deployments', { uri: `http://127.0.0.1:${ports.service}` });
  }

  async restart(): Promise<void> {
    const { directory } = this.#place;
    const ports = this.#known();
    const server = new Child(serverBinary(), ['--no-logo', '--listen-mode', 'tcp'], {
      name: 'restate-server',
      log: join(directory, 'server.log'),
      cwd: directory,
      env: this.#serverEnv(),
    });
    this.#server = server;
    const service = new Child(
      process.execPath,
      [join(import.meta.dirname, 'service.ts'), String(ports.service), this.#mode.protocol],
      { name: 'the service', log: join(directory, 'service.log'), speaks: true },
    );
    this.#service = service;
    await new Promise<void>((resolve) => {
      hear(service, (told) => this.#told(told as Told, resolve));
    });
    const isUp = (port: number, path: string): Promise<boolean> =>
      this.#http.isUp(`http://127.0.0.1:${port}${path}`);
    await until(() => isUp(ports.admin, '/health'), server);
    await until(() => isUp(ports.ingress, '/restate/health'), server);
  }

  async kill(): Promise<void> {
    this.#http.forget();
    await Promise.all(this.#children().map((child) => child.end()));
  }

  async stop(): Promise<void> {
    await this.kill();
  }

  async submit(id: string, job: Job): Promise<void> {
    const url = `${this.#ingress()}/Runs/run/send`;
    await this.#http.post(url, { id, ...job } satisfies ServiceJob, { 'idempotency-key': id });
  }

  async result(id: string): Promise<number> {
    return (await this.#http.get(
      `${this.#ingress()}/restate/invocation/Runs/run/${id}/attach`,
    )) as number;
  }

  async run(id: string, job: Job): Promise<number> {
    const url = `${this.#ingress()}/Runs/run`;
    const headers = { 'idempotency-key': id };
    return (await this.#http.post(url, { id, ...job } satisfies ServiceJob, headers)) as number;
  }

  async waiting(ids: readonly string[]): Promise<void> {
    await this.#waits.all(ids);
    if (!this.#mode.suspends) return;
    const among = ids.length === 1 ? ` AND idempotency_key = '${ids[0]}'` : '';
    const query =
      `SELECT idempotency_key AS id FROM sys_invocation_status ` +
      `WHERE status = 'suspended' AND target_service_name = 'Runs'${among}`;
    for (;;) {
      const { rows } = (await this.#admin('/query', { query })) as { rows: { id: string }[] };
      const suspended = new Set(rows.map((row) => row.id));
      if (ids.every((id) => suspended.has(id))) return;
      await sleep(ids.length === 1 ? 20 : 500);
    }
  }

  async signal(id: string, value: number): Promise<void> {
    const awakeable = this.#waits.get(id);
    if (awakeable === undefined) throw new Error(`${id} has told of no awakeable`);
    await this.#http.post(`${this.#ingress()}/restate/awakeables/${awakeable}/resolve`, value);
  }

  processes(): readonly number[] {
    return this.#children().map((child) => child.pid);
  }

  async facts(): Promise<Readonly<Record<string, string>>> {
    const env = { ...process.env, ...this.#serverEnv() };
    const { stdout } = spawnSync(serverBinary(), ['--dump-config'], { encoding: 'utf8', env });
    const log = stdout.slice(stdout.indexOf('\n[log-server]'));
    return {
      server: versionOf('@restatedev/restate-server'),
      sdk: versionOf('@restatedev/restate-sdk'),
      'log-server.rocksdb-disable-wal-fsync': settingOf(log, 'rocksdb-disable-wal-fsync'),
      'default-replication': settingOf(stdout, 'default-replication'),
      'worker.invoker.inactivity-timeout': settingOf(stdout, 'inactivity-timeout'),
    };
  }

  #serverEnv(): Readonly<Record<string, string>> {
    const ports = this.#known();
    return {
      RESTATE_BASE_DIR: join(this.#place.directory, 'data'),
      RESTATE_NODE_NAME: 'bench',
      RESTATE_BIND_IP: '127.0.0.1',
      RESTATE_BIND_PORT: String(ports.node),
      RESTATE_ADVERTISED_HOST: '127.0.0.1',
      RESTATE_ADMIN__BIND_PORT: String(ports.admin),
      RESTATE_INGRESS__BIND_PORT: String(ports.ingress),
      RESTATE_DISABLE_TELEMETRY: 'true',
      RESTATE_LOG_FORMAT: 'compact',
      RESTATE_LOG_DISABLE_ANSI_CODES: 'true',
      ...this.#mode.env,
    };
  }

  #children(): Child[] {
    return [this.#server, this.#service].filter((child) => child !== null);
  }

  #told(told: Told, listens: () => void): void {
    if (told.ready === true) listens();
    if (told.waits === undefined || told.awakeable === undefined) return;
    this.#waits.add(told.waits, told.awakeable);
  }

  #known(): Ports {
    if (this.#ports === null) throw new Error('not started');
    return this.#ports;
  }

  #ingress(): string {
    return `http://127.0.0.1:${this.#known().ingress}`;
  }

  #admin(path: string, body: unknown): Promise<unknown> {
    return this.#http.post(`http://127.0.0.1:${this.#known().admin}${path}`, body);
  }
}

interface Ports {
  readonly ingress: number;
  readonly admin: number;
  readonly node: number;
  readonly service: number;
}

interface Told {
  readonly ready?: boolean;
  readonly waits?: string;
  readonly awakeable?: string;
}

/** A setting as the server prints its own. */
function settingOf(toml: string, name: string): string {
  const [, value = '?'] = new RegExp(`^${name} = "?(.*?)"?$`, 'm').exec(toml) ?? [];
  return value;
}

/** The server itself, not the script that starts it: SIGKILL must reach it. */
function serverBinary(): string {
  packageFolder('@restatedev/restate-server');
  const name = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  return join(packageFolder(name), 'bin', 'restate-server');
}

export const RESTATE: PeerKind = {
  about: 'Restate, one node, and a service of its TypeScript SDK',
  modes: Object.fromEntries(Object.entries(MODES).map(([name, { about }]) => [name, about])),
  open(place) {
    serverBinary();
    packageFolder('@restatedev/restate-sdk');
    const mode = MODES[place.mode];
    if (mode === undefined) throw new Refused(`Restate has no mode ${place.mode}`);
    return new Restate(place, mode);
  },
};
