"""The embedded models of one program: one child process for each, and memory for all of them together."""

import asyncio
from collections.abc import Sequence
from math import ceil
from pathlib import Path

from tui.agent.exceptions import ModelAPIError
from tui.agent.providers.local import LocalServer, LocalSettings
from tui.agent.providers.local_files import LocalFile, find_local_files, memory_of_machine

_SHARE = 0.75
"""Of the machine's memory, where nobody has set a limit; the rest is for everything else that runs."""


class LocalModels:
    """The embedded models of one program: at most one child process for each file, started on first use.

    Args:
        paths: files and folders to look in, beside the packages.
        log_dir: an existing or possible folder for `local-NAME.log`; None keeps no log.
        start_timeout_s: how long a file may take to load.
        settings: how they are served.
    """

    def __init__(
        self,
        paths: Sequence[Path] = (),
        *,
        log_dir: Path | None = None,
        start_timeout_s: float = 180,
        settings: LocalSettings | None = None,
    ) -> None:
        self._paths = tuple(paths)
        self._log_dir = log_dir
        self._start_timeout_s = start_timeout_s
        self._settings = settings or LocalSettings()
        self._servers: dict[Path, LocalServer] = {}
        self._making_room = asyncio.Lock()

    @property
    def settings(self) -> LocalSettings:
        """How models are served from their next start on."""
        return self._settings

    @settings.setter
    def settings(self, settings: LocalSettings) -> None:
        self._settings = settings
        for server in self._servers.values():
            server.settings = settings

    def files(self) -> tuple[LocalFile, ...]:
        """The models that can be picked now; looks at the disk each time, so a new file is seen without a restart."""
        return find_local_files(self._paths)

    def server(self, name: str) -> LocalServer:
        """The one server of the model `name`; starts nothing yet.

        Raises:
            ModelAPIError: there is no such file.
        """
        files = self.files()
        for file in files:
            if file.name == name:
                make = LocalServer(
                    file,
                    log_dir=self._log_dir,
                    start_timeout_s=self._start_timeout_s,
                    settings=self._settings,
                    make_room=self._make_room,
                )
                return self._servers.setdefault(file.path, make)
        known = ", ".join(file.name for file in files)
        raise ModelAPIError(
            name,
            f'There is no local model "{name}" on this machine.',
            kind="local_model",
            provider="local",
            hint=f"Found: {known}." if known else "Bring one to this machine: chinwag models pull",
        )

    async def let_go(self, file: Path) -> bool:
        """End the child of a file, as before the file is deleted; False if it is answering, and stays."""
        server = self._servers.get(file)
        if server is not None and server.users:
            return False
        if server is not None:
            del self._servers[file]
            await server.aclose()
        return True

    async def aclose(self) -> None:
        """End every child process; takes at most two seconds."""
        servers, self._servers = list(self._servers.values()), {}
        await asyncio.gather(*(server.aclose() for server in servers))

    async def _make_room(self, server: LocalServer) -> None:
        """Let go of models that nobody uses, the one unused longest first, until another one fits beside the rest.

        A limit that was set binds a single model too; the usual share of the memory is a guess, and only says when
        there are too many.
        """
        limit = self._settings.memory_bytes
        async with self._making_room:
            needed = server.memory_bytes
            if limit is not None and needed > limit:
                message = (
                    f"{server.file.name} takes about {_gb(needed)} of memory, and local models may take {_gb(limit)}."
                )
                raise _no_room(
                    server, message, "Set local.memory higher, local.context lower, or pick a smaller model."
                )
            most = limit if limit is not None else round((memory_of_machine() or 0) * _SHARE)
            loaded = [one for one in self._servers.values() if one is not server and one.holds_memory]
            busy = [one for one in loaded if one.users]
            least = needed + sum(one.memory_bytes for one in busy)
            if most and busy and least > most:
                names = " and ".join(one.file.name for one in busy)
                message = (
                    f"There is no room for {server.file.name} (about {_gb(needed)}) beside {names}, still answering."
                )
                raise _no_room(server, message, f"Send again after that reply, or set local.memory to {_gb(least)}.")
            held = sum(one.memory_bytes for one in loaded)
            for one in sorted((one for one in loaded if not one.users), key=lambda one: one.used_at):
                if not most or needed + held <= most:
                    break
                held -= one.memory_bytes
                await one.aclose()


def _no_room(server: LocalServer, message: str, hint: str) -> ModelAPIError:
    return ModelAPIError(server.file.name, message, kind="local_model", provider="local", hint=hint)


def _gb(size_bytes: int) -> str:
    return f"{ceil(size_bytes / 1e8) / 10:.1f} GB"
