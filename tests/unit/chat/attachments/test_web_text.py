"""A page that is attached is its words: markup costs tokens, and programs in it are nobody's business."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.chat.attachments.web_text import web_text

PAGE = """<!doctype html><html><head><title>A  page
</title><style>p { color: red }</style><script>alert("<p>no</p>")</script></head>
<body><nav>Home</nav><h1>Big &amp; small</h1><p>One <b>bold</b> word.<br>Next line</p>
<ul><li>first<li>second</ul><pre>  def f():
    pass</pre><table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table><svg><text>drawn</text></svg></body></html>"""


def test_a_page_becomes_its_title_headings_lists_and_words() -> None:
    assert web_text(PAGE) == (
        "A page\n\nHome\n\n# Big & small\n\nOne bold word.\nNext line\n\n- first\n- second\n\n"
        "  def f():\n    pass\n\na | b\nc\n"
    )


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>no end", "no end\n"),
        ("just words", "just words\n"),
        ("<head><p>in it", "\n"),
        ("<head><body><p>a head that nobody ended", "a head that nobody ended\n"),
        ("a<!-- <p>hidden</p> -->b", "ab\n"),
        ("<script>x", "\n"),
        ("<h1>T</h1><title>T</title>", "# T\n"),
        ("&#0;&lt;p&gt;", "\ufffd<p>\n"),
        ("</p></div></pre></pre>a", "a\n"),
    ],
)
def test_broken_markup_loses_no_words(html: str, text: str) -> None:
    assert web_text(html) == text


@given(
    st.lists(
        st.sampled_from(["<p>", "</p>", "<pre>", "<script>", "</script>", "<li>", "<td>", "a ", "<", "&", "<title>"])
    )
)
def test_no_page_whatever_is_an_error(pieces: list[str]) -> None:
    web_text("".join(pieces))
