"""Every dialog: it can be left with escape, changes nothing then, and fits the terminals that people have."""

import functools
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

from tests.support.app import Running, running
from tests.support.dialogs import dialogs, export_dialog
from tests.support.memory import Held
from tests.support.rounds import part_of
from tests.support.stage import on_stage
from tui.app import dialogs as room
from tui.app.dialogs import cautious
from tui.app.dialogs.base import Dialog
from tui.app.dialogs.cautious import CautiousDialog
from tui.app.dialogs.confirm import Confirm
from tui.app.dialogs.export import ExportChoice
from tui.app.dialogs.picker import Picker
from tui.app.dialogs.server_asks import ServerDialog
from tui.app.dialogs.themes import ThemePicker


def test_no_dialog_is_forgotten_here() -> None:
    modules = [import_module(f"{room.__name__}.{module.name}") for module in iter_modules(room.__path__)]
    classes = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
    assert {one for one in classes if issubclass(one, Dialog)} - {Dialog, Picker, CautiousDialog, ServerDialog} == set(
        dialogs()
    )


async def test_it_fits_every_terminal_names_its_keys_and_escape_leaves_it(rounds: int) -> None:
    """Each comes up in the smallest terminal or in another one, and goes through the others from there."""
    sizes = part_of([(40, 8), (40, 14), (200, 50), (80, 24)], rounds)
    async with on_stage(size=sizes[0]) as stage:
        for build in dialogs().values():
            results: list[object] = []
            dialog = build()
            stage.app.push_screen(dialog, results.append)
            await stage.pilot.pause()
            for size in sizes:
                if stage.app.size != size:
                    await stage.pilot.resize_terminal(*size)
                while dialog.size != size:  # the app hears of it first
                    await stage.pilot.pause()
                await stage.pilot.pause()
                assert str(dialog.title) in dialog.top.render().plain and stage.screen().strip()
                assert "esc" in dialog.bottom.render().plain or size[0] < 80, dialog
                for widget in (dialog.top, dialog.bottom, *([dialog.focused] if dialog.focused else [])):
                    assert widget.region.size and dialog.region.contains_region(widget.region), (dialog, size, widget)
            await stage.pilot.press("escape")
            await stage.pilot.pause()
            assert results == [None] and stage.app.screen is not dialog, dialog
            sizes.reverse()  # the next one comes up in the size that the terminal has now


async def test_nothing_of_it_is_kept_once_it_is_closed(tmp_path: Path) -> None:
    """An app that is open for weeks would grow with every look at it; for the help it was 0.8 MB each time."""
    async with running(tmp_path, size=(80, 24)) as here:
        held = Held()
        for build in dialogs().values():
            dialog = build()
            here.app.push_screen(dialog)
            await here.until(functools.partial(shown, here, dialog), "the dialog")
            await here.pilot.press("down", "x", "tab")
            here.screen()
            held.follow(dialog)
            here.app.pop_screen()
        del dialog
        await here.until(lambda: not held.left(), "the end of all that they were")


def shown(here: Running, dialog: Dialog[Any]) -> bool:
    return here.app.screen is dialog and str(dialog.title) in here.screen()


async def test_no_key_says_yes_to_a_question_before_it_can_have_been_read(monkeypatch: pytest.MonkeyPatch) -> None:
    results: list[object] = []
    monkeypatch.setattr(cautious, "DEAF_S", 3600.0)
    monkeypatch.setattr(cautious, "UNDRAWN", float("inf"))
    async with on_stage() as stage:
        stage.app.push_screen(Confirm("Delete", "Nothing brings it back.", "delete"), results.append)
        await stage.pilot.pause()
        await stage.pilot.press("enter", "y")
        assert results == []
        await stage.pilot.press("escape")
        assert results == [None]
        stage.app.push_screen(Confirm("Quit", "What came is kept.", "quit", at_once=True), results.append)
        await stage.pilot.pause()
        await stage.pilot.press("enter")
        assert results == [None, True], "where nothing is lost it may be typed ahead"


async def test_only_the_named_keys_answer_a_question() -> None:
    results: list[object] = []
    async with on_stage() as stage:
        for key in ("enter", "y", "n"):
            stage.app.push_screen(Confirm("Delete chat", "Delete it?", "delete"), results.append)
            await stage.pilot.pause()
            asked = len(results)
            await stage.pilot.press("x")
            assert len(results) == asked, "another key"
            await stage.pilot.press(key)
        assert results == [True, True, None]


async def test_a_theme_is_worn_under_the_cursor_and_none_is_kept_when_the_dialog_is_left() -> None:
    worn: list[str] = []
    kept: list[str | None] = []
    async with on_stage() as stage:
        themes = [("latte", "light"), ("nord", "dark"), ("zenburn", "dark")]
        stage.app.push_screen(ThemePicker(themes, "nord", worn.append), kept.append)
        await stage.pilot.pause()
        await stage.pilot.press("down", "l", "i", "g", "h", "t")
        await stage.pilot.pause()
        assert worn[-2:] == ["zenburn", "latte"]
        await stage.pilot.press("escape")
        assert kept == [None], "who has asked wears what is set again"


async def test_a_file_that_is_there_is_written_over_only_after_a_second_enter_on_the_same_path(tmp_path: Path) -> None:
    (tmp_path / "chat.md").write_text("mine")
    results: list[ExportChoice] = []
    async with on_stage() as stage:
        stage.app.push_screen(export_dialog(tmp_path, results.append))
        await stage.pilot.pause()
        await stage.pilot.press("enter", "2", "backspace", "enter")
        assert results == [], "another path, or the same one anew, is asked about again"
        await stage.pilot.press("enter")
        await stage.pilot.pause()
        assert results == [ExportChoice("md", tmp_path / "chat.md", replace=True)]


async def test_toasts_leave_what_a_dialog_asks_to_be_seen(tmp_path: Path) -> None:
    async with running(tmp_path, size=(80, 24)) as here:
        await here.pilot.press("ctrl+l")
        await here.until(lambda: isinstance(here.app.screen, Picker), "the dialog")
        before = here.screen().splitlines()
        for number in range(4):
            here.app.chat.toast("✓", f"Done number {number}, of which there is rather much to say in a line, or two")
        await here.until(lambda: "number 3" in here.screen(), "the last one")
        assert here.screen().splitlines()[2:] == before[2:]
        assert "number 2" not in here.screen()
        await here.pilot.press("escape")
        shown = here.screen()
        assert [f"number {number}" in shown for number in range(4)] == [False, False, True, True]


async def test_a_toast_that_comes_again_stands_once_as_the_newest(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        for said in ("First", "Second", "First"):
            here.app.chat.toast("✓", said)
        await here.until(lambda: "Second" in here.screen(), "them")
        assert [one.message for one in here.app._notifications] == ["✓ Second", "✓ First"]
