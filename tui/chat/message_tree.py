"""The messages of a chat as a tree in text, and one of its branches. Pure."""

from dataclasses import replace

from tui.chat.branches import Guide, Siblings, tree_rows
from tui.chat.export import Export
from tui.chat.ids import shortest
from tui.figures import local_time
from tui.model_id import ModelId
from tui.preview import plain_line
from tui.store.records import Message, OutlineNode, WholeConversation, branch_of
from tui.text import clean_line

_GUIDES: dict[Guide, str] = {"branch": "├─", "last": "└─", "through": "│ ", "gap": "  "}
_MOST_GUIDES = 20
_WORDS = 60


def branch_through(whole: WholeConversation, wanted: str) -> WholeConversation:
    """A conversation with nothing but one branch: the shown one if a message is on it, else its own, the last written.

    Args:
        whole: all of it.
        wanted: the id of the message, or the beginning of one.

    Raises:
        UsageError: there is no such message, or more than one.
    """
    (message,) = Export("json", message=wanted).of(whole).messages
    behind = Siblings((one.id, one.parent_id) for one in whole.messages).behind(message.id)
    shown = whole.conversation.active_leaf
    leaf = shown if shown in behind else next(one.id for one in reversed(whole.messages) if one.id in behind)
    messages = branch_of(whole.messages, leaf)
    on_it = {one.id for one in messages}
    return WholeConversation(
        replace(whole.conversation, active_leaf=leaf),
        messages,
        tuple(file for file in whole.attachments if file.message_id in on_it),
    )


def tree_lines(whole: WholeConversation) -> str:
    """A line for each message: its id, time, who wrote it, its first words; what is on the branch shown has a "*"."""
    short = shortest([message.id for message in whole.messages])
    lines = []
    for row in tree_rows([_node(message) for message in whole.messages], whole.conversation.active_leaf):
        node = row.node
        guides = "".join(_GUIDES[guide] for guide in row.guides[-_MOST_GUIDES:])
        who = "You" if node.kind == "prompt" else clean_line(ModelId.parse(node.model).label, 40) or "model"
        state = "" if node.state == "done" else f" ({node.state})"
        words = clean_line(plain_line(node.text), _WORDS)
        head = f"{short[node.id]}  {local_time(node.created_at)}  {'*' if row.shown else ' '} {guides}"
        lines.append(f"{head}{who}{state}: {words}".rstrip() + "\n")
    return "".join(lines)


def tree_data(whole: WholeConversation) -> list[dict[str, object]]:
    """The messages without what is in them, parents before children; texts as they are, nothing cleaned."""
    shown = {message.id for message in branch_of(whole.messages, whole.conversation.active_leaf)}
    return [
        {
            "id": message.id,
            "parent_id": message.parent_id,
            "kind": message.kind,
            "state": message.state,
            "model": message.model or None,
            "created_at": message.created_at.isoformat(),
            "shown": message.id in shown,
            "text": message.text,
        }
        for message in whole.messages
    ]


def _node(message: Message) -> OutlineNode:
    return OutlineNode(
        message.id, message.parent_id, message.kind, message.state, message.model, message.text[: 4 * _WORDS],
        message.usage, message.price, message.created_at, message.origin,
    )  # fmt: skip
