"""Models as rows to choose from, and how they are found by what is typed; which ones there are is up to the caller."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from typing_extensions import override

from tui.app.fuzzy import fuzzy
from tui.app.styles import BLANK, spread, styled
from tui.app.widgets.list import ListRow, SelectList
from tui.figures import UNKNOWN, tokens, unit_price
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.info import ModelInfo

_CAPABILITIES = (("V", "vision"), ("T", "tools"), ("R", "thinking"))
_PRICES_FROM, _ABILITIES_FROM, _NOTE_FROM, _NOTE_CELLS = 56, 72, 92, 20
"""Widths from which prices, abilities and a note have room, and the cells of a note."""
_LARGER_THAN = re.compile(r">(\d+(?:\.\d+)?)([km]?)$")


# Finding.


def _score(query: str, model: "ModelInfo") -> float:
    """How well a model fits what was typed: words are fuzzy; `>100k`, `vision`, `free` and such are filters."""
    total = 1.0
    for word in query.split():
        score = _filter(word.casefold(), model)
        if score is None:
            score = max(fuzzy(word, model.name), fuzzy(word, model.id), 0.8 * fuzzy(word, model.provider_label))
        if not score:
            return 0.0
        total += score
    return total


def _filter(word: str, model: "ModelInfo") -> float | None:
    """1 or 0 for a word that is a filter, None for any other one."""
    if larger := _LARGER_THAN.match(word):
        least = float(larger[1]) * {"": 1, "k": 1_000, "m": 1_000_000}[larger[2]]
        return float(model.window is not None and model.window >= least)
    if word == "free":
        return float(model.free)
    if word == "local":
        return float(model.local)
    if word in ("vision", "tools", "thinking"):
        return float(model.capabilities is not None and word in model.capabilities)
    return None


def find_models(models: Sequence["ModelInfo"], query: str, current: str) -> list[ListRow["ModelInfo | str"]]:
    """The rows for what was typed: grouped by provider while nothing is, by fit otherwise; ends with the typed id.

    The group of `current`, the id of the model that answers next, comes first.
    """
    query = query.strip()
    if not query:
        return _grouped(models, current)
    scored = [(_score(query, model), model) for model in models]
    found = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])
    rows: list[ListRow[ModelInfo | str]] = [ListRow(model.id, model) for _, model in found]
    exact = any(query in (model.id, model.name) for _, model in found)
    if ":" in query and not exact and " " not in query:
        rows += [ListRow("", "")] if rows else []
        rows.append(ListRow(query, "ask for this id as it is"))
    return rows or [ListRow("", "No model has that name. Type provider:name to ask for it all the same.")]


def _grouped(models: Sequence["ModelInfo"], current: str) -> list[ListRow["ModelInfo | str"]]:
    groups: dict[str, list[ModelInfo]] = {}
    for model in models:
        groups.setdefault(model.provider_label, []).append(model)
    ordered = sorted(groups.items(), key=lambda group: not any(model.id == current for model in group[1]))
    rows: list[ListRow[ModelInfo | str]] = []
    for label, members in ordered:
        rows += [ListRow("", "")] if rows else []
        rows.append(ListRow("", f"{label}  {len(members)}"))
        rows += [ListRow(model.id, model) for model in members]
    return rows


# Drawing.


class ModelRows(SelectList["ModelInfo | str"]):
    """The list of the model switcher: models in columns, and text for headings and for an id that no list has.

    Args:
        current: id of the model that answers next.
    """

    def __init__(self, current: str) -> None:
        super().__init__()
        self._current = current

    @override
    def draw(self, row: ListRow["ModelInfo | str"], width: int, chosen: bool) -> Content:
        model = row.value
        if not isinstance(model, str):
            return self._columns(model, width, chosen)
        if row.key:
            return Content.assemble("   ", styled(clean_line(row.key, 80), "strong"), "  ", styled(model, "muted"))
        return Content.assemble(" ", styled(clean_line(model, 90), "muted"))

    def _columns(self, model: "ModelInfo", width: int, chosen: bool) -> Content:
        is_current = model.id == self._current
        name = styled(clean_line(model.name, 80), "strong" if chosen or is_current else "text")
        cells = [styled(f"{tokens(model.window):>6}", "muted" if model.window is None else "text")]
        if width >= _PRICES_FROM:
            cells.append(_prices(model))
        if width >= _ABILITIES_FROM:
            cells.append(_abilities(model))
        if width >= _NOTE_FROM:
            cells.append(spread(_note(model, is_current), BLANK, _NOTE_CELLS))
        elif is_current:
            name = Content.assemble(name, styled(" ◆", "bar-model"))
        return _in_columns(name, styled(_provider(model), "muted"), cells, width)


def _in_columns(name: Content, provider: Content, cells: list[Content], width: int) -> Content:
    right = Content("   ").join(cells)
    provider_width = 18 if width >= _NOTE_FROM else 12
    name_width = max(width - right.cell_length - provider_width - 9, 8)
    left = Content.assemble(spread(name, BLANK, name_width), " ", spread(provider, BLANK, provider_width))
    return Content.assemble("   ", left, "   ", right, "  ")


def _provider(model: "ModelInfo") -> str:
    # A server on this machine is worth saying; "This machine" says it already.
    aside = " · local" if model.local and model.provider not in ("local", "demo", "test") else ""
    return clean_line(model.provider_label, 18 - len(aside)) + aside


def _note(model: "ModelInfo", is_current: bool) -> Content:
    if is_current:
        return Content.assemble(styled("◆ ", "bar-model"), styled("current", "model"))
    return styled(clean_line(model.note, 40), "muted")


def _prices(model: "ModelInfo") -> Content:
    if model.free:
        return styled(f"{'free':>12}", "good")
    if model.input_price is None and model.output_price is None:
        return styled(f"{UNKNOWN:>12}", "muted")
    return styled(f"{unit_price(model.input_price)} / {unit_price(model.output_price)}".rjust(12), "text")


def _abilities(model: "ModelInfo") -> Content:
    if model.capabilities is None:
        return styled(f"{UNKNOWN:^5}", "muted")
    marks = [
        styled(mark, "text") if name in model.capabilities else styled("·", "rule") for mark, name in _CAPABILITIES
    ]
    return Content(" ").join(marks)


def model_heads(width: int) -> Content:
    """The heads of the columns that `ModelRows` draws in a list of `width` cells, without its left margin of two."""
    width -= 1
    cells = [styled("window", "muted")]
    if width >= _PRICES_FROM:
        cells.append(styled(f"{'$ in / out':>12}", "muted"))
    if width >= _ABILITIES_FROM:
        cells.append(styled("can  ", "muted"))
    if width >= _NOTE_FROM:
        cells.append(Content(" " * _NOTE_CELLS))
    return _in_columns(styled("model", "muted"), styled("provider", "muted"), cells, width)[1:]
