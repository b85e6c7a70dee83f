"""Who types several lines, or pastes them, wants them sent together, and a command among them done."""

import pytest

from tui.commands.plain.session import is_command
from tui.commands.plain.typed import TypedText


def fed(*batches: list[str]) -> tuple[list[str], TypedText]:
    typed = TypedText(is_command)
    return [text for batch in batches for text in typed.feed(batch)], typed


@pytest.mark.parametrize(
    ("batches", "whole"),
    [
        ([["Why?"]], ["Why?"]),
        ([["one \\"], ["two"]], ["one \ntwo"]),
        ([["one\\"], ["/help"]], ["one\n/help"]),
        ([['"""'], ["a"], [""], ["/quit"], ['"""']], ["a\n\n/quit"]),
        ([['"""a'], ['b"""']], ["a\nb"]),
        ([['"""a"""']], ["a"]),
        ([["a", "b", ""]], ["a\nb\n"]),
        ([["hello", "/quit"]], ["hello", "/quit"]),
        ([["/model x", "a", "b", "/usage"]], ["/model x", "a\nb", "/usage"]),
        ([["/usr/bin/x", "/unknown"]], ["/usr/bin/x\n/unknown"]),
        ([["before", '"""', "in", '"""', "behind"]], ["before", "in", "behind"]),
        ([[""]], [""]),
    ],
)
def test_lines_become_prompts_and_commands(batches: list[list[str]], whole: list[str]) -> None:
    found, typed = fed(*batches)
    assert found == whole
    assert not typed.open


@pytest.mark.parametrize("lines", [["a\\"], ['"""', "a"], ['"""a']])
def test_what_is_not_ended_yet_is_not_sent_and_not_lost(lines: list[str]) -> None:
    found, typed = fed(lines)
    assert (found, typed.open) == ([], True)
    assert typed.take() == "a"
    assert typed.feed(["next"]) == ["next"]


def test_a_misspelt_command_that_was_typed_ahead_is_no_part_of_a_prompt() -> None:
    assert TypedText(is_command).feed(["one", "/modle fast", "see /usr/bin", "/usr/bin/x"]) == [
        "one", "/modle fast", "see /usr/bin\n/usr/bin/x",
    ]  # fmt: skip
