"""The first look around: every key and server is found, each is told the truth about, and no key goes astray."""

import asyncio
import subprocess
import sys
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.protocol_server import Answer, ProtocolServer, Seen, json_answer
from tests.support.vendors import Played, listing, played, refusal
from tui.chat.catalog.discovery import Finding, best_of
from tui.chat.catalog.listings import accepts_connections
from tui.config import Config, ProviderConfig

CANARY = "sk-canary-0123456789abcdef"
CLOSED = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _no_embedded_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.agent.providers.local_files._PACKAGES", ())


async def found(here: Played) -> dict[str, Finding]:
    """What was said last of each provider."""
    async with aclosing(here.discovery.look()) as findings:
        last = {finding.provider: finding async for finding in findings}
    await here.catalog.aclose()
    return last


async def test_a_good_key_is_found_with_its_variable_its_models_and_the_time_it_took(tmp_path: Path) -> None:
    async with ProtocolServer(listing("gpt-3", "gpt-5.6", "gpt-4")) as server:
        here = played(tmp_path, {"openai": f"{server.url}/v1"}, environ={"OPENAI_API_KEY": CANARY})
        finding = (await found(here))["openai"]
        assert (finding.label, finding.place, finding.state) == ("OpenAI", "OPENAI_API_KEY", "found")
        assert (finding.model, finding.message, finding.count) == ("openai:gpt-5.6", "gpt-5.6 and 2 more", 3)
        assert finding.took_ms is not None
        assert [(one.path, one.headers["authorization"]) for one in server.requests] == [
            ("/v1/models", f"Bearer {CANARY}")
        ]
        assert "openai:gpt-4" in [info.id for info in here.catalog.models()]  # nothing need be asked twice


async def test_a_refused_key_is_said_in_the_providers_words(tmp_path: Path) -> None:
    async with ProtocolServer(refusal(f"invalid x-api-key {CANARY}")) as server:
        here = played(tmp_path, {"anthropic": server.url}, environ={"ANTHROPIC_API_KEY": CANARY})
        finding = (await found(here))["anthropic"]
    assert finding.state == "refused" and finding.model == ""
    assert finding.message.startswith("refused the key (401): invalid x-api-key")
    assert CANARY not in repr(finding)


@pytest.mark.parametrize(
    "answer",
    [refusal("no access from your country", 403), json_answer({"error": {"message": "try later"}}, 503),
     Answer([b"<html>Sign in to the hotel's network</html>"], content_type="text/html")],
)  # fmt: skip
async def test_what_proves_nothing_about_a_key_is_could_not_check(tmp_path: Path, answer: Answer) -> None:
    async with ProtocolServer(answer) as server:
        here = played(tmp_path, {"openai": f"{server.url}/v1"}, environ={"OPENAI_API_KEY": CANARY})
        finding = (await found(here))["openai"]
    assert finding.state == "unknown" and finding.message.startswith("could not check: ")
    assert finding.model == "openai:gpt-5.6"  # it may well work later
    assert "invalid" not in finding.message


async def test_without_a_network_no_key_is_called_invalid(tmp_path: Path) -> None:
    here = played(tmp_path, {"groq": f"{CLOSED}/v1"}, environ={"GROQ_API_KEY": CANARY})
    finding = (await found(here))["groq"]
    assert finding.state == "unknown" and finding.message.startswith("could not check: ") and finding.took_ms is None


async def test_where_the_list_needs_no_key_another_free_call_tells(tmp_path: Path) -> None:
    def respond(seen: Seen) -> Answer:
        return listing("anthropic/claude-sonnet-5.5") if seen.path.endswith("/models") else refusal("No auth")

    async with ProtocolServer(respond=respond) as server:
        here = played(tmp_path, {"openrouter": f"{server.url}/v1"}, environ={"OPENROUTER_API_KEY": CANARY})
        finding = (await found(here))["openrouter"]
    assert finding.state == "refused" and "No auth" in finding.message


async def test_a_key_goes_to_its_own_provider_only(tmp_path: Path) -> None:
    async with ProtocolServer(listing("gpt")) as openai, ProtocolServer(listing("qwen3")) as lmstudio:
        urls = {"openai": f"{openai.url}/v1", "lmstudio": f"{lmstudio.url}/v1"}
        both = await found(played(tmp_path, urls, environ={"OPENAI_API_KEY": CANARY}))
        assert {one.state for one in both.values()} == {"found"}
        assert lmstudio.requests and not any(CANARY in str(request) for request in lmstudio.requests)


async def test_a_server_of_this_machine_is_found_and_a_closed_port_is_not_worth_a_line(tmp_path: Path) -> None:
    async with ProtocolServer(listing("qwen3")) as server:
        here = played(tmp_path, {"vllm": f"{server.url}/v1", "llamacpp": f"{CLOSED}/v1"})
        only = await found(here)
        place = server.url.replace("http://127.0.0.1", "localhost")
    assert list(only) == ["vllm"]
    assert only["vllm"].kind == "server" and only["vllm"].model == "vllm:qwen3"
    assert only["vllm"].place == place
    assert not await accepts_connections(CLOSED)


async def test_a_server_that_accepts_and_says_nothing_could_not_be_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.chat.catalog.discovery.ANSWER_S", 0.2)
    never = asyncio.Event()
    async with ProtocolServer(Answer([never])) as server:
        finding = (await found(played(tmp_path, {"vllm": f"{server.url}/v1"})))["vllm"]
        never.set()
    assert finding.state == "unknown" and finding.message.startswith("could not check: no answer in")


async def test_what_is_quick_is_told_before_what_is_slow(tmp_path: Path) -> None:
    gate = asyncio.Event()
    slow = Answer([gate, *listing("late").steps], content_type="application/json")
    async with ProtocolServer(slow) as groq, ProtocolServer(listing("gpt")) as openai:
        urls = {"openai": f"{openai.url}/v1", "groq": f"{groq.url}/v1"}
        here = played(tmp_path, urls, environ={"OPENAI_API_KEY": CANARY, "GROQ_API_KEY": CANARY})
        told = []
        async with aclosing(here.discovery.look()) as findings:
            async for finding in findings:
                told.append((finding.provider, finding.state))
                if told[-1] == ("openai", "found"):
                    gate.set()
        await here.catalog.aclose()
    assert set(told[:2]) == {("openai", "checking"), ("groq", "checking")}
    assert told[2:] == [("openai", "found"), ("groq", "found")]


async def test_who_leaves_early_leaves_no_request_behind(tmp_path: Path) -> None:
    never = asyncio.Event()
    async with ProtocolServer(Answer([never], content_type="application/json")) as server:
        here = played(tmp_path, {"openai": f"{server.url}/v1"}, environ={"OPENAI_API_KEY": CANARY})
        async with aclosing(here.discovery.look()) as findings:
            async for finding in findings:
                assert finding.state == "checking"
                break
        await here.catalog.aclose()
    assert all(task is asyncio.current_task() for task in asyncio.all_tasks())


async def test_a_configured_provider_without_its_key_says_so(tmp_path: Path) -> None:
    config = Config(tmp_path / "config.toml", providers=(ProviderConfig("mistral"),))
    finding = (await found(played(tmp_path, {}, config=config)))["mistral"]
    assert (finding.state, finding.message, finding.place) == ("refused", "no key yet", "no key")


async def test_local_models_are_there_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.chat.catalog.gguf.runner_installed", lambda: True)
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF")
    here = played(tmp_path, {}, config=Config(tmp_path / "config.toml", local_models=(tmp_path / "tiny.gguf",)))
    finding = (await found(here))["local"]
    assert (finding.kind, finding.state, finding.model) == ("local", "found", "local:tiny")


def test_looking_for_servers_where_none_runs_loads_no_http() -> None:
    program = """
import asyncio, sys
from pathlib import Path
from tests.support.catalog import listings_of
from tui.chat.catalog.discovery import Discovery
from tui.config import Config
from dataclasses import replace
async def main():
    listings = listings_of(Config(Path("config.toml")), environ={})
    for name, provider in list(listings.providers.items()):
        if provider.to_discover:
            closed = replace(provider.vendor, base_url="http://127.0.0.1:9/v1", base_url_env="")
            listings.providers[name] = replace(provider, vendor=closed)
    discovery = Discovery(listings, list)
    assert await discovery.servers() == [] and discovery.known() == []
asyncio.run(main())
assert "httpx" not in sys.modules and "pydantic" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_good_key_comes_before_a_server_and_an_unchecked_one_last() -> None:
    key = Finding("openai", "key", "OpenAI", "OPENAI_API_KEY", "found", "openai:a")
    server = Finding("ollama", "server", "Ollama", "localhost:11434", "found", "ollama:b")
    local = Finding("local", "local", "This machine", "", "found", "local:c")
    unchecked = replace(key, state="unknown")
    assert best_of([local, server, key]) == key
    assert best_of([unchecked, local, server]) == server
    assert best_of([unchecked, local]) == local
    assert best_of([replace(key, state="refused", model=""), unchecked]) == unchecked
    assert best_of([replace(key, state="checking", model="")]) is None
