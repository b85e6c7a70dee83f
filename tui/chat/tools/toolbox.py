"""The tools of one turn, as the engine takes them: each call is decided on, asked about where it must be, then run."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol

from tui.chat.prompt import PromptAttachment
from tui.chat.tools.offer import BUILT_IN, RESULT_BYTES, ToolOffer, ToolOutput, capped, progress_told
from tui.chat.tools.policy import Exposure, agreement, asked_each_time, decide
from tui.chat.tools.questions import NOT_ALLOWED, Approval, ToolAnswer, ToolQuestion
from tui.chat.tools.rules import ToolRules
from tui.text import storable

if TYPE_CHECKING:
    from tui.agent.messages import ToolCallPart, ToolReturn
    from tui.agent.tools import RunContext, Tool
    from tui.chat.settings import ChatSettings
    from tui.chat.tools.agreements import Agreements

TOOL_S = 60.0
"""How long a tool of the program's own may take. A server has a time-out of its own, which stands still while the
person fills in its form."""
ROUNDS = 10
"""Rounds of tools that a prompt has before the person is asked whether to go on."""
MOST_A_MINUTE = 30
"""Calls of one server in a minute."""
_MOST_RETRIES = 2
_running: ContextVar[str | None] = ContextVar("id of the call that was allowed to run", default=None)
_MOST_FILES = 8
_LARGEST_FILE = 5_000_000
"""Bytes of one image, as most providers take it."""
_LAST_REQUESTS = 2
"""Requests that are left to a model that is to answer with what it has."""


def _goes_along(file: PromptAttachment) -> bool:
    """Whether a model can be shown a file; what it cannot be shown, it is told of by the tool's words."""
    shown = file.media_type.startswith("image/") or file.media_type == "application/pdf"
    return shown and len(file.data) <= _LARGEST_FILE


class ToolHost(Protocol):
    """The reply in which tools are called."""

    async def ask(self, question: ToolQuestion) -> ToolAnswer:
        """Ask the person about a call; several may be asked about at once."""

    def allowed(self, call_id: str, approval: Approval) -> None:
        """A call runs from now on, and why."""

    def progress(self, call_id: str, text: str) -> None:
        """How far a call is, in its own words."""

    def waiting(self, text: str) -> None:
        """What the reply waits for before the model is asked, in a sentence."""

    async def keep(self, files: Sequence[PromptAttachment]) -> None:
        """Keep files with the reply; what the disk refuses is lost."""


class ToolSource(Protocol):
    """Knows what tools there are."""

    async def toolbox(self, conversation_id: str, settings: "ChatSettings", host: ToolHost) -> "Toolbox | None":
        """What a turn offers; None for nothing. May wait until servers have started."""


class Toolbox:
    """What one turn offers.

    Args:
        offers: gives the tools that there are; asked before each request, as servers come and go.
        rules: what is set for each; one of which nothing is set is not offered.
        host: the reply in which they are called.
        agreements: what was agreed to in this chat; grows.
        clock: seconds that only grow.

    Attributes:
        rules: may be set otherwise while the turn goes on, and hold from the next call on.
        limit_requests: is called with the number of the last request that may be made; set by whoever runs the turn.
    """

    def __init__(
        self,
        offers: Callable[[], Sequence[ToolOffer]],
        rules: ToolRules,
        host: ToolHost,
        agreements: "Agreements",
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._all = offers
        self._offers: dict[str, ToolOffer] = {}
        self._tools: dict[str, tuple[ToolOffer, Tool[None]]] = {}
        self.rules = rules
        self._host = host
        self._agreements = agreements
        self._clock = clock
        self._exposure = Exposure()
        self._rounds = ROUNDS
        self._ended = False  # the person wants an answer, and no more calls
        self._asking_to_go_on = asyncio.Lock()
        self._denied: set[tuple[str, str]] = set()
        self._approvals: dict[str, Approval] = {}
        self._called_at: dict[str, deque[float]] = {}
        self.limit_requests: Callable[[int], None] = lambda number: None

    @property
    def most_requests(self) -> int:
        """Requests that the turn may make as things are: the rounds of tools, and the answer."""
        return self._rounds + 1

    def server_of(self, called: str) -> str:
        """Who has the tool that a model calls by this name; "" for none."""
        offer = self._offers.get(called)  # by the last request
        return "" if offer is None else offer.server

    def engine_tools(self, context: "RunContext[Any]") -> "list[Tool[None]]":
        """What the next request offers, for the engine, which asks `approve` before each call."""
        self._look()
        return [self._known_tool(called, offer) for called, offer in self._offers.items()]

    def _look(self) -> None:
        self._offers = {}
        for offer in self._all() if not self._ended else ():
            if self.rules.of_tool(offer) not in (None, "deny"):
                called, number = offer.called, 2
                while called in self._offers:  # "b_c" of a server "a" would take the place of "c" of "a_b"
                    called, number = f"{offer.called}_{number}", number + 1
                self._offers[called] = offer

    def _known_tool(self, called: str, offer: ToolOffer) -> "Tool[None]":
        known = self._tools.get(called)
        if known is None or known[0] is not offer:
            known = self._tools[called] = (offer, self._engine_tool(called, offer))
        return known[1]

    def _engine_tool(self, called: str, offer: ToolOffer) -> "Tool[None]":
        from tui.agent.tools import Tool

        @wraps(offer.function)
        async def run(*arguments: Any, **named: Any) -> Any:
            return await self._run(offer, arguments, named)

        options: dict[str, Any] = {"max_retries": _MOST_RETRIES, "requires_approval": True}
        if offer.schema is None:
            return Tool(run, takes_ctx=False, name=called, **options)
        return Tool.from_schema(run, called, offer.description, dict(offer.schema), **options)

    def note_history(self, called: Collection[str], *, files: bool, searched: bool) -> None:
        """What is in the chat already.

        Args:
            called: names of the tools that were called; what an unknown one returned is foreign as well.
            files: files went along: nobody vouches for what is in them, and they are the person's own.
            searched: the provider has searched the web for an answer.
        """
        self._look()
        known = [offer for name in called if (offer := self._offers.get(name)) is not None]
        foreign = files or searched or len(known) < len(called) or any(offer.foreign for offer in known)
        self._exposure |= Exposure(foreign, files or any(offer.private for offer in known))

    # A call.

    async def _run(self, offer: ToolOffer, arguments: Sequence[Any], named: Mapping[str, Any]) -> "ToolReturn":
        """Call a tool, and keep what it gives back besides words; what nobody has allowed is not called."""
        from tui.agent.messages import NamedContent, ToolReturn

        call_id, began = _running.get(), self._clock()
        if call_id is None:
            return ToolReturn("Not called: its arguments cannot be read.", outcome="failed")
        told = progress_told.set(lambda text: self._host.progress(call_id, text))
        try:
            # Servers have limits of their own.
            async with asyncio.timeout(TOOL_S if offer.server == BUILT_IN else None) as limit:
                output = await offer.function(*arguments, **named)
        except TimeoutError:
            if not limit.expired():
                raise
            output = ToolOutput(f"It did not end within {TOOL_S:.0f} s.", failed=True)
        finally:
            progress_told.reset(told)
        if isinstance(output, str):
            output = ToolOutput(output)
        files = list(output.files)
        if len(output.text.encode("utf-8", "replace")) > RESULT_BYTES:
            files.append(PromptAttachment(f"{offer.name}.txt", "text/plain", storable(output.text).encode()))
        await self._host.keep(files)
        text = capped(output.text)
        sent = [file for file in output.files if _goes_along(file)][:_MOST_FILES]
        metadata = {
            "server": offer.server,
            "approval": self._approvals.get(call_id, ""),
            "duration_ms": round((self._clock() - began) * 1000),
            "files": [file.reference() for file in files],
        }
        return ToolReturn(
            [text, *(NamedContent(file.data, file.media_type, name=file.name) for file in sent)] if sent else text,
            metadata={name: value for name, value in metadata.items() if value not in ("", [])},
            outcome="failed" if output.failed else "success",
        )

    async def approve(self, context: "RunContext[Any]", call: "ToolCallPart") -> "bool | ToolReturn":
        """Whether a call may run; if not, what the model is told, and whose tool it was."""
        from tui.agent.messages import ToolReturn

        offer, _ = self._tools[call.tool_name]
        answer = await self._approve(context, call, offer)
        return answer if isinstance(answer, bool) else ToolReturn(answer, metadata={"server": offer.server})

    async def _approve(self, context: "RunContext[Any]", call: "ToolCallPart", offer: ToolOffer) -> bool | str:
        try:
            arguments = call.args_as_dict()
        except (ValueError, AssertionError):
            return True  # the tool refuses it without being run, and the model is told what is wrong
        question = self._question(call, offer, arguments)
        if not await self._goes_on(context.run_step, question):
            return "The user wants no more calls for now. Answer with what you have."
        if self._too_often(offer.server):
            return f"Not called: {MOST_A_MINUTE} calls in a minute are the most. Go on with what you have."
        return await self._permit(offer, arguments, question)

    def _question(self, call: "ToolCallPart", offer: ToolOffer, arguments: Mapping[str, Any]) -> ToolQuestion:
        return ToolQuestion(
            call.tool_call_id or "",
            offer.id,
            offer.server,
            offer.description,
            call.args_as_json_str(),
            offer.target(arguments),
            offer.sends,
            self._exposed(offer).foreign,
            self._exposure.private,
            each_time=asked_each_time(offer, arguments, exposed=self._exposed(offer).any),
        )

    def _exposed(self, offer: ToolOffer) -> Exposure:
        """What a call could carry out. What other servers say of their tools is read by the model, too."""
        described = any(one.foreign and one.server not in (BUILT_IN, offer.server) for one in self._offers.values())
        return self._exposure | Exposure(foreign=described)

    async def _goes_on(self, step: int, question: ToolQuestion) -> bool:
        """Whether there may be one more round of tools; the first call of a round too many asks for all of them."""
        async with self._asking_to_go_on:
            if step > self._rounds and not self._ended:
                answer = await self._host.ask(replace(question, rounds=self._rounds))
                if answer.allowed == "no":
                    self._ended = True
                    self.limit_requests(step + _LAST_REQUESTS)
                else:
                    self._rounds += ROUNDS
                    self.limit_requests(self.most_requests)
            return not self._ended

    def _too_often(self, server: str) -> bool:
        calls, now = self._called_at.setdefault(server, deque()), self._clock()
        while calls and now - calls[0] >= 60:
            calls.popleft()
        if len(calls) >= MOST_A_MINUTE:
            return True
        calls.append(now)
        return False

    async def _permit(self, offer: ToolOffer, arguments: Mapping[str, Any], question: ToolQuestion) -> bool | str:
        rule = self.rules.of_tool(offer) or "ask"
        changed = self._agreements.is_changed(offer)
        decision = decide(
            offer,
            arguments,
            rule=rule,
            agreed=self._agreements.known,
            exposed=self._exposed(offer).any,
            changed=changed,
        )
        same = (offer.id, question.arguments)
        approval: Approval = "rule" if rule == "allow" else "chat"
        if decision == "refuse" or same in self._denied:
            return "The user does not allow this."
        if decision == "ask":
            answer = await self._host.ask(replace(question, changed=changed))
            if answer.allowed == "no":
                self._denied.add(same)
                return f"{NOT_ALLOWED} {answer.word}".rstrip()
            approval = answer.allowed
            if answer.allowed == "chat":
                await self._agreements.agree(agreement(offer, arguments))
        await self._agreements.note(offer)
        self._approvals[question.call_id] = approval
        self._host.allowed(question.call_id, approval)
        _running.set(question.call_id)  # the engine runs it in the task that has asked
        self._exposure |= Exposure(offer.foreign, offer.private)
        return True
