"""`init-db`."""  # noqa: N999 - the module's name is the command's

from typing import ClassVar

from django.core.management import BaseCommand

from django_app.commands import init_db


class Command(BaseCommand):
    """Create the tables where they are missing."""

    help = __doc__
    requires_system_checks: ClassVar[list[str]] = []

    def handle(self, *_: object, **__: object) -> str:
        """Run it."""
        return init_db()
