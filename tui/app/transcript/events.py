"""What the transcript posts: what a reader wants of the screen, and how far a search has come.

They are known as `Transcript.CopyRequested` and so on, and handlers are named after that.
"""

from typing import TYPE_CHECKING

from textual.message import Message

from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.app.transcript.openables import Openable
    from tui.chat.tools.questions import ToolQuestion


@dataclass
class CopyRequested(Message, namespace="transcript"):
    """The reader wants `text` (portable) in the clipboard; `what` says what it is, such as "message" or "code"."""

    text: str
    what: str


@dataclass
class LinkOpened(Message, namespace="transcript"):
    """The reader clicked a link whose target was checked: http, https or mailto."""

    href: str


@dataclass
class OpenRequested(Message, namespace="transcript"):
    """The reader wants to see one of these, which are all that can be opened in a message; may be empty."""

    openables: list["Openable"]


@dataclass
class MessageFocused(Message, namespace="transcript"):
    """The keys act on another message; its id is "" when they act on none."""

    message_id: str


@dataclass
class FindRequested(Message, namespace="transcript"):
    """The reader wants to look for something in this chat."""


@dataclass(frozen=True, slots=True)
class Found:
    """How far a search has come.

    Attributes:
        current: number of the place where the reader is, from 1; 0 for none.
        total: how many there are, as far as it has come.
        done: whether all was searched.
    """

    current: int
    total: int
    done: bool


@dataclass
class Searched(Message, namespace="transcript"):
    """How far the search has come."""

    found: Found


@dataclass
class ActionChosen(Message, namespace="transcript"):
    """The reader wants something done with a message: "model", "key", or the id of a command of the transcript."""

    message_id: str
    action: str


@dataclass
class ToolAnswered(Message, namespace="transcript"):
    """The reader answers what is asked about a call of a reply: "allow", "allow_chat", "deny" or "stop"."""

    message_id: str
    call_id: str
    answer: str
    question: "ToolQuestion"
