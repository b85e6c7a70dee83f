"""Whether a call of a tool runs, is asked about, or is refused. Pure."""

import re
from collections.abc import Collection, Mapping
from ipaddress import ip_address
from typing import Any, Literal

from tui.chat.tools.offer import ToolOffer
from tui.chat.tools.rules import Rule
from tui.dataclass import dataclass
from tui.store.records import ToolAgreement

_HOST = re.compile(r"(?:\[(?P<bracketed>[^\]]*)\]|(?P<plain>[^:]*))(?::\d*)?")
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
"""What stands for a dot in a name (RFC 3490, 3.1)."""
_INSIDE = frozenset({"localhost", "local", "internal", "lan", "home", "corp", "intranet"})

Decision = Literal["run", "ask", "refuse"]


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is in a chat that a tool could carry out of it.

    Attributes:
        foreign: words that nobody vouches for: a web page, what an MCP server returned or says of its tools, any file.
        private: what is the person's own: their files and their other chats.
    """

    foreign: bool = False
    private: bool = False

    def __or__(self, other: "Exposure") -> "Exposure":
        return Exposure(self.foreign or other.foreign, self.private or other.private)

    @property
    def any(self) -> bool:
        """Whether there is anything."""
        return self.foreign or self.private


def agreement(offer: ToolOffer, arguments: Mapping[str, Any]) -> ToolAgreement:
    """What "yes, in this chat" to a call means."""
    return ToolAgreement(offer.id, offer.fingerprint, offer.target(arguments))


def decide(
    offer: ToolOffer,
    arguments: Mapping[str, Any],
    *,
    rule: Rule,
    agreed: Collection[ToolAgreement] = (),
    exposed: bool = False,
    changed: bool = False,
) -> Decision:
    """Whether a call runs, is asked about, or is refused.

    Args:
        offer: the tool.
        arguments: as the model gave them.
        rule: what is set for the tool.
        agreed: what the person has agreed to in this chat.
        exposed: words are in the chat that nobody vouches for, or that are the person's own. The ones may ask the
            model to send the others to somebody, so whatever sends is asked about then, agreed to or not
            (Willison 2025, "lethal trifecta").
        changed: the tool describes itself otherwise than when it last ran.
    """
    if rule == "deny":
        return "refuse"
    if changed or asked_each_time(offer, arguments, exposed=exposed):
        return "ask"
    return "run" if rule == "allow" or agreement(offer, arguments) in agreed else "ask"


def asked_each_time(offer: ToolOffer, arguments: Mapping[str, Any], *, exposed: bool) -> bool:
    """Whether a call is asked about whatever was agreed to: it could carry something out, or reaches into a network."""
    return offer.sends and (exposed or any(map(is_inside, offer.target(arguments).split(", "))))


def is_inside(host: str) -> bool:
    """Whether a host is this machine or one of a private network, as far as its name tells."""
    match = _HOST.fullmatch(host.casefold().translate(_DOTS))
    name = (match["bracketed"] or match["plain"]).rstrip(".") if match else host
    try:
        return not ip_address(name).is_global
    except ValueError:
        # What is no name has digits only at its end, such as "127.1" (WHATWG URL, "ends in a number checker").
        last = name.rpartition(".")[2]
        return bool(name) and (last == name or last in _INSIDE or last.isdigit() or last.startswith("0x"))
