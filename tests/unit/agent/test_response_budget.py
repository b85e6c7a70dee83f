"""Servers that never stop, say nothing, or pack gigabytes. Lost else: the machine's memory, or a price for ever."""

import asyncio
import gzip
import json
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.protocol_server import Answer, ProtocolServer, Step, json_answer, sse
from tests.support.recordings import NO_TOOLS, PROMPT, Outcome, replay
from tui.agent.exceptions import ModelAPIError, ModelHTTPError
from tui.agent.messages import ModelResponse
from tui.agent.models.infer import model_of
from tui.agent.providers import VENDORS, Provider, custom_vendor
from tui.agent.providers.listing import list_models
from tui.agent.wire.client import release_client
from tui.agent.wire.compression import PIECE_BYTES, Unpacker
from tui.agent.wire.json import as_dollars, decoded, size_of, storable
from tui.agent.wire.policy import RequestPolicy

HI = {"choices": [{"delta": {"content": "Hi"}}]}
STOP = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
BYTES = RequestPolicy(connect_s=2, silence_s=5, content_s=30, first_delay_s=0.001, response_limit_bytes=1 << 20)
QUICK = RequestPolicy(connect_s=2, silence_s=5, content_s=30, retries=0)
CHARS = RequestPolicy(connect_s=2, silence_s=5, content_s=30, first_delay_s=0.001, reply_limit_chars=20_000)


@pytest.fixture(autouse=True)
async def _connections_closed() -> AsyncIterator[None]:
    yield
    await release_client()


async def failure(answer: Answer, policy: RequestPolicy, api: str = "openai") -> ModelAPIError:
    async with ProtocolServer(answer) as server:
        model = model_of(Provider(custom_vendor("acme", f"{server.url}/v1", api=api, label="Acme"), policy=policy), "m")
        with pytest.raises(ModelAPIError) as raised:
            await model.request(PROMPT, None, NO_TOOLS)
        assert len(server.requests) == 1, "nothing of this gets better by asking again"
    return raised.value


KB = b"x" * 1000
FLOODS: dict[str, list[Step]] = {
    "comments": [b": ping " + KB + b"\n\n"],
    "blank lines": [b"\n" * 1000],
    "empty data": [b"data:\n\n" * 150],
    "names": [b"event: " + KB + b"\n\n"],
    "ids": [b"id: " + KB + b"\nretry: 1\n\n"],
    "events that mean nothing": [b'data: {"x": "' + KB + b'"}\n\n'],
    "usage": [b'data: {"choices": [], "usage": {"prompt_tokens": 1, "more": "' + KB + b'"}}\n\n'],
    "single bytes of words": [*sse(HI, done=False), b": " + KB + b"\n"],
}


@pytest.mark.parametrize("step", FLOODS.values(), ids=FLOODS.keys())
async def test_every_byte_received_counts(step: list[Step]) -> None:
    error = await failure(Answer(step * 2000), BYTES)
    assert (error.kind, "1 MiB" in error.message) == ("limit", True)


def chat(delta: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps({"choices": [{"delta": delta}]}).encode() + b"\n\n"


def calls(**fields: Any) -> list[bytes]:
    return [chat({"tool_calls": [{"index": number, **fields}]}) for number in range(5000)]


def named(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


LONG = "x" * 100
FIELDS: dict[str, tuple[str, Callable[[], list[bytes]]]] = {
    "text": ("openai", lambda: [chat({"content": LONG})]),
    "thoughts": ("openai", lambda: [chat({"reasoning_content": LONG})]),
    "reasoning details": (
        "openai",
        lambda: [chat({"reasoning_details": [{"type": "reasoning.encrypted", "data": LONG}]})],
    ),
    "kinds of reasoning details": (
        "openai",
        lambda: [chat({"reasoning_details": [{"index": n}]}) for n in range(2000)],
    ),
    "fields of reasoning details": (
        "openai",
        lambda: [chat({"reasoning_details": [{f"f{n}": 1}]}) for n in range(2000)],
    ),
    "empty reasoning details": ("openai", lambda: [chat({"reasoning_details": [{"text": ""}] * 100})]),
    "annotations": ("openai", lambda: [chat({"annotations": [{"url": LONG}] * 50})]),
    "tool calls": ("openai", lambda: calls(function={"name": "f", "arguments": ""})),
    "tool calls without a name": ("openai", lambda: calls(function={"arguments": ""})),
    "names of tools": ("openai", lambda: calls(function={"name": LONG})),
    "ids of tool calls": ("openai", lambda: calls(id=LONG, function={})),
    "arguments of a tool without a name": (
        "openai",
        lambda: [chat({"tool_calls": [{"index": 0, "function": {"arguments": LONG}}]})],
    ),
    "arguments of a tool": (
        "openai",
        lambda: [chat({"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": LONG}}]})],
    ),
    "annotations, one by one": (
        "responses",
        lambda: [named("response.output_text.annotation.added", annotation={"u": LONG})],
    ),
    "hosted tools": (
        "responses",
        lambda: [
            named("response.output_item.done", output_index=n, item={"type": "x", "id": f"i{n}"}) for n in range(2000)
        ],
    ),
    "citations": (
        "anthropic",
        lambda: [named("content_block_delta", index=0, delta={"type": "citations_delta", "citation": {"u": LONG}})],
    ),
    "blocks": ("anthropic", lambda: [named("content_block_start", index=0, content_block={"type": "x", "data": LONG})]),
    "empty blocks": (
        "anthropic",
        lambda: [
            named("content_block_start", index=n, content_block={"type": "text", "text": ""}) for n in range(2000)
        ],
    ),
    "signatures": (
        "anthropic",
        lambda: [named("content_block_delta", index=0, delta={"type": "signature_delta", "signature": LONG})],
    ),
    "parts": (
        "gemini",
        lambda: [b'data: {"candidates": [{"content": {"parts": [{"code": "' + LONG.encode() + b'"}]}}]}\n\n'],
    ),
    "whole calls": (
        "gemini",
        lambda: [
            b'data: {"candidates": [{"content": {"parts": [{"functionCall": {"name": "f", "args": {"a": 1}}}]}}]}\n\n'
        ],
    ),
}
"""By what is repeated: the API, and the events, made only where they are sent: they are many megabytes."""


@pytest.mark.parametrize("row", FIELDS.values(), ids=FIELDS.keys())
async def test_every_field_counts(row: tuple[str, Callable[[], list[bytes]]]) -> None:
    api, steps = row[0], row[1]()
    endless = steps * (5000 // len(steps))
    answer = Answer([b"".join(endless[at : at + 100]) for at in range(0, len(endless), 100)])
    error = await failure(answer, CHARS, api)
    assert error.kind == "limit" and "was stopped" in error.message
    assert api != "openai" or error.message.startswith("The answer of Acme")


async def test_a_whole_answer_that_is_too_long_is_not_read_to_its_end() -> None:
    error = await failure(Answer([b'{"x": "', *[b"x" * (1 << 16)] * 300], content_type="application/json"), CHARS)
    assert (error.kind, "16 MiB" in error.message) == ("limit", True)


async def test_a_long_answer_is_no_flood() -> None:
    details = [{"type": "reasoning.text", "text": "word ", "format": "x-v1", "index": 0}]
    events = [{"choices": [{"delta": {"reasoning": "word ", "reasoning_details": details}}]}] * 5_000
    told = [{"choices": [{"delta": {"content": "word "}}], "usage": {"prompt_tokens": 7}}] * 5_000
    async with ProtocolServer(Answer([b"".join(map(bytes, sse(*events, *told, STOP)))])) as server:  # type: ignore[arg-type]
        model = model_of(
            Provider(
                custom_vendor("acme", f"{server.url}/v1"),
                policy=RequestPolicy(reply_limit_chars=1 << 20, response_limit_bytes=32 << 20),
            ),
            "m",
        )
        response, _ = await model.request(PROMPT, None, NO_TOOLS)
    assert [len(getattr(part, "content", "")) for part in response.parts] == [25_000, 25_000]


EMPTY = {
    "nothing in it": HI | {"choices": [{"delta": {"content": ""}}]},
    "role only": {"choices": [{"delta": {"role": "assistant"}}]},
    "reasoning that is hidden": {"choices": [{"delta": {"reasoning_details": [{"type": "reasoning.encrypted"}]}}]},
    "usage": {"choices": [], "usage": {"prompt_tokens": 3}},
}


@pytest.mark.parametrize("event", EMPTY.values(), ids=EMPTY.keys())
async def test_a_stream_that_gives_nothing_visible_has_stalled(event: dict[str, Any]) -> None:
    for before in ([], sse(HI, done=False)):
        error = await failure(
            Answer([*before, *[*sse(event, done=False), 0.01] * 1_000]),
            RequestPolicy(connect_s=5, content_s=0.5, retries=3),
        )
        assert error.kind == "timeout"


async def test_signatures_alone_are_nothing_visible() -> None:
    signature = ("content_block_delta", {"type": "content_block_delta", "index": 0,
                                         "delta": {"type": "signature_delta", "signature": "x"}})  # fmt: skip
    answer = Answer([*sse(signature, done=False), 0.01] * 1_000)
    error = await failure(answer, RequestPolicy(connect_s=5, content_s=0.5, retries=3), "anthropic")
    assert error.kind == "timeout"


# Compressed bodies


def bomb(encodings: str, size: int = 64 << 20) -> Answer:
    body = b" " * size
    for encoding in encodings.split(", "):
        body = gzip.compress(body, 1) if encoding == "gzip" else zlib.compress(body, 1)
    return Answer([body], content_type="application/json", headers={"content-encoding": encodings})


@pytest.mark.parametrize("encodings", ["gzip", "deflate", "gzip, gzip", "br", "zstd", "gzip, deflate"])
async def test_a_few_bytes_never_become_gigabytes(encodings: str) -> None:
    answer = bomb(encodings) if set(encodings.split(", ")) <= {"gzip", "deflate"} else bomb("gzip", 9)
    answer = Answer(answer.steps, 200, "application/json", {"content-encoding": encodings})
    async with ProtocolServer(answer) as server:
        with pytest.raises(ModelAPIError) as raised:
            await list_models(Provider(custom_vendor("acme", f"{server.url}/v1")))
    expected = "limit" if encodings in ("gzip", "deflate") else "malformed"
    assert raised.value.kind == expected
    assert (await failure(answer, BYTES)).kind == expected


async def test_others_get_their_turn_while_a_few_bytes_are_unpacked_for_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui.agent.wire.reply._SLICE_S", 0.0)  # as if the machine were slow
    packed = gzip.compress(b": x\n" * 100_000, 9)  # 1 kB, received in one piece
    turns = 0

    async def press_keys() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200,
            headers={"content-type": "text/event-stream", "content-encoding": "gzip"},
            stream=httpx.ByteStream(packed),
        )

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        provider = Provider(custom_vendor("acme", "http://acme.test"), client=client, policy=QUICK)
        keys = asyncio.create_task(press_keys())
        with pytest.raises(ModelAPIError):
            await model_of(provider, "m").request(PROMPT, None, NO_TOOLS)
        keys.cancel()
    assert turns > 30


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "GZIP "])
async def test_what_is_compressed_all_the_same_is_read(encoding: str) -> None:
    pack = zlib.compress if encoding == "deflate" else gzip.compress
    body = pack(b"".join(map(bytes, sse(HI, STOP))))  # type: ignore[arg-type]
    steps = [body[at : at + 7] for at in range(0, len(body), 7)]
    async with ProtocolServer(Answer(steps, headers={"content-encoding": encoding})) as server:
        model = model_of(Provider(custom_vendor("acme", f"{server.url}/v1")), "m")
        response, _ = await model.request(PROMPT, None, NO_TOOLS)
    assert [getattr(part, "content", "") for part in response.parts] == ["Hi"]


async def test_a_compressed_refusal_still_says_why() -> None:
    body = gzip.compress(json.dumps({"error": {"message": "no such luck"}}).encode())
    error = await failure(Answer([body], 400, "application/json", {"content-encoding": "gzip"}), BYTES)
    assert "no such luck" in error.message


@given(st.binary(max_size=1 << 18), st.lists(st.integers(1, 5000), min_size=1, max_size=5))
def test_any_bytes_are_unpacked_however_they_are_cut_and_never_all_at_once(data: bytes, sizes: list[int]) -> None:
    data = data * 8
    packed, pieces, at, unpacker = gzip.compress(data, 1) + b"trailing", list[bytes](), 0, Unpacker("gzip")
    while at < len(packed):
        size = sizes[at % len(sizes)]
        pieces += unpacker.feed(packed[at : at + size])
        at += size
    assert b"".join(pieces) == data and all(0 < len(piece) <= PIECE_BYTES for piece in pieces)


# Figures and statuses


@pytest.mark.parametrize("text", ["[" * 100_000, "[" * 201 + "]" * 201, "9" * 5000, '{"a": }', "", "\ufeff1"])
def test_what_cannot_be_decoded_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decoded(text)


def test_what_is_no_number_is_nothing() -> None:
    assert decoded('[NaN, Infinity, -Infinity, 1e999, 1e308, 5, "NaN", true]') == [
        None, None, None, None, 1e308, 5, "NaN", True
    ]  # fmt: skip
    assert decoded("[" * 200 + "]" * 200)
    assert storable({"a": [1e308, 2**53, -(2**60), 2**53 - 1, 0.5, True, "x"]}) == {
        "a": [None, None, None, 2**53 - 1, 0.5, True, "x"]
    }
    assert size_of({"ab": ["cde", None]}) == 16 * 4 + 5


ODD = [
    "NaN",
    "Infinity",
    "1e308",
    "1e999",
    "true",
    "-1",
    "-0.5",
    '"1e400"',
    '"NaN"',
    '"x"',
    "null",
    "[]",
    "{}",
    "9" * 400,
]
WIRES = {
    "openai": '{"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": %s, '
              '"completion_tokens": %s, "total_tokens": %s, "cost": %s, "completion_tokens_details": %s}}',
    "google-gla": '{"candidates": [{"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}], "usageMetadata": '
                  '{"promptTokenCount": %s, "candidatesTokenCount": %s, "totalTokenCount": %s, "x": %s, "y": %s}}',
    "ollama": '{"message": {"content": "Hi"}, "done": true, "prompt_eval_count": %s, "eval_count": %s, '
              '"eval_duration": %s, "load_duration": %s, "total_count": %s}',
    "anthropic": '{"type": "message", "content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn", "usage": '
                 '{"input_tokens": %s, "output_tokens": %s, "cache_read_input_tokens": %s, "x": %s, "y": %s}}',
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("vendor", WIRES)
async def test_no_figure_from_outside_is_out_of_range(vendor: str, odd: str) -> None:
    body = (WIRES[vendor] % ((odd,) * 5) + "\n").encode()
    outcome: Outcome = await replay(VENDORS[vendor], body if vendor == "ollama" else b"data: " + body + b"\n")
    response = outcome.response
    assert isinstance(response, ModelResponse) and outcome.text == "Hi"
    usage = outcome.usage
    for count in (usage.request_tokens, usage.response_tokens, usage.total_tokens, *(usage.details or {}).values()):
        assert count is None or (isinstance(count, int) and not isinstance(count, bool) and 0 <= count < 1e13)
    json.dumps(response.vendor_details, allow_nan=False)
    cost = (response.vendor_details or {}).get("cost")
    assert cost is None or (isinstance(cost, float) and 0 <= cost < 2**53)


def test_a_price_is_a_number_or_its_text() -> None:
    assert [as_dollars(value) for value in (0, 0.5, "0.25", True, -1, "x", None, 10**400, float("nan"))] == [
        0, 0.5, 0.25, None, None, None, None, None, None
    ]  # fmt: skip


STATUSES: list[tuple[int, Any, str, str, int]] = [
    (200, {"error": "Something odd"}, "server", "Acme answered with an error: Something odd", 1),
    (200, {"error": {"message": "Something odd"}}, "server", "Acme answered with an error: Something odd", 1),
    (200, {"error": {"message": "x", "code": 400}}, "bad_request", "did not accept the request (400)", 1),
    (200, {"error": {"message": "x", "code": 503}}, "overloaded", "is overloaded (503)", 4),
    (200, {"error": {"message": "x", "type": "server_error"}}, "server", "had an internal error (500)", 4),
    (200, {"error": {"message": "x", "code": 401}}, "auth", "refused the key (401)", 1),
    (206, {"error": "Half a thing"}, "server", "answered with an error with status 206 (Partial Content)", 1),
    (206, {"half": 1}, "malformed", "no answer with status 206 (Partial Content)", 1),
    (202, {"id": "queued"}, "malformed", "no answer with status 202 (Accepted)", 1),
    (299, {}, "malformed", "no answer with status 299", 1),
    (304, None, "malformed", "answered with status 304 (Not Modified)", 1),
    (300, {"choices": []}, "malformed", "answered with status 300 (Multiple Choices)", 1),
    (399, {}, "malformed", "answered with status 399", 1),
]


@pytest.mark.parametrize(("status", "body", "kind", "says", "tries"), STATUSES)
async def test_a_status_is_named_as_what_it_is(status: int, body: Any, kind: str, says: str, tries: int) -> None:
    async with ProtocolServer(json_answer(body, status)) as server:
        provider = Provider(custom_vendor("acme", f"{server.url}/v1", label="Acme"), policy=BYTES)
        with pytest.raises(ModelAPIError) as raised:
            async with model_of(provider, "m").request_stream(PROMPT, None, NO_TOOLS) as stream:
                async for _ in stream:
                    pass
        assert (raised.value.kind, len(server.requests)) == (kind, tries)
        assert says in raised.value.message


async def test_an_empty_answer_of_an_odd_status_is_named() -> None:
    for status, name in ((204, "204 (No Content)"), (205, "205 (Reset Content)")):
        raw = f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n".encode()
        error = await failure(Answer([raw], unframed=True), BYTES)
        assert (error.kind, name in error.message) == ("malformed", True)


async def test_a_good_answer_is_taken_whatever_success_its_status_tells() -> None:
    for status in (200, 201, 203, 206):
        async with ProtocolServer(Answer(sse(HI, STOP), status)) as server:
            model = model_of(Provider(custom_vendor("acme", f"{server.url}/v1")), "m")
            response, _ = await model.request(PROMPT, None, NO_TOOLS)
        assert [getattr(part, "content", "") for part in response.parts] == ["Hi"]


async def test_an_error_that_names_a_status_has_it_and_no_key_in_its_body() -> None:
    key = "canary-0123456789"
    async with ProtocolServer(Answer(sse({"error": {"code": 400, "message": f"not {key}"}}))) as server:
        provider = Provider(custom_vendor("acme", f"{server.url}/v1"), api_key=key, policy=BYTES)
        with pytest.raises(ModelHTTPError) as raised:
            await model_of(provider, "m").request(PROMPT, None, NO_TOOLS)
    assert raised.value.status_code == 400 and "canary" not in f"{raised.value} {raised.value.body}"
