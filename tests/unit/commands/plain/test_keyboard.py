"""What is typed while nothing is asked is the next prompt, never an answer, and no letter of it is lost."""

import io
import os
import select
import termios
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tui.commands.plain.keyboard import Keyboard
from tui.commands.plain.line_mode import LineMode


@dataclass
class Typist:
    """Both ends of a terminal without a cursor.

    Attributes:
        ours: what is written here was typed.
    """

    ours: int
    theirs: int
    keyboard: Keyboard
    out: io.StringIO

    def type(self, text: str) -> None:
        """Type, and wait until it is there to be read."""
        os.write(self.ours, text.encode())
        if "\r" in text or "\x04" in text:
            select.select([self.theirs], [], [])
        else:
            with LineMode(self.theirs).as_it_comes():
                select.select([self.theirs], [], [])

    @property
    def shows(self) -> bool:
        """Whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self.theirs)[3] & termios.ECHO)


@pytest.fixture
def typist() -> Iterator[Typist]:
    ours, theirs = os.openpty()
    before = termios.tcgetattr(theirs)
    out = io.StringIO()
    keyboard = Keyboard(theirs, out, edits=False)
    try:
        with keyboard.taken():
            yield Typist(ours, theirs, keyboard, out)
        assert termios.tcgetattr(theirs) == before
    finally:
        os.close(theirs)
        os.close(ours)


def test_lines_that_wait_are_one_paste_and_are_shown(typist: Typist) -> None:
    typist.type("one\rtwo äöü\r")
    assert typist.keyboard.read("You: ") == ["one", "two äöü"]
    assert typist.out.getvalue() == "You: one\nYou: two äöü\n"
    assert not typist.shows


def test_a_line_that_was_begun_early_is_gone_on_with(typist: Typist) -> None:
    typist.type("typed a")
    assert typist.keyboard._read_lines(0) == []
    typist.type("head\r")
    assert typist.keyboard.read("You: ") == ["typed ahead"]


def test_what_was_typed_before_a_question_is_no_answer_to_it(typist: Typist, monkeypatch: pytest.MonkeyPatch) -> None:
    typist.type("yes\rye")
    read = os.read

    def answering(descriptor: int, length: int) -> bytes:
        if typist.shows:  # the question stands there now
            typist.type("s\r")
        return read(descriptor, length)

    monkeypatch.setattr(os, "read", answering)
    assert typist.keyboard.read("May it? ", answer=True) == ["s"]
    monkeypatch.undo()
    assert typist.keyboard.read("You: ") == ["yes"]
    typist.type("t\r")
    assert typist.keyboard.read("You: ") == ["yet"]


@pytest.mark.parametrize("answer", [False, True])
def test_ctrl_d_is_the_end_also_when_it_came_early(typist: Typist, answer: bool) -> None:
    typist.type("\x04")
    with pytest.raises(EOFError):
        typist.keyboard.read("You: ", answer=answer)


def test_a_terminal_that_is_gone_is_the_end() -> None:
    ours, theirs = os.openpty()
    keyboard = Keyboard(theirs, io.StringIO(), edits=False)
    os.close(ours)
    with pytest.raises(EOFError):
        keyboard.read("You: ")
    os.close(theirs)


def test_keys_of_the_cursor_are_no_text(typist: Typist) -> None:
    typist.type("\x1b[Aa\x1b[3~b\x1bOC\r")
    assert typist.keyboard.read("You: ") == ["ab"]


def test_ctrl_d_just_before_readline_takes_over_is_the_end(typist: Typist, monkeypatch: pytest.MonkeyPatch) -> None:
    class Editing:
        def read(self, prompt: str, begun: str) -> str:
            typist.type("\x04")
            with LineMode(typist.theirs).as_it_comes():  # as readline does it
                if os.read(typist.theirs, 1) == b"\x04":
                    raise EOFError
            return "the kernel took it"

    monkeypatch.setattr(typist.keyboard, "_readline", Editing())
    with pytest.raises(EOFError):
        typist.keyboard.read("You: ")


def test_ctrl_d_just_after_it_was_looked_for_is_the_end(typist: Typist, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = typist.keyboard._waits

    def looking(gap_s: float) -> bool:
        found = waits(gap_s)
        if not found:
            typist.type("\x04")
        return found

    monkeypatch.setattr(typist.keyboard, "_waits", looking)
    with pytest.raises(EOFError):
        typist.keyboard.read("You: ")


def test_a_sign_that_is_no_letter_costs_no_line(typist: Typist, monkeypatch: pytest.MonkeyPatch) -> None:
    read = os.read

    def typing(descriptor: int, length: int) -> bytes:
        os.write(typist.ours, b"a long\x00 question\r")  # ctrl+space
        return read(descriptor, length)

    monkeypatch.setattr(os, "read", typing)
    assert typist.keyboard.read("You: ") == ["a long question"]
