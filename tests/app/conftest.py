"""What the tests of the app stand on besides."""

import pytest

from tui.app.dialogs import cautious


@pytest.fixture(autouse=True)
def listening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dialogs listen at once: how long they are deaf is a test of its own."""
    monkeypatch.setattr(cautious, "DEAF_S", 0.0)
