"""What of the tools a person is told in few words: what each can do, and what those of a chat take. Pure."""

from tui.chat.tools.offer import BUILT_IN, ToolOffer
from tui.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ToolsOn:
    """The tools of a chat that are on, as far as they are known.

    Attributes:
        count: how many.
        tokens: what their definitions take of every request; an estimate.
        missing: what is on and not known yet: tools of servers that have not started, or that are gone.
    """

    count: int = 0
    tokens: int = 0
    missing: bool = False


SENDS, MAY_SEND = "sends words out", "may send words out"
"""Of a tool of the program that is known; of what a server does with its arguments nobody knows."""


def abilities(offer: ToolOffer) -> tuple[str, ...]:
    """What a tool can do that a person may not want; what its server says of it comes last, and is not believed."""
    found = []
    if offer.sends:
        found.append(SENDS if offer.server == BUILT_IN else MAY_SEND)
    if offer.private:
        found.append(
            _READS.get(offer.name, "reads what is yours") if offer.server == BUILT_IN else "reads what is yours"
        )
    if offer.foreign:
        found.append("words from outside")
    if offer.read_only is not None:
        found.append("says: read-only" if offer.read_only else "says: changes things")
    return tuple(found)


_READS = {"search_chats": "reads other chats"} | dict.fromkeys(
    ("list_files", "read_file", "search_files"), "reads your files"
)
