"""Imports of heavy modules off the loop: half a second of importing must not stop keys and frames."""

import asyncio
import importlib
import sys


async def imported(*modules: str) -> None:
    """Import in a worker thread what is not there yet."""
    for module in modules:
        if module not in sys.modules:
            await asyncio.to_thread(importlib.import_module, module)
