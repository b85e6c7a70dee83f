"""A pattern is what `re.compile` makes, later. Lost else: a search that finds something else, or a slow start."""

import re

import pytest

from tui.pattern import pattern


def test_it_finds_what_a_compiled_one_finds() -> None:
    word = pattern(r"(\w+)!", re.IGNORECASE)
    assert [match[1] for match in word.finditer("Oh! no!")] == ["Oh", "no"]
    assert word.sub("-", "Oh! no!") == "- -"
    assert (word.pattern, word.flags) == (r"(\w+)!", re.compile("", re.IGNORECASE).flags)
    assert pattern(rb"a").search(b"ba")


def test_nothing_is_compiled_before_it_is_asked_for_something() -> None:
    broken = pattern("(")
    with pytest.raises(re.error):
        broken.search("")
