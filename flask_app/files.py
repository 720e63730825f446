"""Answer with a file of a folder."""

from pathlib import Path

from flask import Response, send_from_directory


def served(folder: str, name: str) -> Response:
    """Return the file of this name in a folder of the app, or refuse the request where there is none."""
    return send_from_directory(Path(__file__).with_name(folder), name)
