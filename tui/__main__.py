"""`python -m tui` is the same program as the command `chinwag`."""

import sys

from tui.cli import main

sys.exit(main())
