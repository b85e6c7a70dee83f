"""A call of a tool that a person is asked about, and what they say: values only."""

from typing import Literal

from tui.dataclass import dataclass

Approval = Literal["rule", "once", "chat"]
"""Why a call runs: what was set for the tool, a yes to this call, or a yes for this chat, given now or before."""


NOT_ALLOWED = "The user did not allow this call."
"""What a model reads of a call that was denied, before the word of the person."""


@dataclass(frozen=True, slots=True)
class ToolQuestion:
    """A call that a person is asked about. All texts are raw.

    Attributes:
        call_id: of the call.
        tool: the id of its tool, "fetch" or "server:name".
        server: who has the tool, see `ToolOffer`.
        description: what the model reads about the tool.
        arguments: all of them, as the model gave them: JSON text.
        target: where it leads, a host or a path; "" for nowhere.
        sends: words of the chat can leave this machine by it.
        foreign: words from outside are in the chat, and may have asked for the call.
        private: what is the person's own is in the chat, and could be sent.
        changed: the tool describes itself otherwise than when it was agreed to.
        rounds: so many rounds of tools this prompt has had: it is asked whether to go on; 0 when that is no question.
        each_time: such a call is asked about whatever was agreed to, see `policy.asked_each_time`.
    """

    call_id: str
    tool: str
    server: str
    description: str
    arguments: str
    target: str = ""
    sends: bool = False
    foreign: bool = False
    private: bool = False
    changed: bool = False
    rounds: int = 0
    each_time: bool = False

    @property
    def for_chat(self) -> bool:
        """Whether a yes for the whole chat would hold: what could carry something out is asked about each time."""
        return not self.rounds and not self.each_time


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a person says to a call.

    Attributes:
        allowed: "once" for this call, "chat" for all of its kind in this chat, "no".
        word: why not, for the model.
    """

    allowed: Literal["once", "chat", "no"]
    word: str = ""
