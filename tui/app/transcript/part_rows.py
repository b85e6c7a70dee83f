"""One part of a message as rows: the line that heads it, if it has one, and its text below, unless that is folded.

Knows the kinds of parts, but neither the message around it nor the widget.
"""

from dataclasses import replace
from functools import partial

from rich.cells import cell_len

from tui.app.transcript.approval_card import FIRST, CardPlace, card_foot, card_head
from tui.app.transcript.markdown.code import CodeDisplay
from tui.app.transcript.message_text import MessageText, TextPlace
from tui.app.transcript.part_head import head_rows, with_duration
from tui.app.transcript.part_texts import TextMaker, first_of
from tui.app.transcript.row import BLANK, Row, Span
from tui.app.transcript.row_cache import RowCache
from tui.app.transcript.tool_text import call_sources, has_details, result_source
from tui.chat.message_parts import (
    MessageContent,
    TextContent,
    ThinkingContent,
    ToolCallContent,
)
from tui.chat.tools.questions import ToolQuestion
from tui.dataclass import dataclass
from tui.figures import counted

_STREAMED = (TextContent, ThinkingContent)
_FOLDING = (ThinkingContent, ToolCallContent)
_CARD_CELLS = 8
"""What a line of a card's arguments has less than the column, at most."""


@dataclass(frozen=True, slots=True)
class PartPlace:
    """A row of a part: its number, and where it is in the part's text number `text`; None in the part's head."""

    row: int
    text: int = 0
    inside: TextPlace | None = None


class PartRows:
    """A part's head, fold and texts. Thoughts and tool calls fold to their head; all else is always open.

    A call that waits for the person is a card, from head to foot, while its message goes on.

    Args:
        column: cells of the reading column.
        now: monotonic time, from which its clock counts.
        plain: a text is drawn as it was typed, see `MessageText`.
        growing: more text may come.
    """

    def __init__(
        self,
        content: MessageContent,
        cache: RowCache,
        column: int,
        now: float,
        *,
        plain: bool = False,
        growing: bool = False,
    ) -> None:
        self.content = content
        self.folded = isinstance(content, _FOLDING)
        self._cache = cache
        self._column = column
        self._since = now if growing else None  # None when it was not seen running
        # What streams in under the reader's eyes is not folded away.
        self._maker = TextMaker(cache, column, plain=plain, folding=not growing)
        self._tool_sources: tuple[ToolCallContent, list[str]] | None = None
        self.question: ToolQuestion | None = None
        """What the person is asked here; None when there is nothing to answer any more."""
        self._place = FIRST
        self._card: tuple[object, ...] = ()  # what the card was drawn for
        self._repeats = False  # its foot says once more what it is about
        self._whole = False  # all of a long output is shown
        self._head: list[Row] = []
        self._foot: list[Row] = []
        self._texts = self._maker.make(content, folded=self.folded, growing=growing)

    # Content

    @property
    def text(self) -> str:
        """What a text or a thought says, raw, as far as it has come; "" for other parts."""
        return self._texts[0].text if self._texts and not isinstance(self.content, ToolCallContent) else ""

    @property
    def sources(self) -> list[str]:
        """The Markdown of its texts, also of those that are folded away."""
        if not isinstance(self.content, ToolCallContent):
            return [text.text for text in self._texts]
        if self._tool_sources is None or self._tool_sources[0] is not self.content:
            self._tool_sources = self.content, call_sources(self.content)
        return self._tool_sources[1]

    @property
    def visible(self) -> bool:
        """Whether there is anything to draw: providers send texts and thoughts without a word."""
        return not isinstance(self.content, _STREAMED) or self._texts[0].has_text

    @property
    def folds(self) -> bool:
        """Whether there is something that can be folded away."""
        match self.content:
            case ThinkingContent():
                return self.visible
            case ToolCallContent():
                return self.question is None and has_details(self.content)
            case _:
                return False

    def append(self, text: str) -> None:
        """Queue more text."""
        self._texts[0].append(text)

    def show(self, content: MessageContent, *, growing: bool = False) -> None:
        """Take over what the part is now, of the same kind as before; whether it is folded stays as it is."""
        before, self.content = self.content, with_duration(content, self.content)
        if isinstance(content, _STREAMED):
            if self.text != content.text:
                self._texts = self._maker.make(self.content, folded=self.folded, growing=growing)
            elif not growing:
                self._texts[0].close(whole=self.folded)
        elif content != before:
            self._make_texts()

    def _make_texts(self) -> None:
        """The texts of a part that does not stream."""
        if self.question is not None and isinstance(self.content, ToolCallContent):
            self._texts = self._maker.make_card(self.content)
        else:
            self._texts = self._maker.make(self.content, folded=self.folded, whole=self._whole)
        self._refresh_foot()

    def toggle(self) -> None:
        """Fold it, or open it."""
        self.folded = not self.folded
        if isinstance(self.content, ToolCallContent):
            self._make_texts()

    def show_whole(self) -> bool:
        """Show all of a long output; whether that was not so."""
        if not self._foot or self._whole or self.question is not None:
            return False
        self._whole = True
        self._make_texts()
        return True

    @property
    def long_codes(self) -> list[tuple[MessageText, int]]:
        """Every code that can be folded and is not folded away: its text, and how that knows it."""
        texts = self._open_texts if self.question is None else []
        return [(text, code) for text in texts for code in text.long_codes]

    def long_code_at(self, number: int) -> tuple[MessageText, int] | None:
        """The long code in a row, by its number from the part's top."""
        found = self._text_at(number)
        code = found[0].long_code_at(found[1]) if found and self.question is None else None
        return (found[0], code) if found and code is not None else None

    @property
    def display(self) -> CodeDisplay:
        """How code is shown."""
        return self._maker.display

    @display.setter
    def display(self, display: CodeDisplay) -> None:
        self._maker.display = display
        for text in self._texts if self.question is None else ():
            text.set_display(display)

    @property
    def hidden_cells(self) -> int:
        """How many cells of the longest line of code do not fit on the page, if any of it is open."""
        texts = self._open_texts if self.question is None else []
        return max((text.hidden_cells for text in texts), default=0)

    def resize(self, column: int) -> None:
        """Take over another width; the head follows with `refresh_head`."""
        self._column = self._maker.column = column
        for text in self._texts:
            text.resize(column)
        if self.question is None:
            self._refresh_foot()

    # Clock and head

    def end(self, now: float) -> None:
        """Something else follows, or nothing more: thoughts whose clock runs took until now."""
        if isinstance(self.content, ThinkingContent) and self.content.duration_s is None and self._since is not None:
            self.content = replace(self.content, duration_s=max(0.0, now - self._since))

    def refresh_head(self, now: float, *, running: bool) -> None:
        """Make the head anew.

        Args:
            now: monotonic time.
            running: its clock runs.
        """
        if running and self._since is None:
            self._since = now
        running_s = now - self._since if running and self._since is not None else None
        content = self.content
        if isinstance(content, ThinkingContent):
            content = replace(content, text=self.text)
        if isinstance(content, ToolCallContent):
            question = content.question if running and content.state == "asking" else None
            if question is not self.question:
                self.question = question
                self._make_texts()
        if self.question is None:
            self._card = ()
            self._head = head_rows(content, self._column, self._cache, folded=self.folded, running_s=running_s)
        else:
            self._draw_card(self.question)

    # A card, and what is left out below a long output

    def place_card(self, place: CardPlace) -> None:
        """Where its card stands among those that wait."""
        self._place = place
        if self.question is not None:
            self._draw_card(self.question)

    def _draw_card(self, question: ToolQuestion) -> None:
        assert isinstance(self.content, ToolCallContent)
        card = (question, self._column, self._place)
        if card != self._card:
            self._card = card
            self._head = card_head(self.content, question, self._column, self._place)
            foot = partial(card_foot, self.content, question, self._column, self._place)
            cells = max(1, self._column - _CARD_CELLS)  # rather too few: its foot repeats what is out of view
            lines = sum([1 + cell_len(line) // cells for line in self.sources[0].split("\n")])
            self._repeats = len(self._head) + lines + len(foot(again=False)) > self._place.room
            self._foot = foot(again=self._repeats)

    @property
    def decisive(self) -> int:
        """The first row of what must be in view when its question is answered: its foot, and where that is short, all.

        The foot of a long card says once more what it is about.
        """
        return self.height - len(self._foot) if self._repeats else 0

    def _refresh_foot(self) -> None:
        """What is left out of a long output, in a line that shows it."""
        self._foot, content = [], self.content
        if self.question is not None or self.folded or self._whole or not isinstance(content, ToolCallContent):
            return
        source, plain = result_source(content)
        if plain and (rest := source[len(first_of(source)) :]):
            lines = rest.strip("\n").count("\n") + 1
            more = counted(lines, "more line") if lines > 1 else counted(len(rest), "more character")
            hints = [Span("  "), Span("o", "key"), Span(" open", "muted")]
            line = [Span("│ ", "faint"), Span(f"… {more}", "muted"), *hints]
            self._foot = [Row(tuple(span._replace(action="whole") for span in line), decor=2)]

    # Rows

    @property
    def _open_texts(self) -> list[MessageText]:
        return [] if self.folded and self.question is None else self._texts

    @property
    def open_sources(self) -> list[str]:
        """The Markdown of its texts that are not folded away."""
        return [text.text for text in self._open_texts]

    @property
    def height(self) -> int:
        """Rows; 0 for an empty text."""
        if not self.visible:
            return 0
        return len(self._head) + sum([text.height for text in self._open_texts]) + len(self._foot)

    @property
    def frozen(self) -> int:
        """The first row that more text, or the clock, may change."""
        return max(0, self._texts[0].frozen - 1) if isinstance(self.content, TextContent) else 0

    @property
    def pending(self) -> bool:
        """Whether something waits for `advance`."""
        return any(text.pending for text in self._open_texts)

    def advance(self, deadline: float) -> None:
        """Split and draw new text until `deadline` of `perf_counter`."""
        for text in self._open_texts:
            if text.pending:
                text.advance(deadline)

    def _text_at(self, number: int) -> tuple[MessageText, int] | None:
        """The text at a row, and the row's number in it."""
        number -= len(self._head)
        for text in self._open_texts:
            if number < text.height:
                return (text, number) if number >= 0 else None
            number -= text.height
        return None

    def row(self, number: int) -> Row:
        """One row, by its number from the part's top."""
        if number < len(self._head):
            return self._head[number]
        if found := self._text_at(number):
            return found[0].row(found[1])
        foot = number - (self.height - len(self._foot))
        return self._foot[foot] if 0 <= foot < len(self._foot) else BLANK

    def place_at(self, number: int) -> PartPlace:
        """What stands in a row, so that it is found again however the rows above it change."""
        found = self._text_at(number)
        if found is None:
            return PartPlace(number)
        return PartPlace(number, self._open_texts.index(found[0]), found[0].place_at(found[1]))

    def row_at(self, place: PartPlace) -> int:
        """The row where a place is now; of a part that was folded its last row is left."""
        texts = self._open_texts
        if place.inside is None or place.text >= len(texts):
            return min(place.row, max(0, self.height - 1))
        inside = texts[place.text].row_at(place.inside)
        return len(self._head) + sum([text.height for text in texts[: place.text]]) + inside

    def text_number(self, number: int) -> MessageText | None:
        """The text of one of the `sources`; None while it is folded away."""
        return self._open_texts[number] if number < len(self._open_texts) else None

    def in_text(self, number: int) -> bool:
        """Whether a row belongs to one of its texts, and not to its head."""
        return self._text_at(number) is not None

    def row_in_text(self, number: int, block: int, inside: int) -> int | None:
        """The row of the part where a row of a text's block is; None while it is folded away."""
        texts = self._open_texts
        if number >= len(texts):
            return None
        above = len(self._head) + sum([text.height for text in texts[:number]])
        return above + texts[number].start_of(block) + inside

    def make_exact(self, first: int, last: int, top: int) -> tuple[int, bool]:
        """As `MessageText.make_exact`, for the part's rows."""
        start = len(self._head)
        for text in self._open_texts:
            if start > last:
                break
            height = text.height
            if start + height > first:
                found = text.make_exact(first - start, last - start, top - start)
                if found[1]:
                    return found
            start += height
        return 0, False

    def code_at(self, number: int, action: str) -> str:
        """The code whose button stands in a row."""
        found = self._text_at(number)
        return found[0].code_at(found[1], action) if found else ""

    def codes(self) -> list[tuple[int, str]]:
        """Every code that is not folded away, with its row."""
        codes: list[tuple[int, str]] = []
        start = len(self._head)
        for text in self._open_texts:
            codes += [(start + row, source) for row, source in text.codes()]
            start += text.height
        return codes
