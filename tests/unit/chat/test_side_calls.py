"""What is asked beside a chat costs money that nobody typed for: it is bounded, counted, and never in the way."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.scripted import Piece, ScriptedCatalog, ScriptedModel
from tui.agent.exceptions import ModelHTTPError
from tui.agent.usage import Usage
from tui.chat.library import Library
from tui.chat.limits import Limits
from tui.chat.preferences import Preferences
from tui.chat.prompt import Prompt
from tui.chat.replies.events import ReplyDone, ReplyFailed, ReplyStopped
from tui.chat.replies.replies import Replies
from tui.chat.side_calls import SideCall, ask_beside, beginning
from tui.chat.title_maker import MOST_INPUT, TitleMaker
from tui.chat.titles import LONGEST, suggested_title, title_of
from tui.chat.usage import text_tokens
from tui.config import Config, SettingValues, SetValue, State
from tui.config.amounts import Amount
from tui.store.records import Conversation, UsageScope

CALL = SideCall("title", "fake:small", "Name it.", "words " * 500, most_input=50, most_output=20)
REPORTED = Usage(requests=1, request_tokens=40, response_tokens=10, total_tokens=50)


def refused() -> ModelHTTPError:
    return ModelHTTPError(402, "small", {"error": {"message": "no credit for sk-canary-1234567890123456"}})


def catalog(*pieces: Piece) -> tuple[ScriptedCatalog, ScriptedModel]:
    small = ScriptedModel(pieces)
    models = {"fake:small": small, "fake:one": ScriptedModel(["The answer."])}
    return ScriptedCatalog(models, token_price=Decimal("0.0001")), small


async def counted(library: Library) -> list[tuple[str, str, int | None, Decimal | None, int]]:
    rows = (await library.usage.read(UsageScope())).figures.rows
    return [(row.purpose, row.model, row.input, row.price, row.failed) for row in rows if row.purpose]


async def test_an_answer_is_bounded_counted_and_priced(library: Library) -> None:
    found, small = catalog("A title", REPORTED)
    assert await ask_beside(library, found, "chat", CALL) == "A title"
    assert await counted(library) == [("title", "fake:small", 40, Decimal("0.0050"), 0)]
    (asked,) = small.asked
    assert asked.settings == {"max_tokens": 20, "thinking": "off"}
    assert text_tokens(f"{asked.instructions}{asked.prompts[0]}") <= CALL.most_input
    assert await library.spent_in("chat") == Decimal("0.0050") == await library.spent_today()


@pytest.mark.parametrize("pieces", [[], [" \n"], ["half", refused()], [refused()]])
async def test_one_that_comes_to_nothing_is_no_error_but_is_seen(library: Library, pieces: list[Piece]) -> None:
    found, _ = catalog(*pieces)
    assert (await ask_beside(library, found, "chat", CALL)).strip() == ""
    assert [row[4] for row in await counted(library)] == [1]
    problem = (await library.usage.read(UsageScope())).problem
    assert problem and "sk-canary" not in problem


async def test_it_is_counted_under_the_model_and_not_under_a_persons_name_for_it(library: Library) -> None:
    models = {"fake:small": ScriptedModel(["A title", REPORTED])}
    found = ScriptedCatalog(models, token_price=Decimal("0.0001"), aliases={"fast": "fake:small"})
    assert await ask_beside(library, found, "chat", replace(CALL, model="fast")) == "A title"
    assert await counted(library) == [("title", "fake:small", 40, Decimal("0.0050"), 0)]


async def test_a_model_that_is_not_there_is_no_error_either(library: Library) -> None:
    found, _ = catalog()
    assert await ask_beside(library, found, "chat", SideCall("title", "gone:x", "", "", 9, 9)) == ""
    assert await counted(library) == [("title", "gone:x", None, None, 1)]
    assert (await library.usage.read(UsageScope())).problem == 'There is no model "gone:x".'


async def test_nothing_is_asked_beside_above_a_limit_and_it_is_counted_under_the_id(library: Library) -> None:
    small = ScriptedModel(["A title", REPORTED])
    found = ScriptedCatalog({"fake:small": small}, aliases={"cheap": "fake:small"})
    by_name = replace(CALL, model="cheap")
    assert await ask_beside(library, found, "chat", by_name) == "A title"
    library.budgets.limits = Limits({"day": Amount(tokens=50)})
    assert await ask_beside(library, found, "chat", by_name) == "" and len(small.asked) == 1
    assert [row[:3] for row in await counted(library)] == [("title", "fake:small", 40)]
    assert "of 50 tokens today" in (await library.usage.read(UsageScope())).problem


async def test_one_that_is_cancelled_ends_at_once_and_is_counted(library: Library) -> None:
    found, small = catalog("Half", asyncio.Event())
    asking = asyncio.create_task(ask_beside(library, found, "chat", CALL))
    await small.reached.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert small.closed == 1
    assert [row[4] for row in await counted(library)] == [1]


@pytest.mark.parametrize("text", ["word " * 900, "字" * 900, "mixed 字 " * 300, ""])
def test_a_text_is_cut_to_its_tokens(text: str) -> None:
    cut = beginning(text, 30)
    assert text_tokens(cut) <= 30 and text.startswith(cut)
    assert not text or text_tokens(cut) >= 20


# Titles.


class Titled:
    """A chat whose replies a `TitleMaker` hears of."""

    def __init__(self, library: Library, found: ScriptedCatalog, tmp_path: Path, model: str = "fake:small") -> None:
        settings = SettingValues((SetValue("title_model", model, "app", "test"),) if model else ())
        preferences = Preferences(Config(tmp_path / "config.toml", settings=settings), library, State())
        self.library = library
        self.replies = Replies(library, found)
        self.titles = TitleMaker(library, found, preferences)
        self.told: list[str] = []
        self.titles.changed = self.told.append
        self.replies.subscribe(self.titles.receive)
        self.replies.subscribe(self._end)
        self.chat: Conversation = library.new("fake:one")
        self._ended = asyncio.Event()

    def _end(self, conversation_id: str, event: object) -> None:
        if isinstance(event, ReplyDone | ReplyStopped | ReplyFailed):
            self.chat = event.conversation
            self._ended.set()

    async def ask(self, text: str) -> None:
        """Ask, or have the last prompt answered again, and wait for the answer and all that follows it."""
        self._ended.clear()
        if text:
            self.replies.send(self.chat, Prompt(text))
        else:
            self.replies.answer_again(self.chat)
        await self._ended.wait()
        await self.titles.settled()
        self.chat = await self.library.current(self.chat)


async def test_a_chat_is_named_once_after_its_first_answer(library: Library, tmp_path: Path) -> None:
    found, small = catalog('"WAL mode explained."\n\nAnything else?', REPORTED)
    here = Titled(library, found, tmp_path)
    await here.ask("Explain WAL mode. " + "Then compare it. " * 200)
    assert (here.chat.title, here.chat.title_by) == ("WAL mode explained", "prompt")
    assert here.told == [here.chat.id]
    assert text_tokens(f"{small.asked[0].instructions}{small.asked[0].prompts[0]}") <= MOST_INPUT
    await here.ask("And now?")
    await here.ask("")
    assert len(small.asked) == 1, "one title for each chat"


async def test_a_name_given_by_hand_stays_also_while_a_model_thinks_of_one(library: Library, tmp_path: Path) -> None:
    gate = asyncio.Event()
    found, small = catalog(gate, "A title")
    here = Titled(library, found, tmp_path)
    asking = asyncio.create_task(here.ask("Why?"))
    await small.reached.wait()
    await library.rename(here.chat.id, "Mine")
    gate.set()
    await asking
    assert here.chat.title == "Mine"
    named = Titled(library, found, tmp_path)
    await library.rename(named.chat.id, "Named before")
    await named.ask("Why?")
    assert len(small.asked) == 1, "nobody pays for a title that is not wanted"


async def test_without_a_model_and_without_an_answer_nothing_is_asked(library: Library, tmp_path: Path) -> None:
    found, small = catalog("A title")
    off = Titled(library, found, tmp_path, model="")
    await off.ask("Why? Because.")
    assert off.chat.title == "Why?" and small.asked == []
    found.scripted["fake:one"] = ScriptedModel([refused()], ["The answer."])
    here = Titled(library, found, tmp_path)
    await here.ask("Why not?")
    assert small.asked == []
    await here.ask("")
    assert here.chat.title == "A title"


async def test_leaving_stops_it(library: Library, tmp_path: Path) -> None:
    found, small = catalog("Half a", asyncio.Event())
    here = Titled(library, found, tmp_path)
    asking = asyncio.create_task(here.ask("Why?"))
    await small.reached.wait()
    await here.titles.aclose()
    await asking
    assert small.closed == 1 and here.chat.title == "Why?"
    assert [row[4] for row in await counted(library)] == [1]


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ("WAL mode explained", "WAL mode explained"),
        ("Title: **WAL mode**", "WAL mode"),
        ("# “WAL mode”\n\nmore", "WAL mode"),
        ("\x1b]0;pwned\x07Fine", ""),
        ("a\u202eb\u200bc", "abc"),
        ("", ""),
        ("...", ""),
        ('""', ""),
    ],
)
def test_a_models_title_is_cleaned_or_ignored(answer: str, title: str) -> None:
    assert suggested_title(answer) == title


def test_a_models_title_is_cut() -> None:
    assert len(suggested_title("word " * 5_000)) <= LONGEST
    assert len(suggested_title("x" * 5_000)) <= LONGEST


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("Hi! Explain WAL mode. Thanks", "Explain WAL mode"),
        ("Hello,\n\nwhat is WAL mode?", "what is WAL mode?"),
        ("Hello!", "Hello"),
        ("Hi there", "Hi there"),
        ("High! Is it?", "High!"),
    ],
)
def test_a_greeting_is_no_title_where_more_follows(prompt: str, title: str) -> None:
    assert title_of(prompt) in (title, f"{title}!")
