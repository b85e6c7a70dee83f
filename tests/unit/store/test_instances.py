"""Which Chinwags are alive: a reply that streams in another window must not be called interrupted."""

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support.library import conversation, prompt, reply
from tui.errors import StoreError
from tui.files import alone
from tui.store import conversations, opening
from tui.store.database import Database
from tui.store.instances import Instance


async def test_a_second_window_leaves_the_replies_of_the_first_alone(tmp_path: Path) -> None:
    first, second = Database(tmp_path / "chats.db"), Database(tmp_path / "chats.db")
    await first.open()
    chat = conversation()
    asked = prompt(chat)
    await first.run(conversations.start_turn, chat, asked, reply(chat, asked), first.owner)
    await second.open()
    assert (await second.read(conversations.branch, chat.id))[-1].state == "streaming"
    assert await second.interrupt_orphans() == 0
    await first.close()  # without finishing: an end that nobody planned
    assert await second.interrupt_orphans() == 1
    assert (await second.read(conversations.branch, chat.id))[-1].state == "interrupted"
    await second.close()


async def test_one_that_is_given_up_while_it_opens_the_library_has_ended_cleanly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, ready = threading.Event(), threading.Event(), opening.ready

    def slow(path: Path, *, check_s: float) -> str:
        begun.set()
        go_on.wait()
        return ready(path, check_s=check_s)

    monkeypatch.setattr(opening, "ready", slow)
    given_up = Database(tmp_path / "chats.db")
    opened = asyncio.create_task(given_up.open())
    await asyncio.to_thread(begun.wait)
    opened.cancel()
    go_on.set()
    await asyncio.wait({opened})
    assert opened.cancelled()
    assert not await asyncio.to_thread(_left_in, tmp_path / "running"), "the next start would check it all"
    with pytest.raises(StoreError, match="closed already"):
        await given_up.changed_elsewhere()


def test_a_process_that_is_gone_is_dead_whatever_it_left(tmp_path: Path) -> None:
    folder = tmp_path / "running"
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom tui.store.instances import Instance\n"
        "instance = Instance(Path(sys.argv[1]))\ninstance.start()\nprint(instance.id, flush=True)\n"
        "sys.stdin.read()\nos._exit(1)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdin and child.stdout
    other = child.stdout.readline().strip()
    me = Instance(folder)
    me.start()
    assert me.others() == ({other}, set()) and me.is_alive(other) and me.is_alive(me.id)
    child.communicate()
    assert me.others() == (set(), {other}) and not me.is_alive(other)
    me.bury({other})
    assert me.others() == (set(), set()) and not me.is_alive(other)
    me.stop()
    assert list(folder.iterdir()) == []


def test_an_unclean_end_leaves_its_mark(tmp_path: Path) -> None:
    first, second = Instance(tmp_path / "running"), Instance(tmp_path / "running")
    first.start()
    first.stop(clean=False)
    assert second.others() == (set(), {first.id})


@pytest.mark.parametrize("owner", ["", "../chats.db", "never-seen", "memory"])
def test_a_strange_owner_is_dead(owner: str, tmp_path: Path) -> None:
    assert not Instance(tmp_path / "running").is_alive(owner)


def test_starting_chinwags_take_turns(tmp_path: Path) -> None:
    lock = tmp_path / "chats.db.lock"
    with alone(lock), pytest.raises(TimeoutError), alone(lock, wait_s=0.05):
        pass
    with alone(lock):
        pass


def _left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())
