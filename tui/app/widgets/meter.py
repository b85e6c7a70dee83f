"""The live meter: one line that says how full the context is, what flowed, how fast, and for how much.

Told by its `reading`; knows neither the session nor the store.
"""

from collections.abc import Callable
from decimal import Decimal

from textual.content import Content
from textual.reactive import reactive

from tui.app.widgets.ink import BLANK, Inked, ink, join
from tui.chat.replies.meter import MeterReading
from tui.figures import UNKNOWN, money, seconds, tokens

Ratchet = Callable[[str, str], str]


class Meter(Inked):
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

    def _held(self, field: str, text: str) -> str:
        """Text as wide as this field ever was in this reply, so that ticking digits move nothing."""
        width = max(self._widths.get(field, 0), len(text)) if self.reading.streaming else len(text)
        self._widths[field] = width
        return text.rjust(width)

    def render(self) -> Content:
        """Draw the fields that fit."""
        return meter_line(self.reading, self.content_size.width, self.app.size.width, self._held)


def meter_line(reading: MeterReading, width: int, screen_width: int, held: Ratchet = lambda _, text: text) -> Content:
    """Draw a reading into `width` cells of a screen of `screen_width`; the widest of its forms that fits.

    `held` gives a field's text the width that it keeps; it is called with the field's name and its text.
    """
    if screen_width < 60:
        return join([_share(reading), ink(_chat(reading), "strong")], 2)
    for level in range(_level(screen_width), -4, -1):
        left, right = _left(reading, level, held), _right(reading, level)
        gap = width - left.cell_length - right.cell_length
        if gap >= 2:
            return Content.assemble(left, " " * gap, right)
    return join([_share(reading), ink(_chat(reading), "strong")], 2)


def _level(screen_width: int) -> int:
    """How much there may be room for: 5 is everything, and each number below is without one field more.

    Gone at 4 the total, 3 today, 2 the TTFT, 1 the message, 0 what was cached, −1 the speed, −2 the window, −3 the bar.
    """
    return 5 if screen_width >= 160 else 4 if screen_width >= 120 else 2 if screen_width >= 100 else 1


def _share(reading: MeterReading) -> Content:
    percent = _percent(reading)
    if percent is None:
        return ink(UNKNOWN, "muted")
    if percent >= 90:
        return ink(f"✗ {percent}%", "wrong")
    return ink(f"! {percent}%", "care") if percent >= 70 else ink(f"{percent}%", "strong")


def _percent(reading: MeterReading) -> int | None:
    if reading.context_tokens is None or not reading.window:
        return None
    return round(100 * reading.context_tokens / reading.window)


def bar(percent: int | None, cells: int) -> Content:
    """A meter of `cells` cells: its colour says how near the end is, its length how far it went."""
    filled = min(percent or 0, 100) * cells * 2 // 100
    if percent and not filled:
        filled = 1
    role = "bar-wrong" if (percent or 0) >= 90 else "bar-care" if (percent or 0) >= 70 else "bar-good"
    full, half = divmod(filled, 2)
    done = "━" * full + "╸" * half
    return Content.assemble(ink(done, role), ink("─" * (cells - len(done)), "rule"))


def _left(reading: MeterReading, level: int, held: Ratchet) -> Content:
    groups = [_room(reading, level), _flow(reading, level, held), _speed(reading, level, held)]
    return join(groups, 3)


def _room(reading: MeterReading, level: int) -> Content:
    window = ink(f"of {tokens(reading.window)}", "muted") if reading.window and level > -2 else BLANK
    drawn = bar(_percent(reading), 20 if level >= 5 else 8) if level > -3 else BLANK
    return join([drawn, _share(reading), window])


def _flow(reading: MeterReading, level: int, held: Ratchet) -> Content:
    usage = reading.usage
    sent = ink(held("input", "↑" + tokens(usage.input, estimated=reading.input_estimated)), "text")
    if usage.cached and usage.input and level > 0:
        words = f"({tokens(usage.cached)} cached)" if level >= 3 else f"{100 * usage.cached // usage.input}% cached"
        sent = join([sent, ink(words, "muted")])
    received = ink(held("output", "↓" + tokens(usage.output, estimated=reading.output_estimated)), "text")
    thought = ink(held("reasoning", f"✦{tokens(usage.reasoning)}"), "text") if usage.reasoning else BLANK
    return join([sent, received, thought], 2)


def _speed(reading: MeterReading, level: int, held: Ratchet) -> Content:
    parts = []
    if reading.tokens_per_s is not None and level > -1:
        pace = f"{reading.tokens_per_s:.0f}" if reading.tokens_per_s >= 9.95 else f"{reading.tokens_per_s:.1f}"
        parts.append(join([ink(held("speed", pace), "text"), ink("tok/s", "muted")]))
    if level >= 3 and reading.first_token_s is not None:
        parts.append(join([ink("TTFT", "muted"), ink(held("first", seconds(reading.first_token_s)), "text")]))
    if level >= 5 and reading.total_s is not None:
        parts.append(join([ink("total", "muted"), ink(held("total", seconds(reading.total_s)), "text")]))
    return join(parts, 2)


def _chat(reading: MeterReading) -> str:
    return price(reading, reading.chat_price)


def price(reading: MeterReading, dollars: Decimal | None, *, estimated: bool = False) -> str:
    """A price in words: "free" for what is known to cost nothing, and for a free model of which nothing was asked yet.

    A reply whose price is unknown does not become free because a free model answers next.
    """
    nothing_asked = reading.free and dollars is None and not reading.usage.requests
    return "free" if nothing_asked or dollars == 0 else money(dollars, estimated=estimated)


def _right(reading: MeterReading, level: int) -> Content:
    chat = ink(_chat(reading), "strong")
    label = ink("chat", "muted")
    parts = [join([chat, label] if level < 2 else [label, chat])]
    if level >= 2 and reading.usage.requests:
        message = price(reading, reading.message_price, estimated=reading.price_estimated)
        parts.insert(0, join([ink("msg", "muted"), ink(message, "text")]))
    if level >= 4:
        parts.append(join([ink("today", "muted"), ink(money(reading.today_price), "text")]))
    return join(parts, 2)
