"""Whether a call of a tool runs, is asked about, or is refused. Pure: it is given what was agreed to and what is there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Literal

from tui.chat.tools.offer import ToolOffer

Rule = Literal["ask", "allow", "deny"]
"""What the person has set for a tool."""
Decision = Literal["run", "ask", "refuse"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a person has agreed to for a chat: this tool, as it was described then, leading to this place.

    Attributes:
        tool: id of the offer.
        fingerprint: of the offer; one that describes itself otherwise now is asked about again.
        target: host or path that its arguments lead to.
    """

    tool: str
    fingerprint: str
    target: str


def agreement(offer: ToolOffer, arguments: Mapping[str, Any]) -> Agreement:
    """What "yes, in this chat" to a call means."""
    return Agreement(offer.id, offer.fingerprint, offer.target(arguments))


def decide(
    offer: ToolOffer,
    arguments: Mapping[str, Any],
    *,
    rule: Rule,
    agreed: Collection[Agreement] = (),
    foreign: bool = False,
) -> Decision:
    """Whether a call runs, is asked about, or is refused.

    Args:
        offer: the tool.
        arguments: as the model gave them.
        rule: what is set for the tool.
        agreed: what the person has agreed to in this chat.
        foreign: words that nobody vouches for are in the chat. They may ask the model to send what it knows to somebody,
            so whatever sends is asked about then, whatever was agreed to (Willison 2025, "lethal trifecta").
    """
    if rule == "deny":
        return "refuse"
    if offer.sends and (foreign or is_inside(offer.target(arguments))):
        return "ask"
    return "run" if rule == "allow" or agreement(offer, arguments) in agreed else "ask"


def is_inside(host: str) -> bool:
    """Whether a host is this machine or one of a private network, as far as its name tells."""
    name = host.rsplit(":", 1)[0] if host.count(":") == 1 else host.strip("[]")
    name = name.casefold().rstrip(".")
    try:
        return not ip_address(name).is_global
    except ValueError:
        return bool(name) and ("." not in name or name.endswith((".localhost", ".local", ".internal", ".lan")))
