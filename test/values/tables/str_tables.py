"""Tables of str, and of encodings."""

from table import TEXTS, Table, random_text, times


def str_methods():
    table = Table("str-methods")
    rng = table.random
    simple = (
        "capitalize casefold lower upper swapcase title isalnum isalpha isascii isdecimal isdigit "
        "isidentifier islower isnumeric isprintable isspace istitle isupper strip lstrip rstrip "
        "split rsplit splitlines expandtabs __len__ __repr__ __str__"
    ).split()
    for text in TEXTS + ["they're bill's", "x\ty\tz\n\tq",
            "a\r\nb\rc\nd\x0be\x0cf\x1cg\x85h\u2028i", "  lead", "trail  ", "ﬃ", "ΣΑΣ ΣΣ",
            "ΑΣ.Β", "ΑΣ.", "ǅǆ", "ᾳΑ"]:
        for name in simple:
            table.call(f"str.{name}", text)
        table.call("ascii", text)
        table.call("str.splitlines", text, True)
        table.call("str.zfill", text, 5)
    for text in ["", "abcabc", "aaa", "a😀b😀", "😀", "x"]:
        for sub in ["", "a", "abc", "b", "aa", "😀", "x", "\ud83d", "\ude00"]:
            for name in ["find", "rfind", "index", "rindex", "count", "startswith", "endswith"]:
                table.call(f"str.{name}", text, sub)
                for start, end in [(1, None), (None, 2), (1, 3), (-2, None), (5, None), (2, 1),
                        (-100, 100), (3, 3), (10**30, None)]:
                    if rng.random() < 0.35:
                        table.call(f"str.{name}", text, sub, start, end)
            table.call("str.partition", text, sub)
            table.call("str.rpartition", text, sub)
            table.call("str.removeprefix", text, sub)
            table.call("str.removesuffix", text, sub)
            table.call("str.__contains__", text, sub)
            for count in [-1, 0, 1, 2]:
                table.call("str.replace", text, sub, "-", count)
                table.call("str.split", text, sub, count)
                table.call("str.rsplit", text, sub, count)
    for text in [" a  b c ", "\u3000a\x85b\x1cc", "", "   ", "abc"]:
        for count in [-1, 0, 1, 2, 10]:
            table.call("str.split", text, None, count)
            table.call("str.rsplit", text, None, count)
    for text in ["abc", "xxabcxx", "😀a😀", "aba"]:
        for chars in [None, "", "x", "xa", "😀", "abc", "\ud83d"]:
            for name in ["strip", "lstrip", "rstrip"]:
                table.call(f"str.{name}", text, chars)
    for width in [-1, 0, 3, 4, 5, 6, True]:
        for text in ["", "ab", "abc", "😀", "-5", "+x"]:
            for name in ["center", "ljust", "rjust"]:
                table.call(f"str.{name}", text, width)
                table.call(f"str.{name}", text, width, "😀")
            table.call("str.zfill", text, width)
            table.call("str.expandtabs", "a\tbc\t" + text, width)
    for prefix in [("a", "b"), (), ("x", 1), "a", ("abc",), ["a"], 1, b"a", None]:
        table.call("str.startswith", "abc", prefix)
        table.call("str.endswith", "abc", prefix)
    for items in [[], ["a"], ["a", "b"], ("x", "y", "z"), "abc", {"k": 1}, [1], ["a", None],
            ["a", b"b"], 5, None, 1.5, range(2), True]:
        table.call("str.join", ", ", items)
    for args in [(1,), (None,), (b"a",), (["a"],)]:
        for name in ["find", "count", "index", "partition", "replace", "split", "rsplit",
                "strip", "removeprefix", "removesuffix", "join", "__add__", "__contains__",
                "__eq__", "__lt__", "__ne__", "translate"]:
            if name == "join" and args == (["a"],) or name == "translate" and args[0] != 1:
                continue
            extra = ("x",) if name == "replace" else ()
            table.call(f"str.{name}", "abc", *args, *extra)
    for line in ["str.replace('a', 'b', 5)",
            "str.replace('abc', 'b', 'xy', 99)", "str.center('a', 5, 'ab')",
            "str.center('a', 5, 1)",
            "str.center('a', 'b')", "str.zfill('a', 1.5)", "str.expandtabs('a', 1099511627776)",
                 "str.split('a', '')", "str.rsplit('a', '')", "str.split('a', maxsplit=0)",
                     "str.split('a b', sep=' ')", "str.partition('a', '')",
                     "str.splitlines('a', 'b')", "str.splitlines('a', keepends=2)",
                     "str.split('a b c', None, True)", "str.find('a', 'a', 1.5)",
                     "str.find('a', 'a', 'b')",
                 "str.center('a', 1180591620717411303424)", "str.ljust('a', 3, 'é')",
                     "str.encode('a', 1)", "str.encode('a', 'utf-8', 1)",
                     "str.__getitem__('abc', 0)", "str.__getitem__('abc', -1)",
                     "str.__getitem__('abc', 3)", "str.__getitem__('abc', -4)",
                     "str.__getitem__('a😀b', 1)",
                 "str.__getitem__('a😀b', 2)", "str.__getitem__('abc', 'a')",
                     "str.__getitem__('abc', 1.5)", "str.__getitem__('abc', None)",
                     "str.__getitem__('abc', 1180591620717411303424)",
                     "str.__getitem__('abc', True)", "str.__format__('abc', 1)",
                     "str.__format__('abc', '>5')", "str.__mul__('ab', 3)",
                     "str.__mul__('ab', -1)",
                 "str.__mul__('ab', True)", "str.__rmul__('ab', 2)", "str.__getnewargs__('a')",
                     "str.__hash__('')", "str.__add__('a', 'b')", "str.__eq__('a', 'a')",
                     "str.__ne__('a', 'b')", "str.__lt__('a', 'b')",
                     "str.__ge__('😀', '\\uffff')", "str.__gt__('😀', '\\ue000')"]:
        table.line(line)
    for start in [None, 0, 1, -1, -5, 10]:
        for stop in [None, 0, 2, -1, 10]:
            for step in [None, 1, 2, -1, -2, 0]:
                table.call("str.__getitem__", "a😀bcd", slice(start, stop, step))
    for line in ["str.maketrans('ab', 'xy')", "str.maketrans('ab', 'xy', 'c')",
            "str.maketrans({'a': 'x', 98: None})", "str.maketrans({'ab': 1})",
            "str.maketrans({1.5: 1})", "str.maketrans(1)", "str.maketrans('a', 'bc')",
            "str.maketrans('a', 1)", "str.maketrans('a', 'b', 1)", "str.maketrans(1, 'b')",
            "str.maketrans('😀', 'a')", "str.maketrans({})"]:
        table.line(line)
    for mapping in [{97: 98}, {97: "xyz"}, {97: None}, {97: 1.5}, {97: -1}, {97: 1114112},
            {97: 2**70}, {128512: "s"}, {}, {97: 128512}, {97: True}, {97: ""}]:
        table.call("str.translate", "ab😀", mapping)
    for args in ["", "5", "None", "'a'", "b'a'", "b'\\xc3\\xa9', 'utf-8'", "b'\\xff', 'utf-8'",
            "b'\\xff', 'latin-1'", "'a', 'utf-8'", "5, 'utf-8'",
            "b'a', errors='strict'", "encoding='utf-8'", "object='x'", "b'a', 1",
            "b'a', 'utf-8', 1", "1.5", "True", "bytearray(b'a'), 'ascii'"]:
        table.line(f"str({args})")
    for _ in times(400):
        text, sub = random_text(rng, 12), random_text(rng, 3)
        name = rng.choice(["find", "rfind", "count", "replace", "split", "rsplit", "partition",
            "rpartition", "strip", "startswith", "endswith", "title", "capitalize", "swapcase",
            "lower", "upper", "casefold", "splitlines", "expandtabs",
                           "istitle", "isupper", "islower", "isidentifier", "isprintable"])
        if name in ("find", "rfind", "count", "startswith", "endswith"):
            table.call(f"str.{name}", text, sub, rng.randrange(-8, 8), rng.randrange(-8, 12))
        elif name == "replace":
            table.call("str.replace", text, sub, random_text(rng, 3), rng.randrange(-1, 3))
        elif name in ("split", "rsplit"):
            table.call(f"str.{name}", text, sub or None, rng.randrange(-1, 3))
        elif name in ("partition", "rpartition", "strip"):
            table.call(f"str.{name}", text, sub)
        else:
            table.call(f"str.{name}", text)
    table.save()


CODECS = ["utf-8", "ascii", "latin-1", "utf-16", "utf-16-le", "utf-16-be", "utf-32",
    "utf-32-le", "utf-32-be", "utf-8-sig"]
ENCODE_ERRORS = ["strict", "ignore", "replace", "backslashreplace", "xmlcharrefreplace",
    "surrogateescape", "surrogatepass"]
DECODE_ERRORS = ["strict", "ignore", "replace", "backslashreplace", "surrogateescape",
    "surrogatepass"]


def codecs():
    table = Table("codecs")
    rng = table.random
    for text in ["", "abc", "é", "aéb€😀", "\ud800",
            "a\udc80\udcffb", "\ud800x", "éé€", "\udc80é",
            "\x80\xff"]:
        for codec in CODECS:
            for errors in ENCODE_ERRORS:
                table.call("str.encode", text, codec, errors)
    for data in [b"", b"abc", b"\xc3\xa9", b"\xff", b"\xe2\x82", b"a\xe2\x28\xa1",
            b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xf0\x9f\x98", b"\xf4\x90\x80\x80",
            b"\xc0\x80a", b"\xef\xbb\xbfa", b"\x80\x81", b"\xff\xfea\x00", b"\xfe\xff\x00a",
                 b"a\x00b", b"\x00\xd8a\x00", b"\x00\xdc", b"\x00\xd8\x00\xdc",
                     b"a\x00\x00\x00", b"\x00\x00\x11\x00", b"\x00\xd8\x00\x00",
                     b"\xff\xfe\x00\x00a\x00\x00\x00", b"\x00\x00\xfe\xff\x00\x00\x00a",
                     b"\xf8\x88\x80\x80\x80", b"\xe0\x80\x80", b"\xf1\x80\x80"]:
        for codec in CODECS:
            for errors in DECODE_ERRORS:
                if codec.startswith("utf-") and codec[4] in "13" and errors == "surrogateescape":
                    continue
                table.call("bytes.decode", data, codec, errors)
    for name in ["UTF8", "U8", "utf 8", "Utf_8", "latin1", "L1", "iso-8859-1", "8859",
            "us-ascii", "ASCII", "646", "utf16", "UTF_16_LE", "u32", "utf-8\x00",
            "utf--8", "utf8!"]:
        table.call("bytes.decode", b"ab", name)
        table.call("str.encode", "ab", name)
    table.line("bytes.decode(b'a', encoding='ascii', errors='ignore')")
    table.call("bytes.decode", b"a", 1)
    for _ in times(150):
        pool = b"a\x80\xbf\xc2\xe0\xe2\xed\xf0\xf4\x90\xa0\x9f"
        data = bytes(rng.choice(pool) for _ in range(rng.randrange(1, 6)))
        table.call("bytes.decode", data, "utf-8", rng.choice(DECODE_ERRORS))
    table.save()
