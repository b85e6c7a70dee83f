"""Where a file goes that a person asks for: where it says, or, in a tab of a browser, to the machine that shows it.

There a name alone is a download: it is written into the tab's own folder, from which the browser fetches it. A path
with a folder in it is one of this machine, as in a terminal.
"""

import shutil
import tempfile
from pathlib import Path

from tui.errors import ExportError
from tui.files import expanded
from tui.paths import shortened
from tui.streams import tab_folder


class Download:
    """What is to be written next; in a terminal, no download at all.

    Attributes:
        folder: an empty one of the tab; None in a terminal.
    """

    def __init__(self) -> None:
        self.folder: Path | None = None
        if tab := tab_folder():
            try:
                self.folder = Path(tempfile.mkdtemp(prefix="down-", dir=tab))
            except OSError as error:
                raise ExportError(f"Nothing can be written for the browser: {error.strerror}.") from error

    def offered(self, path: Path) -> str:
        """What is offered for a file of this path."""
        return str(path) if self.folder is None else path.name

    def target(self, typed: str) -> Path:
        """Where it is to be written, absolute."""
        if self.folder is None or "/" in typed or typed.startswith(("~", ".")):
            return expanded(typed).absolute()
        return self.folder / typed

    def named(self, path: Path) -> str:
        """What was written, as a person is told."""
        return path.name if self._holds(path) else shortened(path)

    def file(self, path: Path) -> Path | None:
        """What the browser is to fetch, once it is written: a file, or an archive of a folder; None for nothing."""
        if not self._holds(path):
            return None
        return Path(shutil.make_archive(str(path), "zip", path)) if path.is_dir() else path

    def _holds(self, path: Path) -> bool:
        return self.folder is not None and path.parent == self.folder
