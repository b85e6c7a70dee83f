"""Search among all that was asked before, below the text that is being written. Set by attributes.

Knows the library's values, not the library; what is being written stays as it is until a prompt is taken.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from typing_extensions import override

from tui.app.fuzzy import fuzzy
from tui.app.styles import join, key_hint, spread, styled
from tui.app.widgets.field import Field
from tui.app.widgets.line import Line
from tui.app.widgets.list import ListRow, SelectList
from tui.dataclass import dataclass
from tui.figures import age
from tui.store.records import PastPrompt
from tui.text import clean_line

_SEARCHED = 400
"""Characters of a prompt that a query is looked for in."""
_SHOWN = 200


class PastPromptRows(SelectList[PastPrompt]):
    """A prompt's first words, the chat in which it was asked, and how long ago."""

    DEFAULT_CSS = "PastPromptRows { height: auto; max-height: 6; }"

    @override
    def draw(self, row: ListRow[PastPrompt], width: int, chosen: bool) -> Content:
        prompt = row.value
        text = styled(clean_line(prompt.text, _SHOWN), "strong" if chosen else "text")
        where = clean_line(prompt.title, 24) or "New chat"
        right = join([styled(where, "muted"), styled(age(prompt.created_at, datetime.now(UTC)).rjust(4), "muted")], 2)
        return Content.assemble(" ", spread(text, right if width > 60 else Content(""), width - 1))


class HistorySearch(Vertical):
    """A field and the prompts that match it, newest first where they match alike.

    Attributes:
        prompts: those of the chat at hand first.
        most_rows: how many prompts are shown at once.
    """

    DEFAULT_CSS = """
    HistorySearch {
        height: auto;
        & #search { height: 1; layout: horizontal; }
        & #search > Line { width: auto; height: 1; }
        & #nothing { display: none; }
        &.-nothing #nothing { display: block; }
        &.-nothing PastPromptRows { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r,down", "move(1)", show=False),
        Binding("up,ctrl+s", "move(-1)", show=False),
        Binding("pagedown", "move(6)", show=False),
        Binding("pageup", "move(-6)", show=False),
    ]

    prompts: reactive[Sequence[PastPrompt]] = reactive((), repaint=False)

    @dataclass
    class Taken(Message):
        """A prompt is to be written again."""

        text: str

    class Closed(Message):
        """The search is over, and nothing was taken."""

    def __init__(self) -> None:
        super().__init__()
        self._field = Field(placeholder="type to find an earlier prompt, of any chat")
        self._rows = PastPromptRows()
        self._rows.add_class("-live")
        self._rows.can_focus = False
        self._nothing = Line(styled("Nothing like that was asked before.", "muted"), id="nothing")

    @override
    def compose(self) -> ComposeResult:
        with Vertical(id="search"):
            yield Line(Content.assemble(styled("❯", "key"), " "))
            yield self._field
            yield Line(
                join([key_hint("↑↓", "move"), key_hint("↵", "take"), key_hint("esc", "back")], 2), classes="hints"
            )
        yield self._rows
        yield self._nothing

    def on_mount(self) -> None:
        """Take the keys."""
        self._field.focus()

    def set_rows(self, most: int) -> None:
        """How many prompts are shown at once."""
        self._rows.styles.max_height = most

    def watch_prompts(self) -> None:
        """Find what is typed among them."""
        self._find(self._field.value)

    def _find(self, query: str) -> None:
        query = query.strip()
        found = [(fuzzy(query, prompt.text[:_SEARCHED]) if query else 1.0, prompt) for prompt in self.prompts]
        if query:
            found = [pair for pair in found if pair[0]]
            found.sort(key=lambda pair: -int(pair[0]))  # whole words first; among equals the newest
        self._rows.show([ListRow(str(number), prompt) for number, (_, prompt) in enumerate(found, 1)])
        self._rows.action_first()
        self.set_class(not found, "-nothing")

    @on(Field.Changed)
    def _typed(self, event: Field.Changed) -> None:
        event.stop()
        self._find(event.value)

    @on(Field.Submitted)
    def _submitted(self, event: Field.Submitted) -> None:
        event.stop()
        self._rows.action_choose()

    @on(Field.Cancelled)
    def _cancelled(self, event: Field.Cancelled) -> None:
        event.stop()
        self.post_message(self.Closed())

    @on(SelectList.Chosen)
    def _chosen(self, event: SelectList.Chosen) -> None:
        event.stop()
        row = self._rows.lines[self._rows.cursor]
        self.post_message(self.Taken(row.value.text))

    @on(SelectList.Moved)
    def _moved(self, event: SelectList.Moved) -> None:
        event.stop()

    def action_move(self, steps: int) -> None:
        """Move to another prompt; the field keeps the keys."""
        self._rows.action_move(steps)
