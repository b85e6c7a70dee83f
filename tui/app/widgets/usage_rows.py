"""The lines of the usage panel, made of a report. Pure: each line draws itself into the cells that it is given."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial

from textual.content import Content

from tui.app.styles import BLANK, fit, join, spread, styled, tabs
from tui.app.widgets.list import ListRow
from tui.app.widgets.usage_list import Draw
from tui.chat.context_parts import ContextParts
from tui.chat.usage_report import SEVERAL_TAGS, VIEWS, By, DaySum, Sums, UsageLine, UsageReport, purpose_noun
from tui.figures import UNKNOWN, day_text, money, rate, seconds, tokens
from tui.model_id import ModelId
from tui.preview import plain_line
from tui.store.records import NotedReply
from tui.text import clean_line

BLOCKS = " ▁▂▃▄▅▆▇█"
_LEAST_GAP = 2
_NO_PRICE = 'A price that no list knows can be set in config.toml, under [models."provider:name"].'
_FIND_PRICES = "Look again for the prices that are unknown"
_MOST_LINES = 200
"""Of a table; more are not read on a screen."""

_COLUMNS = (("replies", 8), ("in", 8), ("cached", 7), ("out", 8), ("✦", 7), ("tok/s", 6), ("cost", 11))
_COST = "cost"
_PARTS = (
    ("system", "markup"), ("tools", "bar-care"), ("history", "bar-model"), ("files", "bar-you"), ("draft", "strong"),
)  # fmt: skip

Row = ListRow[Draw]


def usage_rows(
    report: UsageReport, by: By, context: ContextParts, *, days: bool, high: bool, repriced: str = ""
) -> list[Row]:
    """All lines of the panel.

    Args:
        report: what is shown.
        by: which of its tables.
        context: of the chat that is shown.
        days: whether there may be more than one day.
        high: whether there is room for more than one line of them.
        repriced: what came of looking for prices; "" while that was not tried.
    """
    rows = _summary(report.total, report)
    if days and len(found := report.per_day()) > 1:
        rows += [_gap(), *_days(found, high=high)]
    rows += [_gap(), *_table(report, by), *_unpriced(report, by, repriced)]
    rows += [_gap(), *_noted("Dearest replies", "dearest", report.figures.dearest)] if report.figures.dearest else []
    rows += [_gap(), *_noted("Slowest replies", "slowest", report.figures.slowest)] if report.figures.slowest else []
    return [*rows, _gap(), *_context(context)]


def note_row(text: str) -> Row:
    """A line that only says something."""
    return _line(lambda width: fit(styled(text, "muted"), width))


def _line(draw: Callable[[int], Content], key: str = "") -> Row:
    return ListRow(key, lambda width, chosen: draw(width))


def _choice(key: str, draw: Draw) -> Row:
    return ListRow(key, draw)


def _gap() -> Row:
    return _line(lambda width: BLANK)


def _cell(text: str, role: str, cells: int, *, right: bool = False) -> Content:
    """Text in exactly so many cells."""
    drawn = fit(styled(text, role), cells)
    space = cells - drawn.cell_length
    return drawn.pad_left(space) if right else drawn.pad_right(space)


# The figures at the top.


def _summary(total: Sums, report: UsageReport) -> list[Row]:
    estimated = total.estimated > 0
    median, slow = (None if wait is None else wait / 1000 for wait in report.figures.first_token_ms)
    asked = f"{total.replies:,} {'reply' if total.replies == 1 else 'replies'}"
    cached = UNKNOWN if total.cached_percent is None else f"{total.cached_percent}%"
    columns = [
        ("spent", total.price_text, f"{total.unpriced:,} unknown" if total.unpriced else asked),
        ("tokens in", tokens(total.input, estimated=estimated), f"{cached} cached"),
        ("tokens out", tokens(total.output, estimated=estimated), f"{tokens(total.reasoning)} thought"),
        ("first token", seconds(median), f"p95 {seconds(slow)}"),
        ("speed", f"{rate(total.tokens_per_s)} tok/s", "average"),
    ]
    return [_line(partial(_summary_line, columns, *row)) for row in enumerate(("muted", "strong", "muted"))]


def _summary_line(columns: Sequence[tuple[str, str, str]], number: int, role: str, width: int) -> Content:
    shown = columns[: max(1, min(len(columns), width // 14))]
    cells = width // len(shown)
    return Content.assemble(*(_cell(f"{column[number]} ", role, cells) for column in shown))


# Days.


def _days(days: Sequence[DaySum], *, high: bool) -> list[Row]:
    """What each day cost as bars; of days that cost nothing known, the tokens that came out."""
    dollars = any(day.price for day in days)
    measures = [day.price or Decimal(0) if dollars else Decimal(day.output) for day in days]
    most = max(measures, default=Decimal(0))
    if not most:
        return [note_row("No day with a figure yet")]
    dearest = days[measures.index(most)]
    label = styled("in dollars" if dollars else "in tokens out", "muted")
    figure = money(most) if dollars else tokens(int(most))
    remark = join([styled("most", "muted"), styled(figure, "text"), styled(f"on {day_text(dearest.day)}", "muted")])
    head = join([styled("Per day", "strong"), label], 3)
    shares = [float(measure / most) for measure in measures]
    levels = 4 if high else 1
    return [
        _line(lambda width: spread(head, remark, width)),
        *(_line(partial(_bars, shares, level, levels)) for level in reversed(range(levels))),
        _line(lambda width: _axis(day_text(days[0].day), len(days), width)),
    ]


def _pace(count: int, width: int) -> int:
    """Cells for each day: a bar of two and a gap where there is room, else a bar of one."""
    return 3 if count * 3 <= width else 2 if count * 2 <= width else 1


def _bars(shares: Sequence[float], level: int, levels: int, width: int) -> Content:
    """One of `levels` rows of the bars, `level` above their foot; the last day is today's. Draws the last that fit."""
    pace = _pace(len(shares), width)
    shown = shares[-(width // pace) :]
    cells = []
    for number, share in enumerate(shown):
        filled = round(share * levels * 8) or (1 if share else 0)
        block = BLOCKS[max(0, min(8, filled - level * 8))]
        bar = block * max(1, pace - 1)
        cells.append(styled(bar.ljust(pace), "bar-you" if number == len(shown) - 1 else "bar-model"))
    return Content.assemble(*cells)


def _axis(first: str, count: int, width: int) -> Content:
    cells = min(count * _pace(count, width), width)
    return spread(styled(first, "muted"), styled("today", "you"), max(cells, len(first) + 8))


# A table.


def _table(report: UsageReport, by: By) -> list[Row]:
    lines = report.lines(by)
    if by in ("day", "month"):
        lines = [line for line in lines[::-1] if line.key]
    most = max((line.sums.price or Decimal(0) for line in lines), default=Decimal(0))
    cost = max((len(line.sums.price_text) for line in lines[:_MOST_LINES]), default=0)
    shown = [
        _choice(f"{by}:{line.key}" if line.key else "", partial(_table_line, line, by, most, cost))
        for line in lines[:_MOST_LINES]
    ]
    rest = len(lines) - len(shown)
    return [
        _choice("by", partial(_views, by)),
        _line(partial(_table_head, cost)),
        _line(lambda width: styled("─" * width, "rule")),
        *shown,
        *([note_row(f"and {rest:,} more: an export has them all")] if rest > 0 else []),
        *([] if lines else [note_row("Counting …" if report.figures.rows else "Nothing was asked in this time.")]),
        *([note_row(SEVERAL_TAGS)] if by == "tag" and report.counted_twice else []),
        *_beside(report),
    ]


def _unpriced(report: UsageReport, by: By, repriced: str) -> list[Row]:
    """What can be done about prices that are not known."""
    if repriced:
        return [note_row(repriced)]
    if not report.total.unpriced:
        return []
    find = _choice("reprice", lambda width, chosen: fit(styled(_FIND_PRICES, "key" if chosen else "text"), width))
    return [find, *([note_row(_NO_PRICE)] if by == "model" else [])]


def _fitting(width: int, cost: int) -> list[tuple[str, int]]:
    """The columns that leave the names some room, those at the left gone first; the price is always there, whole.

    Args:
        width: cells for names and columns.
        cost: characters of the longest price.
    """
    columns = [(name, max(cells, cost + _LEAST_GAP) if name == _COST else cells) for name, cells in _COLUMNS]
    while len(columns) > 1 and width - sum(cells for _, cells in columns) < 18:
        columns.pop(0)
    return columns


def _share_cells(width: int) -> int:
    return 20 if width >= 96 else 0


def _views(by: By, width: int, chosen: bool) -> Content:
    views = tabs(VIEWS, by, gap=2, role="key" if chosen else "strong")
    return fit(join([styled("by", "muted"), views]), width)


def _table_head(cost: int, width: int) -> Content:
    columns = _fitting(width - _share_cells(width), cost)
    room = width - _share_cells(width) - sum(cells for _, cells in columns)
    return Content.assemble(
        BLANK.pad_right(room),
        *(_cell(name, "muted", cells, right=True) for name, cells in columns),
    )


def _table_line(line: UsageLine, by: By, most: Decimal, cost: int, width: int, chosen: bool) -> Content:
    sums, estimated = line.sums, line.sums.estimated > 0
    figures = {
        "replies": f"{sums.replies:,}",
        "in": tokens(sums.input, estimated=estimated),
        "cached": UNKNOWN if sums.cached_percent is None else f"{sums.cached_percent}%",
        "out": tokens(sums.output, estimated=estimated),
        "✦": tokens(sums.reasoning),
        "tok/s": rate(sums.tokens_per_s),
        _COST: sums.price_text,
    }
    share = _share_cells(width)
    columns = _fitting(width - share, cost)
    room = width - share - sum(cells for _, cells in columns)
    cost_role = "good" if sums.price_text == "free" else "strong"
    return Content.assemble(
        _cell(_label(line, by), "strong" if chosen else "text", room),
        *(_cell(figures[name], cost_role if name == _COST else "text", cells, right=True) for name, cells in columns),
        _share(line, by, most, share),
    )


def _label(line: UsageLine, by: By) -> str:
    match by:
        case "model" | "provider" | "tag":
            return clean_line(line.label, 80) or UNKNOWN
        case "day":
            return day_text(date.fromisoformat(line.key))
        case "month":
            return f"{date.fromisoformat(f'{line.key}-01'):%B %Y}"
        case "chat":
            return clean_line(line.label, 80) or "(deleted for good)"


def _share(line: UsageLine, by: By, most: Decimal, cells: int) -> Content:
    """How much of the most this is."""
    if not cells:
        return BLANK
    if by == "model" and line.sums.unpriced:
        return Content.assemble("  ", fit(styled("price unknown", "muted"), cells - 2))
    filled = round(float((line.sums.price or Decimal(0)) / most) * (cells - 2)) if most else 0
    return Content.assemble("  ", styled("━" * filled, "bar-model"), styled("─" * (cells - 2 - filled), "rule"))


def _beside(report: UsageReport) -> list[Row]:
    """What was asked beside the chats or is no more in one: counted above, and named here."""
    purposes = report.purposes()
    if not purposes:
        return []
    named = [
        join([styled(f"{line.sums.side_calls:,}", "text"), styled(clean_line(purpose_noun(line), 30), "muted")])
        for line in purposes
    ]
    failed = report.failed_side_calls
    if failed:
        named.append(join([styled(f"! {failed:,}", "care"), styled("without result", "muted")]))
    total = Sums()
    for line in purposes:
        total = total.joined(line.sums)
    left = join([styled("of it", "muted"), *named], 3)
    return [
        _line(lambda width: spread(left, styled(total.price_text, "text"), width - _share_cells(width))),
        *([note_row(f"Last: {clean_line(report.problem, 200)}")] if report.problem else []),
    ]


# Replies that stand out.


def _noted(title: str, group: str, noted: Sequence[NotedReply]) -> list[Row]:
    return [
        _line(lambda width: styled(title, "strong")),
        *(_choice(f"{group}:{one.conversation_id}:{one.id}", partial(_noted_line, one, group)) for one in noted),
    ]


def _noted_line(one: NotedReply, group: str, width: int, chosen: bool) -> Content:
    took = None if one.total_ms is None else one.total_ms / 1000
    figure = money(one.price) if group == "dearest" else seconds(took)
    title = clean_line(one.title, 60) or clean_line(plain_line(one.text), 60) or "New chat"
    when = "in the trash" if one.trashed else day_text(one.created_at.astimezone().date())
    model = clean_line(ModelId.parse(one.model).label, 40)
    name = _cell(title, "strong" if chosen else "text", max(10, width - 46)) if width >= 60 else styled(title, "text")
    left = join([_cell(figure, "strong", 8, right=True), name, styled(model, "muted")], 2)
    return spread(left, styled(when, "muted"), width)


# The context.


def _context(context: ContextParts) -> list[Row]:
    share = UNKNOWN if not context.window else f"{100 * context.total // context.window}%"
    window = f"of {tokens(context.window)}" if context.window else "of an unknown window"
    figure = join([styled(f"≈{share}" if context.window else share, "strong"), styled(window, "muted")])
    return [
        _line(lambda width: spread(styled("Context of this chat", "strong"), figure, width)),
        _line(partial(_context_bar, context)),
        _line(partial(_legend, context)),
    ]


def _context_bar(context: ContextParts, width: int) -> Content:
    """Each part in its colour, over the whole window; over all of it where the window is unknown."""
    whole = max(context.window or 0, context.total, 1)
    cells = []
    for name, role in _PARTS:
        tokens_of: int = getattr(context, name)
        cells.append(styled("━" * (round(width * tokens_of / whole) or (1 if tokens_of else 0)), role))
    filled = Content.assemble(*cells)
    return Content.assemble(fit(filled, width), styled("─" * max(width - filled.cell_length, 0), "rule"))


def _legend(context: ContextParts, width: int) -> Content:
    parts = [
        join([styled("━", role), styled(name, "muted"), styled(tokens(getattr(context, name), estimated=True), "text")])
        for name, role in _PARTS
    ]
    wide = join(parts, 3)
    return wide if wide.cell_length <= width else fit(join(parts, 1), width)
