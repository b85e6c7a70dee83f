"""What is written over what a terminal shows leaves on it what all of it, written anew, would have left."""

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pyte
import pytest
from pyte.modes import DECAWM
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tui.app.terminal import guard_output
from tui.app.tty.painter import Painter

WIDTH, HEIGHT = 60, 14
CUTS = ([0, 14, 58, WIDTH], [0, 14, 40, 58, WIDTH], [0, WIDTH])
TEXTS = ["plain", "Größe “ab” …", "words in a row", "  ", "a", "• item", "漢字 wide", "e\u0301te\u0301", "x" * 30]
STYLES = [
    None, Style(color="#dcdde3", bgcolor="#1b1e25"), Style(color="#efab88", bgcolor="#1b1e25", bold=True),
    Style(color="#dcdde3", bgcolor="#30343f"), Style(underline=True), Style(color="red"), Style(bgcolor="bright_blue"),
    Style(color="color(200)", bgcolor="color(17)", reverse=True), Style(bold=False, italic=True, color="default"),
]  # fmt: skip
CONSOLE = Console(color_system="truecolor")

Rows = list[dict[int, Strip]]


@pytest.fixture(autouse=True)
def _guarded() -> None:
    guard_output()


class Terminal:
    """A terminal that does not wrap, as the app has it."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.screen.reset_mode(DECAWM >> 5, private=True)
        self._stream = pyte.Stream(self.screen)
        self.painter = Painter()

    def show(self, update: CompositorUpdate, *, moving: bool = True) -> str:
        written = self.painter.over(update, moving=moving).render_segments(CONSOLE)
        self._stream.feed(written)
        return written

    def write(self, text: str) -> None:
        self._stream.feed(text)

    @property
    def cells(self) -> list[list[Any]]:
        return [[self.screen.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)]


def differing(one: Terminal, other: Terminal) -> list[tuple[Any, ...]]:
    return [
        (y, x, left, right)
        for y, rows in enumerate(zip(one.cells, other.cells, strict=True))
        for x, (left, right) in enumerate(zip(*rows, strict=True))
        if left != right
    ]


def piece(dice: random.Random, width: int, texts: Sequence[str] = TEXTS) -> Strip:
    segments = [Segment(dice.choice(texts), dice.choice(STYLES)) for _ in range(dice.randint(0, 4))]
    return Strip(segments).adjust_cell_length(width, dice.choice(STYLES))


def row(dice: random.Random, cuts: Sequence[int]) -> dict[int, Strip]:
    return {x: piece(dice, end - x) for x, end in pairwise(cuts)}


def all_of(rows: Rows) -> LayoutUpdate:
    return LayoutUpdate([one.values() for one in rows], Region(0, 0, WIDTH, HEIGHT))


def change_of(rows: Rows, changed: dict[int, tuple[int, int]]) -> ChopsUpdate:
    """These stretches of rows; of what is beside them nothing is told."""
    ends = [[x + strip.cell_length for x, strip in one.items()] for one in rows]
    chops = [
        {x: strip if y in changed and x < changed[y][1] and x + strip.cell_length > changed[y][0] else None
         for x, strip in one.items()}
        for y, one in enumerate(rows)
    ]  # fmt: skip
    return ChopsUpdate(chops, [(y, *changed[y]) for y in sorted(changed)], ends)


@pytest.mark.parametrize("seed", range(6))
def test_after_any_changes_the_terminal_shows_what_was_drawn(seed: int) -> None:
    """Else letters of another message, or another colour, would stay on the screen."""
    dice, terminal = random.Random(seed), Terminal()
    rows = [row(dice, dice.choice(CUTS)) for _ in range(HEIGHT)]
    terminal.show(all_of(rows))
    for _ in range(30):
        match dice.randrange(5):
            case 0 | 1:
                changed = scroll(dice, rows)
            case 2:  # a row has other widgets
                y = dice.randrange(HEIGHT)
                rows[y], changed = row(dice, dice.choice(CUTS)), {y: (0, WIDTH)}
            case 3:
                y = dice.randrange(HEIGHT)
                x = dice.choice(list(rows[y]))
                rows[y][x] = piece(dice, rows[y][x].cell_length)
                changed = {y: (x, x + rows[y][x].cell_length)}
            case _:
                terminal.write("\x1b[2J\x1b[3;3Hsomething else")
                terminal.painter.forget()
                changed = dict.fromkeys(range(HEIGHT), (0, WIDTH))
        if changed:
            terminal.show(change_of(rows, changed), moving=dice.random() < 0.8)
        anew = Terminal()
        for y, one in enumerate(rows):
            for x, strip in one.items():
                anew.write(f"\x1b[{y + 1};{x + 1}H{strip.render(CONSOLE)}")
        assert differing(terminal, anew) == []


def scroll(dice: random.Random, rows: Rows) -> dict[int, tuple[int, int]]:
    """What stands in the middle of some rows goes up or down, and something comes in behind it."""
    changed: dict[int, tuple[int, int]] = {}
    by, first, last = dice.choice([1, 1, 2, -1, 5]), *sorted(dice.sample(range(HEIGHT + 1), 2))
    before = [one.get(14) for one in rows]
    for y in (y for y in range(first, last) if 14 in rows[y]):
        wide = rows[y][14].cell_length
        known = before[y + by] if first <= y + by < last else None
        rows[y][14] = known if known is not None and known.cell_length == wide else piece(dice, wide)
        changed[y] = (14, 14 + wide)
    return changed


@pytest.mark.parametrize("seed", range(3))
def test_what_comes_and_goes_over_rows_that_move_leaves_nothing(seed: int) -> None:
    """Else half a notice would stay among the messages when it goes while a reply comes in."""
    dice, terminal = random.Random(seed), Terminal()
    texts = [text for text in TEXTS if text.isascii()]  # pyte leaves half of a wide letter that is written over
    below = [[piece(dice, end - x, texts) for x, end in pairwise(CUTS[0])] for _ in range(HEIGHT)]
    over: dict[int, tuple[int, Strip]] = {}
    terminal.show(all_of([composed(*both, over) for both in enumerate(below)]))
    for _ in range(60):
        changed = {y: (x, x + strip.cell_length) for y, (x, strip) in over.items()}
        if dice.random() < 0.5:
            width, first = dice.randint(3, 30), dice.randrange(HEIGHT)
            x, rows = dice.randint(0, WIDTH - width), range(first, min(first + dice.randint(0, 6), HEIGHT))
            over = {y: (x, piece(dice, width, texts)) for y in rows}
            for y in rows:
                start, end = changed.get(y, (x, x))
                changed[y] = min(start, x), max(end, x + width)
        else:
            changed.clear()
        if dice.random() < 0.7:
            by, first, last = dice.choice([1, 1, 2, -1, 5]), *sorted(dice.sample(range(HEIGHT + 1), 2))
            before = [one[1] for one in below]
            for y in range(first, last):
                below[y][1] = before[y + by] if first <= y + by < last else piece(dice, 44, texts)
                start, end = changed.get(y, (14, 58))
                changed[y] = min(start, 14), max(end, 58)
        rows_now = [composed(*both, over) for both in enumerate(below)]
        if changed:
            terminal.show(change_of(rows_now, changed))
        anew = Terminal()
        anew.show(all_of(rows_now))
        assert differing(terminal, anew) == []


def composed(y: int, below: list[Strip], over: dict[int, tuple[int, Strip]]) -> dict[int, Strip]:
    """A row with what lies over it, cut where one of the two begins or ends, as the compositor does."""
    if y not in over:
        return dict(zip(CUTS[0], below, strict=False))
    x, strip = over[y]
    cuts = sorted({*CUTS[0], x, x + strip.cell_length})
    row: dict[int, Strip] = {}
    for start, one in ((x, strip), *zip(CUTS[0], below, strict=False)):
        own = [cut for cut in cuts if start <= cut <= start + one.cell_length]
        for cut, part in zip(own, one.divide([cut - start for cut in own[1:]]), strict=False):
            row.setdefault(cut, part)
    return {cut: row[cut] for cut in cuts[:-1]}


def test_a_row_more_is_a_row_written_and_what_stands_beside_it_stays() -> None:
    """Over a slow line a reply would otherwise come in jerks: the whole screen at each row."""
    terminal = Terminal()
    texts = [Strip([Segment(f"{number:<44}", STYLES[1])]) for number in range(30)]
    beside = [Strip([Segment(" " * 14, STYLES[3])]) for _ in range(HEIGHT)]
    end = Strip([Segment("  ", STYLES[1])])
    rows = [{0: beside[y], 14: texts[y], 58: end} for y in range(HEIGHT)]
    terminal.show(all_of(rows))
    rows = [{0: beside[y], 14: texts[y + 1], 58: end} for y in range(HEIGHT)]
    change = change_of(rows, dict.fromkeys(range(HEIGHT), (14, 58)))
    assert len(terminal.show(change)) < 200
    assert terminal.show(change) == ""
    rows[3][14] = texts[20]
    assert len(terminal.show(change_of(rows, {3: (14, 58)}))) < 60


def test_a_terminal_that_shows_half_a_frame_has_no_rows_moved() -> None:
    """There the list beside the messages would jump at each row."""
    terminal = Terminal()
    texts = [Strip([Segment(f"{number:<60}", STYLES[1])]) for number in range(30)]
    terminal.show(all_of([{0: texts[y]} for y in range(HEIGHT)]))
    rows = [{0: texts[y + 1]} for y in range(HEIGHT)]
    written = terminal.show(change_of(rows, dict.fromkeys(range(HEIGHT), (0, WIDTH))), moving=False)
    assert "r" not in written and "\n" not in written
