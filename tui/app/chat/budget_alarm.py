"""Says it once when what was spent comes to a soft limit, in whichever chat that happens."""

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.app.chat.host import Host
    from tui.chat.limits import Standing
    from tui.chat.replies.meter import MeterReading

_Crossing = tuple[str, str, str]


class BudgetAlarm:
    """One line for each limit and each chat, day or month in which it is crossed."""

    def __init__(self, host: "Host") -> None:
        self._host = host
        self._known: set[_Crossing] = set()

    def warn(self, conversation_id: str, reading: "MeterReading") -> None:
        """Take what a reply of any chat has used so far."""
        for standing in self._new(conversation_id, reading):
            self._host.toast("!", f"Spent {standing.short_words}", "warning")

    def note(self, conversation_id: str, reading: "MeterReading") -> None:
        """Take what a chat is opened with: it was crossed before, and the meter says so."""
        self._new(conversation_id, reading)

    def _new(self, conversation_id: str, reading: "MeterReading") -> list["Standing"]:
        warned = [standing for standing in reading.standings if standing.warn and standing.warns]
        crossed = {_crossing(standing, conversation_id): standing for standing in warned}
        new = [standing for crossing, standing in crossed.items() if crossing not in self._known]
        self._known |= crossed.keys()
        return new


def _crossing(standing: "Standing", conversation_id: str) -> _Crossing:
    today = date.today().isoformat()
    place = {"chat": conversation_id, "day": today, "month": today[:7]}[standing.period]
    return standing.period, place, "" if standing.warn is None else standing.warn.written
