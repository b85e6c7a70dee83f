"""The collector of cyclic garbage, which rests while modules load: they make many objects and no garbage."""

import gc

_THRESHOLDS = (2_000, 10, 20)
"""New objects before the youngest generation is looked through, and how often that before the older ones are.

The lines of a long reply are objects that stay: by 700, 10, 10 (Python before 3.13) to look through them over and over
takes a fifth of what a token costs at 50,000 tokens. See `tests.bench.transcript`.
"""


def rest_collector() -> None:
    """Collect nothing for now: looking for garbage takes a tenth of loading."""
    gc.disable()


def wake_collector() -> None:
    """Collect again, but not among what the start made: it stays to the end. Nothing happens if none rested."""
    if not gc.isenabled():
        gc.freeze()
        gc.set_threshold(*_THRESHOLDS)
        gc.enable()
