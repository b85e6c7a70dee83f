"""The text area of the composer with completion and slash commands: each key finds what there is for it by itself.

What is drawn follows behind the echo of a key; what a key does never waits for the drawing. The completer and its
sources are made when the first sign is typed that may begin a word for them.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.message import Message
from textual.timer import Timer
from textual.widgets import TextArea
from textual.widgets.text_area import Selection
from typing_extensions import override

from tui.app.slash import slash_call
from tui.app.widgets.prompt_area import PromptArea
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.app.completion.completer import Completer
    from tui.app.completion.suggestions import Suggestion, Suggestions
    from tui.app.slash import SlashCall
    from tui.mcp.values import McpResource

_SIGNS = "/@#"
_GROUP = "completion"
_BEHIND_S = 0.025
"""How far the list is behind a key: a frame, so that the key is seen first; it is drawn once for keys in a row."""


class CompletingArea(PromptArea):
    """A prompt whose words are completed from a list, and which may be a command.

    Attributes:
        make_completer: None as long as there is nothing to complete with.
        list_action: the action of the list that a key is bound to; "" for none.
    """

    @dataclass
    class Called(Message):
        """A command was typed; if it can be done as it was typed, it has left the area."""

        call: "SlashCall"

    @dataclass
    class PromptRequested(Message):
        """A prompt of the library is to stand here, by its name."""

        name: str

    @dataclass
    class ResourceRequested(Message):
        """A resource of a server is to go along."""

        resource: "McpResource"

    @dataclass
    class Completing(Message):
        """Other completions are to be listed, with the one of an index marked; None for no list."""

        found: "Suggestions | None"
        index: int

    def __init__(self) -> None:
        super().__init__()
        self.make_completer: Callable[[], Completer] | None = None
        self.list_action: Callable[[str], str] = lambda key: ""
        self._completer: Completer | None = None
        self._list_timer: Timer | None = None
        self._listed: Suggestions | None = None
        self._listed_index = -1

    # Commands.

    @override
    def action_send(self) -> None:
        """Hand over what was written: a command runs at once, its files wait for a prompt."""
        call = slash_call(self.full_text) if self.text.startswith("/") else None
        if call is None:
            super().action_send()
            return
        if not call.problem:  # else it stays to be mended
            self._remove_call()
            self._draw_list()  # before the command: it may take a while to show anything
        self.post_message(self.Called(call))

    def _remove_call(self) -> None:
        """Empty the area; the command can be had back with the arrow up."""
        self._history.add(self.full_text)
        self.take("")

    # Keys of the list.

    async def _on_key(self, event: events.Key) -> None:
        # Before the same of the base class: Textual calls the handlers of all classes in turn.
        action = self.list_action(event.key)
        if action and await self._take_for_list(action):
            event.stop()
            event.prevent_default()

    async def _take_for_list(self, action: str) -> bool:
        """Do what a key does in the list; False when there is no list for it."""
        if not self._may_complete() or (completer := self._look()) is None:
            return False
        await completer.settle()
        if not self._applies(action):
            return False
        self.act(action)
        return True

    def _may_complete(self) -> bool:
        """Whether it is worth asking; costs next to nothing in a line without signs."""
        if self._completer is not None:
            return True
        row, column = self.cursor_location
        before = self.document[row][:column]
        return self.make_completer is not None and any(sign in before for sign in _SIGNS)

    def _look(self) -> "Completer | None":
        from tui.app.completion.suggestions import Typed

        if self._completer is None and self.make_completer is not None:
            self._completer = self.make_completer()
        if self._completer is not None:
            row, column = self.cursor_location
            line = self.document[row]
            alone = self.document.line_count == 1 and column == len(line)
            self._completer.look(Typed(line[:column] if self.selection.is_empty else "", alone, row == 0))
        return self._completer

    def _applies(self, action: str) -> bool:
        completer = self._completer
        if completer is None or completer.shown is None:
            return False
        return action == "dismiss" or (bool(completer.shown.rows) and (action != "accept" or completer.index >= 0))

    def act(self, action: str) -> None:
        """Do what a command of the list says; its id is that of the table of commands."""
        completer = self._completer
        if completer is None or not self._applies(action):
            return
        match action:
            case "mark_next" | "mark_previous":
                completer.move(1 if action == "mark_next" else -1)
            case "dismiss":
                completer.dismiss()
            case "complete":
                if completer.index < 0:
                    completer.move(1)
                self._complete(completer)
            case "accept" if completer.marked is not None:
                self._choose(completer, completer.marked)
        self._draw_list()

    def act_later(self, action: str, index: int | None = None) -> None:
        """Do it from outside, such as for a click on a row: what is posted must come from here to go all the way up."""
        if self._completer is not None and index is not None:
            self._completer.index = index
        self.call_later(self.act, action)

    def _complete(self, completer: "Completer") -> None:
        """Write the marked row out; one that is written out already is chosen."""
        row, shown = completer.marked, completer.shown
        if row is None or shown is None:
            return
        line_number, column = self.cursor_location
        if row.text is None or self.document[line_number][shown.start : column] == row.text:
            self._choose(completer, row)
        else:
            self._write(shown.start, row.text)

    def _choose(self, completer: "Completer", row: "Suggestion") -> None:
        if completer.shown is None:
            return
        if row.message is None:
            self._write(completer.shown.start, row.text or "")
            return
        message = row.message()
        if isinstance(message, self.Called):
            self._remove_call()
        else:
            self._write(completer.shown.start, "")
        self._draw_list()
        self.post_message(message)

    def _write(self, start: int, text: str) -> None:
        """Put a text in the place of the word that ends at the cursor."""
        row, column = self.cursor_location
        self.replace(text, (row, start), (row, column), maintain_selection_offset=False)
        self.selection = Selection.cursor((row, start + len(text)))

    def lists(self, action: str) -> bool:
        """Whether an action of the list does something with the one that is drawn."""
        rows = self._listed.rows if self._listed is not None else ()
        return bool(rows) and (action != "accept" or self._listed_index >= 0)

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter does not send while it takes a row of the list."""
        return not (action == "send" and self.lists("accept"))

    # What is listed.

    @on(TextArea.Changed)
    @on(TextArea.SelectionChanged)
    @on(events.Focus)
    @on(events.Blur)
    def _list_later(self) -> None:
        """Draw what there is for another text or place, behind the echo of the key."""
        if not self._may_complete():
            return
        if self._completer is not None:
            row, column = self.cursor_location
            self._completer.passed(self.document[row][:column])
        if self._list_timer is None:
            self._list_timer = self.set_timer(_BEHIND_S, self._draw_list)
        else:
            self._list_timer.reset()

    def _draw_list(self) -> None:
        """Have listed what there is at the cursor now; nothing while the keys go elsewhere."""
        self._list_timer = None
        completer = self._look()
        if completer is None:
            return
        found, index = (completer.shown, completer.index) if self.has_focus else (None, -1)
        if completer.more is not None and self.has_focus:
            self._follow(completer.more)
        if found is self._listed and index == self._listed_index:
            return
        acted = self.lists("complete"), self.lists("accept")
        self._listed, self._listed_index = found, index
        self.post_message(self.Completing(found, index))
        if acted != (self.lists("complete"), self.lists("accept")):
            self.refresh_bindings()

    @work(group=_GROUP, exclusive=True, exit_on_error=False)
    async def _follow(self, more: asyncio.Event) -> None:
        """Draw again when a source knows more."""
        await more.wait()
        self.call_after_refresh(self._draw_list)
