"""What MCP servers offer and answer, as frozen values without the SDK.

Every text is as the server sent it: whoever draws one cleans it. How much of it is kept is bounded by `listing`.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from tui.dataclass import dataclass
from tui.errors import ChinwagError

ServerState = Literal["off", "starting", "ready", "waiting", "failed"]
"""`waiting`: it ended or could not be reached, and is started again at `ServerStatus.retry_at`."""


class McpError(ChinwagError):
    """A server cannot be started or reached, or refuses what it was asked for; the message names it."""


@dataclass(frozen=True, slots=True)
class McpTool:
    """A tool that a server offers.

    Attributes:
        schema: the JSON Schema of its arguments.
        read_only: what the server claims (`readOnlyHint`), None if it says nothing; as the next two, never to be
            believed.
        destructive: `destructiveHint`.
        open_world: `openWorldHint`.
        fingerprint: changes with anything that the model or the person reads of it: its name, texts, schema and hints.
    """

    server: str
    name: str
    title: str = ""
    description: str = ""
    schema: Mapping[str, Any] = field(default_factory=dict)
    read_only: bool | None = None
    destructive: bool | None = None
    open_world: bool | None = None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class McpResource:
    """Something that a server lets be read.

    Attributes:
        uri: its address; with `is_template`, a URI template (RFC 6570) to be filled in.
        size: bytes, None if the server does not say.
    """

    server: str
    uri: str
    name: str
    title: str = ""
    description: str = ""
    media_type: str = ""
    size: int | None = None
    is_template: bool = False


@dataclass(frozen=True, slots=True)
class PromptArgument:
    """One argument of a prompt; all are text."""

    name: str
    description: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class McpPrompt:
    """A prompt that a server offers to a person."""

    server: str
    name: str
    title: str = ""
    description: str = ""
    arguments: tuple[PromptArgument, ...] = ()


@dataclass(frozen=True, slots=True)
class McpContent:
    """One piece of what a server answered: text, bytes, or the address of something that was not fetched.

    Attributes:
        text: set for kind `text`.
        data: set for kind `data`: an image, a sound, or any file; it stands in no repr.
        uri: set for kind `link`, and for text and data that have an address at the server.
        media_type: as the server says, such as `image/png`; empty if it does not.
        name: a name for people, if there is one.
        role: whose words they are in a prompt (`user`, `assistant`); empty elsewhere.
    """

    kind: Literal["text", "data", "link"]
    text: str = field(default="", repr=False)
    data: bytes = field(default=b"", repr=False)
    uri: str = ""
    media_type: str = ""
    name: str = ""
    role: Literal["", "user", "assistant"] = ""


@dataclass(frozen=True, slots=True)
class McpResult:
    """What a tool, a resource or a prompt gave.

    Attributes:
        contents: in the server's order. No bound on a text but that of a message: the caller cuts.
        is_error: the tool says that it failed; the contents say why.
        structured: what it gave as JSON besides, None if nothing. Not checked against the tool's output schema.
    """

    contents: tuple[McpContent, ...] = ()
    is_error: bool = False
    structured: Any = field(default=None, repr=False)

    @property
    def text(self) -> str:
        """All texts, one below the other."""
        return "\n".join(content.text for content in self.contents if content.kind == "text")


@dataclass(frozen=True, slots=True)
class McpProgress:
    """How far a call is, as the server says.

    Attributes:
        done: grows; of `total`, if that is known.
        message: in the server's words.
    """

    done: float
    total: float | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """How a server is.

    Attributes:
        problem: why it is not ready, or what is amiss with one that is; one clean line, empty if nothing is.
        hint: what to do next, one clean line, or empty.
        tools: how many it offers and are kept.
        version: its name and version, in its own words.
        protocol: the protocol's version that was agreed on, such as `2025-11-25`.
        instructions: what it says about its use to a model.
        retry_at: when it is started again, in seconds of the clock that `McpServers` was given.
    """

    name: str
    state: ServerState = "off"
    problem: str = ""
    hint: str = ""
    tools: int = 0
    resources: int = 0
    prompts: int = 0
    version: str = ""
    protocol: str = ""
    instructions: str = ""
    retry_at: float | None = None
