"""Names and facts of models by hand: what is right holds, and a mistake costs its own line and no start."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.config.test_reading import written
from tui.config import load_config


def test_aliases_and_facts_are_read() -> None:
    file = written("""
[aliases]
fast = "openai:gpt-5.6-mini"
"my.model-2" = "ollama:qwen3:30b"

[models."openai:gpt-x"]
window = 400000
input = 2.0
output = 12
cached = 0.2
capabilities = ["vision", "tools"]
""")
    models = load_config().models
    assert models.aliases == {"fast": "openai:gpt-5.6-mini", "my.model-2": "ollama:qwen3:30b"}
    known = models.overrides["openai:gpt-x"]
    assert (known.window, known.input, known.output, known.cached) == (400_000, Decimal(2), Decimal(12), Decimal("0.2"))
    assert known.capabilities == frozenset({"vision", "tools"}) and known.cache_written is None
    assert known.place == f"{file}:6" and models.notice == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("aliases = 5", '"aliases" must be a table'),
        ("models = []", '"models" must be a table'),
        ('[aliases]\n"a b" = "x:y"', '"a b" is no name for a model'),
        ('[aliases]\n"@x" = "x:y"', '"@x" is no name for a model'),
        ('[aliases]\nfast = ""', 'the alias "fast" must name a model'),
        ("[aliases]\nfast = 7", 'the alias "fast" must name a model'),
        ("[models.gpt]\nwindow = 1", '"gpt" is no model'),
        ('[models]\n"a:b" = 3', '"a:b" must be a table'),
        ('[models."a:b"]\nwindow = 0', "window of a:b must be a count of tokens"),
        ('[models."a:b"]\nwindow = "big"', "window of a:b must be a count of tokens"),
        ('[models."a:b"]\ninput = -1', "input of a:b must be dollars per million tokens"),
        ('[models."a:b"]\ninput = nan', "input of a:b must be dollars per million tokens"),
        ('[models."a:b"]\nprice = 1', "price of a:b is none of window"),
        ('[models."a:b"]\ncapabilities = ["magic"]', "capabilities of a:b must be some of vision"),
    ],
)
def test_a_mistake_is_one_line_that_names_it_and_the_rest_holds(text: str, said: str) -> None:
    file = written(text)
    config = load_config()
    (problem,) = config.models.problems
    assert problem.startswith(f"{file}:") and said in problem and "\n" not in problem
    assert config.models.aliases == {} and not any(vars_of(one) for one in config.models.overrides.values())


def vars_of(override: object) -> list[object]:
    return [value for name in ("window", "input", "capabilities") if (value := getattr(override, name)) is not None]


def test_many_mistakes_are_one_line_and_what_is_right_holds(tmp_path: Path) -> None:
    written('[aliases]\nfast = 1\nslow = 2\ngood = "a:b"\n[models."a:b"]\nwindow = 0\noutput = 3')
    models = load_config().models
    assert models.notice.endswith("And 2 more like it.") and "fast" in models.notice
    assert models.aliases == {"good": "a:b"} and models.overrides["a:b"].output == 3
