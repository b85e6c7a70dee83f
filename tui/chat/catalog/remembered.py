"""The models that a person has marked, and those that were asked last; both outlive the program."""

from collections.abc import Callable
from typing import Any

from tui.config import State

MOST_RECENT = 12


class RememberedModels:
    """Favourites and recent models, as ids.

    Args:
        state: what was remembered.
        remember: keeps fields of `State` for the next start.

    Attributes:
        favourites: in the order in which they were marked.
        recent: those that were asked, the last one first.
    """

    def __init__(self, state: State, remember: Callable[..., Any]) -> None:
        self._remember = remember
        self.favourites = tuple(dict.fromkeys(state.favourites))
        self.recent = tuple(dict.fromkeys(state.recent_models))

    def toggle(self, id: str) -> bool:
        """Mark a model, or not any more; returns whether it is marked now."""
        marked = id not in self.favourites
        others = tuple(one for one in self.favourites if one != id)
        self.favourites = (*others, id) if marked else others
        self._remember(favourites=self.favourites)
        return marked

    def asked(self, id: str, last: str) -> None:
        """A model was asked: it is the most recent one; `last` is the one with which the next new chat begins."""
        self.recent = (id, *(one for one in self.recent if one != id))[:MOST_RECENT]
        self._remember(recent_models=self.recent, last_model=last)

    def following(self, id: str) -> tuple[str, ...]:
        """The recent models to go to from another one, the next one first, round and round; without itself."""
        place = self.recent.index(id) + 1 if id in self.recent else 0
        return tuple(one for one in (*self.recent[place:], *self.recent[:place]) if one != id)
