"""What a message consists of, in the order in which it came: text, thoughts, tool calls, attachments, notices.

The one set of values that the reply under way, the stored message and the screen share. Raw text, cleaned where it is
drawn. Knows neither the engine's message types nor the screen.
"""

from typing import Literal

from tui.chat.tools.questions import Approval, ToolQuestion
from tui.dataclass import dataclass

ToolState = Literal["asking", "running", "done", "failed", "denied", "interrupted"]
"""Where a call stands: the person is asked, it runs, or it has ended."""


@dataclass(frozen=True, slots=True)
class TextContent:
    """Words of a person or a model, as Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class ThinkingContent:
    """Thoughts of a model.

    Attributes:
        duration_s: seconds from the first thought to what followed; None when unknown.
        tokens: None when unknown.
    """

    text: str
    duration_s: float | None = None
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class AttachmentContent:
    """A file that belongs to a prompt.

    Attributes:
        name: as the person knows it; raw. What it is, in words, where no name was kept; the address of one by its URL.
        media_type: such as "image/png"; "" when unknown.
        size_bytes: None when unknown, as of a file that the provider fetches.
        hash: hex SHA-256 under which the library has its content; "" where the content is not kept apart.
    """

    name: str
    media_type: str
    size_bytes: int | None
    hash: str = ""


@dataclass(frozen=True, slots=True)
class ToolCallContent:
    """A call of a tool, with what came of it.

    Attributes:
        call_id: the id that the model or the engine gave to the call.
        arguments: JSON text, as the model wrote it.
        result: what the tool returned, as text; "" until it did. While it runs, how far it is, in its own words.
        duration_s: seconds that it ran; None when unknown.
        server: who has the tool; "" when unknown.
        question: what the person is asked, in the state "asking".
        approval: why it was allowed to run; "" when unknown.
        files: what the tool returned besides.
    """

    call_id: str
    name: str
    arguments: str
    result: str = ""
    state: ToolState = "running"
    duration_s: float | None = None
    server: str = ""
    question: ToolQuestion | None = None
    approval: Approval | Literal[""] = ""
    files: tuple[AttachmentContent, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticeContent:
    """One sentence of the app itself inside a message, such as why a part is missing."""

    text: str


MessageContent = TextContent | ThinkingContent | ToolCallContent | AttachmentContent | NoticeContent
