"""Files from the disk to the wire, in each dialect: what a person attached is asked about, and asked about again later.

Lost else: the file, silently, in the first request or in every one after it.
"""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.chat_rules import broken_rules
from tests.support.files import pdf, png, wav
from tests.support.recordings import Bytes
from tests.support.request_rules import Sent
from tests.support.scripted import ScriptedCatalog
from tests.support.switch_cases import PLACES, Place, body_for, model_at
from tests.support.wire_answers import Said, answer, content_type
from tui.agent.messages import ModelRequest, UserPromptPart
from tui.chat.attachments import attach_path, how_sent
from tui.chat.attachments.references import with_files
from tui.chat.library import Library
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.replies.turn import Turn
from tui.store.database import Database

DIALECTS = ("openai", "openai-responses", "anthropic", "google-gla", "bedrock", "ollama")
IMAGE, BILL = png(8, 6), pdf("Invoice 42 is due.")


@pytest.fixture
async def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[PromptAttachment, ...]:
    """A text, an image, a PDF and a folder, as the disk has them."""
    here = tmp_path / "work"
    (here / "src" / "deep").mkdir(parents=True)
    monkeypatch.chdir(here)
    (here / "notes.txt").write_text("Buy 3 apples.", encoding="utf-16")
    (here / "cat.png").write_bytes(IMAGE)
    (here / "bill.pdf").write_bytes(BILL)
    (here / "src" / "main.py").write_text("print('main')\n")
    (here / "src" / "deep" / "help.md").write_text("# Help\n```sh\nrun it\n```\n")
    (here / "src" / "cat.png").write_bytes(IMAGE)
    names = ("notes.txt", "cat.png", "bill.pdf", "src")
    return tuple([file for name in names for file in await attach_path(Path(name))])


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    database = Database(tmp_path / "chats.db")
    await database.open()
    yield Library(database)
    await database.close()


def client_of(place: Place, bodies: list[dict[str, Any]]) -> httpx.AsyncClient:
    """A wire on which the place's provider says that all is fine, and on which every request is kept."""

    def respond(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        said = answer(place.vendor, place.api, Said("Fine."))
        return httpx.Response(200, headers={"content-type": content_type(place.api)}, stream=Bytes(said, 0))

    return httpx.AsyncClient(transport=httpx.MockTransport(respond), trust_env=False)


@pytest.mark.parametrize("vendor", DIALECTS)
async def test_every_file_is_in_this_request_and_in_all_that_follow(
    vendor: str, files: tuple[PromptAttachment, ...], library: Library
) -> None:
    place = PLACES[vendor]
    bodies: list[dict[str, Any]] = []
    conversation = library.new("fake:one")
    async with client_of(place, bodies) as client:
        catalog = ScriptedCatalog({"fake:one": model_at(place, client)})
        for prompt in (Prompt("What is all this?", files), Prompt("Sure?"), None):
            async for _ in Turn(conversation, library, catalog, prompt).events():
                pass
    assert len(bodies) == 3
    for body in bodies:
        sent = Sent(place.vendor, place.model, body)
        assert broken_rules(place.api, sent) == []
        assert "Buy 3 apples." in sent.text and "notes.txt" in sent.text
        assert sent.text.count(b64encode(IMAGE).decode()) == 1
        assert "print('main')" in sent.text and "# Help" in sent.text
        if vendor == "ollama":
            assert "Invoice 42 is due." in sent.text and "bill.pdf" in sent.text
        else:
            assert sent.text.count(b64encode(BILL).decode()) == 1
    opened = await library.open(conversation.id)
    assert all(len(message.payload) < 3_000 for message in opened.messages)
    assert {file.hash for file in await library.attachments(conversation.id)} == {file.hash for file in files}


async def test_a_file_that_the_library_has_lost_is_said_to_be_lost_and_the_turn_goes_on(
    files: tuple[PromptAttachment, ...], library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(hashes: object) -> dict[str, bytes]:
        return {}

    monkeypatch.setattr(library, "contents", nothing)
    bodies: list[dict[str, Any]] = []
    async with client_of(PLACES["openai"], bodies) as client:
        catalog = ScriptedCatalog({"fake:one": model_at(PLACES["openai"], client)})
        async for _ in Turn(library.new("fake:one"), library, catalog, Prompt("See", files)).events():
            pass
    assert "[attached file lost: bill.pdf, application/pdf]" in json.dumps(bodies[0])


MEDIA = (
    PromptAttachment("cat.png", "image/png", IMAGE),
    PromptAttachment("bill.pdf", "application/pdf", BILL),
    PromptAttachment("scan.pdf", "application/pdf", pdf("")),
    PromptAttachment("bell.wav", "audio/wav", wav()),
    PromptAttachment("large.png", "image/png", png(8200, 4)),
)


@pytest.mark.parametrize("place", PLACES.values(), ids=lambda place: place.vendor)
async def test_what_a_chip_says_is_what_the_request_does(place: Place) -> None:
    for file in MEDIA:

        async def contents(_: object, file: PromptAttachment = file) -> dict[str, bytes]:
            return {file.hash: file.data}

        content = Prompt("Well?", (file,)).content()
        (turn,) = await with_files([[ModelRequest([UserPromptPart(content)])]], contents)
        body = json.dumps(body_for(place, turn))
        whole = b64encode(file.data).decode() in body
        omitted = f"omitted: {file.name}" in body
        found = "whole" if whole else "omitted" if omitted else "text" if "Invoice 42" in body else "scaled"
        assert how_sent(file, model_at(place)).kind == found, (file.name, body[:300])
        assert broken_rules(place.api, Sent(place.vendor, place.model, json.loads(body))) == []
