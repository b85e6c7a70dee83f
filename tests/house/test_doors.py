"""What the program starts, whom it talks to, and what it depends on is what SECURITY.md says, and nothing else."""

import re

from packaging.requirements import Requirement
from packaging.version import Version

from tests.support import doors
from tui.agent.providers.vendors import VENDORS

SECURITY = (doors.ROOT / ".github" / "SECURITY.md").read_text(encoding="utf-8")
OURS = {"127.0.0.1", "localhost", "huggingface.co", "bedrock-runtime.*.amazonaws.com"}
ONLY_WORDS = {"toml.io"}
"""Hosts of sentences, which nothing is sent to."""


def listed(heading: str) -> set[str]:
    section = SECURITY.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"`(tui/[\w/]+\.py)`", section))


def test_every_program_that_is_started_is_listed() -> None:
    assert doors.starters() == listed("What it starts"), "see “What it starts” in SECURITY.md"


def test_no_shell_reads_a_line_of_ours() -> None:
    assert doors.shell_lines() == []


def test_every_connection_that_is_made_is_listed() -> None:
    assert doors.talkers() == listed("Whom it talks to"), "see “Whom it talks to” in SECURITY.md"


def test_addresses_in_the_source_are_those_of_providers_and_of_this_machine() -> None:
    vendors = {doors.host_of(vendor.base_url) for vendor in VENDORS.values()} - {""}
    unknown = {host: modules for host, modules in doors.addresses().items() if host not in vendors | OURS | ONLY_WORDS}
    assert not unknown, "see “Whom it talks to” in SECURITY.md"


def test_every_dependency_has_both_bounds_and_what_is_tested_lies_between_them() -> None:
    pinned = doors.pinned()
    for wanted in (Requirement(text) for texts in doors.requirements().values() for text in texts):
        bounds = {part.operator for part in wanted.specifier}
        assert {">=", "<"} <= bounds, f"{wanted}: a new major version is looked at first"
        tested = pinned.get(doors.normal(wanted.name))
        assert tested and Version(tested) in wanted.specifier, f"{wanted}: see .ci/constraints.txt"
