"""Search in the list of chats: what was said years ago is found as one types, and shown where it was said."""

import sqlite3
from dataclasses import replace
from pathlib import Path

from tests.app.test_find import marked
from tests.support.app import burst, running
from tests.support.library import conversation, prompt
from tui.store.migrations import MIGRATIONS, migrate

CHATS = 70


def make_older_library(path: Path) -> list[str]:
    """Chats from before there was an index, none of which says in its title what is in it; their ids, oldest first."""
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, MIGRATIONS[:3])
    ids = []
    columns = "id, title, title_by, model, settings, active_leaf, created_at, updated_at"
    for number in range(CHATS):
        chat = conversation(f"Chat {number}")
        first = prompt(chat, "The straw of a needle, **needle** by strawberry")
        rest = replace(prompt(chat, "Nothing here\n\n" + "a line\n\n" * 60, parent=first), kind="reply", model="m")
        ids.append(chat.id)
        connection.execute(
            f"INSERT INTO conversations ({columns}) VALUES (?, ?, 'prompt', 'fake:one', '{{}}', ?, ?, ?)",
            (chat.id, chat.title, rest.id, number * 1_000_000, number * 1_000_000),
        )
        for one in (first, rest):
            connection.execute(
                "INSERT INTO messages (id, conversation_id, parent_id, kind, state, payload, text, thinking, model,"
                " settings, usage, failure, created_at) VALUES (?, ?, ?, ?, 'done', '[]', ?, '', ?, '', '', '', 0)",
                (one.id, chat.id, one.parent_id, one.kind, one.text, one.model),
            )
    connection.close()
    return ids


async def test_an_old_chat_is_found_by_its_words_pages_down_and_opened_where_they_stand(tmp_path: Path) -> None:
    ids = make_older_library(tmp_path / "chats.db")
    async with running(tmp_path) as here:
        chats = here.app.chat.layout_view.chat_list

        def found() -> list[str]:
            return [line.key for line in chats.rows.lines if line.key]

        await here.until(lambda: chats.listed.chats, "the list")
        await here.pilot.press("ctrl+s", "slash")
        await here.type("straw needle")
        await here.until(lambda: 0 < len(found()) < CHATS, "the first page")
        assert found() == ids[::-1][: len(found())], "the newest first"
        await here.pilot.press("down", "end")
        await here.until(lambda: found() == ids[::-1], "all of them")
        await here.pilot.press("end", "enter")
        await here.until(lambda: here.app.chat.presenter.id == ids[0], "the oldest one")
        await here.until(lambda: marked(here.transcript)["found"], "the marks")
        shown = marked(here.transcript)
        assert sorted(shown["found"] + shown["found-here"]) == ["needle", "needle", "straw"], "no part of another word"
        assert here.transcript.scroll_offset.y == 0, "the words are in view, not the end of the chat"
        await here.pilot.press("ctrl+s", "slash")
        await burst(here, ["backspace"] * 20 + [*"needle -berry", "enter"])
        await here.until(lambda: here.app.chat.presenter.id == ids[-1], "the newest, for Enter before it was found")
