"""Do requests in flight at the same moment see each other's context? Two hundred of them, each with its own token."""

import asyncio
from collections.abc import Iterator

import httpx
import msgspec

from contract.bodies import Echo
from contract.conformance.check import Check, judged
from contract.conformance.client import TIMEOUT_S, new_request_id
from contract.conformance.target import Target

REQUESTS = 200
# Long enough for requests to overlap, short enough for a server that answers one after another.
HOLD_MS = 20
PLACES = ("view", "helper", "receiver", "thread")


def isolation(target: Target) -> Iterator[Check]:
    """Check that no request reads another's token, and that every answer carries its own request id."""
    name = f"{target.style} context_echo keeps {REQUESTS} concurrent requests apart"
    yield judged(name, _differences(asyncio.run(_ask_all(target))))


async def _ask_all(target: Target) -> list[tuple[str, httpx.Response]]:
    limits = httpx.Limits(max_connections=REQUESTS)
    async with httpx.AsyncClient(
        base_url=target.base_url, limits=limits, timeout=TIMEOUT_S, trust_env=False
    ) as together:
        return await asyncio.gather(*(_ask(together, target.style) for _ in range(REQUESTS)))


async def _ask(together: httpx.AsyncClient, style: str) -> tuple[str, httpx.Response]:
    token = new_request_id()
    path = f"/{style}/context/echo?token={token}&hold_ms={HOLD_MS}"
    return token, await together.get(path, headers={"X-Request-ID": token})


def _differences(answers: list[tuple[str, httpx.Response]]) -> Iterator[str]:
    refused = [response.status_code for _, response in answers if response.status_code != httpx.codes.OK]
    if refused:
        yield f"{len(refused)} of {len(answers)} answers have another status than 200, the first {refused[0]}"
        return
    echoes = [(token, msgspec.json.decode(response.content, type=Echo)) for token, response in answers]
    for place in PLACES:
        leaks = sum(getattr(echo, place) not in {token, None} for token, echo in echoes)
        if leaks:
            yield f"{leaks} of {len(echoes)} requests read another request's token in the {place}"
    swapped = sum(
        token != echo.token or response.headers["x-request-id"] != token
        for (token, response), (_, echo) in zip(answers, echoes, strict=True)
    )
    if swapped:
        yield f"{swapped} of {len(echoes)} answers belong to another request"
