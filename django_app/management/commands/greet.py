"""`greet`."""

from typing import ClassVar

from django.core.management import BaseCommand, CommandParser

from django_app.commands import greet


class Command(BaseCommand):
    """Greet somebody."""

    help = __doc__
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what it takes."""
        parser.add_argument("person", metavar="NAME", nargs="?")
        parser.add_argument("--name", help="Whom to greet.")
        parser.add_argument("--url", help="Where they are.")

    def handle(self, *_: object, person: str | None, name: str | None, url: str | None, **__: object) -> str:
        """Run it."""
        return greet(person, name, url)
