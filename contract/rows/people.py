"""Endpoints about people: sessions, messages for the next request, and forms."""

from contract.endpoint import Endpoint
from contract.parameters import Choice

CATEGORIES = ("message", "info", "warning", "error")
CATEGORY = Choice("category", "message", CATEGORIES)
SHOWN = Choice("category", "all", ("all", *CATEGORIES))

ROWS: tuple[Endpoint, ...] = (
    Endpoint("session_login", "POST", "session/login", "sessions", "Log in with a form.", own_section=True),
    Endpoint("session_me", "GET", "session/me", "sessions", "Say who is logged in.", own_section=True),
    Endpoint("session_logout", "POST", "session/logout", "sessions", "Log out.", own_section=True),
    Endpoint(
        "flash_leave",
        "POST",
        "flash",
        "flashes",
        "Leave a message for the next request.",
        (CATEGORY,),
        own_section=True,
    ),
    Endpoint(
        "flash_read",
        "GET",
        "flash",
        "flashes",
        "Read the messages that were left, and leave none; a category chooses which are shown.",
        (SHOWN,),
        own_section=True,
    ),
    Endpoint("forms_login", "GET", "forms/login", "forms", "Show the form to log in.", own_section=True),
    Endpoint("forms_login_send", "POST", "forms/login", "forms", "Log in with the form.", own_section=True),
    Endpoint("forms_register", "GET", "forms/register", "forms", "Show the form to register.", own_section=True),
    Endpoint("forms_register_send", "POST", "forms/register", "forms", "Register with the form.", own_section=True),
)
