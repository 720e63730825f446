"""Add up what the slices of a cell used beside the figures that the cell shows."""

from collections.abc import Sequence

from loadtests.measurement.record import Use
from loadtests.measurement.result import Account
from loadtests.messages import Slice


def account(clients: Sequence[Slice], uses: Sequence[Use]) -> Account:
    """Return it per request of the whole slices, of at least one."""
    asked = sum(client.requests for client in clients)

    def per_request(counts: Sequence[int | None], unit: float = 1.0) -> float | None:
        known = [count for count in counts if count is not None]
        return sum(known) / unit / asked if asked and len(known) == len(counts) else None

    sockets = [use.sockets for use in uses if use.sockets is not None]
    return Account(
        cpu_user_us_per_request=per_request([use.cpu_user_ns for use in uses], 1e3),
        cpu_system_us_per_request=per_request([use.cpu_system_ns for use in uses], 1e3),
        sockets_max=max(sockets, default=None),
        bytes_per_request=per_request([client.bytes_received for client in clients]),
        accepted_per_request=per_request([use.accepted for use in uses]),
        store_cpu_us_per_request=per_request([use.store_cpu_ns for use in uses], 1e3),
        store_commands_per_request=per_request([use.store_commands for use in uses]),
        core_steal_share=_mean([use.core_steal_share for use in uses]),
        foreign_share=_mean([use.foreign_share for use in uses]),
        pressure_share=_mean([use.pressure_share for use in uses]),
        load_average=_mean([use.load_average for use in uses]),
        mhz=_mean([use.mhz for use in uses]),
    )


def _mean(figures: Sequence[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known) / len(known) if known and len(known) == len(figures) else None
