"""What a slice did to its server, the services and the machine: their state before it, and the differences after it."""

import time

import msgspec

from loadtests.measurement import accounting
from loadtests.measurement.accounting import Cpu, MachineState, Reading
from loadtests.measurement.bench import Bench
from loadtests.measurement.record import Use
from loadtests.measurement.subject import Subject
from loadtests.messages import Slice
from loadtests.servers import Server

_DATABASE, _STORE = "postgres", "valkey"
# A server counts an answer when it has handed it on, which on a busy machine is a moment after the client has it.
_COUNTED_WITHIN_S = 0.25
_NOT_ACCEPTED = ("refused", "unreachable", "no_port", "no_files")


class State(msgspec.Struct, frozen=True, kw_only=True):
    """All clocks at one moment; what is not ours or not told is None. `own_ns` is this process's own CPU time."""

    at_ns: int
    server: Reading
    answered: int | None
    database: Cpu | None
    store: Cpu | None
    commands: int | None
    machine: MachineState | None
    own_ns: int


def look(bench: Bench, server: Server) -> State:
    """Read all clocks, the server's next to the slice's moment."""
    database, store = _service(bench, _DATABASE), _service(bench, _STORE)
    answered = answers(server)
    commands = None if bench.commands is None else bench.commands.so_far()
    return State(
        server=accounting.read(server.processes(), group=server.group, heir=server.keeper_pid),
        machine=MachineState.now(),
        at_ns=time.monotonic_ns(),
        answered=answered,
        database=database,
        store=store,
        commands=commands,
        own_ns=time.process_time_ns(),
    )


def answers(server: Server) -> int | None:
    """Return how many answers the server counted so far; None when it keeps no count."""
    return server.answered() if any(server.counters.iterdir()) else None


def use(bench: Bench, subject: Subject, before: State, after: State, clients: list[Slice], *, wanted: int) -> Use:
    """Return what was used between two states; `wanted` is how many answers the clients have seen."""
    server = bench.server(subject)
    spent = accounting.used(before.server, after.server)
    pids = tuple(sorted(pid for pid, _ in after.server.identities))
    held = accounting.memory(pids)
    cores, others = frozenset(subject.cores), bench.cores.everything - frozenset(subject.cores)
    pace = bench.pacers.between(before.at_ns, after.at_ns, cores, others)
    seen = accounting.strain(before.machine, after.machine, subject.cores)
    window = bench.pacers.between(clients[0].window_start_ns, clients[0].window_end_ns, cores, others)
    ours = [spent.total_ns, pace.cpu_ns, *_beside(bench, subject, before, after, clients)]
    known = [each for each in ours if each is not None]
    return Use(
        wall_ns=after.at_ns - before.at_ns,
        cpu_ns=spent.total_ns,
        cpu_user_ns=spent.user_ns,
        cpu_system_ns=spent.system_ns,
        answered=_counted(server, before.answered, wanted),
        processes=pids,
        rss_bytes=after.server.rss_bytes if held is None else held.rss_bytes,
        pss_bytes=None if held is None else held.pss_bytes,
        threads=after.server.threads,
        context_switches=_switches(before.server, after.server),
        sockets=accounting.open_sockets(pids),
        accepted=sum(map(_accepted, clients)),
        db_connections=bench.connections.peak(server.name),
        db_connections_total=bench.connections.peak_of_all(server.name),
        db_cpu_ns=_spent_ns(before.database, after.database),
        store_cpu_ns=_spent_ns(before.store, after.store),
        store_commands=_more(before.commands, after.commands),
        steal_share=None if seen is None else seen.steal_share,
        core_steal_share=None if seen is None else seen.core_steal_share,
        foreign_share=seen.foreign_share(sum(known), len(subject.cores)) if seen and len(known) == len(ours) else None,
        pressure_share=None if seen is None else seen.pressure_share,
        load_average=None if seen is None else seen.load,
        mhz=None if seen is None else seen.mhz,
        pace=pace.pace,
        window_pace=window.pace,
    )


def _service(bench: Bench, name: str) -> Cpu | None:
    root = bench.backing.processes.get(name)
    return None if root is None else accounting.total(root, group=bench.backing.groups.get(name))


def _spent_ns(before: Cpu | None, after: Cpu | None) -> int | None:
    return None if before is None or after is None else after.total_ns - before.total_ns


def _beside(bench: Bench, subject: Subject, before: State, after: State, clients: list[Slice]) -> list[int | None]:
    """Return the CPU time of what else of ours may run on the server's cores; None for what is not known."""
    if not set(subject.cores) & bench.cores.others:
        return []
    services = [_spent_ns(before.database, after.database), _spent_ns(before.store, after.store)]
    generator_ns = max((client.cpu_ns for client in clients), default=0)
    return [*services, generator_ns, after.own_ns - before.own_ns]


def _accepted(client: Slice) -> int:
    return client.connections_opened - sum(client.errors.get(kind, 0) for kind in _NOT_ACCEPTED)


def _more(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else after - before


def _switches(before: Reading, after: Reading) -> int | None:
    """Return the context switches in between; those of a process that ended are lost with it."""
    return _more(before.context_switches, after.context_switches) if before.same_processes(after) else None


def _counted(server: Server, before: int | None, wanted: int) -> int | None:
    """Return how many answers the server counted, once it has counted the last one."""
    if before is None:
        return None
    deadline = time.monotonic() + _COUNTED_WITHIN_S
    while (counted := answers(server)) is not None and counted - before < wanted:
        if time.monotonic() > deadline:
            break
        time.sleep(0.002)
    return None if counted is None else counted - before
