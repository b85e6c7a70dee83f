"""What is publicly known to be weak among the packages that are tested, as `pip-audit` is told by the package index."""

import json
import subprocess

import pytest

from tests.battery.result import Result
from tests.support.doors import ROOT

DESCRIPTION = "no package that is tested has a publicly known weakness; asks the package index"
ROUNDS, SHORT = 1, 0
_AUDIT = ROOT / ".side" / "pip-audit" / "bin" / "pip-audit"


def run(rounds: int, seed: int) -> Result:
    """Ask once, whatever the rounds; skipped where nobody can be asked."""
    result, what = Result(), "packages, by pip-audit"
    with result.trial(what):
        if not _AUDIT.exists():
            pytest.skip(".ci/run installs pip-audit")
        command = [str(_AUDIT), "-r", str(ROOT / ".ci" / "constraints.txt"), "--no-deps", "--disable-pip", "-f", "json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        packages = json.loads(done.stdout)["dependencies"] if done.stdout.startswith("{") else []
        known = [package for package in packages if "skip_reason" not in package]
        result.figure(what, f"{len(known)} of {len(packages)} known to the index")
        if not known:
            pytest.skip("the package index that this machine asks tells no weaknesses, or cannot be reached")
        weak = {package["name"]: [one["id"] for one in package["vulns"]] for package in known if package["vulns"]}
        assert not weak, weak
    return result
