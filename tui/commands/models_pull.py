"""`chinwag models pull SOURCE`: a model from Hugging Face's hub into the folder of models, or one into Ollama."""

import asyncio
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tui.bootstrap import open_catalog
from tui.commands.exit_code import ExitCode
from tui.commands.progress import ProgressLine
from tui.commands.table import table
from tui.figures import size
from tui.model_id import ModelId
from tui.paths import data_dir
from tui.streams import print_note, print_output
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.agent.providers.local import LocalSettings
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.pulling import PullProgress
    from tui.chat.catalog.quantisations import Quantisation


def add_arguments(parser: ArgumentParser) -> None:
    """Which model."""
    help = "hf:OWNER/REPO lists what there is, hf:OWNER/REPO:QUANT fetches one, ollama:NAME has Ollama fetch it"
    parser.add_argument("source", metavar="SOURCE", help=help)


async def run(arguments: Namespace) -> int:
    """Fetch it with a progress line; ctrl+c keeps what came, and a second call goes on with it."""
    from tui.config import load_config

    async with open_catalog(load_config(arguments.config)) as catalog:
        if arguments.source.startswith("ollama:"):
            return await _pull_into_ollama(catalog, ModelId.parse(arguments.source).name)
        return await _pull_from_hub(catalog, arguments.source)


async def _pull_from_hub(catalog: "Catalog", text: str) -> int:
    from tui.chat.catalog.bringing import bring_from_hub, models_of_hub
    from tui.chat.catalog.quantisations import find_quantisation, parse_source

    source = parse_source(text)
    found = await models_of_hub(catalog, source.repository)
    if not source.quantisation:
        return _list(found, source.repository, catalog.embedded.settings)
    model = find_quantisation(found, source.quantisation, source.repository)
    folder = data_dir() / "models"
    with _progress(model.name) as report:
        model_id = await bring_from_hub(catalog, source.repository, model, folder, report)
    print_output(f"{model_id}\n")
    print_note(f"It is in {folder}\nAsk it: chinwag -m {model_id}", prefix="")
    return ExitCode.OK


async def _pull_into_ollama(catalog: "Catalog", name: str) -> int:
    from tui.chat.catalog.bringing import bring_into_ollama, check_ollama_name

    check_ollama_name(name)
    with _progress(name) as report:
        model_id = await bring_into_ollama(catalog, name, report)
    print_output(f"{model_id}\n")
    return ExitCode.OK


@contextmanager
def _progress(name: str) -> "Iterator[Callable[[PullProgress], None]]":
    """A line that is drawn by what this yields."""
    line = ProgressLine(clean_line(name, 20))
    try:
        yield lambda now: line.show(now.done_bytes, now.size_bytes, now.bytes_per_s, now.note)
    except asyncio.CancelledError:
        line.note("Stopped. What came is kept, and the same command goes on with it.")
        raise
    finally:
        line.end()


def _list(found: "tuple[Quantisation, ...]", repository: str, settings: "LocalSettings") -> int:
    from tui.agent.providers.local_files import memory_of_machine
    from tui.chat.catalog.quantisations import best_of

    memory, window = settings.memory_bytes or memory_of_machine(), settings.context_tokens
    best = best_of(found, memory, window)
    rows = [("QUANTISATION", "SIZE", "")]
    for one in found:
        fits = one.fits(memory, window)
        note = "does not fit this machine's memory" if fits is False else "a good choice" if one is best else ""
        rows.append((clean_line(one.name, 40), "—" if one.size_bytes is None else size(one.size_bytes), note))
    print_output(table(rows, right=(1,)))
    if best is not None:
        print_note(f"Fetch one: chinwag models pull hf:{repository}:{best.name}", prefix="")
    return ExitCode.OK
