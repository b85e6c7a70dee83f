"""Shares the library with other machines, behind everything else. Knows neither a server nor a screen."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from tui.chat.credentials.lookup import KeyLookup, KeyPlaces
from tui.chat.loading import unattended
from tui.errors import ChinwagError

if TYPE_CHECKING:
    from tui.config import LibraryConfig, ProviderConfig
    from tui.store.database import Database
    from tui.sync.runner import Runner

PASSWORD_VARIABLE = "CHINWAG_LIBRARY_PASSWORD"
LAST_S = 2.0
"""How long the end of the program waits for what was written last to be told."""
ONCE_S = 1.0
"""The same where nothing was shared until then: a question whose answer was printed."""
_PATIENCE_S = 5.0
"""A server that is started anew is back by then."""


class Sharing:
    """Begins with `start`, in the app; a program that only writes once tells it when it ends.

    Args:
        config: where the library is shared; None where it is not.
        database: the library; one that is not saved is shared with nobody.
        keys: where the password is.
    """

    def __init__(self, config: "LibraryConfig | None", database: "Database", keys: KeyLookup) -> None:
        self._config = config if database.path is not None and not database.read_only else None
        self._database = database
        self._keys = keys
        self._runner: Runner | None = None
        self._told, self._told_refusal = "", False

    @property
    def shown(self) -> str:
        """How the library stands with the others, in some words; "" where it is not shared."""
        return self._runner.status.text if self._runner is not None else ""

    @property
    def refused(self) -> bool:
        """Whether the server takes nothing until somebody acts."""
        return self._runner is not None and self._runner.status.condition == "refused"

    async def start(self, heard: Callable[[], None]) -> None:
        """Share from now on; `heard` is called when something has come from another machine."""
        if self._config is None or self._database.path is None or self._runner is not None:
            return
        password = await self._password()
        from tui.sync.runner import Runner

        loop = asyncio.get_running_loop()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(heard)

        self._runner = Runner(self._database.path, self._config.address, password, tell, self._database.run_waiting)
        self._database.after_write = self._runner.wake
        self._runner.start()

    def news(self, now_s: float) -> tuple[str, bool]:
        """What a person must know that has become so, a sentence, once; and whether it stays so until they act.

        `now_s` is `time.monotonic`.
        """
        if self._runner is None:
            return "", False
        status = self._runner.status
        if status.condition not in ("offline", "refused"):
            if status.condition == "current" or self._told_refusal:  # that one is taken back
                self._told, self._told_refusal = "", False
            return "", False
        if status.problem == self._told or (status.condition == "offline" and now_s - status.since < _PATIENCE_S):
            return "", False
        self._told, self._told_refusal = status.problem, status.condition == "refused"
        return f"{status.problem} Nothing is lost: what you write waits here.", status.condition == "refused"

    async def aclose(self) -> None:
        """Tell what was written last, if that takes no longer than a moment."""
        if self._runner is not None:
            self._database.after_write = lambda: None
            await asyncio.to_thread(self._runner.stop, LAST_S)
            self._runner = None
        elif self._config is not None and self._database.path is not None:
            await self._exchange_once()

    async def _exchange_once(self) -> None:
        from tui.sync.runner import exchange_once

        assert self._config is not None and self._database.path is not None
        with suppress(ChinwagError, TimeoutError):  # it waits, and goes with the next one
            async with asyncio.timeout(ONCE_S):
                password = await self._password()
                await unattended(partial(exchange_once, self._database.path, self._config.address, password, ONCE_S))

    async def _password(self) -> str:
        assert self._config is not None
        return await library_password(self._keys, self._config.password)


async def library_password(keys: KeyLookup, configured: "ProviderConfig | None") -> str:
    """The password of a server; "" where there is none, and libpq looks for one itself (`~/.pgpass`).

    `configured` is where the configuration says that it is.
    """
    key = await keys.fetch(KeyPlaces("library", (PASSWORD_VARIABLE,), configured))
    return key.secret.reveal() if key is not None else ""
