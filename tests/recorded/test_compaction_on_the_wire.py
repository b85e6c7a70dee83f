"""What each provider gets once older turns are summed up or left out: a sound request, with what is to be in it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.chat_rules import broken_rules
from tests.support.files import png
from tests.support.recordings import Bytes
from tests.support.request_rules import Sent
from tests.support.scripted import ScriptedCatalog
from tests.support.switch_cases import PLACES, Place, model_at
from tests.support.wire_answers import Said, answer, content_type
from tui.chat.library import Library
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.questions import SendingAnswers
from tui.chat.replies.guard import Guard
from tui.chat.replies.options import Compaction, TurnOptions
from tui.chat.replies.turn import Turn
from tui.config import SettingValues
from tui.store.database import Database

DIALECTS = ("openai", "openai-responses", "anthropic", "google-gla", "bedrock", "ollama", "mistral", "llamacpp")
IMAGE = PromptAttachment("cat.png", "image/png", png(8, 6))


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    database = Database(tmp_path / "chats.db")
    await database.open()
    yield Library(database)
    await database.close()


def client_of(place: Place, bodies: list[dict[str, Any]]) -> httpx.AsyncClient:
    """A wire on which the place's provider answers with a thought and the number of the request."""

    def respond(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        said = answer(place.vendor, place.api, Said(f"Answer {len(bodies)}.", thoughts="Hm.", seal="c2lnbmVk"))
        return httpx.Response(200, headers={"content-type": content_type(place.api)}, stream=Bytes(said, 0))

    return httpx.AsyncClient(transport=httpx.MockTransport(respond), trust_env=False)


@pytest.mark.parametrize("vendor", DIALECTS)
async def test_the_request_has_the_summary_and_what_came_after_it(vendor: str, library: Library) -> None:
    place = PLACES[vendor]
    bodies: list[dict[str, Any]] = []
    chat = library.new("fake:one")
    async with client_of(place, bodies) as client:
        catalog = ScriptedCatalog({"fake:one": model_at(place, client)})
        turns: list[Prompt | Compaction] = [
            Prompt("First?", (IMAGE,)), Prompt("Second?"), Prompt("Third?"), Compaction(), Prompt("Fourth?"),
            Compaction(), Prompt("Fifth?"),
        ]  # fmt: skip
        for wanted in turns:
            prompt, compaction = (wanted, None) if isinstance(wanted, Prompt) else (None, wanted)
            async for _ in Turn(chat, library, catalog, prompt, TurnOptions(compaction=compaction)).events():
                pass
    assert len(bodies) == 7
    requests = [Sent(place.vendor, place.model, body) for body in bodies]
    assert [broken_rules(place.api, sent) for sent in requests] == [[]] * 7
    first, after, second, last = requests[3], requests[4], requests[5], requests[6]
    assert "First?" in first.text and "Second?" not in first.text, "only what is not kept is summed up"
    assert "First?" not in after.text and "Answer 1." not in after.text, "that is what the summary is for"
    assert "Answer 4." in after.text and "Second?" in after.text and "Answer 3." in after.text
    assert after.text.index("Answer 4.") < after.text.index("Second?") < after.text.index("Fourth?")
    assert "Answer 4." in second.text and "Second?" in second.text and "Third?" not in second.text
    assert "Answer 6." in last.text and "Answer 4." not in last.text and "Third?" in last.text


@pytest.mark.parametrize("vendor", DIALECTS)
async def test_a_request_without_the_oldest_turns_is_sound(vendor: str, library: Library) -> None:
    place = PLACES[vendor]
    bodies: list[dict[str, Any]] = []
    chat = library.new("fake:one")
    async with client_of(place, bodies) as client:
        catalog = ScriptedCatalog({"fake:one": model_at(place, client)}, window=875)  # that of the prompt
        guard = Guard(catalog, SettingValues)
        options = TurnOptions(answers=SendingAnswers(leave_out=True))
        for text in ("First? " + "word " * 1_200, "Second?", "Third?"):
            async for _ in Turn(chat, library, catalog, Prompt(text)).events():
                pass
        async for _ in Turn(chat, library, catalog, Prompt("word " * 700), options, guard=guard).events():
            pass
    sent = Sent(place.vendor, place.model, bodies[-1])
    assert broken_rules(place.api, sent) == []
    assert "First?" not in sent.text and "Answer 1." not in sent.text
