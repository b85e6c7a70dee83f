"""What a person lets tools do in a chat, and how each tool described itself when it last ran. Plain SQL functions."""

import sqlite3

from tui.store.records import ToolAgreement
from tui.store.rows import as_text


def of_conversation(connection: sqlite3.Connection, conversation_id: str) -> frozenset[ToolAgreement]:
    """What was agreed to in a conversation."""
    found = connection.execute(
        "SELECT tool, fingerprint, target FROM tool_agreements WHERE conversation_id = ?", (conversation_id,)
    )
    return frozenset(ToolAgreement(*map(as_text, row)) for row in found)


def add(connection: sqlite3.Connection, conversation_id: str, agreement: ToolAgreement) -> None:
    """Keep an agreement; one for a conversation that is not stored is dropped."""
    connection.execute(
        "INSERT OR IGNORE INTO tool_agreements (conversation_id, tool, fingerprint, target)"
        " SELECT id, ?, ?, ? FROM conversations WHERE id = ?",
        (agreement.tool, agreement.fingerprint, agreement.target, conversation_id),
    )


def fingerprints(connection: sqlite3.Connection) -> dict[str, str]:
    """The last known fingerprint of each tool, by its id."""
    found = connection.execute("SELECT tool, fingerprint FROM tool_fingerprints")
    return {as_text(tool): as_text(fingerprint) for tool, fingerprint in found}


def set_fingerprint(connection: sqlite3.Connection, tool: str, fingerprint: str) -> None:
    """Keep how a tool describes itself now."""
    connection.execute(
        "INSERT INTO tool_fingerprints (tool, fingerprint) VALUES (?, ?)"
        " ON CONFLICT (tool) DO UPDATE SET fingerprint = excluded.fingerprint",
        (tool, fingerprint),
    )
