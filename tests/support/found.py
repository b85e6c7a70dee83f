"""What a machine might have to chat with, found at once: a stand-in for the search, for pictures."""

from collections.abc import AsyncGenerator

from typing_extensions import override

from tui.chat.catalog.discovery import Discovery, Finding

FOUND = (
    Finding("openai", "key", "OpenAI", "OPENAI_API_KEY", "found", "openai:gpt-5.6", "gpt-5.6 and 37 more", 38, 210),
    Finding(
        "anthropic", "key", "Anthropic", "ANTHROPIC_API_KEY", "refused",
        message="refused the key (401): invalid x-api-key",
    ),
    Finding("ollama", "server", "Ollama", "localhost:11434", "found", "ollama:qwen3", "qwen3:30b and 3 more", 4, 12),
    Finding("lmstudio", "server", "LM Studio", "localhost:1234", "unknown", message="could not check: no answer"),
    Finding("vllm", "server", "vLLM", "localhost:8000", "checking"),
    Finding("local", "local", "This machine", "no server needed", "found", "local:smollm2-135m", "smollm2-135m", 1),
)  # fmt: skip


class FoundAtOnce(Discovery):
    """Finds `FOUND`, and asks nobody."""

    @override
    async def look(self, current: str = "") -> AsyncGenerator[Finding, None]:
        """One after another."""
        for finding in FOUND:
            yield finding
