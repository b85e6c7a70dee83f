"""Widgets by themselves: they show what they are set to, whole and harmless, and report what a person does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from textual import events

from tests.support.library import NOON, conversation
from tests.support.stage import on_stage
from tui.app.dialogs.base import DialogEdge
from tui.app.styles import styled
from tui.app.widgets.chat_entries import ChatEntry, ChatSigns, chat_entries
from tui.app.widgets.field import Field
from tui.app.widgets.found_chats import FoundChats, draw_snippet
from tui.app.widgets.header import Header
from tui.app.widgets.line import Line
from tui.app.widgets.notices import NoticeLine, Notices
from tui.app.widgets.secret_field import SecretField
from tui.chat.chat_pages import ListedChats
from tui.store.records import Conversation
from tui.store.search_records import SearchHit


async def test_the_header_shows_the_whole_name_of_a_model_and_drops_the_effort_first() -> None:
    header = Header()
    async with on_stage(header, size=(60, 10)) as stage:
        header.title, header.model, header.effort, header.pending = "A chat", "qwen3:30b", "high", True
        assert header.render().plain.split() == ["A", "chat", "◆", "qwen3:30b", "(next)", "effort", "high"]
        header.pulling = "pulling 42 %"
        assert "pulling 42 %  ◆ qwen3:30b (next)" in header.render().plain, "for the effort, it stands there"
        header.model = "a-model-with-a-name-that-fills-the-line"
        await stage.pilot.pause()
        assert "pulling" not in header.render().plain, "and gives way to a long name"
        assert header.model in header.render().plain and "effort" not in header.render().plain


@pytest.mark.parametrize(("column", "clicks"), [(50, 1), (5, 0)])
async def test_only_a_click_on_the_models_half_of_the_header_asks_for_another(column: int, clicks: int) -> None:
    header = Header()
    async with on_stage(header, size=(60, 10)) as stage:
        header.model = "gpt-5.6"
        await stage.pilot.click(header, offset=(column, 0))
        assert len(stage.posted(Header.ModelClicked)) == clicks


async def test_a_notice_stands_once_until_it_is_clicked_away() -> None:
    notices = Notices()
    async with on_stage(notices) as stage:
        assert not notices.display
        for text in ("The folder is full.", "The folder\n is full.", "\x1b[31mNo network."):
            notices.add(text)
        await stage.pilot.pause()
        assert [line.text for line in notices.query(NoticeLine)] == ["The folder is full.", "␛[31mNo network."]
        for _ in range(2):
            await stage.pilot.click(NoticeLine)
        assert not notices.display
        notices.add("The folder is full.")
        await stage.pilot.pause()
        assert notices.display, "what happens again is told again"
        notices.add("The list cannot be read.", about="list")
        notices.add("The list is damaged.", about="list")
        await stage.pilot.pause()
        assert [line.text for line in notices.query(NoticeLine)] == ["The folder is full.", "The list is damaged."]
        notices.add("", about="list")
        await stage.pilot.pause()
        assert [line.text for line in notices.query(NoticeLine)] == ["The folder is full."], "its cause is gone"
        notices.add("“x” is no model.", problem=True)
        await stage.pilot.pause()
        notices.clear_problems()
        await stage.pilot.pause()
        assert [line.text for line in notices.query(NoticeLine)] == ["The folder is full."], "what lasts stays"


async def test_a_notice_goes_with_its_last_cause_and_a_click_in_that_moment_harms_nothing() -> None:
    notices = Notices()
    async with on_stage(notices) as stage:
        for about in ("list", "opening 1"):
            notices.add("The library is locked.", about=about)
        notices.add("", about="list")
        await stage.pilot.pause()
        (line,) = notices.query(NoticeLine)
        line.on_click()
        notices.add("", about="opening 1")
        notices.add("The library is locked.", about="list")
        await stage.pilot.pause()
        assert len(notices.query(NoticeLine)) == 1 and notices.display, "it has happened again"
        notices.add("", about="list")
        await stage.pilot.pause()
        assert not notices.query(NoticeLine) and not notices.display


async def test_a_secret_can_be_corrected_and_is_nowhere_in_the_messages() -> None:
    field = SecretField("paste it here")
    async with on_stage(field) as stage:
        field.focus()
        field.post_message(events.Paste("sk-canary"))
        await stage.pilot.press("x", "backspace", "backspace", "y", "enter")
        assert field.reveal() == "sk-canary"[:-1] + "y"
        assert "canary" not in field.render().plain and "9 characters" in field.render().plain
        assert len(stage.posted(SecretField.Submitted)) == 1
        assert not any("canary" in repr(vars(message)) for message in stage.posted(SecretField.Changed))
        field.post_message(events.Paste("z" * 10_000))
        await stage.pilot.press("ctrl+u", "a")
        assert field.reveal() == "a"
        field.post_message(events.Paste("z" * 10_000))
        await stage.pilot.pause()
        assert field.length == 4096


@pytest.mark.parametrize(
    ("typed", "pasted", "text"),
    [
        ("", "/srv/a b", "/srv/a b"),
        ("", "~/papers", "~/papers"),
        ("", "papers", "~/papers"),
        ("a", "/b", "~/a/b"),
    ],
)
async def test_a_whole_path_that_is_pasted_takes_the_place_of_the_offered_one(
    typed: str, pasted: str, text: str
) -> None:
    field = Field()
    async with on_stage(field) as stage:
        field.prefill = field.value = "~/"
        field.focus()
        field.action_end()
        await stage.pilot.press(*typed)
        field.post_message(events.Paste(pasted))
        await stage.pilot.pause()
        assert field.value == text


def chats() -> list[Conversation]:
    titles = (("Apples", 0), ("", 1), ("Pears and apples", 30), ("[@click=app.quit]x[/]\x1b]0;pwned\x07", 24 * 40))
    return [
        replace(conversation(title), id=f"c{n}", updated_at=NOON - timedelta(hours=hours))
        for n, (title, hours) in enumerate(titles)
    ]


def listed() -> ListedChats:
    return ListedChats(chats=tuple(chats()))


def test_chats_stand_under_headings_of_age_with_the_marks_of_what_goes_on_in_them() -> None:
    rows = chat_entries(listed(), NOON, ChatSigns("c1", running={"c0"}, drafts={"c0", "c2"}))
    assert [row.value.title for row in rows if row.value.heading] == [
        "Today", "", "Yesterday", "", "Earlier",
    ]  # fmt: skip
    shown = {row.key: row.value for row in rows if row.key}
    assert shown["c0"] == ChatEntry("Apples", "now", "●", model="openai:gpt-5.6")
    assert shown["c1"] == ChatEntry("New chat", "1h", current=True, model="openai:gpt-5.6")
    assert shown["c2"] == ChatEntry("Pears and apples", "1d", "✎", model="openai:gpt-5.6")
    assert "\x1b" not in shown["c3"].title and shown["c3"].title.startswith("[@click")


def test_a_chat_in_which_a_tool_waits_says_that_first() -> None:
    rows = chat_entries(listed(), NOON, ChatSigns(running={"c0"}, drafts={"c0"}, asking={"c0"}))
    assert [row.value.mark for row in rows if row.key == "c0"] == ["?"]


@pytest.mark.parametrize(
    ("query", "found"), [("APPLE", ["c0", "c2"]), ("apples pears", ["c2"]), ("  ", ["c0", "c1", "c2", "c3"])]
)
def test_the_filter_takes_words_in_any_order_and_case(query: str, found: list[str]) -> None:
    assert [row.key for row in chat_entries(listed(), NOON, words=query) if row.key] == found


def test_an_empty_list_says_why_it_is_empty() -> None:
    assert [row.value.title for row in chat_entries(ListedChats(), NOON)] == ["No chats yet", "/import brings in yours"]
    (row,) = chat_entries(listed(), NOON, words="plums")
    assert row.key == "" and row.value.title == "Looking…"
    (row,) = chat_entries(listed(), NOON, words="plums", found=FoundChats("plums"))
    assert row.key == "" and row.value.title == "Nothing was found"


def test_what_was_found_stands_below_the_chats_with_that_name_with_its_words_marked() -> None:
    snippet = (("…much that stands before it, and an ", False), ("[b]apple\x1b", True), (" a day", False))
    hits = tuple(
        SearchHit(id, "Fruit\n[i]", "reply", snippet, NOON, message_id=f"m-{id}", number=1) for id in ("c0", "old")
    )
    hits = (hits[0], replace(hits[1], archived=True))
    found = FoundChats("apple", hits, ("40 % of the chats searched so far",))
    rows = chat_entries(listed(), NOON, words="apple", found=found)
    assert [row.key for row in rows if row.key] == ["c0", "c2", "old"]
    headings = [row.value.title for row in rows if row.value.heading]
    assert headings[:3] == ["40 % of the chats searched", "so far", ""] and headings[-1] == "Said in"
    assert [row.value.age.split()[0] for row in rows if row.key == "old"] == ["archived"]
    (below,) = [row.value for row in rows if row.value.snippet]
    drawn = draw_snippet(below.snippet, 24)
    assert drawn.plain.startswith("…and an [b]apple") and "\x1b" not in drawn.plain and drawn.cell_length <= 24
    (span,) = [span for span in drawn.spans if span.style == ".style--markup-strong"]
    assert drawn.plain[span.start : span.end].startswith("[b]apple")


@pytest.mark.parametrize("make", [Line, lambda: DialogEdge("╭╮")], ids=["line", "edge"])
async def test_a_text_that_only_changes_its_style_is_drawn_anew(make: Callable[[], Line | DialogEdge]) -> None:
    widget = make()

    def show(role: str) -> None:
        content = styled("a name", role)
        if isinstance(widget, Line):
            widget.content = content
        else:
            widget.right = content

    def colours() -> set[object]:
        return {segment.style.color for segment in widget.render_line(0) if "a name" in segment.text and segment.style}

    async with on_stage(widget, size=(40, 3)) as stage:
        show("muted")
        await stage.pilot.pause()
        before = colours()
        show("key")
        await stage.pilot.pause()
        assert before and colours() and colours() != before
