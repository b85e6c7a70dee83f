"""Files for their owner's eyes only. Must not know what stands in them."""

import os
import stat
from pathlib import Path

from tui.errors import ConfigError
from tui.files import replace_file


def others_can_read(path: Path) -> bool:
    """Whether the group or the world may read or write `path` (POSIX; elsewhere False)."""
    return os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def write_private(path: Path, data: bytes) -> None:
    """Replace `path` by `data` in one step, mode 0600, in a folder of 0700 that is made if need be.

    Raises:
        ConfigError: the folder cannot be made or written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, data)
    except OSError as error:
        hint = "Check the folder's permissions and free space."
        raise ConfigError(f"{path} cannot be written: {error.strerror}.", hint) from error
