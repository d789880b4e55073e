"""Write the expectation tables of this folder: calls, and what CPython 3.11 says to them.

Run with CPython 3.11:

    PYTHONHASHSEED=0 python3 generate.py                    the committed tables
    PYTHONHASHSEED=0 python3 generate.py FOLDER SEED SIZE   others, SIZE times as many, to look for
                                                            differences while working on the natives

A line is `call -> repr of the result` or `call !! Type: message`.
"""

import bytes_tables
import format_tables
import math_tables
import numbers_tables
import str_tables

for make in (
    numbers_tables.arithmetic,
    numbers_tables.rounding,
    numbers_tables.comparing,
    numbers_tables.hashing,
    numbers_tables.number_text,
    numbers_tables.number_parsing,
    format_tables.formatting,
    format_tables.percent,
    format_tables.fields,
    str_tables.str_methods,
    str_tables.codecs,
    bytes_tables.bytes_methods,
    math_tables.math_functions,
    math_tables.elementary,
):
    make()
