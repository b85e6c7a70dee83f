"""Every fault of the misbehaving server, in three dialects, from the app, `-p` and `--plain`."""

import asyncio
import os
from pathlib import Path
from random import Random

from tests.battery.result import Result
from tests.support.fronts import FRONTS, PROMPT, Case, Outcome, Stalled, soon_s
from tests.support.misbehaving.dialects import DIALECTS
from tests.support.misbehaving.fault import WORDS, Fault
from tests.support.misbehaving.server import FAULTS, Misbehaving

DESCRIPTION = "servers that misbehave: nothing lost, the cause named, memory bounded, every stall stopped in a second"
SHORT = 3
MORE_MB = 150
"""What a fault may take beside the memory of a plain answer."""
AT_ONCE = 3

Trial = tuple[str, str, str]
"""A front end, a dialect and a fault."""


def trials() -> list[Trial]:
    """All there are."""
    return [
        (front, dialect, name)
        for name, fault in FAULTS.items()
        for dialect in fault.dialects
        for front in FRONTS
    ]  # fmt: skip


ROUNDS = len(trials())


def run(rounds: int, seed: int) -> Result:
    """Try so many of them, each once before any comes twice; the variable FAULTS names those that are wanted."""
    wanted = os.environ.get("FAULTS", "").split()
    every = [trial for trial in trials() if not wanted or trial[2] in wanted]
    Random(seed).shuffle(every)
    result = Result()
    asyncio.run(
        _all([every[number % len(every)] for number in range(min(rounds, len(every) if wanted else rounds))], result)
    )
    return result


async def _all(chosen: list[Trial], result: Result) -> None:
    turn = asyncio.Semaphore(AT_ONCE)
    peaks: dict[str, dict[str, float]] = {front: {} for front in FRONTS}
    stops: dict[str, list[float]] = {front: [] for front in FRONTS}
    fronts = {front for front, _, _ in chosen}
    plain = {front: (await _tried(0, front, "openai-chat", "plain")).peak_mb for front in fronts}

    async def one(number: int, front: str, dialect: str, name: str) -> None:
        async with turn:
            with result.trial(f"{front}, {dialect}", name):
                found = await _tried(number, front, dialect, name)
                peaks[front][name] = found.peak_mb - plain[front]
                if FAULTS[name].ends == "stalled":
                    stops[front].append(found.stopped_s)
                assert found.peak_mb - plain[front] < MORE_MB, f"{found.peak_mb:.0f} MB, plain {plain[front]:.0f} MB"

    await asyncio.gather(*(one(number, *trial) for number, trial in enumerate(chosen, 1)))
    for front, more in peaks.items():
        if more:
            name = max(more, key=lambda name: more[name])
            result.figure(f"most memory, {front}", f"+{more[name]:.0f} MB ({name}; plain {plain[front]:.0f} MB)")
        if stops[front]:
            result.figure(f"stop, {front}", f"at most {max(stops[front]):.2f} s of {len(stops[front])}")


async def _tried(number: int, front: str, dialect: str, name: str) -> Outcome:
    async with Misbehaving() as server:
        url = server.url + DIALECTS[dialect].base
        case = Case(Path(os.environ["HOME"]) / f"{number}-{front.strip('-')}", url, dialect, name)
        fault = FAULTS[name]
        stall = None
        if fault.ends == "stalled":
            words = WORDS if fault.text != "" else ""
            stall = Stalled(lambda: server.prompts[name] > 0, words)
        found = await FRONTS[front](case, stall)
        assert server.strays == []
        if fault.requests:
            assert server.prompts[name] == fault.requests, server.prompts
    _judge(front, fault, found)
    return found


_STATES = {"whole": "done", "failed": "failed", "stalled": "interrupted"}
_CODES = {"whole": (0,), "failed": (1,), "stalled": (130,)}


def _judge(front: str, fault: Fault, found: Outcome) -> None:
    assert found.prompts == [PROMPT]
    assert found.sound and found.left == []
    assert found.state == _STATES[fault.ends], (found.state, found.failure, found.text[:200])
    if fault.text is None:
        assert found.text.startswith(WORDS), found.text[:200]
    else:
        assert found.text == fault.text, (found.text[:200], fault.text[:200])
    assert "Traceback" not in found.printed and "canary" not in found.printed
    assert found.code in (_CODES[fault.ends] if front == "-p" else (0,)), (found.code, found.printed[-500:])
    if fault.ends == "failed":
        message = str(found.failure["message"])
        assert found.failure["kind"] in fault.kinds, found.failure
        assert "\n" not in message and ("bad" in message or found.failure["model"] in message), message
        if front == "-p":
            assert len(found.printed.removeprefix(fault.text or "").strip().splitlines()) <= 2 or fault.text is None
    if fault.ends == "stalled":
        assert found.stopped_s < soon_s(), f"stopped after {found.stopped_s:.2f} s"
