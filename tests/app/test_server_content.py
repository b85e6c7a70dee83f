"""What servers offer beside tools: resources go along as files, prompts stand where one writes, and nothing is sent."""

from pathlib import Path

from tests.support.app import Running, running
from tests.support.scripted import ScriptedModel
from tests.support.servers import PlayedServer, PlayedServers, text
from tui.app.dialogs.prompt_form import PromptForm
from tui.app.dialogs.prompts import PromptPicker
from tui.mcp.values import McpContent, McpPrompt, McpResource, McpResult, PromptArgument

NOTE = McpResource("notes", "note://one", "the note", media_type="text/markdown", description="A no\x1b[31mte.")
BLANK = McpResource("notes", "note://{year}/{+path}", "by year", is_template=True)
GONE = McpResource("notes", "note://gone", "gone")
REVIEW = McpPrompt("notes", "review", "", "Review [red]it.", (PromptArgument("tone", "how kind", required=True),))


def servers() -> PlayedServers:
    answers = {
        "note://one": text("# One\x00", uri="note://one", media_type="text/markdown"),
        "note://20%2F26/a/b": text("Blank"),
        "review": McpResult(
            (
                McpContent("text", "Be {{kind}}.", role="user"),
                McpContent("text", "Gladly.", role="assistant"),
                McpContent("text", "attached", uri="note://one", name="one.md", role="user"),
            )
        ),
    }
    return PlayedServers(
        PlayedServer("notes", resources=(NOTE, BLANK, GONE), prompts=(REVIEW,), answers=answers, state="ready")
    )


async def choose(here: Running, word: str, row: str) -> None:
    await here.type(word)
    await here.until(lambda: row in here.screen(), row)
    await here.pilot.press("enter")


async def test_a_resource_goes_along_with_its_name_and_its_type_and_one_that_is_gone_is_one_line(
    tmp_path: Path,
) -> None:
    model = ScriptedModel()
    async with running(tmp_path, model, servers=servers()) as here:
        await here.type("See @not")
        await here.until(lambda: "notes:" in here.screen() and "3 resources" in here.screen(), "the server")
        await choose(here, "es:the", "the note")
        await here.until(lambda: here.composer.prompt.attachments, "the file")
        (file,) = here.composer.prompt.attachments
        assert (file.name, file.media_type, file.data) == ("notes:one", "text/markdown", "# One␀".encode())
        assert here.composer.text == "See " and not model.asked
        await choose(here, "@notes:gone", "gone")
        await here.until(lambda: "notes has no note://gone" in here.screen(), "the error")
        await here.pilot.press("enter")
        await here.settled()
        assert "One␀" in str(model.asked[0].messages)


async def test_an_address_with_blanks_asks_for_them(tmp_path: Path) -> None:
    played = servers()
    async with running(tmp_path, servers=played) as here:
        await choose(here, "@notes:year", "by year")
        await here.until(lambda: isinstance(here.app.screen, PromptForm), "the form")
        await here.type("20/26")
        await here.pilot.press("enter")
        await here.type("a/b")
        assert "note://20%2F26/a/b" in here.screen()
        await here.pilot.press("enter")
        await here.until(lambda: here.composer.prompt.attachments, "the file")
        assert played.asked == [("read", "notes", "note://20%2F26/a/b", {})]


async def test_a_prompt_of_a_server_is_filled_in_and_stands_where_one_writes(tmp_path: Path) -> None:
    played, model = servers(), ScriptedModel()
    async with running(tmp_path, model, servers=played) as here:
        await here.type("my words")
        await here.pilot.press("alt+p")
        await here.until(lambda: isinstance(here.app.screen, PromptPicker), "the prompts")
        assert "Review [red]it." in here.screen()
        await here.type("review")
        await here.pilot.press("enter")
        await here.until(lambda: isinstance(here.app.screen, PromptForm), "the form")
        assert "needed · how kind" in here.screen()
        await here.type("very")
        await here.pilot.press("enter")
        await here.until(lambda: here.composer.text != "my words", "the prompt")
        assert here.composer.text == "Be {{kind}}.\n\nassistant:\nGladly.\n\nattached\n\nmy words"
        assert played.asked == [("prompt", "notes", "review", {"tone": "very"})] and not model.asked
        await here.pilot.press("ctrl+c")
        await choose(here, "#notes:rev", "#notes:review")
        await here.until(lambda: isinstance(here.app.screen, PromptForm), "the form")
        await here.pilot.press("escape")
