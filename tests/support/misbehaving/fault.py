"""A fault: what a server does that it should not, and what is to become of the prompt and the answer."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tests.support.misbehaving.dialects import Dialect
from tests.support.protocol_server import Answer, Step

WORDS = "".join(f"word{number} " for number in range(10))
"""What comes of most answers."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, for which a fault plays an answer.

    Attributes:
        dialect: in which it was asked.
        before: how many requests came before it.
        host: the address of the server, such as "127.0.0.1:8000".
        has_result: the last message holds what a tool said.
    """

    dialect: Dialect
    before: int
    host: str
    has_result: bool = False

    def stream(self, *steps: Step) -> Answer:
        """An answer in which some steps stand between a right beginning and a right end."""
        return self.unended(*steps, *self.dialect.end())

    def unended(
        self, *steps: Step, end: Literal["whole", "cut", "reset"] = "whole", headers: dict[str, str] | None = None
    ) -> Answer:
        """An answer with a right beginning only."""
        return Answer([self.dialect.begin(), *steps], content_type=self.dialect.content_type, end=end,
                      headers=headers or {})  # fmt: skip

    def words(self, text: str = WORDS) -> list[Step]:
        """A text word by word."""
        return [self.dialect.words(f"{word} ") for word in text.split()]

    def raw(self, *steps: Step, head: str, status: str = "200 OK") -> Answer:
        """An answer whose head and framing are as given, and which ends with the connection."""
        lines = [f"HTTP/1.1 {status}", f"content-type: {self.dialect.content_type}", *head.splitlines()]
        return Answer(["\r\n".join([*lines, "", ""]).encode(), *steps], unframed=True)

    def refusal(self, status: int, sentence: str, kind: str = "api_error", **headers: str) -> Answer:
        """An error with a status."""
        body = json.dumps(self.dialect.refusal(sentence, kind)).encode()
        return Answer([body], status, "application/json", {key.replace("_", "-"): headers[key] for key in headers})


Play = Callable[[Asked], Answer]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        play: the answer to a request.
        ends: what becomes of the reply: it is whole, it fails, or only a stop ends it.
        text: what there is of the answer at the end; None for what begins with `WORDS` and goes on.
        kinds: of a failure, the causes that may be named (`tui.chat.replies.events.FailureKind`); one may differ
            between dialects.
        requests: how often is asked, where that is known.
        dialects: those that can have this fault.
    """

    play: Play
    ends: Literal["whole", "failed", "stalled"]
    text: str | None = ""
    kinds: Sequence[str] = ()
    requests: int = 1
    dialects: Sequence[str] = field(default=("openai-chat", "anthropic", "ollama"))
