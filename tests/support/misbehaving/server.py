"""The server: which fault it plays is said by the model that is asked for, its name with dashes for spaces."""

import json
from collections import Counter

from tests.support.misbehaving.dialects import DIALECTS
from tests.support.misbehaving.fault import Asked, Fault
from tests.support.misbehaving.refusals import refusals
from tests.support.misbehaving.streams import streams
from tests.support.misbehaving.texts import texts
from tests.support.protocol_server import Answer, ProtocolServer, Seen, json_answer

FAULTS: dict[str, Fault] = {
    name.replace(" ", "-").replace(",", ""): fault
    for name, fault in {**texts(), **refusals(), **streams()}.items()
}  # fmt: skip
_BY_PATH = {dialect.base + dialect.path: dialect for dialect in DIALECTS.values()}


class Misbehaving(ProtocolServer):
    """Plays the faults.

    Attributes:
        strays: paths that nobody should have asked for.
        prompts: how often each model was asked.
    """

    def __init__(self, port: int = 0) -> None:
        super().__init__(respond=self._play, port=port)
        self.strays: list[str] = []
        self.prompts: Counter[str] = Counter()

    def _play(self, seen: Seen) -> Answer:
        dialect = _BY_PATH.get(seen.path)
        if seen.method == "GET" and seen.path.endswith("/models"):
            return json_answer({"data": [{"id": name} for name in FAULTS]})
        if seen.method == "GET" and seen.path.endswith("/api/tags"):
            return json_answer({"models": [{"name": name, "model": name} for name in FAULTS]})
        if seen.path.endswith("/api/show"):
            return json_answer(
                {"model_info": {"llama.context_length": 131_072}, "capabilities": ["completion", "tools"]}
            )
        if dialect is None:
            self.strays.append(seen.path)
            return json_answer({"error": "nothing is here"}, 404)
        fault = FAULTS[seen.body["model"].removesuffix(":latest")]
        before = self.prompts[seen.body["model"]]
        self.prompts[seen.body["model"]] += 1
        return fault.play(Asked(dialect, before, seen.headers["host"], _has_result(seen.body)))


def _has_result(body: dict[str, object]) -> bool:
    """Whether the last message holds what a tool said; where there are no tools it is told in words."""
    messages = body.get("messages")
    return isinstance(messages, list) and bool(messages) and "tool" in json.dumps(messages[-1])
