"""How the settings screen looks: headings, values, origins, and the words on the one under the cursor."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.app import App

from tests.support.app import running
from tui.app.dialogs.settings import SettingsDialog
from tui.config import Config, SettingValues, SetValue


@pytest.mark.parametrize(
    ("size", "theme"), [((80, 24), "chinwag-dark"), ((80, 24), "chinwag-light"), ((120, 40), "chinwag-dark")]
)
async def test_the_settings(
    tmp_path: Path, picture: Callable[[App[None]], Awaitable[bool]], size: tuple[int, int], theme: str
) -> None:
    values = SettingValues(
        (
            SetValue("theme", theme, "environment", "CHINWAG_THEME"),
            SetValue("chat.temperature", 0.3, "config.toml", "~/.config/chinwag/config.toml:7"),
            SetValue("chat.effort", "high", "app", "~/.config/chinwag/config.local.toml:4"),
            SetValue("model", "fake:one", "command line", "-m"),
        )
    )
    config = Config(tmp_path / "config.toml", settings=values)
    async with running(tmp_path, size=size, config=config) as here:
        await here.pilot.press("alt+comma")
        await here.until(lambda: isinstance(here.app.screen, SettingsDialog), "the settings")
        await here.pilot.press("down", "down", "down", "down", "down")
        await here.pilot.pause()
        assert await picture(here.app)
