"""Services and a load agent for cases that no command has: one checkout is served at a time."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backing.scratch import scratch
from backing.services import Services, services
from loadtests.agent_client import Agent, agent
from loadtests.measurement.cores import Cores, available, pin_this_process, share_out
from loadtests.servers import LANES, Server, start, workers_for


@dataclasses.dataclass(frozen=True)
class Stage:
    """What a server leans on, who loads it, and who gets which core."""

    load: Agent
    backing: Services
    folder: Path
    cores: Cores

    @contextmanager
    def serve(self, lane: str, checkout: Path, *, session_store: str = "cookie") -> Iterator[Server]:
        """Serve the lane from a checkout, with two workers or more on all cores where the lane has several."""
        row = LANES[lane]
        server = start(
            row,
            services=dataclasses.replace(self.backing, session_store=session_store),
            folder=self.folder,
            workers=workers_for(row, 1),
            checkout=checkout,
            cores=self.cores.everything,
        )
        try:
            server.wait_until_ready()
            server.place(self.cores.for_servers(all_cores=server.workers > 1))
            yield server
        finally:
            server.stop()


@contextmanager
def stage() -> Iterator[Stage]:
    """Start the services and the agent on other cores than the servers', and this process with them."""
    cores = share_out(None, available())
    pin_this_process(cores.others)
    try:
        with (
            scratch() as folder,
            services(folder, log_folder=folder, cores=cores.others) as backing,
            agent(folder, log=folder / "agent.log", cores=cores.others) as load,
        ):
            yield Stage(load, backing, folder, cores)
    finally:
        pin_this_process(cores.everything)
