"""The doors of the program, read from its source: what it starts, whom it talks to, what it depends on."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]
TUI = ROOT / "tui"

_STARTS = frozenset({
    "Popen", "run_program", "start_program", "create_subprocess_exec", "create_subprocess_shell", "execl", "execle",
    "execlp", "execv", "execve", "execvp", "execvpe", "spawnl", "spawnv", "spawnve", "posix_spawn", "posix_spawnp",
    "forkpty", "popen", "startfile", "open_url", "ProcessPoolExecutor",
})  # fmt: skip
_TALKS = frozenset({
    "open_connection", "open_unix_connection", "start_server", "start_unix_server", "create_connection",
    "create_server", "create_datagram_endpoint", "AsyncClient", "urlopen", "HTTPSConnection", "HTTPConnection",
    "ClientSession", "TCPSite", "getaddrinfo", "gethostbyname", "AsyncConnection", "connect_tcp",
})  # fmt: skip
_TALKING_PACKAGES = frozenset({
    "httpx", "httpx2", "requests", "aiohttp", "websockets", "psycopg", "urllib3", "smtplib", "ftplib", "xmlrpc",
    "socketserver", "textual_serve", "http.server", "http.client",
})  # fmt: skip
_NOBODYS = ("example.com", "example.org", ".invalid")
"""Ends of hosts that nobody has (RFC 2606); in capital letters, a host is a blank to be filled in."""
NEVER = frozenset({"system", "popen", "create_subprocess_shell", "getoutput"})
"""Calls that hand a line to a shell."""


@cache
def sources() -> tuple[tuple[str, ast.Module], ...]:
    """Every module of the program: its path below the repository, and its tree."""
    paths = sorted(TUI.rglob("*.py"))
    return tuple((str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))) for path in paths)


def called(node: ast.AST) -> str:
    """The last name of what is called; "" for another node."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def handed_on(node: ast.AST) -> Iterator[str]:
    """The names of functions that a call is given, as `to_thread(subprocess.Popen, ...)` is."""
    if isinstance(node, ast.Call):
        for argument in node.args:
            if isinstance(argument, ast.Attribute):
                yield argument.attr
            elif isinstance(argument, ast.Name):
                yield argument.id


def starters() -> set[str]:
    """Modules that start a program, or become one."""
    return {path for path, tree in sources() if any(_starts(node) for node in ast.walk(tree))}


def _starts(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    if called(node) in _STARTS or not _STARTS.isdisjoint(handed_on(node)):
        return True
    return called(node) in ("fork", "run") and ast.unparse(node.func) in ("os.fork", "subprocess.run")


def shell_lines() -> list[str]:
    """Places where a shell would read a line, or a program be found by `webbrowser` itself."""
    return [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and (called(node) in NEVER or _with_a_shell(node))
    ]


def _with_a_shell(node: ast.Call) -> bool:
    values = [word.value for word in node.keywords if word.arg == "shell"]
    return any(not (isinstance(value, ast.Constant) and value.value is False) for value in values)


def talkers() -> set[str]:
    """Modules that open a connection, wait for one, or import what does it."""
    return {path for path, tree in sources() if any(_talks(node) for node in ast.walk(tree))}


def _talks(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(name.name.partition(".")[0] in _TALKING_PACKAGES for name in node.names)
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").partition(".")[0] in _TALKING_PACKAGES or node.module in _TALKING_PACKAGES
    return called(node) in _TALKS


_HOST = r"\b(?:https?|wss?|postgresql|ftp)://(?:[\w.*-]*@)?([\w.*-]*[\w*])"


def addresses() -> dict[str, set[str]]:
    """Every host that stands in the source as an address, "*" for what is put in, and the modules in which it does."""
    found: dict[str, set[str]] = {}
    for path, tree in sources():
        for text in _texts(tree):
            for host in re.findall(_HOST, text.replace("\\", "")):
                if host.strip("*") and not host.isupper() and not host.endswith(_NOBODYS):
                    found.setdefault(host, set()).add(path)
    return found


def _texts(tree: ast.Module) -> Iterator[str]:
    """The strings of a module, but those that only say what something is."""
    passed: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            passed.add(id(node.value))
        if id(node) in passed:
            continue
        if isinstance(node, ast.JoinedStr):
            passed.update(id(part) for part in node.values)
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def requirements() -> dict[str, list[str]]:
    """What the project asks for: "" and its extras, each with its requirements."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"": project["dependencies"], **project["optional-dependencies"]}


def pinned() -> dict[str, str]:
    """The versions that are tested, by normal name."""
    lines = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if "==" in line]
    return {normal(name): version.strip() for name, version in pairs}


def normal(name: str) -> str:
    """A package's name as all of its spellings are compared."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def host_of(url: str) -> str:
    """The host of an address; "" for none."""
    return urlsplit(url).hostname or ""
