"""Make the pictures of `screenshots/` from the real app, with conversations that were made up for them.

    .venv/bin/python -m tests.screenshots

Writes SVG files: the chat in three sizes, dark and light, the list of models over it, and the very first start. The
models are scripted, and so is what is found; everything else is the app as it runs.
"""

import asyncio
import os
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from textual.pilot import Pilot

from tests.support.app import services_of
from tests.support.found import FoundAtOnce
from tests.support.scripted import Pause, ScriptedCatalog, ScriptedModel, Thought
from tests.support.seeds import seed_turn
from tui.agent.usage import Usage
from tui.app.app import ChatApp
from tui.chat.catalog.info import ModelInfo
from tui.chat.library import Library
from tui.chat.settings import ChatSettings
from tui.chat.usage import StoredUsage
from tui.config import Config, State
from tui.store.database import Database
from tui.store.records import Conversation

PICTURES = Path(__file__).parents[1] / "screenshots"
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


MODELS = (
    ("anthropic:claude-sonnet-5", "Anthropic", 200_000, "3", "15", "vision tools thinking"),
    ("openai:gpt-5.6", "OpenAI", 400_000, "2", "12", "vision tools thinking"),
    ("openai:gpt-5.6-mini", "OpenAI", 400_000, "0.25", "2", "vision tools thinking"),
    ("openai:gpt-oss-140b", "OpenAI", None, None, None, None),
    ("deepseek:deepseek-v4", "DeepSeek", 128_000, "0.30", "1", "tools"),
    ("ollama:qwen3:30b", "Ollama", 32_000, None, None, "tools thinking"),
    ("local:smollm2-135m", "This machine", 8_192, None, None, ""),
    ("demo:guide", "Chinwag", None, None, None, "thinking"),
)
"""Id, provider, window, dollars per million tokens in and out, abilities; None is unknown, or free where local."""


class Cast(ScriptedCatalog):
    """The models of the pictures, with what their vendors say of them."""

    def models(self) -> list[ModelInfo]:
        return [self._cast(*row) for row in MODELS]

    def _cast(
        self, id: str, label: str, window: int | None, cost: str | None, price: str | None, can: str | None
    ) -> ModelInfo:
        provider, _, name = id.partition(":")
        here = provider in ("ollama", "local", "demo")
        return ModelInfo(
            id, name, provider, label, window,
            input_price=None if cost is None else Decimal(cost), output_price=None if price is None else Decimal(price),
            capabilities=None if can is None else frozenset(can.split()), local=here, free=here,
            note="guide, not a model" if provider == "demo" else "",
        )  # fmt: skip

    def price(self, info: ModelInfo, usage: StoredUsage, at: datetime) -> Decimal | None:
        if info.input_price is None or info.output_price is None:
            return None
        return (info.input_price * (usage.input or 0) + info.output_price * (usage.output or 0)) / 1_000_000


def main() -> None:
    """Write all pictures."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("CONFIG", "DATA", "STATE", "CACHE"):
            os.environ[f"CHINWAG_{name}_DIR"] = str(Path(folder) / name.lower())
        os.environ.update(TEXTUAL_ANIMATIONS="none", TZ="UTC", COLORTERM="truecolor")
        for name in ("NO_COLOR", "SSH_CONNECTION", "SSH_TTY"):
            os.environ.pop(name, None)
        for theme in THEMES:
            for columns, rows in SIZES:
                home = Path(folder) / f"{theme}-{columns}"
                home.mkdir()
                asyncio.run(_shoot(home, (columns, rows), theme))
            home = Path(folder) / f"{theme}-first"
            home.mkdir()
            asyncio.run(_shoot_first(home, (120, 40), theme))


async def _shoot(home: Path, size: tuple[int, int], theme: str) -> None:
    name = f"{size[0]}x{size[1]}-{theme}"
    async with _stage(home, size, theme) as pilot:
        _save(pilot, f"chat-{name}")
        await pilot.press("f2")
        await pilot.pause()
        _save(pilot, f"models-{name}")


async def _shoot_first(home: Path, size: tuple[int, int], theme: str) -> None:
    catalog = Cast({})
    database = Database(home / "chats.db")
    await database.open()
    services = services_of(Config(home / "config.toml"), State(theme=THEMES[theme]), catalog, Library(database))
    services = replace(services, discovery=FoundAtOnce(catalog.listings, catalog.local_models))
    app = ChatApp(services, first_run=True, warm_up=False)
    async with app.run_test(size=size) as pilot:
        app.chat.layout_view.composer.area.cursor_blink = False
        await pilot.pause(0.5)
        _save(pilot, f"first-{size[0]}x{size[1]}-{theme}")
    await catalog.aclose()
    await database.close()


def _save(pilot: Pilot[None], name: str) -> None:
    svg = re.sub(r"terminal-\d+", "terminal", pilot.app.export_screenshot(title="chinwag"))
    path = PICTURES / f"{name}.svg"
    path.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", encoding="utf-8")
    print(path.name)


@asynccontextmanager
async def _stage(home: Path, size: tuple[int, int], theme: str) -> AsyncIterator[Pilot[None]]:
    """The running app in the middle of a reply, ready for its picture."""
    held = asyncio.Event()
    words = re.findall(r"\S+\s*|\s+", LIVE)
    usage = Usage(request_tokens=79_100, details={"cache_read_tokens": 61_000})
    live = ScriptedModel(
        [Thought(SECOND_THOUGHT), Pause(1.2), usage, *words, held],
        opening=[Pause(0.6)],
        name="gpt-5.6",
        system="openai",
    )
    catalog = Cast({id: live for id, *_ in MODELS})
    database = Database(home / "chats.db")
    await database.open()
    library = Library(database)
    state = State(theme=THEMES[theme], last_model="openai:gpt-5.6")
    services = services_of(Config(home / "config.toml"), state, catalog, library)
    app = ChatApp(services, conversation=await _seed(database, library), warm_up=False)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.chat.layout_view.composer.area.cursor_blink = False
        app.chat.layout_view.composer.text = SECOND
        await pilot.press("enter")
        await live.reached.wait()
        app.chat.layout_view.composer.text = "also log every attempt with structlog"
        await pilot.pause(0.5)
        yield pilot
        await app.save_before_exit()
    await catalog.aclose()
    await database.close()


async def _seed(database: Database, library: Library) -> Conversation:
    now = datetime.now(UTC)
    asked = "anthropic:claude-sonnet-5"
    for title, age in OTHERS:
        await seed_turn(database, title=title, model=asked, prompt=title, answer="Done.", at=now - age)
    shown = await seed_turn(
        database, title="Importer backoff", model=asked, prompt=QUESTION, answer=ANSWER, thinking=THOUGHT,
        at=now - timedelta(minutes=4), price=Decimal("0.061"),
        usage=StoredUsage(input=77_900, cached=61_000, output=214, reasoning=96, requests=1),
    )  # fmt: skip
    await library.set_settings(shown.id, ChatSettings(effort="medium", system_prompt="You are terse and exact."))
    return await library.set_model(shown.id, "openai:gpt-5.6")


if __name__ == "__main__":
    main()
