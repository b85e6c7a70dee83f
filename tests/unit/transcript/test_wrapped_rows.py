"""Wrapped text must be complete, in its column, and copied as it was written."""

from hypothesis import given
from hypothesis import strategies as st

from tui.app.transcript.markdown.wrap import wrap_offsets, wrap_spans
from tui.app.transcript.row import Span, crop, fit, width_of

text = st.text(st.sampled_from("ab c  漢é👍-\u0301"), max_size=80)


@given(text, st.integers(min_value=4, max_value=30))
def test_every_piece_fits_and_nothing_is_lost(words: str, width: int) -> None:
    rows = wrap_spans([Span(words)], width)
    assert all(width_of(spans) <= width for spans, _ in rows)
    kept = "".join(span.text for spans, _ in rows for span in spans)
    assert kept.replace(" ", "") == words.replace(" ", "")


@given(text, st.integers(min_value=4, max_value=30))
def test_offsets_rise(words: str, width: int) -> None:
    offsets = wrap_offsets(words, width)
    assert offsets == sorted(set(offsets))


def test_a_row_tells_what_joins_it_to_the_next() -> None:
    assert [join for _, join in wrap_spans([Span("one two"), Span("\n"), Span("abcdefgh")], 4)] == [" ", None, "", None]


def test_styles_survive_the_wrap() -> None:
    rows = wrap_spans([Span("one "), Span("two three", "strong")], 8)
    assert rows[0][0] == [Span("one "), Span("two", "strong")]
    assert rows[1][0] == [Span("three", "strong")]


def test_what_does_not_fit_is_cut_with_a_sign() -> None:
    assert "".join(span.text for span in fit([Span("abc"), Span("defg")], 5)) == "abcd…"
    assert fit([Span("abc")], 3) == [Span("abc")]
    assert crop("漢字", 3) == "漢"
