"""Two models of one machine would fill its memory, and the machine would stand still; or one would go in mid-answer."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tui.agent.exceptions import ModelAPIError
from tui.agent.providers import local, local_files, local_models
from tui.agent.providers.local import LocalSettings
from tui.agent.providers.local_files import memory_for, memory_of_machine
from tui.agent.providers.local_models import LocalModels

SIZE = 1_000_000
EACH = memory_for(SIZE, 1000)
CHILD = """
import json, os, sys
line = sys.stdin.readline()
with open(os.path.join(os.path.dirname(json.loads(line)["path"]), "asked"), "a") as file:
    file.write(line)
print(json.dumps({"url": "http://127.0.0.1:9"}), flush=True)
sys.stdin.read()
"""


@pytest.fixture
async def models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[LocalModels]:
    """Models "a", "b" and "c", of which two have room; their children serve nothing."""
    child = tmp_path / "child.py"
    child.write_text(CHILD)
    monkeypatch.setattr(local, "_CHILD", child)
    monkeypatch.setattr(local, "runner_installed", lambda: True)
    monkeypatch.setattr(local_files, "_PACKAGES", ())
    for name in "abc":
        (tmp_path / f"{name}.gguf").write_bytes(b"GGUF".ljust(SIZE))
    found = LocalModels([tmp_path], settings=LocalSettings(context_tokens=1000, memory_bytes=2 * EACH))
    yield found
    await found.aclose()


async def use(models: LocalModels, *names: str) -> None:
    for name in names:
        async with models.server(name).in_use():
            pass


def loaded(models: LocalModels) -> str:
    return "".join(name for name in "abc" if models.server(name).pid is not None)


async def test_the_one_that_was_unused_longest_goes_for_a_third(models: LocalModels) -> None:
    await use(models, "a", "b")
    assert loaded(models) == "ab"
    await use(models, "a", "c")
    assert loaded(models) == "ac"


async def test_one_that_answers_stays_and_the_next_one_goes(models: LocalModels) -> None:
    async with models.server("a").in_use():
        await use(models, "b", "c")
        assert loaded(models) == "ac"


async def test_where_all_answer_the_next_one_is_told_and_nothing_is_stopped(models: LocalModels) -> None:
    async with AsyncExitStack() as answering:
        for name in "ab":
            await answering.enter_async_context(models.server(name).in_use())
        with pytest.raises(ModelAPIError, match=r"no room for c .* beside a and b, still answering") as caught:
            await use(models, "c")
        assert "local.memory" in caught.value.hint and loaded(models) == "ab"
    await use(models, "c")
    assert "c" in loaded(models)


async def test_a_limit_binds_a_single_model_and_the_usual_share_does_not(
    models: LocalModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.settings = LocalSettings(context_tokens=1000, memory_bytes=EACH // 2)
    with pytest.raises(ModelAPIError, match="may take") as caught:
        await use(models, "a")
    assert "smaller model" in caught.value.hint and loaded(models) == ""
    monkeypatch.setattr(local_models, "memory_of_machine", lambda: EACH)
    models.settings = LocalSettings(context_tokens=1000)
    await use(models, "a")
    assert loaded(models) == "a"
    await use(models, "b")
    assert loaded(models) == "b"


async def test_what_is_set_reaches_the_child_and_a_change_the_next_start(models: LocalModels, tmp_path: Path) -> None:
    models.settings = LocalSettings(context_tokens=4096, threads=3, gpu_layers=0)
    await use(models, "a", "a")
    async with models.server("a").in_use():
        models.settings = LocalSettings(context_tokens=2048)
        await use(models, "a")
    await use(models, "a")
    asked = [json.loads(line) for line in (tmp_path / "asked").read_text().splitlines()]
    assert [(one["context_tokens"], one["gpu_layers"]) for one in asked] == [(4096, 0), (2048, None)]
    assert asked[0]["threads"] == 3


def test_memory_grows_with_weights_and_window_and_the_machine_has_some() -> None:
    assert memory_for(2_500_000_000, 8192) < memory_for(2_500_000_000, 32_768) < memory_for(5_000_000_000, 32_768)
    assert 3.2e9 < memory_for(2_500_000_000, 8192) < 4.2e9, "Qwen3 4B in Q4_K_M: 2.5 GB, and 1.2 GB of keys and values"
    assert (memory_of_machine() or 1 << 30) > 100_000_000
