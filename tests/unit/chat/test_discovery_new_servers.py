"""A server that somebody names is asked, written down beside the configuration, and there after a restart."""

import stat
from pathlib import Path

import pytest

from tests.support.protocol_server import Answer, ProtocolServer, Seen, json_answer
from tests.support.vendors import listing, played, refusal
from tui.agent.secret import Secret
from tui.config import Config, ProviderConfig, add_provider, added_file, load_config
from tui.errors import ConfigError, UsageError

CANARY = "sk-canary-0123456789abcdef"


@pytest.fixture(autouse=True)
def _no_embedded_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.agent.providers.local_files._PACKAGES", ())


def below_v1(seen: Seen) -> Answer:
    return listing("big", "small") if seen.path == "/v1/models" else json_answer({"detail": "Not Found"}, 404)


async def test_the_bare_address_is_enough(tmp_path: Path) -> None:
    async with ProtocolServer(respond=below_v1) as server:
        server_found = await played(tmp_path, {}).setup.probe_server(server.url.removeprefix("http://"))
        assert server_found.check.state == "found" and server_found.check.models == ("big", "small")
        assert server_found.base_url == f"{server.url}/v1"
        assert server_found.name == f"local-{server.url.rpartition(':')[2]}"


@pytest.mark.parametrize("ending", ["/", "/v1/chat/completions", "/v1/responses/", "/models", "/api", "/api/chat"])
async def test_an_address_is_taken_as_it_was_copied(tmp_path: Path, ending: str) -> None:
    async with ProtocolServer(respond=below_v1) as server:
        found = await played(tmp_path, {}).setup.probe_server(server.url + ending)
        assert (found.check.state, found.base_url) == ("found", f"{server.url}/v1")


@pytest.mark.parametrize(
    "url", ["", "two words", "ftp://host", "http://:80", "http://user:pw@host/v1", "http://h/?k=v"]
)
async def test_what_is_no_address_is_said(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError):
        await played(tmp_path, {}).setup.probe_server(url)


async def test_a_server_that_wants_a_key_says_so_and_takes_one(tmp_path: Path) -> None:
    def respond(seen: Seen) -> Answer:
        good = seen.headers.get("authorization") == f"Bearer {CANARY}"
        return listing("big") if good else refusal("Missing bearer token")

    async with ProtocolServer(respond=respond) as server:
        here = played(tmp_path, {})
        one = here.setup
        asked = await one.probe_server(f"{server.url}/v1")
        assert asked.check.state == "refused" and "Missing bearer token" in asked.check.message
        again = await one.probe_server(f"{server.url}/v1", Secret(CANARY))
        assert again.check.state == "found"
        kept = await one.add(again, Secret(CANARY))
        assert kept is not None and kept.file is not None and CANARY in kept.file.read_text()
        assert f"{again.name}:big" in [info.id for info in here.catalog.models()]
        assert CANARY not in added_file(tmp_path / "config.toml").read_text()
        assert server.requests[-1].headers["authorization"] == f"Bearer {CANARY}"
        await here.catalog.aclose()


@pytest.mark.parametrize("answer", [listing(), json_answer({"detail": "x"}, 500), Answer([b"<html>"])])
async def test_a_server_that_lists_nothing_usable_is_not_added(tmp_path: Path, answer: Answer) -> None:
    async with ProtocolServer(answer) as server:
        asked = await played(tmp_path, {}).setup.probe_server(f"{server.url}/v1")
    assert asked.check.state == "unknown" and asked.check.message


async def test_a_known_server_keeps_its_name_and_a_strangers_name_is_free(tmp_path: Path) -> None:
    async with ProtocolServer(listing("qwen3")) as server:
        here = played(tmp_path, {"vllm": f"{server.url}/v1"})
        assert (await here.setup.probe_server(server.url.replace("127.0.0.1", "localhost"))).name == "vllm"
        one = here.setup
        assert one._name_for("https://llm.example.com/v1") == ("example", "llm.example.com")
        assert one._name_for("https://api.openai.com/v1") == ("openai", "OpenAI")
        assert one._name_for("http://10.0.0.7:8000/v1")[0] == "10.0.0.7"
        await here.catalog.aclose()


async def test_an_added_server_is_there_at_once_and_after_a_restart_and_the_hand_written_file_is_untouched(
    tmp_path: Path,
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('# mine\nmodel = "demo:guide"\n')
    before = config.read_bytes()
    async with ProtocolServer(listing("big")) as server:
        here = played(tmp_path, {}, config=load_config(config))
        one = here.setup
        found = await one.probe_server(f"{server.url}/v1")
        assert await one.add(found) is None
        id = f"{found.name}:big"
        assert id in [info.id for info in here.catalog.models()] and here.catalog.find(id).provider_label == found.label
        await here.catalog.aclose()
        added = load_config(config).providers
        assert [(provider.name, provider.base_url) for provider in added] == [(found.name, f"{server.url}/v1")]
        later = played(tmp_path, {}, config=load_config(config)).catalog
        assert id in [info.id for info in await later.refresh(discover=False)]
        await later.aclose()
    assert config.read_bytes() == before
    file = added_file(config)
    assert file.name == "config.local.toml" and stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_stands_in_the_hand_written_file_wins(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[providers.work]\nbase_url = "http://127.0.0.1:1/v1"\n')
    add_provider(config, ProviderConfig("work", base_url="http://127.0.0.1:2/v1"))
    add_provider(config, ProviderConfig("home", base_url="http://127.0.0.1:3/v1", label="At home", models=("a",)))
    add_provider(config, ProviderConfig("home", base_url="http://127.0.0.1:4/v1", label="At home", models=("a",)))
    work, home = load_config(config).providers
    assert (work.name, work.base_url) == ("work", "http://127.0.0.1:1/v1")
    assert (home.name, home.base_url, home.label, home.models) == ("home", "http://127.0.0.1:4/v1", "At home", ("a",))


def test_a_mistake_in_the_second_file_is_named_and_nothing_is_written_over_it(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    file = added_file(config)
    file.write_text("theme = 5\n")
    with pytest.raises(ConfigError, match=r"config\.local\.toml:1: .theme. must be text"):
        add_provider(config, ProviderConfig("work", base_url="http://127.0.0.1:2/v1"))
    assert file.read_text() == "theme = 5\n"
    config.write_text("")
    with pytest.raises(ConfigError, match=r"config\.local\.toml:1: "):
        load_config(config)


def test_nothing_was_added_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("")
    assert load_config(tmp_path / "config.toml") == Config(tmp_path / "config.toml")
