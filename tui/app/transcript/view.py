"""The conversation on screen: one scrolling widget on Textual's Line API, without a widget per message.

It draws turns and posts what a person wants of them; it never talks to the session, the library or its siblings.
Text that streams in is queued, and drawn by a timer that runs only then, in slices of a few milliseconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from time import monotonic, perf_counter
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.events import Click, MouseDown, Resize
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer

from tui.app.commands import bindings
from tui.app.transcript.chrome import YOURS
from tui.app.transcript.lines import Layout, TurnLines
from tui.app.transcript.palette import COMPONENTS, SIGN_CELLS, Ground, Palette, paint, select
from tui.app.transcript.reading import act_at, selected_text, word_at
from tui.app.transcript.rows import Row, Run
from tui.app.transcript.turn import Turn
from tui.text import clean

WIDEST_COLUMN = 100
_MARGIN = 2
_FRAME_S = 1 / 12  # scrolling repaints the whole pane: more often costs more than it shows
_SLICE_S = 0.006
_BACKLOG_PAUSE_S = 0.01
_IDLE_PAUSE_S = 0.03
_NO_SIGN = Run("  ")
_PAGE, _TINTED = 0, 1


class Transcript(ScrollView, can_focus=True):
    """The turns of one conversation, following the end unless the reader scrolled up.

    Args:
        show_new: draw "↓ 3 new" in the last row while turns come in below; else the screen does, by `FollowChanged`.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(COMPONENTS)
    DEFAULT_CSS = """
    Transcript {
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        & > .transcript--page { background: $background; }
        & > .transcript--tint { background: $surface; }
        & > .transcript--raised { background: $panel; }
        & > .transcript--muted { color: $foreground-muted; }
        & > .transcript--thought, & > .transcript--comment { color: $foreground-muted; text-style: italic; }
        & > .transcript--you { color: $text-primary; text-style: bold; }
        & > .transcript--key, & > .transcript--key-always { color: $footer-key-foreground; }
        & > .transcript--model { color: $text-secondary; text-style: bold; }
        & > .transcript--live, & > .transcript--bullet, & > .transcript--type { color: $text-secondary; }
        & > .transcript--heading { color: $text-accent; text-style: bold; }
        & > .transcript--code, & > .transcript--keyword { color: $text-accent; }
        & > .transcript--link { color: $text-accent; text-style: underline; }
        & > .transcript--good, & > .transcript--string { color: $text-success; }
        & > .transcript--care, & > .transcript--number { color: $text-warning; }
        & > .transcript--wrong { color: $text-error; }
        & > .transcript--rule, & > .transcript--faint { color: $foreground 20%; }
        & > .transcript--mark { color: $secondary; }
        & > .transcript--bar { color: $primary; }
        & > .transcript--bar-wrong { color: $error; }
        & > .transcript--bar-care { color: $warning; }
        &:ansi > .transcript--muted, &:ansi > .transcript--rule, &:ansi > .transcript--faint { text-style: dim; }
        &:ansi > .transcript--thought, &:ansi > .transcript--comment { text-style: dim italic; }
        &:ansi > .transcript--code, &:nocolor > .transcript--code { text-style: bold; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("transcript"),
        Binding("alt+up,k", "move(-1)", "previous", show=False),
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
        """The reader wants something done with a turn: "retry", "model" or "export"."""

        turn_id: str
        action: str

    @dataclass
    class FollowChanged(Message):
        """The view follows the end, or does not any more; `new_count` turns have come below it since."""

        following: bool
        new_count: int

    def __init__(self, *, show_new: bool = True) -> None:
        super().__init__()
        self._show_new = show_new
        self._layout_of_turns = Layout()
        self._following = True
        self._new: set[str] = set()
        self._focused: int | None = None
        self._code_turn: tuple[int, int] = (-1, 0)  # the turn whose codes are being copied, and the next one
        self._palette: Palette | None = None
        self._strips: LRUCache[tuple[int, int, int, bool], tuple[Row, Strip]] = LRUCache(1_024)
        self._live: set[str] = set()
        self._timer: Timer | None = None
        self._idle_timer: Timer | None = None
        self._placing = False
        self._pressed = Offset(0, 0)

    # What the screen calls.

    @property
    def following(self) -> bool:
        """Whether the view stays at the end while text comes in."""
        return self._following

    @property
    def new_count(self) -> int:
        """How many turns have got text below the view since it stopped following."""
        return len(self._new)

    @property
    def focused_turn(self) -> Turn | None:
        """The turn that the message keys act on, or None while the transcript is not focused."""
        if not self.has_focus or self._focused is None:
            return None
        return self._layout_of_turns.turns[self._focused].turn

    def load(self, turns: Iterable[Turn]) -> None:
        """Show these turns instead of all others, from the end."""
        layout = self._layout_of_turns
        layout.load(turns)
        self._live = {lines.turn.id for lines in layout.turns if lines.streaming or lines.backlog}
        self._focused = None
        self._strips.clear()
        self._set_following(True)
        for turn_id in self._live:
            self._start_clock(turn_id)
        self._fit()
        self._focus_end()
        self._wake()

    def add(self, turn: Turn) -> None:
        """Show one more turn below the others; one's own prompt brings the view to the end."""
        index = self._layout_of_turns.add(turn)
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
        index = self._layout_of_turns.find(turn.id)
        if index is None:
            return
        self._layout_of_turns.turns[index].replace(turn, monotonic())
        if turn.state == "streaming":
            self._live.add(turn.id)
        self._layout_of_turns.changed(index)
        self._fit()
        self._wake()

    def append(self, turn_id: str, text: str) -> None:
        """Queue more of a streaming reply's text; it is drawn on the next tick."""
        lines = self._lines(turn_id)
        if lines is None or not text:
            return
        clock = lines.clock
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
        if lines.clock.thinking_since is None:
            lines.clock.thinking_since = monotonic()
        lines.thoughts.append(text)
        self._note_new(turn_id)
        self._wake()

    def finish(self, turn: Turn) -> None:
        """End a stream: the turn as it was stored, whose text is drawn as a whole."""
        index = self._layout_of_turns.find(turn.id)
        if index is None:
            return
        lines = self._layout_of_turns.turns[index]
        lines.finish(turn)
        deadline = perf_counter() + _SLICE_S
        for text in (lines.thoughts, lines.body):
            if not text.lazy:
                text.advance(deadline)
        if lines.backlog:
            self._live.add(turn.id)
        lines.furnish(monotonic())
        self._layout_of_turns.changed(index)
        self._fit()
        self._wake()

    def move_focus(self, step: int) -> None:
        """Focus the message `step` further down; without a focused one, the last in view."""
        turns = self._layout_of_turns.turns
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
        index = self._layout_of_turns.find(turn_id)
        return None if index is None else self._layout_of_turns.turns[index]

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

    def _note_new(self, turn_id: str) -> None:
        if not self._following and turn_id not in self._new:
            self._new.add(turn_id)
            self._tell_following()

    def _busy(self) -> list[int]:
        """Turns that stream, or whose text is not all drawn."""
        turns = self._layout_of_turns.turns
        busy = []
        for turn_id in list(self._live):
            index = self._layout_of_turns.find(turn_id)
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
        backlog = self._draw_streams(busy, began + _SLICE_S)
        took = perf_counter() - began
        if backlog:
            self._wake(max(_BACKLOG_PAUSE_S, took))
        elif busy:
            self._wake(max(_FRAME_S - took, 3 * took))

    def _draw_streams(self, busy: list[int], deadline: float) -> bool:
        """Draw the streams' new text; True when some had to wait."""
        layout, now = self._layout_of_turns, monotonic()
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
                    text.advance(deadline, draw=lines.streaming)
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

    def _refresh_rows(self, changed: list[Region]) -> None:
        width, height = self.size
        view = Region(0, 0, width, height)
        rows = [Region(0, part.y - self.scroll_offset.y, width, part.height).intersection(view) for part in changed]
        if regions := [part for part in rows if part]:
            self.refresh(*regions)

    # Place: heights, scrolling, following

    @property
    def _column_start(self) -> int:
        return max(_MARGIN, (self.outer_size.width - self._layout_of_turns.column) // 2)

    def on_resize(self, event: Resize) -> None:
        """Wrap again for the new width; what is at the top of the view stays there."""
        column = max(8, min(WIDEST_COLUMN, self.outer_size.width - 2 * _MARGIN))
        layout = self._layout_of_turns
        if column == layout.column:
            self._fit()
            self._focus_end()
            return
        index, inside = layout.locate(self.scroll_offset.y)
        share = inside / (layout.turns[index].height + 1) if index >= 0 else 0.0
        layout.resize(column)
        self._strips.clear()
        self.screen.clear_selection()
        top = 0 if index < 0 else layout.start(index) + round(share * (layout.turns[index].height + 1))
        self._fit(top)
        self._focus_end()

    def _fit(self, top: int | None = None, *, refresh: bool = True) -> None:
        """Draw what is in view, so that its heights are right, and go to where the view belongs.

        Args:
            top: the row at the top of the view, when it does not follow; None stays where it is.
            refresh: paint the whole view.
        """
        height = self.size.height
        if not height or not self.is_attached:
            return
        layout = self._layout_of_turns
        if self._following:
            while layout.make_exact(layout.height - height, layout.height, 0)[1]:
                pass
            top = max(0, layout.height - height)
        else:
            top = self.scroll_offset.y if top is None else top
            top += self._settle(top, top, top + height, inf)[0]
        self._place(top)
        if refresh:
            self.refresh()
        if self._idle_timer is None:
            self._idle_timer = self.set_timer(_IDLE_PAUSE_S, self._draw_around)

    def _settle(self, top: int, first: int, last: int, deadline: float) -> tuple[int, bool]:
        """Draw the blocks from row `first` to `last`; how far `top` has moved, and whether some had to wait."""
        moved = 0
        while perf_counter() < deadline:
            shift, done = self._layout_of_turns.make_exact(first + moved, last + moved, top + moved)
            if not done:
                return moved, False
            moved += shift
        return moved, True

    def _draw_around(self) -> None:
        """In a quiet moment draw two screens above and below the view, so that scrolling finds them ready."""
        self._idle_timer = None
        if not self.size.height or self.text_selection is not None:
            return
        top, height = self.scroll_offset.y, self.size.height
        before = self._layout_of_turns.height
        moved, more = self._settle(top, top - 2 * height, top + 3 * height, perf_counter() + _SLICE_S)
        if self._layout_of_turns.height != before or moved:
            self._place(max(0, self._layout_of_turns.height - height) if self._following else top + moved)
        if more:
            self._idle_timer = self.set_timer(_IDLE_PAUSE_S, self._draw_around)

    def _place(self, top: int) -> None:
        self._placing = True
        self.virtual_size = Size(self.size.width, self._layout_of_turns.height)
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, immediate=True, force=True)
        self._placing = False

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow the end again when the reader has come there, and draw what has come into view."""
        super().watch_scroll_y(old_value, new_value)
        if self._placing or round(old_value) == round(new_value):
            return
        self._set_following(round(new_value) >= self._layout_of_turns.height - self.size.height)
        self._fit()

    def _set_following(self, following: bool) -> None:
        if following == self._following and not (following and self._new):
            return
        self._following = following
        if following:
            self._new.clear()
        self._tell_following()

    def _tell_following(self) -> None:
        self.post_message(self.FollowChanged(self._following, len(self._new)))
        self.refresh()

    def _show_turn(self, index: int) -> None:
        """Scroll as little as needed to show a turn, or its start when it is higher than the view."""
        layout, height = self._layout_of_turns, self.size.height
        start = layout.start(index)
        self._settle(start, start, start + height, inf)
        end = start + layout.turns[index].height
        top = self.scroll_offset.y
        if start < top or end - start >= height:
            self._scroll_to_row(start - 1 if index == 0 else start)
        elif end + 1 > top + height:
            self._scroll_to_row(end + 1 - height)

    def _scroll_to_row(self, row: int) -> None:
        last = max(0, self._layout_of_turns.height - self.size.height)
        self._set_following(row >= last)
        self._fit(max(0, min(row, last)))

    # Drawing

    def notify_style_update(self) -> None:
        """The theme or the focus has changed: colours are looked up anew."""
        super().notify_style_update()
        self._palette = None
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        """One line of the view."""
        if self._palette is None:
            self._palette = Palette(self)
        number = self.scroll_offset.y + y
        strip = self._line(number, self._palette)
        if self.text_selection is not None and (span := self.text_selection.get_span(number)) is not None:
            strip = select(strip, *span, self.screen.get_component_rich_style("screen--selection"))
        if y == self.size.height - 1 and self._new and self._show_new:
            strip = self._with_new(strip, self._palette)
        return strip.apply_offsets(0, number)

    def _line(self, number: int, palette: Palette) -> Strip:
        layout = self._layout_of_turns
        index, row = layout.row(number)
        width, page = self.size.width, palette.style("", _PAGE)
        if row is None:
            return Strip.blank(width, page)
        lines = layout.turns[index]
        focused = self.has_focus and index == self._focused
        tinted = lines.turn.kind == "prompt" or row.ground == "card"
        ground = Ground(YOURS if lines.turn.kind == "prompt" else _NO_SIGN, tinted + focused, focused)
        gutter = focused and number == layout.start(index)
        key = (id(row), ground.level, id(ground.sign), gutter)
        known = self._strips.get(key)
        if known is not None:
            return known[1]
        margin = self._column_start
        before = [Segment(" " * margin, page)]
        if gutter:
            before = [
                Segment(" " * (margin - 2), page),
                Segment("❯", palette.style("you", _PAGE)),
                Segment(" ", page),
            ]
        strip = Strip([*before, *paint(row, ground, palette, layout.column)]).adjust_cell_length(width, page)
        self._strips[key] = (row, strip)
        return strip

    def _new_span(self) -> tuple[int, int]:
        """Where "↓ 3 new" stands in the last row: first cell, and the cell after it."""
        end = self._column_start + self._layout_of_turns.column
        return end - len(f"  ↓ {len(self._new)} new  "), end

    def _with_new(self, strip: Strip, palette: Palette) -> Strip:
        start, end = self._new_span()
        raised: Style = palette.style("", 2)
        pill = [
            Segment("  ", raised),
            Segment("↓", palette.style("key-always", 2)),
            Segment(f" {len(self._new)} new  ", raised),
        ]
        return Strip([*strip.crop(0, start), *pill, *strip.crop(end)], strip.cell_length)

    # Focus and keys

    def on_focus(self) -> None:
        """Keys go to a message: the one before, or the last in view."""
        if self._focused is None:
            self._focus_last()
        self.refresh()

    def _focus_end(self) -> None:
        """Focus the last message that starts above the view's end, where the keys are here but no message has them."""
        if self.has_focus and self._focused is None:
            self._focus_last()

    def _focus_last(self) -> None:
        layout = self._layout_of_turns
        index = layout.locate(self.scroll_offset.y + max(0, self.size.height - 2))[0] if layout.turns else -1
        while index > 0 and layout.turns[index].turn.kind == "switch":
            index -= 1
        self._focused = index if index >= 0 else None

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
        lines = self._layout_of_turns.turns[self._focused]
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
        lines = self._layout_of_turns.turns[self._focused]
        codes = lines.codes()
        if not codes:
            return
        turn, at = self._code_turn
        at = at % len(codes) if turn == self._focused else 0
        self._code_turn = (self._focused, at + 1)
        row, source = codes[at]
        what = "code" if len(codes) == 1 else f"code {at + 1} of {len(codes)}"
        self.post_message(self.CopyRequested(source, what))
        start = self._layout_of_turns.start(self._focused) + row
        if not self.scroll_offset.y <= start < self.scroll_offset.y + self.size.height - 1:
            self._scroll_to_row(start - 1)

    def action_fold(self) -> None:
        """Open or fold the focused message's thoughts."""
        if self._focused is not None and self.focused_turn is not None:
            self._fold(self._focused)

    def _fold(self, index: int) -> None:
        lines = self._layout_of_turns.turns[index]
        if not lines.thoughts.has_text:
            return
        lines.folded = not lines.folded
        lines.furnish(None)
        self._layout_of_turns.changed(index)
        # What was opened stays in view, even where the end was followed.
        top = self.scroll_offset.y
        self._following = False
        self._fit(top)
        self._set_following(self.scroll_offset.y >= self._layout_of_turns.height - self.size.height)

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
                self._scroll_to_row(self._layout_of_turns.height)
                return
        number = self.scroll_offset.y + event.y
        index, row = self._layout_of_turns.row(number)
        if index < 0 or row is None:
            return
        if self._layout_of_turns.turns[index].turn.kind != "switch":
            self._focused = index
        self._act(index, number, act_at(row, event.x - self._column_start - SIGN_CELLS))
        self.refresh()

    def _act(self, index: int, number: int, act: str) -> None:
        lines = self._layout_of_turns.turns[index]
        kind, _, target = act.partition(":")
        match kind:
            case "link":
                self.post_message(self.LinkOpened(target))
            case "fold":
                self._fold(index)
            case "code":
                code = lines.code_at(number - self._layout_of_turns.start(index), act)
                self.post_message(self.CopyRequested(code, "code"))
            case "do" if target == "copy":
                self.action_copy()
            case "do":
                self.post_message(self.ActionChosen(lines.turn.id, target))
            case _:
                pass

    # Selecting text with the mouse

    def text_select_all(self) -> None:
        """A double click selects a word, not the whole conversation."""
        index, row = self._layout_of_turns.row(self._pressed.y)
        margin = self._column_start + SIGN_CELLS
        span = word_at(row, self._pressed.x - margin) if row is not None and index >= 0 else None
        if span is not None:
            start, end = (Offset(margin + part, self._pressed.y) for part in span)
            self.screen.selections = {self: Selection(start, end)}

    def selection_updated(self, selection: Selection | None) -> None:
        """What is selected has changed."""
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text: without bars and indents, wrapped lines joined."""
        return selected_text(self._layout_of_turns, selection, self._column_start + SIGN_CELLS), "\n"
