"""How a provider's own table has its servers reached, over real TLS and proxies. Lost else: the way in, or a secret."""

import gc
import ssl
import sys
import warnings
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import truststore

from tests.support.protocol_server import Answer, ProtocolServer, json_answer, sse
from tests.support.proxies import ConnectProxy, SocksProxy
from tests.support.recordings import NO_TOOLS, PROMPT
from tests.support.tls import (
    another_authority,
    authority,
    ca_file,
    client_files,
    in_one_file,
    named_by_hash,
    plain_server,
    refusing_server,
    server_tls,
    with_passphrase,
)
from tui.agent.exceptions import ModelAPIError
from tui.agent.messages import TextPart
from tui.agent.models.infer import model_of
from tui.agent.providers import Provider, Route, custom_vendor
from tui.agent.providers.listing import list_models
from tui.agent.wire.certificates import certificates_for
from tui.agent.wire.client import release_client
from tui.agent.wire.policy import RequestPolicy

GOOD = Answer(sse({"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}))
QUICK = RequestPolicy(connect_s=2, silence_s=5, content_s=5, retries=0)
SOURCE = "[providers.rack]"
PASSWORD = "canary-pass"


@pytest.fixture(autouse=True)
def _nobody_named_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
async def _connections_closed() -> AsyncIterator[None]:
    yield
    await release_client()


def provider(url: str, headers: dict[str, str] | None = None, **route: str) -> Provider:
    vendor = custom_vendor("rack", f"{url}/v1", label="Rack")
    return Provider(vendor, policy=QUICK, headers=headers, route=Route(**route, source=SOURCE))


async def ask(url: str, headers: dict[str, str] | None = None, **route: str) -> str:
    response, _ = await model_of(provider(url, headers, **route), "m").request(PROMPT, None, NO_TOOLS)
    return "".join(part.content for part in response.parts if isinstance(part, TextPart))


async def failure(url: str, **route: str) -> ModelAPIError:
    with pytest.raises(ModelAPIError) as raised:
        await ask(url, None, **route)
    assert "\n" not in raised.value.message and PASSWORD not in f"{raised.value.message} {raised.value.hint}"
    return raised.value


def at(name: str, server: ProtocolServer) -> str:
    return server.url.replace("127.0.0.1", name)


# Certificates


async def test_an_authority_of_ones_own_is_trusted_and_only_where_it_is_named(tmp_path: Path) -> None:
    async with ProtocolServer(GOOD, tls=server_tls()) as server:
        assert await ask(server.url, ca_file=ca_file(tmp_path)) == "Hi"
        error = await failure(server.url)
        assert error.kind == "tls" and "is signed by nobody who is trusted here" in error.message
        assert f"ca_file in {SOURCE}" in error.hint
        assert "signed by nobody" in (await failure(server.url, ca_file=ca_file(tmp_path, another_authority()))).message


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_an_authority_that_the_environment_names_is_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    file = ca_file(tmp_path)
    monkeypatch.setenv(variable, file if variable == "SSL_CERT_FILE" else named_by_hash(file))
    async with ProtocolServer(GOOD, tls=server_tls()) as server:
        assert await ask(server.url) == "Hi"


async def test_what_was_installed_for_every_program_is_trusted_beside_the_usual(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = ca_file(tmp_path)  # in the place of what the distribution has
    monkeypatch.setattr(ssl.SSLContext, "set_default_verify_paths", lambda self: self.load_verify_locations(file))
    async with ProtocolServer(GOOD, tls=server_tls()) as server:
        assert await ask(server.url) == "Hi"


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_where_only_the_system_knows_its_store_the_system_verifies(
    monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert isinstance(certificates_for(Route()), truststore.SSLContext)
    monkeypatch.setitem(sys.modules, "truststore", None)
    assert not isinstance(certificates_for(Route()), truststore.SSLContext), "certifi's do as well"


async def test_what_is_wrong_with_a_certificate_is_said_in_a_line(tmp_path: Path) -> None:
    mine = ca_file(tmp_path)
    async with ProtocolServer(GOOD, tls=server_tls(expired=True)) as server:
        error = await failure(server.url, ca_file=mine)
        assert error.message == f"The certificate of {server.url} has expired."
    async with ProtocolServer(GOOD, tls=server_tls("other.example")) as server:
        error = await failure(server.url, ca_file=mine)
        assert "is for another host" in error.message and "base URL" in error.hint
        assert "is for another host" in (await failure(at("localhost", server), ca_file=mine)).message
    async with plain_server() as url:
        error = await failure(url, ca_file=mine)
        assert "does not speak TLS" in error.message and "http://" in error.hint


async def test_a_client_certificate_lets_in_and_a_server_that_wants_another_says_so(tmp_path: Path) -> None:
    mine = ca_file(tmp_path)
    cert, key = client_files(tmp_path)
    async with ProtocolServer(GOOD, tls=server_tls(clients=authority())) as server:
        assert await ask(server.url, ca_file=mine, client_cert=cert, client_key=key) == "Hi"
        both = in_one_file(tmp_path, cert, key)
        assert await ask(server.url, ca_file=mine, client_cert=both) == "Hi"
    async with refusing_server(server_tls(clients=authority())) as url:
        error = await failure(url, ca_file=mine)
        assert "wants a client certificate, and was shown none: tlsv13 alert certificate required" in error.message
        assert f"client_cert and client_key in {SOURCE}" in error.hint
    async with refusing_server(server_tls(clients=another_authority())) as url:
        error = await failure(url, ca_file=mine, client_cert=cert, client_key=key)
        assert "was shown one that it refuses" in error.message
    older = server_tls(clients=authority())
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    async with refusing_server(older) as url:
        error = await failure(url, ca_file=mine)
        assert error.kind == "tls" and f"client_cert and client_key in {SOURCE}" in error.hint


async def test_a_renewed_certificate_is_shown_from_then_on(tmp_path: Path) -> None:
    mine = ca_file(tmp_path)
    cert, key = client_files(tmp_path, another_authority())
    async with ProtocolServer(GOOD, tls=server_tls(clients=authority())) as server:
        await failure(server.url, ca_file=mine, client_cert=cert, client_key=key)
        client_files(tmp_path)
        assert await ask(server.url, ca_file=mine, client_cert=cert, client_key=key) == "Hi"


async def test_a_file_that_cannot_be_used_is_named_by_its_place(tmp_path: Path) -> None:
    cert, key = client_files(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    _, foreign_key = client_files(other)
    text = tmp_path / "text.pem"
    text.write_text("no certificate")
    locked = with_passphrase(tmp_path, key, PASSWORD)
    rows: list[tuple[dict[str, str], str]] = [
        ({"ca_file": "/nowhere/ca.pem"}, "ca_file of [providers.rack] names a file that cannot be used: No such file"),
        ({"ca_file": str(text)}, "ca_file of [providers.rack] names a file that cannot be used: it holds no"),
        ({"client_cert": "/nowhere/me.pem"}, "client_cert of [providers.rack] names a file that cannot be used: No su"),
        ({"client_cert": cert, "client_key": foreign_key}, "the certificate and the key do not belong together"),
        ({"client_cert": cert, "client_key": locked}, "a key that no passphrase protects"),
        ({"client_cert": str(text)}, "it has to be a PEM file"),
    ]
    for route, says in rows:
        error = await failure("https://127.0.0.1:9", **route)
        assert error.kind == "tls" and says in error.message and SOURCE in error.hint


# Proxies


@pytest.mark.parametrize("password", ["", f"me:{PASSWORD}"])
@pytest.mark.parametrize("kind", [SocksProxy, ConnectProxy])
async def test_a_proxy_of_ones_own_leads_there_encrypted_or_not(
    tmp_path: Path, kind: type[SocksProxy] | type[ConnectProxy], password: str
) -> None:
    mine = ca_file(tmp_path)
    async with ProtocolServer(GOOD, tls=server_tls("models.example")) as server:
        port = int(server.url.rpartition(":")[2])
        async with kind(password, leads_to=port) as proxy:
            given = proxy.url.replace("://", f"://{password}@") if password else proxy.url
            # The name is looked up at the other end: here it leads nowhere.
            assert await ask("https://models.example", ca_file=mine, proxy=given) == "Hi"
            assert proxy.targets == ["models.example:443"]
            if password:
                error = await failure("https://models.example", ca_file=mine, proxy=proxy.url)
                assert error.kind == "proxy" and "wants a user and a password" in error.message
                assert f"proxy of {SOURCE}" in error.hint
                wrong = given.replace(password, f"me:{PASSWORD}-2")
                error = await failure("https://models.example", ca_file=mine, proxy=wrong)
                assert error.kind == "proxy" and "user and a password" in error.message
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # httpcore leaves what a SOCKS proxy has refused to this
        gc.collect()


async def test_socks_leads_to_a_server_that_is_local_to_the_other_end_and_none_leads_past_the_environments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with ProtocolServer(GOOD) as server, SocksProxy() as proxy:
        assert await ask(server.url, proxy=proxy.url.replace("socks5", "socks5h")) == "Hi"
        assert proxy.targets == [server.url.removeprefix("http://")], "as through an ssh -D tunnel"
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        error = await failure("http://models.invalid", proxy="none")
        assert error.kind == "dns" and len(proxy.targets) == 1
    async with SocksProxy() as gone:
        url = gone.url
    error = await failure("http://models.example", proxy=url)
    assert error.kind == "proxy" and f"{url} cannot be reached" in error.message and f"proxy of {SOURCE}" in error.hint


async def test_a_proxy_of_the_company_is_taken_from_the_environment_for_encrypted_ones_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with ProtocolServer(GOOD, tls=server_tls("models.example")) as server:
        port = int(server.url.rpartition(":")[2])
        async with ConnectProxy(f"me:{PASSWORD}", leads_to=port) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            error = await failure("https://models.example", ca_file=ca_file(tmp_path))
            assert "wants a user and a password" in error.message and "HTTPS_PROXY" in error.hint
            monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", f"://me:{PASSWORD}@"))
            assert await ask("https://models.example", ca_file=ca_file(tmp_path)) == "Hi"
            monkeypatch.setenv("NO_PROXY", "models.example")
            assert (await failure("https://models.example")).kind == "dns"


# Headers


async def test_headers_of_ones_own_go_along_over_those_that_are_sent_anyway_and_are_never_shown() -> None:
    token = "canary-0123456789"

    def respond(seen: Any) -> Answer:
        if seen.method == "GET":
            return json_answer({"error": {"message": f"no entry for {token} and Bearer {token}"}}, 403)
        return GOOD

    async with ProtocolServer(respond=respond) as server:
        headers = {"Authorization": f"Bearer {token}", "X-Org": "chats", "X-Empty": "", "User-Agent": "acme"}
        assert await ask(server.url, headers) == "Hi"
        sent = server.requests[0].headers
        assert (sent["authorization"], sent["x-org"], sent["user-agent"]) == (f"Bearer {token}", "chats", "acme")
        assert "x-empty" not in sent
        asked = provider(server.url, headers)
        with pytest.raises(ModelAPIError) as raised:
            await list_models(asked)
        shown = f"{raised.value.message} {raised.value.hint} {raised.value!r} {asked!r} {vars(asked)}"
        assert "canary" not in shown and "no entry for" in raised.value.message
