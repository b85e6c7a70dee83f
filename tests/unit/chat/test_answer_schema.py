"""JSON by a schema: what a script reads is valid, what a person reads later is readable, and a refusal is explained."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.calling import PlayedTools, calling
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.agent.json_type import json_type
from tui.agent.messages import ModelMessage, RetryPromptPart, UserPromptPart
from tui.agent.models import Model
from tui.agent.models.function import AgentInfo, DeltaToolCall, DeltaToolCalls, FunctionModel
from tui.chat.answer_schema.given import given_answer_schema
from tui.chat.answer_schema.short_form import short_schema
from tui.chat.catalog.info import ModelInfo
from tui.chat.library import Library
from tui.chat.message_parts import TextContent, ToolCallContent
from tui.chat.prompt import Prompt
from tui.chat.replies.events import AnswerRefused, ChatEvent, ReplyDone, ReplyFailed
from tui.chat.replies.options import TurnOptions
from tui.chat.replies.turn import Turn
from tui.chat.settings import ChatSettings
from tui.chat.stored_parts import stored_parts
from tui.errors import UsageError

SCHEMA = json.dumps(short_schema("name, age int"))


class Textual(ScriptedCatalog):
    """Models that can call no tools."""

    def models(self) -> list[ModelInfo]:
        return [ModelInfo(id, id, "fake", "Fake", capabilities=frozenset({"thinking"})) for id in self.scripted]


def giving(*given: Any) -> FunctionModel:
    """A model that gives these values, one after the other, the last one again and again."""
    asked = 0

    async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str | DeltaToolCalls]:
        nonlocal asked
        asked += 1
        value = given[min(asked, len(given)) - 1]
        if isinstance(value, str):
            yield value
        else:
            yield {0: DeltaToolCall(info.result_tools[0].name, json.dumps(value), f"call-{asked}")}

    return FunctionModel(stream_function=stream)


async def ask(library: Library, model: Model, schema: str = SCHEMA, *, tools: bool = True) -> list[ChatEvent]:
    catalog = (ScriptedCatalog if tools else Textual)({"fake:one": model})
    conversation = library.new("fake:one", ChatSettings())
    turn = Turn(conversation, library, catalog, Prompt("Who?"), TurnOptions(schema=schema))
    return [event async for event in turn.events()]


async def test_an_answer_comes_as_json_and_stands_readable_in_the_chat(library: Library) -> None:
    last = (await ask(library, giving({"name": "Ann", "age": 3})))[-1]
    assert isinstance(last, ReplyDone)
    assert json.loads(last.value) == {"name": "Ann", "age": 3}
    stored = (await library.open(last.conversation.id)).messages[-1]
    assert stored.text == '```json\n{\n  "name": "Ann",\n  "age": 3\n}\n```'
    assert stored_parts(stored) == (TextContent(stored.text),)


async def test_what_does_not_fit_is_told_with_its_reason_and_kept(library: Library) -> None:
    events = await ask(library, giving({"name": "Ann", "age": "three"}, "Ann is 3.", {"name": "Ann", "age": 3}))
    refused = [event for event in events if isinstance(event, AnswerRefused)]
    assert [(one.attempt, one.attempts, one.reason) for one in refused] == [
        (1, 4, "age: Input should be a valid integer"),
        (2, 4, "There is no JSON value in the text."),
    ]
    assert json.loads(refused[0].raw) == {"name": "Ann", "age": "three"} and refused[1].raw == "Ann is 3."
    last = events[-1]
    assert isinstance(last, ReplyDone) and json.loads(last.value) == {"name": "Ann", "age": 3}
    parts = stored_parts(last.reply)
    assert isinstance(parts[0], ToolCallContent) and parts[0].state == "failed"
    assert isinstance(parts[-1], TextContent) and '"age": 3' in parts[-1].text


async def test_when_it_never_fits_the_failure_says_why_and_the_last_answer_is_there(library: Library) -> None:
    events = await ask(library, giving({"name": "Ann", "age": -1.5}))
    failed = events[-1]
    assert isinstance(failed, ReplyFailed)
    assert "does not fit the schema: age: Input should be a valid integer" in failed.failure.message
    refused = [event for event in events if isinstance(event, AnswerRefused)]
    assert len(refused) == 4 and json.loads(refused[-1].raw) == {"name": "Ann", "age": -1.5}


async def test_a_model_without_tools_is_asked_in_words(library: Library) -> None:
    model = ScriptedModel(["Ann is three."], ['Here:\n```json\n{"name": "Ann", "age": 3}\n```\nDone.'])
    last = (await ask(library, model, tools=False))[-1]
    assert isinstance(last, ReplyDone) and json.loads(last.value) == {"name": "Ann", "age": 3}
    assert SCHEMA in (model.asked[0].instructions or "")
    assert last.reply.text.endswith('```json\n{\n  "name": "Ann",\n  "age": 3\n}\n```')


async def test_a_model_that_writes_instead_of_calling_is_shown_the_schema(library: Library) -> None:
    model = ScriptedModel(["Ann is three."], ['```json\n{"name": "Ann", "age": 3}\n```'])
    last = (await ask(library, model))[-1]
    assert isinstance(last, ReplyDone) and json.loads(last.value) == {"name": "Ann", "age": 3}
    assert last.reply.text.count("```json") == 1
    told = model.asked[1].messages[-1].parts[0]
    assert isinstance(told, RetryPromptPart) and '"age": {"type": "integer"}' in str(told.content)


class Constrained(ScriptedModel):
    """A model whose server holds its words to a schema."""

    @property
    def constrains_text(self) -> bool:
        return True


async def test_a_server_that_holds_words_to_a_schema_is_given_it(library: Library) -> None:
    model = Constrained(['{"name": "Ann", "age": 3}'])
    last = (await ask(library, model))[-1]
    assert isinstance(last, ReplyDone) and json.loads(last.value) == {"name": "Ann", "age": 3}
    assert model.asked[0].settings == {"text_schema": json.loads(SCHEMA)}


async def test_tools_may_be_called_before_the_answer(library: Library) -> None:
    model = calling([("files_read", {"path": "a"})], [("final_result", {"name": "Ann", "age": 3})])
    played = PlayedTools(library)
    conversation = library.new("fake:one", ChatSettings())
    turn = Turn(
        conversation, library, ScriptedCatalog({"fake:one": model}), Prompt("Who?"), TurnOptions(schema=SCHEMA),
        tools=played,
    )  # fmt: skip
    last = [event async for event in turn.events()][-1]
    assert isinstance(last, ReplyDone) and json.loads(last.value)["age"] == 3
    assert [name for name, _ in played.ran] == ["read"]


async def test_the_next_turn_knows_the_answer_and_no_tool_of_it(library: Library) -> None:
    done = (await ask(library, giving({"name": "Ann", "age": 3})))[-1]
    assert isinstance(done, ReplyDone)
    model = ScriptedModel(["Yes."])
    turn = Turn(done.conversation, library, ScriptedCatalog({"fake:one": model}), Prompt("Sure?"))
    async for _ in turn.events():
        pass
    sent = [part for message in model.asked[0].messages for part in message.parts]
    assert [part.part_kind for part in sent] == ["user-prompt", "text", "user-prompt"]
    assert isinstance(sent[0], UserPromptPart)


# What a person gives as a schema.


def test_the_short_form_says_names_types_and_descriptions() -> None:
    assert short_schema("name, age int, tags list[str], born date?: if known") == {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "age": {"type": "integer"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "born": {"type": ["string", "null"], "format": "date", "description": "if known"},
        },
        "required": ["name", "age", "tags", "born"],
        "additionalProperties": False,
    }
    lines = short_schema("name: first, then last\nkind cat|dog?: which\n")
    assert lines["properties"]["name"]["description"] == "first, then last"
    assert lines["properties"]["kind"]["enum"] == ["cat", "dog", None]
    many = short_schema("[name, author {name, born int}, parts [name, size float]]")
    assert many["type"] == "array" and many["items"]["properties"]["author"]["properties"]["born"]["type"] == "integer"
    assert many["items"]["properties"]["parts"]["items"]["properties"]["size"] == {"type": "number"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", "no fields"),
        ("name strnig", '"strnig" is no type'),
        ("a, a", '"a" is there twice'),
        ("a list[int", "brackets"),
        ("a]", "brackets"),
        ("7up", '"7up" is no field'),
        ("gone.json", "There is no file gone.json"),
        ('{"type": ', "is no JSON"),
        ('{"not": {}}', '"not" at # cannot be checked'),
    ],
)
def test_a_schema_that_makes_no_sense_is_refused_with_the_rule(given: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        given_answer_schema(given)
    assert words in raised.value.message and raised.value.hint


def test_a_schema_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "person.json"
    file.write_text('{"type": "array", "items": {"type": "integer"}}', encoding="utf-8-sig")
    assert json.loads(given_answer_schema(str(file)))["type"] == "array"
    file.write_text("[1]")
    with pytest.raises(UsageError, match="is no JSON schema"):
        given_answer_schema(str(file))
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="no text in UTF-8"):
        given_answer_schema(str(file))
    with pytest.raises(UsageError, match="There is no file"):
        given_answer_schema(str(tmp_path))


@pytest.mark.parametrize(
    "text",
    ['{"name": "Ann", "age": 3}', 'Sure! {"name": "Ann", "age": 3} Bye [1]', '```\n{"name": "Ann", "age": 3}\n```'],
)
def test_a_value_is_found_among_words(text: str) -> None:
    assert json_type(json.loads(SCHEMA)).find_in(text) == {"name": "Ann", "age": 3}
