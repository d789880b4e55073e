"""Writes set-order.json: what CPython 3.11 makes of random set operations.

    python3 test/natives/set-order.py > test/natives/set-order.json

A case is a list of steps on three sets of numbers; after each step stands the
order in which the set it changed iterates.
"""

import json
import random

VALUES = [
    lambda r: r.randrange(12),
    lambda r: r.randrange(-40, 40),
    lambda r: r.choice([8, 16, 24, 32, 64, 128, 256, 1024, 0, 1]),
    lambda r: r.choice([2**40, 2**61 - 1, 2**61, -2**61, 2**53 + 8, 2**64 + 3, -1, -2]),
    lambda r: r.choice([0.5, 1.5, -2.25, 1e300, 3.0]),
]


def value(r, kind):
    return VALUES[kind](r)


def case(r):
    sets = [set(), set(), set()]
    kind = r.randrange(len(VALUES) + 1)
    steps = []
    for _ in range(r.randrange(5, 60)):
        at, other = r.randrange(3), r.randrange(3)
        op = r.choice(
            'add add add add remove remove pop new update or and sub xor ior iand isub ixor '
            'list_update list_and list_sub list_xor copy frozen clear'.split())
        k = r.randrange(len(VALUES)) if kind == len(VALUES) else kind
        values = [value(r, k) for _ in range(r.choice([1, 2, 5, 9, 30]))]
        s, o = sets[at], sets[other]
        if op == 'add':
            for v in values:
                s.add(v)
        elif op == 'remove':
            for v in values:
                s.discard(v)
        elif op == 'pop':
            if s:
                s.pop()
        elif op == 'new':
            sets[at] = set(values)
        elif op == 'update':
            s.update(o)
        elif op == 'or':
            sets[at] = s | o
        elif op == 'and':
            sets[at] = s & o
        elif op == 'sub':
            sets[at] = s - o
        elif op == 'xor':
            sets[at] = s ^ o
        elif op == 'ior':
            s |= o
        elif op == 'iand':
            s &= o
        elif op == 'isub':
            s -= o
        elif op == 'ixor':
            s ^= o
        elif op == 'list_update':
            s.update(values)
        elif op == 'list_and':
            sets[at] = s.intersection(values)
        elif op == 'list_sub':
            sets[at] = s.difference(values)
        elif op == 'list_xor':
            sets[at] = s.symmetric_difference(values)
        elif op == 'copy':
            sets[at] = o.copy()
        elif op == 'frozen':
            sets[at] = set(frozenset(o))
        elif op == 'clear':
            if r.random() < 0.8:
                continue
            s.clear()
        order = [repr(v) for v in sets[at]]
        steps.append([op, at, other, [repr(v) for v in values], order])
    return steps


def main():
    r = random.Random(11)
    print(json.dumps([case(r) for _ in range(25)], separators=(',', ':')))


main()
