"""Models as rows to choose from; which ones there are, and in which order, is up to the caller."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.content import Content
from textual.message import Message
from typing_extensions import override

from tui.app.model_query import is_free
from tui.app.styles import BLANK, spread, styled
from tui.app.widgets.list import SelectList
from tui.app.widgets.model_groups import Row, id_of
from tui.app.widgets.turn_preview import about_price
from tui.figures import UNKNOWN, tokens, unit_price
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.info import ModelInfo
    from tui.chat.replies.next_turn import NextTurn

_CAPABILITIES = (("V", "vision"), ("T", "tools"), ("R", "thinking"))
_PRICES_FROM, _NEXT_FROM, _NOTE_FROM = 56, 72, 100
"""Widths from which there is room for prices, for abilities and the price of the next turn, and for words on it."""
_WINDOW, _PRICES, _NEXT, _NOTE = 6, 11, 9, 28
_LEFT, _GAP = 4, 2
_STAR_CELLS = 4
"""Cells at the left in which a click marks a favourite."""

GONE = "not offered any more"


class ModelRows(SelectList["ModelInfo | str"]):
    """The list of the model switcher: models in columns, and text for headings and for an id that no list has.

    Args:
        current: id of the model that answers next.
        turn_of: what the next turn comes to with a model; None while that is not known.

    Attributes:
        favourites: ids of the models that are marked as such.
        compared: ids of those that are to be compared, in their order.
        gone: ids of favourites that nobody offers any more.
        hidden: ids of those that are not offered as a rule.
        forecast: whether there is anything to say of the next turn.
    """

    class StarClicked(Message):
        """The place of the star was clicked in the row of a model."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, current: str, turn_of: "Callable[[ModelInfo], NextTurn | None]", *, forecast: bool) -> None:
        super().__init__()
        self._current = current
        self._turn_of = turn_of
        self.forecast = forecast
        self.favourites: Collection[str] = ()
        self.compared: Sequence[str] = ()
        self.gone: Collection[str] = ()
        self.hidden: Collection[str] = ()

    @override
    def draw(self, row: Row, width: int, chosen: bool) -> Content:
        model = row.value
        if not isinstance(model, str):
            return self._columns(model, width, chosen)
        if row.key:
            return Content.assemble(
                "    ", styled(clean_line(id_of(row.key) or row.key, 80), "strong"), "  ", styled(model, "muted")
            )
        return Content.assemble(" ", styled(clean_line(model, 90), "muted"))

    def _columns(self, model: "ModelInfo", width: int, chosen: bool) -> Content:
        is_current = model.id == self._current
        role = "strong" if chosen or is_current else "muted" if model.id in self.hidden else "text"
        name = styled(clean_line(model.name, 80), role)
        cells = [styled(f"{tokens(model.window):>{_WINDOW}}", "muted" if model.window is None else "text")]
        if width >= _PRICES_FROM:
            cells.append(_prices(model))
        if width >= _NEXT_FROM:
            cells.append(_abilities(model))
            turn = self._turn_of(model) if self.forecast else None
            if self.forecast:
                cells.append(_next_price(turn))
            if width >= _NOTE_FROM:
                cells.append(spread(self._note(model, turn, is_current), BLANK, _NOTE))
        if is_current and width < _NOTE_FROM:
            name = Content.assemble(name, styled(" ◆", "bar-model"))
        return _in_columns(self._marks(model), name, styled(_provider(model), "muted"), cells, width)

    def _marks(self, model: "ModelInfo") -> Content:
        number = f"{self.compared.index(model.id) + 1}" if model.id in self.compared else " "
        star = styled("★", "bar-you") if model.id in self.favourites else Content(" ")
        return Content.assemble(" ", styled(number, "key"), star, " ")

    def _note(self, model: "ModelInfo", turn: "NextTurn | None", is_current: bool) -> Content:
        if model.id in self.gone:
            return styled(f"! {GONE}", "care")
        if turn is not None and turn.too_long:
            return styled(f"✗ {turn.too_long}", "wrong")
        if is_current:
            warm = styled(", warm", "model") if turn is not None and turn.cache == "warm" else BLANK
            return Content.assemble(styled("◆ ", "bar-model"), styled("current", "model"), warm)
        if turn is not None and turn.losses:
            return styled(f"! {turn.losses}", "care")
        if turn is not None and turn.cache:
            return styled(f"cache {turn.cache}", "good" if turn.cache == "warm" else "muted")
        return styled(clean_line(model.note, 40), "muted")

    @override
    def on_click(self, event: events.Click) -> None:
        """A click on the place of the star marks the row, one beside it chooses."""
        index = self._index_at(event.y)
        if index >= 0 and 0 < event.x <= _STAR_CELLS:
            event.prevent_default()  # the base class would choose at once
            self.cursor = index
            self.post_message(self.StarClicked(self.lines[index].key))


def _in_columns(marks: Content, name: Content, provider: Content, cells: list[Content], width: int) -> Content:
    right = Content(" " * _GAP).join(cells)
    provider_width = 16 if width >= _NOTE_FROM else 10
    name_width = max(width - right.cell_length - provider_width - _LEFT - 3 * _GAP, 8)
    gap = " " * _GAP
    left = Content.assemble(spread(name, BLANK, name_width), gap, spread(provider, BLANK, provider_width))
    return Content.assemble(marks, left, gap, right, gap)


def _provider(model: "ModelInfo") -> str:
    # A server on this machine is worth saying; "This machine" says it already.
    aside = " · local" if model.local and model.provider not in ("local", "demo", "test") else ""
    return clean_line(model.provider_label, 18 - len(aside)) + aside


def _next_price(turn: "NextTurn | None") -> Content:
    if turn is None or not turn.tokens:
        return Content(" " * _NEXT)
    if turn.price == 0:
        return styled(f"{'free':>{_NEXT}}", "good")
    shown = UNKNOWN if turn.price is None else about_price(turn.price)
    return styled(f"{shown:>{_NEXT}}", "muted" if turn.price is None else "text")


def _prices(model: "ModelInfo") -> Content:
    if is_free(model):
        return styled(f"{'free':>{_PRICES}}", "good")
    if model.input_price is None and model.output_price is None:
        return styled(f"{UNKNOWN:>{_PRICES}}", "muted")
    return styled(f"{unit_price(model.input_price)} / {unit_price(model.output_price)}".rjust(_PRICES), "text")


def _abilities(model: "ModelInfo") -> Content:
    if model.capabilities is None:
        return styled(f"{UNKNOWN:^5}", "muted")
    marks = [
        styled(mark, "text") if name in model.capabilities else styled("·", "rule") for mark, name in _CAPABILITIES
    ]
    return Content(" ").join(marks)


def model_heads(width: int, *, forecast: bool) -> Content:
    """The heads of the columns that `ModelRows` draws in a list of `width` cells, without its left margin of two."""
    width -= 1
    cells = [styled("window", "muted")]
    if width >= _PRICES_FROM:
        cells.append(styled(f"{'$ in / out':>{_PRICES}}", "muted"))
    if width >= _NEXT_FROM:
        cells.append(styled("can  ", "muted"))
        if forecast:
            cells.append(styled(f"{'next turn':>{_NEXT}}", "muted"))
        if width >= _NOTE_FROM:
            cells.append(Content(" " * _NOTE))
    marks = Content(" " * _LEFT)
    return _in_columns(marks, styled("model", "muted"), styled("provider", "muted"), cells, width)[1:]


PRICE_FIELDS: Mapping[str, str] = {
    "input_price": "read", "output_price": "written", "cached_price": "from the cache",
    "written_price": "into the cache",
}  # fmt: skip
"""The prices of a model per million tokens, in words."""
