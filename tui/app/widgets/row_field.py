"""A field in the place of one row of the list of chats: for another name, or for tags, which are completed."""

from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.suggester import Suggester
from typing_extensions import override

from tui.app.widgets.field import Field

if TYPE_CHECKING:
    from textual.widget import Widget

    from tui.app.widgets.chat_rows import ChatRows

_LONGEST = 200


class TagSuggester(Suggester):
    """Completes the last tag that is typed.

    Args:
        tags: those that there are, the likeliest first.
    """

    def __init__(self, tags: Collection[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._tags = tags

    @override
    async def get_suggestion(self, value: str) -> str | None:
        before, comma, last = value.rpartition(",")
        begun = last.lstrip().lstrip("-#")
        lead = before + comma + last[: len(last) - len(begun)]
        wanted = begun.casefold()
        found = next((tag for tag in self._tags if tag.startswith(wanted) and tag != wanted), None) if wanted else None
        return None if found is None else lead + found


class RowField(Field):
    """A field over one row; what it is for is its id, "rename" or "tag".

    Args:
        ids: the chats that it is for.
    """

    DEFAULT_CSS = "RowField { layer: above; position: absolute; background: $primary-muted; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "cursor_right", show=False)]

    def __init__(self, id: str, ids: tuple[str, ...], value: str = "") -> None:
        many = f"{len(ids)} chats: " if len(ids) > 1 else ""
        hint = f"{many}tag, -tag takes away" if id == "tag" else ""
        super().__init__(value, placeholder=hint, id=id, select=bool(value), limit=_LONGEST)
        self.ids = ids


class RowEditor:
    """Puts a field over a row, and takes it away.

    Args:
        pane: where the field is mounted; it has the layer "above".
        rows: a part of the pane.

    Attributes:
        field: what is over a row; None for nothing.
    """

    def __init__(self, pane: "Widget", rows: "ChatRows") -> None:
        self._pane = pane
        self._rows = rows
        self.field: RowField | None = None

    def open(self, what: Literal["rename", "tag"], ids: tuple[str, ...], value: str = "") -> bool:
        """Put one over the row of the first chat that is meant, or over that under the cursor; False where none is."""
        pane, rows = self._pane, self._rows
        keys = [line.key for line in rows.lines]
        key = ids[0] if what == "rename" and ids else rows.key
        if self.field is not None or not ids or key not in keys:
            return False
        self.field = field = RowField(what, ids, value)
        field.styles.offset = (2, rows.region.y - pane.region.y + keys.index(key) - rows.scroll_offset.y)
        field.styles.width = rows.size.width - 4
        pane.mount(field)
        field.focus()
        return True

    def offer_tags(self, tags: Collection[str]) -> None:
        """Complete these from now on, where tags are typed."""
        if self.field is not None and self.field.id == "tag":
            self.field.suggester = TagSuggester(tags)

    async def close(self, *, back: bool = True) -> None:
        """Take it away, and let the rows have the keys, unless they go elsewhere already."""
        field, self.field = self.field, None
        if field is not None:
            if back:
                self._rows.focus()
            await field.remove()
