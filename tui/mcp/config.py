"""How a server is configured."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """One MCP server: a program that is started, or an address.

    Attributes:
        command: the program and its arguments.
        env: what stands in its environment besides the minimum.
        folder: where it is started; empty for a folder of its own.
        url: the address of a server that speaks streamable HTTP.
        headers: what is sent to it with every request.
        timeout_s: how long a call may take without a sign of progress.
    """

    name: str
    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    folder: str = ""
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    enabled: bool = True
    timeout_s: float = 60.0

    @property
    def kind(self) -> Literal["stdio", "http"]:
        """How it is spoken to."""
        return "http" if self.url else "stdio"

    @property
    def fingerprint(self) -> str:
        """Changes with what is started or where requests go, not with the values of secrets."""
        facts = "\0".join((*self.command, "", *sorted(self.env), "", self.url))
        return hashlib.sha256(facts.encode()).hexdigest()
