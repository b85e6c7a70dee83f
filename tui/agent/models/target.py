"""What a model takes of a history, and how large an image may be. Pure."""

from dataclasses import dataclass
from typing import Literal

from tui.agent.models.media import MEDIA_TYPES, MediaKind


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """The largest image that an API takes.

    Attributes:
        most_bytes: of the file; what is said of its base64 is converted.
        most_px: of its longer side.
        scaled_px: of the longer side of one that has to be scaled.
    """

    most_bytes: int = 20_000_000
    most_px: int = 16_000
    scaled_px: int = 2048


IMAGE_LIMITS = {
    # Above 2048 pixels OpenAI scales by itself. platform.openai.com/docs/guides/images-vision
    "openai": ImageLimits(),
    # 5 MiB of base64; 8000 pixels, and 2000 where a request has more than 20 images.
    # docs.claude.com/en/docs/build-with-claude/vision
    "anthropic": ImageLimits(3_932_160, 8000, 2000),
    # 20 MB a whole request, of which base64 takes a quarter. ai.google.dev/gemini-api/docs/image-understanding
    "gemini": ImageLimits(7_000_000, 16_000, 3072),
    # docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html
    "bedrock": ImageLimits(3_750_000, 8000, 2000),
    # Says nothing; what reads the images there gives each some thousand tokens at most.
    "ollama": ImageLimits(20_000_000, 8000, 2048),
}
"""What an image must not exceed, by API."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a model takes; see `Model.target`.

    Attributes:
        provider: the vendor's short name.
        model: the model's name there.
        thinking: whose earlier thoughts may go along: this very model's, any model's of this vendor, or none.
        signed_only: thoughts without a signature are refused.
        images, audio, documents: what a prompt may hold beside text. None is unknown, and is sent.
        media_types: which files of those kinds; of other documents, every model reads plain text, few anything else.
        image_limits: what an image must not exceed.
        urls: which of those kinds the provider fetches by itself.
        results: which of those kinds may stand in a tool's result; others follow the results, as a user's.
        result_urls: files that the provider fetches may stand there, too.
        call_ids: what a tool call's id may look like.
        calls_need_tools: a history with tool calls is refused unless tools are offered.
        citations: it gets back what it has found on the web, and what it cited of that.
    """

    provider: str
    model: str
    thinking: Literal["model", "vendor", "none"] = "none"
    signed_only: bool = False
    images: bool | None = None
    audio: bool | None = False
    documents: bool | None = False
    media_types: frozenset[str] = MEDIA_TYPES
    image_limits: ImageLimits = ImageLimits()
    urls: frozenset[MediaKind] = frozenset({"image"})
    results: frozenset[MediaKind] = frozenset()
    result_urls: bool = True
    call_ids: Literal["any", "nine"] = "any"
    calls_need_tools: bool = False
    citations: bool = False
