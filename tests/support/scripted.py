"""Models that follow a script, and a catalogue that hands them out. Tests open gates; hardly any lets time pass."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from tests.support.catalog import listings_of
from tui.agent.messages import (
    FinishReason,
    ModelMessage,
    ModelNoticeEvent,
    ModelRequest,
    ModelResponse,
    ModelResponseStreamEvent,
    UserPromptPart,
)
from tui.agent.models import Model, ModelRequestParameters, StreamedResponse
from tui.agent.settings import ModelSettings
from tui.agent.usage import Usage
from tui.agent.wire.notices import notify
from tui.chat.catalog.catalog import Catalog
from tui.chat.catalog.info import ModelInfo
from tui.chat.usage import StoredUsage
from tui.config import Config, ModelNames
from tui.errors import ChinwagError, UsageError


@dataclass(frozen=True)
class Thought:
    """A piece of thinking."""

    text: str


@dataclass(frozen=True)
class Turn:
    """The text so far, and this, turn out to be thoughts, as behind a closing tag that was not opened."""

    text: str


@dataclass(frozen=True)
class Pause:
    """Seconds that pass; for tests that watch real time, which others should not."""

    seconds: float


@dataclass(frozen=True)
class Finish:
    """Why the model ends."""

    reason: FinishReason


Piece = str | Thought | Turn | Finish | asyncio.Event | Exception | Usage | ModelNoticeEvent | Pause
"""Text, thinking, a turn, a gate to wait at, an error to raise, a report of usage, a notice, or a pause."""


@dataclass
class Asked:
    """One request that a scripted model got."""

    messages: list[ModelMessage]
    settings: ModelSettings | None
    instructions: str | None

    @property
    def prompts(self) -> list[object]:
        """What the person said, in order."""
        requests = [message for message in self.messages if isinstance(message, ModelRequest)]
        return [part.content for request in requests for part in request.parts if isinstance(part, UserPromptPart)]


class ScriptedModel(Model):
    """Answers each request with the next script; the last one is used again and again.

    Attributes:
        asked: every request so far.
        reached: set whenever a gate is reached, for a test that waits until the stream is there.
        closed: how many streams were closed.
    """

    def __init__(
        self, *scripts: Iterable[Piece], opening: Sequence[Piece] = (), name: str = "scripted", system: str = "fake"
    ) -> None:
        self._scripts = [list(script) for script in scripts] or [["Hello."]]
        self._opening = opening
        self._name = name
        self._system = system
        self.asked: list[Asked] = []
        self.reached = asyncio.Event()
        self.closed = 0
        self.loops: set[asyncio.AbstractEventLoop] = set()

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> tuple[ModelResponse, Usage]:
        raise AssertionError("the app streams")

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> AsyncIterator[StreamedResponse]:
        requests = [message for message in messages if isinstance(message, ModelRequest)]
        self.asked.append(Asked(messages, model_settings, requests[-1].instructions))
        self.loops.add(asyncio.get_running_loop())
        script = self._scripts[min(len(self.asked), len(self._scripts)) - 1]
        try:
            for piece in self._opening:
                await self._outside(piece)
            response = _Stream(self, script)
            try:
                yield response
            finally:
                await response.aclose()
        finally:
            self.closed += 1

    async def _outside(self, piece: Piece) -> None:
        match piece:
            case asyncio.Event():
                self.reached.set()
                await piece.wait()
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Exception():
                raise piece
            case ModelNoticeEvent():
                notify(piece)
            case _:
                raise AssertionError("no answer before the stream is open")

    @property
    def model_name(self) -> str:
        return self._name

    @property
    def system(self) -> str:
        return self._system

    @property
    def mixes_thoughts(self) -> bool:
        return any(isinstance(piece, Turn) for script in self._scripts for piece in script)


@dataclass
class _Stream(StreamedResponse):
    model: ScriptedModel
    script: list[Piece]
    _timestamp: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        text_part = None if self.model.mixes_thoughts else "text"
        for piece in self.script:
            match piece:
                case str():
                    yield self._parts_manager.handle_text_delta(vendor_part_id=text_part, content=piece)
                case Turn(text):
                    yield self._parts_manager.handle_text_as_thinking(content=text)
                case Thought(text):
                    yield self._parts_manager.handle_thinking_delta(vendor_part_id="thinking", content=text)
                case asyncio.Event():
                    self.model.reached.set()
                    await piece.wait()
                case Usage():
                    self._usage = piece
                case Finish(reason):
                    self.finish_reason = reason
                case _:
                    await self.model._outside(piece)

    @property
    def model_name(self) -> str:
        return self.model.model_name

    @property
    def timestamp(self) -> datetime:
        return self._timestamp


class ScriptedCatalog(Catalog):
    """A catalogue of scripted models.

    Args:
        models: by id, such as "fake:one"; a `ChinwagError` in the place of a model is what `build` raises.
        window: the context window of all of them.
        token_price: US dollars for each token, of input and output alike; None as unknown.
        aliases: names of a person's own, each with the id that it stands for.
    """

    def __init__(
        self,
        models: Mapping[str, Model | ChinwagError],
        *,
        window: int | None = None,
        token_price: Decimal | None = None,
        free: bool = False,
        aliases: Mapping[str, str] = {},
    ) -> None:
        config = Config(Path("config.toml"), models=ModelNames(aliases, {}))
        super().__init__(config, listings_of(config, environ={}))
        self.scripted = dict(models)
        self._window = window
        self._token_price = token_price
        self._free = free

    def models(self) -> list[ModelInfo]:
        return [
            ModelInfo(id, id.partition(":")[2], id.partition(":")[0], "Fake", window=self._window, free=self._free)
            for id in self.scripted
        ]

    def find(self, model_id: str) -> ModelInfo:
        wanted = self.aliases.get(model_id, model_id)
        for info in self.models():
            if info.id == wanted:
                return info
        raise UsageError(f'There is no model "{model_id}".', f"Known here: {', '.join(self.scripted)}.")

    def price(self, info: ModelInfo, usage: StoredUsage, at: datetime) -> Decimal | None:
        if self._token_price is None or usage.input is None or usage.output is None:
            return None
        return self._token_price * (usage.input + usage.output)

    def build(self, model_id: str) -> Model:
        found = self.scripted[self.find(model_id).id]
        if isinstance(found, ChinwagError):
            raise found
        return found

    async def load_prices(self) -> None:
        """There is no table to load."""
