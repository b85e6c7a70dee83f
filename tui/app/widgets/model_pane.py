"""What is known of the model that answers next, and what this chat used. Told by attributes."""

from typing import TYPE_CHECKING, Optional

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive

from tui.app.widgets.ink import BLANK, Inked, ink, join, spread
from tui.app.widgets.meter import bar, price
from tui.chat.replies.meter import MeterReading
from tui.figures import UNKNOWN, money, tokens, unit_price
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import ModelInfo


class ModelPane(Inked):
    """The facts of a model: window, prices, abilities."""

    DEFAULT_CSS = "ModelPane { height: auto; padding: 0 2; }"

    model: reactive[Optional["ModelInfo"]] = reactive(None, layout=True)

    class Clicked(Message):
        """Another model is wanted."""

    def render(self) -> Content:
        """Draw the facts, one a line; what nobody told is "—"."""
        model = self.model
        if model is None:
            return ink("No model", "muted")
        width = self.content_size.width
        name = join([ink("◆", "bar-model"), ink(clean_line(model.name, 60), "model-name")])
        head = join([name, ink(clean_line(model.provider_label, 30), "muted")], 2)
        lines = [
            spread(head, Content.assemble(ink("^L ", "key"), ink("switch", "muted")), width),
            _fact("window", join([ink(tokens(model.window), "text"), self._prices(model)], 3)),
            _fact("can", self._abilities(model)),
        ]
        if model.note:
            lines.append(_fact("note", ink(clean_line(model.note, 60), "text")))
        return Content("\n").join([spread(line, BLANK, width) for line in lines])

    @staticmethod
    def _prices(model: "ModelInfo") -> Content:
        if model.free:
            return ink("free", "good")
        if model.input_price is None and model.output_price is None:
            return ink(f"price {UNKNOWN}", "muted")
        return ink(f"${unit_price(model.input_price)} in · ${unit_price(model.output_price)} out / M", "muted")

    @staticmethod
    def _abilities(model: "ModelInfo") -> Content:
        if model.capabilities is None:
            return ink(UNKNOWN, "muted")
        known = [name for name in ("vision", "tools", "thinking") if name in model.capabilities]
        return ink(" · ".join(known) or "text only", "text")

    def on_click(self) -> None:
        """Ask for another model."""
        self.post_message(self.Clicked())


def _fact(label: str, value: Content) -> Content:
    return Content.assemble(ink(f"{label:<13}", "muted"), value)


class UsagePane(Inked):
    """How full the context is, and what the last reply and the chat cost."""

    DEFAULT_CSS = "UsagePane { height: auto; padding: 0 2; }"

    reading: reactive[MeterReading] = reactive(MeterReading())

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """Always as high, whatever is known: nothing below moves while figures come in."""
        return 9

    def render(self) -> Content:
        """Draw the context and this chat's figures."""
        reading, width = self.reading, self.content_size.width
        share = None
        if reading.context_tokens is not None and reading.window:
            share = round(100 * reading.context_tokens / reading.window)
        percent = ink(UNKNOWN if share is None else f"{share}%", "strong")
        window = ink(f"of {tokens(reading.window)}", "muted") if reading.window else BLANK
        usage = reading.usage
        message = price(reading, reading.message_price, estimated=reading.price_estimated)
        chat = price(reading, reading.chat_price)
        lines = [
            spread(ink("Context", "strong"), join([percent, window]), width),
            bar(share, width),
            BLANK,
            spread(ink("Last reply", "strong"), ink(message, "strong"), width),
            self._row("in", tokens(usage.input, estimated=reading.input_estimated), "cached", tokens(usage.cached)),
            self._row(
                "out", tokens(usage.output, estimated=reading.output_estimated), "reasoning", tokens(usage.reasoning)
            ),
            BLANK,
            spread(ink("This chat", "strong"), ink(chat, "strong"), width),
            spread(ink("Today", "strong"), ink(money(reading.today_price), "strong"), width),
        ]
        return Content("\n").join(lines)

    @staticmethod
    def _row(label: str, value: str, second: str, other: str) -> Content:
        return Content.assemble(
            ink(f"{label:<13}", "muted"), ink(f"{value:<9}", "text"), ink(f"{second:<10}", "muted"), ink(other, "text")
        )
