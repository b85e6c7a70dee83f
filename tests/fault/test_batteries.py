"""A short round of every battery; by hand, `python -m tests.battery NAME` goes on for as long as one likes."""

import pytest

from tests.battery.__main__ import batteries

pytestmark = pytest.mark.apart

BATTERIES = {name: battery for name, battery in batteries().items() if battery.SHORT}


@pytest.mark.parametrize("name", BATTERIES)
def test_a_short_round_misses_nothing(name: str) -> None:
    result = BATTERIES[name].run(BATTERIES[name].SHORT, seed=1)
    assert not result.misses, result.table()
    assert any(row.tried for row in result.rows.values()), result.table()
