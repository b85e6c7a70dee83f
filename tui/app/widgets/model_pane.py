"""What is known of the model that answers next: window, prices, abilities."""

from typing import TYPE_CHECKING, Optional

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from typing_extensions import override

from tui.app.keymap.keymap import Keymap
from tui.app.styles import BLANK, StyledText, join, key_hint, spread, styled
from tui.figures import UNKNOWN, tokens, unit_price
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.info import ModelInfo


class ModelPane(StyledText):
    """The facts of a model, one a line; what is unknown is "—"."""

    DEFAULT_CSS = "ModelPane { height: auto; padding: 0 2; }"

    model: reactive[Optional["ModelInfo"]] = reactive(None, layout=True)
    keymap: reactive[Keymap] = reactive(Keymap)

    class Clicked(Message):
        """The pane was clicked: another model is to be chosen."""

    @override
    def render(self) -> Content:
        model = self.model
        if model is None:
            return styled("No model", "muted")
        width = self.content_size.width
        name = join([styled("◆", "bar-model"), styled(clean_line(model.name, 60), "model-name")])
        head = join([name, styled(clean_line(model.provider_label, 30), "muted")], 2)
        lines = [
            spread(head, key_hint(self.keymap.shown("chat.switch_model"), "switch"), width),
            _fact("window", join([styled(tokens(model.window), "text"), _prices(model)], 3)),
            _fact("can", _abilities(model)),
        ]
        if model.note:
            lines.append(_fact("note", styled(clean_line(model.note, 60), "text")))
        return Content("\n").join([spread(line, BLANK, width) for line in lines])

    def on_click(self) -> None:
        """Report the click."""
        self.post_message(self.Clicked())


def _fact(label: str, value: Content) -> Content:
    return Content.assemble(styled(f"{label:<13}", "muted"), value)


def _prices(model: "ModelInfo") -> Content:
    if model.free:
        return styled("free", "good")
    if model.input_price is None and model.output_price is None:
        return styled(f"price {UNKNOWN}", "muted")
    return styled(f"${unit_price(model.input_price)} in · ${unit_price(model.output_price)} out / M", "muted")


def _abilities(model: "ModelInfo") -> Content:
    if model.capabilities is None:
        return styled(UNKNOWN, "muted")
    known = [name for name in ("vision", "tools", "thinking") if name in model.capabilities]
    return styled(" · ".join(known) or "text only", "text")
