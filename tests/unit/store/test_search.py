"""What was said once is found by its words, wherever it stands, and what is gone is not found any more."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.library import NOON, conversation, prompt, reply
from tui.chat.search import read_query
from tui.store import conversations, folders, imports, search, search_index
from tui.store.imports import ImportLink
from tui.store.migrations import MIGRATIONS, migrate
from tui.store.records import Attachment, Conversation, Message
from tui.store.search import find_chats, find_messages, find_titles
from tui.store.search_index import index_slice, progress
from tui.store.search_records import SearchHit
from tui.store.transaction import atomically

TODAY = date(2026, 11, 22)


@pytest.fixture
def library() -> Iterator[sqlite3.Connection]:
    """An empty library in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    migrate(connection)
    yield connection
    connection.close()


def save(
    library: sqlite3.Connection, chat: Conversation, *messages: Message, files: tuple[Attachment, ...] = ()
) -> None:
    """Store a chat with messages, as the library does."""

    def work(connection: sqlite3.Connection) -> None:
        conversations.save_conversation(connection, chat)
        conversations.append(connection, messages, files)

    atomically(library, work)


def found(library: sqlite3.Connection, typed: str) -> list[str]:
    """The ids of the messages that are found."""
    return [hit.message_id for hit in find_messages(library, read_query(typed, TODAY), 50)]


def marked(library: sqlite3.Connection, typed: str) -> list[str]:
    """What is marked in the first hit."""
    (hit, *_) = find_messages(library, read_query(typed, TODAY), 50)
    return [text for text, mark in hit.snippet if mark]


TOOLS = (
    b'[{"kind":"response","parts":[{"part_kind":"tool-call","tool_name":"weather",'
    b'"args":"{\\"town\\": \\"K\\u00f6ln\\"}"}]},'
    b'{"kind":"request","parts":[{"part_kind":"tool-return","tool_name":"weather","content":{"sky":["drizzle"]}}]}]'
)


def test_words_are_found_wherever_they_stand(library: sqlite3.Connection) -> None:
    chat = conversation("Trip to Åre")
    asked = prompt(chat, "Which crème brûlée?\nThe one with ice.")
    answer = replace(reply(chat, asked, "```python\nprint('vanilla')\n```"), thinking="pondering", payload=TOOLS)
    text = Attachment("h", asked.id, "recipe.txt", "text/plain", b"stir the custard")
    save(library, chat, asked, answer, files=(text,))
    for typed in ("creme BRULEE", '"brulee the one"', "crè*", "recipe", "custard", "in:files custard", "has:file ice"):
        assert found(library, typed) == [asked.id], typed
    for typed in (
        "vanilla",
        "pondering",
        "in:thinking pondering",
        "weather",
        "koln",
        "drizzle",
        "has:tool",
        "has:code",
    ):
        assert found(library, typed) == [answer.id], typed
    for typed in (
        "",
        "cust",
        "in:reply ice",
        "ice vanilla",
        "ice -custard",
        "has:image",
        '"the brulee"',
        "in:title ice",
    ):
        assert found(library, typed) == [], typed
    assert found(library, "-vanilla") == [asked.id]
    assert marked(library, "brulee one") == ["brûlée", "one"]
    assert marked(library, "drizzle") == ["drizzle"] and marked(library, "custard") == ["custard"]
    (title,) = find_titles(library, read_query("are trip", TODAY), 5)
    assert title.conversation_id == chat.id and [text for text, mark in title.snippet if mark] == ["Trip", "Åre"]
    assert find_titles(library, read_query("trip in:prompt", TODAY), 5) == ()
    assert find_titles(library, read_query("trip before:2026-11", TODAY), 5) == ()
    assert len(find_titles(library, read_query("trip after:2026-11-22", TODAY), 5)) == 1
    assert find_titles(library, read_query("trip is:pinned", TODAY), 5) == ()
    atomically(library, folders.set_archived, [chat.id], True)
    (archived,) = find_titles(library, read_query("trip is:archived -is:pinned -tag:work", TODAY), 5)
    assert archived.archived and find_titles(library, read_query("trip -is:archived", TODAY), 5) == ()
    atomically(library, folders.delete, [chat.id], NOON)
    assert len(find_titles(library, read_query("trip is:bin", TODAY), 5)) == 1
    assert find_titles(library, read_query("trip", TODAY), 5) == ()


def test_chinese_japanese_and_korean_are_found_by_two_characters_inside_a_sentence(library: sqlite3.Connection) -> None:
    chat = conversation("京都の夏")
    japanese = prompt(chat, "来年は東京都庁へGPTと行きます。")
    korean = prompt(chat, "인공지능은재미있다", parent=japanese)
    chinese = prompt(chat, "我喜欢机器学习和数学", parent=korean)
    save(library, chat, japanese, korean, chinese)
    for typed, message in {
        "東京": japanese, "京都": japanese, "都庁": japanese, "東京都庁": japanese,
        "庁へGPT": japanese, "gptと行": japanese,
        "지능": korean, "재미": korean, "机器": chinese, "学习": chinese, "習": None,
        "学": chinese, "京東": None, "学机": None,
    }.items():  # fmt: skip
        assert found(library, typed) == ([message.id] if message else []), typed
    assert marked(library, "都庁") == ["都庁"]
    assert [hit.title for hit in find_titles(library, read_query("都の", TODAY), 5)] == ["京都の夏"]


NASTY = ('"', '""', "'", "*", "-", "--", "(", "a)", "AND", "OR NOT", "NEAR(a b)", "{text}:", "prompt:x", "^a", "a^b",
         "+", "\0", "a\0b", "in:", "has:", "cost>", "-in:reply", "\ud800", "%", "_", "\\", "a:b:c", "é*",
         '"a"*', "-*", "😀",
         "ﷺ", "x" * 10_000, "a " * 500, "؟", "http://x.y/?z=1&q=%20", '-"', '"a',
         "cost>nan", "before:0000-00-00", "before:1-1-1", "before:0001-01-01",
         "after:9999-12-31", "after:0001")  # fmt: skip


@pytest.mark.parametrize("typed", NASTY)
def test_nothing_that_is_typed_is_an_error(library: sqlite3.Connection, typed: str) -> None:
    chat = conversation("a b text")
    save(library, chat, prompt(chat, "a b text:x"))
    for typing in (False, True):
        query = read_query(typed, TODAY, typing=typing)
        find_messages(library, query, 5)
        find_titles(library, query, 5)


def test_filters(library: sqlite3.Connection) -> None:
    chat, other = conversation("One"), conversation("Two", minutes=-60 * 24 * 40)
    asked, older = prompt(chat, "apple"), prompt(other, "apple")
    answers = [
        replace(reply(chat, asked, "apple", model="openai:gpt-5.6"), price=Decimal("0.10")),
        replace(reply(chat, asked, "apple", model="ollama:qwen3:8b"), state="interrupted"),
    ]
    save(library, chat, asked, *answers)
    save(library, other, older)
    ids = [answer.id for answer in answers]
    for typed, wanted in {
        "apple": [older.id, ids[1], ids[0], asked.id], "model:gpt apple": [ids[0], asked.id],
        "model:qwen3:8": [ids[1], asked.id],
        "provider:ollama": [ids[1], asked.id], "model:ollama:q in:reply": [ids[1]], "provider:x": [],
        "apple -model:gpt": [older.id, ids[1]], "-provider:ollama in:reply": [ids[0]],
        "-is:interrupted model:q": [asked.id],
        "apple after:2026-11": [ids[1], ids[0], asked.id], "before:2026-11-01": [older.id],
        "before:7d apple": [older.id],
        "cost>0.05": [ids[0]], "cost>$0.1": [], "is:interrupted": [ids[1]], "has:branch": [ids[1], ids[0]],
        "is:bin": [],
    }.items():  # fmt: skip
        assert found(library, typed) == wanted, typed
    folders.delete(library, [other.id], NOON)
    assert found(library, "is:bin apple") == [older.id] and older.id not in found(library, "apple")
    page = find_messages(library, read_query("apple", TODAY), 2)
    assert [
        hit.message_id for hit in find_messages(library, read_query("apple", TODAY), 2, before=page[-1].number)
    ] == [asked.id]
    (one,) = find_messages(library, read_query("apple", TODAY), 9, one_per_chat=True)
    assert one.message_id == ids[1]


def terms(library: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Everything that is in the index, titles with the ids of their chats."""
    library.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab (main, search_index, instance)")
    library.execute("CREATE VIRTUAL TABLE temp.titles USING fts5vocab (main, search_titles, instance)")
    rows = [
        *library.execute("SELECT term, doc, col, offset FROM words ORDER BY 1, 2, 3, 4"),
        *library.execute(
            "SELECT term, id, col, offset FROM titles JOIN search_chats ON number = doc ORDER BY 1, 2, 3, 4"
        ),
    ]
    library.execute("DROP TABLE temp.words")
    library.execute("DROP TABLE temp.titles")
    return rows


def build(library: sqlite3.Connection, size: int = 3) -> None:
    while not atomically(library, index_slice, size).complete:
        pass


class Changes:
    """All that can happen to messages, at random; each method is one change."""

    def __init__(self, library: sqlite3.Connection, seed: int) -> None:
        self.library = library
        self.chance = random.Random(seed)
        self.chats = [conversation(f"chat {number} 東京都") for number in range(3)]
        self.number = self.brought = 0
        for chat in self.chats:
            save(library, chat, prompt(chat, "the first 東京都"))

    def some(self) -> str:
        (id,) = self.library.execute("SELECT id FROM messages ORDER BY random() LIMIT 1").fetchone()
        return str(id)

    def chat(self) -> Conversation:
        chat = self.chance.choice(self.chats)
        conversations.save_conversation(self.library, chat)
        return chat

    def add(self) -> None:
        chat = self.chat()
        one = replace(prompt(chat, f"```\nreply {self.number}\n```"), kind="reply", model="m", payload=TOOLS)
        file = Attachment(f"h{self.number}", one.id, "notes.txt", "text/plain", f"file {self.number}".encode())
        conversations.append(self.library, [one], [file] if self.chance.random() < 0.5 else [])

    def answer(self) -> None:
        (id, chat, kind) = self.library.execute(
            "SELECT id, conversation_id, kind FROM messages ORDER BY random() LIMIT 1"
        ).fetchone()
        one = prompt(replace(self.chats[0], id=chat), f"follows {self.number}")
        if kind == "prompt":
            price, model = Decimal(self.number) / 1000, f"m{self.number % 3}"
            one = replace(
                one, kind="reply", state=self.chance.choice(("done", "interrupted")), model=model, price=price
            )
        conversations.append(self.library, [replace(one, parent_id=self.chance.choice((id, id, None)))])

    def bring(self) -> None:
        """An import of a chat, or of more of one, whose messages are of any time."""
        chat = self.chat()
        link = ImportLink("Chinwag", str(self.number), "digest")
        times = [NOON - timedelta(seconds=self.chance.randint(0, 9)) for _ in range(3)]
        first, *others = [replace(prompt(chat, f"came {self.number}"), created_at=time) for time in times]
        if (known := conversations.tree(self.library, chat.id)) and self.chance.random() < 0.5:
            first = self.chance.choice(known)  # such as one of ours, that went out and has come back with answers
        new = [first, *(replace(one, parent_id=first.id) for one in others)]
        self.brought += imports.take(self.library, link, chat, new, [], {}, NOON).added

    def reprice(self) -> None:
        self.library.execute("UPDATE messages SET price = '2.5', model = 'other' WHERE id = ?", (self.some(),))

    def start(self) -> None:
        chat = self.chat()
        one = replace(reply(chat, prompt(chat)), parent_id=None)
        conversations.append(self.library, [one])
        conversations.checkpoint(self.library, one.id, f"so far {self.number}", "", b"[]")
        if self.chance.random() < 0.7:
            conversations.finish_reply(self.library, replace(one, state="done", text=f"all {self.number}"), NOON)

    def edit(self) -> None:
        self.library.execute("UPDATE messages SET text = ? WHERE id = ?", (f"{self.number} 京都府", self.some()))

    def attach(self) -> None:
        conversations.append(
            self.library, [], [Attachment(f"k{self.number}", self.some(), "späť.md", "text/x", b"inside")]
        )

    def remove(self) -> None:
        if self.library.execute("SELECT count(*) FROM messages").fetchone()[0] > 4:
            self.library.execute("UPDATE messages SET deleted_at = 1 WHERE id = ?", (self.some(),))
            folders.purge(self.library, datetime(2026, 12, 1, tzinfo=UTC))

    def remove_chat(self) -> None:
        if self.library.execute("SELECT count(*) FROM messages").fetchone()[0] > 20:
            folders.delete(self.library, [self.chat().id], NOON - timedelta(days=99))
            folders.purge(self.library, datetime(2026, 12, 1, tzinfo=UTC))

    def title(self) -> None:
        chat = self.chat().id
        conversations.rename(self.library, chat, f"renamed {self.number}")
        if self.number % 2:
            folders.delete(self.library, [chat], NOON)
        folders.set_pinned(self.library, [self.chat().id], self.number % 3 == 0)
        folders.set_archived(self.library, [self.chat().id], self.number % 4 == 0)
        self.library.execute("UPDATE conversations SET updated_at = ?", (self.number * 1_000_000_000_000,))

    def end(self) -> None:
        conversations.interrupt(self.library, [])

    def some_in_one_transaction(self) -> None:
        steps = [self.add, self.start, self.edit, self.attach, self.remove, self.remove_chat, self.title]
        steps += [self.answer, self.answer, self.answer, self.reprice, self.end, self.bring, self.bring]
        self.number += 1
        for step in self.chance.sample(steps, self.chance.choice((1, 1, 2))):
            step()


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_to_messages_the_index_is_as_if_built_anew(library: sqlite3.Connection, seed: int) -> None:
    changes = Changes(library, seed)
    for number in range(60):
        atomically(library, lambda connection: changes.some_in_one_transaction())
        if number == 30:  # from here on it is half-built
            atomically(library, search_index.start_over)
            for _ in range(2):
                atomically(library, index_slice, 2)
        state = progress(library)
        assert 0 <= state.done <= state.total
    build(library)
    kept = terms(library)
    wrong = "SELECT 1 FROM messages AS child JOIN messages AS above ON above.id = child.parent_id"
    assert library.execute(f"{wrong} WHERE above.number >= child.number").fetchone() is None
    assert changes.brought
    atomically(library, search_index.start_over)
    assert not progress(library).complete
    build(library, 500)
    assert terms(library) == kept and kept


def test_an_older_library_is_indexed_in_slices_the_newest_first(library: sqlite3.Connection) -> None:
    old = sqlite3.connect(":memory:", isolation_level=None)
    migrate(old, MIGRATIONS[:3])
    chat = conversation("Old")
    old.execute("INSERT INTO conversations VALUES (?, 'Old', 'user', '', '{}', NULL, 0, 0, NULL)", (chat.id,))
    messages = [prompt(chat, f"common word{number}") for number in range(10)]
    conversations.append(old, messages)
    migrate(old)
    assert not progress(old).complete and found(old, "common") == []
    while not (state := atomically(old, index_slice, 4)).done:
        pass
    assert state.percent == 40 and found(old, "common") == [message.id for message in reversed(messages[6:])]
    save(old, chat, late := prompt(chat, "common late"))  # what is written meanwhile is found at once
    assert found(old, "common")[0] == late.id
    build(old)
    assert len(found(old, "common")) == 11 and len(find_titles(old, read_query("old", TODAY), 5)) == 1
    assert progress(old).percent == 100
    old.close()


def test_what_another_program_has_written_is_indexed_with_our_next_transaction(library: sqlite3.Connection) -> None:
    chat = conversation()
    save(library, chat, asked := prompt(chat, "before"))
    library.execute("UPDATE messages SET text = 'after'")
    atomically(library, lambda connection: None)
    assert found(library, "before") == [] and found(library, "after") == [asked.id]
    save(library, chat, *(prompt(chat, f"many {number}") for number in range(search_index.AT_ONCE + 5)))
    assert not progress(library).complete  # a long import: the rest is done behind
    build(library)
    assert len(find_messages(library, read_query("many", TODAY), 1000)) == search_index.AT_ONCE + 5

    def add_chats(connection: sqlite3.Connection) -> None:
        for _ in range(search_index.AT_ONCE + 5):
            conversations.save_conversation(connection, conversation("Late"))

    atomically(library, add_chats)
    assert not progress(library).complete
    build(library)
    assert len(find_titles(library, read_query("late", TODAY), 1000)) == search_index.AT_ONCE + 5


def test_a_damaged_index_costs_no_message(library: sqlite3.Connection) -> None:
    chat = conversation()
    save(library, chat, prompt(chat, "first words"))
    library.execute("UPDATE search_index_data SET block = x'00ff' WHERE id > 1")
    library.execute("UPDATE search_index_data SET block = x'ffffffffffffffff' WHERE id = 10")
    save(library, chat, second := prompt(chat, "second words"))
    assert [message.id for message in conversations.tree(library, chat.id)][-1] == second.id
    build(library)
    assert len(found(library, "words")) == 2


def test_an_index_of_another_version_is_built_anew(library: sqlite3.Connection) -> None:
    chat = conversation("A title")
    save(library, chat, prompt(chat, "words"))
    library.execute("UPDATE search_progress SET version = 0")
    save(library, chat, prompt(chat, "more words"))
    assert not progress(library).complete
    build(library)
    assert len(found(library, "words")) == 2


def test_the_chats_in_which_something_was_said_come_in_pages_each_once(library: sqlite3.Connection) -> None:
    chats = [conversation("Plums" if number % 3 == 0 else f"Chat {number}") for number in range(20)]
    for chat in chats:
        save(library, chat, *(prompt(chat, f"plums and {text}") for text in ("pears", "apples")))
    for typed in ("plums", "plu*", "plums apples"):
        query, pages = read_query(typed, TODAY), list[SearchHit]()
        while more := find_chats(library, query, 3, pages):
            pages += more
        assert sorted(hit.conversation_id for hit in pages) == sorted(chat.id for chat in chats), typed
        assert tuple(pages) == find_chats(library, query, 99)
        assert list(dict.fromkeys(hit.place for hit in pages)) == ["title", "prompt"] or typed == "plums apples"


@pytest.mark.parametrize("few", [search._FEW_TITLES, 0])
def test_titles_come_as_the_chats_do_whatever_was_stored_last(
    library: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(search, "_FEW_TITLES", few)
    days = random.Random(7).sample(range(1, 200), 120)
    chats = [
        replace(conversation(f"Plums of {day}"), id=f"{day:032x}", updated_at=NOON - timedelta(days=day))
        for day in days
    ]
    for chat in chats:
        save(library, chat)
    in_order = [chat.id for chat in sorted(chats, key=lambda chat: chat.updated_at, reverse=True)]
    atomically(library, folders.set_archived, in_order[10:20], True)
    atomically(library, folders.set_pinned, in_order[15:25], True)  # which stores their titles anew
    for typed in ("plums", "pl*", "in:title plums -pears"):
        query, pages = read_query(typed, TODAY), list[SearchHit]()
        while more := find_chats(library, query, 50, pages):
            pages += more
        assert [hit.conversation_id for hit in pages] == in_order, typed
        assert [hit.created_at for hit in pages] == sorted((hit.created_at for hit in pages), reverse=True)
    assert [hit.archived for hit in find_titles(library, read_query("plums is:archived", TODAY), 50)] == [True] * 10
    deleted = in_order[50:60]
    for number, id in enumerate(deleted):
        atomically(library, folders.delete, [id], NOON + timedelta(days=number))
    binned = find_titles(library, read_query("plums is:bin", TODAY), 50)
    assert [hit.conversation_id for hit in binned] == deleted[::-1]
    assert binned[0].created_at == NOON + timedelta(days=9)


@pytest.mark.parametrize("few", [search._FEW_TITLES, 0])
def test_a_title_that_is_just_that_comes_first_and_the_best_when_that_is_asked_for(
    library: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(search, "_FEW_TITLES", few)
    titles = ("Plan", "A plan for the plan of plans", "Release plan", "Plan of the garden and all that is in it")
    for day, title in enumerate(titles):
        save(library, replace(conversation(title), updated_at=NOON + timedelta(days=day)))
    found = find_titles(library, read_query("plan", TODAY), 9)
    assert [hit.title for hit in found] == [titles[0], titles[3], titles[2], titles[1]]
    assert find_titles(library, read_query("plan", TODAY), 1)[0].title == "Plan"
    best = [hit.title for hit in find_titles(library, read_query("plan sort:best", TODAY), 9)]
    assert best[0] == "Plan" and best[-1] == titles[3]


@pytest.mark.parametrize("few", [search._FEW_TITLES, 0])
def test_titles_are_found_by_what_is_the_same_to_the_index(
    library: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(search, "_FEW_TITLES", few)
    titles = ("ΣΑΣ", "ſet plan", "set", "Straße", "STRASSE der Äpfel", "Äpfel plan")
    for day, title in enumerate(titles):
        save(library, replace(conversation(title), updated_at=NOON + timedelta(days=day)))
    for typed, expected in {
        "σας": ["ΣΑΣ"], "set": ["set", "ſet plan"], "ſet": ["set", "ſet plan"], "se* -plan": ["set"],
        "straße": ["Straße"], "apfel": ["Äpfel plan", "STRASSE der Äpfel"], "äpfel -straße": ["Äpfel plan",
        "STRASSE der Äpfel"], "plan -apfel": ["ſet plan"], "set -ſet": [], "set -set": [],
    }.items():  # fmt: skip
        assert [hit.title for hit in find_titles(library, read_query(typed, TODAY), 9)] == expected, typed


def test_the_best_come_first_when_that_is_asked_for(library: sqlite3.Connection) -> None:
    chats = [conversation(f"Chat {number}") for number in range(4)]
    texts = ("tea " * 9, "tea and much else " * 9, "tea", "tea with some cake and milk")
    asked = [prompt(chat, text) for chat, text in zip(chats, texts, strict=True)]
    for chat, one in zip(chats, asked, strict=True):
        save(library, chat, one)
    atomically(library, folders.delete, [chats[2].id], NOON)
    best = found(library, "te* sort:best")
    assert best[0] == asked[0].id and sorted(best) == sorted(asked[number].id for number in (0, 1, 3))
    assert found(library, "te*") == [asked[number].id for number in (3, 1, 0)] == found(library, "te* sort:newest")
    query = read_query("tea sort:best", TODAY)
    first = find_chats(library, query, 1)
    assert [hit.message_id for hit in (*first, *find_chats(library, query, 9, first))] == best
    assert found(library, "sort:best is:bin tea") == [asked[2].id]


def test_snippets_are_one_line_around_the_first_place(library: sqlite3.Connection) -> None:
    chat = conversation()
    save(library, chat, prompt(chat, f"{'before ' * 50}\n\n\x1b[31m needle\there {'after ' * 50}"))
    (hit,) = find_messages(library, read_query("needle", TODAY), 5)
    text = "".join(piece for piece, _ in hit.snippet)
    assert text.startswith("…before") and text.endswith("…") and "needle here" in text and "\n" not in text
    assert len(text) < 170 and hit.created_at - NOON < timedelta(days=1)


def test_snippets_say_what_was_said_without_the_signs_of_markdown(library: sqlite3.Connection) -> None:
    chat = conversation()
    save(library, chat, prompt(chat, f"## Tools\n\n- a **sharp needle** and `thread` {'after ' * 50}"))
    (hit,) = find_messages(library, read_query("needle", TODAY), 5)
    assert "".join(piece for piece, _ in hit.snippet).startswith("Tools a sharp needle and thread after")
    assert [piece for piece, marked in hit.snippet if marked] == ["needle"]


def test_snippets_of_what_is_no_markdown_are_as_it_was_written(library: sqlite3.Connection) -> None:
    line = "y = a[0](i) + zebra(i) # __init__ **kw**"
    chat = conversation("# The *zebra* plan")
    asked = prompt(chat, "what is this?")
    tool = TOOLS.replace(b"drizzle", b"the **zebra** `of` [a](b)")
    answer = reply(chat, asked, f"It is:\n```python\n{'x = 1 # ' * 9}\n{line}\n```\nand **zebra** too")
    save(library, chat, asked, replace(answer, payload=tool), files=(Attachment("h", asked.id, "a.py", "text/plain",
         line.encode()),))  # fmt: skip

    def snippet(typed: str, find: Callable[..., tuple[SearchHit, ...]] = find_messages) -> str:
        (hit,) = find(library, read_query(typed, TODAY), 5)
        return "".join(piece for piece, _ in hit.snippet)

    assert line in snippet("in:files zebra")
    assert snippet("in:tools zebra").endswith("the **zebra** `of` [a](b)")
    assert snippet("in:title zebra", find_titles) == "# The *zebra* plan"
    assert f"{line} and zebra too" in snippet("in:reply zebra")


def test_words_that_stand_in_signs_of_markdown_only_are_marked_there(library: sqlite3.Connection) -> None:
    chat = conversation()
    asked = prompt(chat, "see **[the page](https://example.org/a)** for more\n\n```python\nprint(1)\n```")
    save(library, chat, asked)
    assert marked(library, "example") == ["example"] and marked(library, "python") == ["python"]
    assert marked(library, "page") == ["page"]
    (hit,) = find_messages(library, read_query("page", TODAY), 5)
    assert hit.snippet[0] == ("see the ", False)
