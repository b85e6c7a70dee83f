"""Find in the chat: a person sees how much there is, goes to it wherever it is folded away, and loses no place."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.app.test_transcript_widget import Page, page, prompt, reply, shown
from tests.support.app import Running, running
from tests.support.scripted import ScriptedModel
from tui.app.transcript.message import TranscriptMessage
from tui.app.transcript.view import Transcript
from tui.app.widgets.field import Field
from tui.app.widgets.find_bar import FindBar
from tui.chat.message_parts import TextContent, ThinkingContent, ToolCallContent

LONG = "```py\n" + "\n".join(f"value_{number} = {number}" for number in range(200)) + "\n```"


def many(pairs: int) -> list[TranscriptMessage]:
    messages = []
    for number in range(pairs):
        messages += [prompt(f"p{number}", f"question {number}"), reply(f"r{number}", f"answer {number}\n\nneedle here")]
    return messages


async def searched(pilot: Pilot[None], app: Page, typed: str) -> tuple[int, int]:
    """Look for something, and let the search end."""
    app.view.finder.look_for(typed)
    return await ended(pilot, app)


async def ended(pilot: Pilot[None], app: Page) -> tuple[int, int]:
    finder = app.view.finder
    for _ in range(2_000):
        await pilot.pause(0.001)
        if finder._timer is None:
            return finder._current + 1, finder._ends[-1] if finder._ends else 0
        await asyncio.sleep(0.005)
    raise AssertionError("the search never ended")


def marked(view: Transcript) -> dict[str, list[str]]:
    """What is marked on screen, by how it is: "found" and "found-here"."""
    styles = {name: view.get_component_rich_style(f"transcript--{name}").bgcolor for name in ("found", "found-here")}
    result: dict[str, list[str]] = {"found": [], "found-here": []}
    for y in range(view.size.height):
        for segment in view.render_line(y):
            for name, colour in styles.items():
                if segment.style and segment.style.bgcolor == colour:
                    result[name].append(segment.text)
    return result


async def test_of_a_long_chat_it_draws_only_what_it_goes_to_and_sees_what_is_written_meanwhile() -> None:
    messages = [*many(1), *[prompt(f"q{number}", "a straw") for number in range(300)]]
    async with page(messages) as (app, pilot):
        assert await searched(pilot, app, "needle") == (1, 1)
        made = [rows.message.id for rows in app.view._layout.messages if rows.made]
        assert "r0" in made
        assert len(made) < 150
        assert any("needle" in text for text in marked(app.view)["found-here"])
        app.view.replace("q9", prompt("q9", "one more needle"))
        assert await searched(pilot, app, "needle") == (2, 2)  # the last one above the end, where it was begun
        assert any("needle" in text for text in marked(app.view)["found-here"])


async def test_it_counts_every_place_and_goes_from_one_to_the_next_and_around() -> None:
    async with page(many(12)) as (app, pilot):
        app.view.focus()
        assert await searched(pilot, app, "NEEDLE".lower()) == (10, 12)
        assert marked(app.view)["found-here"] == ["needle"]
        seen = []
        for _ in range(12):
            await pilot.press("n")
            seen.append(app.view.finder._current + 1)
            assert marked(app.view)["found-here"] == ["needle"]
        assert seen == [11, 12, *range(1, 11)]
        await pilot.press("N")
        assert app.view.finder._current + 1 == 9
        assert app.view.focused_message is not None and app.view.focused_message.id == "r8"


@pytest.mark.parametrize(
    ("part", "typed"),
    [
        (ThinkingContent("first\n\nthe secret thought"), "secret"),
        (ToolCallContent("1", "read", '{"path": "secret.txt", "other": 1}', "content", "done"), "secret"),
        (ToolCallContent("1", "read", '{"path": "a"}', "line one\nthe secret result", "done"), "secret"),
        (TextContent(LONG), "value_150"),
    ],
    ids=["thought", "arguments", "result", "code"],
)
async def test_what_is_folded_is_opened_for_its_place_and_folded_again_behind_it(part: object, typed: str) -> None:
    messages = [prompt("p", f"{typed} asked"), reply("r", part, "the end"), *many(10)]  # type: ignore[arg-type]
    async with page(messages) as (app, pilot):
        assert (await searched(pilot, app, typed))[1] == 2
        while app.view.finder._current:
            app.view.finder.step(1)
        height = app.view.virtual_size.height
        app.view.finder.step(1)
        assert marked(app.view)["found-here"] == [typed] and app.view.virtual_size.height > height
        app.view.finder.step(1)
        assert app.view.finder._current == 0 and app.view.virtual_size.height == height
        app.view.finder.step(1)
        app.view.finder.end()
        assert any(typed in line for line in shown(app.view)), "the place stays when the search ends"
        assert marked(app.view) == {"found": [], "found-here": []}


async def test_a_place_beyond_the_right_edge_of_code_is_scrolled_to() -> None:
    line = "x = '" + "word " * 60 + "needle'"
    async with page([prompt("p", "q"), reply("r", f"```py\n{line}\ny = 'needle'\n```")]) as (app, pilot):
        await searched(pilot, app, "needle")
        app.view.finder.step(-1) if app.view.finder._current else None
        assert marked(app.view)["found-here"] == ["needle"]
        app.view.finder.step(1)
        assert marked(app.view)["found-here"] == ["needle"] and "y = 'needle'" in "\n".join(shown(app.view))


async def test_a_place_over_a_wrapped_line_is_marked_in_both_rows() -> None:
    words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    async with page([reply("r", words)], size=(60, 24)) as (app, pilot):
        row = next(line for line in shown(app.view) if "one two" in line)
        last = row.split()[-1]
        following = words.split()[words.split().index(last) + 1]
        assert await searched(pilot, app, f"{last} {following}") == (1, 1)
        marks = marked(app.view)
        assert "".join(marks["found-here"] + marks["found"]).replace(" ", "") == last + following


async def test_the_place_is_marked_after_another_width() -> None:
    async with page([reply("r", "word " * 40 + "needle " + "word " * 40), *many(3)]) as (app, pilot):
        await searched(pilot, app, "needle word")
        for width in (50, 120, 41):
            await pilot.resize_terminal(width, 24)
            await pilot.pause()
            app.view.place.go_to(0)
            assert "".join(marked(app.view)["found-here"]).startswith("needle"), width


async def test_a_place_that_is_not_drawn_leads_to_its_paragraph() -> None:
    async with page([reply("r", "see [the page](https://needle.example)"), *many(10)]) as (app, pilot):
        assert (await searched(pilot, app, "needle.example")) == (1, 1)
        assert any("the page" in line for line in shown(app.view))


async def test_a_reply_that_streams_is_counted_as_it_grows() -> None:
    live = TranscriptMessage("live", "reply", model="m", state="streaming", started=0.0)
    async with page([*many(2), live]) as (app, pilot):
        assert (await searched(pilot, app, "needle"))[1] == 2
        app.view.append("live", 0, TextContent("a needle and a needle"))
        for _ in range(1_000):
            await asyncio.sleep(0.02)
            if (await ended(pilot, app))[1] == 4:
                break
        assert app.view.finder._ends[-1] == 4


async def test_a_search_in_4000_messages_never_holds_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is cut into slices: each ends as soon as its time is over, and none draws a message that is not gone to."""
    async with page(many(2_000)) as (app, pilot):
        drawn = app.view._layout._cache
        before = len(drawn)
        monkeypatch.setattr("tui.app.transcript.finder.SLICE_S", 0.0)
        steps = 0

        def count(search: Callable[[], None]) -> Callable[[], None]:
            def counted() -> None:
                nonlocal steps
                steps += 1
                search()

            return counted

        monkeypatch.setattr(app.view.finder, "_search", count(app.view.finder._search))
        app.view.finder.look_for("nothing of the kind")
        app.query_one(Input).focus()
        await pilot.press("x")
        assert app.query_one(Input).value == "x"
        monkeypatch.setattr("tui.app.transcript.finder.SLICE_S", 0.006)
        assert (await ended(pilot, app))[1] == 0
        assert steps > 1 and len(drawn) < before + 100, "of 4,000; what was in sight may still be drawn"


async def find(here: Running, typed: str) -> FindBar:
    await here.pilot.press("ctrl+f")
    await here.until(lambda: isinstance(here.app.focused, Field), "the find bar")
    await here.type(typed)
    return here.app.screen.query_one(FindBar)


async def walked(here: Running) -> None:
    """Look for a word with a draft at hand, go to places, and close the bar."""
    here.composer.text = "half a draft"
    bar = await find(here, "needle")
    await here.until(lambda: "/" in here.text_of(bar.count), "the count")
    total = int(here.text_of(bar.count).split("/")[1])
    assert total >= 2 and bar.region.height == 1
    before = here.text_of(bar.count)
    await here.pilot.press("enter")
    await here.until(lambda: here.text_of(bar.count) != before, "the next place")
    await here.pilot.press("up")
    await here.until(lambda: here.text_of(bar.count) == before, "the place before")
    await here.pilot.press("escape")
    await here.pilot.pause()
    assert here.composer.area.has_focus and here.composer.text == "half a draft" and not bar.display
    assert not here.transcript.finder.active


async def test_the_bar_counts_steps_and_closes_where_one_was(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel()) as here:
        await here.ask("Where is the needle?")
        await here.ask("And the other needle?")
        for size in ((40, 12), (120, 40)):
            await here.pilot.resize_terminal(*size)
            await walked(here)
        here.transcript.focus()
        await here.pilot.press("slash")
        await here.until(lambda: isinstance(here.app.focused, Field), "the find bar")
        await here.type("needle")
        await here.until(lambda: here.transcript.finder.rows is not None, "the place")
        await here.pilot.press("escape")
        await here.pilot.pause()
        assert here.transcript.has_focus
        await here.pilot.press("ctrl+f")
        await here.until(lambda: isinstance(here.app.focused, Field), "the find bar")
        assert here.app.screen.query_one(FindBar).field.value == "needle", "what was looked for last stands there"
        await here.pilot.press("escape")
        bar = await find(here, "no such words")
        await here.until(lambda: "nothing found" in here.text_of(bar.count), "the answer")


async def test_what_was_found_can_be_read_in_every_kind_of_theme(tmp_path: Path) -> None:
    async with running(tmp_path, ScriptedModel(), size=(80, 24)) as here:
        await here.ask("a needle and a needle")
        await find(here, "needle")
        await here.until(lambda: here.transcript.finder.rows is not None, "the place")
        for theme in ("chinwag-dark", "chinwag-light", "chinwag-ansi"):
            here.app.theme = theme
            await here.pilot.pause()
            looks = {}
            for name in ("found", "found-here"):
                style = here.transcript.get_component_rich_style(f"transcript--{name}")
                assert style.color and (style.color.is_default or style.color != style.bgcolor)
                looks[name] = (style.bgcolor, style.underline, style.reverse)
            assert looks["found"] != looks["found-here"]


async def test_no_toast_lies_over_the_bar(tmp_path: Path) -> None:
    async with running(tmp_path, size=(80, 24)) as here:
        await here.ask("One")
        here.app.chat.toast("✓", "something was done, and it takes a line to say what", seconds=600)
        await here.until(lambda: "something was done" in here.screen(), "the toast")
        await here.pilot.press("ctrl+f")
        await here.until(lambda: here.app.screen.query(FindBar), "the bar")
        bar = here.app.screen.query_one(FindBar)
        await here.until(lambda: "close" in here.text_of(bar), "all of it")
        assert "something was done" in here.screen()
