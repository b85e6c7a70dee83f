"""By which names a served Chinwag is called: a name that was made to lead here is none of them."""

import socket

import pytest

from tui.errors import UsageError
from tui.web.address import Address, is_loopback, public_origin


@pytest.mark.parametrize(
    ("address", "ours", "foreign"),
    [
        (
            Address("127.0.0.1", 8000),
            ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "LOCALHOST:8000"],
            ["localhost", "localhost:8001", "a.localhost:8000", "10.0.0.1:8000", "example.com:8000", "[::2]:8000"],
        ),
        (Address("::1", 80), ["[::1]", "localhost", "127.0.0.1:80"], ["[::1]:8000", "[fe80::1]"]),
        (Address("chat.lan", 443, True), ["chat.lan", "chat.lan:443"], ["localhost", "127.0.0.1", "chat.lan:80"]),
        (
            Address("0.0.0.0", 8000),
            ["127.0.0.1:8000", "10.1.2.3:8000", "[fe80::1]:8000", "localhost:8000", f"{socket.gethostname()}:8000"],
            ["example.com:8000", "10.1.2.3", "10.1.2.3.example.com:8000", "10.1.2.3:x", ":8000", "10.1.2.3:99999"],
        ),
        (
            Address("127.0.0.1", 8000, public="https://chat.example.com:8443"),
            ["chat.example.com:8443", "Chat.Example.com:8443", "chat.example.com", "127.0.0.1:8000"],
            ["chat.example.com:8000", "evil.example.com:8443", "evil.example.com", ""],
        ),
    ],
)
def test_the_names_of_a_server(address: Address, ours: list[str], foreign: list[str]) -> None:
    assert [name for name in ours if not address.is_ours(name)] == []
    assert [name for name in foreign if address.is_ours(name)] == []


def test_where_a_browser_is_sent_and_whether_others_can_read_along() -> None:
    assert Address("127.0.0.1", 8000).origin == "http://127.0.0.1:8000"
    assert Address("0.0.0.0", 80).origin == "http://127.0.0.1"
    assert Address("::1", 443, True).origin == "https://[::1]"
    assert Address("127.0.0.1", 8000).is_encrypted and Address("10.0.0.1", 8000, True).is_encrypted
    assert not Address("10.0.0.1", 8000).is_encrypted
    assert not Address("127.0.0.1", 8000, public="http://chat.lan").is_encrypted
    assert is_loopback("127.0.0.9") and is_loopback("::1") and not is_loopback("0.0.0.0") and not is_loopback("a.lan")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://chat.example.com", "https://chat.example.com"),
        ("https://Chat.Example.com:443/", "https://chat.example.com"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://Bücher.example:8443", "https://xn--bcher-kva.example:8443"),
        ("https://straße.example", "https://xn--strae-oqa.example"),  # "strasse.example" is somebody else
    ],
)
def test_a_public_address_is_made_what_a_browser_calls_it(url: str, origin: str) -> None:
    assert public_origin(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "chat.example.com",
        "ftp://x",
        "https://",
        "https://a/b",
        "https://u@a",
        "https://a:x",
        "javascript:1",
        "https://ü..a",
    ],
)
def test_what_is_no_public_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="--public-url"):
        public_origin(url)
