"""What is found: a person types what they see, and not how it is written."""

import pytest

from tui.app.transcript.query import Query


@pytest.mark.parametrize(
    ("typed", "text", "found"),
    [
        ("text", "Text and text", ["Text", "text"]),
        ("Text", "Text and text", ["Text"]),
        ("naive cafe", "A naïve café, a naive cafe", ["naïve café", "naive cafe"]),
        ("café", "cafe café cafe\u0301", ["cafe", "café", "cafe\u0301"]),
        ("uber", "Über", ["Über"]),
        ("two words", "two   words, two\twords, two\nwords", ["two   words", "two\twords"]),
        ("bold text", "**bold** text and *bold text*", ["bold** text", "bold text"]),
        ("use foo now", "use `foo` now", ["use `foo` now"]),
        ("a.b(c", "a.b(c) axb(c)", ["a.b(c"]),
        ("**kwargs", "f(**kwargs)", ["**kwargs"]),
        ("İ", "x İ y", ["İ"]),
        ("한글", "한글 말", ["한글"]),
        ("ß", "straße", ["ß"]),
        ("👩‍👧", "a 👩‍👧 b", ["👩‍👧"]),
        ("x", "", []),
    ],
)
def test_it_finds_what_is_meant_where_it_stands(typed: str, text: str, found: list[str]) -> None:
    query = Query(typed)
    assert [text[start:end] for start, end in query.spans(text)] == found
    assert query.count(text) == len(found)
