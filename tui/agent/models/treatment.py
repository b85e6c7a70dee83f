"""What becomes of one file in a prompt for one model: the one decision, for the request and for what is said of it."""

from dataclasses import dataclass
from typing import Literal

from tui.agent._content import description_of
from tui.agent.image_size import image_size
from tui.agent.messages import BinaryContent, UserContent
from tui.agent.models.media import MediaKind, UnreadableFileError, text_of
from tui.agent.models.pdf_text import PDF, pdf_text
from tui.agent.models.scaled_images import scaled_image
from tui.agent.models.target import Target

_PLURALS = {"image": "images", "audio": "recordings", "document": "documents of this kind"}


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is sent of a file.

    Attributes:
        kind: the file as it is, a smaller image, its text, or a line in its place.
        content: what goes into the prompt.
        reason: why it is not sent as it is, as a person reads it after "because"; "" where it is, and for text files.
    """

    kind: Literal["whole", "scaled", "text", "omitted"]
    content: UserContent
    reason: str = ""


def treat(item: UserContent, kind: MediaKind, target: Target, *, minimal: bool = False) -> Treatment:
    """Decide what is sent of a file; may read a PDF or scale an image, which takes its time.

    Args:
        item: a file's bytes or its address.
        kind: of `media_kind`.
        target: what the model takes.
        minimal: only text may be sent: for a model that has refused more.
    """
    if not minimal and _takes(item, kind, target):
        return _within_limits(item, target) if kind == "image" else Treatment("whole", item)
    if (text := text_of(item)) is not None:
        return Treatment("text", text)
    reason = "the model has refused it" if minimal else _PLURALS[kind] + " are not read by this model"
    if isinstance(item, BinaryContent) and item.media_type == PDF:
        try:
            return Treatment("text", pdf_text(item), reason)
        except UnreadableFileError as error:
            reason = f"{reason}, and {error}"
    return _omitted(item, kind, reason)


def _takes(item: UserContent, kind: MediaKind, target: Target) -> bool:
    if {"image": target.images, "audio": target.audio, "document": target.documents}[kind] is False:
        return False
    return item.media_type in target.media_types if isinstance(item, BinaryContent) else kind in target.urls


def _within_limits(item: UserContent, target: Target) -> Treatment:
    """An image, scaled if it is larger than the provider takes."""
    if not isinstance(item, BinaryContent):
        return Treatment("whole", item)
    limits = target.image_limits
    longer = max(image_size(item.data) or (0, 0))
    if len(item.data) <= limits.most_bytes and longer <= limits.most_px:
        return Treatment("whole", item)
    reason = "it is larger than the provider takes"
    try:
        return Treatment("scaled", scaled_image(item, limits), reason)
    except UnreadableFileError as error:
        return _omitted(item, "image", f"{reason}, and {error}")


def _omitted(item: UserContent, kind: MediaKind, reason: str) -> Treatment:
    return Treatment("omitted", f"[{kind} omitted: {description_of(item)}]", reason)
