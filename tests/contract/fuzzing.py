"""Ask an app what the contract's OpenAPI document allows, and what it does not, by a program that knows nothing else.

Schemathesis makes up the requests and holds each answer to the document: its status, headers, media type and body. The
endpoint that fails because it is asked to is left out. Nothing that the app leans on fails here, so 503 is no right
answer, and 501 is one only where the contract lists it for this app, style and stack. Whoever asks may do everything
and is told what there is, so every other operation has to succeed at least once.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from contract.conformance.client import client
from contract.conformance.people import logged_in, token_of
from contract.conformance.target import Target
from contract.openapi import JSON, document
from contract.rows.writing import KEY
from contract.sessions import ADMINISTRATOR, COOKIE
from loadtests.servers import Server
from loadtests.servers.stacks import ROOT
from tests.contract.counting import COUNTED

# No value is worth waiting for more than once.
DEAREST = {"ms": 20, "hold_ms": 20, "rounds": 5_000, "receivers": 20, "count": 5, "limit": 10, "calls": 3}
LONGEST_S = 15
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)
# TRACE and QUERY are no methods of the contract: some servers answer them before an app does.
SETTINGS = """
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 501]

[phases.coverage]
unexpected-methods = ["get", "put", "post", "delete", "options", "patch"]
"""
MOST_RUNS = 40
TRACED = "traced-for-the-journal"
# Both styles of all three apps.
LANES_ASKED = (
    "flask-thread",
    "flask-async-view",
    "fastapi-thread",
    "fastapi-coroutine",
    "django-thread",
    "django-coroutine",
)


@dataclass(frozen=True)
class Fuzzed:
    """What was sent to one lane: how many requests the app itself counted, and what is said of a failure."""

    lane: str
    style: str
    requests: int
    seconds: float
    failure: str


def fuzz(server: Server, folder: Path, *, at_least: int, examples: int, seed: int = 1) -> Fuzzed:
    """Run Schemathesis with one seed after another until the app has answered `at_least` requests, or one fails."""
    style = server.lane.styles[0]
    cookie, token = _visitor(server, style)
    schema = folder / f"openapi-{server.name}.json"
    told = document((style,), app=server.lane.app, stack=server.stack, dearest=DEAREST, csrf=token)
    told["paths"].pop(f"/{style}/fail")
    for path, methods in told["paths"].items():
        for operation in methods.values():
            operation["responses"].pop("503", None)
            _tell(path, operation, LANES_ASKED.index(server.lane.name))
    schema.write_text(json.dumps(told))
    counted = folder / f"counted-{server.name}.jsonl"
    counted.write_text("")
    (folder / "schemathesis.toml").write_text(SETTINGS)
    start_s, before, failure = time.monotonic(), _counted(server), ""
    for number in range(MOST_RUNS):
        failure = _run(server, schema, counted, cookie, examples=examples, seed=seed + number)
        if failure or _counted(server) - before >= at_least:
            break
    failure = failure or "\n".join(unserved(told, counted.read_text()))
    return Fuzzed(server.lane.name, style, _counted(server) - before, time.monotonic() - start_s, failure)


def unserved(told: Mapping[str, Any], counted: str) -> list[str]:
    """Name the operations of a document that never succeeded, by lines of counts by method, path and status."""
    statuses: dict[str, set[int]] = {}
    for line in counted.splitlines():
        for words in json.loads(line):
            operation, _, status = words.rpartition(" ")
            statuses.setdefault(operation, set()).add(int(status))
    found = []
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            name, able = f"{method.upper()} {path}", "501" not in operation["responses"]
            seen = statuses.get(name, set())
            if able and not any(status < httpx.codes.BAD_REQUEST for status in seen):
                found.append(f"{name} never succeeded: {', '.join(map(str, sorted(seen))) or 'it was never asked'}")
    return found


def _tell(path: str, operation: dict[str, Any], number: int) -> None:
    """Give examples of what there is, which nobody would guess; each lane has its own articles to read and delete."""
    article = (2_000 if operation["operationId"].endswith("articles_delete") else 1_000) + number
    known = {
        "id": article,
        "file": "admin.css" if path.startswith("/admin") else "site.css",
        "request_id": TRACED,
        # A made-up key may be one that another lane has used for its own article.
        KEY.name: f"made-up-{number}",
    }
    for parameter in operation["parameters"]:
        if parameter["name"] in known:
            parameter["example"] = known[parameter["name"]]
    bodies: dict[str, dict[str, object]] = {
        "articles_create": {"title": f"Made up {number}", "author_id": 1, "summary": "Short.", "body": "Long."},
        "articles_tag": {"tags": ["made-up"]},
        "orders_create": {"article_id": article, "quantity": 1},
    }
    if body := bodies.get(operation["operationId"].partition("_")[2]):
        operation["requestBody"]["content"][JSON]["example"] = body


def _visitor(server: Server, style: str) -> tuple[str, str]:
    """Return the cookie of somebody who has logged in and may do everything, and a token for this session's forms."""
    with client(server.base_url) as own:
        target = Target(own, server.base_url, style, server.lane.app, server.stack, server.workers)
        visitor = logged_in(target, ADMINISTRATOR)
        own.ask(f"/{style}/hello", headers=[("X-Trace", "1")], request_id=TRACED)
        # With the token the session has another cookie.
        token = token_of(target, visitor)
        return visitor.cookies[COOKIE], token


def _counted(server: Server) -> int:
    return int(httpx.get(f"{server.base_url}/stats", timeout=LONGEST_S, trust_env=False).json()["requests"])


def _run(server: Server, schema: Path, counted: Path, cookie: str, *, examples: int, seed: int) -> str:
    """Return the end of what Schemathesis said where it found something, else nothing; add what it counted."""
    folder = schema.parent
    told = {"PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.contract.counting", COUNTED: str(counted)}
    words = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(folder / "schemathesis.toml"), "--no-color"),
        *("run", str(schema), "--url", server.base_url),
        *("--checks", ",".join(CHECKS), "--max-response-time", str(LONGEST_S), "--request-timeout", str(2 * LONGEST_S)),
        *("--max-examples", str(examples), "--seed", str(seed), "--header", f"Cookie: {COOKIE}={cookie}"),
        *("--phases", "examples,coverage,fuzzing", "--max-redirects", "0", "--continue-on-failure"),
        *("--suppress-health-check", "all", "--generation-database", "none"),
    ]
    done = subprocess.run(words, cwd=folder, env=os.environ | told, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else (done.stdout + done.stderr)[-20_000:]
