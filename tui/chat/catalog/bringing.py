"""Brings one model to this machine, from the hub or by Ollama, and says how far it is; for app and shell alike."""

from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from tui.agent.exceptions import ModelAPIError
from tui.chat.catalog.pulling import Pull, PullProgress, Rate
from tui.chat.catalog.quantisations import quantisations
from tui.errors import ChinwagError, UsageError
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.quantisations import Quantisation

Report = Callable[[PullProgress], None]


async def models_of_hub(catalog: "Catalog", repository: str) -> "tuple[Quantisation, ...]":
    """What a repository of the hub has, the smallest first.

    Raises:
        UsageError: it has no model file.
        ChinwagError: the hub cannot be reached, or refuses.
    """
    try:
        found = quantisations(await catalog.hub().files(repository))
    except ModelAPIError as error:
        raise as_ours(error) from error
    if not found:
        raise UsageError(f"{repository} has no GGUF file.", "Look for a repository whose name ends in GGUF.")
    return found


async def bring_from_hub(
    catalog: "Catalog", repository: str, model: "Quantisation", folder: Path, report: Report
) -> str:
    """Bring a model into the folder of models; returns its id. Cancelled, it keeps what came.

    Raises:
        ChinwagError: it is there already, there is no room, the disk refuses, or the hub does.
    """
    try:
        return catalog.embedded.id_of(await Pull(catalog.hub(), repository, model, folder, report).run())
    except ModelAPIError as error:
        raise as_ours(error) from error


def check_ollama_name(name: str) -> None:
    """Whether Ollama can be asked for a model of that name.

    Raises:
        UsageError: it is none.
    """
    if not name or " " in name:
        raise UsageError("Ollama's models have a name.", "As in: ollama:qwen3, ollama:qwen3:30b")


async def bring_into_ollama(catalog: "Catalog", name: str, report: Report) -> str:
    """Have Ollama bring a model; returns its id. Cancelled, Ollama keeps what came.

    Raises:
        ChinwagError: Ollama cannot be reached, has no such model, or fails.
    """
    from tui.agent.providers.ollama_models import pull

    rate = Rate()
    try:
        async with aclosing(pull(catalog.client("ollama"), name)) as steps:
            async for step in steps:
                per_s = rate.at(step.done_bytes)
                note = "" if step.status.startswith("pulling ") and step.size_bytes else clean_line(step.status, 30)
                report(PullProgress(step.done_bytes, step.size_bytes or None, None if note else per_s, note))
    except ModelAPIError as error:
        raise as_ours(error) from error
    return f"ollama:{name}"


def as_ours(error: ModelAPIError) -> ChinwagError:
    """An error of the engine in words for the person in front of the screen."""
    return ChinwagError(clean_line(error.message, 300), clean_line(error.hint, 200))
