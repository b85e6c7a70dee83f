"""Conversations that a switch of models has to survive, written by the adapter of the model that had them.

Every answer goes over a pretended wire in its provider's dialect, so that signatures, ids and names are where a real
conversation would have them.
"""

import functools
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx

from tests.support.recordings import HASTY, Bytes
from tests.support.wire_answers import Said, answer, content_type
from tui.agent._run.history import partial_response
from tui.agent.exceptions import ModelAPIError
from tui.agent.messages import (
    AudioUrl,
    BinaryContent,
    Citation,
    DocumentUrl,
    ImageUrl,
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelNoticeEvent,
    ModelRequest,
    ModelResponse,
    RetryPromptPart,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UnknownPart,
    UserContent,
    UserPromptPart,
)
from tui.agent.models import ModelRequestParameters
from tui.agent.models.infer import model_of
from tui.agent.models.tool_names import ToolNames
from tui.agent.models.wire_model import WireModel
from tui.agent.providers import VENDORS, Api, Provider
from tui.agent.settings import ModelSettings
from tui.agent.tools import ToolDefinition
from tui.agent.wire.notices import receive_notices
from tui.chat.replies.messages import dump

_LOOK = ToolDefinition("look", "Looks.", {"type": "object", "properties": {"x": {"type": "integer"}}})
TOOLS = ModelRequestParameters([_LOOK], True, [])
NO_TOOLS = ModelRequestParameters([], True, [])


@dataclass(frozen=True)
class Place:
    """One model of one vendor."""

    vendor: str
    model: str

    @property
    def api(self) -> Api:
        return VENDORS[self.vendor].api

    @property
    def seal(self) -> str:
        """What this model's thoughts are sealed with: found in a request, it tells whose thoughts are sent."""
        return f"SEAL({self.vendor})"

    def said(self, text: str = "", thoughts: str = "", *calls: tuple[str, str, str], whole: bool = True) -> Said:
        return Said(text, thoughts and f"{thoughts} of {self.vendor}", self.seal, calls, whole)


PLACES = {
    place.vendor: place
    for place in (
        Place("openai", "gpt-5.6"),
        Place("openai-responses", "gpt-5.6"),
        Place("anthropic", "claude-sonnet-4-5"),
        Place("google-gla", "gemini-3-pro"),
        Place("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        Place("ollama", "qwen3:8b"),
        Place("openrouter", "anthropic/claude-sonnet-4.5"),
        Place("groq", "openai/gpt-oss-120b"),
        Place("deepseek", "deepseek-reasoner"),
        Place("mistral", "magistral-medium"),
        Place("llamacpp", "smollm2"),
    )
}


@dataclass
class Exchange:
    """What came of asking a model.

    Attributes:
        bodies: every request, decoded.
        paths: their paths.
        response: what came, also of an answer that broke off; None if nothing began.
        error: why it failed, or None.
        notices: what the person was told meanwhile.
    """

    bodies: list[dict[str, Any]]
    paths: list[str]
    response: ModelResponse | None
    error: ModelAPIError | None
    notices: list[ModelNoticeEvent]


Reply = tuple[int, bytes]


async def ask(
    place: Place,
    history: Sequence[ModelMessage],
    *said: Said | Reply,
    settings: ModelSettings | None = None,
    parameters: ModelRequestParameters = NO_TOOLS,
) -> Exchange:
    """Ask a model whose provider answers each request with the next of `said`, or refuses it with status and body."""
    replies = list(said or [Said("Fine.")])
    seen: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, tuple):
            return httpx.Response(reply[0], headers={"content-type": "application/json"}, content=reply[1])
        body = answer(place.vendor, place.api, reply)
        return httpx.Response(200, headers={"content-type": content_type(place.api)}, stream=Bytes(body, 0))

    notices: list[ModelNoticeEvent] = []
    response, failure = None, None
    async with httpx.AsyncClient(transport=httpx.MockTransport(respond), trust_env=False) as client:
        stream = None
        try:
            with receive_notices(notices.append):
                async with model_at(place, client).request_stream(list(history), settings, parameters) as stream:
                    async for _ in stream:
                        pass
        except ModelAPIError as error:
            failure = error
        response = stream.get() if stream is not None else None
    bodies = [json.loads(request.content) for request in seen]
    return Exchange(bodies, [request.url.path for request in seen], response, failure, notices)


def model_at(place: Place, client: httpx.AsyncClient | None = None) -> WireModel:
    """The model itself, made as the catalogue makes it."""
    vendor = VENDORS[place.vendor]
    base_url = vendor.base_url or "https://x.test/v1"
    model = model_of(
        Provider(vendor, base_url=base_url, api_key="a-test-key", client=client, policy=HASTY), place.model
    )
    assert isinstance(model, WireModel)
    return model


@functools.cache
def _unasked(place: Place) -> WireModel:
    """One that only makes requests; 20,000 of them, in the whole matrix."""
    return model_at(place)


def body_for(
    place: Place,
    history: Sequence[ModelMessage],
    parameters: ModelRequestParameters = NO_TOOLS,
    settings: ModelSettings | None = None,
) -> dict[str, Any]:
    """The request that `ask` sends, without sending it: twenty times as fast."""
    names = ToolNames.of(parameters, history)
    model = _unasked(place).asked_with(settings)
    assert isinstance(model, WireModel)
    request = model.fitted_request(history, settings or ModelSettings(), parameters, names, stream=True)
    body = request.body
    return dict(json.loads(json.dumps(body)))


def from_disk(history: Sequence[ModelMessage]) -> list[ModelMessage]:
    """What is left of a history when the app was closed in between."""
    return ModelMessagesTypeAdapter.validate_json(dump(history))


def unmarked(value: Any) -> Any:
    """What of a request is left without the marks for the cache."""
    if isinstance(value, dict):
        return {name: unmarked(inner) for name, inner in value.items() if name != "cache_control"}
    if isinstance(value, list):
        return [unmarked(inner) for inner in value if inner != {"cachePoint": {"type": "default"}}]
    return value


_heard: dict[tuple[Place, Said], ModelResponse | None] = {}


async def hear(place: Place, said: Said) -> list[ModelMessage]:
    """The answer as the model's own adapter writes it into a history: one message, or none if nothing came of it."""
    key = (place, said)
    if key not in _heard:
        exchange = await ask(place, [ModelRequest([UserPromptPart("Hello")])], said, parameters=TOOLS)
        assert (exchange.error is None) == said.whole, exchange.error
        response = exchange.response
        _heard[key] = response if response is None or said.whole else partial_response(response)
    heard = _heard[key]
    return [] if heard is None else [replace(heard, parts=list(heard.parts))]


# The conversations

Case = Callable[[Place], Awaitable[list[ModelMessage]]]

PNG = BinaryContent(b"\x89PNG\r\n\x1a\n1", "image/png")
PDF = BinaryContent(b"%PDF-1.7 1", "application/pdf")
WAV = BinaryContent(b"RIFF1234WAVE", "audio/wav")


def asks(*content: UserContent) -> ModelRequest:
    """A person's turn."""
    alone = content[0] if len(content) == 1 else None
    return ModelRequest([UserPromptPart(alone if isinstance(alone, str) else list(content))])


def returns(*messages: ModelMessage, backwards: bool = False) -> ModelRequest:
    """The results of all calls in the messages."""
    calls = [part for message in messages for part in message.parts if isinstance(part, ToolCallPart)]
    parts = [ToolReturnPart(call.tool_name, {"seen": 1}, call.tool_call_id) for call in calls]
    return ModelRequest([*reversed(parts)] if backwards else [*parts])


async def plain(source: Place) -> list[ModelMessage]:
    return [asks("Hi"), *await hear(source, source.said("Hello. ")), asks("And now?")]


async def thinking(source: Place) -> list[ModelMessage]:
    return [asks("Hi"), *await hear(source, source.said("Hello.", "First thought")), asks("And now?")]


async def tool(source: Place) -> list[ModelMessage]:
    called = await hear(source, source.said("Let me see.", "First thought", ("call_1", "look", '{"x": 1}')))
    ended = await hear(source, source.said("It is 1.", "Second thought"))
    return [asks("Hi"), *called, returns(*called), *ended, asks("And now?")]


async def tool_loop(source: Place) -> list[ModelMessage]:
    """The other model takes over before it has read the result."""
    return (await tool(source))[:3]


async def parallel(source: Place) -> list[ModelMessage]:
    calls = (("call_1", "look", '{"x": 1}'), ("call_2", "look", '{"x": 2}'))
    called = await hear(source, source.said("", "First thought", *calls))
    return [asks("Hi"), *called, returns(*called, backwards=True), *await hear(source, source.said("Done.")), asks("?")]


async def broken_arguments(source: Place) -> list[ModelMessage]:
    whole = source.api in ("gemini", "ollama")  # these send objects, which cannot break
    called = await hear(source, source.said("", "", ("call_1", "look", "{}" if whole else '{"x": ')))
    return [asks("Hi"), *called, returns(*called), *await hear(source, source.said("Done.")), asks("And now?")]


async def list_for_arguments(source: Place) -> list[ModelMessage]:
    called = await hear(source, source.said("", "", ("call_1", "look", "{}")))
    parts = [replace(part, args="[1]") if isinstance(part, ToolCallPart) else part for part in called[0].parts]
    called = [replace(called[0], parts=parts)]  # type: ignore[arg-type]  # parts of a response stay such
    return [asks("Hi"), *called, returns(*called), asks("And now?")]


async def reused_ids(source: Place) -> list[ModelMessage]:
    one = await hear(source, source.said("", "", ("call_1", "look", '{"x": 1}')))
    two = await hear(source, source.said("", "", ("call_1", "look", '{"x": 2}')))
    return [asks("Hi"), *one, returns(*one), *two, returns(*two), *await hear(source, source.said("Done.")), asks("?")]


async def strange_ids(source: Place) -> list[ModelMessage]:
    called = await hear(source, source.said("", "", (f"call|{'/odd ' * 20}", "look", '{"x": 1}'), ("", "look", "{}")))
    return [asks("Hi"), *called, returns(*called), *await hear(source, source.said("Done.")), asks("And now?")]


async def no_result(source: Place) -> list[ModelMessage]:
    called = await hear(source, source.said("", "First thought", ("call_1", "look", '{"x": 1}')))
    return [asks("Hi"), *called, asks("And now?")]


async def orphan_result(source: Place) -> list[ModelMessage]:
    orphan = ModelRequest([ToolReturnPart("look", "lost", "call_9"), UserPromptPart("And now?")])
    return [asks("Hi"), *await hear(source, source.said("Hello.")), orphan]


async def prompt_after_result(source: Place) -> list[ModelMessage]:
    called = await hear(source, source.said("", "", ("call_1", "look", '{"x": 1}')))
    result = returns(*called)
    return [asks("Hi"), *called, replace(result, parts=[*result.parts, UserPromptPart("And now?")])]


async def image(source: Place) -> list[ModelMessage]:
    return [asks("See", PNG), *await hear(source, source.said("A cat.")), asks("Sure?")]


async def image_alone(source: Place) -> list[ModelMessage]:
    return [asks(PNG), *await hear(source, source.said("A cat.")), asks(PNG)]


async def image_in_a_second_prompt(source: Place) -> list[ModelMessage]:
    return [asks("Hi"), asks("See", PNG), *await hear(source, source.said("A cat.")), asks("So?"), asks(PNG, "Well?")]


async def image_url(source: Place) -> list[ModelMessage]:
    url = ImageUrl("https://x.test/cat.png")
    return [asks("See", url), *await hear(source, source.said("A cat.")), asks("Sure?")]


async def image_in_a_data_uri(source: Place) -> list[ModelMessage]:
    uri = ImageUrl("data:image/png;base64,iVBORw0KGgox")
    return [asks("See", uri), *await hear(source, source.said("A cat.")), asks("Sure?")]


async def document(source: Place) -> list[ModelMessage]:
    return [asks("Read", PDF), *await hear(source, source.said("A bill.")), asks("And this?", PDF)]


async def document_alone(source: Place) -> list[ModelMessage]:
    return [asks(PDF), *await hear(source, source.said("A bill.")), asks(PDF)]


async def document_url(source: Place) -> list[ModelMessage]:
    url = DocumentUrl("https://x.test/bill.pdf")
    return [asks("Read", url), *await hear(source, source.said("A bill.")), asks("Sure?")]


async def text_file(source: Place) -> list[ModelMessage]:
    notes = BinaryContent(b"notes: milk", "text/markdown")
    return [asks("Read", notes), *await hear(source, source.said("Milk.")), asks("Sure?")]


async def audio(source: Place) -> list[ModelMessage]:
    return [asks("Hear", WAV), *await hear(source, source.said("A bell.")), asks("Sure?")]


async def audio_url(source: Place) -> list[ModelMessage]:
    url = AudioUrl("https://x.test/bell.mp3")
    return [asks("Hear", url), *await hear(source, source.said("A bell.")), asks("Sure?")]


async def rare_media(source: Place) -> list[ModelMessage]:
    rare = [
        BinaryContent(b"1", kind)
        for kind in ("image/heic", "audio/ogg", "video/mp4", "application/zip", "application/vnd.ms-excel")
    ]
    urls: list[UserContent] = [
        ImageUrl("https://x.test/cat"),
        AudioUrl("https://x.test/bell"),
        DocumentUrl("https://x.test/bill"),
    ]
    return [asks("Look", *rare, *urls), *await hear(source, source.said("Well.")), asks("Sure?")]


async def _result_of(source: Place, *content: Any) -> list[ModelMessage]:
    called = await hear(source, source.said("", "", ("call_1", "look", '{"x": 1}'), ("call_2", "look", '{"x": 2}')))
    results = returns(*called)
    first = results.parts[0]
    assert isinstance(first, ToolReturnPart)
    first.content = content[0] if len(content) == 1 else list(content)
    return [asks("Hi"), *called, results, *await hear(source, source.said("A cat.")), asks("Sure?")]


async def image_result(source: Place) -> list[ModelMessage]:
    return await _result_of(source, PNG)


async def image_result_in_words(source: Place) -> list[ModelMessage]:
    return await _result_of(source, "Before,", PNG, {"and": 1}, PNG)


async def deep_image_result(source: Place) -> list[ModelMessage]:
    return await _result_of(source, {"screen": {"shots": [PNG]}, "title": "Home"})


async def document_result(source: Place) -> list[ModelMessage]:
    return await _result_of(source, "A bill:", PDF)


async def mixed_result(source: Place) -> list[ModelMessage]:
    return await _result_of(
        source, WAV, ImageUrl("https://x.test/cat.png"), BinaryContent(b"notes: milk", "text/markdown")
    )


async def result_to_read(source: Place) -> list[ModelMessage]:
    """The other model takes over before it has read the result."""
    return (await image_result(source))[:3]


async def cut_text(source: Place) -> list[ModelMessage]:
    return [asks("Hi"), *await hear(source, source.said("Hello, I am ", whole=False)), asks("Go on.")]


async def cut_thinking(source: Place) -> list[ModelMessage]:
    cut = await hear(source, source.said("", "First thought", whole=False))
    return [asks("Hi"), *cut, asks("Go on.")]


async def cut_call(source: Place) -> list[ModelMessage]:
    args = "{}" if source.api in ("gemini", "ollama") else '{"x": '
    cut = await hear(source, source.said("Let me see.", "First thought", ("call_1", "look", args), whole=False))
    return [asks("Hi"), *cut, asks("Go on.")]


async def cut_call_kept(source: Place) -> list[ModelMessage]:
    """As another program would keep it: the call is still there."""
    args = "{}" if source.api in ("gemini", "ollama") else '{"x": '
    said = source.said("Let me see.", "First thought", ("call_1", "look", args), whole=False)
    response = (await ask(source, [asks("Hi")], said, parameters=TOOLS)).response
    assert response is not None
    return [asks("Hi"), replace(response, state="interrupted"), asks("Go on.")]


async def nothing(source: Place) -> list[ModelMessage]:
    return [asks("Hi"), ModelResponse([], source.model, state="interrupted"), asks("Hello?")]


async def two_prompts(source: Place) -> list[ModelMessage]:
    return [asks("Hi"), asks("Hello?"), *await hear(source, source.said("Yes.")), asks("So?"), asks("Well?")]


async def two_answers(source: Place) -> list[ModelMessage]:
    heard = [*await hear(source, source.said("One.")), *await hear(source, source.said("Two."))]
    return [asks("Hi"), *heard, asks("And now?")]


async def answer_first(source: Place) -> list[ModelMessage]:
    return [*await hear(source, source.said("Welcome.", "First thought")), asks("Hi")]


async def system_prompt(source: Place) -> list[ModelMessage]:
    first = ModelRequest([SystemPromptPart("Be kind."), SystemPromptPart("Be brief."), UserPromptPart("Hi")])
    return [first, *await hear(source, source.said("Hello.")), asks("And now?")]


async def instructions(source: Place) -> list[ModelMessage]:
    first = ModelRequest([SystemPromptPart("Be kind."), UserPromptPart("Hi")], instructions="Speak Latin.")
    last = ModelRequest([UserPromptPart("And now?")], instructions="Speak Greek.")
    return [first, *await hear(source, source.said("Salve.")), last]


async def late_system_prompt(source: Place) -> list[ModelMessage]:
    late = ModelRequest([SystemPromptPart("From now on, rhyme."), UserPromptPart("And now?")])
    return [asks("Hi"), *await hear(source, source.said("Hello.")), late]


async def blank_prompt(source: Place) -> list[ModelMessage]:
    return [asks("Hi"), *await hear(source, source.said("Hello.")), asks("  "), asks("", "Well?")]


async def retried_call(source: Place) -> list[ModelMessage]:
    """The arguments were wrong; the model is told, and calls again."""
    one = await hear(source, source.said("", "First thought", ("call_1", "look", '{"x": 1}')))
    two = await hear(source, source.said("", "", ("call_2", "look", '{"x": 2}')))
    calls = [part for message in one for part in message.parts if isinstance(part, ToolCallPart)]
    wrong = ModelRequest([RetryPromptPart("x is too small", call.tool_name, call.tool_call_id) for call in calls])
    return [asks("Hi"), *one, wrong, *two, returns(*two), *await hear(source, source.said("It is 2.")), asks("And?")]


async def searched(source: Place) -> list[ModelMessage]:
    """An answer that cites two pages, one of them twice."""
    pages = [Citation("https://x.test/1", "One", 0, 5), Citation("https://x.test/2"), Citation("https://x.test/1")]
    heard = await hear(source, source.said("Found."))
    for one in heard:
        cited = [replace(part, citations=pages) if isinstance(part, TextPart) else part for part in one.parts]
        one.parts = cited  # type: ignore[assignment]  # of a response they stay such
    return [asks("Hi"), *heard, asks("And now?")]


async def retried_text(source: Place) -> list[ModelMessage]:
    retry = ModelRequest([RetryPromptPart("Plain text responses are not permitted")])
    return [asks("Hi"), *await hear(source, source.said("Hello.")), retry]


async def imported(source: Place) -> list[ModelMessage]:
    """From a program that keeps no record of who said what."""
    history = await tool(source)
    return [replace(one, provider_name=None) if isinstance(one, ModelResponse) else one for one in history]


async def unknown_parts(source: Place) -> list[ModelMessage]:
    """From a later release: parts that nobody here knows, alone and beside known ones."""
    later = UnknownPart({"part_kind": "hologram", "kind": "hologram", "data": "AAAA"})
    heard = await hear(source, source.said("Hello."))
    with_more = [replace(one, parts=[later, *one.parts]) for one in heard if isinstance(one, ModelResponse)]
    return [asks("Hi", later), *with_more, asks(later), ModelResponse([later]), asks("And now?")]


RESULT_CASES: tuple[Case, ...] = (
    image_result, image_result_in_words, deep_image_result, document_result, mixed_result, result_to_read,
)  # fmt: skip
TOOL_CASES: tuple[Case, ...] = (
    tool, tool_loop, parallel, broken_arguments, list_for_arguments, reused_ids, strange_ids, no_result, orphan_result,
    prompt_after_result, cut_call_kept, retried_call, imported, *RESULT_CASES,
)  # fmt: skip
MEDIA_CASES: tuple[Case, ...] = (
    image, image_alone, image_in_a_second_prompt, image_in_a_data_uri, image_url, document,
    document_alone, document_url, text_file, audio, audio_url, rare_media,
)  # fmt: skip
CASES: tuple[Case, ...] = (
    plain, thinking, searched, cut_text, cut_thinking, cut_call, nothing, two_prompts, two_answers, answer_first,
    system_prompt, instructions, late_system_prompt, blank_prompt, retried_text, unknown_parts, *MEDIA_CASES,
    *TOOL_CASES,
)  # fmt: skip
