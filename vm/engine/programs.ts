// Programs: from the store's blobs to code that machines share, and to states that runs share.
//
//     store ──load──▶ decode ──▶ verify, link ──▶ LinkedProgram
//     store ──base──▶ decode ──▶ check ──────────▶ Base
//
// Invariant: PG1. What is linked was read by hash and verified (Linker), whoever wrote it (L7). For
// a module that this process knows by its hash (known.ts) the store is not asked.

import { decodeManifest, unpackProgram } from '../bytecode/decode.ts';
import type { PackedProgram } from '../bytecode/encode.ts';
import { FlowError } from '../bytecode/errors.ts';
import { sha256Hex } from '../bytecode/hash.ts';
import { knownByHash } from '../bytecode/known.ts';
import type { Module } from '../bytecode/program.ts';
import { Linker, type LinkedProgram } from '../machine/link.ts';
import type { Registry } from '../machine/registry.ts';
import { decodeBase, makeBase, type Base } from '../snapshot/base.ts';
import type { CodeHash, RunRecord, Store } from '../store/store.ts';

type GetCode = (hash: CodeHash) => Uint8Array | Promise<Uint8Array>;

/** Linked programs kept for the next run of them. */
const PROGRAMS_MAX = 64;

/** Base images kept, likewise: with what was read of them, some MB each at most. */
const BASES_MAX = 32;

/** What was read last, by hash. */
class Recent<T> {
  private readonly found = new Map<string, Promise<T>>();
  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  get(hash: string, read: () => Promise<T>): Promise<T> {
    let found = this.found.get(hash);
    if (found !== undefined) this.found.delete(hash);
    else {
      found = read();
      // A failure is not kept: the next run may find the blob that was missing.
      found.catch(() => this.found.delete(hash));
    }
    this.found.set(hash, found);
    if (this.found.size > this.max) {
      const [oldest] = this.found.keys();
      if (oldest !== undefined) this.found.delete(oldest);
    }
    return found;
  }
}

interface Known {
  readonly linked: Recent<LinkedProgram>;
  /** Base images by their own hash. */
  readonly bases: Recent<Base>;
  /** Those made here, by program. */
  readonly made: Recent<Base | null>;
}

/** By linker, since a hash means the same program in every store. */
const knownBy = new WeakMap<Linker, Known>();

export class Programs {
  private readonly store: Pick<Store, 'getCode'>;
  private readonly registry: Registry;
  private readonly linker: Linker;
  private readonly known: Known;

  constructor(store: Pick<Store, 'getCode'>, registry: Registry) {
    this.store = store;
    this.registry = registry;
    this.linker = Linker.of(registry);
    let known = knownBy.get(this.linker);
    if (known === undefined) {
      known = {
        linked: new Recent(PROGRAMS_MAX),
        bases: new Recent(BASES_MAX),
        made: new Recent(BASES_MAX),
      };
      knownBy.set(this.linker, known);
    }
    this.known = known;
  }

  /** Take a program that may be on its way to the store. */
  take({ hash, manifest, modules }: PackedProgram): Promise<LinkedProgram> {
    return this.known.linked.get(hash, () => {
      const blobs = new Map(
        [...modules, { hash, bytes: manifest }].map((each) => [each.hash, each]),
      );
      return this.read(hash, (of) => {
        const bytes = blobs.get(of)?.bytes;
        return bytes !== undefined && sha256Hex(bytes) === of ? bytes : this.store.getCode(of);
      });
    });
  }

  /** The program of a hash, ready to be run. */
  load(hash: CodeHash): Promise<LinkedProgram> {
    return this.known.linked.get(hash, () => this.read(hash, (of) => this.store.getCode(of)));
  }

  /**
   * The base image that a run begins from: what is listed with its code and is no module of its
   * program. Null for one that executes its imports.
   *
   * @throws FLOW_CODE_UNKNOWN, FLOW_SNAPSHOT_CORRUPT, FLOW_SNAPSHOT_VERSION, FLOW_NATIVE_MISSING
   */
  async baseOf(
    { modules }: Pick<RunRecord, 'modules'>,
    program: LinkedProgram,
  ): Promise<Base | null> {
    const hash = modules.findLast((each) => !program.unitsByHash.has(each));
    if (hash === undefined) return null;
    return this.known.bases.get(hash, async () =>
      decodeBase(program, this.registry, await this.store.getCode(hash)),
    );
  }

  /** The base image of a program, made here; null if it has none. */
  async base(packed: PackedProgram): Promise<Base | null> {
    const base = await this.known.made.get(packed.hash, async () =>
      makeBase(await this.take(packed), this.registry),
    );
    // Who is given it will ask for it before it can be read.
    if (base !== null) await this.known.bases.get(base.hash, () => Promise.resolve(base));
    return base;
  }

  private async read(hash: CodeHash, getCode: GetCode): Promise<LinkedProgram> {
    const manifest = await getCode(hash);
    const { modules } = decodeManifest(manifest);
    const parts = new Map<CodeHash, Module | Uint8Array>();
    await Promise.all(
      modules.map(async (module) => {
        const part = knownByHash(module.hash) ?? (await getCode(module.hash));
        parts.set(module.hash, part);
      }),
    );
    const program = unpackProgram(manifest, (name, of) => partOf(parts, name, of));
    return this.linker.link(
      program,
      hash,
      modules.map((module) => module.hash),
    );
  }
}

function partOf(
  parts: ReadonlyMap<CodeHash, Module | Uint8Array>,
  name: string,
  hash: CodeHash,
): Module | Uint8Array {
  const part = parts.get(hash);
  if (part !== undefined) return part;
  throw new FlowError('FLOW_CODE_UNKNOWN', `module ${name} is not in the store`, { hash });
}
