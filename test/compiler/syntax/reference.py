"""Trees as CPython makes them, for differential.ts and for writing expectations.

Reads requests as JSON lines on stdin, {"path": ...} or {"text": ...}, and answers each with a
JSON line {"text": ..., "tree": ...}, or with "error" in place of "tree" where CPython refuses the
source. The tree is written as canonical.ts writes ours.
"""
import ast
import io
import json
import struct
import sys
import tokenize
import warnings

warnings.simplefilter("ignore")
LEFT_OUT = {"ctx", "type_comment", "type_ignores", "kind"}
OPERATORS = (ast.operator, ast.unaryop, ast.boolop, ast.cmpop)


def constant(value):
    if value is None or value is Ellipsis or value is True or value is False:
        return str(value)
    if isinstance(value, int):
        return "i" + hex(value)
    if isinstance(value, float):
        return "f" + struct.pack(">d", value).hex()
    if isinstance(value, complex):
        return "j" + struct.pack(">d", value.imag).hex()
    if isinstance(value, bytes):
        return "b" + value.hex()
    return json.dumps(value)


class Writer:
    def __init__(self, text):
        # CPython counts columns in UTF-8 bytes; we count code points.
        self.lines = [line.encode("utf-8", "surrogatepass") for line in lines_of(text)]

    def place(self, line, column):
        before = self.lines[line - 1][:column] if line <= len(self.lines) else b""
        return "%d:%d" % (line, len(before.decode("utf-8", "surrogatepass")))

    def write(self, value, places=True):
        if isinstance(value, OPERATORS):
            return json.dumps(type(value).__name__)
        if isinstance(value, ast.AST):
            name = type(value).__name__
            where = ""
            if places and hasattr(value, "lineno"):
                where = "@" + self.place(value.lineno, value.col_offset)
                where += "-" + self.place(value.end_lineno, value.end_col_offset)
            if name in ("JoinedStr", "FormattedValue"):
                places = False  # those of 3.11 are not the true ones
            fields = []
            for field in value._fields:
                if field in LEFT_OUT:
                    continue
                part = getattr(value, field)
                if name in ("Constant", "MatchSingleton"):
                    fields.append(constant(part))
                elif field == "conversion":
                    fields.append("~" if part == -1 else json.dumps(chr(part)))
                else:
                    fields.append(self.write(part, places))
            return name + where + "(" + ",".join(fields) + ")"
        if isinstance(value, list):
            return "[" + ",".join(self.write(item, places) for item in value) + "]"
        if value is None:
            return "~"
        return json.dumps(value)


def lines_of(text):
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def answer(request):
    if "path" in request:
        with open(request["path"], "rb") as file:
            data = file.read()
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            text = data.decode(encoding)
        except (SyntaxError, UnicodeDecodeError, LookupError) as error:
            return {"unreadable": str(error)}
        # The declaration of an encoding means nothing once the text is decoded.
    else:
        text = request["text"]
    try:
        tree = compile(text, "<text>", "exec", ast.PyCF_ONLY_AST | 0x1000000, dont_inherit=True)
        compile(text, "<text>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        return {"text": text, "error": str(getattr(error, "msg", error))}
    except (RecursionError, MemoryError) as error:
        return {"unreadable": type(error).__name__}
    sys.setrecursionlimit(100_000)
    return {"text": text, "tree": Writer(text.lstrip("\ufeff")).write(tree)}


for line in sys.stdin:
    reply = answer(json.loads(line))
    # Surrogates cannot be written as UTF-8; as escapes they can.
    print(json.dumps(reply), flush=True)
