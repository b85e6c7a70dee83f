"""The JSON export holds everything: from the file alone the conversation can be made again, and its messages load."""

import json
from base64 import b64decode
from dataclasses import fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.library import conversation, prompt, reply
from tui.formats import FORMATS
from tui.store.records import Attachment, Conversation, Message, branch_of

HOSTILE = "a\x1b]0;pwned\x07\x9b\u202e\x7f\x00\U000e0041 ü 🌍"


def seeded() -> tuple[Conversation, list[Message], list[Attachment]]:
    owner = replace(conversation(HOSTILE), pinned=True, archived=True, tags=("a", "b"), settings='{"temperature": 0.5}')
    asked = replace(prompt(owner, HOSTILE), payload=request("Why?"))
    failed = replace(
        reply(owner, asked), state="failed", failure='{"kind": "auth", "title": "Key refused", "retry_after_s": null}'
    )
    answer = replace(
        reply(owner, asked, HOSTILE),
        payload=response("Because."),
        thinking="hm",
        usage='{"input": 3, "cached": null, "estimated": false}',
        price=Decimal("0.00000012300"),
        thinking_ms=1,
        first_token_ms=2,
        total_ms=3,
    )
    file = Attachment("00ff", asked.id, HOSTILE, "image/png", bytes(range(256)))
    return replace(owner, active_leaf=answer.id), [asked, failed, answer], [file]


def request(text: str) -> bytes:
    part = {"content": text, "timestamp": "2026-11-22T12:00:00Z", "part_kind": "user-prompt"}
    return json.dumps([{"parts": [part], "kind": "request"}]).encode()


def response(text: str) -> bytes:
    part = {"content": text, "part_kind": "text"}
    stamp = "2026-11-22T12:00:01Z"
    return json.dumps([{"parts": [part], "model_name": "gpt-5.6", "timestamp": stamp, "kind": "response"}]).encode()


def read_again(text: str) -> tuple[Conversation, list[Message], list[Attachment]]:
    """Make the rows again with nothing but the file: the proof that nothing is missing from it."""
    document = json.loads(text)
    rows = [row(values, Message) for values in document["messages"]]
    files = [file | {"data": b64decode(file["data"])} for file in document["attachments"]]
    return (
        Conversation(**row(document["conversation"], Conversation)),
        [Message(**values) for values in rows],
        [Attachment(**values) for values in files],
    )


def row(values: dict[str, Any], kind: type[Conversation] | type[Message]) -> dict[str, Any]:
    of_the_library = {"unread", "deleted_at"}
    assert set(values) == {field.name for field in fields(kind)} - of_the_library
    made = dict(values)
    if "tags" in made:
        made["tags"] = tuple(made["tags"])
    for name in {"settings", "usage", "failure"} & set(made):
        made[name] = "" if made[name] is None else json.dumps(made[name])
    for name in {"created_at", "updated_at"} & set(made):
        made[name] = datetime.fromisoformat(made[name])
    if "price" in made and made["price"] is not None:
        made["price"] = Decimal(made["price"])
    if "payload" in made:
        made["payload"] = b"" if made["payload"] is None else json.dumps(made["payload"]).encode()
    return made


def test_every_field_of_every_row_comes_back() -> None:
    saved = seeded()
    again = read_again(FORMATS["json"].write(*saved))
    assert again == saved
    assert str(again[1][2].price) == str(saved[1][2].price)  # zeros at the end too


def test_the_messages_of_the_active_branch_load_as_a_history() -> None:
    from tui.agent.messages import ModelMessagesTypeAdapter

    owner, messages, files = seeded()
    document = json.loads(FORMATS["json"].write(owner, messages, files))
    payloads = {values["id"]: values["payload"] for values in document["messages"]}
    history = [message for step in branch_of(messages, owner.active_leaf) for message in payloads[step.id]]
    assert [message.kind for message in ModelMessagesTypeAdapter.validate_python(history)] == ["request", "response"]
    assert [message.kind for message in ModelMessagesTypeAdapter.validate_json(json.dumps(history))] == [
        "request",
        "response",
    ]


def test_the_file_says_what_it_is() -> None:
    document = json.loads(FORMATS["json"].write(*seeded()))
    assert (document["format"], document["version"]) == ("chinwag", 1)


def test_the_file_is_safe_to_show_on_a_terminal() -> None:
    text = FORMATS["json"].write(*seeded())
    assert text.isascii() and all(char == "\n" or char.isprintable() for char in text)


def test_a_row_that_holds_no_json_is_kept_not_refused() -> None:
    owner, messages, _ = seeded()
    broken = [replace(messages[0], payload=b"\xff[", settings="{"), replace(messages[1], payload=b"")]
    document = json.loads(FORMATS["json"].write(owner, broken))
    assert b64decode(document["messages"][0]["payload"]["base64"]) == b"\xff["
    assert document["messages"][1]["payload"] is None


@given(st.text(), st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_is_lost(title: str, text: str) -> None:
    owner = replace(conversation(title), pinned=True, tags=("a", "b"))
    asked = prompt(owner, text)
    assert read_again(FORMATS["json"].write(owner, [asked]))[:2] == (owner, [asked])
