"""What a process has used, by the kernel's own account (Linux)."""

from __future__ import annotations

import os
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
WAITED_USER, WAITED_SYSTEM, PARENT = 13, 14, 1
"""Places in /proc/PID/stat behind the name (proc_pid_stat(5): cutime, cstime, ppid)."""


def cpu_seconds(pid: int) -> float:
    """Processor time of all its threads, and of its children, the ended ones included."""
    stat = _stat(pid)
    waited = (int(stat[WAITED_USER]) + int(stat[WAITED_SYSTEM])) / TICK
    return _clock(pid) + waited + sum(cpu_seconds(child) for child in _children(pid))


def memory_mib(pid: int) -> float:
    """Resident memory of it and its children, MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    resident = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    return resident / 1024 + sum(memory_mib(child) for child in _children(pid))


def _clock(pid: int) -> float:
    """Its CPU-time clock, to the nanosecond; clock_getcpuclockid(3) makes the id of a pid so."""
    return time.clock_gettime((~pid << 3) | 2)


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
