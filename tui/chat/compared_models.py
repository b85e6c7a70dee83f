"""Which models are to be compared: read from a line, and refused before anything is sent where that cannot be."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.errors import UsageError
from tui.text import clean_line

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog

FEWEST, MOST = 2, 4
"""How many models can be compared."""
_NAMED = 3
"""How many are named of those that are meant perhaps."""


def read_models(words: Sequence[str], catalog: "Catalog") -> tuple[list[str], list[str]]:
    """The models that a line begins with, as ids, and the words of the prompt behind them.

    Models may stand one by one, or with commas between them. A word with a colon or a comma is meant as a model, and so
    are the first two, for which the beginning of a part of a name does; "--" is where the prompt begins.

    Raises:
        UsageError: one of them is unknown, they cannot be compared, or a word may be a model's or the prompt's first.
    """
    models: list[str] = []
    rest = list(words)
    while rest:
        names = [name for name in rest[0].split(",") if name]
        meant = "," in rest[0].strip(",") or ":" in rest[0].rstrip(":")
        if rest[0] == "--" or (len(models) >= MOST and not meant):
            break
        try:
            models += [catalog.find(name).id for name in names]
        except UsageError:
            if meant:
                raise
            short = _shortened(rest[0], catalog, first=len(models) < FEWEST)
            if not short:
                break
            models.append(short)
        rest.pop(0)
    check_models([(model, "") for model in models], unknown=rest[0] if rest else "")
    return models, rest[1:] if rest[:1] == ["--"] else rest


def _shortened(word: str, catalog: "Catalog", *, first: bool) -> str:
    """The id of the one model that a word is short for; "" for none.

    Args:
        word: as it was typed.
        catalog: has the names.
        first: it is one of those that must be models. A later one is asked about: a prompt is not sent by mistake.

    Raises:
        UsageError: it may be more than one model, or the prompt's first word.
    """
    models = [info.id for info in catalog.short_for(word)]
    shown = clean_line(word, 40)
    if models and not first:
        raise UsageError(
            f"“{shown}” may be {models[0]}, or the beginning of the prompt.",
            "Write the model's whole id, or -- before the prompt.",
        )
    if len(models) > 1:
        raise UsageError(f"“{shown}” may be more than one model.", f"Say which: {', '.join(models[:_NAMED])}.")
    return models[0] if models else ""


def check_models(chosen: Sequence[tuple[str, str]], *, unknown: str = "") -> None:
    """Whether models, each with its settings, can be compared.

    Args:
        chosen: the models.
        unknown: a word that is no model, for the message.

    Raises:
        UsageError: they are too few or too many, or two are the same.
    """
    if len(chosen) > MOST:
        raise UsageError(f"{len(chosen)} models are too many to compare.", f"Name {FEWEST} to {MOST}.")
    twice = next((model for number, (model, settings) in enumerate(chosen) if (model, settings) in chosen[:number]), "")
    if twice:
        raise UsageError(f"{twice} stands there twice.", "Compare another one, or give one of them other settings.")
    if len(chosen) < FEWEST:
        known = f"{chosen[0][0]} alone cannot be compared." if chosen else "There is nothing to compare."
        no_model = f"“{unknown}” is no model. " if unknown else ""
        raise UsageError(f"{no_model}{known}", f"Name {FEWEST} to {MOST} models.")
