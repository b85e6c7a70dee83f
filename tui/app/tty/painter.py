"""What the terminal shows, cell by cell, so that only what makes it show something else is written.

Textual 8.2.8 writes all of a region in which something changed, each stretch of one style with all of its colours: of a
reply that streams every row at every step, which is a megabyte a minute over ssh.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import groupby, takewhile
from operator import itemgetter

from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip
from typing_extensions import override

from tui.app.tty.widths import disputed
from tui.text import UNNETTED

_Run = tuple[str, str]
"""Codes of a style, such as "1;38;2;10;20;30", and the text in it; each character takes one cell."""
_Rows = dict[int, dict[int, "_Piece"]]
"""Pieces by their row and their first column."""
_LEAST_SAVING = 200
"""Cells that must not be written any more before rows are moved."""


class Painter:
    """Writes what the compositor has drawn. One for each terminal, whatever screens it shows."""

    def __init__(self) -> None:
        self._rows: _Rows = {}
        self._width = 0

    def forget(self) -> None:
        """The terminal may show anything: what comes next is written whole."""
        self._rows.clear()

    def over(self, update: CompositorUpdate, *, moving: bool) -> CompositorUpdate:
        """The same update, but written over what is there.

        Args:
            update: what has changed, or all of it.
            moving: rows may be moved by the terminal; one that shows what is only half written would flicker.
        """
        match update:
            case LayoutUpdate():
                return _Painted(self, _rows_of(update), whole=True, moving=False)
            case ChopsUpdate():
                return _Painted(self, _changed_rows(update), whole=False, moving=moving)
            case _:
                return update

    def paint(self, rows: Mapping[int, dict[int, Strip]], console: Console, *, whole: bool, moving: bool) -> str:
        """Sequences that make the terminal show these pieces of rows, by row and column; "" when it does."""
        if whole:
            self.forget()
            self._width = max((sum(strip.cell_length for strip in row.values()) for row in rows.values()), default=0)
        shown = {id(piece.strip): (y, piece) for y, row in self._rows.items() for piece in row.values()}
        system = console._color_system or ColorSystem.TRUECOLOR
        pieces: _Rows = {}
        moves: list[tuple[int, int, int]] = []
        for y, row in rows.items():
            taken, here = pieces.setdefault(y, {}), self._rows.get(y, {})
            for x, strip in row.items():
                if x in here and here[x].strip is strip:
                    taken[x] = here[x]
                    continue
                there, taken[x] = shown.get(id(strip)) or (y, _Piece(strip, system))
                if there != y:
                    moves.append((y, there, taken[x].width))
        pen = _Pen(console)
        if moving and moves:
            self._move(pieces, moves, pen)
        for y, new in pieces.items():
            before = self._rows.setdefault(y, {})
            for x, piece in new.items():
                pen.write(x, y, before.get(x), piece)
            _keep(before, new)
        return pen.written

    def _move(self, pieces: "_Rows", moves: list[tuple[int, int, int]], pen: "_Pen") -> None:
        """Let the terminal move rows where that leaves much less to be written.

        `pieces` are what is to be shown, and get what stands beside the rows that move, which goes back to its place;
        `moves` are those that are shown already: the row, the row where they are, and their cells.
        """
        by, _ = Counter(there - y for y, there, _ in moves).most_common(1)[0]
        ends = [row for y, there, _ in moves if there - y == by for row in (y, there)]
        band = range(min(ends), max(ends) + 1)
        moved = {y: dict(self._rows.get(y + by, {})) if y + by in band else {} for y in band}
        beside: _Rows = {}
        for y in band:
            row, come = dict(self._rows.get(y, {})), pieces.get(y, {})
            _keep(row, come)
            if sum(piece.width for piece in row.values()) < self._width:
                return  # what stands beside a piece that has come with other bounds is not known
            beside[y] = {x: piece for x, piece in row.items() if x not in come}
        spared = sum(cells for y, there, cells in moves if there - y == by)
        if spared - sum(_differing(beside[y], moved[y]) for y in band) >= _LEAST_SAVING:
            pen.move(band, by)
            self._rows |= moved
            for y in band:
                pieces[y] = beside[y] | pieces.get(y, {})


def _keep(shown: dict[int, "_Piece"], row: dict[int, "_Piece"]) -> None:
    """Note what is in a row now; what is covered by a piece of other bounds is no longer there."""
    for x, piece in row.items():
        known = shown.get(x)
        if known is None or known.width != piece.width:
            end = x + piece.width
            for other in [at for at, one in shown.items() if at < end and at + one.width > x]:
                del shown[other]
        shown[x] = piece


class _Painted(CompositorUpdate):
    """An update that is written over what is there."""

    def __init__(self, painter: Painter, rows: dict[int, dict[int, Strip]], *, whole: bool, moving: bool) -> None:
        self._painter, self._drawn = painter, rows
        self._whole, self._moving = whole, moving

    @override
    def render_segments(self, console: Console) -> str:
        return self._painter.paint(self._drawn, console, whole=self._whole, moving=self._moving)


class _Piece:
    """A piece of a row, as it is on the terminal.

    Attributes:
        runs: None where its characters are not all one cell wide, or a terminal may have them otherwise.
    """

    def __init__(self, strip: Strip, system: ColorSystem) -> None:
        self.strip = strip
        self.width = strip.cell_length
        self._system = system

    @cached_property
    def runs(self) -> tuple[_Run, ...] | None:
        return _runs_of(self.strip, self._system)

    def looks_like(self, other: "_Piece") -> bool:
        """Whether the same is seen."""
        return self is other or (self.width == other.width and self.runs is not None and self.runs == other.runs)


class _Pen:
    """Writes pieces, and changes the style only where it changes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._texts: list[str] = []
        self._codes = ""

    @property
    def written(self) -> str:
        """All of it; the style is none afterwards."""
        self._style("")
        return "".join(self._texts)

    def move(self, band: range, by: int) -> None:
        """Move these rows up, or down for a negative number; those that come are empty."""
        first, last = band[0] + 1, band[-1] + 1
        step = f"\x1b[{last}H" + "\n" * by if by > 0 else f"\x1b[{first}H" + "\x1bM" * -by
        self._texts.append(f"\x1b[{first};{last}r{step}\x1b[r")

    def write(self, x: int, y: int, before: _Piece | None, piece: _Piece) -> None:
        """Write what a piece has that was not there."""
        if before is not None and before.strip is piece.strip:
            return
        runs = piece.runs
        if runs is None:
            self._style("")
            self._texts.append(f"\x1b[{y + 1};{x + 1}H{piece.strip.render(self._console)}")
            return
        start, end = 0, piece.width
        if before is not None and before.width == piece.width and before.runs is not None:
            start = _common(before.runs, runs)
            if start == end:
                return
            end -= min(_common(_reversed(before.runs), _reversed(runs)), end - start)
        self._texts.append(f"\x1b[{y + 1};{x + start + 1}H")
        at = 0
        for codes, text in runs:
            if part := text[max(start - at, 0) : max(end - at, 0)]:
                self._style(codes)
                self._texts.append(part)
            at += len(text)

    def _style(self, codes: str) -> None:
        if codes != self._codes:
            self._texts.append(_change(self._codes, codes))
            self._codes = codes


def _rows_of(update: LayoutUpdate) -> dict[int, dict[int, Strip]]:
    rows: dict[int, dict[int, Strip]] = {}
    for y, strips in enumerate(update.strips, update.region.y):
        x, row = update.region.x, rows.setdefault(y, {})
        for strip in strips:
            row[x] = strip
            x += strip.cell_length
    return rows


def _changed_rows(update: ChopsUpdate) -> dict[int, dict[int, Strip]]:
    rows: dict[int, dict[int, Strip]] = {}
    for y, start, end in update.spans:
        row = rows.setdefault(y, {})
        for to, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=True):
            if strip is not None and x < end and to > start:
                row[x] = strip
    return rows


def _differing(wanted: Mapping[int, _Piece], shown: Mapping[int, _Piece]) -> int:
    """Cells of the pieces that look otherwise, or are not there."""
    return sum(
        piece.width for x, piece in wanted.items() if (there := shown.get(x)) is None or not piece.looks_like(there)
    )


def _runs_of(strip: Strip, system: ColorSystem) -> tuple[_Run, ...] | None:
    text = strip.text
    if UNNETTED.search(text) or not _is_plain(text) or any(style and style.link for _, style, _ in strip):
        return None
    coded = ((_codes_of(style, system), text) for text, style, _ in strip if text)
    return tuple((codes, "".join([text for _, text in run])) for codes, run in groupby(coded, key=itemgetter(0)))


def _is_plain(text: str) -> bool:
    if text.isascii():
        return True
    return not disputed(text) and all(get_character_cell_size(one) == 1 for one in set(text))


def _codes_of(style: Style | None, system: ColorSystem) -> str:
    if style is None:
        return ""
    return Strip.render_ansi(style, system) if style._ansi is None else style._ansi


def _common(left: Iterable[_Run], right: Iterable[_Run]) -> int:
    """How many cells two pieces have in common from their start on."""
    same = 0
    for (left_codes, left_text), (right_codes, right_text) in zip(left, right, strict=False):
        if left_codes != right_codes:
            break
        if left_text != right_text:
            pairs = zip(left_text, right_text, strict=False)
            return same + sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        same += len(left_text)
    return same


def _reversed(runs: Sequence[_Run]) -> Iterator[_Run]:
    return ((codes, text[::-1]) for codes, text in reversed(runs))


_Look = tuple[frozenset[str], str, str]
"""Attributes, the colour of the text, and that behind it, as codes; "" for the terminal's own colour."""


@lru_cache(1024)
def _look(codes: str) -> _Look:
    attributes, colours, rest = set[str](), {"3": "", "4": ""}, deque(codes.split(";") if codes else ())
    while rest:
        code = rest.popleft()
        if code in ("38", "48"):  # followed by 5 and a number, or by 2 and three of them
            more = [rest.popleft() for _ in range(2 if rest[0] == "5" else 4)]
            colours[code[0]] = ";".join([code, *more])
        elif len(code) > 1 and code[:-1] in ("3", "9"):
            colours["3"] = "" if code == "39" else code
        elif len(code) > 1 and code[:-1] in ("4", "10"):
            colours["4"] = "" if code == "49" else code
        else:
            attributes.add(code)
    return frozenset(attributes), colours["3"], colours["4"]


@lru_cache(4096)
def _change(before: str, after: str) -> str:
    """The shortest sequence from one style to another (ECMA-48, "Select Graphic Rendition")."""
    (old, text, ground), (new, new_text, new_ground) = _look(before), _look(after)
    if not after or old - new:
        return f"\x1b[0;{after}m" if after else "\x1b[0m"
    codes = [*sorted(new - old)]
    codes += [new_text or "39"] if new_text != text else []
    codes += [new_ground or "49"] if new_ground != ground else []
    return f"\x1b[{';'.join(codes)}m" if codes else ""
