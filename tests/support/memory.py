"""Whether what was closed is let go of: told by the objects that are alive, never by the size of the process."""

import gc
import weakref
from collections import Counter
from typing import Any

from textual.screen import Screen
from textual.widget import Widget

_FOLLOWED = ("tui.", "textual._styles_cache", "textual.content", "textual.widget")


class Held:
    """Follows screens, their widgets and what was drawn of them, without holding them.

    Args:
        screens: as they are shown.
    """

    def __init__(self, *screens: Screen[Any]) -> None:
        self._references: list[weakref.ref[object]] = []
        for screen in screens:
            self.follow(screen)

    def follow(self, screen: Screen[Any]) -> None:
        """Follow another one, as it is shown now."""
        widgets = [screen, *screen.walk_children(Widget)]
        objects = [each for widget in widgets for each in (widget, widget.styles, widget._styles_cache)]
        self._references += [weakref.ref(each) for each in objects]

    def left(self) -> list[object]:
        """What is still alive after a collection."""
        gc.collect()
        return [found for reference in self._references if (found := reference()) is not None]


def alive() -> Counter[str]:
    """How many objects of the program, and texts and widgets of Textual, there are after a collection, by class."""
    gc.collect()
    classes = [type(one) for one in gc.get_objects()]
    # A class may have anything for the name of its module: some of other packages have a property.
    return Counter(
        f"{one.__module__}.{one.__qualname__}" for one in classes if str(one.__module__).startswith(_FOLLOWED)
    )
