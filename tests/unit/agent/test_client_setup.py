"""What the environment and a key can make impossible. Lost else: an evening to retries, or the key to a screen."""

import importlib
import json
import sys
import urllib.parse
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support.protocol_server import Answer, ProtocolServer, json_answer, sse
from tests.support.recordings import NO_TOOLS, PROMPT
from tui.agent.exceptions import ModelAPIError
from tui.agent.messages import ModelNoticeEvent
from tui.agent.models.infer import model_of
from tui.agent.providers import VENDORS, Provider, custom_vendor, key_pattern
from tui.agent.providers.listing import check_key
from tui.agent.wire.client import release_client
from tui.agent.wire.errors import NETWORK_ERRORS, network_error
from tui.agent.wire.notices import receive_notices
from tui.agent.wire.policy import RequestPolicy
from tui.agent.wire.request_context import RequestContext

QUICK = RequestPolicy(connect_s=2, silence_s=5, content_s=5, first_delay_s=0.001)
GOOD = Answer(sse({"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}))
PASSWORD = "canary-pass"


@pytest.fixture(autouse=True)
async def _connections_closed() -> AsyncIterator[None]:
    yield
    await release_client()


@pytest.fixture(autouse=True)
def _no_socks(monkeypatch: pytest.MonkeyPatch) -> None:
    importlib.import_module("httpcore")  # which looks once whether there is SOCKS, for all tests of this process
    monkeypatch.setitem(sys.modules, "socksio", None)


async def failure_at(url: str, **given: str) -> ModelAPIError:
    """The error of one request; nothing may have been tried again."""
    notices: list[ModelNoticeEvent] = []
    provider = Provider(custom_vendor("acme", url, label="Acme", key_env=("ACME_KEY",)), policy=QUICK, **given)  # type: ignore[arg-type]
    with receive_notices(notices.append), pytest.raises(ModelAPIError) as raised:
        await model_of(provider, "m").request(PROMPT, None, NO_TOOLS)
    assert not notices, "what cannot become better is not tried again"
    error = raised.value
    assert "broke off" not in error.message and PASSWORD not in f"{error.message} {error.hint} {error!r}"
    return error


@pytest.mark.parametrize(
    ("variable", "proxy", "says"),
    [
        ("ALL_PROXY", f"socks5://me:{PASSWORD}@127.0.0.1:9", "SOCKS"),
        ("all_proxy", f"socks5h://me:{PASSWORD}@127.0.0.1:9", "SOCKS"),
        ("ALL_PROXY", f"socks://me:{PASSWORD}@127.0.0.1:9/", "SOCKS"),
        ("HTTP_PROXY", "socks4://127.0.0.1:9", "socks4"),
        ("http_proxy", f"gopher://me:{PASSWORD}@127.0.0.1:9", "gopher"),
        ("HTTP_PROXY", f"http://me:{PASSWORD}@[::1", "not the address"),
        ("HTTP_PROXY", f"http://me:{PASSWORD}@proxy:port", "not the address"),
        ("HTTP_PROXY", f"http://me:{PASSWORD}@pro xy:1", "not the address"),
        ("HTTP_PROXY", "http://", "not the address"),
    ],
)
async def test_a_proxy_that_cannot_be_used_is_named_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, proxy: str, says: str
) -> None:
    monkeypatch.setenv(variable, proxy)
    error = await failure_at("http://models.invalid/v1")
    assert error.kind == "proxy" and error.message.startswith(f"{variable} ") and says in error.message
    assert error.hint
    async with ProtocolServer(GOOD) as server:  # and is no hindrance on this machine
        await model_of(Provider(custom_vendor("acme", server.url)), "m").request(PROMPT, None, NO_TOOLS)


async def test_socks_without_its_package_tells_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    assert "the extra socks" in (await failure_at("https://models.invalid/v1")).hint


@pytest.mark.parametrize("exceptions", ["[::1]", "::1,[::", "*", "models.invalid", ",,", "http://[::1]:80"])
async def test_no_list_of_exceptions_breaks_a_request(monkeypatch: pytest.MonkeyPatch, exceptions: str) -> None:
    monkeypatch.setenv("NO_PROXY", exceptions)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with ProtocolServer(GOOD) as server:
        await model_of(Provider(custom_vendor("acme", server.url)), "m").request(PROMPT, None, NO_TOOLS)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"])
async def test_certificates_that_are_gone_are_named_by_their_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv(variable, str(tmp_path / PASSWORD / "gone.pem"))
    error = await failure_at("https://models.invalid/v1")
    assert error.kind == "tls" and variable in error.message and variable in error.hint


async def test_certificates_that_are_none_are_named_by_their_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for file in (tmp_path / "empty.pem", tmp_path / "text.pem", tmp_path):
        if file != tmp_path:
            file.write_text("" if file.stem == "empty" else "no certificate")
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        error = await failure_at("https://models.invalid/v1")
        assert error.kind == "tls" and "SSL_CERT_FILE" in error.message
        await release_client()


async def test_a_variable_that_is_not_read_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/gone.pem")
    monkeypatch.setenv("CURL_CA_BUNDLE", "/nowhere/gone.pem")
    provider = Provider(
        custom_vendor("acme", "https://models.invalid/v1"), policy=RequestPolicy(connect_s=2, retries=0)
    )
    with pytest.raises(ModelAPIError) as raised:
        await model_of(provider, "m").request(PROMPT, None, NO_TOOLS)
    assert raised.value.kind in ("dns", "network")


KEYS = {
    "more lines": "sk-canary-1\nrecovery: canary-2",
    "carriage return": "sk-canary-1\rcanary-2",
    "letters": "sk-canary-schlüssel",
    "control": "sk-canary-\x1b[0m",
    "zero width": "sk-canary-\u200bx",
    "no character": "sk-canary-\ud800",
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())
async def test_a_key_that_no_header_can_hold_is_refused_by_name_and_not_quoted(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    async with ProtocolServer(GOOD) as server:
        error = await failure_at(server.url, api_key=key)
        assert error.kind == "auth" and "ACME_KEY" in error.message and "base URL" not in error.hint
        assert "canary" not in f"{error.message} {error.hint} {error!r} {error.__cause__!r}"
        said = await check_key(Provider(custom_vendor("acme", server.url, key_env=("ACME_KEY",)), api_key=key))
        assert said.state == "invalid" and "canary" not in said.message
        assert server.requests == [], "nothing of it was sent"


@pytest.mark.parametrize("key", ["\ufeffsk-good-1", "  sk-good-1\r\n", "\n\ufeff sk-good-1 \ufeff\n"])
async def test_what_stands_at_the_edges_of_a_key_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    for provider in (Provider(VENDORS["openai"]), Provider(VENDORS["openai"], api_key=key)):
        assert provider.headers()["authorization"] == "Bearer sk-good-1"


@pytest.mark.parametrize("headers", [{"x-mine": "a\nb: canary"}, {"x mine\ncanary": "a"}, {"x-mine": "canary\udc80"}])
async def test_a_header_of_the_settings_that_cannot_be_sent_is_named(headers: dict[str, str]) -> None:
    async with ProtocolServer(GOOD) as server:
        model = model_of(Provider(custom_vendor("acme", server.url)), "m")
        with pytest.raises(ModelAPIError, match="The header x") as raised:
            await model.request(PROMPT, {"extra_headers": headers}, NO_TOOLS)
    assert raised.value.kind == "bad_request" and "base URL" not in raised.value.hint


SECRET = "sk+canary/0123456789==\\x"
CONTEXT = RequestContext("acme", "Acme", "m", "https://acme.test", secrets=(SECRET,), key_pattern=key_pattern())


@pytest.mark.parametrize(
    "spelling",
    [
        SECRET,
        repr(SECRET),
        str(SECRET.encode()),
        json.dumps(SECRET),
        json.dumps(json.dumps(SECRET)),
        SECRET.replace("/", "\\/"),
        urllib.parse.quote(SECRET, safe=""),
        urllib.parse.quote(SECRET, safe="").lower(),
        SECRET.replace("+", "\\u002b"),
        SECRET.replace("=", "&#61;"),
        f"{SECRET[:9]}\n{SECRET[9:]}",
        f"{SECRET[:9]}\\n  {SECRET[9:]}",
        "\r\n".join(SECRET),
        f"{SECRET[:9]}' b'{SECRET[9:]}",
        f'{SECRET[:9]}"\n    "{SECRET[9:]}',
        SECRET.upper(),
    ],
)
def test_a_key_is_masked_however_it_is_spelled(spelling: str) -> None:
    shown = CONTEXT.quote(f"Illegal header value b'Bearer {spelling}' and so on")
    assert shown.endswith("' and so on") and "canary" not in shown.lower() and "0123456789" not in shown


QUOTING = [
    httpx.LocalProtocolError("Illegal header value b'Bearer tail-of-a-key'"),
    httpx.InvalidURL("Invalid non-printable ASCII character in URL, 'tail-of-a-key'"),
    httpx.UnsupportedProtocol("Request URL 'me:tail-of-a-key@x' has an unsupported protocol"),
    ValueError("tail-of-a-key"),
    UnicodeEncodeError("ascii", "tail-of-a-key\xff", 13, 14, "ordinal not in range(128)"),
]


@pytest.mark.parametrize("error", QUOTING, ids=lambda error: type(error).__name__)
def test_what_a_library_says_of_our_own_request_is_not_shown(error: Exception) -> None:
    assert isinstance(error, NETWORK_ERRORS)
    ours = network_error(error, CONTEXT, QUICK)
    assert "tail-of-a-key" not in f"{ours.message} {ours.hint}" and ours.kind == "bad_request"


async def test_what_a_server_echoes_of_the_key_is_masked() -> None:
    key = "canary+0123456789/abc"
    for body in (
        {"error": {"message": f"bad key {key}"}},
        {"detail": f"bad {json.dumps(key[:8] + chr(10) + key[8:])}"},
    ):
        async with ProtocolServer(json_answer(body, 400)) as server:
            error = await failure_at(f"{server.url}/v1", api_key=key)
            assert "canary" not in f"{error.message} {getattr(error, 'body', '')}"


def test_what_fails_before_an_answer_never_broke_off_in_the_middle_of_it() -> None:
    for error in (OSError(24, "Too many open files"), httpx.StreamError("x"), FileNotFoundError(2, "No such file")):
        ours = network_error(error, CONTEXT, QUICK)
        assert ours.kind == "network" and "middle" not in ours.message
