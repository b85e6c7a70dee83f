"""A tag is one word, so that the search finds it as it was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.errors import UsageError
from tui.tags import is_tag, read_tag, read_tag_changes


@pytest.mark.parametrize(
    ("typed", "tag"), [("#Trip to Rome", "trip-to-rome"), (" c++ ", "c++"), ("Straße", "strasse"), ("旅行", "旅行")]
)
def test_what_is_typed_becomes_one_word(typed: str, tag: str) -> None:
    assert read_tag(typed) == tag


@pytest.mark.parametrize("typed", ["", "#", "--", "a,b", "a:b", 'a"b', "a|b", "\x1b[31m", "x" * 41])
def test_what_no_search_would_find_is_refused(typed: str) -> None:
    with pytest.raises(UsageError):
        read_tag(typed)


@given(st.text(max_size=60))
def test_what_is_read_is_a_tag_and_reads_the_same_again(typed: str) -> None:
    try:
        tag = read_tag(typed)
    except UsageError:
        return
    assert is_tag(tag)
    assert read_tag(tag) == tag


def test_tags_are_given_and_taken_away_in_one_line() -> None:
    assert read_tag_changes("#Trip to Rome, -old , , trip-to-rome,-#x") == (("trip-to-rome",), ("old", "x"))
    with pytest.raises(UsageError):
        read_tag_changes("trip, -")
