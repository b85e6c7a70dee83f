"""What a person has agreed to: calls in one chat, and how each tool described itself when it last ran."""

from contextlib import suppress

from tui.chat.tools.offer import BUILT_IN, ToolOffer
from tui.errors import StoreError
from tui.store import agreements as rows
from tui.store.database import Database
from tui.store.records import ToolAgreement


class Agreements:
    """Those of one chat. What the disk refuses holds as long as this does.

    Attributes:
        known: what was agreed to.
    """

    def __init__(self, database: Database, conversation_id: str) -> None:
        self.known: set[ToolAgreement] = set()
        self._database = database
        self._conversation_id = conversation_id
        self._fingerprints: dict[str, str] = {}

    async def load(self) -> "Agreements":
        """Read what is on disk; where that cannot be read, nothing was agreed to."""
        with suppress(StoreError):
            self.known |= await self._database.read(rows.of_conversation, self._conversation_id)
            self._fingerprints = await self._database.read(rows.fingerprints)
        return self

    def is_changed(self, offer: ToolOffer) -> bool:
        """Whether a tool describes itself otherwise than when it last ran; those of the program do not count."""
        known = self._fingerprints.get(offer.id)
        return offer.server != BUILT_IN and known is not None and known != offer.fingerprint

    async def agree(self, agreement: ToolAgreement) -> None:
        """Keep an agreement."""
        self.known.add(agreement)
        with suppress(StoreError):
            await self._database.run(rows.add, self._conversation_id, agreement)

    async def note(self, offer: ToolOffer) -> None:
        """A tool runs, as it describes itself now."""
        if offer.server == BUILT_IN or self._fingerprints.get(offer.id) == offer.fingerprint:
            return
        self._fingerprints[offer.id] = offer.fingerprint
        with suppress(StoreError):
            await self._database.run(rows.set_fingerprint, offer.id, offer.fingerprint)
