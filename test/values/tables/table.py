"""What the tables are made with: the Table, pools of values, and random ones."""

import math
import operator
import os
import random
import struct
import sys

assert sys.version_info[:2] == (3, 11)
HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = sys.argv[1] if len(sys.argv) > 1 else HERE
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
SIZE = int(sys.argv[3]) if len(sys.argv) > 3 else 1

inf, nan = math.inf, math.nan


def mutated(name, this, *args):
    result = getattr(type(this), name)(this, *args)
    return result, this


ENV = {"inf": inf, "nan": nan, "math": math, "operator": operator, "mutated": mutated}


def written(*args, **keywords):
    parts = [repr(a) for a in args] + [f"{k}={v!r}" for k, v in keywords.items()]
    return ", ".join(parts)


class Table:
    def __init__(self, name):
        self.name, self.lines, self.seen = name, [], set()
        self.random = random.Random(f"{SEED} {name}")

    def call(self, function, *args, **keywords):
        self.line(f"{function}({written(*args, **keywords)})")

    def line(self, expression):
        if expression in self.seen:
            return
        self.seen.add(expression)
        try:
            result = repr(eval(expression, dict(ENV)))
            self.lines.append(f"{expression} -> {result}")
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            self.lines.append(f"{expression} !! {text}")

    def save(self):
        assert not any("\n" in line for line in self.lines), self.name
        with open(os.path.join(FOLDER, self.name + ".txt"), "w", encoding="utf-8") as file:
            file.write(f"# Made by generate.py with CPython 3.11.\n")
            for line in self.lines:
                # Lone surrogates cannot be written; what prints them escapes them in reprs.
                line.encode("utf-8")
                file.write(line + "\n")
        print(self.name, len(self.lines))


INTS = [0, 1, -1, 2, -2, 3, 7, -7, 10, 255, -256, 2**31, -(2**31), 2**32 + 1, 2**53 - 1, 2**53,
        2**53 + 1, -(2**53) - 1, 2**63, -(2**63), 2**64 - 1, 10**18, 10**30, -(10**30), 2**100]
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, -2.5, 0.1, 1e-5, 1e16, 1e22, -1e300, 1e-300,
    5e-324,
          1.7976931348623157e308, 2.2250738585072014e-308, 123456789.125, inf, -inf, nan]
BOOLS = [True, False]
OTHERS = ["a", b"a", None, [], (1,)]
TEXTS = ["", "a", "ab", "abc", "aba", "A", "Ab Cd", "hello world", " a b ", "\t\n x", "a,b,,c",
    "aaa",
         "é", "ß", "ÿ", "ﬁ", "Σ", "ΑΣ", "ΑΣ Β", "İ", "ı", "ǆ", "ǅ", "日本", "😀", "a😀b", "x😀😀y",
             "\U00010400",
         "\x00", "\x85", "\u2028", "\xa0", "\u3000", "\u200b", "١٢", "½", "²", "Ⅷ", "it's", '"',
             "'\"",
         "\\", "\ud800", "_a", "1a", "a1", "𝐀", "ʼn", "ŉ", "ᾳ", "ᾼ", "\u0345", "a\u0301", "-5",
             "+5"]
BYTES = [b"", b"a", b"ab", b"abc", b"aba", b" a b ", b"a,b,,c", b"aaa", b"\x00", b"\xff\xfe",
    b"AbC1",
         b"it's", b'"', b"'\"", b"\\\n\r\t", b"Ab Cd", b"\x80abc", b"12", bytearray(b""),
         bytearray(b"ab"), bytearray(b"it's")]


def random_int(rng):
    bits = rng.choice([3, 8, 20, 31, 33, 52, 53, 54, 64, 65, 90, 130, 300])
    return rng.getrandbits(bits) * rng.choice([1, -1])


def random_float(rng):
    kind = rng.randrange(6)
    if kind == 0:
        return struct.unpack(">d", rng.randbytes(8))[0]
    if kind == 1:
        return rng.uniform(-100, 100)
    if kind == 2:
        return round(rng.uniform(-1000, 1000), rng.randrange(5))
    if kind == 3:
        return float(rng.randrange(-10**6, 10**6))
    if kind == 4:
        return rng.uniform(0, 1) * 10.0 ** rng.randrange(-20, 25)
    return rng.randrange(-2000, 2000) / 2 ** rng.randrange(12)


def random_text(rng, most=8):
    pool = rng.choice(["ab", "abcAB \t", "aé😀 ", "0123456789", "aßΣǆİ", "a\u0301日本 \u3000\x85",
        "a,;\n\r"])
    return "".join(rng.choice(pool) for _ in range(rng.randrange(most)))


def random_bytes(rng, most=8):
    return bytes(rng.choice(b"ab AB\t\n\xff\x00") for _ in range(rng.randrange(most)))


def times(count):
    return range(count * SIZE)
