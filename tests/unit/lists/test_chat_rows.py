"""The list of chats: what is pinned stands first, what waits to be seen says so, and a wide row says more."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from textual.content import Content
from textual.message import Message

from tests.support.library import NOON, conversation
from tests.support.stage import on_stage
from tui.app.widgets.chat_entries import ChatEntry, ChatSigns, chat_entries
from tui.app.widgets.chat_rows import ChatRows, columns
from tui.app.widgets.found_chats import FoundChats
from tui.app.widgets.list import ListRow
from tui.app.widgets.list_filter import ListFilter, read_filter
from tui.app.widgets.row_field import TagSuggester
from tui.chat.chat_pages import ListedChats
from tui.store.records import Conversation
from tui.store.search_records import Place, SearchHit


def chat(title: str, hours: float = 0, **changes: object) -> Conversation:
    made = replace(conversation(title), id=title, updated_at=NOON - timedelta(hours=hours))
    return replace(made, **changes)  # type: ignore[arg-type]  # its fields


def shown(listed: ListedChats, signs: ChatSigns | None = None, words: str = "") -> list[str]:
    return [row.value.title for row in chat_entries(listed, NOON, signs or ChatSigns(), words=words)]


def test_pinned_chats_stand_above_all_others_and_only_there() -> None:
    old = chat("old", 5_000, pinned=True)
    listed = ListedChats(chats=(chat("new"), chat("yesterday", 24), old), pinned=(old,))
    assert shown(listed) == ["★ Pinned", "old", "", "Today", "new", "", "Yesterday", "yesterday"]
    assert shown(listed, words="yes") == ["Yesterday", "yesterday"]
    further_down = replace(listed, above=True)
    assert shown(further_down) == ["Today", "new", "", "Yesterday", "yesterday"], "the beginning is not in view"


def test_a_chat_says_that_its_answer_was_not_seen_until_it_is_shown() -> None:
    listed = ListedChats(chats=(chat("a", unread=True), chat("b", unread=True), chat("c")))
    signs = ChatSigns("b", running={"x"}, drafts={"x"}, marked={"a"}, costs={"a": Decimal("0.31"), "c": Decimal()})
    rows = {row.key: row.value for row in chat_entries(listed, NOON, signs) if row.key}
    assert (rows["a"].mark, rows["b"].mark) == ("◆", "")
    assert (rows["a"].marked, rows["b"].marked) == (True, False)
    assert [rows[id].cost for id in "abc"] == ["$0.31", "", "free"]


def test_names_that_are_not_listed_stand_before_what_was_said_and_can_be_marked_too() -> None:
    places: dict[str, Place] = {"said": "reply", "named": "title"}
    hits = tuple(SearchHit(id, f"{id} apple", place, (("apple", True),), NOON) for id, place in places.items())
    found, listed = FoundChats("apple", hits), ListedChats(chats=(chat("apple pie"),))
    rows = chat_entries(listed, NOON, ChatSigns(marked={"said"}, running={"named"}), words="apple", found=found)
    assert [row.value.title for row in rows if not row.value.snippet] == [
        "Today", "apple pie", "named apple", "", "Said in", "said apple",
    ]  # fmt: skip
    assert {row.key: (row.value.marked, row.value.mark) for row in rows if row.key} == {
        "apple pie": (False, ""), "named": (False, "●"), "said": (True, ""),
    }  # fmt: skip


def test_chats_that_are_found_stand_by_their_dates_whatever_part_of_the_list_was_read() -> None:
    chats = [chat(f"{hours} apple", hours) for hours in (0, 5, 28, 30, 3_000, 4_000)]
    pinned = chat("pinned apple", 2_000, pinned=True)
    hits = [
        SearchHit(one.id, one.title, "title", (), one.updated_at) for one in (*chats[3:], *chats[:3], pinned)
    ]  # as they were stored, not as they were said
    said = SearchHit("said", "said", "reply", (("apple", True),), NOON)
    shown = set()
    for listed in (
        ListedChats(chats=tuple(chats[:2]), pinned=(pinned,), below=True),
        ListedChats(chats=tuple(chats[2:4]), pinned=(pinned,), above=True, below=True),
        ListedChats(chats=tuple(chats[4:]), pinned=(pinned,), drafts=(chats[0],), above=True),
    ):
        rows = chat_entries(listed, NOON, words="apple", found=FoundChats("apple", (*hits, said)))
        shown.add(tuple(row.value.title for row in rows))
    assert shown == {
        ("★ Pinned", "pinned apple", "", "Today", "0 apple", "5 apple", "", "Yesterday", "28 apple", "30 apple", "",
         "Earlier", "3000 apple", "4000 apple", "", "Said in", "said", ""),
    }  # fmt: skip


def test_nothing_is_said_of_an_empty_list_before_it_was_read() -> None:
    assert shown(ListedChats(read=False)) == []
    (row,) = chat_entries(ListedChats(), NOON, invites=False)
    assert row.value.title == "No chats yet"


def test_the_trash_says_how_long_a_chat_lies_there_still() -> None:
    at = NOON - timedelta(days=3)
    listed = ListedChats("trash", chats=(chat("gone", 9_000, deleted_at=at),))
    (row,) = [row.value for row in chat_entries(listed, NOON) if row.key]
    assert row.age == "27d left"


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        (ListedChats("archived"), "Nothing is archived"),
        (ListedChats("trash"), "The trash is empty"),
        (ListedChats(tag="trip"), "Nothing is tagged trip"),
    ],
)
def test_an_empty_folder_says_which_it_is(listed: ListedChats, said: str) -> None:
    assert shown(listed) == [said]


def test_a_wide_row_hascolumns_of_the_same_width_whatever_is_known() -> None:
    known = ChatEntry("a", "3h", "●", model="openai:a-model-with-a-long-name", cost="$0.31")
    unknown = ChatEntry("b", "now", model="o3")
    for width in (30, 44, 60):
        (one, other) = (columns(entry, width).plain for entry in (known, unknown))
        assert len(one) - one.index("3h") - 2 == len(other) - other.index("now") - 3
    assert "$0.31" in columns(known, 44).plain and "a-model" not in columns(known, 44).plain
    assert "a-model-with-a-…" in columns(known, 60).plain


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", ListFilter()),
        ("is:archived", ListFilter("archived")),
        ("IS:bin tag:trip oslo", ListFilter("trash", "trip", "oslo")),
        ("tag:trip tag:rome", ListFilter("chats", "trip", "tag:rome")),
        ("-tag:trip model:gpt is:interrupted", ListFilter(words="-tag:trip model:gpt is:interrupted")),
    ],
)
def test_what_is_typed_names_a_folder_and_a_tag_and_the_rest_is_looked_for(typed: str, read: ListFilter) -> None:
    assert read_filter(typed) == read


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("tr", "trip"),
        ("#tr", "#trip"),
        ("-TR", "-trip"),
        ("old, -t", "old, -trip"),
        ("trip", ""),
        ("zz", ""),
        ("", ""),
    ],
)
async def test_tags_that_there_are_are_completed(typed: str, offered: str) -> None:
    suggested = await TagSuggester(["rome", "trip"]).get_suggestion(typed)
    assert (suggested or "") == offered


def test_letters_of_a_name_that_are_typed_before_its_field_is_there_are_no_commands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who goes to the archive and types a search or a name at once deletes nothing by its letter d."""
    rows, called = ChatRows(), list[Message]()
    monkeypatch.setattr(rows, "post_message", called.append)
    rows.lines = chat_entries(ListedChats(chats=(chat("a"),)), NOON)
    rows.set_reactive(ChatRows.cursor, 1)
    for expecting, keys, done in (
        ("other", ["pin", "rename", "archive", "mark", "delete"], ["pin", "rename"]),
        ("last", ["archive", "tag", "delete"], ["archive", "tag"]),
        ("", ["rename", "delete"], ["rename", "delete"]),
    ):
        rows.expecting = expecting  # type: ignore[assignment]  # one of those
        for key in keys:
            rows.action_act(key)
        rows.arrived()
        assert [message.command for message in called if isinstance(message, ChatRows.Called)] == done
        called.clear()
    rows.expecting = "other"
    rows.action_act("filter")
    assert len(called) == 1, "the filter has the letters that come next"


async def test_only_rows_that_show_something_else_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lost else: each prompt and each answer draws the whole list three times."""
    rows, drawn = ChatRows(), list[str]()
    draw = ChatRows.draw

    def noted(self: ChatRows, row: ListRow[ChatEntry], width: int, chosen: bool) -> Content:
        drawn.append(row.key)
        return draw(self, row, width, chosen)

    listed = ListedChats(chats=tuple(chat(f"chat {number}") for number in range(40)))
    async with on_stage(rows, size=(40, 20)) as stage:

        async def show(signs: ChatSigns, **options: Any) -> list[str]:
            drawn.clear()
            rows.show(chat_entries(listed, NOON, signs), **options)
            await stage.pilot.pause()
            return sorted(set(drawn))

        await show(ChatSigns())
        monkeypatch.setattr(ChatRows, "draw", noted)
        assert await show(ChatSigns(), still=True) == []
        assert await show(ChatSigns(running={"chat 3"}), still=True) == ["chat 3"]
        assert await show(ChatSigns(running={"chat 3"}), at="chat 5") == ["chat 0", "chat 5"], "the cursor has moved"
        assert await show(ChatSigns(running={"chat 3", "chat 39"}), still=True) == [], "that one is out of view"
        rows.scroll_to(y=30, animate=False, force=True, immediate=True)
        await stage.pilot.pause()
        assert await show(ChatSigns(running={"chat 39"}), still=True) == []
        assert await show(ChatSigns(running={"chat 38"}), still=True) == ["chat 38", "chat 39"]
