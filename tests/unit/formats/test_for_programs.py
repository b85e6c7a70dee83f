"""Messages, JSONL and CSV are read by programs: a wrong shape or a formula in a title breaks them, or runs there."""

import csv
import io
import json
from base64 import urlsafe_b64decode
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.exports import PNG, a_chat_with_files
from tests.support.library import conversation, prompt, reply
from tui.agent.messages import ModelMessagesTypeAdapter
from tui.errors import UsageError
from tui.formats import FORMATS, named_by
from tui.formats.left_out import in_words, left_out
from tui.store.records import Attachment


def test_messages_load_with_their_files_and_with_ids_that_belong_together() -> None:
    text = FORMATS["messages"].write(*a_chat_with_files())
    loaded = ModelMessagesTypeAdapter.validate_json(text)
    assert [message.kind for message in loaded] == ["request", "response", "request", "response"]
    asked, called, returned, _ = json.loads(text)
    words, image, notes, document, gone = asked["parts"][0]["content"]
    assert (words, image["kind"], document["media_type"]) == ("Look", "binary", "application/pdf")
    assert urlsafe_b64decode(image["data"]) == PNG
    assert "milk" in notes and "lost" in gone
    assert [part["part_kind"] for part in called["parts"]] == ["text", "tool-call"]
    assert called["parts"][1]["tool_call_id"] == returned["parts"][0]["tool_call_id"] is not None


def test_a_line_of_jsonl_is_what_openai_reads() -> None:
    (line,) = FORMATS["jsonl"].write(*a_chat_with_files()).splitlines()
    system, asked, called, returned, answered = json.loads(line)["messages"]
    assert system == {"role": "system", "content": "Be brief."}
    assert [item["type"] for item in asked["content"]] == ["text", "image_url", "text", "text", "text", "text"]
    assert asked["content"][1]["image_url"]["url"].startswith("data:image/png;base64,")
    function = {"name": "f", "arguments": '{"x": 1}'}
    assert called["tool_calls"] == [{"id": "f", "type": "function", "function": function}]
    assert returned == {"role": "tool", "tool_call_id": "f", "content": '{"y": 2}'}
    assert answered == {"role": "assistant", "content": "A cat."}


def test_a_table_has_every_reply_and_no_formula() -> None:
    head, first, second = csv.reader(io.StringIO(FORMATS["csv"].write(*a_chat_with_files())))
    row = dict(zip(head, first, strict=True))
    assert (row["title"], row["input"], row["cached"], row["dollars"]) == ("'=cmd()", "3", "", "0.000001")
    assert second[head.index("dollars")] == ""


def test_each_format_says_what_it_lacks() -> None:
    owner, messages, files = a_chat_with_files()
    lacks = {name: in_words(left_out(format, owner, messages, files)) for name, format in FORMATS.items()}
    other = "1 other branch (1 message)"
    figures = "the figures of 1 reply"
    assert lacks == {
        "md": [other, "the settings"],
        "text": [other, "1 thought", "1 tool call", "3 files", "the settings"],
        "html": [other, "2 files", "the settings"],
        "json": [],
        "messages": [other, "1 thought", "the settings"],
        "jsonl": [other, "1 thought", "1 file", figures, "the settings"],
        "csv": ["all that was said", "1 thought", "1 tool call", "3 files", "the settings"],
    }
    assert in_words(left_out(FORMATS["md"], owner, messages, files, branches=True)) == ["the settings"]
    drawn = Attachment("dd", messages[1].id, "drawn.png", "image/png", PNG)  # by a tool, which gives text only there
    assert "2 files" in in_words(left_out(FORMATS["jsonl"], owner, messages, [*files, drawn]))
    tagged = replace(owner, tags=("oslo", "trip"))
    assert '\ntags:\n  - "oslo"\n  - "trip"\n' in FORMATS["md"].write(tagged, messages)
    assert "2 tags" in in_words(left_out(FORMATS["html"], tagged, messages))
    assert in_words(left_out(FORMATS["md"], owner, messages, files, beside=False)) == [other, "3 files", "the settings"]


def test_a_suffix_names_one_format() -> None:
    for format in FORMATS.values():
        assert named_by(f"chat{format.suffix}") is named_by(f"Chat{format.suffix.upper()}") is format
    for name in ("notes", "v1.2 notes", "meeting.2026-11-30", ".md-less", "1.5", "ends."):
        assert named_by(name) is None


@pytest.mark.parametrize("name", ["notes.pdf", "notes.docx", "a.md.zip", "NOTES.PDF", "notes.markdown"])
def test_a_suffix_of_something_else_is_refused(name: str) -> None:
    """A PDF by its name, with Markdown in it, is opened by nothing."""
    with pytest.raises(UsageError, match=f"no format for {Path(name).suffix} files") as refused:
        named_by(name)
    assert all(format.suffix in refused.value.hint for format in FORMATS.values())


@given(st.binary(), st.text())
def test_a_damaged_row_is_written_as_its_text(payload: bytes, title: str) -> None:
    owner = conversation(title)
    for damaged in (
        payload,
        b'[{"kind": "request", "parts": [3, {"part_kind": "user-prompt", "content": 1e999}]}]',
        b"[[]]",
    ):
        asked = replace(prompt(owner, "Why?"), payload=damaged)
        answer = replace(reply(owner, asked, "Because."), payload=b"{" + payload)
        shown = replace(owner, active_leaf=answer.id)
        for name in ("messages", "jsonl", "csv"):
            text = FORMATS[name].write(shown, [asked, answer])
            assert name == "csv" or ("Because." in text and text.isascii() and "Infinity" not in text)
