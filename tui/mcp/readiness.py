"""What a server lacks before it can be started, found without starting it."""

import importlib.util
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from tui.files import expanded, is_folder
from tui.mcp.config import ServerConfig
from tui.mcp.references import references_in
from tui.mcp.resolving import unset_variables
from tui.text import clean_line


def sdk_installed() -> bool:
    """Whether the extra is there without which no server can be spoken to."""
    return importlib.util.find_spec("mcp") is not None


def program_of(server: ServerConfig) -> str | None:
    """The path of a server's program; None when there is none. A path such as "./run" begins at the server's folder."""
    name = server.command[0]
    if os.sep in name:
        name = str(expanded(server.folder or os.curdir).absolute() / expanded(name))
    found = shutil.which(name, path=server.env.get("PATH") or os.environ.get("PATH", os.defpath))
    return found and str(Path(found).absolute())


def lacking(server: ServerConfig, environ: Mapping[str, str] | None = None) -> str:
    """What is missing in this environment, half a sentence; "" when nothing is known to be."""
    if unset := unset_variables(server, environ):
        return f"{' and '.join(unset)} not set"
    if server.folder and not references_in(server.folder) and not is_folder(expanded(server.folder)):
        return f"no folder {clean_line(server.folder, 100)}"
    known = not any(map(references_in, (*server.command[:1], server.folder, server.env.get("PATH", ""))))
    if server.command and known and program_of(server) is None:
        return f"no program {clean_line(server.command[0], 60)}"
    return ""
