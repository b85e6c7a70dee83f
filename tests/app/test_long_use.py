"""An app that is open for weeks holds the chat that is shown, and nothing of those that were."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from tests.support.app import Running, running
from tests.support.memory import alive
from tests.support.scripted import Piece, ScriptedModel, Thought

ANSWER = """# Answer

Some *words*, a [link](https://example.org), and code:

```python
print(1)
```

| a |
|---|
| 1 |

And so on, """


def script(number: int) -> list[Piece]:
    """An answer that ends, or every third time one that waits to be stopped."""
    answer: list[Piece] = [Thought("Hm."), f"{ANSWER}{number}."]
    return [*answer, asyncio.Event()] if number % 3 == 1 else answer


async def turn(here: Running, models: list[ScriptedModel], number: int) -> None:
    asked = sum(len(model.asked) for model in models)
    await here.send(f"Question {number}")
    await here.until(lambda: sum(len(model.asked) for model in models) > asked, "the request")
    while here.replies.running:
        await here.pilot.pause()
        if here.replies.coming and any(model.reached.is_set() for model in models):
            await here.pilot.press("escape")
    for model in models:
        model.reached.clear()
    await here.settled()
    for model in models:
        for request in model.asked:
            request.messages.clear()  # what the script remembers is not the app's


async def another_chat(here: Running) -> None:
    await here.pilot.press("ctrl+n")
    await here.until(lambda: not here.app.chat.presenter.prompts, "an empty chat")
    await here.pilot.pause()


def too_many(before: Counter[str]) -> list[str]:
    """Of what there is more than one chat in the list; what is still at work holds what it works on for a moment."""
    grown = alive() - before
    grown.pop("textual.content.Span", None)  # parts of a content, which is counted
    return [f"{name}: {count}" for name, count in grown.items() if count > 1]


@pytest.mark.usefixtures("drawing")
async def test_of_turns_stops_switches_and_resizes_nothing_is_held_in_another_chat(tmp_path: Path) -> None:
    models = [ScriptedModel(*(script(number) for number in range(40))) for _ in range(2)]
    async with running(tmp_path, *models) as here:
        await turn(here, models, 0)
        await turn(here, models, 1)
        await another_chat(here)
        before = alive()
        for number in range(12):
            if number % 3 == 0:
                here.app.chat.use_model("fake:two" if number % 2 else "fake:one")
            if number % 4 == 0:
                await here.pilot.resize_terminal(100 + number, 40)
            await turn(here, models, number)
        assert sum((alive() - before).values()) > 100, "while it is shown, it is held"
        await another_chat(here)
        await here.until(lambda: not too_many(before), "the end of all that was held of the chat")
        assert (alive() - before).total() > 0, "one more chat in the list"
