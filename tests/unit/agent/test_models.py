"""What all models share: the switch that keeps tests off the network, streams read once and closed, notices."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import ClassVar

import pytest

from tui.agent import models
from tui.agent.messages import (
    ModelMessage,
    ModelNoticeEvent,
    ModelResponse,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
)
from tui.agent.models import (
    Model,
    ModelRequestParameters,
    StreamedResponse,
    check_allow_model_requests,
    override_allow_model_requests,
)
from tui.agent.settings import ModelSettings
from tui.agent.usage import Usage
from tui.agent.wire.notices import notify, receive_notices

T = datetime(2025, 3, 15, tzinfo=UTC)


@dataclass
class Words(StreamedResponse):
    words: list[str] = field(default_factory=list)
    closed: list[bool] = field(default_factory=list)

    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        try:
            for word in self.words:
                yield self._parts_manager.handle_text_delta(vendor_part_id=0, content=word)
            self._usage.request_tokens = 7
        finally:
            self.closed.append(True)

    @property
    def model_name(self) -> str:
        return "words"

    @property
    def timestamp(self) -> datetime:
        return T


class Silent(Words):
    reports_usage: ClassVar[bool] = False


@dataclass
class Plain(Model):
    async def request(
        self, messages: list[ModelMessage], model_settings: ModelSettings | None, parameters: ModelRequestParameters
    ) -> tuple[ModelResponse, Usage]:
        return ModelResponse([TextPart("x")]), Usage()

    @property
    def model_name(self) -> str:
        return "plain"

    @property
    def system(self) -> str:
        return "nobody"


def test_requests_are_allowed_unless_the_module_says_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "ALLOW_MODEL_REQUESTS", True)
    check_allow_model_requests()
    monkeypatch.setattr(models, "ALLOW_MODEL_REQUESTS", False)
    with pytest.raises(RuntimeError) as caught:
        check_allow_model_requests()
    assert str(caught.value) == "Model requests are not allowed, since ALLOW_MODEL_REQUESTS is False"


@pytest.mark.parametrize("before", [True, False])
def test_the_switch_can_be_overridden_for_a_while(before: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "ALLOW_MODEL_REQUESTS", before)
    with pytest.raises(LookupError), override_allow_model_requests(not before):
        assert models.ALLOW_MODEL_REQUESTS is not before
        raise LookupError
    assert models.ALLOW_MODEL_REQUESTS is before


def test_the_parameters_have_the_fields_of_0_0_40_in_its_order() -> None:
    assert [field.name for field in fields(ModelRequestParameters)] == [
        "function_tools", "allow_text_result", "result_tools",
    ]  # fmt: skip


async def test_a_model_without_streams_says_so() -> None:
    with pytest.raises(NotImplementedError) as caught:
        async with Plain().request_stream([], None, ModelRequestParameters([], True, [])):
            pass
    assert str(caught.value) == "Streamed requests not supported by this Plain"
    assert Plain().base_url is None


async def test_a_second_loop_goes_on_where_the_first_stopped() -> None:
    stream = Words(words=["a", "b", "c"])
    async for event in stream:
        assert event == PartStartEvent(0, TextPart("a"))
        break
    assert [event async for event in stream] == [
        PartDeltaEvent(0, TextPartDelta("b")),
        PartDeltaEvent(0, TextPartDelta("c")),
    ]
    assert [event async for event in stream] == []


async def test_the_response_so_far_can_be_had_at_any_time() -> None:
    stream = Words(words=["a", "b"])
    assert stream.get() == ModelResponse([], "words", T)
    events = aiter(stream)
    await anext(events)
    first = stream.get()
    await anext(events)
    assert (first.parts, stream.get().parts) == ([TextPart("a")], [TextPart("ab")])
    await stream.aclose()


async def test_the_response_says_what_the_provider_said() -> None:
    stream = Words(words=["a"])
    assert stream.get().usage is None
    async for _ in stream:
        pass
    stream.finish_reason = "length"
    stream.provider_name, stream.provider_response_id, stream.vendor_details = "p", "r", {"usage": {}}
    response = stream.get()
    assert response.usage == Usage(request_tokens=7) and response.usage is not stream.usage()
    assert (response.finish_reason, response.provider_name, response.provider_response_id) == ("length", "p", "r")
    assert response.vendor_details == {"usage": {}}


async def test_a_usage_that_is_only_made_up_stays_out_of_the_response() -> None:
    stream = Silent(words=["a"])
    async for _ in stream:
        pass
    assert stream.usage() == Usage(request_tokens=7)
    assert stream.get().usage is None


async def test_closing_ends_the_stream_at_once() -> None:
    stream = Words(words=["a", "b"])
    await stream.aclose()
    assert stream.closed == []
    await anext(aiter(stream))
    await stream.aclose()
    assert stream.closed == [True]
    assert [event async for event in stream] == []


def test_a_notice_without_a_listener_is_lost() -> None:
    notify(ModelNoticeEvent("loading", "Loading"))


async def test_notices_reach_the_run_that_listens_and_no_other() -> None:
    heard: dict[str, list[str]] = {"a": [], "b": []}

    async def run(name: str) -> None:
        with receive_notices(lambda notice: heard[name].append(notice.message)):
            await asyncio.sleep(0)
            notify(ModelNoticeEvent("retry", f"Waiting, {name}", 1.0, 1, 3))
            await asyncio.create_task(_notify_later(name))
        notify(ModelNoticeEvent("retry", "too late"))

    await asyncio.gather(run("a"), run("b"))
    assert heard == {"a": ["Waiting, a", "later, a"], "b": ["Waiting, b", "later, b"]}


async def _notify_later(name: str) -> None:
    notify(ModelNoticeEvent("retry", f"later, {name}"))


def test_httpx_is_loaded_when_a_client_is_asked_for() -> None:
    script = (
        "import sys, tui.agent.models.test, tui.agent.models.function, tui.agent.models.fallback\n"
        "assert 'httpx' not in sys.modules\n"
        "from tui.agent.models import cached_async_http_client\n"
        "assert 'httpx' in sys.modules and callable(cached_async_http_client)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = models.nothing


def test_the_package_loads_nothing_before_it_is_asked() -> None:
    script = (
        "import sys, tui.agent\n"
        "assert not {'pydantic', 'httpx', 'griffe', 'asyncio'} & set(sys.modules)\n"
        "assert tui.agent.TextPart is __import__('tui.agent.messages', fromlist=['x']).TextPart\n"
        "assert 'httpx' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_every_name_of_the_package_is_there_and_sorted() -> None:
    import tui.agent

    assert sorted(tui.agent.__all__) == tui.agent.__all__
    for name in tui.agent.__all__:
        assert getattr(tui.agent, name) is not None
    assert set(tui.agent.__all__) <= set(dir(tui.agent))
    old = {
        "Agent", "EndStrategy", "CallToolsNode", "ModelRequestNode", "UserPromptNode", "capture_run_messages",
        "AgentRunError", "ModelRetry", "ModelHTTPError", "FallbackExceptionGroup", "UnexpectedModelBehavior",
        "UsageLimitExceeded", "UserError", "ImageUrl", "AudioUrl", "DocumentUrl", "BinaryContent", "Tool", "RunContext",
    }  # fmt: skip
    assert old <= set(tui.agent.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = tui.agent.nothing
