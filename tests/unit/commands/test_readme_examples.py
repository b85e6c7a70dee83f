"""The examples of the README are what a newcomer types first: one that fails costs their trust in all others."""

import re
import shlex
from pathlib import Path

from tests.support.shell import Chinwag

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")


def examples(heading: str) -> list[str]:
    """The commands of the first code block below a heading of the README, without what is said of them."""
    block = README.partition(f"\n{heading}\n")[2].partition("```sh\n")[2].partition("```")[0]
    return [re.sub(r"\s+#.*", "", line) for line in block.splitlines()]


def test_chats_are_kept_in_order_as_the_readme_says(chinwag: Chinwag) -> None:
    for question in ("Trip to Oslo", "Trip to Rome"):
        chinwag("-p", "-m", "test:test", question)
    commands = examples("### Your chats in the shell")
    assert len({command.split()[1] for command in commands}) == 7
    for command in commands:
        if "before:1y" in command:  # nothing is as old
            assert "There is no conversation" in chinwag(*shlex.split(command)[1:]).err
            continue
        ran = chinwag(*shlex.split(command.partition(" > ")[0])[1:])
        assert ran.code == 0 and (ran.out or ran.err), (command, ran)


def test_usage_is_told_as_the_readme_says(chinwag: Chinwag) -> None:
    chinwag("-p", "-m", "test:test", "Trip to Oslo")
    for command in examples("### What was used and spent"):
        ran = chinwag(*shlex.split(command.partition(" > ")[0])[1:])
        assert ran.code == 0 and "1" in ran.out, (command, ran)
