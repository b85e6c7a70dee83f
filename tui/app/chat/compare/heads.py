"""The lines around the columns of a comparison: heads, tabs, and what is said below them. Values in, lines out."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from textual.content import Content

from tui.app.styles import BLANK, fit, join, key_hint, spread, styled
from tui.app.widgets.meter import price_label
from tui.chat.comparison import Column, ColumnState
from tui.chat.replies.meter import MeterReading
from tui.chat.settings import CHAT_SETTINGS, ChatSettings
from tui.dataclass import dataclass
from tui.figures import counted, money, rate, seconds, tokens
from tui.model_id import ModelId
from tui.store.records import ModelTally
from tui.text import clean_line

_SEPARATOR = " · "
_OF_TOOLS = ("tools", "folder")
_MARKS: dict[ColumnState, tuple[str, str]] = {
    "ready": ("◇", "bar-model"),
    "waiting": ("◇", "bar-model"),
    "streaming": ("◇", "bar-model"),
    "done": ("◆", "bar-model"),
    "interrupted": ("■", "care"),
    "failed": ("✗", "wrong"),
}


@dataclass(frozen=True, slots=True)
class ColumnHead:
    """What the head of a column says.

    Attributes:
        number: from 1, the key that goes there.
        name: the model's, or a letter while it is hidden.
        provider: "" while it is hidden.
        settings: of its next answer.
        note: what it cannot take of the prompt or of what was said before; "" for nothing.
        problem: why it could not be asked; "" when it could.
        hidden: its price says nothing.
        picked: it is the one to go on with.
        waits: its provider keeps it waiting.
    """

    number: int
    name: str
    provider: str = ""
    state: ColumnState = "ready"
    reading: MeterReading = MeterReading()
    settings: ChatSettings = ChatSettings()
    note: str = ""
    problem: str = ""
    hidden: bool = False
    picked: bool = False
    waits: bool = False


def head_of(
    column: Column, number: int, chat_settings: str, note: str, *, hidden: bool, picked: bool, waits: bool = False
) -> ColumnHead:
    """The head of a column; `chat_settings` are those of its conversation, as JSON."""
    model = ModelId.parse(column.model)
    head = ColumnHead(
        number,
        f"fused by {model.label}" if column.fused else model.label,
        model.provider,
        column.state,
        column.reading,
        ChatSettings.from_json(column.settings or chat_settings),
        note,
        column.problem,
        picked=picked,
        waits=waits,
    )
    if not hidden:
        return head
    name = "fused" if column.fused else f"model {chr(ord('A') + number - 1)}"
    problem = "It could not be asked." if column.problem else ""
    return replace(head, name=name, provider="", note="", problem=problem, hidden=True)


def head_lines(head: ColumnHead, width: int) -> Content:
    """The head: who answers and how far it is, its figures, and what must be known beside them."""
    mark, role = _MARKS[head.state]
    number = styled(f" {head.number} ", "key")
    name = join([styled(mark, role), styled(clean_line(head.name, 60), "model-name")])
    provider = styled(clean_line(head.provider, 30), "muted")
    first = spread(join([number, name, provider], 2), _state(head), width, gap=1)
    lines = [first, Content.assemble("    ", fit(_figures(head, width - 4), width - 4))]
    if remark := head.problem or head.note:
        role = "wrong" if head.problem else "care"
        lines.append(Content.assemble("    ", fit(styled(f"! {clean_line(remark)}", role), width - 4)))
    return Content("\n").join(lines)


def _state(head: ColumnHead) -> Content:
    took = styled(seconds(head.reading.total_s), "text") if head.reading.total_s is not None else BLANK
    if head.picked:
        return styled("✓ picked", "good")
    match head.state:
        case "ready":
            return BLANK
        case "waiting":
            return styled("asking", "model")
        case "streaming" if head.waits:
            return styled("◷ waiting", "care")
        case "streaming" if head.reading.first_token_s is None and not head.reading.usage.output:
            return styled("asking", "model")
        case "streaming":
            return join([styled("streaming", "model"), took])
        case "done":
            return join([styled("✓ done", "good"), took])
        case "interrupted":
            return join([styled("■ stopped", "care"), took])
        case "failed":
            return styled("✗ failed", "wrong")


def _figures(head: ColumnHead, width: int) -> Content:
    """Settings before it is asked, and then as many figures as fit: the rate goes first, then the first token's."""
    reading = head.reading
    if head.state == "ready":
        return fit(styled(settings_text(head.settings), "muted"), width)
    if head.state == "waiting" and not reading.usage.requests:
        return styled("—", "muted")
    sent = tokens(reading.usage.input, estimated=reading.input_estimated)
    received = tokens(reading.usage.output, estimated=reading.output_estimated)
    fields = [styled(f"{sent} → {received}", "text")]
    if reading.first_token_s is not None:
        fields.append(join([styled("TTFT", "muted"), styled(seconds(reading.first_token_s), "text")]))
    if reading.tokens_per_s is not None:
        fields.append(join([styled(rate(reading.tokens_per_s), "text"), styled("tok/s", "muted")]))
    if not head.hidden:
        price = price_label(reading, reading.message_price, estimated=reading.price_estimated)
        fields.append(styled(price, "strong"))
    separator = styled(_SEPARATOR, "muted")
    while len(fields) > 2 and separator.join(fields).cell_length > width:
        fields.pop(-1 if head.hidden else -2)
    return separator.join(fields)


def settings_text(settings: ChatSettings) -> str:
    """The settings that are set, in a line, but for those of tools, which no model is offered in a comparison."""
    found = []
    for name, setting in CHAT_SETTINGS.items():
        value = settings.value(name)
        if value is not None and name not in _OF_TOOLS:
            found.append(f"{setting.label} {'set' if setting.kind == 'text' else setting.write(value)}")
    return _SEPARATOR.join(found) or "default settings"


def top_line(title: str, count: int, switches: Sequence[tuple[str, bool]], width: int) -> Content:
    """What is compared, and what is switched on; of the switches the last one alone where there is no more room."""
    named = styled(clean_line(title) or "New chat", "strong")
    left = join([named, styled(f"compare {counted(count, 'model')}", "muted")], 3)
    shown = [join([styled(name, "muted"), styled("● on" if on else "○ off", "text")]) for name, on in switches]
    all_of_them = join(shown, 3)
    fits = left.cell_length + all_of_them.cell_length + 2 <= width
    return spread(left, all_of_them if fits else shown[-1], width)


def tab_line(heads: Sequence[ColumnHead], current: int, width: int) -> tuple[Content, list[int]]:
    """All columns in one line, and where each of them ends; `current` is the index of the one that is seen."""
    drawn, ends, column = [], [], 0
    room = max(4, width // max(1, len(heads)) - 8)
    for index, head in enumerate(heads):
        mark, role = ("✓", "good") if head.picked else _MARKS[head.state]
        name = styled(clean_line(head.name, room), "model-name" if index == current else "muted")
        first = styled("▌" if index == current else " ", "bar-you")
        tab = Content.assemble(first, styled(f"{head.number} ", "key"), styled(f"{mark} ", role), name, "  ")
        column += tab.cell_length
        drawn.append(tab)
        ends.append(column)
    return fit(Content.assemble(*drawn), width), ends


def pick_line(columns: Sequence[Column], *, hidden: bool, width: int) -> Content:
    """What can be done with the answers, and what all of them cost together, as far as known."""
    if coming := sum(one.running for one in columns):
        head, about = f"{coming} still {'answers' if coming == 1 else 'answer'}", "then you pick the one to go on with"
    else:
        head, about = "Pick the answer to go on with", "the others stay as branches"
    left, short = join([styled(head, "strong"), styled(about, "muted")], 3), styled(head, "strong")
    prices = [one.reading.message_price for one in columns if one.reading.message_price is not None]
    if hidden or not prices:
        return _widest([(left, BLANK), (short, BLANK)], width)
    unsure = any(one.reading.price_estimated or one.reading.message_price is None for one in columns)
    total = money(sum(prices, Decimal()), estimated=unsure)
    price = join([styled("together", "muted"), styled(total, "strong")])
    return _widest([(left, price), (short, price), (short, BLANK)], width)


def tally_line(
    winner: str,
    columns: Sequence[Column],
    tally: Sequence[ModelTally],
    width: int,
    uncounted: str = "",
    *,
    writes: bool = False,
) -> Content:
    """Who was picked, why that was not counted, if so, and how often each of these models was, over time.

    Where a person `writes`, Enter sends that.
    """
    known = {one.model: one for one in tally}
    counts = []
    for model in dict.fromkeys(one.model for one in columns if not one.fused):
        if (one := known.get(model)) is not None:
            blind = f", {one.blind_won} of {one.blind_compared} blind" if one.blind_compared else ""
            name = clean_line(ModelId.parse(model).label, 30)
            counts.append(
                Content.assemble(styled(name, "model"), styled(f" {one.won} of {one.compared}{blind}", "text"))
            )
    picked = join([styled("✓", "good"), styled(clean_line(winner, 40), "model-name"), styled("picked", "text")])
    why_not = [styled(f"not counted: {uncounted}", "care")] if uncounted else []
    so_far = [styled("so far", "muted"), styled(_SEPARATOR, "muted").join(counts)] if counts else []
    said, way = join([picked, *why_not, *so_far], 3), key_hint("↵", "send in the chat" if writes else "to the chat")
    keys, short = join([key_hint("tab", "the columns"), way], 3), join([picked, *why_not], 3)
    return _widest([(said, keys), (said, way), (short, keys), (short, way), (picked, way)], width)


def _widest(forms: Sequence[tuple[Content, Content]], width: int) -> Content:
    """The first form, of a left and a right end, that fits whole; the last one is cut."""
    gap = 2
    fits = (form for form in forms if form[0].cell_length + gap + form[1].cell_length <= width)
    return spread(*next(fits, forms[-1]), width, gap=gap)
