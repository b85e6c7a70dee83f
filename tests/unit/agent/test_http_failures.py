"""What a network and a server can do wrong, over real HTTP. Lost else: the reply so far, the reason, or the key."""

import asyncio
import email.utils
import socket
import ssl
import time
from collections.abc import AsyncIterator
from typing import Any, Literal

import httpx
import pytest

from tests.support.protocol_server import Answer, ProtocolServer, Step, json_answer, sse
from tests.support.recordings import NO_TOOLS, PROMPT
from tui.agent.exceptions import ModelAPIError, ModelHTTPError
from tui.agent.messages import ModelNoticeEvent, TextPart
from tui.agent.models import Model, cached_async_http_client
from tui.agent.models.infer import model_of
from tui.agent.providers import Provider, custom_vendor, key_pattern
from tui.agent.wire import reply
from tui.agent.wire.client import release_client
from tui.agent.wire.notices import receive_notices
from tui.agent.wire.policy import RequestPolicy
from tui.agent.wire.refusals import event_error, http_error, retry_after_s
from tui.agent.wire.request_context import RequestContext

KEY = "sk-canary-0123456789"
QUICK = RequestPolicy(connect_s=2, silence_s=5, content_s=5, first_delay_s=0.001)
HELLO = {"choices": [{"delta": {"content": "Hello"}}]}
STOP = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
GOOD = Answer(sse(HELLO, STOP))


@pytest.fixture(autouse=True)
async def _connections_closed() -> AsyncIterator[None]:
    yield
    await release_client()


def model_at(url: str, patience: RequestPolicy = QUICK, label: str = "Acme") -> Model:
    return model_of(Provider(custom_vendor("acme", url, label=label), api_key=KEY, policy=patience), "m")


class Told:
    """What came of one request: the text so far, the error, the notices."""

    def __init__(self) -> None:
        self.text = ""
        self.error: ModelAPIError | None = None
        self.notices: list[ModelNoticeEvent] = []


async def ask(url: str, patience: RequestPolicy = QUICK) -> Told:
    told, stream = Told(), None
    try:
        with receive_notices(told.notices.append):
            async with model_at(url, patience).request_stream(PROMPT, None, NO_TOOLS) as stream:
                async for _ in stream:
                    pass
    except ModelAPIError as error:
        told.error = error
    if stream is not None:
        told.text = "".join(part.content for part in stream.get().parts if isinstance(part, TextPart))
    assert KEY not in f"{told.error!r} {told.error and told.error.hint} {told.notices}"
    return told


async def test_a_good_answer_arrives_and_the_key_goes_along() -> None:
    async with ProtocolServer(GOOD) as server:
        told = await ask(server.url)
        assert (told.text, told.error) == ("Hello", None)
        seen = server.requests[0]
        assert (seen.method, seen.path) == ("POST", "/chat/completions")
        assert seen.headers["authorization"] == f"Bearer {KEY}"
        assert seen.headers["accept-encoding"] == "identity"


STATUS_ROWS = [
    (400, {"error": {"message": "bad"}}, "bad_request", 1),
    (400, {"error": {"message": "x", "code": "context_length_exceeded"}}, "context_too_long", 1),
    (
        400,
        {"error": {"message": "The input token count (9) exceeds the maximum number of tokens allowed (8)."}},
        "context_too_long",
        1,
    ),
    (400, {"error": {"message": "Please reduce the length of the messages or completion."}}, "context_too_long", 1),
    (403, {"error": {"message": "Your project does not have access to model `m`"}}, "model_not_found", 1),
    (400, {"error": {"type": "exceed_context_size_error", "message": "x", "n_ctx": 512}}, "context_too_long", 1),
    (400, {"error": {"message": "API key not valid.", "status": "INVALID_ARGUMENT"}}, "auth", 1),
    (400, [{"error": {"code": 400, "message": "bad", "status": "INVALID_ARGUMENT"}}], "bad_request", 1),
    (401, {"error": {"message": f"Incorrect key {KEY}"}}, "auth", 1),
    (402, {"error": "Insufficient Balance"}, "quota", 1),
    (403, {"detail": "region"}, "auth", 1),
    (403, {"error": {"message": "flagged by moderation"}}, "refused", 1),
    (404, {"error": {"message": "no m"}}, "model_not_found", 1),
    (400, {"error": {"message": "Invalid model name passed in model=m. Call `/v1/models`"}}, "model_not_found", 1),
    (404, {"detail": "Not Found"}, "address", 1),
    (404, {"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}}, "address", 1),
    (404, {"error": {"message": "Invalid URL (POST /v1/models/chat/completions)"}}, "address", 1),
    (404, {"error": {"message": "Route /v1/models/chat/completions not found"}}, "address", 1),
    (404, {"error": {"code": "404", "message": "Resource not found"}}, "address", 1),
    (
        404,
        {"type": "error", "error": {"type": "not_found_error", "message": "model: claude-sonet"}},
        "model_not_found",
        1,
    ),
    (
        404,
        {"error": {"code": "DeploymentNotFound", "message": "The API deployment does not exist."}},
        "model_not_found",
        1,
    ),
    (405, {"detail": "Method Not Allowed"}, "address", 1),
    (407, {}, "proxy", 1),
    (501, {}, "address", 1),
    (511, {}, "malformed", 1),
    (408, {}, "timeout", 4),
    (409, {}, "server", 4),
    (413, {}, "context_too_long", 1),
    (422, {"detail": [{"msg": "wrong"}]}, "bad_request", 1),
    (429, {"error": {"message": "slow down"}}, "rate_limit", 4),
    (429, {"error": {"message": "x", "code": "insufficient_quota"}}, "quota", 1),
    (500, {"error": {"message": "x"}}, "server", 4),
    (500, {"error": {"message": "image input is not supported"}}, "unsupported_input", 1),
    (502, {}, "server", 4),
    (503, {}, "overloaded", 4),
    (504, {}, "overloaded", 4),
    (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "overloaded", 4),
]


@pytest.mark.parametrize(("status", "body", "kind", "tries"), STATUS_ROWS)
async def test_a_refusal_is_named_and_only_what_can_pass_is_tried_again(
    status: int, body: Any, kind: str, tries: int
) -> None:
    async with ProtocolServer(json_answer(body, status, x_request_id="req-1")) as server:
        told = await ask(f"{server.url}/v1")
        assert isinstance(told.error, ModelHTTPError)
        assert (told.error.kind, told.error.status_code, len(server.requests)) == (kind, status, tries)
        assert (told.error.provider, told.error.model_name, told.error.request_id) == ("acme", "m", "req-1")
        assert "Acme" in told.error.message and str(status) in told.error.message and told.error.hint
        assert len(told.notices) == tries - 1
        assert "sk-canary" not in f"{told.error.message} {told.error.body}"


async def test_a_retry_is_announced_and_then_works() -> None:
    async with ProtocolServer(json_answer({}, 500), json_answer({}, 503), GOOD) as server:
        told = await ask(server.url)
        assert told.text == "Hello"
        assert [(notice.attempt, notice.attempts) for notice in told.notices] == [(1, 3), (2, 3)]


async def test_the_time_the_server_asks_for_is_waited() -> None:
    async with ProtocolServer(json_answer({}, 429, retry_after="0.01"), GOOD) as server:
        told = await ask(server.url)
        assert (told.text, told.notices[0].delay_s) == ("Hello", 0.01)


async def test_who_asks_for_a_day_is_not_waited_for_and_the_user_is_told() -> None:
    async with ProtocolServer(json_answer({}, 429, retry_after="86400")) as server:
        told = await ask(server.url)
        assert told.error is not None and told.error.retry_after_s == 86400
        assert "24 h" in told.error.hint and len(server.requests) == 1


async def test_a_wait_can_be_cancelled() -> None:
    async with ProtocolServer(json_answer({}, 429, retry_after="50")) as server:
        waiting = asyncio.Event()
        with receive_notices(lambda notice: waiting.set()):
            task = asyncio.create_task(ask(server.url))
            stream = model_at(server.url).request_stream(PROMPT, None, NO_TOOLS)
            entering = asyncio.ensure_future(stream.__aenter__())
            await waiting.wait()
            entering.cancel()
            task.cancel()
            results = await asyncio.gather(entering, task, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)


CUT_ROWS: dict[str, tuple[Answer, str, str]] = {
    "closed in the middle": (Answer(sse(HELLO, done=False), end="cut"), "stream_cut", "Hello"),
    "reset in the middle": (Answer(sse(HELLO, done=False), end="reset"), "stream_cut", "Hello"),
    "ended without a finish": (Answer(sse(HELLO, done=False)), "stream_cut", "Hello"),
    "error in the middle": (Answer(sse(HELLO, {"error": {"message": "broke"}})), "server", "Hello"),
    "not HTTP": (Answer([b"NOT HTTP \x1b]0;x\x07\r\n\r\n"], unframed=True), "malformed", ""),
    "closed at once": (Answer(end="silent"), "network", ""),
    "a web page": (Answer([b"<html><title>Sign in</title>"], content_type="text/html"), "malformed", ""),
    "a web page as a stream": (Answer([b"<html><title>Sign in</title>"]), "malformed", ""),
    "nothing": (Answer([]), "malformed", ""),
    "JSON that is no answer": (json_answer({"code": 500, "msg": "404 NOT_FOUND"}), "malformed", ""),
    "an error of status 200": (json_answer({"error": {"type": "invalid_request_error"}}), "bad_request", ""),
    "compressed": (Answer([b"x"], headers={"content-encoding": "gzip"}), "malformed", ""),
    "one endless event": (Answer([b"data: " + b"x" * (1 << 20)] * 18), "malformed", ""),
}  # fmt: skip


@pytest.mark.parametrize("row", CUT_ROWS.values(), ids=CUT_ROWS.keys())
async def test_what_came_is_kept_and_what_went_wrong_is_said(row: tuple[Answer, str, str]) -> None:
    answer, kind, text = row
    async with ProtocolServer(answer) as server:
        told = await ask(server.url)
        assert told.error is not None
        assert (told.error.kind, told.text) == (kind, text)
        assert "\x1b" not in told.error.message and "<html" not in told.error.message


async def test_nothing_is_tried_again_once_words_have_come() -> None:
    async with ProtocolServer(Answer(sse(HELLO, done=False), end="reset"), GOOD) as server:
        told = await ask(server.url)
        assert told.error is not None and len(server.requests) == 1 and not told.notices


async def test_a_stream_that_breaks_before_its_first_word_is_tried_again() -> None:
    empty: list[Step] = sse({"choices": [{"delta": {"role": "assistant", "content": ""}}]}, done=False)
    async with ProtocolServer(Answer(empty, end="reset"), Answer(sse({"error": {"code": 503}})), GOOD) as server:
        assert ((await ask(server.url)).text, len(server.requests)) == ("Hello", 3)


@pytest.mark.parametrize("end", ["cut", "reset", "whole"])
@pytest.mark.parametrize(("word", "where"), [("", "before the first word"), ("Hi", "in the middle of the answer")])
async def test_where_an_answer_broke_off_is_said(end: Literal["cut", "reset", "whole"], word: str, where: str) -> None:
    begun: list[Step] = sse({"choices": [{"delta": {"role": "assistant", "content": word}}]}, done=False)
    async with ProtocolServer(Answer(begun, end=end)) as server:
        told = await ask(server.url, RequestPolicy(retries=0))
        assert told.error is not None and where in told.error.message


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed_so_the_key_stays(status: int) -> None:
    async with ProtocolServer(GOOD) as other:
        target = f"{other.url}/chat/completions"
        async with ProtocolServer(Answer(status=status, headers={"location": target})) as server:
            told = await ask(server.url)
        assert other.requests == []
        assert told.error is not None and target in told.error.message


async def test_nobody_listens() -> None:
    async with ProtocolServer(GOOD) as server:
        url = server.url
    told = await ask(url)
    assert told.error is not None and told.error.kind == "network"
    assert [(notice.attempt, notice.attempts) for notice in told.notices] == [(1, 2), (2, 2)]
    assert url in told.error.message + told.error.hint


async def test_a_silent_server_is_given_up_and_its_words_kept() -> None:
    gate = asyncio.Event()
    patience = RequestPolicy(connect_s=5, silence_s=0.5, content_s=5, retries=3)
    async with ProtocolServer(Answer([*sse(HELLO, done=False), gate])) as server:
        told = await ask(server.url, patience)
        assert told.error is not None and (told.error.kind, told.text) == ("timeout", "Hello")


async def test_comments_keep_the_line_open_but_are_no_content() -> None:
    pings: list[Step] = [b": ping\n\n", 0.01] * 1_000
    async with ProtocolServer(Answer(pings)) as server:
        told = await ask(server.url, RequestPolicy(connect_s=2, silence_s=5, content_s=0.5))
        assert told.error is not None and told.error.kind == "timeout"


async def test_blank_lines_keep_the_line_open_but_are_no_content() -> None:
    async with ProtocolServer(Answer([b"\n", 0.01] * 1_000, content_type="application/json")) as server:
        told = await ask(server.url, RequestPolicy(connect_s=2, silence_s=5, content_s=0.5))
        assert told.error is not None and told.error.kind == "timeout"


async def test_a_refusal_whose_body_never_ends_is_told_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply, "ERROR_BODY_S", 0.05)
    async with ProtocolServer(Answer([b'{"error"', asyncio.Event()], status=401)) as server:
        told = await ask(server.url)
        assert told.error is not None and told.error.kind == "auth"


async def test_an_endless_reply_is_stopped_and_kept() -> None:
    async with ProtocolServer(Answer(sse(*[HELLO] * 100, STOP))) as server:
        told = await ask(server.url, RequestPolicy(connect_s=2, silence_s=5, content_s=5, reply_limit_chars=100))
        assert told.error is not None and (told.error.kind, len(told.text)) == ("limit", 105)


async def test_cancelling_closes_the_response_at_once() -> None:
    gate, arrived = asyncio.Event(), asyncio.Event()
    async with ProtocolServer(Answer([*sse(HELLO, done=False), gate])) as server:

        async def read() -> None:
            async with model_at(server.url).request_stream(PROMPT, None, NO_TOOLS) as stream:
                async for _ in stream:
                    arrived.set()

        task = asyncio.create_task(read())
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(server.closed_early.wait(), 30)


async def test_cancelling_before_any_answer_closes_the_connection_at_once() -> None:
    asked, closed = asyncio.Event(), asyncio.Event()

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        while await reader.read(1000):
            pass
        closed.set()
        writer.close()

    async with await asyncio.start_server(wait, "127.0.0.1", 0) as server:
        task = asyncio.create_task(ask(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(closed.wait(), 30)


async def test_leaving_early_closes_the_response_at_once() -> None:
    gate = asyncio.Event()
    async with ProtocolServer(Answer([*sse(HELLO, done=False), gate])) as server:
        async with model_at(server.url).request_stream(PROMPT, None, NO_TOOLS) as stream:
            async for _ in stream:
                break
        await asyncio.wait_for(server.closed_early.wait(), 30)


async def test_loopback_is_never_reached_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with ProtocolServer(GOOD) as server:
        assert (await ask(server.url)).text == "Hello"
    seen: list[bytes] = []

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n"))
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.2", 0) as another:
        port = another.sockets[0].getsockname()[1]
        await ask(f"http://127.0.0.2:{port}", RequestPolicy(connect_s=2, silence_s=5, content_s=5, retries=0))
    assert seen == [b"POST /chat/completions HTTP/1.1\r\n"]


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "gopher://127.0.0.1:9"])
async def test_a_proxy_that_cannot_be_used_is_no_hindrance_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    async with ProtocolServer(GOOD) as server:
        assert (await ask(server.url)).text == "Hello"
    told = await ask("http://models.invalid/v1", RequestPolicy(connect_s=2, retries=0))
    assert told.error is not None and told.error.kind in ("proxy", "bad_request")


async def test_the_connection_is_used_again_after_a_whole_answer() -> None:
    async with ProtocolServer(GOOD) as server:
        model = model_at(server.url)
        for _ in range(3):
            async with model.request_stream(PROMPT, None, NO_TOOLS) as stream:
                async for _event in stream:
                    pass
        assert (len(server.requests), server.connections) == (3, 1)


async def test_an_answer_that_is_given_up_at_its_very_end_leaves_no_connection_busy() -> None:
    page = Answer([b"<html><title>Sign in</title>"], content_type="text/html")
    async with ProtocolServer(page) as server:
        for _ in range(5):  # it was a matter of moments
            assert (await ask(server.url)).error is not None
        pools = vars(cached_async_http_client()._transport)["_pools"].values()
        assert [one.info() for pool in pools for one in pool._pool.connections if "ACTIVE" in one.info()] == []


async def test_a_server_that_holds_the_line_after_the_last_event_does_not_hold_the_user() -> None:
    async with ProtocolServer(Answer([*sse(HELLO, STOP), asyncio.Event()])) as server:
        assert (await asyncio.wait_for(ask(server.url), 30)).text == "Hello"


RAISED: list[tuple[Exception, BaseException | None, str, int]] = [
    (httpx.ConnectError("boom"), socket.gaierror(-2, "Name or service not known"), "dns", 2),
    (httpx.ConnectError("boom"), ssl.SSLCertVerificationError("self-signed certificate"), "tls", 0),
    (httpx.ConnectError("boom"), ConnectionRefusedError(), "network", 2),
    (httpx.ConnectTimeout("slow"), None, "network", 2),
    (httpx.ReadTimeout("slow"), None, "timeout", 0),
    (httpx.ReadError("reset"), None, "network", 2),
    (httpx.ReadError("reset"), ssl.SSLWantReadError(), "network", 2),  # how OpenSSL says that it waits
    (httpx.ConnectTimeout("slow"), ssl.SSLWantReadError(), "network", 2),
    (httpx.RemoteProtocolError("garbage \x1b]0;x"), None, "network", 2),
    (httpx.UnsupportedProtocol("ftp"), None, "bad_request", 0),
    (httpx.ProxyError("407"), None, "proxy", 0),
]


@pytest.mark.parametrize(("error", "cause", "kind", "retries"), RAISED)
async def test_what_the_network_does_is_told_apart(
    error: Exception, cause: BaseException | None, kind: str, retries: int
) -> None:
    tries = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal tries
        tries += 1
        raise error from cause

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        provider = Provider(
            custom_vendor("acme", "https://acme.test/v1", local=True), api_key=KEY, client=client, policy=QUICK
        )
        with pytest.raises(ModelAPIError) as raised:
            await model_of(provider, "m").request(PROMPT, None, NO_TOOLS)
    assert (raised.value.kind, tries) == (kind, retries + 1)
    assert raised.value.hint and "\x1b" not in raised.value.message
    took_the_call = isinstance(error, httpx.ReadError | httpx.RemoteProtocolError)
    assert not (took_the_call and "Start the server" in raised.value.hint)


async def test_a_dead_proxy_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:secret-pass@127.0.0.1:9")
    told = await ask("http://models.invalid/v1", RequestPolicy(connect_s=2, retries=0))
    assert told.error is not None and told.error.kind == "proxy"
    assert "127.0.0.1:9" in told.error.message and "secret-pass" not in told.error.message
    assert told.error.hint == "Check HTTP_PROXY."


async def test_a_key_that_is_no_key_is_said_to_be_one() -> None:
    model = model_of(Provider(custom_vendor("acme", "http://127.0.0.1:9"), api_key="schlüssel"), "m")
    with pytest.raises(ModelAPIError) as raised:
        async with model.request_stream(PROMPT, None, NO_TOOLS):
            pass
    assert raised.value.kind == "auth"


@pytest.mark.parametrize(
    ("name", "chosen", "expected"),
    [
        ("gpt-4o", {}, 120.0),
        ("gpt-5.6", {}, 600.0),
        ("openai/o3-pro", {}, 600.0),
        ("deepseek-reasoner", {}, 600.0),
        ("gpt-5.6", {"thinking": "off"}, 120.0),
        ("claude", {"thinking": "high"}, 600.0),
        ("gpt-5.6", {"timeout": 7}, 7.0),
    ],
)
async def test_who_thinks_may_be_silent_for_longer(name: str, chosen: Any, expected: float) -> None:
    waits: list[float] = []

    def respond(request: httpx.Request) -> httpx.Response:
        waits.append(request.extensions["timeout"]["read"])
        return httpx.Response(200, json={"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]})

    async with httpx.AsyncClient(transport=httpx.MockTransport(respond)) as client:
        provider = Provider(custom_vendor("acme", "https://acme.test/v1"), api_key=KEY, client=client)
        await model_of(provider, name).request(PROMPT, chosen, NO_TOOLS)
    assert waits == [expected]


async def test_the_shared_client_is_made_anew_when_it_was_closed() -> None:
    first = cached_async_http_client()
    assert cached_async_http_client() is first
    await release_client()
    assert cached_async_http_client() is not first


CONTEXT = RequestContext(
    "acme", "Acme", "m", "https://acme.test", "ACME_KEY", secrets=(KEY,), key_pattern=key_pattern()
)


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"retry-after": "3"}, None, 3.0),
        ({"retry-after": "1.5"}, None, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, None, 0.25),
        ({"retry-after": "soon"}, None, None),
        ({"retry-after": "inf"}, None, None),
        ({"retry-after": "99999999999999999 Jan 2020 00:00"}, None, None),
        ({"retry-after": "Mon, 01 Jan 9999 00:00:00 GMT"}, None, 366 * 86400.0),
        ({"retry-after": "-1"}, None, 0.0),
        ({}, {"error": {"details": [{"@type": "x"}, {"retryDelay": "37s"}]}}, 37.0),
        ({}, {"error": {"details": "none"}}, None),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0.5s"}, None, 360.5),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "120ms"}, None, 0.12),
        ({"x-ratelimit-remaining-tokens": "9", "x-ratelimit-reset-tokens": "120ms"}, None, None),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "soon"}, None, None),
    ],
)
def test_the_wait_is_read_from_every_place(headers: dict[str, str], body: Any, expected: float | None) -> None:
    assert retry_after_s(headers, body) == expected


def test_the_wait_may_be_a_date() -> None:
    date = email.utils.formatdate(time.time() + 20, usegmt=True)
    assert retry_after_s({"retry-after": date}) == pytest.approx(20, abs=2)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"3", b"{", b"\xff", b"[" * 100_000, b'{"error": {"code": "\\ud800"}}', b'{"error": []}'],
)  # fmt: skip
def test_no_body_breaks_the_error_that_reports_it(body: bytes) -> None:
    error = http_error(CONTEXT, 500, {}, body)
    assert error.kind == "server" and "Acme" in error.message
    error.message.encode()


def test_an_error_shows_neither_keys_nor_control_characters_nor_pages() -> None:
    body = f'{{"error": "boom \\u001b]0;x\\u0007 {KEY} sk-other-key-123 \\u202e"}}'.encode()
    message = http_error(CONTEXT, 400, {}, body).message
    assert KEY not in message and "sk-other" not in message
    assert message.isprintable()
    page = http_error(
        CONTEXT, 502, {"content-type": "text/html"}, b"<html><h1>Bad <b>Gateway</b></h1><script>x</script>"
    )
    assert page.message == "Acme had an internal error (502): Bad Gateway"


def test_an_error_that_comes_as_an_event_under_a_status_is_read() -> None:
    body = b'data: {"error": {"message": "Error at the start", "code": "500"}}\n\ndata: [DONE]\n\n'
    error = http_error(CONTEXT, 500, {"content-type": "text/event-stream"}, body)
    assert (error.kind, error.message) == ("server", "Acme had an internal error (500): Error at the start")


def test_what_the_vendor_behind_a_gateway_said_is_told() -> None:
    raw = {"error": {"message": "Provider returned error", "code": 429, "metadata": {"raw": '{"error": "too many"}'}}}
    error = event_error(CONTEXT, raw)
    assert (error.kind, "Provider returned error: too many" in error.message) == ("rate_limit", True)
