"""Fenced code in a prompt is told apart by CommonMark's rules. Wrong else: half a prompt in the colour of code."""

import pytest

from tui.app.widgets.fences import Fences


def kinds(text: str) -> list[str]:
    lines = text.split("\n")
    fences = Fences()
    return [fences.kind(lines, index)[0] for index in range(len(lines))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain\ntext", "tt"),
        ("```python\nx = 1\n```\nafter", "fcft"),
        ("```\nopen to the end", "fc"),
        ("~~~~\n```\n~~~\n~~~~\nafter", "fccft"),
        ("```\n``` not an end\n````\nafter", "fcft"),
        ("see ```inline``` here", "t"),
        ("```inline``` begins no fence\nx", "tt"),
        ("    ```\nfour spaces are code of another kind", "tt"),
        ("   ```\nx\n   ```", "fcf"),
    ],
)
def test_lines(text: str, expected: str) -> None:
    assert "".join(kinds(text)) == expected


def test_a_change_is_seen_once_it_is_told() -> None:
    fences = Fences()
    assert fences.kind(["```", "x"], 1) == "code"
    fences.forget()
    assert fences.kind(["", "x"], 1) == "text"
    assert fences.kind(["", "x"], 9) == "text"
