"""What a person types to search is read as meant; what is not understood is said in one line."""

from datetime import date, datetime

import pytest

from tui.chat.search import read_query
from tui.store.search_records import SearchFilter, SearchQuery, SearchTerm

TODAY = date(2026, 11, 22)


def test_words_phrases_beginnings_and_what_is_not_wanted() -> None:
    assert read_query('one "two  three" fo* -five -"six seven"', TODAY).terms == (
        SearchTerm("one"),
        SearchTerm("two  three"),
        SearchTerm("fo", prefix=True),
        SearchTerm("five", excluded=True),
        SearchTerm("six seven", excluded=True),
    )


def test_signs_between_words_are_no_words() -> None:
    assert read_query("salt & pepper — now 👍", TODAY).terms == tuple(map(SearchTerm, ("salt", "pepper", "now")))
    assert read_query("Tom &", TODAY, typing=True).terms == (SearchTerm("Tom"),)


def test_the_last_word_goes_on_while_it_is_typed() -> None:
    assert read_query("pel in", TODAY, typing=True).terms == (SearchTerm("pel"), SearchTerm("in", prefix=True))
    assert read_query("pel ", TODAY, typing=True).terms == (SearchTerm("pel"),)
    assert read_query('"pel in', TODAY, typing=True).terms == (SearchTerm("pel in", prefix=True),)
    assert read_query('"pel in"', TODAY, typing=True).terms == (SearchTerm("pel in"),)
    assert read_query("pel has:im", TODAY, typing=True) == SearchQuery((SearchTerm("pel"),))


def test_filters_are_read_in_any_order_and_case() -> None:
    query = read_query('Model:GPT after:2026-02 x before:today in:title|prompt -HAS:tool cost>$0.5 model:"a b"', TODAY)
    assert query.filters == (
        SearchFilter("model", "gpt"),
        SearchFilter("has", "tool", excluded=True),
        SearchFilter("cost", "0.5"),
        SearchFilter("model", "a b"),
    )
    assert query.places == {"title", "prompt"}
    assert query.after == datetime(2026, 2, 1).astimezone() and query.before == datetime(2026, 11, 22).astimezone()
    assert query.terms == (SearchTerm("x"),) and not query.problems
    query = read_query("-after:2026-02 -before:2026-01 before:2027 -in:thinking|title", TODAY)
    assert query.before == datetime(2026, 2, 1).astimezone() and query.after == datetime(2026, 1, 1).astimezone()
    assert query.places == {"prompt", "reply", "tools", "files"}
    query = read_query("tag:#Work -is:pinned is:ARCHIVED", TODAY)
    assert query.filters == (
        SearchFilter("tag", "work"),
        SearchFilter("pinned", excluded=True),
        SearchFilter("archived"),
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("tag:a,b", "cannot stand in a tag"),
        ("is:new", "is:pinned|archived|bin|interrupted"),
        ("has:sound", "has:image|file|tool|code|branch"),
        ("sort:worst", "sort:best|newest"),
        ("in:here", "in:title|prompt|reply"),
        ("before:soon", "write 2026-01-31"),
        ("after:2026-02-31", "write 2026-01-31"),
        ("after:9999y", "write 2026-01-31"),
        ("cost>much", "write dollars"),
        ("-in:title|prompt|reply|thinking|tools|files", "No place is left"),
        ("model:", "says nothing"),
        ("++ --", "Only letters and digits"),
    ],
)
def test_what_cannot_be_looked_for_is_said(typed: str, said: str) -> None:
    (problem,) = read_query(typed, TODAY).problems
    assert said in problem


def test_what_looks_like_a_filter_and_is_none_is_a_word() -> None:
    assert [term.words for term in read_query("http://a.b/c?d=1 note:this 12:30", TODAY).terms] == [
        "http://a.b/c?d=1",
        "note:this",
        "12:30",
    ]
    assert not read_query("  ", TODAY)
