"""Django's signals that no request sees: they are sent when models are made, a connection is opened, tables migrate."""

import json
import subprocess

import pytest

from backing.services import Services
from loadtests.servers.stacks import ROOT
from tests.stacks import stack_or_skip

PROGRAM = """
import json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "django_app.settings"
import django
from backing.exchange import Exchange, current
from django_app.watching import unwatch, watch
exchange = Exchange(traced=True)
current.set(exchange)
watch()
found = {}
def noted(what):
    found[what] = list(exchange.entries)
    exchange.entries.clear()
django.setup()
noted("set up")
from django.db import connection
connection.ensure_connection()
noted("connected")
connection.ensure_connection()
noted("connected before")
connection.close()
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
emit_pre_migrate_signal(0, False, "default")
noted("about to migrate")
emit_post_migrate_signal(0, False, "default")
noted("migrated")
unwatch()
connection.ensure_connection()
noted("unwatched")
connection.close()
print(json.dumps(found))
"""


@pytest.mark.parametrize("name", ["current", "vintage"])
def test_the_journal_knows_every_signal_of_models_connections_and_migrations(
    name: str, private_services: Services
) -> None:
    python = stack_or_skip(name).python
    environment = {"PYTHONPATH": str(ROOT), "TRILANE_DATABASE_URL": private_services.database_url}
    done = subprocess.run(
        [python, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    # Four models, and the one that Django makes of articles and tags.
    assert found["set up"] == ["signal class_prepared"] * 5
    assert found["connected"] == ["signal connection_created"]
    assert found["connected before"] == []
    assert found["about to migrate"] == ["signal pre_migrate"]
    assert found["migrated"] == ["signal post_migrate"]
    assert found["unwatched"] == []
