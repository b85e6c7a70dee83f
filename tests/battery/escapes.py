"""Hostile text wherever text from outside is shown: it drives no terminal, breaks nothing, starts nothing.

Round 0 has all payloads at once, each round after it one of them by itself.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.battery.result import Result
from tests.support.foreign_chats import simple_chatgpt
from tests.support.forked import ran
from tests.support.homes import home
from tests.support.hostile import PAYLOADS, arrived, hostile, printable
from tests.support.hostile_home import configure, fill
from tests.support.protocol_server import Answer, ProtocolServer, Seen, json_answer, sse
from tests.support.pty import Terminal
from tui.formats import FORMATS
from tui.paths import config_dir

DESCRIPTION = "every payload in every place that shows text from outside: 0 bytes of it reach the terminal"
ROUNDS, SHORT = len(PAYLOADS) + 1, 1

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
    "usage --by model --json", "usage --by chat --format csv", "models", "models --json", "models --tally", "doctor",
    "tag --list", "prompts", "duplicate last", "archive last", "rm plain", "-m mine:one -p hi",
    "-m mine:one -p --jsonl hi", "-m mine:one -p --json hi", "-m mine:refuses -p hi",
    "--compare mine:one,mine:refuses -p hi",
)  # fmt: skip


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
        await fill(database, text)
        configure(text, folder)
        (config_dir() / "config.toml").write_text(f'[providers.mine]\nbase_url = "{server.url}/v1"\n')
        foreign = folder / "foreign.json"
        foreign.write_text(json.dumps([simple_chatgpt(text, text, text)]))
        commands = [*_COMMANDS, f"import {foreign} --dry-run", f"import {foreign}", f"export --all -o {folder / 'all'}"]
        commands += [f"export plain -f {format} -o -" for format in FORMATS]
        commands += [f"export --all -f {format} -o {folder / format}" for format in FORMATS]
        done = await asyncio.to_thread(ran, *commands, program=_ONE_AFTER_ANOTHER)
        printed = done.stdout.split(_BETWEEN)[1:]
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
    if seen.body["model"] == "refuses":
        return json_answer({"error": {"message": f"REFUSED {text}", "type": text, "code": text}}, 400)
    words = f"ANSWER {text} `{text}`\n\n```{text}\n{text}\n```\n\nEND"
    letters = [_streamed({"content": letter}) for letter in words]  # a sequence in pieces is a sequence, too
    end = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
    thoughts = _streamed({"reasoning_content": f"THOUGHT {text} THOUGHT-END"})
    return Answer(sse(thoughts, *letters, end))
