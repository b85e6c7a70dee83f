"""The tree of a chat as values: what stands beside a message, what follows it, and the tree as rows. Pure."""

from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from tui.chat.origin import Origin
from tui.dataclass import dataclass
from tui.store.records import Message, OutlineNode

Place = tuple[int, int]
"""Number of a message among those beside it, from 1, and how many there are."""

ALONE: Place = (1, 1)

_MOST_LEVELS = 200
"""Branchings inside each other that a row's guide tells apart; no screen is wide enough for more."""

Guide = Literal["branch", "last", "through", "gap"]
"""What a row shows of a level of branching: a branch that begins, the last one, a line that goes through, or none."""


def can_go_on(message: Message) -> bool:
    """Whether a reply has a beginning that a model could go on with: it was stopped, broke off, or became too long."""
    cut = message.state in ("interrupted", "failed") or (message.state == "done" and message.finish_reason == "length")
    summary = (
        bool(message.origin) and Origin.from_json(message.origin).is_summary
    )  # half of one is none: it is made anew
    return message.kind == "reply" and cut and bool(message.text.strip()) and not summary


class Siblings:
    """Which messages of a chat stand beside each other.

    Args:
        links: id of each message and of the one above it, siblings in their order.
    """

    def __init__(self, links: Iterable[tuple[str, str | None]] = ()) -> None:
        self._above: dict[str, str | None] = {}
        self._below: dict[str | None, list[str]] = {}
        for id, parent in links:
            self.add(id, parent)

    def add(self, id: str, parent: str | None) -> None:
        """One more message; one that is known stays where it is."""
        if id not in self._above:
            self._above[id] = parent
            self._below.setdefault(parent, []).append(id)

    def beside(self, id: str) -> Sequence[str]:
        """The messages that stand where this one does, itself included; none where it is not known."""
        return self._below[self._above[id]] if id in self._above else ()

    def place(self, id: str) -> Place:
        """Where a message stands among those beside it."""
        beside = self.beside(id)
        return (beside.index(id) + 1, len(beside)) if len(beside) > 1 else ALONE

    @property
    def branched(self) -> bool:
        """Whether any message has another one beside it."""
        return any(len(beside) > 1 for beside in self._below.values())

    def behind(self, id: str) -> frozenset[str]:
        """A message and all that follow it, on all branches."""
        found, left = set(), [id]
        while left:
            found.add(left[-1])
            left += self._below.get(left.pop(), ())
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One message of the tree.

    Attributes:
        guides: one for each level of branching that it lies in, the outermost first.
        shown: it is on the branch that is shown.
    """

    node: OutlineNode
    guides: tuple[Guide, ...]
    shown: bool


def tree_rows(outline: Sequence[OutlineNode], leaf: str | None) -> list[TreeRow]:
    """The tree from top to bottom: what follows a message stands below it, and only where it branches further right.

    Args:
        outline: siblings in their order.
        leaf: id of the last message of the branch that is shown.
    """
    nodes = {node.id: node for node in outline}
    below: dict[str | None, list[str]] = {}
    for node in outline:
        below.setdefault(node.parent_id if node.parent_id in nodes else None, []).append(node.id)
    shown = _path(nodes, leaf)
    rows: list[TreeRow] = []
    left: list[tuple[str, tuple[Guide, ...]]] = _branches(below.get(None, ()), ())
    while left:
        id, guides = left.pop()
        rows.append(TreeRow(nodes[id], guides, id in shown))
        left += _branches(below.get(id, ()), tuple(map(_continued, guides)))
    return rows


def _branches(ids: Sequence[str], guides: tuple[Guide, ...]) -> list[tuple[str, tuple[Guide, ...]]]:
    """What follows a row of these guides, the last one first; one message alone goes straight on."""
    if len(ids) == 1 or len(guides) >= _MOST_LEVELS:
        return [(id, guides) for id in reversed(ids)]
    return [(id, (*guides, "last" if id == ids[-1] else "branch")) for id in reversed(ids)]


def _continued(guide: Guide) -> Guide:
    return "through" if guide in ("branch", "through") else "gap"


def _path(nodes: dict[str, OutlineNode], leaf: str | None) -> Collection[str]:
    path: set[str] = set()
    while leaf is not None and leaf in nodes and leaf not in path:
        path.add(leaf)
        leaf = nodes[leaf].parent_id
    return path
