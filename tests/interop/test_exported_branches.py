"""Whatever a branch holds, its export as messages loads in pydantic-ai: a chat that does not is lost to programs.

The real packages live in environments of their own; see `test_pydantic_ai_messages`.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.interop.test_pydantic_ai_messages import CURRENT, OLD, _run, needs_current, needs_old
from tests.support.library import conversation, prompt, reply
from tui.agent.messages import ModelMessagesTypeAdapter, TextPart
from tui.formats import FORMATS
from tui.store.records import Attachment

pytestmark = pytest.mark.apart

REWRITE_MANY = """
import json, sys
from pydantic_ai.messages import ModelMessagesTypeAdapter
for line in sys.stdin.buffer:
    print(ModelMessagesTypeAdapter.dump_json(ModelMessagesTypeAdapter.validate_python(json.loads(line))).decode())
"""
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_ARGS = st.dictionaries(_TEXT, st.none() | st.booleans() | st.integers(-9, 9) | _TEXT, max_size=2)
_ID = st.none() | st.sampled_from(["a", "b"])
_ITEM = _TEXT | st.sampled_from(
    [{"kind": "attachment", "hash": hash, "name": "n", "media_type": "x"} for hash in ("aa", "bb", "gone")]
)
_PROMPT = st.lists(
    st.builds(lambda content: {"part_kind": "user-prompt", "content": content}, _TEXT | st.lists(_ITEM, max_size=3)),
    max_size=2,
)
_ANSWER = st.lists(
    st.one_of(
        st.builds(lambda text: {"part_kind": "text", "content": text}, _TEXT),
        st.builds(lambda text: {"part_kind": "thinking", "content": text, "signature": "s"}, _TEXT),
        st.builds(
            lambda args, id: {"part_kind": "tool-call", "tool_name": "f", "args": args, "tool_call_id": id},
            _ARGS | _ARGS.map(json.dumps),
            _ID,
        ),
        st.builds(lambda text: {"part_kind": "of-tomorrow", "content": text}, _TEXT),
    ),
    max_size=3,
)
_RETURNS = st.lists(
    st.builds(
        lambda kind, content, id: {"part_kind": kind, "tool_name": "f", "content": content, "tool_call_id": id},
        st.sampled_from(["tool-return", "retry-prompt"]),
        _TEXT,
        _ID,
    ),
    max_size=2,
)


def _stored(prompt_parts: list[Any], *steps: tuple[list[Any], list[Any]]) -> tuple[bytes, bytes]:
    """The payloads of a prompt and of its reply."""
    stamp = {"timestamp": "2026-11-22T12:00:00Z"}
    reply: list[Any] = []
    for answer, returns in steps:
        reply.append({"kind": "response", "parts": answer, "model_name": "m", **stamp})
        reply.append({"kind": "request", "parts": [part | stamp for part in returns]})
    asked = [{"kind": "request", "parts": [part | stamp for part in prompt_parts]}]
    return json.dumps(asked).encode(), json.dumps(reply).encode()


def _exports() -> list[str]:
    """What many branches are exported as."""
    exported: list[str] = []

    @settings(deadline=None, max_examples=60, phases=[Phase.generate])
    @given(st.builds(_stored, _PROMPT, st.tuples(_ANSWER, _RETURNS), st.tuples(_ANSWER, _RETURNS)))
    def export(stored: tuple[bytes, bytes]) -> None:
        owner = conversation("A chat")
        asked = replace(prompt(owner, "Why?"), payload=stored[0])
        answer = replace(reply(owner, asked, "Because."), payload=stored[1])
        files = [
            Attachment("aa", asked.id, "a.png", "image/png", b"\x89PNG\xff"),
            Attachment("bb", asked.id, "b.txt", "text/plain", b"milk"),
        ]
        exported.append(FORMATS["messages"].write(replace(owner, active_leaf=answer.id), [asked, answer], files))

    export()
    return exported


@pytest.mark.parametrize(
    "python",
    [pytest.param(OLD, marks=needs_old), pytest.param(CURRENT, marks=needs_current)],
    ids=["0.0.40", "current"],
)
def test_whatever_a_branch_holds_its_export_loads_with_the_same_parts(python: Path) -> None:
    exported = _exports()
    lines = "\n".join(json.dumps(json.loads(text)) for text in exported).encode()
    read = _run(python, REWRITE_MANY, lines).splitlines()
    assert len(read) == len(exported) > 30
    for text, again in zip(exported, read, strict=True):
        assert _parts(text.encode()) == _parts(again), text


def _parts(history: bytes) -> list[list[tuple[str, object]]]:
    """The kinds of parts, with what was said in texts; a retry is one under whatever name a release has for it."""
    return [
        [(part.part_kind, part.content if isinstance(part, TextPart) else None) for part in message.parts]
        for message in ModelMessagesTypeAdapter.validate_json(history)
    ]
