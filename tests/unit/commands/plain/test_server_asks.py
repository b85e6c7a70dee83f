"""A server of tools gets what the person has filled in and agreed to, and nothing by Enter alone."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from tests.support.plain_chat import Step, talking
from tests.support.scripted import ScriptedModel
from tui.chat.server_requests import ServerRequests
from tui.commands.plain.keyboard import InterruptedLineError
from tui.mcp.hooks import (
    ElicitAnswer,
    FormField,
    FormRequest,
    SampleAnswer,
    SampleRefusal,
    SampleRequest,
    UrlRequest,
)
from tui.mcp.values import McpContent

T = TypeVar("T")

FORM = FormRequest(
    "shop",
    "Which \x1b[2Jtown?",
    (
        FormField("town", title="Town", required=True, least=2),
        FormField("many", "integer", default=1, most=3),
        FormField("gift", "boolean"),
        FormField("size", "choice", options=(("s", "Small"), ("l", "Large"))),
        FormField("extras", "choices", options=(("a", "Apple"), ("b", "Bread"))),
    ),
)


async def asked(
    home: Path, ask: Callable[[ServerRequests], Awaitable[T]], steps: Sequence[Step], *answers: str
) -> tuple[T, str]:
    """What a server gets while a reply is under way, and what was written."""
    gate = asyncio.Event()
    model = ScriptedModel(["So ", gate, "far."], *([one] for one in answers))
    async with talking(home, {"fake:one": model}, ["Go", *steps]) as here:
        run = asyncio.create_task(here.run())
        await model.reached.wait()
        got = await ask(here.services.requests)
        gate.set()
        return got, await run


async def test_a_form_is_filled_in_field_by_field(tmp_path: Path) -> None:
    steps = ["", "x", "Rome", "7", "", "maybe", "yes", "3", "2", "1, 2", "", "yes"]
    got, text = await asked(tmp_path, lambda requests: requests.elicit(FORM), steps)
    assert got == ElicitAnswer("accept", {"town": "Rome", "many": 1, "gift": True, "size": "l", "extras": ("a", "b")})
    assert "shop asks. What you fill in goes to it" in text and "Town is needed." in text
    assert "size is chosen by a number of the list." in text and "Enter alone: 1" in text


@pytest.mark.parametrize(
    ("last", "action"), [("no", "decline"), (InterruptedLineError(), "cancel"), (EOFError(), "cancel")]
)
async def test_a_form_that_is_not_agreed_to_is_not_sent(tmp_path: Path, last: Step, action: str) -> None:
    got, _ = await asked(tmp_path, lambda requests: requests.elicit(FORM), ["Rome", "", "", "", "", last])
    assert (got.action, got.values) == (action, {})


async def test_a_page_is_shown_in_full_and_visited_by_the_person(tmp_path: Path) -> None:
    page = UrlRequest("shop", "Pay.", "https://x.test/\u202epay")
    got, text = await asked(tmp_path, lambda requests: requests.elicit(page), ["", "done"])
    assert got.action == "accept" and "https://x.test/<U+202E>pay" in text


@pytest.mark.parametrize(("typed", "answered"), [("yes", True), ("no", False)])
async def test_a_model_answers_a_server_only_by_a_yes(tmp_path: Path, typed: str, answered: bool) -> None:
    wanted = SampleRequest("shop", (McpContent("text", text="A word?", role="user"),), most_tokens=5)
    got, text = await asked(tmp_path, lambda requests: requests.sample(wanted), ["", typed], "Word.")
    assert "A word?" in text
    assert isinstance(got, SampleAnswer if answered else SampleRefusal)
