"""How full the context is, what a reply, this chat and this day cost, and what is left of the rate limits."""

from typing import TYPE_CHECKING, get_args

from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from typing_extensions import override

from tui.app.styles import BLANK, StyledText, join, spread, styled
from tui.app.widgets.meter import bar, context_percent, price_label
from tui.chat.cost_split import CostPart, CostSplit, Part
from tui.chat.replies.meter import MeterReading
from tui.figures import UNKNOWN, counted, money, tokens

if TYPE_CHECKING:
    from tui.chat.limits import Standing
    from tui.chat.rate_limits import LimitLeft, RateLimits


class UsagePane(StyledText):
    """The figures of the conversation that is shown, one group below the other."""

    DEFAULT_CSS = "UsagePane { height: auto; padding: 0 2; }"

    reading: reactive[MeterReading] = reactive(MeterReading())
    cost: reactive[CostSplit] = reactive(CostSplit())
    """Of the reply that has the focus, or of the last one."""
    focused: reactive[bool] = reactive(False)

    def watch_reading(self, before: MeterReading, after: MeterReading) -> None:
        """Take another height where there are other limits, and only then: each reading of a stream comes here."""
        if _height(before) != _height(after):
            self.refresh(layout=True)

    @override
    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Always as high, whatever is known: nothing moves while figures come in but rate limits, which stand below."""
        return _height(self.reading)

    @override
    def render(self) -> Content:
        groups = [self._context_lines(), self._cost_lines(), self._sum_lines()]
        if self.reading.rate_limits is not None:
            groups.append(self._rate_lines(self.reading.rate_limits))
        lines = [line for group in groups for line in (*group, BLANK)]
        return Content("\n").join(lines[:-1])

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

    def _cost_lines(self) -> list[Content]:
        """What the reply cost, and what of that each part did; without a price, where one can be told."""
        cost = self.cost
        unknown = cost.price is None and any(part.tokens for part in cost.parts)
        price = styled(_price(cost), "strong")
        if unknown:
            price = join([price, styled("set a price in config.toml", "muted")])
        rows = [_row(part, cost) for part in cost.parts or _NOTHING]
        return [self._headed("This reply" if self.focused else "Last reply", price), *rows]

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

    def _rate_lines(self, limits: "RateLimits") -> list[Content]:
        """What is left of each limit until when, and when that was told."""
        told = styled(f"at {limits.at.astimezone():%H:%M:%S}", "muted")
        return [self._headed("Rate limits", told), *(_limit_row(one, self.content_size.width) for one in limits.left)]


def _height(reading: MeterReading) -> int:
    """Lines that the figures take: more where a person has set limits, or a provider tells of its own."""
    own = sum(standing.period == "month" for standing in reading.standings) + bool(reading.standings)
    limits = reading.rate_limits
    return 13 + own + (len(limits.left) + 2 if limits is not None else 0)


def _sum(price: str, standing: "Standing | None") -> Content:
    """What a period cost, and of which limit."""
    if standing is None or standing.amount is None:
        return styled(price, "strong")
    spent = styled(standing.spent_as(standing.amount), "care" if standing.warns else "strong")
    mark = styled("!" if standing.warns else "", "care")
    return join([mark, spent, styled(f"of {standing.stop.shown}" if standing.stop else "", "muted")])


_NOTHING = tuple(CostPart(name) for name in get_args(Part))


def _price(cost: CostSplit) -> str:
    return "free" if cost.price == 0 else money(cost.price, estimated=cost.price_estimated)


def _row(part: CostPart, cost: CostSplit) -> Content:
    is_input = part.name in ("fresh in", "cached", "written")
    estimated = (cost.input_estimated if is_input else cost.output_estimated) and bool(part.tokens)
    price = "" if cost.price == 0 else money(part.price, estimated=cost.parts_estimated and bool(part.price))
    return Content.assemble(
        styled(f"{part.name:<13}", "muted"),
        styled(f"{tokens(part.tokens, estimated=estimated):<12}", "text"),
        styled(price, "text"),
    )


def _limit_row(one: "LimitLeft", width: int) -> Content:
    whole = "" if one.limit is None else f" of {tokens(one.limit)}"
    until = f"until {one.until.astimezone():%H:%M:%S}" if one.reset_told else ""
    left = join([styled("!", "care") if one.scarce else BLANK, styled(tokens(one.remaining), "text")])
    figure = Content.assemble(left, styled(f"{whole} a {one.period}" if one.period else whole, "muted"))
    return spread(Content.assemble(styled(f"{one.unit:<14}", "muted"), figure), styled(until, "muted"), width)
