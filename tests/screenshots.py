"""Make the pictures of `screenshots/` from the real app, with conversations that were made up for them.

    .venv/bin/python tests/screenshots.py

Writes SVG files: the chat in three sizes, dark and light, and the windows that open over it. The models are scripted,
everything else is the app as it runs.
"""

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

SIZES = ((80, 24), (120, 40), (200, 50))
THEMES = {"dark": "chinwag-dark", "light": "chinwag-light"}

QUESTION = "Our importer keeps hitting 429s. How should it back off?"
THOUGHT = (
    "A client that retries at fixed times meets all the others again at the same moment. Exponential waits with full "
    "jitter spread them out. The server's own Retry-After is worth more than any guess, and there has to be a budget."
)
ANSWER = """\
## Wait longer each time, and never in step

Honour `Retry-After`; without it, **full jitter** keeps failed clients out of step:

- Cap one wait at 30 s and the whole budget at 2 min.
- Retry only `429`, `502`, `503` and connection resets; see [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3).

| Strategy | Mean wait | 429s per 1k | Good for |
|:---------|----------:|------------:|:---------|
| fixed 1 s | 1.0 s | 212 | demos |
| exponential | 3.1 s | 64 | one client |
| **full jitter** | 1.6 s | 9 | fleets |

```python
def delay_s(attempt: int, retry_after: float | None) -> float:
    if retry_after is not None: return retry_after  # the server knows best
    return random.uniform(0, min(30.0, 0.5 * 2 ** attempt))
```
"""
SECOND = "Now make it async, and give up after 30 s in total."
SECOND_THOUGHT = (
    "The budget has to be shared by all attempts, so a deadline is better than a time-out for each of them."
)
LIVE = """\
The only hard part is the total: each `await` must get what is left of the 30 s, not a fresh 30 s. \
`asyncio.timeout` does that, and it nests:

```python
async def fetch(client, url):
    async with asyncio.timeout(30):
        for attempt in itertools.count():
            reply = await client.get(url)
            if reply.status_code not in RETRYABLE: return reply
            await asyncio.sl"""

OTHERS = (
    ("SQL migration", timedelta(hours=3)),
    ("Trip to Oslo", timedelta(hours=5)),
    ("Pelican naming", timedelta(hours=6)),
    ("httpx retries", timedelta(days=1)),
    ("Résumé review", timedelta(days=1, hours=2)),
    ("Sourdough maths", timedelta(days=1, hours=4)),
    ("naïve Bayes, again", timedelta(days=1, hours=5)),
    ("Rust lifetimes", timedelta(days=3)),
    ("Tax letter", timedelta(days=4)),
    ("Kubernetes ingress mystery", timedelta(days=5)),
    ("Reading list", timedelta(days=12)),
    ("Release plan", timedelta(days=20)),
)


def main() -> None:
    """Write all pictures."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("CONFIG", "DATA", "STATE", "CACHE"):
            os.environ[f"CHINWAG_{name}_DIR"] = str(Path(folder) / name.lower())
        os.environ.update(TEXTUAL_ANIMATIONS="none", TZ="UTC", COLORTERM="truecolor")
        for name in ("NO_COLOR", "SSH_CONNECTION", "SSH_TTY"):
            os.environ.pop(name, None)
        asyncio.run(_all(Path(folder)))


async def _all(folder: Path) -> None:
    for theme in THEMES:
        for size in SIZES:
            async with _stage(folder / f"{theme}-{size[0]}", size, theme) as stage:
                stage.shoot(f"chat-{size[0]}x{size[1]}-{theme}")
                if size != (80, 24):
                    await stage.press("f2")
                    stage.shoot(f"models-{size[0]}x{size[1]}-{theme}")


class _Stage:
    """The running app, ready for its picture."""

    def __init__(self, app: object, pilot: object) -> None:
        self._app = app
        self._pilot = pilot

    async def press(self, key: str) -> None:
        await self._pilot.press(key)  # type: ignore[attr-defined]
        await self._pilot.pause()  # type: ignore[attr-defined]

    def shoot(self, name: str) -> None:
        svg = self._app.export_screenshot(title="chinwag")  # type: ignore[attr-defined]
        svg = re.sub(r"terminal-\d+", "terminal", svg)
        path = ROOT / "screenshots" / f"{name}.svg"
        path.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", encoding="utf-8")
        print(path.relative_to(ROOT))


@asynccontextmanager
async def _stage(home: Path, size: tuple[int, int], theme: str) -> AsyncIterator[_Stage]:
    from tests.support.scripted import Pause, ScriptedCatalog, ScriptedModel, Thought
    from tui.agent.usage import Usage
    from tui.app.app import ChatApp
    from tui.chat.catalog import ModelInfo
    from tui.chat.library import Library
    from tui.chat.meter import StoredUsage
    from tui.chat.replies import Replies
    from tui.config import Config, State
    from tui.store.database import Database

    held = asyncio.Event()
    live = ScriptedModel(
        [
            Thought(SECOND_THOUGHT), Pause(1.2), Usage(request_tokens=79_100, details={"cache_read_tokens": 61_000}),
            *re.findall(r"\S+\s*|\s+", LIVE), held,
        ],
        opening=[Pause(0.6)], name="gpt-5.6", system="openai",
    )  # fmt: skip
    models = (
        ("anthropic:claude-sonnet-5", "Anthropic", 200_000, "3", "15", "vision tools thinking"),
        ("openai:gpt-5.6", "OpenAI", 400_000, "2", "12", "vision tools thinking"),
        ("openai:gpt-5.6-mini", "OpenAI", 400_000, "0.25", "2", "vision tools thinking"),
        ("openai:gpt-oss-140b", "OpenAI", None, None, None, None),
        ("deepseek:deepseek-v4", "DeepSeek", 128_000, "0.30", "1", "tools"),
        ("ollama:qwen3:30b", "Ollama", 32_000, None, None, "tools thinking"),
        ("local:smollm2-135m", "on this machine", 8_192, None, None, ""),
        ("demo:guide", "Chinwag", None, None, None, "thinking"),
    )

    class Cast(ScriptedCatalog):
        """The models of the pictures, with what their vendors say of them."""

        def models(self) -> list[ModelInfo]:
            return [
                ModelInfo(
                    id, id.partition(":")[2], id.partition(":")[0], label, window,
                    None if cost is None else Decimal(cost), None if price is None else Decimal(price),
                    None if can is None else frozenset(can.split()),
                    local=id.startswith(("local", "ollama", "demo")), free=id.startswith(("local", "ollama", "demo")),
                    note="guide, not a model" if id == "demo:guide" else "",
                )
                for id, label, window, cost, price, can in models
            ]  # fmt: skip

        def price(self, info: ModelInfo, usage: StoredUsage, at: datetime) -> Decimal | None:
            if info.input_price is None or info.output_price is None:
                return None
            return (info.input_price * (usage.input or 0) + info.output_price * (usage.output or 0)) / 1_000_000

    catalog = Cast({id: live for id, *_ in models})
    home.mkdir(parents=True)  # noqa: ASYNC240 - a program of its own, nothing waits
    database = Database(home / "chats.db")
    await database.open()
    library = Library(database)
    conversation = await _seed(database, library)
    app = ChatApp(
        library, Replies(library, catalog), catalog, Config(home / "config.toml"),
        State(theme=THEMES[theme], last_model="openai:gpt-5.6"), conversation=conversation, warm_up=False,
    )  # fmt: skip
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.chat.composer.text = SECOND
        await pilot.press("enter")
        await live.reached.wait()
        await pilot.pause(0.5)
        app.chat.composer.text = "also log every attempt with structlog"
        app.chat.composer.cursor_blink = False
        await pilot.pause(0.3)
        yield _Stage(app, pilot)
        await app.save_before_exit()
    await catalog.aclose()
    await database.close()


async def _seed(database: object, library: object) -> object:
    from tests.support.seeds import seed_turn
    from tui.chat.meter import StoredUsage
    from tui.chat.settings import ChatSettings
    from tui.store.database import Database

    assert isinstance(database, Database)
    now = datetime.now(UTC)
    for title, age in OTHERS:
        await seed_turn(
            database, title=title, model="anthropic:claude-sonnet-5", prompt=title, answer="Done.", at=now - age
        )
    first = await seed_turn(
        database, title="Importer backoff", model="anthropic:claude-sonnet-5", prompt=QUESTION, answer=ANSWER,
        thinking=THOUGHT, at=now - timedelta(minutes=4),
        usage=StoredUsage(input=77_900, cached=61_000, output=214, reasoning=96, requests=1), price=Decimal("0.061"),
    )  # fmt: skip
    from tui.chat.library import Library

    assert isinstance(library, Library)
    await library.set_settings(first.id, ChatSettings(effort="medium", system_prompt="You are terse and exact."))
    return replace(await library.set_model(first.id, "openai:gpt-5.6"))


if __name__ == "__main__":
    main()
