"""What is there to chat with at the very first start: keys in the environment, servers of this machine, local models.

Each key is checked by a free call to its own provider; a network that fails proves nothing about a key. Reports as it
goes, so that a screen can fill in live. Knows no screen.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from tui.chat.access import more_of, names_of, place_of
from tui.chat.loading import imported
from tui.chat.offers import ANSWER_S, DISCOVERY_S, LIST_S, Offers, accepts
from tui.chat.sources import STARTERS, Source
from tui.text import clean_line, redact

if TYPE_CHECKING:
    from tui.agent.exceptions import AgentRunError
    from tui.chat.catalog import ModelInfo

State = Literal["checking", "found", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found; a later one with the same `provider` takes its place.

    Attributes:
        provider: the name in model ids; findings are told apart by it.
        kind: a key, a server, or the models of this machine.
        label: who it is, for people.
        place: where it was found: a variable, a file, "localhost:11434".
        state: "refused" when the provider itself said so, or there is no key at all; "unknown" when it could not be
            asked.
        model: id of the model to begin with; "" unless there is one to ask.
        words: its models, or what went wrong in the provider's own words; one line, cleaned.
        count: how many models it has.
        took_ms: how long the answer took; None without one.
    """

    provider: str
    kind: Literal["key", "server", "local"]
    label: str
    place: str
    state: State
    model: str = ""
    words: str = ""
    count: int = 0
    took_ms: int | None = None


class Discovery:
    """Looks around once for each call.

    Args:
        local: the models that run here without a server.
    """

    def __init__(self, offers: Offers, local: Callable[[], Sequence["ModelInfo"]]) -> None:
        self._offers = offers
        self._local = local

    def known(self) -> list[Source]:
        """Providers that have a key, or stand in the configuration; asks nobody."""
        shown = [source for source in self._offers.sources.values() if source.configured or source.vendor.listed]
        return [
            source
            for source in shown
            if source.configured or (source.base_url and not source.to_discover and self._offers.may_have_key(source))
        ]

    async def servers(self) -> list[Source]:
        """The usual servers of this machine that take connections; takes `DISCOVERY_S` at most, and no HTTP."""
        strangers = self._offers.strangers()
        answers = await asyncio.gather(*(accepts(source.base_url, DISCOVERY_S) for source in strangers))
        return [source for source, answer in zip(strangers, answers, strict=True) if answer]

    async def look(self) -> AsyncGenerator[Finding, None]:
        """Everything that is found: first what needs a check, as "checking", then each result as it comes.

        Never raises for what a network or a server does.
        """
        found: asyncio.Queue[Finding | None] = asyncio.Queue()
        work = asyncio.ensure_future(self._look(found.put_nowait))
        work.add_done_callback(lambda _: found.put_nowait(None))
        try:
            while (finding := await found.get()) is not None:
                yield finding
            work.result()
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work

    async def _look(self, report: Callable[[Finding], None]) -> None:
        known = self.known()
        for source in known:
            report(_begun(source, self._place(source)))
        for finding in self._embedded():
            report(finding)
        servers = await self.servers()
        for source in servers:
            report(_begun(source, place_of(source.base_url)))
        if not (known or servers):
            return
        await imported("tui.agent.providers.listing")
        await asyncio.gather(*(self._check(source, report) for source in (*known, *servers)))

    async def _check(self, source: Source, report: Callable[[Finding], None]) -> None:
        begun = _begun(source, self._place(source))
        began = time.monotonic()
        result = await self._result(source, begun)
        report(replace(result, took_ms=round((time.monotonic() - began) * 1000) if result.state != "unknown" else None))

    async def _result(self, source: Source, begun: Finding) -> Finding:
        from tui.agent.exceptions import AgentRunError
        from tui.agent.providers.listing import check_key

        if not await self._offers.ready(source):
            return replace(begun, state="refused", words="no key yet")
        limit_s = ANSWER_S if source.on_this_machine else LIST_S
        try:
            models = names_of(source, await self._offers.fetch(source, limit_s))
        except AgentRunError as error:
            return _failed(begun, error, self._first(source))
        except TimeoutError:
            words = f"could not check: no answer in {limit_s:.0f} s"
            return replace(begun, state="unknown", words=words, model=self._first(source))
        if begun.kind == "key" and _list_needs_no_key(source):
            said = await check_key(self._offers.provider(source))
            if said.state == "invalid":
                return replace(begun, state="refused", words=_said(said.message, begun))
            if said.state == "unknown":
                words = f"could not check: {_said(said.message, begun)}"
                return replace(begun, state="unknown", words=words, model=self._first(source))
        names = tuple(dict.fromkeys((*(source.configured.models if source.configured else ()), *models)))
        if not names:
            words = f"answers, but lists no models{'' if source.configured else '; type one with ^L'}"
            return replace(begun, state="found", words=words, model=self._first(source))
        first = f"{source.name}:{names[0]}"
        return replace(begun, state="found", words=_quoted(names[0] + more_of(names)), model=first, count=len(names))

    def _first(self, source: Source) -> str:
        """Id of the model to begin with, as far as it is known without asking."""
        names = self._offers.names(source)
        starter = STARTERS.get(source.name, "")
        known = [model.name for model in names]
        first = starter if starter in known else next(iter(known), "")
        return f"{source.name}:{first}" if first else ""

    def _place(self, source: Source) -> str:
        key = self._offers.key(source)
        if key is not None:
            return key.source
        if source.configured and source.configured.key_command:
            return source.configured.key_command[0]
        return place_of(source.base_url) if source.on_this_machine or not source.vendor.needs_key else "no key"

    def _embedded(self) -> list[Finding]:
        """The local models, if they can be run here, as one finding."""
        models = [info for info in self._local() if not info.note]
        if not models:
            return []
        names = tuple(info.name for info in models)
        words = names[0] + more_of(names)
        return [
            Finding("local", "local", "This machine", "no server needed", "found", models[0].id, words, len(models))
        ]


def best_of(findings: Iterable[Finding]) -> Finding | None:
    """With whom to chat first: a key that is good, then a server, then a local model; unchecked ones only then."""
    usable = [one for one in findings if one.model and one.state in ("found", "unknown")]
    kinds = ("key", "server", "local")
    return min(usable, key=lambda one: (one.state != "found", kinds.index(one.kind)), default=None)


def _begun(source: Source, place: str) -> Finding:
    keyed = source.vendor.needs_key or not (source.on_this_machine or source.vendor.local)
    return Finding(source.name, "key" if keyed else "server", source.vendor.label, place, "checking")


def _failed(begun: Finding, error: "AgentRunError", model: str) -> Finding:
    from tui.agent.exceptions import ModelAPIError, ModelHTTPError

    # 403 is said to good keys too: of a wrong region, or a project without access.
    auth = isinstance(error, ModelAPIError) and error.kind == "auth"
    if auth and not (isinstance(error, ModelHTTPError) and error.status_code == 403):
        return replace(begun, state="refused", words=_said(error.message, begun))
    return replace(begun, state="unknown", words=f"could not check: {_said(error.message, begun)}", model=model)


def _list_needs_no_key(source: Source) -> bool:
    quirks = source.vendor.quirks
    return quirks.open_models or bool(quirks.key_check_path) or not quirks.models_path


def _said(words: str, begun: Finding) -> str:
    """What a provider said, beside its name: without the name."""
    words = words.removeprefix(f"{begun.label} ")
    return _quoted(f"the {words[4:]}" if words.startswith("The ") else words)


def _quoted(words: str) -> str:
    return clean_line(redact(words), 300)
