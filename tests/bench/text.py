"""CPU that cleaning text from outside takes, by script: `python -m tests.bench.text`.

The floor is one search of a regular expression for a character that is not there, over the same text.
"""

import re
from collections.abc import Callable
from functools import partial
from time import process_time

from tui.text import StreamCleaner, clean, portable

CHARACTERS = 1_000_000
PIECE = 4
ROUNDS = 5
SENTENCES = {
    "English": "The quick brown fox jumps over the lazy dog, and back again.\n",
    "German": "Über die Grüße des größten Königs läßt sich füglich streiten, sagte er mir.\n",
    "Persian": "من می\u200cخواهم یک کتاب\u200cخانه بسازم و می\u200cدانم که نمی\u200cشود.\n",
    "Hindi": "क्\u200dषत्रिय हिन्दी में लिखा हुआ पाठ है।\n",
    "Hebrew, marks": "שלום\u200f! זה C++\u200e ו-Python\u200e.\n",
    "Japanese": "日本語の文章です。これは長い文です。\n",
    "emoji": "ok 👍🏽 ❤\ufe0f 👩\u200d👩\u200d👧 fine, and so on\n",
}
_FLOOR = re.compile("[\u3fff\u4dff]")


def fastest_ms(work: Callable[[], object]) -> float:
    """The least CPU time of a few rounds."""
    times = []
    for _ in range(ROUNDS):
        begin = process_time()
        work()
        times.append(process_time() - begin)
    return min(times) * 1e3


def stream(text: str) -> None:
    """Clean a text that comes in pieces of a token each."""
    cleaner = StreamCleaner(clean)
    for start in range(0, len(text), PIECE):
        cleaner.feed(text[start : start + PIECE])
    cleaner.end()


def main() -> None:
    """Print a row for each script."""
    print(f"ms of CPU for {CHARACTERS:,} characters; streamed: µs for each piece of {PIECE}")
    print(f"{'':14}{'floor':>8}{'clean':>8}{'portable':>10}{'streamed':>10}")
    for name, sentence in SENTENCES.items():
        text = (sentence * (CHARACTERS // len(sentence) + 1))[:CHARACTERS]
        part = text[: CHARACTERS // 20]
        floor, cleaned = fastest_ms(partial(_FLOOR.search, text)), fastest_ms(partial(clean, text))
        carried, streamed = fastest_ms(partial(portable, text)), fastest_ms(partial(stream, part))
        each_us = streamed * 1e3 / (len(part) / PIECE)
        print(f"{name:14}{floor:8.1f}{cleaned:8.1f}{carried:10.1f}{each_us:10.2f}")


if __name__ == "__main__":
    main()
