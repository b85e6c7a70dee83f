"""Hostile text in every part of the app that draws: nothing of it reaches the terminal, is parsed, or can be clicked.

The same as `escapes`, for every screen, dialog and widget, without a terminal: what would be written to one is looked
at. Which modules draw is read from the source (`tests.support.sinks`), and each must have had hostile text to draw.
"""

import asyncio

from tests.battery.result import Result
from tests.support.homes import home
from tests.support.hostile import PAYLOADS, hostile
from tests.support.hostile_walk import Walk
from tests.support.sinks import DRAWS

DESCRIPTION = "every payload in every module that draws: 0 bytes to the terminal, 0 parsed as markup, 0 crashes"
ROUNDS, SHORT = len(PAYLOADS) + 1, 0


def run(rounds: int, seed: int) -> Result:
    """Go through the app with so many payloads, all at once first."""
    result = Result()
    for number in range(rounds):
        name, words = hostile(number)
        with home() as folder:
            reached = asyncio.run(Walk(result, name, words).go(folder))
        if not number:
            forgotten = [module for module, reason in DRAWS.items() if not reason and module not in reached]
            result.count("modules that had it to draw", sum(not reason for reason in DRAWS.values()), *forgotten)
    return result
