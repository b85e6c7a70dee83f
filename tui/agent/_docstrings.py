"""What a function's docstring says about it and about its parameters. griffe is loaded when one has sections."""

import inspect
import re
from collections.abc import Callable
from typing import Any, Literal

from tui.agent.definitions import DocstringFormat
from tui.agent.functions import underlying_function

_MARKS: tuple[tuple[Literal["sphinx", "google", "numpy"], re.Pattern[str]], ...] = (
    (
        "sphinx",
        re.compile(r"^[ \t]*:(param|parameter|arg|argument|key|keyword|returns?|raises?|rtype|type)\b[^\n]*:", re.M),
    ),
    (
        "google",
        re.compile(
            r"^[ \t]*(args|arguments|params|parameters|keyword args|keyword arguments|other args|other arguments|"
            r"returns|yields|raises|examples?|attributes|warns|receives|note|warning):[ \t]*\n[ \t]+\S",
            re.M | re.I,
        ),
    ),
    (
        "numpy",
        re.compile(
            r"^[ \t]*(parameters|other parameters|returns|yields|raises|examples?|attributes|warns|receives|notes?)"
            r"[ \t]*\n[ \t]*-{3,}[ \t]*$",
            re.M | re.I,
        ),
    ),
)


def read_docstring(
    function: Callable[..., Any], docstring_format: DocstringFormat
) -> tuple[str | None, dict[str, str]]:
    """The text of a docstring, and what it says of each parameter; None and nothing without a docstring."""
    text = underlying_function(function).__doc__
    if not text:
        return None, {}
    style = docstring_format if docstring_format != "auto" else _style_of(inspect.cleandoc(text))
    return _parse(text, style) if style else (inspect.cleandoc(text), {})


def _style_of(text: str) -> Literal["sphinx", "google", "numpy"] | None:
    for style, marks in _MARKS:
        if marks.search(text):
            return style
    return None


def _parse(text: str, style: Literal["sphinx", "google", "numpy"]) -> tuple[str, dict[str, str]]:
    import griffe

    sections = griffe.Docstring(text, parser=style).parse(warnings=False)
    texts = [section.value for section in sections if section.kind is griffe.DocstringSectionKind.text]
    kinds = (griffe.DocstringSectionKind.parameters, griffe.DocstringSectionKind.other_parameters)
    parameters = [parameter for section in sections if section.kind in kinds for parameter in section.value]
    return (texts[0] if texts else ""), {parameter.name.lstrip("*"): parameter.description for parameter in parameters}
