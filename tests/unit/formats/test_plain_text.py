"""The text export is read in mail and by ear: no markup, no line that a window breaks, nothing that steers it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.library import conversation, prompt, reply
from tui.formats import FORMATS
from tui.formats.wrapping import columns, wrapped

MARKDOWN = """# Head

Some *em* and **strong** with [a link](https://x.test/a) and `code`, long enough that it does not fit on one line.

- one
- two
  1. deep

> quoted

```python
def f(): return "a very long line of code stays as it is, because a broken one would not run any more"
```

| a | b |
|---|---|
| 1 | 2 |
"""
PLAIN = """Head

Some em and strong with a link (https://x.test/a) and code, long enough that it
does not fit on one line.

- one
- two
  1. deep

| quoted

    def f(): return "a very long line of code stays as it is, because a broken one would not run any more"

a | b
1 | 2
"""


def written(text: str, title: str = "A question") -> str:
    owner = conversation(title)
    asked = prompt(owner, "Why?\n  so")
    answer = reply(owner, asked, text)
    return FORMATS["text"].write(replace(owner, active_leaf=answer.id), [asked, answer])


def test_markdown_becomes_what_it_means() -> None:
    text = written(MARKDOWN)
    assert text.startswith("A question\n==========\n") and "\nWhy?\n  so\n" in text
    assert text.endswith("\n\n" + PLAIN)


@given(st.text(), st.text(alphabet="ab 日本`*_[]()>#-+1.|\n\\&<"))
def test_nothing_steers_a_terminal_and_nothing_fails(one: str, other: str) -> None:
    for text in (written(one, other), written(other, one), written("- " * 500 + one)):
        assert all(
            character in "\n\t" or not (ord(character) < 32 or 127 <= ord(character) < 160) for character in text
        )


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("one two three", ["one two", "three"]),
        ("日本語の文章です", ["日本語の", "文章です"]),
        ("https://a.very.long/address", ["https://a.very.long/address"]),
        ("a 日本語 b", ["a 日本語", "b"]),
        ("  in\n\nout", ["  in", "", "out"]),
    ],
)
def test_lines_break_where_readers_expect_it(text: str, lines: list[str]) -> None:
    assert wrapped(text, 9) == lines
    assert all(columns(line) <= 9 or "://" in line for line in lines)
