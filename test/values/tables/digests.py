"""Print a digest of what CPython 3.11's str methods say of every code point that is something.

    python3 digests.py > unicode-digests.json

test/values/unicode.test.ts computes the same digests with the natives' own functions.
"""

import hashlib
import json
import sys
import unicodedata

assert unicodedata.unidata_version == "14.0.0"
# The planes between have no characters.
RANGES = [(0, 0x32000), (0xE0000, 0xE0400), (0x10FF00, sys.maxunicode + 1)]
POINTS = [chr(i) for start, end in RANGES for i in range(start, end)]


def digest(say):
    hashed = hashlib.sha256()
    for c in POINTS:
        hashed.update(say(c).encode("utf-16-le", "surrogatepass") + b"\n\0")
    return hashed.hexdigest()


def test(method):
    return lambda c: "1" if method(c) else "0"


SAYS = {
    **{
        name: test(getattr(str, name))
        for name in (
            "isalpha isdecimal isdigit isnumeric isalnum isspace isprintable isidentifier islower "
            "isupper istitle"
        ).split()
    },
    "continues": lambda c: "1" if ("a" + c).isidentifier() else "0",
    "int": lambda c: str(int(c)) if c.isdecimal() else "",
    **{
        name: getattr(str, name)
        for name in "lower upper title casefold capitalize swapcase".split()
    },
    "sigma": lambda c: ("A" + c + "\u03a3" + c + "\u03a3b").lower(),
    "repr": repr,
    "ascii": ascii,
}

print(json.dumps({name: digest(say) for name, say in SAYS.items()}, indent=1))
