"""The rows of a branch as a history that a model takes: whole turns, nothing twice, nothing lost."""

import math
from dataclasses import replace
from decimal import Decimal

from tests.support.library import conversation, prompt, reply
from tui.agent.messages import (
    BinaryContent,
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from tui.chat.replies.messages import charged_for, dump, history_of, messages_of, prompt_of, text_of, thinking_of
from tui.store.records import Message

OWNER = conversation()


def asked(text: str, *messages: ModelMessage) -> Message:
    row = prompt(OWNER, text)
    return replace(row, payload=dump(messages)) if messages else row


def answered(text: str, *messages: ModelMessage, **fields: object) -> Message:
    row = reply(OWNER, prompt(OWNER), text, model="openai:gpt-5.6")
    changed = {"payload": dump(messages)} if messages else {}
    return replace(row, **(changed | fields))  # type: ignore[arg-type]  # a builder for tests


def said(messages: list[ModelMessage]) -> list[tuple[str, str]]:
    return [
        (message.kind, str(part.content))
        for message in messages
        for part in message.parts
        if isinstance(part, UserPromptPart | TextPart)
    ]


async def test_whole_turns_come_out_as_they_went_in() -> None:
    rows = [
        asked("q1", ModelRequest([UserPromptPart("q1")])),
        answered("a1", ModelResponse([ThinkingPart("hm", signature="s"), TextPart("a1")], "m")),
    ]
    history = await history_of(rows)
    assert said(history.messages) == [("request", "q1"), ("response", "a1")]
    assert history.unanswered == []
    thinking = history.messages[1].parts[0]
    assert isinstance(thinking, ThinkingPart)
    assert thinking.signature == "s"


async def test_a_partial_without_payload_counts_by_its_text() -> None:
    history = await history_of([asked("q"), answered("half an", state="interrupted")])
    assert said(history.messages) == [("request", "q"), ("response", "half an")]
    response = history.messages[1]
    assert isinstance(response, ModelResponse)
    assert (response.state, response.model_name) == ("interrupted", "gpt-5.6")


async def test_replies_with_nothing_to_say_vanish_and_their_prompts_move_on() -> None:
    thoughts = ModelResponse([ThinkingPart("hm")], "m", state="interrupted")
    blank = ModelResponse([TextPart(" \n")], "m")
    rows = [asked("1"), answered(""), asked("2"), answered("", thoughts), asked("3"), answered("yes"), asked("4"),
            answered(" ", blank), asked("5"), answered("")]  # fmt: skip
    history = await history_of(rows)
    assert said(history.messages) == [("request", "1\n\n2\n\n3"), ("response", "yes")]
    assert history.unanswered == ["4\n\n5"]
    assert history.prompt("6") == "4\n\n5\n\n6"


async def test_files_of_an_unanswered_prompt_are_not_lost() -> None:
    picture = BinaryContent(b"png", "image/png")
    row = asked("look", ModelRequest([UserPromptPart(["look", picture])]))
    history = await history_of([row, answered("")])
    assert history.prompt("and?") == ["look", picture, "and?"]
    assert await prompt_of(row) == ["look", picture]


async def test_tool_traffic_at_the_end_of_a_reply_stays_with_its_calls() -> None:
    call, result = ToolCallPart("f", "{}", "1"), ToolReturnPart("f", "ok", "1")
    row = answered("", ModelResponse([call], "m"), ModelRequest([result]))
    history = await history_of([asked("q"), row])
    assert [message.kind for message in history.messages] == ["request", "response", "request"]
    assert history.unanswered == []


async def test_an_imported_system_prompt_stays_in_front() -> None:
    first = asked("q", ModelRequest([SystemPromptPart("Be kind."), UserPromptPart("q")]))
    history = await history_of([first, answered(""), asked("again"), answered("yes")])
    parts = history.messages[0].parts
    assert [getattr(part, "content", None) for part in parts] == ["Be kind.", "q\n\nagain"]


async def test_a_payload_that_cannot_be_read_leaves_the_words() -> None:
    history = await history_of([replace(asked("q"), payload=b"{broken"), replace(answered("a"), payload=b"[1]")])
    assert said(history.messages) == [("request", "q"), ("response", "a")]


def test_texts_and_thoughts_are_joined_by_a_blank_line() -> None:
    messages: list[ModelMessage] = [
        ModelResponse([ThinkingPart("t1"), TextPart("one"), TextPart(""), ThinkingPart("t2")]),
        ModelRequest([ToolReturnPart("f", "x", "1")]),
        ModelResponse([TextPart("two")]),
    ]
    assert text_of(messages) == "one\n\ntwo"
    assert thinking_of(messages) == "t1\n\nt2"


def test_what_the_provider_charged_counts_only_if_it_says_so_every_time() -> None:
    paid, silent = ModelResponse([], vendor_details={"cost": 0.25}), ModelResponse([])
    assert charged_for([paid, paid]) == Decimal("0.50")
    assert charged_for([paid, silent]) is None
    assert charged_for([]) is None
    assert charged_for([ModelResponse([], vendor_details={"cost": 0})]) == 0
    for cost in (True, math.nan, math.inf, 1e308, -0.5, "free", [1], {"total": 1}, None):
        assert charged_for([ModelResponse([], vendor_details={"cost": cost})]) is None


def test_half_characters_are_stored_as_what_a_file_can_hold() -> None:
    payload = dump([ModelResponse([TextPart("a\ud800b")], vendor_details={"k\udfff": ["\ud800"]})])
    loaded = ModelMessagesTypeAdapter.validate_json(payload)
    assert text_of(loaded) == "a\ufffdb"


async def test_a_prompt_row_without_payload_is_its_text() -> None:
    assert await prompt_of(asked("just words")) == "just words"
    assert messages_of(answered("")) == []
