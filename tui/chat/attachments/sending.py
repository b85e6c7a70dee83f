"""What a model gets of an attachment, in words for its chip: by the function of the engine that makes the request."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from tui.chat.attachments.references import is_text
from tui.chat.loading import unattended
from tui.chat.prompt import PromptAttachment
from tui.dataclass import dataclass

if TYPE_CHECKING:
    from tui.agent.models.base import Model
    from tui.agent.settings import ModelSettings
    from tui.chat.catalog.catalog import Catalog

_ABILITIES = {"image": ("vision", "images"), "audio": ("audio", "recordings")}


@dataclass(frozen=True, slots=True)
class Sending:
    """What a model gets of an attachment.

    Attributes:
        kind: as it is; as a smaller image; as the text in it; not at all, but for a line that names it.
        sentence: for the person, such as "only its text is sent: …"; "" where there is nothing to say. Raw.
    """

    kind: Literal["whole", "scaled", "text", "omitted"]
    sentence: str = ""


def how_sent(attachment: PromptAttachment, model: "Model", capabilities: frozenset[str] | None = None) -> Sending:
    """What a model gets of an attachment. May read a PDF or scale an image, so it is not for the loop.

    Args:
        attachment: any that was attached.
        model: as the catalogue builds it, and the settings of the chat lead to it.
        capabilities: of the model in the catalogue; what its provider does not list is doubted, but sent.
    """
    from tui.agent.messages import NamedContent
    from tui.agent.models.media import media_kind
    from tui.agent.models.treatment import treat

    if is_text(attachment.media_type):
        return Sending("whole")
    item = NamedContent(attachment.data, attachment.media_type, name=attachment.name)
    kind, target = media_kind(item), model.target()
    if kind is None or target is None:
        return Sending("whole")
    treated = treat(item, kind, target)
    match treated.kind:
        case "text":
            return Sending("text", f"only its text is sent: {treated.reason}")
        case "scaled":
            return Sending("scaled", f"a smaller one is sent: {treated.reason}")
        case "omitted":
            return Sending("omitted", f"not sent, only named: {treated.reason}")
        case _:
            ability, plural = _ABILITIES.get(kind, ("", ""))
            doubted = ability and capabilities is not None and ability not in capabilities
            return Sending("whole", f"this model may not read {plural}" if doubted else "")


async def how_all_sent(
    attachments: Sequence[PromptAttachment], catalog: "Catalog", model_id: str, settings: "ModelSettings | None" = None
) -> tuple[Sending, ...]:
    """What a model gets of each attachment, found out off the loop; nothing to say where it cannot be asked at all.

    Args:
        attachments: what goes along.
        catalog: builds the model.
        model_id: who is asked.
        settings: of the request, by which it may go to another API of the provider.
    """
    from tui.errors import ChinwagError

    if all(is_text(attachment.media_type) for attachment in attachments):
        return tuple(Sending("whole") for _ in attachments)
    await catalog.load(model_id)
    from tui.agent.exceptions import AgentRunError

    try:
        model, info = catalog.build(model_id).asked_with(settings), catalog.find(model_id)
    except (ChinwagError, AgentRunError):  # no key, say: that is told when it is sent
        return tuple(Sending("whole") for _ in attachments)
    return tuple([await unattended(how_sent, one, model, info.capabilities) for one in attachments])
