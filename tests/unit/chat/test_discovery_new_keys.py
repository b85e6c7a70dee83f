"""A pasted key is understood, checked, kept in private, used at once and after a restart, and shown nowhere."""

import logging
import tomllib
from pathlib import Path

import pytest

from tests.support.protocol_server import ProtocolServer
from tests.support.vendors import fake_keyring, listing, played, refusal
from tui.agent.secret import Secret
from tui.chat.access import Access, kept_where
from tui.chat.keys import KeyPlaces, Keys
from tui.errors import ConfigError
from tui.paths import config_dir

CANARY = "sk-canary-0123456789abcdef"
CLOSED = "http://127.0.0.1:9"
PLACES = KeyPlaces("acme", ("ACME_API_KEY",))


@pytest.fixture(autouse=True)
def _no_embedded_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.agent.providers.local._PACKAGES", ())


def access(tmp_path: Path, **urls: str) -> Access:
    return played(tmp_path, urls).access()


# What was pasted.


@pytest.mark.parametrize(
    ("text", "value", "provider"),
    [
        ("sk-ant-api03-abcdefgh", "sk-ant-api03-abcdefgh", "anthropic"),
        ("  sk-or-v1-abcdefgh\n", "sk-or-v1-abcdefgh", "openrouter"),
        ("sk-proj-abcdefgh", "sk-proj-abcdefgh", "openai"),
        ("sk-" + "0123456789abcdef" * 2, "sk-" + "0123456789abcdef" * 2, "deepseek"),
        ("sk-abcdefghijkl", "sk-abcdefghijkl", "openai"),
        ("gsk_abcdefgh", "gsk_abcdefgh", "groq"),
        ("AIzaSyabcdefgh", "AIzaSyabcdefgh", "google-gla"),
        ("xai-abcdefgh", "xai-abcdefgh", "xai"),
        ("hf_abcdefgh", "hf_abcdefgh", "huggingface"),
        ("export MISTRAL_API_KEY='abcdefghijkl'", "abcdefghijkl", "mistral"),
        ('GROQ_API_KEY="abcdefghijkl"', "abcdefghijkl", "groq"),
        ("Bearer abcdefghijkl", "abcdefghijkl", ""),
        ("nobodyknowsme", "nobodyknowsme", ""),
    ],
)
def test_whose_key_it_is_shows_in_its_beginning_or_its_variable(
    tmp_path: Path, text: str, value: str, provider: str
) -> None:
    pasted = access(tmp_path).read(text)
    assert (pasted.secret.reveal(), pasted.provider, pasted.problem) == (value, provider, "")
    assert value not in repr(pasted)


@pytest.mark.parametrize("text", ["", "short", "two words here", "sk-ключ-ключ-ключ"])
def test_what_cannot_be_a_key_is_not_sent_to_anybody(tmp_path: Path, text: str) -> None:
    assert access(tmp_path).read(text).problem


def test_a_key_can_belong_to_those_who_take_one(tmp_path: Path) -> None:
    one = access(tmp_path)
    names = [owner.name for owner in one.owners()]
    assert names[:2] == ["openai", "anthropic"] and "ollama" not in names and "openai-responses" not in names
    assert one.owner_of("openai-responses") == "openai"  # another way to the same models
    assert one.owner_of("google") == "google-gla"
    assert one.owner_of("local") == one.owner_of("nobody") == ""


# Whether it is good.


async def test_a_good_key_a_bad_one_and_one_that_could_not_be_checked_are_three_things(tmp_path: Path) -> None:
    secret = Secret(CANARY)
    async with ProtocolServer(listing("a")) as good, ProtocolServer(refusal(f"no such key: {CANARY}")) as bad:
        catalog = played(tmp_path, {"openai": f"{good.url}/v1", "groq": f"{bad.url}/v1", "xai": CLOSED})
        one = catalog.access()
        assert (await one.check("openai", secret)).state == "found"
        refused = await one.check("groq", secret)
        assert refused.state == "refused" and "no such key" in refused.words and CANARY not in refused.words
        assert (await one.check("xai", secret)).state == "unknown"
        assert [seen.headers["authorization"] for seen in good.requests] == [f"Bearer {CANARY}"]
        await catalog.aclose()


# Where it is kept.


async def test_without_a_keyring_it_goes_into_a_file_that_only_its_owner_can_read(tmp_path: Path) -> None:
    path = tmp_path / "private" / "credentials.toml"
    keys = Keys(path, {})
    kept = await keys.keep(PLACES, Secret(CANARY))
    assert (kept.file, kept.before) == (path, "")
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    assert tomllib.loads(path.read_text()) == {"acme": CANARY}
    assert kept_where(kept, tmp_path) == "~/private/credentials.toml (0600: only you can read it)"
    again = Keys(path, {}).find(PLACES)
    assert again is not None and (again.secret.reveal(), again.source) == (CANARY, "credentials.toml")


async def test_what_was_written_into_the_file_by_hand_stays(tmp_path: Path) -> None:
    path = tmp_path / "credentials.toml"
    path.write_text('# mine\nacme = "old-old-old" # since May\nother = "sk-other"\n[table]\nacme = "not this one"\n')
    path.chmod(0o600)
    keys = Keys(path, {})
    await keys.keep(PLACES, Secret(CANARY))
    await keys.keep(KeyPlaces("new", ()), Secret('quo"te\\d'))
    text = path.read_text()
    assert "# mine" in text and 'acme = "not this one"' in text and "old-old-old" not in text
    table = tomllib.loads(text)
    assert (table["acme"], table["other"], table["new"]) == (CANARY, "sk-other", 'quo"te\\d')


async def test_a_file_that_lines_cannot_follow_still_takes_the_key(tmp_path: Path) -> None:
    path = tmp_path / "credentials.toml"
    path.write_text('acme = """\nold\n"""\nother = "sk-other"\n')
    path.chmod(0o600)
    await Keys(path, {}).keep(PLACES, Secret(CANARY))
    assert tomllib.loads(path.read_text()) == {"acme": CANARY, "other": "sk-other"}


@pytest.mark.parametrize(("text", "mode"), [('acme = "old"\n', 0o644), ("no toml\n", 0o600)])
async def test_a_file_that_cannot_be_used_is_left_alone_and_named(tmp_path: Path, text: str, mode: int) -> None:
    path = tmp_path / "credentials.toml"
    path.write_text(text)
    path.chmod(mode)
    keys = Keys(path, {})
    with pytest.raises(ConfigError) as caught:
        await keys.keep(PLACES, Secret(CANARY))
    assert str(path) in caught.value.message and CANARY not in caught.value.message
    assert path.read_text() == text
    assert keys.find(PLACES) is None  # what could not be kept does not count either


async def test_a_keyring_gets_it_and_the_file_knows_only_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = fake_keyring(monkeypatch)
    path = tmp_path / "credentials.toml"
    path.write_text('acme = "older-key"\nother = "sk-other"\n')
    path.chmod(0o600)
    kept = await Keys(path, {}).keep(PLACES, Secret(CANARY))
    assert kept.file is None and kept_where(kept, tmp_path) == "the system's keyring"
    assert held == {"acme": CANARY}
    assert tomllib.loads(path.read_text()) == {"other": "sk-other", "_keyring": ["acme"]}
    later = Keys(path, {})
    assert later.find(PLACES) is None and later.may_have(PLACES)  # nobody is asked before it is needed
    key = await later.fetch(PLACES)
    assert key is not None and (key.secret.reveal(), key.source) == (CANARY, "keyring")
    assert not later.may_have(KeyPlaces("nobody", ()))


@pytest.mark.parametrize("trouble", [{"remembers": False}, {"fails": True}])
async def test_a_keyring_that_forgets_or_fails_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: dict[str, bool]
) -> None:
    fake_keyring(monkeypatch, **trouble)
    path = tmp_path / "credentials.toml"
    kept = await Keys(path, {}).keep(PLACES, Secret(CANARY))
    assert kept.file == path and tomllib.loads(path.read_text()) == {"acme": CANARY}


async def test_a_new_key_is_used_now_even_before_the_environment_and_it_is_said_what_comes_first_later(
    tmp_path: Path,
) -> None:
    keys = Keys(tmp_path / "credentials.toml", {"ACME_API_KEY": "old-old-old"})
    kept = await keys.keep(PLACES, Secret(CANARY))
    assert kept.before == "ACME_API_KEY"
    now, later = keys.find(PLACES), Keys(tmp_path / "credentials.toml", {"ACME_API_KEY": "old-old-old"}).find(PLACES)
    assert now is not None and now.secret.reveal() == CANARY
    assert later is not None and later.source == "ACME_API_KEY"


# What it is good for.


async def test_the_catalogue_knows_a_new_key_at_once_and_every_request_goes_with_it(tmp_path: Path) -> None:
    async with ProtocolServer(listing("gpt-5.6", "gpt-7")) as server:
        catalog = played(tmp_path, {"openai": f"{server.url}/v1"}, environ={"OPENAI_API_KEY": "old-old-old"})
        await catalog.refresh(discover=False)
        await catalog.access().keep("openai", Secret(CANARY))
        assert "openai:gpt-7" in [info.id for info in catalog.models()]
        assert catalog.key_sources()["openai"] == "credentials.toml"
        assert catalog.default(None, None, "openai:gpt-7") == "openai:gpt-7"
        said = [seen.headers["authorization"] for seen in server.requests]
        assert said == ["Bearer old-old-old", f"Bearer {CANARY}"]
        model = catalog.build("openai-responses:gpt-7")  # the second way to OpenAI has the same key
        assert CANARY not in repr(model)
        await catalog.aclose()


async def test_a_key_in_the_keyring_counts_at_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_keyring(monkeypatch)
    await played(tmp_path, {"openai": CLOSED}).access().keep("openai", Secret(CANARY))
    later = played(tmp_path, {"openai": CLOSED})
    assert later.default(None, None, "openai:gpt-7") == "openai:gpt-7"
    assert later.default(None, None, None) == "openai:gpt-5.6"
    await later.prepare("openai:gpt-7")
    assert later.build("openai:gpt-7") is not None


async def test_no_repr_no_log_and_no_file_but_its_own_has_the_value(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with ProtocolServer(listing("gpt-5.6")) as server:
        catalog = played(tmp_path, {"openai": f"{server.url}/v1"})
        one = catalog.access()
        pasted = one.read(CANARY)
        checked = await one.check("openai", pasted.secret)
        kept = await one.keep("openai", pasted.secret)
        await catalog.refresh(discover=False)
        shown = repr((pasted, checked, kept, catalog.models(), catalog.problems, vars(catalog), vars(one)))
        await catalog.aclose()
    assert CANARY not in shown and CANARY not in caplog.text
    files = [path for path in config_dir().parent.rglob("*") if path.is_file()]
    assert [path.name for path in files if CANARY in path.read_text(errors="replace")] == ["credentials.toml"]
