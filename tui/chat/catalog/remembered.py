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

    def asked(self, id: str) -> None:
        """A model was asked: it is the most recent one."""
        self.recent = (id, *(one for one in self.recent if one != id))[:MOST_RECENT]
        self._remember(recent_models=self.recent)

    def after(self, id: str) -> str:
        """The recent model to go to from another one, round and round; "" when there is none."""
        if id not in self.recent:
            return self.recent[0] if self.recent else ""
        place = self.recent.index(id) + 1
        following = self.recent[place % len(self.recent)]
        return following if following != id else ""
