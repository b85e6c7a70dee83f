"""Addresses with blanks: what stands in a blank is a value, and never becomes another part of the address."""

import pytest

from tui.chat.tools.uri_template import expand, variables

VALUES = {"var": "value", "hello": "Hello World!", "path": "/foo/bar", "x": "1024", "y": "768"}


@pytest.mark.parametrize(
    ("template", "address"),  # examples of RFC 6570
    [
        ("{var}", "value"),
        ("{hello}", "Hello%20World%21"),
        ("{+path}/here", "/foo/bar/here"),
        ("{path}", "%2Ffoo%2Fbar"),
        ("X{#hello}", "X#Hello%20World!"),
        ("map?{x,y}", "map?1024,768"),
        ("X{.x,y}", "X.1024.768"),
        ("{/var,x}/here", "/value/1024/here"),
        ("{;x,y}", ";x=1024;y=768"),
        ("{?x,y,gone}", "?x=1024&y=768"),
        ("?fixed=yes{&x}", "?fixed=yes&x=1024"),
        ("{var:3}", "val"),
        ("{gone}{?gone}", ""),
        ("no blank {", "no blank {"),
    ],
)
def test_blanks_are_filled_as_the_rfc_says(template: str, address: str) -> None:
    assert expand(template, VALUES) == address


def test_each_blank_is_asked_for_once_in_its_order() -> None:
    assert variables("a://{x}/{+path:3}{?y,x}{&list*}") == ("x", "path", "y", "list")
