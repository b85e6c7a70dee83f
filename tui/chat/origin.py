"""How a message came about that is no ordinary one: the value of the column `messages.origin`. Pure; JSON in and out.

Another version may know more kinds: what is not known here is read as nothing, and never raises.
"""

import json
from dataclasses import asdict, dataclass

from tui.bounds import json_object

FUSED = "fused"
"""Kind of a reply that a model wrote from several others, those of `Origin.of`."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message comes from.

    Attributes:
        kind: what it is; "" for a prompt and a model's own answer.
        of: for a fused reply, ids of the replies that it was written from.
        models: for a fused reply, ids of the models that had written those, in the same order.
    """

    kind: str = ""
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
        kind = values.get("kind")
        return cls(
            kind=kind if isinstance(kind, str) else "", of=_texts(values.get("of")), models=_texts(values.get("models"))
        )

    @property
    def is_fused(self) -> bool:
        """Whether a model wrote the message from others."""
        return self.kind == FUSED and bool(self.of)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


_ORDINARY = Origin()
