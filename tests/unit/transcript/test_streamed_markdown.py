"""A reply must look the same whether it streamed in by the token or came from disk, and never break on the way."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.app.transcript.markdown.parser import parser
from tui.app.transcript.markdown.splitter import CODE_LINES, WINDOW_CHARS, Block, Splitter
from tui.app.transcript.message_text import MessageText
from tui.app.transcript.row import Row, width_of
from tui.app.transcript.row_cache import RowCache
from tui.text import clean

PIECES = [
    "\n", "\n\n", "\n\n\n", "- ", "* ", "+ ", "1. ", "10. ", "2) ", "  ", "    ", "\t", "> ", "\n- ", "\n  - ", "[x] ",
    "```", "~~~", "py\n", "def f():\n", "'''", "a|b", "|-|-|\n", "-|:-:\n", "| c | d |\n", "# ", "## ", "---", "===",
    "[a]: /x\n", "[a]", "'tit'", "[l](http://a.b)", "![i](u)", "http://x.y", "*em*", "**", "***", "_", "~~", "`c`",
    "\\", "<b>", "&amp;", "text", "word word ", "é", "日本語", "\U0001f469\u200d\U0001f467", "\u200d", "e\u0301\u0301",
    "x" * 70, "\x1b[0m", "\u202e", "\r\n", "\ud800", "\\[\n", "\\]\n", "$$\n", "$x_1$", "\\(", "\\)", "<br>",
    "<details>\n", "```md\n", "````",
]  # fmt: skip

markdown = st.lists(st.sampled_from(PIECES), min_size=1, max_size=60).map("".join)
cuts = st.lists(st.integers(min_value=1, max_value=12), min_size=1, max_size=40)


def whole_blocks(text: str) -> list[Block]:
    splitter = Splitter()
    splitter.feed(text)
    return splitter.finish()


def parts(text: str, lengths: list[int]) -> list[str]:
    """The text cut into pieces of these lengths, over and over."""
    result, start, turn = [], 0, 0
    while start < len(text):
        length = lengths[turn % len(lengths)]
        result.append(text[start : start + length])
        start, turn = start + length, turn + 1
    return result


def rows_of(body: MessageText) -> list[Row]:
    while body.make_exact(0, 1 << 30, 0)[1]:
        pass
    return [body.row(number) for number in range(body.height)]


def whole_rows(text: str, column: int) -> list[Row]:
    body = MessageText(RowCache(), column)
    body.append(text)
    body.close(whole=True)
    return rows_of(body)


@given(markdown, cuts)
def test_blocks_do_not_depend_on_how_the_text_was_cut(text: str, lengths: list[int]) -> None:
    splitter = Splitter()
    found: list[Block] = []
    for part in parts(text, lengths):
        splitter.feed(part)
        found += splitter.settle()
        splitter.tail()
    assert found + splitter.finish() == whole_blocks(text)


@given(markdown, cuts, st.sampled_from([24, 60, 100]))
def test_a_streamed_reply_ends_as_a_render_of_the_whole(text: str, lengths: list[int], column: int) -> None:
    body = MessageText(RowCache(), column)
    for part in parts(text, lengths):
        body.append(part)
        body.advance(inf)
        for number in range(max(0, body.height - 40), body.height):
            body.row(number)
    body.close()
    body.advance(inf)
    assert rows_of(body) == whole_rows(text, column)


@given(markdown)
def test_top_level_blocks_are_those_of_markdown_it(text: str) -> None:
    lines = "\n".join(clean(line.removesuffix("\r")) for line in text.split("\n")).split("\n")
    expected = []
    for token in parser().parse("\n".join(lines)):
        if token.level == 0 and token.nesting >= 0:
            expected.append({"fence": "code", "table_open": "table"}.get(token.type, "text"))
        if token.level == 0 and token.type in ("bullet_list_open", "ordered_list_open"):
            expected.pop()
        if token.level == 1 and token.type == "list_item_open":
            expected.append("item")
    assert [block.kind for block in whole_blocks(text)] == expected


@given(markdown)
def test_rows_hold_no_control_character_and_fit_the_column(text: str) -> None:
    for row in whole_rows(text, 100):
        assert row.text.isprintable() or all(
            character.isprintable() or character in "\u200d\u3000" for character in row.text
        )
        assert width_of(row.spans) <= 98


def test_a_long_list_freezes_item_by_item() -> None:
    splitter = Splitter()
    splitter.feed("".join(f"{number}. item\n" for number in range(1, 500)))
    found = splitter.settle()
    assert [block.number for block in found] == list(range(1, 499))
    assert [block.source for block in splitter.tail()] == ["499. item"]


def test_items_are_numbered_as_in_one_list() -> None:
    assert [block.number for block in whole_blocks("3. a\n3. b\n3. c\n")] == [3, 4, 5]


def test_an_open_fence_gives_its_complete_lines_away_in_pieces() -> None:
    splitter = Splitter()
    splitter.feed("```python\n" + "x = 1\n" * 300)
    found = splitter.settle()
    assert [block.joined for block in found] == [False, True]
    assert sum(block.source.count("\n") + 1 for block in found) == 2 * CODE_LINES
    assert not splitter.tail()[-1].closed
    splitter.feed("```\n\nafter")
    assert [block.kind for block in splitter.finish()] == ["code", "text"]


def test_a_table_goes_on_with_the_columns_of_its_first_rows() -> None:
    table = "| a | b |\n|---|---|\n" + "".join(f"| {'wide ' * (5 - number // 200)} | x |\n" for number in range(300))
    found = whole_blocks(table)
    assert [block.joined for block in found] == [False, True, True]
    assert {block.lead for block in found[1:]} == {found[0].source}
    assert {row.text.index("x") for row in whole_rows(table, 100)[2:]} == {27}


def test_a_definition_that_comes_last_makes_links_of_what_was_frozen() -> None:
    body = MessageText(RowCache(), 80)
    body.append("see [the page]\n\nmore\n\nmore\n\n")
    body.advance(inf)
    assert rows_of(body)[0].text == "see [the page]"
    body.append("[the page]: https://example.org\n")
    body.close()
    body.advance(inf)
    first = rows_of(body)[0]
    assert first.text == "see the page"
    assert first.spans[1].action == "link:https://example.org"


def test_marks_that_are_not_decided_yet_are_not_drawn() -> None:
    body = MessageText(RowCache(), 80)
    body.append("A paragraph\n-")
    body.advance(inf)
    assert [body.row(number).text for number in range(body.height)] == ["A paragraph"]


def test_a_line_without_an_end_costs_a_window_of_it_each_time_that_it_is_drawn() -> None:
    """Lost else: a reply that is one line takes twice the time, as what is folded waited for as much again."""
    splitter, line = Splitter(), "some words in a row " * 2_000
    open_chars, cut = [], []
    for start in range(0, len(line), 500):
        splitter.feed(line[start : start + 500])
        cut += splitter.settle()
        open_chars.append(sum(len(block.source) for block in splitter.tail()))
    assert max(open_chars) <= WINDOW_CHARS + 2_000 and len(cut) >= len(line) // (WINDOW_CHARS + 1_100)
    assert "".join(block.source for block in [*cut, *splitter.finish()]) == line


def test_windows_line_ends_are_line_ends() -> None:
    splitter = Splitter()
    for part in ("a\r", "\nb\r\n", "\r\nc"):
        splitter.feed(part)
    assert [block.source for block in splitter.finish()] == ["a\nb", "c"]


def test_what_a_person_typed_is_not_restyled() -> None:
    splitter = Splitter(plain=True)
    splitter.feed("def __init__(self):\n    # a comment\n\n```py\nx = 1\n```\nend")
    found = splitter.finish()
    assert [(block.kind, block.source) for block in found] == [
        ("plain", "def __init__(self):\n    # a comment"),
        ("code", "x = 1"),
        ("plain", "end"),
    ]


def test_a_fence_that_could_head_a_table_is_a_fence() -> None:
    text = "```-|:-:\n|-|-|\n"
    assert [block.kind for block in whole_blocks(text)] == ["code"]
    assert [token.type for token in parser().parse(text)] == ["fence"]


@pytest.mark.parametrize("more", ["", "\n", "\n\nafter"])
def test_the_copy_button_of_code_that_has_just_come_copies_that_code(more: str) -> None:
    body = MessageText(RowCache(), 80)
    body.append("```py\nfirst\n```\n\ntext\n\n- item\n  ```sh\n  nested\n  ```\n\nmore\n\n```py\nlast\n```" + more)
    body.advance(inf)
    while body.make_exact(0, 1 << 30, 0)[1]:
        pass
    buttons = [
        body.code_at(number, span.action)
        for number in range(body.height)
        for span in body.row(number).spans
        if span.action and span.text == "c"
    ]
    assert buttons == ["first", "nested", "last"]
