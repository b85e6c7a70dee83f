"""Everything that is known of a model, each fact with where it comes from."""

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from typing_extensions import override

from tui.app.dialogs.base import Dialog
from tui.app.styles import fit, join, styled
from tui.app.widgets.line import Line
from tui.app.widgets.model_list import PRICE_FIELDS
from tui.figures import UNKNOWN, tokens, unit_price
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.info import ModelInfo
    from tui.chat.replies.next_turn import NextTurn

_LABEL_CELLS, _VALUE_CELLS = 20, 24


class ModelDetails(Dialog[None]):
    """The facts of one model.

    Args:
        model: what is known of it.
        sources: where that comes from, by the field of `ModelInfo`.
        turn: what the next turn would come to; None when there is nothing to say of it.
        listed: whether its provider offers it, as far as known.
    """

    DEFAULT_CSS = """
    ModelDetails {
        & #box { width: 88; height: auto; max-height: 90%; }
        & VerticalScroll { height: auto; max-height: 100%; background: transparent; }
    }
    """
    TITLE = "Model"

    def __init__(self, model: "ModelInfo", sources: dict[str, str], turn: "NextTurn | None", *, listed: bool) -> None:
        super().__init__()
        self.title = clean_line(model.id, 70)
        self._model = model
        self._sources = sources
        self._turn = turn
        self._listed = listed

    @override
    def compose_body(self) -> ComposeResult:
        with VerticalScroll():
            yield Line(Content("\n").join([_fact(*fact) for fact in self.facts()]))

    def on_mount(self) -> None:
        """The keys scroll the facts."""
        self.query_one(VerticalScroll).focus()

    def facts(self) -> list[tuple[str, str, str]]:
        """Each fact: what it is, how much, and who says so."""
        model, source = self._model, self._sources.get
        listed = "offered by its provider" if self._listed else "not in its list"
        found = [("provider", model.provider_label, listed)]
        found += [("also called", clean_line(tag, 60), "") for tag in model.tags]
        found.append(("window", _count(model.window), source("window", "")))
        found.append(("longest answer", _count(model.max_output), source("max_output", "")))
        if model.free:
            found.append(("price", "free", "it runs on this machine" if model.local else ""))
        else:
            for field, label in PRICE_FIELDS.items():
                price = getattr(model, field)
                shown = UNKNOWN if price is None else f"${unit_price(price)} per million"
                found.append((label, shown, source(field, "")))
            if model.input_price is None:
                found.append(("", f'say it in config.toml: [models."{clean_line(model.id, 40)}"]', ""))
        known = model.capabilities
        abilities = UNKNOWN if known is None else ", ".join(sorted(known)) or "text only"
        found.append(("can", abilities, source("capabilities", "")))
        found.append(("where", "on this machine" if model.local else "elsewhere", "guessed from its address"))
        if model.note:
            found.append(("note", clean_line(model.note, 60), ""))
        if self._turn is not None and self._turn.words:
            found.append(("next turn", self._turn.words, ""))
        return found


def _count(number: int | None) -> str:
    return UNKNOWN if number is None else f"{tokens(number)} tokens"


def _fact(label: str, value: str, source: str) -> Content:
    name, shown = styled(f"{label:<{_LABEL_CELLS}}", "muted"), styled(value, "muted" if value == UNKNOWN else "text")
    if not source:
        return Content.assemble(name, shown)
    shown = fit(shown, _VALUE_CELLS)
    return Content.assemble(name, join([shown.pad_right(_VALUE_CELLS - shown.cell_length), styled(source, "muted")], 2))
