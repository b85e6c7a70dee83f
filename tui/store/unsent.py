"""Statements about prompts that were written and not sent: drafts, and those that wait in the queue of their chat.

A window owns the prompts that it writes; those of a window that has ended belong to the one that asks first. Run by
`Database.run` or `.read`, like those of `conversations`; `take` runs inside the transaction that sends a prompt.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence

from tui.bounds import microseconds
from tui.errors import AlreadySentError
from tui.store import contents
from tui.store.records import Attachment, UnsentPrompt
from tui.store.rows import SqliteRow, as_text, attachment_of, unsent_of
from tui.text import storable

MakeFiles = Callable[[], Sequence[Attachment]]

_COLUMNS = "id, conversation_id, position, text, model, settings, written_at"
_BEGINNING = "id, conversation_id, position, substr(text, 1, 500), model, settings, written_at"


def save(
    connection: sqlite3.Connection,
    written: Iterable[tuple[UnsentPrompt, MakeFiles | None]],
    owner: str,
    replaced: Collection[str] = (),
    order: Sequence[str] = (),
) -> None:
    """Keep prompts as they are now; one that was sent meanwhile is left alone.

    Args:
        connection: the writer's.
        written: prompts that are new or have changed, each with what makes the files that go along: it is called here,
            because to hash a large one takes long. None leaves the files that are kept.
        owner: `Database.owner` of the window that writes them.
        replaced: ids of other prompts, whose words are in these now; they go.
        order: ids of all prompts that wait in one chat, the next one first.
    """
    for prompt, make_files in written:
        if _sent(connection, prompt.id):
            continue
        connection.execute(
            "INSERT INTO unsent (id, conversation_id, owner, position, text, model, settings, written_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET owner = excluded.owner,"
            " position = excluded.position, text = excluded.text, model = excluded.model,"
            " settings = excluded.settings, written_at = excluded.written_at",
            (
                prompt.id, prompt.conversation_id, owner, prompt.position, storable(prompt.text),
                storable(prompt.model), storable(prompt.settings), microseconds(prompt.written_at),
            ),
        )  # fmt: skip
        if make_files is not None:
            _put_files(connection, prompt.id, make_files())
    if replaced:
        remove(connection, replaced)
    connection.executemany("UPDATE unsent SET position = ? WHERE id = ?", enumerate(order))


def aim(connection: sqlite3.Connection, conversation_id: str, owner: str, model: str, settings: str) -> None:
    """Change who is to answer the draft of a chat, and with which settings (JSON text)."""
    connection.execute(
        "UPDATE unsent SET model = ?, settings = ? WHERE conversation_id = ? AND owner = ? AND position IS NULL",
        (storable(model), storable(settings), conversation_id, owner),
    )


def remove(connection: sqlite3.Connection, ids: Collection[str]) -> None:
    """Forget prompts, and the files that nothing else has."""
    marks = ", ".join("?" * len(ids))
    rows = connection.execute(f"SELECT hash FROM unsent_files WHERE prompt_id IN ({marks})", tuple(ids)).fetchall()
    connection.execute(f"DELETE FROM unsent WHERE id IN ({marks})", tuple(ids))
    if rows:
        contents.drop_unused(connection, {as_text(hash) for (hash,) in rows})


def remove_chat(connection: sqlite3.Connection, conversation_id: str, owner: str) -> None:
    """Forget all that one window has written in a chat."""
    rows = connection.execute(
        "SELECT id FROM unsent WHERE conversation_id = ? AND owner = ?", (conversation_id, owner)
    ).fetchall()
    remove(connection, [as_text(id) for (id,) in rows])


def take(connection: sqlite3.Connection, prompt_id: str) -> None:
    """Let a prompt leave, because the message that has its id is about to be stored.

    Raises:
        AlreadySentError: that message is stored: another window was faster.
    """
    if _sent(connection, prompt_id):
        raise AlreadySentError("Another window has sent this prompt already.")
    connection.execute("DELETE FROM unsent WHERE id = ?", (prompt_id,))


def adopt(
    connection: sqlite3.Connection,
    conversation_id: str,
    owner: str,
    is_alive: Callable[[str], bool],
    known: Collection[str] = (),
) -> tuple[UnsentPrompt, ...]:
    """Take over what was written in a chat by windows that have ended, and what `owner` has forgotten.

    Args:
        connection: the writer's.
        conversation_id: the chat.
        owner: who asks.
        is_alive: whether a window, by its `Database.owner`, still runs.
        known: ids that the asking window has in memory.

    Returns:
        Drafts, then the queue, each in their order.
    """
    found = [prompt for prompt in waiting(connection, owner, is_alive, conversation_id) if prompt.id not in known]
    connection.executemany("UPDATE unsent SET owner = ? WHERE id = ?", [(owner, prompt.id) for prompt in found])
    return tuple(found)


def waiting(
    connection: sqlite3.Connection, owner: str, is_alive: Callable[[str], bool], conversation_id: str
) -> tuple[UnsentPrompt, ...]:
    """What stands in a chat, with its files: that of `owner`, and that of windows that have ended."""
    rows = _of_owners(connection, _COLUMNS, owner, is_alive, "conversation_id = ?", (conversation_id,))
    return tuple(unsent_of(row, _files_of(connection, row[0])) for row in rows)


def chats(connection: sqlite3.Connection, owner: str, is_alive: Callable[[str], bool]) -> frozenset[str]:
    """Ids of the chats in which something waits, whether they are stored or not."""
    rows = _of_owners(connection, "conversation_id", owner, is_alive, "1", ())
    return frozenset(as_text(id) for (id,) in rows)


def blank_chats(
    connection: sqlite3.Connection, owner: str, is_alive: Callable[[str], bool]
) -> tuple[UnsentPrompt, ...]:
    """What was written in chats that are not stored, as nothing was ever sent in them; the newest first.

    The texts are cut, and have no files: they stand in a list.
    """
    rows = _of_owners(
        connection, _BEGINNING, owner, is_alive, "conversation_id NOT IN (SELECT id FROM conversations)", ()
    )
    found = [unsent_of(row, ()) for row in rows if isinstance(row[1], str) and row[1].isascii()]  # else none of ours
    return tuple(sorted(found, key=lambda prompt: (prompt.written_at, prompt.id), reverse=True))


def everything(connection: sqlite3.Connection) -> tuple[UnsentPrompt, ...]:
    """All that waits in any chat, with its files."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM unsent ORDER BY position IS NOT NULL, position, id").fetchall()
    return tuple(unsent_of(row, _files_of(connection, row[0])) for row in rows)


def _of_owners(
    connection: sqlite3.Connection,
    columns: str,
    owner: str,
    is_alive: Callable[[str], bool],
    where: str,
    values: tuple[str, ...],
) -> Iterable[SqliteRow]:
    """Rows that are the asking window's, or no living one's; drafts before the queue."""
    rows = connection.execute(f"SELECT DISTINCT owner FROM unsent WHERE {where}", values).fetchall()
    others = {as_text(one) for (one,) in rows} - {owner}
    away = [one for one in others if is_alive(one)]
    marks = ", ".join("?" * len(away))
    return connection.execute(
        f"SELECT {columns} FROM unsent WHERE {where} AND owner NOT IN ({marks})"
        " ORDER BY position IS NOT NULL, position, id",
        (*values, *away),
    ).fetchall()


def _sent(connection: sqlite3.Connection, id: str) -> bool:
    return connection.execute("SELECT 1 FROM messages WHERE id = ?", (id,)).fetchone() is not None


def _put_files(connection: sqlite3.Connection, prompt_id: str, files: Sequence[Attachment]) -> None:
    before = connection.execute("SELECT hash FROM unsent_files WHERE prompt_id = ?", (prompt_id,)).fetchall()
    connection.execute("DELETE FROM unsent_files WHERE prompt_id = ?", (prompt_id,))
    contents.keep(connection, files)
    connection.executemany(
        "INSERT INTO unsent_files (prompt_id, position, hash, name, media_type) VALUES (?, ?, ?, ?, ?)",
        [
            (prompt_id, position, file.hash, storable(file.name), storable(file.media_type))
            for position, file in enumerate(files)
        ],
    )
    if gone := {as_text(hash) for (hash,) in before} - {file.hash for file in files}:
        contents.drop_unused(connection, gone)


def _files_of(connection: sqlite3.Connection, prompt_id: object) -> tuple[Attachment, ...]:
    rows = connection.execute(
        "SELECT contents.hash, prompt_id, name, media_type, data FROM unsent_files"
        " JOIN contents ON contents.hash = unsent_files.hash WHERE prompt_id = ? ORDER BY position",
        (prompt_id,),
    )
    return tuple(attachment_of(row) for row in rows)
