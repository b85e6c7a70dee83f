"""The commands of a comparison: when each can be done, and what it does."""

from collections.abc import Callable

from tui.app.chat.compare.host import CompareHost
from tui.app.chat.compare.tasks import CompareTasks
from tui.chat.branches import can_go_on
from tui.chat.compared_models import FEWEST

_WHILE_WRITING = frozenset({"leave", "next_column", "previous_column"})
_BEFORE_SENDING = frozenset({"add", "remove"})
_UNTIL_PICKED = frozenset({"pick", "retry", "continue_reply", "fuse", "go_on", "settings", "blind"})


class CompareActions:
    """The commands of one screen; their ids are those of the table."""

    def __init__(self, host: CompareHost, tasks: CompareTasks) -> None:
        self._host = host
        self._tasks = tasks

    @property
    def _writes(self) -> bool:
        return self._host.dock.writer.area.has_focus

    def can_run(self, command: str) -> bool:
        """Whether a command can be done now, in this focus."""
        comparison, column = self._host.comparison, self._host.view.column
        if self._writes:
            return command in _WHILE_WRITING or (command == "to_chat" and comparison.picked is not None)
        if (command in _BEFORE_SENDING and comparison.turns) or (command in _UNTIL_PICKED and comparison.picked):
            return False
        allowed: dict[str, Callable[[], object]] = {
            "leave": lambda: not comparison.running,
            "stop": lambda: column.running,
            "stop_all": lambda: comparison.running,
            "pick": lambda: column.reply is not None and not comparison.running,
            "to_chat": lambda: comparison.picked is not None,
            "retry": lambda: comparison.turns and not column.running,
            "continue_reply": lambda: not column.running and column.reply is not None and can_go_on(column.reply),
            "differences": lambda: self._host.compared_with(column) is not None,
            "together": lambda: comparison.turns and len(comparison.columns) > 1,
            "fuse": lambda: len(comparison.sources) >= FEWEST and not any(one.fused for one in comparison.columns),
            "go_on": lambda: comparison.turns,
            "blind": lambda: comparison.blind or not comparison.turns,
        }
        if command.startswith("column_"):
            return int(command[-1]) <= len(self._host.views)
        return bool(allowed[command]()) if command in allowed else True

    def run(self, command: str) -> None:
        """Do what a command says, for the column that has the keys."""
        column, host, tasks = self._host.view.column, self._host, self._tasks
        actions: dict[str, Callable[[], object]] = {
            "next_column": lambda: self._step(1),
            "previous_column": lambda: self._step(-1),
            "stop": lambda: host.comparison.stop(column),
            "stop_all": host.comparison.stop_all,
            "leave": self._leave,
            "pick": lambda: tasks.pick(column),
            "to_chat": host.leave,
            "retry": lambda: host.comparison.retry(column),
            "continue_reply": lambda: host.comparison.go_on(column),
            "differences": lambda: tasks.show_differences(column),
            "together": host.toggle_together,
            "fuse": lambda: tasks.fuse(column),
            "go_on": self._go_on,
            "settings": lambda: tasks.change_settings(column),
            "add": tasks.add,
            "remove": lambda: tasks.remove(column),
            "blind": self._hide_or_show,
        }
        if command.startswith("column_"):
            host.show_column(int(command[-1]) - 1)
        else:
            actions[command]()
        host.show_all()

    def _step(self, step: int) -> None:
        host, area = self._host, self._host.dock.writer.area
        if area.has_focus:
            host.show_column(host.number)
        elif host.dock.writer.display and host.number + step in (-1, len(host.views)):
            area.focus()
        else:
            host.show_column((host.number + step) % len(host.views))

    def _leave(self) -> None:
        """Out of what is written, or out of the comparison; what was written stays as the chat's draft."""
        writer, comparison = self._host.dock.writer, self._host.comparison
        if self._writes and comparison.turns and comparison.picked is None:
            writer.display = bool(writer.area.prompt)
            self._host.show_column(self._host.number)
        else:
            self._host.leave()

    def _go_on(self) -> None:
        self._host.write()

    def _hide_or_show(self) -> None:
        self._host.comparison.blind = not self._host.comparison.blind
        self._host.reveal()
