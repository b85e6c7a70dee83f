"""The program of the child process that serves one GGUF file through llama.cpp on a loopback port.

It is run as a file, not imported, so that it loads nothing of `tui`. It speaks with `local.py` only:

- standard input brings one JSON line, the settings, and then stays open for as long as the parent lives; its end,
  however the parent ended, ends this process;
- standard output brings one JSON line: `{"url": ...}` once the model answers, or `{"error": ..., "message": ...}`;
- standard error is the log, where llama.cpp writes why a file cannot be used. No prompt and no answer goes there.
"""

import contextlib
import io
import json
import os
import select
import sys
from typing import Any


def _die_with_parent() -> None:
    """Let the kernel end this process at the end of standard input.

    llama.cpp holds Python's lock while it loads a file, which may take minutes, so no thread could do it.
    """
    if sys.platform == "win32":  # `main` waits for it, too
        return
    with contextlib.suppress(ImportError, AttributeError, OSError):  # not on every system
        import fcntl

        fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
        if select.select([0], [], [], 0)[0]:  # it ended before the signal was armed
            os._exit(0)


def _serve(settings: dict[str, Any]) -> Any:
    """Load the model and return its running server (which must be kept alive)."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["path"]
    params.model_alias = {settings["name"]}
    params.hostnames = ["127.0.0.1"]
    params.port = 0  # the system picks a free one
    params.api_keys = [settings["key"]]  # other users of this machine reach the port, but not the model
    params.ui = False
    params.n_ctx = settings["context_tokens"]
    params.n_parallel = settings["parallel"]
    params.kv_unified = True  # each of the parallel answers may use the whole window
    params.cpuparams.n_threads = settings["threads"]
    if settings["gpu_layers"] is not None:
        params.n_gpu_layers = settings["gpu_layers"]
    params.use_jinja = True
    if sampling := settings["sampling"]:  # for requests that do not say
        params.sampling.temp = sampling["temperature"]
        params.sampling.top_p = sampling["top_p"]
        params.sampling.top_k = sampling["top_k"]
        params.sampling.penalty_repeat = sampling["repeat_penalty"]
        params.n_predict = sampling["most_tokens"]
    params.verbosity = 2  # errors and warnings
    return xllamacpp.Server(params)


def _report(fields: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Serve until standard input ends; return 1 when the model cannot be served."""
    line = io.FileIO(0, closefd=False).readline()
    if not line:
        return 0
    _die_with_parent()
    try:
        server = _serve(json.loads(line))
    except ImportError as error:
        _report({"error": "missing", "message": str(error)})
        return 1
    except (RuntimeError, ValueError, OSError) as error:
        _report({"error": "load", "message": str(error)})
        return 1
    _report({"url": server.listening_address})
    while os.read(0, 1):
        pass
    os._exit(0)  # llama.cpp's own shutdown waits for a running answer


if __name__ == "__main__":
    sys.exit(main())
