"""What servers ask: shown whole and cleaned, agreed to by the named keys alone, and gone when the server is gone."""

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.app import Running, running
from tests.support.scripted import ScriptedCatalog, ScriptedModel
from tui.app.dialogs import cautious
from tui.app.dialogs.server_asks import SampleReview, ServerDialog, VisitPage
from tui.app.dialogs.server_form import ServerForm
from tui.chat.server_requests import ServerRequests
from tui.mcp.hooks import (
    ElicitAnswer,
    FormField,
    FormRequest,
    SampleAnswer,
    SampleRefusal,
    SampleRequest,
    UrlRequest,
)
from tui.mcp.values import McpContent, McpError


def requests_of(here: Running) -> ServerRequests:
    return here.app._services.requests


async def shown(here: Running, kind: type[ServerDialog[Any]]) -> Any:
    await here.until(lambda: isinstance(here.app.screen, kind) and here.app.screen.awake, kind.__name__)
    await here.pilot.pause()
    return here.app.screen


def begin(asked: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
    return asyncio.create_task(asked)


FORM = FormRequest(
    "plan[red]s",
    "Which \x1b[31mroom?\u202e",
    (
        FormField("name", title="Your name", required=True, most=5),
        FormField("seats", "integer", least=1, default=4),
        FormField("beamer", "boolean"),
        FormField("room", "choice", options=(("r1", "Blue"), ("r2", "Green")), required=True),
        FormField("extras", "choices", options=(("tea", "Tea"), ("cake", "Cake"))),
        FormField("token", description="your API token"),
    ),
)


async def test_a_form_is_filled_in_checked_and_sent_by_its_own_key(tmp_path: Path) -> None:
    async with running(tmp_path, size=(80, 24)) as here:
        await here.type("half a sentence")
        asked = begin(requests_of(here).elicit(FORM))
        await shown(here, ServerForm)
        screen = here.screen()
        assert "plan[red]s asks" in screen and "Which" in screen and "\x1b" not in screen and "\u202e" not in screen
        assert "looks like a password or key" in screen
        await here.type("x")  # meant for the sentence: nothing in the form has the focus yet
        await here.pilot.press("ctrl+s")
        assert "Your name is needed." in here.screen()
        await here.type("Ada Lovelace")
        await here.pilot.press("enter", "enter", "right", "enter", "right", "enter", "space", "ctrl+s")
        assert "at most 5" in here.screen()
        await here.pilot.press(*["backspace"] * 9, "ctrl+s")
        answer = await asked
        assert answer == ElicitAnswer(
            "accept", {"name": "Ada", "seats": 4, "beamer": False, "room": "r2", "extras": ("tea",)}
        )
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
        assert here.composer.text == "half a sentence"


async def test_numbers_that_a_server_has_put_there_go_back_as_they_were(tmp_path: Path) -> None:
    numbers = {"many": 1234567.5, "whole": 5.0, "small": 0.1}
    form = FormRequest("s", "So?", tuple(FormField(name, "number", default=n) for name, n in numbers.items()))
    async with running(tmp_path) as here:
        asked = begin(requests_of(here).elicit(form))
        await shown(here, ServerForm)
        await here.pilot.press("ctrl+s")
        assert await asked == ElicitAnswer("accept", numbers)


async def test_a_form_is_declined_or_left_without_a_word(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        for key, answer in (("ctrl+r", ElicitAnswer("decline")), ("escape", ElicitAnswer("cancel"))):
            asked = begin(requests_of(here).elicit(FORM))
            await shown(here, ServerForm)
            await here.pilot.press("down", key)
            assert await asked == answer


async def test_requests_come_one_after_the_other_and_one_whose_server_is_gone_closes(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        first = begin(requests_of(here).elicit(FormRequest("one", "First?")))
        second = begin(requests_of(here).elicit(FormRequest("two", "Second?")))
        await shown(here, ServerForm)
        assert "First?" in here.screen() and "Second?" not in here.screen()
        first.cancel()
        await here.until(lambda: "Second?" in here.screen(), "the next one")
        await here.until(lambda: here.app.screen.awake, "its keys")  # type: ignore[attr-defined]
        await here.pilot.press("ctrl+r")
        assert (await second).action == "decline"
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")


async def test_a_page_is_shown_whole_and_opened_only_by_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    async with running(tmp_path, size=(80, 24)) as here:
        monkeypatch.setattr(here.app, "open_url", opened.append)
        url = "https://paypal.com@evil.example/" + "a" * 120 + "/end"
        asked = begin(requests_of(here).elicit(UrlRequest("shop", "Pay here.", url)))
        await shown(here, VisitPage)
        text = "".join(here.screen().split())
        assert "/end" in text and "itleadstoevil.example" in text
        await here.pilot.press("enter", "y")
        assert opened == []
        await here.pilot.press("o")
        assert (await asked).action == "accept" and opened == [url]
        asked = begin(requests_of(here).elicit(UrlRequest("shop", "", "file:///etc/passwd")))
        await shown(here, VisitPage)
        assert "Only web addresses are opened." in here.screen()
        await here.pilot.press("o", "d")
        assert (await asked).action == "decline" and opened == [url]


async def test_where_to_sign_in_is_shown_and_a_newer_address_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    async with running(tmp_path) as here:
        monkeypatch.setattr(here.app, "open_url", opened.append)
        await requests_of(here).authorize("docs", "https://login.example/old")
        await shown(here, VisitPage)
        assert "Sign in to docs" in here.screen()
        await requests_of(here).authorize("docs", "https://login.example/new")
        await here.until(lambda: "/new" in here.screen(), "the newer one")
        await shown(here, VisitPage)
        await here.pilot.press("o")
        assert opened == ["https://login.example/new"]
        await here.until(lambda: not requests_of(here).waiting, "the end")


SAMPLE = SampleRequest(
    "plans",
    (McpContent("text", "Sum \x1b[2Jit up.", role="user"), McpContent("data", data=b"x", media_type="image/png")),
    "Be terse.",
    most_tokens=50,
)


async def test_a_model_answers_a_server_only_after_a_yes_and_is_counted(tmp_path: Path) -> None:
    model = ScriptedModel(["Hello."], ["Summed up."])
    async with running(tmp_path, model, size=(80, 24)) as here:
        await here.ask("Go")
        asked = begin(requests_of(here).sample(SAMPLE))
        await shown(here, SampleReview)
        screen = here.screen()
        assert "Be terse." in screen and "[image/png is not sent]" in screen and "\x1b" not in screen
        assert "answered by one" in screen and "at most 50 out" in screen
        await here.pilot.press("enter", "space", "y")
        assert len(model.asked) == 1, "nothing is sent before a yes"
        await here.pilot.press("a")
        assert await asked == SampleAnswer("Summed up.", "fake:one")
        assert model.asked[1].instructions == "Be terse."
        assert await here.library.usage.was_asked_beside(here.app.chat.presenter.id, "sampling")
        asked = begin(requests_of(here).sample(SAMPLE))
        await shown(here, SampleReview)
        await here.pilot.press("d")
        assert await asked == SampleRefusal() and len(model.asked) == 2


async def test_the_cost_is_that_of_all_that_may_come(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        requests = ServerRequests(here.library, ScriptedCatalog({"fake:one": ScriptedModel()}))
        cost = await requests.cost(SAMPLE, "fake:one")
        assert cost.output == 50 and cost.input > 5 and (cost.price is None or cost.price >= Decimal(0))


async def test_where_nobody_is_everything_is_declined(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        alone = ServerRequests(here.library, ScriptedCatalog({}))
        assert (await alone.elicit(FORM)).action == "decline"
        assert isinstance(await alone.sample(SAMPLE), SampleRefusal)
        with pytest.raises(McpError, match="sign in"):
            await alone.authorize("docs", "https://login.example")
        end = alone.listen(lambda: None)
        many = [begin(alone.elicit(FormRequest("flood", str(number)))) for number in range(20)]
        done, waiting = await asyncio.wait(many, return_when=asyncio.FIRST_COMPLETED)
        assert len(waiting) == 3 and all(one.result().action == "decline" for one in done)
        end()
        assert {one.action for one in await asyncio.gather(*many)} == {"decline", "cancel"}
        for number in range(2_000):
            alone.log("flood", "info", f"line {number}\n" * 3)
        assert len(alone.log_of("flood")) == 500 and alone.log_of("flood")[-1] == "info: line 1999"


async def test_a_dialog_that_opens_by_itself_is_deaf_at_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cautious, "DEAF_S", 3600.0)
    monkeypatch.setattr(cautious, "UNDRAWN", float("inf"))
    async with running(tmp_path) as here:
        asked = begin(requests_of(here).sample(SAMPLE))
        await here.until(lambda: isinstance(here.app.screen, SampleReview), "the request")
        await here.pilot.press("a", "d", "escape")
        assert not asked.done() and isinstance(here.app.screen, SampleReview)
        asked.cancel()
        await here.until(lambda: here.app.screen is here.app.chat, "the chat")
