"""Makes modules/zoneinfo/_data.flow: the IANA time zones that python3's zoneinfo finds.

    python3 stdlib/zones.py > stdlib/modules/zoneinfo/_data.flow

A line is a zone, its other names first:

    Europe/Berlin=Arctic/Longyearbyen|LMT,3208,0;CET,3600,0;…|3208,3600|1-t5zy…|1 2 3.5.0.7200 …
    names                             kinds                    *         moves   future

A kind is a name, seconds from UTC, and seconds of that which are summer time; the first one is that
before all moves. A move is a kind's digit and the seconds since the move before, in base 36. The
future is one kind, or two and the rules for their beginnings: month.week.weekday.seconds. (*) is
how far local time is ahead at the first move, for fold 0 and 1.

Moves that the rule for the future says as well are left out.
"""

import zoneinfo
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo._zoneinfo import ZoneInfo, _CalendarOffset, _TZStr

DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'


def base36(number):
    digits = ''
    sign = '-' if number < 0 else ''
    number = abs(number)
    while number or not digits:
        digits = DIGITS[number % 36] + digits
        number //= 36
    return sign + digits


def seconds(delta):
    return int(delta.total_seconds())


def kind(info):
    return f'{info.tzname},{seconds(info.utcoff)},{seconds(info.dstoff)}'


def rule(at):
    assert type(at) is _CalendarOffset, at
    return f'{at.m}.{at.w}.{at.d}.{at.hour * 3600 + at.minute * 60 + at.second}'


def row(zone):
    after = zone._tz_after
    times, kinds = list(zone._trans_utc), [kind(info) for info in zone._ttinfos]
    ahead = [wall[0] - times[0] if times else 0 for wall in zone._trans_local]
    future = [after.std, after.dst] if isinstance(after, _TZStr) else [after]
    rules = [rule(after.start), rule(after.end)] if isinstance(after, _TZStr) else []

    def said(at):
        if not rules:
            return kind(after)
        year = datetime.fromtimestamp(at, timezone.utc).year
        return kind(after.get_trans_info_fromutc(at, year)[0])

    def is_said(i):
        return kinds[i] == said(times[i]) and said(times[i] - 1) == kinds[i - 1]

    # A rule that rested for a year is not that of the years before.
    while (len(times) > 2 and times[-2] > 0 and times[-1] - times[-2] < 300 * 86400
           and is_said(-1) and is_said(-2)):
        times.pop()
        kinds.pop()
    before = kind(zone._tti_before) if zone._tti_before else kind(future[0])
    names = list(dict.fromkeys([before, *kinds, *[kind(info) for info in future]]))
    moves = []
    last = 0
    for at, name in zip(times, kinds):
        moves.append(DIGITS[names.index(name)] + base36(at - last))
        last = at
    ends = [DIGITS[names.index(kind(info))] for info in future]
    return '|'.join([
        ';'.join(names), f'{ahead[0]},{ahead[1]}', ' '.join(moves), ' '.join([*ends, *rules])])


def main():
    rows = {}
    for key in sorted(zoneinfo.available_timezones()):
        rows.setdefault(row(ZoneInfo.no_cache(key)), []).append(key)
    version = Path(zoneinfo.TZPATH[0], 'tzdata.zi').read_text().splitlines()[0].split()[-1]
    print('"""The IANA time zones, made by stdlib/zones.py, which says how to read them."""\n')
    print(f"VERSION = '{version}'\n")
    print("ZONES = '''")
    for text, keys in rows.items():
        print(f"{'='.join(keys)}|{text}")
    print("'''")


main()
