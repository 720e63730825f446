"""What templates use besides their values: a global and a filter of the site's own."""

from datetime import datetime

from flask import Blueprint

# DIFFERS: a blueprint hands them to the app's one environment of templates.
routes = Blueprint("templating", __name__)


@routes.app_template_global()
def site_name() -> str:
    """Name the site."""
    return "Trilane"


@routes.app_template_filter()
def day(moment: datetime) -> str:
    """Write a moment's day as people do: `2 January 2019`."""
    return f"{moment.day} {moment:%B %Y}"
