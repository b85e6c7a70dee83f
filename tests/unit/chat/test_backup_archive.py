"""A backup that lacks something, holds a key, or writes where it should not: what a person finds out too late."""

import gzip
import hashlib
import io
import json
import os
import re
import sqlite3
import tarfile
import tomllib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.library import conversation, prompt, reply
from tests.support.places import small_disk, unwritable
from tui.chat.backup_archive import write_backup
from tui.chat.backup_files import Places, programs_in, without_keys
from tui.chat.backup_manifest import FORMAT, BackupManifest
from tui.chat.restoring import opened_backup, restore
from tui.config import library, load_config, providers
from tui.errors import ForeignFileError, StoreError
from tui.mcp import config as mcp
from tui.store import backups, conversations, opening
from tui.store.comparing import Difference
from tui.store.connection import connect
from tui.store.database import Database
from tui.store.migrations import APPLICATION_ID, VERSION, migrate
from tui.store.records import Conversation

CONFIG = 'model = "demo:guide"\n'
KEYS = """\
model = "demo:guide"

[providers.mine]
base_url = "http://127.0.0.1:9/v1"
api_key = "correct horse"

[providers.office]
base_url = "https://me:canary-of-an-address@example.com/v1"  # was http://me:old-canary@example.com
headers = { Authorization = "Bearer canary-of-a-gateway", X-Org = "mcp", X-Gate = "c4n4ry0fn0nameatall99" }
proxy = "http://me:canary-of-a-proxy@127.0.0.1:1"
key_command = ["vault", "--token", "canary-of-command-1", "-H", "Authorization: Bearer canary-of-command-2", "read"]

[mcp.docs]
url = "https://example.com/mcp"
headers = { Authorization = "Bearer canary-of-a-header" }

[mcp.time]
command = "uvx"
args = ["mcp-server-time"]
env = { TIME_TOKEN = "canary-of-a-server", TZ = "UTC", API_KEY = "${key:mcp.time.API_KEY}", MY_API_KEY = "${MINE}" }
"""


def silent(what: str, done: int, total: int) -> None:
    """No progress."""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A library of three chats, a configuration, a theme and two prompts."""
    folder = tmp_path / "config"
    for name, text in {
        "config.toml": CONFIG, "config.local.toml": "backups = 3\n", "credentials.toml": 'openai = "sk-canary-key"\n',
        "credentials.local.toml": 'other = "sk-canary-other"\n', "themes/mine.toml": 'primary = "red"\n',
        "prompts/review.md": "Review this.", "prompts/system/kind.md": "Be kind.", "prompts/.git/config": "no",
    }.items():  # fmt: skip
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    fill(tmp_path / "chats.db", *(conversation(f"Chat {number}") for number in range(3)))
    return Places(tmp_path / "chats.db", folder / "config.toml", folder)


def fill(path: Path, *chats: Conversation) -> None:
    path.touch()
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        migrate(connection)
        for chat in chats:
            asked = prompt(chat, f"Why {chat.title}?")
            conversations.start_turn(connection, chat, asked, reply(chat, asked, "Because."), "")


def titles(path: Path) -> list[str]:
    with closing(connect(path, mode="ro")) as connection:
        return sorted(chat.title for chat in conversations.newest(connection, 100))


def backed_up(places: Places, out: Path) -> BackupManifest:
    with out.open("wb") as file:
        return write_backup(places, file, silent)


def elsewhere(tmp_path: Path) -> Places:
    """An empty machine."""
    return Places(tmp_path / "new" / "data" / "chats.db", tmp_path / "new" / "config.toml", tmp_path / "new")


# Making one.


def test_all_that_a_person_made_comes_back_on_another_machine(places: Places, tmp_path: Path) -> None:
    archive, new = tmp_path / "b.tar.gz", elsewhere(tmp_path)
    manifest = backed_up(places, archive)
    assert (manifest.schema, manifest.chats, manifest.messages) == (VERSION, 3, 6)
    with opened_backup(archive, new, silent) as plan:
        assert not new.library.exists()  # nothing is written before it is wanted
        assert plan.here is None and {file.change for file in plan.files} == {"new"}
        restored = restore(plan, new.library)
    assert restored.library is None and restored.files == ()
    assert titles(new.library) == titles(places.library)
    for name in ("config.toml", "config.local.toml", "themes/mine.toml", "prompts/review.md", "prompts/system/kind.md"):
        assert (new.folder / name).read_bytes() == (places.folder / name).read_bytes()
        assert (new.folder / name).stat().st_mode & 0o777 == 0o600
    assert not (new.folder / "credentials.toml").exists() and not (new.folder / "prompts" / ".git").exists()
    assert sorted(file.name for file in new.library.parent.iterdir()) == ["chats.db", "chats.db.lock"]


def test_no_key_is_in_it_and_that_is_said(places: Places, tmp_path: Path) -> None:
    places.config.write_text(KEYS)
    archive = tmp_path / "b.tar.gz"
    manifest = backed_up(places, archive)
    everything = gzip.decompress(archive.read_bytes())
    for secret in (b"canary", b"c4n4ry", b"correct horse", b"sk-"):
        assert secret not in everything, secret
    assert b'TZ = "UTC"' in everything and b"http://127.0.0.1:9/v1" in everything
    assert manifest.masked == ("config/config.toml",)
    assert any("credentials.toml" in one for one in manifest.left_out)
    with opened_backup(archive, elsewhere(tmp_path), silent) as plan:
        restore(plan, tmp_path / "new" / "data" / "chats.db")
    config = load_config(tmp_path / "new" / "config.toml")  # it can be read all the same
    assert [provider.api_key for provider in config.providers] == [None, None]
    assert config.providers[1].base_url == "https://me@example.com/v1"
    gateway = {"Authorization": "Bearer ${KEY_OFFICE_AUTHORIZATION}", "X-Org": "mcp", "X-Gate": "${KEY_OFFICE_X_GATE}"}
    assert config.providers[1].proxy == "http://me@127.0.0.1:1"
    assert config.providers[1].headers == gateway
    kept = {"TZ": "UTC", "API_KEY": "${key:mcp.time.API_KEY}", "MY_API_KEY": "${MINE}"}
    assert config.servers[1].env == kept | {"TIME_TOKEN": "${key:mcp.time.TIME_TOKEN}"}
    assert config.servers[0].headers == {"Authorization": "Bearer ${key:mcp.docs.Authorization}"}
    places.config.write_text("a key = [sk-canary")
    assert backed_up(places, archive).left_out[-1].startswith("config/config.toml: it cannot be read, or not be freed")


def test_a_configuration_with_its_keys_is_not_replaced_by_itself_without_them(places: Places, tmp_path: Path) -> None:
    places.config.write_text(KEYS)
    backed_up(places, tmp_path / "b.tar.gz")
    with opened_backup(tmp_path / "b.tar.gz", places, silent) as plan:
        assert {file.change for file in plan.files} == {"same"}
        restore(plan, places.library)
    assert places.config.read_text() == KEYS


async def test_a_backup_is_of_one_moment_while_a_window_writes(places: Places, tmp_path: Path) -> None:
    window = Database(places.library)
    await window.open()
    await window.run(conversations.save_conversation, conversation("in the log only"))

    def write(what: str, done: int, total: int) -> None:
        with closing(connect(places.library)) as connection:
            conversations.save_conversation(connection, conversation("too late"))

    with (tmp_path / "b.tar.gz").open("wb") as file:
        assert write_backup(places, file, write).chats == 4
    await window.close()
    with opened_backup(tmp_path / "b.tar.gz", elsewhere(tmp_path), silent) as plan:
        assert plan.staged and "in the log only" in titles(plan.staged) and "too late" not in titles(plan.staged)


def test_a_damaged_library_makes_no_backup(places: Places, tmp_path: Path) -> None:
    content = bytearray(places.library.read_bytes())
    content[-4096:] = os.urandom(4096)
    content[8192:12288] = os.urandom(4096)
    places.library.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        backed_up(places, tmp_path / "b.tar.gz")
    assert list(tmp_path.glob("chats.db.copy-*")) == []


def test_without_a_library_there_is_the_configuration(places: Places, tmp_path: Path) -> None:
    places.library.unlink()
    assert backed_up(places, tmp_path / "b.tar.gz").chats == 0
    with opened_backup(tmp_path / "b.tar.gz", elsewhere(tmp_path), silent) as plan:
        assert plan.library is None and len(plan.files) == 5


def test_two_at_once_are_both_whole(places: Places, tmp_path: Path) -> None:
    begun = False

    def another(what: str, done: int, total: int) -> None:
        nonlocal begun
        if not begun:
            begun = True
            backed_up(places, tmp_path / "inner.tar.gz")

    with (tmp_path / "outer.tar.gz").open("wb") as file:
        write_backup(places, file, another)
    for name in ("inner", "outer"):
        with opened_backup(tmp_path / f"{name}.tar.gz", elsewhere(tmp_path), silent) as plan:
            assert plan.library is not None and plan.library.chats == 3
    assert list(tmp_path.glob("chats.db.*part*")) == []


def test_a_configuration_that_starts_programs_says_which(places: Places, tmp_path: Path) -> None:
    shared = '[library]\nurl = "postgresql://me@db.example.org/chats"\npassword_command = ["pass", "chats"]\n'
    places.config.write_text("\ufeff" + KEYS.replace("api_key =", 'key_command = ["pass", "a b"]\n#') + shared)
    backed_up(places, tmp_path / "b.tar.gz")
    with opened_backup(tmp_path / "b.tar.gz", elsewhere(tmp_path), silent) as plan:
        assert {file.name: file.starts for file in plan.files if file.starts} == {
            "config/config.toml": (
                "uvx mcp-server-time",
                "pass 'a b'",
                "vault --token '…' -H 'Authorization: Bearer …' read",
                "pass chats",
            )
        }


@pytest.mark.parametrize(
    ("module", "above"), [("providers", "providers.mine"), ("library", "library"), ("mcp", "mcp.x_command")]
)
def test_no_setting_starts_a_program_that_is_not_said(module: str, above: str) -> None:
    keys = {"providers": providers._PROVIDER_KEYS, "library": library._KEYS, "mcp": mcp._KEYS}[module]
    named = [key for key in keys if "command" in key or "program" in key]
    assert named
    for key in named:
        for value in ('"start me"', '["start me"]'):
            assert programs_in(f"[{above}]\n{key} = {value}\n".encode()) == ("'start me'",)


@pytest.mark.parametrize(
    "key", ["a", "x1", "ollama", "LM-Studio", "none", "mine", "EMPTY", 'say "x"', "it's", "correct horse"]
)
def test_a_key_that_is_a_word_costs_nothing_but_itself(key: str, places: Places) -> None:
    """Local servers take any, and such a one stands in addresses, names and settings, too."""
    theirs = f"api_key = {json.dumps(key)}\n"
    rest = """\
base_url = "http://ollama:1/v1"
label = "a server of mine, x1"
proxy = "none"

[providers.ollama]
base_url = "http://me:a@127.0.0.1:1/v1"

[mcp.mine]
command = "mine"
args = ["--token", "mine"]
"""
    data = f"[providers.mine]\n{theirs}{rest}".encode()
    kept = without_keys(places.config, data).decode()
    table = tomllib.loads(kept)
    assert table["providers"]["mine"].pop("api_key") in ("", "…")
    expected = tomllib.loads(rest.replace("me:a@", "me@").partition("[")[0])
    assert table["providers"]["mine"] == expected
    assert table["mcp"] == {"mine": {"command": "mine", "args": ["--token", "${key:mcp.mine.token}"]}}


@pytest.mark.parametrize("secret", ["postgres", "pw1", "a", "openai", "env"])
def test_a_password_that_is_a_word_is_in_no_archive(secret: str, places: Places) -> None:
    """A word is no password where it only names something."""
    quoted, escaped = json.dumps(secret), "".join(f"\\u{ord(one):04x}" for one in secret)
    rest = """\
[mcp.postgres]  # it's called "postgres", as its database
command = "openai"
args = ["postgres", "a", "--env", "pw1"]
env = { USER = "postgres", openai = "pw1", a = "openai" }
"""
    data = f"""\
{rest}
[mcp.two]
command = "a"
args = ["a", "--password", {quoted}, "--password", {quoted}, {json.dumps(f"--token={secret}")}]
env = {{ "PGPASSWORD" = {quoted}, DB_PASSWORD = '''{secret}''' }}

[mcp.three]
url = "http://three.test/postgres"
headers = {{ X-Api-Key = {quoted}, Authorization = {json.dumps(f"Bearer {secret}")} }}

[mcp.escaped]
command = "a"
env = {{ MY_TOKEN = "{escaped}" }}

[providers.mine]
base_url = "http://postgres:1/v1"
headers = {{ X-Api-Key = {quoted} }}
"""
    kept = tomllib.loads(without_keys(places.config, data.encode()).decode())
    assert kept["mcp"]["postgres"] == tomllib.loads(rest)["mcp"]["postgres"]
    two, three = kept["mcp"]["two"], kept["mcp"]["three"]
    secrets = [*two["args"][2::2], two["args"][-1], *two["env"].values(), *three["headers"].values()]
    secrets += [kept["mcp"]["escaped"]["env"]["MY_TOKEN"], kept["providers"]["mine"]["headers"]["X-Api-Key"]]
    assert two["command"] == two["args"][0] == "a"
    assert (two["args"][1], two["args"][3]) == ("--password", "--password")
    for one in secrets:
        assert "${" in one and secret not in re.sub(r"\$\{[^}]*\}|--token=|Bearer ", "", one), one


@pytest.mark.parametrize("secret", ["hunter2", "pw1", "a", "show", "libr", "http"])
def test_a_password_that_a_program_is_given_is_in_no_archive_however_short(secret: str, places: Places) -> None:
    quoted = json.dumps(secret)
    data = f"""\
[providers.mine]
base_url = "http://127.0.0.1:9/v1"
key_command = ["show", "--passphrase", {quoted}, {json.dumps(f"--password={secret}")}, "--key", "pw1", "a"]

[library]
url = "postgresql://me@db.example.org/chats"
password_command = ["curl", "-u", {json.dumps(f"me:{secret}")}, "https://a.example"]
"""
    kept = tomllib.loads(without_keys(places.config, data.encode()).decode())
    rest = ["--passphrase", "…", "--password=…", "--key", "pw1", "a"]
    assert kept["providers"]["mine"]["key_command"] == ["show", *rest], "what only names something stays"
    assert kept["library"]["password_command"] == ["curl", "-u", "me:…", "https://a.example"]


def test_a_file_that_cannot_be_freed_of_a_password_is_left_out(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.chat.backup_files._MOST_PROBED", 2_000)
    many = "[" + ", ".join(['"a"'] * 50) + "]"
    places.config.write_text(f'[mcp.x]\ncommand = "npx"\nargs = {many}\nenv = {{ TOKEN = "a" }}\n')
    manifest = backed_up(places, tmp_path / "b.tar.gz")
    assert any(one.startswith("config/config.toml: it cannot be read, or not be freed") for one in manifest.left_out)


# Bringing one back.


def test_what_is_here_is_compared_and_kept(places: Places, tmp_path: Path) -> None:
    archive = tmp_path / "b.tar.gz"
    backed_up(places, archive)
    with closing(connect(places.library)) as connection:
        connection.execute("UPDATE conversations SET updated_at = updated_at + 1, title = 'Chat 0, renamed'"
                           " WHERE title = 'Chat 0'")  # fmt: skip
        connection.execute("UPDATE conversations SET updated_at = updated_at - 1 WHERE title = 'Chat 1'")
        connection.execute("DELETE FROM conversations WHERE title = 'Chat 2'")
        conversations.save_conversation(connection, conversation("Chat 3"))
    (places.folder / "prompts" / "review.md").write_text("Newer.")
    (places.folder / "prompts" / "only here.md").write_text("Mine.")
    before = titles(places.library)
    with opened_backup(archive, places, silent) as plan:
        assert plan.difference == Difference(only_here=1, only_there=1, newer_here=1, newer_there=1, same=0)
        assert [file.name for file in plan.files if file.change == "changed"] == ["config/prompts/review.md"]
        assert titles(places.library) == before
        done = restore(plan, places.library)
    assert titles(places.library) == ["Chat 0", "Chat 1", "Chat 2"]
    assert done.library is not None and titles(done.library) == before
    assert [path.read_text() for path in done.files] == ["Newer."]
    assert (places.folder / "prompts" / "review.md").read_text() == "Review this."
    assert (places.folder / "prompts" / "only here.md").read_text() == "Mine."
    with opened_backup(done.library, places, silent) as back:  # and a copy that was kept brings it all back
        restore(back, places.library)
    assert titles(places.library) == before


def test_who_tries_one_copy_after_the_other_can_go_back(places: Places, tmp_path: Path) -> None:
    backed_up(places, tmp_path / "b.tar.gz")
    with closing(connect(places.library)) as connection:
        conversations.save_conversation(connection, conversation("Said since"))
    for _ in range(5):
        with opened_backup(tmp_path / "b.tar.gz", places, silent) as plan:
            restore(plan, places.library)
        assert backups.unchanged_since(places.library) is None  # what was kept is no copy of what is here now
    first, *others = backups.backups(places.library)
    assert "Said since" in titles(first.path) and len(others) == 4
    backups.drop_oldest(places.library, "restore", 3)
    assert len(backups.backups(places.library)) == 3  # a week later


def test_a_link_to_a_configuration_stays_one(places: Places, tmp_path: Path) -> None:
    backed_up(places, tmp_path / "b.tar.gz")
    dotfiles = tmp_path / "dotfiles.toml"
    dotfiles.write_text("model = 'test:test'")
    places.config.unlink()
    places.config.symlink_to(dotfiles)
    with opened_backup(tmp_path / "b.tar.gz", places, silent) as plan:
        restore(plan, places.library)
    assert places.config.is_symlink() and dotfiles.read_text() == CONFIG


async def test_a_library_in_use_is_not_replaced(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.store.connection.BUSY_TIMEOUT_S", 0.01)
    backed_up(places, tmp_path / "b.tar.gz")
    before = titles(places.library)
    window = Database(places.library)
    await window.open()
    with opened_backup(tmp_path / "b.tar.gz", places, silent) as plan:
        with pytest.raises(StoreError, match="open in another Chinwag"):
            restore(plan, places.library)
        await window.close()
        with closing(connect(places.library, mode="ro")) as other:  # such as a sqlite3 in another terminal
            other.execute("SELECT count(*) FROM messages").fetchone()
            with pytest.raises(StoreError, match="open in another program"):
                restore(plan, places.library)
    assert titles(places.library) == before and backups.backups(places.library) == []


def test_a_damaged_library_is_replaced_and_kept(places: Places, tmp_path: Path) -> None:
    backed_up(places, tmp_path / "b.tar.gz")
    places.library.write_bytes(b"damaged" * 1_000)
    places.library.with_name("chats.db-wal").write_bytes(b"left over")
    with opened_backup(tmp_path / "b.tar.gz", places, silent) as plan:
        assert plan.here is None
        done = restore(plan, places.library)
    assert titles(places.library) == ["Chat 0", "Chat 1", "Chat 2"]
    assert done.library is not None and done.library.read_bytes() == b"damaged" * 1_000
    assert not places.library.with_name("chats.db-wal").exists()


def test_a_library_that_lacks_something_is_not_taken(places: Places, tmp_path: Path) -> None:
    """After it were restored, nothing could be opened any more."""
    odd = tmp_path / "odd.db"
    odd.write_bytes(places.library.read_bytes())
    with closing(connect(odd)) as connection:
        connection.execute("ALTER TABLE messages RENAME COLUMN owner TO possessor")
    with pytest.raises(ForeignFileError, match=r"messages\.owner"), opened_backup(odd, places, silent):
        pass


async def test_an_older_library_is_brought_up_to_date_when_it_is_opened(places: Places, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    old.touch()
    with closing(connect(old)) as connection:
        from tui.store.migrations import MIGRATIONS

        migrate(connection, MIGRATIONS[:1])
        connection.execute("INSERT INTO conversations VALUES ('a', 'Old', 'prompt', 'm', '{}', NULL, 1, 1, NULL)")
    with opened_backup(old, places, silent) as plan:
        assert plan.library is not None and plan.library.schema == 1
        restore(plan, places.library)
    database = Database(places.library)
    await database.open()
    assert [chat.title for chat in await database.read(conversations.newest)] == ["Old"]
    await database.close()


def test_a_full_disk_changes_nothing(places: Places, tmp_path: Path) -> None:
    backed_up(places, tmp_path / "b.tar.gz")
    full = tmp_path / "full"
    full.mkdir()
    with small_disk(full, 1 << 20):
        new = Places(full / "chats.db", full / "config.toml", full)
        with (
            pytest.raises(StoreError, match="no room"),
            opened_backup(tmp_path / "b.tar.gz", new, silent),
        ):
            pass
        assert list(full.iterdir()) == []


def test_a_folder_that_takes_nothing_changes_nothing(places: Places, tmp_path: Path) -> None:
    backed_up(places, tmp_path / "b.tar.gz")
    before = titles(places.library)
    data = tmp_path / "data"
    data.mkdir()
    places.library.rename(data / "chats.db")
    moved = Places(data / "chats.db", places.config, places.folder)
    with unwritable(data), pytest.raises(OSError), opened_backup(tmp_path / "b.tar.gz", moved, silent):
        pass
    assert titles(data / "chats.db") == before


# Archives that are not what they should be.

Members = dict[str, bytes]


def packed(members: Members) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(f"chinwag-backup/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def made_by_hand(files: Members, /, **changes: Any) -> bytes:
    """An archive of any files, whose manifest says the truth of them unless it is told otherwise."""
    listed = [
        {"name": name, "size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in files.items()
    ]
    table = {
        "program": "chinwag", "format": FORMAT, "version": "1", "made": "2026-11-29T12:00:00+00:00", "schema": VERSION,
        "chats": 1, "messages": 1, "files": listed, "masked": [], "left_out": [], **changes,
    }  # fmt: skip
    return packed({"manifest.json": json.dumps(table).encode(), **files})


def database_of(application: int, version: int) -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE conversations (id)")
        connection.execute(f"PRAGMA application_id = {application}")
        connection.execute(f"PRAGMA user_version = {version}")
        return connection.serialize()


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "cut short"),
    "text": (lambda: b"Dear diary, " * 100, "damaged, or no archive"),
    "another archive": (lambda: packed({"README.md": b"hello"}), "no backup of Chinwag's"),
    "no JSON": (lambda: packed({"manifest.json": b"{"}), "makes no sense"),
    "deep JSON": (lambda: packed({"manifest.json": b"[" * 200_000}), "makes no sense"),
    "another program": (lambda: made_by_hand({}, program="else"), "no backup of Chinwag's"),
    "newer": (lambda: made_by_hand({}, format=FORMAT + 1, version="9.9"), "a newer Chinwag made it (9.9)"),
    "counts": (lambda: made_by_hand({}, chats=-1), "makes no sense"),
    "traversal": (lambda: made_by_hand({"config/themes/../../../evil": b"x"}), "a file that no backup has"),
    "absolute": (lambda: made_by_hand({"/etc/passwd": b"x"}), "a file that no backup has"),
    "keys": (lambda: made_by_hand({"config/credentials.toml": b"x"}), "a file that no backup has"),
    "hidden": (lambda: made_by_hand({"config/prompts/.bashrc": b"x"}), "a file that no backup has"),
    "escapes": (lambda: made_by_hand({"config/prompts/\x1b]0;x": b"x"}), "a file that no backup has"),
    "two of one name": (
        lambda: made_by_hand({"config/prompts/A.md": b"x", "config/prompts/a.md": b"y"}), "two files of one name"),
    "a long file": (lambda: made_by_hand({"config/config.toml": bytes(9 << 20)}), "is too long"),
    "changed": (
        lambda: made_by_hand({"config/config.toml": b"evil"}, files=[
            {"name": "config/config.toml", "size_bytes": 4, "sha256": hashlib.sha256(b"good").hexdigest()}]),
        "is not as it was written"),
    "one more": (lambda: made_by_hand({"config/config.toml": b"x"}, files=[]), "more than it says"),
    "another size": (
        lambda: made_by_hand({"config/config.toml": b"x"}, files=[
            {"name": "config/config.toml", "size_bytes": 4 << 20, "sha256": ""}]),
        "something else than it says"),
    "no database": (lambda: made_by_hand({"library/chats.db": b"x" * 9_000}), "the library in it is none"),
    "zeros": (lambda: made_by_hand({"library/chats.db": bytes(50 << 20)}), "the library in it is none"),
    "a broken database": (
        lambda: made_by_hand({"library/chats.db": b"SQLite format 3\0" + b"x" * 9_000}), "damaged, or no library"),
    "another database": (lambda: made_by_hand({"library/chats.db": database_of(5, 1)}), "of another program"),
    "a newer database": (
        lambda: made_by_hand({"library/chats.db": database_of(APPLICATION_ID, VERSION + 1)}), "newer Chinwag wrote it"),
    "a cut database": (
        lambda: made_by_hand({"library/chats.db": database_of(APPLICATION_ID, 1)[:5_000]}), "is damaged"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_whole_backup_of_ours_changes_nothing(name: str, places: Places, tmp_path: Path) -> None:
    make, words = HOSTILE[name]
    archive = tmp_path / "b.tar.gz"
    archive.write_bytes(make())
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ForeignFileError) as caught, opened_backup(archive, places, silent):
        pass
    assert words in caught.value.message
    assert sorted(tmp_path.rglob("*")) == before


def test_a_size_that_no_disk_has_is_refused_at_once(places: Places, tmp_path: Path) -> None:
    header = tarfile.TarInfo("chinwag-backup/library/chats.db")
    header.size = 1 << 50
    files = [{"name": "library/chats.db", "size_bytes": 1 << 50, "sha256": ""}]
    plain = gzip.decompress(made_by_hand({}, files=files)).rstrip(b"\0")
    plain += bytes(-len(plain) % 512) + header.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 20)
    (tmp_path / "b.tar.gz").write_bytes(gzip.compress(plain))
    with pytest.raises(StoreError, match="no room"), opened_backup(tmp_path / "b.tar.gz", places, silent):
        pass


def test_wherever_a_backup_is_cut_nothing_changes(places: Places, tmp_path: Path, rounds: int) -> None:
    archive = tmp_path / "b.tar.gz"
    backed_up(places, archive)
    whole, before = archive.read_bytes(), titles(places.library)
    for step in range(10 * rounds):
        archive.write_bytes(whole[: len(whole) * step // (10 * rounds)])
        with pytest.raises(ForeignFileError), opened_backup(archive, places, silent):
            pass
    assert titles(places.library) == before and opening.ready(places.library, check_s=9) == ""
