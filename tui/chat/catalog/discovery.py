"""What is there to chat with at the very first start: keys in the environment, servers of this machine, local models.

Each key is checked by a free call to its own provider; a network that fails proves nothing about a key. Reports as it
goes, so that a screen can fill in live. Knows no screen.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from tui.chat.catalog.listings import (
    ANSWER_S,
    DISCOVERY_S,
    LIST_S,
    Listings,
    accepts_connections,
    count_of_others,
    model_names,
    server_place,
)
from tui.chat.catalog.providers import STARTERS, ConfiguredProvider
from tui.chat.loading import imported
from tui.dataclass import dataclass
from tui.model_id import ModelId
from tui.text import clean_line, redact

if TYPE_CHECKING:
    from tui.agent.exceptions import AgentRunError
    from tui.chat.catalog.info import ModelInfo

FindingState = Literal["checking", "found", "refused", "unknown"]


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
        message: its models, or what went wrong in the provider's own words; one line, cleaned.
        count: how many models it has.
        took_ms: how long the answer took; None without one.
    """

    provider: str
    kind: Literal["key", "server", "local"]
    label: str
    place: str
    state: FindingState
    model: str = ""
    message: str = ""
    count: int = 0
    took_ms: int | None = None


class Discovery:
    """Looks around once for each call.

    Args:
        local: the models that run here without a server.
    """

    def __init__(self, listings: Listings, local: Callable[[], Sequence["ModelInfo"]]) -> None:
        self._listings = listings
        self._local = local

    def known(self) -> list[ConfiguredProvider]:
        """Providers that have a key, or stand in the configuration; asks nobody."""
        shown = [
            provider for provider in self._listings.providers.values() if provider.configured or provider.vendor.listed
        ]
        return [
            provider
            for provider in shown
            if provider.configured
            or (provider.base_url and not provider.to_discover and self._listings.may_have_key(provider))
        ]

    async def servers(self) -> list[ConfiguredProvider]:
        """The usual servers of this machine that take connections; takes `DISCOVERY_S` at most, and no HTTP."""
        servers = self._listings.unlisted_servers()
        answers = await asyncio.gather(*(accepts_connections(provider.base_url, DISCOVERY_S) for provider in servers))
        return [provider for provider, answer in zip(servers, answers, strict=True) if answer]

    async def look(self, current: str = "") -> AsyncGenerator[Finding, None]:
        """Everything that is found: first what needs a check, as "checking", then each result as it comes.

        Never raises for what a network or a server does.

        Args:
            current: id of the model that is chatted with: to begin with it, where it was found.
        """
        found: asyncio.Queue[Finding | None] = asyncio.Queue()
        work = asyncio.ensure_future(self._look(found.put_nowait, current))
        work.add_done_callback(lambda _: found.put_nowait(None))
        try:
            while (finding := await found.get()) is not None:
                yield finding
            work.result()
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work

    async def _look(self, report: Callable[[Finding], None], current: str) -> None:
        known = self.known()
        for provider in known:
            report(_begun(provider, self._place(provider)))
        for finding in self._embedded(current):
            report(finding)
        servers = await self.servers()
        for provider in servers:
            report(_begun(provider, server_place(provider.base_url)))
        if not (known or servers):
            return
        await imported("tui.agent.providers.listing")
        await asyncio.gather(*(self._check(provider, report, current) for provider in (*known, *servers)))

    async def _check(self, provider: ConfiguredProvider, report: Callable[[Finding], None], current: str) -> None:
        begun = _begun(provider, self._place(provider))
        began = time.monotonic()
        result = await self._result(provider, begun, current)
        report(replace(result, took_ms=round((time.monotonic() - began) * 1000) if result.state != "unknown" else None))

    async def _result(self, provider: ConfiguredProvider, begun: Finding, current: str) -> Finding:
        from tui.agent.exceptions import AgentRunError
        from tui.agent.providers.listing import check_key

        if not await self._listings.ready(provider):
            problem = self._listings.key_problem(provider)
            return replace(begun, state="refused", message=_quoted(problem) if problem else "no key yet")
        limit_s = ANSWER_S if provider.on_this_machine else LIST_S
        first = self._first(provider, current)
        try:
            models = model_names(provider, await self._listings.fetch(provider, limit_s))
        except AgentRunError as error:
            return _failed(begun, error, first)
        except TimeoutError:
            message = f"could not check: no answer in {limit_s:.0f} s"
            return replace(begun, state="unknown", message=message, model=first)
        if begun.kind == "key" and _list_needs_no_key(provider):
            said = await check_key(self._listings.client(provider))
            if said.state == "invalid":
                return replace(begun, state="refused", message=_said(said.message, begun))
            if said.state == "unknown":
                message = f"could not check: {_said(said.message, begun)}"
                return replace(begun, state="unknown", message=message, model=first)
        listed = dict.fromkeys((*(provider.configured.models if provider.configured else ()), *models))
        names = _current_first(provider.name, listed, current)
        if not names:
            message = f"answers, but lists no models{'' if provider.configured else '; type one with ^L'}"
            return replace(begun, state="found", message=message, model=first)
        message, model = _quoted(names[0] + count_of_others(names)), f"{provider.name}:{names[0]}"
        return replace(begun, state="found", message=message, model=model, count=len(names))

    def _first(self, provider: ConfiguredProvider, current: str) -> str:
        """Id of the model to begin with, as far as it is known without asking."""
        if ModelId.parse(current).provider == provider.name:
            return current
        names = self._listings.models_of(provider)
        starter = STARTERS.get(provider.name, "")
        known = [model.name for model in names]
        first = starter if starter in known else next(iter(known), "")
        return f"{provider.name}:{first}" if first else ""

    def _place(self, provider: ConfiguredProvider) -> str:
        key = self._listings.key(provider)
        if key is not None:
            return key.source
        if provider.configured and provider.configured.key_command:
            return provider.configured.key_command[0]
        return (
            server_place(provider.base_url) if provider.on_this_machine or not provider.vendor.needs_key else "no key"
        )

    def _embedded(self, current: str) -> list[Finding]:
        """The local models, if they can be run here, as one finding."""
        models = [info for info in self._local() if not info.note]
        if not models:
            return []
        first = next((info for info in models if info.id == current), models[0])
        message = first.name + count_of_others(tuple(info.name for info in models))
        return [Finding("local", "local", "This machine", "no server needed", "found", first.id, message, len(models))]


def best_of(findings: Iterable[Finding]) -> Finding | None:
    """With whom to chat first: a key that is good, then a server, then a local model; unchecked ones only then."""
    usable = [one for one in findings if one.model and one.state in ("found", "unknown")]
    kinds = ("key", "server", "local")
    return min(usable, key=lambda one: (one.state != "found", kinds.index(one.kind)), default=None)


def _current_first(provider: str, names: Iterable[str], current: str) -> tuple[str, ...]:
    """The names of a provider's models in their order, but for the current one, if it is among them."""
    return tuple(sorted(names, key=lambda name: f"{provider}:{name}" != current))


def _begun(provider: ConfiguredProvider, place: str) -> Finding:
    keyed = provider.vendor.needs_key or not (provider.on_this_machine or provider.vendor.local)
    return Finding(provider.name, "key" if keyed else "server", provider.vendor.label, place, "checking")


def _failed(begun: Finding, error: "AgentRunError", model: str) -> Finding:
    from tui.agent.exceptions import ModelAPIError, ModelHTTPError

    # 403 is said to good keys too: of a wrong region, or a project without access.
    auth = isinstance(error, ModelAPIError) and error.kind == "auth"
    if auth and not (isinstance(error, ModelHTTPError) and error.status_code == 403):
        return replace(begun, state="refused", message=_said(error.message, begun))
    return replace(begun, state="unknown", message=f"could not check: {_said(error.message, begun)}", model=model)


def _list_needs_no_key(provider: ConfiguredProvider) -> bool:
    quirks = provider.vendor.quirks
    return quirks.open_models or bool(quirks.key_check_path) or not quirks.models_path


def _said(message: str, begun: Finding) -> str:
    """What a provider said, beside its name: without the name."""
    message = message.removeprefix(f"{begun.label} ")
    return _quoted(f"the {message[4:]}" if message.startswith("The ") else message)


def _quoted(message: str) -> str:
    return clean_line(redact(message), 300)
