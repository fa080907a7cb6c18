"""CPU is counted to whoever used it, also when the process has ended."""

import os
import subprocess
import sys
import time

from benchmarks.speed.machine import cpu_of_tree

BUSY = "import time\nwhile time.process_time() < 0.3: pass"
PARENT = f"""
import subprocess, sys
subprocess.run([sys.executable, "-c", {BUSY!r}])
print("ended", flush=True)
input()
"""


def test_the_cpu_of_a_child_that_has_ended_is_still_counted_to_its_tree() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ended\n"

        spent = cpu_of_tree(process.pid)

        process.communicate(b"\n")
    assert spent >= 0.29


def test_what_this_process_uses_is_seen() -> None:
    before, until = cpu_of_tree(os.getpid()), time.process_time() + 0.2
    while time.process_time() < until:
        pass
    assert cpu_of_tree(os.getpid()) - before >= 0.15
