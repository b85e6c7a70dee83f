"""When figures are drawn: rarely where little is to move; and when the price list is read for them: once."""

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.library import conversation, prompt, reply
from tui.app.chat import figures_drawer
from tui.app.chat.figures_drawer import STILL_S, FiguresDrawer
from tui.app.chat.shown_branch import ShownBranch
from tui.chat.cost_split import CostSplit
from tui.chat.replies.meter import MeterReading

CHAT = conversation()
ASKED = prompt(CHAT)
ANSWER = reply(CHAT, ASKED, "Because.")
STREAMING = MeterReading(streaming=True)


class Figures:
    """Figures whose costs say for which message they were asked, and of which nothing is ever over."""

    def __init__(self) -> None:
        self.switched: list[str] = []
        self.costs: list[str] = []
        self.split = CostSplit()

    def cost(self, records: object, message_id: str) -> CostSplit:
        self.costs.append(message_id)
        return self.split

    def switch(self, model: str) -> None:
        self.switched.append(model)

    def drop_what_is_over(self) -> bool:
        return False


class Stage:
    """A drawer with everything around it that it sees."""

    def __init__(self, *, still: bool = False) -> None:
        self.begun: list[Any] = []
        self.loads = 0
        self.figures = Figures()
        self.pane = SimpleNamespace(reading=None, cost=None, cost_focused=None, display=True)
        self.meter = SimpleNamespace(reading=None)
        self.layout = SimpleNamespace(inspector_made=self.pane, meter=self.meter, inspect=vars(self.pane).update)
        self.presenter = SimpleNamespace(
            id=CHAT.id, model="a:one", reading=MeterReading(), records=(ASKED, ANSWER), figures=self.figures,
            branch=ShownBranch((ASKED, ANSWER)),
        )  # fmt: skip
        self.drawer = FiguresDrawer(
            cast(Any, self), cast(Any, self.layout),
            cast(Any, self.presenter), cast(Any, self), cast(Any, SimpleNamespace(note=lambda id, reading: None)),
            lambda: still,
        )  # fmt: skip

    def begin(self, work: Any, group: str, *, exclusive: bool = False) -> Any:
        self.begun.append(work)

    async def load_prices(self) -> None:
        self.loads += 1

    def draw(self, reading: MeterReading) -> object:
        """What the meter shows then."""
        self.presenter.reading = reading
        self.drawer.draw()
        return self.meter.reading


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The time, to be changed."""
    now = [100.0]
    monkeypatch.setattr(figures_drawer, "monotonic", lambda: now[0])
    yield now


def test_where_little_is_to_move_a_reply_changes_the_figures_once_a_second(seconds: list[float]) -> None:
    stage = Stage(still=True)
    first, second, done = STREAMING, replace(STREAMING, context_tokens=7), replace(STREAMING, streaming=False)
    assert stage.draw(first) is first
    assert stage.draw(second) is first, "it was just drawn"
    seconds[0] += STILL_S
    assert stage.draw(second) is second
    assert stage.draw(done) is done, "the end is not waited for"


def test_elsewhere_each_change_is_drawn(seconds: list[float]) -> None:
    stage = Stage()
    for reading in (STREAMING, replace(STREAMING, context_tokens=7)):
        assert stage.draw(reading) is reading and stage.pane.reading is reading


def test_the_cost_is_that_of_the_message_in_focus() -> None:
    stage = Stage()
    stage.drawer.focus(ANSWER.id)
    assert stage.figures.costs == [ANSWER.id] and stage.pane.cost_focused is True
    stage.drawer.focus(ASKED.id)
    assert stage.pane.cost_focused is False, "a prompt has none of its own: the last reply's is shown"


async def test_prices_are_read_once_and_only_where_a_price_is_looked_at() -> None:
    stage = Stage()
    stage.drawer.draw()
    stage.drawer.follow()
    assert not stage.begun, "nothing was paid for"
    stage.pane.cost = SimpleNamespace(unparted=True)
    stage.pane.display = False
    stage.drawer.follow()
    assert not stage.begun, "nobody looks"
    stage.pane.display = True
    stage.drawer.follow()
    stage.drawer.follow()
    (work,) = stage.begun
    await work()
    assert stage.loads == 1 and stage.figures.switched == ["a:one"], "the list knows its window, too"
