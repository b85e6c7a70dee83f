"""Values as XML in a prompt: the very text of 0.0.40, because prompts and their caches depend on it."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import BaseModel

from tui.agent.format_as_xml import format_as_xml


class Person(BaseModel):
    name: str
    age: int | None = None


@dataclass
class Point:
    x: int
    labels: list[str]


@dataclass
class Line:
    name: str
    points: list[Point]
    owner: Person


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "<examples>a</examples>"),
        ("a<b&c>", "<examples>a&lt;b&amp;c&gt;</examples>"),
        ("", "<examples />"),
        (1, "<examples>1</examples>"),
        (1.5, "<examples>1.5</examples>"),
        (True, "<examples>True</examples>"),
        (None, "<examples>null</examples>"),
        (b"by", "<examples>by</examples>"),
        (bytearray(b"x"), "<examples>x</examples>"),
        (date(2024, 1, 2), "<examples>2024-01-02</examples>"),
        (datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), "<examples>2024-01-02T03:04:05+00:00</examples>"),
        ([], "<examples />"),
        ({}, "<examples />"),
        (["a", "b"], "<examples>\n  <example>a</example>\n  <example>b</example>\n</examples>"),
        ({"k": "v", "n": None}, "<examples>\n  <k>v</k>\n  <n>null</n>\n</examples>"),
        (
            {"l": [1], "d": {"e": 1}},
            "<examples>\n  <l>\n    <example>1</example>\n  </l>\n  <d>\n    <e>1</e>\n  </d>\n</examples>",
        ),
        (Person(name="x"), "<examples>\n  <name>x</name>\n  <age>null</age>\n</examples>"),
        (
            [Person(name="x", age=3)],
            "<examples>\n  <Person>\n    <name>x</name>\n    <age>3</age>\n  </Person>\n</examples>",
        ),
        (
            [Point(1, ["q"])],
            "<examples>\n  <Point>\n    <x>1</x>\n    <labels>\n      <example>q</example>\n    </labels>\n"
            "  </Point>\n</examples>",
        ),
        (
            [Line("l", [Point(1, []), Point(2, [])], Person(name="x"))],
            "<examples>\n  <Line>\n    <name>l</name>\n    <points>\n"
            "      <example>\n        <x>1</x>\n        <labels />\n      </example>\n"
            "      <example>\n        <x>2</x>\n        <labels />\n      </example>\n    </points>\n"
            "    <owner>\n      <name>x</name>\n      <age>null</age>\n    </owner>\n  </Line>\n</examples>",
        ),
        ({True: 1, 2: 3}, "<examples>\n  <True>1</True>\n  <2>3</2>\n</examples>"),
        (Point(1, []), "<examples>\n  <x>1</x>\n  <labels />\n</examples>"),
        ([[1], [2]], "<examples>\n  <example>\n    <example>1</example>\n  </example>\n  <example>\n"
                     "    <example>2</example>\n  </example>\n</examples>"),
        ({1}, "<examples>\n  <example>1</example>\n</examples>"),
        (iter([1]), "<examples>\n  <example>1</example>\n</examples>"),
    ],
)  # fmt: skip
def test_a_value_reads_as_in_0_0_40(value: Any, text: str) -> None:
    assert format_as_xml(value) == text


@pytest.mark.parametrize(
    ("value", "options", "text"),
    [
        (["a"], {"root_tag": "r", "item_tag": "i"}, "<r>\n  <i>a</i>\n</r>"),
        ([None], {"none_str": "nothing"}, "<examples>\n  <example>nothing</example>\n</examples>"),
        (["a", "b"], {"include_root_tag": False}, "<example>a</example>\n<example>b</example>"),
        ({"d": {"e": 1}}, {"include_root_tag": False}, "<d>\n  <e>1</e>\n</d>"),
        ([], {"include_root_tag": False}, ""),
        ("a", {"include_root_tag": False}, "<examples>a</examples>"),
        ({"d": {"e": 1}}, {"indent": None}, "<examples><d><e>1</e></d></examples>"),
        ({"d": [1]}, {"indent": "\t"}, "<examples>\n\t<d>\n\t\t<example>1</example>\n\t</d>\n</examples>"),
    ],
)
def test_tags_and_layout_are_the_callers(value: Any, options: dict[str, Any], text: str) -> None:
    assert format_as_xml(value, **options) == text


@pytest.mark.parametrize("key", [1.5, None, ("a", "b"), b"k"])
@pytest.mark.parametrize("inside", [lambda value: value, lambda value: [value], lambda value: {"outer": value}])
def test_a_key_that_is_no_name_is_refused(key: Any, inside: Any) -> None:
    kind = re.escape(str(type(key)))
    with pytest.raises(TypeError, match=rf"^Unsupported key type for XML formatting: {kind}, only str and int are"):
        format_as_xml(inside({key: 1}))


def test_a_value_that_has_no_form_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^Unsupported type for XML formatting: <class 'object'>$"):
        format_as_xml([object()])
