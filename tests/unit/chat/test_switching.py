"""What a switch of models costs is said before it happens, by the function that makes the request."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.catalog import catalog_of
from tests.support.files import pdf, png
from tests.support.library import conversation, prompt, reply
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.agent.messages import (
    BinaryContent,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ThinkingPart,
    UserPromptPart,
)
from tui.agent.models.fit import fit
from tui.agent.models.openai import OpenAIModel
from tui.agent.providers import VENDORS, Provider
from tui.chat.catalog.catalog import Catalog
from tui.chat.library import Library
from tui.chat.prompt import Prompt, PromptAttachment
from tui.chat.replies.messages import dump, messages_of, prompt_payload
from tui.chat.replies.switching import plan_switch, switch_notes
from tui.config import Config
from tui.store.records import Message, SwitchLine, switch_lines


def history() -> list[ModelMessage]:
    thoughts = [ThinkingPart("hm", signature="sealed", provider_name="anthropic"), ThinkingPart("and so")]
    image = BinaryContent(b"png", "image/png")
    return [
        ModelRequest([UserPromptPart(["look", image])]),
        ModelResponse([*thoughts, TextPart("a cat")], "claude-sonnet-5-5", provider_name="anthropic"),
    ]


def rows(model: str) -> list[Message]:
    owner = conversation(model=model)
    asked = prompt(owner, "look")
    answer = reply(owner, asked, "a cat", model=model)
    return [replace(asked, payload=dump(history()[:1])), replace(answer, payload=dump(history()[1:]))]


def test_what_is_said_is_what_the_request_leaves_out() -> None:
    model = OpenAIModel("deepseek-chat", provider=Provider(VENDORS["deepseek"], api_key="k"))
    assert plan_switch(history(), model.target()) == "1 image → placeholder · 2 thoughts not sent"
    sent = fit(history(), model.target()).messages
    assert not any(isinstance(part, ThinkingPart) for message in sent for part in message.parts)


def test_a_model_that_takes_everything_needs_no_note() -> None:
    assert plan_switch(history(), ScriptedModel().target()) == ""


async def note(branch: list[Message], catalog: Catalog, model: str) -> str:
    (found,) = [text async for _, text in switch_notes(branch, [SwitchLine(None, "", model)], catalog)]
    return found


async def test_the_note_on_the_line_names_losses_and_the_cold_cache() -> None:
    catalog = catalog_of(Config(Path("config.toml")), environ={"DEEPSEEK_API_KEY": "k"})
    branch = rows("anthropic:claude-sonnet-5-5")
    losses = "1 image → placeholder · 2 thoughts not sent · cache cold"
    assert await note(branch, catalog, "deepseek:deepseek-chat") == losses
    assert await note(branch, catalog, "anthropic:claude-sonnet-5-5") == ""
    assert await note([], catalog, "deepseek:deepseek-chat") == ""
    assert await note(branch, catalog, "openai:gpt-5.6") == "2 thoughts not sent · cache cold", "without a key, too"
    assert await note(branch, catalog, "nobody:knows") == ""


async def test_the_note_knows_what_becomes_of_attached_files(library: Library) -> None:
    catalog = catalog_of(Config(Path("config.toml")), environ={"DEEPSEEK_API_KEY": "k"})
    files = tuple(
        PromptAttachment(name, media_type, data)
        for name, media_type, data in (
            ("cat.png", "image/png", png()),
            ("bill.pdf", "application/pdf", pdf("Pay.")),
            ("scan.pdf", "application/pdf", pdf("")),
            ("a.txt", "text/plain", b"a"),
        )
    )
    owner = conversation(model="anthropic:claude-sonnet-5-5")
    sent = Prompt("look", files)
    asked = replace(prompt(owner, "look"), payload=prompt_payload(sent, owner.created_at))
    answer = reply(owner, asked, "a cat", model=owner.model)
    await library.start_turn(owner, asked, answer, sent.rows(asked.id), leaf=None)
    lines = [SwitchLine(None, "", "deepseek:deepseek-chat")]
    branch = (await library.open(owner.id)).messages
    (told,) = [text async for _, text in switch_notes(branch, lines, catalog, library.contents)]
    assert told == "1 image → placeholder · 1 document sent as text · 1 document → placeholder · cache cold"


async def test_a_free_model_has_no_cold_cache_to_pay_for() -> None:
    free = ScriptedCatalog({"fake:free": ScriptedModel()}, free=True)
    assert await note(rows("anthropic:claude-sonnet-5-5"), free, "fake:free") == ""


async def test_many_switches_decode_the_branch_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chat of hundreds of switches would otherwise freeze the screen when it is opened."""
    models = {f"fake:{name}": ScriptedModel() for name in ("one", "two")}
    branch = [row for number in range(20) for row in rows(f"fake:{('one', 'two')[number % 2]}")]
    lines = switch_lines(branch, "fake:one")
    decoded: list[str] = []

    def counted(row: Message) -> list[ModelMessage]:
        decoded.append(row.id)
        return messages_of(row)

    monkeypatch.setattr("tui.chat.replies.messages.messages_of", counted)
    found = [line async for line, _ in switch_notes(branch, lines, ScriptedCatalog(models))]
    assert tuple(found) == lines and len(lines) == 20
    assert decoded == [row.id for row in branch]


def test_the_lines_in_the_transcript_come_from_the_replies() -> None:
    branch = rows("openai:gpt-5.6")
    assert [(line.before, line.previous, line.model) for line in switch_lines(branch, "local:small")] == [
        (None, "openai:gpt-5.6", "local:small")
    ]
