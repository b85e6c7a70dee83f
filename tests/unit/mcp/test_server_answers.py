"""What a server that keeps to the specification offers and answers must arrive as it was sent."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.mcp_servers import ScriptedHooks, played, running
from tui.mcp.hooks import ElicitAnswer, FormRequest, SampleAnswer, SampleRefusal, SampleRequest, UrlRequest
from tui.mcp.values import McpContent, McpError, McpProgress, PromptArgument
from tui.paths import data_dir


async def test_everything_that_a_server_offers(tmp_path: Path) -> None:
    async with running([played(tmp_path, "chatty")]) as servers:
        assert servers.status("played").state == "off"
        assert servers.tools("played") == ()
        (status,) = await servers.ready()
        assert (status.state, status.problem) == ("ready", "")
        assert (status.tools, status.resources, status.prompts) == (2, 2, 1)
        assert status.version == "played 1.0␛[31m"
        assert (status.protocol, status.instructions) == ("2025-11-25", "Be brief.")
        echo = servers.tools("played")[0]
        assert (echo.name, echo.title, echo.read_only, echo.destructive) == ("echo", "Echo", True, None)
        note, any_note = servers.resources("played")
        assert (note.uri, note.size, note.is_template) == ("note://1", 6, False)
        assert (any_note.uri, any_note.is_template) == ("note://{id}", True)
        (greet,) = servers.prompts("played")
        assert greet.arguments == (PromptArgument("whom", required=True), PromptArgument("how"))

        called = await servers.call("played", "echo", {"b": 1, "a": "ä"})
        assert called.text == json.dumps({"a": "ä", "b": 1})
        assert (await servers.read("played", "note://1")).contents == (
            McpContent("text", text="a note", uri="note://1"),
        )
        prompt = await servers.prompt("played", "greet", {"whom": "Ada"})
        assert [(one.role, one.text) for one in prompt.contents] == [("user", "Greet Ada."), ("assistant", "Hello.")]
        assert await servers.complete("played", "greet", "whom", "An") == ("Anna",)
        assert await servers.ping("played") >= 0


async def test_all_kinds_of_content_and_nothing_is_fetched(tmp_path: Path) -> None:
    async with running([played(tmp_path)]) as servers:
        result = await servers.call("played", "kinds", {})
        text, picture, sound, broken, link, note, file = result.contents
        assert (text.kind, text.text) == ("text", "words")
        assert (picture.kind, picture.media_type, picture.data[:4]) == ("data", "image/png", b"\x89PNG")
        assert (sound.kind, sound.media_type, sound.data) == ("data", "audio/wav", b"\0\1\2")
        assert (broken.kind, "cannot be read" in broken.text) == ("text", True)
        assert (link.kind, link.uri, link.name) == ("link", "https://example.org/secret?x=1", "a page")
        assert (note.kind, note.text, note.uri) == ("text", "a note", "note://1")
        assert (file.kind, file.data, file.name) == ("data", b"\0\1\2", "b.bin")
        assert result.structured == {"answer": 42}
        assert (await servers.call("played", "fail", {})).is_error
        parts = (await servers.call("played", "many parts", {})).contents
        assert (len(parts), parts[-1].text) == (1001, "[what comes after 1,000 parts was left out]")


async def test_progress_comes_in_order(tmp_path: Path) -> None:
    seen: list[McpProgress] = []
    async with running([played(tmp_path)]) as servers:
        await servers.call("played", "progress", {}, seen.append)
    assert seen == [McpProgress(step, 3, f"step {step}") for step in (1, 2, 3)]


async def test_a_form_is_asked_for_and_sent(tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "properties": {"town": {"type": "string", "title": "Town"}, "all": {"type": "boolean", "default": True}},
        "required": ["town"],
    }
    request = {"method": "elicitation/create", "params": {"message": "Where?", "requestedSchema": schema}}
    page = {"mode": "url", "message": "Sign in", "url": "https://example.org/x", "elicitationId": "1"}
    hooks = ScriptedHooks(answers=[ElicitAnswer("accept", {"town": "Graz", "all": False}), ElicitAnswer("decline")])
    async with running([played(tmp_path)], hooks=hooks) as servers:
        result = await servers.call("played", "ask", request)
        assert json.loads(result.text) == {"result": {"action": "accept", "content": {"town": "Graz", "all": False}}}
        result = await servers.call("played", "ask", {"method": "elicitation/create", "params": page})
        assert json.loads(result.text) == {"result": {"action": "decline"}}
    form, visit = hooks.asked
    assert isinstance(form, FormRequest) and isinstance(visit, UrlRequest)
    assert (form.server, form.message, [one.name for one in form.fields]) == ("played", "Where?", ["town", "all"])
    assert (visit.url, visit.message) == ("https://example.org/x", "Sign in")


async def test_sampling_only_by_the_hook(tmp_path: Path) -> None:
    message = {"role": "user", "content": {"type": "text", "text": "Two and two?"}}
    params = {"messages": [message], "maxTokens": 9, "modelPreferences": {"hints": [{"name": "small"}]}}
    request = {"method": "sampling/createMessage", "params": params}
    hooks = ScriptedHooks(samples=[SampleAnswer("Four.", "demo:echo"), SampleRefusal("Too dear.")])
    async with running([played(tmp_path)], hooks=hooks) as servers:
        answer = json.loads((await servers.call("played", "ask", dict(request))).text)["result"]
        assert (answer["content"]["text"], answer["model"]) == ("Four.", "demo:echo")
        refusal = json.loads((await servers.call("played", "ask", dict(request))).text)["error"]
        assert refusal["message"] == "Too dear."
    asked = hooks.asked[0]
    assert isinstance(asked, SampleRequest)
    assert (asked.contents[0].text, asked.most_tokens, asked.models) == ("Two and two?", 9, ("small",))


@pytest.mark.parametrize("method", ["roots/list", "no/such"])
async def test_what_is_not_offered_to_servers_is_refused(tmp_path: Path, method: str) -> None:
    async with running([played(tmp_path)]) as servers:
        answer = json.loads((await servers.call("played", "ask", {"method": method})).text)
        assert "error" in answer


async def test_a_refusal_names_the_server(tmp_path: Path) -> None:
    async with running([played(tmp_path)]) as servers:
        with pytest.raises(McpError) as caught:
            await servers.call("played", "nothing", {})
        assert caught.value.message == "played refused: there is no nothing"
        with pytest.raises(McpError, match="There is no server other"):
            await servers.call("other", "echo", {})


def is_private_and_empty(folder: Path) -> bool:
    return folder.parent == data_dir() / "mcp" and folder.stat().st_mode & 0o777 == 0o700 and not [*folder.iterdir()]


async def test_a_server_gets_a_small_environment_and_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("TERM", "xterm")
    config = replace(played(tmp_path, name="../odd name"), env={"TOWN_KEY": "k"})
    there = replace(played(tmp_path, name="there"), folder=str(tmp_path))
    async with running([config, there]) as servers:
        facts = json.loads((await servers.call("../odd name", "environment", {})).text)
        assert {"OPENAI_API_KEY", "TERM", "CHINWAG_DATA_DIR"}.isdisjoint(facts["env"])
        assert facts["env"]["TOWN_KEY"] == "k"
        assert {"PATH", "HOME"} <= facts["env"].keys()
        assert is_private_and_empty(Path(facts["folder"]))
        assert facts["session"] != os.getsid(0)
        elsewhere = json.loads((await servers.call("there", "environment", {})).text)
        assert elsewhere["folder"] == str(tmp_path)
