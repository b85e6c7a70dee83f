"""Which panes are seen at which size: pure, so that it can be read, and tested, without a screen."""

from tui.dataclass import dataclass

LIST_FROM, INSPECTOR_FROM = 100, 160
"""Columns from which on the list of chats, and the inspector, stand beside the column instead of over it."""


@dataclass(slots=True)
class Panes:
    """The two side panes: pinned where there is room for them, slid over the column where there is not.

    Attributes:
        width: columns of the screen.
        list_pinned, inspector_pinned: what the person chose where there is room; None follows the width.
        list_over, inspector_over: slid over the column, where there is no room.
    """

    width: int = 80
    list_pinned: bool | None = None
    inspector_pinned: bool | None = None
    list_over: bool = False
    inspector_over: bool = False

    @property
    def list_docks(self) -> bool:
        """Whether there is room for the list beside the column."""
        return self.width >= LIST_FROM

    @property
    def inspector_docks(self) -> bool:
        """Whether there is room for the inspector beside the column."""
        return self.width >= INSPECTOR_FROM

    @property
    def list_shown(self) -> bool:
        """Whether the list can be seen."""
        return self.list_pinned is not False if self.list_docks else self.list_over

    @property
    def inspector_shown(self) -> bool:
        """Whether the inspector can be seen."""
        return self.inspector_pinned is not False if self.inspector_docks else self.inspector_over

    @property
    def over(self) -> bool:
        """Whether a pane hides a part of the column."""
        return (self.list_over and not self.list_docks) or (self.inspector_over and not self.inspector_docks)

    def show_list(self, shown: bool) -> None:
        """Show or hide the list, in the way that this width has."""
        if self.list_docks:
            self.list_pinned = shown
        else:
            self.list_over, self.inspector_over = shown, False

    def show_inspector(self, shown: bool) -> None:
        """Show or hide the inspector, in the way that this width has."""
        if self.inspector_docks:
            self.inspector_pinned = shown
        else:
            self.list_over, self.inspector_over = False, shown

    def slide_back(self) -> None:
        """Nothing hides the column any more."""
        self.list_over = self.inspector_over = False


def composer_rows(height: int) -> tuple[int, int]:
    """The composer's least and most rows on a screen of `height` rows, ten of text and two below; messages keep six."""
    least = 3 if height >= 45 else 2 if height >= 30 else 1
    chrome = 1 + (height >= 20) + (height >= 14)
    return least, max(least, min(12, height - chrome - 6))
