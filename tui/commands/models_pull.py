"""`chinwag models pull SOURCE`: a model from Hugging Face's hub into the folder of models, or one into Ollama."""

import asyncio
from argparse import ArgumentParser, Namespace
from contextlib import aclosing
from typing import TYPE_CHECKING

from tui.bootstrap import open_catalog
from tui.commands.exit_code import ExitCode
from tui.commands.progress import ProgressLine
from tui.commands.table import table
from tui.errors import ChinwagError, UsageError
from tui.figures import size
from tui.model_id import ModelId
from tui.paths import data_dir
from tui.streams import print_note, print_output
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.agent.exceptions import ModelAPIError
    from tui.chat.catalog.catalog import Catalog
    from tui.chat.catalog.quantisations import Quantisation


def add_arguments(parser: ArgumentParser) -> None:
    """Which model."""
    help = "hf:OWNER/REPO lists what there is, hf:OWNER/REPO:QUANT fetches one, ollama:NAME has Ollama fetch it"
    parser.add_argument("source", metavar="SOURCE", help=help)


async def run(arguments: Namespace) -> int:
    """Fetch it with a progress line; ctrl+c keeps what came, and a second call goes on with it."""
    from tui.config import load_config

    async with open_catalog(load_config(arguments.config)) as catalog:
        from tui.agent.exceptions import ModelAPIError

        try:
            if arguments.source.startswith("ollama:"):
                return await _pull_into_ollama(catalog, arguments.source)
            return await _pull_from_hub(catalog, arguments.source)
        except ModelAPIError as error:
            raise _as_ours(error) from error


def _as_ours(error: "ModelAPIError") -> ChinwagError:
    return ChinwagError(clean_line(error.message, 300), clean_line(error.hint, 200))


async def _pull_from_hub(catalog: "Catalog", text: str) -> int:
    from tui.chat.catalog.pulling import Pull, PullProgress
    from tui.chat.catalog.quantisations import find_quantisation, parse_source, quantisations

    source = parse_source(text)
    hub = catalog.hub()
    found = quantisations(await hub.files(source.repository))
    if not source.quantisation:
        return _list(found, source.repository)
    model = find_quantisation(found, source.quantisation, source.repository)
    line = ProgressLine(clean_line(model.name, 20))

    def report(progress: PullProgress) -> None:
        line.show(progress.done_bytes, progress.size_bytes, progress.bytes_per_s, progress.note)

    try:
        path = await Pull(hub, source.repository, model, data_dir() / "models", report).run()
    except asyncio.CancelledError:
        line.note("Stopped. What came is kept, and the same command goes on with it.")
        raise
    finally:
        line.end()
    model_id = catalog.embedded.id_of(path)
    print_output(f"{model_id}\n")
    print_note(f"It is in {path}\nAsk it: chinwag -m {model_id}", prefix="")
    return ExitCode.OK


def _list(found: "tuple[Quantisation, ...]", repository: str) -> int:
    from tui.chat.catalog.quantisations import best_of, memory_of_machine

    if not found:
        raise UsageError(f"{repository} has no GGUF file.", "Look for a repository whose name ends in GGUF.")
    memory = memory_of_machine()
    best = best_of(found, memory)
    rows = [("QUANTISATION", "SIZE", "")]
    for one in found:
        fits = one.fits(memory)
        note = "does not fit this machine's memory" if fits is False else "a good choice" if one is best else ""
        rows.append((clean_line(one.name, 40), "—" if one.size_bytes is None else size(one.size_bytes), note))
    print_output(table(rows, right=(1,)))
    if best is not None:
        print_note(f"Fetch one: chinwag models pull hf:{repository}:{best.name}", prefix="")
    return ExitCode.OK


async def _pull_into_ollama(catalog: "Catalog", model_id: str) -> int:
    from tui.agent.providers.ollama_models import pull

    name = ModelId.parse(model_id).name
    line = ProgressLine(clean_line(name, 20))
    try:
        async with aclosing(pull(catalog.client("ollama"), name)) as steps:
            async for step in steps:
                line.show(step.done_bytes, step.size_bytes or None, note=clean_line(step.status, 30))
    finally:
        line.end()
    print_output(f"{model_id}\n")
    return ExitCode.OK
