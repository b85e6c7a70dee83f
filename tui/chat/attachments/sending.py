"""What a model gets of an attachment, in words for its chip: by the function of the engine that makes the request."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tui.chat.prompt import PromptAttachment

if TYPE_CHECKING:
    from tui.agent.models.base import Model
    from tui.chat.catalog.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Sending:
    """What a model gets of an attachment.

    Attributes:
        kind: as it is; as a smaller image; as the text in it; not at all, but for a line that names it.
        sentence: for the person, such as "sent as its text"; "" where there is nothing to say.
    """

    kind: Literal["whole", "scaled", "text", "omitted"]
    sentence: str = ""


def how_sent(attachment: PromptAttachment, model: "Model") -> Sending:
    """What a model gets of an attachment. Reads a PDF and scales an image, if it comes to that: not for the loop."""
    raise NotImplementedError


async def how_all_sent(
    attachments: Sequence[PromptAttachment], catalog: "Catalog", model_id: str
) -> tuple[Sending, ...]:
    """What a model gets of each attachment, found out off the loop; nothing to say where it cannot be asked at all."""
    raise NotImplementedError
