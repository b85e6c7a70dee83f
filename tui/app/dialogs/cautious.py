"""Dialogs in which a key does much: one that was typed ahead, or before anybody can have read them, is no answer."""

from textual import events
from textual.screen import ScreenResultType

from tui.app.dialogs.base import Dialog

DEAF_S = 0.3
"""How long no answer is taken after the dialog was drawn."""
UNDRAWN = float("inf")
"""From when on answers are taken while it is not drawn: never."""


class CautiousDialog(Dialog[ScreenResultType]):
    """A dialog in which a key that was pressed before it could be read does nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._awake_at = UNDRAWN

    @property
    def awake(self) -> bool:
        """Whether it takes a key that is pressed now."""
        return events.Show().time >= self._awake_at

    def is_harmless(self, key: str) -> bool:
        """Whether a key may act before the dialog can have been read."""
        return False

    def on_mount(self) -> None:
        """Listen to keys a moment after it was drawn."""
        self.call_after_refresh(self._drawn)

    def _drawn(self) -> None:
        self._awake_at = events.Show().time + DEAF_S

    def on_key(self, event: events.Key) -> None:
        """Drop what was pressed too early, whenever it arrives: keys may wait for a dialog to open."""
        if event.time < self._awake_at and not self.is_harmless(event.key):
            event.stop()
