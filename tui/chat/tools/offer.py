"""What a tool is, for the chat: what the model reads, what it can do, and the function that does it. Pure."""

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any

from tui.chat.prompt import PromptAttachment
from tui.chat.usage import text_tokens
from tui.dataclass import dataclass
from tui.mcp.config import OWN_NAME
from tui.text import storable

BUILT_IN = OWN_NAME
"""The server of the tools that come with the program."""

_FRAME_TOKENS = 12
"""Of a definition besides its words."""

RESULT_BYTES = 256_000
"""How much of a result goes to the model."""


progress_told: ContextVar[Callable[[str], None]] = ContextVar("how a tool that runs says how far it is")


@dataclass(frozen=True, slots=True)
class ToolOutput:
    """What a tool returns: words, and files.

    Attributes:
        failed: the tool says that it has not worked; the words say why.
    """

    text: str
    files: tuple[PromptAttachment, ...] = ()
    failed: bool = False


@dataclass(frozen=True, slots=True)
class ToolOffer:
    """One tool that can be offered to a model.

    Attributes:
        server: who has it: `BUILT_IN`, or the name of an MCP server.
        name: as its server has it.
        description: as the model reads it; raw, cleaned where it is drawn.
        function: what is called; where there is no schema its annotations and docstring describe the arguments.
        schema: JSON schema of the arguments, as a server wrote it; None to make it from the function.
        read_only: what the server says of it; shown, and not believed. None when it says nothing.
        sends: words of the chat can leave this machine by its arguments.
        foreign: what it returns was written by nobody whom the person trusts.
        private: what it returns is the person's own, and nobody else's business.
        target: where a call leads, for the person, from its arguments: a host or a path; "" for nowhere.
    """

    server: str
    name: str
    description: str
    function: Callable[..., Awaitable[str | ToolOutput]]
    schema: Mapping[str, Any] | None = None
    read_only: bool | None = None
    sends: bool = False
    foreign: bool = False
    private: bool = False
    target: Callable[[Mapping[str, Any]], str] = lambda arguments: ""

    @property
    def id(self) -> str:
        """How settings and the shell name it: "fetch", or "server:name"."""
        return self.name if self.server == BUILT_IN else f"{self.server}:{self.name}"

    @property
    def called(self) -> str:
        """How a model calls it, unless another is called so: of two servers' tools of one name, each has its own."""
        return self.name if self.server == BUILT_IN else f"{self.server}_{self.name}"

    @property
    def tokens(self) -> int:
        """What its definition takes of a request; an estimate."""
        schema = json.dumps(self.schema) if self.schema is not None else inspect.getdoc(self.function) or ""
        return text_tokens(f"{self.called} {self.description} {schema}") + _FRAME_TOKENS

    @property
    def fingerprint(self) -> str:
        """Changes with what the model is told of the tool: what was agreed to was this description."""
        import hashlib

        known = [self.server, self.name, self.description, self.sends, self.foreign, self.private]
        told = json.dumps([*known, self.schema], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()


def capped(text: str, limit_bytes: int = RESULT_BYTES) -> str:
    """A result as the model gets it: its beginning, with a word about what is missing."""
    text = storable(text)  # a name in a folder may be no UTF-8
    data = text.encode()
    if len(data) <= limit_bytes:
        return text
    kept = data[:limit_bytes].decode("utf-8", "ignore")
    return f"{kept}\n\n[Cut here: {len(data) - limit_bytes:,} of {len(data):,} bytes are not shown.]"
