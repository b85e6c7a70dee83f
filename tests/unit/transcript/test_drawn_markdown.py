"""What Markdown looks like in a terminal: meaning is lost when a construct is drawn wrong, too wide or not at all."""

import pytest

from tui.app.transcript.markdown.inline import checked_href
from tui.app.transcript.markdown.render import Renderer, code_sources
from tui.app.transcript.markdown.splitter import Splitter
from tui.app.transcript.row import Row, width_of


def draw(text: str, column: int = 64) -> list[Row]:
    splitter = Splitter()
    splitter.feed(text)
    renderer, rows = Renderer(), []
    for index, block in enumerate(splitter.finish()):
        if block.gap and index:
            rows.append(Row())
        rows += renderer.rows(block, column, splitter.references)
    return rows


def texts(text: str, column: int = 64) -> list[str]:
    return [row.text for row in draw(text, column)]


def styles(text: str) -> dict[str, str]:
    return {span.text: span.style for row in draw(text) for span in row.spans}


def test_headings_emphasis_code_and_strike_have_their_styles() -> None:
    found = styles("# Head\n\n*em* **strong** ***both*** ~~gone~~ `code`")
    assert found["Head"] == "heading"
    assert (found["em"], found["strong"], found["gone"], found["code"]) == ("em", "strong", "strike", "code")
    assert set(found["both"].split()) == {"em", "strong"}


def test_a_line_break_stays_a_line_break() -> None:
    assert texts("one\ntwo  \nthree") == ["one", "two", "three"]


def test_nothing_stands_below_a_heading_and_a_list_hugs_its_sentence() -> None:
    assert texts("## Head\n\ntext:\n- a\n- b\n\nafter") == ["Head", "text:", "• a", "• b", "", "after"]


def test_lists_nest_and_wrap_under_their_text() -> None:
    assert texts("1. one two three four\n   - in\n2. b", 20) == ["1. one two three", "   four", "   • in", "2. b"]


def test_task_lists_show_what_is_done() -> None:
    assert texts("- [x] done\n- [ ] open") == ["• ✓ done", "• ○ open"]


def test_a_quote_has_a_bar_that_is_not_copied() -> None:
    rows = draw("> first\n> second")
    assert [row.text for row in rows] == ["│ first", "│ second"]
    assert [row.text[row.decor :] for row in rows] == ["first", "second"]


def test_html_and_markup_are_drawn_as_they_are() -> None:
    assert texts("<b>x</b> [@click=app.quit]y[/] &lt;") == ["<b>x</b> [@click=app.quit]y[/] <"]


def test_a_table_aligns_its_columns_and_has_one_hairline() -> None:
    assert texts("| a | num |\n|---|--:|\n| one | 1 |\n| three | 22 |") == [
        "a       num",
        "───────────",
        "one       1",
        "three    22",
    ]


@pytest.mark.parametrize("column", [24, 40, 64, 100])
def test_a_wide_table_wraps_its_cells_and_never_overflows(column: int) -> None:
    row = "| " + " | ".join(["some words that are long"] * 4) + " |"
    rows = draw(f"{row}\n|{'---|' * 4}\n{row}\n", column)
    assert max(width_of(found.spans) for found in rows) <= column - 4


def test_a_table_of_too_many_columns_becomes_a_list_of_values() -> None:
    heads = "|" + "|".join(f"h{number}" for number in range(40)) + "|"
    rows = texts(f"{heads}\n|{'-|' * 40}\n|{'v|' * 40}\n", 60)
    assert rows[:2] == ["h0  v", "h1  v"]
    assert rows[39] == "h39  v"


def test_wide_characters_are_counted_by_their_cells() -> None:
    rows = draw("漢字" * 40 + "\n\n| 名 | x |\n|---|---|\n| 日本語 | 1 |", 24)
    assert all(width_of(row.spans) <= 20 for row in rows)
    assert rows[-1].text == "日本語   1"


def test_code_names_its_language_and_cuts_long_lines_with_a_sign() -> None:
    rows = draw(f"```python title=x\nx = '{'y' * 100}'\n```", 40)
    assert rows[0].text.split() == ["python", "c", "copy"]
    assert rows[1].text.endswith("›")
    assert width_of(rows[1].spans) == 38
    assert all(row.fill == "on-code" for row in rows)


def test_code_is_highlighted_by_role() -> None:
    found = styles("```python\ndef f(a: int): return 'x' + 1  # why\n```")
    assert found["def"] == "on-code keyword"
    assert found["f"] == "on-code type"
    assert found["'x'"] == "on-code string"
    assert found["1"] == "on-code number"
    assert found["# why"] == "on-code comment"


def test_a_diff_colours_its_sign_only() -> None:
    found = styles("```diff\n- old\n+ new\n```")
    assert (found["-"], found[" old"], found["+"]) == ("on-code wrong", "on-code", "on-code good")


def test_an_unknown_language_and_a_hostile_line_stay_plain() -> None:
    assert styles("```nonsense\nx = 1\n```")["x = 1"] == "on-code"
    assert texts("```python\n" + "(" * 5_000 + "\n```", 40)[1].startswith(" ((((")


def test_nested_code_can_be_copied() -> None:
    splitter = Splitter()
    splitter.feed("- a\n\n  ```py\n  x = 1\n\n  y\n  ```\n")
    block = splitter.finish()[0]
    assert code_sources(block, {}) == ["x = 1\n\ny"]
    assert [span.action for row in Renderer().rows(block, 60, {}) for span in row.spans if span.action] == [
        "code:0",
        "code:0",
    ]


def test_links_show_their_text_and_carry_a_checked_target() -> None:
    spans = draw("[here](https://example.org/a?b=1) and https://bare.org/x. <https://auto.org>")[0].spans
    assert {span.text: span.action for span in spans if span.action} == {
        "here": "link:https://example.org/a?b=1",
        "https://bare.org/x": "link:https://bare.org/x",
        "https://auto.org": "link:https://auto.org",
    }


def test_an_image_shows_its_words_and_where_it_is() -> None:
    assert texts("![a cat](https://example.org/cat.png)") == ["a cat https://example.org/cat.png"]


def test_a_link_that_must_not_be_opened_shows_its_target_and_does_nothing() -> None:
    spans = draw("[click](smb://host/share)")[0].spans
    assert "".join(span.text for span in spans) == "click (smb://host/share)"
    assert not any(span.action for span in spans)


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)", "file:///etc/passwd", "--help", "-x", "/etc/passwd", "page.md", "smb://h/s", "vscode://x",
        "data:text/html,x", "http://", "https://-x.org", "mailto:-x@y", "mailto:nobody", "http://a b", "http://a\x1b", "ftp://h",
        "http://[", "",
    ],
)  # fmt: skip
def test_only_web_and_mail_addresses_are_opened(href: str) -> None:
    assert checked_href(href) == ""


def test_web_and_mail_addresses_are_opened_as_they_are() -> None:
    for href in ("https://example.org/x#y", "http://localhost:8000", "mailto:a@b.org"):
        assert checked_href(href) == href
