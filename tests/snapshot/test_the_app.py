"""How the app looks: a chat between two models, at every size, dark and light; and each overlay once."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from textual.app import App

from tests.support.app import Running, running
from tests.support.library import NOON, conversation, prompt, reply
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.agent.models import Model
from tui.chat.catalog.info import ModelInfo
from tui.chat.library import Library
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.unsent import QueuedPrompt
from tui.chat.usage import StoredUsage
from tui.config import State
from tui.store.database import Database
from tui.store.records import Conversation

Picture = Callable[[App[None]], Awaitable[bool]]

OTHERS = (
    ("SQL migration", 3), ("Trip to Oslo", 5), ("httpx retries", 25), ("Résumé review", 28), ("日本語の質問", 30),
    ("Rust lifetimes", 72), ("Kubernetes ingress mystery", 90), ("Tax letter", 900),
)  # fmt: skip
ANSWER = """## Wait longer each time, and never in step

Honour `Retry-After`; without it, **full jitter** keeps failed clients out of step:

- Cap the wait at 30 s and the whole budget at 2 min.
- Retry only `429`, `502`, `503`; see [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3).

| Strategy | Mean wait |
|---|---:|
| fixed 1 s | 1.0 s |
| **full jitter** | 1.6 s |

```python
def delay_s(attempt: int, retry_after: float | None) -> float:
    return random.uniform(0, min(30.0, 0.5 * 2**attempt))
```
"""


class Models(ScriptedCatalog):
    """Two providers with prices, one model on this machine, one of which nothing is known."""

    def models(self) -> list[ModelInfo]:
        every = frozenset({"vision", "tools", "thinking"})
        return [
            ModelInfo("openai:gpt-5.6", "gpt-5.6", "openai", "OpenAI", 400_000, Decimal(2), Decimal(12), every),
            ModelInfo("openai:gpt-oss-140b", "gpt-oss-140b", "openai", "OpenAI"),
            ModelInfo("anthropic:claude-sonnet-5", "claude-sonnet-5", "anthropic", "Anthropic", 200_000,
                      Decimal(3), Decimal(15), every),
            ModelInfo("local:smollm2-135m", "smollm2-135m", "local", "Local", 8_192, None, None, frozenset(),
                      local=True, free=True),
        ]  # fmt: skip

    def build(self, model_id: str) -> Model:
        return ScriptedModel()


async def seed(home: Path) -> Conversation:
    """A library with a few chats; returns the one to show."""
    database = Database(home / "chats.db")
    await database.open()
    library = Library(database)
    for title, hours in OTHERS:
        other = conversation(title, minutes=-60 * hours)
        question = prompt(other)
        answer = reply(other, question)
        stored = await library.start_turn(other, question, answer, leaf=None)
        assert stored is not None
        await library.finish_reply(stored, replace(answer, state="done", text="Because."), question.created_at)
    chat = replace(conversation("Importer backoff", minutes=-4), settings='{"effort": "medium"}')
    first = prompt(chat, "Our importer keeps hitting 429s. How should it back off?")
    answer = reply(chat, first, model="anthropic:claude-sonnet-5")
    usage = StoredUsage(input=77_900, cached=61_000, output=214, reasoning=96, requests=1)
    stored = await library.start_turn(chat, first, answer, leaf=None)
    assert stored is not None
    done = replace(
        answer, state="done", text=ANSWER, thinking="Jitter, surely.", usage=usage.to_json(), price=Decimal("0.06"),
        thinking_ms=1_800, first_token_ms=600, total_ms=3_100,
    )  # fmt: skip
    stored = await library.finish_reply(stored, done, first.created_at)
    second = prompt(chat, "Now make it async, and give up after 30 s in total.", parent=done, minutes=2)
    last = reply(chat, second)
    stored = await library.start_turn(stored, second, last, leaf=answer.id)
    assert stored is not None
    cut = replace(
        last, state="interrupted", text="The only hard part is the total: each `await` must get what is left.",
        usage=replace(usage, input=78_400, output=412, reasoning=131).to_json(), price=Decimal("0.25"),
        first_token_ms=600, total_ms=6_200,
    )  # fmt: skip
    stored = await library.finish_reply(stored, cut, NOON)
    await database.close()
    return stored


async def shown(here: Running) -> None:
    """Wait for the chat and the list."""
    await here.until(lambda: len(here.app.chat.presenter.prompts) == 2, "the chat")
    await here.until(lambda: len(here.app.chat.layout_view.chat_list.recent) > len(OTHERS), "the list")
    await here.until(lambda: not any(one.group == "notes" for one in here.app.workers), "the notes on the switch")
    await here.pilot.pause()


@pytest.mark.parametrize(
    ("size", "theme"),
    [
        ((80, 24), "chinwag-dark"), ((120, 40), "chinwag-dark"), ((200, 50), "chinwag-dark"),
        ((40, 12), "chinwag-dark"),
        ((120, 40), "chinwag-light"), ((80, 24), "chinwag-light"), ((120, 40), "chinwag-ansi"),
    ],
)  # fmt: skip
async def test_a_chat_between_two_models(tmp_path: Path, picture: Picture, size: tuple[int, int], theme: str) -> None:
    chat = await seed(tmp_path)
    state = State(theme=theme)
    async with running(tmp_path, size=size, catalog=Models({}), state=state, conversation=chat) as here:
        await shown(here)
        assert await picture(here.app)


@pytest.mark.parametrize(
    ("size", "keys"),
    [
        ((120, 40), ("ctrl+l",)),
        ((80, 24), ("ctrl+l",)),
        ((120, 40), ("f4", "down")),
        ((80, 24), ("ctrl+s", "down")),
        ((120, 40), ("ctrl+p",)),
        ((120, 40), ("f1",)),
        ((80, 24), ("escape", "alt+up")),
        ((120, 40), ("ctrl+s", "r")),
        ((80, 24), ("ctrl+f", "j", "i", "t")),
        ((120, 40), ("ctrl+f", "j", "i", "t", "enter")),
        ((80, 24), ("escape", "alt+up", "alt+up", "o")),
        ((120, 40), ("escape", "alt+up", "alt+up", "o", "down", "down", "enter")),
    ],
    ids=[
        "models", "models-small", "settings", "chats-small", "menu", "help", "messages", "rename",
        "find-small", "find", "open-small", "source",
    ],
)  # fmt: skip
async def test_overlays_and_panes(
    tmp_path: Path, picture: Picture, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    chat = await seed(tmp_path)
    async with running(tmp_path, size=size, catalog=Models({}), state=State(), conversation=chat) as here:
        await shown(here)
        for key in keys:
            await here.pilot.press(key)
            await here.pilot.pause()
        await here.settled()
        assert await picture(here.app)


async def leave_unsent(home: Path, chat: Conversation) -> None:
    """A draft and a queue, as a window that has ended leaves them."""
    database = Database(home / "chats.db")
    await database.open()
    unsent = Library(database).unsent_prompts
    plan = PromptAttachment("plan.png", "image/png", b"pixels")
    queued = [
        QueuedPrompt("1", chat, Prompt("Write the tests for it:\n- a 429 with a date\n- a server that never answers"),
                     chat.model),
        QueuedPrompt("2", chat, Prompt("Is that what this sketch says?", (plan,)), "anthropic:claude-sonnet-5"),
        *[QueuedPrompt(f"{number}", chat, Prompt(f"Step {number}"), chat.model) for number in (3, 4, 5)],
    ]  # fmt: skip
    await unsent.put_queue(queued, [one.id for one in queued])
    await unsent.put_draft("6", chat.id, Prompt("And the same for the exporter, but"))
    await database.close()


@pytest.mark.parametrize(
    ("size", "theme", "keys"),
    [
        ((80, 24), "chinwag-dark", ()), ((80, 24), "chinwag-light", ("alt+q", "down")),
        ((120, 40), "chinwag-dark", ("alt+q", "end")), ((120, 40), "chinwag-light", ()),
    ],
)  # fmt: skip
async def test_a_queue_and_a_draft_that_were_left(
    tmp_path: Path, picture: Picture, size: tuple[int, int], theme: str, keys: tuple[str, ...]
) -> None:
    chat = await seed(tmp_path)
    await leave_unsent(tmp_path, chat)
    state = State(theme=theme)
    async with running(tmp_path, size=size, catalog=Models({}), state=state, conversation=chat) as here:
        await shown(here)
        await here.until(lambda: here.app.chat.layout_view.queue_panel.prompts, "the queue")
        for key in keys:
            await here.pilot.press(key)
        await here.pilot.pause()
        assert await picture(here.app)


async def test_an_empty_chat_with_a_banner(tmp_path: Path, picture: Picture) -> None:
    catalog = ScriptedCatalog({"fake:one": ScriptedModel()}, window=10_000)
    banner = "Nothing can be saved: the folder ~/.local/share/chinwag cannot be written. This chat lives in memory."
    async with running(tmp_path, size=(80, 24), catalog=catalog, banner=banner) as here:
        assert await picture(here.app)
