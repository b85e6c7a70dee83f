"""The model switcher: every model that can be asked, found by name, provider or ability; any other id by typing it."""

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from typing_extensions import override

from tui.app.dialogs.picker import Picker
from tui.app.styles import BLANK, join, spread, styled
from tui.app.widgets.line import Line
from tui.app.widgets.list import ListRow
from tui.app.widgets.model_list import ModelRows, find_models, model_heads
from tui.errors import UsageError
from tui.figures import tokens

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.info import ModelInfo

_LEGEND = (("V", "vision"), ("T", "tools"), ("R", "reasoning"))
_LEGEND_FROM = 71
"""Columns of the list from which on the legend has room beside the note on a running reply."""


PULL = "/pull"
"""What the switcher is dismissed with, and what was typed behind it, by one who wants another model on this machine."""


class ModelSwitcher(Picker["ModelInfo | str"]):
    """Shows the models that are known at once, and asks the providers for their lists behind it.

    Dismissed with a model's id, or what begins with `PULL`, or None.

    Args:
        current: id of the model that answers next.
        context_tokens: tokens that the chat sends along; None when unknown.
        streaming: whether a reply is running, which the choice does not concern.
        query: what is typed already.
    """

    DEFAULT_CSS = """
    ModelSwitcher {
        & #box { width: 104; }
        & #heads, & #rule, & #legend { height: 1; }
        & #rule { color: $foreground 20%; }
        & #legend { margin-top: 1; }
        &.-h8 #legend, &.-h14 #legend { display: none; }
    }
    """
    TITLE = "Switch model"
    KEYS = (("↵", "switch"), ("↑↓", "move"), ("alt+p", "pull"))
    BINDINGS: ClassVar[list[BindingType]] = [Binding("alt+p", "pull", show=False)]
    HINT = "type a name, or  >100k  vision  free  local"

    def __init__(
        self, catalog: "Catalog", current: str, context_tokens: int | None, *, streaming: bool, query: str = ""
    ) -> None:
        super().__init__(ModelRows(current), query)
        self._catalog = catalog
        self._current = current
        self._models = self._with_current(catalog.models())
        self._heads = Line(id="heads")
        self._rule = Line(id="rule")
        self._legend = Line(id="legend")
        self._streaming = streaming
        if context_tokens:
            count = styled(tokens(context_tokens), "text")
            self.top.right = join([styled("this chat", "muted"), count, styled("tokens", "muted")])

    @override
    def compose_body(self) -> ComposeResult:
        yield self.field_line
        yield self._heads
        yield self._rule
        yield self.rows
        yield self._legend

    def on_mount(self) -> None:
        """Look for more models."""
        self._refresh_models()

    @override
    def find(self, query: str) -> list[ListRow["ModelInfo | str"]]:
        """The rows for what was typed; the count of models stands beside it."""
        rows = find_models(self._models, query, self._current)
        if query.startswith("hf:"):
            rows = [ListRow(f"{PULL} {query.strip()}", "asks what it has for this machine")]
        elif not query.strip():
            rows += [ListRow("", ""), ListRow(PULL, "brings another model to this machine, or deletes one")]
        count = sum(not isinstance(row.value, str) for row in rows)
        noun = "model" if count == 1 else "models"
        self.field_line.remark.content = join([styled(str(count), "text"), styled(noun, "muted")])
        return rows

    @override
    def initial_key(self) -> str:
        return self._current

    def action_pull(self) -> None:
        """Go to the models for this machine, with what is typed if it names one there."""
        typed = self.field.value.strip()
        self.dismiss(f"{PULL} {typed}" if typed.startswith(("hf:", "ollama:")) else PULL)

    @work(group="models", exclusive=True, exit_on_error=False)
    async def _refresh_models(self) -> None:
        self._models = self._with_current(await self._catalog.refresh())
        self.find_again()

    def _with_current(self, models: list["ModelInfo"]) -> list["ModelInfo"]:
        """Add the model that answers next where no list has it (yet): the cursor stands on it from the start."""
        if any(model.id == self._current for model in models):
            return models
        try:
            return [self._catalog.find(self._current), *models]
        except UsageError:
            return models

    def on_resize(self) -> None:
        """Draw heads and legend as wide as the list."""
        width = self.rows.size.width
        self._heads.content = model_heads(width)
        self._rule.content = Content("─" * max(width - 4, 0))
        marks = [Content.assemble(styled(f"{mark} ", "text"), styled(meaning, "muted")) for mark, meaning in _LEGEND]
        legend = join(marks, 2)
        note = styled("The reply under way goes on; this is for the next turn.", "care") if self._streaming else BLANK
        self._legend.content = spread(note, legend if width >= _LEGEND_FROM else BLANK, max(width - 4, 0))
