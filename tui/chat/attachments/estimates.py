"""How many tokens a file may cost, and how large an image is: read off its first bytes, nothing is decoded. Pure."""

import re

from tui.agent.image_size import image_size
from tui.chat.attachments.content_types import PDF
from tui.chat.prompt import PromptAttachment
from tui.chat.usage import text_tokens

_PIXELS_PER_TOKEN = 750
_MOST_IMAGE_TOKENS = 1600
"""By Anthropic's rule (width x height / 750, after scaling to 1.15 megapixels); others are of the same order."""

_PAGE_TOKENS = 1500
_PAGE = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")
_PAGE_BYTES = 50_000
"""For a PDF that hides its pages in compressed objects."""

_SOUND_TOKENS_PER_S = 32
_MP3_BYTES_PER_S = 16_000


def estimated_tokens(attachment: PromptAttachment) -> int:
    """How many tokens a file may have as it is sent: never 0, and never more than a guess."""
    data = attachment.data
    family = attachment.media_type.partition("/")[0]
    if family == "image":
        width, height = image_size(data) or (1024, 1024)
        return max(1, min(width * height // _PIXELS_PER_TOKEN, _MOST_IMAGE_TOKENS))
    if family == "audio":
        return max(1, round(_seconds(data, attachment.media_type) * _SOUND_TOKENS_PER_S))
    if attachment.media_type == PDF:
        return _PAGE_TOKENS * (len(_PAGE.findall(data)) or max(1, len(data) // _PAGE_BYTES))
    return max(1, text_tokens(data.decode("utf-8", "replace")))


def _seconds(data: bytes, media_type: str) -> float:
    if media_type != "audio/wav":
        return len(data) / _MP3_BYTES_PER_S
    bytes_per_s = int.from_bytes(data[28:32], "little")  # of the format chunk, which stands first but in rare files
    return len(data) / (bytes_per_s if 1_000 <= bytes_per_s <= 10_000_000 else 32_000)
