"""Chips have room, or are counted; what becomes of a file never gives way to its name."""

import pytest

from tui.app.widgets.chips import AttachmentFacts, Chip, draw_chip, place_chips

CAT = Chip("cat.png", 212_000, 853)
PDF = Chip("a report of the year with a very long name.pdf", 4_200_000, 12_000, "as text")


def test_a_chip_says_what_it_is_and_what_becomes_of_it() -> None:
    assert draw_chip(CAT, 80).plain == "cat.png 212 kB ≈853 ✕"
    assert draw_chip(PDF, 90).plain == f"{PDF.name} 4.2 MB ≈12k ! as text ✕"
    assert draw_chip(Chip("slow.bin"), 80).plain == "slow.bin reading… ✕"
    assert AttachmentFacts() == AttachmentFacts(None, "")


@pytest.mark.parametrize("width", [24, 30, 40, 60])
def test_a_long_name_is_cut_and_what_becomes_of_it_stays(width: int) -> None:
    drawn = draw_chip(PDF, width)
    assert drawn.cell_length <= width and drawn.plain.endswith("! as text ✕") and "…" in drawn.plain


def test_a_hostile_name_is_drawn_on_one_line_and_never_as_markup() -> None:
    drawn = draw_chip(Chip("[red]\x1b]0;x\x07\n\u202egnp.png", 1), 80)
    assert "[red]" in drawn.plain and not set(drawn.plain) & {"\n", "\x1b", "\x07", "\u202e"}


def test_chips_wrap_and_those_without_room_are_counted() -> None:
    rows = place_chips([CAT] * 9, 76, 2, 50)
    assert [chip.row for chip in rows.placed] == [0, 0, 0, 1, 1] and rows.more == 4 and rows.rows == 2
    assert all(chip.end <= 76 for chip in rows.placed)
    assert max(chip.end for chip in rows.placed if chip.row == 1) <= 50 - 5


def test_two_rows_are_taken_only_when_they_are_needed() -> None:
    assert place_chips([CAT, CAT], 76, 2, 50).rows == 1
    assert place_chips([CAT] * 3, 76, 2, 50).rows == 2, "the third stands where the estimate would"


def test_one_that_fits_nowhere_is_shown_cut() -> None:
    rows = place_chips([PDF, PDF], 30, 1, 30)
    assert len(rows.placed) == 1 and rows.more == 1
