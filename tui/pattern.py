"""Regular expressions that are compiled when they are first asked for something: a start needs few of those it loads.

Compiling takes 0.2 to 3 ms for each. To a type checker this is `re.compile`. What is passed to a function of `re`, or
searched with before the first frame anyway, is compiled by `re`. Imports no `tui`.
"""

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any


class _Pattern:
    def __init__(self, pattern: str | bytes, flags: int = 0) -> None:
        self._given = pattern, flags

    @cached_property
    def _compiled(self) -> re.Pattern[Any]:
        return re.compile(*self._given)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # of whoever copies it, before it has anything
            raise AttributeError(name)
        found = getattr(self._compiled, name)
        setattr(self, name, found)  # the next time nobody comes by here
        return found


if TYPE_CHECKING:
    pattern = re.compile
else:
    pattern = _Pattern
