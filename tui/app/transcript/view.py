"""The conversation on screen: one scrolling widget on Textual's Line API, without a widget per message.

It draws messages and posts what a person wants of them; it never talks to replies, the library or its siblings.
What it is made of is beside it: a layout of rows, a canvas that draws them, a place in them that it keeps, a drawer of
streams, the focus, the search and the mouse. Here they meet the screen and the keys.

A reply that streams is added in the state "streaming", grows by `append` and `put_part`, changes its figures by
`update` and ends by `finish`, with the message as it was stored. Parts are numbered from 0 in the order in which they
began. Whatever names a message that is not shown does nothing: it may belong to a conversation that was shown before.
A change of one message draws that message alone, and the row at the top of the view stays where it is, unless the
reader is at the end: then the view stays there.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from textual import on
from textual.binding import BindingType
from textual.events import (
    Click,
    Key,
    MouseDown,
    MouseEvent,
    MouseScrollDown,
    MouseScrollLeft,
    MouseScrollRight,
    MouseScrollUp,
    Resize,
)
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from typing_extensions import override

from tui.app.commands import bindings
from tui.app.transcript import events
from tui.app.transcript.approvals import Approvals
from tui.app.transcript.canvas import Canvas
from tui.app.transcript.drag import follow_mouse
from tui.app.transcript.fast_letters import FastLetters
from tui.app.transcript.finder import Finder
from tui.app.transcript.focus import MessageFocus
from tui.app.transcript.layout import TranscriptLayout
from tui.app.transcript.line_styles import COMPONENT_CSS, COMPONENTS
from tui.app.transcript.scroll_place import ScrollPlace
from tui.app.transcript.selection import selected_text
from tui.app.transcript.shown_messages import ShownMessages
from tui.app.transcript.shown_pictures import ShownPictures
from tui.app.transcript.stream_drawer import StreamDrawer

if TYPE_CHECKING:
    from tui.app.keymap.keymap import Keymap
    from tui.app.transcript.focused_message import FocusedMessage
    from tui.app.transcript.message import TranscriptMessage
    from tui.app.transcript.mouse import TranscriptMouse
    from tui.chat.message_parts import MessageContent, TextContent, ThinkingContent


class Transcript(ScrollView, can_focus=True):
    """The messages of one conversation, as they stream in, and what a reader can do with them.

    Attributes:
        place: which rows are in view, and whether the end is followed.
        drawer: draws what streams in.
        finder: looks for something in the messages.
        pictures: shows their images small.
        approvals: the calls of tools that wait for the person.
        can_undo: a message of this chat was deleted, and can come back.
        escape_comes: escape brings the keys here from where they are; a card says so.
    """

    escape_comes: reactive[bool] = reactive(False)

    COMPONENT_CLASSES: ClassVar[set[str]] = set(COMPONENTS)
    DEFAULT_CSS = f"""
Transcript {{
    background: $background;
    color: $foreground;
    overflow-x: hidden;
    overflow-y: auto;
    scrollbar-size-vertical: 1;
    {COMPONENT_CSS}
}}
"""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("approval"), *bindings("transcript")]

    CopyRequested: TypeAlias = events.CopyRequested
    LinkOpened: TypeAlias = events.LinkOpened
    OpenRequested: TypeAlias = events.OpenRequested
    MessageFocused: TypeAlias = events.MessageFocused
    FindRequested: TypeAlias = events.FindRequested
    Searched: TypeAlias = events.Searched
    ActionChosen: TypeAlias = events.ActionChosen
    ToolAnswered: TypeAlias = events.ToolAnswered

    def __init__(self) -> None:
        super().__init__()
        self.can_undo = False
        self._layout = TranscriptLayout()
        self._canvas = Canvas(self, self._layout)
        self.place = ScrollPlace(self, self._layout)
        self.drawer = StreamDrawer(self, self._layout, self.place)
        self._focus = MessageFocus(self._layout, self.place)
        self._letters = FastLetters()
        self.approvals = Approvals(self, self._layout, self.place, self._focus)
        self.finder = Finder(self, self._layout, self.place, self._focus, self._refresh_keys)
        self._messages = ShownMessages(self, self._layout, self.place, self.drawer, self._focus, self.finder)
        self.pictures = ShownPictures(self, self._layout, self.place)

    # What there has to be a message for

    @cached_property
    def _keys(self) -> "FocusedMessage":
        from tui.app.transcript.focused_message import FocusedMessage

        return FocusedMessage(self._layout, self.place, self.drawer, self._focus, self._show_keys)

    @cached_property
    def _mouse(self) -> "TranscriptMouse":
        from tui.app.transcript.mouse import TranscriptMouse

        return TranscriptMouse(self, self._layout, self._canvas, self.place, self._focus, self._keys, self.approvals)

    def _refresh_keys(self) -> None:
        self._keys.refresh()

    # What the screen calls

    @property
    def focused_message(self) -> "TranscriptMessage | None":
        """The message that the message keys act on, or None while the transcript is not focused."""
        rows = self._focus.rows if self.has_focus else None
        return rows.message if rows is not None else None

    @property
    def focused_id(self) -> str:
        """Id of the message that the keys act on when they go here; "" for none."""
        rows = self._focus.rows
        return rows.message.id if rows is not None else ""

    def name_keys(self, keymap: "Keymap") -> None:
        """Let the cards name these keys."""
        self._layout.keys = {}
        if keymap.changed:
            from tui.app.transcript.cards import CARD_KEYS

            self._layout.keys = {f"do:{action}": keymap.shown(f"transcript.{id}") for action, id in CARD_KEYS.items()}
        self._canvas.clear()
        self.refresh()

    def load(self, messages: Iterable["TranscriptMessage"]) -> None:
        """Show these messages instead of all others, from the end."""
        self._canvas.clear()
        self._messages.load(messages)
        self.approvals.changed()

    def add(self, message: "TranscriptMessage") -> None:
        """Show one more message below the others; one's own prompt brings the view to the end."""
        self._messages.add(message)

    def insert(self, message: "TranscriptMessage", before: str | None) -> None:
        """Show one more message above the one with the id `before`, or with None at the end; focus and reader stay."""
        self._messages.insert(message, before)

    def show_branch(self, above: str | None, messages: Iterable["TranscriptMessage"], at: str) -> None:
        """Show these below the message `above` (None: from the first on); `at` stands where its like stood."""
        self._messages.show_branch(above, messages, at)
        self.approvals.changed()
        self._keys.refresh()

    def remove_message(self, message_id: str) -> None:
        """Show a message no more; its focus goes to the one above."""
        self._messages.remove(message_id)
        self.approvals.changed()

    def replace(self, message_id: str, message: "TranscriptMessage") -> None:
        """Show another message in the place of one, or the same in another state, with all its parts."""
        self._messages.replace(message_id, message)
        self.approvals.changed()
        self._keys.refresh()

    def update(self, message: "TranscriptMessage") -> None:
        """Take over everything of a message but its parts."""
        self.drawer.update(message)
        self.approvals.changed()

    def append(self, message_id: str, index: int, content: "TextContent | ThinkingContent") -> None:
        """Queue more text for part `index` of a streaming reply; the number of its parts begins a new one."""
        self.drawer.append(message_id, index, content)
        self.finder.messages_changed()

    def put_part(self, message_id: str, index: int, content: "MessageContent") -> None:
        """Show a part of a streaming reply that comes as a whole, or its next state; `index` is as in `append`.

        A part of another kind takes the place of the one that was there, and is complete.
        """
        self.drawer.put(message_id, index, content)
        self.approvals.changed()
        self.finder.messages_changed()

    def finish(self, message: "TranscriptMessage") -> None:
        """End a stream: the message as it was stored, with all its parts."""
        self.replace(message.id, message)

    # Drawing and scrolling, as Textual asks for it

    @override
    def render_lines(self, crop: Region) -> list[Strip]:
        # Past Textual's cache of a widget's lines, of which scrolling leaves nothing: the canvas keeps a row's strip,
        # and with it all that Textual has made of it, wherever the row stands.
        strips = self._drawn(crop.line_range)
        background = self.background_colors[1]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        if crop.column_span != (0, self.size.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    @override
    def render_line(self, y: int) -> Strip:
        return self._drawn(range(y, y + 1))[0]

    def _drawn(self, lines: range) -> list[Strip]:
        numbers = range(self.place.top + lines.start, self.place.top + lines.stop)
        focused, sign_row = (self._focus.index, self.approvals.sign_row) if self.has_focus else (None, None)
        coming = self._focus.nearest if self.escape_comes else None
        strips = self._canvas.lines(numbers, focused, coming, sign_row)
        if self.finder.active or self.text_selection is not None:
            strips = [self._marked(strip, number) for strip, number in zip(strips, numbers, strict=True)]
        if self.place.new and self.size.height - 1 in lines:
            strips[-1] = self._canvas.with_pill(strips[-1], len(self.place.new)).apply_offsets(0, numbers[-1])
        return strips

    def _marked(self, strip: Strip, number: int) -> Strip:
        """A line with what was found in it, and what is selected."""
        if self.finder.active and (row := self._layout.row(number)[1]) is not None:
            strip = self._canvas.with_found(strip, self.finder.marks(number, row))
        if self.text_selection is not None and (span := self.text_selection.get_span(number)) is not None:
            strip = self._canvas.selected(strip, *span)
        return strip.apply_offsets(0, number)

    @override
    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._canvas.restyle()

    @override
    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self.place.scrolled(old_value, new_value):
            self.reader_moved()
        follow_mouse(self)

    @override
    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        changed = super()._size_updated(size, virtual_size, container_size, layout)
        if changed and self.is_mounted and self._layout.messages:
            self._fit_column()  # before it is drawn: for a moment the rows of another width were seen, cut off
        return changed

    def _fit_column(self) -> None:
        if self._canvas.column == self._layout.column:
            self.place.fit()
        else:
            self._canvas.clear()
            self.place.resize(self._canvas.column)
            self.finder.resized()

    def on_resize(self, event: Resize) -> None:
        """Wrap again when the reading column has another width."""
        self._fit_column()
        self.approvals.refresh()
        if self.has_focus:
            self._focus.ensure()

    @override
    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self.approvals.refresh()

    def on_focus(self) -> None:
        """Keys go to a message: the one before, if it is in view, or the nearest that is."""
        self._focus.ensure()
        self._keys.refresh()
        self.refresh()

    def on_blur(self) -> None:
        """Keys go to no message."""
        self.approvals.taken = False
        self.post_message(events.MessageFocused(""))

    def reader_moved(self) -> None:
        """The reader has scrolled: the keys are for what can be seen."""
        if self.has_focus and not self._focus.in_view:
            self._focus.ensure()
            self._keys.refresh()
            self.refresh()

    def _brought_into_view(self) -> bool:
        """Whether the focused message could not be seen, as a stream pushed it away: a key only brings it back then."""
        if self._focus.in_view:
            return False
        self._focus.show()
        self.refresh()
        return True

    def _show_keys(self) -> None:
        """Other keys apply, or to another message."""
        self.approvals.refresh()
        self.refresh_bindings()
        rows = self._focus.rows
        self.post_message(events.MessageFocused(rows.message.id if rows is not None else ""))

    # Keys

    async def _on_key(self, event: Key) -> None:
        # Before the bindings: a letter of a word is no command, and a key that no one can have meant as an answer none.
        if self._letters.drops(event.key, letter=event.is_printable, pressed_at=event.time):
            event.stop().prevent_default()
        else:
            self.approvals.admit(event)

    def action_approve(self, action: str) -> None:
        """Answer a tool that waits, or go to another one."""
        self.approvals.approve(action)
        self._show_keys()

    def action_move(self, step: int) -> None:
        """Focus the message `step` further down; without a focused one, the last in view."""
        self._focus.move(step)
        self._keys.refresh()
        self.refresh()

    def action_up_or_key(self) -> None:
        """The message before; on the card of a key that was refused, another key, as the card says."""
        from tui.app.transcript.cards import key_helps

        message = self.focused_message
        if message is not None and key_helps(message.failure):
            self.action_choose("key")
        else:
            self.action_move(-1)

    def action_scroll_by(self, rows: int, pages: int = 0) -> None:
        """Scroll without sliding; a page is the view's height, of which one row stays."""
        self.place.go_to(self.place.top + rows + pages * max(1, self.size.height - 1))
        self.reader_moved()

    def go_to_message(self, message_id: str) -> None:
        """Focus a message by its id, and bring it into view; one that is not shown changes nothing."""
        index = self._layout.find(message_id)
        if index is not None:
            self._focus.set(index)
            self.place.show(index)
            self._keys.refresh()
            self.refresh()

    def action_go_to(self, where: str) -> None:
        """Scroll to the "start" of the first message, or to the "end" of the last."""
        if where == "start":
            self.place.go_to(0)
        else:
            self.place.go_to_end()
        self.reader_moved()

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "step_found":
            return self.finder.active
        if action == "approve":
            return self.approvals.can(str(parameters[0]))
        name = str(parameters[0]) if action == "choose" else action
        if name == "undo_message":
            return self.can_undo
        return self._keys.applies(name)

    def action_copy(self) -> None:
        """Copy the focused message as raw Markdown, or a failure as a report."""
        if not self._brought_into_view() and (copied := self._keys.copied()):
            self.post_message(self.CopyRequested(*copied))

    def action_copy_code(self) -> None:
        """Copy the focused message's first code block; pressed again, the next."""
        if not self._brought_into_view() and (copied := self._keys.next_code()):
            self.post_message(self.CopyRequested(*copied))

    def action_fold(self) -> None:
        """Open all that folds in the focused message, and go there, or fold it; a line opens what it stands for."""
        message = self.focused_message
        if message is not None and message.kind == "folded":
            self.action_choose("originals")
        elif not self._brought_into_view():
            self._keys.fold()

    def action_wrap_code(self) -> None:
        """Wrap long lines of the focused message's code, or cut them again."""
        if not self._brought_into_view():
            self._keys.wrap_code()

    def action_scroll_code(self, steps: int) -> None:
        """Scroll the focused message's code sideways."""
        if not self._brought_into_view():
            self._keys.scroll_code(self._focus.index, steps)

    def action_open(self) -> None:
        """Open a link, a file, a code, a table or a formula of the focused message."""
        if not self._brought_into_view():
            self.post_message(self.OpenRequested(self._keys.openables()))

    def action_find(self) -> None:
        """Ask for something to look for."""
        self.post_message(self.FindRequested())

    def action_step_found(self, step: int) -> None:
        """Go to the next place of the search, or with -1 to the one before."""
        self.finder.step(step)

    def action_choose(self, action: str) -> None:
        """Ask for something to be done with the focused message."""
        message = self.focused_message
        if action == "undo_message" or (message is not None and not self._brought_into_view()):
            self.post_message(self.ActionChosen(message.id if message else "", action))

    # Mouse and selection

    @on(MouseScrollDown)
    @on(MouseScrollUp)
    @on(MouseScrollRight)
    @on(MouseScrollLeft)
    def _scroll_sideways(self, event: MouseEvent) -> None:
        self._mouse.scroll(event)

    def on_mouse_down(self, event: MouseDown) -> None:
        """Remember where a double click would select a word."""
        self._mouse.press(event)

    def on_click(self, event: Click) -> None:
        """Do what the reader clicked on, or focus the message."""
        self._mouse.click(event)

    @override
    def text_select_all(self) -> None:
        # A double click selects a word, not the whole conversation.
        self._mouse.select_word()

    @override
    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text: without bars and indents, wrapped lines joined."""
        return selected_text(self._layout, selection, self._canvas.text_start), "\n"
