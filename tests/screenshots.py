"""Make the pictures of `screenshots/` from the real app, with conversations that were made up for them.

    .venv/bin/python -m tests.screenshots

Writes SVG files: the chat in three sizes, dark and light, the list of models over it, and the very first start; three
models compared, a tool that waits for a yes, the tree of a chat, and what was used. The models are scripted, and so is
what is found; everything else is the app as it runs.
"""

import asyncio
import os
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from textual.pilot import Pilot

from tests.support.calling import PlayedTools, calling
from tests.support.found import FoundAtOnce
from tests.support.scripted import Pause, ScriptedCatalog, ScriptedModel, Thought
from tests.support.seeds import seed_turn
from tests.support.services import services_of
from tui.agent.usage import Usage
from tui.app.app import ChatApp
from tui.chat.catalog.info import ModelInfo
from tui.chat.library import Library
from tui.chat.prompt import Prompt
from tui.chat.replies.events import PromptSaved
from tui.chat.replies.options import TurnOptions
from tui.chat.replies.turn import Turn
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
        for name, (shoot, size) in MORE.items():
            home = Path(folder) / name
            home.mkdir()
            asyncio.run(shoot(home, size, name))


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


COMPARED = {
    "anthropic:claude-sonnet-5": "**Full jitter.** Draw each wait from 0 to the cap of that try, so that no two "
    "clients meet again; the mean wait halves, and the herd is gone.\n\nHonour `Retry-After` where it is sent.",
    "openai:gpt-5.6": "Use exponential backoff with full jitter:\n\n1. cap one wait at 30 s\n2. cap them all at 2 min\n"
    "3. retry only 429, 502 and 503\n\nA budget shared by all workers keeps",
    "ollama:qwen3:30b": "It depends on how many clients there are. With one, plain exponential waits do; with many, "
    "they all come back at the same",
}
"""Who is compared, and what each has written when the picture is taken; the first one is done."""


async def _shoot_compare(home: Path, size: tuple[int, int], name: str) -> None:
    held = asyncio.Event()
    models = {
        id: ScriptedModel(
            [Usage(request_tokens=240 + len(id)), *re.findall(r"\S+\s*|\s+", words), *([held] if number else [])],
            opening=[Pause(0.4 + 0.2 * number)],
        )
        for number, (id, words) in enumerate(COMPARED.items())
    }
    async with _app(home, size, Cast(models), _nothing, "anthropic:claude-sonnet-5") as pilot:
        chat = pilot.app.chat  # type: ignore[attr-defined]
        chat.layout_view.composer.text = f"/compare {' '.join(COMPARED)} {QUESTION}"
        await pilot.press("enter")
        for model in list(models.values())[1:]:
            await model.reached.wait()
        await pilot.pause(1.0)
        _save(pilot, name)


async def _shoot_tree(home: Path, size: tuple[int, int], name: str) -> None:
    catalog = Cast({id: ScriptedModel([Usage(request_tokens=900), words]) for id, words in COMPARED.items()})
    async with _app(home, size, catalog, _branched, "openai:gpt-5.6") as pilot:
        await pilot.press("escape", "T")
        await pilot.pause(0.5)
        _save(pilot, name)


async def _shoot_usage(home: Path, size: tuple[int, int], name: str) -> None:
    async with _app(home, size, Cast({}), _spent, "openai:gpt-5.6") as pilot:
        await pilot.press("f8")
        await pilot.pause(0.5)
        await pilot.press("right", "right")
        await pilot.pause(0.5)
        _save(pilot, name)


WHY = "Why does the retry test fail now and then?"
EDIT = {
    "path": "tests/test_retry.py",
    "old_string": "await asyncio.sleep(wait)\nassert elapsed() >= wait",
    "new_string": "await clock.sleep(wait)\nassert clock.slept == [wait]",
}


async def _shoot_approval(home: Path, size: tuple[int, int], name: str) -> None:
    model = calling(
        ["Let me look at the test.", ("files_read", {"path": "tests/test_retry.py"})],
        ["It waits for real, so a busy machine is too late. With a clock it cannot be:", ("files_edit", EDIT)],
    )
    async with _app(home, size, Cast({id: model for id, *_ in MODELS}), _nothing, "anthropic:claude-sonnet-5") as pilot:
        chat = pilot.app.chat  # type: ignore[attr-defined]
        tools = PlayedTools(chat._library)
        tools.output = "async def test_backoff():\n    await asyncio.sleep(wait)\n    assert elapsed() >= wait\n"
        chat._replies._tools = tools
        chat.layout_view.composer.text = WHY
        await pilot.press("enter")
        while not chat.layout_view.transcript.approvals:
            await pilot.pause(0.1)
        await pilot.press("alt+w")
        await pilot.pause(0.5)
        _save(pilot, name)


MORE = {
    "approval-120x40-dark": (_shoot_approval, (120, 40)),
    "compare-200x50-dark": (_shoot_compare, (200, 50)),
    "compare-80x24-dark": (_shoot_compare, (80, 24)),
    "tree-120x40-dark": (_shoot_tree, (120, 40)),
    "usage-120x40-dark": (_shoot_usage, (120, 40)),
}


@asynccontextmanager
async def _app(
    home: Path, size: tuple[int, int], catalog: Cast, seed: "Seed", model: str
) -> AsyncIterator[Pilot[None]]:
    """The running app with a chat that `seed` has filled."""
    database = Database(home / "chats.db")
    await database.open()
    library = Library(database)
    shown = await seed(database, library, catalog)
    state = State(theme=THEMES["dark"], last_model=model)
    app = ChatApp(services_of(Config(home / "config.toml"), state, catalog, library), conversation=shown, warm_up=False)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.chat.layout_view.composer.area.cursor_blink = False
        yield pilot
        await app.save_before_exit()
    await catalog.aclose()
    await database.close()


Seed = Callable[[Database, Library, Cast], Awaitable[Conversation]]


async def _nothing(database: Database, library: Library, catalog: Cast) -> Conversation:
    return library.new("anthropic:claude-sonnet-5")


async def _branched(database: Database, library: Library, catalog: Cast) -> Conversation:
    """A chat in which prompts were edited, and answered by several models."""
    chat = library.new("openai:gpt-5.6")

    async def ask(text: str | None, options: TurnOptions) -> str:
        prompt = None if text is None else Prompt(text)
        turn = Turn(chat, library, catalog, prompt, options)
        events = [event async for event in turn.events()]
        assert isinstance(events[0], PromptSaved)
        return events[0].prompt.id

    first = await ask(QUESTION, TurnOptions())
    await ask(None, TurnOptions("anthropic:claude-sonnet-5", at=first))
    second = await ask(SECOND, TurnOptions())
    await ask("Now make it async, with trio.", TurnOptions(at=second))
    await ask("And log each attempt.", TurnOptions())
    await ask(None, TurnOptions("ollama:qwen3:30b", at=first))
    await ask("What does the herd cost?", TurnOptions())
    return await library.current(chat)


async def _spent(database: Database, library: Library, catalog: Cast) -> Conversation:
    """Chats of some weeks, and what they took."""
    now, shown = datetime.now(UTC), None
    asked = [row for row in MODELS if row[3] is not None]
    for number, (title, _) in enumerate(OTHERS * 3):
        model, tokens = asked[number * 7 % len(asked)], 3_000 + 9_700 * (number * 5 % 11)
        usage = StoredUsage(input=tokens, cached=tokens * (number % 4) // 5, output=200 + 90 * (number % 9), requests=1)
        price = (Decimal(str(model[3])) * tokens + Decimal(str(model[4])) * (usage.output or 0)) / 1_000_000
        shown = await seed_turn(
            database, title=title, model=model[0], prompt=title, answer="Done.", usage=usage, price=round(price, 4),
            at=now - timedelta(days=number * 11 % 23, hours=number % 5),
        )  # fmt: skip
    assert shown is not None
    return shown


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
