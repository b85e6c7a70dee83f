"""The bar at the foot of it: what Enter does now."""

from typing import TYPE_CHECKING, Optional

from textual.content import Content

from tui.app.first_run.found_list import AddOption
from tui.app.styles import join, styled
from tui.app.widgets.line import Line
from tui.figures import tokens, unit_price
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.discovery import Finding
    from tui.chat.catalog.info import ModelInfo


class StartBar(Line):
    """One line: for the marked row while nothing is written, else for who gets what is."""

    def show(self, item: "Finding | AddOption | None", model: Optional["ModelInfo"]) -> None:
        """Show what Enter does.

        Args:
            item: the marked row.
            model: the model to chat with that the row stands for; None when there is none.
        """
        self._say(_start_text(item, model))

    def show_sending(self, model: Optional["ModelInfo"]) -> None:
        """Show who gets what is written; None while nobody has answered."""
        self._say(_with_model("Send to", model) if model else styled("Send", "text"))

    def _say(self, text: Content) -> None:
        self.content = Content.assemble(styled("↵", "key"), "  ", text)


def _start_text(item: "Finding | AddOption | None", model: Optional["ModelInfo"]) -> Content:
    if item is None or isinstance(item, AddOption):
        return _chat_with(model) if model else styled(item.label if item else "", "text")
    if item.state == "refused":
        ask = join([styled("Paste another key of", "text"), styled(clean_line(item.label, 40), "strong")])
        return join([ask, styled(clean_line(item.message), "muted")], 3)
    if model is None:
        return styled("Asking…" if item.state == "checking" else "Ask again", "muted")
    if item.state == "unknown":
        return join([_chat_with(model), styled("unchecked", "care"), styled(clean_line(item.message), "muted")], 3)
    return _chat_with(model)


def _chat_with(model: "ModelInfo") -> Content:
    return _with_model("Chat with", model)


def _with_model(what: str, model: "ModelInfo") -> Content:
    about = [clean_line(model.provider_label, 30)]
    if model.window:
        about.append(f"{tokens(model.window)} window")
    if model.free:
        about.append("free")
    elif model.input_price is not None and model.output_price is not None:
        about.append(f"${unit_price(model.input_price)} in, ${unit_price(model.output_price)} out per million")
    name = styled(clean_line(model.name, 60), "model-name")
    return join([join([styled(what, "text"), name]), styled(" · ".join(about), "muted")], 3)
