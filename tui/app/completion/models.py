"""Models: behind a slash command, and behind "@@" at the start of a prompt, which asks one of them for one turn."""

import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from tui.app.completion.arguments import Call, argument_row
from tui.app.completion.suggestions import Suggestion, Suggestions, Typed
from tui.app.fuzzy import fuzzy
from tui.app.model_query import find_models, typed_id
from tui.chat.addressed import SIGN
from tui.figures import tokens

if TYPE_CHECKING:
    from tui.chat.catalog.info import ModelInfo

_MOST_ROWS = 200
_FRESH_S = 2.0
_WORD = re.compile(r"@@(\S*)$")


class KnownModels:
    """The models that can be asked, found as in the switcher.

    Args:
        models: all that are known.
        current: id of the one that answers next.
        aliases: names of the person's own, each with the id that it stands for.
    """

    def __init__(
        self,
        models: "Callable[[], Sequence[ModelInfo]]",
        current: Callable[[], str],
        aliases: Mapping[str, str] = {},
    ) -> None:
        self._models = models
        self._aliases = aliases
        self._current = current
        self._known: Sequence[ModelInfo] = ()
        self._asked_at = 0.0

    def find(self, typed: str) -> Iterable[tuple[str, str, str]]:
        """Aliases and ids for what was typed, the best first, each with what it is and a sign for the current one."""
        now = time.monotonic()
        if now - self._asked_at > _FRESH_S:  # making them takes a few milliseconds: not at each key
            self._known = self._models()
        self._asked_at = now
        current = self._current()
        scored = [(fuzzy(typed, alias) if typed.strip() else 1.0, alias, id) for alias, id in self._aliases.items()]
        for _, alias, id in sorted((row for row in scored if row[0]), key=lambda row: -row[0]):
            yield alias, id, "◆" if id == current else ""
        found = find_models(self._known, typed, current)
        for model in islice(found, _MOST_ROWS):
            yield model.id, _about(model), "◆" if model.id == current else ""
        if by_hand := typed_id(found, typed):
            yield by_hand, "ask for this id as it is", ""


class ModelChoices:
    """The models as the argument of a command."""

    def __init__(self, known: KnownModels, call: Call) -> None:
        self._known = known
        self._call = call

    def __call__(self, name: str, typed: str) -> Suggestions:
        """The rows for what was typed, the best first."""
        rows = [argument_row(name, id, id, about, sign, self._call) for id, about, sign in self._known.find(typed)]
        return Suggestions(0, rows, typed, marked=0 if typed.strip() else -1)


class SeveralModelChoices:
    """Models one after the other, until a word is none: with that begins the prompt for all of them.

    Args:
        known: finds one of them.
        words: every word that is a model.
        most: how many there may be.
    """

    def __init__(self, known: KnownModels, words: Callable[[], Collection[str]], most: int) -> None:
        self._known = known
        self._words = words
        self._most = most

    def __call__(self, name: str, typed: str) -> Suggestions | None:
        """The rows for the last word, none of which is taken unasked: it may be the prompt's first."""
        before, _, last = typed.rpartition(" ")
        words = before.split()
        if len(words) >= self._most or not set(words) <= set(self._words()):
            return None
        written = f"/{name} {' '.join([*words, ''])}"
        found = [row for row in self._known.find(last) if row[0] not in words]
        rows = [Suggestion(id, about, sign, text=f"{written}{id} ") for id, about, sign in found]
        return Suggestions(0, rows, last, marked=-1)


class ModelSource:
    """Finds who is asked for one turn."""

    SIGN = "@"

    def __init__(self, known: KnownModels) -> None:
        self._known = known

    def find(self, typed: Typed) -> Suggestions | None:
        """The models for the name behind "@@"; they are written out, as what is asked comes behind."""
        match = _WORD.match(typed.before) if typed.first else None
        if match is None:
            return None
        rows = [Suggestion(id, about, sign, text=f"{SIGN}{id} ") for id, about, sign in self._known.find(match[1])]
        return Suggestions(0, rows, match[1])


def _about(model: "ModelInfo") -> str:
    window = f" · {tokens(model.window)}" if model.window is not None else ""
    return f"{model.provider_label}{window}{' · free' if model.free else ''}"
