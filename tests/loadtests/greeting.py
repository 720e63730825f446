"""Ask applications in this process for `hello`, and print what they answer: `python greeting.py MODULE:NAME …`.

It is run beside copies of the apps, so it uses nothing of the project.
"""

import asyncio
import importlib
import json
import sys
from collections.abc import MutableMapping
from typing import Any

import httpx

ASKED = [(style, sent) for style in ("sync", "async") for sent in ("an-id", "not an id")]
Answer = tuple[int, list[str], str, str | None]


def answer(response: httpx.Response) -> Answer:
    """Return status, names of headers, body, and the id."""
    names = sorted(name.decode().lower() for name, _ in response.headers.raw)
    return response.status_code, names, response.text, response.headers.get("X-Request-ID")


def over_wsgi(app: Any) -> list[Answer]:
    with httpx.Client(transport=httpx.WSGITransport(app), base_url="http://127.0.0.1") as client:
        return [answer(client.get(f"/{style}/hello", headers={"X-Request-ID": sent})) for style, sent in ASKED]


async def over_asgi(app: Any) -> list[Answer]:
    async def with_state(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        # A server hands this over after its start-up.
        scope["state"] = {}
        await app(scope, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(with_state), base_url="http://127.0.0.1") as client:
        return [answer(await client.get(f"/{style}/hello", headers={"X-Request-ID": sent})) for style, sent in ASKED]


def asked(named: str) -> list[Answer]:
    """Return the answers of the application that `module:attribute` names."""
    module, _, attribute = named.partition(":")
    app = getattr(importlib.import_module(module), attribute)
    return asyncio.run(over_asgi(app)) if module.endswith("asgi") else over_wsgi(app)


if __name__ == "__main__":
    sys.stdout.write(json.dumps({named: asked(named) for named in sys.argv[1:]}))
