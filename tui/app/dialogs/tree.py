"""All branches of a chat as a tree: go to one, delete it, fork there, or compare two messages."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from typing_extensions import override

from tui.app.dialogs.base import Dialog, FieldLine
from tui.app.styles import BLANK, fit, join, spread, styled
from tui.app.widgets.field import Field
from tui.app.widgets.line import Line
from tui.app.widgets.list import ListRow, SelectList
from tui.chat.branches import Guide, TreeRow, tree_rows
from tui.chat.usage import StoredUsage
from tui.dataclass import dataclass
from tui.figures import UNKNOWN, age, counted, money, tokens
from tui.model_id import ModelId
from tui.preview import plain_line
from tui.store.records import OutlineNode
from tui.text import clean_line

_GUIDES: dict[Guide, str] = {"branch": "├─", "last": "└─", "through": "│ ", "gap": "  "}
_COST_FROM, _TOKENS_FROM = 60, 78
"""Columns of the list from which on there is room for these figures."""
_WHO_CELLS = 22
_NO_TEXT = {"done": "no words", "streaming": "is being written", "interrupted": "stopped", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class TreeChoice:
    """What is to be done.

    Attributes:
        action: show the branch of a message, fork there, delete it, compare it, or bring back what was deleted last.
        id: of the message.
        other: the one that it is compared with.
        near: a message that stays when this one is deleted.
    """

    action: Literal["go", "fork", "delete", "compare", "undo"]
    id: str
    other: str = ""
    near: str = ""


class TreeRows(SelectList[TreeRow]):
    """One message a line, behind the lines that lead to it; its figures at the right.

    Attributes:
        marked: id of the message that is to be compared with another.
        flat: what is shown was found, and hangs together no more.
    """

    def __init__(self) -> None:
        super().__init__()
        self.marked = ""
        self.flat = False
        self._now = datetime.now(UTC)

    @override
    def draw(self, row: ListRow[TreeRow], width: int, chosen: bool) -> Content:
        node, shown = row.value.node, row.value.shown
        guide = BLANK if self.flat else styled(_guide(row.value.guides, max(8, width // 4)), "rule")
        mark = styled("● ", "bar-you") if shown else styled("○ ", "muted")
        compared = styled("= ", "key") if row.key == self.marked else BLANK
        who = _who(node)
        text = clean_line(plain_line(node.text)) or f"({_NO_TEXT[node.state]})"
        words = styled(text, "strong" if chosen else "text" if shown else "muted")
        left = Content.assemble(guide, mark, compared, who, "  ", words)
        right = _figures(node, width, self._now)
        return Content.assemble(" ", spread(left, right, width - 3), "  ")


def _guide(guides: Sequence[Guide], most: int) -> str:
    """The lines in front of a message; of many levels the innermost."""
    text = "".join(_GUIDES[guide] for guide in guides)
    return text if len(text) <= most else f"⋯ {text[2 - most :]}"


def _who(node: OutlineNode) -> Content:
    if node.kind == "prompt":
        return styled("you", "you")
    return fit(styled(clean_line(ModelId.parse(node.model).label, _WHO_CELLS) or "model", "model"), _WHO_CELLS)


def _figures(node: OutlineNode, width: int, now: datetime) -> Content:
    """Tokens, cost and age, each in a column of its own, as far as there is room."""
    usage = StoredUsage.from_json(node.usage)
    reply = node.kind == "reply"
    cost = UNKNOWN if node.price is None else "free" if node.price == 0 else money(node.price)
    parts = []
    if width >= _TOKENS_FROM:
        count = tokens(usage.output, estimated=usage.estimated)
        parts.append(styled(f"{count if reply else '':>7}", "text"))
    if width >= _COST_FROM:
        parts.append(styled(f"{cost if reply else '':>8}", "text"))
    parts.append(styled(f"{age(node.created_at, now):>4}", "muted"))
    return join(parts, 1)


class TreeDialog(Dialog[TreeChoice]):
    """Dismissed with what is to be done, or None.

    Args:
        outline: the chat, parents before children.
        leaf: id of the last message that is shown.
        at: id of the message on which the cursor stands; one that is not there is the last that is shown.
        can_undo: something was deleted that can come back.
    """

    DEFAULT_CSS = """
    TreeDialog {
        & #box { width: 116; height: 90%; }
        & #body { height: 1fr; }
        & FieldLine { display: none; margin-bottom: 1; }
        & FieldLine.-shown { display: block; }
        & #empty { display: none; }
    }
    """
    TITLE = "Branches"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go", show=False),
        Binding("d,delete", "take('delete')", show=False),
        Binding("f", "take('fork')", show=False),
        Binding("u", "undo", show=False),
        Binding("equals_sign", "compare", show=False),
        Binding("slash,ctrl+f", "filter", show=False),
    ]

    def __init__(self, outline: Sequence[OutlineNode], leaf: str | None, at: str, *, can_undo: bool = False) -> None:
        super().__init__()
        self._tree = tree_rows(outline, leaf)
        known = {row.node.id for row in self._tree}
        self._at = at if at in known else leaf if leaf in known else None
        self._can_undo = can_undo
        self._rows = TreeRows()
        self._field = Field(placeholder="type to find")
        self._field_line = FieldLine(self._field)
        self._empty = Line(id="empty")
        undo = [("u", "undo")] if can_undo else []
        self.show_keys([("↵", "go"), *undo, ("=", "compare"), ("f", "fork"), ("d", "delete"), ("/", "find")])
        ends = len(outline) - len({node.parent_id for node in outline if node.parent_id is not None})
        counts = (counted(len(outline), "message"), "1 branch" if ends == 1 else f"{ends} branches")
        self.top.right = styled(" · ".join(counts), "muted")

    @override
    def compose_body(self) -> ComposeResult:
        yield self._field_line
        yield self._empty
        yield self._rows

    def on_mount(self) -> None:
        """Show the tree; the keys go to it."""
        self._show("", at=self._at)
        self._rows.focus()

    def _show(self, query: str, at: str | None = None) -> None:
        terms = query.casefold().split()
        found = [row for row in self._tree if _fits(row.node, terms)]
        self._rows.flat = bool(terms)
        self._rows.show([ListRow(row.node.id, row) for row in found], at=at)
        self._empty.content = styled("Nothing has these words.", "muted")
        self._empty.display = not found

    # What is to be done.

    @on(SelectList.Chosen)
    def _go(self, event: SelectList.Chosen) -> None:
        event.stop()
        self.dismiss(TreeChoice("go", event.key))

    def action_go(self) -> None:
        """Show the branch of the message under the cursor."""
        self._rows.action_choose()

    def action_take(self, action: Literal["delete", "fork"]) -> None:
        """Delete the message under the cursor, or fork there."""
        if id := self._rows.key:
            self.dismiss(TreeChoice(action, id, near=self._near(id)))

    def _near(self, id: str) -> str:
        """The message above it in the tree; its elder sibling, if that is what stands there."""
        ids = [row.node.id for row in self._tree]
        return ids[max(0, ids.index(id) - 1)]

    def action_undo(self) -> None:
        """Bring back what was deleted last."""
        if self._can_undo:
            self.dismiss(TreeChoice("undo", self._rows.key))

    def action_compare(self) -> None:
        """Mark the message under the cursor, or compare it with the marked one."""
        id, marked = self._rows.key, self._rows.marked
        if id and marked and id != marked:
            self.dismiss(TreeChoice("compare", id, other=marked))
        else:
            self._rows.marked = "" if id == marked else id
            self._rows.refresh()

    # The filter.

    def action_filter(self) -> None:
        """Let words be typed that a message must have."""
        self._field_line.add_class("-shown")
        self._field.focus()

    @on(Field.Changed)
    def _find(self, event: Field.Changed) -> None:
        event.stop()
        if self.is_mounted:
            self._show(event.value)

    @on(Field.Submitted)
    def _to_rows(self, event: Field.Submitted) -> None:
        event.stop()
        self._rows.focus()

    @on(Field.Cancelled)
    def _end_filter(self, event: Field.Cancelled) -> None:
        event.stop()
        self._field.value = ""
        self._field_line.remove_class("-shown")
        self._rows.focus()


def _fits(node: OutlineNode, terms: Sequence[str]) -> bool:
    text = f"{node.model} {node.text}".casefold() if terms else ""
    return all(term in text for term in terms)
