"""A tool call in text: what was sent must be readable, and never be anything else than what was sent."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.app.transcript.markdown.splitter import Splitter
from tui.app.transcript.tool_text import arguments_source, has_details, result_source, short_arguments
from tui.chat.message_parts import ToolCallContent

texts = st.text(st.sampled_from('ab "\\{}[],:`\n\té漢'), max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=20,
)


def code_of(source: str) -> str:
    """The text of the one code block that a Markdown source consists of."""
    splitter = Splitter()
    splitter.feed(source)
    blocks = splitter.finish()
    assert {block.kind for block in blocks} == {"code"}
    return "\n".join(block.source for block in blocks)


@given(values, st.booleans())
def test_arguments_on_several_lines_are_still_the_same_arguments(value: Any, ascii: bool) -> None:
    arguments = json.dumps({"value": value, "more": "x" * 80}, ensure_ascii=ascii)
    shown = code_of(arguments_source(ToolCallContent("1", "f", arguments)))
    assert json.loads(shown) == json.loads(arguments)
    assert len(shown.split("\n")) >= 4


def test_numbers_are_shown_as_they_were_written() -> None:
    long = "x" * 60
    arguments = f'{{"a": 1.10, "b": 12345678901234567890.1, "c": 1e400, "pad": "{long}", "d": {{}}, "e": []}}'
    shown = code_of(arguments_source(ToolCallContent("1", "f", arguments)))
    assert shown.split("\n") == [
        "{",
        '  "a": 1.10,',
        '  "b": 12345678901234567890.1,',
        '  "c": 1e400,',
        f'  "pad": "{long}",',
        '  "d": {},',
        '  "e": []',
        "}",
    ]


@pytest.mark.parametrize("arguments", ["{broken", "no json", "[" * 100_000, '{"a": "' + "`" * 90 + '"}'])
def test_what_is_no_json_or_hostile_is_shown_as_it_is(arguments: str) -> None:
    shown = code_of(arguments_source(ToolCallContent("1", "f", arguments)))
    assert shown.replace("\n", "").replace(" ", "") == arguments.replace(" ", "")
    assert short_arguments(arguments)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("", ""),
        ("{}", ""),
        ("null", ""),
        ('{"path": "a.py"}', "a.py"),
        ('{"lines": [1, 2]}', "[1, 2]"),
        ('{"path": "a.py", "n": 3, "deep": {"x": true}}', 'path=a.py, n=3, deep={"x": true}'),
        ('{"text": "one\\ntwo"}', "one two"),
        ('"a word"', '"a word"'),
        ('{"path": "a', '{"path": "a'),
    ],
)
def test_arguments_in_short(arguments: str, line: str) -> None:
    assert short_arguments(arguments) == line


def test_a_result_that_is_json_is_laid_out_and_any_other_is_text() -> None:
    assert result_source(ToolCallContent("1", "f", "", '{"ok": true}')) == ('```json\n{"ok": true}\n```\n', False)
    assert result_source(ToolCallContent("1", "f", "", "[note] no list")) == ("[note] no list", True)
    assert result_source(ToolCallContent("1", "f", "", "12")) == ("12", True)


def test_without_arguments_and_result_there_is_nothing_to_unfold() -> None:
    assert not has_details(ToolCallContent("1", "f", "{}"))
    assert has_details(ToolCallContent("1", "f", "{}", "x"))
    assert has_details(ToolCallContent("1", "f", '{"a": 1}'))
