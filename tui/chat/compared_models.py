"""Which models are to be compared: read from a line, and refused before anything is sent where that cannot be."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.errors import UsageError

if TYPE_CHECKING:
    from tui.chat.catalog.catalog import Catalog

FEWEST, MOST = 2, 4
"""How many models can be compared."""


def read_models(words: Sequence[str], catalog: "Catalog") -> tuple[list[str], list[str]]:
    """The models that a line begins with, as ids, and the words of the prompt behind them.

    Models may stand one by one, or with commas between them. A word with a colon or a comma is meant as a model.

    Raises:
        UsageError: one of them is unknown, or they cannot be compared.
    """
    models: list[str] = []
    rest = list(words)
    while rest:
        names = [name for name in rest[0].split(",") if name]
        meant = "," in rest[0].strip(",") or ":" in rest[0].rstrip(":")
        if len(models) >= MOST and not meant:
            break
        try:
            models += [catalog.find(name).id for name in names]
        except UsageError:
            if meant:
                raise
            break
        rest.pop(0)
    check_models([(model, "") for model in models], unknown=rest[0] if rest else "")
    return models, rest


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
