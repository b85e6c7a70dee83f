"""Follows what other windows write in the same library, and which branch they show."""

from typing import TYPE_CHECKING

from tui.app.chat.host import DrawingHost
from tui.app.chat.presenter import ChatPresenter
from tui.errors import ChinwagError

if TYPE_CHECKING:
    from tui.chat.library import Library

FOLLOW_S = 1.0
"""How often to look whether another window has written; a look takes some 0.1 ms."""


class Following:
    """Takes over what others wrote, one look at a time."""

    def __init__(self, host: DrawingHost, library: "Library", presenter: ChatPresenter) -> None:
        self._host = host
        self._library = library
        self._presenter = presenter
        self._looking = False

    def look(self) -> None:
        """Look whether another window has written something, and show it."""
        if not self._looking:
            self._looking = True
            self._host.begin(self._look, "follow")

    async def _look(self) -> None:
        presenter = self._presenter
        try:
            if await self._library.changed_elsewhere() or (
                presenter.written_elsewhere and await self._library.end_orphans()
            ):
                presenter.behind = True
                self._host.read_list()
            if presenter.behind:
                self._host.show_view(await presenter.refresh())
        except ChinwagError:  # it is tried again in a second
            return
        finally:
            self._looking = False
