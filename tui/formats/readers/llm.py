"""The log of simonw/llm: responses of conversations up to 0.31, threads of messages that share their beginnings since.

An upgraded file has both; a thread that goes on with an old conversation has its id. A file that an attachment only
names by its path is not opened: who made the log may have named any.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from tui.bounds import json_object
from tui.formats.imported import Call, File, Found, ImportedChat, Part, Result, Skipped, Tables, Thoughts, Words
from tui.formats.readers.fields import as_json, as_words, guessed_type, label, mapping, moment, objects, text, tokens
from tui.formats.readers.tree import Node, chained, folded

SOURCE = "llm"

_Row = dict[str, Any]


def recognise(tables: Tables) -> bool:
    """Whether a database is one of this source."""
    threads = tables.has("threads", "id", "tip_message_hash") and tables.has("parts", "message_hash", "type")
    return threads or (
        tables.has("responses", "id", "prompt", "response", "conversation_id") and tables.has("conversations", "id")
    )


def read(tables: Tables, where: str) -> Iterator[Found]:
    """Its conversations: those of threads, then those that are only there in the old form."""
    log = _Log(tables)
    names = {label(row.get("id")): row for row in tables.rows("conversations")}
    seen = {label(row.get("id")) for row in tables.rows("threads")}
    before: dict[str, list[object]] = {}  # by conversation that goes on as a thread: the ids of its responses
    for row in tables.rows("responses", order=("id",)) if seen else ():
        if (of := label(row.get("conversation_id"))) in seen:
            before.setdefault(of, []).append(row.get("id"))
    for thread in tables.rows("threads", order=("datetime_utc", "id")):
        if id := label(thread.get("id")):
            old = [row for key in before.get(id, ()) for row in tables.rows("responses", where={"id": key})]
            nodes, system = log.thread(thread, old)
            title = text(names.get(id, {}).get("name")) or text(thread.get("name"))
            yield _chat(id, title, nodes, system, where)
    if not tables.has("responses", "conversation_id"):
        return
    listed = tables.rows("responses", order=("conversation_id", "id"))
    for key, rows in groupby(listed, key=lambda row: label(row.get("conversation_id"))):
        for group in [[row] for row in rows] if not key else [list(rows)]:
            id = key or label(group[0].get("id"))
            if id not in seen:
                nodes, system = log.old(group)
                yield _chat(id, text(names.get(id, {}).get("name")), nodes, system, where)


def _chat(id: str, title: str, nodes: list[Node], system: str, where: str) -> Found:
    messages, leaf = folded(chained(nodes), None)
    if not messages:
        return Skipped(SOURCE, f"{where}: {title or id}", "empty", "it has no messages")
    times = [node.created for node in nodes if node.created is not None]
    models = [node.model for node in nodes if node.model]
    return ImportedChat(
        SOURCE, id, title, messages, leaf, min(times, default=None), max(times, default=None),
        models[-1] if models else "", system,
    )  # fmt: skip


class _Log:
    """The rows that messages are made of."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._calls = _grouped(tables.rows("tool_calls", order=("id",)))
        self._results = _grouped(tables.rows("tool_results", order=("id",)))

    def old(self, responses: list[_Row]) -> tuple[list[Node], str]:
        """A prompt and a reply of each response, and the instructions; what tools returned stands with the next one."""
        nodes: list[Node] = []
        system = ""
        for row in responses:
            id, created = label(row.get("id")), moment(row.get("datetime_utc"))
            above = "\n\n".join([*self._fragments("system_fragments", id), text(row.get("system"))]).strip()
            system = system or above
            results = tuple(
                Result(
                    label(one.get("tool_call_id")), text(one.get("name")),
                    as_words(one.get("output")) or text(one.get("exception")), not one.get("exception"),
                )
                for one in self._results.get(id, ())
            )  # fmt: skip
            if results:
                nodes.append(Node(f"{id}:t", None, "tool", results, created=created))
            words = "\n\n".join(filter(None, [*self._fragments("prompt_fragments", id), text(row.get("prompt"))]))
            files = [self._attachment(one.get("attachment_id")) for one in self._linked("prompt_attachments", id)]
            prompt: tuple[Part, ...] = (*files, *([Words(words)] if words.strip() else []))
            if prompt:
                nodes.append(Node(f"{id}:p", None, "user", prompt, created=created))
            nodes.append(self._old_reply(id, row))
        return nodes, system

    def _old_reply(self, id: str, row: _Row) -> Node:
        said: list[Part] = [Thoughts(thought)] if (thought := text(row.get("reasoning"))) else []
        said += [Words(words)] if (words := text(row.get("response"))) else []
        said += [
            Call(label(one.get("tool_call_id")), text(one.get("name")) or "tool", as_json(one.get("arguments")))
            for one in self._calls.get(id, ())
        ]
        return Node(
            f"{id}:r", None, "assistant", tuple(said), text(row.get("model")), "", moment(row.get("datetime_utc")),
            tokens(row.get("input_tokens"), row.get("output_tokens")),
        )  # fmt: skip

    def thread(self, thread: _Row, old: list[_Row]) -> tuple[list[Node], str]:
        """The messages down to a thread's tip, and the instructions, which are the first of them."""
        chain = self._chain(thread.get("tip_message_hash"))
        turns = self._turns(thread.get("id"), chain)
        earlier = list(old)
        nodes: list[Node] = []
        system: list[str] = []
        for message in chain:
            hash, role = text(message.get("hash")), text(message.get("role"))
            parts = tuple(self._parts(hash))
            words = "\n\n".join(part.text for part in parts if isinstance(part, Words))
            turn = turns.get(hash, {})
            if role == "system":
                system.append(words)
            elif role == "user":
                nodes.append(Node(hash, None, "user", parts, created=moment(turn.get("datetime_utc"))))
            elif not turn and (known := _taken(earlier, words)) is not None:
                _as_before(nodes, known)
                nodes.append(self._old_reply(label(known.get("id")), known))
            else:
                used = tokens(turn.get("input_tokens"), turn.get("output_tokens")) if turn.get("tip") else None
                model = text(turn.get("model")) if role == "assistant" else ""
                kind = "assistant" if role == "assistant" else "tool" if role == "tool" else "hidden"
                nodes.append(Node(hash, None, kind, parts, model, "", moment(turn.get("datetime_utc")), used))  # type: ignore[arg-type]  # one of three
        return nodes, "\n\n".join(filter(None, system))

    def _chain(self, tip: object) -> list[_Row]:
        found: list[_Row] = []
        seen: set[object] = set()
        while tip is not None and tip not in seen:
            seen.add(tip)
            row = next(self._tables.rows("messages", where={"hash": tip}), None)
            if row is None:
                break
            found.append(row)
            tip = row.get("parent_hash")
        return found[::-1]

    def _turns(self, thread_id: object, chain: list[_Row]) -> dict[str, _Row]:
        """By message: the turn that it was said in; `tip` is set for the last one of a turn, which has its tokens."""
        by_tip = {
            text(turn.get("tip_message_hash")): turn
            for turn in self._tables.rows("turns", order=("id",), where={"thread_id": thread_id})
        }
        found: dict[str, _Row] = {}
        current: _Row = {}
        for message in reversed(chain):
            hash = text(message.get("hash"))
            if hash in by_tip:
                current = by_tip[hash]
                found[hash] = current | {"tip": True}
            elif current:
                found[hash] = current | {"tip": False}
                if message.get("role") == "user":
                    current = {}
        return found

    def _parts(self, hash: str) -> Iterator[Part]:
        for row in self._tables.rows("parts", order=("position", "id"), where={"message_hash": hash}):
            payload = json_object(text(row.get("payload")))
            words = text(row.get("text")) or self._referred(payload)
            match row.get("type"):
                case "text":
                    yield Words(words)
                case "reasoning":
                    yield Thoughts(words or text(payload.get("text")))
                case "tool_call":
                    name = text(payload.get("name")) or text(row.get("tool_name")) or "tool"
                    yield Call(label(payload.get("tool_call_id")), name, as_json(payload.get("arguments")))
                case "tool_result":
                    output = as_words(payload.get("output")) or words
                    name = text(payload.get("name")) or text(row.get("tool_name"))
                    failed = bool(payload.get("exception"))
                    yield Result(label(payload.get("tool_call_id")), name, output, not failed)
                case "attachment":
                    yield self._attachment(mapping(payload.get("attachment")).get("id"))
                case _:
                    yield Words(words or f"[{text(row.get('type')) or 'unknown content'}]")

    def _referred(self, payload: dict[str, Any]) -> str:
        """A text that is put together from fragments."""
        return "".join(
            text(one.get("literal")) if "literal" in one else self._fragment(one.get("fragment"))
            for one in objects(payload.get("text_ref"))
        )

    def _fragment(self, id: object) -> str:
        row = next(self._tables.rows("fragments", where={"id": id}), {})
        return text(row.get("content"))

    def _fragments(self, table: str, response_id: str) -> list[str]:
        return [self._fragment(row.get("fragment_id")) for row in self._linked(table, response_id)]

    def _linked(self, table: str, response_id: str) -> Iterator[_Row]:
        return self._tables.rows(table, order=("order",), where={"response_id": response_id})

    def _attachment(self, id: object) -> File:
        row = next(self._tables.rows("attachments", where={"id": id}), {})
        place = text(row.get("path")) or text(row.get("url"))
        content = row.get("content")
        name = place.replace("\\", "/").rsplit("/", 1)[-1]
        kind = text(row.get("type")) or guessed_type(name)
        return File(name or label(id), kind, content if isinstance(content, bytes) else None, place or label(id))


def _taken(earlier: list[_Row], words: str) -> _Row | None:
    """The response of the old form that a message of a thread repeats; those before it are passed over."""
    for place, row in enumerate(earlier):
        if text(row.get("response")).strip() == words.strip():
            del earlier[: place + 1]
            return row
    return None


def _as_before(nodes: list[Node], known: _Row) -> None:
    """Give the prompt of a reply the id and time that it had in the old form."""
    if nodes and nodes[-1].role == "user":
        created = moment(known.get("datetime_utc"))
        nodes[-1] = Node(f"{label(known.get('id'))}:p", None, "user", nodes[-1].parts, created=created)


def _grouped(rows: Iterator[_Row]) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    for row in rows:
        found.setdefault(label(row.get("response_id")), []).append(row)
    return found
