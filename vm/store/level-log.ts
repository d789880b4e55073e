// The log of LevelDB, read before LevelDB reads it.
//
//     block of 32 KiB = record, record, ..., fewer than 7 bytes of nothing
//     record          = checksum (4)  length (2)  type (1)  bytes
//     one write       = FULL, or FIRST MIDDLE ... LAST over several blocks
//
// What was written last is in the log alone. LevelDB leaves out what of it does not fit its
// checksum, says so nowhere that a program could see, and then deletes the log: right for a write
// that a crash has cut off, and for anything else a loss of commits that were acknowledged. The
// two can be told apart, for each write of ours begins when the one before it is on disk (D2): only
// the last one may be cut off, and behind it nothing begins.
//
// A log has 4 MB at most, of which each takes 4 to 6 ms.
//
// Owns nothing; knows the format (doc/log_format.md of LevelDB), which is as old as LevelDB.

const BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;
const CHECKSUM_MASK = 0xa282ead8;

const FULL = 1;
const FIRST = 2;
const LAST = 4;

/**
 * Where a log was damaged after it was written: the first byte that does not fit, with a write
 * behind it that does. Null if all fits but for an end that was cut off.
 */
export function findDamage(log: Uint8Array): number | null {
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
  let damagedAt: number | null = null;
  /** Between FIRST and LAST. */
  let isInside = false;
  for (let at = 0; at + HEADER_BYTES <= log.length;) {
    const blockEnd = at - (at % BLOCK_BYTES) + BLOCK_BYTES;
    if (blockEnd - at < HEADER_BYTES) {
      at = blockEnd;
      continue;
    }
    const type = log[at + 6]!;
    const end = at + HEADER_BYTES + view.getUint16(at + 4, true);
    // A length that is nonsense says nothing of where the next record is; the next block does.
    if (type < FULL || type > LAST || end > Math.min(blockEnd, log.length)) {
      damagedAt ??= at;
      isInside = false;
      at = blockEnd;
      continue;
    }
    const fits = view.getUint32(at, true) === masked(crc32c(log, at + 6, end));
    const begins = type === FULL || type === FIRST;
    if (!fits || begins === isInside) damagedAt ??= at;
    if (fits && begins && damagedAt !== null) return damagedAt;
    isInside = fits && (type === FIRST || (isInside && type !== LAST));
    at = end;
  }
  return null;
}

/** A checksum as it is stored: else one of bytes with checksums in them would be a weak one. */
function masked(checksum: number): number {
  return (((checksum >>> 15) | (checksum << 17)) + CHECKSUM_MASK) >>> 0;
}

/** CRC-32C, by bytes; the host has only the other CRC-32. */
function crc32c(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0xffffffff;
  for (let i = from; i < to; i++) sum = TABLE[(sum ^ bytes[i]!) & 0xff]! ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? POLYNOMIAL : 0);
  return sum;
});
