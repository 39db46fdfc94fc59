"""What is asked of the operating system, of processes that the test starts."""

import subprocess
import sys

from streamer.bench.processes import TreeCpu, cpu_of, cpu_s, descendants, resident, tree

BUSY = """
import subprocess, sys
sum(range(3 * 10**6))
code = "sum(range(3 * 10**6)); print('on', flush=True); input()"
child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
input()
"""


def test_a_tree_of_processes_is_counted_as_one() -> None:
    command = [sys.executable, "-c", BUSY]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        assert len(descendants(parent.pid)) == 1
        cpu = TreeCpu(parent.pid)
        whole_s, alone_s = cpu.seconds(), cpu_s([parent.pid])
        assert alone_s == cpu_of(parent.pid).total_us / 1e6
        assert whole_s > alone_s > 0
        assert resident(parent.pid) > 1_000_000
        parent.communicate(b"\n")
    assert cpu_s(tree(parent.pid)) == 0
    assert cpu.seconds() >= whole_s, "of those that ended, too"
