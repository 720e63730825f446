"""Start one program several times, each on a core of its own as far as there are any."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from backing import leash
from loadtests.servers.stacks import ROOT


@contextlib.contextmanager
def several(
    count: int,
    command: Sequence[str | Path],
    *,
    cores: frozenset[int] | None,
    log: Path,
    environment: Mapping[str, str],
) -> Iterator[list[leash.Leashed]]:
    """Start it `count` times, all with one `log`; they end at once with the block.

    Without `cores` each may use all that this process may.
    """
    order = sorted(cores or ())
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(
                leash.leashed(
                    command,
                    log=log,
                    environment=environment,
                    folder=ROOT,
                    cores={order[number % len(order)]} if order else None,
                    grace_s=0,
                )
            )
            for number in range(count)
        ]
