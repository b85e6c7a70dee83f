"""A pasted key is understood, checked, kept in private, used at once and after a restart, and shown nowhere."""

import logging
import tomllib
from pathlib import Path

import pytest

from tests.support.protocol_server import ProtocolServer
from tests.support.vendors import fake_keyring, listing, played, refusal
from tui.agent.secret import Secret
from tui.chat.credentials.lookup import KeyLookup, KeyPlaces
from tui.chat.setup import Setup, storage_text
from tui.errors import ConfigError
from tui.paths import config_dir

CANARY = "sk-canary-0123456789abcdef"
CLOSED = "http://127.0.0.1:9"
PLACES = KeyPlaces("acme", ("ACME_API_KEY",))


@pytest.fixture(autouse=True)
def _no_embedded_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.agent.providers.local_files._PACKAGES", ())


def access(tmp_path: Path, **urls: str) -> Setup:
    return played(tmp_path, urls).setup


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
    pasted = access(tmp_path).parse_key(text)
    assert (pasted.secret.reveal(), pasted.provider, pasted.problem) == (value, provider, "")
    assert value not in repr(pasted)


@pytest.mark.parametrize("text", ["", "short", "two words here", "sk-ключ-ключ-ключ"])
def test_what_cannot_be_a_key_is_not_sent_to_anybody(tmp_path: Path, text: str) -> None:
    assert access(tmp_path).parse_key(text).problem


def test_a_key_can_belong_to_those_who_take_one(tmp_path: Path) -> None:
    one = access(tmp_path)
    names = [owner.name for owner in one.key_owners()]
    assert names[:2] == ["openai", "anthropic"] and "ollama" not in names and "openai-responses" not in names
    assert one.key_owner("openai-responses") == "openai"  # another way to the same models
    assert one.key_owner("google") == "google-gla"
    assert one.key_owner("local") == one.key_owner("nobody") == ""


# Whether it is good.


async def test_a_good_key_a_bad_one_and_one_that_could_not_be_checked_are_three_things(tmp_path: Path) -> None:
    secret = Secret(CANARY)
    async with ProtocolServer(listing("a")) as good, ProtocolServer(refusal(f"no such key: {CANARY}")) as bad:
        here = played(tmp_path, {"openai": f"{good.url}/v1", "groq": f"{bad.url}/v1", "xai": CLOSED})
        one = here.setup
        assert (await one.check("openai", secret)).state == "found"
        refused = await one.check("groq", secret)
        assert refused.state == "refused" and "no such key" in refused.message and CANARY not in refused.message
        assert (await one.check("xai", secret)).state == "unknown"
        assert [seen.headers["authorization"] for seen in good.requests] == [f"Bearer {CANARY}"]
        await here.catalog.aclose()


# Where it is kept.


async def test_without_a_keyring_it_goes_into_a_file_that_only_its_owner_can_read(tmp_path: Path) -> None:
    path = tmp_path / "private" / "credentials.toml"
    file = path.with_name("credentials.local.toml")
    kept = await KeyLookup(path, {}).keep(PLACES, Secret(CANARY))
    assert (kept.file, kept.before) == (file, "")
    assert file.stat().st_mode & 0o777 == 0o600 and file.parent.stat().st_mode & 0o777 == 0o700
    assert tomllib.loads(file.read_text()) == {"acme": CANARY}
    assert storage_text(kept, tmp_path) == "~/private/credentials.local.toml (0600: only you can read it)"
    again = KeyLookup(path, {}).find(PLACES)
    assert again is not None and (again.secret.reveal(), again.source) == (CANARY, "credentials.local.toml")


async def test_the_file_that_is_written_by_hand_stays_as_it_is_and_the_new_key_counts_before_it(tmp_path: Path) -> None:
    path = tmp_path / "credentials.toml"
    path.write_text(text := '# mine\nacme = "old-old-old" # since May\nother = "sk-other"\n')
    path.chmod(0o600)
    keys = KeyLookup(path, {})
    await keys.keep(PLACES, Secret(CANARY))
    await keys.keep(KeyPlaces("new", ()), Secret('quo"te\\d'))
    assert path.read_text() == text
    later = KeyLookup(path, {})
    found = [later.find(KeyPlaces(name, ())) for name in ("acme", "other", "new")]
    assert [key.secret.reveal() for key in found if key] == [CANARY, "sk-other", 'quo"te\\d']


async def test_a_second_key_replaces_the_first_and_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "credentials.toml"
    for name, value in (("acme", "first-first"), ("other", "sk-other"), ("acme", CANARY)):
        await KeyLookup(path, {}).keep(KeyPlaces(name, ()), Secret(value))
    held = tomllib.loads(path.with_name("credentials.local.toml").read_text())
    assert held == {"acme": CANARY, "other": "sk-other"}


@pytest.mark.parametrize(("text", "mode"), [('acme = "old"\n', 0o644), ("no toml\n", 0o600)])
async def test_a_file_that_cannot_be_used_is_left_alone_and_named(tmp_path: Path, text: str, mode: int) -> None:
    file = tmp_path / "credentials.local.toml"
    file.write_text(text)
    file.chmod(mode)
    keys = KeyLookup(tmp_path / "credentials.toml", {})
    with pytest.raises(ConfigError) as caught:
        await keys.keep(PLACES, Secret(CANARY))
    assert str(file) in caught.value.message and CANARY not in caught.value.message
    assert file.read_text() == text
    assert keys.find(PLACES) is None  # what could not be kept does not count either
    assert str(file) in keys.problem("acme")


async def test_a_keyring_gets_it_and_the_file_knows_only_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "credentials.toml"
    await KeyLookup(path, {}).keep(PLACES, Secret("older-key"))
    path.write_text('acme = "still-older"\nother = "sk-other"\n')
    path.chmod(0o600)
    held = fake_keyring(monkeypatch)
    kept = await KeyLookup(path, {}).keep(PLACES, Secret(CANARY))
    assert kept.file is None and storage_text(kept, tmp_path) == "the system's keyring"
    assert held == {"acme": CANARY}
    assert tomllib.loads(path.with_name("credentials.local.toml").read_text()) == {"_keyring": ["acme"]}
    later = KeyLookup(path, {})
    assert later.find(PLACES) is None and later.may_have(PLACES)  # the keyring is not asked before it is needed
    key = await later.fetch(PLACES)
    assert key is not None and (key.secret.reveal(), key.source) == (CANARY, "keyring")
    assert not later.may_have(KeyPlaces("no-such-provider", ()))


async def test_where_the_keyring_has_nothing_any_more_the_file_written_by_hand_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "credentials.toml"
    path.write_text('acme = "sk-by-hand-0123"\n')
    path.chmod(0o600)
    held = fake_keyring(monkeypatch)
    await KeyLookup(path, {}).keep(PLACES, Secret(CANARY))
    held.clear()
    key = await KeyLookup(path, {}).fetch(PLACES)
    assert key is not None and (key.secret.reveal(), key.source) == ("sk-by-hand-0123", "credentials.toml")


async def test_a_file_that_cannot_be_used_keeps_the_key_out_of_the_keyring_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "credentials.local.toml").write_text("no toml")
    (tmp_path / "credentials.local.toml").chmod(0o600)
    held = fake_keyring(monkeypatch)
    with pytest.raises(ConfigError):
        await KeyLookup(tmp_path / "credentials.toml", {}).keep(PLACES, Secret(CANARY))
    assert held == {}


@pytest.mark.parametrize("trouble", [{"remembers": False}, {"fails": True}])
async def test_a_keyring_that_forgets_or_fails_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: dict[str, bool]
) -> None:
    fake_keyring(monkeypatch, **trouble)
    kept = await KeyLookup(tmp_path / "credentials.toml", {}).keep(PLACES, Secret(CANARY))
    assert kept.file is not None and tomllib.loads(kept.file.read_text()) == {"acme": CANARY}


async def test_a_new_key_is_used_now_even_before_the_environment_and_it_is_said_what_comes_first_later(
    tmp_path: Path,
) -> None:
    path, environ = tmp_path / "credentials.toml", {"ACME_API_KEY": "old-old-old"}
    keys = KeyLookup(path, environ)
    kept = await keys.keep(PLACES, Secret(CANARY))
    assert kept.before == "ACME_API_KEY"
    now, later = keys.find(PLACES), KeyLookup(path, environ).find(PLACES)
    assert now is not None and now.secret.reveal() == CANARY
    assert later is not None and later.source == "ACME_API_KEY"


# What it is good for.


async def test_the_catalogue_knows_a_new_key_at_once_and_every_request_goes_with_it(tmp_path: Path) -> None:
    async with ProtocolServer(listing("gpt-5.6", "gpt-7")) as server:
        here = played(tmp_path, {"openai": f"{server.url}/v1"}, environ={"OPENAI_API_KEY": "old-old-old"})
        await here.catalog.refresh(discover=False)
        await here.setup.keep("openai", Secret(CANARY))
        assert "openai:gpt-7" in [info.id for info in here.catalog.models()]
        assert here.catalog.key_sources()["openai"] == "credentials.local.toml"
        assert here.catalog.default(None, None, "openai:gpt-7") == "openai:gpt-7"
        said = [seen.headers["authorization"] for seen in server.requests]
        assert said == ["Bearer old-old-old", f"Bearer {CANARY}"]
        model = here.catalog.build("openai-responses:gpt-7")  # the second way to OpenAI has the same key
        assert CANARY not in repr(model)
        await here.catalog.aclose()


async def test_a_key_in_the_keyring_counts_at_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_keyring(monkeypatch)
    await played(tmp_path, {"openai": CLOSED}).setup.keep("openai", Secret(CANARY))
    later = played(tmp_path, {"openai": CLOSED}).catalog
    assert later.default(None, None, "openai:gpt-7") == "openai:gpt-7"
    assert later.default(None, None, None) == "openai:gpt-5.6"
    await later.prepare("openai:gpt-7")
    assert later.build("openai:gpt-7") is not None


async def test_no_repr_no_log_and_no_file_but_its_own_has_the_value(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with ProtocolServer(listing("gpt-5.6")) as server:
        here = played(tmp_path, {"openai": f"{server.url}/v1"})
        one = here.setup
        pasted = one.parse_key(CANARY)
        checked = await one.check("openai", pasted.secret)
        kept = await one.keep("openai", pasted.secret)
        await here.catalog.refresh(discover=False)
        shown = repr(
            (pasted, checked, kept, here.catalog.models(), here.catalog.problems, vars(here.catalog), vars(one))
        )
        await here.catalog.aclose()
    assert CANARY not in shown and CANARY not in caplog.text
    files = [path for path in config_dir().parent.rglob("*") if path.is_file()]
    assert [path.name for path in files if CANARY in path.read_text(errors="replace")] == ["credentials.local.toml"]
