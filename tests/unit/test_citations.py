"""Pages that an answer cites, as links in its text. Lost else: where a claim comes from, or a link that lies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tui.citations import Cited, cited_from_json, with_sources

ONE, TWO = "https://one.test/a", "https://www.two.test/b"


def links(text: str) -> list[tuple[str, str]]:
    """The links of a Markdown text: their words, and where they lead."""
    found: list[tuple[str, str]] = []
    for block in MarkdownIt("commonmark").parse(text):
        href = ""
        for token in block.children or ():
            if token.type == "link_open":
                href = str(token.attrGet("href"))
                found.append(("", href))
            elif token.type == "link_close":
                href = ""
            elif href:
                found[-1] = found[-1][0] + token.content, href
    return found


def marked(text: str, *cited: Cited) -> str:
    return with_sources([(text, cited)])[0]


def test_a_text_that_cites_nothing_stays_as_it_is() -> None:
    assert with_sources([("It rains [1].", ()), ("", ())]) == ["It rains [1].", ""]


def test_words_are_followed_by_the_numbers_of_their_pages_and_the_list_names_each_once() -> None:
    text = marked(
        "It rains, it is 14 °C.", Cited(TWO, "Two", 10, 21), Cited(ONE, "One\n[x]", 0, 8), Cited(ONE, "", 10, 21)
    )
    assert text.startswith(f"It rains[[1]]({ONE}), it is 14 °C[[2]]({TWO})[[1]]({ONE}).\n\n**Sources**\n\n")
    assert links(text)[-2:] == [("One [x]", ONE), ("Two", TWO)]
    assert text.endswith(f"1. [One &#91;x&#93;]({ONE}) · one.test\n2. [Two]({TWO}) · two.test")


def test_a_link_that_the_model_wrote_to_the_page_becomes_the_number() -> None:
    text = f"It rains ([one.test]({ONE}))."
    assert marked(text, Cited(ONE, "One", 9, len(text) - 1)).startswith(f"It rains [[1]]({ONE}).\n")
    grok = f"It rains[[1]]({ONE})."
    assert marked(grok, Cited(ONE, "", 8, len(grok) - 1)).startswith(f"{grok}\n")


def test_numbers_that_the_model_wrote_become_links() -> None:
    text = marked("Rain[1][2]. `a[1]`, [2](x), [7]\n\n```\nb[2]\n```", Cited(ONE, "One"), Cited(TWO, "Two"))
    assert text.startswith(f"Rain[[1]]({ONE})[[2]]({TWO}). `a[1]`, [2](x), [7]\n\n```\nb[2]\n```\n\n**Sources**")


def test_pages_without_a_place_are_listed_at_least() -> None:
    assert marked("It rains.", Cited(ONE, "One")) == f"It rains.\n\n**Sources**\n\n1. [One]({ONE}) · one.test"


def test_the_numbers_go_on_over_the_texts_of_an_answer_and_the_list_stands_below_the_last() -> None:
    texts = with_sources(
        [("I look.", ()), ("Rain.", [Cited(ONE, "", 0, 4)]), ("Sun.", [Cited(TWO, "", 0, 3)]), ("Bye.", ())]
    )
    assert texts[:2] == ["I look.", f"Rain[[1]]({ONE})."] and texts[3] == "Bye."
    assert texts[2].startswith(f"Sun[[2]]({TWO}).\n\n**Sources**\n\n1. [one.test]({ONE})\n2. [two.test]({TWO})")


@pytest.mark.parametrize(
    ("text", "end", "expected"),
    [
        ("Say `rain` now", 7, f"Say `rain`[[1]]({ONE}) now"),
        ("See [rain](x) now", 8, f"See [rain](x)[[1]]({ONE}) now"),
        ("See https://x.test now", 18, f"See https://x.test [[1]]({ONE}) now"),
        ("```\nrain\n```\nnow", 6, "```\nrain\n```\nnow"),
        ("It rains.\n\nNow", 11, f"It rains.[[1]]({ONE})\n\nNow"),
        ("It rains", 99, "It rains"),
    ],
    ids=["code", "link", "address", "fence", "end of a paragraph", "nowhere"],
)
def test_a_mark_breaks_nothing_that_stands_around_its_place(text: str, end: int, expected: str) -> None:
    assert marked(text, Cited(ONE, "", 0, end)).partition("\n\n**Sources**")[0] == expected


BAD = ["javascript:alert(1)", "file:///etc/passwd", "https://", "https://[", "", "one.test", ONE + 3000 * "a"]


@pytest.mark.parametrize("url", BAD, ids=lambda url: url[:20])
def test_what_is_no_address_of_the_web_is_no_link_but_keeps_its_number(url: str) -> None:
    text = marked("Rain[1][2].", Cited(url, "Bad [one](https://evil.test)"), Cited(TWO, "Two"))
    assert links(text) == [("[2]", TWO), ("Two", TWO)]
    assert "1. Bad" in text


@given(st.text(max_size=60), st.text(max_size=40), st.text(max_size=40), st.integers(0, 70), st.integers(0, 70))
def test_nothing_from_outside_makes_a_link_that_leads_elsewhere(
    text: str, path: str, title: str, start: int, end: int
) -> None:
    page = Cited(f"https://one.test/{path}", title, start, end)
    for _, href in links(marked("~" + text.replace("[", "").replace("<", ""), page)):
        assert href.startswith("https://one.test/")


def test_many_pages_and_long_texts_take_no_time() -> None:
    text = "[`" * 200_000
    pages = [Cited(f"https://x.test/{number}", "T" * 999, number, number + 1) for number in range(4000)]
    whole = marked(text, *pages)
    assert whole.count("\n") < 220 and len(whole) < len(text) + 100_000


@pytest.mark.parametrize(
    "value", [None, {}, "x", [1, None, {}], [{"sources": 1}], [{"sources": [1, {"title": "x"}, {"url": 3}]}]]
)
def test_what_is_no_list_of_pages_is_none(value: object) -> None:
    assert cited_from_json(value) == ()


def test_pages_are_read_as_they_were_written() -> None:
    one, two = {"url": ONE, "title": "One", "kind": "web"}, {"url": TWO, "title": None}
    rows = [{"sources": [one, two], "anchor": {"start": 1, "end": 4}}, {"sources": [two], "anchor": {"start": "x"}}]
    assert cited_from_json(rows) == (Cited(ONE, "One", 1, 4), Cited(TWO, "", 1, 4), Cited(TWO))
