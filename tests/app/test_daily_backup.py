"""The app makes the copy of the day by itself, and a disk that has no room for it costs one line."""

from pathlib import Path

import pytest

from tests.support.app import running
from tests.support.scripted import ScriptedModel
from tui.app import app
from tui.store import backups


async def test_the_copy_of_the_day_is_made_and_a_full_disk_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path, ScriptedModel(["an answer"])) as here:
        await here.ask("a question")
        monkeypatch.setattr(app, "BACK_UP_REST_S", 0.0)
        path = here.library.database.path
        assert path is not None
        with monkeypatch.context() as full:
            full.setattr(backups, "RESERVE_BYTES", 1 << 60)
            here.app.begin_backup()
            await here.until(lambda: "Today's backup was not made." in here.screen(), "the line")
        assert backups.backups(path) == []
        here.app.begin_backup()
        await here.until(lambda: [one.kind for one in backups.backups(path)] == ["daily"], "the copy")
        here.app.begin_backup()
        await here.app.workers.wait_for_complete([one for one in here.app.workers if one.group == "backup"])
        assert len(backups.backups(path)) == 1


async def test_the_copy_of_the_day_waits_until_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost else: single keys, a few seconds after each first start of a day."""
    asked: list[float] = []
    async with running(tmp_path, ScriptedModel(["an answer"])) as here:
        await here.ask("a question")
        path = here.library.database.path
        assert path is not None
        monkeypatch.setattr(here.app, "set_timer", lambda seconds, later: asked.append(seconds))
        monkeypatch.setattr(app, "BACK_UP_REST_S", 600.0)
        here.app.begin_backup()
        assert 0 < asked[0] <= 600 and not [one for one in here.app.workers if one.group == "backup"]
        monkeypatch.setattr(app, "BACK_UP_REST_S", 0.0)
        here.app.begin_backup()
        await here.until(lambda: [one.kind for one in backups.backups(path)] == ["daily"], "the copy")
