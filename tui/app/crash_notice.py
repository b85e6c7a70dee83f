"""What a person reads when a worker breaks down: a bug of ours ends no chat. Knows no screen."""

import traceback

from textual.worker import Worker, WorkerState

from tui.app.terminal import record_crash


def crash_notice(event: Worker.StateChanged) -> str:
    """A notice on a worker that an exception ended, whose report goes to a file; "" for any other end."""
    if event.state is not WorkerState.ERROR or event.worker.error is None:
        return ""
    report = "".join(traceback.format_exception(event.worker.error))
    return f"Something went wrong inside Chinwag. {record_crash(report)}"
