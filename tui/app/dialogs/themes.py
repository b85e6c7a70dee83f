"""Themes tried on: the app wears each theme while the cursor stands on it, and again the old one if none is kept."""

from collections.abc import Callable, Sequence

from textual import on
from textual.content import Content
from typing_extensions import override

from tui.app.dialogs.picker import Picker
from tui.app.fuzzy import fuzzy
from tui.app.styles import spread, styled
from tui.app.widgets.list import ListRow, SelectList
from tui.text import clean_line


class ThemeRows(SelectList[str]):
    """A theme's name, and whether it is light or dark."""

    @override
    def draw(self, row: ListRow[str], width: int, chosen: bool) -> Content:
        name = styled(clean_line(row.key, 60), "strong" if chosen else "text")
        return Content.assemble("  ", spread(name, styled(row.value, "muted"), width - 4), "  ")


class ThemePicker(Picker[str]):
    """Dismissed with the name of the theme to keep, or None for the one before.

    Args:
        themes: `(name, what it is)`, in the order of the list.
        current: the one that is set now.
        wear: puts a theme on, by its name.
        query: what is typed already.
    """

    TITLE = "Theme"
    KEYS = (("↵", "keep"), ("↑↓", "try on"))
    HINT = "type a name"

    def __init__(
        self, themes: Sequence[tuple[str, str]], current: str, wear: Callable[[str], None], *, query: str = ""
    ) -> None:
        super().__init__(ThemeRows(), query)
        self._themes = themes
        self._current = current
        self._wear = wear

    @override
    def find(self, query: str) -> list[ListRow[str]]:
        return [ListRow(name, kind) for name, kind in self._themes if not query or fuzzy(query, f"{name} {kind}")]

    @override
    def initial_key(self) -> str:
        return self._current

    @on(SelectList.Moved)
    def _try_on(self, event: SelectList.Moved) -> None:
        event.stop()
        if event.key:
            self._wear(event.key)
