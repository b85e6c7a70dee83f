"""The keys of the list of completions: beside those of the text area, which keep what they do where there is none."""

from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.widget import Widget
from typing_extensions import override

from tui.app.commands import BY_ID, bindings

if TYPE_CHECKING:
    from tui.app.widgets.completing_area import CompletingArea


class CompletionKeys(Widget):
    """What holds a completing area. The area takes the keys itself, so that each acts on what was typed before it.

    Attributes:
        area: where one writes.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("completion")]

    area: "CompletingArea"

    def list_action(self, key: str) -> str:
        """The action of the list that a key is bound to, as a keymap has it; "" for none."""
        bound = self._bindings.key_to_bindings.get(key, ())
        return next((binding.action for binding in bound if f"completion.{binding.action}" in BY_ID), "")

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys act while there is a list."""
        return self.area.lists(action) if f"completion.{action}" in BY_ID else True

    def action_accept(self) -> None:
        """Take what is marked in the list."""
        self.area.act_later("accept")

    def action_complete(self) -> None:
        """Write out what is marked in the list."""
        self.area.act_later("complete")

    def action_mark_next(self) -> None:
        """Mark the next row."""
        self.area.act_later("mark_next")

    def action_mark_previous(self) -> None:
        """Mark the row before."""
        self.area.act_later("mark_previous")

    def action_dismiss(self) -> None:
        """Close the list."""
        self.area.act_later("dismiss")
