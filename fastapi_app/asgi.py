"""What an ASGI server loads."""

from backing.outermost import Asgi
from fastapi_app.app import create_app
from fastapi_app.signals import watch

application = Asgi(create_app(), watch)
