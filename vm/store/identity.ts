// Which store this is, and whether it may be opened here.
//
// A directory copied while programs sleep in it is two of each program: both would send the same
// requests and answer to the same callback URLs. So the store remembers where it was last opened,
// its home, and asks before it wakes anywhere else (T9).
//
// Invariants:
//
//   N1. Nothing else is read or written before the format, the key and the home were compared.
//   N2. An adoption is one write: identity and home together.

import { FlowError } from '../bytecode/errors.ts';
import { Core, openRecord } from './core.ts';
import type { Disk } from './disk.ts';
import { corruptRecord } from './fields.ts';
import { makeKey } from './keys.ts';
import { STORE, STORE_FORMAT, STORE_MAGIC, type StoreMeta } from './records.ts';
import { need, needCount, needId, needText } from './request.ts';
import { KEY_BYTES_MIN, sameBytes, Seal } from './seal.ts';
import type { OpenOptions, StoreIdentity } from './store.ts';

const KEY = makeKey('store');
/** The store record is sealed without the key: it is what tells whether the key is right. */
const PLAIN = new Seal(null);

/** Opens the store on a disk, or makes it. `place` is for messages. */
export async function openCore(disk: Disk, options: OpenOptions, place: string): Promise<Core> {
  checkOptions(options);
  const seal = new Seal(options.key ?? null);
  const value = await disk.get(KEY);
  const found = value === undefined ? null : readMeta(value);
  if (found === null) await needEmpty(disk, place);
  const meta =
    found === null
      ? makeMeta(options, seal, place)
      : withFormat(settle(found, options, seal, place));
  if (meta !== found) {
    const body = [STORE.version, ...STORE.write(meta)];
    const rows = found === null ? Core.firstRows(seal) : [];
    await disk.write([...rows, { key: KEY, value: PLAIN.closePlain(KEY, body) }]);
  }
  return Core.start(disk, seal, identityOf(meta));
}

/** The store record of a disk, if it has one. */
export function readMeta(value: Uint8Array): StoreMeta {
  const meta = openRecord(PLAIN, STORE, KEY, value);
  if (meta.magic !== STORE_MAGIC) throw corruptRecord(KEY, 'magic', `is not '${STORE_MAGIC}'`);
  if (meta.format > STORE_FORMAT) {
    const what = `the store has format ${meta.format}; this flowmetal knows up to ${STORE_FORMAT}`;
    throw new FlowError('FLOW_STORE_VERSION', what, { format: meta.format, known: STORE_FORMAT });
  }
  return meta;
}

function checkOptions({ home, create, adopt, key }: OpenOptions): void {
  needText(home, 'home');
  if (create !== undefined) {
    needId(create.id, 'create.id');
    needCount(create.atMs, 'create.atMs');
  }
  if (adopt?.mode === 'fork') needId(adopt.id, 'adopt.id');
  need(
    key === undefined || key.length >= KEY_BYTES_MIN,
    `key must be ${KEY_BYTES_MIN} bytes or more`,
  );
}

async function needEmpty(disk: Disk, place: string): Promise<void> {
  for await (const [key] of disk.range({ from: '', to: '\uffff' }, { limit: 1 })) {
    const what = `${place} holds a database that is not a flowmetal store (it has a key ${key})`;
    throw new FlowError('FLOW_STORE_FOREIGN', what, { place });
  }
}

function makeMeta({ create, home }: OpenOptions, seal: Seal, place: string): StoreMeta {
  if (create === undefined) {
    throw new FlowError('FLOW_STORE_MISSING', `there is no store in ${place}`, { place });
  }
  return {
    magic: STORE_MAGIC,
    format: STORE_FORMAT,
    id: create.id,
    generation: 1,
    parent: null,
    createdMs: create.atMs,
    home,
    keyCheck: seal.keyCheck(),
  };
}

/** The record as it is to be from now on: the same one, if nothing changes. */
function settle(
  meta: StoreMeta,
  { home, adopt }: OpenOptions,
  seal: Seal,
  place: string,
): StoreMeta {
  needKey(meta, seal, place);
  if (adopt?.mode === 'move') return { ...meta, generation: meta.generation + 1, home };
  if (adopt?.mode === 'fork') {
    need(adopt.id !== meta.id, 'a fork needs an id of its own');
    return { ...meta, id: adopt.id, parent: meta.id, generation: meta.generation + 1, home };
  }
  if (meta.home !== home) throw moved(meta, home, place);
  return meta;
}

/** A store that this version writes to has its format: an older one could not read it any more. */
function withFormat(meta: StoreMeta): StoreMeta {
  return meta.format === STORE_FORMAT ? meta : { ...meta, format: STORE_FORMAT };
}

function needKey(meta: StoreMeta, seal: Seal, place: string): void {
  const check = seal.keyCheck();
  const { keyCheck } = meta;
  if (keyCheck === null && check === null) return;
  if (keyCheck !== null && check !== null && sameBytes(keyCheck, check)) return;
  const why =
    keyCheck === null
      ? 'was made without a key, and a key was given'
      : check === null
        ? 'was made with a key, and none was given'
        : 'was made with another key';
  throw new FlowError('FLOW_STORE_KEY', `the store in ${place} ${why}`, { place });
}

function moved(meta: StoreMeta, home: string, place: string): FlowError {
  return new FlowError(
    'FLOW_STORE_MOVED',
    `the store in ${place} was copied or moved here: it was last opened as ${meta.home}, and ` +
      `this is ${home}. Copying a store's files makes a second one of each program in it, and ` +
      `both would send the same requests and wait for the same callbacks. Say which it is: ` +
      `\`flowvm adopt --move\` if this copy lives on and the other one will never be opened ` +
      `again; \`flowvm adopt --fork\` if both live on, and the programs here are to be new ones ` +
      `with randomness, effect ids and callbacks of their own`,
    { place, id: meta.id, generation: meta.generation, home: meta.home, here: home },
  );
}

function identityOf({ id, generation, parent, createdMs }: StoreMeta): StoreIdentity {
  return { id, generation, parent, createdMs };
}
