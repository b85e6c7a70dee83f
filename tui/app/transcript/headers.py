"""The lines around a message's text: its name line, folded thoughts, tool calls, files, notices and switches, as rows.

Figures are honest: "≈" before estimates, "—" for what is unknown, and a field that does not fit is left out whole.
"""

from tui.app.transcript.markdown.wrap import wrap_spans
from tui.app.transcript.message import TranscriptMessage
from tui.app.transcript.row import TEXT_START, Row, Span, fit, trim, width_of
from tui.app.transcript.tool_text import has_details, short_arguments, tool_name
from tui.chat.branches import ALONE
from tui.chat.message_parts import AttachmentContent, NoticeContent, ThinkingContent, ToolCallContent
from tui.chat.tools.questions import NOT_ALLOWED
from tui.dataclass import dataclass
from tui.figures import UNKNOWN, seconds, size, tokens
from tui.preview import plain_line
from tui.text import clean, clean_line

SILENCE_S = 10.0
"""How long nothing may come before the stopwatch mentions it: a model that thinks unseen takes a while, too."""

_DONE = Span("◆ ", "mark")
_WRITING = Span("◇ ", "mark")
_CURSOR = "▍"
_SEPARATOR = " · "
_LEAST_WIDTH = 8
# Narrower columns have no room for a time to the first token, or for anything but the name.
_FULL_COLUMN, _NAME_ONLY_COLUMN = 80, 56
_CHARS_PER_TOKEN = 4

_TOOL_SIGNS = {
    "running": Span("◷ ", "live"),
    "done": Span("✓ ", "good"),
    "failed": Span("✗ ", "wrong"),
    "asking": Span("? ", "care"),
    "denied": Span("■ ", "care"),
    "interrupted": Span("■ ", "care"),
}


_ALLOWED = {"rule": "allowed by rule", "once": "allowed once", "chat": "allowed in this chat"}


@dataclass(frozen=True, slots=True)
class Timings:
    """The stopwatches of a message, in seconds.

    Attributes:
        elapsed_s: since the request went out; None when not streaming.
        waited_s: since it began to wait for a retry.
        silent_s: since anything came.
        asks: nothing goes on before the person has answered.
    """

    elapsed_s: float | None = None
    waited_s: float = 0.0
    silent_s: float = 0.0
    asks: bool = False


def prompt_head(message: TranscriptMessage, column: int) -> list[Row]:
    """The line "you 14:04" above a prompt."""
    spans = [Span("you", "you")]
    if message.time and column > _NAME_ONLY_COLUMN // 2:
        spans.append(Span(f"  {clean_line(message.time)}", "muted"))
    return [Row(tuple(_with_branch(spans, message, column - TEXT_START - 1)))]


def _branch(message: TranscriptMessage) -> list[Span]:
    """The place among the messages beside it, "‹2/3›", whose halves lead to the one before and the one behind."""
    if message.branch == ALONE:
        return []
    number, count = message.branch
    return [
        Span(f"‹{number}", "branch", "do:previous_branch"),
        Span("/", "branch"),
        Span(f"{count}›", "branch", "do:next_branch"),
    ]


def _with_branch(spans: list[Span], message: TranscriptMessage, room: int) -> list[Span]:
    """A head with its branch at the right end of `room` cells."""
    branch = _branch(message)
    space = room - width_of(spans) - width_of(branch)
    return [*spans, Span(" " * max(1, space)), *branch] if branch else spans


def reply_head(message: TranscriptMessage, column: int, timings: Timings) -> list[Row]:
    """The provenance line: the model's name, and as many of the fields as fit; the name never goes."""
    streaming = message.state == "streaming"
    whole = column - TEXT_START - 1
    branch = width_of(_branch(message))
    room = whole - branch - 2 if branch else whole
    name = Span(clean_line(message.model, max(_LEAST_WIDTH, room)) or "model", "model")
    fields = _live_fields(message, timings) if streaming else _fields(message, column)
    while fields and width_of([name]) + 2 + len(_SEPARATOR) * (len(fields) - 1) + width_of(fields) > room:
        fields.pop(next((index for index, field in enumerate(fields) if field.text.startswith("TTFT")), 0))
    spans = [name]
    for index, field in enumerate(fields):
        spans += [Span("  " if index == 0 else _SEPARATOR, "muted"), field]
    shown = _with_branch(fit(spans, room), message, whole)
    return [Row(tuple(shown), sign=_WRITING if streaming else _DONE)]


def _live_fields(message: TranscriptMessage, timings: Timings) -> list[Span]:
    fields = [Span(clean_line(text), "muted") for text in (message.label, message.time) if text]
    if timings.asks:
        fields.append(Span("waits for you", "care"))
    elif timings.elapsed_s is not None:
        fields.append(Span(f"streaming {seconds(timings.elapsed_s)}", "live"))
    elif message.note:
        fields.append(Span(f"streaming {clean_line(message.note)}", "live"))
    if timings.silent_s >= SILENCE_S:
        fields.append(Span(f"no data for {int(timings.silent_s)}s", "care"))
    return fields


def _fields(message: TranscriptMessage, column: int) -> list[Span]:
    """Time, tokens, time to the first token, total and cost, as far as the column has room for their kind."""
    if column < _NAME_ONLY_COLUMN:
        return []
    sent = tokens(message.input_tokens, estimated=message.estimated)
    generated = tokens(message.output_tokens, estimated=message.estimated)
    fields = [clean_line(text) for text in (message.label, message.time) if text]
    if message.input_tokens is message.output_tokens is message.total_s is None and not message.price_text:
        # A person's words, or those that another program has asked for: nobody has counted anything.
        return [Span(field, "muted") for field in fields]
    fields.append(f"{sent} → {generated}")
    if message.first_token_s is not None and column >= _FULL_COLUMN:
        fields.append(f"TTFT {seconds(message.first_token_s)}")
    fields.append(seconds(message.total_s))
    fields.append(clean_line(message.price_text) or f"cost {UNKNOWN}")
    return [Span(field, "muted") for field in fields]


def thought_rows(thoughts: ThinkingContent, column: int, *, folded: bool, running_s: float | None = None) -> list[Row]:
    """The one line that thoughts fold to; while they stream, their last line is shown below it.

    `running_s` is seconds since the first thought while more may come, None when they are over.
    """
    known = thoughts.tokens is not None
    count = thoughts.tokens if known else max(1, len(thoughts.text) // _CHARS_PER_TOKEN)
    amount = f"{_SEPARATOR}{tokens(count, estimated=not known)} tok"
    if running_s is not None:
        spans = [Span(f"thinking {seconds(running_s)}", "thought"), Span(f"{amount} ", "muted"), Span(_CURSOR, "mark")]
    else:
        took = "thought" if thoughts.duration_s is None else f"thought for {seconds(thoughts.duration_s)}"
        spans = [Span(took, "thought"), Span(amount, "muted")]
    rows = [_folding(spans, folded=folded)]
    if folded and running_s is not None:
        rows.append(_last_line(thoughts.text, column))
    return rows


def _folding(spans: list[Span], *, folded: bool) -> Row:
    sign = Span("▸ " if folded else "▾ ", "muted")
    return Row(tuple(span._replace(action="fold") for span in [sign, *spans]))


def _last_line(thoughts: str, column: int) -> Row:
    room = max(_LEAST_WIDTH, column - TEXT_START - 4)
    line = clean(next((line for line in reversed(thoughts[-4 * room :].splitlines()) if line.strip()), "")).strip()
    line = plain_line(line)
    if width_of([Span(line)]) > room:
        line = line[-room:]
        while width_of([Span(line)]) >= room:
            line = line[1:]
        # From a whole word on, unless it is one long word.
        line = f"…{line.partition(' ')[2] or line}"
    return Row((Span("│ ", "faint"), Span(line, "thought")), decor=2)


def tool_rows(call: ToolCallContent, column: int, *, folded: bool, running_s: float | None = None) -> list[Row]:
    """The one line of a tool call: its state, name, arguments in short, how long it took, and why it was allowed.

    `running_s` is seconds since it was started, for the state "running".
    """
    name = Span(tool_name(call))
    status, aside = _tool_status(call, running_s), _tool_aside(call)
    whole = column - TEXT_START - 1 - 2 * has_details(call)
    room = whole - width_of([_TOOL_SIGNS[call.state], name, *status])
    arguments = short_arguments(call.arguments)
    spans = [_TOOL_SIGNS[call.state], name]
    if room >= _LEAST_WIDTH + 2 and arguments:
        shown = fit([Span(arguments, "muted")], room - 2)
        spans += [Span("  "), *shown]
        room -= 2 + width_of(shown)
    spans += status
    if aside and room > len(_SEPARATOR) + _LEAST_WIDTH:
        spans += fit([Span(f"{_SEPARATOR}{aside}", "muted")], room)
    row = _folding(spans, folded=folded) if has_details(call) else Row(tuple(spans))
    return [Row(tuple(fit(row.spans, column - TEXT_START - 1)))]


def _tool_status(call: ToolCallContent, running_s: float | None) -> list[Span]:
    took = "" if call.duration_s is None else seconds(call.duration_s)
    match call.state:
        case "running":
            return [Span(f"  running {seconds(running_s)}" if running_s is not None else "  running", "live")]
        case "done":
            return [Span(f"  {took}", "muted")] if took else []
        case "failed":
            return [Span("  " + _SEPARATOR.join(filter(None, ("failed", took))), "wrong")]
        case "asking":
            return [Span("  waits for you", "care")]
        case "denied":
            return [Span("  not allowed", "care")]
        case "interrupted":
            return [Span("  stopped", "care")]


def _tool_aside(call: ToolCallContent) -> str:
    """What else there is to say of a call: how far it is, why not, or why it was allowed."""
    match call.state:
        case "running":
            return clean_line(call.result)
        case "denied":
            return clean_line(call.result.removeprefix(NOT_ALLOWED))
        case "done" | "failed":
            return _ALLOWED.get(call.approval, "")
        case _:
            return ""


def attachment_rows(attachment: AttachmentContent, column: int) -> list[Row]:
    """The line of a file: its name, which opens it, and size."""
    name = clean_line(attachment.name) or clean_line(attachment.media_type) or "file"
    known = [] if attachment.size_bytes is None else [Span(f"  {size(attachment.size_bytes)}", "muted")]
    sign = Span("@ ", "muted")
    action = f"file:{attachment.hash}" if attachment.hash else ""
    room = column - TEXT_START - 1 - width_of([sign, *known])
    return [Row((sign, *fit([Span(name, action=action)], max(_LEAST_WIDTH, room)), *known))]


def notice_rows(notice: NoticeContent, column: int) -> list[Row]:
    """A sentence of the app itself."""
    text = clean(notice.text).replace("\n", " ").expandtabs(1)
    wrapped = wrap_spans([Span(text, "muted")], max(_LEAST_WIDTH, column - TEXT_START - 2))
    return [Row(tuple(spans), join=join) for spans, join in wrapped]


def switch_rows(message: TranscriptMessage, column: int) -> list[Row]:
    """One hairline with both names and what is not sent."""
    names = [Span(" ")]
    if message.previous_model:
        names += [Span(clean_line(message.previous_model), "muted"), Span(" → ", "muted")]
    names.append(Span(clean_line(message.model), "model"))
    note = [Span(f"  {clean_line(message.note)}", "muted")] if message.note else []
    room = column - TEXT_START
    spans = [*names, *note, Span(" ")]
    if width_of(spans) > room:
        spans = [*fit(names, room - 1), Span(" ")]
    spans.append(Span("─" * max(0, room - width_of(spans)), "rule"))
    return [Row(tuple(spans), sign=Span("──", "rule"))]


def left_out_rows(message: TranscriptMessage, column: int) -> list[Row]:
    """One hairline that says what above it is not sent, and how it is sent again."""
    room = column - TEXT_START
    said = Span(f" {clean_line(message.note)} ", "muted")
    again = [Span(" /send-all", "key-always", "do:send_all"), Span(" sends all again ", "muted", "do:send_all")]
    spans = [said, *again] if width_of([said, *again]) <= room else fit([said], room)
    spans.append(Span("─" * max(0, room - width_of(spans)), "rule"))
    return [Row(tuple(spans), sign=Span("──", "rule"))]


def folded_rows(message: TranscriptMessage, column: int) -> list[Row]:
    """The line that messages fold to of which the model gets a summary; it opens them."""
    spans = [Span("▾ " if message.opened else "▸ ", "muted"), Span(clean_line(message.note), "muted")]
    keys = [Span("   "), Span("space", "key"), Span(" fold" if message.opened else " open", "muted")]
    room = column - TEXT_START - 1
    shown = [*spans, *keys] if width_of([*spans, *keys]) <= room else fit(spans, room)
    return [Row(tuple(span._replace(action="do:originals") for span in shown))]


def with_cursor(row: Row) -> Row:
    """The row with the mark of a stream's end behind its text."""
    style = "on-code mark" if row.fill == "on-code" else "mark"
    return Row((*trim(list(row.spans)), Span(_CURSOR, style)), row.fill, row.join, row.sign, row.ground, row.decor)
