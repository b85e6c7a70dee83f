"""A page by its address: real HTTP on loopback, its words in the prompt, its content deciding what it is."""

import pytest

from tests.support.files import pdf, png
from tests.support.protocol_server import Answer, ProtocolServer
from tui.chat.attachments import AttachmentError, attach_url
from tui.chat.prompt import PromptAttachment


async def taken(body: bytes, content_type: str, path: str = "/notes.html") -> PromptAttachment:
    async with ProtocolServer(Answer([body], content_type=content_type)) as server:
        return await attach_url(f"{server.url}{path}")


async def test_a_page_becomes_its_words_under_its_address() -> None:
    found = await taken(b"<title>Milk</title><p>Buy <b>two</b></p>", "text/html", "/a/notes.html?token=secret")
    assert found.name.startswith("http://127.0.0.1") and found.name.endswith("/a/notes.html")
    assert (found.media_type, found.data) == ("text/plain", b"Milk\n\nBuy two\n")


@pytest.mark.parametrize(
    ("body", "said", "path", "name", "media_type"),
    [
        (png(), "application/octet-stream", "/my%20cat.png", "my cat.png", "image/png"),
        (pdf("a"), "text/html", "/", "127.0.0.1", "application/pdf"),
        (b'{"a": 1}', "application/json", "/a.json", None, "application/json"),
        ("grüße".encode("latin-1"), "text/plain; charset=latin-1", "/a.txt", None, "text/plain"),
        ("grüße".encode(), "text/plain; charset=nonsense", "/a.txt", None, "text/plain"),
    ],
)
async def test_the_content_decides_and_not_what_the_server_says(
    body: bytes, said: str, path: str, name: str | None, media_type: str
) -> None:
    found = await taken(body, said, path)
    assert found.media_type == media_type
    assert name is None or found.name == name
    if said.startswith("text/plain"):
        assert found.data == "grüße".encode()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<script>draw()</script>", "has no text: a program in the page would draw it"),
        (b"", "is empty"),
        (b"PK\x03\x04\x00", "is an archive"),
    ],
)
async def test_a_page_of_which_nothing_can_be_taken_is_refused_by_its_address(body: bytes, words: str) -> None:
    with pytest.raises(AttachmentError, match=words):
        await taken(body, "text/html")


async def test_a_server_that_refuses_is_named() -> None:
    async with ProtocolServer(Answer([b"no"], status=404)) as server:
        with pytest.raises(AttachmentError, match=r"127\.0\.0\.1 has no such page"):
            await attach_url(server.url)
