"""The meter while a reply streams: estimates that rise and say so, then the provider's own figure; costs; no disk."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.app import running
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.agent.usage import Usage
from tui.errors import StoreError
from tui.store.database import Database


async def test_three_rising_estimates_and_then_the_exact_figure(tmp_path: Path) -> None:
    gates = [asyncio.Event() for _ in range(3)]
    script: list[object] = []
    for gate in gates:
        script += ["some words that count for tokens " * 4, gate]
    model = ScriptedModel([*script, Usage(requests=1, request_tokens=123, response_tokens=57)])  # type: ignore[list-item]
    catalog = ScriptedCatalog({"fake:one": model}, window=1_000, token_price=Decimal("0.001"))
    async with running(tmp_path, catalog=catalog) as here:
        seen: list[int] = []

        def risen() -> bool:
            """Whether the meter on screen shows a higher estimate than before."""
            output = next((word for word in here.screen().split() if word.startswith("↓≈")), "↓≈0")
            number = int(output.removeprefix("↓≈"))
            if number > (seen[-1] if seen else 0):
                seen.append(number)
                return True
            return False

        await here.send("Count")
        for gate in gates:
            await here.until(risen, "a higher estimate")
            assert "esc stop" in here.screen()
            gate.set()
        await here.settled()
        assert len(seen) >= 3 and seen == sorted(set(seen))
        meter = here.text_of(here.app.chat.layout_view.meter)
        assert "↑123" in meter and "↓57" in meter and "≈" not in meter
        assert "18% of 1k" in meter and "chat $0.18" in meter


async def test_another_model_after_a_failure_answers_at_once(tmp_path: Path) -> None:
    from tui.agent.exceptions import ModelHTTPError

    refusal = ModelHTTPError(401, "one", message="no", kind="auth", provider="fake")
    one, two = ScriptedModel([refusal]), ScriptedModel(["Gladly."])
    async with running(tmp_path, one, two) as here:
        await here.ask("Will you?")
        await here.pilot.press("escape", "m")
        await here.until(lambda: here.app.screen is not here.app.chat, "the switcher")
        await here.type("two")
        await here.pilot.press("enter")
        await here.until(lambda: "Gladly." in here.screen(), "the answer")
        await here.settled()
        assert two.asked[0].prompts == ["Will you?"]


async def test_a_disk_that_refuses_is_said_and_the_chat_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path, ScriptedModel(["Still here."])) as here:

        async def refuse(database: Database, *_: object, **__: object) -> None:
            raise StoreError("The library could not be written: the disk is full.", "Free some space.")

        monkeypatch.setattr(Database, "run", refuse)
        await here.ask("Do you read me?")
        assert "Still here." in here.screen()
        assert "disk is full" in here.screen()
        monkeypatch.undo()


async def test_a_chat_that_cannot_be_opened_is_said_and_another_can_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path) as here:
        await here.ask("First")
        conversation = here.app.chat.presenter.conversation

    async def refuse(database: Database, *_: object, **__: object) -> None:
        raise StoreError("The library could not be read: the file is damaged.", "Start Chinwag again.")

    monkeypatch.setattr(Database, "read", refuse)
    async with running(tmp_path, conversation=conversation, prompt="typed before") as here:
        await here.until(lambda: "file is damaged" in here.screen(), "why")
        await here.until(lambda: here.composer.text == "typed before", "the words")
        assert here.app.chat.layout_view.header.title == "New chat"
        monkeypatch.undo()
