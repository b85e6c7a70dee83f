"""Hostile text in every place that shows text from outside: no byte of it drives the terminal, no click starts it."""

import re
from typing import Any

from tests.support.protocol_server import Answer, ProtocolServer, Seen, json_answer, sse
from tests.support.pty import Terminal
from tui.characters import UNDRAWABLE
from tui.paths import config_dir

SEQUENCES = (
    "\x1b]0;PWNED\x07", "\x1b]52;c;UFdORUQ=\x07", "\x1b]8;;http://evil.example/\x1b\\", "\x1b[31mPWNED",
    "\x1b[6n\x1b[c", "\x1bP+q544e\x1b\\", "\x1b_Gi=1;AAAA\x1b\\", "\x1bcPWNED", "\x9b31mPWNED",
    "\x9d52;c;UFdORUQ=\x9c", "\x0ePWNED", "\u202egnp.exe\u2066", "\U000e0041",
)  # fmt: skip
"""Title, clipboard, link, colour, questions that the terminal would answer as keys, device control, graphics, reset,
all that in C1, another character set, text that runs backwards, text that nobody sees."""
MARKUP = "[@click=app.quit]CLICK[/] [/nope] [bold $primary] [link=http://evil.example/]L[/link]"
HOSTILE = "".join(SEQUENCES) + MARKUP


def configure(server: ProtocolServer) -> None:
    config_dir().mkdir(parents=True)
    (config_dir() / "config.toml").write_text(f'[providers.mine]\nbase_url = "{server.url}/v1"\n')


def streamed(delta: dict[str, Any]) -> dict[str, Any]:
    return {"choices": [{"delta": delta}]}


def respond(seen: Seen) -> Answer:
    """A list of models with a hostile name, a refusal in hostile words, or a hostile answer."""
    if seen.path.endswith("/models"):
        return json_answer({"data": [{"id": f"evil{HOSTILE}"}]})
    if seen.body["model"] == "refuses":
        return json_answer({"error": {"message": f"REFUSED {HOSTILE}", "type": HOSTILE, "code": HOSTILE}}, 400)
    thoughts, words = (
        f"THOUGHT {HOSTILE} THOUGHT-END",
        f"ANSWER {HOSTILE} `{HOSTILE}`\n\n```{HOSTILE}\n{HOSTILE}\n```\n\nEND",
    )
    letters = [streamed({"content": letter}) for letter in words]  # a sequence in pieces is a sequence, too
    end = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
    return Answer(sse(streamed({"reasoning_content": thoughts}), *letters, end))


def hostile_bytes(written: bytes) -> list[bytes]:
    """The sequences that reached the terminal as they came."""
    wanted = [text.encode() for text in SEQUENCES] + [
        b"\xc2\x9b",
        b"\xc2\x9d",
        b"\xe2\x80\xae",
        b"\xe2\x81\xa6",
        b"\x0e",
    ]
    return [sequence for sequence in wanted if sequence in written]


async def test_answers_thoughts_titles_names_and_errors_do_not_drive_the_terminal() -> None:
    async with ProtocolServer(respond=respond) as server:
        configure(server)
        # The question becomes the title of the chat.
        async with Terminal("-m", "mine:one", f"TITLE {HOSTILE}", size=(120, 50)) as screen:
            await screen.sees("ANSWER .* END .*❯ Ask anything")
            screen.press("\x1b")
            await screen.sees("esc composer")
            screen.press(" ")
            await screen.sees("THOUGHT-END")
            screen.click("[@click=app.quit]CLICK")
            screen.press("\x0c")
            await screen.sees("Switch model .*evil")
            screen.press("mine:refuses\r")
            await screen.sees("◆ refuses")
            screen.press("\x1b")
            await screen.sees("❯ Ask anything")
            screen.press("Once more\r")
            await screen.sees("REFUSED")
            screen.click("REFUSED")
            screen.press("\x11")
            assert await screen.gone() == 0
            assert hostile_bytes(bytes(screen.written)) == []
            assert screen.left_behind() == []
            assert "Traceback" not in screen.printed()


FLAG = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
MULTILINGUAL = f"می‌خواهم.\u200f שלום\u200f C++\u200e {FLAG} 👩\u200d👧\n\nEND"
HIDDEN = "a\u200bb\ufeffc\u00add\u3164e\u2062f\u206ag\U000e0041h\u200f"


def multilingual(seen: Seen) -> Answer:
    if seen.path.endswith("/models"):
        return json_answer({"data": [{"id": "one"}]})
    # A flag comes whole: a part of one that is drawn before the rest is there is shown by its signs.
    pieces = [streamed({"content": piece}) for piece in re.findall(f"{FLAG}|.", MULTILINGUAL, re.DOTALL)]
    return Answer(sse(*pieces, {"choices": [{"delta": {}, "finish_reason": "stop"}]}))


async def test_what_scripts_need_is_drawn_without_signs_and_what_is_typed_hides_nothing() -> None:
    async with ProtocolServer(respond=multilingual) as server:
        configure(server)
        async with Terminal("-m", "mine:one", "Hello", size=(100, 30)) as screen:
            await screen.sees("END .*❯ Ask anything")
            assert FLAG in screen.printed() and "<U+" not in screen.printed()
            screen.press(f"{HIDDEN}typed")
            await screen.sees("typed")
            screen.press(f"\x1b[200~{HIDDEN}pasted\x1b[201~")
            await screen.sees("pasted")
            screen.press("\x11")
            await screen.gone()
            drawn = screen.printed().replace(FLAG, "")
            assert not [
                hex(ord(character)) for character in drawn if UNDRAWABLE.match(character) and ord(character) > 0xA0
            ]
