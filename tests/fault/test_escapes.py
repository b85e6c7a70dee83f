"""What scripts need is drawn as it came; hostile text is the battery `escapes`."""

import re
from typing import Any

from tests.support.protocol_server import Answer, ProtocolServer, Seen, json_answer, sse
from tests.support.pty import Terminal
from tui.characters import UNDRAWABLE
from tui.paths import config_dir


def configure(server: ProtocolServer) -> None:
    config_dir().mkdir(parents=True)
    (config_dir() / "config.toml").write_text(f'[providers.mine]\nbase_url = "{server.url}/v1"\n')


def streamed(delta: dict[str, Any]) -> dict[str, Any]:
    return {"choices": [{"delta": delta}]}


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
                hex(ord(character))
                for character in drawn
                if re.match(f"[{UNDRAWABLE}]", character) and ord(character) > 0xA0
            ]
