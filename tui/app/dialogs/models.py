"""The model switcher: every model that can be asked, with what the next turn would come to; any other id by typing it.

The keys are in the field at first, where letters find; an arrow takes them to the list, where letters do something.
"""

from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from typing_extensions import override

from tui.app.dialogs.base import Keys
from tui.app.dialogs.picker import Picker
from tui.app.styles import BLANK, join, spread, styled
from tui.app.widgets.line import Line
from tui.app.widgets.list import ListRow, SelectList
from tui.app.widgets.model_groups import PULL, SHOW_HIDDEN, ModelGroups, Row, id_of
from tui.app.widgets.model_list import ModelRows, model_heads
from tui.app.widgets.turn_preview import TurnPreview
from tui.chat.compared_models import MOST
from tui.dataclass import dataclass
from tui.figures import tokens
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.info import ModelInfo
    from tui.chat.catalog.remembered import RememberedModels
    from tui.chat.replies.next_turn import Forecast, NextTurn

_LEGEND = (("V", "vision"), ("T", "tools"), ("R", "reasoning"))
_SWITCH = "switch"
_LEGEND_FROM = 71
"""Columns of the list from which on the legend has room beside the note on a running reply."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """What was chosen.

    Attributes:
        models: ids; more than one where they are to answer side by side, none where one is to be brought here first.
        once: for the next turn alone.
        pull: which model is to be brought to this machine, "" where that is still to be asked; None for none.
    """

    models: tuple[str, ...]
    once: bool = False
    pull: str | None = None


class ModelSwitcher(Picker["ModelInfo | str"]):
    """Shows the models that are known at once, and asks the providers for their lists behind it.

    Dismissed with a `ModelChoice`, or None.

    Args:
        current: id of the model that answers next.
        remembered: favourites and recent models; a favourite that is marked is remembered at once.
        forecast: what the next turn would come to; None where there is no chat that it is about.
        streaming: whether a reply is running, which the choice does not concern.
        once: whether a model can be chosen for one turn.
        compare: whether several models can be chosen.
        query: what is typed already.
        title: what it is chosen for.
        verb: what Enter does with it.
    """

    DEFAULT_CSS = """
    ModelSwitcher {
        & #box { width: 118; max-height: 40; }
        & #heads, & #rule, & #legend { height: 1; }
        & ModelRows { scrollbar-gutter: stable; }
        & #rule { color: $foreground 20%; }
        & #legend { padding: 0 1; }
        &.-h8 #legend, &.-h14 #legend, &.-h8 TurnPreview, &.-h14 TurnPreview { display: none; }
    }
    """
    TITLE = "Switch model"
    HINT = "type a name, or  >100k  <$5  vision  free  local"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", show=False),
        Binding("shift+enter,alt+enter", "once", show=False, priority=True),
        Binding("O", "once", show=False),
        Binding("asterisk", "favourite", show=False, priority=True),
        Binding("equals_sign", "compare", show=False, priority=True),
        Binding("i", "details", show=False),
        Binding("h", "hide", show=False),
        Binding("full_stop", "show_hidden", show=False),
        Binding("p,alt+p", "pull", show=False),
        Binding("r", "look_again", show=False),
    ]

    def __init__(
        self,
        catalog: "Catalog",
        current: str,
        remembered: "RememberedModels",
        forecast: "Forecast | None" = None,
        *,
        streaming: bool = False,
        once: bool = True,
        compare: bool = False,
        query: str = "",
        title: str = TITLE,
        verb: str = _SWITCH,
    ) -> None:
        rows = ModelRows(current, self._turn_of, forecast=forecast is not None and forecast.tokens > 0)
        self._verb = verb
        super().__init__(rows, query)
        self.title = title
        self._rows = rows
        rows.can_focus = True
        self._catalog = catalog
        self._current = current
        self._remembered = remembered
        self._forecast = forecast
        self._once, self._compare = once, compare
        self.field.leaves = ("asterisk", "equals_sign") if compare else ("asterisk",)
        self._wanted: list[ModelInfo] = []
        self._asked: set[str] = set()
        self._filling = False
        self._groups = ModelGroups(catalog, remembered, current)
        self._heads, self._rule, self._legend = (Line(id=name) for name in ("heads", "rule", "legend"))
        self._turn = TurnPreview()
        self._streaming = streaming
        if forecast is not None and forecast.tokens:
            count = styled(tokens(forecast.tokens), "text")
            self.top.right = join([styled("this chat  ≈", "muted"), count, styled("tokens", "muted")])

    @override
    def compose_body(self) -> ComposeResult:
        yield self.field_line
        yield self._heads
        yield self._rule
        yield self.rows
        yield self._turn
        yield self._legend

    def on_mount(self) -> None:
        """Look for more models."""
        self._show_keys_for_focus()
        self._refresh_models()

    # Which models.

    @override
    def find(self, query: str) -> list[Row]:
        """The rows for what was typed; the count of models stands beside it."""
        rows = self._groups.rows(query)
        if query.startswith("hf:"):
            rows = [ListRow(f"{PULL} {query.strip()}", "asks what it has for this machine")]
        elif not query.strip():
            rows += [ListRow("", ""), ListRow(PULL, "brings another model to this machine, or deletes one")]
        count = len({id_of(row.key) for row in rows if not isinstance(row.value, str)})
        noun = "model" if count == 1 else "models"
        self.field_line.remark.content = join([styled(str(count), "text"), styled(noun, "muted")])
        self._rows.favourites, self._rows.hidden = self._remembered.favourites, self._remembered.hidden
        return rows

    @override
    def search(self, query: str) -> None:
        """Another text stands in the field: the cursor goes to what fits it best."""
        rows = self.find(query)
        self.rows.show(rows, at=self._groups.best(query, rows))

    @override
    def initial_key(self) -> str:
        return self._groups.best("", self._groups.rows(""))

    def action_pull(self) -> None:
        """Go to the models for this machine, with what is typed if it names one there."""
        typed = self.field.value.strip()
        self.dismiss(ModelChoice((), pull=typed if typed.startswith(("hf:", "ollama:")) else ""))

    @work(group="models", exclusive=True, exit_on_error=False)
    async def _refresh_models(self, *, force: bool = False) -> None:
        if force:
            self.field_line.remark.content = styled("asking the providers …", "muted")
        self._groups.take(await self._catalog.refresh(force=force))
        self._asked.clear()
        self._rows.gone = self._groups.gone
        self.find_again()
        self._preview()
        self._show_legend()

    # What the next turn comes to.

    def _turn_of(self, model: "ModelInfo") -> "NextTurn | None":
        """What is known; what is not is found out for the rows in view, behind the keys."""
        if self._forecast is None:
            return None
        turn = self._forecast.known(model)
        if turn is None and model.id not in self._asked:
            self._asked.add(model.id)
            self._wanted.append(model)
            if not self._filling:
                self._filling = True
                self._fill()
        return turn

    @work(group="forecast", exit_on_error=False)
    async def _fill(self) -> None:
        try:
            while self._wanted and self._forecast is not None:
                wanted, self._wanted = self._wanted, []
                await self._forecast.look(wanted)
                self.rows.refresh()
                self._preview()
        finally:
            self._filling = False

    @property
    def _marked_model(self) -> "ModelInfo | None":
        return self._groups.known.get(id_of(self.rows.key))

    @on(SelectList.Moved)
    def _moved(self, event: SelectList.Moved) -> None:
        event.stop()
        self._preview()

    def _preview(self) -> None:
        model = self._marked_model
        turn = self._turn_of(model) if model is not None else None
        stays = model is not None and model.id == self._current
        head = "With" if self._verb != _SWITCH else "If you stay with" if stays else "If you switch to"
        self._turn.show(model, turn, head)

    # What the keys do.

    def _show_keys_for_focus(self) -> None:
        in_list = self.focused is self.rows
        keys: list[tuple[str, str]] = [("↵", self._verb)]
        if in_list and self._once:
            keys.append(("O", "this turn only"))
        keys.append(("*", "favourite"))
        if self._compare:
            keys.append(("=", "compare"))
        keys += [("i", "details"), ("h", "hide"), ("r", "look again")] if in_list else [("↓", "list, and its keys")]
        shown: Keys = tuple(keys)
        self.show_keys(shown)
        self.field_line.query_one(".prompt", Line).content = styled(*(("›", "muted") if in_list else ("❯", "key")))

    def on_descendant_focus(self) -> None:
        """Other keys act in the list."""
        self._show_keys_for_focus()

    def on_key(self, event: events.Key) -> None:
        """In the list, what is no key of its own is typed into the field."""
        if self.focused is not self.rows:
            return
        if event.key == "backspace":
            event.stop()
            self.field.focus()
            self.field.action_delete_left()
        elif event.is_printable and event.character and event.key not in self.active_bindings:
            event.stop()
            self.field.focus()
            self.field.insert_text_at_cursor(event.character)

    @override
    def action_move(self, steps: int) -> None:
        """Move the cursor of the list, and take the keys there."""
        super().action_move(steps)
        self.rows.focus()

    def action_submit(self) -> None:
        """Choose the row under the cursor."""
        self.submit()

    @override
    def choose(self, key: str) -> None:
        """A row was chosen: with several marked, those."""
        if key == SHOW_HIDDEN:
            self.action_show_hidden()
            return
        if key.startswith(PULL):
            self.dismiss(ModelChoice((), pull=key.removeprefix(PULL).strip()))
            return
        compared = tuple(self._rows.compared)
        self.dismiss(ModelChoice(compared if len(compared) > 1 else (id_of(key),)))

    def action_once(self) -> None:
        """Choose it for the next turn alone."""
        if self._once and (id := id_of(self.rows.key)):
            self.dismiss(ModelChoice((id,), once=True))

    def action_favourite(self) -> None:
        """Mark the model under the cursor, or not any more."""
        self._toggle(self.rows.key)

    @on(ModelRows.StarClicked)
    def _star(self, event: ModelRows.StarClicked) -> None:
        event.stop()
        self._toggle(event.key)

    def _toggle(self, key: str) -> None:
        id = id_of(key)
        if id:
            self._groups.model(id)
            self._remembered.toggle(id)
            self.find_again()

    def action_hide(self) -> None:
        """Offer the model under the cursor no more, or again."""
        row, place = self.rows.key, self.rows.cursor
        id = id_of(row)
        if id in (self._current, *self._remembered.favourites):
            self.field_line.remark.content = styled("the current one and favourites stay", "care")
        elif id:
            self._remembered.hide(id)
            self.find_again()
            if self.rows.key != row:  # the next one takes its place
                self.rows.cursor = place
                self.rows.action_move(0)

    def action_show_hidden(self) -> None:
        """Show the models that are hidden, or hide them again."""
        self._groups.unhidden = not self._groups.unhidden
        self.find_again()

    def action_compare(self) -> None:
        """Mark the model under the cursor for a comparison, or not any more; at most four."""
        id, compared = id_of(self.rows.key), list(self._rows.compared)
        if not self._compare or not id:
            return
        if id in compared:
            compared.remove(id)
        elif len(compared) < MOST:
            compared.append(id)
        self._rows.compared = compared
        self.rows.refresh()

    def action_details(self) -> None:
        """Show everything that is known of the model under the cursor."""
        from tui.app.dialogs.model_details import ModelDetails

        if (model := self._marked_model) is not None:
            sources = self._catalog.sources(model)
            listed = model.id in self._groups.offered
            self.app.push_screen(ModelDetails(model, sources, self._turn_of(model), listed=listed))

    def action_look_again(self) -> None:
        """Ask the providers for their lists, also those who were asked today."""
        self._refresh_models(force=True)

    def on_resize(self) -> None:
        """Draw heads and legend as wide as the list."""
        width = self.rows.scrollable_content_region.width
        self._heads.content = model_heads(width, forecast=self._rows.forecast)
        self._rule.content = Content("─" * max(width - 4, 0))
        self._show_legend()
        self._preview()

    def _show_legend(self) -> None:
        """What the letters mean, beside what is to be known: of a running reply, or of a provider that said nothing."""
        width = self.rows.size.width
        problem = next(iter(self._catalog.problems.values()), "")
        about = (
            "The reply under way goes on; this is for the next turn." if self._streaming else clean_line(problem, 200)
        )
        note = styled(about, "care") if about else BLANK
        marks = [Content.assemble(styled(f"{mark} ", "text"), styled(meaning, "muted")) for mark, meaning in _LEGEND]
        legend = join(marks, 2)
        self._legend.content = spread(note, legend if width >= _LEGEND_FROM else BLANK, max(width - 4, 0))
