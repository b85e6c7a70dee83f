"""The models that a person has marked or hidden, and those that were asked last; they outlive the program.

Two windows may mark models at once: what is kept is changed as it stands there by then, not as it was at the start.
"""

from collections.abc import Callable
from typing import Any

from tui.config import State, load_state

MOST_RECENT = 12


class RememberedModels:
    """Favourites, hidden and recent models, as ids.

    Args:
        state: what was remembered.
        remember: keeps fields of `State` for the next start.
        stored: what is kept now.

    Attributes:
        favourites: in the order in which they were marked.
        hidden: those that are not to be offered.
        recent: those that were asked, the last one first.
    """

    def __init__(self, state: State, remember: Callable[..., Any], stored: Callable[[], State] = load_state) -> None:
        self._remember, self._stored = remember, stored
        self.favourites = tuple(dict.fromkeys(state.favourites))
        self.hidden = tuple(dict.fromkeys(state.hidden_models))
        self.recent = tuple(dict.fromkeys(state.recent_models))

    def toggle(self, id: str) -> bool:
        """Mark a model, or not any more; returns whether it is marked now."""
        marked = id not in self.favourites
        self.favourites = _changed(self._stored().favourites, id, kept=marked)
        self._remember(favourites=self.favourites)
        return marked

    def hide(self, id: str) -> bool:
        """Hide a model, or not any more; returns whether it is hidden now."""
        hidden = id not in self.hidden
        self.hidden = _changed(self._stored().hidden_models, id, kept=hidden)
        self._remember(hidden_models=self.hidden)
        return hidden

    def asked(self, id: str, last: str) -> None:
        """A model was asked: it is the most recent one; `last` is the one with which the next new chat begins."""
        others = dict.fromkeys((*self.recent, *self._stored().recent_models))
        self.recent = (id, *(one for one in others if one != id))[:MOST_RECENT]
        self._remember(recent_models=self.recent, last_model=last)

    def following(self, id: str) -> tuple[str, ...]:
        """The recent models to go to from another one, the next one first, round and round; without itself."""
        place = self.recent.index(id) + 1 if id in self.recent else 0
        return tuple(one for one in (*self.recent[place:], *self.recent[:place]) if one != id)


def _changed(ids: tuple[str, ...], id: str, *, kept: bool) -> tuple[str, ...]:
    others = tuple(one for one in dict.fromkeys(ids) if one != id)
    return (*others, id) if kept else others
