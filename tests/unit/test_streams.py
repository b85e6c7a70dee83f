"""Standard error is where a person learns what went wrong; writing to it must neither fail nor steer the terminal."""

import io
import sys

import pytest

from tui.streams import TAB_FOLDER, knows_utf8, print_note, print_signs_in_ascii, replace_unencodable


def test_a_note_has_the_programs_name_in_front_and_nothing_that_steers(capsys: pytest.CaptureFixture[str]) -> None:
    print_note("The disk\x1b]0;x\x07 is full.\nFree some space.\n")
    print_note("only a line", prefix="")
    assert capsys.readouterr() == ("", "chinwag: The disk␛]0;x␇ is full.\nFree some space.\nonly a line\n")


def test_a_note_of_nothing_is_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_note("")
    print_note(" \n")
    assert capsys.readouterr() == ("", "")


def test_a_standard_error_that_is_closed_or_full_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    print_note("lost", stream=Full())
    monkeypatch.setattr("sys.stderr", None)
    print_note("lost as well")


def test_what_the_encoding_lacks_is_a_sign_in_ascii_or_question_marks_of_the_same_width() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    replace_unencodable(stream)
    stream.write("a·b … é 中 e\u0301")
    stream.flush()
    assert raw.getvalue() == b"a-b . ? ?? e"


def test_signs_are_printed_in_ascii_where_that_is_wanted_and_letters_stay() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="utf-8")
    print_signs_in_ascii(stream)
    stream.write("✓ café 中 … 12 → 3 │ ≈$0.05\n")
    stream.flush()
    assert raw.getvalue().decode() == "v café 中 . 12 > 3 | ~$0.05\n"
    assert knows_utf8(stream), "what reads it does"


def test_a_browsers_tab_has_the_signs_whatever_the_locale_of_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locale.getencoding", lambda: "ANSI_X3.4-1968")
    assert not knows_utf8(sys.stderr)
    monkeypatch.setenv(TAB_FOLDER, "/tmp/tab")
    assert knows_utf8(sys.stderr)
