"""Chinwag, with a guide that nobody has to wait for: `python -m tests.support.quick_chinwag ...`."""

import sys
from functools import partial

from tui.agent.models import demo
from tui.cli import main


def quick() -> None:
    """Have the guide speak as fast as it can be heard."""
    vars(demo)["DemoModel"] = partial(demo.DemoModel, words_per_s=500)


if __name__ == "__main__":
    quick()
    sys.exit(main())
