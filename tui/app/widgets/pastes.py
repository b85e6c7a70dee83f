"""Long pastes, each as a label in the text with its content beside: `[pasted 214 lines ▾]`. Pure; knows no widget."""

import re
from collections.abc import Iterator

from tui.figures import counted

MOST_LINES = 10
MOST_CHARACTERS = 1_000
_KEPT = 50


def is_long(text: str) -> bool:
    """Whether a paste is too long to stand in the composer as it is."""
    return len(text) > MOST_CHARACTERS or text.count("\n") >= MOST_LINES


class FoldedPastes:
    """What the labels of a text stand for.

    A content is kept after its label has left the text: undo brings the label back.
    """

    def __init__(self) -> None:
        self._contents: dict[str, str] = {}
        self._opened: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def __bool__(self) -> bool:
        """Whether any text can have labels."""
        return bool(self._contents)

    def fold(self, content: str, text: str) -> str:
        """A label for a paste, which stands neither in `text` nor in the paste itself; its old one, if it has one."""
        for label, known in self._contents.items():
            if known == content and label not in text:
                self._opened.discard(label)
                return label
        lines = content.count("\n") + (not content.endswith("\n"))
        what = counted(lines, "line") if lines > 1 else counted(len(content), "character")
        number, label = 1, f"[pasted {what} ▾]"
        while label in self._contents or label in text or label in content:
            number += 1
            label = f"[pasted {what} ({number}) ▾]"
        self._contents[label] = content
        self._renew()
        return label

    def expand(self, text: str) -> str:
        """The text with every paste in its place."""
        return self._pattern.sub(lambda match: self._contents[match[0]], text) if self._pattern else text

    def open(self, label: str) -> str:
        """The content of a label that is about to be replaced by it: it is not folded again."""
        self._opened.add(label)
        return self._contents[label]

    def fold_again(self, text: str) -> str:
        """A text with the pastes that are known in it as their labels, as when a draft comes back."""
        labels: list[str] = []
        for label, content in sorted(self._contents.items(), key=lambda pair: -len(pair[1])):
            if label in text:
                labels = []  # these words are the person's own: nothing in this text can be a label
                break
            if label not in self._opened and content in text:
                labels.append(label)
        folded = text
        for label in labels:
            folded = folded.replace(self._contents[label], label, 1)
        return folded if self.expand(folded) == text else text

    def forget_old(self, text: str) -> None:
        """Forget the oldest contents that do not stand in `text`, when nothing can bring their labels back."""
        old = [label for label in self._contents if label not in text][:-_KEPT]
        for label in old:
            del self._contents[label]
            self._opened.discard(label)
        if old:
            self._renew()

    def spans(self, line: str) -> Iterator[tuple[int, int]]:
        """The first column of each label in a line, and the one behind it."""
        if self._pattern is not None and "▾]" in line:
            for match in self._pattern.finditer(line):
                yield match.span()

    def _renew(self) -> None:
        labels = sorted(map(re.escape, self._contents), key=len, reverse=True)
        self._pattern = re.compile("|".join(labels)) if labels else None
