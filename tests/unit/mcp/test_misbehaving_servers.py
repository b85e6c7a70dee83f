"""A server that hangs, dies, floods or lies must cost one clear line, and neither the chat nor the memory."""

import asyncio
import json
import resource
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.mcp_servers import ScriptedClock, ScriptedHooks, played, running, state, told, until
from tui.mcp.config import ServerConfig
from tui.mcp.hooks import ElicitAnswer
from tui.mcp.values import McpError, ServerStatus

TOO_LARGE = r"^played sent a message of more than 16 MB or 100,000 values, and was stopped\.$"


def ready(status: ServerStatus) -> bool:
    return status.state == "ready"


@pytest.mark.parametrize(
    ("method", "line"),
    [
        ("server/discover", "played did not answer within 30 s."),
        ("initialize", "played did not answer within 30 s."),
        ("tools/list", "played did not list its tools within 30 s."),
    ],
)
async def test_one_that_hangs_in_its_start_is_tried_again_later(tmp_path: Path, method: str, line: str) -> None:
    clock = ScriptedClock()
    async with running([played(tmp_path, f"hang {method}")], clock=clock) as servers:
        servers.start()
        await told(tmp_path, method.replace("/", "."))
        clock.advance(31)
        await state(servers, "waiting")
        status = servers.status("played")
        assert (status.problem, status.retry_at) == (line, clock.now() + 1)


async def test_one_that_hangs_in_a_lesser_list_has_tools_all_the_same(tmp_path: Path) -> None:
    clock = ScriptedClock()
    async with running([played(tmp_path, "hang prompts/list")], clock=clock) as servers:
        servers.start()
        await told(tmp_path, "prompts.list")
        await until(lambda: len(servers.resources("played")) == 2 and len(servers.tools("played")) == 2)
        clock.advance(31)
        await state(servers, "ready")
        assert servers.status("played").problem == "played did not list its prompts within 30 s."
        assert (await servers.call("played", "echo", {})).text == "{}"


async def test_a_call_that_hangs_ends_at_its_time_out_and_is_cancelled_at_the_server(tmp_path: Path) -> None:
    clock = ScriptedClock()
    async with running([played(tmp_path, timeout_s=5)], clock=clock) as servers:
        await servers.ready()
        call = asyncio.ensure_future(servers.call("played", "hang", {}))
        await told(tmp_path, "tools.call")
        clock.advance(6)
        with pytest.raises(McpError, match=r"^played took longer than 5 s for hang\.$"):
            await call
        await told(tmp_path, "cancelled")
        assert (await servers.call("played", "echo", {})).text == "{}"


async def test_esc_cancels_a_call_at_the_server(tmp_path: Path) -> None:
    async with running([played(tmp_path)]) as servers:
        call = asyncio.ensure_future(servers.call("played", "hang", {}))
        await told(tmp_path, "tools.call")
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await told(tmp_path, "cancelled")
        assert ready(servers.status("played"))


async def test_time_stands_still_while_the_person_is_asked(tmp_path: Path) -> None:
    clock, hooks = ScriptedClock(), ScriptedHooks(answers=[ElicitAnswer("accept", {})])
    hooks.may_answer.clear()
    request = {
        "method": "elicitation/create",
        "params": {"message": "?", "requestedSchema": {"type": "object", "properties": {}}},
    }
    async with running([played(tmp_path, timeout_s=5)], clock=clock, hooks=hooks) as servers:
        call = asyncio.ensure_future(servers.call("played", "ask", request))
        await hooks.asking.wait()
        clock.advance(3600)
        hooks.may_answer.set()
        assert json.loads((await call).text)["result"]["action"] == "accept"


async def test_a_question_is_taken_back_when_its_server_dies(tmp_path: Path) -> None:
    hooks = ScriptedHooks()
    hooks.may_answer.clear()
    async with running([played(tmp_path)], hooks=hooks) as servers:
        call = asyncio.ensure_future(servers.call("played", "ask and die", {}))
        await hooks.asking.wait()
        other = asyncio.ensure_future(servers.call("played", "echo", {}))
        for one in (call, other):
            with pytest.raises(McpError, match=r"^played ended \(exit code 1\)\.$"):
                await one
        assert hooks.taken_back.is_set()


async def test_many_questions_at_once_are_not_all_asked(tmp_path: Path) -> None:
    hooks = ScriptedHooks()
    hooks.may_answer.clear()
    params = {"message": "?", "requestedSchema": {"type": "object", "properties": {}}}
    async with running([played(tmp_path)], hooks=hooks) as servers:
        request = {"method": "elicitation/create", "params": params, "times": 50}
        answer = json.loads((await servers.call("played", "ask", request)).text)
        assert answer["error"]["message"] == "Too many questions at once."
        assert len(hooks.asked) == 1


async def test_death_in_a_call_tells_its_last_words_and_it_starts_again(tmp_path: Path) -> None:
    clock = ScriptedClock()
    async with running([played(tmp_path)], clock=clock) as servers:
        with pytest.raises(McpError) as caught:
            await servers.call("played", "die", {})
        assert caught.value.message == "played ended (exit code 7): ␛[31mboom"
        await state(servers, "waiting")
        assert [tool.name for tool in servers.tools("played")] == ["echo", "grow"]  # as long as it may come back
        call = asyncio.ensure_future(servers.call("played", "echo", {}))
        await asyncio.sleep(0)
        clock.advance(1)
        assert (await call).text == "{}"


async def test_pauses_grow_until_it_is_given_up_and_asking_again_begins_anew(tmp_path: Path) -> None:
    clock = ScriptedClock()
    pauses = []
    async with running([played(tmp_path, "die initialize")], clock=clock) as servers:
        servers.start()
        while True:
            await state(servers, "waiting", "failed")
            status = servers.status("played")
            assert status.problem == "played ended (exit code 3): no licence"
            if status.retry_at is None:
                break
            pauses.append(status.retry_at - clock.now())
            clock.advance(pauses[-1])
            await state(servers, "starting", "failed")
        assert pauses == [1, 2, 4, 8, 16, 32, 60]
        assert servers.status("played").state == "failed"
        servers.start()
        assert servers.status("played").state == "starting"
        await state(servers, "waiting")
        servers.start()  # now, not in a second
        assert servers.status("played").state == "starting"


@pytest.mark.parametrize(
    ("modes", "line"),
    [
        (("wrong version",), "played speaks a version of MCP that is not known here: 1999-01-01"),
        (("refuse initialize",), "played refused the handshake: Method not found"),
        (("not mcp",), "played writes to its standard output what is not MCP: usage: this is no server (100)"),
    ],
)
async def test_one_that_cannot_be_used_is_not_tried_again(tmp_path: Path, modes: tuple[str, ...], line: str) -> None:
    async with running([played(tmp_path, *modes), played(tmp_path, name="good")]) as servers:
        bad, good = await servers.ready()
        assert (bad.state, bad.problem) == ("failed", line)
        assert ready(good)


async def test_programs_and_folders_that_are_not_there(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("no program")
    text.chmod(0o755)
    configs = [
        ServerConfig("gone", ("no-such-program-here",)),
        ServerConfig("text", (str(text),)),
        ServerConfig("folder", ("/bin/cat",), folder=str(tmp_path / "none")),
        ServerConfig("nothing"),
        ServerConfig("off", ("/bin/cat",), enabled=False),
    ]
    async with running(configs) as servers:
        gone, wrong, folder, nothing = await servers.ready()
        assert gone.problem == "gone: the program no-such-program-here was not found."
        assert wrong.problem == f"text: {text} cannot be started: Exec format error."
        assert folder.problem == f"folder: there is no folder {tmp_path}/none."
        assert nothing.problem == "nothing has neither a command nor a url."
        assert {one.state for one in (gone, wrong, folder, nothing)} == {"failed"}
        with pytest.raises(McpError, match="off is switched off"):
            await servers.call("off", "echo", {})


async def test_more_tools_than_anybody_reads(tmp_path: Path) -> None:
    async with running([played(tmp_path, "many tools")]) as servers:
        (status,) = await servers.ready()
        assert (status.tools, len(servers.tools("played"))) == (1000, 1000)
        assert status.problem == "played: it lists more than 1,000 tools; the rest is left out."


@pytest.mark.parametrize(("mode", "kept"), [("endless cursor", 100), ("same cursor", 1)])
async def test_a_list_without_end(tmp_path: Path, mode: str, kept: int) -> None:
    async with running([played(tmp_path, mode)]) as servers:
        (status,) = await servers.ready()
        assert (ready(status), len(servers.tools("played"))) == (True, kept)
        assert status.problem == "played: its list of tools has no end."


async def test_hostile_names_and_schemas(tmp_path: Path) -> None:
    async with running([played(tmp_path, "hostile")]) as servers:
        (status,) = await servers.ready()
        tools = {tool.name: tool for tool in servers.tools("played")}
        assert [len(name) for name in tools] == [4, 4, 134, 7]
        hostile = next(tool for name, tool in tools.items() if len(name) == 134)
        assert "\x1b" in hostile.name  # raw: it is cleaned where it is drawn, and must be sent back as it is
        assert len(hostile.description) == 20_000
        assert status.problem == "played: 3 of its tools have names or schemas that cannot be used."
        # A pattern that takes for ever is never tried on a result.
        assert (await servers.call("played", "pattern", {})).structured == {"a": "a" * 40 + "!"}


async def test_a_list_that_is_no_list(tmp_path: Path) -> None:
    async with running([played(tmp_path, "bad schema")]) as servers:
        (status,) = await servers.ready()
        assert (status.state, status.problem) == ("waiting", "played answered in a form that MCP does not know.")


async def test_tools_that_change_are_read_again_at_most_once_a_second(tmp_path: Path) -> None:
    clock = ScriptedClock()
    async with running([played(tmp_path)], clock=clock) as servers:
        await servers.ready()
        before = {tool.name: tool.fingerprint for tool in servers.tools("played")}
        changes: list[int] = []
        grown = asyncio.Event()

        def changed(name: str) -> None:
            changes.append(len(servers.tools(name)))
            if changes[-1] == 3:
                grown.set()

        servers.listen(changed)
        await servers.call("played", "grow", {})  # and 200 notifications
        clock.advance(1.1)
        await grown.wait()
        assert len(changes) <= 2
        assert {tool.name: tool.fingerprint for tool in servers.tools("played")}.items() >= before.items()


async def test_a_million_notifications(tmp_path: Path) -> None:
    hooks = ScriptedHooks()
    async with running([played(tmp_path)], hooks=hooks) as servers:
        with pytest.raises(McpError) as caught:
            await servers.call("played", "million notes", {})
        assert caught.value.message == "played sent many thousands of messages at once, and was stopped."
        await state(servers, "failed")
        assert len(hooks.logged) <= 200


async def test_a_line_of_a_gigabyte_stays_out_of_memory(tmp_path: Path) -> None:
    async with running([played(tmp_path)]) as servers:
        await servers.ready()
        before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(McpError, match=TOO_LARGE):
            await servers.call("played", "gigabyte", {})
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 100 << 10


async def test_a_million_values_do_not_hold_up_the_screen(tmp_path: Path) -> None:
    async with running([played(tmp_path)]) as servers:
        with pytest.raises(McpError, match=TOO_LARGE):
            await servers.call("played", "million values", {})


@pytest.mark.parametrize(("tool", "text"), [("errors", "done"), ("twice", "first"), ("wrong id", "right")])
async def test_what_only_looks_bad(tmp_path: Path, tool: str, text: str) -> None:
    async with running([played(tmp_path)]) as servers:
        assert (await servers.call("played", tool, {})).text == text
        assert (await servers.call("played", "echo", {})).text == "{}"


async def test_answers_of_no_known_form(tmp_path: Path) -> None:
    async with running([played(tmp_path)]) as servers:
        with pytest.raises(McpError, match=r"^played answered in a form that MCP does not know\.$"):
            await servers.call("played", "nonsense", {})
        assert (await servers.call("played", "echo", {})).text == "{}"
        with pytest.raises(McpError, match=r"what is not MCP: \{not json$"):
            await servers.call("played", "garbage", {})


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (rb"cut \ud83d", "cut \ufffd"),
        (rb"\ude00 rest", "\ufffd rest"),
        (rb"\\ud83d \ud83d\ude00", r"\ud83d 😀"),
        (b"cut \xf0\x9f", "cut \ufffd"),
        (b"caf\xe9", "caf\ufffd"),
    ],
)
async def test_text_that_was_cut_in_a_letter_arrives_all_the_same(tmp_path: Path, sent: bytes, kept: str) -> None:
    body = b'{"jsonrpc": "2.0", "id": ID, "result": {"content": [{"type": "text", "text": "%s"}]}}' % sent
    (tmp_path / "raw").write_bytes(body)
    async with running([played(tmp_path)]) as servers:
        assert (await servers.call("played", "raw", {})).text == kept


@pytest.mark.parametrize(
    "sent",
    [
        b'{"jsonrpc": "2.0", "id": ID, "result": "text"}',
        b'{"jsonrpc": "2.0", "id": ID, "error": "text"}',
        b'{"id": ID, "result": {}}',
        b'{"jsonrpc": "2.0", "id": ID, "result": {"content": [{"type": "text", "text": "a\tb"}]}}',
        b'{"jsonrpc": "2.0", "id": ID, "result": {"a": %s}}' % (b"[" * 300 + b"]" * 300),
    ],
)
async def test_an_answer_that_cannot_be_read_is_not_waited_for(tmp_path: Path, sent: bytes) -> None:
    (tmp_path / "raw").write_bytes(sent)
    async with running([played(tmp_path)]) as servers:
        with pytest.raises(McpError, match=r"^played answered in a form that MCP does not know\.$"):
            await servers.call("played", "raw", {})
        assert (await servers.call("played", "echo", {})).text == "{}"


async def test_one_that_ends_when_asked_for_the_newest_protocol_is_asked_for_the_older(tmp_path: Path) -> None:
    async with running([played(tmp_path, "die server/discover")]) as servers:
        (status,) = await servers.ready()
        assert (ready(status), status.protocol) == (True, "2025-11-25")


@pytest.mark.parametrize("value", ["very-secret-key", "${TOWN}", "${key:mcp.played.town}"])
async def test_what_a_server_was_given_is_not_repeated_in_messages_and_logs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    async def find_key(name: str) -> str | None:
        return "very-secret-key"

    monkeypatch.setenv("TOWN", "very-secret-key")
    config = replace(played(tmp_path), env={"TOWN_KEY": value})
    hooks = ScriptedHooks()
    async with running([config], hooks=hooks, find_key=find_key) as servers:
        with pytest.raises(McpError) as caught:
            await servers.call("played", "repeat secrets", {})
        assert caught.value.message == "played refused: I was given …"
        await until(lambda: hooks.logged)
        assert hooks.logged == [("played", "info", "I was given …")]


async def test_a_page_to_visit_first_is_shown(tmp_path: Path) -> None:
    hooks = ScriptedHooks(answers=[ElicitAnswer("accept")])
    async with running([played(tmp_path)], hooks=hooks) as servers:
        with pytest.raises(McpError, match="played wants a page visited first: not yet"):
            await servers.call("played", "visit first", {})
        with pytest.raises(McpError, match="played was not given what it wants first: Sign in"):
            await servers.call("played", "visit first", {})


async def test_a_slow_start_does_not_hold_up_others(tmp_path: Path) -> None:
    configs = [played(tmp_path, "hang initialize", name="slow"), *(played(tmp_path, name=f"s{n}") for n in range(4))]
    async with running(configs) as servers:
        servers.start()
        quick = await servers.ready([f"s{n}" for n in range(4)])
        assert all(ready(one) for one in quick)
        assert servers.status("slow").state == "starting"
