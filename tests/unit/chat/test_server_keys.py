"""A sign-in that is lost has to be done again; a server that finds another's keys, or a provider's, can use them."""

import asyncio
import json
from pathlib import Path

import pytest

from tui.chat.credentials.lookup import KeyLookup
from tui.chat.credentials.server_keys import ServerKeys
from tui.errors import ConfigError

TOKENS = json.dumps({"tokens": {"access_token": "canary-ü", "refresh_token": "r"}, "expires_at": 1.5})


def keys_of(folder: Path) -> ServerKeys:
    return ServerKeys(KeyLookup(folder / "credentials.toml", {}))


async def test_a_sign_in_is_there_at_the_next_start_until_it_is_forgotten(tmp_path: Path) -> None:
    await keys_of(tmp_path).set("docs", TOKENS)
    keys = keys_of(tmp_path)
    assert await keys.get("docs") == TOKENS and await keys.get("other") is None
    assert await keys.find("mcp.docs.@oauth") == TOKENS  # no reference can be written so
    await keys.set("docs", "")
    assert await keys.get("docs") is None and await keys_of(tmp_path).get("docs") is None
    await keys.set("docs", "")


async def test_a_sign_in_that_another_window_has_renewed_is_the_one_that_counts(tmp_path: Path) -> None:
    here, there = keys_of(tmp_path), keys_of(tmp_path)
    await here.set("docs", "old")
    await there.set("docs", "new")
    assert await here.get("docs") == "new", "whoever uses an old one again is signed out everywhere"
    await there.set("docs", "")
    assert await here.get("docs") is None


async def test_keys_of_providers_are_out_of_reach(tmp_path: Path) -> None:
    file = tmp_path / "credentials.toml"
    file.write_text('openai = "sk-canary"\n"mcp.a.TOKEN" = "one"\nmcp.b.TOKEN = "two"\n[mcp.c]\nTOKEN = "three"\n')
    file.chmod(0o600)
    keys = keys_of(tmp_path)
    assert await keys.find("openai") is None
    assert [await keys.find(f"mcp.{name}.TOKEN") for name in "abc"] == ["one", "two", "three"]


async def test_forgetting_a_server_leaves_all_others_and_what_a_person_wrote(tmp_path: Path) -> None:
    file = tmp_path / "credentials.toml"
    file.write_text('mcp.a.MINE = "by hand"\n')
    file.chmod(0o600)
    keys = keys_of(tmp_path)
    await keys.keep({"mcp.a.X": "1111", "mcp.a.Y": "2222", "mcp.ab.X": "3333"})
    await keys.set("a", TOKENS)
    await keys.forget("a", but={"mcp.a.Y": ""})
    again = keys_of(tmp_path)
    assert [await again.find(name) for name in ("mcp.a.X", "mcp.a.Y", "mcp.ab.X", "mcp.a.MINE")] == [
        None, "2222", "3333", "by hand",
    ]  # fmt: skip
    assert await again.get("a") is None


@pytest.mark.parametrize("value", ["two\nlines", " blank", "ü", "x" * 20_000])
async def test_what_would_not_come_back_as_it_was_is_not_stored(value: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"mcp\.a\.X is not one line") as caught:
        await keys_of(tmp_path).keep({"mcp.a.A": "fine", "mcp.a.X": value})
    assert value not in caught.value.sentence and not (tmp_path / "credentials.local.toml").exists()


async def test_sign_ins_that_are_renewed_at_the_same_moment_are_all_kept(tmp_path: Path) -> None:
    windows = [keys_of(tmp_path) for _ in range(4)]
    names = [f"server-{number}" for number in range(24)]
    await asyncio.gather(*(windows[at % 4].set(name, TOKENS) for at, name in enumerate(names)))
    again = keys_of(tmp_path)
    assert [name for name in names if await again.get(name) != TOKENS] == []
    await asyncio.gather(*(windows[at % 4].set(name, "") for at, name in enumerate(names[1:])))
    assert [name for name in names if await keys_of(tmp_path).get(name)] == names[:1]
