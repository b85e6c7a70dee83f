"""Previews of Markdown: its signs go, and what only looks like one stays."""

import signal

import pytest

from tui.preview import plain_line, plain_part


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("# A head\n\nand **bold** words", "A head and bold words"),
        ("- one\n- *two*\n- [x] three", "one two three"),
        ("1. first\n2. second", "1. first 2. second"),
        ("> a ***very*** `good` ~~bad~~ quote", "a very good bad quote"),
        ("**A [link](https://x.org) in `co**de`** and ![a picture](p.png)", "A link in co**de and a picture"),
        ("```python\n# a comment\nx = a**b**c\n```\nbehind", "# a comment x = a**b**c behind"),
        ("| a | b |\n|---|:-:|\n| 1 | 2 |", "| a | b | | 1 | 2 |"),
        ("Title\n=====\n\n---\nbody", "Title body"),
        ("__a__ and _b_, snake_case_name, 2 * 3 * 4, #5, a - b", "a and b, snake_case_name, 2 * 3 * 4, #5, a - b"),
        ("def f(*args, **kwargs): x * y", "def f(*args, **kwargs): x * y"),
        ("**open and `half", "**open and `half"),
        ("2*3*4 = 24, a*b*c, x**2 + y**2", "2*3*4 = 24, a*b*c, x**2 + y**2"),
        ("int *a, b; a[0]*b[1]*c, f(*args) = a*b", "int *a, b; a[0]*b[1]*c, f(*args) = a*b"),
        ("**R**andom **A**ccess, *it*, Haus**tür**.", "Random Access, it, Haustür."),
        ("中文**粗体**中文", "中文粗体中文"),
        ("---", "---"),
        ("```python\n", "```python"),
        ("", ""),
    ],
)
def test_signs_go_and_words_stay(text: str, plain: str) -> None:
    assert plain_line(text) == plain


def test_a_part_loses_signs_that_begin_or_end_outside_of_it() -> None:
    text = "# About\n\n- It is **a long and bold sentence** with more\n## Next"
    start, end = text.index("long"), text.index("more")
    assert plain_part(text, start, end) == "long and bold sentence with"
    assert plain_part(text, text.index("It is"), text.index("bold")) == "It is a long and"
    assert plain_part(text, 0, len(text)) == "About It is a long and bold sentence with more Next"
    assert plain_part(text, 0, 9) == "About"


def test_a_part_of_a_block_of_code_stays_as_it_is() -> None:
    text = "```\n*a*\n*b*\n```\n*c*\n*d*"
    assert [plain_part(text, text.index(sign), text.index(sign) + 3) for sign in ("*a*", "*b*", "*c*", "*d*")] == [
        "*a*", "*b*", "c", "d"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "unit",
    ["*", "_", "`", "[", "**a ", "*a ", "_a ", "~~a ", "`a ", "> ", "[a](", "*`a", "a**b ", "*a _b ~~c `d ", "- "],
)
@pytest.mark.timeout(60, method="signal" if hasattr(signal, "SIGALRM") else "thread")  # a search lets no thread run
def test_a_line_of_signs_takes_no_longer_than_its_length(unit: str) -> None:
    text = unit * (150_000 // len(unit))
    plain_line(text)  # what takes more than linear time ends by the time-out
    assert len(plain_part(text, 100_000, 100_160)) <= 160
