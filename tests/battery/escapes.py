"""Hostile text wherever text from outside is shown: it drives no terminal, breaks nothing, starts nothing.

Round 0 has all payloads at once, each round after it one of them by itself.
"""

import asyncio
from typing import Any

from tests.battery.result import Result
from tests.support.homes import home
from tests.support.hostile import PAYLOADS, arrived, hostile, printable
from tests.support.protocol_server import Answer, ProtocolServer, Seen, json_answer, sse
from tests.support.pty import Terminal
from tui.paths import config_dir

DESCRIPTION = "every payload in every place that shows text from outside: 0 bytes of it reach the terminal"
ROUNDS, SHORT = len(PAYLOADS) + 1, 1


def run(rounds: int, seed: int) -> Result:
    """Show payloads; a round is one of them, from the start of the list on."""
    result = Result()
    for number in range(rounds):
        with home():
            asyncio.run(_in_a_terminal(result, *hostile(number)))
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
