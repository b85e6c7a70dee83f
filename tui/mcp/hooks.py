"""What a server may ask of the person, and how it is put to them. Knows neither the SDK nor who answers."""

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, Protocol

from tui.dataclass import dataclass
from tui.mcp.values import McpContent

FieldKind = Literal["text", "number", "integer", "boolean", "choice", "choices"]
FormValue = str | float | int | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormField:
    """One thing that a server wants to know.

    Attributes:
        kind: `choice` takes one of `options`, `choices` any number of them.
        default: what to begin with; None if there is nothing.
        options: what can be chosen, as (value, title).
        format: `email`, `uri`, `date`, `date-time` or empty; for text.
        least: the smallest number, the shortest text, or the fewest choices; None if there is no bound.
        most: the largest number, the longest text, or the most choices.
    """

    name: str
    kind: FieldKind = "text"
    title: str = ""
    description: str = ""
    required: bool = False
    default: FormValue | None = None
    options: tuple[tuple[str, str], ...] = ()
    format: str = ""
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class FormRequest:
    """A form to fill in."""

    server: str
    message: str
    fields: tuple[FormField, ...] = ()


@dataclass(frozen=True, slots=True)
class UrlRequest:
    """A page that the person should visit. It is shown in full, and never opened by itself."""

    server: str
    message: str
    url: str


ElicitRequest = FormRequest | UrlRequest


@dataclass(frozen=True, slots=True)
class ElicitAnswer:
    """What the person did: gave what was asked for, said no, or went away without a word."""

    action: Literal["accept", "decline", "cancel"]
    values: Mapping[str, FormValue] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """A server asks for an answer of a model, at the person's cost.

    Attributes:
        contents: the messages, each content with its role.
        system: a system prompt that the server would like.
        most_tokens: how long the answer may be.
        models: names of models that it would like, best first; hints only.
    """

    server: str
    contents: tuple[McpContent, ...]
    system: str = ""
    most_tokens: int = 0
    temperature: float | None = None
    stop: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SampleAnswer:
    """What a model answered.

    Attributes:
        model: the name of the model that did.
    """

    text: str
    model: str
    stop_reason: str = "endTurn"


@dataclass(frozen=True, slots=True)
class SampleRefusal:
    """The person, or the program, does not want it."""

    reason: str = "The person declined."


class Hooks(Protocol):
    """Who answers servers. Each is awaited or called on the event loop that `McpServers` lives on.

    A call's time-out stands still while one is awaited. A server that goes away, or cancels, cancels it.
    """

    async def elicit(self, request: ElicitRequest) -> ElicitAnswer:
        """Ask the person."""
        ...

    async def sample(self, request: SampleRequest) -> SampleAnswer | SampleRefusal:
        """Let a model answer, or not. Nothing is sent to one before this was called."""
        ...

    async def authorize(self, server: str, url: str) -> None:
        """Show the address at which the person signs in to a server; it is not opened by itself.

        Returns at once: the sign-in itself is waited for elsewhere. Raise `McpError` where nobody can.
        """
        ...

    def log(self, server: str, level: str, text: str) -> None:
        """Take a line that a server wrote to its log; `level` is one of syslog's names, such as `warning`."""
        ...


class NoHooks:
    """Nobody is there: every request is declined, and logs are dropped."""

    async def elicit(self, request: ElicitRequest) -> ElicitAnswer:
        """Decline."""
        return ElicitAnswer("decline")

    async def sample(self, request: SampleRequest) -> SampleAnswer | SampleRefusal:
        """Refuse."""
        return SampleRefusal("Nobody is there to ask.")

    async def authorize(self, server: str, url: str) -> None:
        """Drop it: the wait for the sign-in runs out."""

    def log(self, server: str, level: str, text: str) -> None:
        """Drop it."""
