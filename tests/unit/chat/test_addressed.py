"""A prompt for one model: who is asked is taken off, and comes back with what could not be sent."""

import pytest

from tui.chat.addressed import Addressed, addressed, with_address
from tui.chat.prompt import Prompt


@pytest.mark.parametrize(
    ("text", "model", "asked"),
    [
        ("@@fast why?", "fast", "why?"),
        ("@@openai:gpt-5.6\nwhy?\n\nand how", "openai:gpt-5.6", "why?\n\nand how"),
        ("@@ollama:qwen3:30b   why?", "ollama:qwen3:30b", "why?"),
        ("@@fast", "fast", ""),
        ("@@ -1,3 +1,4 @@ a diff", "", "@@ -1,3 +1,4 @@ a diff"),
        (" @@fast why?", "", " @@fast why?"),
        ("why @@fast", "", "why @@fast"),
        ("@fast why?", "", "@fast why?"),
    ],
)
def test_who_is_asked_stands_at_the_very_start(text: str, model: str, asked: str) -> None:
    assert addressed(Prompt(text)) == Addressed(model, Prompt(asked))


def test_what_returns_is_what_was_written() -> None:
    found = addressed(Prompt("@@fast why?"))
    assert with_address(found.prompt, found.model) == Prompt("@@fast why?")
    assert with_address(Prompt("why?"), "") == Prompt("why?")
