"""A text area in which long pastes are folded to labels, and fenced code is told apart. Knows nothing of prompts.

In its document a long paste is a label (`pastes`); whatever leaves it has the whole content.
"""

from bisect import bisect_right
from typing import Any, ClassVar

from rich.text import Text
from textual import events
from textual._text_area_theme import TextAreaTheme
from textual.cache import LRUCache
from textual.document._document import EditResult, Location, Selection
from textual.document._edit import Edit
from textual.document._wrapped_document import WrappedDocument
from textual.geometry import Region
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import TextArea
from typing_extensions import override

from tui.app.widgets.fences import Fences
from tui.app.widgets.pastes import FoldedPastes, is_long
from tui.app.widgets.wrapping import LongParagraphs
from tui.dataclass import dataclass

_KEPT_ROWS = 100


class FoldingArea(TextArea):
    """A label is one thing: the cursor goes over it in one step, and no edit cuts it in two.

    The arrows stop on it: then Enter opens it, backspace deletes it, and what is typed goes behind it.
    """

    DEFAULT_CSS = """
    FoldingArea {
        & .folding-area--paste { color: $text-accent; }
        & .folding-area--fence { color: $foreground-muted; }
        & .folding-area--code { color: $text-secondary; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"folding-area--paste", "folding-area--fence", "folding-area--code"}

    @dataclass
    class Pasted(Message):
        """A text was pasted or dropped, and stands at `start` as `shown`: as it is, or a label."""

        text: str
        shown: str
        start: Location

    class ImageRequested(Message):
        """There was nothing to paste: a picture may be on the clipboard."""

    def __init__(self, **options: Any) -> None:
        self._pastes = FoldedPastes()
        self._fences = Fences()
        self._drawn: LRUCache[tuple[object, ...], Strip] = LRUCache(_KEPT_ROWS)
        self._wears: TextAreaTheme | None = None
        super().__init__(**options)

    @property
    def full_text(self) -> str:
        """What is written, with every paste in its place."""
        return self._pastes.expand(self.text)

    @full_text.setter
    def full_text(self, text: str) -> None:
        self.text = self._pastes.fold_again(text)
        self._pastes.forget_old(self.text)
        self.move_cursor(self.document.end)

    @override
    def action_cut(self) -> None:
        """Cut what is selected, or the line; a paste goes with all its content."""
        start, end = self.selection
        result = self._delete_cursor_line() if start == end else self._delete_via_keyboard(start, end)
        if result is not None:
            self.app.copy_to_clipboard(self._pastes.expand(result.replaced_text))

    @property
    @override
    def selected_text(self) -> str:
        """What is selected, with the content of pastes."""
        return self._pastes.expand(super().selected_text)

    # Pastes.

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.paste(event.text)

    @override
    def action_paste(self) -> None:
        """Paste what was copied here; when that is nothing, a picture from the clipboard."""
        self.paste(self.app.clipboard)

    def paste(self, text: str) -> None:
        """Insert a text in the place of what is selected, folded to a label when it is long."""
        if not text:
            self.post_message(self.ImageRequested())
            return
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.leave_paste()
        start = min(self.selection)
        shown = self._pastes.fold(text, self.text) if is_long(text) else text
        self.move_cursor(self.replace(shown, *self.selection, maintain_selection_offset=False).end_location)
        self.post_message(self.Pasted(text, shown, start))
        self.focus()

    def remove_pasted(self, text: str, start: Location) -> None:
        """Take a pasted text away again, if it still stands where it was pasted, and what is before it as well."""
        lines = text.split("\n")
        row = start[0] + len(lines) - 1
        end = (row, len(lines[-1]) + (start[1] if len(lines) == 1 else 0))
        if row < self.document.line_count and self.document.get_text_range(start, end) == text:
            self.delete(start, end)

    def _label_at(self, location: Location) -> tuple[Location, Location] | None:
        """The label in which a location is, or at whose start."""
        if not self._pastes or location[0] >= self.document.line_count:
            return None
        row, column = location
        for start, end in self._pastes.spans(self.document.get_line(row)):
            if start <= column < end:
                return (row, start), (row, end)
        return None

    def _selected_label(self) -> tuple[Location, Location] | None:
        """The label that the cursor is on: exactly this one is selected."""
        if self.selection.is_empty:
            return None
        start, end = sorted(self.selection)
        return (start, end) if self._label_at(start) == (start, end) else None

    def leave_paste(self) -> None:
        """Go behind the label that the cursor is on: what is inserted next never takes its place."""
        if label := self._selected_label():
            self.move_cursor(label[1])

    def open_selected_paste(self) -> bool:
        """Open the label that the cursor is on; False when it is on none."""
        if label := self._selected_label():
            self._open_paste(*label)
        return label is not None

    def _open_paste(self, start: Location, end: Location) -> None:
        """Put the content of a label into its place."""
        content = self._pastes.open(self.document.get_text_range(start, end))
        self.move_cursor(self.replace(content, start, end, maintain_selection_offset=False).end_location)

    def on_click(self, event: events.Click) -> None:
        """Open the paste that was clicked."""
        label = self._label_at(self.get_target_document_location(event))
        if label is not None and self.selection.is_empty:
            self._open_paste(*label)

    # Whole labels.

    @override
    def edit(self, edit: Edit) -> EditResult:
        """Perform an edit, on whole labels only."""
        top, bottom = self._label_at(edit.top), self._label_at(edit.bottom)
        cut_top, cut_bottom = bool(top and top[0] < edit.top), bool(bottom and bottom[0] < edit.bottom)
        if edit.top == edit.bottom and bottom and cut_bottom:
            edit = Edit(edit.text, bottom[1], bottom[1], edit.maintain_selection_offset)
        elif cut_top or cut_bottom:
            first = top[0] if top and cut_top else edit.top
            last = bottom[1] if bottom and cut_bottom else edit.bottom
            edit = Edit(edit.text, first, last, edit.maintain_selection_offset)
        return super().edit(edit)

    @override
    def _validate_selection(self, selection: Selection) -> Selection:
        start, end = super()._validate_selection(selection)
        label = self._label_at(end)
        if label is None or label[0] == end:
            return Selection(start, end)
        snapped = label[1] if end > self.selection.end else label[0]
        return Selection(snapped if start == end else start, snapped)

    @override
    def _recompute_cursor_offset(self) -> None:
        # Textual 8.2.8 undoes and redoes first, and then moves the cursor: meanwhile its line may not be there.
        if self.cursor_location[0] < self.document.line_count:
            super()._recompute_cursor_offset()  # type: ignore[no-untyped-call]

    @override
    def action_cursor_left(self, select: bool = False) -> None:
        """Go left: onto a paste, or before it."""
        row, column = self.cursor_location
        label = self._label_at((row, column - 1)) if column and not select and self.selection.is_empty else None
        if label is not None:
            self.selection = Selection(label[1], label[0])
        else:
            super().action_cursor_left(select)

    @override
    def action_cursor_right(self, select: bool = False) -> None:
        """Go right: onto a paste, or behind it."""
        label = None if select or not self.selection.is_empty else self._label_at(self.cursor_location)
        if label is not None:
            self.selection = Selection(*label)
        else:
            super().action_cursor_right(select)

    # Drawing.

    @property
    def wrapped_document(self) -> WrappedDocument:
        """The rows of the text."""
        return self._rows

    @wrapped_document.setter
    def wrapped_document(self, rows: WrappedDocument) -> None:
        self._rows = LongParagraphs(rows.document, tab_width=rows._tab_width)

    @override
    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._drawn.clear()
        self._wears = None

    @override
    def render_lines(self, crop: Region) -> list[Strip]:
        # Textual 8.2.8 looks up all its colours at each key and each blink.
        theme = self._theme
        if theme is not None and theme is not self._wears:
            theme.apply_css(self)
            self._wears = theme
        return ScrollView.render_lines(self, crop)

    @override
    def render_line(self, y: int) -> Strip:
        # Textual 8.2.8 draws every row anew at each key, and for each of them cuts its whole paragraph into rows.
        key = self._row_key(y + self.scroll_offset.y)
        if key is None:
            return super().render_line(y)
        if (known := self._drawn.get(key)) is None:
            known = self._drawn[key] = super().render_line(y)
        return known

    def _row_key(self, number: int) -> tuple[object, ...] | None:
        """What a row looks like comes from this alone; None where the cursor, a selection or a label may be in it."""
        places = self.wrapped_document._offset_to_line_info
        if not self.selection.is_empty or self._pastes or self._matching_bracket_location or number >= len(places):
            return None
        line_index, section = places[number]
        ends = self.wrapped_document.get_offsets(line_index)
        if line_index == self.cursor_location[0] and section == bisect_right(ends, self.cursor_location[1]):
            return None
        line = self.document.get_line(line_index)
        if "\t" in line:
            return None
        start, end = (ends[section - 1] if section else 0), (ends[section] if section < len(ends) else len(line))
        kind = self._fences.kind(self.document.lines, line_index)
        return line[start:end], section < len(ends), kind, self.scrollable_content_region.width, self.theme

    @override
    def _build_highlight_map(self) -> None:
        self._line_cache.clear()
        self._fences.forget()

    @override
    def get_line(self, line_index: int) -> Text:
        """A line, with code, its fences and pastes told apart."""
        line = super().get_line(line_index)
        kind = self._fences.kind(self.document.lines, line_index)
        if kind != "text":
            line.stylize(self.get_component_rich_style(f"folding-area--{kind}", partial=True))
        for start, end in self._pastes.spans(line.plain):
            line.stylize(self.get_component_rich_style("folding-area--paste", partial=True), start, end)
        return line
