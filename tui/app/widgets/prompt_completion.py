"""The keys of the completion list, for the text area of the composer: each key finds what there is for it by itself.

What is drawn follows behind the echo of a key; what a key does never waits for the drawing. The completer and its
sources are made when the first sign is typed that may begin a word for them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.widgets.text_area import Selection

if TYPE_CHECKING:
    from tui.app.completion.completer import Completer
    from tui.app.completion.suggestions import Suggestion, Suggestions
    from tui.app.widgets.prompt_area import PromptArea

_SIGNS = "/@#"
_GROUP = "completion"


class PromptCompletion:
    """What can be completed at the cursor of one text area.

    Attributes:
        make: makes the completer; None as long as there is nothing to complete with.
    """

    def __init__(self, area: "PromptArea") -> None:
        self._area = area
        self._completer: Completer | None = None
        self._drawn: tuple[Suggestions | None, int] = (None, -1)
        self.make: Callable[[], Completer] | None = None

    @property
    def is_open(self) -> bool:
        """Whether a list is drawn that takes keys."""
        return self._drawn[0] is not None and bool(self._drawn[0].rows)

    @property
    def has_mark(self) -> bool:
        """Whether Enter takes a row of the list that is drawn."""
        return self.is_open and self._drawn[1] >= 0

    def _may_complete(self) -> bool:
        """Whether it is worth asking; costs next to nothing in a text without signs."""
        if self._completer is not None:
            return True
        row, column = self._area.cursor_location
        before = self._area.document[row][:column]
        if self.make is None or not any(sign in before for sign in _SIGNS):
            return False
        self._completer = self.make()
        return True

    def _look(self) -> None:
        from tui.app.completion.suggestions import Typed

        if self._completer is not None:
            row, column = self._area.cursor_location
            line = self._area.document[row]
            alone = self._area.document.line_count == 1 and column == len(line)
            empty = self._area.selection.is_empty
            self._completer.look(Typed(line[:column] if empty else "", alone))

    # Keys.

    async def take(self, key: str) -> bool:
        """Do what a key does in the list; False when there is no list for it."""
        action = next((one.action for one in self._area.key_bindings(key) if (one.id or "").startswith("completion.")), "")
        if not action or not self._may_complete() or self._completer is None:
            return False
        self._look()
        await self._completer.settle()
        if not self._can(action):
            return False
        self.act(action)
        return True

    def _can(self, action: str) -> bool:
        completer = self._completer
        if completer is None or completer.shown is None:
            return False
        return action == "dismiss" or (bool(completer.shown.rows) and (action != "accept" or completer.index >= 0))

    def act(self, action: str) -> None:
        """Do what a command of the list says: its id is that of the table of commands."""
        completer = self._completer
        if completer is None or not self._can(action):
            return
        match action:
            case "mark_next" | "mark_previous":
                completer.move(1 if action == "mark_next" else -1)
            case "dismiss":
                completer.dismiss()
            case "accept" if completer.marked is not None:
                self._choose(completer.marked)
            case "complete":
                if completer.index < 0:
                    completer.move(1)
                if completer.marked is not None:
                    self._complete(completer.marked)
        self.refresh()

    def choose(self, index: int) -> None:
        """Take the row that was clicked."""
        if self._completer is not None:
            self._completer.mark(index)
            self.act("accept")

    def _complete(self, row: "Suggestion") -> None:
        """Write a row out; one that is written out already is chosen."""
        start, column = self._word()
        line = self._area.document[self._area.cursor_location[0]]
        if row.text is None or line[start:column] == row.text:
            self._choose(row)
        else:
            self._write(row.text)

    def _choose(self, row: "Suggestion") -> None:
        if row.message is None:
            self._write(row.text or "")
            return
        message = row.message()
        self._area.remember_call()
        self._write("")
        self._area.post_message(message)

    def _word(self) -> tuple[int, int]:
        """The columns at which the word begins and ends."""
        shown = self._completer.shown if self._completer is not None else None
        column = self._area.cursor_location[1]
        return (shown.start if shown is not None else column), column

    def _write(self, text: str) -> None:
        """Put a text in the place of the word."""
        start, column = self._word()
        row = self._area.cursor_location[0]
        self._area.replace(text, (row, start), (row, column), maintain_selection_offset=False)
        self._area.selection = Selection.cursor((row, start + len(text)))

    # What is drawn.

    def changed(self) -> None:
        """The text or the cursor is another one: draw what there is for it, behind the echo of the key."""
        if self._may_complete():
            self._area.call_after_refresh(self.refresh)

    def refresh(self) -> None:
        """Have drawn what there is at the cursor now; nothing while the keys go elsewhere."""
        completer = self._completer
        if completer is None:
            return
        self._look()
        drawn = (completer.shown, completer.index) if self._area.has_focus else (None, -1)
        if completer.more is not None and self._area.has_focus:
            self._area.run_worker(self._follow(completer), group=_GROUP, exclusive=True, exit_on_error=False)
        if drawn != self._drawn:
            opened, self._drawn = self.is_open, drawn
            self._area.show_completions(*drawn, moved=opened != self.is_open)

    async def _follow(self, completer: "Completer") -> None:
        """Draw again when a source knows more."""
        if (more := completer.more) is not None:
            await more.wait()
            self._area.call_after_refresh(self.refresh)
