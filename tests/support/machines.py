"""Several libraries that share one hub, each as if on a machine of its own."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tui.store import conversations
from tui.store.connection import connect
from tui.store.journal import Journal
from tui.store.migrations import migrate
from tui.store.transaction import atomically
from tui.sync.address import read_address
from tui.sync.exchange import Exchanged, exchange, meet
from tui.sync.hub import Hub

T = TypeVar("T")


class SharingMachine:
    """A library in memory, or in a file of `home`, and its connection to the hub once there is one."""

    def __init__(self, url: str, home: Path | None = None) -> None:
        self._url = url
        if home is None:
            self.connection = sqlite3.connect(":memory:", isolation_level=None)
            self.connection.execute("PRAGMA foreign_keys = ON")
        else:
            home.mkdir(parents=True, exist_ok=True)
            (home / "chats.db").touch()
            self.connection = connect(home / "chats.db")
            self.connection.execute("PRAGMA journal_mode = WAL")
        migrate(self.connection)
        self.journal = Journal(self.connection)
        self.hub: Hub | None = None

    def run(self, work: Callable[..., T], *given: Any, **named: Any) -> T:
        """Do something to the library, as one transaction."""
        return atomically(self.connection, work, *given, **named)

    def meet(self) -> Exchanged:
        """Exchange all there is with the hub."""
        if self.hub is None:
            self.hub = Hub.connect(read_address(self._url))
            meet(self.journal, self.hub)
        return exchange(self.journal, self.hub)

    def part(self) -> None:
        """Lose the connection."""
        if self.hub is not None:
            self.hub.close()
            self.hub = None

    @property
    def texts(self) -> list[str]:
        """What is said in all chats, sorted."""
        return sorted(text for (text,) in self.connection.execute("SELECT text FROM messages"))

    def branch(self, chat: str) -> list[str]:
        """What is shown of a chat."""
        return [message.text for message in conversations.branch(self.connection, chat)]


@contextmanager
def machines(url: str, count: int = 2) -> Iterator[list[SharingMachine]]:
    """Some of them with empty libraries in memory."""
    made = [SharingMachine(url) for _ in range(count)]
    try:
        yield made
    finally:
        for one in made:
            one.part()
            one.connection.close()


def settled(all_of_them: list[SharingMachine]) -> None:
    """Let everybody hear of everything: the last one to tell is heard by the others in the second round."""
    for _ in range(2):
        for one in all_of_them:
            one.meet()


def empty_hub(url: str) -> None:
    """Take all out of a hub, if there is one: it is another one then."""
    hub = Hub.connect(read_address(url))
    try:
        if hub.facts().version:
            hub._connection.execute("TRUNCATE chinwag.cells, chinwag.contents, chinwag.machines")
            hub._connection.execute("UPDATE chinwag.meta SET hub = gen_random_uuid()")
    finally:
        hub.close()
