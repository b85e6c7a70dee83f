"""Several servers under one name, over real HTTP. Lost else: an answer that another had, or the same one twice."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest

from tests.support.protocol_server import Answer, ProtocolServer, Seen, Step, json_answer, sse
from tests.support.recordings import NO_TOOLS
from tui.agent.exceptions import ModelAPIError, ModelHTTPError
from tui.agent.messages import ModelMessage, ModelNoticeEvent, ModelRequest, ModelResponse, TextPart, UserPromptPart
from tui.agent.models.infer import model_of
from tui.agent.providers import custom_vendor, listing
from tui.agent.providers.listing import list_models
from tui.agent.providers.pool import ServerPool
from tui.agent.wire.client import release_client
from tui.agent.wire.notices import receive_notices
from tui.agent.wire.policy import RequestPolicy

NOWHERE = "http://127.0.0.1:9"
QUICK = RequestPolicy(connect_s=2, silence_s=5, content_s=5, first_delay_s=0.001)
STOP = {"choices": [{"delta": {}, "finish_reason": "stop"}]}


@pytest.fixture(autouse=True)
async def _connections_closed() -> AsyncIterator[None]:
    yield
    await release_client()


def said(text: str) -> dict[str, Any]:
    return {"choices": [{"delta": {"content": text}}]}


def server(
    name: str,
    *models: str,
    answer: Callable[[], Answer] | None = None,
    gate: Sequence[Step] = (),
    arrived: "asyncio.Queue[str] | None" = None,
) -> ProtocolServer:
    """One that answers with its own name, and ends where the gate opens; `arrived` is told of each prompt."""

    def respond(seen: Seen) -> Answer:
        if seen.method == "GET":
            return json_answer({"data": [{"id": model} for model in models]})
        if arrived is not None:
            arrived.put_nowait(name)
        return answer() if answer else Answer([*sse(said(name), done=False), *gate, *sse(STOP)])

    return ProtocolServer(respond=respond)


def prompts(server: ProtocolServer) -> int:
    return sum(seen.method == "POST" for seen in server.requests)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Pool:
    """Servers, a clock, and how to ask them."""

    def __init__(self, *urls: str, policy: RequestPolicy = QUICK) -> None:
        self.clock = Clock()
        vendor = custom_vendor("rack", urls[0], label="Rack")
        self.pool = ServerPool(vendor, urls, api_key="sk-rack-0123456789", policy=policy, clock=self.clock)
        self.notices: list[ModelNoticeEvent] = []

    async def ask(self, chat: str = "Hello", model: str = "m") -> ModelResponse:
        messages: list[ModelMessage] = [ModelRequest([UserPromptPart(chat)])]
        with receive_notices(self.notices.append):
            async with model_of(self.pool, model).request_stream(messages, None, NO_TOOLS) as stream:
                async for _ in stream:
                    pass
                return stream.get()

    async def who(self, chat: str = "Hello", model: str = "m") -> str:
        return text_of(await self.ask(chat, model))


def text_of(response: ModelResponse) -> str:
    return "".join(part.content for part in response.parts if isinstance(part, TextPart))


async def test_one_that_is_down_is_passed_over_with_a_note_left_alone_and_comes_back_by_itself() -> None:
    async with server("b", "m") as b:
        pool = Pool(NOWHERE, b.url)
        response = await pool.ask()
        assert text_of(response) == "b"
        (note,) = (response.vendor_details or {})["servers"]
        assert note.startswith(f"{b.url[7:]} instead of 127.0.0.1:9: Rack cannot be reached")
        assert [notice.message for notice in pool.notices] == [note] and pool.notices[0].kind == "failover"

        again = await pool.ask()
        assert not (again.vendor_details or {}).get("servers"), "the chat stays there: its prompt is in that cache"
        other = await pool.ask("Another chat")
        assert "cannot be reached" in (other.vendor_details or {})["servers"][0] and len(pool.notices) == 1
        down = pool.pool.servers[0]
        assert down.failures == 1, "it was left alone"

        pool.clock.now += 6
        await pool.ask("A third chat")
        assert down.failures == 2 and pool.clock.now + 9 < down.rests_until <= pool.clock.now + 10
        async with server("a", "m") as a:
            pool.pool.servers[0].provider._base_url = a.url
            pool.clock.now += 11
            assert [await pool.who("A fourth chat"), await pool.who()] == ["a", "b"]
            assert (down.failures, pool.pool.problems) == (0, [])


@pytest.mark.parametrize("status", [503, 429, 500, 404])
async def test_one_that_refuses_before_the_first_token_gives_way_at_once(status: int) -> None:
    refusing = server("a", "m", answer=lambda: json_answer({"detail": "Not now"}, status, retry_after="70"))
    async with refusing as a, server("b", "m") as b:
        pool = Pool(a.url, b.url)
        assert await pool.who() == "b"
        assert await pool.who("Another chat") == "b"
        tries = 2 if status == 404 else 1  # the address may have been meant to go on with /v1
        assert prompts(a) == tries, "it asked for 70 s"


async def test_what_concerns_the_request_is_not_asked_of_another() -> None:
    refusing = server("a", "m", answer=lambda: json_answer({"error": {"message": "no such key"}}, 401))
    async with refusing as a, server("b", "m") as b:
        with pytest.raises(ModelHTTPError) as raised:
            await Pool(a.url, b.url).ask()
        assert raised.value.kind == "auth" and prompts(b) == 0


async def test_an_answer_that_breaks_off_is_not_asked_for_again_but_the_next_prompt_goes_elsewhere() -> None:
    breaking = server("a", "m", answer=lambda: Answer(sse(said("Half"), done=False), end="cut"))
    async with breaking as a, server("b", "m") as b:
        pool = Pool(a.url, b.url)
        with pytest.raises(ModelAPIError) as raised:
            await pool.ask()
        assert (raised.value.kind, prompts(b)) == ("stream_cut", 0)
        assert await pool.who() == "b"


async def test_when_none_answers_all_are_tried_as_often_as_one_alone_and_the_error_says_how_many() -> None:
    pool = Pool(NOWHERE, "http://127.0.0.1:10")
    with pytest.raises(ModelAPIError) as raised:
        await pool.ask()
    assert raised.value.kind == "network" and "None of the 2 servers" in raised.value.message
    assert len([one for one in pool.notices if one.kind == "retry"]) == 2
    assert len([one for one in pool.notices if one.kind == "failover"]) <= 2, (
        "one for each server, and not for each try"
    )


async def test_the_least_busy_answers_and_a_chat_keeps_its_own_until_that_has_two_more() -> None:
    gate, arrived = asyncio.Event(), asyncio.Queue[str]()
    one, other = (server(name, "m", gate=[gate], arrived=arrived) for name in "ab")
    async with one as a, other as b:
        pool = Pool(a.url, b.url)
        answers, went = [], ""
        for chat in ("One", "Two", "One", "One", "One"):  # one more, as in a comparison, is no reason to leave a cache
            answers.append(asyncio.ensure_future(pool.ask(chat)))
            went += await arrived.get()
        assert went == "abaab"
        gate.set()
        assert "".join(text_of(one) for one in await asyncio.gather(*answers)) == "abaab"
        assert "is busy" in ((await answers[1]).vendor_details or {})["servers"][0]
        assert [one.busy for one in pool.pool.servers] == [0, 0]


async def test_a_stop_frees_the_server() -> None:
    gate, arrived = asyncio.Event(), asyncio.Queue[str]()
    async with server("a", "m", gate=[gate], arrived=arrived) as a, server("b", "m") as b:
        pool = Pool(a.url, b.url)
        task = asyncio.ensure_future(pool.ask())
        await arrived.get()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await a.closed_early.wait()
        assert [one.busy for one in pool.pool.servers] == [0, 0] and not pool.pool.problems


async def test_lists_are_united_and_a_model_is_asked_where_it_is() -> None:
    async with server("a", "m", "x") as a, server("b", "m", "y") as b:
        pool = Pool(a.url, b.url, NOWHERE)
        assert [model.name for model in await list_models(pool.pool)] == ["m", "x", "y"]
        assert ["cannot be reached" in problem for problem in pool.pool.problems] == [True]
        assert [await pool.who(model=name) for name in ("y", "x", "m")] == ["b", "a", "a"]
        # llama.cpp answers for any name with the model that it has: the lists come first, also where nobody asked.
        assert await Pool(a.url, b.url).who(model="y") == "b"
    with pytest.raises(ModelAPIError):
        await list_models(Pool(NOWHERE, NOWHERE).pool)


async def test_one_that_hangs_gives_way_and_hides_no_other_s_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes connections, as the system does for a stopped program, and says nothing."""
    monkeypatch.setattr(listing, "ONE_OF_SEVERAL_S", 1)
    never = asyncio.Event()
    silent = Answer([never], unframed=True)
    async with ProtocolServer(silent) as hung, server("b", "m") as b:
        pool = Pool(hung.url, b.url)
        assert [model.name for model in await list_models(pool.pool)] == ["m"]
        assert ["within" in problem for problem in pool.pool.problems] == [True]
        pool = Pool(hung.url, b.url)
        assert [await pool.who(), await pool.who("Another chat"), len(hung.requests)] == ["b", "b", 2]
        never.set()
    async with server("a", "m", answer=lambda: silent) as mute, server("b", "m") as b:  # it has a list, at least
        never.clear()
        pool = Pool(mute.url, b.url, policy=replace(QUICK, silence_s=1))
        assert [await pool.who(), await pool.who("Another chat"), prompts(mute)] == ["b", "b", 1]
        never.set()


async def test_a_stop_while_a_list_is_awaited_leaves_the_list_to_be_asked_for() -> None:
    gate, arrived = asyncio.Event(), asyncio.Event()
    lists = [json_answer({"data": [{"id": "x"}]}), Answer([gate], unframed=True)]

    def respond(seen: Seen) -> Answer:
        arrived.set()
        return lists.pop() if seen.method == "GET" else Answer(sse(said("a"), STOP))

    async with ProtocolServer(respond=respond) as a, server("b", "m") as b:
        pool = Pool(a.url, b.url)
        task = asyncio.ensure_future(pool.ask())
        await arrived.wait()
        task.cancel()
        await asyncio.wait([task])
        gate.set()
        assert await pool.who() == "b", "the first one has another model, and may answer with that"


async def test_one_that_does_not_know_the_model_after_all_is_not_asked_for_it_again() -> None:
    unknown = {"error": {"message": "The model `m` does not exist.", "code": "model_not_found"}}
    async with AsyncExitStack() as stack:
        a = await stack.enter_async_context(server("a", answer=lambda: json_answer(unknown, 404)))
        b = await stack.enter_async_context(server("b"))  # neither of them has a list
        pool = Pool(a.url, b.url)
        assert [await pool.who(), await pool.who("Another chat"), prompts(a)] == ["b", "b", 1]
        assert not pool.pool.problems, "nothing is wrong with it"
