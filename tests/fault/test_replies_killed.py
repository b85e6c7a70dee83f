"""`kill -9` in the middle of a reply: the prompt is there afterwards, and the reply up to a second ago, marked."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.forked import Forked
from tests.support.reply_child import WORDS_PER_S
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.chat.library import Library
from tui.chat.prompt import Prompt
from tui.chat.replies.events import ReplyDone
from tui.chat.replies.turn import Turn
from tui.store.database import Database

REPOSITORY = Path(__file__).parents[2]


def killed_after(path: Path, checkpoints: int) -> tuple[str, int, int]:
    """Run a Chinwag until it has saved so often, then kill it; its conversation's id, words arrived, words saved."""
    child = Forked(
        [sys.executable, "-m", "tests.support.reply_child", str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env=dict(os.environ),
    )
    assert child.stdout is not None
    conversation, arrived, saved, count = "", 0, 0, 0
    with child:
        for line in child.stdout:
            kind, _, value = line.strip().partition(" ")
            match kind:
                case "id":
                    conversation = value
                case "arrived":
                    arrived = int(value)
                case "saved":
                    saved, count = int(value), count + 1
            if conversation and count == checkpoints:
                break
        child.send_signal(signal.SIGKILL)
        rest = [line.split() for line in child.stdout]  # what was in the pipe when it died
        arrived = max([arrived, *(int(words[1]) for words in rest if words[0] == "arrived" and len(words) > 1)])
    assert child.returncode == -signal.SIGKILL
    return conversation, arrived, saved


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
@pytest.mark.parametrize("checkpoints", [0, 1, 3])
async def test_a_killed_chinwag_reopens_with_prompt_and_partial_and_can_go_on(tmp_path: Path, checkpoints: int) -> None:
    path = tmp_path / "chats.db"
    conversation_id, arrived, saved = killed_after(path, checkpoints)

    database = Database(path)
    await database.open()
    library = Library(database)
    opened = await library.open(conversation_id)
    prompt, reply = opened.messages
    assert (prompt.text, opened.conversation.title) == ("Tell me everything.", "Tell me everything")
    assert reply.state == "interrupted"
    kept = len(reply.text.split())
    assert kept >= saved
    if checkpoints:
        assert arrived - kept <= WORDS_PER_S  # a second's worth

    model = ScriptedModel(["Where was I?"])
    turn = Turn(opened.conversation, library, ScriptedCatalog({"fake:endless": model}), Prompt("Go on."))
    events = [event async for event in turn.events()]
    assert isinstance(events[-1], ReplyDone)
    sent = [part for message in model.asked[0].messages for part in message.parts]
    if checkpoints:
        assert reply.text in [getattr(part, "content", "") for part in sent]
    else:
        assert "Tell me everything." in str(getattr(sent[0], "content", ""))
    await database.close()
