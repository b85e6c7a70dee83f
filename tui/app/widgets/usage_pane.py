"""How full the context is, and what the last reply, this chat and this day cost."""

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from typing_extensions import override

from tui.app.styles import BLANK, StyledText, join, spread, styled
from tui.app.widgets.meter import bar, context_percent, price_label
from tui.chat.limits import Standing
from tui.chat.replies.meter import MeterReading
from tui.figures import UNKNOWN, counted, money, tokens


class UsagePane(StyledText):
    """The figures of the conversation that is shown, one group below the other."""

    DEFAULT_CSS = "UsagePane { height: auto; padding: 0 2; }"

    reading: reactive[MeterReading] = reactive(MeterReading())

    def watch_reading(self, before: MeterReading, after: MeterReading) -> None:
        """Take another height where there are other limits."""
        if _limit_lines(before) != _limit_lines(after):
            self.refresh(layout=True)

    @override
    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Always as high with the same limits, whatever is known: nothing below moves while figures come in."""
        return 9 + _limit_lines(self.reading)

    @override
    def render(self) -> Content:
        return Content("\n").join([*self._context_lines(), BLANK, *self._reply_lines(), BLANK, *self._sum_lines()])

    def _headed(self, heading: str, figure: Content) -> Content:
        return spread(styled(heading, "strong"), figure, self.content_size.width)

    def _context_lines(self) -> list[Content]:
        reading = self.reading
        percent = context_percent(reading)
        mark = "≈" if reading.context_estimated else ""
        share = styled(UNKNOWN if percent is None else f"{mark}{percent}%", "strong")
        window = styled(f"of {tokens(reading.window)}" if reading.window else "", "muted")
        left_out = styled(f"{counted(reading.left_out, 'message')} not sent" if reading.left_out else "", "care")
        figures = join([left_out, join([share, window])], 2)
        return [self._headed("Context", figures), bar(percent, self.content_size.width)]

    def _reply_lines(self) -> list[Content]:
        reading, usage = self.reading, self.reading.usage
        price = price_label(reading, reading.message_price, estimated=reading.price_estimated)
        sent = tokens(usage.input, estimated=reading.input_estimated)
        received = tokens(usage.output, estimated=reading.output_estimated)
        return [
            self._headed("Last reply", styled(price, "strong")),
            _row("in", sent, "cached", tokens(usage.cached)),
            _row("out", received, "reasoning", tokens(usage.reasoning)),
        ]

    def _sum_lines(self) -> list[Content]:
        chat, today = price_label(self.reading, self.reading.chat_price), money(self.reading.today_price)
        standings = {standing.period: standing for standing in self.reading.standings}
        lines = [
            self._headed("This chat", _sum(chat, standings.get("chat"))),
            self._headed("Today", _sum(today, standings.get("day"))),
        ]
        if month := standings.get("month"):
            lines.append(self._headed("This month", _sum("", month)))
        if self.reading.standings:  # the longest period has most of them
            lines.append(styled(self.reading.standings[-1].unknown, "muted"))
        return lines


def _limit_lines(reading: MeterReading) -> int:
    """How many lines there are for limits only."""
    return sum(standing.period == "month" for standing in reading.standings) + bool(reading.standings)


def _sum(price: str, standing: Standing | None) -> Content:
    """What a period cost, and of which limit."""
    if standing is None or standing.amount is None:
        return styled(price, "strong")
    spent = styled(standing.spent_as(standing.amount), "care" if standing.warns else "strong")
    mark = styled("!" if standing.warns else "", "care")
    return join([mark, spent, styled(f"of {standing.stop.shown}" if standing.stop else "", "muted")])


def _row(label: str, figure: str, part_label: str, part: str) -> Content:
    return Content.assemble(
        styled(f"{label:<13}", "muted"), styled(f"{figure:<9}", "text"),
        styled(f"{part_label:<10}", "muted"), styled(part, "text"),
    )  # fmt: skip
