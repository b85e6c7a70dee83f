"""The codes of a style are what Rich would write, and the style itself goes with the text that it was of."""

import gc
from collections.abc import Iterator
from itertools import product

import pytest
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.app.closed_widgets import release_styles

COLOURS = (None, "default", "red", "bright_blue", "color(200)", "#dcdde3")
MANY = 3_000
"""More than the codes that are kept, by far."""


@pytest.fixture(autouse=True)
def _released() -> Iterator[None]:
    before = Strip.__dict__["render_ansi"]
    release_styles()
    release_styles()
    yield
    Strip.render_ansi = before  # type: ignore[method-assign]


@pytest.mark.parametrize("system", ColorSystem)
def test_the_codes_are_those_of_the_look(system: ColorSystem) -> None:
    for colour, ground, bold, italic in product(COLOURS, COLOURS, (None, False, True), (None, True)):
        style = Style(color=colour, bgcolor=ground, bold=bold, italic=italic, underline=bold)
        codes = Strip.render_ansi(style + Style.from_meta({"offset": (3, 4)}), system)
        assert style.render("x", color_system=system) == (f"\x1b[{codes}mx\x1b[0m" if codes else "x")


def test_text_that_is_gone_leaves_no_styles_behind() -> None:
    """Textual has a style for each stretch of text that can be selected, and kept 16,384 of them."""
    console, look = Console(color_system="truecolor"), Style(color="#010203", bgcolor="#040506")
    for number in range(MANY):
        strip = Strip([Segment("word", look + Style.from_meta({"offset": (number, number)}))])
        assert "38;2;1;2;3" in strip.render(console)
    del strip
    Style._add.cache_clear()  # Rich's sums of styles, the last 1,024
    gc.collect()
    left = [one for one in gc.get_objects() if isinstance(one, Style) and one.color == look.color]
    assert len(left) < 10
