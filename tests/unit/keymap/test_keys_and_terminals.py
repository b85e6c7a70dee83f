"""A key that is bound and never arrives is a command that a person cannot reach, and does not know why."""

import pytest

from tui.app.commands import COMMANDS
from tui.app.keymap.arrivals import arrives_as, arrives_with_protocol
from tui.app.keymap.names import is_text, read_key, read_keys
from tui.app.keymap.surroundings import surroundings


@pytest.mark.parametrize(
    ("written", "keys"),
    [
        ("Ctrl+L, F2", ("ctrl+l", "f2")),
        ("ctrl + l", ("ctrl+l",)),
        ("control+L,ctrl+l", ("ctrl+l",)),
        ("esc, pgdn, del, return", ("escape", "pagedown", "delete", "enter")),
        ("?, /", ("question_mark", "slash")),
        ("alt+,, comma", ("alt+comma", "comma")),
        ("ctrl++, +", ("ctrl+plus", "plus")),
        ("G, shift+g", ("G",)),
        ("alt+X", ("alt+shift+x",)),
        ("shift+ctrl+x", ("ctrl+shift+x",)),
        ("option+left", ("alt+left",)),
        ("ctrl+\\", ("ctrl+backslash",)),
        ("ä", ("ä",)),
        ("none", ()),
        ("", ()),
    ],
)
def test_keys_are_understood_as_people_write_them(written: str, keys: tuple[str, ...]) -> None:
    assert read_keys(written) == keys


@pytest.mark.parametrize(
    "written", ["ctrl+foo", "ctl+x", "C-x", "ctrl+", "f25", "ctrl+l,,f2", "[b]x", "\x1b", "ctrl+l f2"]
)
def test_what_is_no_key_is_quoted(written: str) -> None:
    with pytest.raises(ValueError, match=r"“.*” is no key"):
        read_keys(written)


def test_every_key_of_the_table_is_written_as_textual_names_it_and_arrives_everywhere() -> None:
    keys = {key for command in COMMANDS for key in command.keys}
    assert {key for key in keys if read_key(key) != key} == set()
    assert {key for key in keys if arrives_as(key) != key} == {"shift+enter"}, "which nothing depends on alone"


@pytest.mark.parametrize(
    ("key", "arrives"),
    [
        ("ctrl+i", "tab"),
        ("ctrl+m", "enter"),
        ("ctrl+h", "backspace"),
        ("ctrl+left_square_bracket", "escape"),
        ("shift+enter", "enter"),
        ("ctrl+enter", "enter"),
        ("ctrl+space", "ctrl+at"),
        ("ctrl+1", "1"),
        ("ctrl+shift+x", "ctrl+x"),
        ("alt+b", "ctrl+left"),
        ("alt+f", "ctrl+right"),
        ("alt+left_square_bracket", ""),
        ("alt+shift+o", ""),
        ("super+a", ""),
        # These did not arrive in Textual 8.2.8; our own parser tells them apart.
        ("alt+enter", "alt+enter"),
        ("alt+1", "alt+1"),
        ("alt+full_stop", "alt+full_stop"),
        ("alt+slash", "alt+slash"),
    ],
)
def test_what_a_terminal_makes_of_a_key_is_known(key: str, arrives: str) -> None:
    assert arrives_as(key) == arrives
    doubt = surroundings({"TERM": "xterm-256color"}).doubt(key)
    assert (arrives in doubt) if arrives != key else not doubt


def test_the_kitty_protocol_tells_the_keys_apart_but_not_within_a_multiplexer() -> None:
    kitty = surroundings({"TERM": "xterm-kitty"})
    assert not any(kitty.doubt(key) for key in ("ctrl+i", "ctrl+m", "shift+enter", "ctrl+1", "super+a"))
    assert "arrives as ctrl+left" in kitty.doubt("alt+b"), "a text field needs it by that name"
    assert arrives_with_protocol("ctrl+i") == "ctrl+i"
    assert "tab" in surroundings({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux,1,0"}).doubt("ctrl+i")


@pytest.mark.parametrize(
    ("environ", "kept", "free"),
    [
        ({"TMUX": "/tmp/tmux,1,0"}, ["ctrl+b"], ["ctrl+a", "alt+n"]),
        ({"STY": "1.pts"}, ["ctrl+a"], ["ctrl+b"]),
        ({"ZELLIJ": "0"}, ["ctrl+p", "ctrl+s", "alt+n", "alt+up"], ["ctrl+l", "alt+x"]),
        ({"TERM_PROGRAM": "vscode"}, ["ctrl+p", "f1"], ["ctrl+l"]),
        ({"VTE_VERSION": "7600"}, ["f10", "f11"], ["f9"]),
        ({"TERM_PROGRAM": "Apple_Terminal"}, ["alt+m", "alt+comma"], ["ctrl+l", "alt+up"]),
        ({}, [], ["ctrl+b", "f10", "alt+m"]),
    ],
)
def test_who_keeps_which_keys_is_known(environ: dict[str, str], kept: list[str], free: list[str]) -> None:
    around = surroundings(environ)
    assert all(around.doubt(key) for key in kept) and not any(around.doubt(key) for key in free)


def test_what_types_something_is_text() -> None:
    assert all(map(is_text, ("j", "G", "space", "question_mark", "ä")))
    assert not any(map(is_text, ("ctrl+j", "alt+j", "enter", "tab", "f1", "up", "backspace")))
