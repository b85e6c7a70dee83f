"""What a switch of models costs is said before it happens, by the function that makes the request."""

from pathlib import Path

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
from tui.chat.catalog import Catalog
from tui.chat.history import dump
from tui.chat.switching import plan_switch, switch_lines, switch_note
from tui.config import Config
from tui.store.records import Message


def history() -> list[ModelMessage]:
    thoughts = [ThinkingPart("hm", signature="sealed", provider_name="anthropic"), ThinkingPart("and so")]
    image = BinaryContent(b"png", "image/png")
    return [
        ModelRequest([UserPromptPart(["look", image])]),
        ModelResponse([*thoughts, TextPart("a cat")], "claude-sonnet-5-5", provider_name="anthropic"),
    ]


def rows(model: str) -> list[Message]:
    from dataclasses import replace

    owner = conversation(model=model)
    asked = prompt(owner, "look")
    answer = reply(owner, asked, "a cat", model=model)
    return [replace(asked, payload=dump(history()[:1])), replace(answer, payload=dump(history()[1:]))]


def test_what_is_said_is_what_the_request_leaves_out() -> None:
    model = OpenAIModel("deepseek-chat", provider=Provider(VENDORS["deepseek"], api_key="k"))
    plan = plan_switch(history(), model)
    assert plan.note == "1 image not sent · 2 thoughts not sent"
    sent = fit(history(), model.target()).messages
    assert not any(isinstance(part, ThinkingPart) for message in sent for part in message.parts)


def test_a_model_that_takes_everything_needs_no_note() -> None:
    assert plan_switch(history(), ScriptedModel()).note == ""


async def test_the_note_on_the_line_names_losses_and_the_cold_cache() -> None:
    catalog = Catalog(Config(Path("config.toml")), cache_dir=None, environ={"DEEPSEEK_API_KEY": "k"})
    branch = rows("anthropic:claude-sonnet-5-5")
    assert await switch_note(branch, catalog, "deepseek:deepseek-chat") == (
        "1 image not sent · 2 thoughts not sent · cache cold"
    )
    assert await switch_note(branch, catalog, "anthropic:claude-sonnet-5-5") == ""
    assert await switch_note([], catalog, "deepseek:deepseek-chat") == ""
    assert await switch_note(branch, catalog, "openai:gpt-5.6") == ""


async def test_a_free_model_has_no_cold_cache_to_pay_for() -> None:
    free = ScriptedCatalog({"fake:free": ScriptedModel()}, free=True)
    assert await switch_note(rows("anthropic:claude-sonnet-5-5"), free, "fake:free") == ""


def test_the_lines_in_the_transcript_come_from_the_replies() -> None:
    branch = rows("openai:gpt-5.6")
    assert [(line.before, line.previous, line.model) for line in switch_lines(branch, "local:small")] == [
        (None, "openai:gpt-5.6", "local:small")
    ]
