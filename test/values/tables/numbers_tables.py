"""Tables of numbers: arithmetic, comparisons, hashes, text and back."""

from table import BOOLS, FLOATS, INTS, Table, inf, nan, random_float, random_int, random_text
from table import times


def arithmetic():
    table = Table("arithmetic")
    rng = table.random
    ops = ["add", "sub", "mul", "truediv", "floordiv", "mod"]
    bit_ops = ["and_", "or_", "xor"]
    for op in ops:
        for a in [0, 7, -7, 2**53, -(10**30), 1.5, -0.0, inf, nan, True]:
            for b in [0, 2, -2, 2**53 - 1, 10**30, 0.0, -2.5, inf, True]:
                table.call(f"operator.{op}", a, b)
    for a in [0, 6, -6, 2**40, -(2**80), True, False]:
        for b in [0, 3, -3, 2**40 + 1, -(2**70), True, False]:
            for op in bit_ops:
                table.call(f"operator.{op}", a, b)
    for a in [0, 1, -1, 5, 2**53, -(10**30), True]:
        for b in [0, 1, 31, 32, 52, 53, 64, 200, -1, 2**70, True]:
            table.call("operator.rshift", a, b)
            if b < 2**60 or a == 0:
                table.call("operator.lshift", a, b)
    for a, b in [(2, 0), (0, 0), (0, -1), (0.0, -1), (-8, 1 / 3 * 3), (2, -1), (2, 62), (2, 63),
            (-2, 63), (3, 40), (10, 22),
                 (10, 23), (7, 100), (-7, 3), (10**30, 3), (2, -1075), (10.0, 308), (10.0, 309),
                     (-10.0, 309),
                 (inf, -1), (-inf, 3), (-inf, -3), (nan, 0), (1, nan), (-1, inf), (0.5, inf),
                     (2, -inf),
                 (-0.0, 3), (-0.0, 2), (-0.0, -3), (True, True), (False, False), (1.5, 2), (2.0,
                     0.5), (4, -2),
                 (10**400, -1), (10**400, 1.0), (5, 0.0), (-5, 3), (-5.0, 3.0), (1e-200, 2),
                     (1e200, 2)]:
        table.call("operator.pow", a, b)
    for _ in times(350):
        op = rng.choice(ops)
        pick = lambda: rng.choice([random_int, random_int, random_float])(rng)
        table.call(f"operator.{op}", pick(), pick())
    for _ in times(60):
        table.call("operator." + rng.choice(bit_ops), random_int(rng), random_int(rng))
        table.call("operator." + rng.choice(["lshift", "rshift"]), random_int(rng),
            rng.randrange(150))
        table.call("operator.pow", random_int(rng), rng.randrange(12))
    for value in INTS + FLOATS + BOOLS:
        table.call("operator.neg", value)
        table.call("operator.pos", value)
        table.call("abs", value)
        if isinstance(value, int):
            table.call("operator.inv", value)
    for a in [7, -7, 2**70, 7.5, -7.5, 0]:
        for b in [2, -2, 2**60, 2.5, -2.5, 0, 0.0]:
            table.call("divmod", a, b)
    for a, b, m in [(2, 10, 1000), (2, 10, -1000), (-3, 5, 7), (3, -1, 7), (2, -1, 4), (2, 3,
            0), (2, 3, 1), (2, 3, -1),
                    (10**30, 10**20, 10**25 + 1), (7, 10**30, 10**9 + 7), (3, -5, 10**25 + 9),
                        (2.0, 3, 5), (2, 3, 5.0),
                    (5, 0, 7), (0, 0, 1), (0, 0, 5), (True, 2, 3), (123456789, 987654321,
                        94906265),
                    (123456789, 987654321, 94906266), (6, -1, 9), (-7, -3, 10)]:
        table.call("pow", a, b, m)
    for _ in times(40):
        a, b = random_int(rng), random_int(rng)
        if b > 10**6:
            b %= 10**6
        m = random_int(rng)
        table.call("pow", a, b, m)
    table.save()


def rounding():
    table = Table("rounding")
    rng = table.random
    for value in [0.5, 1.5, 2.5, -0.5, -1.5, 2.675, 1e16, 1e300, inf, -inf, nan,
            0.49999999999999994, -0.0, 5e-324]:
        table.call("float.__round__", value)
        for places in [0, 1, 2, -1, 3, 300, 400, -300, -400, 10**30, -(10**30), None, True]:
            table.call("float.__round__", value, places)
    for value in [0, 5, 15, 25, -15, -25, 149, 150, 10**30 + 5 * 10**9, 2**64]:
        for places in [0, 1, -1, -2, -10, -40, -500, True]:
            table.call("int.__round__", value, places)
        table.call("int.__round__", value)
    for value in [1.7e308, 9.99e307]:
        for places in [-306, -307, -308]:
            table.call("float.__round__", value, places)
    table.call("int.__round__", 5, 1.5)
    table.call("float.__round__", 5.5, "a")
    for _ in times(250):
        table.call("float.__round__", random_float(rng), rng.randrange(-5, 20))
    for _ in times(60):
        table.call("int.__round__", random_int(rng), -rng.randrange(1, 30))
    table.save()


def comparing():
    table = Table("comparing")
    rng = table.random
    numbers = [0, 1, True, 2**53, 2**53 + 1, float(2**53), 10**400, -(10**400), 1.0, 0.5, inf,
        -inf, nan, 10**30, 1e30]
    for a in numbers:
        for b in numbers:
            for op in ["eq", "lt", "ge"]:
                table.call(f"operator.{op}", a, b)
    values = [None, "a", "b", "", "\ue000", "😀", "\uffff", b"a", bytearray(b"a"), [], [1],
        [1.0], [1, 2], (1,), (), [[1], [2]], [[1], [3]],
              {"a": 1}, {"a": 1.0}, {"b": 1}, {}, {1: [1, {2: 3}]}, {1: [1, {2: 3.0}]}, {1},
                  {1.0}, {1, 2}, set(), range(0),
              range(3), range(0, 3, 1), range(0, 5, 2), range(0, 6, 2), range(2, 1), slice(1,
                  2), slice(1, 2, None), slice(None)]
    for a in values:
        for b in values:
            table.call("operator.eq", a, b)
    ordered = ["a", "b", "ab", "\ue000", "😀", b"a", bytearray(b"b"), [1], [1, 2], [0.5], ["a"],
        (1,), (2, 1), [[1, 2], 3], [[1, 2], 4],
               {1}, {1, 2}, {3}, set(), [nan], [None], ["a", None]]
    for a in ordered:
        for b in ordered:
            if type(a) is type(b) or {type(a), type(b)} <= {bytes, bytearray}:
                for op in ["lt", "le", "gt", "ge"]:
                    table.call(f"operator.{op}", a, b)
    for _ in times(150):
        a = [rng.choice([1, 2, 1.5, "a", "b"]) for _ in range(rng.randrange(4))]
        b = [rng.choice([1, 2, 1.5, "a", "b"]) for _ in range(rng.randrange(4))]
        table.call("operator." + rng.choice(["lt", "le", "gt", "ge", "eq", "ne"]), a, b)
    table.save()


def hashing():
    table = Table("hashing")
    rng = table.random
    assert hash("abc") == -4594863902769663758, "run with PYTHONHASHSEED=0"
    values = INTS + [f for f in FLOATS if f == f] + BOOLS + ["", "a", "abc", "é", "日本", "😀",
        "x" * 100, b"", b"abc", b"12345678",
             (), (1,), (1, 2, 3), ("a", (1.5, b"x")), ((),), (-1, -2), (True, 1.0), frozenset(),
                 frozenset({1}), frozenset({1, 2, 3}),
             range(5), range(0, 5, 2), 2**61 - 1, 2**61, -(2**61), 2**61 - 2, 2**122, [], {},
                 {1}, bytearray(b"a"), ([],),
             (1, {}), slice(1), -1, -2.0]
    for value in values:
        table.call("hash", value)
    for _ in times(60):
        table.call("hash", random_int(rng))
        f = random_float(rng)
        if f == f:
            table.call("hash", f)
        table.call("hash", random_text(rng, 20))
        table.call("hash", tuple(rng.randrange(-5, 10**rng.randrange(1,
            25)) for _ in range(rng.randrange(6))))
    table.save()


def number_text():
    table = Table("number-text")
    rng = table.random
    for value in INTS + FLOATS + BOOLS:
        table.call("repr", value)
        if isinstance(value, int):
            for name in ["bin", "oct", "hex"]:
                table.call(name, value)
        else:
            table.call("float.hex", value)
            table.call("float.as_integer_ratio", value)
            table.call("float.is_integer", value)
    for exponent in range(-10, 25):
        table.call("repr", 10.0**exponent)
        table.call("repr", 1.2345 * 10.0**exponent)
    for _ in times(300):
        table.call("repr", random_float(rng))
    for _ in times(60):
        table.call("float.hex", random_float(rng))
        table.call("float.as_integer_ratio", random_float(rng))
        table.call("repr", random_int(rng))
    for text in ["0x1p0", "0x1.8p1", "-0x1.8p-1", "0x.8p0", "1", "1.8", "a.b", "0x", "", "inf",
            "-INF", "nan", " 0x1p3 ", "0x1p", "0x1p+1024",
                 "0x1p1023", "0x1.fffffffffffffp1023", "0x1.fffffffffffff8p1023",
                     "0x1.fffffffffffff7fp1023", "0x1p-1074", "0x1p-1075", "0x1.8p-1075",
                     "0x1p-1076",
                 "0x1.00000000000008p0", "0x1.000000000000081p0", "0x1.00000000000018p0", "0xg",
                     "1p1p1", "0x1.2.3", "+0x1p1", "--1", "Infinity", "0x0.0p99999999",
                     "0x1p-99999999",
                 "0x1p99999999", "0X1P3", "é"]:
        table.call("float.fromhex", text)
    for value, args in [(5, ()), (5, (1,)), (256, (1,)), (256, (2,)), (256, (2, "little")), (-1,
            (2,)), (1, (0,)), (0, (0,)), (1, (-1,)), (1, (2, "x")),
                        (1, (2, 3)), (1, ("a",)), (2**64, (9,)), (10**30, (20, "little"))]:
        table.call("int.to_bytes", value, *args)
        table.call("int.to_bytes", value, *args, signed=True)
    for value in [127, 128, -128, -129, -1, -(2**63), 2**63 - 1, 2**63, 0]:
        for length in [1, 2, 8]:
            table.call("int.to_bytes", value, length, "big", signed=True)
            table.call("int.to_bytes", value, length, "little", signed=True)
    for data in [b"", b"\x01", b"\xff", b"\x01\x02", b"\xff" * 9, [1, 2], (255,),
            bytearray(b"\x80\x00"), "a", 5, [256], ["a"], None]:
        table.call("int.from_bytes", data)
        table.call("int.from_bytes", data, "little")
        table.call("int.from_bytes", data, "big", signed=True)
        table.call("int.from_bytes", data, "little", signed=True)
    table.call("int.from_bytes", b"a", "x")
    for value in INTS + BOOLS:
        for name in ["bit_length", "bit_count", "as_integer_ratio", "conjugate", "__int__",
                "__float__", "__index__", "__bool__", "__trunc__", "__floor__", "__ceil__",
                "__abs__",
                     "__neg__", "__invert__", "__pos__", "__hash__", "__repr__"]:
            table.call(f"int.{name}", value)
    for value in FLOATS:
        for name in ["conjugate", "__int__", "__float__", "__bool__", "__trunc__", "__floor__",
                "__ceil__", "__abs__", "__neg__", "__pos__", "__repr__"]:
            table.call(f"float.{name}", value)
    for op in ["add", "radd", "sub", "rsub", "mul", "truediv", "rtruediv", "floordiv",
            "rfloordiv", "mod", "rmod", "divmod", "rdivmod", "pow", "rpow", "lshift", "rlshift",
            "rshift",
               "rrshift", "and", "rand", "or", "xor", "eq", "ne", "lt", "le", "gt", "ge"]:
        for a in [7, True]:
            for b in [3, True, 2.5, "a", None]:
                table.call(f"int.__{op}__", a, b)
        if f"__{op}__" in float.__dict__:
            for b in [3, True, 2.5, "a", None]:
                table.call(f"float.__{op}__", 7.5, b)
        if op in ("and", "rand", "or", "xor"):
            for b in [3, True, False, 2.5]:
                table.call(f"bool.__{op}__", True, b)
    table.call("int.__pow__", 2, 5, 7)
    table.call("int.__pow__", 2, 5, 7.5)
    table.call("float.__pow__", 2.0, 5, 7)
    table.save()


def number_parsing():
    table = Table("number-parsing")
    rng = table.random
    texts = ["", " ", "0", "-0", "+5", " 12 ", "\t1\n", "1_000", "1__0", "_1", "1_", "0x10",
        "0b1", "0o7", "010", "00", "0_0", "٣", "１２", "١_٢", "\xa07\u3000", "\x1c5", "5\x85",
             "1.5", "1e5", "abc", "z", "Zz", "--1", "+-1", "- 1", "1 2", "1\x00", "x" * 300,
                 "é" * 250, "it's", "12345678901234567890123", "-99999999999999999999", "0x_f",
                 "0x__f",
             "0xg", "0B1", "0O17", "0Xff", "1" * 16, "9" * 15, "9007199254740993", "½", "²",
                 "𝟗", "\ud800", "inf"]
    for text in texts:
        table.call("int", text)
        for base in [0, 2, 8, 16, 36]:
            table.call("int", text, base)
        table.call("float", text)
    for base in [1, 37, -2, 10**30, 3, 7, 20, 35, True, 2.0, None, "a"]:
        table.call("int", "12", base)
    for data in [b"12", b" 1_0 ", b"x", b"\xff", bytearray(b"15"), bytearray(b"x"), b"",
            b"1\x00", b"a" * 250]:
        table.call("int", data)
        table.call("int", data, 16)
        table.call("float", data)
    for value in [None, [], {}, 1.9, -1.9, 1e30, inf, nan, True, 10**30, 10**400, (1,), "1"]:
        table.call("int", value)
        table.call("float", value)
        table.call("int", value, 10)
    table.call("int")
    table.call("float")
    table.line("int(base=10)")
    table.line("int('10', base=2)")
    for text in ["1.", ".5", ".", "1.5e3", "1e", "1e+", "1e+5", "1E-5", "1_0.0_1", "1_.0",
            "1._0", "1e1_0", "1e_1", "inf", "-Infinity", "+nan", "iNf", "infin", "nan(1)",
            "0x1p3",
                 "1e400", "-1e400", "1e-400", "1" * 400, "0." + "1" * 400, "1d5", "1,5", "1e5x",
                     "\n1.5\t", "١.٥", "9007199254740993", "9007199254740992.99999999",
                     "2.2250738585072011e-308",
                 "0.1e1", "1.7976931348623159e308", "4.9e-324", "2.4703282292062327e-324",
                     "2.4703282292062328e-324", "-0", "- 1.5", "1 .5"]:
        table.call("float", text)
    for _ in times(80):
        base = rng.randrange(2, 37)
        figures = "0123456789abcdefghijklmnopqrstuvwxyz"[:base]
        digits = "".join(rng.choice(figures) for _ in range(rng.randrange(1, 40)))
        table.call("int", rng.choice(["", "-", "+"]) + digits, base)
        whole, fraction = rng.randrange(10**rng.randrange(1, 20)), rng.randrange(10**6)
        table.call("float", f"{whole}.{fraction}e{rng.randrange(-330, 310)}")
    table.save()
