"""The machine and what its processes cost: CPU seconds of whole process trees, peak memory, and a word on both."""

import os
import platform
import sqlite3
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_of_tree(pid: int) -> float:
    """CPU seconds, user and system, of a process, of all that it started, and of those of them that ended.

    A server such as PostgreSQL is many short-lived processes: what a backend used is its parent's once it has ended.
    """
    children: dict[int, list[int]] = {}
    spent: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _stat(entry)) is not None:
            parent, seconds = stat
            children.setdefault(parent, []).append(int(entry.name))
            spent[int(entry.name)] = seconds
    total, left = 0.0, [pid]
    while left:
        process = left.pop()
        total += spent.get(process, 0.0)
        left += children.get(process, [])
    return total


def _stat(process: Path) -> tuple[int, float] | None:
    """Its parent, and its CPU seconds with those of its ended children; None when it has just gone.

    Source: proc(5), fields 4 (ppid) and 14 to 17 (utime, stime, cutime, cstime) of /proc/pid/stat.
    """
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[1]), sum(map(int, fields[11:15])) / _TICKS


def peak_memory(pid: int) -> int:
    """The most memory that a live process has held, in bytes. Source: proc(5), VmHWM of /proc/pid/status."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def described() -> dict[str, str]:
    """Hardware and versions, as the table's head and the ledger tell them."""
    return {
        "machine": f"{os.cpu_count()} cores, {_processor()}",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') // 2**30} GiB",
        "python": platform.python_version(),
        "kernel": platform.release(),
        "sqlite": sqlite3.sqlite_version,
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
