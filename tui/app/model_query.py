"""How models are found by what was typed: words that fit fuzzily, and words that are filters. Pure.

A filter is `>100k` (a larger window), `<$5` (dollars per million tokens read), `free`, `local`, or something that a
model can do, such as `vision`; with a "-" in front it is what a model must not be.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from tui.app.fuzzy import fuzzy

if TYPE_CHECKING:
    from tui.chat.catalog.info import ModelInfo

_WHOLE = 3.0
"""The least score of a name in which what was typed stands as it is."""
Filter = Callable[["ModelInfo"], bool]

_LARGER_THAN = re.compile(r">(\d+(?:\.\d+)?)([km]?)$")
_CHEAPER_THAN = re.compile(r"<\$?(\d+(?:\.\d+)?)\$?$")
_ABILITIES = {"reasoning": "thinking"} | {one: one for one in ("vision", "audio", "documents", "tools", "thinking")}


def is_free(model: "ModelInfo") -> bool:
    """Whether a model costs nothing: it runs here, or its provider lists it so."""
    return model.free or (model.input_price == 0 and model.output_price == 0)


def filter_of(word: str) -> Filter | None:
    """The filter that a word is; None for a word to be found."""
    word = word.casefold()
    if word.startswith("-") and (refused := filter_of(word[1:])) is not None:
        return lambda model: not refused(model)
    if larger := _LARGER_THAN.match(word):
        least = float(larger[1]) * {"": 1, "k": 1_000, "m": 1_000_000}[larger[2]]
        return lambda model: model.window is not None and model.window >= least
    if cheaper := _CHEAPER_THAN.match(word):
        most = float(cheaper[1])
        return lambda model: is_free(model) or (model.input_price is not None and model.input_price < most)
    if word == "free":
        return is_free
    if word == "local":
        return lambda model: model.local
    if ability := _ABILITIES.get(word):
        return lambda model: model.capabilities is not None and ability in model.capabilities
    return None


class ModelSearch:
    """A list of models, prepared so that it can be searched at each key."""

    def __init__(self, models: Iterable["ModelInfo"]) -> None:
        self._texts = [
            (model, model.name.casefold(), model.id.casefold(), model.provider_label.casefold(),
             [tag.casefold() for tag in model.tags])
            for model in models
        ]  # fmt: skip
        self._last: tuple[str | None, list[tuple[float, ModelInfo]]] = (None, [])

    def find(self, query: str) -> list[tuple[float, "ModelInfo"]]:
        """The models that fit all words of a query, the best first, each with how well it does."""
        last, found = self._last
        if query != last:
            found = self._find(query)
            self._last = (query, found)
        return found

    def _find(self, query: str) -> "list[tuple[float, ModelInfo]]":
        words = query.split()
        filters = [wanted for word in words if (wanted := filter_of(word)) is not None]
        names = [word.casefold() for word in words if filter_of(word) is None]
        found = []
        for model, name, id, label, tags in self._texts:
            if not all(wanted(model) for wanted in filters):
                continue
            total = 1.0
            for word in names:
                score = fuzzy(word, name)
                if score < _WHOLE:
                    score = max(score, fuzzy(word, id), 0.8 * fuzzy(word, label), *(fuzzy(word, tag) for tag in tags))
                if not score:
                    break
                total += score
            else:
                found.append((total, model))
        return sorted(found, key=lambda pair: -pair[0])


def typed_id(models: Sequence["ModelInfo"], query: str) -> str:
    """The id that was typed by hand, if no model has that id or name; "" when it is none."""
    query = query.strip()
    known = ":" not in query or " " in query or any(query in (model.id, model.name) for model in models)
    return "" if known else query


def find_models(models: Sequence["ModelInfo"], query: str, current: str = "") -> list["ModelInfo"]:
    """The models for what was typed, the best first; all of them for "", those of `current`'s provider in front."""
    if query.strip():
        return [model for _, model in ModelSearch(models).find(query)]
    provider = current.partition(":")[0]
    return sorted(models, key=lambda model: model.provider != provider)
