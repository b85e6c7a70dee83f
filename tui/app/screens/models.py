"""The model switcher: every model that can be asked, found by name, provider or ability; any other id by typing it."""

from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.content import Content

from tui.app.screens.overlay import Line
from tui.app.screens.picker import Picker
from tui.app.widgets.ink import BLANK, ink, join, spread
from tui.app.widgets.model_list import ModelRows, find_models, model_heads
from tui.app.widgets.rows import Row
from tui.errors import UsageError
from tui.figures import tokens

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog, ModelInfo


_LEGEND = (("V", "vision"), ("T", "tools"), ("R", "reasoning"))


class ModelSwitcher(Picker["ModelInfo | str"]):
    """Shows what is known at once, and asks the providers for their lists behind it."""

    TITLE_TEXT = "Switch model"
    KEYS = (("↵", "switch"), ("↑↓", "move"))
    HINT = "type a name, or  >100k  vision  free  local"

    def __init__(self, catalog: "Catalog", current: str, context_tokens: int | None, *, streaming: bool) -> None:
        rows = ModelRows()
        rows.current = current
        super().__init__(rows)
        self._catalog = catalog
        self._current = current
        self._models = self._with_current(catalog.models())
        self._heads = Line(id="heads")
        self._rule = Line(id="rule")
        self._legend = Line(id="legend")
        self._streaming = streaming
        if context_tokens:
            self.top.right = join(
                [ink("this chat", "muted"), ink(tokens(context_tokens), "text"), ink("tokens", "muted")]
            )

    def body(self) -> ComposeResult:
        """Field, heads of the columns, list, legend."""
        yield self.prompt
        yield self._heads
        yield self._rule
        yield self.rows
        yield self._legend

    def find(self, query: str) -> list[Row["ModelInfo | str"]]:
        """The rows for what was typed."""
        rows = find_models(self._models, query, self._current)
        count = sum(not isinstance(row.value, str) for row in rows)
        self.prompt.aside.content = join([ink(str(count), "text"), ink("models" if count != 1 else "model", "muted")])
        return rows

    def start_at(self) -> str:
        """The model that answers now."""
        return self._current

    def on_mount(self) -> None:
        """Show what is known, and look for more."""
        super().on_mount()
        self._refresh()

    @work(group="models", exclusive=True, exit_on_error=False)
    async def _refresh(self) -> None:
        self._models = self._with_current(await self._catalog.refresh())
        self.refill()

    def _with_current(self, models: list["ModelInfo"]) -> list["ModelInfo"]:
        """Add the model that answers now where no list has it (yet): the cursor stands on it from the start."""
        if any(model.id == self._current for model in models):
            return models
        try:
            return [self._catalog.find(self._current), *models]
        except UsageError:
            return models

    def on_resize(self) -> None:
        """Draw the heads as wide as the list."""
        width = self.rows.size.width
        self._heads.content = model_heads(width)
        self._rule.content = Content("─" * max(width - 4, 0))
        legend = join([Content.assemble(ink(f"{mark} ", "text"), ink(word, "muted")) for mark, word in _LEGEND], 2)
        now = ink("The reply under way goes on; this is for the next turn.", "care") if self._streaming else BLANK
        self._legend.content = spread(now, legend if width >= 71 else BLANK, max(width - 4, 0))
