"""Who used what in a slice: the server's processes, the database, the store, the machine.

Everything is read from the kernel before and after a slice, and told as the difference. What cannot be read is None.
"""

from loadtests.measurement.accounting.connections import Connections
from loadtests.measurement.accounting.cpu import Cpu, cpu_ns
from loadtests.measurement.accounting.machine import MachineState, Strain, strain
from loadtests.measurement.accounting.memory import Memory, memory, open_sockets
from loadtests.measurement.accounting.processes import Reading, read, runs, total, tree, used
from loadtests.measurement.accounting.store import Commands

__all__ = [
    "Commands",
    "Connections",
    "Cpu",
    "MachineState",
    "Memory",
    "Reading",
    "Strain",
    "cpu_ns",
    "memory",
    "open_sockets",
    "read",
    "runs",
    "strain",
    "total",
    "tree",
    "used",
]
