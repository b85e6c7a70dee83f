"""Messages, deltas, files, usage, settings, errors and XML: everything that is data."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import pydantic

from tui.agent.exceptions import ModelHTTPError, ModelRetry, UnexpectedModelBehavior, UserError
from tui.agent.format_as_xml import format_as_xml
from tui.agent.messages import (
    AudioUrl,
    BinaryContent,
    DocumentUrl,
    ImageUrl,
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    RetryPromptPart,
    SystemPromptPart,
    TextPart,
    TextPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
    ToolReturnPart,
    UserPromptPart,
)
from tui.agent.settings import merge_model_settings
from tui.agent.usage import Usage, UsageLimits

T = datetime(2025, 3, 15, 12, 30, 45, tzinfo=UTC)


class Person(pydantic.BaseModel):
    name: str
    age: int | None = None


@dataclass
class Point:
    x: int
    labels: list[str]


@dataclass
class Line:
    points: list[Point]
    owner: Person


def attempt(make: Callable[[], Any]) -> None:
    try:
        print(repr(make()))
    except Exception as error:  # noqa: BLE001 (whatever it is, both packages must say it)
        print(type(error).__name__, error)


def messages() -> None:
    history: list[ModelMessage] = [
        ModelRequest(
            [
                SystemPromptPart("s", "ref"),
                UserPromptPart(["x", ImageUrl("u"), BinaryContent(b"\xff\xfe\xfb", "image/png")], T),
                ToolReturnPart("t", {"a": (1, T)}, "i", T),
                RetryPromptPart("r", timestamp=T),
            ]
        ),
        ModelResponse([TextPart("½"), ToolCallPart("t", {"a": 1}), ToolCallPart("t", "{}", "id")], timestamp=T),
    ]
    print(history)
    print(ModelMessagesTypeAdapter.dump_json(history).decode())
    print(ModelMessagesTypeAdapter.dump_python(history))
    print(ModelMessagesTypeAdapter.validate_json(ModelMessagesTypeAdapter.dump_json(history[1:])))
    print(asdict(history[0].parts[1]), asdict(SystemPromptPart("s")))
    print(PartStartEvent(0, TextPart("x")), PartDeltaEvent(0, TextPartDelta("x")), ToolCallPartDelta())


def parts() -> None:
    for content in ("text", {"a": T}, [1], None, 1.5):
        part = ToolReturnPart("t", content)
        print(part.model_response_str(), part.model_response_object())
    print(RetryPromptPart("x").model_response())
    try:
        Person.model_validate({"name": 1, "age": "x"})
    except pydantic.ValidationError as error:
        print(RetryPromptPart(error.errors(include_url=False)).model_response())
    arguments: list[str | dict[str, Any]] = [{"a": 0}, {}, {"a": [1]}, "{}", '{"a":"½"}', "[1]", '{"a']
    for args in arguments:
        call = ToolCallPart("t", args)
        print(call.has_content(), call.args_as_json_str())
        attempt(call.args_as_dict)


def deltas() -> None:
    cases: list[tuple[Any, Any]] = [
        (TextPartDelta("b"), TextPart("a")),
        (TextPartDelta("b"), ToolCallPart("t", "")),
        (ToolCallPartDelta(args_delta="x"), ToolCallPart("t", {})),
        (ToolCallPartDelta(args_delta={}), ToolCallPart("t", "")),
        (ToolCallPartDelta(args_delta={"b": 1}), ToolCallPart("t", {"a": 1})),
        (ToolCallPartDelta(tool_call_id="x"), ToolCallPart("t", "", "y")),
        (ToolCallPartDelta(tool_call_id="x"), ToolCallPartDelta(tool_call_id="y")),
        (ToolCallPartDelta(), TextPart("x")),
        (ToolCallPartDelta("a", "b"), ToolCallPartDelta()),
        (ToolCallPartDelta("a"), ToolCallPartDelta("b")),
        (ToolCallPartDelta("a", "x"), ToolCallPart("t", {})),
        (ToolCallPartDelta("a", {}, "x"), ToolCallPartDelta("b", {"a": 1}, "y")),
        (ToolCallPartDelta("a", "x"), ToolCallPartDelta("b", {"a": 1})),
    ]
    for delta, part in cases:
        attempt(lambda delta=delta, part=part: delta.apply(part))  # type: ignore[misc]  # (bound at once)


def files() -> None:
    urls = [ImageUrl("a.jpg"), ImageUrl("a.webp"), ImageUrl("a.bmp"), AudioUrl("a.mp3"), AudioUrl("a.ogg")]
    for url in [*urls, DocumentUrl("a.pdf"), DocumentUrl("a.zzz"), DocumentUrl("a.zip")]:
        attempt(lambda url=url: url.media_type)  # type: ignore[misc]  # (bound at once)
        if not isinstance(url, AudioUrl):
            attempt(lambda url=url: url.format)  # type: ignore[misc]  # (bound at once)
    for media_type in ("audio/mpeg", "audio/wav", "audio/ogg", "image/png", "image/bmp", "text/csv", "a/b"):
        content = BinaryContent(b"x", media_type)
        print(content.is_audio, content.is_image, content.is_document)
        attempt(lambda content=content: content.format)  # type: ignore[misc]  # (bound at once)


def usage() -> None:
    total = Usage(1, 2, 3, 5, {"a": 1}) + Usage(2, details={"a": 2, "b": 3})
    total.incr(Usage(1, 1), requests=1)
    print(total, Usage() + Usage(), UsageLimits().request_limit, UsageLimits(total_tokens_limit=0).has_token_limits())
    attempt(lambda: UsageLimits(request_limit=1).check_before_request(Usage(1)))
    for limits in (UsageLimits(5, 1), UsageLimits(5, None, 1), UsageLimits(5, None, None, 1), UsageLimits(5, 2, 2, 4)):
        attempt(lambda limits=limits: limits.check_tokens(Usage(1, 2, 2, 4)))  # type: ignore[misc]  # (bound at once)
    print(merge_model_settings({"seed": 1, "top_p": 0.5}, {"seed": 2}), merge_model_settings(None, None))


def errors() -> None:
    for error in (
        ModelHTTPError(401, "m", {"a": 1}),
        ModelHTTPError(500, "m"),
        UnexpectedModelBehavior("m"),
        UnexpectedModelBehavior("m", "text"),
        UnexpectedModelBehavior("m", '{"a":{"b":1}}'),
        ModelRetry("again"),
        UserError("no"),
    ):
        print(type(error).__name__, [base.__name__ for base in type(error).__mro__][-4:], str(error), error.message)


def xml() -> None:
    values: list[Any] = [
        "a<b&c", "", 1, None, True, b"by", date(2024, 1, 2), [], {}, ["a", "b"], {"k": "v", "n": None},
        {"l": [1, 2], "d": {"e": 1}}, Person(name="x"), [Person(name="x", age=3)], [Point(1, ["q"])], [[1], [2]], {1},
        Line([Point(1, []), Point(2, ["q"])], Person(name="x")), {True: 1, 2: [Line([], Person(name="x"))]},
    ]  # fmt: skip
    options: list[dict[str, Any]] = [
        {},
        {"include_root_tag": False},
        {"indent": None},
        {"root_tag": "r", "item_tag": "i", "none_str": "N"},
    ]
    for value in values:
        print(json.dumps([format_as_xml(value, **option) for option in options]))
    for wrong in (object(), {1.5: 1}, [{None: 1}], {"a": {("b",): 1}}):
        attempt(lambda wrong=wrong: format_as_xml(wrong))  # type: ignore[misc]  # (bound at once)


for section in (messages, parts, deltas, files, usage, errors, xml):
    section()
