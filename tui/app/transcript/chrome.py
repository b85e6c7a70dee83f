"""What stands around a turn's text: its name line, folded thoughts, switch lines and cards; rows in, nothing drawn.

Numbers are honest: "≈" before estimates, "—" for what is unknown, and a field that does not fit is left out whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tui.app.transcript.flow import TEXT_START
from tui.app.transcript.rows import Row, Run, fit, trim, width_of, wrap_runs
from tui.app.transcript.turn import Turn
from tui.chat.replies.events import Failure, Waiting
from tui.text import clean, clean_line

UNKNOWN = "—"
_SEPARATOR = " · "
_COUNTDOWN_CELLS = 40
# Narrower columns have no room for a time to the first token, or for anything but the name (look.md, grid).
_FULL_COLUMN, _NAME_ONLY_COLUMN = 80, 56

SILENCE_S = 10.0
"""How long nothing may come before the stopwatch says so: a model that thinks unseen takes a while, too."""

YOURS = Run("▌ ", "bar")
DONE = Run("◆ ", "mark")
WRITING = Run("◇ ", "mark")


@dataclass(frozen=True, slots=True)
class Moment:
    """The stopwatches of a turn.

    Attributes:
        elapsed_s: since the request went out; None when not streaming.
        thinking_s: since the first thought, while more come; None when the model is not thinking.
        waited_s: since it began to wait for a retry.
        thought_s: how long it has thought in all; None when unknown.
        silent_s: since anything came.
    """

    elapsed_s: float | None = None
    thinking_s: float | None = None
    waited_s: float = 0.0
    thought_s: float | None = None
    silent_s: float = 0.0


def seconds(value: float) -> str:
    """A duration as "0.6 s", or "1 m 12 s" from a minute on."""
    if value < 60:
        return f"{value:.1f} s"
    return f"{int(value) // 60} m {int(value) % 60} s"


def count(value: int) -> str:
    """A number of tokens as "412", "77.9k" or "1.2M"."""
    if value < 1_000:
        return str(value)
    if value < 999_950:
        return f"{value / 1_000:.1f}k"
    return f"{value / 1_000_000:.1f}M"


def prompt_head(turn: Turn, column: int) -> list[Row]:
    """The line "you 14:04" above a prompt."""
    runs = [Run("you", "you")]
    if turn.time and column > _NAME_ONLY_COLUMN // 2:
        runs.append(Run(f"  {clean_line(turn.time)}", "muted"))
    return [Row(tuple(runs))]


def reply_head(turn: Turn, column: int, moment: Moment) -> list[Row]:
    """The provenance line: the model's name, and as many of the fields as fit; the name never goes."""
    streaming = turn.state == "streaming"
    room = column - TEXT_START - 1
    name = Run(clean_line(turn.model, max(8, room)) or "model", "model")
    fields = _live_fields(turn, moment) if streaming else _fields(turn, column)
    while fields and width_of([name]) + 2 + len(_SEPARATOR) * (len(fields) - 1) + width_of(fields) > room:
        fields.pop(next((index for index, field in enumerate(fields) if field.text.startswith("TTFT")), 0))
    runs = [name]
    for index, field in enumerate(fields):
        runs += [Run("  " if index == 0 else _SEPARATOR, "muted"), field]
    return [Row(tuple(fit(runs, room)), sign=WRITING if streaming else DONE)]


def _live_fields(turn: Turn, moment: Moment) -> list[Run]:
    fields = [Run(clean_line(turn.time), "muted")] if turn.time else []
    if moment.elapsed_s is not None:
        fields.append(Run(f"streaming {seconds(moment.elapsed_s)}", "live"))
    if moment.silent_s >= SILENCE_S:
        fields.append(Run(f"no data for {int(moment.silent_s)} s", "care"))
    return fields


def _fields(turn: Turn, column: int) -> list[Run]:
    """Time, tokens, time to the first token, total and cost, as far as the column has room for their kind."""
    if column < _NAME_ONLY_COLUMN:
        return []
    about = "≈ " if turn.estimated else ""
    tokens = f"{_tokens(turn.input_tokens, about)} → {_tokens(turn.output_tokens, about)}"
    fields = [clean_line(turn.time)] if turn.time else []
    fields.append(tokens)
    if turn.first_token_s is not None and column >= _FULL_COLUMN:
        fields.append(f"TTFT {seconds(turn.first_token_s)}")
    fields.append(seconds(turn.total_s) if turn.total_s is not None else UNKNOWN)
    fields.append(clean_line(turn.price_text) or f"cost {UNKNOWN}")
    return [Run(field, "muted") for field in fields]


def _tokens(value: int | None, about: str) -> str:
    return UNKNOWN if value is None else f"{about}{count(value)}"


def thought_head(turn: Turn, thinking: str, *, folded: bool, moment: Moment, column: int) -> list[Row]:
    """The one line that thoughts fold to; while they stream, their last line stands below it."""
    tokens = turn.thinking_tokens
    amount = f"{count(tokens)} tok" if tokens is not None else f"≈ {count(max(1, len(thinking) // 4))} tok"
    if moment.thinking_s is not None:
        runs = [
            Run(f"thinking {seconds(moment.thinking_s)}", "thought"),
            Run(f"{_SEPARATOR}{amount} ", "muted"),
            Run("▍", "mark"),
        ]
    else:
        took = f"thought for {seconds(moment.thought_s)}" if moment.thought_s is not None else "thought"
        runs = [Run(took, "thought"), Run(f"{_SEPARATOR}{amount}", "muted")]
    sign = Run("▸ " if folded else "▾ ", "muted")
    rows = [Row(tuple(run._replace(act="fold") for run in [sign, *runs]))]
    if folded and moment.thinking_s is not None:
        rows.append(_last_line(thinking, column))
    return rows


def _last_line(thinking: str, column: int) -> Row:
    room = max(8, column - TEXT_START - 4)
    line = clean(next((line for line in reversed(thinking[-4 * room :].splitlines()) if line.strip()), "")).strip()
    if width_of([Run(line)]) > room:
        line = line[-room:]
        while width_of([Run(line)]) >= room:
            line = line[1:]
        # From a whole word on, unless it is one long word.
        line = f"…{line.partition(' ')[2] or line}"
    return Row((Run("│ ", "faint"), Run(line, "thought")), decor=2)


def switch_rows(turn: Turn, column: int) -> list[Row]:
    """One hairline with both names and what is not sent."""
    names = [Run(" ")]
    if turn.previous_model:
        names += [Run(clean_line(turn.previous_model), "muted"), Run(" → ", "muted")]
    names.append(Run(clean_line(turn.model), "model"))
    note = [Run(f"  {clean_line(turn.note)}", "muted")] if turn.note else []
    room = column - TEXT_START
    runs = [*names, *note, Run(" ")]
    if width_of(runs) > room:
        runs = [*fit(names, room - 1), Run(" ")]
    runs.append(Run("─" * max(0, room - width_of(runs)), "rule"))
    return [Row(tuple(runs), sign=Run("──", "rule"))]


def wants_key(failure: Failure | None) -> bool:
    """Whether another key could help: it was refused, or there is none."""
    return failure is not None and bool(failure.provider) and failure.kind in ("auth", "no_model")


def failure_rows(failure: Failure, column: int, *, partial: bool) -> list[Row]:
    """The card of a reply that failed: what, who, why, what to do, and the keys."""
    where = _SEPARATOR.join([clean_line(part) for part in (failure.provider, failure.model) if part])
    reference = _SEPARATOR.join([str(part) for part in (failure.code, clean_line(failure.request_id, 40)) if part])
    text = clean(f"{failure.message.strip()} {failure.hint.strip()}".strip())
    title = Run(f"✗ {clean_line(failure.title)}", "wrong strong")
    keys = [("m", "other model", "model"), ("r", "retry", "retry")]
    if wants_key(failure):
        keys.insert(0, ("k", "change key" if failure.kind == "auth" else "add key", "key"))
    keys.append(("y", "copy", "copy") if partial else ("y", "copy report", "copy"))
    rows = [_card_title([title, Run(f"   {where}", "muted")], Run(reference, "muted"), column)]
    return _card([*rows, *_card_text(text, column), key_row(keys)], "bar-wrong")


def waiting_rows(waiting: Waiting, model: str, column: int, moment: Moment) -> list[Row]:
    """The card of a reply that waits for a retry or for a model to load."""
    title = Run("◷ Waiting to try again" if waiting.kind == "retry" else "◷ Loading the model", "care strong")
    left = None if waiting.delay_s is None else max(0.0, waiting.delay_s - moment.waited_s)
    right = Run("" if left is None else f"retry in {left:.0f} s", "")
    who = Run(f"   {clean_line(model)}" if model else "", "muted")
    rows = [_card_title([title, who], right, column), *_card_text(clean(waiting.message), column)]
    if waiting.delay_s:
        done = round(_COUNTDOWN_CELLS * (1 - (left or 0.0) / waiting.delay_s))
        rows.append(Row((Run("━" * done, "bar-care"), Run("─" * (_COUNTDOWN_CELLS - done), "rule"))))
    rows.append(Row((Run("esc", "key-always"), Run(" stop waiting", "muted"))))
    return _card(rows, "bar-care")


def stopped_rows(turn: Turn) -> list[Row]:
    """The lines below a reply that a person stopped, or that the app's end cut short."""
    kept = ""
    if turn.output_tokens is not None:
        kept = f"  {'≈ ' if turn.estimated else ''}{count(turn.output_tokens)} tokens kept"
    # Without a note nobody stopped it: Chinwag itself ended in the middle.
    words = f"■ Stopped {clean_line(turn.note)}" if turn.note else "! Interrupted"
    title = Row((Run(words, "care strong"), Run(kept, "muted")))
    return [title, key_row([("r", "again", "retry"), ("m", "other model", "model")])]


def cut_rows(turn: Turn) -> list[Row]:
    """The lines below a reply that its model or provider ended early, for the reason in the turn's note."""
    title = Row((Run("! Cut off", "care strong"), Run(f"  {clean_line(turn.note)}", "muted")))
    return [title, key_row([("r", "again", "retry"), ("m", "other model", "model")])]


def key_row(keys: Sequence[tuple[str, str, str]]) -> Row:
    """A line of keys, each (key, words, action); warm where they work, which is on the focused turn."""
    runs: list[Run] = []
    for key, words, action in keys:
        act = f"do:{action}"
        runs += [Run(key, "key", act), Run(f" {words}", "muted", act), Run("   ")]
    return Row(tuple(runs[:-1]))


def _card_title(left: list[Run], right: Run, column: int) -> Row:
    room = column - TEXT_START - 1
    space = room - width_of(left) - width_of([right])
    if space < 2:
        left = fit(left, max(8, room - width_of([right]) - 2))
        space = max(2, room - width_of(left) - width_of([right]))
    return Row((*left, Run(" " * space), right))


def _card_text(text: str, column: int) -> list[Row]:
    runs = [Run(part) for line in text.expandtabs(4).split("\n") for part in (line, "\n")][:-1]
    return [Row(tuple(line), join=join) for line, join in wrap_runs(runs, max(8, column - TEXT_START - 1))]


def _card(rows: list[Row], bar: str) -> list[Row]:
    return [Row(row.runs, fill=row.fill, join=row.join, sign=Run("▌ ", bar), ground="card") for row in rows]


def with_cursor(row: Row) -> Row:
    """The row with the mark of a stream's end behind its text."""
    style = "on-code mark" if row.fill == "on-code" else "mark"
    return Row((*trim(list(row.runs)), Run("▍", style)), row.fill, row.join, row.sign, row.ground, row.decor)
