"""A stored message taken apart without the engine: nothing may be lost, invented or out of order, nothing raises."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.library import conversation, prompt, reply
from tui.agent.messages import (
    BinaryContent,
    Citation,
    ImageUrl,
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    RetryPromptPart,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)
from tui.chat.message_parts import (
    AttachmentContent,
    MessageContent,
    NoticeContent,
    TextContent,
    ThinkingContent,
    ToolCallContent,
)
from tui.chat.origin import Origin
from tui.chat.replies.messages import text_of
from tui.chat.stored_parts import stored_parts
from tui.store.records import Message

CHAT = conversation()
QUESTION = prompt(CHAT)


def stored(messages: Sequence[ModelMessage], **columns: Any) -> Message:
    """A reply's row as it is written, its columns made from its messages."""
    parts = [part for message in messages if isinstance(message, ModelResponse) for part in message.parts]
    text = "\n\n".join(part.content for part in parts if isinstance(part, TextPart) and part.content)
    thinking = "\n\n".join(part.content for part in parts if isinstance(part, ThinkingPart) and part.content)
    payload = ModelMessagesTypeAdapter.dump_json(list(messages))
    return replace(reply(CHAT, QUESTION, text), payload=payload, thinking=thinking, **columns)


PAGE = Citation("https://one.test/a", "One", 0, 4)
LIST = "\n\n**Sources**\n\n1. [One](https://one.test/a) · one.test"


def test_pages_that_a_reply_cites_are_links_in_its_text_as_in_its_column() -> None:
    thought, text = ThinkingPart("hm"), TextPart("Rain.", citations=[PAGE])
    parts: list[ModelResponsePart] = [TextPart("I look."), thought, TextPart("Then: "), text]
    row = stored([ModelResponse(parts)])
    marked = f"Rain[[1]](https://one.test/a).{LIST}"
    words = [part.text for part in stored_parts(row) if isinstance(part, TextContent)]
    assert words == ["I look.", "Then: ", marked]
    assert text_of([ModelResponse(parts)]) == "\n\n".join(words)
    simple = replace(stored([ModelResponse([thought, text])]), text=text_of([ModelResponse([thought, text])]))
    assert stored_parts(simple)[1] == TextContent(marked)


def test_what_the_provider_searched_for_is_told_below_the_answer() -> None:
    queries = ["rain\n today", "x" * 200, "three", "four", 5]
    row = stored([ModelResponse([TextPart("It rains.")], vendor_details={"searches": queries})])
    notice = f"Searched the web for “rain today”, “{'x' * 80}”, “three” and 1 more."
    assert stored_parts(row) == (TextContent("It rains."), NoticeContent(notice))
    assert stored_parts(stored([ModelResponse([TextPart("Hi.")], vendor_details={"searches": "x"})])) == (
        TextContent("Hi."),
    )


def test_why_another_server_answered_is_told_above_the_answer() -> None:
    note = "b:8000 instead of a:8000: Rack cannot be reached at http://a:8000."
    row = stored([ModelResponse([TextPart("Hi.")], vendor_details={"servers": [note, 7], "cost": 1})])
    assert stored_parts(row) == (NoticeContent(note), TextContent("Hi."))
    again = ModelResponse([TextPart("More.")], vendor_details={"servers": [note, "c:8000 instead of a:8000: Busy."]})
    several = stored([ModelResponse([TextPart("Hi.")], vendor_details={"servers": [note]}), again])
    notices = [part for part in stored_parts(several) if isinstance(part, NoticeContent)]
    assert [one.text for one in notices] == [note, "c:8000 instead of a:8000: Busy."], (
        "once, however often it was asked"
    )


def asked(*content: UserContent) -> Message:
    payload = ModelMessagesTypeAdapter.dump_json([ModelRequest([UserPromptPart(list(content))])])
    text = "\n\n".join(item for item in content if isinstance(item, str))
    return replace(prompt(CHAT, text), payload=payload)


def answered(*parts: ModelResponsePart) -> ModelResponse:
    return ModelResponse(list(parts))


def returned(*parts: ModelRequestPart) -> ModelRequest:
    return ModelRequest(list(parts))


CALL = ToolCallPart("read_file", {"path": "a.py"}, "c1")


def test_texts_thoughts_and_tools_come_in_their_order() -> None:
    row = stored([
        answered(ThinkingPart("hm"), TextPart("First."), CALL),
        returned(ToolReturnPart("read_file", "x = 1", "c1")),
        answered(ThinkingPart("so"), TextPart("Last.")),
    ])  # fmt: skip
    assert stored_parts(row) == (
        ThinkingContent("hm"),
        TextContent("First."),
        ToolCallContent("c1", "read_file", '{"path": "a.py"}', "x = 1", "done"),
        ThinkingContent("so"),
        TextContent("Last."),
    )


def test_the_only_thoughts_have_their_time_and_tokens() -> None:
    row = stored(
        [answered(ThinkingPart("hm"), TextPart("Yes."))], thinking_ms=1_800, usage='{"output": 9, "reasoning": 7}'
    )
    assert stored_parts(row) == (ThinkingContent("hm", 1.8, 7), TextContent("Yes."))
    late = stored([answered(TextPart("Yes."), ThinkingPart("hm"))], thinking_ms=1_800)
    assert stored_parts(late) == (TextContent("Yes."), ThinkingContent("hm", 1.8))


def test_results_find_their_calls_whatever_their_order() -> None:
    row = stored([
        answered(ToolCallPart("a", "{}", "1"), ToolCallPart("b", '{"x": 1.10}', "2"), ToolCallPart("c", "", "3")),
        returned(ToolReturnPart("b", {"n": [1]}, "2"), RetryPromptPart("no such city", "a", "1")),
    ])  # fmt: skip
    assert stored_parts(row) == (
        ToolCallContent("1", "a", "{}", "no such city", "failed"),
        ToolCallContent("2", "b", '{"x": 1.10}', '{"n": [1]}', "done"),
        ToolCallContent("3", "c", "", "", "interrupted"),
    )


def test_ids_that_a_provider_uses_again_are_told_apart() -> None:
    row = stored([
        answered(ToolCallPart("f", "1", "call_0")),
        answered(ToolCallPart("f", "2", "call_0")),
        returned(ToolReturnPart("f", "two", "call_0")),
    ])  # fmt: skip
    assert [part.result for part in stored_parts(row) if isinstance(part, ToolCallContent)] == ["", "two"]


def test_calls_without_ids_are_found_by_their_names() -> None:
    row = stored([answered(ToolCallPart("f", "{}")), returned(ToolReturnPart("f", "done"))])
    assert stored_parts(row) == (ToolCallContent("", "f", "{}", "done", "done"),)


def test_a_result_without_a_call_and_a_request_to_try_again_are_shown() -> None:
    row = stored([returned(ToolReturnPart("f", "kept", "9"), RetryPromptPart("Plain text is not allowed."))])
    assert stored_parts(row) == (
        ToolCallContent("9", "f", "", "kept", "done"),
        NoticeContent("The model was asked to try again: Plain text is not allowed."),
    )


def test_a_retry_as_later_releases_write_it_has_failed() -> None:
    messages = [
        {"kind": "response", "parts": [{"part_kind": "tool-call", "tool_name": "f", "args": None}]},
        {"kind": "request", "parts": [
            {"part_kind": "tool-return", "tool_name": "f", "content": "no", "outcome": "retried"},
        ]},
    ]  # fmt: skip
    row = replace(reply(CHAT, QUESTION), payload=json.dumps(messages).encode())
    assert stored_parts(row) == (ToolCallContent("", "f", "", "no", "failed"),)


def test_files_of_a_prompt_have_a_size_and_a_name_that_says_what_they_are() -> None:
    row = asked(
        BinaryContent(b"x" * 1_000, "image/png"),
        BinaryContent(b"x" * 1_001, "application/pdf"),
        BinaryContent(b"", "text/x-whatever"),
        ImageUrl("https://example.org/cat.png"),
        "What is this?",
    )
    assert stored_parts(row) == (
        AttachmentContent("PNG image", "image/png", 1_000),
        AttachmentContent("PDF document", "application/pdf", 1_001),
        AttachmentContent("text file", "text/x-whatever", 0),
        AttachmentContent("https://example.org/cat.png", "", None),
        TextContent("What is this?"),
    )


def test_a_prompt_of_text_alone_is_its_column() -> None:
    row = replace(asked("from the payload"), text="from the column")
    assert stored_parts(row) == (TextContent("from the column"),)


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"[]", b"{", b"\xff\xfe", b"null", b"[1, null, {}]", b'"part_kind": "tool-call"',
        b'[{"part_kind":"tool-call"}', b"[" * 100_000 + b'"part_kind":"tool-call"',
    ],
)  # fmt: skip
def test_what_cannot_be_read_falls_back_to_the_columns(payload: bytes) -> None:
    row = replace(reply(CHAT, QUESTION, "What came."), payload=payload, thinking="hm", state="interrupted")
    assert stored_parts(row) == (ThinkingContent("hm"), TextContent("What came."))


def test_words_that_only_the_columns_hold_are_not_lost() -> None:
    row = replace(stored([answered(CALL)]), text="It was on screen.", thinking="This, too.")
    kinds = [type(part) for part in stored_parts(row)]
    assert kinds == [ThinkingContent, ToolCallContent, TextContent]


def test_an_answer_about_parts_is_an_answer() -> None:
    text = '{"part_kind":"tool-call"} and \\"part_kind\\": "binary"'
    assert stored_parts(stored([answered(TextPart(text))])) == (TextContent(text),)


def test_it_loads_neither_the_engine_nor_its_libraries() -> None:
    code = (
        "import sys, tui.chat.stored_parts\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('pydantic', 'httpx')"
        " or name.startswith('tui.agent')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


# Against the engine's own reading

texts = st.text(max_size=20)
ids = st.sampled_from([None, "1", "2", "3"])
names = st.sampled_from(["f", "g"])
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | texts, lambda inner: st.lists(inner, max_size=2), max_leaves=4
)
args = texts | st.dictionaries(texts, values, max_size=3)
response_parts = st.one_of(
    st.builds(TextPart, texts), st.builds(ThinkingPart, texts), st.builds(ToolCallPart, names, args, ids)
)
contents = st.lists(texts | st.builds(BinaryContent, st.binary(max_size=9), st.just("image/png")), max_size=3)
request_parts = st.one_of(
    st.builds(ToolReturnPart, names, values, ids),
    st.builds(RetryPromptPart, texts, st.none() | names, ids),
    st.builds(SystemPromptPart, texts),
    st.builds(UserPromptPart, contents),
)
histories = st.lists(
    st.builds(ModelResponse, st.lists(response_parts, max_size=4))
    | st.builds(ModelRequest, st.lists(request_parts, max_size=4)),
    max_size=4,
)


def as_text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def expected(messages: list[ModelMessage]) -> list[MessageContent]:
    """What a history consists of, read from the engine's own objects."""
    found: list[MessageContent] = []
    for number, message in enumerate(messages):
        for part in message.parts:
            match part:
                case TextPart(content) if content:
                    found.append(TextContent(content))
                case ThinkingPart(content) if content:
                    found.append(ThinkingContent(content))
                case ToolCallPart(name, args, id):
                    found.append(call_of(name, as_text(args), id or "", number, messages))
                case RetryPromptPart(content, None, None):
                    found.append(NoticeContent(f"The model was asked to try again: {as_text(content)}"))
                case UserPromptPart(content):
                    found += [prompted(item) for item in content if item]
    return found


def prompted(item: UserContent) -> MessageContent:
    if isinstance(item, BinaryContent):
        return AttachmentContent("PNG image", "image/png", len(item.data))
    return NoticeContent(str(item))


def call_of(name: str, args: str, id: str, number: int, messages: list[ModelMessage]) -> ToolCallContent:
    """A call with the one result that the strategy below leaves for it."""
    for message in messages[number + 1 :]:
        if isinstance(message, ModelResponse):
            break
        for part in message.parts:
            if isinstance(part, ToolReturnPart | RetryPromptPart) and (part.tool_call_id or "") == id:
                state = "done" if isinstance(part, ToolReturnPart) else "failed"
                return ToolCallContent(id, name, args, as_text(part.content), "done" if state == "done" else "failed")
    return ToolCallContent(id, name, args, "", "interrupted")


def with_unique_ids(messages: list[ModelMessage]) -> list[ModelMessage]:
    """The history with an id of its own for each call, and at most one result for it, right after it."""
    kept: list[ModelMessage] = []
    free: list[tuple[str, str]] = []
    count = 0
    for message in messages:
        if isinstance(message, ModelResponse):
            free, parts = [], []
            for part in message.parts:
                if isinstance(part, ToolCallPart):
                    count += 1
                    part = replace(part, tool_call_id=f"call {count}")
                    free.append((part.tool_name, f"call {count}"))
                parts.append(part)
            kept.append(replace(message, parts=parts))
        else:
            answers: list[ModelRequestPart] = []
            for one in message.parts:
                if isinstance(one, ToolReturnPart | RetryPromptPart) and one.tool_name is not None:
                    if not free:
                        continue
                    name, id = free.pop()
                    answers.append(replace(one, tool_name=name, tool_call_id=id))
                else:
                    answers.append(replace(one, tool_call_id=None) if isinstance(one, RetryPromptPart) else one)
            kept.append(replace(message, parts=answers))
    return kept


@given(histories.map(with_unique_ids))
def test_it_reads_what_the_engine_reads(messages: list[ModelMessage]) -> None:
    row = stored(messages)
    read = ModelMessagesTypeAdapter.validate_json(row.payload)
    assert list(stored_parts(row)) == expected(read)


@given(histories)
def test_nothing_that_the_engine_can_hold_raises_or_loses_a_text(messages: list[ModelMessage]) -> None:
    row = stored(messages)
    parts = stored_parts(row)
    assert "\n\n".join(part.text for part in parts if isinstance(part, TextContent)) == row.text
    assert "\n\n".join(part.text for part in parts if isinstance(part, ThinkingContent)) == row.thinking


@pytest.mark.parametrize("metadata", [5, [5], {"files": 5}, {"files": {"a": 1}}, {"files": [5, {"hash": 1}]}])
def test_what_is_kept_beside_a_result_may_be_anything(metadata: Any) -> None:
    part = {"part_kind": "tool-return", "tool_name": "f", "content": "done", "metadata": metadata}
    payload = json.dumps([{"kind": "request", "parts": [part]}]).encode()
    (call, _) = stored_parts(replace(reply(CHAT, QUESTION, "column"), payload=payload))
    assert call == ToolCallContent("", "f", "", "done", "done")


keys = st.sampled_from(
    [
        "metadata",
        "files",
        "kind",
        "parts",
        "part_kind",
        "content",
        "tool_name",
        "tool_call_id",
        "args",
        "data",
        "media_type",
        "url",
    ]
)
words = st.sampled_from(
    ["response", "request", "text", "thinking", "tool-call", "tool-return", "retry-prompt", "user-prompt", "binary"]
)
anything = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=True) | words | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=40,
)


@given(anything, st.sampled_from(["prompt", "reply"]))
def test_no_json_whatever_raises(value: Any, kind: Any) -> None:
    payload = json.dumps(
        [{"kind": "response", "parts": [{"part_kind": "tool-call"}, {"kind": "binary"}, value]}, value]
    )
    for text in (payload, json.dumps(value)):
        parts = stored_parts(replace(reply(CHAT, QUESTION, "column"), kind=kind, payload=text.encode()))
        assert any(isinstance(part, TextContent) for part in parts)


@pytest.mark.parametrize(
    ("models", "names"),
    [(["a:one", "b:two", "c:three"], "one, two and three"), (["a:one", "b:two"], "one and two"), ([], "other models")],
)
def test_an_answer_that_was_written_from_others_names_them(models: list[str], names: str) -> None:
    row = stored(
        [answered(TextPart("Yes."))], text="Yes.", origin=Origin("fused", of=("r1",), models=tuple(models)).to_json()
    )
    assert stored_parts(row) == (NoticeContent(f"Written from the answers of {names}."), TextContent("Yes."))


@pytest.mark.parametrize("origin", ["", "{}", "[", '{"kind": "fused"}', '{"kind": 7, "of": ["r1"]}', '{"of": {}}'])
def test_an_origin_that_says_nothing_is_not_shown(origin: str) -> None:
    assert stored_parts(stored([answered(TextPart("Yes."))], text="Yes.", origin=origin)) == (TextContent("Yes."),)
