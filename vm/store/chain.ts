// The chain: a run's commit records, each with the MAC of all before it.
//
//     value at log ! run ! n  =  seal( commit record ++ mac n )
//     mac n = MAC('log', run ! n, mac n-1, commit record)     mac 0 = MAC('birth', run, birth)
//
// Invariants:
//
//   H1. Links are read in order without a gap, and each MAC is made again and compared.
//   H2. A chain read to its head ends in the MAC the head holds.

import { encode, encodeView } from '../bytecode/codec.ts';
import { readBody, type Core } from './core.ts';
import type { Op } from './disk.ts';
import { corruptRecord } from './fields.ts';
import { digits, makeKey, numberPart } from './keys.ts';
import { BIRTH, LOG, type Birth, type Head, type Log } from './records.ts';
import { MAC_BYTES, sameBytes, type Seal } from './seal.ts';
import type { RunId } from './store.ts';

export interface Link {
  readonly sequence: number;
  readonly log: Log;
  readonly mac: Uint8Array;
}

/** The MAC before the first commit. */
export function birthMac(seal: Seal, run: RunId, birth: Birth): Uint8Array {
  return seal.mac('birth', run, encode([BIRTH.version, ...BIRTH.write(birth)]));
}

/** The next link, and the change that writes it. */
export function addLink(
  core: Core,
  run: RunId,
  sequence: number,
  previous: Uint8Array,
  log: Log,
): { readonly mac: Uint8Array; readonly op: Op } {
  // A view: it is copied by `close`, and nothing else is encoded until then.
  const body = encodeView([LOG.version, ...LOG.write(log)]);
  const mac = linkMac(core.seal, run, sequence, previous, body);
  const key = makeKey('log', run, sequence);
  return { mac, op: { key, value: core.seal.close(key, body, mac), blind: true } };
}

function linkMac(
  seal: Seal,
  run: RunId,
  sequence: number,
  previous: Uint8Array,
  body: Uint8Array,
): Uint8Array {
  return seal.mac('log', `${run}!${digits(sequence)}`, previous, body);
}

interface StoredLink {
  readonly body: Uint8Array;
  readonly log: Log;
  readonly mac: Uint8Array;
}

/** A commit record and its MAC, which is not compared yet. */
function openLink(core: Core, key: string, value: Uint8Array): StoredLink {
  return splitLink(key, core.seal.open(key, value));
}

/** The same from the body of a value, its trailer taken off. */
export function splitLink(key: string, content: Uint8Array): StoredLink {
  if (content.length < MAC_BYTES) throw corruptRecord(key, 'mac', 'is missing');
  const body = content.subarray(0, content.length - MAC_BYTES);
  // Copied: a MAC lives on in heads, and should not keep a whole record alive.
  const mac = new Uint8Array(content.subarray(body.length));
  return { body, log: readBody(LOG, key, body), mac };
}

/** The MAC of the commit before `sequence`: where a reading of the chain begins. */
export async function macBefore(
  core: Core,
  run: RunId,
  head: Head,
  sequence: number,
): Promise<Uint8Array> {
  if (sequence === head.historyFrom) return head.anchor;
  const key = makeKey('log', run, sequence - 1);
  const value = await core.disk.get(key);
  if (value === undefined) throw corruptRecord(key, 'record', 'is missing');
  return openLink(core, key, value).mac;
}

/** The links from one sequence to another, both included, compared with the chain. */
export async function* readLinks(
  core: Core,
  run: RunId,
  head: Head,
  from: number,
  to: number,
): AsyncGenerator<Link> {
  if (to < from) return;
  let previous = await macBefore(core, run, head, from);
  let expected = from;
  for await (const [key, value] of core.numbered('log', run, from, to)) {
    const sequence = numberPart('log', key, 1);
    if (sequence !== expected) break;
    const { body, log, mac } = openLink(core, key, value);
    if (!sameBytes(mac, linkMac(core.seal, run, sequence, previous, body))) {
      throw corruptRecord(key, 'mac', 'does not follow from the commit before it');
    }
    yield { sequence, log, mac };
    previous = mac;
    expected++;
  }
  if (expected <= to) {
    throw corruptRecord(makeKey('log', run, expected), 'record', 'is missing');
  }
  if (to === head.sequence && !sameBytes(previous, head.mac)) {
    throw corruptRecord(makeKey('head', run), 'mac', 'is not that of the last commit');
  }
}
