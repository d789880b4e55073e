"""CPython as the other side of the differential tests: many programs in one process.

A line of stdin is a program, as JSON; a line of stdout says what it printed and how it failed:
{"stdout", "failure": null | text, "syntax": null | text, "late": bool}
"""

import asyncio  # before any program, so that its import is not in anyone's time
import gc
import io
import json
import linecache
import os
import resource
import signal
import sys
import traceback
import types
import warnings

SECONDS = 2
# A program that catches what should end it, or is in a loop of C, ends the process: SIGVTALRM.
SECONDS_MAX = 8
BYTES = 1 << 30
HOST = sys.stdout
ASKED = sys.stdin
HERE_MODULE = sys.modules["__main__"]
NAME = "main.flow"
HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "prelude.flow"), encoding="utf-8") as file:
    PRELUDE = compile(file.read(), "prelude.flow", "exec")


class Late(BaseException):
    pass


def late(*_):
    raise Late


class Written(io.StringIO):
    encoding = "utf-8"

    def write(self, text):
        text.encode("utf-8")
        return super().write(text)


def prelude():
    """A new prelude for a program, which may have changed the last one's."""
    module = types.ModuleType("prelude")
    exec(PRELUDE, module.__dict__)
    return module


def run(source):
    answer = {"stdout": "", "failure": None, "syntax": None, "late": False}
    try:
        code = compile(source, NAME, "exec")
    except (SyntaxError, ValueError) as error:
        return {**answer, "syntax": str(error)}
    linecache.cache[NAME] = (len(source), None, source.splitlines(True), NAME)
    # A module of its own, where dataclasses and others look for what a class names.
    module = types.ModuleType("__main__")
    sys.modules.update(__main__=module, prelude=prelude())
    sys.stdout = written = Written()
    # What is asked is no program's to read.
    sys.stdin = io.StringIO()
    signal.setitimer(signal.ITIMER_REAL, SECONDS, SECONDS)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS_MAX)
    try:
        exec(code, module.__dict__)
    except (Late, MemoryError):
        answer["late"] = True
    except BaseException as error:
        # As a traceback that is shown asks them, causes, contexts and parts of groups are asked, too.
        text = str(traceback.TracebackException.from_exception(error))
        shown = text not in ("", "<exception str() failed>")
        answer["failure"] = type(error).__name__ + (f": {text}" if shown else "")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        # What the program leaves behind ends now, and nobody hears it.
        sys.stdout = Written()
        answer["stdout"] = written.getvalue()
        sys.modules.update(__main__=HERE_MODULE)
    return answer


warnings.simplefilter("ignore")
resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
signal.signal(signal.SIGALRM, late)
gc.freeze()
sys.stdout = Written()
for line in ASKED:
    try:
        answer = run(json.loads(line))
        gc.collect()
    except Late:
        answer = {"stdout": "", "failure": None, "syntax": None, "late": True}
    print(json.dumps(answer), flush=True, file=HOST)
