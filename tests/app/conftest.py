"""The app without a terminal: it is drawn when a test looks at it, and each key acts at once."""

import pytest

from tests.support.drawing import drawing, drawn_when_looked_at
from tests.support.waiting import wait_until_at_rest
from tui.app.dialogs import cautious
from tui.app.transcript import fast_letters

__all__ = ["drawing", "drawn_when_looked_at"]

wait_until_at_rest()


@pytest.fixture(autouse=True)
def listening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each key acts at once, as the tests press them fast: which keys are none, in haste, is a test of its own."""
    monkeypatch.setattr(cautious, "DEAF_S", float("-inf"))
    monkeypatch.setattr(cautious, "UNDRAWN", 0.0)
    monkeypatch.setattr(fast_letters, "TOGETHER_S", 0.0)
