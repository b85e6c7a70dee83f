"""The wrapping of a text that is being written: a key in a long paragraph wraps anew only what follows it.

Textual 8.2.8 wraps the whole paragraph at each key, and cuts all of it into rows whenever it looks for the cursor.
"""

from textual._wrap import compute_wrap_offsets
from textual.document._document import Location
from textual.document._wrapped_document import WrappedDocument
from typing_extensions import override

_SHORT = 400
"""Characters of a paragraph that is wrapped as a whole."""


class LongParagraphs(WrappedDocument):
    """A wrapped document in which a key costs the same wherever a paragraph ends."""

    @override
    def get_sections(self, line_index: int) -> list[str]:
        """The rows of a paragraph."""
        line, ends = self.document[line_index], self._wrap_offsets[line_index]
        return [line[start:end] for start, end in zip([0, *ends], [*ends, len(line)], strict=True)]

    @override
    def wrap_range(self, start: Location, old_end: Location, new_end: Location) -> None:
        """Wrap what was edited, and what follows it in its paragraph.

        Rows are filled from the left: those that end before the word at the edit, or before it, stay as they are.
        """
        row = start[0]
        line = self.document[row] if row < self.document.line_count else ""
        if not self._width or {row} != {old_end[0], new_end[0]} or len(line) < _SHORT or "\t" in line:
            super().wrap_range(start, old_end, new_end)
            return
        ends = self._wrap_offsets[row]
        first = min(start[1], old_end[1], new_end[1])
        word = len(line[:first].rstrip())
        word = next((at + 1 for at in range(word - 1, -1, -1) if line[at].isspace()), 0)
        kept = [end for end in ends if end < word]
        begin = kept[-1] if kept else 0
        rest = compute_wrap_offsets(line[begin:], self._width, self._tab_width)
        self._put(row, [*kept, *(begin + end for end in rest)])

    def _put(self, row: int, ends: list[int]) -> None:
        """Take other rows for a paragraph, and move those below it."""
        places = self._line_index_to_offsets[row]
        top, more = places[0], len(ends) + 1 - len(places)
        self._wrap_offsets[row], self._tab_width_cache[row] = ends, [0]
        if more:
            self._offset_to_line_info[top : top + len(places)] = [(row, number) for number in range(len(ends) + 1)]
            self._line_index_to_offsets[row] = list(range(top, top + len(ends) + 1))
            for below in range(row + 1, len(self._line_index_to_offsets)):
                self._line_index_to_offsets[below] = [place + more for place in self._line_index_to_offsets[below]]
