"""What the switcher says of a stored chat is what the request of its next turn then lacks: provider by provider.

Lost else: trust in the words, for histories that went to disk and back, and for prompts that were never answered. The
request is the adapter's own, of the history that a turn makes of the same rows.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import replace
from itertools import chain, product
from pathlib import Path

import pytest

from tests.support.catalog import catalog_of
from tests.support.library import conversation, prompt, reply
from tests.support.rounds import part_of
from tests.support.switch_cases import (
    PLACES,
    Case,
    Place,
    body_for,
    cut_call,
    cut_text,
    cut_thinking,
    document,
    document_result,
    image,
    image_result,
    parallel,
    thinking,
    tool,
)
from tests.unit.agent.test_switch_matrix_words import had, sent, told
from tui.agent.messages import Citation, ModelMessage, ModelRequest, ModelResponse, TextPart, UserPromptPart
from tui.chat.catalog.catalog import Catalog
from tui.chat.origin import SUMMARY, Origin
from tui.chat.replies.messages import dump, history_of
from tui.chat.replies.next_turn import Forecast
from tui.chat.replies.switching import BranchHistory, switch_notes
from tui.chat.settings import ChatSettings
from tui.config import Config
from tui.store.records import Message, SwitchLine

Stored = Callable[[Case, Place], Awaitable[list[Message]]]


async def no_files(hashes: Collection[str]) -> dict[str, bytes]:
    return {}


def rows_of(history: Sequence[ModelMessage], model: str) -> list[Message]:
    """The rows of a chat: each prompt one, and one for all that came until the next."""
    owner = conversation(model=model)
    rows: list[Message] = []
    for message in history:
        is_prompt = isinstance(message, ModelRequest) and isinstance(message.parts[0], UserPromptPart)
        if is_prompt or not rows or rows[-1].kind == "prompt":
            new = prompt(owner, "?") if is_prompt else reply(owner, prompt(owner), "!", model=model)
            rows.append(replace(new, payload=dump([message])))
        else:
            kept = json.loads(rows[-1].payload) + json.loads(dump([message]))
            rows[-1] = replace(rows[-1], payload=json.dumps(kept).encode())
    return rows


async def answered(case: Case, source: Place) -> list[Message]:
    return rows_of((await case(source))[:-1], f"{source.vendor}:{source.model}")


async def unanswered(case: Case, source: Place) -> list[Message]:
    """The last prompt got no answer, and goes along with the next one."""
    return rows_of(await case(source), f"{source.vendor}:{source.model}")


async def compacted(case: Case, source: Place) -> list[Message]:
    """Older turns are summed up: nothing of them is sent, so nothing of them is lost by a switch."""
    model = f"{source.vendor}:{source.model}"
    older, newer = await answered(case, source), await answered(case, source)
    gist = [ModelResponse([TextPart("The gist.")], source.model)]
    summary = reply(conversation(model=model), older[0], "The gist.", model=model)
    origin = Origin(SUMMARY, until=older[-1].id).to_json()
    return [*older, replace(summary, payload=dump(gist), origin=origin), *newer]


STORED: tuple[Stored, ...] = (answered, unanswered, compacted)
"""How a chat may lie on the disk."""

PLAIN = ChatSettings()
CASES = (thinking, tool, parallel, image, document, image_result, document_result, cut_text, cut_thinking, cut_call)


def catalog() -> Catalog:
    return catalog_of(Config(Path("config.toml")), environ={})


async def compared(
    stored: Stored, case: Case, source: Place, targets: Iterable[Place], asked: Catalog, settings: ChatSettings = PLAIN
) -> list[str]:
    """What is wrong with the words for each of the targets."""
    rows = await stored(case, source)
    history = await history_of(rows)
    whole = (await BranchHistory.read(rows)).until(None)
    next_prompt = ModelRequest([UserPromptPart(history.prompt("Next."))])
    infos = {target: asked.find(f"{target.vendor}:{target.model}") for target in targets}
    forecast = Forecast(asked, rows, no_files, 1_000, settings=settings)
    await forecast.look(infos.values())
    found: list[str] = []
    for target, info in infos.items():
        body = body_for(target, [*history.messages, next_prompt], settings=settings.for_model())
        turn = forecast.known(info)
        assert turn is not None
        missing, said = had(whole, target) - sent(body), told(turn.losses)
        thoughts = json.dumps(body).count(f"thought of {source.vendor}")
        if missing != said or thoughts:
            wrong = f"left out {dict(missing)}, told {dict(said)}, {thoughts} thoughts sent"
            found.append(f"{stored.__name__} {case.__name__}, {target.vendor}: {wrong}")
    return found


@pytest.mark.parametrize("source", PLACES.values(), ids=lambda place: place.vendor)
async def test_the_words_before_a_switch_are_what_the_request_lacks(source: Place, rounds: int) -> None:
    asked = catalog()
    await asked.load_prices()
    targets = [place for place in PLACES.values() if place != source]
    chats = part_of(product(STORED, CASES), rounds, list(PLACES.values()).index(source))
    found = [await compared(stored, case, source, targets, asked) for stored, case in chats]
    assert list(chain.from_iterable(found)) == []


@pytest.mark.parametrize("target", [PLACES["openai"], Place("xai", "grok-4")], ids=lambda place: place.vendor)
async def test_with_a_search_the_words_are_those_of_the_api_that_searches(target: Place) -> None:
    """OpenAI and xAI search by another API than the one that answers without: it takes other things of a history."""
    asked, search = catalog(), ChatSettings(web_search=True)
    await asked.load_prices()
    sources = [source for source in PLACES.values() if source != target]
    found = [await compared(answered, case, one, [target], asked, search) for one in sources for case in CASES]
    assert list(chain.from_iterable(found)) == []
    page = TextPart("It is so.", citations=[Citation("https://example.org/", "Example", 0, 5)])
    found_before = ModelResponse([page], target.model, provider_name=target.vendor)
    branch = rows_of([ModelRequest([UserPromptPart("Why?")]), found_before], "other:model")
    line = SwitchLine(None, "other:model", f"{target.vendor}:{target.model}")
    plain, searching = [
        [note async for _, note in switch_notes(branch, [line], asked, settings=settings.to_json())]
        for settings in (ChatSettings(), search)
    ]
    assert "1 source not sent" in plain[0] and "source" not in searching[0]
