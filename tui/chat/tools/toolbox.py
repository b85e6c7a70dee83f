"""The tools of one turn, as the engine takes them: each call is decided on, asked about where it must be, then run."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tui.chat.tools.offer import ToolOffer
from tui.chat.tools.policy import Agreement, Rule, agreement, decide

if TYPE_CHECKING:
    from tui.agent.messages import ToolCallPart
    from tui.agent.tools import RunContext, Tool

TOOL_S = 60.0
"""How long a tool may take."""
_MOST_RETRIES = 2


@dataclass(frozen=True, slots=True)
class ToolQuestion:
    """A call that a person is asked about.

    Attributes:
        call_id: of the call.
        offer: the tool.
        arguments: all of them, as the model gave them; raw.
        target: where it leads, see `ToolOffer`.
        foreign, private: what tools have brought into the chat, see `ToolOffer`.
    """

    call_id: str
    offer: ToolOffer
    arguments: str
    target: str
    foreign: bool
    private: bool


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a person says to a call.

    Attributes:
        allowed: "once" for this call, "chat" for all of its kind in this chat, "no".
        word: why not, for the model.
    """

    allowed: Literal["once", "chat", "no"]
    word: str = ""


Asker = Callable[[ToolQuestion], Awaitable[ToolAnswer]]


class Toolbox:
    """What one turn offers.

    Args:
        offers: the tools that are switched on.
        rules: what is set for each, by its id; "ask" for one that is not there.
        ask: asks the person.
        agreed: what was agreed to in this chat; grows.
    """

    def __init__(
        self,
        offers: Sequence[ToolOffer],
        rules: Mapping[str, Rule],
        ask: Asker,
        *,
        agreed: set[Agreement] | None = None,
    ) -> None:
        self._offers = {offer.name: offer for offer in offers}
        self._rules = rules
        self._ask = ask
        self._agreed = set() if agreed is None else agreed
        self._foreign = self._private = False

    def engine_tools(self) -> "list[Tool[None]]":
        """The same for the engine, which asks `approve` before each call."""
        from tui.agent.tools import Tool

        return [
            Tool(
                offer.function, takes_ctx=False, name=name,
                max_retries=_MOST_RETRIES, timeout=TOOL_S, requires_approval=True,
            )
            for name, offer in self._offers.items()
        ]  # fmt: skip

    def note_history(self, called: Collection[str], *, searched: bool = False) -> None:
        """Tools of these names were called earlier in the chat; what an unknown one returned is foreign as well.

        So is what a provider has found for an answer, where it `searched` the web by itself.
        """
        known = [offer for name in called if (offer := self._offers.get(name)) is not None]
        self._foreign = searched or len(known) < len(called) or any(offer.foreign for offer in known)
        self._private = any(offer.private for offer in known)

    async def approve(self, context: "RunContext[Any]", call: "ToolCallPart") -> bool | str:
        """Whether a call may run; a text says to the model why not."""
        offer = self._offers[call.tool_name]
        try:
            arguments = call.args_as_dict()
        except (ValueError, AssertionError):
            return True  # the tool refuses it without being run, and the model is told what is wrong
        rule, exposed = self._rules.get(offer.id, "ask"), self._foreign or self._private
        decision = decide(offer, arguments, rule=rule, agreed=self._agreed, exposed=exposed)
        if decision == "refuse":
            return "The user does not allow this tool."
        if decision == "ask":
            target = offer.target(arguments)
            question = ToolQuestion(
                call.tool_call_id or "", offer, call.args_as_json_str(), target, self._foreign, self._private
            )
            answer = await self._ask(question)
            if answer.allowed == "no":
                return f"The user did not allow this call. {answer.word}".rstrip()
            if answer.allowed == "chat":
                self._agreed.add(agreement(offer, arguments))
        self._foreign |= offer.foreign
        self._private |= offer.private
        return True
