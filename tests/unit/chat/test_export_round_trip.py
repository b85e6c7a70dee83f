"""What is kept as our JSON must come back as it was: whoever moves to another machine has nothing else."""

import asyncio
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.library import conversation
from tui.chat.export import export_text
from tui.chat.ids import new_id
from tui.chat.importing import run
from tui.chat.library import Library
from tui.formats import FORMATS
from tui.store.database import Database
from tui.store.records import Attachment, Conversation, Message, MessageState
from tui.tags import is_tag

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(WORDS, VALUES, max_size=4)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))
COUNTS = st.none() | st.integers(0, 2**53 - 1)
PRICES = st.none() | st.decimals(Decimal("0.00000001"), Decimal(1000), places=8)
TAGS = st.text(st.characters(categories=["Ll", "Nd"]), min_size=1, max_size=8).filter(is_tag)


def json_or_nothing(values: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    return st.just("") | values.map(json.dumps)


@st.composite
def messages(draw: st.DrawFn, owner: Conversation) -> tuple[Message, ...]:
    """A tree: each message follows any one before it, or none."""
    made: list[Message] = []
    for _ in range(draw(st.integers(1, 6))):
        reply = draw(st.booleans())
        parent = draw(st.sampled_from([None, *[one.id for one in made]]))
        state: MessageState = draw(st.sampled_from(["done", "interrupted", "failed"])) if reply else "done"
        assert state in get_args(MessageState)
        made.append(
            Message(
                new_id(), owner.id, parent, "reply" if reply else "prompt", state,
                json.dumps(draw(st.lists(OBJECTS, max_size=2)), separators=(",", ":")).encode(),
                draw(WORDS), draw(WORDS) if reply else "", f"openai:{draw(WORDS)}" if reply else "",
                draw(json_or_nothing(OBJECTS)) if reply else "", draw(json_or_nothing(OBJECTS)) if reply else "",
                draw(PRICES) if reply else None, draw(json_or_nothing(OBJECTS)) if state == "failed" else "",
                draw(COUNTS), draw(COUNTS), draw(COUNTS), draw(TIMES), draw(st.sampled_from(["", "stop", "length"])),
                draw(json_or_nothing(OBJECTS)),
            )
        )  # fmt: skip
    return tuple(made)


@st.composite
def chats(draw: st.DrawFn) -> tuple[Conversation, tuple[Message, ...], tuple[Attachment, ...]]:
    """A conversation with everything that one can have, which says nothing of what it may do on a machine."""
    given = {key: value for key, value in draw(OBJECTS).items() if key not in ("tools", "folder")}
    owner = replace(
        conversation(draw(WORDS), model=f"openai:{draw(WORDS)}"),
        title_by=draw(st.sampled_from(["prompt", "user"])), settings=json.dumps(given), created_at=draw(TIMES),
        pinned=draw(st.booleans()), archived=draw(st.booleans()),
        tags=tuple(sorted(draw(st.sets(TAGS, max_size=3)))),
    )  # fmt: skip
    tree = draw(messages(owner))
    files = [
        Attachment(hashlib.sha256(data).hexdigest(), message.id, draw(WORDS), "image/png", data)
        for message in tree
        for data in draw(st.lists(st.binary(max_size=20), max_size=2, unique=True))
    ]
    last = max([owner.created_at, *(message.created_at for message in tree)])
    return replace(owner, active_leaf=draw(st.sampled_from(tree)).id, updated_at=last), tree, tuple(files)


def by_parents(text: str) -> dict[str, Any]:
    """The document, siblings by their times: which of two that are none stands first says nothing."""
    document: dict[str, Any] = json.loads(text)
    document["messages"].sort(key=lambda one: (one["parent_id"] or "", one["created_at"], one["id"]))
    document["attachments"].sort(key=lambda file: file["message_id"])  # those of one message in their order
    return document


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(chats())
def test_whatever_a_chat_holds_it_comes_back_from_our_json(
    tmp_path: Path, chat: tuple[Conversation, tuple[Message, ...], tuple[Attachment, ...]]
) -> None:
    file = tmp_path / "chat.json"
    file.write_text(FORMATS["json"].write(*chat))

    async def there_and_back() -> str:
        library = Library(Database(None))
        await library.database.open()
        try:
            report = await run(library, [file])
            assert [(entry.outcome, entry.added) for entry in report.entries] == [("new", len(chat[1]))]
            return await export_text(library, chat[0].id, "json")
        finally:
            await library.database.close()

    assert by_parents(asyncio.run(there_and_back())) == by_parents(file.read_text())
