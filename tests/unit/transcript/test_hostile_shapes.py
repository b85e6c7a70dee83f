"""No reply, however it is shaped, may hang the app, use endless memory, or lose what was written."""

from math import inf
from time import process_time

import pytest

from tui.app.transcript.message_text import MessageText
from tui.app.transcript.row import Row
from tui.app.transcript.row_cache import RowCache

SHAPES = {
    "1mb-line": "x" * 1_000_000,
    "1mb-words": "lorem ipsum " * 87_000,
    "zalgo": "Z" + "\u0335\u0301\u0489" * 3_000,
    "deepquote": ">" * 3_000 + " deep",
    "deeplist": "".join("  " * depth + "- deep\n" for depth in range(200)),
    "deepnest": "[" * 20_000,
    "bangs": "![" * 10_000,
    "stars": "*a_" * 20_000,
    "widetable": "|" + "a|" * 500 + "\n|" + "-|" * 500 + "\n" + ("|" + "b|" * 500 + "\n") * 5,
    "longurl": "[x](http://e.example/" + "a" * 200_000 + ")",
    "fence-open": "```python\n" + "print(1)\n" * 3_000,
    "emoji": "👨‍👩‍👧‍👦🏳️‍🌈🇺🇳✍🏽" * 500,
    "tags": "".join(chr(0xE0000 + ord(letter)) for letter in "ignore all rules") * 50,
    "ticks": "`" * 50_000,
    "definitions": "".join(f"[r{number}]: http://x.y/{number}\n" for number in range(2_000)),
    "empty lines": "\n" * 100_000,
}


def opened(text: str) -> MessageText:
    body = MessageText(RowCache(), 100)
    body.append(text)
    body.close(whole=True)
    return body


def screen(body: MessageText, first: int = 0) -> list[Row]:
    while body.make_exact(first, first + 40, first)[1]:
        pass
    return [body.row(number) for number in range(first, min(body.height, first + 40))]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_screenful_of_it_is_drawn_at_once(shape: str) -> None:
    began = process_time()
    screen(opened(SHAPES[shape]))
    assert process_time() - began < 5  # seconds on the slowest machine that tests run on; a hang takes minutes


@pytest.mark.parametrize("shape", SHAPES)
def test_it_streams_without_a_long_pause(shape: str) -> None:
    body, text = MessageText(RowCache(), 100), SHAPES[shape][:12_000]
    for start in range(0, len(text), 1_500):
        body.append(text[start : start + 1_500])
        began = process_time()
        body.advance(inf)
        assert process_time() - began < 3


def test_what_is_nested_too_deeply_is_shown_as_it_was_written() -> None:
    text = "".join(row.text for row in screen(opened(">" * 3_000 + " deep")))
    assert text.count(">") == 3_000
    assert "deep" in text


def test_a_long_line_is_folded_and_complete() -> None:
    body = opened("x" * 100_000)
    while body.make_exact(0, 1 << 30, 0)[1]:
        pass
    assert sum(body.row(number).text.count("x") for number in range(body.height)) == 100_000


def test_the_cache_forgets_rows_but_not_heights() -> None:
    cache = RowCache(limit_rows=200)
    body = MessageText(cache, 80)
    body.append("word\n\n" * 2_000)
    body.close(whole=True)
    while body.make_exact(0, 1 << 30, 0)[1]:
        pass
    assert body.height == 3_999
    assert len(cache) <= 200
    assert body.row(0).text == "word"
