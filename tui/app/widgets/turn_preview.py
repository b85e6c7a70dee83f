"""What the next turn comes to with the model under the cursor of the switcher: on one line, or on a few."""

from decimal import Decimal
from typing import TYPE_CHECKING

from textual.content import Content

from tui.app.styles import BLANK, fit, styled
from tui.app.widgets.line import Line
from tui.figures import UNKNOWN, money, tokens
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.info import ModelInfo
    from tui.chat.replies.next_turn import NextTurn

_TALL = 36
"""Rows of the terminal from which on there are several lines."""
_ROWS = 4


class TurnPreview(Line):
    """One line, or a heading and three, as the terminal is high."""

    DEFAULT_CSS = "TurnPreview { height: 1; margin-top: 1; padding: 0 1; }"

    def show(self, model: "ModelInfo | None", turn: "NextTurn | None", head: str) -> None:
        """Show it for a model, with `head` in front of its name; nothing for none, and where nothing is known."""
        rows = _ROWS if self.app.size.height >= _TALL else 1
        self.styles.height = rows
        width = max(self.container_size.width - 2, 0)
        self.content = BLANK if model is None else turn_lines(model, turn, width, rows=rows, head=head)


def turn_lines(model: "ModelInfo", turn: "NextTurn | None", width: int, *, rows: int, head: str) -> Content:
    """What the next turn comes to with the model under the cursor: on one line, or on `rows` of them."""
    if turn is None or not turn.tokens:
        return BLANK
    price = f"price {UNKNOWN}" if turn.price is None else about_price(turn.price) if turn.price else "free"
    count = f"≈ {tokens(turn.tokens)} tokens"
    if rows == 1:
        words = styled(turn.words, "wrong" if turn.too_long else "care" if turn.losses else "muted")
        return fit(Content.assemble(styled(f"{price}  ", "text"), words), width)
    first = Content.assemble(styled(f"{head} ", "muted"), styled(clean_line(model.name, 60), "strong"), " ")
    lines = [Content.assemble(fit(first, width), styled("─" * max(width - first.cell_length, 0), "rule"))]
    if turn.too_long:
        lines.append(_told("✗", turn.too_long, "", "wrong"))
    if turn.losses:
        lines.append(_told("!", turn.losses, "stays on screen", "care"))
    else:
        lines.append(_told("✓", "everything", "sent as it is", "good"))
    cache = f"cache {turn.cache}: " if turn.cache else ""
    lines.append(_told("≈", count.removeprefix("≈ "), f"{cache}{price} for the next turn", "text"))
    return Content("\n").join([fit(line, width) for line in lines[:rows]])


def _told(mark: str, what: str, about: str, role: str) -> Content:
    return Content.assemble(styled(f"{mark} ", role), styled(what, "text"), "   ", styled(about, "muted"))


def about_price(price: Decimal) -> str:
    """An estimated price: "≈ $0.05", "<$0.0001"."""
    shown = money(price)
    return shown if shown.startswith("<") else f"≈ {shown}"
