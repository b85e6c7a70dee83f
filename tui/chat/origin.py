"""How a message came about that is no ordinary one: the value of the column `messages.origin`. Pure; JSON in and out.

Another version may know more kinds: what is not known here is read as nothing, and never raises.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict

from tui.bounds import json_object
from tui.dataclass import dataclass

SUMMARY = "summary"
"""Kind of a reply that stands for the messages up to `Origin.until`."""
CONTINUED = "continued"
"""Kind of a reply that begins with what there was of another one, `Origin.of`, and goes on."""
FUSED = "fused"
"""Kind of a reply that a model wrote from several others, those of `Origin.of`."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message comes from.

    Attributes:
        kind: what it is; "" for a prompt and a model's own answer.
        until: for a summary, id of the last message that it stands for.
        sent_from: for a reply to which the oldest messages were not sent, id of the first one that was; it holds for
            what follows, too.
        words: for a summary, what the person told the summariser besides.
        edited: a person has changed the words.
        of: ids of the replies that it was made from: the one that was cut off, or those that were fused.
        models: for a fused reply, ids of the models that had written those, in the same order.
    """

    kind: str = ""
    until: str = ""
    sent_from: str = ""
    words: str = ""
    edited: bool = False
    of: tuple[str, ...] = ()
    models: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Only what is set, as JSON text; "" for nothing."""
        known = {key: value for key, value in asdict(self).items() if value}
        return json.dumps(known) if known else ""

    @classmethod
    def from_json(cls, text: str) -> "Origin":
        """Read what `to_json` wrote."""
        if not text:
            return _ORDINARY
        values = json_object(text)
        texts = {name: value for name, value in values.items() if isinstance(value, str)}
        return cls(
            kind=texts.get("kind", ""),
            until=texts.get("until", ""),
            sent_from=texts.get("sent_from", ""),
            words=texts.get("words", ""),
            edited=values.get("edited") is True,
            of=_texts(values.get("of")),
            models=_texts(values.get("models")),
        )

    @property
    def is_summary(self) -> bool:
        """Whether the message stands for others."""
        return self.kind == SUMMARY and bool(self.until)

    @property
    def is_fused(self) -> bool:
        """Whether a model wrote the message from others."""
        return self.kind == FUSED and bool(self.of)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def with_ids(text: str, ids: Mapping[str, str]) -> str:
    """An origin in a copy of its chat, whose messages have other ids: the JSON text with those, whatever its kind."""

    def renamed(value: object) -> object:
        if isinstance(value, list):
            return [renamed(one) for one in value]
        return ids.get(value, value) if isinstance(value, str) else value

    return json.dumps({key: renamed(value) for key, value in json_object(text).items()}) if text else ""


_ORDINARY = Origin()
