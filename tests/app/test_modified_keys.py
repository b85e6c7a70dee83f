"""A key with alt is another key than the one without, in every spelling that terminals have for it."""

import functools
from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input
from textual.widgets.text_area import Selection

from tests.support.app import Running, running
from tests.support.pty import Terminal
from tui.app.dialogs.models import ModelSwitcher
from tui.app.dialogs.palette import CommandPalette
from tui.app.tty.keys import KeyParser


def keys(data: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    """Names and characters of the keys that a terminal's bytes are, once nothing more comes."""
    parser = KeyParser()
    found = list(parser.feed(data))
    monkeypatch.setattr("textual._parser.get_time", lambda: float("inf"))
    found += list(parser.tick())
    return [(event.key, event.character) for event in found if isinstance(event, events.Key)]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        *((f"\x1b{letter}", f"alt+{letter}") for letter in "acdeghijklmnopqrstuvwxyz"),
        ("\x1bM", "alt+shift+m"),
        ("\x1b\r", "alt+enter"),
        ("\x1b\n", "alt+ctrl+j"),
        ("\x1b[13;3u", "alt+enter"),
        ("\x1b[27;3;13~", "alt+enter"),
        ("\x1b[27;2;13~", "shift+enter"),
        ("\x1b[27;5;13~", "ctrl+enter"),
        ("\x1b[109;3u", "alt+m"),
        ("\x1b[109;131u", "alt+m"),  # with the lock of the number pad
        ("\x1b[27;3;109~", "alt+m"),
        ("\x1b\x01", "alt+ctrl+a"),
        ("\x1b ", "alt+space"),
        ("\x1b1", "alt+1"),
        ("\x1b.", "alt+full_stop"),
        ("\x1bé", "alt+é"),
        ("\x1b[", "alt+left_square_bracket"),
        ("\x1bO", "alt+shift+o"),
        ("\x1b[1;3D", "alt+left"),
        ("\x1b[1;3C", "alt+right"),
        ("\x1b[1;4D", "alt+shift+left"),
        ("\x1bb", "ctrl+left"),
        ("\x1bf", "ctrl+right"),
        ("\x1b\x7f", "ctrl+w"),
        ("\x1b[1;2Q", "shift+f2"),
        ("\x1b[26~", "shift+f2"),
        ("\x1b[34~", "shift+f8"),
    ],
)
def test_a_modified_key_has_its_own_name_and_types_nothing(
    data: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert keys(data, monkeypatch) == [(name, None)]


def test_what_is_typed_right_behind_an_alt_key_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    assert keys("\x1bmq\x1b\rx", monkeypatch) == [("alt+m", None), ("q", "q"), ("alt+enter", None), ("x", "x")]


@pytest.mark.parametrize("data", ["\x1b[?62;22c", "\x1b[99;1X", "\x1b[>0;276;0c", "\x1b[5n", "\x1b[27;3;99999999~"])
def test_a_sequence_that_means_nothing_types_nothing(data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert keys(data, monkeypatch) == []


def test_the_keys_without_a_modifier_are_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    data = "aé?\r\n\t\x7f\x1b[A\x1bOP\x1b[Z\x1b[3~\x1b\x1b"
    names = [name for name, _ in keys(data, monkeypatch)]
    assert names == [
        "a", "é", "question_mark", "enter", "ctrl+j", "tab", "backspace", "up", "f1", "shift+tab", "delete",
        "escape", "escape",
    ]  # fmt: skip


def test_the_mouse_the_paste_and_the_answers_about_modes_are_still_read() -> None:
    data = "\x1b[<0;3;4M\x1b[<0;3;4m\x1b[200~ab\x1b[201~\x1b[?2026;2$y\x1b[I"
    names = [type(event).__name__ for event in KeyParser().feed(data)]
    assert names == ["MouseDown", "MouseUp", "Paste", "TerminalSupportsSynchronizedOutput", "AppFocus"]


@pytest.mark.parametrize("size", [1, 3, 4096])
def test_a_paste_is_one_text_whatever_it_holds_and_however_it_arrives(size: int) -> None:
    text = "one\x1b\rtwo\x1bm\x03\x1b[A\x1b[200~three"
    data = f"{text}\x1b[201~y"
    parser = KeyParser()
    first, *found = parser.feed("x\x1b[200~")
    found += [event for start in range(0, len(data), size) for event in parser.feed(data[start : start + size])]
    paste, last = found
    assert isinstance(paste, events.Paste) and isinstance(first, events.Key) and isinstance(last, events.Key)
    assert (first.key, paste.text, last.key) == ("x", text, "y")


async def press(here: Running, data: str) -> None:
    """Press what a terminal's bytes are."""
    for event in KeyParser().feed(data):
        here.app.post_message(event)
    await here.pilot.pause()
    await here.until(lambda: not here.app.typed_ahead.waiting, "what the key did")


async def test_alt_enter_breaks_the_line_and_never_sends(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        for data in ("\x1b\r", "\x1b[13;3u", "\x1b[27;3;13~", "\x1b\n"):
            here.composer.clear()
            await press(here, f"one{data}two")
            assert here.composer.text == "one\ntwo" and not here.app.chat.presenter.prompts, repr(data)


DOES: dict[str, Callable[[Running], object]] = {
    "m": lambda here: isinstance(here.app.screen, ModelSwitcher),
    "x": lambda here: isinstance(here.app.screen, CommandPalette),
    "s": lambda here: here.app.chat.layout_view.chat_list.has_focus_within,
    "i": lambda here: here.app.chat.layout_view.inspector.has_focus_within,
    "t": lambda here: here.app.chat.presenter.settings.effort,
    "q": lambda _: True,
    "1": lambda _: True,
    ".": lambda _: True,
}
"""What is so after alt and a letter; the last three have no command."""


@pytest.mark.parametrize("spelling", ["plain", "kitty"])
async def test_an_alt_key_does_what_help_says_and_leaves_the_text_alone(spelling: str, tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        for letter, does in DOES.items():
            here.composer.clear()
            await press(here, f"my text\x1b[{ord(letter)};3u" if spelling == "kitty" else f"my text\x1b{letter}")
            await here.until(functools.partial(does, here), f"what alt+{letter} does")
            assert here.composer.text == "my text"
            await here.pilot.press("escape")
            await here.until(lambda: here.app.screen is here.app.chat, "the chat")
            here.composer.area.focus()


async def test_alt_n_starts_another_chat(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        await here.ask("first")
        before = here.app.chat.presenter.id
        await press(here, "\x1bn")
        await here.until(lambda: here.app.chat.presenter.id != before, "another chat")
        assert here.composer.text == ""


LEFT, RIGHT = ["\x1b[1;3D", "\x1bb", "\x1b[98;3u"], ["\x1b[1;3C", "\x1bf", "\x1b[102;3u"]


async def test_alt_and_an_arrow_go_a_word_to_either_side(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        for data, column in (*((data, 4) for data in LEFT), *((f"\x1b[H{data}", 3) for data in RIGHT)):
            here.composer.clear()
            await press(here, f"one two{data}")
            assert here.composer.area.selection == Selection.cursor((0, column)), repr(data)
            assert here.composer.text == "one two", repr(data)


WORDS_AFTER = {
    "\x1b[H\x1bd": "two", "\x1b[H\x1b[100;3u": "two", "\x1b[H\x1b[3;3~": "two", "\x1b[H\x1b[3;5~": "two",
    "\x1b\x7f": "one", "\x1b[127;3u": "one", "\x1b\x08": "one",
}  # fmt: skip
"""What is left of "one two" after a key that deletes a word."""


async def test_alt_deletes_by_words_in_the_composer_and_in_a_field(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        for data, left in WORDS_AFTER.items():
            here.composer.clear()
            await press(here, f"one two{data}")
            assert here.composer.text.strip() == left, repr(data)
        here.composer.clear()
        for data, left in WORDS_AFTER.items():
            await press(here, f"\x1bmone two{data}")
            field = here.app.focused
            assert isinstance(field, Input) and field.value.strip() == left and here.composer.text == "", repr(data)
            await here.pilot.press("escape")
            await here.until(lambda: here.app.screen is here.app.chat, "the chat")


async def test_in_a_real_terminal_alt_enter_breaks_the_line_and_alt_x_opens_the_menu() -> None:
    async with Terminal("--demo") as screen:
        await screen.sees("❯ Ask anything")
        screen.press("one\x1b\rtwo\x1bqthree")
        await screen.sees("❯ one twothree")
        screen.press("\x1bx")
        await screen.sees("Menu .* type what you want to do")
        screen.press("\x1b")
        await screen.sees("Ask anything|twothree .*free chat|twothree .*tokens")
        screen.press("\x1bOR\x11")
        assert await screen.gone() == 0
