// The smallest pieces of programs that use the library: dates, patterns, texts in some format.

/** Expressions, by sort. */
export const LIBRARY_LITERALS: Readonly<Record<string, readonly string[]>> = {
  year: ['2024', '1999', '2000', '1', '9999', '2023', '0', '1900'],
  month: ['1', '2', '12', '6', '2', '13', '0'],
  day: ['1', '28', '29', '31', '15', '32', '7'],
  hour: ['0', '23', '12', '5', '24'],
  minute: ['0', '59', '30', '60', '7'],
  second: ['0', '59', '1', '30', '60'],
  timedelta: [
    ...['datetime.timedelta(1)', 'datetime.timedelta(hours=5, minutes=3)', 'datetime.timedelta(0)'],
    ...['datetime.timedelta(days=-1, seconds=1)', 'datetime.timedelta(microseconds=1)'],
    ...['datetime.timedelta(weeks=3, milliseconds=7)', 'datetime.timedelta(seconds=0.1)'],
    ...['datetime.timedelta(hours=-36)', 'datetime.timedelta(days=999999999)'],
  ],
  decimalArg: [
    ...["'1.10'", "'0'", "'-0.00'", "'1E+3'", "'NaN'", "'Infinity'", "'123456789.987654321'", '7'],
    ...["'-2.5'", "'0.1'", "'1e-10'", "'9.995'", "'sNaN'", "'x'", '(0, (1, 2, 3), -2)', '0.1', '3'],
  ],
  seed: ['0', '1', '42', "'text'", "b'bytes'", '2.5', '-7', '2 ** 70', 'None and 1 or 5', '(1, 2)'],
  regex: [
    ...[
      "r'a+'",
      "r'\\w+'",
      "r'(\\d+)-(\\d+)'",
      "r'(?P<a>\\w)(?P<b>\\s)?'",
      "r'^\\s*$'",
      "r'[^,]+'",
    ],
    ...["r'(a|b)*c'", "r'(?i)hello'", "r'\\b\\w'", "r'(?<=a)b'", "r'(?<!a)b'", "r'a(?=b)'", "r''"],
    ...["r'(.)\\1'", "r'a{2,3}?'", "r'(?:ab)+'", "r'x*'", "r'[a-c-]'", "r'(a)|(b)'", "r'\\d{2}'"],
    ...["r'('", "r'a**'", "r'[z-a]'", "r'(?P<a>x)(?P=a)'", "r'(?P<1>x)'", "r'\\q'", "r'a{2'"],
    ...["r'.*?,'", "r'\\S+@\\S+'", "r'(?s).+'", "r'(?m)^.'", "r'[é日]'", "r'(?>a+)b'", "r'a++'"],
    ...["r'(a)?(?(1)b|c)'", "r'(?#c)a'", "r'[\\]]'", "r'\\x61|\\u0062'", "r'(?x) a  # c'", "r')'"],
  ],
  subject: [
    ...[
      "'aaa'",
      "'hello world'",
      "'12-34, 56-78'",
      "'a,b,,c'",
      "'aab abc'",
      "''",
      "'Hello\\nhello'",
    ],
    ...["'x@y.z'", "'abcabc'", "'é日é'", "'  '", "'a b'", "'2024-01-02'", "'aabbcc'", "'ab\\n'"],
  ],
  jsonText: [
    ...['\'{"a": [1, 2.5, null]}\'', "'[]'", '\'"\\\\u00e9\\\\n"\'', "'1e5'", "'[1, 2'", "'nul'"],
    ...['\'{"a": 1, "a": 2}\'', "'NaN'", "'-Infinity'", "' [true, false] '", "'{}x'", "'-0'"],
    ...[
      '\'{"a" 1}\'',
      "'[1,]'",
      "'\"a'",
      "'12345678901234567890'",
      "'1.0'",
      "''",
      "b'[1]'",
      "'01'",
    ],
    ...['\'{"b": {"c": [[]]}, "a": ""}\'', '\'"\\\\ud83d\\\\ude00"\'', '\'"\\t"\'', "'[1 2]'"],
  ],
  prose: [
    ...["'The quick brown fox jumps over the lazy dog.'", "'a-b c--d well-known thing'", "''"],
    ...["'  indented\\n    more\\n'", "'one\\ttwo\\n\\nthree'", "'Supercalifragilistic word'"],
    ...["'Hello. World!  Yes?'", "'it\\'s a \"quoted\" text # not'", "'\\n  a\\n  b\\n'"],
  ],
  words: [
    ...["'append', 'add', 'update'", "'pop', 'popitem', 'remove'", "'index', 'count', 'insert'"],
    ...["'join', 'split', 'strip'", "'get', 'setdefault', 'keys'", "'sort', 'reverse', 'copy'"],
    ...["'union', 'discard', 'clear'", "'extend', 'find', 'replace'", "'encode', 'decode', 'hex'"],
    ...["'bit_length', 'to_bytes', 'is_integer'", "'__len__', '__iter__', '__contains__'"],
    ...[
      "'__add__', '__eq__', '__lt__'",
      "'__getitem__', '__str__', '__bool__'",
      "'upper', 'center'",
    ],
    ...["'__mul__', '__radd__', '__mod__'", "'__setitem__', '__delitem__', '__reversed__'"],
    ...[
      "'format', 'startswith', 'zfill'",
      "'__hash__', '__format__', '__index__'",
      "'send', 'throw'",
    ],
    ...[
      "'partition', 'rjust', 'translate'",
      "'fromkeys', 'items', 'values'",
      "'__or__', '__sub__'",
    ],
  ],
};

/** Pieces of text that stand inside a template as they are. */
export const LIBRARY_PIECES: Readonly<Record<string, readonly string[]>> = {
  unit: ['year', 'month', 'day'],
  strftime: ['%Y-%m-%d', '%d/%m/%y %H:%M', '%A %B %j', '%a %b %U %W', '%I %p %f', '%%|%x|%X', '%c'],
  isodate: [
    ...[
      '2024-02-29',
      '2024-02-30',
      '2024-01-02T03:04:05',
      '2024-W05-1',
      '12:30',
      '2024-13-01',
      'x',
    ],
    ...['2024-01-02 03:04:05.123456+05:30', '20240102', '2024-01-02T03:04:05Z', '', '2024-1-2'],
  ],
  structFormat: [
    'h',
    'i',
    'bB',
    'q',
    'd',
    'f',
    '3s',
    'xI',
    '2h',
    '?c',
    'Q',
    'p',
    'e',
    '5p',
    'z',
    'n',
  ],
  query: ['a=1&b=2', 'a=1&a=2&b=', 'a', 'x=%20y+z', '', 'a=1;b=2', '=1', 'é=%C3%A9'],
  url: [
    ...['http://u:p@host:80/a/b?c=d#e', '//host/path', 'a/../b', '../x', 'mailto:x@y', '?q', '#f'],
    ...[
      'http://[::1]:8080/',
      'HTTP://Host.COM/%7e',
      'file:///a/b',
      'http://h:bad/',
      '/a;p?x=1',
      '',
    ],
  ],
};
