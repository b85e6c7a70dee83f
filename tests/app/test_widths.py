"""Columns hold behind characters on whose width terminals disagree: a bar drawn behind them stands where it should."""

import re
from collections.abc import Callable, Iterator

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.app.terminal import guard_output
from tui.app.tty.widths import disputed, hold_columns

DISPUTED = ["❤️", "⚠️", "☎️", "1️⃣", "#️⃣", "👨‍👩‍👧", "🏴‍☠️", "👍🏽", "🤷🏽‍♀️", "👩🏽‍🚀👩🏽‍🚀", "🇩🇪", "🇩🇪🇫🇷", "🫨", "🩷",
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            "नमस्ते", "क्षि", "தமிழ்", "မြန်မာ", "ᄒ\u1161ᆫ"]  # fmt: skip
PLAIN = ["plain", "Größe · “ab” … —", "e\u0301te\u0301", "漢字", "😀", "▌ ❯ ╭─╮", "☎", ""]


def narrow(text: str) -> int:
    """Each code point but marks and joiners takes one cell."""
    return sum(not re.match("[\u0300-\u036f\u200d\ufe0f]", character) for character in text)


def wide(text: str) -> int:
    """Each code point takes two, joiners and tags too, as where a font has no picture for them."""
    return 2 * len(text)


def clusters(text: str) -> int:
    """A whole cluster takes one cell."""
    return 1 if text else 0


class Emulator:
    """A terminal that has its own opinion of widths; knows what a held line may contain."""

    def __init__(self, width: Callable[[str], int]) -> None:
        self.column = 0
        self.cells: dict[int, str] = {}
        self._width = width
        self._saved = 0

    def feed(self, data: str) -> None:
        for sequence, text in self._tokens(data):
            if sequence == "\x1b7":
                self._saved = self.column
            elif sequence == "\x1b8":
                self.column = self._saved
            elif sequence.endswith("C"):
                self.column += int(sequence[2:-1])
            elif text.isascii():
                for character in text:
                    self.cells[self.column] = character
                    self.column += 1
            else:
                self.cells[self.column] = text
                self.column += self._width(text) if disputed(text) else cell_len(text)

    def _tokens(self, data: str) -> Iterator[tuple[str, str]]:
        for match in re.finditer(r"(\x1b(?:[78]|\[[0-9;]*[A-Za-z]))|([\x20-\x7e]+|[^\x1b\x20-\x7e]+)", data):
            yield match[1] or "", match[2] or ""


def drawn(*segments: Segment) -> str:
    guard_output()
    return Strip(segments).render(Console(color_system="truecolor"))


@pytest.mark.parametrize("width", [narrow, wide, clusters, cell_len])
def test_the_cell_behind_it_is_where_it_was_counted(width: Callable[[str], int]) -> None:
    for cluster in DISPUTED:
        terminal = Emulator(width)
        terminal.feed(drawn(Segment("ab", Style(bold=True)), Segment(f"{cluster}|", Style(color="red")), Segment("c")))
        column = 2 + cell_len(cluster)
        assert (terminal.cells[column], terminal.cells[column + 1]) == ("|", "c"), cluster


def test_cells_that_a_terminal_leaves_free_do_not_keep_what_stood_there() -> None:
    for cluster in DISPUTED:
        terminal = Emulator(clusters)
        terminal.cells = dict.fromkeys(range(40), "x")
        terminal.feed(drawn(Segment(f"{cluster}|")))
        assert "x" not in (terminal.cells[column] for column in range(cell_len(cluster) + 1)), cluster


def test_the_line_itself_is_not_changed_so_that_it_can_still_be_measured() -> None:
    guard_output()
    for cluster in DISPUTED:
        strip = Strip([Segment(f"{cluster}|")])
        strip.render(Console(color_system="truecolor"))
        assert strip.text == f"{cluster}|" and strip.cell_length == cell_len(cluster) + 1


def test_a_line_that_is_cut_keeps_its_columns_and_its_clusters_whole() -> None:
    guard_output()
    for cluster in DISPUTED:
        strip = Strip([Segment(f"a{cluster}|b")])
        for cut in range(strip.cell_length + 1):
            before, after = strip.crop(0, cut), strip.crop(cut)
            assert (cell_len(before.text), cell_len(after.text)) == (cut, strip.cell_length - cut), cluster
        assert strip.crop(1 + cell_len(cluster)).text == "|b"
        assert strip.crop(0, 1 + cell_len(cluster)).text == f"a{cluster}"


@pytest.mark.parametrize("text", PLAIN)
def test_a_line_without_any_is_written_as_it_is(text: str) -> None:
    assert not disputed(text)
    assert hold_columns(text) == text and drawn(Segment(text)) == text


def test_the_colours_are_those_of_the_line_on_the_cluster_and_behind_it() -> None:
    assert drawn(Segment("❤️|", Style(color="#ff0000"))) == ("\x1b[38;2;255;0;0m\x1b7  \x1b8\x1b7❤️\x1b8\x1b[2C|\x1b[0m")
