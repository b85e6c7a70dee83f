"""The views for other programs: stable names and plain values, whatever the tables behind them become.

Part of the schema; `migrations` makes them. Chinwag itself reads none of them. A column may be added, and none goes or
changes its meaning. Times are ISO text in UTC, prices US dollars, "" or NULL what is not known.
"""

import re

from tui.store.rows import NOT_BACK, PURPOSE


def view_version(statement: str) -> int:
    """How often a view was changed: the number that its text begins with, 1 where there is none."""
    found = re.search(r"AS /\* (\d+) \*/ SELECT", statement)
    return int(found[1]) if found else 1


def _time(column: str) -> str:
    return f"strftime('%Y-%m-%dT%H:%M:%fZ', {column} / 1000000.0, 'unixepoch')"


def _model(column: str) -> str:
    return (
        f"{column} AS model_id, CASE WHEN instr({column}, ':') THEN substr({column}, 1, instr({column}, ':') - 1)"
        f" ELSE '' END AS provider, substr({column}, instr({column}, ':') + 1) AS model"
    )


def _tokens(column: str) -> str:
    names = {
        "input": "input_tokens", "cached": "cached_tokens", "cache_written": "cache_written_tokens",
        "output": "output_tokens", "reasoning": "reasoning_tokens",
    }  # fmt: skip
    found = [f"CASE WHEN json_valid({column}) THEN json_extract({column}, '$.{key}') END" for key in names]
    return ", ".join(f"{value} AS {name}" for value, name in zip(found, names.values(), strict=True))


def _flag(column: str, key: str) -> str:
    return f"coalesce(CASE WHEN json_valid({column}) THEN json_extract({column}, '$.{key}') END, 0)"


# Once for each chat, by the way up from its leaf: asked of each message it would be the square of them. UNION, and not
# UNION ALL: a circle in a damaged tree must end, too.
_SHOWN = """(WITH RECURSIVE shown (id, parent_id) AS (
        SELECT leaf.id, leaf.parent_id FROM messages AS leaf WHERE leaf.id = conversations.active_leaf
        UNION SELECT above.id, above.parent_id FROM messages AS above JOIN shown ON above.id = shown.parent_id)
    SELECT json_group_array(CAST(id AS TEXT)) FROM shown)"""

VIEWS = f"""
CREATE VIEW v_chats AS SELECT
    id, title, {_model("model")},
    {_time("created_at")} AS created_at, {_time("updated_at")} AS updated_at, {_time("deleted_at")} AS deleted_at,
    pinned, archived, unread, (SELECT group_concat(tag, ' ') FROM (SELECT tag FROM conversation_tags
        WHERE conversation_id = conversations.id ORDER BY tag)) AS tags,
    (SELECT count(*) FROM messages WHERE conversation_id = conversations.id AND deleted_at IS NULL) AS messages,
    active_leaf AS last_message_id
FROM conversations;
CREATE VIEW v_messages AS SELECT
    messages.id AS id, conversation_id AS chat_id, conversations.title AS chat_title, parent_id, number,
    CASE kind WHEN 'prompt' THEN 'user' ELSE 'assistant' END AS role,
    text, thinking, state, failure, finish_reason,
    {_model("messages.model")}, {_tokens("usage")}, {_flag("usage", "estimated")} AS estimated,
    CAST(price AS REAL) AS price_usd, thinking_ms, first_token_ms, total_ms,
    (SELECT count(*) FROM attachments WHERE message_id = messages.id) AS files,
    {_time("messages.created_at")} AS created_at,
    {_time("coalesce(messages.deleted_at, conversations.deleted_at)")} AS deleted_at
FROM messages JOIN conversations ON conversations.id = conversation_id;
CREATE VIEW v_shown AS SELECT conversations.id AS chat_id, path.value AS message_id
FROM conversations JOIN json_each({_SHOWN}) AS path;
CREATE VIEW v_usage AS /* 3 */ SELECT
    {_time("created_at")} AS created_at, conversation_id AS chat_id, 'reply' AS purpose, {_model("model")},
    {_tokens("usage")}, {_flag("usage", "estimated")} AS estimated, CAST(price AS REAL) AS price_usd,
    first_token_ms, total_ms
FROM messages WHERE kind = 'reply' AND state <> 'streaming' AND NOT {_flag("usage", "copied")}
UNION ALL SELECT
    {_time("created_at")}, conversation_id, {PURPOSE}, {_model("model")},
    {_tokens("usage")}, {_flag("usage", "estimated")}, CAST(price AS REAL), NULL, NULL
FROM side_calls WHERE {NOT_BACK}"""
