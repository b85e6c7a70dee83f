"""Work beside everything else is begun by a function: a coroutine that the app outruns is never awaited."""

import ast

from tests.support.doors import sources


def test_workers_are_begun_in_one_place_which_takes_no_coroutines() -> None:
    calls = [
        (path, node.lineno)
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("run_worker")
    ]
    assert [path for path, _ in calls] == ["tui/app/workers.py"], calls
