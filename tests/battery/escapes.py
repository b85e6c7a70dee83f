"""Hostile text wherever text from outside is shown: it drives no terminal, breaks nothing, starts nothing.

Round 0 has all payloads at once, each round after it one of them by itself.
"""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tomli_w

from tests.battery.result import Result
from tests.support.foreign_chats import simple_chatgpt
from tests.support.forked import ran
from tests.support.homes import home
from tests.support.hostile import MARK, PAYLOADS, arrived, hostile, printable
from tests.support.hostile_home import configure, fill
from tests.support.protocol_server import Answer, ProtocolServer, Seen, json_answer, sse
from tests.support.pty import Terminal
from tui.commands import COMMANDS
from tui.commands.completion_values import VALUES
from tui.formats import FORMATS
from tui.paths import config_dir

DESCRIPTION = "every payload in every place that shows text from outside: 0 bytes of it reach the terminal"
ROUNDS, SHORT = len(PAYLOADS) + 1, 1

PLAYED = Path(__file__).parents[1] / "support" / "played_mcp_server.py"
_AT_ONCE = 30
"""Commands that one process runs, which has a minute for them."""
_BETWEEN = "\n== next ==\n"
_ONE_AFTER_ANOTHER = (
    sys.executable,
    "-c",
    f"""import sys
from tui.cli import main
sys.stderr = sys.stdout
for line in sys.argv[1:]:
    print({_BETWEEN!r}, end="", flush=True)
    main(line.split())
""",
)
_COMMANDS = (
    "chats", "chats --json", "chats --trash", "chats --archived", "chats ZQX", "show last", "show last --tree",
    "show plain", "show last --json", "search ZQX", "search ZQX --json", "usage", "usage --by chat",
    "usage --by model --json", "usage --by chat --format csv", "models", "models --tally", "doctor",
    "tag --list", "prompts", "duplicate last", "archive last", "rm Nothing", "-m mine:one -p hi",
    "-m mine:one -p --jsonl hi", "-m mine:refuses -p hi",
    "--compare mine:one,mine:refuses -p hi", "--compare mine:one,mine:refuses -p --json hi",
    "--compare mine:one,mine:refuses -p --jsonl hi", "pin last", "pin plain --undo", "tag last +odd",
    "rename last Another", "prompts show odd", "prompts trust odd", "keys", "doctor keys", "doctor server mine",
    "mcp add other --off -- true", "mcp list", "mcp list --json", "mcp test odd", "mcp test gone", "mcp login odd",
    "mcp logout odd",
    "models rm mine:one", "models pull hf:evil/evil", "models pull hf:evil/none", "library status", "library end",
    "config path", "config path --json", "restore --json", "vacuum", "vacuum --json", "integrate",
    *(f"completion --list {kind}" for kind in VALUES), "mcp remove odd",
)  # fmt: skip
_NOT_TRIED = {
    "serve": "prints its address and its token; a page shows the app",
    "library copy": "needs a server of PostgreSQL, and names it and the file as they were given",
}
"""Commands that print nothing from outside, and what they print."""


def run(rounds: int, seed: int) -> Result:
    """Show payloads; a round is one of them, from the start of the list on."""
    result = Result()
    for number in range(rounds):
        with home():
            asyncio.run(_in_a_terminal(result, *hostile(number)))
        with home():
            asyncio.run(_line_by_line(result, *hostile(number)))
        with home() as folder:
            asyncio.run(_in_the_shell(result, *hostile(number), folder))
    return result


async def _in_a_terminal(result: Result, name: str, text: str) -> None:
    """The real program: the model's name, title, thoughts, answer in letters, and a refusal, all of them clicked on."""
    with result.trial("the program in a terminal", name):
        async with ProtocolServer(respond=lambda seen: _respond(seen, text)) as server:
            config_dir().mkdir(parents=True)
            (config_dir() / "config.toml").write_text(f'[providers.mine]\nbase_url = "{server.url}/v1"\n')
            given = text.encode("utf-8", "ignore").decode().replace("\0", "")  # what an argument can hold
            # The question becomes the title of the chat.
            async with Terminal("-m", "mine:one", f"TITLE {given}", size=(120, 50)) as screen:
                await screen.sees("ANSWER .* END .*❯ Ask anything")
                screen.press("\x1b")
                await screen.sees("esc composer")
                screen.press(" ")
                await screen.sees("THOUGHT-END")
                _click(screen)
                screen.press("\x0c")
                await screen.sees("Switch model .*listed")
                screen.press("mine:refuses\r")
                await screen.sees("◆ refuses")
                screen.press("\x1b")
                await screen.sees("❯ Ask anything")
                screen.press("Once more\r")
                await screen.sees("REFUSED")
                _click(screen)
                screen.press("\x11")
                assert await screen.gone() == 0
                found = arrived(bytes(screen.written))
                assert not found, found
                assert screen.left_behind() == []
                assert "Traceback" not in screen.printed()


async def _line_by_line(result: Result, name: str, text: str) -> None:
    """The chat without a screen: an answer, a refusal, and the chats there are."""
    with result.trial("the chat line by line", name):
        async with ProtocolServer(respond=lambda seen: _respond(seen, text)) as server:
            config_dir().mkdir(parents=True)
            (config_dir() / "config.toml").write_text(f'[providers.mine]\nbase_url = "{server.url}/v1"\n')
            async with Terminal("--plain", "-m", "mine:one", size=(120, 50)) as screen:
                for line, sees in (
                    ("TITLE", "End"),
                    ("/chats", "TITLE"),
                    ("/model mine:refuses", "refuses"),
                    ("Go", "REFUSED"),
                ):
                    await screen.sees("You:$")
                    screen.press(f"{line}\r")
                    await screen.sees(sees)
                await screen.sees("You:$")
                screen.press("\x04")
                assert await screen.gone() == 0
                found = arrived(bytes(screen.written), allowed="\x07\x08")  # which readline writes
                assert not found, found


async def _in_the_shell(result: Result, name: str, text: str, folder: Path) -> None:
    """All that commands print of a library in which everything is hostile, and all files that they write."""
    async with ProtocolServer(respond=lambda seen: _respond(seen, text)) as server:
        database = Path(os.environ["CHINWAG_DATA_DIR"]) / "chats.db"
        database.parent.mkdir(parents=True)
        chat = await fill(database, text)
        configure(text, folder)
        (config_dir() / "config.toml").write_text(tomli_w.dumps({
            "providers": {"mine": {"base_url": f"{server.url}/v1"}}, "mcp": _tool_servers(text, folder),
        }))  # fmt: skip
        foreign = _foreign(text, folder)
        commands = [
            *_COMMANDS,
            *foreign,
            f"export --all -o {folder / 'all'}",
            f"export --all --json -o {folder / 'all'}",
        ]
        commands += [f"export plain -f {format} -o -" for format in FORMATS]
        commands += [f"export --all -f {format} -o {folder / format}" for format in FORMATS]
        commands = [line.replace("plain", chat) for line in commands]
        printed: list[str] = []
        for start in range(0, len(commands), _AT_ONCE):
            few, more = commands[start : start + _AT_ONCE], {"HF_ENDPOINT": server.url}
            done = await asyncio.to_thread(ran, *few, program=_ONE_AFTER_ANOTHER, more=more)
            printed += done.stdout.split(_BETWEEN)[1:]
        silent = [one for one, said in zip(commands, printed, strict=True) if chat in one and MARK not in said]
        result.count("of the chat, with hostile text to print", sum(chat in one for one in commands), *silent)
        forgotten = [
            name for name in COMMANDS if name not in _NOT_TRIED and not any(_is(one, name) for one in commands)
        ]
        result.count("commands of which some are tried", len(COMMANDS) - len(_NOT_TRIED), *forgotten)
        for command, text_of_it in zip(commands, printed, strict=True):
            with result.trial("what a command prints", f"{command}, {name}"):
                assert "Traceback" not in text_of_it, text_of_it
                found = arrived(text_of_it)
                assert not found, found
        written = _exported(folder)
        with result.trial("files that are exported, and their names", name):
            assert len(written) > 3, written
            for path in written:
                found = arrived(str(path)) + arrived(path.read_text(errors="replace"))
                assert not found, f"{path}: {found}"


def _is(line: str, command: str) -> bool:
    return f"{line} ".startswith(f"{command} ")


def _tool_servers(text: str, folder: Path) -> dict[str, dict[str, Any]]:
    """One that says hostile words of itself, and one that has them in its configuration and dies of them."""
    given = text.encode("utf-8", "ignore").decode()  # a message with half a letter is no message
    (folder / "hostile.json").write_text(json.dumps(given))
    words = given.replace("\0", "")
    played = {"command": sys.executable, "args": [str(PLAYED), str(folder), "hostile"]}
    return {
        "odd": played,
        "gone": {**played, "args": [*played["args"], "die initialize", words], "env": {"ODD": words}},
        "nowhere": {"command": words, "cwd": words},
    }


def _foreign(text: str, folder: Path) -> Iterator[str]:
    """Files of other programs with hostile words wherever there are any, and what reads them."""
    given = text.encode("utf-8", "ignore").decode()
    chats = folder / "foreign.json"
    chats.write_text(json.dumps([simple_chatgpt(text, text, text)]))
    servers = folder / "servers.json"
    entry = {"command": text, "args": [text], "env": {"A": text}, "cwd": text, text: text}
    servers.write_text(json.dumps({"mcpServers": {text: entry, "plain": entry, "far": {"url": text, text: text}}}))
    pattern = folder / "pattern"
    pattern.mkdir()
    (pattern / "system.md").write_text(f"# {given}\n\n{given}")
    backup = folder / "backup.tar.gz"
    return iter((
        f"import {chats} --dry-run", f"import {chats}", f"import {chats} --json", f"mcp import {servers} --dry-run",
        f"mcp import {servers}", f"prompts import {pattern} --dry-run", f"prompts import {pattern}",
        f"models add {chats}", f"backup {backup}", f"backup --json --force {backup}", f"restore {backup} --dry-run",
        f"restore {backup} --dry-run --json",
    ))  # fmt: skip


def _exported(folder: Path) -> list[Path]:
    """What `export --all` has written, but for attached files, which are what they are."""
    files = [path for path in folder.rglob("*") if path.is_file() and {"all", *FORMATS} & {*path.parts}]
    return [path for path in files if not path.parent.name.endswith("-files")]


def _click(screen: Terminal) -> None:
    for words in ("CLICK", "REFUSED"):
        if words in screen.text():
            screen.click(words)


def _streamed(delta: dict[str, Any]) -> dict[str, Any]:
    return {"choices": [{"delta": delta}]}


def _respond(seen: Seen, text: str) -> Answer:
    """A list of models with a hostile name, a refusal in hostile words, or a hostile answer."""
    if seen.path.endswith("/models"):
        return json_answer({"data": [{"id": f"evil{text}"}, {"id": f"listed{printable(text)[:100]}"}]})
    if "/evil/evil" in seen.path:
        return json_answer(
            {"siblings": [{"rfilename": f"evil{text}-Q4_0.gguf", "size": 5}, {"rfilename": "a-Q8_0.gguf"}]}
        )
    if seen.method == "GET":
        return json_answer({"error": f"REFUSED {text}"}, 404)
    if seen.body["model"] == "refuses":
        return json_answer({"error": {"message": f"REFUSED {text}", "type": text, "code": text}}, 400)
    words = f"ANSWER {text} `{text}`\n\n```{text}\n{text}\n```\n\nEND"
    letters = [_streamed({"content": letter}) for letter in words]  # a sequence in pieces is a sequence, too
    end = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
    thoughts = _streamed({"reasoning_content": f"THOUGHT {text} THOUGHT-END"})
    return Answer(sse(thoughts, *letters, end))
