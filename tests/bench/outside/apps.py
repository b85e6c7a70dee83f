"""The programs that are measured: how each is set up, started and talked to."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from shlex import split
from shutil import which
from time import sleep

from tests.bench.outside.server import MODELS
from tests.bench.outside.terminal import Line, Size, Terminal

ROOT = Path(__file__).parents[3]
MODEL = MODELS[0]
LONG = 4_000
SLOW = Line(bytes_per_s=100_000, delay_s=0.15)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a program runs: a home of its own, the server of the model, and the folder with the peers."""

    home: Path
    url: str
    peers: Path

    def write(self, name: str, text: str) -> None:
        """A file in the home."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@dataclass(frozen=True)
class Program:
    """A program, and what is done with it.

    Attributes:
        prompts: how many prompts are sent, and what is pressed `between` two of them.
        ask: the prompt, "{}" being what the server wants to see.
        before_keys: what is pressed before keys are typed beside the reply.
        enter: the key that sends.
        ready: what is on the screen before anything can be typed; else it is typed from the very start on.
        echo: reads lines, which the terminal shows.
        reads_beside: takes keys while a reply comes in.
        unlimited: a second prompt asks for a reply as fast as it can be taken.
    """

    name: str
    prompts: int = 1
    between: str = ""
    ask: str = "{}"
    before_keys: str = ""
    enter: str = "\r"
    ready: str = ""
    echo: bool = False
    reads_beside: bool = True
    unlimited: bool = True
    size: Size = (120, 40)
    line: Line = field(default_factory=Line)

    def command(self, place: Place) -> Sequence[str]:
        """What is run."""
        raise NotImplementedError

    def set_up(self, place: Place) -> Mapping[str, str]:
        """Write what it wants to find at its first start; returns environment variables."""
        return {}

    def first_start(self, terminal: Terminal) -> None:
        """Go through what is asked at the first start, which is not measured."""

    def present(self, peers: Path) -> bool:
        """Whether it is installed."""
        return which(self.command(Place(peers, "", peers))[0]) is not None


@dataclass(frozen=True)
class Ours(Program):
    """Chinwag, as it lies in this repository; with a chat of so many `messages` open."""

    messages: int = 0

    def command(self, place: Place) -> Sequence[str]:
        return [sys.executable, "-m", "tui", *(["-c"] if self.messages else [])]

    def set_up(self, place: Place) -> Mapping[str, str]:
        models = json.dumps([*MODELS])
        place.write(
            "config/config.toml",
            f'model = "bench:{MODEL}"\n[providers.bench]\nbase_url = "{place.url}/v1"\nmodels = {models}\n',
        )
        if self.messages:
            from tests.bench.outside.long_chat import make

            make(place.home / "data" / "chats.db", f"bench:{MODEL}", self.messages)
        folders = {
            f"CHINWAG_{name}_DIR": str(place.home / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")
        }
        return {"PYTHONPATH": str(ROOT), **folders}


@dataclass(frozen=True)
class Floor(Program):
    """A program beside this one that takes the address and the model."""

    program: str = "floor_textual.py"

    def command(self, place: Place) -> Sequence[str]:
        return [sys.executable, "-I", str(Path(__file__).with_name(self.program)), place.url, MODEL]


@dataclass(frozen=True)
class GivenProgram(Program):
    """Any other that takes the address and the model: `{url}` and `{model}` in its command line."""

    line_given: str = ""

    def command(self, place: Place) -> Sequence[str]:
        return [word.format(url=place.url, model=MODEL) for word in split(self.line_given)]


@dataclass(frozen=True)
class Oterm(Program):
    """https://github.com/ggozad/oterm: `pip install oterm`. A chat has to be made before it can be typed into."""

    def command(self, place: Place) -> Sequence[str]:
        return [str(place.peers / "oterm/bin/oterm")]

    def set_up(self, place: Place) -> Mapping[str, str]:
        place.write("oterm/config.json", json.dumps({"splash-screen": False}))
        return {"OTERM_DATA_DIR": str(place.home / "oterm"), "OLLAMA_URL": place.url, "OLLAMA_HOST": place.url}

    def first_start(self, terminal: Terminal) -> None:
        terminal.wait("Welcome to oterm")
        terminal.type("\x0e")
        terminal.wait("Type model name")
        sleep(1.5)
        terminal.click(MODEL)
        sleep(1.5)
        terminal.click(r"\bSave\b")
        sleep(2)


@dataclass(frozen=True)
class Elia(Program):
    """https://github.com/darrenburns/elia: `pip install elia-chat`."""

    enter: str = "\n"

    def command(self, place: Place) -> Sequence[str]:
        return [str(place.peers / "elia/bin/elia"), "-m", "bench"]

    def set_up(self, place: Place) -> Mapping[str, str]:
        place.write(
            ".config/elia/config.toml",
            f'default_model = "bench"\n[[models]]\nid = "bench"\nname = "openai/{MODEL}"\ndisplay_name = "Bench"\n'
            f'api_base = "{place.url}/v1"\napi_key = "none"\n',
        )
        return {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}


@dataclass(frozen=True)
class Llm(Program):
    """https://llm.datasette.io: `pip install llm`. It prints, without Markdown, and reads a line once that is over."""

    ready: str = r"(?m)^> *$"
    echo: bool = True
    reads_beside: bool = False

    def command(self, place: Place) -> Sequence[str]:
        return [str(place.peers / "llm/bin/llm"), "chat", "-m", "bench", "--key", "none"]

    def set_up(self, place: Place) -> Mapping[str, str]:
        model = f"- model_id: bench\n  model_name: {MODEL}\n  api_base: {place.url}/v1\n"
        place.write("llm/extra-openai-models.yaml", model)
        return {"LLM_USER_PATH": str(place.home / "llm")}


@dataclass(frozen=True)
class Opencode(Program):
    """https://opencode.ai: `npm install --prefix PEERS/opencode opencode-ai`."""

    def command(self, place: Place) -> Sequence[str]:
        return [str(place.peers / "opencode/node_modules/.bin/opencode")]

    def set_up(self, place: Place) -> Mapping[str, str]:
        provider = {
            "npm": "@ai-sdk/openai-compatible",
            "name": "Bench",
            "options": {"baseURL": f"{place.url}/v1", "apiKey": "none"},
            "models": {MODEL: {"name": MODEL}, "title": {"name": "title"}},
        }
        config = {
            "autoupdate": False, "share": "disabled", "model": f"bench/{MODEL}", "small_model": "bench/title",
            "provider": {"bench": provider},
        }  # fmt: skip
        place.write(".config/opencode/opencode.json", json.dumps(config))
        off = ("AUTOUPDATE", "MODELS_FETCH", "LSP_DOWNLOAD", "DEFAULT_PLUGINS")
        return {f"OPENCODE_DISABLE_{name}": "1" for name in off}


TEXTUAL = Floor("bare Textual")
RAW = Floor("bare terminal", program="floor_raw.py")
OURS = Ours("chinwag")
APPS = {
    "ours": OURS, "textual": TEXTUAL, "raw": RAW, "oterm": Oterm("oterm"), "elia": Elia("elia"), "llm": Llm("llm"),
    "opencode": Opencode("opencode"),
}  # fmt: skip
_WIDE: Size = (200, 50)
ROWS: dict[str, tuple[Program, Program]] = {
    "slow-line": (replace(OURS, line=SLOW), replace(TEXTUAL, line=SLOW)),
    "long-chat": (replace(OURS, messages=LONG, unlimited=False), replace(TEXTUAL, unlimited=False)),
    "search": (replace(OURS, messages=LONG, before_keys="\x13/", unlimited=False), replace(TEXTUAL, unlimited=False)),
    "four-streams": (
        replace(OURS, prompts=4, between="\x0e", unlimited=False), replace(TEXTUAL, prompts=4, unlimited=False),
    ),
    "compare": (
        replace(OURS, ask=f"/compare {','.join(f'bench:{name}' for name in MODELS)} {{}}", before_keys="g",
                size=_WIDE, unlimited=False),
        replace(TEXTUAL, prompts=2, size=_WIDE, unlimited=False),
    ),
}  # fmt: skip
"""Ours and the floor in another place: what comes more slowly, is longer, or comes at once."""


def environment(place: Place) -> dict[str, str]:
    """What all programs have, and nothing else from who runs this."""
    folders = {"CONFIG": ".config", "DATA": ".local/share", "STATE": ".local/state", "CACHE": ".cache"}
    xdg = {f"XDG_{name}_HOME": str(place.home / folder) for name, folder in folders.items()}
    return {
        "PATH": os.environ["PATH"], "HOME": str(place.home), "TERM": "xterm-256color", "COLORTERM": "truecolor",
        "LANG": "C.UTF-8", "NO_PROXY": "127.0.0.1,localhost", "OPENAI_API_KEY": "none", **xdg,
    }  # fmt: skip
