"""The collector of cyclic garbage, which rests while modules load: they make many objects and no garbage."""

import gc


def rest_collector() -> None:
    """Collect nothing for now: looking for garbage takes a tenth of loading."""
    gc.disable()


def wake_collector() -> None:
    """Collect again, but not among what the start made: it stays to the end. Nothing happens if none rested."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
