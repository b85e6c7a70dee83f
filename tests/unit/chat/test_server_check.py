"""What is found out about a server. Lost else: an evening, to a server that swallows tools or works on for nobody."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Any

import pytest

from tests.support.protocol_server import Answer, ProtocolServer, Seen, json_answer, sse
from tui.agent.providers import Provider, custom_vendor
from tui.agent.wire.client import release_client
from tui.agent.wire.policy import RequestPolicy
from tui.chat.server_check import check_server

QUICK = RequestPolicy(connect_s=2, silence_s=5, content_s=5, first_delay_s=0.001)


@pytest.fixture(autouse=True)
async def _connections_closed() -> AsyncIterator[None]:
    yield
    await release_client()


def deltas(*given: dict[str, Any], usage: bool = True) -> list[dict[str, Any]]:
    last: dict[str, Any] = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
    if usage:
        last["usage"] = {"prompt_tokens": 9, "completion_tokens": 7}
    return [*({"choices": [{"delta": delta}]} for delta in given), last]


def words(count: int) -> list[dict[str, Any]]:
    return [{"content": f"word {number} "} for number in range(count)]


async def found(
    answer: Callable[[Seen], Answer], *models: str, model: str = "", rather: Sequence[str] = ()
) -> dict[str, tuple[str, str]]:
    def respond(seen: Seen) -> Answer:
        return json_answer({"data": [{"id": name} for name in models]}) if seen.method == "GET" else answer(seen)

    async with ProtocolServer(respond=respond) as server:
        provider = Provider(custom_vendor("rack", f"{server.url}/v1", label="Rack"), policy=QUICK)
        async with aclosing(check_server(provider, model, rather=rather)) as findings:
            return {finding.subject: (finding.state, finding.text) async for finding in findings}


def prompt_of(seen: Seen) -> Any:
    return seen.body["messages"][-1]["content"]


async def test_a_server_that_does_everything_is_said_to() -> None:
    endless = asyncio.Event()
    busy = [json_answer({"error": {"message": "Loading model"}}, 503)]  # which is no answer to what was asked

    def answer(seen: Seen) -> Answer:
        if isinstance(prompt_of(seen), list) and busy:
            return busy.pop()
        if seen.body.get("tool_choice") == "required":
            call = {"index": 0, "id": "1", "type": "function"}
            function = {"name": "get_weather", "arguments": '{"city": "Oslo"}'}
            return Answer(sse(*deltas({"tool_calls": [{**call, "function": function}]})))
        if isinstance(prompt_of(seen), list):
            assert any(part["type"] == "image_url" for part in prompt_of(seen))
            return Answer(sse(*deltas({"content": "Red."})))
        if "reasoning_effort" in seen.body:
            return Answer(sse(*deltas({"reasoning_content": "7 times 13."}, {"content": "No."})))
        if "story" in prompt_of(seen):
            return Answer([*sse(*({"choices": [{"delta": one}]} for one in words(9)), done=False), endless])
        return Answer(sse(*deltas(*words(10))))

    findings = await found(answer, "m", "other")
    assert {state for state, _ in findings.values()} == {"good"}
    texts = {subject: text for subject, (_, text) in findings.items()}
    assert list(texts) == ["list", "stream", "usage", "tools", "images", "thinking", "stop"]
    assert texts["list"].startswith("2 models in ") and texts["list"].endswith("asked is m")
    assert texts["stream"].startswith("10 pieces, the first one after ")
    assert texts["usage"] == "9 tokens read, 7 written"
    assert texts["tools"] == 'called where it must be: get_weather({"city": "Oslo"})'
    assert texts["images"] == "taken; it says: Red."


async def test_what_a_server_does_not_do_is_told_from_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.chat.server_check._LONGER_S", 0.1)
    works_on = False

    def answer(seen: Seen) -> Answer:
        nonlocal works_on
        if "tools" in seen.body:
            return json_answer({"error": {"message": "tools need --jinja"}}, 500, retry_after="90")
        if isinstance(prompt_of(seen), list):
            return json_answer({"error": {"message": "image input is not supported"}}, 500)
        if "story" in str(prompt_of(seen)):
            works_on = True
            return Answer([*sse(*deltas(*words(9), usage=False)), asyncio.Event()])
        late = [0.4] if works_on else []
        return Answer([*late, *sse(*deltas({"content": "All of it at once."}, usage=False))])

    findings = await found(answer, "m")
    assert findings["stream"][0] == "bad" and "came at once" in findings["stream"][1]
    assert findings["usage"] == ("fact", "not told: tokens are estimates")
    assert findings["tools"][0] == "fact" and "tools need --jinja" in findings["tools"][1]
    assert findings["images"][0] == "fact" and "image input is not supported" in findings["images"][1]
    assert findings["thinking"] == ("fact", "none told")
    assert findings["stop"][0] == "bad" and "it went on" in findings["stop"][1]


async def test_a_list_without_the_model_or_without_any_and_a_server_that_refuses() -> None:
    def good(seen: Seen) -> Answer:
        return Answer(sse(*deltas(*words(10))))

    assert (await found(good, "a", "b", model="m"))["list"] == ("bad", "2 models, but not m: a, b")
    assert list(await found(good)) == ["list"], "none is named"
    for models, asked in ((("bge-m3", "a", "b"), "b"), ((), "c"), (("a", "d"), "a")):
        assert (await found(good, *models, rather=("c", "b")))["list"][1].endswith(f"asked is {asked}")
    assert (await found(good, model="m"))["stream"][0] == "good"

    def only(*names: str) -> Callable[[Seen], Answer]:
        error = json_answer({"error": {"message": "this model does not support chat"}}, 400)
        return lambda seen: good(seen) if seen.body["model"] in names else error

    tried = await found(only("c"), "gritlm", "b", "c", "d")
    assert tried["model"] == ("fact", "b does not answer (400); asked is c") and tried["stream"][0] == "good"
    for names, model, rather in ((("a", "b"), "a", ()), (("a", "b"), "", ("a",)), (("a", "b", "c", "d", "e"), "", ())):
        mistaken = await found(only("e"), *names, model=model, rather=rather)
        assert mistaken["answer"][0] == "bad" and "does not support chat" in mistaken["answer"][1]
        assert "stream" not in mistaken
    refused = await found(lambda seen: json_answer({"error": {"message": "no such key"}}, 401), "m")
    assert list(refused) == ["list", "answer"] and "refused the key (401): no such key" in refused["answer"][1]
