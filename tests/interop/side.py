"""Packages that exclude each other, each in an environment of its own: one process imports it, forks do the work."""

import atexit
import json
import os
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

_REPO = Path(__file__).parents[2]
_SERVER = """
import importlib, json, os, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
for line in sys.stdin:
    if child := os.fork():
        print(os.waitpid(child, 0)[1], flush=True)
        continue
    program, *files = json.loads(line)
    for number, file in enumerate(files):
        os.dup2(os.open(file, os.O_RDWR | os.O_CREAT), number)
    sys.stdin = open(0, closefd=False)
    exec(program)
    break
"""


def output(python: str | Path, package: str, program: str, stdin: bytes = b"") -> bytes:
    """What a program prints that is run by this Python, which has this package already."""
    server = _server(python, package)
    assert server.stdin and server.stdout
    with TemporaryDirectory() as folder:
        given, printed, errors = files = [Path(folder) / name for name in ("in", "out", "errors")]
        given.write_bytes(stdin)
        errors.touch()
        print(json.dumps([program, *map(str, files)]), file=server.stdin, flush=True)
        assert server.stdout.readline() == "0\n", errors.read_text(encoding="utf-8")
        return printed.read_bytes()


@cache
def _server(python: str | Path, package: str) -> subprocess.Popen[str]:
    modules = [f"{package}.{name}" for name in ("messages", "models.test", "models.function")]
    process = subprocess.Popen(
        [python, "-W", "ignore", "-c", _SERVER, *modules], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=_REPO, env={**os.environ, "PYTHONPATH": str(_REPO), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    atexit.register(process.communicate)
    return process
