// Modules of this process that are known with their bytes: those of the library that was shipped.
//
// A command compiles a script with them, packs the program, and reads it back from the store by
// hash. Encoding and decoding the library for that is most of the work, and its result is known:
// a module has one encoding (E2), and equal hashes mean equal bytes.
//
// Invariant: K1. What is known was decoded from exactly these bytes. What comes from elsewhere is
// known only by a hash that was computed from its bytes, or that a manifest lists whose own was.

import { hex, sha256 } from './hash.ts';
import type { Module } from './program.ts';

export interface KnownModule {
  readonly module: Module;
  readonly bytes: Uint8Array;
  /** SHA-256 of the bytes. */
  readonly digest: Uint8Array;
}

const byModule = new WeakMap<Module, KnownModule>();
const byHash = new Map<string, KnownModule>();

/** Remember a module that was decoded from these bytes. */
export function know(module: Module, bytes: Uint8Array): void {
  const known: KnownModule = { module, bytes, digest: sha256(bytes) };
  byModule.set(module, known);
  byHash.set(hex(known.digest), known);
}

export function knownAs(module: Module): KnownModule | undefined {
  return byModule.get(module);
}

/** The module whose bytes have a hash, which was computed, or stands in what was verified. */
export function knownByHash(hash: string): Module | undefined {
  return byHash.get(hash)?.module;
}
