"""A long paragraph that is edited wraps as a whole would: no word lost, no cursor beside its row."""

from random import Random

import pytest
from textual.document._document import Document
from textual.document._wrapped_document import WrappedDocument

from tui.app.widgets.wrapping import LongParagraphs

WORDS = ("a", "word", "longer-than-others", "你好", "x" * 90, "  ", "e\u0301t\u00e9", "🦩🦩")


def rows_of(wrapped: WrappedDocument) -> tuple[object, ...]:
    sections = [wrapped.get_sections(number) for number in range(wrapped.document.line_count)]
    return sections, wrapped._offset_to_line_info, wrapped._line_index_to_offsets, wrapped._tab_width_cache


@pytest.mark.parametrize("seed", range(4))
def test_edits_anywhere_come_to_the_same_rows_as_the_whole(seed: int) -> None:
    random = Random(seed)
    document = Document("\n".join(" ".join(random.choices(WORDS, k=150)) for _ in range(3)))
    wrapped = LongParagraphs(document, width=40)
    for _ in range(30):
        row = random.randrange(document.line_count)
        length = len(document.get_line(row))
        at = random.choice([length, random.randrange(length + 1)])
        end = min(length, at + random.choice([0, 0, 1, 30]))
        text = random.choice(["z", " ", "a few words", "", "y" * 50, "\n" if random.random() < 0.1 else "q", "\t"])
        result = document.replace_range((row, at), (row, end), text)
        wrapped.wrap_range((row, at), (row, end), result.end_location)
        whole = WrappedDocument(document, width=40)
        assert rows_of(wrapped) == rows_of(whole)
        place = result.end_location
        assert wrapped.location_to_offset(place) == whole.location_to_offset(place)
