"""The nodes of a source's tree made into messages: hidden ones drop out, tool traffic becomes part of the reply.

What others wrote may have circles, ghosts for parents and thousands of generations: nothing here recurses.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from tui.dataclass import dataclass
from tui.formats.imported import ImportedMessage, Part, Thoughts, Tokens, Words


@dataclass(frozen=True, slots=True)
class Node:
    """A message as the source has it.

    Attributes:
        parent: id of another node; None, and a node that there is not, for a first one.
        role: "hidden" for what is no part of the conversation; its children follow what it follows.
        engine: see `ImportedMessage`.
        version: what its source may change under the same id, as it stands there; "" where it never does. Another
            version is another message beside the first.
    """

    id: str
    parent: str | None
    role: Literal["user", "assistant", "tool", "hidden"]
    parts: tuple[Part, ...] = ()
    model: str = ""
    provider: str = ""
    created: datetime | None = None
    usage: Tokens | None = None
    failure: str = ""
    engine: tuple[object, ...] = ()
    version: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to keep of it."""
        if self.role == "hidden":
            return True
        return not self.failure and not any(
            part.text.strip() if isinstance(part, Words | Thoughts) else True for part in self.parts
        )


def chained(nodes: Iterable[Node]) -> list[Node]:
    """Nodes of a source without a tree: each follows the one before it."""
    linked: list[Node] = []
    for node in _distinct(nodes):
        linked.append(replace(node, parent=linked[-1].id if linked else None))
    return linked


def _distinct(nodes: Iterable[Node]) -> list[Node]:
    """Nodes with ids of their own: what stands twice is left out, and another node of a taken id gets one."""
    found: dict[str, Node] = {}
    times: Counter[str] = Counter()
    for node in nodes:
        id = node.id
        while id in found and not (node.id and node == found[node.id]):
            times[node.id] += 1
            id = f"{node.id}~{times[node.id]}"
        found.setdefault(id, node if id == node.id else replace(node, id=id))
    return list(found.values())


def folded(nodes: Sequence[Node], leaf: str | None) -> tuple[tuple[ImportedMessage, ...], str | None]:
    """Messages, parents before children, and the last one of the branch that is shown.

    A run of replies and tool results without a fork is one message. Its id is made of those of its first and last
    node: one that has grown since is a message beside what there was of it.

    Args:
        nodes: in the order of the source.
        leaf: of the branch that is shown; None, or a node that there is not, for the newest.
    """
    nodes = _distinct(nodes)
    parents = _kept_parents(nodes)
    kept = {node.id: node for node in nodes if not node.is_empty}
    children: dict[str | None, list[str]] = {}
    for id in kept:
        children.setdefault(parents[id], []).append(id)
    heads: dict[str, str] = {}  # by node: the first node of its message
    runs: dict[str, list[Node]] = {}
    waiting = list(reversed(children.get(None, ())))
    while waiting:
        id = waiting.pop()
        parent = parents[id]
        node = kept[id]
        grows = (
            parent is not None
            and node.role != "user"
            and kept[parent].role != "user"
            and len(children[parent]) == 1
        )  # fmt: skip
        heads[id] = heads[parent] if grows and parent is not None else id
        runs.setdefault(heads[id], []).append(node)
        waiting.extend(reversed(children.get(id, ())))
    names = {head: _name(run) for head, run in runs.items()}
    above = {head: None if (up := parents[head]) is None else names[heads[up]] for head in runs}
    messages = tuple(_message(names[head], above[head], run) for head, run in runs.items())
    shown = _shown(leaf, nodes, parents, heads, kept)
    return messages, None if shown is None else names[shown]


def _name(run: Sequence[Node]) -> str:
    first, versions = run[0].id, "".join(node.version for node in run)
    if len(run) == 1 and not versions:
        return first
    told = "\0".join((run[-1].id, versions))
    return f"{first}~{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _kept_parents(nodes: Sequence[Node]) -> dict[str, str | None]:
    """By node: the nearest node above it that is kept; a circle is cut where it closes."""
    known = {node.id: node for node in nodes}
    above: dict[str, str | None] = {}
    for node in nodes:
        path: list[str] = []
        on_path: set[str] = set()
        at: str | None = node.id
        while at is not None and at in known and at not in above and at not in on_path:
            path.append(at)
            on_path.add(at)
            at = known[at].parent
        if at is None or at not in known or at in on_path:
            up: str | None = None
        else:
            up = above[at] if known[at].is_empty else at
        for id in reversed(path):
            above[id] = up
            if not known[id].is_empty:
                up = id
    return above


def _shown(
    leaf: str | None,
    nodes: Sequence[Node],
    parents: dict[str, str | None],
    heads: dict[str, str],
    kept: dict[str, Node],
) -> str | None:
    if leaf is not None and leaf in parents:
        at = leaf if leaf in kept else parents[leaf]
        if at is not None:
            return heads[at]
    with_children = set(parents.values())
    leaves = [node for node in nodes if node.id in kept and node.id not in with_children]
    if not leaves:
        return None
    dated = [node for node in leaves if node.created is not None]
    newest = max((node.created for node in dated if node.created is not None), default=None)
    last = [node for node in leaves if newest is None or node.created == newest]
    return heads[last[-1].id]


def _message(id: str, parent: str | None, run: Sequence[Node]) -> ImportedMessage:
    first = run[0]
    inputs = [node.usage.input for node in run if node.usage is not None and node.usage.input is not None]
    outputs = [node.usage.output for node in run if node.usage is not None and node.usage.output is not None]
    used = Tokens(sum(inputs) if inputs else None, sum(outputs) if outputs else None)
    model = next(((node.model, node.provider) for node in reversed(run) if node.model), ("", first.provider))
    parts = tuple(part for node in run for part in node.parts if not isinstance(part, Words) or part.text.strip())
    return ImportedMessage(
        source_id=id,
        parent=parent,
        role="user" if first.role == "user" else "assistant",
        parts=parts,
        model=model[0],
        provider=model[1],
        created=next((node.created for node in run if node.created is not None), None),
        usage=None if used == Tokens() else used,
        failure=next((node.failure for node in reversed(run) if node.failure), ""),
        engine=tuple(one for node in run for one in node.engine),
    )
