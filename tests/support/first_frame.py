"""Start the real app on an empty home, wait for its first frame, and print which packages and modules of ours it has.

A program of its own, run by a test in a fresh interpreter: `warmup` is switched off, so that what is counted is what
the first frame itself needed.
"""

import asyncio
import json
import sys

from tui.app.app import ChatApp
from tui.bootstrap import compose


async def main() -> None:
    async with compose() as parts:
        app = ChatApp(parts, warm_up=False)
        async with app.run_test(size=(120, 40)):
            names = [name for name, module in sys.modules.items() if module]  # without those that are barred
            loaded = sorted({name if name.startswith("tui.") else name.partition(".")[0] for name in names})
    print(json.dumps(loaded))


if __name__ == "__main__":
    asyncio.run(main())
