"""The list of chats with all that it can say of one, at every size, dark and light; the archive, the trash, a tag."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from textual.app import App

from tests.snapshot.conftest import Noon
from tests.support.app import Running, running
from tests.support.library import NOON, conversation, prompt, reply
from tui.app.widgets import header
from tui.chat.library import Library
from tui.config import State
from tui.store import folders
from tui.store.catch_up import catch_up
from tui.store.database import Database
from tui.store.records import Conversation

Picture = Callable[[App[None]], Awaitable[bool]]

CHATS = (
    ("Release plan", 2), ("Importer backoff", 0), ("SQL migration", 3), ("Trip to Oslo", 5), ("httpx retries", 25),
    ("Résumé review", 28), ("日本語の質問", 30), ("Rust lifetimes", 72), ("Tax letter", 900), ("Old notes", 9_000),
)  # fmt: skip


async def seed(home: Path) -> list[Conversation]:
    database = Database(home / "chats.db")
    await database.open()
    library = Library(database)
    chats = []
    for title, hours in CHATS:
        chat = conversation(title, minutes=-60 * hours)
        asked = prompt(chat)
        answer = replace(reply(chat, asked, "Because."), price=Decimal(f"0.{len(title):02}"), usage='{"input": 9}')
        chats.append(await database.run(catch_up, replace(chat, active_leaf=answer.id), [asked, answer]))
    ids = {chat.title: chat.id for chat in chats}
    await library.folders.pin([ids["Release plan"], ids["Rust lifetimes"]])
    await library.folders.mark_unread([ids["SQL migration"]])
    await library.folders.tag([ids["Trip to Oslo"], ids["Rust lifetimes"]], ["trip"])
    await library.folders.archive([ids["Tax letter"]])
    await database.run(folders.delete, [ids["Old notes"]], NOON - timedelta(days=3))
    await database.close()
    return chats


async def shown(here: Running) -> None:
    await here.until(lambda: "Because." in here.screen(), "the answer")
    chat_list = here.app.chat.layout_view.chat_list
    await here.until(lambda: chat_list.listed.pinned, "the list")
    await here.pilot.press("ctrl+s")
    await here.until(lambda: here.app.focused is chat_list.rows, "the list has the keys")


@pytest.mark.parametrize("theme", ["chinwag-dark", "chinwag-light"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)], ids=["80x24", "120x40", "200x50"])
async def test_what_a_row_can_say(tmp_path: Path, picture: Picture, size: tuple[int, int], theme: str) -> None:
    _, shown_chat, _, oslo, retries, review, *_ = await seed(tmp_path)
    state = State(theme=theme, history_width=60 if size[0] == 200 else 28)
    async with running(tmp_path, size=size, state=state, conversation=shown_chat) as here:
        await shown(here)
        chat_list = here.app.chat.layout_view.chat_list
        chat_list.running, chat_list.drafts = frozenset({oslo.id}), frozenset({retries.id})
        chat_list.asking = frozenset({review.id})
        await here.pilot.press("home", "down", "down", "m", "m")
        if chat_list.shows_costs:
            await here.until(lambda: chat_list.costs, "what they cost")
        assert await picture(here.app)


@pytest.mark.parametrize(
    "keys",
    [("v",), ("v", "v"), ("v", "v", "E"), ("home", "number_sign", "t", "r")],
    ids=["archive", "trash", "empty-trash", "tag"],
)
async def test_places_and_the_field_of_tags(
    tmp_path: Path, picture: Picture, monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...]
) -> None:
    monkeypatch.setattr(header, "datetime", Noon)
    _, shown_chat, *_ = await seed(tmp_path)
    async with running(tmp_path, size=(80, 24), state=State(), conversation=shown_chat) as here:
        await shown(here)
        for key in keys:
            await here.pilot.press(key)
            await here.until(lambda: not here.app.chat.layout_view.chat_list.rows.expecting, "its rows")
        await here.pilot.pause()
        assert await picture(here.app)
