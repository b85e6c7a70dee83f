"""What is on the terminal is drawn when a test looks at it, not each time that something changes."""

from typing import Any

import pytest
from textual._compositor import Compositor
from textual.screen import Screen

_draw = Compositor.render_update


def _draw_whole_screens_only(
    compositor: Compositor, full: bool = False, screen_stack: list[Screen[Any]] | None = None, simplify: bool = False
) -> Any:
    if full:
        return _draw(compositor, full, screen_stack, simplify)
    compositor._dirty_regions.clear()
    return None


@pytest.fixture
def drawing() -> None:
    """Have every change drawn at once, as in a terminal: for what is told by all that was ever drawn."""


@pytest.fixture(autouse=True)
def drawn_when_looked_at(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    # A headless driver writes nothing of it, and it was two fifths of the time. `Running.screen` draws everything; of a
    # test that never looks the end of `running` and of `on_stage` does, so what cannot be drawn fails its test.
    if "drawing" not in request.fixturenames:
        monkeypatch.setattr(Compositor, "render_update", _draw_whole_screens_only)
