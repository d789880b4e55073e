"""CPython as the other side of the differential tests: many programs in one process.

A line of stdin is a program, as JSON; a line of stdout says what it printed and how it failed:
{"stdout", "failure": null | text, "syntax": null | text, "late": bool}
"""

import io
import json
import signal
import sys
import warnings

SECONDS = 2
HOST = sys.stdout


class Late(BaseException):
    pass


def late(*_):
    raise Late


class Written(io.StringIO):
    encoding = "utf-8"

    def write(self, text):
        text.encode("utf-8")
        return super().write(text)


def run(source):
    answer = {"stdout": "", "failure": None, "syntax": None, "late": False}
    try:
        code = compile(source, "main.flow", "exec")
    except (SyntaxError, ValueError) as error:
        return {**answer, "syntax": str(error)}
    sys.stdout = written = Written()
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        exec(code, {"__name__": "__main__", "__builtins__": __builtins__})
    except (Late, MemoryError):
        answer["late"] = True
    except BaseException as error:
        try:
            text = str(error)
            answer["failure"] = type(error).__name__ + (f": {text}" if text else "")
        except BaseException:
            answer["failure"] = type(error).__name__
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.stdout = HOST
    return {**answer, "stdout": written.getvalue()}


warnings.simplefilter("ignore")
signal.signal(signal.SIGALRM, late)
for line in sys.stdin:
    try:
        answer = run(json.loads(line))
    except Late:
        answer = {"stdout": "", "failure": None, "syntax": None, "late": True}
    print(json.dumps(answer), flush=True)
