"""Themes tried on: each theme is worn as the cursor stands on it; escape puts the old one back on."""

from collections.abc import Callable, Sequence

from textual import on
from textual.content import Content

from tui.app.screens.picker import Picker
from tui.app.widgets.ink import BLANK, ink, spread
from tui.app.widgets.model_list import fuzzy
from tui.app.widgets.rows import Row, Rows
from tui.text import clean_line


class ThemeRows(Rows[str]):
    """A theme's name, and whether it is light or dark."""

    def draw(self, row: Row[str], width: int, chosen: bool) -> Content:
        """Draw one theme."""
        name = ink(clean_line(row.key, 60), "strong" if chosen else "text")
        return Content.assemble("  ", spread(name, ink(row.value, "muted") if row.value else BLANK, width - 4), "  ")


class ThemePicker(Picker[str]):
    """Dismissed with the name of the theme to keep, or None for the one before.

    Args:
        themes: `(name, "dark" or "light" or "terminal")`, in the order of the list.
        wear: puts a theme on.
    """

    TITLE_TEXT = "Theme"
    KEYS = (("↵", "keep"), ("↑↓", "try on"))
    HINT = "type a name"

    def __init__(self, themes: Sequence[tuple[str, str]], current: str, wear: Callable[[str], None]) -> None:
        super().__init__(ThemeRows())
        self._themes = themes
        self._current = current
        self._wear = wear

    def find(self, query: str) -> list[Row[str]]:
        """The themes for what was typed."""
        return [Row(name, kind) for name, kind in self._themes if not query or fuzzy(query, f"{name} {kind}")]

    def start_at(self) -> str:
        """The theme that is worn."""
        return self._current

    @on(Rows.Moved)
    def _try_on(self, event: Rows.Moved) -> None:
        event.stop()
        if event.key:
            self._wear(event.key)

    def action_close(self) -> None:
        """Back to the theme of before."""
        self._wear(self._current)
        self.dismiss(None)
