"""The asserts of a fresh checkout are rewritten by all workers together, not by each of them for itself."""

import pytest
from _pytest.assertion import rewrite


def rewrite_a_share(config: pytest.Config) -> None:
    """Rewrite some of the test modules, and leave the result where pytest looks for it.

    Every worker collects every module, and all of them begin at once: each would rewrite all, a fifth of a run.
    """
    worker: dict[str, object] | None = getattr(config, "workerinput", None)
    if worker is None:
        return
    number, count = int(str(worker["workerid"])[2:]), int(str(worker["workercount"]))
    for source in sorted((config.rootpath / "tests").rglob("test_*.py"))[number::count]:
        folder = rewrite.get_cache_dir(source)
        kept = folder / (source.stem + rewrite.PYC_TAIL)
        if rewrite._read_pyc(source, kept) is None and rewrite.try_makedirs(folder):
            checked, code = rewrite._rewrite_test(source, config)
            rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, checked, kept)
