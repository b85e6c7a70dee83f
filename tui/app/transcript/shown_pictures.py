"""Which images of the messages are shown small, and which of them still wait for their rows."""

from typing import TYPE_CHECKING

from textual.scroll_view import ScrollView

if TYPE_CHECKING:
    from tui.app.transcript.layout import TranscriptLayout
    from tui.app.transcript.row import Row
    from tui.app.transcript.scroll_place import ScrollPlace

_MOST = 40
"""Images of one chat that are shown small, the newest ones."""


class ShownPictures:
    """The small images of a layout."""

    def __init__(self, view: ScrollView, layout: "TranscriptLayout", place: "ScrollPlace") -> None:
        self._view = view
        self._layout = layout
        self._place = place

    def wanted(self) -> list[str]:
        """Hashes of the images not yet shown small, the newest first; none without colours, or in ASCII."""
        app = self._view.app
        undrawable = app.no_color or getattr(app, "in_ascii", False)
        return [] if undrawable else self._layout.pictures_wanted(_MOST)

    def show(self, hash: str, picture: list["Row"]) -> None:
        """Show an image small, wherever it is part of a message; without rows it is only named."""
        self._place.forget_selection()
        with self._place.kept():
            self._layout.show_picture(hash, picture)
        self._view.refresh()
