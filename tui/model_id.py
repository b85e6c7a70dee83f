"""A model's id as people write it and as it is stored: "provider:name", such as "openai:gpt-5.6". Pure."""

from typing import NamedTuple


class ModelId(NamedTuple):
    """A model id taken apart at its first colon; the name may hold more of them ("ollama:qwen3:30b").

    Attributes:
        provider: the name in front of the first colon; "" when there is none.
        name: what follows it, or the whole text when there is no colon.
    """

    provider: str
    name: str

    @classmethod
    def parse(cls, text: str) -> "ModelId":
        """Take an id apart; a text without a colon is a name alone, one that ends in a colon a provider alone."""
        provider, colon, name = text.partition(":")
        return cls(provider, name) if colon else cls("", text)

    @property
    def label(self) -> str:
        """What a screen shows where the provider goes without saying: the name, else the provider."""
        return self.name or self.provider

    def __str__(self) -> str:
        return f"{self.provider}:{self.name}" if self.provider else self.name
