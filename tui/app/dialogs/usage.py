"""The usage panel: what was spent and used, for a chat, today, this month or at all, and where a reply cost most."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from typing_extensions import override

from tui.app.dialogs.base import Dialog, DialogEdge
from tui.app.styles import join, styled, tabs
from tui.app.widgets.list import SelectList
from tui.app.widgets.usage_list import UsageList
from tui.app.widgets.usage_rows import note_row, usage_rows
from tui.chat.context_parts import ContextParts
from tui.chat.usage_report import OF_CHATS, PERIODS, VIEWS, By, Period, UsageReport, day_scope, month_scope, scope_of
from tui.dataclass import dataclass
from tui.errors import ChinwagError
from tui.figures import day_text
from tui.model_id import ModelId
from tui.store.records import UsageFigures, UsageScope
from tui.text import clean_line

_LABELS: dict[Period, str] = {"chat": "This chat", "today": "Today", "month": "This month", "all": "All"}
_GAP = 3
_HIGH = 36
"""Rows of a terminal from which on the days have a chart."""


@dataclass(frozen=True, slots=True)
class UsageChoice:
    """What the panel is left for: a message or a chat to go to, or a scope to be written to a file.

    Attributes:
        conversation_id: "" for none.
        message_id: "" for the end of the chat.
        trashed: it lies in the trash, where it cannot be shown.
        export: None for none.
        by: which table of it was shown.
    """

    conversation_id: str = ""
    message_id: str = ""
    trashed: bool = False
    export: UsageScope | None = None
    by: By = "model"


class UsageDialog(Dialog[UsageChoice]):
    """Dismissed with a `UsageChoice`, or None.

    Args:
        read: gives the report of a scope, with its chats or without; may raise ChinwagError.
        conversation_id: the chat that is shown.
        context: gives what fills the context of the next request.
        reprice: looks for prices that were not known, and gives a sentence of what came of it; may raise ChinwagError.
        period: what is shown first.
    """

    DEFAULT_CSS = """
    UsageDialog {
        & #box { width: 112; height: 90%; max-height: 46; }
        & #body { height: 1fr; }
        &.-h8 #box, &.-h14 #box, &.-h20 #box { height: 100%; }
    }
    """
    TITLE = "Usage"
    KEYS = (("← →", "period"), ("tab", "table"), ("↵", "go"), ("e", "export"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "period(-1)", show=False, priority=True),
        Binding("right,l", "period(1)", show=False, priority=True),
        Binding("tab", "view(1)", show=False, priority=True),
        Binding("shift+tab", "view(-1)", show=False, priority=True),
        Binding("enter", "choose", show=False),
        Binding("backspace", "widen", show=False),
        Binding("e", "export", show=False),
    ]

    def __init__(
        self,
        read: Callable[[UsageScope, bool], Awaitable[UsageReport]],
        conversation_id: str,
        context: Callable[[], Awaitable[ContextParts]],
        reprice: Callable[[], Awaitable[str]],
        period: Period = "month",
    ) -> None:
        super().__init__()
        self._read = read
        self._conversation_id = conversation_id
        self._read_context = context
        self._look_for_prices = reprice
        self._repriced = ""
        self._period: Period = period
        self._by: By = "model"
        self._narrowed: UsageScope | None = None
        self._report: UsageReport | None = None
        self._parts = ContextParts()
        self.rows = UsageList()

    @override
    def compose_body(self) -> ComposeResult:
        yield self.rows

    def on_mount(self) -> None:
        """Count, and put the keys into the list."""
        self.rows.show([note_row("Counting …")])
        self.rows.focus()
        self._show_period()
        self._count()
        self._look_at_context()

    # What is shown.

    @work(group="usage", exclusive=True, exit_on_error=False)
    async def _count(self) -> None:
        try:
            self._report = await self._read(self._scope, self._by in OF_CHATS)
        except ChinwagError as error:
            self.rows.show([note_row(clean_line(error.sentence, 300))])
            return
        self._draw()

    @work(group="context", exclusive=True, exit_on_error=False)
    async def _look_at_context(self) -> None:
        try:
            self._parts = await self._read_context()
        except ChinwagError:  # a breakdown is not worth the panel
            return
        self._draw()

    @work(group="prices", exclusive=True, exit_on_error=False)
    async def _reprice(self) -> None:
        self._repriced = "Looking …"
        self._draw()
        try:
            self._repriced = await self._look_for_prices()
        except ChinwagError as error:
            self._repriced = clean_line(error.sentence, 300)
        self._count()

    def _draw(self, at: str | None = None) -> None:
        if self._report is not None:
            scope = self._report.figures.scope
            one_day = scope.since and scope.until and scope.until - scope.since < timedelta(days=2)
            high = self.app.size.height >= _HIGH
            rows = usage_rows(self._report, self._by, self._parts, days=not one_day, high=high, repriced=self._repriced)
            self.rows.show(rows, at=at)

    def _show_period(self) -> None:
        if self._narrowed is None:
            labels = [_LABELS[period] for period in self._periods]
            self.top.right = tabs(labels, _LABELS[self._period], gap=_GAP)
        else:
            self.top.right = join([styled(self._narrowed_to(self._narrowed), "key"), styled("⌫ all", "muted")], 3)

    def _narrowed_to(self, scope: UsageScope) -> str:
        label = ModelId.parse(scope.model).label or scope.provider or (f"#{scope.tag}" if scope.tag else "")
        if label or scope.since is None or scope.until is None:
            return clean_line(label, 40)
        first = scope.since.astimezone().date()
        return day_text(first) if scope.until - scope.since < timedelta(days=2) else f"{first:%B %Y}"

    @property
    def _periods(self) -> tuple[Period, ...]:
        return PERIODS if self._conversation_id else PERIODS[1:]

    def on_resize(self) -> None:
        """A chart of days comes and goes with the room for it."""
        self._draw()

    # Keys and clicks.

    def action_period(self, step: int) -> None:
        """Show the next period, or the one before."""
        place = self._periods.index(self._period) + step
        if self._narrowed is not None:
            self.action_widen()
        elif 0 <= place < len(self._periods):
            self._choose_period(self._periods[place])

    def _choose_period(self, period: Period) -> None:
        self._period, self._narrowed = period, None
        self._show_period()
        self._count()

    def action_view(self, step: int) -> None:
        """Show the next table, or the one before."""
        self._by = VIEWS[(VIEWS.index(self._by) + step) % len(VIEWS)]
        if self._by in OF_CHATS and self._report is not None and not self._report.figures.chats:
            self._count()  # they take as long as all the rest, and are drawn when they are there
        self._draw(at="by")

    def action_widen(self) -> None:
        """Show all of the period again."""
        if self._narrowed is not None:
            self._choose_period(self._period)

    def action_export(self) -> None:
        """Leave to write what is shown to a file."""
        self.dismiss(UsageChoice(export=self._scope, by=self._by))

    def action_choose(self) -> None:
        """Go where the line under the cursor leads."""
        self.rows.action_choose()

    @on(SelectList.Chosen)
    def _choose(self, event: SelectList.Chosen) -> None:
        event.stop()
        group, _, rest = event.key.partition(":")
        match group:
            case "by":
                self.action_view(1)
            case "reprice":
                self._reprice()
            case "model":
                self._narrow(replace(self._scope, model=rest), "day")
            case "provider":
                self._narrow(replace(self._scope, provider=rest), "model")
            case "day":
                self._narrow(day_scope(self._scope, date.fromisoformat(rest)), "chat")
            case "month":
                self._narrow(month_scope(self._scope, date.fromisoformat(f"{rest}-01")), "day")
            case "tag":
                self._narrow(replace(self._scope, tag=rest), "chat")
            case "chat":
                self.dismiss(UsageChoice(rest))
            case _:
                conversation_id, _, message_id = rest.partition(":")
                self.dismiss(UsageChoice(conversation_id, message_id, trashed=self._is_trashed(message_id)))

    @property
    def _scope(self) -> UsageScope:
        return self._narrowed or scope_of(self._period, self._conversation_id, date.today())

    def _is_trashed(self, message_id: str) -> bool:
        figures = self._report.figures if self._report is not None else UsageFigures()
        return any(one.trashed for one in (*figures.dearest, *figures.slowest) if one.id == message_id)

    def _narrow(self, scope: UsageScope, by: By) -> None:
        self._narrowed, self._by = scope, by
        self._show_period()
        self._count()

    @on(DialogEdge.Clicked)
    def _click_period(self, event: DialogEdge.Clicked) -> None:
        """A click on a period in the top edge shows it."""
        event.stop()
        if event.edge is not self.top:
            return
        if self._narrowed is not None:
            self.action_widen()
            return
        end = self.top.size.width - 4
        for period in reversed(self._periods):
            start = end - len(_LABELS[period])
            if start <= event.column < end:
                self._choose_period(period)
            end = start - _GAP
