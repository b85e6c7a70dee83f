"""Makes a large library: `python tests/bench/large_library.py FILE [--messages N]`. The same one for the same N.

Ten messages to a chat, prompts of 20 words and replies of 70, drawn from 50,000 made-up words as often as words are in
a language: the commonest is in most messages, most are in a few. Each chat has a model of its own, the rarest one in
some 2,000 chats; one reply in 500 was interrupted.
"""

import argparse
import random
import sqlite3
import sys
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tui.store.migrations import MIGRATIONS, migrate  # noqa: E402  the path has to be set first

_WORDS = 50_000
_PER_CHAT = 10
MODELS = {
    "openai:gpt-5.6": 1000, "anthropic:claude-opus-5": 600, "google:gemini-3-pro": 200, "ollama:qwen3:8b": 60,
    "mistral:large": 20, "groq:llama-4": 5, "xai:grok-5": 1,
}  # fmt: skip
"""The models, and how often a chat has each."""
_BEGIN_US, _STEP_US = 1_600_000_000_000_000, 60_000_000


def vocabulary() -> list[str]:
    """The words, the commonest first."""
    chance = random.Random(1)
    return ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(3, 9))) for _ in range(_WORDS)]


def make(path: Path, messages: int, steps: Sequence[object] = MIGRATIONS) -> None:
    """Write the library, of which nothing is indexed; `steps` are those of the schema that it has from the start."""
    chance, words = random.Random(2), vocabulary()
    others = random.Random(3)  # so that the words stay the same
    weights = list(accumulate(1 / number for number in range(1, _WORDS + 1)))

    def text(count: int) -> str:
        return " ".join(chance.choices(words, cum_weights=weights, k=count))

    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    migrate(connection, MIGRATIONS[: len(steps)])
    connection.execute("BEGIN")
    for first in range(0, messages, _PER_CHAT):
        (model,) = others.choices([*MODELS], weights=[*MODELS.values()])
        chat, begun = f"{first:012x}-{chance.getrandbits(64):016x}", _BEGIN_US + first * _STEP_US
        connection.execute(
            "INSERT INTO conversations (id, title, title_by, model, settings, active_leaf, created_at, updated_at)"
            " VALUES (?, ?, 'prompt', ?, '{}', ?, ?, ?)",
            (chat, text(5), model, f"m{first + _PER_CHAT - 1:012x}", begun, begun + _PER_CHAT * _STEP_US),
        )
        connection.executemany(
            "INSERT INTO messages (id, conversation_id, parent_id, kind, state, payload, text, thinking, model,"
            " settings, usage, price, failure, created_at) "
            "VALUES (?, ?, ?, ?, ?, '[]', ?, '', ?, '', '', ?, '', ?)",
            [
                (
                    f"m{number:012x}", chat, f"m{number - 1:012x}" if number > first else None,
                    "reply" if number % 2 else "prompt", "interrupted" if number % 1000 == 501 else "done",
                    text(70 if number % 2 else 20),
                    model if number % 2 else "", "0.001" if number % 2 else None,
                    _BEGIN_US + number * _STEP_US,
                )
                for number in range(first, first + _PER_CHAT)
            ],
        )  # fmt: skip
    connection.execute("COMMIT")
    connection.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--messages", type=int, default=100_000)
    arguments = parser.parse_args()
    make(arguments.file, arguments.messages)
