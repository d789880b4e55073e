// Programs: from the store's blobs to code that machines share.
//
//     store ──load──▶ decode ──▶ verify, link ──▶ LinkedProgram
//
// Invariant: PG1. What is linked was read by hash and verified (Linker), whoever wrote it (L7). For
// a module that this process knows by its hash (known.ts) the store is not asked.

import { decodeManifest, unpackProgram } from '../bytecode/decode.ts';
import type { PackedProgram } from '../bytecode/encode.ts';
import { FlowError } from '../bytecode/errors.ts';
import { sha256Hex } from '../bytecode/hash.ts';
import { knownByHash } from '../bytecode/known.ts';
import type { Module } from '../bytecode/program.ts';
import type { Linker, LinkedProgram } from '../machine/link.ts';
import type { CodeHash, Store } from '../store/store.ts';

type GetCode = (hash: CodeHash) => Uint8Array | Promise<Uint8Array>;

/** Linked programs kept for the next run of them. */
const PROGRAMS_MAX = 64;

/** By linker, since a hash means the same program in every store. */
const linkedBy = new WeakMap<Linker, Map<CodeHash, Promise<LinkedProgram>>>();

export class Programs {
  private readonly store: Store;
  private readonly linker: Linker;
  private readonly linked: Map<CodeHash, Promise<LinkedProgram>>;

  constructor(store: Store, linker: Linker) {
    this.store = store;
    this.linker = linker;
    let linked = linkedBy.get(linker);
    if (linked === undefined) linkedBy.set(linker, (linked = new Map()));
    this.linked = linked;
  }

  /** Take a program that may be on its way to the store. */
  take({ hash, manifest, modules }: PackedProgram): void {
    if (this.linked.has(hash)) return;
    const blobs = new Map([...modules, { hash, bytes: manifest }].map((each) => [each.hash, each]));
    void this.load(hash, (of) => {
      const bytes = blobs.get(of)?.bytes;
      return bytes !== undefined && sha256Hex(bytes) === of ? bytes : this.store.getCode(of);
    });
  }

  /** The program of a hash, ready to be run. */
  load(hash: CodeHash, getCode: GetCode = (of) => this.store.getCode(of)): Promise<LinkedProgram> {
    let linked = this.linked.get(hash);
    if (linked !== undefined) this.linked.delete(hash);
    else {
      linked = this.read(hash, getCode);
      // A failure is not kept: the next run may find the blob that was missing.
      linked.catch(() => this.linked.delete(hash));
    }
    this.linked.set(hash, linked);
    if (this.linked.size > PROGRAMS_MAX) {
      const [oldest] = this.linked.keys();
      if (oldest !== undefined) this.linked.delete(oldest);
    }
    return linked;
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
    const program = unpackProgram(manifest, (name, of) => {
      const part = parts.get(of);
      if (part !== undefined) return part;
      throw new FlowError('FLOW_CODE_UNKNOWN', `module ${name} is not in the store`, { hash: of });
    });
    return this.linker.link(
      program,
      hash,
      modules.map((module) => module.hash),
    );
  }
}
