"""Files that only their owner may read, and that are there whole or not at all. Errors are plain `OSError`s.

Must not know what is written: each room turns the errors into its own.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def create_file(path: Path, data: bytes) -> None:
    """Write a new file, mode 0600; a link in its place is not followed.

    Raises:
        FileExistsError: something of that name is there.
        OSError: it could not be written; nothing half-written is left.
    """
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    _write(handle, path, data)


def replace_file(path: Path, data: bytes) -> None:
    """Write a file, mode 0600, in place of the one that is there, which stays whole until then.

    Raises:
        OSError: it could not be written; the old file is as it was.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:80]}.", dir=path.parent)  # mkstemp makes it 0600
    part = Path(name)
    _write(handle, part, data)
    try:
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise


def _write(handle: int, path: Path, data: bytes) -> None:
    """Write the data to an open file and through to the disk; remove the file when that fails."""
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise
