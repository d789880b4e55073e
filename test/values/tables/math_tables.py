"""Tables of the math module."""

import math

from table import FLOATS, Table, inf, nan, random_float, random_int, times, written


def math_functions():
    table = Table("math")
    rng = table.random
    # Exact, or computed by CPython itself: the same on every machine.
    for name in ["floor", "ceil", "trunc", "fabs", "sqrt", "modf", "frexp", "isfinite", "isinf",
            "isnan", "ulp", "degrees", "radians"]:
        for value in FLOATS + [0, 5, -5, 2**53 + 1, 10**30, True, "a", None, [], 10**400, 2.5,
                -2.5, 4.0, 2.0]:
            table.call(f"math.{name}", value)
    for name in ["sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh",
            "acosh", "atanh", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "cbrt",
            "erf", "erfc", "gamma", "lgamma"]:
        for value in [0.0, -0.0, inf, -inf, nan, 0, 1, -1, 2, -2, 1000, -1000, 10**400, "a",
                None]:
            text = f"math.{name}({value!r})"
            table.line(text)
    for name in ["fmod", "remainder", "copysign", "nextafter", "pow", "atan2"]:
        for a in [0.0, -0.0, 1.0, -1.0, 7.5, -7.5, inf, -inf, nan]:
            for b in [0.0, -0.0, 2.0, -2.0, 0.5, inf, -inf, nan]:
                table.call(f"math.{name}", a, b)
        table.call(f"math.{name}", "a", 1)
        table.call(f"math.{name}", 1, None)
        table.call(f"math.{name}", 10**400, 1)
    for value in [0.0, 1.5, -1.5, 5e-324, 1e300, inf, nan, 3]:
        for exponent in [0, 1, -1, 1000, -1000, 2000, -2100, 10**30, -(10**30), True]:
            table.call("math.ldexp", value, exponent)
    table.call("math.ldexp", 1.0, 1.5)
    table.call("math.ldexp", "a", 1)
    for n in [0, 1, 2, 5, 20, 21, 25, 100, -1, True, 1.5, "a", 2**70]:
        table.call("math.factorial", n)
        if n != 2**70:
            table.call("math.isqrt", n)
    for n in [2**53 - 1, 2**53, 2**64 - 1, 2**64, 10**30, 10**30 - 1, 2**127 - 1, 10**60 + 1]:
        table.call("math.isqrt", n)
    for n in [0, 1, 5, 10, 52, 60, 100, 200, -1, 10**20, 1.5, "a"]:
        for k in [0, 1, 2, 5, 30, 60, -1, 10**20, 1.5]:
            if isinstance(n, int) and n > 1000 and k == 10**20:
                continue
            table.call("math.comb", n, k)
            if not (isinstance(k, int) and k > 100):
                table.call("math.perm", n, k)
    table.call("math.perm", 5)
    table.call("math.perm", 5, None)
    table.line("math.comb(1000, 500)")
    table.line("math.perm(300, 150)")
    for args in [(), (0,), (-4,), (12, 18), (12, -18, 27), (0, 5), (10**30, 10**20), (2**100,
            6**40), (1.5,), ("a", 1), (True, 2), (7, 0, 0)]:
        table.call("math.gcd", *args)
        table.call("math.lcm", *args)
    for values in [[], [0.1] * 10, [1e308, 1e308], [1e308, 1e308, -1e308], [inf, 1.0], [inf,
            -inf], [nan], [1e16, 1.0, -1e16], [1, 2, 3], (0.1, 0.2, 0.3), ["a"], 5, [1e-16, 1.0,
            1e16], [1e100, 1.0, -1e100, 1e-100], [-0.0], [0.1, 10**30]]:
        table.call("math.fsum", values)
        if values != 5:
            table.call("math.hypot", *values)
    for args in [(3, 4), (1e200, 1e200), (1e-200, 1e-200), (5e-324, 5e-324), (1, 1, 1), (0.1,
            0.2, 0.3, 0.4), (1e308, 1e308), (-3.5,), (1e-320, 3e-320), (True, 2)]:
        table.call("math.hypot", *args)
    for p, q in [((0, 0), (3, 4)), ([1, 2, 3], [4, 5, 6]), ((1,), (1, 2)), ((), ()), ((nan,),
            (1,)), ((inf,), (1,)), (("a",), (1,)), (5, (1,))]:
        table.call("math.dist", p, q) if p != 5 else None
    for values in [[], [1, 2, 3], [1.5, 2], [10**10] * 3, (True, 5), range(1, 6), 5]:
        table.call("math.prod", values)
        if values != 5:
            table.call("math.prod", values, start=2)
    for a, b in [(1.0, 1.0), (1.0, 1.0 + 1e-10), (1.0, 1.1), (inf, inf), (inf, -inf), (nan,
            nan), (0.0, 1e-10), (1, 1), ("a", 1)]:
        table.call("math.isclose", a, b)
        table.call("math.isclose", a, b, rel_tol=0.1)
        table.call("math.isclose", a, b, abs_tol=1e-9)
    table.line("math.isclose(1, 1, rel_tol=-1.0)")
    for args in [(8, 2), (100, 10), (2.5, 3), (10**400, 10), (2**1000, 2), (0, 2), (-1, 2), (2,
            1), (2, 0), (1, 2), ("a", 2), (2, "a"), (-(10**400),), (10**400,), (8,), (0.0,),
            (1e-320,), (inf, 2), (2, inf)]:
        table.call("math.log", *args)
    for value in [8, 2**70, 10**400, 2**2000, 0.125, 1000, 10**22, 1e-5, 3, 10]:
        table.call("math.log2", value)
        table.call("math.log10", value)
    for _ in times(60):
        values = [random_float(rng) for _ in range(rng.randrange(1, 8))]
        if all(math.isfinite(v) and abs(v) < 1e100 for v in values):
            table.call("math.fsum", values)
            table.call("math.hypot", *values)
        a, b = random_float(rng), random_float(rng)
        for name in ["fmod", "remainder", "nextafter", "copysign"]:
            table.call(f"math.{name}", a, b)
        table.call("math.frexp", a)
        table.call("math.ldexp", a, rng.randrange(-100, 100))
        n = rng.getrandbits(rng.randrange(1, 200))
        table.call("math.isqrt", n)
        table.call("math.gcd", random_int(rng), random_int(rng))
        table.call("math.lcm", random_int(rng), random_int(rng))
        table.call("math.comb", rng.randrange(200), rng.randrange(200))
        table.call("math.perm", rng.randrange(60), rng.randrange(60))
    table.save()


def elementary():
    """Functions whose last digit C libraries disagree on.

    Some the natives round right: what they should give is computed by mpmath. The others they
    compute as glibc 2.36 on x86-64 does, so for those CPython must have been linked with it.
    """
    try:
        import mpmath
    except ImportError:
        print("elementary: kept, mpmath is not installed")
        return
    mpmath.mp.prec = 300
    table = Table("elementary")
    rng = table.random
    functions = {
        "sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan, "atan": mpmath.atan,
            "exp": mpmath.exp, "exp2": lambda x: mpmath.power(2, x),
        **{name: None for name in ["expm1", "sinh", "cosh", "tanh", "asinh", "cbrt", "erf",
            "erfc"]},
    }
    inside = {"asin": mpmath.asin, "acos": mpmath.acos, "atanh": None}
    positive = {"log": mpmath.log, "log2": lambda x: mpmath.log(x, 2), "log10": None,
        "log1p": None}
    above = {"acosh": None}

    def add(name, function, *args):
        if function is None:
            table.call(f"math.{name}", *args)
            return
        result = float(function(*[mpmath.mpf(a) for a in args]))
        if math.isfinite(result):
            table.lines.append(f"math.{name}({written(*args)}) -> {result!r}")

    def sample():
        kind = rng.randrange(5)
        if kind == 0:
            return rng.uniform(-10, 10)
        if kind == 1:
            return rng.uniform(-700, 700)
        if kind == 2:
            return rng.choice([1, -1]) * 10 ** rng.uniform(-20, 3)
        if kind == 3:
            return round(rng.uniform(-20, 20), 1)
        return rng.uniform(-1, 1)

    for _ in times(40):
        for name, function in functions.items():
            add(name, function, sample())
        for name, function in inside.items():
            add(name, function, rng.uniform(-1, 1) ** rng.choice([1, 3, 9]))
        for name, function in positive.items():
            add(name, function, abs(sample()))
        for name, function in above.items():
            add(name, function, 1 + abs(sample()))
        add("pow", mpmath.power, abs(sample()), rng.uniform(-20, 20))
        add("atan2", mpmath.atan2, sample(), sample())
    for name in ["sin", "cos", "tan"]:
        for value in [1e10, 1e22, -1e100, 1.7976931348623157e308, math.pi, math.pi / 2, 355.0,
                5e-324, 1e-8, 6381956970095103 * 2.0**797]:
            add(name, functions[name], value)
    for name, function in {**functions, **inside, **positive}.items():
        for value in [5e-324, 1e-310, 1e-20, 1e-9, 0.5, 0.9999999999999999]:
            add(name, function, value)
    for value in [26.5, 27.0, 27.2, 5.000000001, 4.99999999, 6.0, -5.9]:
        add("erfc", None, value)
    for value in [709.7, -745.1, -740.0, -708.5]:
        add("exp", mpmath.exp, value)
    for a, b in [(8.0, 1 / 3), (64.0, 1 / 3), (64.0, 2 / 3), (0.125, 1 / 3), (10.0, 210.0),
            (782.93, 16.0), (2.0, -1074.5), (1.0000001, 1e9), (3.0, 33.0), (3.0, 34.0), (7.0,
            0.5), (7.0, -1.5), (1e-5, 60.5), (1.5, 1750.0), (0.1, 308.0), (0.1, 320.0),
            (9007199254740993.0, 3.0)]:
        add("pow", mpmath.power, a, b)
    table.save()
