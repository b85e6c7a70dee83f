"""A key command that never ends, ignores signals, floods or leaves children must hold up neither a stop nor the end."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.support.catalog import catalog_of
from tui.chat.catalog.catalog import Catalog
from tui.chat.credentials import lookup
from tui.chat.library import Library
from tui.chat.prompt import Prompt
from tui.chat.replies.events import ReplyFailed, ReplyStopped
from tui.chat.replies.replies import Replies
from tui.chat.replies.turn import Turn
from tui.config import Config, ProviderConfig
from tui.store.database import Database

SCRIPTS = {
    "never ends": "sleep 3600",
    "ignores signals": "trap '' TERM INT HUP; sleep 3600",
    "has children that hold its output": "trap '' TERM; sleep 3600 & sleep 3600 & wait",
    "has closed its output": "exec >&- 2>&-; sleep 3600",
    "is busy": "while :; do :; done",
}


def catalog(tmp_path: Path, script: str) -> Catalog:
    command = ("/bin/sh", "-c", f"touch {tmp_path / 'began'}; {script}")
    provider = ProviderConfig("work", base_url="http://127.0.0.1:9/v1", key_command=command)
    return catalog_of(Config(tmp_path / "config.toml", providers=(provider,)), environ={})


async def until_it_runs(tmp_path: Path) -> None:
    async with asyncio.timeout(60):
        while not os.path.exists(tmp_path / "began"):  # noqa: ASYNC110, ASYNC240, PTH110  another process makes it
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
async def test_a_stop_waits_for_nothing_and_the_next_question_is_sent(script: str, tmp_path: Path) -> None:
    database = Database(tmp_path / "chats.db")
    await database.open()
    library, found = Library(database), catalog(tmp_path, script)
    replies, ends = Replies(library, found), asyncio.Queue[object]()
    ended = (ReplyStopped, ReplyFailed)
    replies.subscribe(lambda id, event: ends.put_nowait(event) if isinstance(event, ended) else None)
    conversation = library.new("work:big")
    for count in (1, 2):
        assert replies.send(conversation, Prompt(f"question {count}"))
        await until_it_runs(tmp_path)
        (tmp_path / "began").unlink()
        replies.stop(conversation.id)
        assert isinstance(await ends.get(), ReplyStopped)
        assert not replies.running
    opened = await library.open(conversation.id)
    assert [message.state for message in opened.messages] == ["done", "interrupted"] * 2
    await found.aclose()
    await database.close()


@pytest.mark.parametrize("script", [*SCRIPTS.values(), "yes", "cat /dev/zero"], ids=[*SCRIPTS, "floods", "no lines"])
async def test_a_command_without_an_end_is_a_failure_that_names_it(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "COMMAND_TIMEOUT_S", 0.5)
    database = Database(tmp_path / "chats.db")
    await database.open()
    library, found = Library(database), catalog(tmp_path, script)
    events = [event async for event in Turn(library.new("work:big"), library, found, Prompt("Hello?")).events()]
    assert isinstance(events[-1], ReplyFailed)
    assert "The key command sh" in events[-1].failure.message
    await found.aclose()
    await database.close()


async def test_children_that_a_command_leaves_do_not_keep_its_key_back(tmp_path: Path) -> None:
    found = catalog(tmp_path, "sleep 3600 & echo sk-12345678")
    await found.prepare("work:big")
    key = found.listings.key(found.listings.providers["work"])
    assert key is not None and key.secret.reveal() == "sk-12345678"
    await found.aclose()
