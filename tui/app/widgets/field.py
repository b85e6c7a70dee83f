"""A one-line text field without a box: filters, names, numbers, paths."""

from collections.abc import Collection
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input
from textual.widgets.input import Selection
from typing_extensions import override

from tui.dataclass import dataclass
from tui.text import clean_line


class Field(Input):
    """An `Input` as flat as the row it stands in.

    Args:
        value: what stands in it at first; cleaned here.
        select: select all of it when the field gets the focus, so that typing replaces it.
        limit: the longest text that it takes, in characters.

    Attributes:
        leaves: keys that type something, and are left to what the field stands in.
        prefill: the beginning of a path, or a whole one, that was offered: as long as nothing else stands there, a
            path from "/" or "~" that is pasted takes its place.
    """

    DEFAULT_CSS = """
    Field, Field:focus {
        height: 1;
        width: 1fr;
        border: none;
        padding: 0;
        background: transparent;
        background-tint: transparent;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("alt+delete", "delete_right_word", show=False),
        Binding("home", "to_start", show=False),
        Binding("end", "to_end", show=False),
    ]

    @dataclass
    class Cancelled(Message):
        """Escape was pressed in the field; its owner decides what that means."""

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
        self.leaves: Collection[str] = ()
        self.prefill = ""

    @override
    def check_consume_key(self, key: str, character: str | None) -> bool:
        return key not in self.leaves and super().check_consume_key(key, character)

    def _on_paste(self, event: events.Paste) -> None:
        """Select what gives way; the handler of `Input`, which comes next, pastes over it."""
        if self.prefill and self.value == self.prefill and event.text.startswith(("/", "~")):
            self.selection = Selection(0, len(self.value))

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where the cursor stands at that end already, the key is for the list below the field."""
        if action in ("to_start", "to_end"):
            end = 0 if action == "to_start" else len(self.value)
            return self.selection != Selection.cursor(end)
        return super().check_action(action, parameters)

    def action_to_start(self) -> None:
        """Move the cursor to the start of what is typed."""
        self.action_home()

    def action_to_end(self) -> None:
        """Move the cursor to the end of what is typed."""
        self.action_end()

    def action_cancel(self) -> None:
        """Leave the field to its owner."""
        self.post_message(self.Cancelled(self))
