"""The tabs Server, Compare and Code: pages of our own under `/trilane`, and the same inside of Locust's page.

Locust's page is a bundle that is built elsewhere. Its settings can name more tabs, and it shows nothing below those it
knows no table for. So it is told of ours, and what they show is put behind its own part of the page, by a script that
asks the page which tab is chosen. Each is a page with an address of its own too: before the first test, while Locust
shows no tabs, and wherever the script should find the page changed, the links that stand there lead to it.
"""

from collections.abc import Callable
from typing import TypeAlias

import msgspec
from flask import Blueprint, Flask, Response, abort, render_template, request, url_for
from locust.web import WebUI

from contract.endpoints import BY_NAME
from loadtests.scenarios import SCENARIOS
from loadtests.servers import LANES
from loadtests.users.choice import FIELDS, OPEN, defaults_of, fields_of
from loadtests.web import code
from loadtests.web.history import History, table
from loadtests.web.session import Session

TABS = {"server": "Server", "compare": "Compare", "code": "Code"}
_View: TypeAlias = Callable[..., Response | str]
_END = "</body>"


def add(web_ui: WebUI, app: Flask, session: Session, history: History, prefix: str) -> None:
    """Add the pages, and the tabs to Locust's own page."""
    pages = Blueprint("trilane", __name__, url_prefix=f"{prefix}/trilane", template_folder="templates",
                      static_folder="static", static_url_path="/static")  # fmt: skip
    for rule, method, view in _routes(session, history):
        guarded = web_ui.auth_required_if_enabled(view)  # type: ignore[no-untyped-call]
        pages.add_url_rule(rule, view.__name__, guarded, methods=[method])
    app.register_blueprint(pages)
    app.after_request(_with_tabs)
    web_ui.template_args["extended_tabs"] = [{"key": key, "title": title} for key, title in TABS.items()]


def _routes(session: Session, history: History) -> list[tuple[str, str, _View]]:
    def page(tab: str) -> str:
        if tab not in TABS:
            abort(404)
        return render_template("trilane/page.html", tab=tab, **_parts())

    def live() -> Response:
        return _json(session.live(request.args.get("since", 0, type=int)))

    def tests() -> Response:
        return _json(history.all(), "trilane-tests.json" if "download" in request.args else "")

    def tests_csv() -> Response:
        response = Response(table(history.all()), mimetype="text/csv")
        response.headers["Content-Disposition"] = 'attachment; filename="trilane-tests.csv"'
        return response

    def remove(test: str) -> Response:
        return Response(status=204 if history.remove(test) else 404)

    def handlers() -> Response:
        endpoint, style = request.args.get("endpoint", ""), request.args.get("style", code.BOTH)
        if endpoint not in BY_NAME or style not in code.CHOICES:
            abort(404)
        return _json({"html": code.shown(endpoint, style)})

    def reader_css() -> Response:
        return Response(code.stylesheet(), mimetype="text/css")

    return [
        ("/<tab>", "GET", page),
        ("/live", "GET", live),
        ("/tests", "GET", tests),
        ("/tests.csv", "GET", tests_csv),
        ("/tests/<test>", "DELETE", remove),
        ("/handlers", "GET", handlers),
        ("/reader.css", "GET", reader_css),
    ]


def _json(value: object, name: str = "") -> Response:
    response = Response(msgspec.json.encode(value), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    if name:
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _with_tabs(response: Response) -> Response:
    """Put what our tabs show behind Locust's page."""
    if request.endpoint == "locust.index" and response.status_code == 200:  # noqa: PLR2004 - it is the page
        whole = response.get_data(as_text=True)
        ours = render_template("trilane/tabs.html", **_parts())
        response.set_data(whole.replace(_END, f"{ours}{_END}"))
        response.headers["Cache-Control"] = "no-store"
    return response


def _parts() -> dict[str, object]:
    return {
        "tabs": TABS,
        "home": url_for("locust.index"),
        "scenarios": SCENARIOS,
        "endpoints": BY_NAME,
        "styles": code.CHOICES,
        "knowledge": _knowledge(),
    }


def _knowledge() -> dict[str, object]:
    """Return what the script has to know: which fields belong to which scenario, and what they are by default."""
    return {
        "home": url_for("locust.index"),
        "tabs": TABS,
        "fields": [*FIELDS],
        "open": OPEN,
        "lanes": {lane.name: lane.styles[0] for lane in LANES.values()},
        "scenarios": {
            name: {
                "asks": scenario.asks,
                "endpoint": scenario.endpoint,
                "defaults": defaults_of(scenario),
                "rules": {field: each.rule for field, each in fields_of(scenario).items()},
            }
            for name, scenario in SCENARIOS.items()
        },
    }
