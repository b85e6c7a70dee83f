"""A program for pydantic-ai 0.0.40 does the same here: one text, run against both packages, must print the same.

The programs stand in `programs/`. They import our package; for the other one its name is put in its place.
"""

import os
import re
import sys
from pathlib import Path

import pytest

from tests.interop.side import output

pytestmark = pytest.mark.apart

_REPO = Path(__file__).parents[2]
OLD = Path(
    os.environ.get("CHINWAG_PYDANTIC_AI_0_0_40", _REPO / ".side" / "pydantic-ai-0.0.40" / "bin" / "python")
)  # read while tests are collected: later such variables are hidden
PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))

_MOMENT = re.compile(r"datetime\.datetime\([^()]*(\([^()]*\))?[^()]*\)|\d{4}-\d\d-\d\dT[0-9:.]+(Z|\+00:00)")
_ADDRESS = re.compile(r"0x[0-9a-f]+")


def _output(python: str | Path, package: str, program: str) -> list[str]:
    return _ADDRESS.sub("0x", _MOMENT.sub("<moment>", output(python, package, program).decode())).splitlines()


@pytest.mark.skipif(not OLD.exists(), reason="no environment with pydantic-ai 0.0.40")
@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_both_packages_print_the_same(path: Path) -> None:
    program = path.read_text()
    ours = _output(sys.executable, "tui.agent", program)
    theirs = _output(OLD, "pydantic_ai", program.replace("tui.agent", "pydantic_ai"))
    assert ours == theirs
    assert len(ours) > 10
