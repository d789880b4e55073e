"""Tables of bytes and bytearray."""

from table import BYTES, Table, random_bytes, times


def bytes_methods():
    table = Table("bytes-methods")
    rng = table.random
    simple = (
        "capitalize lower upper swapcase title isalnum isalpha isascii isdigit islower isspace "
        "istitle isupper strip lstrip rstrip split rsplit splitlines expandtabs hex __len__ "
        "__repr__ __str__"
    ).split()
    for data in BYTES + [b"a\tb\n\tc", b"a\nb\r\nc\rd\x0be", b" \x0b\x1c ", b"they're"]:
        kind = type(data).__name__
        for name in simple:
            table.call(f"{kind}.{name}", data)
        table.call(f"{kind}.splitlines", data, True)
        table.call(f"{kind}.zfill", data, 5)
        table.call("repr", data)
    for data in [b"", b"abcabc", b"aaa", bytearray(b"aba")]:
        kind = type(data).__name__
        for sub in [b"", b"a", b"abc", b"b", b"aa", bytearray(b"a"), 97, 300, -1, True]:
            for name in ["find", "rfind", "index", "rindex", "count"]:
                table.call(f"{kind}.{name}", data, sub)
                table.call(f"{kind}.{name}", data, sub, 1, 4)
                table.call(f"{kind}.{name}", data, sub, -2)
                table.call(f"{kind}.{name}", data, sub, 9)
            table.call(f"{kind}.__contains__", data, sub)
            if not isinstance(sub, int):
                for name in ["partition", "rpartition", "removeprefix", "removesuffix",
                        "startswith", "endswith", "split", "rsplit", "strip"]:
                    table.call(f"{kind}.{name}", data, sub)
                table.call(f"{kind}.startswith", data, sub, 1, 3)
                table.call(f"{kind}.endswith", data, sub, 1, 3)
                table.call(f"{kind}.replace", data, sub, b"--", 2)
    for arg in ["a", 1, None, [1], 1.5]:
        for name in ["find", "count", "index", "partition", "replace", "split", "strip",
                "removeprefix", "removesuffix", "join", "startswith", "endswith", "__add__",
                "__contains__", "__eq__", "__lt__", "translate"]:
            extra = (b"x",) if name == "replace" else ()
            table.call(f"bytes.{name}", b"abc", arg, *extra)
            table.call(f"bytearray.{name}", bytearray(b"abc"), arg, *extra)
    for line in ["bytes.center(b'ab', 5)", "bytes.center(b'ab', 5, b'*')",
            "bytes.ljust(b'ab', 5, b'**')", "bytes.rjust(b'a', 3, 'x')",
            "bytes.rjust(b'a', 3, bytearray(b'x'))", "bytes.center(b'a', 'b')",
            "bytes.split(b'a', b'')", "bytes.split(b'a b', None, 0)",
            "bytes.rsplit(b'a,b,c', b',', 1)",
                 "bytes.partition(b'a', b'')", "bytes.startswith(b'abc', (b'x', b'a'))",
                     "bytes.startswith(b'abc', ('a',))",
                     "bytes.join(b'-', [b'a', bytearray(b'b')])",
                     "bytes.join(b'-', [b'a', 'b'])", "bytes.join(b'-', (b'a',))",
                     "bytes.join(b'-', {b'k': 1})",
                     "bytearray.join(bytearray(b'-'), [b'a', b'b'])",
                 "bytes.translate(b'abc', None, b'b')",
                     "bytes.translate(b'abc', None, delete=b'b')",
                     "bytes.translate(b'abc', b'x')", "bytes.maketrans(b'ab', b'c')",
                     "bytes.maketrans('a', 'b')", "bytes.fromhex('4a 4B')",
                     "bytes.fromhex('4')", "bytes.fromhex('4 a')", "bytes.fromhex('zz')",
                     "bytes.fromhex(1)", "bytes.fromhex('é')",
                 "bytes.fromhex('')", "bytes.fromhex(' 4a\\n4b\\t')",
                     "bytearray.fromhex('00ff')", "bytes.hex(b'abcde', ':')",
                     "bytes.hex(b'abcde', ':', 2)", "bytes.hex(b'abcde', ':', -2)",
                     "bytes.hex(b'abcde', b'-', 3)", "bytes.hex(b'abcde', '')",
                     "bytes.hex(b'abcde', 'ab')", "bytes.hex(b'abcde', 'é')",
                     "bytes.hex(b'abcde', 1)",
                 "bytes.hex(b'abcde', ':', 0)",
                     "bytes.hex(b'abcde', sep=':', bytes_per_sep=1099511627776)",
                     "bytes.hex(b'', ':')", "bytes.__getitem__(b'abc', 0)",
                     "bytes.__getitem__(b'abc', -1)", "bytes.__getitem__(b'abc', 3)",
                     "bytes.__getitem__(b'abc', 'a')", "bytes.__getitem__(b'abc', 1.5)",
                 "bytes.__getitem__(b'abc', 1180591620717411303424)",
                     "bytes.__getitem__(b'abcd', slice(1, 3))",
                     "bytes.__getitem__(b'abcd', slice(None, None, -1))",
                     "bytearray.__getitem__(bytearray(b'abcd'), slice(0, 4, 2))",
                     "bytearray.__getitem__(bytearray(b'abc'), 5)",
                     "bytearray.__getitem__(bytearray(b'abc'), 'a')",
                 "bytes.__mul__(b'ab', 3)", "bytes.__mul__(b'ab', -1)",
                     "bytearray.__rmul__(bytearray(b'ab'), 2)",
                     "bytes.__add__(b'a', bytearray(b'b'))",
                     "bytearray.__add__(bytearray(b'a'), b'b')", "bytes.__getnewargs__(b'a')",
                     "bytes.__bytes__(b'a')", "bytes.__eq__(b'a', bytearray(b'a'))",
                     "bytes.__lt__(b'a', b'b')",
                 "bytes.__ge__(b'\\xff', b'a')", "bytes.expandtabs(b'a\\tb', 4)",
                     "bytes.zfill(b'-5', 5)", "bytes.translate(b'ab', None)"]:
        table.line(line)
    for args in ["", "5", "0", "-1", "'a'", "'é', 'utf-8'", "'a', 'utf-8', 'strict'",
            "'a', errors='strict'", "b'a'", "b'a', 'utf-8'", "1, 'utf-8'", "b'a', errors='x'",
            "[1, 2]", "(1, True)", "[300]", "[-1]", "['a']", "[1.5]", "1.5", "None", "{1: 2}",
            "range(3)", "encoding='utf-8'", "1180591620717411303424",
                 "source=b'a'", "bytearray(b'x')", "'é', 'ascii'", "[]", "True"]:
        table.line(f"bytes({args})")
        table.line(f"bytearray({args})")
    for args in ["'append', bytearray(b'a'), 98", "'append', bytearray(b'a'), 300",
            "'append', bytearray(b'a'), 'b'", "'extend', bytearray(b'a'), b'bc'",
            "'extend', bytearray(b'a'), [98, 99]", "'extend', bytearray(b'a'), 'b'",
            "'extend', bytearray(b'a'), [300]", "'extend', bytearray(b'a'), 1",
            "'extend', bytearray(b'a'), ()",
                 "'insert', bytearray(b'ac'), 1, 98", "'insert', bytearray(b'a'), -5, 98",
                     "'insert', bytearray(b'a'), 99, 98", "'insert', bytearray(b'a'), 'x', 98",
                     "'insert', bytearray(b'a'), 0, 300", "'pop', bytearray(b'abc')",
                     "'pop', bytearray(b'abc'), 0", "'pop', bytearray(b'abc'), -2",
                     "'pop', bytearray(b'abc'), 5",
                 "'pop', bytearray()", "'pop', bytearray(b'a'), 'x'",
                     "'remove', bytearray(b'aba'), 97", "'remove', bytearray(b'a'), 5",
                     "'remove', bytearray(b'a'), 300", "'remove', bytearray(b'a'), 'a'",
                     "'clear', bytearray(b'abc')", "'reverse', bytearray(b'abc')",
                     "'copy', bytearray(b'abc')",
                 "'__setitem__', bytearray(b'abc'), 0, 120",
                     "'__setitem__', bytearray(b'abc'), -1, 120",
                     "'__setitem__', bytearray(b'abc'), 5, 1",
                     "'__setitem__', bytearray(b'abc'), 0, 300",
                     "'__setitem__', bytearray(b'abc'), 0, 'a'",
                     "'__setitem__', bytearray(b'abc'), 'a', 1",
                     "'__setitem__', bytearray(b'abc'), slice(0, 2), b'xyz'",
                 "'__setitem__', bytearray(b'abc'), slice(1, 1), [1, 2]",
                     "'__setitem__', bytearray(b'abc'), slice(0, 3, 2), b'xy'",
                     "'__setitem__', bytearray(b'abc'), slice(0, 3, 2), b'x'",
                     "'__setitem__', bytearray(b'abc'), slice(0, 2), 'a'",
                     "'__setitem__', bytearray(b'abc'), slice(0, 2), 5",
                     "'__setitem__', bytearray(b'abc'), slice(0, 2), None",
                 "'__setitem__', bytearray(b'abc'), slice(None, None, -1), b'xyz'",
                     "'__delitem__', bytearray(b'abc'), 0",
                     "'__delitem__', bytearray(b'abc'), 5",
                     "'__delitem__', bytearray(b'abc'), 'a'",
                     "'__delitem__', bytearray(b'abcdef'), slice(1, 3)",
                     "'__delitem__', bytearray(b'abcdef'), slice(None, None, 2)",
                 "'__delitem__', bytearray(b'abcdef'), slice(5, 0, -2)",
                     "'__iadd__', bytearray(b'a'), b'b'", "'__iadd__', bytearray(b'a'), 'b'",
                     "'__iadd__', bytearray(b'a'), [1]", "'__imul__', bytearray(b'ab'), 2",
                     "'__imul__', bytearray(b'ab'), -1", "'__imul__', bytearray(b'ab'), 'a'"]:
        table.line(f"mutated({args})")
    for _ in times(150):
        data, sub = random_bytes(rng, 12), random_bytes(rng, 3)
        kind = rng.choice(["bytes", "bytearray"])
        data = data if kind == "bytes" else bytearray(data)
        name = rng.choice(["find", "rfind", "count", "replace", "split", "rsplit", "partition",
            "strip", "startswith", "endswith", "title", "swapcase", "splitlines", "istitle"])
        if name in ("find", "rfind", "count", "startswith", "endswith"):
            table.call(f"{kind}.{name}", data, sub, rng.randrange(-8, 8), rng.randrange(-8, 12))
        elif name == "replace":
            table.call(f"{kind}.replace", data, sub, random_bytes(rng, 3), rng.randrange(-1, 3))
        elif name in ("split", "rsplit"):
            table.call(f"{kind}.{name}", data, sub or None, rng.randrange(-1, 3))
        elif name in ("partition", "strip"):
            table.call(f"{kind}.{name}", data, sub)
        else:
            table.call(f"{kind}.{name}", data)
    table.save()
