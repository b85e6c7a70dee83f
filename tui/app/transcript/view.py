"""The conversation on screen: one scrolling widget on Textual's Line API, without a widget per message.

It draws turns and posts what a person wants of them; it never talks to the session, the library or its siblings.
Text that streams in is queued, and drawn by a timer that runs only then, in slices of a few milliseconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Click, MouseDown
from textual.geometry import Offset, Region
from textual.message import Message
from textual.timer import Timer

from tui.app.commands import bindings
from tui.app.transcript.chrome import wants_key
from tui.app.transcript.lines import TurnLines
from tui.app.transcript.palette import SIGN_CELLS
from tui.app.transcript.reading import act_at
from tui.app.transcript.sheet import SLICE_S, Sheet
from tui.app.transcript.turn import Turn
from tui.text import clean

_FRAME_S = 1 / 12  # scrolling repaints the whole pane: more often costs more than it shows
_BACKLOG_PAUSE_S = 0.01


class Transcript(Sheet):
    """The turns of one conversation, as they stream in, and what a reader can do with them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("transcript"),
        Binding("alt+up", "move(-1)", "previous", show=False),
        Binding("k", "up_or_key", "previous", show=False),
        Binding("alt+down,j", "move(1)", "next", show=False),
        Binding("space,enter", "fold", "thoughts", show=False),
        Binding("c", "copy_code", "copy code", show=False),
        Binding("m", "choose('model')", "other model", show=False),
        Binding("up", "scroll_rows(-1)", "up", show=False),
        Binding("down", "scroll_rows(1)", "down", show=False),
        Binding("pageup", "scroll_pages(-1)", "page up", show=False),
        Binding("pagedown", "scroll_pages(1)", "page down", show=False),
        Binding("home,g", "scroll_rows(-1000000000)", "start", show=False),
        Binding("end,G", "scroll_rows(1000000000)", "end", show=False),
    ]

    @dataclass
    class CopyRequested(Message):
        """The reader wants `text` (cleaned) in the clipboard; `what` says what it is, such as "message" or "code"."""

        text: str
        what: str

    @dataclass
    class LinkOpened(Message):
        """The reader clicked a link whose target was checked: http, https or mailto."""

        href: str

    @dataclass
    class ActionChosen(Message):
        """The reader wants something done with a turn: "retry", "model", "key" or "export"."""

        turn_id: str
        action: str

    def __init__(self, *, show_new: bool = True) -> None:
        super().__init__(show_new=show_new)
        self._code_turn: tuple[int, int] = (-1, 0)  # the turn whose codes are being copied, and the next one
        self._live: set[str] = set()
        self._timer: Timer | None = None

    # What the screen calls.

    @property
    def focused_turn(self) -> Turn | None:
        """The turn that the message keys act on, or None while the transcript is not focused."""
        if not self.has_focus or self._focused is None:
            return None
        return self.turns.turns[self._focused].turn

    def load(self, turns: Iterable[Turn]) -> None:
        """Show these turns instead of all others, from the end."""
        layout = self.turns
        layout.load(turns)
        self._live = {lines.turn.id for lines in layout.turns if lines.streaming or lines.backlog}
        self._focused = None
        self._strips.clear()
        self._set_following(True)
        for turn_id in self._live:
            self._start_clock(turn_id)
        self._code_turn = (-1, 0)
        if self._live:
            self.draw_now()
        self._fit()
        self._focus_end()

    def add(self, turn: Turn) -> None:
        """Show one more turn below the others; one's own prompt brings the view to the end."""
        index = self.turns.add(turn)
        if turn.state == "streaming":
            self._live.add(turn.id)
            self._start_clock(turn.id)
        if turn.kind == "prompt":
            self._set_following(True)
        if not self._following:
            self._note_new(turn.id)
        elif self.has_focus and self._focused is not None and self._focused == index - 1:
            self._focused = index
        self._fit()
        self._wake()

    def update(self, turn: Turn) -> None:
        """Take over everything but the text and thoughts of the turn with this id."""
        index = self.turns.find(turn.id)
        if index is None:
            return
        self.turns.turns[index].replace(turn, monotonic())
        if turn.state == "streaming":
            self._live.add(turn.id)
        self.turns.changed(index)
        self._fit()
        self._wake()

    def append(self, turn_id: str, text: str) -> None:
        """Queue more of a streaming reply's text; it is drawn on the next tick."""
        lines = self._lines(turn_id)
        if lines is None or not text:
            return
        clock = lines.clock
        clock.heard = monotonic()
        if clock.thinking_since is not None and clock.thinking_until is None:
            clock.thinking_until = monotonic()
        lines.body.append(text)
        self._note_new(turn_id)
        self._wake()

    def append_thinking(self, turn_id: str, text: str) -> None:
        """Queue more of a streaming reply's thoughts."""
        lines = self._lines(turn_id)
        if lines is None or not text:
            return
        lines.clock.heard = monotonic()
        if lines.clock.thinking_since is None:
            lines.clock.thinking_since = monotonic()
        lines.thoughts.append(text)
        self._note_new(turn_id)
        self._wake()

    def finish(self, turn: Turn) -> None:
        """End a stream: the turn as it was stored, whose text is drawn as a whole."""
        index = self.turns.find(turn.id)
        if index is None:
            return
        lines = self.turns.turns[index]
        lines.finish(turn)
        deadline = perf_counter() + SLICE_S
        for text in (lines.thoughts, lines.body):
            if not text.lazy:
                text.advance(deadline)
        if lines.backlog:
            self._live.add(turn.id)
        else:
            self._live.discard(turn.id)
        lines.furnish(monotonic())
        self.turns.changed(index)
        self._fit()
        self._wake()

    def move_focus(self, step: int) -> None:
        """Focus the message `step` further down; without a focused one, the last in view."""
        turns = self.turns.turns
        if self._focused is None:
            self._focus_last()
        else:
            index = self._focused + step
            while 0 <= index < len(turns) and turns[index].turn.kind == "switch":
                index += step
            if 0 <= index < len(turns):
                self._focused = index
        if self._focused is not None:
            self._show_turn(self._focused)
        self.refresh()

    # Streaming

    def _lines(self, turn_id: str) -> TurnLines | None:
        index = self.turns.find(turn_id)
        return None if index is None else self.turns.turns[index]

    def _start_clock(self, turn_id: str) -> None:
        lines = self._lines(turn_id)
        if lines is not None:
            now = monotonic()
            if lines.turn.waiting is not None:
                lines.clock.waiting_since = now
            if lines.thoughts.has_text:
                lines.clock.thinking_since = now
                lines.clock.thinking_until = now if lines.body.has_text else None
            lines.furnish(now)

    def _busy(self) -> list[int]:
        """Turns that stream, or whose text is not all drawn."""
        turns = self.turns.turns
        busy = []
        for turn_id in list(self._live):
            index = self.turns.find(turn_id)
            if index is not None and (turns[index].streaming or turns[index].backlog):
                busy.append(index)
            else:
                self._live.discard(turn_id)
        return busy

    def _wake(self, pause: float = _FRAME_S) -> None:
        if self._timer is None and self._live and self.is_attached:
            self._timer = self.set_timer(pause, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self.app.message_queue_size:
            self._wake(_BACKLOG_PAUSE_S)  # keys come first
        else:
            self.draw_now()

    def draw_now(self) -> None:
        """Draw what has come in since the last time; the timer does it while something streams."""
        began = perf_counter()
        busy = self._busy()
        backlog = self._draw_streams(busy, began + SLICE_S)
        took = perf_counter() - began
        if backlog:
            self._wake(max(_BACKLOG_PAUSE_S, took))
        elif busy:
            self._wake(max(_FRAME_S - took, 3 * took))

    def _draw_streams(self, busy: list[int], deadline: float) -> bool:
        """Draw the streams' new text; True when some had to wait."""
        layout, now = self.turns, monotonic()
        backlog = False
        before, top = layout.height, self.scroll_offset.y
        changed: list[Region] = []
        for index in busy:
            lines = layout.turns[index]
            start = layout.start(index)
            changed.append(Region(0, start, 1, lines.head_height + 2))
            changed.append(Region(0, start + lines.frozen, 1, 1_000_000))
            for text in (lines.thoughts, lines.body):
                if not text.lazy:
                    text.advance(deadline)
                    text.draw_tail()
            backlog |= lines.backlog
            lines.furnish(now)
            layout.changed(index)
        self._fit(refresh=False)
        if layout.height != before or self.scroll_offset.y != top:
            self.refresh()
        else:
            self._refresh_rows(changed)
        return backlog

    # Focus and keys

    def on_focus(self) -> None:
        """Keys go to a message: the one before, or the last in view."""
        if self._focused is None:
            self._focus_last()
        self.refresh()

    def action_move(self, step: int) -> None:
        """Go to the message before or after."""
        self.move_focus(step)

    def action_scroll_rows(self, rows: int) -> None:
        """Scroll without sliding."""
        self._scroll_to_row(self.scroll_offset.y + rows)

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll by the view's height, keeping one row."""
        self._scroll_to_row(self.scroll_offset.y + pages * max(1, self.size.height - 1))

    def action_copy(self) -> None:
        """Copy the focused message as raw Markdown, or a failure as a report."""
        turn = self.focused_turn
        if turn is None or self._focused is None:
            return
        lines = self.turns.turns[self._focused]
        if lines.body.has_text:
            self.post_message(self.CopyRequested(clean(lines.body.text), "message"))
        elif turn.failure is not None:
            failure = turn.failure
            report = [failure.title, failure.message, failure.hint, f"{failure.provider} {failure.model}"]
            report += [str(part) for part in (failure.code, failure.request_id) if part]
            self.post_message(self.CopyRequested(clean("\n".join(part for part in report if part.strip())), "report"))

    def action_copy_code(self) -> None:
        """Copy the focused message's first code block; pressed again, the next."""
        if self.focused_turn is None or self._focused is None:
            return
        lines = self.turns.turns[self._focused]
        codes = lines.codes()
        if not codes:
            return
        turn, at = self._code_turn
        at = at % len(codes) if turn == self._focused else 0
        self._code_turn = (self._focused, at + 1)
        row, source = codes[at]
        what = "code" if len(codes) == 1 else f"code {at + 1} of {len(codes)}"
        self.post_message(self.CopyRequested(source, what))
        start = self.turns.start(self._focused) + row
        if not self.scroll_offset.y <= start < self.scroll_offset.y + self.size.height - 1:
            self._scroll_to_row(start - 1)

    def action_fold(self) -> None:
        """Open or fold the focused message's thoughts."""
        if self._focused is not None and self.focused_turn is not None:
            self._fold(self._focused)

    def _fold(self, index: int) -> None:
        lines = self.turns.turns[index]
        if not lines.thoughts.has_text:
            return
        lines.folded = not lines.folded
        self.screen.clear_selection()
        lines.furnish(None)
        self.turns.changed(index)
        # What was opened stays in view, even where the end was followed.
        top = self.scroll_offset.y
        self._following = False
        self._fit(top)
        self._set_following(self.scroll_offset.y >= self.turns.height - self.size.height)

    def action_up_or_key(self) -> None:
        """The message before; on the card of a key that was refused, another key, as the card says."""
        if (turn := self.focused_turn) and wants_key(turn.failure):
            self.action_choose("key")
        else:
            self.action_move(-1)

    def action_choose(self, action: str) -> None:
        """Ask for something to be done with the focused message."""
        if turn := self.focused_turn:
            self.post_message(self.ActionChosen(turn.id, action))

    def action_retry(self) -> None:
        """Ask for the last prompt to be answered again."""
        self.action_choose("retry")

    def action_export(self) -> None:
        """Ask for the chat to be written to a file."""
        self.action_choose("export")

    # Mouse

    def on_mouse_down(self, event: MouseDown) -> None:
        """Remember where a double click would select a word."""
        self._pressed = Offset(event.x, event.y + self.scroll_offset.y)

    def on_click(self, event: Click) -> None:
        """Do what the reader clicked on, or focus the message."""
        if self.text_selection is not None or event.chain > 1:
            return
        if self._new and self._show_new and event.y == self.size.height - 1:
            start, end = self._new_span()
            if start <= event.x < end:
                self._scroll_to_row(self.turns.height)
                return
        number = self.scroll_offset.y + event.y
        index, row = self.turns.row(number)
        if index < 0 or row is None:
            return
        if self.turns.turns[index].turn.kind != "switch":
            self._focused = index
        self._act(index, number, act_at(row, event.x - self._column_start - SIGN_CELLS))
        self.refresh()

    def _act(self, index: int, number: int, act: str) -> None:
        lines = self.turns.turns[index]
        kind, _, target = act.partition(":")
        match kind:
            case "link":
                self.post_message(self.LinkOpened(target))
            case "fold":
                self._fold(index)
            case "code":
                code = lines.code_at(number - self.turns.start(index), act)
                self.post_message(self.CopyRequested(code, "code"))
            case "do" if target == "copy":
                self.action_copy()
            case "do":
                self.post_message(self.ActionChosen(lines.turn.id, target))
            case _:
                pass
