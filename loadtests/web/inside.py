"""Set up Locust's web UI: who may reach it, what its form may choose, what it measures and shows."""

import sys
from pathlib import Path

import msgspec
from flask import Flask
from gevent.lock import RLock
from locust.env import Environment
from locust.runners import MasterRunner
from locust.web import WebUI

from loadtests.web import pages
from loadtests.web.asking import Ask
from loadtests.web.channel import Channel
from loadtests.web.crew import Crew
from loadtests.web.form import Form
from loadtests.web.guard import Guard
from loadtests.web.history import History
from loadtests.web.lab import Lab
from loadtests.web.opening import chosen_password, opening
from loadtests.web.pieces import Pieces
from loadtests.web.session import Session
from loadtests.web.settings import LOOPBACK, Settings, state_folder

_LARGEST_FORM = 64 * 1024


def attach_to_ui(environment: Environment, web_ui: WebUI) -> None:
    """Guard it, add the tabs, and follow the runner."""
    if web_ui.app is None:
        return
    settings = _opened(web_ui, Settings.read())
    _harden(web_ui.app)
    history = History(Path(settings.state) if settings.state else state_folder())
    crew = Crew(environment, own=settings.workers, expected=settings.expected, meeting=settings.meeting)
    session = Session(environment, _lab(settings), history, crew)
    form = Form(environment, settings, session)
    web_ui.app.before_request(form.refuse)
    web_ui.app.after_request(form.settle)
    pages.add(web_ui, web_ui.app, session, history, getattr(environment.parsed_options, "web_base_path", ""))
    guarded = Guard(web_ui.app.wsgi_app, settings.names, settings.token)
    web_ui.app.wsgi_app = guarded  # type: ignore[method-assign]
    session.listen()
    if not isinstance(environment.runner, MasterRunner):
        Pieces(environment, session.take)
    session.listen_to_the_end()


def _lab(settings: Settings) -> Ask:
    """Return who measures: the process that serves the lanes, or, where they all run elsewhere, this one."""
    if settings.channel:
        return Channel(settings.channel, RLock()).ask
    return Lab().handle


def _opened(web_ui: WebUI, settings: Settings) -> Settings:
    """Listen on this machine alone where nothing else was asked for, and with a token where others can reach it."""
    if settings.names:
        return msgspec.structs.replace(settings, token=settings.token or chosen_password())
    # Locust listens everywhere unless it is told; for it, "*" and nothing are the same.
    asked = getattr(web_ui.environment.parsed_options, "web_host", "")
    host = {"": LOOPBACK, "localhost": LOOPBACK, "*": "0.0.0.0"}.get(asked, asked)  # noqa: S104 - it was asked for
    found = opening(host, web_ui.port)
    web_ui.host = found.host
    if found.said:
        sys.stderr.write(f"locust: {found.said}\n")
    return msgspec.structs.replace(settings, names=found.names, token=found.token)


def _harden(app: Flask) -> None:
    app.debug = False
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_FORM
    # The form shows its fields in the order in which they are declared, not in that of the alphabet.
    app.jinja_env.policies["json.dumps_kwargs"] = {"sort_keys": False}
