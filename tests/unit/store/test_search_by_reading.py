"""A search through the index finds what reading every message would find, no more and no less, in the same order."""

import random
import re
import sqlite3
import unicodedata
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.support.library import NOON, conversation
from tests.support.library import prompt as prompt_of
from tui.chat.search import read_query
from tui.store import conversations, folders, imports, search
from tui.store.imports import ImportLink
from tui.store.migrations import migrate
from tui.store.records import Attachment, Conversation, Message
from tui.store.search import find_messages
from tui.store.search_records import SearchFilter, SearchQuery, SearchTerm
from tui.store.transaction import atomically

TODAY = date(2026, 11, 22)
WORDS = ("tea", "teapot", "Thé", "té", "STEAM", "co-op", "x1", "naïve", "Straße", "and", "it's", "ÉTÉ")
MODELS = ("openai:gpt-5.6", "openai:o9", "ollama:qwen3:8b")
TOOL = (
    b'[{"parts":[{"part_kind":"tool-call","tool_name":"brew","args":"{}"},'
    b'{"part_kind":"tool-return","tool_name":"brew","content":"teapot x1"}]}]'
)


class Library:
    """Chats with messages, prices, files and forks at random, some of them in the trash."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        migrate(self.connection)
        self.messages: list[Message] = []
        self.files: dict[str, str] = {}
        self.trash: set[str] = set()
        self.chats: dict[str, Conversation] = {}
        for _ in range(6):
            self.add_chat()

    def said(self, most: int) -> str:
        return " ".join(self.chance.choices(WORDS, k=self.chance.randint(0, most)))

    def add_chat(self) -> None:
        chat = replace(
            conversation("A chat"), pinned=self.chance.random() < 0.3, archived=self.chance.random() < 0.3,
            tags=tuple(self.chance.sample(["work", "home"], self.chance.randint(0, 2))),
        )  # fmt: skip
        self.chats[chat.id] = chat
        mine: list[Message] = []
        for _ in range(8):
            above = self.chance.choice([None, *mine])
            one = replace(
                prompt_of(chat, self.said(6), parent=above),
                thinking=self.said(2),
                created_at=NOON - timedelta(days=self.chance.randint(0, 500)),
            )
            if above and above.kind == "prompt":
                one = replace(
                    one, kind="reply", model=self.chance.choice(MODELS), payload=self.chance.choice((b"[]", TOOL)),
                    state=self.chance.choice(("done", "interrupted")),
                    price=self.chance.choice((None, Decimal("0.004"), Decimal("0.06"), Decimal(2))),
                )  # fmt: skip
            mine.append(one)
        named = [one for one in mine if self.chance.random() < 0.3]
        self.files |= {one.id: f"{self.said(1)}.txt {self.said(2)}" for one in named}
        files = [
            Attachment(f"h{one.id}", one.id, name, "text/plain", inside.encode())
            for one in named
            for name, inside in [self.files[one.id].split(" ", 1)]
        ]

        def store(connection: sqlite3.Connection) -> None:
            if self.chance.random() < 0.5:
                imports.take(connection, ImportLink("ChatGPT", chat.id, ""), chat, mine, files, {}, NOON)
            else:
                conversations.save_conversation(connection, chat)
                conversations.append(connection, mine, files)
            if self.chance.random() < 0.3:
                folders.delete(connection, [chat.id], NOON)
                self.trash.update(one.id for one in mine)

        atomically(self.connection, store)
        self.messages += mine

    def read(self, query: SearchQuery) -> list[str]:
        """The ids of what meets a query, in the order of the numbers."""
        rows = self.connection.execute("SELECT id FROM messages ORDER BY number DESC")
        messages = {one.id: one for one in self.messages}
        return [id for (id,) in rows if self.meets(messages[id], query)]

    def meets(self, one: Message, query: SearchQuery) -> bool:
        texts = {
            one.kind: one.text,
            "thinking": one.thinking,
            "tools": "brew brew teapot x1" if one.payload == TOOL else "",
            "files": self.files.get(one.id, ""),
        }
        kinds = query.places & {"prompt", "reply"}
        return (
            (one.id in self.trash) is query.trash
            and all(self.has_term(texts, term, query) for term in query.terms)
            and self.has_models(one, query)
            and all(self.has(one, filter) is not filter.excluded for filter in query.filters)
            and (query.after is None or one.created_at >= query.after)
            and (query.before is None or one.created_at < query.before)
            and (bool(query.wanted) or not kinds or one.kind in kinds)
        )

    def has_term(self, texts: dict[str, str], term: SearchTerm, query: SearchQuery) -> bool:
        pattern = r"\b" + r"\W+".join(words(term.words)) + ("" if term.prefix else r"\b")
        places = [text for place, text in texts.items() if term.excluded or not query.places or place in query.places]
        return any(re.search(pattern, " ".join(words(text))) for text in places) is not term.excluded

    def answering(self, one: Message) -> list[str]:
        answers = [answer.model for answer in self.messages if answer.parent_id == one.id and answer.kind == "reply"]
        return [one.model] if one.kind == "reply" else answers

    def has_models(self, one: Message, query: SearchQuery) -> bool:
        names = {
            filter.name for filter in query.filters if filter.name in ("model", "provider") and not filter.excluded
        }
        return all(
            any(self.is_by(one, filter) for filter in query.filters if filter.name == name and not filter.excluded)
            for name in names
        )

    def is_by(self, one: Message, filter: SearchFilter) -> bool:
        if filter.name == "provider":
            return any(model.startswith(filter.value) for model in self.answering(one))
        return any(filter.value in model for model in self.answering(one))

    def has(self, one: Message, filter: SearchFilter) -> bool:
        match filter.name, filter.value:
            case "model" | "provider", _:
                return self.is_by(one, filter) if filter.excluded else True
            case "tag" | "pinned" | "archived", tag:
                chat = self.chats[one.conversation_id]
                return {"pinned": chat.pinned, "archived": chat.archived, "tag": tag in chat.tags}[filter.name]
            case "has", "tool":
                return one.payload == TOOL
            case "has", "file":
                return one.id in self.files
            case "has", "branch":
                others = [other for other in self.messages if other.conversation_id == one.conversation_id]
                return any(other.parent_id == one.parent_id and other.id != one.id for other in others)
            case "interrupted", _:
                return one.state == "interrupted"
            case _, least:
                return filter.name == "cost" and (one.price or 0) > Decimal(least)


def words(text: str) -> list[str]:
    """As the index folds them; no letter of the words here becomes two."""
    plain = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    return re.findall(r"\w+", plain.lower())


ASKED = (
    "tea", "te*", "tea*", "t*", "the", '"tea steam"', '"co op"', "strasse", "straße", "ete", "-tea", "-te*", "x1",
    "it s", '"naive te"*', "brew", "in:thinking", "in:files", "in:reply", "in:prompt|reply", "-in:tools",
    "in:prompt|tools", "in:prompt|thinking", "in:reply|files", "in:tools|files", "brew*", "-brew*",
    "model:gpt", "model:o", "provider:ollama", "provider:openai", "-model:gpt", "-provider:openai", "model:none",
    "-model:none", "has:tool", "-has:tool", "has:file", "-has:file", "has:branch", "-has:branch", "has:image",
    "is:interrupted", "-is:interrupted", "is:bin", "cost>0", "cost>0.005", "cost>0.06", "-cost>0.05", "cost>5",
    "after:2026", "before:2026-03-05", "after:2026-02-20", "-after:2026", "before:2025-12", "after:2030", "before:1990",
    "tag:work", "-tag:home", "is:pinned", "-is:pinned", "is:archived", "-is:archived",
)  # fmt: skip


@pytest.mark.parametrize("glance_s", [0, 60])
@pytest.mark.parametrize("seed", range(3))
def test_the_index_finds_what_reading_every_message_finds(
    seed: int, glance_s: float, monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    monkeypatch.setattr(search, "_GLANCE_S", glance_s)  # words that go on: only by the index, or only by reading
    library = Library(seed)
    chance = random.Random(seed)
    some = 0
    for _ in range(100 * rounds):
        typed = " ".join(chance.sample(ASKED, chance.choice((1, 1, 2, 2, 3))))
        query = read_query(typed, TODAY)
        wanted = library.read(query)
        hits = find_messages(library.connection, query, 1000)
        assert [hit.message_id for hit in hits] == wanted, typed
        first = find_messages(library.connection, query, 3)
        more = find_messages(library.connection, query, 1000, before=first[-1].number) if first else ()
        assert (*first, *more) == hits, typed
        some += bool(wanted)
    assert some > 20 * rounds
    library.connection.close()
