"""`[aliases]` and `[models."provider:name"]`: names of a person's own, and facts that go over all others.

A mistake here never stops the start: the line is left out, and told in one sentence.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from tui.bounds import dollars, whole_number
from tui.dataclass import dataclass
from tui.pattern import pattern
from tui.text import clean_line
from tui.toml_source import TomlSource

_ALIAS = pattern(r"[A-Za-z0-9][\w.-]*")
_PRICES = ("input", "output", "cached", "cache_written")
_ABILITIES = ("vision", "audio", "documents", "tools", "thinking")
_KNOWN = ("window", "max_output", *_PRICES, "capabilities")


@dataclass(frozen=True, slots=True)
class ModelOverride:
    """What a person says of a model; None leaves it to the provider's list and the price table.

    Attributes:
        window, max_output: tokens.
        input, output, cached, cache_written: US dollars per million tokens.
        capabilities: some of "vision", "audio", "documents", "tools", "thinking".
        place: "FILE:LINE".
    """

    window: int | None = None
    max_output: int | None = None
    input: Decimal | None = None
    output: Decimal | None = None
    cached: Decimal | None = None
    cache_written: Decimal | None = None
    capabilities: frozenset[str] | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class ModelNames:
    """What the two tables say.

    Attributes:
        aliases: by name, the model that each stands for, as it was written.
        overrides: by the model's id, as it was written.
        problems: what was left out, one sentence each, with file and line.
    """

    aliases: Mapping[str, str]
    overrides: Mapping[str, ModelOverride]
    problems: tuple[str, ...] = ()

    @property
    def notice(self) -> str:
        """What is to be said of the problems at the start, on one line; "" for nothing."""
        more = len(self.problems) - 1
        return f"{self.problems[0]}{f' And {more} more like it.' if more > 0 else ''}" if self.problems else ""


def read_models(source: TomlSource, table: Mapping[str, Any]) -> ModelNames:
    """Both tables of a file."""
    problems: list[str] = []
    aliases = dict(_aliases(source, table.get("aliases", {}), problems))
    overrides = dict(_overrides(source, table.get("models", {}), problems))
    return ModelNames(aliases, overrides, tuple(problems))


def _aliases(source: TomlSource, table: object, problems: list[str]) -> Iterator[tuple[str, str]]:
    for name, model in _entries(source, ("aliases",), table, problems):
        place = source.place(("aliases", name))
        shown = clean_line(name, 40)
        if not _ALIAS.fullmatch(name):
            problems.append(f'{place}: "{shown}" is no name for a model: use letters, digits, dot, dash, underscore.')
        elif not isinstance(model, str) or not re.fullmatch(r"\S+", model):
            problems.append(f'{place}: the alias "{shown}" must name a model, as in "openai:gpt-5.6".')
        else:
            yield name, model


def _overrides(source: TomlSource, table: object, problems: list[str]) -> Iterator[tuple[str, ModelOverride]]:
    for id, values in _entries(source, ("models",), table, problems):
        place = source.place(("models", id))
        shown = clean_line(id, 60)
        if not re.fullmatch(r"[^\s:]+:\S+", id):
            problems.append(f'{place}: "{shown}" is no model: write [models."provider:name"].')
            continue
        found: dict[str, Any] = {}
        for key, value in _entries(source, ("models", id), values, problems):
            read = _value(key, value)
            if read is None:
                where = source.place(("models", id, key))
                problems.append(f"{where}: {clean_line(key, 40)} of {shown} {_rule(key)}.")
            else:
                found[key] = read
        yield id, ModelOverride(**found, place=place)


def _entries(
    source: TomlSource, where: tuple[str, ...], table: object, problems: list[str]
) -> Iterator[tuple[str, Any]]:
    if isinstance(table, dict):
        yield from table.items()
    else:
        problems.append(f'{source.place(where)}: "{clean_line(where[-1], 60)}" must be a table.')


def _value(key: str, value: object) -> int | Decimal | frozenset[str] | None:
    """A value that makes sense; None for any other."""
    if key in ("window", "max_output"):
        return whole_number(value) or None
    if key in _PRICES:
        return dollars(value)
    if key == "capabilities" and isinstance(value, list) and all(one in _ABILITIES for one in value):
        return frozenset(value)
    return None


def _rule(key: str) -> str:
    if key in ("window", "max_output"):
        return "must be a count of tokens"
    if key in _PRICES:
        return "must be dollars per million tokens, 0 or more"
    return f"must be some of {', '.join(_ABILITIES)}" if key == "capabilities" else f"is none of {', '.join(_KNOWN)}"
