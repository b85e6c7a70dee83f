"""What a server lacks before it can be started, found without starting it."""

import importlib.util
import shutil
from collections.abc import Mapping
from pathlib import Path

from tui.mcp.config import ServerConfig
from tui.mcp.references import references_in, unset_variables
from tui.text import clean_line

INSTALL = "pip install 'chinwag[mcp]'"


def sdk_installed() -> bool:
    """Whether the extra is there without which no server can be spoken to."""
    return importlib.util.find_spec("mcp") is not None


def lacking(server: ServerConfig, environ: Mapping[str, str] | None = None) -> str:
    """What is missing in this environment, half a sentence; "" when nothing is known to be."""
    if unset := unset_variables(server, environ):
        return f"{' and '.join(unset)} not set"
    if server.command and not references_in(server.command[0]) and not _program_found(server):
        return f"no program {clean_line(server.command[0], 60)}"
    if server.folder and not references_in(server.folder) and not Path(server.folder).is_dir():
        return f"no folder {clean_line(server.folder, 100)}"
    return ""


def _program_found(server: ServerConfig) -> bool:
    program = server.command[0]
    if "/" in program and server.folder and not Path(program).is_absolute():
        program = str(Path(server.folder) / program)
    return shutil.which(program) is not None
