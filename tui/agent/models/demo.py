"""An offline guide in the place of a model: authored pages, chosen by what is asked and streamed like an answer.

It lets a person try everything before there is a key. It never pretends: every answer is labelled, its thinking part
says truthfully how the page was chosen, and its usage is counted from its words. Must not reach for anything but its
own pages.
"""

import asyncio
import re
import time
import tomllib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

from typing_extensions import override

from tui.agent.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ModelResponseStreamEvent,
    RetryPromptPart,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolReturnPart,
    UserPromptPart,
)
from tui.agent.models.base import Model, ModelRequestParameters, StreamedResponse
from tui.agent.settings import ModelSettings
from tui.agent.usage import Usage

__all__ = ["DemoModel"]

LABEL = "guide, not a model"
"""Stands above each of its answers."""

_STRONG, _WEAK, _ENOUGH = 3, 1, 2
_FALLBACK = "lost"


@dataclass(frozen=True, slots=True)
class GuidePage:
    """One authored page.

    Attributes:
        name: the file's stem.
        title: for people.
        strong, weak: lower-case words or phrases that speak for the page, worth 3 points or 1.
        text: Markdown.
    """

    name: str
    title: str
    strong: tuple[str, ...]
    weak: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class PageChoice:
    """Why a page was chosen.

    Attributes:
        page: the chosen one.
        found: its words that stand in the question, in the order of the page's list.
        points: the points of every page that has any, best first.
    """

    page: GuidePage
    found: tuple[str, ...]
    points: tuple[tuple[GuidePage, int], ...]


@cache
def pages() -> tuple[GuidePage, ...]:
    """All pages, by name. Their files have a head of TOML between two lines of `+++`."""
    found = []
    for file in sorted(files("tui.agent.models").joinpath("demo_pages").iterdir(), key=lambda file: file.name):
        _, head, text = file.read_text(encoding="utf-8").split("+++\n", 2)
        about = tomllib.loads(head)
        name = file.name.removesuffix(".md")
        found.append(GuidePage(name, about["title"], tuple(about["strong"]), tuple(about["weak"]), text.strip() + "\n"))
    return tuple(found)


def choose(question: str) -> PageChoice:
    """The page with the most points for `question`; the list of pages when one weak word is all there is."""
    words = " " + " ".join(re.findall(r"[\w.+/-]*\w", question.lower())) + " "
    scored = []
    for page in pages():
        strong, weak = _found_in(words, page.strong), _found_in(words, page.weak)
        scored.append((page, _STRONG * len(strong) + _WEAK * len(weak), strong + weak))
    best, points, found = max(scored, key=lambda entry: entry[1])
    if points < _ENOUGH:
        best = next(page for page in pages() if page.name == _FALLBACK)
    ranking = sorted(((page, count) for page, count, _ in scored if count), key=lambda entry: -entry[1])
    return PageChoice(best, found, tuple(ranking))


def _found_in(words: str, wanted: Iterable[str]) -> tuple[str, ...]:
    return tuple(entry for entry in wanted if f" {entry} " in words)


def explain(question: str, choice: PageChoice) -> str:
    """The guide's "thoughts": what really happened, in words."""
    count = len(question.split())
    words = "1 word" if count == 1 else f"{count} words"
    lines = [f"The question has {words}. I looked in it for the words of my {len(pages())} pages."]
    if not choice.points:
        lines.append("I found none of them, so I show the list of pages.")
    elif choice.points[0][1] < _ENOUGH:
        lines.append(f"All I found was “{choice.found[0]}”, which is too little, so I show the list of pages.")
    else:
        found = ", ".join(f"“{entry}”" for entry in choice.found)
        lines.append(f"For “{choice.page.title}” I found {found}.")
        lines.append("Points: " + ", ".join(f"{page.title} {points}" for page, points in choice.points[:4]) + ".")
    lines.append("That is all: no model was asked, and nothing left this machine.")
    return "\n\n".join(lines)


class DemoModel(Model):
    """The model `demo:guide`.

    It heeds two settings, so that they can be tried: `max_tokens` cuts its answers off, and `thinking="off"` leaves the
    thinking part away. For it, a token is a word.

    Args:
        words_per_s: how fast it streams; 0 is as fast as it can.
    """

    def __init__(self, *, words_per_s: float = 80) -> None:
        self._words_per_s = words_per_s

    @property
    @override
    def model_name(self) -> str:
        return "guide"

    @property
    @override
    def system(self) -> str:
        return "demo"

    @override
    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> tuple[ModelResponse, Usage]:
        """Answer at once."""
        answer = _answer(messages, model_settings)
        stream = DemoStreamedResponse(answer, 0)
        async for _ in stream:
            pass
        return stream.get(), stream.usage()

    @override
    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> AsyncIterator[StreamedResponse]:
        """Answer word by word."""
        stream = DemoStreamedResponse(_answer(messages, model_settings), self._words_per_s)
        try:
            yield stream
        finally:
            await stream.aclose()


@dataclass(frozen=True, slots=True)
class DemoAnswer:
    """What will be streamed: words with the space after them, and what the usage will say at the end."""

    thinking: tuple[str, ...]
    text: tuple[str, ...]
    cut_off: bool
    usage: Usage


def _answer(messages: list[ModelMessage], settings: ModelSettings | None) -> DemoAnswer:
    settings = settings or {}
    question = _question(messages)
    choice = choose(question)
    thinking = () if settings.get("thinking") == "off" else _words(explain(question, choice))
    text = _words(f"*{LABEL} · {choice.page.title}*\n\n{choice.page.text}")
    limit = settings.get("max_tokens")
    cut_off = limit is not None and len(thinking) + len(text) > limit
    if limit is not None:
        thinking, text = thinking[:limit], text[: max(0, limit - len(thinking))]
    read = sum(len(part.split()) for message in messages for part in _texts(message))
    wrote = len(thinking) + len(text)
    usage = Usage(0, read, wrote, read + wrote, {"reasoning_tokens": len(thinking)} if thinking else None)
    return DemoAnswer(thinking, text, cut_off, usage)


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\S+\s*", text))


def _question(messages: list[ModelMessage]) -> str:
    """The words of the last turn that has a prompt."""
    for message in reversed(messages):
        if isinstance(message, ModelRequest):
            prompts = [_prompt_text(part) for part in message.parts if isinstance(part, UserPromptPart)]
            if prompts:
                return "\n".join(prompts)
    return ""


def _prompt_text(part: UserPromptPart) -> str:
    if isinstance(part.content, str):
        return part.content
    return "\n".join(content for content in part.content if isinstance(content, str))


def _texts(message: ModelMessage) -> list[str]:
    """All the text in a message, for the count of what was read."""
    texts = [message.instructions or ""] if isinstance(message, ModelRequest) else []
    for part in message.parts:
        if isinstance(part, UserPromptPart):
            texts.append(_prompt_text(part))
        elif isinstance(part, SystemPromptPart | TextPart | ThinkingPart):
            texts.append(part.content)
        elif isinstance(part, ToolReturnPart):
            texts.append(part.model_response_str())
        elif isinstance(part, RetryPromptPart):
            texts.append(part.model_response())
    return texts


@dataclass
class DemoStreamedResponse(StreamedResponse):
    """A page on its way. Its usage is known at the end, as with most providers."""

    _answer: DemoAnswer
    _words_per_s: float
    _timestamp: datetime = field(default_factory=lambda: datetime.now(tz=UTC))

    @override
    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        self.provider_name = "demo"
        begun = time.monotonic()
        for number, word in enumerate((*self._answer.thinking, *self._answer.text)):
            await self._keep_pace(begun, number)
            if number < len(self._answer.thinking):
                yield self._parts_manager.handle_thinking_delta(vendor_part_id="thinking", content=word)
            else:
                yield self._parts_manager.handle_text_delta(vendor_part_id="text", content=word)
        self._usage = self._answer.usage.copy()
        self.finish_reason = "length" if self._answer.cut_off else "stop"

    async def _keep_pace(self, begun: float, number: int) -> None:
        """Wait until word `number` is due: by the clock, so that slow drawing does not slow the answer down."""
        due = begun + number / self._words_per_s if self._words_per_s else 0.0
        await asyncio.sleep(max(0.0, due - time.monotonic()))

    @property
    @override
    def model_name(self) -> str:
        return "guide"

    @property
    @override
    def timestamp(self) -> datetime:
        return self._timestamp
