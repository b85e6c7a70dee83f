"""Follows what is written beside a chat: by other windows in the same library, and for its title by a model.

And midnight, from which on other sums and other headings hold.
"""

from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from tui.errors import ChinwagError

if TYPE_CHECKING:
    from tui.app.chat.host import DrawingHost
    from tui.app.chat.presenter import ChatPresenter
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.library import Library

FOLLOW_S = 1.0
"""How often to look whether another window has written; a look takes some 0.1 ms."""


class Following:
    """Takes over what others wrote, one look at a time."""

    def __init__(self, host: "DrawingHost", library: "Library", catalog: "Catalog", presenter: "ChatPresenter") -> None:
        self._host = host
        self._library = library
        self._catalog = catalog
        self._killed = True  # a window that has ended may have left replies without a price
        self._presenter = presenter
        self._looking = False
        self._day = date.today()

    def look(self) -> None:
        """Look whether another window has written something, and show it."""
        if not self._looking:
            self._looking = True
            self._host.begin(self._look, "follow")

    async def _look(self) -> None:
        presenter = self._presenter
        try:
            if self._day != (today := date.today()):
                self._day, presenter.behind = today, True
                self._host.read_list()
            changed = await self._library.changed_elsewhere()
            if presenter.written_elsewhere and await self._library.end_orphans():
                changed = self._killed = True
            if self._killed:
                from tui.chat.killed_replies import price_killed

                self._killed = False
                changed = await price_killed(self._library, self._catalog) or changed
            if changed:
                presenter.behind = True
                self._host.read_list()
            if presenter.behind:
                self._host.show_view(await presenter.refresh())
        except ChinwagError:  # it is tried again in a second
            return
        finally:
            self._looking = False

    def note_beside(self, conversation_id: str) -> None:
        """Show what was asked beside a chat: it may have another title, and has cost something."""
        self._host.begin(partial(self._note_beside, conversation_id), "beside")

    async def _note_beside(self, conversation_id: str) -> None:
        presenter = self._presenter
        if conversation_id == presenter.id and presenter.conversation is not None:
            changed = await self._library.current(presenter.conversation)
            await presenter.count_beside(conversation_id)
            self._host.show_view(presenter.changed(changed))
        self._host.read_list()
