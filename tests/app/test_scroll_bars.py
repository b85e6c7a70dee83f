"""Scroll bars, of which each cell is made once: they look and act as those of Textual."""

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.scrollbar import ScrollBar
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from tui.app.compositing import draw_only_what_changed


class Tall(App[None]):
    """More rows than fit."""

    def compose(self) -> ComposeResult:
        yield VerticalScroll(Static("\n".join(map(str, range(200)))))


def looks(strips: list[Strip]) -> list[list[tuple[object, ...]]]:
    """Of each row what is in it, its colours, and what a click there does."""
    return [
        [(text, style.color, style.bgcolor, style.reverse, style.meta) for text, style, _ in strip if style]
        for strip in strips
    ]


async def test_a_bar_looks_and_acts_as_textual_makes_it_wherever_it_stands() -> None:
    draw_only_what_changed()
    async with Tall().run_test(size=(40, 15)) as pilot:
        view = pilot.app.query_one(VerticalScroll)
        bar = view.vertical_scrollbar
        assert isinstance(bar, ScrollBar) and bar.size.height == 15
        found = set()
        for row in (0, 3, 40, 41, 150, 185):
            view.scroll_to(y=row, animate=False, immediate=True)
            await pilot.pause()
            whole = bar.size.region
            assert looks(bar.render_lines(whole)) == looks(Widget.render_lines(bar, whole)), row
            assert bar.render_lines(Region(0, 4, whole.width, 5)) == bar.render_lines(whole)[4:9]
            found.add("".join(strip.text for strip in bar.render_lines(whole)))
        assert len(found) > 4, "it never moved"
