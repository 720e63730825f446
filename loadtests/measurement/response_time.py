"""Response times of several slices as one."""

from collections.abc import Sequence

from loadtests.measurement import histogram
from loadtests.measurement.arithmetic import ms
from loadtests.measurement.result import ResponseTime
from loadtests.messages import Slice

# Percentiles up to 99.9 are shown; a tenth of what that one leaves out cannot move it.
OUTLASTING_SHARE = 1e-4


def response_time(clients: Sequence[Slice], latencies: object) -> ResponseTime:
    """Merge the response times of slices; `latencies` is their merged histogram."""
    # Those that were timed: of an open load they are not quite those that ended in the window.
    weights = [histogram.counted(client.latencies) for client in clients]
    total = sum(weights)
    micros = sum(weight * (client.rt_mean_us or 0.0) for weight, client in zip(weights, clients, strict=True))
    longest = [client.rt_max_us for client in clients if client.rt_max_us is not None]
    p50, p95, p99, p999 = (ms(histogram.percentile_us(latencies, percentile)) for percentile in (50, 95, 99, 99.9))
    outlasting = sum(client.outlasting for client in clients)
    if outlasting > OUTLASTING_SHARE * sum(client.requests for client in clients):
        p999 = None
    return ResponseTime(
        mean=micros / total / 1e3 if total else None,
        p50=p50,
        p95=p95,
        p99=p99,
        p999=p999,
        max=max(longest) / 1e3 if longest and total else None,
    )
