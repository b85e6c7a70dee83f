"""The schema on the server, as numbered steps that are never edited once released; knows no connection.

`cells` has the latest version of each cell; `seq` says in which order they came, which is the order of commits: who
writes holds one lock. A cell that is gone for good takes the others of its row, or of its chat, with it.
The views are for people and other programs, by their own tools; Chinwag itself reads none of them.
"""

_PART = r"""
CREATE FUNCTION chinwag.part(value text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT replace(value, '\u0000', '\ufffd')::jsonb $$;
CREATE FUNCTION chinwag.hashes(value text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT ARRAY(SELECT file ->> 0 FROM jsonb_array_elements(chinwag.part(value) -> 'files') AS file) $$;
CREATE FUNCTION chinwag.words(value text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT to_tsvector('simple', left(chinwag.part(value) ->> 'text', 100000)) $$;
CREATE FUNCTION chinwag.moment(microseconds text) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN microseconds ~ '^[0-9]{1,16}$' THEN to_timestamp(microseconds::bigint / 1000000.0) END $$
"""

_FIRST = (
    "CREATE TABLE chinwag.meta (hub uuid NOT NULL DEFAULT gen_random_uuid(), version integer NOT NULL)",
    "CREATE SEQUENCE chinwag.changes",
    """CREATE TABLE chinwag.cells (
        kind text NOT NULL, key text NOT NULL, field text NOT NULL, chat text NOT NULL,
        clock bigint NOT NULL, machine text NOT NULL, value text NOT NULL, payload bytea,
        seq bigint NOT NULL DEFAULT nextval('chinwag.changes'),
        PRIMARY KEY (kind, key, field)
    )""",
    "CREATE UNIQUE INDEX cells_seq ON chinwag.cells (seq)",
    "CREATE INDEX cells_chat ON chinwag.cells (chat) WHERE chat <> ''",
    "CREATE TABLE chinwag.contents (hash text PRIMARY KEY, data bytea NOT NULL)",
    "ALTER TABLE chinwag.contents ALTER COLUMN data SET STORAGE EXTERNAL",
    """CREATE TABLE chinwag.machines (
        machine text PRIMARY KEY, name text NOT NULL, program text NOT NULL, seen_at timestamptz NOT NULL
    )""",
    *_PART.split(";\n"),
    """CREATE INDEX cells_files ON chinwag.cells USING gin (chinwag.hashes(value))
    WHERE kind = 'message' AND field = 'row'""",
    """CREATE INDEX cells_words ON chinwag.cells USING gin (chinwag.words(value))
    WHERE kind = 'message' AND field = 'row'""",
    """CREATE VIEW chinwag.v_chats AS SELECT created.key AS id,
        chinwag.part(title.value) ->> 0 AS title, chinwag.part(model.value) ->> 0 AS model,
        chinwag.moment(chinwag.part(created.value) ->> 0) AS created_at,
        chinwag.moment(chinwag.part(updated.value) ->> 0) AS updated_at,
        chinwag.moment(chinwag.part(deleted.value) ->> 0) AS deleted_at,
        coalesce(chinwag.part(pinned.value) ->> 0, '0') <> '0' AS pinned,
        coalesce(chinwag.part(archived.value) ->> 0, '0') <> '0' AS archived,
        ARRAY(SELECT substr(tag.field, 5) FROM chinwag.cells AS tag WHERE tag.kind = 'conversation'
            AND tag.key = created.key AND tag.field LIKE 'tag:%' AND tag.value = 'true' ORDER BY 1) AS tags
    FROM chinwag.cells AS created """
    + " ".join(
        f"LEFT JOIN chinwag.cells AS {name} ON {name}.kind = 'conversation' AND {name}.key = created.key"
        f" AND {name}.field = '{field}'"
        for name, field in (
            ("title", "title"),
            ("model", "model"),
            ("updated", "updated_at"),
            ("deleted", "deleted_at"),
            ("pinned", "pinned"),
            ("archived", "archived"),
        )
    )
    + " WHERE created.kind = 'conversation' AND created.field = 'created'",
    """CREATE VIEW chinwag.v_messages AS SELECT one.key AS id, one.chat AS chat_id, row ->> 'parent_id' AS parent_id,
        CASE row ->> 'kind' WHEN 'prompt' THEN 'user' ELSE 'assistant' END AS role, row ->> 'text' AS text,
        row ->> 'thinking' AS thinking, row ->> 'state' AS state, row ->> 'model' AS model,
        row ->> 'usage' AS usage, (row ->> 'price') AS price_usd, chinwag.moment(row ->> 'created_at') AS created_at,
        (SELECT chinwag.moment(chinwag.part(value) ->> 0) FROM chinwag.cells AS deleted WHERE deleted.kind = 'message'
            AND deleted.key = one.key AND deleted.field = 'deleted_at') AS deleted_at,
        chinwag.words(one.value) AS words
    FROM chinwag.cells AS one, LATERAL (SELECT chinwag.part(one.value) AS row) AS read
    WHERE one.kind = 'message' AND one.field = 'row'""",
    """CREATE FUNCTION chinwag.search(words text, most integer DEFAULT 50)
    RETURNS TABLE (chat_id text, message_id text, rank real, excerpt text) LANGUAGE sql STABLE AS $$
        SELECT chat, key, ts_rank(chinwag.words(value), query),
            ts_headline('simple', left(chinwag.part(value) ->> 'text', 20000), query)
        FROM chinwag.cells, websearch_to_tsquery('simple', words) AS query
        WHERE kind = 'message' AND field = 'row' AND chinwag.words(value) @@ query ORDER BY 3 DESC, key DESC LIMIT most
    $$""",
    "INSERT INTO chinwag.meta (version) VALUES (0)",
)

STEPS: tuple[tuple[str, ...], ...] = (_FIRST,)
"""Step n (from 1) takes the schema from version n - 1 to version n."""

VERSION = len(STEPS)
"""The newest version that this Chinwag can speak with."""
