"""`load`."""

from argparse import ArgumentTypeError
from typing import ClassVar

from django.core.management import BaseCommand, CommandParser

from contract.commands import ROWS
from django_app.commands import load


def _rows(text: str) -> int:
    try:
        return ROWS.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


class Command(BaseCommand):
    """Put articles and their authors into empty tables."""

    help = __doc__
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Say what it takes."""
        parser.add_argument("--rows", type=_rows, default=ROWS.default, help="How many articles.")

    def handle(self, *_: object, rows: int, **__: object) -> str:
        """Run it."""
        return load(rows)
