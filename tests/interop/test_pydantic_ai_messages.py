"""A history written here opens in pydantic-ai, and the other way round: a person can take their chats along.

The real packages live in environments of their own, because they exclude each other; `side` asks them.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.interop.histories import for_pydantic_ai_0_0_40, for_pydantic_ai_2
from tests.interop.side import output
from tests.support.exports import a_chat_with_files
from tui.agent.messages import (
    AudioUrl,
    BinaryContent,
    Citation,
    DocumentUrl,
    ImageUrl,
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    RetryPromptPart,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UnknownPart,
    UserPromptPart,
)
from tui.agent.usage import Usage
from tui.formats import FORMATS

pytestmark = pytest.mark.apart

_REPO = Path(__file__).parents[2]


def _interpreter(variable: str, folder: str) -> Path:
    """Read when the tests are collected: while they run, such variables are hidden from them."""
    return Path(os.environ.get(variable, _REPO / ".side" / folder / "bin" / "python"))


OLD = _interpreter("CHINWAG_PYDANTIC_AI_0_0_40", "pydantic-ai-0.0.40")
CURRENT = _interpreter("CHINWAG_PYDANTIC_AI_CURRENT", "pydantic-ai-current")
needs_old = pytest.mark.skipif(not OLD.exists(), reason="no environment with pydantic-ai 0.0.40")
needs_current = pytest.mark.skipif(not CURRENT.exists(), reason="no environment with pydantic-ai's current release")

T = datetime(2025, 3, 15, 12, 30, 45, 123456, tzinfo=UTC)

REWRITE = """
import sys
from pydantic_ai.messages import ModelMessagesTypeAdapter
messages = ModelMessagesTypeAdapter.validate_json(sys.stdin.buffer.read())
sys.stdout.buffer.write(ModelMessagesTypeAdapter.dump_json(messages))
"""


def _run(python: Path, script: str, stdin: bytes = b"") -> bytes:
    return output(python, "pydantic_ai", script, stdin)


def _json(messages: list[ModelMessage]) -> Any:
    return json.loads(ModelMessagesTypeAdapter.dump_json(messages))


def _chat() -> list[ModelMessage]:
    """Everything that 0.0.40 knows, but for files' bytes."""
    return [
        ModelRequest(
            [
                SystemPromptPart("Be brief.", dynamic_ref="prompts.brief"),
                UserPromptPart(
                    [
                        "What is this? ½ 🎉",
                        ImageUrl("https://example.com/a.png"),
                        AudioUrl("https://example.com/a.mp3"),
                        DocumentUrl("https://example.com/a.pdf"),
                    ],
                    T,
                ),
            ]
        ),
        ModelResponse(
            [
                TextPart("Let me look."),
                ToolCallPart("look", {"at": [1, None]}, "a"),
                ToolCallPart("see", '{"x":1}', "b"),
            ],
            "model",
            T,
        ),
        ModelRequest([ToolReturnPart("look", {"found": ["x"]}, "a", T), RetryPromptPart("Look again.", "see", "b", T)]),
        ModelResponse([ToolCallPart("see", {}, "c")], "model", T),
        ModelRequest(
            [RetryPromptPart([{"type": "missing", "loc": ("x",), "msg": "Field required", "input": {}}], "see", "c", T)]
        ),
        ModelResponse([TextPart("A picture.")], None, T),
        ModelRequest([RetryPromptPart("Say more.", timestamp=T)]),
        ModelResponse([TextPart("A large picture.")], "other", T),
    ]


@needs_old
def test_0_0_40_writes_our_history_back_byte_for_byte() -> None:
    written = ModelMessagesTypeAdapter.dump_json(_chat())
    assert _run(OLD, REWRITE, written) == written


@needs_old
def test_a_history_that_0_0_40_wrote_is_read_and_written_back_byte_for_byte() -> None:
    script = """
import sys
from datetime import datetime, timezone
from pydantic_ai.messages import *
T = datetime(2025, 3, 15, 12, 30, tzinfo=timezone.utc)
sys.stdout.buffer.write(ModelMessagesTypeAdapter.dump_json([
    ModelRequest([SystemPromptPart('s'), UserPromptPart(['a', BinaryContent(bytes(range(256)), 'image/png')], T)]),
    ModelResponse([TextPart('t'), ToolCallPart('f', {'a': 1}), ToolCallPart('g', '{}', 'id')], 'm', T),
    ModelRequest([ToolReturnPart('f', (1, 2), None, T), RetryPromptPart('r', 'g', 'id', T)]),
]))
"""
    written = _run(OLD, script)
    messages = ModelMessagesTypeAdapter.validate_json(written)
    assert messages == [
        ModelRequest(
            [
                SystemPromptPart("s"),
                UserPromptPart(["a", BinaryContent(bytes(range(256)), "image/png")], messages_time()),
            ]
        ),
        ModelResponse(
            [TextPart("t"), ToolCallPart("f", {"a": 1}), ToolCallPart("g", "{}", "id")], "m", messages_time()
        ),
        ModelRequest(
            [ToolReturnPart("f", [1, 2], None, messages_time()), RetryPromptPart("r", "g", "id", messages_time())]
        ),
    ]
    assert ModelMessagesTypeAdapter.dump_json(messages) == written


def messages_time() -> datetime:
    return datetime(2025, 3, 15, 12, 30, tzinfo=UTC)


COMPACTION = {
    "content": "c",
    "id": None,
    "provider_name": None,
    "provider_details": None,
    "metadata": None,
    "part_kind": "compaction",
}


PAGES = [Citation("https://x.test", "X", 0, 5), Citation("https://y.test")]


def _rich_chat() -> list[ModelMessage]:
    """Everything that we have beyond 0.0.40."""
    return [
        ModelRequest([UserPromptPart(["Hi", BinaryContent(b"\xff\xfe\xfb", "image/png")], T)], instructions="Be kind."),
        ModelResponse(
            [
                ThinkingPart("Hm.", "id", "signature", "anthropic"),
                TextPart("Hello", citations=PAGES, id="t", provider_name="openai", provider_details={"a": 1}),
                ToolCallPart("f", {"x": 1}, "a", id="c", provider_details={"signature": "s"}),
            ],
            "model",
            T,
            usage=Usage(0, 10, 5, 15, {"cache_read_tokens": 4, "cache_write_tokens": 1, "reasoning_tokens": 2}),
            finish_reason="tool_call",
            provider_name="anthropic",
            provider_response_id="r1",
            vendor_details={"usage": {"raw": 1}},
        ),
        ModelRequest([ToolReturnPart("f", 1, "a", T)], state="interrupted"),
        ModelResponse([TextPart("Bye"), UnknownPart(COMPACTION)], "model", T),
        ModelResponse([ThinkingPart("only thoughts")], "model", T, state="interrupted"),
    ]


def test_what_0_0_40_does_not_know_is_left_out_and_said() -> None:
    messages, losses = for_pydantic_ai_0_0_40(_rich_chat())
    assert messages == [
        ModelRequest([UserPromptPart(["Hi", BinaryContent(b"\xff\xfe\xfb", "image/png")], T)]),
        ModelResponse([TextPart("Hello"), ToolCallPart("f", {"x": 1}, "a")], "model", T),
        ModelRequest([ToolReturnPart("f", 1, "a", T)]),
        ModelResponse([TextPart("Bye")], "model", T),
    ]
    assert losses == [
        "2 parts with the model's thoughts are left out: 0.0.40 does not know them.",
        "1 parts of a kind that 0.0.40 does not know are left out.",
        "The instructions of 1 requests are left out: 0.0.40 only has system prompts.",
        "2 messages were interrupted; 0.0.40 takes them for whole ones.",
        "Token counts, finish reasons and other notes on 1 responses are left out.",
        "1 files are written as base64, which 0.0.40 takes for the bytes of the file.",
    ]
    assert "usage" not in ModelMessagesTypeAdapter.dump_json(messages).decode()


def test_a_message_of_nothing_that_0_0_40_knows_is_left_out_as_a_whole() -> None:
    video = UnknownPart({"kind": "video-url", "url": "u"})
    history: list[ModelMessage] = [
        ModelRequest([UserPromptPart(["Look", video], T), UnknownPart({"part_kind": "other"})]),
        ModelRequest([UnknownPart({"part_kind": "other"})]),
        ModelResponse([], "m", T),
    ]
    assert for_pydantic_ai_0_0_40(history) == (
        [ModelRequest([UserPromptPart(["Look"], T)]), ModelResponse([], "m", T)],
        ["3 parts of a kind that 0.0.40 does not know are left out."],
    )


def test_a_plain_history_loses_nothing_for_0_0_40() -> None:
    assert for_pydantic_ai_0_0_40(_chat()) == (_chat(), [])


@needs_old
def test_0_0_40_loads_the_export_of_a_rich_history() -> None:
    messages, _ = for_pydantic_ai_0_0_40(_rich_chat()[1:])
    written = ModelMessagesTypeAdapter.dump_json(messages)
    assert _run(OLD, REWRITE, written) == written


@needs_current
def test_the_current_release_loads_everything_and_gives_it_back() -> None:
    written = ModelMessagesTypeAdapter.dump_json(for_pydantic_ai_2(_rich_chat()))
    returned = ModelMessagesTypeAdapter.validate_json(_run(CURRENT, REWRITE, written))
    assert _json(returned) == json.loads(written) and b"https://x.test" in written


def _returned_files() -> list[ModelMessage]:
    file = BinaryContent(b"\xff\xfe\xfb", "image/png")
    returned = ToolReturnPart("f", ["a", file, {"b": 1}], "a", T, metadata={"z": 1})
    denied = ToolReturnPart("f", "no", "b", T, outcome="denied")
    calls = ModelResponse([ToolCallPart("f", {}, "a"), ToolCallPart("f", {}, "b")], "m", T)
    return [calls, ModelRequest([returned, denied])]


@needs_current
def test_files_metadata_and_outcomes_of_tools_go_to_the_current_release_and_back() -> None:
    written = ModelMessagesTypeAdapter.dump_json(_returned_files())
    returned = ModelMessagesTypeAdapter.validate_json(_run(CURRENT, REWRITE, written))
    assert returned == _returned_files()
    assert [(part.outcome, part.metadata) for part in returned[1].parts if isinstance(part, ToolReturnPart)] == [
        ("success", {"z": 1}),
        ("denied", None),
    ]


@needs_old
def test_0_0_40_loads_what_tools_have_returned_beside_text() -> None:
    written = _run(OLD, REWRITE, ModelMessagesTypeAdapter.dump_json(_returned_files()))
    assert ModelMessagesTypeAdapter.validate_json(written) == _returned_files()


@needs_current
def test_the_current_release_loads_retries_and_gives_them_back() -> None:
    returned = ModelMessagesTypeAdapter.validate_json(
        _run(CURRENT, REWRITE, ModelMessagesTypeAdapter.dump_json(for_pydantic_ai_2(_chat())))
    )
    assert [part for part in _parts(returned) if isinstance(part, RetryPromptPart)] == [
        RetryPromptPart("Look again.", "see", "b", T),
        RetryPromptPart([{"type": "missing", "loc": ("x",), "msg": "Field required", "input": {}}], "see", "c", T),
        RetryPromptPart("Say more.", timestamp=T),
    ]


@needs_current
def test_calls_without_an_id_get_one_because_the_current_release_wants_it() -> None:
    history: list[ModelMessage] = [
        ModelResponse([ToolCallPart("f", {}), ToolCallPart("f", {"x": 1}), ToolCallPart("g", {}, "own")], "m", T),
        ModelRequest(
            [
                ToolReturnPart("g", 0, "own", T),
                ToolReturnPart("f", 1, None, T),
                RetryPromptPart("again", "f", None, T),
                RetryPromptPart("no such tool", None, None, T),
            ]
        ),
    ]
    written = for_pydantic_ai_2(history)
    assert [getattr(part, "tool_call_id", None) for part in _parts(written)] == [
        "call_0_0",
        "call_0_1",
        "own",
        "own",
        "call_0_0",
        "call_0_1",
        "call_1_3",
    ]
    assert history[0].parts[0] == ToolCallPart("f", {})
    _run(CURRENT, REWRITE, ModelMessagesTypeAdapter.dump_json(written))


@needs_current
def test_a_history_of_the_current_release_is_read_with_all_that_we_know_of_it() -> None:
    script = """
import sys
from datetime import datetime, timezone
from pydantic_ai.messages import *
from pydantic_ai.usage import RequestUsage
T = datetime(2025, 3, 15, 12, 30, tzinfo=timezone.utc)
sys.stdout.buffer.write(ModelMessagesTypeAdapter.dump_json([
    ModelRequest([SystemPromptPart('s', timestamp=T), UserPromptPart(['a', VideoUrl('https://e.com/a.mp4'),
        BinaryContent(b'\\xff\\xfe', media_type='image/png')], timestamp=T)], instructions='i'),
    ModelResponse([ThinkingPart('h', signature='x', provider_name='p'),
        TextPart('t', citations=[Citation([WebCitationSource('https://x.test', title='X'),
            DocumentCitationSource(title='d'), WebCitationSource('https://y.test')],
            anchor=ContentCitationAnchor(start=0, end=1))]),
        ToolCallPart('f', '{}', 'id'), FilePart(BinaryContent(b'1', media_type='image/png'))],
        usage=RequestUsage(input_tokens=7, output_tokens=3, cache_read_tokens=2, details={'reasoning_tokens': 1}),
        model_name='m', timestamp=T, provider_name='p', provider_details={'k': 'v'}, provider_response_id='r',
        finish_reason='tool_call'),
    ModelRequest([ToolReturnPart('f', {'a': 1}, 'id', timestamp=T, metadata={'z': 1})]),
    ModelResponse([TextPart('cut')], model_name='m', timestamp=T, state='interrupted'),
]))
"""
    request, response, returned, cut = ModelMessagesTypeAdapter.validate_json(_run(CURRENT, script))
    assert isinstance(request, ModelRequest) and isinstance(response, ModelResponse)
    assert request.instructions == "i" and request.state is None
    prompt = request.parts[1]
    assert isinstance(prompt, UserPromptPart) and not isinstance(prompt.content, str)
    text, video, picture = prompt.content
    assert (text, picture) == ("a", BinaryContent(b"\xff\xfe", "image/png"))
    assert isinstance(video, UnknownPart) and video.part_kind == "video-url"
    thinking, said, call, file = response.parts
    assert thinking == ThinkingPart("h", signature="x", provider_name="p")
    assert (said, call) == (TextPart("t"), ToolCallPart("f", "{}", "id")) and isinstance(said, TextPart)
    assert said.citations == [Citation("https://x.test", "X", 0, 1), Citation("https://y.test", "", 0, 1)]
    assert isinstance(file, UnknownPart) and file.part_kind == "file"
    assert response.usage == Usage(0, 7, 3, 10, {"cache_read_tokens": 2, "reasoning_tokens": 1})
    assert (response.finish_reason, response.provider_name, response.provider_response_id) == ("tool_call", "p", "r")
    assert response.vendor_details == {"k": "v"} and response.state is None
    assert returned.parts == [ToolReturnPart("f", {"a": 1}, "id", messages_time())]
    assert isinstance(cut, ModelResponse) and cut.state == "interrupted"


@needs_current
def test_what_we_did_not_know_survives_the_way_through_our_hands() -> None:
    script = """
import sys
from pydantic_ai.messages import *
sys.stdout.buffer.write(ModelMessagesTypeAdapter.dump_json([
    ModelRequest([UserPromptPart([VideoUrl('https://e.com/a.mp4'), CachePoint()])]),
    ModelResponse([CompactionPart('summary', provider_name='p'), TextPart('t')], model_name='m'),
]))
"""
    written = _run(CURRENT, script)
    ours = ModelMessagesTypeAdapter.dump_json(ModelMessagesTypeAdapter.validate_json(written))
    before, after = json.loads(written), json.loads(_run(CURRENT, REWRITE, ours))
    assert after[0]["parts"][0]["content"] == before[0]["parts"][0]["content"]
    assert after[1]["parts"] == before[1]["parts"]


def _parts(messages: list[ModelMessage]) -> list[Any]:
    return [part for message in messages for part in message.parts]


@pytest.mark.parametrize(
    "python",
    [pytest.param(OLD, marks=needs_old), pytest.param(CURRENT, marks=needs_current)],
    ids=["0.0.40", "current"],
)
def test_an_exported_branch_loads_with_its_files_and_calls(python: Path) -> None:
    exported = FORMATS["messages"].write(*a_chat_with_files()).encode()
    ours, theirs = (
        ModelMessagesTypeAdapter.validate_json(text) for text in (exported, _run(python, REWRITE, exported))
    )
    assert [[part.part_kind for part in message.parts] for message in theirs] == [
        [part.part_kind for part in message.parts] for message in ours
    ]
    assert ours[-1].parts == theirs[-1].parts and len(ours) == 4
