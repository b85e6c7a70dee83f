"""Chinwag on a machine whose clock is wrong: `python -m tests.support.clock_chinwag ...`, by CLOCK_OFF seconds."""

import os
import sys
import time
from datetime import datetime, tzinfo

from typing_extensions import override

from tui.cli import main

OFF_S = float(os.environ.get("CLOCK_OFF", "0"))
_time, _time_ns = time.time, time.time_ns


class _Wrong(datetime):
    """What `datetime.now` says there."""

    @override
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "datetime":  # type: ignore[override]
        return datetime.fromtimestamp(_time() + OFF_S, tz)


if __name__ == "__main__":
    time.time = lambda: _time() + OFF_S
    time.time_ns = lambda: _time_ns() + int(OFF_S * 1e9)
    for name, module in list(sys.modules.items()):
        # The engine makes schemas of its types, for which this one would be another.
        if name.startswith("tui.") and not name.startswith("tui.agent") and vars(module).get("datetime") is datetime:
            vars(module)["datetime"] = _Wrong
    sys.exit(main())
