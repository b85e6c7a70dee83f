"""The transcript as a person uses it: it follows, scrolls, folds, copies and selects, and does nothing when idle."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.events import MouseScrollUp
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import SELECT_ALL, Selection
from textual.widgets import Input

from tui.app.theming import install_themes
from tui.app.transcript.message import TranscriptMessage
from tui.app.transcript.view import Transcript
from tui.chat.message_parts import (
    AttachmentContent,
    MessageContent,
    NoticeContent,
    TextContent,
    ThinkingContent,
    ToolCallContent,
)
from tui.chat.replies.events import Failure

ANSWER = """## Head
Some **bold** words and `code`, see [the page](https://example.org).

```python
x = 1
```

```sh
ls
```
"""


LIVE = TranscriptMessage("live", "reply", model="m", state="streaming", started=0.0)


def prompt(id: str, text: str) -> TranscriptMessage:
    return TranscriptMessage(id, "prompt", (TextContent(text),), time="14:02")


def reply(id: str, *parts: str | MessageContent) -> TranscriptMessage:
    contents = tuple(TextContent(part) if isinstance(part, str) else part for part in parts)
    return TranscriptMessage(id, "reply", contents, model="m", time="14:02")


def conversation(pairs: int = 12) -> list[TranscriptMessage]:
    messages = []
    for number in range(pairs):
        messages.append(prompt(f"p{number}", f"question {number}"))
        messages.append(reply(f"r{number}", f"answer {number}\n\n" + "more text\n\n" * 6))
    return messages


class Page(App[None]):
    """A transcript above an input, and what it posts."""

    def __init__(self, messages: list[TranscriptMessage]) -> None:
        super().__init__()
        self.messages = messages
        self.view = Transcript()
        self.posted: list[object] = []

    def compose(self) -> ComposeResult:
        yield self.view
        yield Input()

    def on_mount(self) -> None:
        install_themes(self)
        self.theme = "chinwag-dark"
        self.view.load(self.messages)
        self.query_one(Input).focus()

    def on_transcript_copy_requested(self, event: Transcript.CopyRequested) -> None:
        self.posted.append((event.text, event.what))

    def on_transcript_link_opened(self, event: Transcript.LinkOpened) -> None:
        self.posted.append(event.href)

    def on_transcript_action_chosen(self, event: Transcript.ActionChosen) -> None:
        self.posted.append((event.message_id, event.action))


@asynccontextmanager
async def page(
    messages: list[TranscriptMessage], size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Page, Pilot[None]]]:
    app = Page(messages)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app, pilot


def shown(view: Transcript) -> list[str]:
    return [view.render_line(y).text.rstrip() for y in range(view.size.height)]


def row_of(view: Transcript, text: str) -> int:
    return next(y for y, line in enumerate(shown(view)) if text in line)


async def drawn(pilot: Pilot[None], view: Transcript, text: str) -> None:
    """Let the timers run until a text is on screen."""
    for _ in range(2_000):
        if any(text in line for line in shown(view)):
            return
        await asyncio.sleep(0.01)
        await pilot.pause()
    raise AssertionError(f"{text!r} never came: {shown(view)}")


async def test_a_conversation_opens_at_its_end() -> None:
    async with page(conversation()) as (app, _):
        assert app.view.place.following
        assert "more text" in shown(app.view)[-2]
        assert shown(app.view)[-1] == ""


async def test_a_short_conversation_starts_at_the_top() -> None:
    async with page([prompt("p", "hello")]) as (app, _):
        assert shown(app.view)[1].startswith("  ▌ you  14:02")
        assert app.view.place.following


async def test_a_stream_is_drawn_and_followed_and_then_everything_is_still() -> None:
    async with page(conversation()) as (app, pilot):
        app.view.add(LIVE)
        app.view.append("live", 0, TextContent("first words"))
        await drawn(pilot, app.view, "first words▍")
        app.view.append("live", 0, TextContent("\n\nand the end"))
        await drawn(pilot, app.view, "and the end▍")
        assert app.view.scroll_offset.y == app.view.max_scroll_y
        text = TextContent("first words\n\nand the end")
        app.view.finish(replace(LIVE, state="done", parts=(text,), started=None))
        await drawn(pilot, app.view, "and the end")
        assert not any("▍" in line for line in shown(app.view))
        await still(pilot, app.view)


async def still(pilot: Pilot[None], view: Transcript) -> None:
    """Wait until the transcript has no timer left."""
    for _ in range(2_000):
        if view.place.idle and view.drawer.idle:
            return
        await asyncio.sleep(0.01)
        await pilot.pause()
    raise AssertionError("a timer runs although nothing happens")


async def test_a_reader_who_scrolled_up_stays_there_and_sees_how_much_is_new() -> None:
    async with page(conversation()) as (app, pilot):
        app.view.focus()
        await pilot.press("pageup", "pageup")
        assert not app.view.place.following
        before = shown(app.view)
        app.view.add(LIVE)
        app.view.append("live", 0, TextContent("new text\n\n" * 5))
        await drawn(pilot, app.view, "↓ 1 new")
        await still_streaming(pilot)
        assert shown(app.view)[:-1] == before[:-1]
        last = app.view.size.height - 1
        await pilot.click(Transcript, offset=(shown(app.view)[last].index("↓"), last))
        await drawn(pilot, app.view, "new text")
        assert app.view.place.following
        assert not any("↓" in line for line in shown(app.view))


async def still_streaming(pilot: Pilot[None]) -> None:
    for _ in range(15):
        await asyncio.sleep(0.01)
        await pilot.pause()


async def test_home_end_and_the_wheel_go_where_they_should() -> None:
    async with page(conversation()) as (app, pilot):
        app.view.focus()
        await pilot.press("home")
        assert app.view.scroll_offset.y == 0
        assert "question 0" in "".join(shown(app.view))
        await pilot.press("end")
        assert app.view.place.following
        app.view.post_message(MouseScrollUp(app.view, 10, 10, 0, -1, 0, False, False, False))
        await pilot.pause()
        assert not app.view.place.following


async def test_focus_moves_over_messages_and_shows_where_it_is() -> None:
    async with page(conversation()) as (app, pilot):
        app.view.focus()
        await pilot.pause()
        assert app.view.focused_message is not None
        assert app.view.focused_message.id == "r11"
        await pilot.press("k")
        assert app.view.focused_message is not None
        assert app.view.focused_message.id == "p11"
        assert any(line.startswith("❯ ▌ you") for line in shown(app.view))
        for _ in range(30):
            await pilot.press("alt+up")
        assert app.view.focused_message.id == "p0"
        assert any(line.startswith("❯ ▌ you") for line in shown(app.view))
        app.query_one(Input).focus()
        await pilot.pause()
        assert app.view.focused_message is None
        assert not any("❯" in line for line in shown(app.view))


async def test_a_message_is_copied_as_raw_markdown_and_its_code_block_by_block() -> None:
    async with page([reply("r", ANSWER)]) as (app, pilot):
        app.view.focus()
        await pilot.press("y", "c", "c", "c")
        assert app.posted == [
            (ANSWER, "message"),
            ("x = 1", "code 1 of 2"),
            ("ls", "code 2 of 2"),
            ("x = 1", "code 1 of 2"),
        ]


async def test_clicks_copy_code_open_links_and_focus_a_message() -> None:
    async with page([prompt("p", "q"), reply("r", ANSWER)]) as (app, pilot):
        row = row_of(app.view, "c copy")
        await pilot.click(Transcript, offset=(shown(app.view)[row].index("c copy") + 3, row))
        row = row_of(app.view, "the page")
        await pilot.click(Transcript, offset=(shown(app.view)[row].index("the page"), row))
        await pilot.pause()
        assert app.posted == [("x = 1", "code"), "https://example.org"]
        await pilot.click(Transcript, offset=(10, row_of(app.view, "you")))
        assert app.view.focused_message is not None
        assert app.view.focused_message.id == "p"


async def test_thoughts_unfold_by_key_and_by_click() -> None:
    async with page([reply("r", ThinkingContent("I *think* so", 1.8, 4), "answer")]) as (app, pilot):
        assert row_of(app.view, "▸ thought for 1.8s · 4 tok")
        app.view.focus()
        await pilot.press("space")
        assert shown(app.view)[row_of(app.view, "▾ thought") + 1] == "    │ I think so"
        await pilot.click(Transcript, offset=(6, row_of(app.view, "▾ thought")))
        await pilot.pause()
        assert not any("I think so" in line for line in shown(app.view))


async def test_thinking_is_one_line_while_it_streams() -> None:
    async with page([LIVE]) as (app, pilot):
        app.view.append("live", 0, ThinkingContent("first\nsecond line"))
        await drawn(pilot, app.view, "│ second line")
        assert row_of(app.view, "thinking ")
        app.view.append("live", 1, TextContent("the answer"))
        await drawn(pilot, app.view, "the answer▍")
        assert row_of(app.view, "▸ thought for ")


async def test_a_failed_reply_offers_only_what_works() -> None:
    failure = Failure("auth", "Key refused", "OpenAI refused the key.", "Set another.", "openai", "gpt-5.6", 401)
    async with page([replace(reply("r"), state="failed", failure=failure)]) as (app, pilot):
        app.view.focus()
        await pilot.press("r", "m", "y")
        assert app.posted[:2] == [("r", "retry"), ("r", "model")]
        text, what = app.posted[2] if isinstance(app.posted[2], tuple) else ("", "")
        assert what == "report"
        assert "OpenAI refused the key." in text
        row = row_of(app.view, "other model")
        await pilot.click(Transcript, offset=(shown(app.view)[row].index("retry"), row))
        assert app.posted[-1] == ("r", "retry")


async def test_selected_text_has_no_bars_and_joins_wrapped_lines() -> None:
    words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    async with page([prompt("p", words), reply("r", "> quoted\n\nend")]) as (
        app,
        _,
    ):
        assert app.view.get_selection(Selection(Offset(0, 2), Offset(200, 3))) == (words, "\n")
        first = row_of(app.view, "quoted")
        assert app.view.get_selection(Selection(Offset(0, first), Offset(7, first + 2))) == ("quoted\n\nend", "\n")


async def test_selected_code_is_its_source_with_tabs_and_what_the_screen_cut_off() -> None:
    code = "def f():\n\treturn 1\n\tx = '" + "long " * 40 + "'\n\n\t\tdeep"
    async with page([prompt("p", "q"), reply("r", f"```python\n{code}\n```\n\nend")]) as (app, _):
        first = row_of(app.view, "def f")
        last = row_of(app.view, "deep")
        assert app.view.get_selection(Selection(Offset(0, first), Offset(200, last))) == (code, "\n")
        column = app.view.render_line(first + 1 - app.view.scroll_offset.y).text.index("return")
        part = Selection(Offset(column + 2, first + 1), Offset(column + 6, first + 1))
        assert app.view.get_selection(part) == ("turn", "\n")


async def test_dragging_selects_and_the_selection_is_drawn() -> None:
    async with page([prompt("p", "some words here")]) as (app, pilot):
        row = row_of(app.view, "some words")
        await pilot.mouse_down(Transcript, offset=(9, row))
        await pilot.hover(Transcript, offset=(14, row))
        await pilot.mouse_up(Transcript, offset=(14, row))
        await pilot.pause()
        assert app.screen.get_selected_text() == "words"
        assert app.posted == []


async def test_a_resize_wraps_again_and_keeps_the_reader_in_place() -> None:
    messages = [reply(f"r{number}", f"start{number} " + "word " * 200) for number in range(30)]
    async with page(messages) as (app, pilot):
        app.view.focus()
        await pilot.press("home")
        for _ in range(5):
            await pilot.press("pagedown")
        top = next(line for line in shown(app.view) if "start" in line).split()[0]
        await pilot.resize_terminal(50, 24)
        await pilot.pause()
        assert app.view.virtual_size.width <= 50
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert any(top in line for line in shown(app.view))
        assert max(len(line) for line in shown(app.view)) <= 80


async def test_scrolling_up_through_estimates_shows_every_line_once() -> None:
    messages = [reply(f"r{number}", "\n".join(f"- line {number}.{row}" for row in range(20))) for number in range(20)]
    async with page(messages) as (app, pilot):
        app.view.focus()
        seen: list[str] = []
        while True:
            lines = [line.split()[-1] for line in shown(app.view) if "• line" in line]
            seen = [line for line in lines if line not in seen] + seen
            if app.view.scroll_offset.y == 0:
                break
            await pilot.press("pageup")
        assert seen == [f"{number}.{row}" for number in range(20) for row in range(20)]


async def test_another_theme_draws_everything_in_its_colours() -> None:
    async with page([reply("r", "## Head")]) as (app, pilot):
        before = app.view.render_line(row_of(app.view, "Head"))
        app.theme = "chinwag-light"
        await pilot.pause()
        after = app.view.render_line(row_of(app.view, "Head"))
        assert [segment.style for segment in before] != [segment.style for segment in after]


async def test_late_text_of_a_conversation_that_is_no_longer_shown_is_ignored() -> None:
    async with page(conversation()) as (app, pilot):
        app.view.append("gone", 0, TextContent("text"))
        app.view.append("gone", 1, ThinkingContent("text"))
        app.view.put_part("gone", 2, ToolCallContent("1", "gone", "{}"))
        app.view.insert(prompt("new", "text"), before="gone")
        app.view.remove_message("gone")
        app.view.replace("gone", reply("gone", "text"))
        app.view.update(reply("gone"))
        app.view.finish(reply("gone", "text"))
        await pilot.pause()
        assert not any("gone" in line or line.strip() == "text" for line in shown(app.view))


async def test_hostile_text_reaches_the_screen_as_something_visible() -> None:
    hostile = "a\x1b]52;c;eA==\x07b [@click=app.quit]x[/] \u202edesrever"
    parts = (
        ToolCallContent(hostile, hostile, '{"path": "' + hostile + '"}', hostile, "done"),
        AttachmentContent(hostile, hostile, 12),
        NoticeContent(hostile),
        hostile,
    )
    async with page([replace(reply("r", *parts), model="m\x1b[2J")]) as (app, _):
        text = "\n".join(shown(app.view))
        assert "\x1b" not in text
        assert "\x07" not in text
        assert "\u202e" not in text
        assert "[@click=app.quit]x[/]" in text


async def test_everything_selected_is_copied_as_it_was_written() -> None:
    async with page([prompt("p", "question"), reply("r", "**answer**")]) as (app, _):
        assert app.view.get_selection(SELECT_ALL) == ("question\n\n**answer**", "\n")


async def test_a_double_click_selects_a_word() -> None:
    async with page([prompt("p", "some words here")]) as (app, pilot):
        row = row_of(app.view, "some words")
        await pilot.click(Transcript, offset=(shown(app.view)[row].index("words") + 2, row), times=2)
        await pilot.pause()
        assert app.screen.get_selected_text() == "words"


async def test_a_huge_stored_reply_opens_without_a_pause_and_completely() -> None:
    text = "".join(f"paragraph {number} of a very long reply\n\n" for number in range(8_000)) + "the end"
    async with page([reply("r", text)]) as (app, pilot):
        await pilot.press("x")
        assert app.query_one(Input).value == "x"
        for _ in range(2_000):
            await asyncio.sleep(0.01)
            await pilot.pause()
            if "the end" in shown(app.view)[-2]:
                break
        assert "the end" in shown(app.view)[-2]
        assert app.view.virtual_size.height == 2 * 8_000 + 5
        await still(pilot, app.view)


async def test_a_reply_that_streams_behind_another_screen_comes_back_as_it_is() -> None:
    live = replace(LIVE, parts=(ThinkingContent("why"), TextContent("so far\n\nand on")))
    async with page([live]) as (app, pilot):
        await drawn(pilot, app.view, "and on▍")
        app.view.append("live", 1, TextContent(" it goes"))
        await drawn(pilot, app.view, "and on it goes▍")


async def test_a_stop_shows_at_once_and_the_stored_reply_takes_its_place() -> None:
    async with page([LIVE]) as (app, pilot):
        app.view.append("live", 0, TextContent("half an ans"))
        await drawn(pilot, app.view, "half an ans▍")
        app.view.update(replace(LIVE, state="interrupted", note="by you"))
        await pilot.pause()
        assert row_of(app.view, "■ Stopped")
        assert not any("▍" in line for line in shown(app.view))
        text = TextContent("half an answer")
        app.view.finish(replace(LIVE, state="interrupted", parts=(text,), note="by you", output_tokens=3))
        await drawn(pilot, app.view, "■ Stopped by you  3 tokens kept")
        assert row_of(app.view, "half an answer")
        await still(pilot, app.view)


PARTS = (
    ThinkingContent("It is the clock and not the code.", 1.8, 9),
    ToolCallContent("1", "read_file", '{"path": "a.py"}', "x = 1", "done", 0.3),
    "The test waits for real.\n\n```sh\npytest\n```",
    ToolCallContent("2", "run_shell", '{"command": "pytest -q"}', "1 failed", "failed", 3.1),
    "Give the helper a clock.",
)


async def test_tool_calls_open_one_by_one_by_click_and_all_together_by_key() -> None:
    async with page([prompt("p", "q"), reply("r", *PARTS)], (80, 40)) as (app, pilot):
        row = row_of(app.view, "run_shell")
        await pilot.click(Transcript, offset=(8, row))
        await pilot.pause()
        assert shown(app.view)[row + 3] == "    │ 1 failed"
        assert not any("x = 1" in line for line in shown(app.view))
        await pilot.press("space")
        assert row_of(app.view, "▸ ✗ run_shell  pytest -q  failed · 3.1s")
        await pilot.press("space")
        assert row_of(app.view, "│ x = 1")
        assert row_of(app.view, "│ It is the clock")
        row = row_of(app.view, "▾ ✓ read_file") + 1
        await pilot.click(Transcript, offset=(shown(app.view)[row].index("c copy") + 3, row))
        await pilot.pause()
        assert app.posted == [('{"path": "a.py"}', "code")]


async def test_a_message_with_tools_is_copied_as_what_the_model_wrote() -> None:
    async with page([reply("r", *PARTS)]) as (app, pilot):
        app.view.focus()
        await pilot.press("y", "c")
        assert app.posted == [(f"{PARTS[2]}\n\n{PARTS[4]}", "message"), ("pytest", "code")]


async def test_a_reply_streams_through_thoughts_tools_and_texts() -> None:
    async with page([*conversation(2), LIVE]) as (app, pilot):
        view = app.view
        view.append("live", 0, ThinkingContent("let me see"))
        await drawn(pilot, view, "│ let me see")
        view.put_part("live", 1, ToolCallContent("1", "read_file", '{"path": "a.py"}'))
        await drawn(pilot, view, "◷ read_file  a.py  running 0.")
        view.put_part("live", 1, ToolCallContent("1", "read_file", '{"path": "a.py"}', "x = 1", "done", 0.3))
        view.put_part("live", 2, NoticeContent("One file was read."))
        view.append("live", 3, TextContent("Found "))
        view.append("live", 3, TextContent("it."))
        await drawn(pilot, view, "Found it.▍")
        lines = [line.strip() for line in shown(view) if line.strip()]
        assert lines[-3:-1] == ["▸ ✓ read_file  a.py  0.3s", "One file was read."]
        assert lines[-4].startswith("▸ thought for ")
        assert view.scroll_offset.y == view.max_scroll_y


async def reading(pilot: Pilot[None], view: Transcript, message_id: str) -> str:
    """Scroll up, focus a message in the middle and return the line at the top of the view."""
    view.focus()
    while view.focused_message is None or view.focused_message.id != message_id:
        await pilot.press("k")
    await pilot.press("up", "up")
    assert not view.place.following
    return shown(view)[0]


SWITCH = TranscriptMessage("switch:end", "switch", model="gpt-5.6", previous_model="m")


@pytest.mark.parametrize("before", ["p1", "r6", "p11", None], ids=["above", "in view", "below", "at the end"])
async def test_a_message_that_comes_in_moves_neither_the_eye_nor_the_focus(before: str | None) -> None:
    messages = conversation()
    messages[13] = reply("r6", ThinkingContent("so that is it", 1.0), "answer 6")
    async with page(messages) as (app, pilot):
        app.view.focus()
        await reading(pilot, app.view, "r6")
        await pilot.press("space")
        row = row_of(app.view, "so that is it")
        top = shown(app.view)[0]
        app.view.insert(SWITCH, before)
        await pilot.pause()
        assert shown(app.view)[0] == top
        assert row_of(app.view, "so that is it") == row + (2 if before == "r6" else 0)
        assert app.view.focused_message is not None
        assert app.view.focused_message.id == "r6"
        assert not app.view.place.following
        await pilot.press("end")
        assert ("gpt-5.6" in "".join(shown(app.view))) == (before in ("p11", None))


@pytest.mark.parametrize("gone", ["p1", "r6", "r11"], ids=["above", "focused", "below"])
async def test_a_message_that_goes_moves_neither_the_eye_nor_the_focus(gone: str) -> None:
    async with page(conversation()) as (app, pilot):
        top = await reading(pilot, app.view, "r6")
        app.view.remove_message(gone)
        await pilot.pause()
        assert shown(app.view)[0] == top
        assert app.view.focused_message is not None
        assert app.view.focused_message.id == ("p6" if gone == "r6" else "r6")
        assert gone == "r6" or any(line.startswith("❯") for line in shown(app.view))


async def test_the_message_under_the_eye_goes_and_the_next_one_is_there() -> None:
    async with page(conversation()) as (app, pilot):
        await reading(pilot, app.view, "r6")
        while "answer 5" not in shown(app.view)[0]:
            await pilot.press("up")
        app.view.remove_message("r5")
        await pilot.pause()
        assert "you  14:02" in shown(app.view)[0]
        assert "question 6" in shown(app.view)[1]


@pytest.mark.parametrize("id", ["r1", "r5", "r6", "r11"], ids=["above", "at the top", "focused", "below"])
async def test_a_message_that_is_replaced_moves_neither_the_eye_nor_the_focus(id: str) -> None:
    async with page(conversation()) as (app, pilot):
        await reading(pilot, app.view, "r6")
        while "answer 5" not in shown(app.view)[0]:
            await pilot.press("up")
        old = next(message for message in app.messages if message.id == id)
        thoughts, tool = ThinkingContent("hm", 1.0), ToolCallContent("1", "f", "{}", "", "done")
        app.view.replace(id, replace(old, id=f"new {id}", parts=(thoughts, tool, *old.parts, TextContent("end"))))
        await pilot.pause()
        assert "answer 5" in shown(app.view)[0]
        assert app.view.focused_message is not None
        assert app.view.focused_message.id == ("new r6" if id == "r6" else "r6")


async def test_who_follows_the_end_goes_on_following_whatever_comes_and_goes() -> None:
    async with page(conversation()) as (app, pilot):
        app.view.insert(SWITCH, None)
        await pilot.pause()
        assert "gpt-5.6" in shown(app.view)[-2]
        app.view.insert(replace(SWITCH, id="s"), "p3")
        app.view.replace("switch:end", replace(SWITCH, id="switch:end", model="other", note="cache cold"))
        await pilot.pause()
        assert "other  cache cold" in shown(app.view)[-2]
        app.view.remove_message("switch:end")
        app.view.remove_message("s")
        await pilot.pause()
        assert app.view.place.following
        assert "more text" in shown(app.view)[-2]
        assert app.view.scroll_offset.y == app.view.max_scroll_y


async def test_a_reader_stays_while_a_reply_above_the_eye_grows() -> None:
    messages = [*conversation(3), LIVE, *(replace(one, id=f"late {one.id}") for one in conversation(6))]
    async with page(messages) as (app, pilot):
        top = await reading(pilot, app.view, "late r4")
        app.view.append("live", 0, TextContent("a line\n\n" * 30))
        app.view.drawer.draw()
        await pilot.pause()
        assert shown(app.view)[0] == top


async def test_what_is_folded_from_inside_leaves_its_line_in_view() -> None:
    thoughts = ThinkingContent("\n\n".join(f"thought {number}" for number in range(40)), 1.0)
    async with page([reply("r", thoughts, "answer"), *conversation(3)]) as (app, pilot):
        app.view.focus()
        await pilot.press("home")
        await pilot.click(Transcript, offset=(8, row_of(app.view, "▸ thought")))
        await pilot.press("pagedown")
        await pilot.press("space")
        assert "▸ thought" in shown(app.view)[0]


@pytest.mark.parametrize("finished", [True, False], ids=["finished", "streaming"])
async def test_a_thought_that_streamed_is_there_at_once_and_stays_in_view_when_it_opens(finished: bool) -> None:
    thoughts = "\n\n".join(f"thought {number}" for number in range(40))
    async with page([*conversation(3), LIVE]) as (app, pilot):
        app.view.append("live", 0, ThinkingContent(thoughts))
        app.view.append("live", 1, TextContent("answer"))
        await drawn(pilot, app.view, "answer▍")
        if finished:
            parts = (ThinkingContent(thoughts, 1.0), TextContent("answer"))
            app.view.finish(replace(LIVE, state="done", parts=parts, started=None))
        app.view.focus()
        row = row_of(app.view, "▸ thought for")
        await pilot.click(Transcript, offset=(8, row))
        assert shown(app.view)[row].startswith("    ▾ thought for")
        assert shown(app.view)[row + 1] == "    │ thought 0"
        assert not app.view.place.following


async def test_a_key_that_opens_thoughts_above_the_view_goes_there() -> None:
    answer = reply("r", ThinkingContent("so that is it", 1.0), "more text\n\n" * 40)
    async with page([*conversation(3), answer]) as (app, pilot):
        app.view.focus()
        await pilot.press("space")
        assert row_of(app.view, "│ so that is it") == row_of(app.view, "▾ thought") + 1
        await pilot.press("space")
        assert row_of(app.view, "▸ thought")


async def test_the_scrollbar_shows_where_the_view_is_from_the_start() -> None:
    async with page(conversation()) as (app, pilot):
        await still(pilot, app.view)
        assert app.view.show_vertical_scrollbar
        assert app.view.vertical_scrollbar.position == app.view.scroll_offset.y > 0


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_another_branch_stands_where_the_one_before_stood(width: int) -> None:
    long = "\n\n".join(f"line {number}" for number in range(40))
    messages = [prompt("p", "question"), reply("r", long), prompt("a", "first way"), reply("b", long)]
    messages[2] = replace(messages[2], branch=(1, 2))
    async with page(messages, size=(width, 24)) as (app, pilot):
        app.view.focus()
        await pilot.press("k", "up", "up", "up")
        await pilot.pause()
        at = row_of(app.view, "‹1/2›")
        other = replace(prompt("a2", "second way"), branch=(2, 2))
        app.view.show_branch("r", [other, reply("b2", long)], "a2")
        await pilot.pause()
        assert row_of(app.view, "‹2/2›") == at
        assert app.view.focused_id == "a2" and not any("first way" in line for line in shown(app.view))
        app.view.show_branch(None, [prompt("z", "another beginning")], "nobody")
        await pilot.pause()
        assert app.view.focused_id == "z" and row_of(app.view, "another beginning") == 2


async def test_no_key_acts_on_a_message_that_cannot_be_seen() -> None:
    async with page(conversation()) as (app, pilot):
        view = app.view
        view.focus()
        await pilot.pause()
        assert view.focused_id == "r11"
        await pilot.press("home", "d")  # the reader went away: the keys go along
        assert app.posted == [("r0", "delete_message")]
        app.posted.clear()
        view.go_to_message("r5")
        await pilot.pause()
        view.place.go_to_end()  # as a stream does that pushes it away
        await pilot.press("d", "y")
        assert app.posted == [("answer 5\n\n" + "more text\n\n" * 6, "message")], "the first key only brings it back"
        assert any("answer 5" in row for row in shown(view))
        app.posted.clear()
        app.query_one(Input).focus()
        view.place.go_to(0)
        view.focus()
        await pilot.press("d")
        assert app.posted == [("r0", "delete_message")], "who comes back reads something else by now"


async def test_a_card_says_how_its_keys_are_reached() -> None:
    stopped = replace(reply("r", "words"), state="interrupted", note="by you", can_go_on=True)
    async with page([prompt("p", "question"), stopped]) as (app, pilot):
        view = app.view
        assert "after esc" not in "\n".join(shown(view)), "it does not come from everywhere"
        view.escape_comes = True
        assert "C go on   r retry   m other model   after esc" in shown(view)[row_of(view, "go on")]
        view.escape_comes = False
        view.focus()
        await pilot.pause()
        assert "go on" in shown(view)[row_of(view, "go on")] and "after esc" not in "\n".join(shown(view))
