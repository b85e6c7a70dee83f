"""What tools return beside text: files reach the model, words for the program do not, and failures are told as such."""

import json
from collections.abc import Callable
from typing import Any

import pydantic_core
import pytest

from tests.support.engine import AnyTime
from tests.support.switch_cases import NO_TOOLS, PDF, PLACES, PNG, TOOLS, Place, body_for, unmarked
from tui.agent import Agent
from tui.agent._run.live import estimate_request
from tui.agent.exceptions import ToolFailed
from tui.agent.messages import (
    BinaryContent,
    ImageUrl,
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    NamedContent,
    TextPart,
    ToolCallPart,
    ToolOutcome,
    ToolReturn,
    ToolReturnPart,
    UserPromptPart,
)
from tui.agent.models.function import AgentInfo, FunctionModel

GEMINI_2 = Place("google-gla", "gemini-2.5-pro")


def history(content: Any, outcome: ToolOutcome = "success") -> list[ModelMessage]:
    """Two calls, the second of which returned words."""
    return [
        ModelRequest([UserPromptPart("Look!")]),
        ModelResponse([ToolCallPart("look", {"x": 1}, "call_1"), ToolCallPart("look", {"x": 2}, "call_2")]),
        ModelRequest(
            [
                ToolReturnPart("look", content, "call_1", outcome=outcome, metadata={"secret": "kept"}),
                ToolReturnPart("look", "second", "call_2"),
            ]
        ),
    ]


def anthropic(body: dict[str, Any]) -> Any:
    return [block.get("content", block) for block in body["messages"][-1]["content"]]


def bedrock(body: dict[str, Any]) -> Any:
    return [block["toolResult"]["content"] for block in body["messages"][-1]["content"] if "toolResult" in block]


def gemini(body: dict[str, Any]) -> Any:
    parts = body["contents"][-1]["parts"]
    return [{k: v for k, v in part.get("functionResponse", part).items() if k != "name"} for part in parts]


def responses(body: dict[str, Any]) -> Any:
    return [item.get("output", item) for item in body["input"][2:] if item.get("type") != "function_call"]


def turns(body: dict[str, Any]) -> Any:
    return [[turn["role"], turn["content"]] for turn in body["messages"][2:]]


IMAGE = "iVBORw0KGgox"
FILE_1 = "[file 1, see below]"
BEHIND = "[file 1, which the tool look returned:]"
IN_RESULT: list[tuple[Place, Callable[[dict[str, Any]], Any], Any]] = [
    (
        PLACES["anthropic"],
        anthropic,
        [
            [
                {"type": "text", "text": "A cat:"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": IMAGE}},
            ],
            "second",
        ],
    ),
    (
        PLACES["openai-responses"],
        responses,
        [
            [
                {"type": "input_text", "text": "A cat:"},
                {"type": "input_image", "image_url": f"data:image/png;base64,{IMAGE}", "detail": "auto"},
            ],
            "second",
        ],
    ),
    (
        PLACES["google-gla"],
        gemini,
        [
            {
                "response": {"return_value": "A cat:"},
                "parts": [{"inlineData": {"mimeType": "image/png", "data": IMAGE}}],
            },
            {"response": {"return_value": "second"}},
        ],
    ),
    (
        PLACES["bedrock"],
        bedrock,
        [[{"text": "A cat:"}, {"image": {"format": "png", "source": {"bytes": IMAGE}}}], [{"text": "second"}]],
    ),
]
BEHIND_RESULTS: list[tuple[Place, Callable[[dict[str, Any]], Any], Any]] = [
    (
        PLACES["openai"],
        turns,
        [
            ["tool", f"A cat:\n{FILE_1}"],
            ["tool", "second"],
            [
                "user",
                [
                    {"type": "text", "text": BEHIND},
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{IMAGE}"}},
                ],
            ],
        ],
    ),
    (PLACES["ollama"], turns, [["tool", f"A cat:\n{FILE_1}"], ["tool", "second"], ["user", BEHIND]]),
    (
        GEMINI_2,
        gemini,
        [
            {"response": {"return_value": f"A cat:\n{FILE_1}"}},
            {"response": {"return_value": "second"}},
            {"text": BEHIND},
            {"inlineData": {"mimeType": "image/png", "data": IMAGE}},
        ],
    ),
    (
        Place("bedrock", "meta.llama3-3-70b-instruct-v1:0"),
        bedrock,
        [[{"text": f"A cat:\n{FILE_1}"}], [{"text": "second"}]],
    ),
]


@pytest.mark.parametrize(
    ("place", "read", "sent"), [*IN_RESULT, *BEHIND_RESULTS], ids=lambda value: getattr(value, "model", "")
)
def test_an_image_goes_into_the_result_where_it_may_and_behind_all_results_elsewhere(
    place: Place, read: Callable[[dict[str, Any]], Any], sent: Any
) -> None:
    body = body_for(place, history(["A cat:", PNG]), TOOLS)
    assert read(unmarked(body)) == sent
    assert "secret" not in json.dumps(body)
    assert json.dumps(body).count(IMAGE) == 1


@pytest.mark.parametrize("place", PLACES.values(), ids=lambda place: place.vendor)
@pytest.mark.parametrize("tools", [True, False])
def test_a_model_without_eyes_gets_a_placeholder_in_the_words_of_prompts(place: Place, tools: bool) -> None:
    strange = NamedContent(b"II*\0", "image/tiff", name="scan.tiff")  # read by no provider
    text = json.dumps(body_for(place, history({"deep": [strange]}), TOOLS if tools else NO_TOOLS))
    assert "[image omitted: scan.tiff, image/tiff, 1 kB]" in text


@pytest.mark.parametrize(
    ("vendor", "failed", "told"),
    [
        ("anthropic", "failed", '"is_error": true'),
        ("bedrock", "failed", '"status": "error"'),
        ("google-gla", "failed", '{"error": "no such city"}'),
    ],
)
def test_a_failure_is_told_where_the_dialect_has_a_word_for_it(vendor: str, failed: ToolOutcome, told: str) -> None:
    assert told in json.dumps(body_for(PLACES[vendor], history("no such city", failed), TOOLS))
    for other in ("success", "denied", "interrupted"):
        assert told not in json.dumps(body_for(PLACES[vendor], history("no such city", other), TOOLS))


def test_results_with_files_outlive_the_disk() -> None:
    named = NamedContent(b"\xff\xfe\xfb?", "application/pdf", name="bill.pdf")
    content = ["A", PNG, {"inner": [PDF, named]}, ImageUrl("https://x.test/cat.png")]
    before = history(content, "denied")
    after = ModelMessagesTypeAdapter.validate_json(ModelMessagesTypeAdapter.dump_json(before))
    assert after == before
    part = after[2].parts[0]
    assert isinstance(part, ToolReturnPart)
    assert (part.outcome, part.metadata, len(part.files)) == ("denied", {"secret": "kept"}, 4)
    assert part.model_response_str() == (
        "A\n[file: image/png, 1 kB]\n"
        '{"inner":["[file: application/pdf, 1 kB]","[file: bill.pdf, application/pdf, 1 kB]"]}\n'
        "[file: application/pdf, 1 kB]\n[file: bill.pdf, application/pdf, 1 kB]\n[file: https://x.test/cat.png]"
    )


@pytest.mark.parametrize(
    "value",
    [
        {"kind": "binary", "data": "no base64!", "media_type": "image/png"},
        {"kind": "binary", "data": 3, "media_type": "image/png"},
        {"kind": "binary", "media_type": 3},
        {"kind": "image-url"},
        {"kind": ["image-url"], "url": "x"},
        {"kind": "binary"},
        [[[[[[[[[{"kind": "image-url", "url": "x"}]]]]]]]]],
    ],
)
def test_what_only_looks_like_a_file_stays_what_it_is(value: Any) -> None:
    (message,) = ModelMessagesTypeAdapter.validate_python([{"kind": "request", "parts": [_returned(value)]}])
    part = message.parts[0]
    assert isinstance(part, ToolReturnPart)
    assert (part.content, part.files) == (value, [])


def _returned(content: Any) -> dict[str, Any]:
    return {"part_kind": "tool-return", "tool_name": "t", "content": content, "tool_call_id": "c"}


def test_json_has_outcome_and_metadata_only_where_there_are_some() -> None:
    plain = ToolReturnPart("t", "x", "c", AnyTime())
    assert list(pydantic_core.to_jsonable_python(plain)) == [
        "tool_name", "content", "tool_call_id", "timestamp", "part_kind",
    ]  # fmt: skip
    data = [{"kind": "request", "parts": [{**_returned("x"), "outcome": "of a release to come", "more": 1}]}]
    (message,) = ModelMessagesTypeAdapter.validate_python(data)
    assert isinstance(message.parts[0], ToolReturnPart) and message.parts[0].outcome == "success"


def _calls_both(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    if len(messages) > 1:
        return ModelResponse([TextPart("done")])
    return ModelResponse([ToolCallPart(tool.name, {}, f"id_{tool.name}") for tool in info.function_tools])


async def test_tools_say_more_than_a_value() -> None:
    agent = Agent(FunctionModel(_calls_both))

    @agent.tool_plain
    async def shot() -> ToolReturn:
        return ToolReturn("taken", content=["Look at this:", PNG], metadata={"path": "/tmp/1"})

    @agent.tool_plain
    async def fails() -> str:
        raise ToolFailed("no such city")

    @agent.tool_plain
    async def partly() -> ToolReturn:
        return ToolReturn([PNG], outcome="failed")

    result = await agent.run("Hello")
    request = result.all_messages()[2]
    assert request.parts == [
        ToolReturnPart("shot", "taken", "id_shot", AnyTime()),
        ToolReturnPart("fails", "no such city", "id_fails", AnyTime()),
        ToolReturnPart("partly", [PNG], "id_partly", AnyTime()),
        UserPromptPart(["Look at this:", PNG], AnyTime()),
    ]
    returns = [part for part in request.parts if isinstance(part, ToolReturnPart)]
    assert [(part.outcome, part.metadata) for part in returns] == [
        ("success", {"path": "/tmp/1"}),
        ("failed", None),
        ("failed", None),
    ]


@pytest.mark.parametrize(
    ("answer", "told"), [(False, "The user did not allow this tool call."), ("Ask again later.", "Ask again later.")]
)
async def test_a_call_that_was_not_allowed_is_kept_as_denied(answer: bool | str, told: str) -> None:
    agent = Agent(FunctionModel(_calls_both), approve_tool_call=lambda ctx, call: answer)

    @agent.tool_plain(requires_approval=True)
    async def delete() -> str:
        raise AssertionError

    part = (await agent.run("Hello")).all_messages()[2].parts[0]
    assert isinstance(part, ToolReturnPart)
    assert (part.outcome, part.content) == ("denied", told)


def test_a_file_is_guessed_as_one_and_not_by_its_bytes() -> None:
    large = BinaryContent(b"x" * 1_000_000, "image/png")
    assert estimate_request(history(["A cat:", large]), TOOLS) < 2_000
