"""Jobs, which Windows has for process groups: who is in one stays there with all of its children, and ends with them.

Source: learn.microsoft.com, "Job Objects".
"""

import ctypes
import sys
from ctypes import wintypes
from typing import Any

assert sys.platform == "win32"

_EXTENDED_LIMITS = 9
_KILL_ON_JOB_CLOSE = 0x2000
_ENDED = 1


class _BasicLimits(ctypes.Structure):
    _fields_ = (
        ("process_time", wintypes.LARGE_INTEGER),
        ("job_time", wintypes.LARGE_INTEGER),
        ("flags", wintypes.DWORD),
        ("least_memory", ctypes.c_size_t),
        ("most_memory", ctypes.c_size_t),
        ("most_processes", wintypes.DWORD),
        ("affinity", ctypes.c_size_t),
        ("priority", wintypes.DWORD),
        ("scheduling", wintypes.DWORD),
    )


class _Limits(ctypes.Structure):
    _fields_ = (("basic", _BasicLimits), ("counters", ctypes.c_ulonglong * 6), ("memory", ctypes.c_size_t * 4))


class Job:
    """A job with one program in it, and all that this one starts from now on.

    Args:
        process: the program, a Popen that was just started.
        ends_with_us: the system ends the job when this process ends, however it does.
    """

    def __init__(self, process: Any, *, ends_with_us: bool = False) -> None:
        self._kernel = kernel = ctypes.WinDLL("kernel32")
        kernel.CreateJobObjectW.restype = wintypes.HANDLE
        self._handle = wintypes.HANDLE(kernel.CreateJobObjectW(None, None))
        if ends_with_us:
            limits = _Limits()
            limits.basic.flags = _KILL_ON_JOB_CLOSE
            kernel.SetInformationJobObject(
                self._handle, _EXTENDED_LIMITS, ctypes.byref(limits), wintypes.DWORD(ctypes.sizeof(limits))
            )
        kernel.AssignProcessToJobObject(self._handle, wintypes.HANDLE(int(process._handle)))

    def end(self) -> None:
        """End all that are in it, also those that outlived the program."""
        self._kernel.TerminateJobObject(self._handle, wintypes.UINT(_ENDED))

    def __del__(self) -> None:
        self._kernel.CloseHandle(self._handle)
