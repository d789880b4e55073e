// Programs: from the store's blobs to code that machines share, and back.
//
//     PackedProgram ──put──▶ store ──load──▶ decode ──▶ verify, link ──▶ LinkedProgram
//
// Invariant: PG1. What is linked was read by hash and verified (Linker), whoever wrote it (L7).

import { decodeManifest, unpackProgram } from '../bytecode/decode.ts';
import type { PackedProgram } from '../bytecode/encode.ts';
import { FlowError } from '../bytecode/errors.ts';
import type { Linker, LinkedProgram } from '../machine/link.ts';
import type { CodeHash, Store } from '../store/store.ts';

/** Linked programs kept for the next run of them. */
const PROGRAMS_MAX = 64;

/** By linker, since a hash means the same program in every store. */
const linkedBy = new WeakMap<Linker, Map<CodeHash, Promise<LinkedProgram>>>();

export class Programs {
  private readonly store: Store;
  private readonly linker: Linker;
  private readonly linked: Map<CodeHash, Promise<LinkedProgram>>;
  private readonly stored = new Set<CodeHash>();

  constructor(store: Store, linker: Linker) {
    this.store = store;
    this.linker = linker;
    let linked = linkedBy.get(linker);
    if (linked === undefined) linkedBy.set(linker, (linked = new Map()));
    this.linked = linked;
  }

  /** Put a program into the store: its modules, then its manifest. */
  async put(program: PackedProgram): Promise<void> {
    await Promise.all(program.modules.map(({ hash, bytes }) => this.putBlob(hash, bytes)));
    await this.putBlob(program.hash, program.manifest);
  }

  private async putBlob(hash: CodeHash, bytes: Uint8Array): Promise<void> {
    if (this.stored.has(hash)) return;
    await this.store.putCode(hash, bytes);
    this.stored.add(hash);
  }

  /** The program of a hash, ready to be run. */
  load(hash: CodeHash): Promise<LinkedProgram> {
    let linked = this.linked.get(hash);
    if (linked !== undefined) this.linked.delete(hash);
    else {
      linked = this.read(hash);
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

  private async read(hash: CodeHash): Promise<LinkedProgram> {
    const manifest = await this.store.getCode(hash);
    const { modules } = decodeManifest(manifest);
    const blobs = new Map<string, Uint8Array>();
    await Promise.all(
      modules.map(async (module) => {
        blobs.set(module.hash, await this.store.getCode(module.hash));
      }),
    );
    const program = unpackProgram(manifest, (name, of) => {
      const blob = blobs.get(of);
      if (blob !== undefined) return blob;
      throw new FlowError('FLOW_CODE_UNKNOWN', `module ${name} is not in the store`, { hash: of });
    });
    return this.linker.link(
      program,
      hash,
      modules.map((module) => module.hash),
    );
  }
}
