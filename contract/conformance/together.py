"""Ask an app many things at the same moment, each over a connection of its own."""

import asyncio
import contextlib
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import httpx

from contract.conformance.client import TIMEOUT_S, new_request_id

_CONNECTIONS = 10


@dataclass(frozen=True)
class Together:
    """The answers in the order of the questions, each with its request id, and the time from first to last."""

    request_ids: list[str]
    answers: list[httpx.Response]
    took_ms: float

    @property
    def refused(self) -> list[str]:
        """Say in one sentence which answers are none, in a list that is empty where all are."""
        statuses = [answer.status_code for answer in self.answers if answer.status_code != httpx.codes.OK]
        if not statuses:
            return []
        return [f"{len(statuses)} of {len(self.answers)} answers have another status than 200, the first {statuses[0]}"]


def ask_together(
    base_url: str,
    paths: Sequence[str],
    *,
    method: str = "GET",
    headers: Mapping[str, str] = MappingProxyType({}),
    body: bytes = b"",
) -> Together:
    """Ask for all paths at once; `{request_id}` in a path stands for the id that is sent with it."""
    return asyncio.run(_ask_all(base_url, paths, method, headers, body))


async def _ask_all(
    base_url: str, paths: Sequence[str], method: str, headers: Mapping[str, str], body: bytes
) -> Together:
    ids = [new_request_id() for _ in paths]
    tls = ssl.create_default_context()
    async with contextlib.AsyncExitStack() as stack:
        # A client looks at each of its connections whenever it needs one, so a few connections for each of many.
        clients = [
            await stack.enter_async_context(
                httpx.AsyncClient(base_url=base_url, timeout=TIMEOUT_S, trust_env=False, verify=tls)
            )
            for _ in range(0, len(paths), _CONNECTIONS)
        ]
        start_s = time.monotonic()
        asked = (
            clients[number // _CONNECTIONS].request(
                method,
                path.replace("{request_id}", own),
                headers={"X-Request-ID": own, **headers},
                content=body or None,
            )
            for number, (path, own) in enumerate(zip(paths, ids, strict=True))
        )
        answers = await asyncio.gather(*asked)
        return Together(ids, answers, (time.monotonic() - start_s) * 1000)
