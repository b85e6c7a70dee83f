"""One provider at several addresses: which of them is asked, and which is left alone for a while.

Knows no HTTP: who asks says what came of it. A pool is a `Provider` at the first of its addresses, which answers what
is asked of a provider as a whole.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tui.agent.exceptions import ErrorKind, ModelAPIError
from tui.agent.providers.provider import Provider
from tui.agent.providers.vendor import Vendor

_CONNECT_S = 5.0
"""How long one of several servers may take to accept a connection, as another one may be there at once."""
_FIRST_REST_S = 5.0
_LONGEST_REST_S = 300.0
_MOST_CHATS = 1000

_OF_THE_SERVER: frozenset[ErrorKind] = frozenset((
    "network", "dns", "tls", "proxy", "overloaded", "server", "rate_limit", "timeout", "stream_cut", "address",
    "malformed",
))  # fmt: skip
"""Errors that say something about the server that was asked, and nothing about the request."""


@dataclass(eq=False, slots=True)
class PooledServer:
    """One of the servers.

    Attributes:
        provider: it alone, with no retries: there are others.
        busy: requests of this program that it is answering.
        names: of its models; None while they are not known.
        lacks: names that it has said not to know.
        looked: its models were asked for since it last failed.
        rests_until: when it may be asked again, by the pool's clock.
        failures: in a row.
        problem: why it failed last, one sentence; "" once it has answered.
    """

    provider: Provider
    busy: int = 0
    names: frozenset[str] | None = None
    lacks: set[str] = field(default_factory=set)
    looked: bool = False
    rests_until: float = 0.0
    failures: int = 0
    problem: str = ""

    @property
    def place(self) -> str:
        """Its host and port, for people."""
        return self.provider.place

    def has(self, model: str) -> bool | None:
        """Whether it has a model; None when that is not known."""
        if model in self.lacks:
            return False
        return None if self.names is None else not self.names.isdisjoint((model, f"{model}:latest"))

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Count a request while it is under way."""
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1


class ServerPool(Provider):
    """Several servers under one name."""

    def __init__(
        self, vendor: Vendor, base_urls: Sequence[str], *, clock: Callable[[], float] = time.monotonic, **given: Any
    ) -> None:
        """Take the servers in the order in which they are preferred.

        Args:
            vendor: a row, the same for all.
            base_urls: where they are.
            clock: seconds.
            given: what `Provider` takes besides: key, headers, route, policy, client.
        """
        super().__init__(vendor, base_url=base_urls[0], **given)
        self._clock = clock
        self._own: OrderedDict[Hashable, PooledServer] = OrderedDict()
        self.servers = tuple(PooledServer(self._alone(url, given)) for url in base_urls)

    def _alone(self, url: str, given: dict[str, Any]) -> Provider:
        server = Provider(self.vendor, base_url=url, **given)
        policy = replace(server.policy, retries=0, connect_s=min(server.policy.connect_s, _CONNECT_S))
        return Provider(self.vendor, base_url=url, **{**given, "policy": policy})

    @property
    def problems(self) -> list[str]:
        """Why servers could not be asked the last time, one sentence each."""
        return [server.problem for server in self.servers if server.problem]

    def order(self, model: str, chat: Hashable = None) -> list[PooledServer]:
        """Whom to ask for a model, best first.

        Those that have failed come last; else the fewest requests under way count, where a chat's own server, whose
        cache has what was said, counts one less than it has. A server that is known not to have the model is left out,
        unless none has it.

        Args:
            model: its name.
            chat: what tells one chat from others.
        """
        now, own = self._clock(), self._own.get(chat)
        having = [server for server in self.servers if server.has(model) is not False] or list(self.servers)

        def rank(server: PooledServer) -> tuple[float, int, bool]:
            return max(server.rests_until - now, 0.0), server.busy - (server is own), server is not own

        return sorted(having, key=rank)

    def answered(self, server: PooledServer, chat: Hashable = None) -> None:
        """A server has begun to answer: it is well, and has the chat in its cache from now on."""
        server.failures, server.rests_until, server.problem = 0, 0.0, ""
        self._own[chat] = server
        self._own.move_to_end(chat)
        if len(self._own) > _MOST_CHATS:
            self._own.popitem(last=False)

    def own(self, chat: Hashable) -> PooledServer | None:
        """The server that has answered a chat last."""
        return self._own.get(chat)

    def listed(self, server: PooledServer, names: Iterable[str]) -> None:
        """A server has told its models."""
        server.looked, server.names = True, frozenset(names) or None
        server.lacks.clear()

    def failed(self, server: PooledServer, error: ModelAPIError, model: str = "") -> bool:
        """Take note of an error.

        Returns:
            Whether another server may do better.
        """
        if error.kind == "model_not_found":
            server.lacks.add(model)
            return True
        if error.kind not in _OF_THE_SERVER:
            return False
        server.problem, now = error.message, self._clock()
        if server.rests_until <= now:  # of several requests that fail at once the first one counts
            rest_s = min(_FIRST_REST_S * 2**server.failures, _LONGEST_REST_S)
            server.failures += 1
            server.rests_until = now + (rest_s if error.retry_after_s is None else error.retry_after_s)
        server.names, server.looked = None, False  # it may come back with others
        server.lacks.clear()
        return True
