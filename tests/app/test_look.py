"""The look where a terminal or a person does with less: ASCII, no colours, little motion."""

import asyncio
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from textual.content import Content
from textual.events import Key
from textual.strip import Strip
from textual.widgets import Input

from tests.snapshot.test_the_app import Models, seed, shown
from tests.support.app import Running, running
from tests.support.scripted import ScriptedModel
from tests.support.stage import on_stage, screen_of
from tui.app.styles import styled, tabs
from tui.app.transcript.message import TranscriptMessage
from tui.app.transcript.view import Transcript
from tui.app.tty import keys
from tui.app.tty.keys import BackgroundReported, KeyParser
from tui.app.widgets.list import ListRow, SelectList
from tui.app.widgets.meter import meter_line
from tui.chat.limits import Standing
from tui.chat.message_parts import MessageContent, TextContent, ToolCallContent, ToolState
from tui.chat.replies.events import Failure
from tui.chat.replies.meter import MeterReading
from tui.config import Config, SettingValues, SetValue, State, Value
from tui.config.amounts import Amount
from tui.glyphs import spelled
from tui.paths import config_dir
from tui.store.records import MessageState, Spending

LETTERS = set("é日本語の質問")
"""What stands in the chats of the test, and is no sign of the program."""


def configured(home: Path, **values: Value) -> Config:
    found = tuple(SetValue(key, value, "config.toml") for key, value in values.items())
    return Config(home / "config.toml", settings=SettingValues(found))


def strips(here: Running) -> list[Strip]:
    return here.app.screen._compositor.render_strips(here.app.size)


def segments(here: Running) -> Iterator[Segment]:
    for strip in strips(here):
        yield from strip


async def in_the_chat(here: Running) -> None:
    """Close what lies over the chat."""
    while here.app.screen is not here.app.chat:
        await here.pilot.press("escape")


async def test_in_ascii_no_sign_is_left_and_no_column_moves(tmp_path: Path) -> None:
    chat = await seed(tmp_path)
    config = configured(tmp_path, glyphs="ascii")
    screens = [
        (), ("ctrl+s", "down"), ("escape", "alt+up"), ("T",), ("x",), ("ctrl+l",), ("alt+comma",), ("ctrl+p",), ("f1",),
        ("f8",), ("alt+o",), ("ctrl+g",), ("f4",), ("ctrl+r",), ("escape", "ctrl+f", "j", "i", "t", "enter"),
    ]  # fmt: skip
    async with running(tmp_path, catalog=Models({}), state=State(), config=config, conversation=chat) as here:
        await shown(here)
        for pressed in screens:
            await in_the_chat(here)
            for key in pressed:
                await here.pilot.press(key)
            await here.pilot.pause()
            screen = here.screen()
            assert not {sign for sign in screen if sign > "~"} - LETTERS, (pressed, screen)
            assert {cell_len(strip.text) for strip in strips(here)} == {here.app.size.width}, pressed
        await in_the_chat(here)
        await here.pilot.press("escape", "escape")
        assert "enter send" in here.screen() and "\n| >" in here.screen()
        await here.app._preferences.change("glyphs", "unicode")
        await here.until(lambda: "↵ send" in here.screen() and "\n▌ ❯" in here.screen(), "the signs")


@pytest.mark.parametrize("signs", ["●◆✎?", "●○", "◇◆■!✓✗", "▸▾", "★◆", "█▇▆▅▁"])
def test_signs_that_tell_states_apart_are_other_ones_in_ascii_too(signs: str) -> None:
    spelt = spelled(signs)
    assert spelt.isascii() and len(spelt) == len(signs)
    assert len(set(spelt)) == len(signs) or (signs[0] == "█" and list(spelt) == sorted(spelt, key="#|:.".index))


async def test_without_colours_not_one_is_written_and_what_is_chosen_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    chat = await seed(tmp_path)
    async with running(tmp_path, catalog=Models({}), state=State(theme="nord"), conversation=chat) as here:
        await shown(here)
        for pressed in ((), ("ctrl+s", "down"), ("ctrl+f", "j", "i", "t"), ("escape", "ctrl+l")):
            for key in pressed:
                await here.pilot.press(key)
            await here.pilot.pause()
            written = "".join(strip.render(here.app.console) for strip in strips(here))
            assert not {code for code in written.split("\x1b[") if code[:2] in ("38", "48", "39", "49")}, pressed
            codes = {code.partition("m")[0] for code in written.split("\x1b[")[1:]}
            assert not {part for code in codes for part in code.split(";") if 30 <= int(part or 0) < 50}, codes
        assert any(segment.style and segment.style.reverse and "gpt-5.6" in segment.text for segment in segments(here))


async def test_where_little_is_to_move_nothing_blinks_and_a_reply_is_drawn_four_times_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 50000 10.0.0.2 22")
    gates = [asyncio.Event() for _ in range(3)]
    pauses: list[float] = []
    async with running(tmp_path, ScriptedModel(["One ", gates[0], "two ", gates[1], "three.", gates[2]])) as here:
        area = here.composer.area
        assert not area.cursor_blink and here.app.animation_level == "none"
        drawer = here.transcript.drawer
        real = drawer.draw

        def noted() -> None:
            drawer._rests_s = (0.0, 0.0)  # however long a loaded machine takes
            real()
            pauses.append(drawer._due - asyncio.get_running_loop().time())

        monkeypatch.setattr(drawer, "draw", noted)
        await here.send("Go")
        for gate, word in zip(gates, ("One", "two", "three"), strict=True):
            await here.until(lambda word=word: word in here.text_of(here.transcript), word)  # type: ignore[misc]
            gate.set()
        await here.settled()
        assert max(pauses) > 0.13, "elsewhere a frame is due at least eight times a second"
        await here.pilot.press("ctrl+s", "slash")
        await here.until(lambda: isinstance(here.app.focused, Input), "the filter")
        assert isinstance(here.app.focused, Input) and not here.app.focused.cursor_blink
        await here.app._preferences.change("motion", "full")
        assert here.app.focused.cursor_blink and not here.app.still
    monkeypatch.delenv("SSH_CONNECTION")


async def test_auto_goes_with_the_terminal_and_a_theme_that_was_chosen_stays(tmp_path: Path) -> None:
    config = configured(tmp_path, theme_light="nord-light")
    async with running(tmp_path, config=config) as here:
        assert here.app.theme == "chinwag-dark"
        here.app.post_message(BackgroundReported(light=True))
        await here.until(lambda: here.app.theme == "nord-light", "the light one")
        here.app.post_message(BackgroundReported(light=False))
        await here.until(lambda: here.app.theme == "chinwag-dark", "the dark one")
        here.app.post_message(BackgroundReported(light=True))
        await here.until(lambda: here.app._state.light_terminal, "what is remembered")
        await here.app._preferences.change("theme", "gruvbox")
        here.app.post_message(BackgroundReported(light=False))
        await here.until(lambda: not here.app._state.light_terminal, "what is remembered")
        assert here.app.theme == "gruvbox"
    async with running(tmp_path, config=config, state=State(last_model="fake:one", light_terminal=True)) as here:
        assert here.app.theme == "nord-light", "from the first frame on"


@pytest.mark.parametrize(
    ("pieces", "light", "typed"),
    [
        (["\x1b]11;rgb:ffff/ffff/ffff\x1b\\"], True, ""),
        (["\x1b]11;rgb:1e1e/1e1e/2e2e\x07"], False, ""),
        (["\x1b]11;rgb:f/f/e\x07"], True, ""),
        (["\x1b]11;rgba:0000/0000/0000/ffff\x1b\\"], False, ""),
        (["x\x1b", "]11;rgb:ff/ff", "/ff\x1b", "\\y"], True, "xy"),
        (["x\x1b[?997;2ny"], True, "xy"),
        (["\x1b[?99", "7;1nx"], False, "x"),
        (["\x1b", "[200~x\x1b]11;rgb:0/0/0\x07\x1b[201~\x1b]11;rgb:f/f/f\x07"], True, ""),
    ],
)
def test_what_a_terminal_says_of_its_background_is_no_key(pieces: list[str], light: bool, typed: str) -> None:
    parser = KeyParser()
    parser.expect_background()
    found = [message for piece in pieces for message in parser.feed(piece)]
    assert [one.light for one in found if isinstance(one, BackgroundReported)] == [light]
    assert "".join(one.character or "" for one in found if isinstance(one, Key)) == typed


def test_an_escape_that_begins_no_answer_is_still_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_HELD_S", 0.0)
    parser = KeyParser()
    parser.expect_background()
    assert list(parser.feed("\x1b")) == []
    assert list(parser.tick()) == []  # it may still be alt and a letter
    assert [getattr(one, "key", "") for one in parser.feed("m")] == ["alt+m"]


async def test_a_theme_of_ones_own_is_worn_as_it_is_written_and_a_mistake_keeps_the_colours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = config_dir() / "themes"
    folder.mkdir(parents=True)
    file = folder / "moss.toml"
    file.write_text('primary = "#9ccf6b"\nbackground = "#141a14"')
    async with running(tmp_path, config=configured(tmp_path, theme="moss")) as here:
        assert here.app._watch is not None

        def rewritten(text: str, at: int) -> None:
            file.write_text(text)
            os.utime(file, ns=(at, at))
            here.app._look_at_file()  # which the timer does

        rewritten('primary = "#9ccf6b"\nbackground = "#203040"', 1)
        await here.until(lambda: here.app.chat.styles.background.hex == "#203040", "the new background")
        rewritten('primary = "#9ccf6b"\nbackground = "#20304', 2)
        await here.until(lambda: "moss.toml" in here.screen() and "Unterminated" in here.screen(), "what is wrong")
        assert here.app.chat.styles.background.hex == "#203040"
        rewritten('primary = "#9ccf6b"\nbackground = "#402030"', 3)
        await here.until(lambda: here.app.chat.styles.background.hex == "#402030", "the mended one")
        await here.until(lambda: "moss.toml" not in here.screen(), "nothing is wrong any more")
        file.unlink()
        here.app._look_at_file()
        await here.app._preferences.change("theme", "nord")
        assert not here.app._watch._active.is_set(), "nothing is looked at any more"


async def test_a_theme_file_that_was_broken_at_the_start_is_worn_once_it_is_mended(tmp_path: Path) -> None:
    folder = config_dir() / "themes"
    folder.mkdir(parents=True)
    file = folder / "moss.toml"
    file.write_text("primary = ")
    async with running(tmp_path, config=configured(tmp_path, theme="moss")) as here:
        await here.until(lambda: "moss.toml" in here.screen() and "no theme “moss”" in here.screen(), "what is wrong")
        file.write_text('primary = "#9ccf6b"\nbackground = "#203040"')
        os.utime(file, ns=(1, 1))
        here.app._look_at_file()  # which the timer does
        await here.until(lambda: here.app.chat.styles.background.hex == "#203040", "the theme")
        assert here.app.theme == "moss"
        await here.until(lambda: "moss" not in here.screen(), "nothing is wrong any more")


async def test_a_tab_of_a_browser_says_nothing_of_the_terminal_of_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path, config=configured(tmp_path)) as here:
        monkeypatch.setenv("CHINWAG_TAB_FOLDER", str(tmp_path))
        here.app.post_message(BackgroundReported(light=True))
        await here.until(lambda: here.app.theme == "chinwag-light", "the tab's own")
        assert not here.app._state.light_terminal


def reply(*parts: MessageContent, state: MessageState = "done", **more: Any) -> TranscriptMessage:
    return TranscriptMessage("1", "reply", parts or (TextContent("Yes."),), model="m", state=state, **more)


REPLIES = {
    "done": reply(),
    "streaming": reply(state="streaming", started=0.0),
    "interrupted": reply(state="interrupted"),
    "stopped": reply(state="interrupted", note="by you"),
    "failed": reply(state="failed", failure=Failure("quota", "Out of credit", "No.", "", "x", "m")),
    **{
        f"tool {state}": reply(ToolCallContent("1", "now", "{}", "", state), state="streaming", started=0.0)
        for state in get_args(ToolState)
    },
}


class Rows(SelectList[str]):
    def draw(self, row: ListRow[str], width: int, chosen: bool) -> Content:
        return styled(row.value, "strong" if chosen else "text")


async def test_no_state_is_told_by_colour_or_weight_alone() -> None:
    view, rows = Transcript(), Rows()
    rows.styles.height = 2
    async with on_stage(view, rows, size=(80, 20)) as stage:
        shown = {}
        for state, message in REPLIES.items():
            view.load([message])
            await stage.pilot.pause()
            shown[state] = screen_of(stage.app)
        assert len(set(shown.values())) == len(REPLIES), shown
        rows.show([ListRow("1", "same"), ListRow("2", "same")])
        await stage.pilot.pause()
        first, second = (line for line in screen_of(stage.app).splitlines() if "same" in line)
        assert first != second, "which row is chosen"
    calm, above = (
        Standing("chat", Spending(Decimal(dollars)), Amount(Decimal(4)), Amount(Decimal(5))) for dollars in ("1", "4.2")
    )
    readings = [MeterReading(standings=(calm,)), MeterReading(standings=(above,), chat_price=Decimal("4.2"))]
    assert [" ! " in f" {meter_line(reading, 116, 120).plain} " for reading in readings] == [False, True]
    assert tabs(("a", "b"), "a", gap=3).plain != tabs(("a", "b"), "b", gap=3).plain
