"""How finding and filling in a prompt look."""

from pathlib import Path

import pytest

from tests.snapshot.test_the_app import Picture
from tests.support.app import running
from tui.app.dialogs.prompt_form import PromptForm
from tui.app.dialogs.prompts import PromptPicker
from tui.config import State
from tui.paths import config_dir

REVIEW = "---\ndescription: Review a change\n---\nReview this as a {{tone=friendly|strict}} colleague, for {{reader}}."


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
@pytest.mark.parametrize("theme", ["chinwag-dark", "chinwag-light"])
@pytest.mark.parametrize("stage", ["picker", "form"])
async def test_a_prompt(tmp_path: Path, picture: Picture, stage: str, theme: str, size: tuple[int, int]) -> None:
    folder = config_dir() / "prompts"
    folder.mkdir(parents=True)
    (folder / "review.md").write_text(REVIEW)
    (folder / "bad.md").write_text("---\nlist:\n- one\n---\n")
    async with running(tmp_path, size=size, state=State(theme=theme, last_model="fake:one")) as here:
        await here.pilot.press("alt+p")
        await here.until(lambda: isinstance(here.app.screen, PromptPicker), "the prompts")
        if stage == "form":
            await here.pilot.press("enter")
            await here.until(lambda: isinstance(here.app.screen, PromptForm), "the form")
        await here.pilot.pause()
        assert await picture(here.app)
