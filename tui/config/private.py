"""Files for their owner's eyes only. Must not know what stands in them."""

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tui.errors import ConfigError
from tui.files import alone, make_private_folder, replace_file


def others_can_read(path: Path) -> bool:
    """Whether the group or the world may read or write `path` (POSIX; elsewhere False)."""
    return os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def write_private(path: Path, data: bytes) -> None:
    """Replace `path` by `data` in one step, mode 0600, in a folder of 0700 that is made if need be.

    Raises:
        ConfigError: the folder cannot be made or written.
    """
    try:
        make_private_folder(path.parent)
        replace_file(path, data)
    except OSError as error:
        raise _unwritable(path, error) from error


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """Hold a file while it is read and written anew: another change, in whatever window or thread, waits for its turn.

    Raises:
        ConfigError: as `write_private`.
    """
    with ExitStack() as held:
        try:
            make_private_folder(path.parent)
            held.enter_context(alone(path.with_name(f".{path.name}.lock")))
        except OSError as error:
            raise _unwritable(path, error) from error
        yield


def _unwritable(path: Path, error: OSError) -> ConfigError:
    why = error.strerror or "another Chinwag holds it"
    return ConfigError(f"{path} cannot be written: {why}.", "Check the folder's permissions and free space.")
