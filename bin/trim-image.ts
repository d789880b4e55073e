// An image without what no command uses of it: the host's compiled form of its own modules.
//
// Node ends an image with a list of them, four megabytes for 441 modules; a command loads two or
// three that are not in the image's heap already, and those are compiled from their source then.
//
//     … | count | length id | length bytes | length id | length bytes | … end     counts: 64 bits
//
// Nobody promises that layout. An image that has not exactly it at its end stays as it is.

const COUNT_BYTES = 8;
const MODULES_MAX = 4096;
const ID_BYTES_MAX = 256;
const ID = /^[\w/.:-]+$/;

/** The image's bytes without the list, or as they were. */
export function trimImage(image: Buffer): Buffer {
  const start = findList(image);
  if (start === null) return image;
  return Buffer.concat([image.subarray(0, start), Buffer.alloc(COUNT_BYTES)]);
}

/** Where the list begins; null if there is none. */
function findList(image: Buffer): number | null {
  // Before the first id stand two counts, and each is a small number in 64 bits.
  const zeros = Buffer.alloc(COUNT_BYTES - 2);
  for (let at = 0; ; at += 1) {
    at = image.indexOf(zeros, at);
    if (at < 0) return null;
    if (at >= 2 && endsAt(image, at - 2)) return at - 2;
  }
}

/** Whether a list begins there that ends with the image. */
function endsAt(image: Buffer, start: number): boolean {
  let at = start;
  const next = (): number => {
    const count = at + COUNT_BYTES <= image.length ? Number(image.readBigUInt64LE(at)) : Infinity;
    at += COUNT_BYTES;
    return count;
  };
  const modules = next();
  if (modules === 0 || modules > MODULES_MAX) return false;
  for (let i = 0; i < modules; i++) {
    const length = next();
    if (length === 0 || length > ID_BYTES_MAX) return false;
    if (!ID.test(image.toString('latin1', at, at + length))) return false;
    at += length;
    const size = next();
    at += size;
    if (at > image.length) return false;
  }
  return at === image.length;
}
