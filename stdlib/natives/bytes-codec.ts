// Encodings: strs to bytes and back.
//
//     encode(text, 'utf-8', 'strict')       bytes-encode.ts
//     decode(bytes, 'latin-1', 'replace')   bytes-decode.ts
//
// The Unicode encodings, those of one byte a character, and the escapes of source code; any other
// name is a LookupError, as in CPython a name it does not know. What a program has registered in
// module codecs is looked for there: natives that find nothing here leave their call to it.

import { raised, valueError, type Raised } from '../../vm/values/exception.ts';
import { types } from '../../vm/values/types.ts';
import {
  decodeAscii,
  decodeUtf16,
  decodeUtf32,
  decodeUtf8,
  handlesDecoding,
} from './bytes-decode.ts';
import { decodeCharmap, encodeCharmap } from './bytes-charmap.ts';
import { CHARMAPS } from './charmap-tables.ts';
import { encodeNarrow, encodeUtf8, encodeWide, handlesEncoding } from './bytes-encode.ts';
import { decodeEscape, decodeRawEscape, encodeEscape, encodeRawEscape } from './bytes-escape.ts';
import { latin1Text } from '../../vm/values/plain-text.ts';

interface Codec {
  encode(text: string, errors: string): Uint8Array;
  decode(bytes: Uint8Array, errors: string): string;
}

const UTF8_MARK = Uint8Array.of(0xef, 0xbb, 0xbf);

function withMark(bytes: Uint8Array): Uint8Array {
  const marked = new Uint8Array(bytes.length + UTF8_MARK.length);
  marked.set(UTF8_MARK);
  marked.set(bytes, UTF8_MARK.length);
  return marked;
}

function withoutMark(bytes: Uint8Array): Uint8Array {
  return UTF8_MARK.every((byte, i) => bytes[i] === byte) ? bytes.subarray(3) : bytes;
}

/** Names as CPython's errors write them. */
const CODECS: Readonly<Record<string, Codec>> = {
  'utf-8': { encode: encodeUtf8, decode: decodeUtf8 },
  'utf-8-sig': {
    encode: (text, errors) => withMark(encodeUtf8(text, errors)),
    decode: (bytes, errors) => decodeUtf8(withoutMark(bytes), errors),
  },
  'latin-1': {
    encode: (text, errors) => encodeNarrow('latin-1', text, errors, 0xff),
    decode: latin1Text,
  },
  ascii: {
    encode: (text, errors) => encodeNarrow('ascii', text, errors, 0x7f),
    decode: decodeAscii,
  },
  'unicode-escape': { encode: encodeEscape, decode: decodeEscape },
  'raw-unicode-escape': { encode: encodeRawEscape, decode: decodeRawEscape },
  ...wide('utf-16', 2, decodeUtf16),
  ...wide('utf-32', 4, decodeUtf32),
  ...Object.fromEntries(
    Object.entries(CHARMAPS).map(([name, { table }]) => [name, charmap(table)]),
  ),
};

function charmap(table: string): Codec {
  return {
    encode: (text, errors) => encodeCharmap(text, errors, table),
    decode: (bytes, errors) => decodeCharmap(bytes, errors, table),
  };
}

type Order = 'mark' | 'little' | 'big';
type WideDecoder = (bytes: Uint8Array, errors: string, order: Order) => string;

/** The three codecs of an encoding in units of 2 or 4 bytes. */
function wide(name: string, width: 2 | 4, decode: WideDecoder): Record<string, Codec> {
  const codec = (suffix: string, order: Order): Codec => ({
    encode: (text, errors) => encodeWide(name + suffix, text, errors, width, order),
    decode: (bytes, errors) => decode(bytes, errors, order),
  });
  return {
    [name]: codec('', 'mark'),
    [`${name}-le`]: codec('-le', 'little'),
    [`${name}-be`]: codec('-be', 'big'),
  };
}

/** Other names of each codec, normalized. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  'utf-8': 'utf_8 u8 utf utf8 utf8_ucs2 utf8_ucs4 cp65001'.split(' '),
  'utf-8-sig': ['utf_8_sig'],
  'latin-1': [
    ...'latin_1 8859 cp819 csisolatin1 ibm819 iso8859 iso8859_1 iso_8859_1'.split(' '),
    ...'iso_8859_1_1987 iso_ir_100 l1 latin latin1'.split(' '),
  ],
  ascii: [
    ...'ascii 646 ansi_x3.4_1968 ansi_x3_4_1968 ansi_x3.4_1986 cp367 csascii'.split(' '),
    ...'ibm367 iso646_us iso_646.irv_1991 iso_ir_6 us us_ascii'.split(' '),
  ],
  'unicode-escape': ['unicode_escape', 'unicodeescape'],
  'raw-unicode-escape': ['raw_unicode_escape', 'rawunicodeescape'],
  'utf-16': ['utf_16', 'u16', 'utf16'],
  'utf-16-le': ['utf_16_le', 'unicodelittleunmarked', 'utf_16le'],
  'utf-16-be': ['utf_16_be', 'unicodebigunmarked', 'utf_16be'],
  'utf-32': ['utf_32', 'u32', 'utf32'],
  'utf-32-le': ['utf_32_le', 'utf_32le'],
  'utf-32-be': ['utf_32_be', 'utf_32be'],
  ...Object.fromEntries(
    Object.entries(CHARMAPS).map(([name, { aliases }]) => [
      name,
      [name.replaceAll('-', '_'), ...(aliases === '' ? [] : aliases.split(' '))],
    ]),
  ),
};

const BY_ALIAS: ReadonlyMap<string, string> = new Map(
  Object.entries(ALIASES).flatMap(([name, aliases]) =>
    aliases.map((alias) => [alias, name] as const),
  ),
);

/** What makes bytes of bytes, or text of text: never asked for by encode() and decode(). */
const NO_TEXT: ReadonlySet<string> = new Set([
  ...'base64 base_64 base64_codec bz2 bz2_codec hex hex_codec quopri quopri_codec'.split(' '),
  ...'quotedprintable quoted_printable rot13 rot_13 uu uu_codec zip zlib zlib_codec'.split(' '),
]);

/** A name as the tables have it. */
function normalized(encoding: string): string {
  return encoding
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '_')
    .replace(/^_|_$/g, '');
}

/** The codec's own name here, or undefined for an encoding that is not there. */
export function codecNamed(encoding: string): string | undefined {
  return Object.hasOwn(CODECS, encoding) ? encoding : BY_ALIAS.get(normalized(encoding));
}

function find(encoding: string, way: 'encode' | 'decode'): Codec {
  if (encoding.includes('\0')) throw valueError('embedded null character');
  const name = codecNamed(encoding);
  if (name !== undefined) return CODECS[name] as Codec;
  throw unknownEncoding(encoding, NO_TEXT.has(normalized(encoding)) ? way : null);
}

/** Whether encode() and decode() know all that is asked for; else a program may know it. */
export function settles(encoding: string, errors: string, way: 'encode' | 'decode'): boolean {
  const isHandler = way === 'encode' ? handlesEncoding(errors) : handlesDecoding(errors);
  return isHandler && codecNamed(encoding) !== undefined;
}

function unknownEncoding(encoding: string, way: string | null): Raised {
  const text =
    way === null
      ? `unknown encoding: ${encoding}`
      : `'${encoding}' is not a text encoding; use codecs.${way}() to handle arbitrary codecs`;
  return raised(types.LookupError, text);
}

/** text.encode(encoding, errors). */
export function encode(text: string, encoding: string, errors: string): Uint8Array {
  return find(encoding, 'encode').encode(text, errors);
}

/** bytes.decode(encoding, errors). */
export function decode(bytes: Uint8Array, encoding: string, errors: string): string {
  // CPython looks for no codec when there is nothing to decode.
  if (bytes.length === 0) return '';
  return find(encoding, 'decode').decode(bytes, errors);
}
