"""Messages: their order of fields, their JSON, what they say to a model. Stored chats depend on every comma."""

import base64
import json
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pydantic
import pydantic_core
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.agent.messages import (
    AgentStreamEvent,
    AudioUrl,
    BinaryContent,
    DocumentUrl,
    FinalResultEvent,
    FunctionToolCallEvent,
    FunctionToolResultEvent,
    HandleResponseEvent,
    ImageUrl,
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelNoticeEvent,
    ModelRequest,
    ModelRequestEvent,
    ModelResponse,
    ModelResponsePart,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    RetryEvent,
    RetryPromptPart,
    SystemPromptPart,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
    ToolReturnPart,
    UnknownPart,
    UsageEvent,
    UserPromptPart,
)
from tui.agent.usage import Usage

T = datetime(2025, 3, 15, 12, 30, 45, 678901, tzinfo=UTC)


def _text(messages: list[ModelMessage]) -> str:
    return ModelMessagesTypeAdapter.dump_json(messages).decode()


# Fields


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (SystemPromptPart, ["content", "dynamic_ref", "part_kind"]),
        (UserPromptPart, ["content", "timestamp", "part_kind"]),
        (ToolReturnPart, ["tool_name", "content", "tool_call_id", "timestamp", "part_kind"]),
        (RetryPromptPart, ["content", "tool_name", "tool_call_id", "timestamp", "part_kind"]),
        (TextPart, ["content", "part_kind"]),
        (ToolCallPart, ["tool_name", "args", "tool_call_id", "part_kind"]),
        (ThinkingPart, ["content", "id", "signature", "provider_name", "part_kind"]),
        (ModelRequest, ["parts", "kind"]),
        (ModelResponse, ["parts", "model_name", "timestamp", "kind"]),
        (TextPartDelta, ["content_delta", "part_delta_kind"]),
        (ThinkingPartDelta, ["content_delta", "signature_delta", "provider_name", "part_delta_kind"]),
        (ToolCallPartDelta, ["tool_name_delta", "args_delta", "tool_call_id", "part_delta_kind"]),
        (PartStartEvent, ["index", "part", "event_kind"]),
        (PartDeltaEvent, ["index", "delta", "event_kind"]),
        (FinalResultEvent, ["tool_name", "tool_call_id", "event_kind"]),
        (FunctionToolCallEvent, ["part", "call_id", "event_kind"]),
        (FunctionToolResultEvent, ["result", "tool_call_id", "event_kind"]),
        (ImageUrl, ["url", "kind"]),
        (AudioUrl, ["url", "kind"]),
        (DocumentUrl, ["url", "kind"]),
        (BinaryContent, ["data", "media_type", "kind"]),
    ],
)
def test_the_fields_of_0_0_40_come_first_and_in_its_order(kind: Any, names: list[str]) -> None:
    assert [field.name for field in fields(kind)][: len(names)] == names


@pytest.mark.parametrize("kind", [ModelRequest, ModelResponse, TextPart, ToolCallPart])
def test_what_we_add_is_neither_compared_nor_shown_nor_positional(kind: Any) -> None:
    known = {"parts", "kind", "model_name", "timestamp", "content", "part_kind", "tool_name", "args", "tool_call_id"}
    added = [field for field in fields(kind) if field.name not in known]
    assert added
    assert all(field.kw_only and not field.compare and not field.repr and field.default is None for field in added)


def test_parts_can_be_made_by_position() -> None:
    assert TextPart("x") == TextPart(content="x", part_kind="text")
    assert ToolCallPart("t", {"a": 1}, "id") == ToolCallPart(tool_name="t", args={"a": 1}, tool_call_id="id")
    assert ToolReturnPart("t", 1, "id", T) == ToolReturnPart(tool_name="t", content=1, tool_call_id="id", timestamp=T)
    assert repr(ModelRequest([SystemPromptPart("s")])) == (
        "ModelRequest(parts=[SystemPromptPart(content='s', dynamic_ref=None, part_kind='system-prompt')],"
        " kind='request')"
    )
    assert repr(ModelResponse([TextPart("x", id="i")], "m", T, usage=Usage(1))) == (
        "ModelResponse(parts=[TextPart(content='x', part_kind='text')], model_name='m', timestamp="
        f"{T!r}, kind='response')"
    )


def test_moments_are_now_and_know_their_zone() -> None:
    for moment in (
        UserPromptPart("x").timestamp,
        ToolReturnPart("t", 1).timestamp,
        RetryPromptPart("x").timestamp,
        ModelResponse([]).timestamp,
    ):
        assert moment.utcoffset() == timedelta(0)
        assert abs(datetime.now(tz=UTC) - moment) < timedelta(seconds=30)


def test_asdict_gives_the_fields_in_order() -> None:
    assert asdict(SystemPromptPart("s")) == {"content": "s", "dynamic_ref": None, "part_kind": "system-prompt"}
    assert list(asdict(ToolCallPart("t", {}))) == [
        "tool_name",
        "args",
        "tool_call_id",
        "part_kind",
        "id",
        "provider_name",
        "provider_details",
    ]


# JSON


def test_a_history_is_written_exactly_as_0_0_40_writes_it() -> None:
    history: list[ModelMessage] = [
        ModelRequest(
            [
                SystemPromptPart("s"),
                UserPromptPart(["x", ImageUrl("u"), BinaryContent(b"\xff\xfe\xfb", "image/png")], T),
                ToolReturnPart("t", {"a": (1, T)}, "i", T),
                RetryPromptPart("r", timestamp=T),
            ]
        ),
        ModelResponse([TextPart("½"), ToolCallPart("t", {"a": 1}), ToolCallPart("t", "{}", "id")], timestamp=T),
    ]
    assert _text(history) == (
        '[{"parts":[{"content":"s","dynamic_ref":null,"part_kind":"system-prompt"},'
        '{"content":["x",{"url":"u","kind":"image-url"},{"data":"__77","media_type":"image/png","kind":"binary"}],'
        '"timestamp":"2025-03-15T12:30:45.678901Z","part_kind":"user-prompt"},'
        '{"tool_name":"t","content":{"a":[1,"2025-03-15T12:30:45.678901Z"]},"tool_call_id":"i",'
        '"timestamp":"2025-03-15T12:30:45.678901Z","part_kind":"tool-return"},'
        '{"content":"r","tool_name":null,"tool_call_id":null,"timestamp":"2025-03-15T12:30:45.678901Z",'
        '"part_kind":"retry-prompt"}],"kind":"request"},'
        '{"parts":[{"content":"½","part_kind":"text"},'
        '{"tool_name":"t","args":{"a":1},"tool_call_id":null,"part_kind":"tool-call"},'
        '{"tool_name":"t","args":"{}","tool_call_id":"id","part_kind":"tool-call"}],'
        '"model_name":null,"timestamp":"2025-03-15T12:30:45.678901Z","kind":"response"}]'
    )
    assert ModelMessagesTypeAdapter.validate_json(_text(history[1:])) == history[1:]


def test_bytes_come_back_as_they_were() -> None:
    content = BinaryContent(bytes(range(256)), "image/png")
    (request,) = ModelMessagesTypeAdapter.validate_json(_text([ModelRequest([UserPromptPart([content])])]))
    part = request.parts[0]
    assert isinstance(part, UserPromptPart)
    assert part.content == [content]


def test_bytes_in_the_other_base64_alphabet_are_read_too() -> None:
    data = base64.b64encode(b"\xff\xfe\xfb").decode()
    stored = [{"kind": "request", "parts": [{"part_kind": "user-prompt", "content": [_binary(data)]}]}]
    (request,) = ModelMessagesTypeAdapter.validate_json(json.dumps(stored))
    part = request.parts[0]
    assert isinstance(part, UserPromptPart)
    assert part.content == [BinaryContent(b"\xff\xfe\xfb", "image/png")]


def _binary(data: str) -> dict[str, str]:
    return {"kind": "binary", "data": data, "media_type": "image/png"}


def test_everything_that_we_add_is_written_last_and_comes_back() -> None:
    history: list[ModelMessage] = [
        ModelRequest([], instructions="Be kind.", state="interrupted"),
        ModelResponse(
            [
                ThinkingPart("h", "i", "s", "p", provider_details={"d": 1}),
                TextPart("t", id="i", provider_name="p", provider_details={"d": 1}),
                ToolCallPart("f", {}, "c", id="i", provider_name="p", provider_details={"d": 1}),
            ],
            "m",
            T,
            usage=Usage(1, 7, 3, 10, {"cache_read_tokens": 2, "cache_write_tokens": 1, "reasoning_tokens": 1}),
            finish_reason="length",
            provider_name="p",
            provider_response_id="r",
            vendor_details={"usage": {"x": 1}},
            state="interrupted",
        ),
    ]
    assert _text(history) == (
        '[{"parts":[],"kind":"request","instructions":"Be kind.","state":"interrupted"},'
        '{"parts":[{"content":"h","id":"i","signature":"s","provider_name":"p","part_kind":"thinking",'
        '"provider_details":{"d":1}},'
        '{"content":"t","part_kind":"text","id":"i","provider_name":"p","provider_details":{"d":1}},'
        '{"tool_name":"f","args":{},"tool_call_id":"c","part_kind":"tool-call","id":"i","provider_name":"p",'
        '"provider_details":{"d":1}}],"model_name":"m","timestamp":"2025-03-15T12:30:45.678901Z","kind":"response",'
        '"usage":{"input_tokens":7,"output_tokens":3,"cache_read_tokens":2,"cache_write_tokens":1,'
        '"details":{"reasoning_tokens":1}},"finish_reason":"length","provider_name":"p",'
        '"provider_response_id":"r","vendor_details":{"usage":{"x":1}},"state":"interrupted"}]'
    )
    returned = ModelMessagesTypeAdapter.validate_json(_text(history))
    assert _text(returned) == _text(history)
    response = returned[1]
    assert isinstance(response, ModelResponse)
    assert response.usage == Usage(
        0, 7, 3, 10, {"reasoning_tokens": 1, "cache_read_tokens": 2, "cache_write_tokens": 1}
    )


def test_a_thinking_part_that_is_nothing_but_thoughts_is_written_short() -> None:
    assert _text([ModelResponse([ThinkingPart("h")], timestamp=T)]) == (
        '[{"parts":[{"content":"h","part_kind":"thinking"}],"model_name":null,'
        '"timestamp":"2025-03-15T12:30:45.678901Z","kind":"response"}]'
    )


@pytest.mark.parametrize(
    ("written", "usage"),
    [
        ({"input_tokens": 0, "output_tokens": 0, "details": {}}, None),
        (None, None),
        ({"input_tokens": 5, "surprise": "x", "cost": None}, Usage(0, 5, None, 5)),
        ({"output_tokens": 5, "output_reasoning_tokens": 3}, Usage(0, None, 5, 5, {"reasoning_tokens": 3})),
        ({"details": {"a": 1}}, Usage(details={"a": 1})),
        ({"input_tokens": 1, "output_tokens": 1, "total_tokens": 5}, Usage(0, 1, 1, 5)),
        (asdict(Usage(0, 5, 6, 11, {"cache_read_tokens": 2})), Usage(0, 5, 6, 11, {"cache_read_tokens": 2})),
    ],
)
def test_a_usage_is_read_by_todays_names_or_its_own_and_zeros_are_nothing(written: Any, usage: Usage | None) -> None:
    stored = [{"kind": "response", "parts": [], "timestamp": "2025-03-15T12:30:45Z", "usage": written}]
    (response,) = ModelMessagesTypeAdapter.validate_python(stored)
    assert isinstance(response, ModelResponse)
    assert response.usage == usage


@pytest.mark.parametrize(
    ("written", "state"), [("complete", None), ("suspended", "interrupted"), ("interrupted", "interrupted")]
)
def test_states_of_later_releases_are_understood(written: str, state: str | None) -> None:
    stored = [{"kind": "request", "parts": [], "state": written}]
    assert ModelMessagesTypeAdapter.validate_python(stored)[0].state == state


def test_fields_that_are_not_known_are_ignored() -> None:
    stored = [{"kind": "request", "parts": [{"part_kind": "user-prompt", "content": "x", "new": 1}], "run_id": "1"}]
    (request,) = ModelMessagesTypeAdapter.validate_python(stored)
    assert isinstance(request.parts[0], UserPromptPart)


def test_parts_of_an_unknown_kind_are_kept_as_they_came() -> None:
    stored = [
        {
            "parts": [
                {"content": ["x", {"kind": "video-url", "url": "u"}], "timestamp": "2025-01-01T00:00:00Z",
                 "part_kind": "user-prompt"},
                {"part_kind": "skill", "n": 1},
            ],
            "kind": "request",
        },
        {
            "parts": [{"z": [1], "part_kind": "file"}],
            "model_name": None,
            "timestamp": "2025-01-01T00:00:00Z",
            "kind": "response",
        },
    ]  # fmt: skip
    messages = ModelMessagesTypeAdapter.validate_python(stored)
    assert messages[1].parts == [UnknownPart({"z": [1], "part_kind": "file"})]
    assert [part.part_kind for part in messages[0].parts] == ["user-prompt", "skill"]
    assert json.loads(_text(messages)) == stored
    assert not UnknownPart({"part_kind": "file"}).has_content()


@pytest.mark.parametrize("part", [{}, {"part_kind": 3}, {"part_kind": "text"}, "text"])
def test_a_part_that_is_none_is_refused(part: Any) -> None:
    with pytest.raises(pydantic.ValidationError):
        ModelMessagesTypeAdapter.validate_python([{"kind": "response", "parts": [part]}])


@pytest.mark.parametrize("kind", ["other", None])
def test_a_message_of_no_kind_is_refused(kind: str | None) -> None:
    with pytest.raises(pydantic.ValidationError):
        ModelMessagesTypeAdapter.validate_python([{"kind": kind, "parts": []}])


def test_retries_of_later_releases_are_read_as_retries() -> None:
    stored = [
        {
            "kind": "request",
            "parts": [
                {"part_kind": "retry-feedback", "content": "again", "retry": {"cause": "x"}, "timestamp": T},
                {"part_kind": "tool-return", "tool_name": "t", "tool_call_id": "i", "content": "no",
                 "outcome": "retried", "timestamp": T},
                {"part_kind": "tool-return", "tool_name": "t", "tool_call_id": "i", "content": {"a": 1},
                 "outcome": "retried", "timestamp": T},
                {"part_kind": "tool-return", "tool_name": "t", "tool_call_id": "i", "content": "fine",
                 "outcome": "success", "timestamp": T},
            ],
        }
    ]  # fmt: skip
    (request,) = ModelMessagesTypeAdapter.validate_python(stored)
    assert request.parts == [
        RetryPromptPart("again", timestamp=T),
        RetryPromptPart("no", "t", "i", T),
        ToolReturnPart("t", {"a": 1}, "i", T),
        ToolReturnPart("t", "fine", "i", T),
    ]


def test_a_call_without_arguments_of_a_later_release_is_read() -> None:
    stored = [{"kind": "response", "parts": [{"part_kind": "tool-call", "tool_name": "t", "args": None}]}]
    (response,) = ModelMessagesTypeAdapter.validate_python(stored)
    assert response.parts == [ToolCallPart("t", "")]


_TEXT = st.text(max_size=8)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=5,
)
_ID = st.none() | _TEXT
_DETAILS = st.none() | st.dictionaries(_TEXT, _JSON, max_size=2)
_MOMENT = st.datetimes(timezones=st.just(UTC))
_CONTENT = _TEXT | st.builds(ImageUrl, _TEXT) | st.builds(BinaryContent, st.binary(), st.just("a/b"))
_REQUESTS = st.builds(
    ModelRequest,
    st.lists(
        st.builds(SystemPromptPart, _TEXT, _ID)
        | st.builds(UserPromptPart, _TEXT | st.lists(_CONTENT, max_size=3), _MOMENT)
        | st.builds(ToolReturnPart, _TEXT, _JSON, _ID, _MOMENT)
        | st.builds(RetryPromptPart, _TEXT, _ID, _ID, _MOMENT),
        max_size=3,
    ),
    instructions=_ID,
    state=st.sampled_from([None, "interrupted"]),
)
_COUNT = st.none() | st.integers(1, 10**9)
_RESPONSES = st.builds(
    ModelResponse,
    st.lists(
        st.builds(TextPart, _TEXT, id=_ID, provider_name=_ID, provider_details=_DETAILS)
        | st.builds(ThinkingPart, _TEXT, _ID, _ID, _ID, provider_details=_DETAILS)
        | st.builds(ToolCallPart, _TEXT, _TEXT | st.dictionaries(_TEXT, _JSON), _ID),
        max_size=3,
    ),
    _ID,
    _MOMENT,
    usage=st.none() | st.builds(Usage, st.just(0), _COUNT, _COUNT, _COUNT),
    finish_reason=st.sampled_from([None, "stop", "length", "content_filter", "tool_call", "error"]),
    provider_name=_ID,
    provider_response_id=_ID,
    vendor_details=_DETAILS,
    state=st.sampled_from([None, "interrupted"]),
)


@given(st.lists(_REQUESTS | _RESPONSES, max_size=3))
def test_whatever_was_said_comes_back_from_the_disk(history: list[ModelMessage]) -> None:
    written = _text(history)
    returned = ModelMessagesTypeAdapter.validate_json(written)
    assert returned == history
    assert _text(returned) == written


# What they say


def test_a_tools_return_is_text_or_json() -> None:
    assert ToolReturnPart("t", "as it is").model_response_str() == "as it is"
    assert ToolReturnPart("t", {"a": T}).model_response_str() == '{"a":"2025-03-15T12:30:45.678901Z"}'
    assert ToolReturnPart("t", None).model_response_str() == "null"


def test_a_tools_return_can_be_had_as_an_object() -> None:
    assert ToolReturnPart("t", {"a": (1, 2)}).model_response_object() == {"a": [1, 2]}
    assert ToolReturnPart("t", "x").model_response_object() == {"return_value": "x"}
    assert ToolReturnPart("t", [1]).model_response_object() == {"return_value": [1]}


def test_a_value_that_cannot_be_written_fails_only_when_it_is() -> None:
    part = ToolReturnPart("t", object())
    with pytest.raises(pydantic_core.PydanticSerializationError):
        part.model_response_str()
    with pytest.raises(pydantic_core.PydanticSerializationError):
        _text([ModelRequest([part])])


def test_a_retry_says_what_was_wrong_and_asks_again() -> None:
    assert RetryPromptPart("No such city.").model_response() == "No such city.\n\nFix the errors and try again."


def test_a_retry_lists_the_errors_without_their_context() -> None:
    error: pydantic_core.ErrorDetails = {
        "type": "greater_than", "loc": ("a",), "msg": "Input should be greater than 3", "input": 1, "ctx": {"gt": 3},
    }  # fmt: skip
    assert RetryPromptPart([error]).model_response() == (
        '1 validation errors: [\n  {\n    "type": "greater_than",\n    "loc": [\n      "a"\n    ],\n'
        '    "msg": "Input should be greater than 3",\n    "input": 1\n  }\n]\n\nFix the errors and try again.'
    )


@pytest.mark.parametrize(
    ("args", "as_dict", "as_json", "has_content"),
    [
        ({"a": 1}, {"a": 1}, '{"a":1}', True),
        ('{"a": 1}', {"a": 1}, '{"a": 1}', True),
        ({}, {}, "{}", False),
        ("{}", {}, "{}", True),
        ({"a": 0, "b": ""}, {"a": 0, "b": ""}, '{"a":0,"b":""}', False),
        ("", {}, "", False),
        (" \n", {}, " \n", True),
        ({"b": "½"}, {"b": "½"}, '{"b":"½"}', True),
    ],
)
def test_arguments_can_be_had_as_dict_and_as_json(
    args: str | dict[str, Any], as_dict: dict[str, Any], as_json: str, has_content: bool
) -> None:
    part = ToolCallPart("t", args)
    assert part.args_as_dict() == as_dict
    assert part.args_as_json_str() == as_json
    assert part.has_content() is has_content


def test_arguments_that_are_no_object_are_refused() -> None:
    with pytest.raises(AssertionError, match=r"^args should be a dict$"):
        ToolCallPart("t", "[1]").args_as_dict()
    with pytest.raises(ValueError, match="EOF while parsing"):
        ToolCallPart("t", '{"a').args_as_dict()


def test_text_and_thoughts_have_content_when_there_is_some() -> None:
    assert TextPart("x").has_content() and ThinkingPart("x").has_content()
    assert not TextPart("").has_content() and not ThinkingPart("").has_content()


# Files


@pytest.mark.parametrize(
    ("url", "media_type", "word"),
    [
        ("https://e.com/a.jpg", "image/jpeg", "jpeg"),
        ("https://e.com/a.jpeg", "image/jpeg", "jpeg"),
        ("https://e.com/a.png", "image/png", "png"),
        ("https://e.com/a.gif", "image/gif", "gif"),
        ("https://e.com/a.webp", "image/webp", "webp"),
    ],
)
def test_an_images_type_is_in_its_address(url: str, media_type: str, word: str) -> None:
    assert (ImageUrl(url).media_type, ImageUrl(url).format) == (media_type, word)


def test_addresses_that_tell_no_type_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^Unknown image file extension: https://e\.com/a\.bmp$"):
        _ = ImageUrl("https://e.com/a.bmp").media_type
    with pytest.raises(ValueError, match=r"^Unknown audio file extension: https://e\.com/a\.ogg$"):
        _ = AudioUrl("https://e.com/a.ogg").media_type
    with pytest.raises(RuntimeError, match=r"^Unknown document file extension: https://e\.com/a\.zzz$"):
        _ = DocumentUrl("https://e.com/a.zzz").media_type
    with pytest.raises(ValueError, match=r"^Unknown document media type: application/zip$"):
        _ = DocumentUrl("https://e.com/a.zip").format


def test_a_sounds_and_a_documents_type_is_in_the_address() -> None:
    assert AudioUrl("a.mp3").media_type == "audio/mpeg"
    assert AudioUrl("a.wav").media_type == "audio/wav"
    assert (DocumentUrl("a.pdf").media_type, DocumentUrl("a.pdf").format) == ("application/pdf", "pdf")


@pytest.mark.parametrize(
    ("media_type", "word", "is_audio", "is_image", "is_document"),
    [
        ("audio/mpeg", "mp3", True, False, False),
        ("audio/wav", "wav", True, False, False),
        ("image/jpeg", "jpeg", False, True, False),
        ("image/png", "png", False, True, False),
        ("image/gif", "gif", False, True, False),
        ("image/webp", "webp", False, True, False),
        ("application/pdf", "pdf", False, False, True),
        ("text/plain", "txt", False, False, True),
        ("text/csv", "csv", False, False, True),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", False, False, True),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", False, False, True),
        ("text/html", "html", False, False, True),
        ("text/markdown", "md", False, False, True),
        ("application/vnd.ms-excel", "xls", False, False, True),
    ],
)
def test_a_files_type_says_what_it_is(
    media_type: str, word: str, is_audio: bool, is_image: bool, is_document: bool
) -> None:
    content = BinaryContent(b"x", media_type)
    assert content.format == word
    assert (content.is_audio, content.is_image, content.is_document) == (is_audio, is_image, is_document)


@pytest.mark.parametrize(
    ("media_type", "text"),
    [
        ("audio/ogg", "Unknown media type: audio/ogg"),
        ("image/bmp", "Unknown image media type: image/bmp"),
        ("application/zip", "Unknown media type: application/zip"),
    ],
)
def test_a_type_without_a_word_is_refused(media_type: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}$"):
        _ = BinaryContent(b"x", media_type).format


# Deltas


def test_text_is_appended_to_a_new_part() -> None:
    before = TextPart("Hel", id="i")
    after = TextPartDelta("lo").apply(before)
    assert (before, after, after.id) == (TextPart("Hel"), TextPart("Hello"), "i")
    with pytest.raises(ValueError, match=r"^Cannot apply TextPartDeltas to non-TextParts$"):
        TextPartDelta("x").apply(ToolCallPart("t", {}))


def test_thoughts_are_appended_and_their_signature_is_replaced() -> None:
    part = ThinkingPartDelta("m", None, None).apply(ThinkingPart("H", signature="old", provider_name="p"))
    assert part == ThinkingPart("Hm", signature="old", provider_name="p")
    assert ThinkingPartDelta(None, "new", "q").apply(part) == ThinkingPart("Hm", signature="new", provider_name="q")
    with pytest.raises(ValueError, match=r"^Cannot apply ThinkingPartDeltas to non-ThinkingParts$"):
        ThinkingPartDelta("x").apply(TextPart("t"))


@pytest.mark.parametrize(
    ("delta", "part", "result"),
    [
        (ToolCallPartDelta(args_delta="1}"), ToolCallPart("t", '{"a":'), ToolCallPart("t", '{"a":1}')),
        (ToolCallPartDelta(args_delta={"b": 2}), ToolCallPart("t", {"a": 1}), ToolCallPart("t", {"a": 1, "b": 2})),
        (ToolCallPartDelta(tool_name_delta="u"), ToolCallPart("t", {}), ToolCallPart("tu", {})),
        (ToolCallPartDelta(tool_call_id="i"), ToolCallPart("t", {}), ToolCallPart("t", {}, "i")),
        (ToolCallPartDelta(tool_call_id="i"), ToolCallPart("t", {}, "i"), ToolCallPart("t", {}, "i")),
        (ToolCallPartDelta("t"), ToolCallPartDelta(), ToolCallPartDelta("t")),
        (ToolCallPartDelta("u"), ToolCallPartDelta("t"), ToolCallPartDelta("tu")),
        (ToolCallPartDelta(args_delta="{"), ToolCallPartDelta("t"), ToolCallPart("t", "{")),
        (ToolCallPartDelta(args_delta={}), ToolCallPartDelta("t", None, "i"), ToolCallPart("t", {}, "i")),
    ],
)
def test_a_call_grows(delta: ToolCallPartDelta, part: Any, result: Any) -> None:
    assert delta.apply(part) == result


@pytest.mark.parametrize(
    ("delta", "part", "text"),
    [
        (ToolCallPartDelta(args_delta="x"), ToolCallPart("t", {}), "Cannot apply JSON deltas to non-JSON tool args"),
        (ToolCallPartDelta(args_delta={}), ToolCallPart("t", ""), "Cannot apply dict deltas to non-dict tool args"),
        (ToolCallPartDelta(args_delta="x"), ToolCallPartDelta("t", {}), "Cannot apply JSON deltas to non-JSON tool"),
        (ToolCallPartDelta(tool_call_id="j"), ToolCallPart("t", {}, "i"), "Cannot apply a new tool_call_id to a Tool"),
    ],
)
def test_pieces_that_do_not_fit_are_refused(delta: ToolCallPartDelta, part: Any, text: str) -> None:
    from tui.agent.exceptions import UnexpectedModelBehavior

    with pytest.raises(UnexpectedModelBehavior, match=f"^{text[:38]}"):
        delta.apply(part)


def test_a_call_delta_applies_to_calls_only() -> None:
    with pytest.raises(
        ValueError, match=r"^Can only apply ToolCallPartDeltas to ToolCallParts or ToolCallPartDeltas, "
    ):
        ToolCallPartDelta("t").apply(TextPart("x"))


def test_a_call_delta_becomes_a_part_once_it_has_name_and_arguments() -> None:
    assert ToolCallPartDelta("t").as_part() is None
    assert ToolCallPartDelta(args_delta="{}").as_part() is None
    assert ToolCallPartDelta("t", "{}", "i").as_part() == ToolCallPart("t", "{}", "i")


# Events


def test_a_call_event_has_the_calls_id_or_one_of_its_own() -> None:
    assert FunctionToolCallEvent(ToolCallPart("t", {}, "i")).call_id == "i"
    one, other = (FunctionToolCallEvent(ToolCallPart("t", {})).call_id for _ in range(2))
    assert len(one) == 36 and one != other


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (PartStartEvent(0, TextPart("x")), "part_start"),
        (PartDeltaEvent(0, TextPartDelta("x")), "part_delta"),
        (PartDeltaEvent(0, ThinkingPartDelta("x")), "part_delta"),
        (PartDeltaEvent(0, ToolCallPartDelta("x")), "part_delta"),
        (FinalResultEvent(None, None), "final_result"),
        (FunctionToolResultEvent(ToolReturnPart("t", 1, timestamp=T), "i"), "function_tool_result"),
        (ModelRequestEvent(1, "m"), "model_request"),
        (UsageEvent(Usage(1)), "usage"),
        (RetryEvent(RetryPromptPart("x", timestamp=T)), "retry"),
        (ModelNoticeEvent("retry", "Waiting", 1.5, 1, 3), "model_notice"),
    ],
)
def test_an_event_is_told_apart_by_its_kind(event: Any, kind: str) -> None:
    adapter: pydantic.TypeAdapter[AgentStreamEvent] = pydantic.TypeAdapter(AgentStreamEvent)
    written = adapter.dump_json(event)
    assert json.loads(written)["event_kind"] == kind
    assert adapter.validate_json(written) == event


def test_the_unions_of_0_0_40_can_be_validated_alone() -> None:
    start = {"event_kind": "part_start", "index": 0, "part": {"part_kind": "text", "content": "x"}}
    events: pydantic.TypeAdapter[ModelResponseStreamEvent] = pydantic.TypeAdapter(ModelResponseStreamEvent)
    assert events.validate_python(start) == PartStartEvent(0, TextPart("x"))
    parts: pydantic.TypeAdapter[ModelResponsePart] = pydantic.TypeAdapter(ModelResponsePart)
    assert parts.validate_python({"part_kind": "text", "content": "x"}) == TextPart("x")
    handled: pydantic.TypeAdapter[HandleResponseEvent] = pydantic.TypeAdapter(HandleResponseEvent)
    result = FunctionToolResultEvent(ToolReturnPart("t", 1, None, T), "i")
    assert handled.validate_python(handled.dump_python(result)) == result


def test_a_history_written_without_its_schema_has_the_same_fields() -> None:
    history: list[ModelMessage] = [
        ModelRequest([UserPromptPart("Hi", T)]),
        ModelResponse([TextPart("a"), ThinkingPart("b"), ToolCallPart("c", {})], "m", T),
        ModelResponse([TextPart("d")], "m", T, usage=Usage(0, 5, 6, 11, {"cache_read_tokens": 2}), state="interrupted"),
    ]
    written = pydantic_core.to_jsonable_python(history)
    assert written == json.loads(ModelMessagesTypeAdapter.dump_json(history))
    assert written[0] == {
        "parts": [{"content": "Hi", "timestamp": T.isoformat().replace("+00:00", "Z"), "part_kind": "user-prompt"}],
        "kind": "request",
    }
    assert [part.keys() for part in written[1]["parts"]] == [
        {"content", "part_kind"},
        {"content", "part_kind"},
        {"tool_name", "args", "tool_call_id", "part_kind"},
    ]
    (*_, last) = ModelMessagesTypeAdapter.validate_python(written)
    assert isinstance(last, ModelResponse)
    assert last.usage == Usage(0, 5, 6, 11, {"cache_read_tokens": 2})
    assert pydantic_core.to_json({"usage": Usage(1, 2, 3, 5, tool_calls=4, estimated=True)}) == (
        b'{"usage":{"requests":1,"request_tokens":2,"response_tokens":3,"total_tokens":5,"details":null,"tool_calls":4}}'
    )
