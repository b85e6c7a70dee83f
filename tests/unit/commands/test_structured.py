"""Answers for programs: JSON by a schema, and what happens as JSON lines. What reads them must never have to guess."""

import io
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.shell import Chinwag
from tests.unit.commands.test_answer import DONE, FAILED, READING, STOPPED, Terminal, reported
from tui.chat.message_parts import ThinkingContent, ToolCallContent
from tui.chat.replies.events import (
    AnswerRefused,
    ChatEvent,
    NotSaved,
    PartReplaced,
    PromptSaved,
    TextDelta,
    ThinkingDelta,
    ToolChanged,
    ToolStarted,
    UsageChanged,
    Waiting,
)
from tui.commands.answer import json_line, print_answer
from tui.commands.answer_events import EventLines, print_events
from tui.paths import config_dir

REFUSED = AnswerRefused("r", "age: Input should be a valid integer", '{"age": "x"}', 1, 4)


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


# JSON by a schema.


def test_an_answer_is_one_json_value_and_stands_in_the_chat(chinwag: Chinwag) -> None:
    ran = chinwag("-p", "-m", "test:test", "--schema", "name, age int, born date?", "Who?", piped="Ann, 3")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out).keys() == {"name", "age", "born"} and ran.out.count("\n") == 1
    chat = chinwag("export", "last", "-o", "-").out
    assert "```json\n{" in chat and "Ann, 3" in chat
    more = chinwag("-p", "-c", "--schema", "[name]", "And the others?")
    assert isinstance(json.loads(more.out), list)
    assert chinwag("export", "last", "-o", "-").out.count("```json") == 2


def test_a_schema_in_a_file_and_tools_and_files_go_together(chinwag: Chinwag, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('{"type": "array", "items": {"type": "integer"}, "minItems": 1}')
    (tmp_path / "a.txt").write_text("one")
    files = ("--schema", str(tmp_path / "s.json"), "-a", str(tmp_path / "a.txt"))
    ran = chinwag("-p", "-m", "test:test", *files, "--tools", "now", "?")
    assert ran.code == 0 and all(isinstance(one, int) for one in json.loads(ran.out))
    document = chinwag("export", "last", "-f", "json", "-o", "-").out
    assert '"tool_name":"now"' in document.replace('": "', '":"') and "final_result" not in document


def test_what_never_fits_ends_with_one_and_the_last_answer_on_standard_error(chinwag: Chinwag) -> None:
    ran = chinwag("-p", "--demo", "--schema", "name", "hello")
    assert (ran.code, ran.out) == (1, "")
    assert [f"Answer {n} of 4 does not fit the schema: " in ran.err for n in (1, 2, 3, 4)] == [True] * 4
    assert "chinwag: The answer of guide does not fit the schema: " in ran.err
    assert "Chinwag" in ran.err.split("choose another model.")[1]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--schema", "name strnig", "-p"), '"strnig" is no type'),
        (("--schema", "gone.json", "-p"), "There is no file gone.json"),
        (("--jsonl", "--json", "--compare", "test:test,demo:guide", "-p"), "Leave one of them out"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_asked(
    chinwag: Chinwag, options: Sequence[str], said: str
) -> None:
    ran = chinwag("-m", "test:test", *options, "hello")
    assert ran.code == 2 and said in ran.err and chinwag("chats").out == ""


async def value_printed(*events: ChatEvent, terminal: bool = False) -> tuple[int, str, str]:
    out, err = (Terminal() if terminal else io.StringIO()), io.StringIO()
    code = await print_answer(reported(*events), lambda: None, out, err, by_schema=True)
    return code, out.getvalue(), err.getvalue()


async def test_words_on_the_way_are_not_printed_and_each_retry_is_told() -> None:
    done = replace(DONE, value='{"name": "Ann", "age": 3}')
    code, out, err = await value_printed(TextDelta("r", 0, "Let me see."), REFUSED, TextDelta("r", 1, "{}"), done)
    assert (code, out) == (0, '{"name": "Ann", "age": 3}\n')
    assert err == "chinwag: Answer 1 of 4 does not fit the schema: age: Input should be a valid integer\n"
    code, out, err = await value_printed(REFUSED, FAILED)
    assert (code, out) == (1, "") and err.endswith('Mine refused the key.\nSet MINE.\n{"age": "x"}\n')
    assert (await value_printed(STOPPED))[:2] == (1, "")


def test_a_terminal_is_not_steered_and_every_encoding_gets_json() -> None:
    value = {"a": "\x1b[2J\x9b\u202e\x7fé"}
    shown = json_line(value, Terminal())
    assert not {"\x1b", "\x9b", "\u202e", "\x7f"} & set(shown) and json.loads(shown) == value and "\n  " in shown
    assert json_line({"a": "é"}, io.StringIO()) == '{"a": "é"}\n'
    assert json_line({"a": "é"}, io.TextIOWrapper(io.BytesIO(), encoding="ascii")) == '{"a": "\\u00e9"}\n'


# Events as JSON lines.


async def events_printed(*events: ChatEvent) -> tuple[int, list[dict[str, Any]]]:
    out = io.StringIO()
    lines = EventLines(out)
    code = await lines.ending(print_events(reported(*events), lambda: None, lines))
    return code, lines_of(out.getvalue())


async def test_every_event_is_a_line_and_the_last_one_is_the_exit_code() -> None:
    call = ToolCallContent("c1", "now", '{"zone": "UTC"}', server="chinwag")
    ended = replace(call, state="done", result="noon")
    code, lines = await events_printed(
        PromptSaved(DONE.conversation, replace(DONE.reply, id="p", kind="prompt"), DONE.reply),
        Waiting("r", "retry", "Busy.", 2.0, 1, 5),
        ThinkingDelta("r", 0, "hm"),
        ToolStarted("r", 1, call),
        ToolChanged("r", 1, replace(call, state="asking")),
        ToolChanged("r", 1, ended),
        TextDelta("r", 2, "Noon\n"),
        PartReplaced("r", 2, ThinkingContent("Noon\n", 0.1)),
        UsageChanged("r", READING),
        UsageChanged("r", READING),
        REFUSED,
        NotSaved("r", "The disk is full."),
        replace(DONE, value="[1]"),
    )
    assert code == 0 and all(line.get("reply") == "r" for line in lines[:-1])
    for line in lines[:-1]:
        del line["reply"]
    end = lines[-2]
    assert lines[:-2] == [
        {"type": "start", "conversation": "c", "prompt": "p", "model": "mine:large"},
        {"type": "notice", "kind": "retry", "message": "Busy.", "attempt": 1, "attempts": 5, "delay_s": 2.0},
        {"type": "thinking", "part": 0, "text": "hm"},
        {
            "type": "tool_call", "part": 1, "id": "c1", "tool": "now", "server": "chinwag", "arguments": {"zone": "UTC"}
        },
        {"type": "tool_result", "part": 1, "id": "c1", "state": "done", "result": "noon"},
        {"type": "text", "part": 2, "text": "Noon\n"},
        {"type": "replace", "part": 2, "kind": "thinking", "text": "Noon\n"},
        {"type": "usage", "input_tokens": 1204, "output_tokens": 214, "estimated": False},
        {
            "type": "notice", "kind": "schema", "message": REFUSED.reason, "attempt": 1, "attempts": 4,
            "raw": REFUSED.raw,
        },
        {"type": "notice", "kind": "not_saved", "message": "The disk is full."},
    ]  # fmt: skip
    assert (end["type"], end["state"], end["conversation"], end["value"]) == ("end", "done", "c", [1])
    assert lines[-1] == {"type": "exit", "code": 0}


async def test_a_failure_is_told_in_its_end_and_by_the_code() -> None:
    code, lines = await events_printed(FAILED)
    assert code == 1 and lines[-1] == {"type": "exit", "code": 1}
    assert lines[0]["failure"]["kind"] == "auth" and lines[0]["failure"]["hint"] == "Set MINE."
    assert (await events_printed(STOPPED))[0] == 1


async def test_a_reader_that_goes_away_stops_the_answer_quietly() -> None:
    class Gone(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

        def fileno(self) -> int:
            raise OSError

    stopped: list[int] = []
    lines = EventLines(Gone())

    async def events() -> AsyncGenerator[ChatEvent, None]:
        while not stopped:
            yield TextDelta("r", 0, "a")
        yield STOPPED

    code = await lines.ending(print_events(events(), lambda: stopped.append(1), lines))
    assert code == 141 and stopped


def test_lines_of_a_whole_answer_by_a_schema(chinwag: Chinwag) -> None:
    ran = chinwag("-p", "-m", "test:test", "--jsonl", "--schema", "n int", "--tools", "now", "Which?")
    lines = lines_of(ran.out)
    kinds = [line["type"] for line in lines if line["type"] != "usage"]
    assert (ran.code, ran.err) == (0, "") and kinds == ["start", "tool_call", "tool_result", "end", "exit"]
    assert lines[-2]["value"].keys() == {"n"} and lines[0]["conversation"][:8] in chinwag("chats").out


def test_lines_of_several_models_say_whose_they_are(chinwag: Chinwag) -> None:
    ran = chinwag("-p", "--jsonl", "--compare", "test:test,openai:gpt-5.6", "hello")
    lines = lines_of(ran.out)
    ends = {line["model"]: line["state"] for line in lines if line["type"] == "end"}
    assert ends == {"test:test": "done", "openai:gpt-5.6": "failed"} and ran.code == 1
    assert lines[-1] == {"type": "exit", "code": 1} and "key" in ran.err
    both = chinwag("-p", "--schema", "n int", "--compare", "test:test,demo:guide", "hello")
    first, second = json.loads(both.out)["answers"]
    assert first["value"].keys() == {"n"} and second["state"] == "failed" and "value" not in second


def test_what_could_not_be_asked_is_the_last_line_too(chinwag: Chinwag) -> None:
    ran = chinwag("-p", "--jsonl", "-m", "nobody:knows", "hello")
    assert ran.code == 2 and [line["type"] for line in lines_of(ran.out)] == ["exit"]
    assert 'no model "nobody:knows"' in lines_of(ran.out)[0]["message"] and "nobody:knows" in ran.err
    assert lines_of(chinwag("-p", "--jsonl").out)[0]["code"] == 2


# Prompts of the library.


@pytest.fixture
def library() -> None:
    folder = config_dir() / "prompts"
    folder.mkdir(parents=True)
    (folder / "review.md").write_text("Review this {{lang}} for {{reader=me}}:\n{{input}}")


@pytest.mark.usefixtures("library")
def test_values_may_stand_in_front_of_the_question(chinwag: Chinwag) -> None:
    assert chinwag("-p", "-m", "test:test", "-t", "review", "lang=python", piped="x = 1\n").code == 0
    assert "Review this python for me:\nx = 1" in chinwag("export", "last", "-o", "-").out
    assert chinwag("-p", "-m", "test:test", "-t", "review", "lang=C", "reader=you", "a=1", "and b").code == 0
    assert "Review this C for you:\na=1 and b" in chinwag("export", "last", "-o", "-").out


@pytest.mark.usefixtures("library")
def test_a_value_that_is_missing_is_named(chinwag: Chinwag) -> None:
    ran = chinwag("-p", "-m", "test:test", "-t", "review", "x = 1")
    assert ran.code == 2 and "needs a value for lang" in ran.err and "-v lang=" in ran.err
