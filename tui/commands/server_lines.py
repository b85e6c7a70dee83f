"""MCP servers in words: what each starts or asks, and what it lacks. Secrets are left out, all else is cleaned."""

import shlex
from typing import TYPE_CHECKING

from tui.text import clean_line, redact

if TYPE_CHECKING:
    from tui.mcp.config import ServerConfig


def target(server: "ServerConfig", limit: int = 200) -> str:
    """The command as a shell would take it, or the address; "…" stands for a key or a password."""
    from tui.mcp.secrets import masked

    shown = masked(server)
    return clean_line(
        redact(shown.url or " ".join(word if word == "…" else shlex.quote(word) for word in shown.command)), limit
    )


def state(server: "ServerConfig") -> str:
    """Whether it can be used as far as that can be seen without starting it."""
    from tui.mcp.readiness import lacking

    return lacking(server) or ("" if server.enabled else "off")
