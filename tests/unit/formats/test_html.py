"""A page that fetched or ran something would tell a stranger of its reader, or act as them; an open tag hides text."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.library import conversation, prompt, reply
from tui.formats import FORMATS
from tui.formats.html import held
from tui.store.records import Attachment, Conversation, Message

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</title></style></article><script>x</script>",
    "![p](https://tracker.test/a.png)",
    "[![p](https://tracker.test/a.png)](https://x.test)",
    "[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](data:text/html,x) [d](file:///etc/passwd)",
    "[e](&#106;avascript:alert(1)) <javascript:alert(1)> [f]: javascript:x\n\n[f]",
    "[g](https://x.test/\"onmouseover=\"alert(1)) <https://x.test/'onclick='x>",
    "```html\n<script>alert(1)</script>\n```",
    '```"><script>\nx\n```',
    "<!-- x --> <![CDATA[ x ]]> <?php x ?> &lt;script&gt;",
    "> - 1. ```\nopen",
    "a\x1b]0;pwned\x07\x9b\u202e\x7f\x00",
    "a&#x202e;b [c&#8294;](https://x.test) # d&#x202e;",
    "| a | <b> |\n|---|---|\n| <i> | `<x>` |",
]
VOID = {"meta", "img", "br", "hr"}
TAGS = VOID | {
    "html", "head", "title", "style", "body", "header", "article", "h1", "h2", "h3", "h4", "h5", "h6", "p", "div",
    "details", "summary", "pre", "code", "span", "a", "ul", "ol", "li", "blockquote", "table", "thead", "tbody", "tr",
    "th", "td", "em", "strong", "s",
}  # fmt: skip


class Page(HTMLParser):
    """Checks that every tag is one of ours and closed, and collects where the page leads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        values = {name: value or "" for name, value in attrs}
        allowed = {"a": {"href", "rel"}, "img": {"src", "alt"}, "meta": {"charset", "http-equiv", "content", "name"}}
        assert set(values) <= allowed.get(tag, {"class", "lang", "start", "style"}), (tag, values)
        assert re.fullmatch(r"text-align:(left|right|center)|", values.get("style", ""))
        if tag == "a":
            assert "a" not in self.open and values["rel"] == "noreferrer"
            self.links.append(values["href"])
        if tag == "img":
            self.pictures.append(values["src"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID, tag
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        self.words += data


def check(text: str) -> Page:
    """Nothing is fetched, nothing runs, all is closed."""
    page = Page(text)
    assert all(link.startswith(("http://", "https://", "mailto:")) for link in page.links), page.links
    assert all(re.match(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$", one) for one in page.pictures)
    assert "default-src 'none'" in text.partition("<title>")[0]
    assert not re.search(r"url\(|@import", text.partition("</style>")[0])
    assert all(character == "\n" or character == "\t" or character.isprintable() or ord(character) > 0x9F
               for character in text)  # fmt: skip
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", text), "nothing turns round what stands behind it"
    return page


def hostile(text: str) -> tuple[Conversation, list[Message], list[Attachment]]:
    """A chat that has the text in every string that comes from outside."""
    owner = conversation(text, model=f"openai:{text}")
    asked = prompt(owner, text)
    failure = '{"title": "T", "message": "' + text.replace("\\", "").replace('"', "")[:20].replace("\n", " ") + '"}'
    answer = replace(
        reply(owner, asked, text, model=f"a:{text}"), thinking=text, state="failed", failure=failure, usage="{"
    )
    other = replace(reply(owner, asked, text), origin='{"kind": "fused", "models": ["<b>"]}')
    files = [Attachment("aa", asked.id, text, "image/png", b"\x89"), Attachment("bb", asked.id, text, text, b"x")]
    return replace(owner, active_leaf=answer.id), [asked, answer, other], files


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_fetches_or_runs_anything(text: str) -> None:
    for branches in (False, True):
        page = check(FORMATS["html"].write(*hostile(text), branches=branches))
        assert not {"https://tracker.test/a.png"} & set(page.pictures)


@given(st.text(), st.text(alphabet="<>\"'&`[]()!:#*_-|\n \tjavscript/=."))
def test_no_text_at_all_does(one: str, other: str) -> None:
    owner, messages, files = hostile(one)
    messages[1] = replace(messages[1], text=other)
    check(FORMATS["html"].write(owner, messages, files))


def test_a_page_has_words_colours_folds_pictures_and_links() -> None:
    owner = conversation("A <question>")
    asked = prompt(owner, "Why?\n  indented")
    text = "Look at [this](https://x.test/?a=1&b=2):\n\n```python\ndef f(): return '<'\n```\n\n![cat](https://x.test/c.png)"
    answer = replace(reply(owner, asked, text), thinking="*hm*", thinking_ms=1500)
    file = Attachment("aa", asked.id, "cat.png", "image/png", b"\x89PNG")
    written = FORMATS["html"].write(replace(owner, active_leaf=answer.id), [asked, answer], [file])
    page = check(written)
    assert page.links == ["https://x.test/?a=1&b=2", "https://x.test/c.png"] and len(page.pictures) == 1
    assert '<span class="k">def</span>' in written and "<details><summary>Thinking · 1.5s</summary>" in written
    assert "Why?\n  indented" in page.words and "def f(): return '<'" in page.words and "A <question>" in page.words
    assert "prefers-color-scheme: dark" in written and "@media print" in written


def test_only_pictures_within_a_bound_stand_in_it() -> None:
    small, large = b"x", b"x" * (5 << 20)
    kinds = [
        ("a", "image/png", small),
        ("b", "image/svg+xml", small),
        ("c", "image/png", large),
        ("d", "text/html", small),
    ]
    files = [Attachment(hash, "m", "name", kind, data) for hash, kind, data in kinds]
    assert held(files) == {"a"}
    many = [Attachment(str(number), "m", "name", "image/png", b"x" * (3 << 20)) for number in range(8)]
    assert len(held(many)) == 5
