"""A model of gigabytes comes over a bad line: what came is kept, what is wrong is never taken for a model."""

import asyncio
import json
import resource
import threading
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Any

import pytest

from tests.support.played_hub import NAME, SHA, WEIGHTS, PlayedHub
from tests.support.protocol_server import Answer, ProtocolServer, json_answer
from tui.agent.exceptions import ModelAPIError
from tui.agent.providers.hub import HubFile, ModelHub
from tui.agent.providers.ollama_models import delete, pull, sizes
from tui.agent.providers.provider import Provider
from tui.agent.providers.vendors import vendor_named
from tui.agent.secret import Secret
from tui.chat.catalog import pulling
from tui.chat.catalog.pulling import Pull, PullProgress
from tui.chat.catalog.quantisations import best_of, find_quantisation, parse_source, quantisations
from tui.errors import ChinwagError, UsageError
from tui.files import hold


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "_PAUSE_S", 0)


def left(folder: Path) -> dict[str, int]:
    """What lies in a folder, and how many bytes it has."""
    return {one.name: one.stat().st_size for one in folder.iterdir()}


async def brought(played: PlayedHub, folder: Path, report: Callable[[PullProgress], None] = lambda _: None) -> Path:
    hub = ModelHub(base_url=played.server.url)
    (model,) = quantisations(await hub.files("acme/acme-7b"))
    return await Pull(hub, "acme/acme-7b", model, folder, report).run()


async def test_a_model_is_brought_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    played = PlayedHub()
    async with played.server:
        path = await brought(played, tmp_path / "models")
        assert path.read_bytes() == WEIGHTS and left(path.parent) == {NAME: len(WEIGHTS)}
        with pytest.raises(UsageError, match="there already"):
            await brought(played, tmp_path / "models")


async def test_where_it_broke_off_it_goes_on(tmp_path: Path) -> None:
    played = PlayedHub(10_000, 20_000)
    async with played.server:
        assert (await brought(played, tmp_path)).read_bytes() == WEIGHTS
    assert played.asked == ["", "bytes=10000-", "bytes=30000-"]


async def test_what_came_is_kept_for_the_next_try_when_the_line_stays_dead(tmp_path: Path) -> None:
    played = PlayedHub(10_000, 0, 0, 0)
    async with played.server:
        with pytest.raises(ModelAPIError) as caught:
            await brought(played, tmp_path)
        assert caught.value.kind in ("stream_cut", "network") and "is kept" in caught.value.hint
        assert left(tmp_path) == {f"{NAME}.part": 10_000}
        assert (await brought(played, tmp_path)).read_bytes() == WEIGHTS
    assert played.asked[-1] == "bytes=10000-"


async def test_cancelled_it_keeps_what_came(tmp_path: Path) -> None:
    played = PlayedHub()
    played.gate.clear()
    async with played.server:
        task = asyncio.create_task(brought(played, tmp_path))
        part = tmp_path / f"{NAME}.part"
        while not part.exists() or not part.stat().st_size:  # noqa: ASYNC110  the disk tells no event
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await played.server.closed_early.wait()
    assert part.read_bytes() == WEIGHTS[:5_000]


@pytest.mark.parametrize("work", ["_opened", "_write"])
async def test_cancelled_twice_in_the_middle_of_disk_work_it_leaves_the_file_once_that_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: str
) -> None:
    begun, go_on, files = threading.Event(), threading.Event(), list[FileIO]()
    opened, real = pulling._opened, getattr(pulling, work)

    def keep(part: Path) -> FileIO:
        files.append(opened(part))
        return files[0]

    def slow(*given: Any) -> Any:
        begun.set()
        go_on.wait()
        return keep(*given) if work == "_opened" else real(*given)

    monkeypatch.setattr(pulling, "_opened", keep)
    monkeypatch.setattr(pulling, work, slow)
    played = PlayedHub()
    async with played.server:
        task = asyncio.create_task(brought(played, tmp_path))
        await asyncio.to_thread(begun.wait)
        for _ in range(2):  # the person stops it, and the app ends
            task.cancel()
            await asyncio.sleep(0)
        assert not any(file.closed for file in files)
        go_on.set()
        await asyncio.wait({task})
        assert task.cancelled()
        while not (files and files[0].closed):  # noqa: ASYNC110  a thread tells no event
            await asyncio.sleep(0.001)
    kept = left(tmp_path)
    assert kept == {} if work == "_opened" else list(kept) == [f"{NAME}.part"] and kept[f"{NAME}.part"] > 0


async def test_one_that_another_program_is_bringing_is_left_to_it(tmp_path: Path) -> None:
    """Two that write one file would both have something that is no model."""
    played = PlayedHub()
    part = tmp_path / f"{NAME}.part"
    part.write_bytes(WEIGHTS[:10])
    async with played.server:
        with part.open("r+b") as other:
            assert hold(other.fileno())
            with pytest.raises(ChinwagError, match="on its way already"):
                await brought(played, tmp_path)
        assert part.read_bytes() == WEIGHTS[:10] and played.asked == []
        assert (await brought(played, tmp_path)).read_bytes() == WEIGHTS


async def test_a_disk_that_is_full_in_the_middle_keeps_what_came_and_is_told(tmp_path: Path) -> None:
    """The limit is the kernel's, on the size of this process's files; a full disk comes in the same way."""
    played = PlayedHub()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with played.server:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
        try:
            with pytest.raises(ChinwagError, match="cannot be written: File too large") as caught:
                await brought(played, tmp_path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert "kept" in caught.value.hint
        assert left(tmp_path) == {f"{NAME}.part": 20_000}
        assert (await brought(played, tmp_path)).read_bytes() == WEIGHTS


async def test_a_file_of_unknown_size_is_held_against_the_disk_once_its_size_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (model,) = quantisations([HubFile(NAME, None, "")])
    huge = Answer([b"GGUF"], headers={"transfer-encoding": "", "content-length": str(1 << 50)}, end="cut",
                  content_type="application/octet-stream")  # fmt: skip
    async with ProtocolServer(huge) as server:
        with pytest.raises(ChinwagError, match=r"needs .* GB more"):
            await Pull(ModelHub(base_url=server.url), "acme/acme-7b", model, tmp_path, lambda _: None).run()
    assert left(tmp_path) == {}


@pytest.mark.parametrize("tells_size", [True, False])
@pytest.mark.parametrize("there", [WEIGHTS, WEIGHTS + b"more", b"x" * len(WEIGHTS)])
async def test_where_more_is_asked_for_than_there_is_it_ends_with_the_whole_file_or_is_held_for_wrong(
    tells_size: bool, there: bytes, tmp_path: Path
) -> None:
    """What came in full, and was not called so any more, stood in the way of every further pull."""
    (tmp_path / f"{NAME}.part").write_bytes(there)
    (model,) = quantisations([HubFile(NAME, None, SHA)])
    played = PlayedHub()
    played.tells_size = tells_size
    async with played.server:
        pull = Pull(ModelHub(base_url=played.server.url), "acme/acme-7b", model, tmp_path, lambda _: None)
        if there.startswith(b"x") and tells_size:
            with pytest.raises(ChinwagError, match="SHA-256"):
                await pull.run()
            assert left(tmp_path) == {}
        else:
            assert (await pull.run()).read_bytes() == WEIGHTS
    anew = [] if tells_size and len(there) == len(WEIGHTS) else [""]
    assert played.asked == [f"bytes={len(there)}-", *anew]


@pytest.mark.parametrize(
    ("answer", "token", "words", "hint"),
    [
        (json_answer({"error": "gated"}, 401), "", "without a token (401)", "set HF_TOKEN"),
        (json_answer({"error": "gated"}, 401), "hf_x", "refused the token (401)", "Check the token"),
        (json_answer({"error": "gated"}, 403), "hf_x", "not give acme/acme-7b to the owner", "Ask for access at"),
        (json_answer({}, 404), "", "has no acme/acme-7b (404)", "Check its name"),
        (Answer([], 302, headers={"location": "/acme/acme-7b/resolve/main/" + NAME}), "", "redirects in circles", ""),
        (Answer([], 302, headers={"location": "file:///etc/passwd"}), "", "no web address", ""),
    ],
)
async def test_a_file_that_is_not_given_says_what_to_do_and_leaves_nothing(
    answer: Answer, token: str, words: str, hint: str, tmp_path: Path
) -> None:
    async with ProtocolServer(answer) as server:
        hub = ModelHub(Secret(token) if token else None, server.url)
        (model,) = quantisations([HubFile(NAME, 100, "")])
        with pytest.raises(ModelAPIError) as caught:
            await Pull(hub, "acme/acme-7b", model, tmp_path, lambda _: None).run()
    assert words in caught.value.message and hint in caught.value.hint and "hf_x" not in str(caught.value)
    assert left(tmp_path) == {}


async def test_a_server_that_knows_no_ranges_sends_it_anew(tmp_path: Path) -> None:
    played = PlayedHub(10_000, ranges=False)
    async with played.server:
        assert (await brought(played, tmp_path)).read_bytes() == WEIGHTS


@pytest.mark.parametrize(
    ("weights", "sha", "words"),
    [
        (WEIGHTS[:-1] + b"x", SHA, "SHA-256"),
        (WEIGHTS + b"more", SHA, "another size"),
        (WEIGHTS[:-9], SHA, "instead of"),
    ],
)
async def test_what_is_not_what_the_hub_says_becomes_no_model(
    weights: bytes, sha: str, words: str, tmp_path: Path
) -> None:
    played = PlayedHub(weights=weights, sha=sha)
    async with played.server:
        with pytest.raises(ChinwagError, match=words):
            await brought(played, tmp_path)
    assert not (tmp_path / NAME).exists()


async def test_a_model_that_is_larger_than_the_disk_is_refused_before_a_byte_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "_SPARE_BYTES", 1 << 60)
    played = PlayedHub()
    async with played.server:
        with pytest.raises(ChinwagError, match="free"):
            await brought(played, tmp_path)
    assert played.asked == [] and left(tmp_path) == {}


async def test_progress_counts_what_was_there_already(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[PullProgress] = []
    monkeypatch.setattr(pulling, "_TELL_S", -1)
    (tmp_path / f"{NAME}.part").write_bytes(WEIGHTS[:30_000])
    played = PlayedHub()
    async with played.server:
        await brought(played, tmp_path, told.append)
    assert told[0].done_bytes > 30_000 and told[-1].done_bytes == told[-1].size_bytes == len(WEIGHTS)


async def test_a_token_goes_to_the_hub_and_not_where_it_redirects_to(tmp_path: Path) -> None:
    async with ProtocolServer(Answer([WEIGHTS], content_type="application/octet-stream")) as cdn:
        file = HubFile(NAME, len(WEIGHTS), SHA)
        redirect = Answer([], 302, headers={"location": f"{cdn.url}/blob?signature=1"})
        async with ProtocolServer(redirect) as server:
            hub = ModelHub(Secret("hf_secret_token"), server.url)
            (model,) = quantisations([file])
            await Pull(hub, "acme/acme-7b", model, tmp_path, lambda _: None).run()
            assert server.requests[0].headers["authorization"] == "Bearer hf_secret_token"
        assert "authorization" not in cdn.requests[0].headers


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (json_answer({"error": "Repository not found"}, 404), "has no acme/acme-7b (404)"),
        (json_answer({"error": "Invalid username or password."}, 401), "not show acme/acme-7b without a token"),
        (Answer([], 307, headers={"location": "/api/models/acme/acme-7b-v2"}), "another name now"),
        (Answer([b"<html>Log in</html>"], content_type="text/html"), ""),
        (json_answer([1, 2]), "which files"),
        (json_answer({"siblings": "none"}), "which files"),
        (Answer([], end="silent"), ""),
    ],
)
async def test_a_hub_that_answers_something_else_is_a_clear_error(answer: Answer, words: str) -> None:
    async with ProtocolServer(answer) as server:
        with pytest.raises(ModelAPIError) as caught:
            await ModelHub(base_url=server.url).files("acme/acme-7b")
        assert words in caught.value.message and "<" not in caught.value.message


async def test_a_page_in_the_place_of_a_file_is_not_kept(tmp_path: Path) -> None:
    async with ProtocolServer(Answer([b"<html>"], content_type="text/html; charset=utf-8")) as server:
        (model,) = quantisations([HubFile(NAME, 100, "")])
        with pytest.raises(ModelAPIError, match="web page"):
            await Pull(ModelHub(base_url=server.url), "acme/acme-7b", model, tmp_path, lambda _: None).run()
    assert left(tmp_path) == {}


async def test_names_from_a_hub_lead_nowhere_else() -> None:
    names = ["../../evil.gguf", "a/../../b.gguf", "ok/fine-Q8_0.gguf", "bell\x07.gguf", 3]
    async with ProtocolServer(json_answer({"siblings": [{"rfilename": name} for name in names]})) as server:
        assert [file.name for file in await ModelHub(base_url=server.url).files("a/b")] == ["ok/fine-Q8_0.gguf"]


# Which of a repository's files.


def file(name: str, size_gb: float | None = 1) -> HubFile:
    return HubFile(name, None if size_gb is None else round(size_gb * 1e9), "")


def test_parts_belong_together_and_projectors_and_incomplete_splits_are_left_out() -> None:
    found = quantisations([
        file("Acme-Q8_0.gguf", 8), file("mmproj-F16.gguf"), file("Acme-Q4_K_M-00002-of-00002.gguf", 2),
        file("Acme-Q4_K_M-00001-of-00002.gguf", 3), file("Acme-F16-00001-of-00003.gguf", 9),
        file("UD/Acme-UD-IQ2_XXS.gguf", 2),
    ])  # fmt: skip
    assert [(one.name, len(one.files), one.size_bytes) for one in found] == [
        ("UD-IQ2_XXS", 1, 2_000_000_000), ("Q4_K_M", 2, 5_000_000_000), ("Q8_0", 1, 8_000_000_000)
    ]  # fmt: skip
    assert found[1].files[0].name.endswith("00001-of-00002.gguf")
    assert find_quantisation(found, "Q8_0", "a/b") is found[2]
    with pytest.raises(UsageError) as caught:
        find_quantisation(found, "Q5_0", "a/b")
    assert "UD-IQ2_XXS, Q4_K_M, Q8_0" in caught.value.hint


@pytest.mark.parametrize(
    ("memory_gb", "best", "fits"),
    [
        (16, "Q4_K_M", [True] * 3), (6, "Q3_K_S", [True, False, False]),
        (None, "Q4_K_M", [None] * 3), (1, None, [False] * 3),
    ],
)  # fmt: skip
def test_what_fits_this_machine_is_said_and_preferred(
    memory_gb: int | None, best: str | None, fits: list[bool | None]
) -> None:
    found = quantisations([file("a-Q8_0.gguf", 8), file("a-Q3_K_S.gguf", 4), file("a-Q4_K_M.gguf", 5)])
    memory = None if memory_gb is None else memory_gb * 10**9
    chosen = best_of(found, memory, 8192)
    assert (chosen.name if chosen else None) == best
    assert [one.fits(memory, 8192) for one in found] == fits


@pytest.mark.parametrize(
    ("text", "repository", "quantisation"),
    [
        ("hf:Qwen/Qwen3-4B-GGUF", "Qwen/Qwen3-4B-GGUF", ""),
        ("hf:Qwen/Qwen3-4B-GGUF:q4_k_m", "Qwen/Qwen3-4B-GGUF", "Q4_K_M"),
        ("hf:https://huggingface.co/a/b.c/", "a/b.c", ""),
    ],
)
def test_a_source_is_read(text: str, repository: str, quantisation: str) -> None:
    source = parse_source(text)
    assert (source.repository, source.quantisation) == (repository, quantisation)


@pytest.mark.parametrize("text", ["", "hf:", "hf:a", "hf:a/b/c", "hf:../..", "hf:a/..", "qwen3", "hf:a b/c", "hf:a/b:"])
def test_what_is_no_source_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="names no model"):
        parse_source(text)


# Ollama.


def ollama(url: str) -> Provider:
    vendor = vendor_named("ollama")
    assert vendor is not None
    return Provider(vendor, base_url=url, api_key="")


async def test_ollama_brings_a_model_with_all_its_layers() -> None:
    lines = [
        {"status": "pulling manifest"},
        {"status": "pulling a", "digest": "a", "total": 100, "completed": 40},
        {"status": "pulling b", "digest": "b", "total": 50},
        {"status": "pulling a", "digest": "a", "total": 100, "completed": 100},
        {"status": "success"},
    ]
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    async with ProtocolServer(Answer([body], content_type="application/x-ndjson")) as server:
        steps = [step async for step in pull(ollama(server.url), "qwen3")]
        assert server.requests[0].body == {"model": "qwen3", "stream": True}
    assert [(step.done_bytes, step.size_bytes) for step in steps] == [
        (0, 0),
        (40, 100),
        (40, 150),
        (100, 150),
        (100, 150),
    ]


@pytest.mark.parametrize(
    "line", [b'{"error": "pull model manifest: file does not exist"}\n', b'{"status": "pulling"}\n']
)
async def test_ollama_that_fails_in_the_middle_is_said(line: bytes) -> None:
    async with ProtocolServer(Answer([line], content_type="application/x-ndjson")) as server:
        with pytest.raises(ModelAPIError):
            _ = [step async for step in pull(ollama(server.url), "qwen3")]


async def test_ollamas_models_are_counted_and_deleted() -> None:
    async with ProtocolServer(json_answer({"models": [{"name": "qwen3:4b", "size": 7}]}), json_answer({})) as server:
        assert await sizes(ollama(server.url)) == {"qwen3:4b": 7}
        await delete(ollama(server.url), "qwen3:4b")
        assert (server.requests[1].method, server.requests[1].body) == ("DELETE", {"model": "qwen3:4b"})
