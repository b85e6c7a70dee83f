"""What goes up into a tab's own folder, and down from there. The folder is private and goes with the tab."""

import asyncio
import os
import re
import shutil
from pathlib import Path
from secrets import token_urlsafe
from urllib.parse import quote

from aiohttp import web

from tui.figures import size
from tui.text import clean_line

MOST_FILE_BYTES = 64_000_000
MOST_TAB_BYTES = 256_000_000
_CHUNK = 1 << 16


def harmless_name(name: str) -> str:
    """The last part of a path that a browser has named, as a file of ours may be called."""
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(character for character in clean_line(last, 120) if character.isprintable()).strip().lstrip(".")
    return kept.encode()[-200:].decode(errors="ignore") or "file"


class Uploads:
    """What a tab has got.

    Args:
        folder: the tab's own, which is there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self._bytes = 0

    async def take(self, request: web.Request, name: str) -> Path:
        """Write what a request brings.

        Raises:
            web.HTTPException: it is too much, or cannot be written; nothing of it is left.
        """
        if (request.content_length or 0) > min(MOST_FILE_BYTES, MOST_TAB_BYTES - self._bytes):
            raise _too_large(request.content_length or 0)
        self._number += 1
        folder = self._folder / str(self._number)
        path = folder / harmless_name(name)
        taken = 0
        try:
            folder.mkdir(mode=0o700)
            with path.open("xb") as file:
                async for chunk in request.content.iter_chunked(_CHUNK):
                    taken += len(chunk)
                    self._bytes += len(chunk)
                    if taken > MOST_FILE_BYTES or self._bytes > MOST_TAB_BYTES:  # others come at the same time
                        raise _too_large(taken)
                    file.write(chunk)
        except BaseException as error:
            self._bytes -= taken
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError) and not isinstance(error, ConnectionError):
                raise web.HTTPInsufficientStorage(text=f"It cannot be kept: {error.strerror}.\n") from error
            raise
        return path


def _too_large(given: int) -> web.HTTPException:
    text = f"It is too large: a file may have {size(MOST_FILE_BYTES)}, and all of a tab {size(MOST_TAB_BYTES)}.\n"
    return web.HTTPRequestEntityTooLarge(MOST_FILE_BYTES, given, text=text)


class Downloads:
    """What a browser may fetch, each once, by a name that cannot be guessed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._paths: dict[str, Path] = {}

    def offer(self, path: Path) -> str | None:
        """Let a file go; returns the name under which it is fetched, None for what does not lie in the folder."""
        if not path.resolve().is_relative_to(self._folder) or not path.is_file():
            return None
        key = token_urlsafe(24)
        self._paths[key] = path
        return key

    async def send(self, key: str, request: web.Request) -> web.StreamResponse | None:
        """Send a file, and remove it; None when there is none of that name."""
        path = self._paths.pop(key, None)
        if path is None:
            return None
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(path.name, safe='')}",
            "Content-Type": "application/octet-stream",
        }
        response = web.StreamResponse(headers=headers)
        try:
            with path.open("rb") as file:
                response.content_length = os.fstat(file.fileno()).st_size
                await response.prepare(request)
                while data := await asyncio.to_thread(file.read, _CHUNK):
                    await response.write(data)
                await response.write_eof()
        finally:
            path.unlink(missing_ok=True)
        return response
