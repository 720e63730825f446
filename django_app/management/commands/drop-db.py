"""`drop-db`."""  # noqa: N999 - the module's name is the command's

from typing import ClassVar

from django.core.management import BaseCommand

from django_app.commands import drop_db


class Command(BaseCommand):
    """Drop the tables, and all rows with them."""

    help = __doc__
    requires_system_checks: ClassVar[list[str]] = []

    def handle(self, *_: object, **__: object) -> str:
        """Run it."""
        return drop_db()
