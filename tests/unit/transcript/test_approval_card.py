"""The card of a call that waits. Lost else: a person agrees to something that they were not shown."""

import json
from dataclasses import replace

import pytest

from tui.app.transcript.approval_card import CardPlace
from tui.app.transcript.message import TranscriptMessage
from tui.app.transcript.message_rows import MessageRows
from tui.app.transcript.row import width_of
from tui.app.transcript.row_cache import RowCache
from tui.app.transcript.tool_change import change_rows
from tui.chat.message_parts import ToolCallContent
from tui.chat.tools.offer import BUILT_IN
from tui.chat.tools.questions import ToolQuestion

ASKED = ToolQuestion("1", "files:edit", "files", "Change a file.\nAnd more.", "{}", "src/a.py")


def card(question: ToolQuestion = ASKED, *, column: int = 76, room: int = 40) -> list[str]:
    """All lines of a card."""
    rows = card_rows(question, column, room)
    return [rows.row(number).text.rstrip() for number in range(rows.head_height, rows.height)]


def card_rows(question: ToolQuestion, column: int = 76, room: int = 40) -> MessageRows:
    call = ToolCallContent(
        "1", "files_edit", question.arguments, state="asking", server=question.server, question=question
    )
    message = TranscriptMessage("r", "reply", (call,), model="m", state="streaming", started=0.0)
    rows = MessageRows(message, RowCache(), column, 0.0)
    rows.parts[0].place_card(CardPlace(room=room))
    while rows.make_exact(0, 1 << 30, 0)[1]:
        pass
    rows.moved()
    return rows


def test_a_card_says_who_what_where_and_the_keys() -> None:
    assert card(replace(ASKED, arguments='{"path":"src/a.py","n":[1,{}]}')) == [
        "? files · edit wants to run",
        "Change a file.",
        " json                                                             c copy",
        " {",
        '   "path": "src/a.py",',
        '   "n": [',
        "     1,",
        "     {}",
        "   ]",
        " }",
        "in src/a.py",
        "a allow once   s allow in this chat   d deny…   esc deny and stop",
    ]


def test_what_to_mind_stands_above_the_keys() -> None:
    lines = card(
        replace(ASKED, sends=True, foreign=True, private=True, changed=True, each_time=True, target="evil.example")
    )
    assert lines[-6:] == [
        "leads to evil.example",
        "! It describes itself otherwise than when it last ran.",
        "! Words from outside are in this chat, and may have asked for it.",
        "! Your own files or chats are in this chat, and could go out with it.",
        "It is asked about each time, as it could carry words out.",
        "a allow once   d deny…   esc deny and stop",
    ]
    assert card(replace(ASKED, sends=True))[-2] == "! What it gets may leave this machine.", "more is not known"
    assert card(replace(ASKED, server=BUILT_IN, sends=True))[-2] == "! The arguments leave this machine."
    rounds = card(replace(ASKED, rounds=10))
    assert rounds[0] == "? Go on?   10 rounds of tools so far; next is files · edit"
    assert rounds[-1] == "a go on   d answer now   esc stop"


@pytest.mark.parametrize("text", ["漢" * 700, "word " * 250, "a" * 2_000], ids=["wide", "words", "letters"])
def test_a_card_that_is_higher_than_the_view_names_the_call_at_its_end(text: str) -> None:
    asked = replace(ASKED, arguments=json.dumps({"x": text}))
    lines = card(asked, room=20)
    assert len(lines) > 20 and "? files · edit wants to run" in lines[-8:]
    assert card_rows(asked, room=20).parts[0].decisive > 20, "who sees the keys sees that, too"


HOSTILE = {
    "\x1b[2J\x1b]0;title\x07": "␛[2J␛]0;title␇",
    "safe\u202egpj.exe": "safe<U+202E>gpj.exe",
    "a\u200bb\u200e\u2060c\ufeff": "a<U+200B>b<U+200E><U+2060>c<U+FEFF>",
    "pay\u200dpal\ufe0f": "pay<U+200D>pal<U+FE0F>",
    "tag\U000e0041": "tag<U+E0041>",
    "one\u2028two\x85": "one<U+2028>two<U+0085>",
    "e" + "\u0301" * 10: "e" + "\u0301" * 8 + "<U+0301><U+0301>",
}


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("ascii", [True, False])
def test_what_no_reader_sees_is_spelled_out(text: str, ascii: bool) -> None:
    arguments = json.dumps({"x": text}, ensure_ascii=ascii).replace("\\u001b", "\x1b").replace("\\u0007", "\x07")
    joined = "\n".join(card(replace(ASKED, arguments=arguments, target=text)))
    assert f'"x": "{HOSTILE[text]}"' in joined
    assert f"in {HOSTILE[text]}" in joined


def test_arguments_are_shown_to_the_last_character() -> None:
    long = "x" * 100_000 + "END"
    text = "".join(line.strip(" ↳") for line in card(replace(ASKED, arguments=json.dumps({"a": long}))))
    assert f'"a": "{long}"' in text and "…" not in text.replace("deny…", "")
    many = card(replace(ASKED, arguments=json.dumps({"lines": list(range(10_000))})))
    assert [line.strip(" ,") for line in many if line.strip(" ,").isdigit()] == [str(n) for n in range(10_000)]
    twice = "\n".join(card(replace(ASKED, arguments='{"path": "safe", "path": "/etc/passwd"}')))
    assert '"path": "safe"' in twice and '"path": "/etc/passwd"' in twice
    deep = "[" * 20_000 + "]" * 20_000
    assert sum(line.count("[") for line in card(replace(ASKED, arguments=deep))) == 20_000
    for broken in ('{"a": 1', "```\n# no", ""):
        shown = card(replace(ASKED, arguments=broken))
        assert all(part in "\n".join(shown) for part in broken.split("\n"))


def test_a_long_card_says_in_its_foot_what_it_is_about() -> None:
    question = replace(ASKED, arguments=json.dumps({"lines": list(range(50))}))
    rows = card_rows(question, room=20)
    part = rows.parts[0]
    assert part.row(part.decisive).text.startswith("? files · edit wants to run")
    assert part.height - part.decisive == 3
    assert card_rows(question, room=80).parts[0].decisive == 0


@pytest.mark.parametrize("column", [30, 46, 76, 100])
def test_a_card_fits_at_every_width(column: int) -> None:
    question = replace(ASKED, arguments=json.dumps({"a": "word " * 50}), target="t" * 300, sends=True, foreign=True)
    rows = card_rows(question, column)
    assert max(width_of(rows.row(number).spans) for number in range(rows.height)) <= column


def test_an_edit_is_compared_word_by_word() -> None:
    edit = {"path": "a", "old_string": "wait for one second", "new_string": "wait for two seconds"}
    assert [row.text for row in change_rows(json.dumps(edit), 80)] == ["wait for [-one second-]{+two seconds+}"]
    several = {"edits": [{"oldText": "a", "newText": "b"}, {"oldText": "c", "newText": "c"}, {"before": 1}]}
    assert [row.text for row in change_rows(json.dumps(several), 80)] == ["[-a-]{+b+}", "c"]
    hostile = {"before": "\u202ex", "after": "y" * 30_000}
    assert change_rows(json.dumps(hostile), 80) == [], "too long to be compared while the screen waits"
    assert change_rows("[" * 100_000, 80) == change_rows("no json", 80) == []


def test_a_card_becomes_a_line_when_it_is_answered_or_its_reply_ends() -> None:
    rows = card_rows(ASKED)
    assert rows.rests
    call = rows.parts[0].content
    assert isinstance(call, ToolCallContent)
    rows.put(0, replace(call, state="running", question=None, approval="once", result="40 %"), 1.0)
    assert not rows.rests and rows.row(1).text == "▸ ◷ files · edit  running 1.0s · 40 %"
    rows.put(0, replace(call, state="asking"), 2.0)
    rows.update(replace(rows.message, state="interrupted", note="by you"), 3.0)
    assert "stopped" in rows.row(1).text and rows.parts[0].question is None
