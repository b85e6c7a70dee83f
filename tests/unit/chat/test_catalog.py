"""Which models can be picked: what is at hand at once, what providers say when asked, the nearest for a typo."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.catalog import catalog_of
from tests.support.places import NO_FILES, Make
from tui.agent.models.demo import DemoModel
from tui.agent.models.openai import OpenAIModel
from tui.agent.models.test import TestModel
from tui.agent.providers import ListedModel
from tui.agent.secret import Secret
from tui.chat.catalog.catalog import Catalog
from tui.chat.catalog.info import ModelInfo
from tui.chat.catalog.listing_cache import ListingCache
from tui.chat.usage import StoredUsage
from tui.config import Config, ModelNames, ModelOverride, ProviderConfig, SettingValues, SetValue
from tui.errors import ChinwagError, ConfigError, UsageError


@pytest.fixture(autouse=True)
def _no_embedded_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer may have the package that brings one."""
    monkeypatch.setattr("tui.agent.providers.local_files._PACKAGES", ())


def config(*providers: ProviderConfig, model: str | None = None, local_models: tuple[Path, ...] = ()) -> Config:
    settings = SettingValues((SetValue("model", model, "config.toml"),) if model else ())
    return Config(Path("config.toml"), providers, local_models, settings)


def made(*providers: ProviderConfig, cache: Path | None = None, model: str | None = None, **environ: str) -> Catalog:
    return catalog_of(config(*providers, model=model), cache_dir=cache, environ=environ)


def ids(models: list[ModelInfo]) -> list[str]:
    return [info.id for info in models]


MOCK = ProviderConfig("mock", base_url="http://127.0.0.1:1/v1", models=("md-500t-50tps", "md-2000t-100tps"))


@asynccontextmanager
async def server(
    models: Callable[[], list[str]], delay: asyncio.Event | None = None
) -> AsyncIterator[tuple[str, list[str]]]:
    """A server on this machine that lists models; yields its base URL and the authorisations it was shown."""
    seen: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        except asyncio.IncompleteReadError:  # somebody looked whether anyone listens
            writer.close()
            return
        seen.append(next((line for line in head.splitlines() if line.lower().startswith("authorization")), ""))
        if delay is not None:
            await delay.wait()
        body = json.dumps({"object": "list", "data": [{"id": name, "object": "model"} for name in models()]}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n")
        writer.write(f"content-length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1", seen
    finally:
        listening.close()


@pytest.mark.parametrize("name", ["OLLAMA_HOST", "OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT"])
def test_a_wrong_address_in_the_environment_is_no_reason_not_to_start(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http://[::1:port")
    assert "demo:guide" in [info.id for info in made(OPENAI_API_KEY="k", AZURE_OPENAI_API_KEY="k").models()]


def test_with_nothing_configured_there_is_the_guide_and_it_says_what_it_is() -> None:
    catalog = made()
    assert ids(catalog.models()) == ["demo:guide"]
    assert catalog.models()[0].note == "guide, not a model"
    assert catalog.default(None, None, None) == "demo:guide"


def test_configured_models_and_those_of_a_key_in_the_environment_are_listed_without_a_question() -> None:
    catalog = made(MOCK, OPENAI_API_KEY="sk-x")
    assert ids(catalog.models()) == ["mock:md-500t-50tps", "mock:md-2000t-100tps", "openai:gpt-5.6", "demo:guide"]


def test_the_test_model_is_found_only_by_its_name() -> None:
    catalog = made(MOCK)
    assert "test:test" not in ids(catalog.models())
    assert isinstance(catalog.build(catalog.find("test:test").id), TestModel)


def test_a_gguf_file_is_a_model(tmp_path: Path) -> None:
    (tmp_path / "Tiny-Chat-1B-Instruct.Q4_0.gguf").write_bytes(b"GGUF")
    catalog = catalog_of(config(local_models=(tmp_path,)), environ={})
    info = catalog.find("local:tiny-chat-1b")
    assert (info.local, info.free, info.provider_label) == (True, True, "This machine")
    assert catalog.find("tiny-chat-1b").id == "local:tiny-chat-1b"


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("md-500t-50tp", "Did you mean mock:md-500t-50tps"),
        ("mok:md-500t-50tps", "Did you mean mock:md-500t-50tps"),
        ("opnai:gpt-5.6", "Did you mean openai:gpt-5.6"),
        ("antropic:claude-next", "Did you mean anthropic:claude-next?"),
        ("zzz", "Known here: mock:md-500t-50tps"),
        ("", "Known here: "),
        ("mock:", "Known here: mock:md-500t-50tps, mock:md-2000t-100tps."),
    ],
)
def test_an_unknown_model_names_the_nearest(asked: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        made(MOCK, OPENAI_API_KEY="sk-x").find(asked)
    assert caught.value.message == f'There is no model "{asked}".'
    assert caught.value.hint.startswith(hint)


def test_a_name_is_short_for_the_only_model_that_it_begins() -> None:
    catalog = made(MOCK)
    assert catalog.meant("500t").id == catalog.meant("MD-500").id == "mock:md-500t-50tps"
    assert catalog.meant("md-500t-50tps").id == "mock:md-500t-50tps"
    with pytest.raises(UsageError, match="may be more than one") as caught:
        catalog.meant("md-")
    assert caught.value.hint == "Say which: mock:md-500t-50tps, mock:md-2000t-100tps."
    for none in ("md", "00t-", "mock"):  # too short, no beginning, no name of a model
        with pytest.raises(UsageError, match="no model"):
            catalog.meant(none)
    with pytest.raises(UsageError):
        catalog.find("500t")


def test_any_id_of_a_known_provider_can_be_typed_by_hand() -> None:
    catalog = made(MOCK)
    assert catalog.find("mock:something-else").name == "something-else"
    assert catalog.find("anthropic:claude-next").provider_label == "Anthropic"
    assert catalog.find("gemini:gemini-9").id == "google-gla:gemini-9"
    assert catalog.find("ollama:qwen3:30b").name == "qwen3:30b"


def test_a_bare_name_is_enough_while_only_one_provider_has_it() -> None:
    other = ProviderConfig("other", base_url="http://127.0.0.1:2/v1", models=("md-500t-50tps",))
    assert made(MOCK).find("md-500t-50tps").id == "mock:md-500t-50tps"
    with pytest.raises(UsageError) as caught:
        made(MOCK, other).find("md-500t-50tps")
    assert caught.value.hint == "Say which: mock:md-500t-50tps, other:md-500t-50tps."


def test_who_answers_goes_by_a_fixed_order() -> None:
    catalog = made(MOCK, model="mock:md-2000t-100tps", OPENAI_API_KEY="sk-x")
    assert catalog.default("openai:gpt-9", "anthropic:a", "openai:b") == "openai:gpt-9"
    assert catalog.default(None, "anthropic:a", "openai:b") == "anthropic:a"
    assert catalog.default(None, None, "openai:b") == "mock:md-2000t-100tps"
    assert made(MOCK, OPENAI_API_KEY="sk-x").default(None, None, "openai:b") == "openai:b"
    assert made(OPENAI_API_KEY="sk-x").default(None, None, "anthropic:no-key-any-more") == "openai:gpt-5.6"
    assert made(OPENAI_API_KEY="sk-x").default(None, None, "gone:away") == "openai:gpt-5.6"
    assert made(MOCK).default(None, None, None) == "mock:md-500t-50tps"
    with pytest.raises(UsageError):
        made(model="nothing:known").default(None, None, None)


def test_a_missing_key_is_said_with_what_to_set() -> None:
    with pytest.raises(ChinwagError) as caught:
        made().build("openai:gpt-5.6")
    assert caught.value.message == "There is no key for OpenAI."
    assert caught.value.hint == "Set OPENAI_API_KEY, or choose another model."


def test_a_missing_address_is_said_with_what_to_set() -> None:
    with pytest.raises(ChinwagError, match="AZURE_OPENAI_ENDPOINT"):
        made(AZURE_OPENAI_API_KEY="k").build("azure:gpt-4o")


def test_an_id_becomes_a_model_that_can_be_asked() -> None:
    catalog = made(MOCK, OPENAI_API_KEY="sk-x")
    assert isinstance(catalog.build("demo:guide"), DemoModel)
    mock = catalog.build("mock:md-500t-50tps")
    assert isinstance(mock, OpenAIModel)
    assert (mock.model_name, mock.base_url) == ("md-500t-50tps", "http://127.0.0.1:1/v1")
    openai = catalog.build("openai:gpt-5.6")
    assert openai.system == "openai"


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        (ProviderConfig("mine"), r"\[providers.mine\] has no base_url"),
        (ProviderConfig("mine", base_url="http://127.0.0.1:1", api="soap"), "unknown api 'soap'"),
    ],
)
def test_a_provider_that_makes_no_sense_is_a_mistake_in_the_configuration(provider: ProviderConfig, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        made(provider)


async def test_a_refresh_lists_what_the_server_has_and_remembers_it(tmp_path: Path) -> None:
    offered = ["alpha", "beta"]
    async with server(lambda: offered) as (url, seen):
        mine = ProviderConfig("mine", base_url=url, api_key=Secret("sk-mine"), label="My server")
        catalog = made(mine, cache=tmp_path)
        assert ids(await catalog.refresh(discover=False)) == ["mine:alpha", "mine:beta", "demo:guide"]
        assert seen == ["authorization: Bearer sk-mine"]
        offered = ["gamma"]
        assert ids(await catalog.refresh(discover=False)) == ["mine:gamma", "demo:guide"]
        await catalog.aclose()
    offline = made(mine, cache=tmp_path)
    assert ids(offline.models()) == ["mine:gamma", "demo:guide"]
    assert offline.find("mine:gamma").provider_label == "My server"
    (file,) = (tmp_path / "models").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert "sk-mine" not in file.read_text()


async def test_a_server_that_is_down_leaves_the_last_list_and_a_reason(tmp_path: Path) -> None:
    async with server(lambda: ["alpha"]) as (url, _):
        mine = ProviderConfig("mine", base_url=url)
        catalog = made(mine, cache=tmp_path)
        await catalog.refresh(discover=False)
    again = made(mine, cache=tmp_path)
    assert ids(await again.refresh(discover=False)) == ["mine:alpha", "demo:guide"]
    assert list(again.problems) == ["mine"]
    assert again.problems["mine"]
    await again.aclose()


async def test_servers_under_one_name_are_listed_as_one_and_the_one_that_is_down_is_named(tmp_path: Path) -> None:
    async with server(lambda: ["alpha"]) as (a, seen), server(lambda: ["beta", "alpha"]) as (b, _):
        rack = ProviderConfig("rack", base_url=a, more_urls=(b, "http://127.0.0.1:9/v1"), headers={"X-Org": "${ORG}"})
        catalog = made(rack, cache=tmp_path)
        assert ids(await catalog.refresh(discover=False)) == ["demo:guide"]
        assert catalog.problems == {"rack": "rack needs ORG, not set in the environment."} and not seen
        with pytest.raises(ChinwagError, match="needs ORG"):
            catalog.build("rack:alpha")
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("ORG", "chats")
            assert ids(await catalog.refresh(discover=False)) == ["rack:alpha", "rack:beta", "demo:guide"]
            built = catalog.build("rack:beta")
        assert "127.0.0.1:9" in catalog.problems["rack"] and catalog.find("rack:beta").local
        assert (built.model_name, built.target()) == ("beta", catalog.target(catalog.find("rack:beta")))
        await catalog.aclose()
    assert ids(made(rack, cache=tmp_path).models())[:2] == ["rack:alpha", "rack:beta"], "the last list, while all rest"


async def test_a_server_of_this_machine_that_answers_is_found_and_one_that_does_not_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with server(lambda: ["qwen3"]) as (url, seen):
        catalog = made()
        only_server(monkeypatch, catalog, url)
        assert ids(await catalog.refresh()) == ["lmstudio:qwen3", "demo:guide"]
        assert (catalog.find("lmstudio:qwen3").free, catalog.find("lmstudio:qwen3").local) == (True, True)
        assert seen == [""]
        assert catalog.default(None, None, None) == "lmstudio:qwen3"
        await catalog.aclose()
    assert ids(await catalog.refresh()) == ["demo:guide"]
    assert catalog.problems == {}
    await catalog.aclose()


async def test_a_server_that_accepts_and_never_answers_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.chat.catalog.listings.ANSWER_S", 0.1)
    never = asyncio.Event()
    async with server(lambda: ["qwen3"], delay=never) as (url, _):
        catalog = made()
        only_server(monkeypatch, catalog, url)
        assert ids(await catalog.refresh()) == ["demo:guide"]  # ends although the server never answers
        never.set()
        await catalog.aclose()


def only_server(monkeypatch: pytest.MonkeyPatch, catalog: Catalog, url: str) -> None:
    """Look for servers nowhere but at `url`, where LM Studio seems to run."""
    from dataclasses import replace

    listings = catalog.listings
    source = listings.providers["lmstudio"]
    there = replace(source, vendor=replace(source.vendor, base_url=url))
    others = {name: one for name, one in listings.providers.items() if not one.to_discover}
    monkeypatch.setattr(listings, "providers", others | {"lmstudio": there})


async def test_a_list_younger_than_a_day_is_not_asked_for_again(tmp_path: Path) -> None:
    ListingCache(tmp_path).write("openai", "https://api.openai.com/v1", (ListedModel("gpt-cached", window=5),))
    catalog = made(cache=tmp_path, OPENAI_API_KEY="sk-x")
    models = await catalog.refresh(discover=False)  # tests may not reach the network: a question would be a problem
    assert ids(models) == ["openai:gpt-cached", "demo:guide"]
    assert catalog.problems == {}
    assert catalog.find("openai:gpt-cached").window == 5


async def test_prices_and_windows_come_with_the_table_and_unknown_stays_unknown() -> None:
    catalog = made(MOCK, ANTHROPIC_API_KEY="k")
    assert catalog.find("anthropic:claude-sonnet-4-5").input_price is None
    await catalog.load_prices()
    known, unknown = catalog.find("anthropic:claude-sonnet-4-5"), catalog.find("mock:md-500t-50tps")
    assert (known.window, known.input_price, known.output_price) == (200_000, Decimal(3), Decimal(15))
    assert (unknown.window, unknown.input_price, unknown.output_price, unknown.free) == (None, None, None, False)
    from datetime import UTC, datetime

    now = datetime(2026, 1, 15, tzinfo=UTC)
    usage = StoredUsage(input=1000, output=100, requests=1)
    assert catalog.price(known, usage, now) == Decimal("0.0045")
    assert catalog.price(unknown, usage, now) is None
    assert catalog.price(catalog.find("demo:guide"), usage, now) == 0


async def test_what_a_provider_lists_itself_is_the_price_where_the_table_knows_none(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    listed = ListedModel("acme/new", input_price=Decimal(2), output_price=Decimal(10))
    ListingCache(tmp_path).write("openrouter", "https://openrouter.ai/api/v1", (listed,))
    catalog = made(cache=tmp_path, OPENROUTER_API_KEY="k")
    info = catalog.find("openrouter:acme/new")
    now = datetime(2026, 1, 15, tzinfo=UTC)
    assert catalog.price(info, StoredUsage(input=1_000_000, output=100_000), now) == Decimal(3)
    assert catalog.price(info, StoredUsage(input=1_000_000, cached=5, output=100_000), now) is None
    gratis = replace(info, input_price=Decimal(0), output_price=Decimal(0))
    assert catalog.price(gratis, StoredUsage(input=1_000_000, cached=5, output=100_000), now) == 0


@pytest.mark.parametrize(("make", "words"), NO_FILES)
def test_what_is_no_file_in_the_place_of_a_cached_list_is_no_list(make: Make, words: str, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    make(tmp_path / "models" / "mine.json")
    assert ListingCache(tmp_path).read("mine", "http://a") is None


def test_a_cached_list_of_another_address_or_a_broken_one_counts_for_nothing(tmp_path: Path) -> None:
    lists = ListingCache(tmp_path)
    lists.write("mine", "http://a", (ListedModel("x", "X", 1, 2, Decimal("0.1"), None, frozenset({"tools"})),))
    cached = lists.read("mine", "http://a")
    assert cached is not None
    assert cached.models == (ListedModel("x", "X", 1, 2, Decimal("0.1"), None, frozenset({"tools"})),)
    assert cached.fresh
    assert lists.read("mine", "http://b") is None
    for broken in (
        b"",
        b"[]",
        b'{"base_url": "http://a"}',
        b"\xff",
        b'{"base_url":"http://a","fetched_at":1,"models":[{}]}',
        b'{"base_url":"http://a","fetched_at":1,"models":["x"]}',
        b"[" * 100_000,
    ):
        (tmp_path / "models" / "mine.json").write_bytes(broken)
        assert lists.read("mine", "http://a") is None
    for figure in (b'"window":"wide"', b'"window":-5', b'"input_price":"sNaN"', b'"input_price":"1e308"'):
        odd = b'{"base_url":"http://a","fetched_at":1,"models":[{"name":"x",' + figure + b"}]}"
        (tmp_path / "models" / "mine.json").write_bytes(odd)
        known = lists.read("mine", "http://a")
        assert known is not None and known.models == (ListedModel("x"),), figure
    assert ListingCache(None).read("mine", "http://a") is None


def test_a_cache_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    ListingCache(tmp_path).write("mine", "http://a", (ListedModel("x"),))


def test_key_sources_name_places_and_never_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    catalog = catalog_of(config(MOCK, ProviderConfig("openrouter")))
    assert catalog.key_sources() == {"openrouter": "", "openai": "OPENAI_API_KEY"}
    catalog.build("openai:gpt-5.6")
    assert "sk-canary" not in repr([vars(catalog), vars(catalog.listings), vars(catalog.listings.keys)])


def test_the_list_is_there_before_anything_heavy_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.support.catalog import catalog_of; "
        "from tui.config import Config\n"
        "catalog = catalog_of(Config(Path('config.toml')))\n"
        "catalog.models(); catalog.default(None, None, None)\n"
        "print([name for name in ('pydantic', 'httpx', 'genai_prices', 'textual') if name in sys.modules])"
    )
    environ = {**os.environ, "OPENAI_API_KEY": "sk-x"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ)
    assert done.stdout == "[]\n"


# Names and facts by hand.


def by_hand(**models: ModelOverride) -> Config:
    named = {id.replace("__", ":").replace("_", "-"): override for id, override in models.items()}
    return Config(Path("config.toml"), models=ModelNames({"fast": "gemini:gemini-2.5-flash", "odd": "nobody:x"}, named))


async def test_an_alias_is_usable_wherever_a_model_is_named() -> None:
    catalog = catalog_of(by_hand(), environ={})
    assert catalog.find("fast").id == "google-gla:gemini-2.5-flash" == catalog.default("fast", None, None)
    assert catalog.aliases["fast"] == "google-gla:gemini-2.5-flash", "under the provider's own name"
    assert catalog.find("fast").tags == ("fast",), "the switcher finds it by that"
    with pytest.raises(UsageError, match="nobody:x"):
        catalog.find("odd")


async def test_what_is_said_by_hand_goes_over_list_and_table_and_the_rest_stays() -> None:
    facts = ModelOverride(window=1_000, input=Decimal(7), capabilities=frozenset({"tools"}), place="/a/config.toml:3")
    catalog = catalog_of(by_hand(anthropic__claude_sonnet_4_5=facts), environ={})
    await catalog.load_prices()
    info = catalog.find("anthropic:claude-sonnet-4-5")
    assert (info.window, info.input_price, info.output_price, info.cached_price) == (
        1_000,
        Decimal(7),
        Decimal(15),
        Decimal("0.3"),
    )
    assert info.capabilities == frozenset({"tools"})
    sources = catalog.sources(info)
    assert sources["window"] == sources["input_price"] == "config.toml:3"
    assert sources["output_price"] == "bundled price table" and "max_output" not in sources
    spent = StoredUsage(input=1_000_000, cached=500_000, output=100_000)
    assert catalog.price(info, spent, datetime.now(UTC)) == Decimal("3.5") + Decimal("0.15") + Decimal("1.5")


async def test_a_price_by_hand_is_unknown_where_a_part_of_it_is() -> None:
    info = replace(ModelInfo("x:y", "y", "x", "X"), input_price=Decimal(1), output_price=Decimal(2))
    catalog, now = catalog_of(Config(Path("config.toml")), environ={}), datetime.now(UTC)
    assert catalog.price(info, StoredUsage(input=1_000_000, output=0), now) == 1
    assert catalog.price(info, StoredUsage(input=1_000_000, cached=1, output=0), now) is None
    assert catalog.price(replace(info, cached_price=Decimal(0)), StoredUsage(input=2, cached=2, output=0), now) == 0
    assert catalog.price(replace(info, cached_price=Decimal(0)), StoredUsage(input=2, cached=3, output=0), now) is None
