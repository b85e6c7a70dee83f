"""The line of keys that act now, made from the active bindings and the table of commands."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual import events
from textual.binding import ActiveBinding
from textual.content import Content
from textual.dom import DOMNode
from textual.message import Message
from textual.reactive import reactive
from typing_extensions import override

from tui.app.commands import BY_ID
from tui.app.keymap.keymap import Keymap
from tui.app.styles import BLANK, StyledText, join, key_hint, spread
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.app.commands import Command

_GAP = 3


@dataclass(frozen=True, slots=True)
class _FooterKey:
    """One key on the line, what it does, and the node that does it."""

    command: "Command"
    action: str
    node: DOMNode
    drawn: Content


class Footer(StyledText):
    """What acts in this focus at the left, menu and help at the right; the lowest rank is dropped first."""

    DEFAULT_CSS = "Footer { height: 1; padding: 0 2; }"

    keymap: reactive[Keymap] = reactive(Keymap)
    _drawn = BLANK

    @dataclass
    class Clicked(Message):
        """A key was clicked: `action` is to be run by `node`."""

        node: DOMNode
        action: str

    def on_mount(self) -> None:
        """Follow the focus, and what has changed behind a dialog when that is gone."""
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self._follow())
        self.app.screen_change_signal.subscribe(self, lambda _: self.call_later(self._follow))

    @property
    def _on_top(self) -> bool:
        """Whether no dialog has the keys."""
        return self.app.screen is self.screen

    def _follow(self) -> None:
        """Draw the keys anew if they are others; most changes elsewhere leave them as they are."""
        if self._on_top and self._line() != self._drawn:
            self.refresh()

    @override
    def render(self) -> Content:
        if self._on_top or not self._drawn.cell_length:
            self._drawn = self._line()  # behind a dialog nothing tells which keys act here: those from before stay
        return self._drawn

    def _line(self) -> Content:
        left, right = self._ends()
        return spread(
            join([key.drawn for key in left], _GAP), join([key.drawn for key in right], _GAP), self.content_size.width
        )

    def on_click(self, event: events.Click) -> None:
        """Report the key that was clicked."""
        for key, start in self._places():
            if start <= event.x - self.gutter.left < start + key.drawn.cell_length:
                self.post_message(self.Clicked(key.node, key.action))

    def _places(self) -> Iterator[tuple[_FooterKey, int]]:
        """Each key with the column at which it begins."""
        left, right = self._ends()
        right_width = sum(key.drawn.cell_length + _GAP for key in right) - _GAP
        for keys, start in ((left, 0), (right, self.content_size.width - right_width)):
            column = start
            for key in keys:
                yield key, column
                column += key.drawn.cell_length + _GAP

    def _ends(self) -> tuple[list[_FooterKey], list[_FooterKey]]:
        """The keys that fit, at the left end and at the right one, each by rank."""
        room = self.content_size.width + _GAP
        left: list[_FooterKey] = []
        right: list[_FooterKey] = []
        for key in sorted(self._active(), key=lambda key: (not key.command.right, key.command.rank)):
            room -= key.drawn.cell_length + _GAP
            if room < 0:
                break
            (right if key.command.right else left).append(key)
        return left, right

    def _active(self) -> list[_FooterKey]:
        """All keys that act in this focus and have a place on the line."""
        found: dict[str, tuple[ActiveBinding, list[str]]] = {}
        for key, active in self.screen.active_bindings.items():
            id = active.binding.id or ""
            if id in BY_ID and BY_ID[id].rank and active.enabled:
                found.setdefault(id, (active, []))[1].append(key)
        return [
            _FooterKey(BY_ID[id], one.binding.action, one.node, key_hint(self.keymap.shown(id, keys), BY_ID[id].label))
            for id, (one, keys) in found.items()
        ]
