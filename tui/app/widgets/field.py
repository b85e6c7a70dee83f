"""A one-line text field without a box: filters, names, numbers, paths."""

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from tui.text import clean_line


class Field(Input):
    """An `Input` as flat as the row it stands in. Escape posts `Left`; its owner decides what that means."""

    DEFAULT_CSS = """
    Field, Field:focus {
        height: 1;
        border: none;
        padding: 0;
        background: transparent;
        background-tint: transparent;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    @dataclass
    class Left(Message):
        """Escape was pressed in the field."""

        field: "Field"

        @property
        def control(self) -> "Field":
            """The field, so that `@on` can select by it."""
            return self.field

    def __init__(
        self, value: str = "", *, placeholder: str = "", id: str | None = None, select: bool = False, limit: int = 400
    ) -> None:
        super().__init__(
            clean_line(value, limit),
            placeholder=placeholder,
            id=id,
            select_on_focus=select,
            compact=True,
            max_length=limit,
        )

    def action_leave(self) -> None:
        """Tell the owner that the person wants out."""
        self.post_message(self.Left(self))
