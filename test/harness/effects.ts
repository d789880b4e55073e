// Effects and answers as golden marks write them.
//
//     #? METHOD URL [JSON body]
//     #< [after TIME] STATUS [name=value ...] [BODY]
//     #< [after TIME] lost
//     #< callback N [after TIME] JSON
//
//     TIME    a whole number and a unit: 90s, 5m, 2h, 1d; counted in the program's simulated time
//             from the moment the effect was asked (for a callback: since the callback was made)
//     BODY    JSON, or `type/subtype text` for a body that is not JSON
//     lost    the request may or may not have arrived, and nobody will ever know
//     N       the callbacks of a run are numbered from 1 in the order they were made; `$callback1`
//             inside an effect stands for the URL of the first
//
// Owns:      the text of these marks, and nothing of how they are played (world.ts).
// Invariant: parse is total: what it cannot read, it refuses with a sentence.

export interface EffectMark {
  readonly method: string;
  readonly url: string; // may contain $callbackN
  readonly json: string | null; // the JSON text as written; may contain $callbackN
}

export type Reply =
  | { readonly kind: 'lost' }
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly headers: readonly (readonly [name: string, value: string])[];
      readonly body: string;
    };

export type AnswerMark =
  | { readonly kind: 'reply'; readonly afterMs: number; readonly reply: Reply }
  | {
      readonly kind: 'callback';
      readonly number: number;
      readonly afterMs: number;
      readonly body: string;
    };

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

export function parseEffect(text: string): EffectMark {
  const [, method, url, json] = /^([A-Z]+) (\S+)(?: (.+))?$/.exec(text.trim()) ?? [];
  if (method === undefined || url === undefined) {
    throw new Error(`an effect is 'METHOD URL [JSON]', not '${text}'`);
  }
  if (json !== undefined) JSON.parse(json);
  return { method, url, json: json ?? null };
}

export function parseAnswer(text: string): AnswerMark {
  const callback = /^callback ([1-9][0-9]*) (.*)$/.exec(text.trim());
  if (callback?.[1] !== undefined && callback[2] !== undefined) {
    const { afterMs, rest } = takeAfter(callback[2]);
    JSON.parse(rest);
    return { kind: 'callback', number: Number(callback[1]), afterMs, body: rest };
  }
  const { afterMs, rest } = takeAfter(text.trim());
  return { kind: 'reply', afterMs, reply: parseReply(rest) };
}

function takeAfter(text: string): { afterMs: number; rest: string } {
  const [, count, unit, rest] = /^after ([0-9]+)([smhd]) (.*)$/.exec(text) ?? [];
  if (count === undefined || unit === undefined || rest === undefined)
    return { afterMs: 0, rest: text };
  return { afterMs: Number(count) * (UNITS_MS[unit] ?? 0), rest };
}

function parseReply(text: string): Reply {
  if (text === 'lost') return { kind: 'lost' };
  const [, status, after = ''] = /^([1-5][0-9][0-9])(?: (.*))?$/.exec(text) ?? [];
  if (status === undefined)
    throw new Error(`an answer begins with a status or 'lost', not '${text}'`);
  const headers: [string, string][] = [];
  let rest = after;
  for (;;) {
    const [whole, name, value] = /^([a-z][a-z0-9-]*)=(\S*)(?: |$)/.exec(rest) ?? [];
    if (whole === undefined || name === undefined || value === undefined) break;
    headers.push([name, value]);
    rest = rest.slice(whole.length);
  }
  const [, type, plain] = /^([a-z]+\/[a-z.+-]+)(?: (.*))?$/.exec(rest) ?? [];
  if (type !== undefined) headers.push(['content-type', type]);
  else if (rest !== '') {
    JSON.parse(rest);
    headers.push(['content-type', 'application/json']);
  }
  const body = type === undefined ? rest : (plain ?? '');
  return { kind: 'response', status: Number(status), headers, body };
}
