"""Models as rows to choose from, and how they are found by what is typed. Told which models there are."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content

from tui.app.widgets.ink import BLANK, ink, spread
from tui.app.widgets.rows import Row, Rows
from tui.figures import UNKNOWN, tokens, unit_price
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import ModelInfo

CAPABILITIES = (("V", "vision"), ("T", "tools"), ("R", "thinking"))
_PRICES_FROM, _ABILITIES_FROM, _NOTE_FROM, _NOTE = 56, 72, 92, 20
"""Widths from which prices, abilities and a remark have room, and the cells of a remark."""
_LARGER_THAN = re.compile(r">(\d+(?:\.\d+)?)([km]?)$")


def fuzzy(query: str, text: str) -> float:
    """How well `query` matches `text`, 0 for not at all; letters in order, best where they stand together."""
    query, text = query.casefold(), text.casefold()
    if (place := text.find(query)) >= 0:
        starts_word = place == 0 or not text[place - 1].isalnum()
        return 3.0 + starts_word + len(query) / (len(text) + 1)
    place, runs, before = -1, 0, -2
    for letter in query:
        place = text.find(letter, place + 1)
        if place < 0:
            return 0.0
        runs += place != before + 1
        before = place
    return 1.0 / runs + 0.1


def matches(query: str, model: "ModelInfo") -> float:
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


def find_models(models: Sequence["ModelInfo"], query: str, current: str) -> list[Row["ModelInfo | str"]]:
    """The rows for what was typed: grouped by provider while nothing is, by fit otherwise; ends with the typed id."""
    query = query.strip()
    if not query:
        return _grouped(models, current)
    scored = [(matches(query, model), model) for model in models]
    found = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])
    rows: list[Row[ModelInfo | str]] = [Row(model.id, model) for _, model in found]
    exact = any(query in (model.id, model.name) for _, model in found)
    if ":" in query and not exact and " " not in query:
        rows += [Row("", "")] if rows else []
        rows.append(Row(query, "ask for this id as it is"))
    return rows or [Row("", "No model has that name. Type provider:name to ask for it all the same.")]


def _grouped(models: Sequence["ModelInfo"], current: str) -> list[Row["ModelInfo | str"]]:
    groups: dict[str, list[ModelInfo]] = {}
    for model in models:
        groups.setdefault(model.provider_label, []).append(model)
    ordered = sorted(groups.items(), key=lambda group: not any(model.id == current for model in group[1]))
    rows: list[Row[ModelInfo | str]] = []
    for label, members in ordered:
        rows += [Row("", "")] if rows else []
        rows.append(Row("", f"{label}  {len(members)}"))
        rows += [Row(model.id, model) for model in members]
    return rows


class ModelRows(Rows["ModelInfo | str"]):
    """The list of the model switcher."""

    BINDINGS: ClassVar[list[BindingType]] = []
    current = ""

    def draw(self, row: Row["ModelInfo | str"], width: int, chosen: bool) -> Content:
        """Draw a model in columns, or a heading."""
        model = row.value
        if isinstance(model, str):
            if row.key:
                return Content.assemble("   ", ink(clean_line(row.key, 80), "strong"), "  ", ink(model, "muted"))
            return Content.assemble(" ", ink(clean_line(model, 90), "muted"))
        return self._columns(model, width, chosen)

    def _columns(self, model: "ModelInfo", width: int, chosen: bool) -> Content:
        is_current = model.id == self.current
        name = ink(clean_line(model.name, 80), "strong" if chosen or is_current else "text")
        note = Content.assemble(ink("◆ ", "bar-model"), ink("current", "model")) if is_current else BLANK
        if not is_current and model.note:
            note = ink(clean_line(model.note, 40), "muted")
        # A server on this machine is worth saying; "This machine" says it already.
        aside = " · local" if model.local and model.provider not in ("local", "demo", "test") else ""
        where = clean_line(model.provider_label, 18 - len(aside)) + aside
        cells = [ink(f"{tokens(model.window):>6}", "muted" if model.window is None else "text")]
        if width >= _PRICES_FROM:
            cells.append(_prices(model))
        if width >= _ABILITIES_FROM:
            cells.append(_abilities(model))
        if width >= _NOTE_FROM:
            cells.append(spread(note, BLANK, _NOTE))
        elif is_current:
            name = Content.assemble(name, ink(" ◆", "bar-model"))
        return _in_columns(name, ink(where, "muted"), cells, width)


def _in_columns(name: Content, where: Content, cells: list[Content], width: int) -> Content:
    right = Content("   ").join(cells)
    provider_width = 18 if width >= _NOTE_FROM else 12
    name_width = max(width - right.cell_length - provider_width - 9, 8)
    left = Content.assemble(spread(name, BLANK, name_width), " ", spread(where, BLANK, provider_width))
    return Content.assemble("   ", left, "   ", right, "  ")


def _prices(model: "ModelInfo") -> Content:
    if model.free:
        return ink(f"{'free':>12}", "good")
    if model.input_price is None and model.output_price is None:
        return ink(f"{UNKNOWN:>12}", "muted")
    return ink(f"{unit_price(model.input_price)} / {unit_price(model.output_price)}".rjust(12), "text")


def _abilities(model: "ModelInfo") -> Content:
    if model.capabilities is None:
        return ink(f"{UNKNOWN:^5}", "muted")
    marks = [ink(mark, "text") if name in model.capabilities else ink("·", "rule") for mark, name in CAPABILITIES]
    return Content(" ").join(marks)


def model_heads(width: int) -> Content:
    """The heads of the columns that `ModelRows` draws in a list of `width` cells, without its left margin of two."""
    width -= 1
    cells = [ink("window", "muted")]
    if width >= _PRICES_FROM:
        cells.append(ink(f"{'$ in / out':>12}", "muted"))
    if width >= _ABILITIES_FROM:
        cells.append(ink("can  ", "muted"))
    if width >= _NOTE_FROM:
        cells.append(Content(" " * _NOTE))
    return _in_columns(ink("model", "muted"), ink("provider", "muted"), cells, width)[1:]
