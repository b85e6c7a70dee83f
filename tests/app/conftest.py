"""What the tests of the app stand on besides."""

import pytest

from tui.app.dialogs import cautious
from tui.app.transcript import fast_letters


@pytest.fixture(autouse=True)
def listening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each key acts at once, as the tests press them fast: which keys are none, in haste, is a test of its own."""
    monkeypatch.setattr(cautious, "DEAF_S", 0.0)
    monkeypatch.setattr(fast_letters, "TOGETHER_S", 0.0)
