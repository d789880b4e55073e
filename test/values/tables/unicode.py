"""Write vm/values/plain-unicode-tables.ts: what Python 3.11's str knows of Unicode 14.

Run with CPython 3.11 from the top of the repository:

    python3 test/values/tables/unicode.py > vm/values/plain-unicode-tables.ts

Sets of code points are written as gaps and lengths of their ranges, in turn; mappings as runs of
(gap, count, stride, distance). Numbers are in base 36, joined by spaces.
"""

import sys
import unicodedata

assert unicodedata.unidata_version == "14.0.0"
POINTS = [chr(i) for i in range(sys.maxunicode + 1)]
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number):
    if number < 0:
        return "-" + base36(-number)
    text = ""
    while True:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
        if number == 0:
            return text


def ranges(test):
    numbers, end, start = [], 0, None
    for i, char in enumerate(POINTS + [None]):
        inside = char is not None and test(char)
        if inside and start is None:
            start = i
        elif not inside and start is not None:
            numbers += [start - end, i - start]
            end, start = i, None
    return numbers


def runs(mapping):
    """mapping: code point -> code point, as [gap, count, stride, distance]*."""
    numbers, last = [], 0
    items = sorted(mapping.items())
    i = 0
    while i < len(items):
        start, distance = items[i][0], items[i][1] - items[i][0]
        best = (1, 1)
        for stride in (1, 2):
            count = 1
            while (
                i + count < len(items)
                and items[i + count][0] == start + count * stride
                and items[i + count][1] - items[i + count][0] == distance
            ):
                count += 1
            if count > best[0]:
                best = (count, stride)
        count, stride = best
        numbers += [start - last, count, stride, distance]
        last = start + (count - 1) * stride
        i += count
    return numbers


def single(method):
    return {
        ord(c): ord(method(c))
        for c in POINTS
        if len(method(c)) == 1 and method(c) != c
    }


def special(method):
    return "|".join(
        base36(ord(c)) + ":" + " ".join(base36(ord(x)) for x in method(c))
        for c in POINTS
        if len(method(c)) != 1
    )


def cased(c):
    return c.islower() or c.isupper() or c.istitle()


def ignorable(c):
    # A capital sigma at the end of a word looks past what has no case of its own.
    return ("A" + c + "\u03a3").lower()[-1] == "\u03c2" and not (
        (c + "\u03a3").lower()[-1] == "\u03c2"
    )


def numbers(*texts):
    return " ".join(base36(n) if isinstance(n, int) else n for n in texts)


SETS = {
    "alpha": (str.isalpha, "str.isalpha: categories L*"),
    "decimal": (str.isdecimal, "str.isdecimal: each range is whole runs of ten, 0 to 9"),
    "digit": (str.isdigit, "str.isdigit"),
    "numeric": (str.isnumeric, "str.isnumeric"),
    "lower": (str.islower, "has the property Lowercase"),
    "upper": (str.isupper, "has the property Uppercase"),
    "title": (lambda c: c.istitle() and not c.isupper(), "category Lt"),
    "space": (str.isspace, "str.isspace"),
    "printable": (str.isprintable, "str.isprintable"),
    "xidStart": (str.isidentifier, "may begin an identifier"),
    "xidContinue": (lambda c: ("a" + c).isidentifier(), "may go on in one"),
    "ignorable": (ignorable, "has the property Case_Ignorable"),
}

fold = {
    ord(c): ord(c.casefold())
    for c in POINTS
    if len(c.casefold()) == 1 and c.casefold() != c.lower()
}
title = {
    ord(c): ord(c.title())
    for c in POINTS
    if len(c.title()) == 1 and c.title() != c.upper()
}
fold_special = "|".join(
    base36(ord(c)) + ":" + " ".join(base36(ord(x)) for x in c.casefold())
    for c in POINTS
    if len(c.casefold()) != 1 and c.casefold() != c.lower()
)
MAPS = {
    "toLower": (numbers(*runs(single(str.lower))), "str.lower, one to one"),
    "toUpper": (numbers(*runs(single(str.upper))), "str.upper, one to one"),
    "toTitle": (numbers(*runs(title)), "str.title where it is not upper, one to one"),
    "toFold": (numbers(*runs(fold)), "str.casefold where it is not lower, one to one"),
    "lowerSpecial": (special(str.lower), "str.lower, one to many"),
    "upperSpecial": (special(str.upper), "str.upper, one to many"),
    "titleSpecial": (special(str.title), "str.title, one to many"),
    "foldSpecial": (fold_special, "str.casefold, one to many"),
}

print("""// What Python 3.11 knows of Unicode (version 14.0): sets and mappings of code points.
//
// Made by test/values/tables/unicode.py with CPython 3.11; read by plain-unicode.ts.
// The host's own \\p{…} and toUpperCase follow another version of Unicode with each
// release of the host, which no program may see (L4).
//
// A set is the gap before a range and its length, in turn; a mapping is runs of gap,
// count, stride and distance; numbers in base 36. One to many: from:to to|from:to.
//
// prettier-ignore
export const UNICODE_TABLES = {""")


def emit(name, text, doc):
    print(f"  /** {doc} */")
    print(f"  {name}:")
    words, line, lines = text.split(" "), "", []
    for word in words:
        if len(line) + len(word) + 1 > 90:
            lines.append(line)
            line = ""
        line += word + " "
    lines.append(line[:-1])
    print(" +\n".join(f"    '{line}'" for line in lines) + ",")


for name, (test, doc) in SETS.items():
    emit(name, numbers(*ranges(test)), doc)
for name, (text, doc) in MAPS.items():
    emit(name, text, doc)
print("} as const;")
