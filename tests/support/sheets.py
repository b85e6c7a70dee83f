"""Style sheets are parsed once in a process, not once in every app that a test starts."""

from typing import Any

from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

_parsed: dict[frozenset[tuple[str, str]], LRUCache[tuple[Any, ...], list[RuleSet]]] = {}


def parse_sheets_once() -> None:
    """Have all sheets with the same variables share what was parsed; nothing changes a rule after that.

    Textual has this cache, one for each `Stylesheet`.
    """
    begin, set_variables = Stylesheet.__init__, Stylesheet.set_variables

    def share(sheet: Stylesheet) -> None:
        theme = frozenset(sheet._variables.items())
        sheet._parse_cache = _parsed.setdefault(theme, LRUCache(1_024))

    def init_shared(sheet: Stylesheet, *, variables: dict[str, str] | None = None) -> None:
        begin(sheet, variables=variables)
        share(sheet)

    def set_shared(sheet: Stylesheet, variables: dict[str, str]) -> None:
        sheet._parse_cache = LRUCache(1)  # the one that is emptied now
        set_variables(sheet, variables)
        share(sheet)

    Stylesheet.__init__ = init_shared  # type: ignore[method-assign, assignment]  # mypy counts "self" as another name
    Stylesheet.set_variables = set_shared  # type: ignore[method-assign, assignment]  # mypy counts "self" as another name
