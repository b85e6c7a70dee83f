"""What a provider's server does of what a chat asks for, found by asking a model of it: small requests, one by one.

Reports as it goes. Knows no screen; each server of several is asked by itself.
"""

import struct
import time
import zlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import field
from typing import TYPE_CHECKING, Literal

from tui.chat.loading import imported
from tui.dataclass import dataclass
from tui.figures import counted, rate, seconds, tokens

if TYPE_CHECKING:
    from tui.agent.definitions import ToolDefinition
    from tui.agent.messages import ModelNoticeEvent, ModelResponsePart, UserContent
    from tui.agent.models import Model
    from tui.agent.providers import ListedModel, Provider
    from tui.agent.settings import ModelSettings
    from tui.agent.usage import Usage

_SHORT = "Write the numbers from one to ten as words, with commas between them."
_LONG = "Tell a long story about a lighthouse keeper and her cat, in at least two thousand words."
_WEATHER = "What is the weather in Oslo? Call the tool to find out."
_COLOUR = "Which colour has this picture? Answer with one word."
_NAME_ONE = "name one: --model NAME"
_MOST_TRIED = 4
"""Of the models of a list, of which the first may be one that only embeds, or hears."""
_NOT_CHATTING = (400, 404, 405, 415, 422, 500, 501)
"""What servers say then; with another status the next one would get the same."""
_MOST_WORDS = 64
_MOST_OF_A_CALL = 200
_STOPPED_AFTER = 5
"""Pieces of the long answer that are read before it is stopped."""
_LONGER_S = 2.0
"""How much later than usual an answer may begin after a stop; a server that goes on writing takes longer."""


@dataclass(frozen=True, slots=True)
class ServerFinding:
    """What one check found.

    Attributes:
        state: "fact" is neither good nor bad, such as a model that reads no images.
        subject: what was looked at.
        text: one line, in which a server's own words are cut and cleaned.
    """

    state: Literal["good", "fact", "bad"]
    subject: str
    text: str


@dataclass(slots=True)
class _Asked:
    """What came of one request.

    Attributes:
        first_s, took_s: seconds to the first piece, and to the last.
        pieces: how many came.
        notices: why it was sent again, or in another form.
    """

    parts: list["ModelResponsePart"]
    usage: "Usage"
    first_s: float
    took_s: float
    pieces: int
    notices: list["ModelNoticeEvent"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words of the answer."""
        from tui.agent.messages import TextPart

        return "".join(part.content for part in self.parts if isinstance(part, TextPart)).strip()

    @property
    def thinks(self) -> bool:
        """Whether thoughts were told."""
        from tui.agent.messages import ThinkingPart

        return any(isinstance(part, ThinkingPart) and part.content for part in self.parts)


async def check_server(
    provider: "Provider", model: str = "", *, rather: Sequence[str] = ()
) -> AsyncGenerator[ServerFinding, None]:
    """Look at one server: its list, then one of its models.

    Args:
        provider: which server, with what it is to be sent.
        model: a name; "" for one of its list.
        rather: which of those, the first one first; else it is the first of the list that answers.
    """
    await imported("tui.agent.providers.listing", "tui.agent.models.infer")
    from tui.agent.exceptions import AgentRunError, ModelHTTPError, UserError
    from tui.agent.models.infer import model_of

    try:
        began = time.monotonic()
        listed = await _listed(provider)
        names = [one.name for one in listed]
        took_s = time.monotonic() - began
        chosen = model or next((one for one in rather if one in names or not names), "")
        candidates = [chosen] if chosen else names[:_MOST_TRIED]
        yield _list_finding(listed, next(iter(candidates), ""), took_s)
        for number, name in enumerate(candidates, 1):
            try:
                async with aclosing(_checks(model_of(provider, name))) as findings:
                    async for finding in findings:
                        yield finding
            except ModelHTTPError as error:
                if number == len(candidates) or error.status_code not in _NOT_CHATTING:
                    raise
                text = f"{name} does not answer ({error.status_code}); asked is {candidates[number]}"
                yield ServerFinding("fact", "model", text)
            else:
                return
    except (AgentRunError, UserError) as error:
        hint = getattr(error, "hint", "")
        yield ServerFinding("bad", "answer", f"{error.message.rstrip('.')}. {hint}".strip())


async def _listed(provider: "Provider") -> "list[ListedModel]":
    from tui.agent.providers.listing import list_models

    return await list_models(provider)


def _list_finding(listed: "list[ListedModel]", model: str, took_s: float) -> ServerFinding:
    names = [one.name for one in listed]
    if not names:
        return ServerFinding("fact", "list", f"it tells no models; {f'asked is {model}' if model else _NAME_ONE}")
    if model not in names:
        return ServerFinding("bad", "list", f"{counted(len(names), 'model')}, but not {model}: {', '.join(names[:5])}")
    chosen = next(one for one in listed if one.name == model)
    window = f" ({tokens(chosen.window)} window)" if chosen.window else ""
    text = f"{counted(len(names), 'model')} in {seconds(took_s)}; asked is {chosen.name}{window}"
    return ServerFinding("good", "list", text)


async def _checks(model: "Model") -> AsyncGenerator[ServerFinding, None]:
    """Everything but the list. Raises what the first request raises; later ones are findings."""
    plain = await _ask(model, _SHORT)
    yield _stream_finding(plain)
    yield _usage_finding(plain)
    for check in (_check_tools, _check_images, _check_thinking, _check_stop):
        yield await check(model, plain)


def _stream_finding(plain: _Asked) -> ServerFinding:
    if not plain.text and not plain.thinks:
        return ServerFinding("bad", "stream", "the answer is empty")
    if plain.pieces < 2:
        return ServerFinding("bad", "stream", f"the whole answer came at once, after {seconds(plain.first_s)}")
    count, writing_s = plain.usage.response_tokens, plain.took_s - plain.first_s
    pace = f", {rate(count / writing_s)} tokens/s" if count and writing_s > 0 else ""
    text = f"{plain.pieces} pieces, the first one after {seconds(plain.first_s)}{pace}"
    return ServerFinding("good", "stream", text)


def _usage_finding(plain: _Asked) -> ServerFinding:
    read, written = plain.usage.request_tokens, plain.usage.response_tokens
    if not read or not written:
        return ServerFinding("fact", "usage", "not told: tokens are estimates")
    return ServerFinding("good", "usage", f"{read} tokens read, {written} written")


async def _check_tools(model: "Model", plain: _Asked) -> ServerFinding:
    from tui.agent.definitions import ToolDefinition
    from tui.agent.messages import ToolCallPart

    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tool = ToolDefinition("get_weather", "The weather of a city now.", schema)
    freely: ModelSettings = {"max_tokens": _MOST_OF_A_CALL}
    forced: ModelSettings = {**freely, "tool_choice": "required"}
    for settings, how in ((freely, "called"), (forced, "called where it must be")):
        asked = await _tried(model, "tools", _WEATHER, tool=tool, settings=settings)
        if isinstance(asked, ServerFinding):
            return asked
        for part in asked.parts:
            if isinstance(part, ToolCallPart):
                return ServerFinding("good", "tools", f"{how}: {part.tool_name}({part.args_as_json_str()[:60]})")
    return ServerFinding("fact", "tools", "taken, but this model calls none, also where it must")


async def _check_images(model: "Model", plain: _Asked) -> ServerFinding:
    from tui.agent.messages import BinaryContent
    from tui.agent.models.wire_model import SENT_PLAIN

    target = model.target()
    if target is not None and target.images is False:
        return ServerFinding("fact", "images", "none are sent to it")
    asked = await _tried(model, "images", [_COLOUR, BinaryContent(_red_picture(), "image/png")])
    if isinstance(asked, ServerFinding):
        return asked
    refusals = [one.message for one in asked.notices if one.message.endswith(SENT_PLAIN)]
    if refusals:
        why = refusals[0].removesuffix(SENT_PLAIN)
        return ServerFinding("fact", "images", f"not read, so a note is sent instead: {why[:120]}")
    return ServerFinding("good", "images", f"taken; it says: {asked.text[:40] or '(nothing)'}")


async def _check_thinking(model: "Model", plain: _Asked) -> ServerFinding:
    asked = await _tried(model, "thinking", "Is 91 prime?", settings={"thinking": "low"})
    if isinstance(asked, ServerFinding):
        return asked
    if not (asked.thinks or plain.thinks):
        return ServerFinding("fact", "thinking", "none told")
    return ServerFinding("good", "thinking", "told apart from the answer")


async def _check_stop(model: "Model", plain: _Asked) -> ServerFinding:
    """Stop a long answer, and ask at once: a server that goes on writing for nobody answers late."""
    from tui.agent.exceptions import AgentRunError

    try:
        stopped = await _ask(model, _LONG, settings={"max_tokens": 2000}, most_pieces=_STOPPED_AFTER)
        after = await _ask(model, _SHORT)
    except AgentRunError as error:
        return ServerFinding("bad", "stop", error.message)
    if stopped.pieces < _STOPPED_AFTER:
        return ServerFinding("fact", "stop", "not seen: the answer was over before it could be stopped")
    if after.first_s > max(plain.first_s, stopped.first_s) + _LONGER_S:
        return ServerFinding("bad", "stop", f"the next answer began only after {seconds(after.first_s)}: it went on")
    return ServerFinding("good", "stop", f"the next answer began after {seconds(after.first_s)}")


async def _tried(
    model: "Model",
    subject: str,
    prompt: "str | list[UserContent]",
    *,
    tool: "ToolDefinition | None" = None,
    settings: "ModelSettings | None" = None,
) -> "_Asked | ServerFinding":
    """What came of a request, or the finding that it was refused."""
    from tui.agent.exceptions import AgentRunError

    try:
        return await _ask(model, prompt, tool=tool, settings=settings)
    except AgentRunError as error:
        return ServerFinding("fact", subject, f"refused: {error.message}")


async def _ask(
    model: "Model",
    prompt: "str | list[UserContent]",
    *,
    tool: "ToolDefinition | None" = None,
    settings: "ModelSettings | None" = None,
    most_pieces: int = 0,
) -> _Asked:
    from tui.agent.messages import ModelRequest, UserPromptPart
    from tui.agent.models.base import ModelRequestParameters
    from tui.agent.settings import ModelSettings
    from tui.agent.wire.notices import receive_notices

    parameters = ModelRequestParameters([tool] if tool else [], True, [])
    given: ModelSettings = {"max_tokens": _MOST_WORDS, **(settings or {})}
    notices: list[ModelNoticeEvent] = []
    began = first = time.monotonic()
    pieces = 0
    with receive_notices(notices.append):
        async with model.request_stream([ModelRequest([UserPromptPart(prompt)])], given, parameters) as stream:
            async for _ in stream:
                pieces += 1
                first = time.monotonic() if pieces == 1 else first
                if pieces == most_pieces:
                    break
    return _Asked(list(stream.get().parts), stream.usage(), first - began, time.monotonic() - began, pieces, notices)


def _red_picture(side: int = 64) -> bytes:
    """A PNG of one colour."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\xff\0\0" * side) * side
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
