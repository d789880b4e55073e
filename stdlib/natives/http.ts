// Natives of flow.http: what a request is made of, checked and written as HTTP wants it.
//
// Checked here, when the program makes the request, so that a mistake is raised at its own line;
// the connector checks again what reaches it, because it trusts no store (L7).

import { typeError, valueError } from '../../vm/values/exception.ts';
import { plainSlot, typeName } from '../../vm/values/plain.ts';
import { reprText } from '../../vm/values/plain-text.ts';
import type { Slot } from '../../vm/values/value.ts';
import { native, type NativeRow } from '../../vm/machine/native.ts';

/** RFC 9110: what methods and the names of headers are made of. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// oxlint-disable-next-line no-control-regex -- the characters a header's value may not hold
const BAD_VALUE = /[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/;
/** Scheme, host and an optional port; then path, query or fragment, without blanks. */
// oxlint-disable-next-line no-control-regex -- nor controls
const URL_SHAPE = /^https?:\/\/(?:[^\s/?#\u0000-\u0020]+)(?:[/?#][^\s\u0000-\u0020]*)?$/i;

/** Characters of one URL: what servers commonly take is far less. */
const URL_LENGTH_MAX = 65_536;

function text(value: Slot, what: string): string {
  const base = plainSlot(value);
  if (typeof base === 'string') return base;
  const name = base === undefined ? 'nothing' : typeName(base);
  throw typeError(`${what} must be a str, not '${name}'`);
}

/** Percent-encoding of everything but unreserved characters (RFC 3986). */
function quote(value: string, isForm: boolean): string {
  const encoded = encodeURIComponent(value.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return isForm ? encoded.replaceAll('%20', '+') : encoded;
}

export const rows: readonly NativeRow[] = [
  native('_http_method', 'method, /', (_context, method) => {
    const name = text(method, 'the method');
    if (!TOKEN.test(name)) throw valueError(`${reprText(name)} is no HTTP method`);
    return name.toUpperCase();
  }),
  native('_http_url', 'url, /', (_context, url) => {
    const name = text(url, 'the URL');
    if (name.length > URL_LENGTH_MAX) {
      throw valueError(`a URL has at most ${URL_LENGTH_MAX} characters`);
    }
    if (!URL_SHAPE.test(name)) {
      throw valueError(
        `a URL is absolute, with http or https, like 'https://example.com/path', ` +
          `not ${reprText(name)}`,
      );
    }
    return name;
  }),
  native('_http_header', 'name, value, /', (_context, name, value) => {
    const key = text(name, 'the name of a header');
    const words = text(value, `header ${reprText(key)}`);
    if (!TOKEN.test(key)) throw valueError(`${reprText(key)} is no name of a header`);
    if (BAD_VALUE.test(words)) {
      throw valueError(`header ${reprText(key)} has a character that headers cannot have`);
    }
    return words.trim();
  }),
  native('_http_quote', 'text, is_form, /', (_context, value, isForm) =>
    quote(text(value, 'a parameter'), isForm === true),
  ),
];
