// What module codecs asks of encodings by name (bytes-codec.ts); it never leaves a call to flow.

import { Bytes } from '../../vm/values/collections.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';
import { codecNamed, decode, encode } from './bytes-codec.ts';
import { bytesNeeded } from './bytes.ts';
import { text } from './int-arguments.ts';

export const rows: readonly NativeRow[] = [
  native('_codec_encode', 'source, encoding, errors, /', (_context, source, encoding, errors) => {
    const how = text(errors, 'errors');
    return new Bytes(encode(text(source, 'source'), text(encoding, 'encoding'), how));
  }),
  native('_codec_decode', 'data, encoding, errors, /', (_context, data, encoding, errors) =>
    decode(bytesNeeded(data), text(encoding, 'encoding'), text(errors, 'errors')),
  ),
  // The name that an encoding has here, None for one that is not there.
  native(
    '_codec_named',
    'encoding, /',
    (_context, encoding) => codecNamed(text(encoding, 'encoding')) ?? null,
  ),
];
