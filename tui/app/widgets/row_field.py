"""A field in the place of one row of the list of chats: for another name, or for tags, which are completed."""

from collections.abc import Collection
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.suggester import Suggester
from typing_extensions import override

from tui.app.widgets.field import Field

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
