"""A program that was killed while another has the library open; more of it: the batteries `kills` and `disk`."""

import subprocess
import sys
from pathlib import Path

from tests.support.forked import Forked
from tui.store import conversations
from tui.store.database import Database

ROOT = Path(__file__).parents[2]


async def test_killed_while_another_window_is_open_the_reply_is_marked_there(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    database = Database(path)
    await database.open()
    command = [sys.executable, "-m", "tests.support.store_child", "stream", str(path)]
    with Forked[str](command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as streaming:
        assert streaming.stdout is not None
        chat, _ = (streaming.stdout.readline().strip() for _ in range(2))
        assert await database.interrupt_orphans() == 0
        assert (await database.read(conversations.branch, chat))[-1].state == "streaming"
        streaming.kill()
        streaming.wait()
        assert await database.interrupt_orphans() == 1
    assert (await database.read(conversations.branch, chat))[-1].state == "interrupted"
    await database.close()
