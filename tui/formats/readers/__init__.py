"""Readers of what other programs keep, one module each; `files` finds out whose a file is, by what stands in it.

A reader of JSON or YAML has `recognise(value) -> bool` and `read(value, where) -> Iterator[Found]` for a conversation:
`chatgpt`, `claude`, `openwebui`, `librechat`, `chinwag`, `pydantic_ai`, `parllama`, `aichat`. One of a database takes
`Tables`: `llm`, `oterm`, `elia`. To add one, copy `parllama.py` or `elia.py`, and give it a line in `SOURCES` and in
`files`. `gemini` only knows its files when it sees them.
`fields` reads what may be of any type, `tree` makes messages of a source's nodes, `json_items` takes apart a
list that is larger than memory, and `places` finds the files of a path, be it a folder or an archive.
"""

from collections.abc import Mapping
from types import MappingProxyType

SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "chatgpt": "ChatGPT",
        "claude": "Claude.ai",
        "openwebui": "Open WebUI",
        "librechat": "LibreChat",
        "chinwag": "Chinwag",
        "pydantic-ai": "pydantic-ai",
        "llm": "llm",
        "oterm": "oterm",
        "elia": "elia",
        "aichat": "aichat",
        "parllama": "parllama",
    }
)
"""The programs whose chats can be read, as a screen calls them."""
