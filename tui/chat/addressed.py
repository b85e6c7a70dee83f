"""A prompt that begins with "@@model" asks that model for one turn; the chat's own model stays. Pure."""

import re
from dataclasses import replace

from tui.chat.prompt import Prompt
from tui.dataclass import dataclass

SIGN = "@@"
_ADDRESSED = re.compile(r"@@(\S+)(?:\s+|$)")


@dataclass(frozen=True, slots=True)
class Addressed:
    """A prompt taken apart.

    Attributes:
        model: as it was written: an id, a name, an alias; "" for the chat's own.
        prompt: what it is asked.
    """

    model: str
    prompt: Prompt


def addressed(prompt: Prompt) -> Addressed:
    """Who is asked, and what; "@@" with a space behind it, as in a diff, is text like any other."""
    match = _ADDRESSED.match(prompt.text)
    if match is None:
        return Addressed("", prompt)
    return Addressed(match[1], replace(prompt, text=prompt.text[match.end() :]))


def with_address(prompt: Prompt, model: str) -> Prompt:
    """The prompt as it is written again, with the model in front that is to answer it; "" for the chat's own."""
    return replace(prompt, text=f"{SIGN}{model} {prompt.text}") if model else prompt
