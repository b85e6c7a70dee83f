"""Keys, tokens and passwords from every place that they come from: no letter of one is shown, printed or left behind.

Each round takes one source. Its secret has the look of no key, so that only who knows it can mask it; the server quotes
it in what it refuses. It is looked for on the terminal, in what commands print, in every file below the home, and in
arguments of all processes. Each round also breaks the program down somewhere on the way of a key, and looks at modes.
"""

import asyncio
import json
import os
import stat
import sys
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

from tests.battery.result import Result
from tests.support.crashing import POINTS
from tests.support.forked import CHINWAG, ran
from tests.support.homes import home
from tests.support.protocol_server import Answer, ProtocolServer, Seen, json_answer
from tests.support.pty import Terminal
from tui.formats import FORMATS
from tui.paths import config_dir

DESCRIPTION = "a secret of every source: 0 letters on the screen, in files, exports, logs, crash reports, arguments"
CANARY = "quiet/CANARY+71f"
PLAYED = Path(__file__).parents[1] / "support" / "played_mcp_server.py"
IN_ONE_PROCESS = "import sys; from tui.cli import main; [main(line.split()) for line in sys.argv[1:]]"
COMMANDS = (
    "doctor", "models", "keys", "mcp list", "mcp test files", "chats", "show last", "usage --json", "search hi",
    *(f"export last -f {format} -o -" for format in FORMATS),
)  # fmt: skip


def _table(url: str, more: str = "") -> str:
    return f'[providers.work]\nbase_url = "{url}/v1"\nmodels = ["zz"]\n{more}'


def _with_password(url: str) -> str:
    return url.replace("://", f"://me:{quote(CANARY, '')}@")


def _kept(file: str, text: str) -> None:
    path = config_dir() / file
    path.write_text(text)
    path.chmod(0o600)


def _command(url: str) -> tuple[str, dict[str, str]]:
    _kept("secret", CANARY)
    return _table(url, f'key_command = ["cat", "{config_dir() / "secret"}"]\n'), {}


def _credentials(file: str) -> Callable[[str], tuple[str, dict[str, str]]]:
    def configure(url: str) -> tuple[str, dict[str, str]]:
        _kept(file, f'work = "{CANARY}"\n')
        return _table(url), {}

    return configure


def _server(more: str) -> Callable[[str], tuple[str, dict[str, str]]]:
    def configure(url: str) -> tuple[str, dict[str, str]]:
        table = f"[mcp.files]\n{more.format(url=url, python=sys.executable, program=PLAYED, home=config_dir())}\n"
        return _table(url) + table, {"MCP_SECRET": CANARY}

    return configure


def _tokens(url: str) -> tuple[str, dict[str, str]]:
    tokens = json.dumps({"tokens": {"access_token": CANARY, "token_type": "bearer"}})
    _kept("credentials.local.toml", f"\"mcp.files.@oauth\" = '{tokens}'\n")
    return _table(url) + f'[mcp.files]\nurl = "{url}/mcp"\n', {}


SOURCES: dict[str, Callable[[str], tuple[str, dict[str, str]]]] = {
    "a variable": lambda url: (_table(url, 'api_key_env = "WORK_KEY"\n'), {"WORK_KEY": CANARY}),
    "config.toml": lambda url: (_table(url, f'api_key = "{CANARY}"\n'), {}),
    "a command": _command,
    "credentials.toml": _credentials("credentials.toml"),
    "credentials.local.toml": _credentials("credentials.local.toml"),
    "the name in an address": lambda url: (_table(_with_password(url)), {}),
    "the query of an address": lambda url: (_table(url).replace("/v1", f"/v1?key={quote(CANARY, '')}"), {}),
    "the password of a proxy": lambda url: (
        _table("http://nowhere.example"),
        {"HTTP_PROXY": _with_password(url)},
    ),
    "the proxy of a provider": lambda url: (
        _table("http://nowhere.example", f'proxy = "{_with_password(url)}"\n'),
        {},
    ),
    "a header of a provider": lambda url: (
        _table(url, 'headers = { X-Gate = "${GATE}", Authorization = "Bearer ${GATE}" }\n'),
        {"GATE": CANARY},
    ),
    "the password of a shared library": lambda url: (
        _table(url) + f'[library]\nurl = "postgresql://me@127.0.0.1:{url.rpartition(":")[2]}/db"\n',
        {"CHINWAG_LIBRARY_PASSWORD": CANARY},
    ),
    "the environment of a server": _server(
        'command = "{python}"\nargs = ["{program}", "{home}"]\nenv = {{ TOKEN = "${{MCP_SECRET}}" }}'
    ),
    "a header of a server": _server('url = "{url}/mcp"\nheaders = {{ Authorization = "Bearer ${{MCP_SECRET}}" }}'),
    "tokens of a sign-in": _tokens,
}
"""What writes the configuration, and gives the environment that it needs."""
NOT_IN_REQUESTS = frozenset({
    "the query of an address", "the password of a shared library", "the environment of a server",
})  # fmt: skip
"""Cut off before anything is sent, or meant for what does not speak HTTP."""
ROUNDS, SHORT = len(SOURCES), 1


def run(rounds: int, seed: int) -> Result:
    """Try so many sources, in an order of the seed, and as many places to break down at."""
    result = Result()
    sources = Random(seed).sample(sorted(SOURCES), len(SOURCES))
    points = Random(seed).sample(POINTS, len(POINTS))
    for number in range(rounds):
        name, point = sources[number % len(sources)], points[number % len(points)]
        with home() as folder:
            mask = os.umask(0)
            try:
                asyncio.run(_try(result, name, point, folder))
            finally:
                os.umask(mask)
    return result


async def _try(result: Result, name: str, point: str, folder: Path) -> None:
    async with ProtocolServer(respond=_refuse) as server:
        config_dir().mkdir(parents=True, mode=0o700)
        table, environment = SOURCES[name](server.url)
        _kept("config.toml", table)
        own = _written(folder)
        printed = await _printed(*CHINWAG, "-m", "work:zz", "-p", "hi", **environment)
        printed += await _printed(*CHINWAG, "-m", "work:zz", "-p", "hi", "--jsonl", **environment)
        printed += await _printed(sys.executable, "-c", IN_ONE_PROCESS, *COMMANDS, **environment)
        with result.trial("what commands print and export", name):
            assert len(printed) > 500, printed
            _nothing_of_it(printed.encode())
        with result.trial("the screen, and the arguments of processes", name):
            await _on_screen(environment)
        with result.trial("the program broken down on the way of the key", f"{name}, {point}"):
            await _broken(point, environment)
        with result.trial("files", name):
            for file in _written(folder) - own:
                _nothing_of_it(file.read_bytes(), str(file))
        with result.trial("modes of files and folders, without a mask", name):
            wide = [f"{path}: {stat.filemode(path.lstat().st_mode)}" for path in _open_to_others(folder, own)]
            assert not wide, wide
        arrived = [seen for seen in server.requests if CANARY in str(seen.headers) or _basic() in str(seen.headers)]
        unused = [] if arrived or name in NOT_IN_REQUESTS else [f"{name}: nobody was sent it, so nothing was tried"]
        result.count("sources whose secret was in use", 1, *unused)


def _refuse(seen: Seen) -> Answer:
    """Quote all that came, in headers and words."""
    said = " ".join([seen.path, *(f"{name}: {value}" for name, value in seen.headers.items())])
    return json_answer(
        {"error": {"message": f"bad key {said}"}}, 401, x_request_id=said.encode("ascii", "ignore").decode()[:300]
    )


async def _printed(*command: str, **more: str) -> str:
    done = await asyncio.to_thread(ran, program=command, more=more)
    return done.stdout + done.stderr


async def _on_screen(environment: dict[str, Any]) -> None:
    async with Terminal("-m", "work:zz", "hello", **environment) as screen:
        await screen.sees("✗ ")
        screen.press("\x0c")
        await screen.sees("Switch model")
        arguments = _arguments(screen.process.pid)
        screen.press("\x1b")
        await screen.sees_no_more("Switch model")
        screen.press("\x1bo")
        await screen.sees("Tools of this chat")
        arguments += _arguments(screen.process.pid)
        screen.press("\x1b")
        await screen.sees_no_more("Tools of this chat")
        screen.press("\x11")
        assert await screen.gone() == 0
        _nothing_of_it(bytes(screen.written))
        _nothing_of_it(arguments, "arguments")


async def _broken(point: str, environment: dict[str, Any]) -> None:
    """Raise where the key is at hand, with it in the words of the error; in the app and in the shell."""
    crashing = (sys.executable, "-m", "tests.support.crashing", point)
    _nothing_of_it((await _printed(*crashing, "-m", "work:zz", "-p", "hi", **environment)).encode(), "printed")
    async with Terminal("-m", "work:zz", "hello", program=crashing, **environment) as screen:
        with suppress(AssertionError):
            await screen.sees("✗ |Something went wrong|bug in itself", seconds=20)
        screen.press("\x11")
        with suppress(TimeoutError):
            await screen.gone()
        _nothing_of_it(bytes(screen.written), "the screen")


def _nothing_of_it(data: bytes, where: str = "") -> None:
    for spelled in (CANARY, quote(CANARY, ""), quote(CANARY), "CANARY", _basic()):
        at = data.find(spelled.encode())
        assert at < 0, f"{where}: …{data[max(at - 80, 0) : at + 40]!r}"


def _basic() -> str:
    """As a name and a password are sent."""
    return b64encode(f"me:{CANARY}".encode()).decode()


def _arguments(pid: int) -> bytes:
    """The arguments of a process and of all below it."""
    found = b""
    with suppress(OSError):
        found = Path(f"/proc/{pid}/cmdline").read_bytes()
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _arguments(int(child))
    return found


def _written(folder: Path) -> set[Path]:
    """The files below a folder, without what the played server leaves for its tests."""
    return {path for path in folder.rglob("*") if path.is_file() and path != config_dir() / "pid"}


def _open_to_others(folder: Path, own: set[Path]) -> list[Path]:
    ours = [path for path in folder.rglob("*") if path not in own and path != config_dir() / "pid"]
    return [path for path in ours if not path.is_symlink() and path.stat().st_mode & 0o077]
