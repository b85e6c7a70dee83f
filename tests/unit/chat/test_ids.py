"""Ids sort by time, because lists and trees are read in their order."""

import time
import uuid

import pytest

from tui.chat.ids import new_id


def test_an_id_is_a_version_seven_uuid() -> None:
    made = uuid.UUID(new_id())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_later_ids_sort_after_earlier_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [1_700_000_000_000_000_000 + step for step in (0, 1_000, 999_999, 1_000_000, 10**9, 10**15)]
    made = []
    for moment in moments:
        monkeypatch.setattr(time, "time_ns", lambda moment=moment: moment)
        made.append(new_id())
    assert made == sorted(made)
    assert len(set(made)) == len(made)
