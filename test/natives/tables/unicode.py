"""Write stdlib/natives/unicode-tables.ts: what Python 3.11's unicodedata knows of Unicode 14.

Run with CPython 3.11 from the top of the repository:

    python3 test/natives/tables/unicode.py > stdlib/natives/unicode-tables.ts

A property is written as runs of (length, value), a value by its place among the property's words;
the last run goes on to the end. Decompositions are rows of gap, kind and the characters, in which
the kind is left out where it is canonical. Numbers are in base 36.
"""

import sys
import unicodedata

assert unicodedata.unidata_version == "14.0.0"
POINTS = [chr(i) for i in range(sys.maxunicode + 1)]
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number):
    text = ""
    while True:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
        if number == 0:
            return text


def literal(text, width=88):
    """A text as strings joined by +, each on its line."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) + 1 > width:
            lines.append(line + " ")
            line = word
        else:
            line = f"{line} {word}" if line else word
    lines.append(line)
    return " +\n".join(f"    '{each}'" for each in lines)


def runs(of):
    values = [of(char) for char in POINTS]
    words = sorted(set(values), key=str)
    parts, begin = [], 0
    for at in range(1, len(values) + 1):
        if at == len(values) or values[at] != values[begin]:
            parts.append(f"{base36(at - begin)} {base36(words.index(values[begin]))}")
            begin = at
    return " ".join(map(str, words)), " ".join(parts)


def decompositions():
    kinds, parts, last = [""], [], 0
    for at, char in enumerate(POINTS):
        text = unicodedata.decomposition(char)
        if not text:
            continue
        kind, points = "", text.split()
        if points[0].startswith("<"):
            kind, points = points[0], points[1:]
        if kind not in kinds:
            kinds.append(kind)
        row = [base36(at - last)]
        if kind:
            row.append(f"!{base36(kinds.index(kind))}")
        parts.append(",".join(row + [base36(int(point, 16)) for point in points]))
        last = at
    return " ".join(kinds[1:]), " ".join(parts)


def excluded():
    """Pairs that are taken apart, and never put together again."""
    parts, last = [], 0
    for at, char in enumerate(POINTS):
        text = unicodedata.decomposition(char)
        if text and not text.startswith("<") and " " in text:
            if unicodedata.normalize("NFC", char) != char:
                parts.append(base36(at - last))
                last = at
    return " ".join(parts)


print("""// What Python 3.11's unicodedata knows of Unicode 14.0.
//
// Made by test/natives/tables/unicode.py with CPython 3.11, which says how it is written; read
// by unicode.ts. The host's own tables are those of its release, which no program may see (L4).
//
// prettier-ignore
export const UNICODE_DATA = {""")
for name, of in [
    ("category", unicodedata.category),
    ("bidirectional", lambda char: unicodedata.bidirectional(char) or "-"),
    ("width", unicodedata.east_asian_width),
    ("combining", unicodedata.combining),
]:
    words, text = runs(of)
    print(f"  {name}: {{\n    words:\n{literal(words)},\n    runs:\n{literal(text)},\n  }},")
kinds, text = decompositions()
print(f"  decomposition: {{\n    kinds:\n{literal(kinds)},\n    rows:\n{literal(text)},\n  }},")
print(f"  /** Gaps between them. */\n  excluded:\n{literal(excluded())},\n}} as const;")
