"""What stands below the text of a prompt: its files as chips, and what it will take and cost. Set by attributes."""

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.style import Style
from typing_extensions import override

from tui.app.styles import BLANK, StyledText, join, key_hint, paint, spread, styled
from tui.app.widgets.chips import GAP, ChipRows, more_text, place_chips
from tui.dataclass import dataclass
from tui.figures import money, tokens

if TYPE_CHECKING:
    from tui.app.widgets.chips import Chip

_ESTIMATE_CELLS = 34
"""Room for the longest estimate."""
_LEAST_CHIP_CELLS = 26


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a prompt may take and cost.

    Attributes:
        tokens: of the text and its files.
        price: US dollars for all that goes in with the next turn, history included; None when unknown.
        free: the model costs nothing.
    """

    tokens: int
    price: Decimal | None = None
    free: bool = False


class PromptFoot(StyledText, can_focus=True):
    """Chips at the left, the estimate at the right of the last row.

    The arrows go from chip to chip; backspace, delete or a click on the ✕ removes one; a letter goes to the text.

    Attributes:
        chips: the files, the ones that are still being read behind the others.
        estimate: None while nothing is written.
        waiting: the prompt is sent as soon as its files are read.
        most_rows: rows that chips may take.
        cursor: index of the chip that the keys act on.
    """

    DEFAULT_CSS = """
    PromptFoot {
        height: auto;
        display: none;
        & > .prompt-foot--cursor { background: $primary-muted; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"prompt-foot--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,shift+tab", "move(-1)", show=False),
        Binding("right", "move(1)", show=False),
        Binding("delete,backspace", "remove", show=False),
        Binding("up,enter", "leave", show=False),
    ]

    chips: reactive[tuple["Chip", ...]] = reactive((), layout=True)
    estimate: reactive[Estimate | None] = reactive(None)
    waiting: reactive[bool] = reactive(False)
    most_rows: reactive[int] = reactive(2, layout=True)
    cursor: reactive[int] = reactive(0)

    @dataclass
    class Removed(Message):
        """A chip is not wanted any more; `index` is its place among all."""

        index: int

    @dataclass
    class Left(Message):
        """The keys go back to the text; `typed` is what was typed here and belongs there."""

        typed: str = ""

    def focus_last(self) -> None:
        """Let the keys act on the last chip."""
        self.cursor = len(self.chips) - 1
        self.focus()

    def watch_chips(self) -> None:
        """Keep the cursor on a chip; without one the keys go back to the text."""
        self.can_focus = bool(self.chips)
        self.cursor = max(0, min(self.cursor, len(self.chips) - 1))
        if not self.chips and self.has_focus:
            self.post_message(self.Left())

    # Drawing.

    @override
    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        # The same whichever chip the keys act on: only other files, or another width, move what is above.
        return place_chips(self.chips, width, self.most_rows, width - _ESTIMATE_CELLS).rows if self.chips else 1

    def _right(self, width: int) -> Content:
        """What stands at the right end of the last row."""
        if self.waiting:
            return join([styled("sends when it is read", "care"), key_hint("esc", "not yet")], 2)
        if self.has_focus and self.chips:
            keys = join([key_hint("del", "remove"), key_hint("esc", "back")], 2)
            both = join([styled(self.chips[self.cursor].detail, "care"), keys], 3)
            return both if both.cell_length <= width // 2 else keys
        estimate = self.estimate
        if estimate is None:
            return BLANK
        count = join(
            [
                styled(f"≈ {tokens(estimate.tokens)}", "text"),
                styled("token" if estimate.tokens == 1 else "tokens", "muted"),
            ]
        )
        if estimate.free:
            cost = styled("free", "muted")
        elif estimate.price is None:
            cost = BLANK
        else:
            cost = join([styled(f"≈ {money(estimate.price)}", "text"), styled("next", "muted")])
        both = Content.assemble(count, styled(" · ", "muted"), cost) if cost.cell_length else count
        return both if both.cell_length <= width else count

    def _places(self, width: int) -> ChipRows:
        right = self._right(width)
        room = width - (right.cell_length + GAP if right.cell_length else 0)
        if room < _LEAST_CHIP_CELLS:  # a file is worth more than a figure
            room = width
        chosen = self.cursor if self.has_focus else -1
        first = 0
        most = max(self.size.height, 1)
        while True:  # scroll to the chip under the cursor
            rows = place_chips(self.chips, width, most, room, first=first, chosen=chosen)
            if chosen < 0 or chosen <= rows.placed[-1].number:
                return rows
            first += 1

    @override
    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        places = self._places(width) if self.chips else ChipRows((), 0, 1)
        cursor = self.get_component_styles("prompt-foot--cursor")  # Textual's visual styles do not know "reverse"
        line, column = BLANK, 0
        for chip in places.placed:
            if chip.row == y:
                content = chip.content
                if self.has_focus and chip.number == self.cursor:
                    content = content.stylize(Style(background=cursor.background, reverse=cursor.text_style.reverse))
                line = Content.assemble(line, " " * (chip.start - column), content)
                column = chip.end
        if places.more and places.placed and y == places.placed[-1].row:
            line = Content.assemble(line, " " * GAP, styled(more_text(places.more), "muted"))
        if y == self.size.height - 1:
            right = self._right(width)
            line = spread(line, right if line.cell_length + right.cell_length + 2 <= width else BLANK, width)
        return paint(self, line, width, self.visual_style)

    # Keys and mouse.

    def on_focus(self) -> None:
        """Show which chip the keys act on."""
        self.refresh(layout=True)

    def on_blur(self) -> None:
        """The keys go elsewhere."""
        self.refresh(layout=True)

    def on_key(self, event: events.Key) -> None:
        """What is typed belongs to the text."""
        if event.is_printable and event.character:
            event.stop()
            event.prevent_default()
            self.post_message(self.Left(event.character))

    def action_move(self, step: int) -> None:
        """Go to the chip before or after; beyond the first one, to the text."""
        if self.cursor + step < 0:
            self.post_message(self.Left())
        else:
            self.cursor = min(self.cursor + step, len(self.chips) - 1)

    def action_remove(self) -> None:
        """Let the file under the cursor not go along."""
        self.post_message(self.Removed(self.cursor))

    def action_leave(self) -> None:
        """Back to the text."""
        self.post_message(self.Left())

    def on_click(self, event: events.Click) -> None:
        """Remove the file whose ✕ was clicked, or let the keys act on the one that was."""
        event.stop()
        for chip in self._places(self.content_size.width).placed if self.chips else ():
            if chip.row == event.y and chip.start <= event.x < chip.end:
                self.cursor = chip.number
                if event.x >= chip.end - 2:
                    self.post_message(self.Removed(chip.number))
