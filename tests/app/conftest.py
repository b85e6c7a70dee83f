"""The app without a terminal: it is drawn when a test looks at it."""

from tests.support.drawing import drawing, drawn_when_looked_at

__all__ = ["drawing", "drawn_when_looked_at"]
