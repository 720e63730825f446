"""What a slice did to its server, the services and the machine: their state before it, and the differences after it."""

import time

import msgspec

from backing.counter import GARBLED, REFUSED, REFUSED_BY
from backing.services import PROCESSES
from contract.rows.articles import ACCESS
from loadtests.measurement import accounting
from loadtests.measurement.accounting import Cpu, MachineState, Reading
from loadtests.measurement.bench import Grounds
from loadtests.measurement.errors import unanswered
from loadtests.measurement.generator import here_ns
from loadtests.measurement.record import Use
from loadtests.measurement.subject import Subject
from loadtests.measurement.told import use as use_told
from loadtests.messages import Slice
from loadtests.servers import Server
from loadtests.servers.elsewhere import Elsewhere, Heard

_STORE, _UPSTREAM = "valkey", "upstream"
# A server counts an answer when it has handed it on, which on a busy machine is a moment after the client has it.
_COUNTED_WITHIN_S = 0.25
_MOMENT_S = 0.05
NOBODY = Reading(
    identities=frozenset(), clocks=Cpu(total_ns=0), group=None, rss_bytes=0, threads=0, context_switches=None
)
_NOT_ACCEPTED = ("refused", "unreachable", "no_port", "no_files")
# The way to the database in which an answer can be another's.
_SHARED = "shared"
_REFUSED: dict[str | None, int] = {None: REFUSED} | REFUSED_BY


class State(msgspec.Struct, frozen=True, kw_only=True):
    """All clocks at one moment; what is not ours or not told is None. `own_ns` is this process's own CPU time.

    Of a server that runs elsewhere nothing is read, and `told` is what it says of itself.
    `refused` are the connections that the database refused, by the way that wanted them, and all of them under None.
    """

    at_ns: int
    server: Reading
    told: Heard | None
    answered: int | None
    refused: dict[str | None, int | None]
    garbled: int | None
    database: Cpu | None
    store: Cpu | None
    upstream: Cpu | None
    commands: int | None
    machine: MachineState | None
    own_ns: int


def look(bench: Grounds, server: Server | Elsewhere) -> State:
    """Read all clocks, the server's next to the slice's moment."""
    told = _told(server) if isinstance(server, Elsewhere) else None
    database, store = _service(bench, PROCESSES[bench.backing.engine]), _service(bench, _STORE)
    upstream = _service(bench, _UPSTREAM)
    answered = answers(server)
    commands = None if bench.commands is None else bench.commands.so_far()
    ours = None if isinstance(server, Elsewhere) else server
    return State(
        server=NOBODY if ours is None else accounting.read(ours.processes(), group=ours.group, heir=ours.keeper_pid),
        told=told,
        machine=MachineState.now(),
        at_ns=time.monotonic_ns(),
        answered=answered,
        refused={way: None if ours is None else ours.counted(place) for way, place in _REFUSED.items()},
        garbled=None if ours is None else ours.counted(GARBLED),
        database=database,
        store=store,
        upstream=upstream,
        commands=commands,
        own_ns=time.process_time_ns(),
    )


def _told(server: Elsewhere) -> Heard:
    """Let the server say what it uses, a moment after its last answer, which it counts when it has handed it on."""
    time.sleep(_MOMENT_S)
    return server.stats()


def answers(server: Server | Elsewhere) -> int | None:
    """Return how many answers the server counted so far; None when it keeps no count, or keeps it elsewhere."""
    if isinstance(server, Elsewhere):
        return None
    return server.answered() if any(server.counters.iterdir()) else None


def use(bench: Grounds, subject: Subject, before: State, after: State, clients: list[Slice], *, wanted: int) -> Use:
    """Return what was used between two states; `wanted` is how many answers the clients have seen."""
    server = bench.target(subject)
    if isinstance(server, Elsewhere):
        return _elsewhere(bench, before, after, clients, wanted=wanted)
    spent = accounting.used(before.server, after.server)
    pids = tuple(sorted(pid for pid, _ in after.server.identities))
    held = accounting.memory(pids)
    cores, others = frozenset(subject.cores), bench.cores.everything - frozenset(subject.cores)
    pace = bench.pacers.between(before.at_ns, after.at_ns, cores, others)
    seen = accounting.strain(before.machine, after.machine, subject.cores)
    window = bench.pacers.between(clients[0].window_start_ns, clients[0].window_end_ns, cores, others)
    ours = [spent.total_ns, pace.cpu_ns, *(beside_ns(before, after, clients) if _shares(bench, subject) else [])]
    known = [each for each in ours if each is not None]
    # What other cells have left open, or to be worked off, on the same server is none of this one's.
    way = None if ACCESS.name not in subject.all_params else str(subject.all_params[ACCESS.name])
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
        db_connections=bench.connections.peak(server.name, way),
        db_connections_total=bench.connections.peak_of_all(server.name, way),
        db_sessions=bench.connections.peak_of_whoever(),
        db_refused=_more(before.refused.get(way), after.refused.get(way)),
        garbled=_more(before.garbled, after.garbled) if way == _SHARED else None,
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


def _elsewhere(bench: Grounds, before: State, after: State, clients: list[Slice], *, wanted: int) -> Use:
    """Return what is told of a server that runs elsewhere; the cores of this machine are the others' alone."""
    nothing = Heard({}, {}, "nobody asked the server what it uses")
    return use_told(
        before.told or nothing,
        after.told or nothing,
        wall_ns=after.at_ns - before.at_ns,
        accepted=sum(map(_accepted, clients)),
        wanted=wanted,
        given_up=sum(map(unanswered, clients)),
        paced=bench.pacers.between(before.at_ns, after.at_ns, (), bench.cores.everything),
    )


def _service(bench: Grounds, name: str) -> Cpu | None:
    root = bench.backing.processes.get(name)
    return None if root is None else accounting.total(root, group=bench.backing.groups.get(name))


def _spent_ns(before: Cpu | None, after: Cpu | None) -> int | None:
    return None if before is None or after is None else after.total_ns - before.total_ns


def _shares(bench: Grounds, subject: Subject) -> bool:
    """Tell whether what else is ours may run on the server's cores."""
    return bool(set(subject.cores) & bench.cores.others)


def beside_ns(before: State, after: State, clients: list[Slice]) -> list[int | None]:
    """Return the CPU time of what of ours runs beside the servers; None for what is not known."""
    services = [
        _spent_ns(before.database, after.database),
        _spent_ns(before.store, after.store),
        _spent_ns(before.upstream, after.upstream),
    ]
    generator_ns = max((here_ns(client) for client in clients), default=0)
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
