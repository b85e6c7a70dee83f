"""The Markdown export: who said what, when, with which model and at what cost; and nothing that a title can break."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.support.library import conversation, prompt, reply
from tui.formats import FORMATS
from tui.store.records import Attachment, Conversation, Message


def chat(*turns: dict[str, Any], title: str = "A question") -> tuple[Conversation, list[Message]]:
    """A conversation whose replies have the given fields."""
    owner = conversation(title)
    messages: list[Message] = []
    for fields in turns:
        messages.append(prompt(owner, "Why?", parent=messages[-1] if messages else None))
        messages.append(replace(reply(owner, messages[-1], "Because."), **fields))
    return replace(owner, active_leaf=messages[-1].id if messages else None), messages


def written(*turns: dict[str, Any], title: str = "A question") -> str:
    return FORMATS["md"].write(*chat(*turns, title=title))


def payload(*parts: dict[str, Any]) -> bytes:
    """The engine's JSON of a reply."""
    calls = [part for part in parts if part["part_kind"] == "tool-call"]
    answers = [part for part in parts if part not in calls]
    return json.dumps([{"kind": "response", "parts": calls}, {"kind": "request", "parts": answers}]).encode()


def call(id: str, name: str, arguments: str) -> dict[str, Any]:
    return {"part_kind": "tool-call", "tool_call_id": id, "tool_name": name, "args": arguments}


def answer(id: str, name: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"part_kind": "tool-return", "tool_call_id": id, "tool_name": name, "content": content, **more}


def test_calls_of_tools_are_there_with_what_was_allowed_and_what_was_not() -> None:
    allowed = {"approval": "once", "server": "files", "duration_ms": 312}
    text = written({
        "payload": payload(
            call("1", "files_read", '{"path": "a.py"}'),
            call("2", "fetch", '{"url": "https://example.org"}'),
            call("3", "now", ""),
            answer("1", "files_read", "x = 1", metadata=allowed),
            answer("2", "fetch", "The user did not allow this call. Not now.", outcome="denied"),
        )
    })  # fmt: skip
    assert (
        """<details>
<summary>Tool: files · read — done · allowed once · 0.3s</summary>

```json
{"path": "a.py"}
```

```
x = 1
```

</details>

<details>
<summary>Tool: fetch — not allowed</summary>"""
        in text
    )
    assert "did not allow this call. Not now." in text and "<summary>Tool: now — stopped</summary>" in text
    assert text.rstrip().endswith("Because.")


def test_a_result_of_records_is_whole_and_of_files_there_are_the_words() -> None:
    records, files = [{"hash": "ab12", "subject": "Mend it"}], ["Drawn.", {"kind": "attachment", "hash": "ab12"}]
    log, draw = call("1", "log", ""), call("2", "draw", "")
    text = written({"payload": payload(log, draw, answer("1", "log", records), answer("2", "draw", files))})
    assert '[{"hash": "ab12", "subject": "Mend it"}]' in text and "```\nDrawn.\n```" in text


@pytest.mark.parametrize("hostile", ["```\n</details><img src=x>", "````\n# Heading", "</summary><img src=x>"])
def test_no_call_reaches_out_of_its_place(hostile: str) -> None:
    text = written({"payload": payload(call("1", hostile, hostile), answer("1", hostile, hostile))})
    live = [token for token in MarkdownIt("commonmark").parse(text) if token.type == "html_block"]
    assert not any("<img" in token.content for token in live)
    headings = [token for token in MarkdownIt("commonmark").parse(text) if token.type == "heading_open"]
    assert len(headings) == 3


def test_a_whole_conversation_reads_like_this() -> None:
    usage = '{"input": 1234, "output": 56, "estimated": false}'
    owner, messages = chat(
        {"usage": usage, "price": Decimal("0.001200"), "thinking": "Hm.\n\nYes.", "thinking_ms": 4210},
        {"model": "local:smollm2-135m", "usage": '{"input": 9, "output": null, "estimated": true}'},
    )
    owner = replace(owner, id="01a204d4-13d1-7482-9f98-d889eefd54df", model="local:smollm2-135m")
    assert (
        FORMATS["md"].write(owner, messages)
        == """---
title: "A question"
id: "01a204d4-13d1-7482-9f98-d889eefd54df"
models:
  - "openai:gpt-5.6"
  - "local:smollm2-135m"
created: 2026-11-22T12:00:00Z
updated: 2026-11-22T12:00:00Z
messages: 4
input_tokens: 1243
output_tokens: 56
tokens_estimated: true
cost_usd: 0.0012
cost_complete: false
---

# A question

## You — 2026-11-22 12:00 UTC

Why?

## gpt-5.6 — 2026-11-22 12:00 UTC · 1.2k in → 56 out tokens · $0.001

<details>
<summary>Thinking · 4.2s</summary>

Hm.

Yes.

</details>

Because.

*Model switched: openai:gpt-5.6 → local:smollm2-135m*

## You — 2026-11-22 12:00 UTC

Why?

## smollm2-135m — 2026-11-22 12:00 UTC · ≈9 in → — out tokens

Because.
"""
    )


def test_a_model_that_costs_nothing_is_free() -> None:
    text = written({"price": Decimal(0)})
    assert "## gpt-5.6 — 2026-11-22 12:00 UTC · free\n" in text and "cost_usd: 0\n" in text


def test_what_is_not_known_is_null_never_zero() -> None:
    text = written({})
    assert (
        "input_tokens: null\noutput_tokens: null\ntokens_estimated: false\ncost_usd: null\ncost_complete: false" in text
    )
    assert "## gpt-5.6 — 2026-11-22 12:00 UTC\n" in text


def test_an_answer_that_was_written_from_others_names_their_models() -> None:
    origin = '{"kind": "fused", "of": ["a", "b"], "models": ["one:large", "two:[x](http://e.org)"]}'
    text = written({"origin": origin})
    assert "from the answers of one:large, two:" in text and "[x](http" not in text
    assert "from the answers" not in written({"origin": '{"kind": "fused", "models": 7}'})


def test_a_stopped_a_failed_and_a_streaming_reply_say_so() -> None:
    failure = json.dumps({"title": "Key refused", "message": "OpenAI said no [x](y)", "hint": "Run `chinwag keys`."})
    assert "> **Stopped** — the reply above is not complete." in written({"state": "interrupted"})
    assert "> **Still arriving**" in written({"state": "streaming"})
    text = written({"state": "failed", "failure": failure, "text": ""})
    assert r"> **Key refused** — OpenAI said no \[x\](y) Run \`chinwag keys\`." in text
    assert "> **Failed** — no complete reply came." in written({"state": "failed", "failure": "broken {"})


def test_a_choice_of_model_for_the_next_turn_stands_at_the_end() -> None:
    owner, messages = chat({})
    text = FORMATS["md"].write(replace(owner, model="demo:guide"), messages)
    assert text.endswith("*Model switched: openai:gpt-5.6 → demo:guide*\n")


def test_other_branches_and_files_are_named_as_left_out() -> None:
    owner, messages = chat({})
    sibling = reply(owner, messages[0], "another answer")
    file = Attachment("00", messages[0].id, "cat|<b>.png", "image/png", b"12345")
    text = FORMATS["md"].write(owner, [*messages, sibling], [file])
    assert "another answer" not in text
    assert "*Left out: 1 message on other branches; `--branches` and JSON have them.*" in text
    assert r"*Attached: cat\|\<b\>.png (image/png, 5 B), not in this file*" in text


def test_an_empty_conversation_can_be_written() -> None:
    text = FORMATS["md"].write(*chat(title=""))
    assert "# Untitled\n" in text and '  - "openai:gpt-5.6"' in text


def test_an_open_fence_does_not_swallow_the_next_message() -> None:
    text = written({"text": "```python\nprint("}, {"thinking": "</details>\n~~~~"})
    headings = [token for token in MarkdownIt("commonmark").parse(text) if token.type == "heading_open"]
    assert len([token for token in headings if token.tag == "h2"]) == 4


@pytest.mark.parametrize("title", ['"', "\\", "a\n---\nb", "---", "x: y", "\ufffe\uffff\x85\u2028", "[0m\x1b[31m", "'"])
def test_no_title_breaks_the_front_matter(title: str) -> None:
    check_front_matter(written({}, title=title))


@given(st.text())
def test_no_text_at_all_breaks_the_front_matter(title: str) -> None:
    check_front_matter(written({}, title=title))


def check_front_matter(text: str) -> None:
    lines = text.split("\n")
    end = lines.index("---", 1)
    assert lines[end + 1] == "" and lines[end + 2].startswith("# ")
    assert lines[1].startswith("title: ") and isinstance(json.loads(lines[1].removeprefix("title: ")), str)
    assert [line.split(":")[0] for line in lines[2:5]] == ["id", "models", '  - "openai']
    assert not {"\ufffe", "\uffff", "\x85", "\u2028", "\x1b"} & set("".join(lines[:end]))


@pytest.mark.parametrize("field", ["text", "thinking", "model", "failure"])
def test_nothing_from_outside_can_steer_the_terminal_that_shows_the_file(field: str) -> None:
    hostile = "a\x1b]0;pwned\x07\x9b31m\u202e\x7f\r\x00\U000e0041"
    text = written({field: json.dumps({"message": hostile}) if field == "failure" else hostile, "state": "failed"})
    assert all(char == "\n" or char.isprintable() for char in text)


def test_all_branches_are_written_when_they_are_asked_for_each_from_where_it_begins() -> None:
    owner, messages = chat({})
    sibling = reply(owner, messages[0], "another answer")
    after = prompt(owner, "after it", parent=sibling)
    first = prompt(owner, "another first")
    file = Attachment("00", first.id, "note.txt", "text/plain", b"12345")
    text = FORMATS["md"].write(owner, [*messages, sibling, after, first], [file], folder="f", branches=True)
    shown, second, third = text.split("\n# Branch ")
    assert "another answer" not in shown and messages[1].text in shown and "Left out" not in text
    assert second.startswith("2\n\n*Behind: You") and second.index("another answer") < second.index("after it")
    assert third.startswith("3\n\n*From the start of the chat*") and "note.txt" in third
    assert "messages: 5\n" in shown
