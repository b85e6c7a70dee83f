"""Models that are marked, hidden or asked in two windows at once: neither window undoes what the other did."""

from dataclasses import replace
from typing import Any

from tui.chat.catalog.remembered import RememberedModels
from tui.config import State


class Kept:
    """The state on disk, which all windows write."""

    def __init__(self) -> None:
        self.state = State()

    def window(self) -> RememberedModels:
        def remember(**changes: Any) -> None:
            self.state = replace(self.state, **changes)

        return RememberedModels(self.state, remember, lambda: self.state)


def test_what_two_windows_mark_and_hide_is_all_kept() -> None:
    kept = Kept()
    one, two = kept.window(), kept.window()
    assert one.toggle("a:1") and two.toggle("a:2")
    assert one.hide("b:1") and two.hide("b:2")
    assert [*kept.state.favourites, *kept.state.hidden_models] == ["a:1", "a:2", "b:1", "b:2"]
    assert not one.toggle("a:1") and not two.hide("b:2")
    assert [*kept.state.favourites, *kept.state.hidden_models] == ["a:2", "b:1"]


def test_what_two_windows_asked_is_all_recent_and_the_last_one_is_first() -> None:
    kept = Kept()
    one, two = kept.window(), kept.window()
    one.asked("a:1", "a:1")
    two.asked("a:2", "a:2")
    one.asked("a:3", "a:3")
    assert kept.state.recent_models == ("a:3", "a:1", "a:2") and kept.state.last_model == "a:3"
