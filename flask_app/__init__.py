"""The site in Flask."""

from flask_app.app import create_app

__all__ = ["create_app"]
