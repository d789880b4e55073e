// flow.http as programs use it: what a request becomes, and what its answer is.

import { describe, expect, test } from 'vitest';
import { Outside, response, SimCallbacks, SimHttp, type Seen } from './sim-http.ts';
import { World } from './sim.ts';
import type { HttpAnswer, HttpRequest } from '../../stdlib/connectors/http-messages.ts';

interface Said {
  readonly stdout: string;
  readonly requests: readonly HttpRequest[];
  readonly seen: readonly Seen[];
}

async function play(text: string, answer: HttpAnswer = response(200, 'ok')): Promise<Said> {
  const requests: HttpRequest[] = [];
  const outside = new Outside((request) => {
    requests.push(request);
    return { answer };
  });
  const world = await World.open({ connectors: () => [new SimHttp(outside), new SimCallbacks()] });
  const ending = await world.run(`from flow.http import *\n${text}`);
  if (ending.kind === 'failed') throw new Error(ending.traceback);
  return { stdout: world.stdout, requests, seen: outside.seen };
}

describe('a request', () => {
  test('has what it was made with', async () => {
    const { requests, seen } = await play(`
request.new("patch", "http://a.test/x#top", params={"q": ["a b", "é"], "n": 1, "no": None, "t": True},
            headers={"X-Count": 3, "Accept": "text/plain"}, json={"b": [1.0, None]},
            timeout="90s", retries=3, idempotent=True, redirects=False).execute()
`);
    expect(requests).toMatchObject([
      {
        method: 'PATCH',
        url: 'http://a.test/x?q=a+b&q=%C3%A9&n=1&t=true#top',
        headers: [
          ['x-count', '3'],
          ['accept', 'text/plain'],
          ['content-type', 'application/json'],
        ],
        timeoutMs: 90_000,
        retries: 3,
        idempotent: true,
        redirects: false,
      },
    ]);
    expect(seen[0]?.body).toBe('{"b":[1.0,null]}');
  });

  test.each([
    ['data={"a": "1 2", "b": ["x", "y"]}', 'a=1+2&b=x&b=y', 'application/x-www-form-urlencoded'],
    ['data=[("a", "&="), ("a", 2)]', 'a=%26%3D&a=2', 'application/x-www-form-urlencoded'],
    ['data="raw"', 'raw', 'text/plain; charset=utf-8'],
    ['body="é"', 'é', 'text/plain; charset=utf-8'],
    ['body=b"bytes"', 'bytes', undefined],
    ['json="é"', '"é"', 'application/json'],
    ['json=None', '', undefined],
    ['json=1, headers={"content-type": "application/x-mine"}', '1', 'application/x-mine'],
  ])('with %s', async (how, body, type) => {
    const { requests, seen } = await play(`request.post("http://a.test/", ${how})\n`);
    expect(seen[0]?.body).toBe(body);
    expect(requests[0]?.headers.find(([name]) => name === 'content-type')?.[1]).toBe(type);
  });

  test.each([
    ['request.new("GET", "a.test")', 'ValueError: a URL is absolute'],
    ['request.new("GET", "http://a b/")', 'ValueError: a URL is absolute'],
    ['request.new("GET", "ftp://a.test/")', 'ValueError: a URL is absolute'],
    ['request.new("GET", 5)', "TypeError: the URL must be a str, not 'int'"],
    ['request.new("G T", "http://a.test/")', "ValueError: 'G T' is no HTTP method"],
    ['request.get("http://a.test/", headers={"a b": "1"})', "ValueError: 'a b' is no name"],
    ['request.get("http://a.test/", headers={"a": "1\\r\\nb: 2"})', "ValueError: header 'a' has"],
    ['request.get("http://a.test/", headers={"a": None})', "TypeError: header 'a' must be a str"],
    ['request.get("http://a.test/", retries=-1)', 'ValueError: retries must be from 0'],
    ['request.get("http://a.test/", retries="3")', 'TypeError: retries must be an int'],
    ['request.get("http://a.test/", timeout=0)', 'ValueError: the timeout of a try'],
    ['request.get("http://a.test/", timeout="soon")', 'ValueError: a duration is seconds'],
    ['request.post("http://a.test/", json=1, body="x")', 'TypeError: a request has one of'],
    ['request.post("http://a.test/", body=5)', 'TypeError: a body is a str or bytes'],
    ['request.post("http://a.test/", json=float("nan"))', 'ValueError: Out of range float'],
    ['request.post("http://a.test/", json={1, 2})', 'TypeError: Object of type set is not JSON'],
    ['request.new("GET" "http://a.test/")', 'TypeError'],
  ])('%s is refused at once', async (call, error) => {
    const { stdout, seen } = await play(`
try:
    ${call}
except Exception as error:
    print(f"{type(error).__name__}: {error}")
`);
    expect(stdout.startsWith(error)).toBe(true);
    expect(seen).toEqual([]);
  });

  test('is asked once each time it is executed, under a key of its own', async () => {
    const { seen } = await play(`
r = request.new("POST", "http://a.test/", json=1)
r.execute()
r.execute()
request.execute(r)
`);
    expect(new Set(seen.map(({ key }) => key)).size).toBe(3);
  });
});

describe('a response', () => {
  const answer: HttpAnswer = {
    kind: 'response',
    status: 404,
    url: 'http://a.test/final',
    headers: [
      ['Content-Type', 'text/plain; charset=latin-1'],
      ['X-Two', 'a'],
      ['x-two', 'b'],
    ],
    body: Uint8Array.of(0x68, 0xe9),
  };

  test('has status, headers without case, body and text', async () => {
    const { stdout } = await play(
      `
r = request.get("http://a.test/")
print(r, r.status, r.status_code, r.ok, r.url, r.text, r.body, r.content)
print(r.headers["X-TWO"], r.headers.get_all("x-two"), r.headers.get("none", 5), "x-two" in r.headers)
print(list(r.headers), len(r.headers), r.headers)
try:
    r.headers["none"]
except KeyError as error:
    print("KeyError", error)
try:
    r.raise_for_status()
except HTTPError as error:
    print(error, error.response is r, isinstance(error, Exception))
try:
    r.json()
except ValueError as error:
    print(type(error).__name__)
`,
      answer,
    );
    expect(stdout.split('\n')).toEqual([
      "<Response [404]> 404 404 False http://a.test/final hé b'h\\xe9' b'h\\xe9'",
      "a, b ['a', 'b'] 5 True",
      "['content-type', 'x-two'] 2 Headers({'content-type': 'text/plain; charset=latin-1', " +
        "'x-two': 'a, b'})",
      "KeyError 'none'",
      '404 (client error) for GET http://a.test/final True True',
      'UnicodeDecodeError',
      '',
    ]);
  });

  test.each([
    ['timeout', 'Timeout'],
    ['uncertain', 'UncertainOutcome'],
    ['refused', 'ConnectionRefusedError'],
    ['reset', 'ConnectionResetError'],
    ['connection', 'ConnectionError'],
    ['too-large', 'ResponseTooLarge'],
    ['invalid', 'ValueError'],
  ] as const)('that is no response, %s, is %s', async (failure, error) => {
    const { stdout } = await play(
      `
try:
    request.get("http://a.test/")
except Exception as error:
    print(type(error).__name__, error, error.request.url)
`,
      { kind: 'failed', failure, message: 'why' },
    );
    expect(stdout).toBe(`${error} why http://a.test/\n`);
  });
});
