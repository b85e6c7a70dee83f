"""All that an app without a terminal would write to one, what of it came from outside, and which modules it passed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from textual.app import App
from textual.content import Content
from textual.drivers import headless_driver
from textual.strip import Strip

from tests.support.hostile import MARK

_FRAMES = 8
_APP = str(Path(__file__).parents[2] / "tui" / "app")


@dataclass
class Drawn:
    """What happened while an app was drawn.

    Attributes:
        pieces: what was written to the terminal, in order.
        parsed: texts with the mark of what is hostile that went through the parser of markup.
        reached: modules of `tui/app` that made something to draw of such a text.
        called: actions that a text has asked for.
    """

    pieces: list[str] = field(default_factory=list)
    parsed: list[str] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)
    actions: list[str] = field(default_factory=list)

    def take(self) -> str:
        """What was written since this was asked last."""
        text = "".join(self.pieces)
        self.pieces.clear()
        return text


@contextmanager
def drawing_noted() -> Iterator[Drawn]:  # noqa: C901  one small function for each place
    """Note it for every app that is run within."""
    drawn = Drawn()

    class Recorder(headless_driver.HeadlessDriver):
        is_headless = property(lambda self: False)  # else nothing is written

        def write(self, data: str) -> None:
            drawn.pieces.append(data)

    parse, make, line = Content.from_markup, Content.__init__, Strip.__init__

    def noted_parse(cls: type[Content], /, markup: Any, **variables: Any) -> Content:
        if MARK in str(markup) or any(MARK in str(value) for value in variables.values()):
            drawn.parsed.append(str(markup))
        return parse(markup, **variables)

    def noted_make(self: Content, text: Any = "", *given: Any, **named: Any) -> None:
        if MARK in text:
            drawn.reached.update(_callers())
        make(self, text, *given, **named)

    def noted_line(self: Strip, segments: Any, *given: Any, **named: Any) -> None:
        line(self, segments, *given, **named)
        if any(MARK in segment.text for segment in self._segments):
            drawn.reached.update(_callers())

    async def noted_action(self: App[Any], action: Any, *given: Any, **named: Any) -> bool:
        drawn.actions.append(str(action))
        return bool(await act(self, action, *given, **named))

    def noted_notify(self: App[Any], message: str, *, title: str = "", markup: bool = True, **named: Any) -> None:
        if MARK in message or MARK in title:
            drawn.reached.update(_callers())
            drawn.parsed.extend([message] if markup else [])
        notify(self, message, title=title, markup=markup, **named)

    act, notify = App.run_action, App.notify
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(headless_driver, "HeadlessDriver", Recorder)
        patch.setattr(Content, "from_markup", classmethod(noted_parse))
        patch.setattr(Content, "__init__", noted_make)
        patch.setattr(Strip, "__init__", noted_line)
        patch.setattr(App, "run_action", noted_action)
        patch.setattr(App, "notify", noted_notify)
        yield drawn


def _callers() -> Iterator[str]:
    """The modules of the app through which a call has come, from the one that made it outwards."""
    frame: FrameType | None = sys._getframe(2)
    for _ in range(_FRAMES):
        if frame is None:
            return
        if frame.f_code.co_filename.startswith(_APP):
            yield "tui/app" + frame.f_code.co_filename.removeprefix(_APP)
        frame = frame.f_back


def links_and_actions(app: App[Any]) -> list[str]:
    """Links and actions in what stands on the screen; our own widgets make neither."""
    found = []
    for strip in app.screen._compositor.render_strips(app.size):
        for segment in strip:
            style = segment.style
            if style is not None and (style.link or "@click" in style.meta):
                found.append(f"{style.link or style.meta['@click']} under {segment.text!r}")
    return found
