"""A link that is not what it seems must be told before it is opened, and what is no page must never be one."""

import pytest

from tui.app.transcript.links import link_warnings
from tui.app.transcript.markdown.inline import checked_href


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "/etc/x",
        "--help", "http://-x", "https://", "http:x", "https://a\u202eb", "https://a b", "https://a\tb", "mailto:--x@y",
        "ssh://host", "https://[::1", "about:blank", "chrome://settings",
    ],
)  # fmt: skip
def test_what_is_no_page_and_no_mail_is_no_link(href: str) -> None:
    assert checked_href(href) == ""


@pytest.mark.parametrize(
    ("href", "told"),
    [
        ("https://google.com@evil.example/login", "leads to evil.example"),
        ("https://user:pass@evil.example", "leads to evil.example"),
        ("https://google.com%2F@evil.example", "leads to evil.example"),
        ("https://раура\u04cf.com", "xn--"),
        ("https://аpple.com", "several alphabets"),
        ("https://xn--pple-43d.com", "several alphabets"),
        ("https://xn--mnchen-3ya.de", "münchen.de"),
    ],
)
def test_what_misleads_is_told(href: str, told: str) -> None:
    assert told in " ".join(link_warnings(href))


@pytest.mark.parametrize(
    "href", ["https://example.org/a@b?c=@d", "http://127.0.0.1:80/", "mailto:a@b.c", "https://[bad"]
)
def test_an_ordinary_target_needs_no_word(href: str) -> None:
    assert link_warnings(href) == []
