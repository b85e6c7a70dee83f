"""The live meter: one line that says how full the context is, what flowed, how fast, and for how much.

Set by its `reading`; knows neither the replies nor the store.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from typing_extensions import override

from tui.app.styles import BLANK, StyledText, join, styled
from tui.chat.replies.meter import MeterReading
from tui.figures import UNKNOWN, money, seconds, tokens

if TYPE_CHECKING:
    from tui.chat.limits import Standing
    from tui.chat.rate_limits import RateLimits

HoldWidth = Callable[[str, str], str]
"""Gives a field's text the width that the field keeps, by the field's name and the text."""


class Meter(StyledText):
    """The meter's line. Its fields drop out by width, in a fixed order, and never in the middle of a word."""

    DEFAULT_CSS = "Meter { height: 1; padding: 0 2; }"

    reading: reactive[MeterReading] = reactive(MeterReading())

    def __init__(self) -> None:
        super().__init__()
        self._widths: dict[str, int] = {}

    def watch_reading(self, before: MeterReading, after: MeterReading) -> None:
        """Let go of the fields' widths once nothing ticks any more."""
        if not after.streaming:
            self._widths.clear()

    def _hold_width(self, field: str, text: str) -> str:
        """Text as wide as this field ever was in this reply, so that ticking digits move nothing."""
        width = max(self._widths.get(field, 0), len(text)) if self.reading.streaming else len(text)
        self._widths[field] = width
        return text.rjust(width)

    @override
    def render(self) -> Content:
        return meter_line(self.reading, self.content_size.width, self.app.size.width, self._hold_width)


def meter_line(reading: MeterReading, width: int, screen_width: int, hold: HoldWidth = lambda _, text: text) -> Content:
    """Draw a reading into `width` cells of a screen of `screen_width`; the widest of its forms that fits.

    The narrowest one has the context, or what flowed where that is not known, and what it cost.
    """
    if screen_width >= 60:
        for level in range(_level(screen_width), _LEAST, -1):
            left, right = _left(reading, level, hold), _right(reading, level)
            gap = width - left.cell_length - right.cell_length
            if gap >= 2:
                return Content.assemble(left, " " * gap, right)
    flowed = context_percent(reading) is None and (reading.usage.input or reading.usage.output)
    left = _flow(reading, _LEAST, hold) if flowed else _share(reading)
    untold = flowed and reading.chat_price is None and not any(standing.warns for standing in reading.standings)
    return left if untold else join([left, _right(reading, _LEAST)], 2)


_LEAST = -4


def _level(screen_width: int) -> int:
    """How much there may be room for: 5 is everything, and each number below is without one field more.

    Gone at 4 the rate limits and the total, 3 today, 2 the TTFT, 1 the message, 0 what was cached, −1 the speed, −2 the
    window, −3 the bar.
    """
    return 5 if screen_width >= 160 else 4 if screen_width >= 120 else 2 if screen_width >= 100 else 1


def context_percent(reading: MeterReading) -> int | None:
    """How full the context is; None when that or the window is unknown."""
    if reading.context_tokens is None or not reading.window:
        return None
    return round(100 * reading.context_tokens / reading.window)


def _share(reading: MeterReading) -> Content:
    percent = context_percent(reading)
    if percent is None:
        return styled(UNKNOWN, "muted")
    share = f"{'≈' if reading.context_estimated else ''}{percent}%"
    if percent >= 90:
        return styled(f"✗ {share}", "wrong")
    return styled(f"! {share}", "care") if percent >= 70 else styled(share, "strong")


def bar(percent: int | None, cells: int) -> Content:
    """A meter of `cells` cells: its colour says how near the end is, its length how far it went."""
    filled = min(percent or 0, 100) * cells * 2 // 100
    if percent and not filled:
        filled = 1
    role = "bar-wrong" if (percent or 0) >= 90 else "bar-care" if (percent or 0) >= 70 else "bar-good"
    full, half = divmod(filled, 2)
    done = "━" * full + "╸" * half
    return Content.assemble(styled(done, role), styled("─" * (cells - len(done)), "rule"))


# The left end: context, flow, speed.


def _left(reading: MeterReading, level: int, hold: HoldWidth) -> Content:
    return join([_context(reading, level), _flow(reading, level, hold), _speed(reading, level, hold)], 3)


def _context(reading: MeterReading, level: int) -> Content:
    window = styled(f"of {tokens(reading.window)}", "muted") if reading.window and level > -2 else BLANK
    drawn = bar(context_percent(reading), 20 if level >= 5 else 8) if level > -3 else BLANK
    left_out = styled(f"{reading.left_out} not sent", "care") if reading.left_out and level > -3 else BLANK
    return join([drawn, _share(reading), window, left_out])


def _flow(reading: MeterReading, level: int, hold: HoldWidth) -> Content:
    usage = reading.usage
    sent = styled(hold("input", "↑" + tokens(usage.input, estimated=reading.input_estimated)), "text")
    if usage.cached and usage.input and level > 0:
        cached = f"({tokens(usage.cached)} cached)" if level >= 3 else f"{100 * usage.cached // usage.input}% cached"
        sent = join([sent, styled(cached, "muted")])
    received = styled(hold("output", "↓" + tokens(usage.output, estimated=reading.output_estimated)), "text")
    thought = styled(hold("reasoning", f"✦{tokens(usage.reasoning)}"), "text") if usage.reasoning else BLANK
    return join([sent, received, thought], 2)


def _speed(reading: MeterReading, level: int, hold: HoldWidth) -> Content:
    parts = []
    if reading.tokens_per_s is not None and level > -1:
        pace = f"{reading.tokens_per_s:.0f}" if reading.tokens_per_s >= 9.95 else f"{reading.tokens_per_s:.1f}"
        parts.append(join([styled(hold("speed", pace), "text"), styled("tok/s", "muted")]))
    if level >= 3 and reading.first_token_s is not None:
        parts.append(_labelled("TTFT", hold("first", seconds(reading.first_token_s))))
    if level >= 5 and reading.total_s is not None:
        parts.append(_labelled("total", hold("total", seconds(reading.total_s))))
    if level >= 5 and reading.rate_limits is not None:
        parts.append(rate_limits_left(reading.rate_limits))
    return join(parts, 2)


def rate_limits_left(limits: "RateLimits") -> Content:
    """What is left of the requests and of the tokens, of each the scarcest."""
    figures = []
    for unit, short in (("requests", "req"), ("tokens", "tok")):
        found = [one for one in limits.left if one.unit.endswith(unit)]
        if found:
            one = min(found, key=lambda one: (one.share is None, one.share or 0.0, one.remaining))
            mark = styled("!", "care") if one.scarce else BLANK
            figures.append(join([mark, styled(f"{tokens(one.remaining)} {short}", "care" if one.scarce else "text")]))
    return join([styled("left", "muted"), *figures], 1) if figures else BLANK


def _labelled(label: str, figure: str) -> Content:
    return join([styled(label, "muted"), styled(figure, "text")])


# The right end: prices.


def _right(reading: MeterReading, level: int) -> Content:
    standings = {standing.period: standing for standing in reading.standings}
    chat, today = _chat_price(reading), money(reading.today_price)
    fields = {"chat": _sum("chat", chat, standings.get("chat"), level)}
    if level >= 4:
        fields["day"] = _sum("today", today, standings.get("day"), level)
    warned = [standing for standing in reading.standings if standing.warns]
    if hidden := [standing for standing in warned if standing.period not in fields]:
        # What is to be looked at is always there: where there is no room for it, in the place of the chat's.
        hidden_field = _sum(hidden[-1].label, "", hidden[-1], level)
        fields = {**fields, "": hidden_field} if level >= 2 else {"": hidden_field}
    parts = list(fields.values())
    if level >= 2 and reading.usage.requests:
        message = price_label(reading, reading.message_price, estimated=reading.price_estimated)
        parts.insert(0, _labelled("msg", message))
    return join([styled("!", "care") if warned else BLANK, join(parts, 2)])


def _sum(label: str, price: str, standing: "Standing | None", level: int) -> Content:
    """What a period cost, and of which limit, where there is room or it is time to look at it."""
    limit = None if standing is None else standing.amount
    role = "strong" if label == "chat" else "text"
    if standing is not None and limit is not None:
        price, role = standing.spent_as(limit), "care" if standing.warns else role
    named, figure = styled(label if level > _LEAST else "", "muted"), styled(price, role)
    of = BLANK
    if standing is not None and standing.stop is not None and (level >= 5 or (standing.warns and level >= 1)):
        of = styled(f"of {standing.stop.shown}", "muted")
    elif limit is not None and limit.tokens is not None:
        of = styled("tokens", "muted")
    return join([figure, of, named] if level < 2 else [named, figure, of])


def _chat_price(reading: MeterReading) -> str:
    return price_label(reading, reading.chat_price)


def price_label(reading: MeterReading, dollars: Decimal | None, *, estimated: bool = False) -> str:
    """A price, or "free" for what is known to cost nothing, and for a free model of which nothing was asked yet.

    A reply whose price is unknown does not become free because a free model answers next.
    """
    nothing_asked = reading.free and dollars is None and not reading.usage.requests
    return "free" if nothing_asked or dollars == 0 else money(dollars, estimated=estimated)
