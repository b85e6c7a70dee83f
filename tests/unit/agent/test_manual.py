"""The manual's examples of the engine run as they stand; only the model behind each name is one without a network."""

import re
from pathlib import Path

import pytest

from tui.agent import agent as module
from tui.agent.models.test import TestModel

PAGE = Path(__file__).parents[3] / ".github" / "manual" / "engine.md"


def examples() -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_there_are_examples() -> None:
    assert len(examples()) == 3


@pytest.mark.parametrize("number", range(3))
def test_an_example_runs(number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[str] = []

    def no_network(model: object) -> object:
        if isinstance(model, str):
            asked.append(model)
            return TestModel()
        return model

    monkeypatch.setattr(module, "infer_model", no_network)
    exec(compile(examples()[number], f"engine.md, example {number + 1}", "exec"), {"__name__": "example"})
    assert asked
    assert capsys.readouterr().out.strip()
