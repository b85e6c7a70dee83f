"""An answer that is read aloud is read once: its words come whole, without signs, and none is taken back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.commands.plain.markdown_stream import MarkdownStream

ANSWER = """# A *title*

Some **bold words** and `code * x` and [a link](https://x.test/a_(b)) and 3 * 4, C # 2, snake_case_name.
Second line \\*as is\\*.

- item *one*
  - nested **two**
10. ten

> quote **of it**

| a | b |
|---|---|
| 1 | **2** |
Behind it.

```python
x = '**'
```
~~~
a ``` b
~~~
"""
SHOWN = """A title

Some bold words and code * x and a link (https://x.test/a_(b)) and 3 * 4, C # 2, snake_case_name.
Second line *as is*.

- item one
  - nested two
10. ten

> quote of it

a | b
1 | 2
Behind it.

Code, python:
    x = '**'
End of code.
Code:
    a ``` b
End of code.
"""


def streamed(text: str, size: int) -> list[str]:
    stream = MarkdownStream()
    return [*(stream.feed(text[at : at + size]) for at in range(0, len(text), size)), stream.end()]


@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
def test_the_same_is_read_however_it_arrives(size: int) -> None:
    assert "".join(streamed(ANSWER, size)) == SHOWN


def test_words_come_as_soon_as_they_are_whole() -> None:
    stream = MarkdownStream()
    assert [stream.feed(piece) for piece in ("It is a ", "long", " word", " **that is", " bold** so", " far")] == [
        "It is a ", "", "long ", "word ", "that is bold ", "so ",
    ]  # fmt: skip
    assert stream.end() == "far\n"


def test_a_mark_that_is_never_closed_holds_nothing_back_for_long() -> None:
    stream = MarkdownStream()
    came = "".join(stream.feed(f"a **star and [bracket {number} ") for number in range(100))
    assert "bracket 50" in came


def test_text_without_blanks_comes_by_its_own_signs() -> None:
    stream = MarkdownStream()
    assert stream.feed("今日は晴れ。明日") == "今日は晴れ。"
    assert stream.feed("x" * 1_000)


def test_code_that_never_ends_is_told_to_end() -> None:
    assert "".join(streamed("```\na", 1)) == "Code:\n    a\nEnd of code.\n"


@given(st.text(alphabet="ab *_`[]()#|>-1.\\\n~", max_size=60), st.integers(1, 5))
def test_no_answer_breaks_it_and_no_letter_is_lost(text: str, size: int) -> None:
    shown = "".join(streamed(text, size))
    letters = [letter for letter in shown.replace("Code", "").replace("End of code", "") if letter in "ab1"]
    if "`" not in text and "~" not in text and "|" not in text and "[" not in text and "(" not in text:
        assert letters == [letter for letter in text if letter in "ab1"]
