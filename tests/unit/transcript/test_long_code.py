"""Code that is long or wide: none of it is lost, whatever of it is shown."""

from math import inf

import pytest
from textual.geometry import Offset
from textual.selection import Selection

from tests.unit.transcript.test_streamed_markdown import rows_of
from tui.app.transcript.markdown.code import FOLD_LINES, CodeDisplay, LiveCode
from tui.app.transcript.message_text import MessageText
from tui.app.transcript.row import Row, Span, skip, width_of
from tui.app.transcript.row_cache import RowCache
from tui.app.transcript.selection import text_of_rows

LINES = [f"\tline {number} = '日本語 {'x' * (number % 90)}'" for number in range(400)]
CODE = "\n".join(LINES)
TEXT = f"Before.\n\n```py\n{CODE}\n```\n\nAfter."


def whole(text: str, *, folding: bool = True, column: int = 60) -> MessageText:
    body = MessageText(RowCache(), column, folding=folding)
    body.append(text)
    body.close(whole=True)
    return body


def drawn(body: MessageText) -> list[str]:
    return [row.text.strip() for row in rows_of(body)]


def test_long_code_shows_its_first_lines_and_how_many_more_there_are() -> None:
    body = whole(TEXT)
    shown = drawn(body)
    assert sum("line" in row and "=" in row for row in shown) == 20
    assert "⋯ 380 lines more · space" in shown and shown[-1] == "After."
    assert any("▸ 400 lines" in row for row in shown)
    assert body.height == len(shown) == 26


def test_opened_it_shows_every_line_and_folded_again_as_before() -> None:
    body = whole(TEXT)
    before = rows_of(body)
    [code] = body.long_codes
    body.fold(code, folded=False)
    shown = drawn(body)
    assert sum("line" in row and "=" in row for row in shown) == 400 and not any("more" in row for row in shown)
    body.fold(code, folded=True)
    assert rows_of(body) == before


@pytest.mark.parametrize("count", [FOLD_LINES, FOLD_LINES + 1])
def test_only_what_is_longer_than_a_screen_folds(count: int) -> None:
    body = whole("```\n" + "\n".join(["x"] * count) + "\n```")
    assert any("more" in row for row in drawn(body)) == (count > FOLD_LINES)


def test_what_streamed_in_stays_open_when_it_has_ended() -> None:
    body = MessageText(RowCache(), 60)
    for start in range(0, len(TEXT), 500):
        body.append(TEXT[start : start + 500])
        body.advance(inf)
    body.close()
    body.advance(inf)
    assert sum("line" in row and "=" in row for row in drawn(body)) == 400


@pytest.mark.parametrize("folded", [True, False])
def test_all_of_it_is_copied_folded_or_not(folded: bool) -> None:
    body = whole(TEXT)
    rows_of(body)
    body.fold(body.long_codes[0], folded=folded)
    rows = rows_of(body)
    assert [source for _, source in body.codes()] == [CODE]
    assert body.code_at(next(number for number, row in enumerate(rows) if "copy" in row.text), "code") == CODE
    first = next(number for number, row in enumerate(rows) if "line 0" in row.text)
    last = len(rows) - 3
    assert text_of_rows(rows, Selection(Offset(0, first), Offset(999, last)), 0).strip("\n") == CODE.strip("\n")


@pytest.mark.parametrize("left", [0, 1, 8, 13, 14, 40, 10_000])
def test_scrolled_sideways_no_row_is_wider_and_its_whole_line_is_copied(left: int) -> None:
    body = whole(TEXT, folding=False)
    body.set_display(CodeDisplay(left=left))
    rows = [row for row in rows_of(body) if row.source is not None]
    assert [row.source for row in rows] == LINES
    assert all(width_of(row.spans) <= 58 for row in rows)
    assert text_of_rows(rows, Selection(Offset(0, 0), Offset(999, 399)), 0) == CODE


def test_each_cell_of_a_line_comes_by_when_it_is_scrolled() -> None:
    line = "".join(chr(0x4E00 + number) for number in range(80))
    seen = set()
    body = whole(f"```\n{line}\n```", column=40)
    rows_of(body)
    for left in range(0, body.hidden_cells + 8, 8):
        body.set_display(CodeDisplay(left=left))
        seen |= set(rows_of(body)[1].text)
    assert set(line) <= seen


def test_wrapped_code_shows_every_character_and_is_copied_as_one_line() -> None:
    body = whole(TEXT, folding=False, column=30)
    body.set_display(CodeDisplay(wrap=True))
    rows = [row for row in rows_of(body) if row.source is not None]
    assert "".join(row.text[row.decor :] for row in rows) == CODE.replace("\n", "").replace("\t", "    ")
    assert all(width_of(row.spans) <= 28 for row in rows)
    assert text_of_rows(rows, Selection(Offset(0, 0), Offset(999, len(rows) - 1)), 0) == CODE


def test_a_part_of_scrolled_code_is_that_part() -> None:
    body = whole("```\n\tabcdefghijklmnopqrstuvwxyz0123456789\n```", column=24)
    body.set_display(CodeDisplay(left=12))
    row = rows_of(body)[1]
    start = row.text.index("no")
    assert text_of_rows([row], Selection(Offset(start, 0), Offset(start + 4, 0)), 0) == "nopq"


@pytest.mark.parametrize(("cells", "text"), [(0, "a日b"), (1, "日b"), (2, " b"), (3, "b"), (4, ""), (9, "")])
def test_skipping_cells_never_cuts_a_wide_character_in_two(cells: int, text: str) -> None:
    assert Row(tuple(skip([Span("a日"), Span("b")], cells))).text == text


def test_a_picture_of_several_characters_is_not_cut_by_the_lexer() -> None:
    """Its parts are counted otherwise: the row would end a cell early, and show what was there before."""
    (line,) = LiveCode().highlight("x = 1\ufe0f\u20e3 + y", "python")
    assert "1\ufe0f\u20e3" in [span.text for span in line]
