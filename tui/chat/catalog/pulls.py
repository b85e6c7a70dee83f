"""Models on their way to this machine, each in a task of its own that outlives the screen on which it began.

`Pulls` is asked what a name offers, told to start and to stop, and says to whoever listens that something has changed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tui.dataclass import dataclass
from tui.errors import ChinwagError
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.pulling import PullProgress
    from tui.chat.catalog.quantisations import Quantisation

_OLLAMA = "ollama:"


@dataclass(frozen=True, slots=True)
class PullState:
    """One pull as it is now.

    Attributes:
        source: as it can be typed, such as "hf:Qwen/Qwen3-4B-GGUF:Q4_K_M" or "ollama:qwen3"; they are told apart by it.
        state: "stopped" and "failed" ones go on where they were when they are started again.
        progress: None before anything came.
        model_id: of the model, once it is there.
        problem: why it failed, one or two sentences.
    """

    source: str
    state: Literal["running", "done", "stopped", "failed"] = "running"
    progress: "PullProgress | None" = None
    model_id: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a repository has to choose from.

    Attributes:
        repository: "owner/name".
        models: the smallest first; never empty.
        best: the one to take where nobody says which; None where none fits.
        memory_bytes: what one may take on this machine; None when that is not known.
        needs: about how much memory one takes, by name; None when its size is unknown.
        begun: how many bytes of one have come already, by name.
    """

    repository: str
    models: "tuple[Quantisation, ...]"
    best: "Quantisation | None"
    memory_bytes: int | None
    needs: dict[str, int | None]
    begun: dict[str, int]


class Pulls:
    """The pulls of one program.

    Args:
        catalog: the models that there are, and whom to ask for more.
        folder: where those of this machine lie.
    """

    def __init__(self, catalog: "Catalog", folder: Path) -> None:
        self._catalog = catalog
        self._folder = folder
        self._states: dict[str, PullState] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._listeners: list[Callable[[PullState], None]] = []

    def states(self) -> tuple[PullState, ...]:
        """All pulls since the start, the newest first."""
        return tuple(reversed(self._states.values()))

    def listen(self, listener: Callable[[PullState], None]) -> Callable[[], None]:
        """Tell a function of each change, at most ten times a second for each pull; call what it returns to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _offer(self, repository: str, found: "tuple[Quantisation, ...]") -> Offer:
        from tui.agent.providers.local_files import memory_of_machine
        from tui.chat.catalog.pulling import bytes_there
        from tui.chat.catalog.quantisations import best_of

        settings = self._catalog.embedded.settings
        memory, window = settings.memory_bytes or memory_of_machine(), settings.context_tokens
        needs = {one.name: one.memory_bytes(window) for one in found}
        begun = {one.name: bytes_there(one, self._folder) for one in found}
        return Offer(repository, found, best_of(found, memory, window), memory, needs, begun)

    async def start(self, text: str) -> "Offer | None":
        """Start what a person has typed; an offer is what is still to be chosen from.

        Raises:
            UsageError: it names nothing that can be pulled.
            ChinwagError: the hub cannot be reached, or refuses.
        """
        from tui.chat.catalog.bringing import models_of_hub
        from tui.chat.catalog.quantisations import find_quantisation, parse_source

        text = text.strip()
        if text.startswith(_OLLAMA):
            self.start_ollama(text.removeprefix(_OLLAMA))
            return None
        source = parse_source(text)
        found = await models_of_hub(self._catalog, source.repository)
        offer = await asyncio.to_thread(self._offer, source.repository, found)
        if not source.quantisation:
            return offer
        self.start_hub(source.repository, find_quantisation(offer.models, source.quantisation, source.repository))
        return None

    def start_hub(self, repository: str, model: "Quantisation") -> None:
        """Bring a model of the hub, or go on with it; nothing happens if it is under way."""
        from tui.chat.catalog.bringing import bring_from_hub

        async def work(report: "Callable[[PullProgress], None]") -> str:
            return await bring_from_hub(self._catalog, repository, model, self._folder, report)

        self._start(f"hf:{repository}:{model.name}", work)

    def start_ollama(self, name: str) -> None:
        """Have Ollama bring a model of its own.

        Raises:
            UsageError: it has no name.
        """
        from tui.chat.catalog.bringing import bring_into_ollama, check_ollama_name

        check_ollama_name(name)

        async def work(report: "Callable[[PullProgress], None]") -> str:
            return await bring_into_ollama(self._catalog, name, report)

        self._start(f"{_OLLAMA}{name}", work)

    def again(self, source: str) -> None:
        """Go on with one that was stopped or has failed."""
        if source.startswith(_OLLAMA):
            self.start_ollama(source.removeprefix(_OLLAMA))
            return
        from tui.chat.catalog.bringing import bring_from_hub, models_of_hub
        from tui.chat.catalog.quantisations import find_quantisation, parse_source

        asked = parse_source(source)

        async def work(report: "Callable[[PullProgress], None]") -> str:
            found = await models_of_hub(self._catalog, asked.repository)
            model = find_quantisation(found, asked.quantisation, asked.repository)
            return await bring_from_hub(self._catalog, asked.repository, model, self._folder, report)

        self._start(source, work)

    def stop(self, source: str) -> None:
        """Stop a pull; what came is kept. One that is not under way is taken off the list."""
        if source in self._tasks:
            self._tasks[source].cancel()
        elif self._states.pop(source, None) is not None:
            self._tell(PullState(source, "stopped"))

    async def aclose(self) -> None:
        """Stop all of them, and wait until their files are closed."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, source: str, work: "Callable[[Callable[[PullProgress], None]], Awaitable[str]]") -> None:
        if source in self._tasks:
            return
        self._states.pop(source, None)  # the newest stands first
        self._change(PullState(source))
        self._tasks[source] = asyncio.create_task(self._run(source, work), name=f"pull {source}")

    async def _run(self, source: str, work: "Callable[[Callable[[PullProgress], None]], Awaitable[str]]") -> None:
        ended = PullState(source, "failed", problem="It broke down inside Chinwag; the log says how.")
        try:
            model_id = await work(lambda progress: self._change(PullState(source, progress=progress)))
            ended = PullState(source, "done", model_id=model_id)
        except ChinwagError as error:
            ended = PullState(source, "failed", problem=clean_line(error.sentence, 400))
        except asyncio.CancelledError:
            ended = PullState(source, "stopped")
        except Exception:  # nobody awaits this task: what broke must be told, and written down
            logging.getLogger(__name__).exception("pull %s", source)
        finally:
            self._tasks.pop(source, None)
            last = self._states[source].progress
            self._change(replace(ended, progress=last and replace(last, bytes_per_s=None, note="")))

    def _change(self, state: PullState) -> None:
        self._states[state.source] = state
        self._tell(state)

    def _tell(self, state: PullState) -> None:
        for listener in tuple(self._listeners):
            listener(state)
