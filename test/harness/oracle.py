"""Run one golden chunk under CPython and say which statement printed what.

stdin:  {"files": {path: source}, "entry": path}
stdout: {"writes": [{"text", "top": [first, last], "leaf": [first, last] | null}],
         "failure": null | {"last": line, "lines": [line of entry, outermost first]},
         "syntax": null | {"line", "message"}}

A write belongs to the statement of the entry module that was running: `top` is the statement of the
module itself, `leaf` the simple statement or the loop inside its ifs, withs and tries (null when a
header, such as the manager of a `with`, was running). Functions and classes are not entered: what
they print is printed by whoever called them.
"""

import ast
import json
import os
import shutil
import sys
import tempfile
import traceback

COMPOUND = (ast.If, ast.With, ast.Try)


def span(node):
    first = min([node.lineno] + [d.lineno for d in getattr(node, "decorator_list", [])])
    return [first, node.end_lineno]


def leaves(statements):
    for node in statements:
        if isinstance(node, COMPOUND):
            for field in ("body", "orelse", "finalbody"):
                yield from leaves(getattr(node, field, []))
            for handler in getattr(node, "handlers", []):
                yield from leaves(handler.body)
        else:
            yield span(node)


def containing(spans, line):
    return next((s for s in spans if s[0] <= line <= s[1]), None)


class Writer:
    encoding = "utf-8"

    def __init__(self, code, tree):
        self.code = code
        self.tops = [span(node) for node in tree.body]
        self.leaves = list(leaves(tree.body))
        self.writes = []

    def write(self, text):
        text.encode("utf-8")
        frame, line = sys._getframe(1), 0
        while frame is not None:
            if frame.f_code is self.code:
                line = frame.f_lineno
            frame = frame.f_back
        self.writes.append({"text": text, "top": containing(self.tops, line) or [line, line],
                            "leaf": containing(self.leaves, line)})
        return len(text)

    def flush(self):
        pass


def failure_of(error, path):
    last = "".join(traceback.format_exception_only(type(error), error)).rstrip("\n").split("\n")
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == path]
    return {"last": last[-1], "lines": lines}


def run(files, entry, folder):
    path = os.path.join(folder, "main.py")
    for name, source in files.items():
        place = os.path.join(folder, os.path.splitext(name)[0] + ".py")
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "w", encoding="utf-8") as out:
            out.write(source)
    answer = {"writes": [], "failure": None, "syntax": None}
    try:
        tree = ast.parse(files[entry], path)
        code = compile(files[entry], path, "exec")
    except SyntaxError as error:
        answer["syntax"] = {"line": error.lineno, "message": error.msg}
        return answer
    sys.path.insert(0, folder)
    sys.argv = [path]
    module = type(sys)("__main__")
    module.__file__ = path
    host, writer = sys.stdout, Writer(code, tree)
    sys.modules["__main__"] = module
    sys.stdout = writer
    try:
        exec(code, module.__dict__)
    except BaseException as error:
        answer["failure"] = failure_of(error, path)
    finally:
        sys.stdout = host
    answer["writes"] = writer.writes
    return answer


def main():
    asked = json.load(sys.stdin)
    folder = tempfile.mkdtemp(prefix="golden-")
    try:
        answer = run(asked["files"], asked["entry"], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    json.dump(answer, sys.stdout)


main()
